"""The check of an exercise: one pure function, for a notebook, a test, a page and the command line.

What it looks at, in this order; the first thing that fails is told:

    type and shape, finite values, arguments unchanged     each call (calling)
    values          compared with ours, and the same when called once more
    slopes          the gradient of the pupil's own first output, measured by moving its arguments
    behaviour       what is learned with it
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Array
from digitnet.nn.blas import one_thread
from digitnet.nn.gradcheck import EPSILON, numerical_gradient, relative_error
from digitnet.teach.exercises.calling import UNCHANGED, call
from digitnet.teach.exercises.known import Seen, close, known_mistake
from digitnet.teach.exercises.parts import (
    Arrays,
    Case,
    Exercise,
    Finding,
    Found,
    Function,
    Output,
    Verdict,
)
from digitnet.teach.exercises.relating import Wrong, likely
from digitnet.teach.exercises.returned import FINITE, KIND
from digitnet.teach.exercises.running import arrays_of, copied, quiet
from digitnet.teach.exercises.smallest import example
from digitnet.teach.exercises.telling import number, place

VALUES, SLOPES, BEHAVIOUR = "values", "gradient", "behaviour"
TOLERANCE = 1e-6
"""Of the relative error of an array of gradients: the right one stays below 1e-7."""
MOST = 40
"""Entries of an array whose slope is measured."""
UNKNOWN = "none of the mistakes that are often made gives this answer"


def checked(exercise: Exercise, function: Function) -> Verdict:
    """Look at a pupil's function, and say what is wrong first, or that all is right."""
    looked: list[str] = []
    at: list[Case] = []
    try:
        if not callable(function):
            raise Found(
                Finding(
                    KIND,
                    "this is no function",
                    f"the function {exercise.name}, without brackets behind its name",
                    type(function).__name__,
                )
            )
        with one_thread, quiet():
            _look(exercise, function, looked, at)
    except Found as found:
        given = at[-1].given if at else {}
        return Verdict(
            exercise.number, exercise.title, False, tuple(looked), found.finding, "", copied(given)
        )
    solution = exercise.source(exercise.solution)
    return Verdict(exercise.number, exercise.title, True, tuple(looked), None, solution)


def _look(exercise: Exercise, function: Function, looked: list[str], at: list[Case]) -> None:
    cases = exercise.cases()
    results = []
    for case in cases:
        at.append(case)
        results.append(call(exercise, function, case))
    looked += [KIND, FINITE, UNCHANGED]
    seen = list(zip(cases, results, strict=True))
    _compare_again(exercise, function, *seen[-1])
    if exercise.has_reference:
        for case, yours in seen:
            at.append(case)
            _compare_values(exercise, function, yours, case, seen)
        looked.append(VALUES)
    if any(case.slopes for case in cases):
        for case, yours in seen:
            if case.slopes:
                at.append(case)
                _compare_slopes(exercise, function, yours, case, seen)
        looked.append(SLOPES)
    if exercise.behaviour:
        looked.append(exercise.behaviour(function))


def _compare_values(
    exercise: Exercise, function: Function, yours: Arrays, case: Case, seen: Seen
) -> None:
    """The outputs that are no gradients, against ours."""
    ours = arrays_of(exercise, exercise.reference(), case.given)
    for output in (each for each in exercise.outputs if not each.slope_of):
        mine, right = yours[output.name], ours[output.name]
        if not close(mine, right):
            index = _worst(mine, right)
            raise Found(
                _finding(
                    VALUES,
                    f"{output.name} has the wrong value, {case.told}",
                    (index, float(right[index]), float(mine[index])),
                    Wrong(exercise, output, mine, ours, case, _before(seen, case)),
                    seen,
                    function,
                )
            )


def _compare_again(exercise: Exercise, function: Function, case: Case, before: Arrays) -> None:
    after = call(exercise, function, case)
    for name, array in before.items():
        if not close(after[name], array):
            raise Found(
                Finding(
                    VALUES,
                    f"the same arguments give another {name} when the function is called again",
                    "the same answer for the same arguments",
                    f"{place(name, i := _worst(after[name], array))} was {number(array[i])}, then "
                    f"{number(after[name][i])}",
                    "the function draws random numbers, or keeps something from call to call",
                    exercise.derived,
                )
            )


