"""Gradients against measured slopes: of the pupil's own first output, each array by itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.nn.gradcheck import EPSILON, numerical_gradient, relative_error
from digitnet.teach.exercises.calling import call
from digitnet.teach.exercises.findings import before, finding
from digitnet.teach.exercises.known import Seen, close
from digitnet.teach.exercises.parts import Arrays, Case, Exercise, Found, Function, Output
from digitnet.teach.exercises.relating import Wrong
from digitnet.teach.exercises.running import arrays_of, copied

SLOPES = mark("gradient")
TOLERANCE = 1e-6
"""Of the relative error of an array of gradients: the right one stays below 1e-7."""
MOST = 40
"""Entries of an array whose slope is measured."""


def compare_slopes(
    exercise: Exercise, function: Function, yours: Arrays, case: Case, seen: Seen
) -> None:
    """Each gradient by itself against the measured slope. Raises Found."""
    gradients = [output for output in exercise.written if output.slope_of]
    ours = arrays_of(exercise, exercise.reference(), case.given)
    entries = {
        output.name: _wrong_entry(exercise, function, output, yours, ours, case)
        for output in gradients
    }
    wrong = [output for output in gradients if entries[output.name]]
    if not wrong:
        return
    output = wrong[-1]  # the one nearest to the loss: what is below it is wrong because of it
    entry = entries[output.name]
    assert entry is not None
    what = tr(
        "{name} is not the slope of your own {first}, {case}",
        name=output.name,
        first=exercise.outputs[0].name,
        case=tr(case.told),
    )
    more = _of_the_others(gradients, wrong)
    before_it = before([each for each in seen if each[0].slopes], case)
    raise Found(
        finding(
            SLOPES,
            f"{what} ({more})" if len(gradients) > 1 else what,
            entry,
            Wrong(exercise, output, yours[output.name], ours, case, before_it),
            seen,
            function,
        )
    )


def _of_the_others(gradients: list[Output], wrong: list[Output]) -> str:
    """Which are wrong besides the last of the wrong ones, and which are right."""
    others = ", ".join(each.name for each in wrong[:-1])
    right = ", ".join(each.name for each in gradients if each not in wrong)
    more = tr("likewise {names}; ", names=others) if others else ""
    return more + (tr("right: {names}", names=right) if right else tr("none of them is right"))


def _wrong_entry(
    exercise: Exercise, function: Function, output: Output, yours: Arrays, ours: Arrays, case: Case
) -> tuple[tuple[int, ...], float, float] | None:
    """The place of the worst entry of a wrong gradient, its measured and its derived value."""
    derived, right = yours[output.name], ours[output.name]
    entries = _chosen(right)
    slopes = measured(exercise, function, case, output.slope_of, entries)
    mine = derived.ravel()[entries]
    # Where no gradient should be, any rounding is all of it.
    error = relative_error(mine, slopes) if np.abs(slopes).max() > 1e-8 else 0.0
    if error <= TOLERANCE and close(derived, right):
        return None
    position = int(np.argmax(np.abs(mine - slopes)))
    index = tuple(int(i) for i in np.unravel_index(entries[position], derived.shape))
    return index, float(slopes[position]), float(mine[position])


def measured(
    exercise: Exercise, function: Function, case: Case, name: str, entries: NDArray[np.intp]
) -> Array:
    """The measured slopes of the first output along entries of an argument.

    Where there is an argument dy, of the sum of the output times dy, which stands for the loss.
    """
    moved = copied(case.given)
    moved[name] = np.array(moved[name], dtype=np.float64)
    first = exercise.outputs[0].name

    def value() -> float:
        told = tr("{case}, with {name} moved a little", case=tr(case.told), name=name)
        there = Case(told, moved)
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
