"""One call of a pupil's function: it runs, and what it returns is of the kind that was asked for.

Looked at in this order: an error, the number and kind of what is returned, its shapes, whether
all is finite, and whether the arguments are as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.blanks import unfinished
from digitnet.teach.exercises.failing import failed
from digitnet.teach.exercises.parts import Arrays, Case, Exercise, Finding, Found, Function
from digitnet.teach.exercises.returned import as_array, check_finite, names_returned, separate
from digitnet.teach.exercises.running import copied, raw
from digitnet.teach.exercises.telling import number, place

UNCHANGED = mark("arguments unchanged")


def call(exercise: Exercise, function: Function, case: Case) -> Arrays:
    """What the pupil's function returns, by name, copied. Raises Found."""
    return _looked_at(exercise, case, *_run(exercise, function, case))


def first_call(exercise: Exercise, function: Function, case: Case) -> tuple[Exercise, Arrays]:
    """The same, and the exercise with the outputs that are still three dots left out of it."""
    values, given = _run(exercise, function, case)
    named = zip(exercise.outputs, values, strict=True)
    blank = frozenset(output.name for output, value in named if value is Ellipsis)
    if len(blank) == len(values):
        dots = tr("three dots in place of {names}", names=names_returned(exercise))
        raise Found(unfinished(exercise, function, dots))
    exercise = replace(exercise, unfinished=blank)
    return exercise, _looked_at(exercise, case, values, given)


def _run(
    exercise: Exercise, function: Function, case: Case
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What is returned, as many values as there are outputs, and the arguments after the call."""
    given = copied(case.given)
    try:
        returned = raw(function, given)
    except (Exception, SystemExit) as error:
        raise Found(failed(exercise, function, case, error)) from None
    return separate(exercise, case, returned), given


def _looked_at(
    exercise: Exercise, case: Case, values: tuple[Any, ...], given: Mapping[str, Any]
) -> Arrays:
    """The outputs that are there, as arrays that are finite."""
    sizes = exercise.sizes(case)
    result = {
        output.name: as_array(exercise, output, value, case, sizes)
        for output, value in zip(exercise.outputs, values, strict=True)
        if output in exercise.written
    }
    for output in exercise.written:
        check_finite(exercise, output, result, case)
    _check_unchanged(exercise, case, given)
    return result


def _check_unchanged(exercise: Exercise, case: Case, given: Mapping[str, Any]) -> None:
    for name, before in case.given.items():
        if isinstance(before, np.ndarray) and not _same(given[name], before):
            raise Found(
                Finding(
                    UNCHANGED,
                    tr(
                        "your function changes its argument {name}, {case}",
                        name=name,
                        case=tr(case.told),
                    ),
                    tr("{name} after the call as it was before", name=name),
                    _first_change(name, before, given[name]),
                    tr(
                        "`{name} -= ...`, `{name}[...] = ...` and `out={name}` write into the "
                        "array of whoever calls you; make a new one, as in `{name} = {name} - ...`",
                        name=name,
                    ),
                    exercise.derived,
                )
            )


def _same(after: Any, before: Array) -> bool:
    return type(after) is np.ndarray and np.array_equal(after, before, equal_nan=True)


def _first_change(name: str, before: Array, after: Array) -> str:
    if after.shape != before.shape:
        return tr("its shape is now {shape}", shape=after.shape)
    index = tuple(int(i) for i in np.argwhere(after != before)[0])
    return tr(
        "{place} was {before}, is {after}",
        place=place(name, index),
        before=number(before[index]),
        after=number(after[index]),
    )