def _compare_slopes(
    exercise: Exercise, function: Function, yours: Arrays, case: Case, seen: Seen
) -> None:
    """Each gradient by itself against the measured slope of the pupil's own first output."""
    wrong: list[tuple[Output, tuple[int, ...], float, float]] = []
    gradients = [output for output in exercise.outputs if output.slope_of]
    ours = arrays_of(exercise, exercise.reference(), case.given)
    for output in gradients:
        derived = yours[output.name]
        entries = _chosen(ours[output.name])
        measured = slopes(exercise, function, case, output.slope_of, entries)
        mine = derived.ravel()[entries]
        # Where no gradient should be, any rounding is all of it.
        error = relative_error(mine, measured) if np.abs(measured).max() > 1e-8 else 0.0
        if error > TOLERANCE or not close(derived, ours[output.name]):
            position = int(np.argmax(np.abs(mine - measured)))
            index = tuple(int(i) for i in np.unravel_index(entries[position], derived.shape))
            wrong.append((output, index, float(measured[position]), float(mine[position])))
    if wrong:
        # The one nearest to the loss: what is below it is wrong because of it.
        output, index, expected, found = wrong[-1]
        names = [each[0].name for each in wrong]
        fine = [o.name for o in gradients if o.name not in names]
        more = f" ({_alike(names, output.name)}{_right(fine)})" if len(gradients) > 1 else ""
        raise Found(
            _finding(
                SLOPES,
                f"{output.name} is not the slope of your own {exercise.outputs[0].name}, "
                f"{case.told}{more}",
                (index, expected, found),
                Wrong(
                    *(exercise, output, yours[output.name], ours, case),
                    _before([each for each in seen if each[0].slopes], case),
                ),
                seen,
                function,
            )
        )


def _alike(names: list[str], chosen: str) -> str:
    others = [name for name in names if name != chosen]
    return f"likewise {', '.join(others)}; " if others else ""


def _right(names: list[str]) -> str:
    return f"right: {', '.join(names)}" if names else "none of them is right"


def slopes(
    exercise: Exercise, function: Function, case: Case, name: str, entries: NDArray[np.intp]
) -> Array:
    """The measured slopes of the first output along entries of an argument.

    Where there is an argument dy, of the sum of the output times dy, which stands for the loss.
    """
    moved = copied(case.given)
    moved[name] = np.array(moved[name], dtype=np.float64)
    first = exercise.outputs[0].name

    def value() -> float:
        there = Case(f"{case.told}, with {name} moved a little", moved)
        y = call(exercise, function, there)[first]
        return float(np.sum(y * moved["dy"] if "dy" in moved else y))

    return numerical_gradient(value, moved[name], EPSILON, entries)


def _chosen(gradient: Array) -> NDArray[np.intp]:
    """Entries to measure at: those with the largest gradient, and some of the others."""
    if gradient.size <= MOST:
        return np.arange(gradient.size)
    order = np.argsort(-np.abs(gradient.ravel()), kind="stable")
    others = np.random.default_rng(0).choice(order[MOST // 2 :], MOST // 2, replace=False)
    return np.concatenate([order[: MOST // 2], others])


def _before(seen: Seen, case: Case) -> Case | None:
    """The case before this one: what is wrong now was right in it, or the check had ended."""
    cases = [each for each, _ in seen]
    place = cases.index(case)
    return cases[place - 1] if place else None


def _finding(
    stage: str,
    problem: str,
    entry: tuple[tuple[int, ...], float, float],
    at: Wrong,
    seen: Seen,
    function: Function,
) -> Finding:
    """The worst entry, expected and found, and what that may mean."""
    exercise, output = at.exercise, at.output
    index, expected, found = entry
    known = known_mistake(exercise, output, seen, at.case)
    meaning = known.sentence if known else likely(at)
    remark = exercise.remark(at.mine, at.case) if exercise.remark and not known else ""
    return Finding(
        stage,
        problem,
        f"{place(output.name, index)} = {number(expected)}{', measured' * (stage == SLOPES)}",
        f"{place(output.name, index)} = {number(found)}",
        f"{remark}; {meaning}".strip("; ") if meaning or remark else UNKNOWN,
        (known.derived if known else "") or output.derived or exercise.derived,
        "" if known else example(exercise, function, output, at.case),
    )


def _worst(mine: Array, right: Array) -> tuple[int, ...]:
    flat = int(np.argmax(np.abs(mine - right)))
    return tuple(int(i) for i in np.unravel_index(flat, right.shape))
