"""One call of a pupil's function: it runs, and what it returns is of the kind that was asked for.

Looked at in this order: an error, the number and kind of what is returned, its shapes, whether
all is finite, and whether the arguments are as they were.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.blanks import DOTS, nothing_yet, still_dots
from digitnet.teach.exercises.factors import factors, not_meeting, what_was_multiplied
from digitnet.teach.exercises.known import known_error, text_of
from digitnet.teach.exercises.parts import Arrays, Case, Exercise, Finding, Found, Function
from digitnet.teach.exercises.returned import KIND, as_array, check_finite, names_returned, separate
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
        raise Found(nothing_yet(exercise, function, case))
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
        raise Found(_failed(exercise, function, case, error)) from None
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


def _failed(exercise: Exercise, function: Function, case: Case, error: BaseException) -> Finding:
    kind, text = type(error).__name__, text_of(error)
    both = factors(error, _file_of(function))
    known = known_error(exercise, case, error, both)
    found = f"{kind}: {text}" if text else kind
    if both and isinstance(error, ValueError):
        found = f"{kind}: {what_was_multiplied(both, exercise.sizes(case))}"
    return Finding(
        KIND,
        tr(
            "your function stops with an error{where}, {case}",
            where=_line_of(exercise, function, error),
            case=tr(case.told),
        ),
        tr("{names} returned", names=names_returned(exercise)),
        found,
        known.sentence if known else _meaning(exercise, function, case, error),
        (known.derived if known else "") or exercise.derived,
    )


ERRORS: dict[type[BaseException], str] = {
    NotImplementedError: DOTS,
    NameError: mark("a name is misspelt, or used before it is given a value"),
    RecursionError: mark("the function calls itself, and nothing ends that"),
    SystemExit: mark("leave out exit() and quit(): the function has to return"),
    PermissionError: mark(
        "a check may not write or delete files, start programs or connect to others"
    ),
    MemoryError: mark("an array is far too large; look at the shapes of what is multiplied"),
}
"""What an error may mean."""
ONE_QUESTION = mark(
    "`max`, `min`, `if`, `and` and `or` ask one question of a whole array: np.maximum, np.minimum, "
    "np.where, and a mask such as z > 0, ask it of each entry"
)


def _meaning(exercise: Exercise, function: Function, case: Case, error: BaseException) -> str:
    text, sizes = text_of(error), exercise.sizes(case)
    if "ellipsis" in text:
        return still_dots(function)
    if not _takes(function, len(exercise.inputs)):
        names = ", ".join(exercise.inputs)
        return tr(
            "the function is called with {n} arguments: {names}",
            n=len(exercise.inputs),
            names=names,
        )
    if "truth value of an array" in text:
        return tr(ONE_QUESTION)
    if said := not_meeting(text, sizes) if isinstance(error, ValueError) else "":
        return said
    other = tr("look at that line, and at the shapes in it: {shapes}", shapes=_shapes(case))
    return next((tr(said) for kind, said in ERRORS.items() if isinstance(error, kind)), other)


def _file_of(function: Function) -> str:
    """Where the pupil's function stands, "" if that is not known."""
    return str(getattr(getattr(function, "__code__", None), "co_filename", ""))


def _line_of(exercise: Exercise, function: Function, error: BaseException) -> str:
    """The line of the pupil's own code in which the error arose, not of what is given above it:
    " in line 7"."""
    where = getattr(error, "where", None)
    if isinstance(where, str):  # of a function that runs in another process
        return tr(" in {place}", place=where) if where else ""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == _file_of(function) and frame.name not in exercise.provided
    ]
    return tr(" in line {line}", line=lines[-1]) if lines else ""


def _shapes(case: Case) -> str:
    return ", ".join(
        f"{name} {value.shape}"
        for name, value in case.given.items()
        if isinstance(value, np.ndarray)
    )


def _takes(function: Function, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # of functions that do not tell
        return True
    return True
