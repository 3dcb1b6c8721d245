"""The check of an exercise: one pure function, for a notebook, a test, a page and the command line.

What it looks at, in this order; the first thing that fails is told:

    type and shape, finite values, arguments unchanged     each call (calling)
    values          compared with ours, and the same when called once more
    slopes          the gradient of the pupil's own first output, measured by moving its arguments
    behaviour       what is learned with it
"""

from __future__ import annotations

from digitnet.languages import mark, tr
from digitnet.nn.blas import one_thread
from digitnet.teach.exercises.blanks import the_rest
from digitnet.teach.exercises.calling import UNCHANGED, call, first_call
from digitnet.teach.exercises.findings import before, finding, worst
from digitnet.teach.exercises.known import Seen, close
from digitnet.teach.exercises.parts import Arrays, Case, Exercise, Finding, Found, Function, Verdict
from digitnet.teach.exercises.relating import Wrong
from digitnet.teach.exercises.returned import FINITE, KIND
from digitnet.teach.exercises.running import arrays_of, copied, quiet
from digitnet.teach.exercises.slopes import SLOPES, compare_slopes
from digitnet.teach.exercises.telling import number, place

VALUES = mark("values")


def checked(exercise: Exercise, function: Function) -> Verdict:
    """Look at a pupil's function, and say what is wrong first, or that all is right."""
    looked: list[str] = []
    at: list[Case] = []
    try:
        if not callable(function):
            raise Found(
                Finding(
                    KIND,
                    tr("this is no function"),
                    tr("the function {name}, without brackets behind its name", name=exercise.name),
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
    at.append(cases[0])
    exercise, first = first_call(exercise, function, cases[0])
    results = [first]
    for case in cases[1:]:
        at.append(case)
        results.append(call(exercise, function, case))
    looked += [tr(KIND), tr(FINITE), tr(UNCHANGED)]
    seen = list(zip(cases, results, strict=True))
    _compare_again(exercise, function, *seen[-1])
    if exercise.has_reference:
        for case, yours in seen:
            at.append(case)
            _compare_values(exercise, function, yours, case, seen)
        looked.append(tr(VALUES))
    if any(case.slopes for case in cases) and exercise.outputs[0] in exercise.written:
        for case, yours in seen:
            if case.slopes:
                at.append(case)
                compare_slopes(exercise, function, yours, case, seen)
        looked.append(tr(SLOPES))
    if exercise.unfinished:
        raise Found(the_rest(exercise, function))
    if exercise.behaviour:
        looked.append(exercise.behaviour(function))


def _compare_values(
    exercise: Exercise, function: Function, yours: Arrays, case: Case, seen: Seen
) -> None:
    """The outputs that are no gradients, against ours."""
    ours = arrays_of(exercise, exercise.reference(), case.given)
    for output in (each for each in exercise.written if not each.slope_of):
        mine, right = yours[output.name], ours[output.name]
        if not close(mine, right):
            index = worst(mine, right)
            raise Found(
                finding(
                    VALUES,
                    tr("{name} has the wrong value, {case}", name=output.name, case=tr(case.told)),
                    (index, float(right[index]), float(mine[index])),
                    Wrong(exercise, output, mine, ours, case, before(seen, case)),
                    seen,
                    function,
                )
            )


def _compare_again(exercise: Exercise, function: Function, case: Case, first: Arrays) -> None:
    after = call(exercise, function, case)
    for name, array in first.items():
        if not close(after[name], array):
            at = worst(after[name], array)
            raise Found(
                Finding(
                    VALUES,
                    tr(
                        "the same arguments give another {name} when the function is called again",
                        name=name,
                    ),
                    tr("the same answer for the same arguments"),
                    tr(
                        "{place} was {before}, then {after}",
                        place=place(name, at),
                        before=number(array[at]),
                        after=number(after[name][at]),
                    ),
                    tr("the function draws random numbers, or keeps something from call to call"),
                    exercise.derived,
                )
            )
