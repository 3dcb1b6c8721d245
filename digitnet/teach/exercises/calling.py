"""One call of a pupil's function: it runs, and what it returns is of the kind that was asked for.

Looked at in this order: an error, the number and kind of what is returned, its shapes, whether
all is finite, and whether the arguments are as they were.
"""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from digitnet.nn import Array
from digitnet.teach.exercises.parts import (
    Arrays,
    Case,
    Exercise,
    Finding,
    Found,
    Function,
    Mistake,
    Output,
)
from digitnet.teach.exercises.telling import described, first_bad, number, place, shape_in_words
from digitnet.text import plain

KIND, FINITE, UNCHANGED = "type and shape", "finite values", "arguments unchanged"

LARGEST = 10**7
"""Entries of an array of the wrong shape that is looked at more closely."""


@contextmanager
def quiet() -> Iterator[None]:
    """Neither NumPy's warnings nor Python's: the check says by itself what it finds."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def copied(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with arrays of their own."""
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in given.items()}


def raw(function: Function, given: Mapping[str, Any]) -> Any:
    """What the function returns for these arguments, whatever it is."""
    with quiet():
        return function(*given.values())


def arrays_of(exercise: Exercise, function: Function, given: Mapping[str, Any]) -> Arrays:
    """What a function of ours returns, by name."""
    returned = raw(function, copied(given))
    values = returned if len(exercise.outputs) > 1 else (returned,)
    return {o.name: np.asarray(v, float) for o, v in zip(exercise.outputs, values, strict=True)}


def call(exercise: Exercise, function: Function, case: Case) -> Arrays:
    """What the pupil's function returns, by name, copied. Raises Found."""
    given = copied(case.given)
    try:
        returned = raw(function, given)
    except (Exception, SystemExit) as error:
        raise Found(_failed(exercise, function, case, error)) from None
    values = _separate(exercise, case, returned)
    sizes = exercise.sizes(case)
    result = {
        output.name: _array(exercise, output, value, case, sizes)
        for output, value in zip(exercise.outputs, values, strict=True)
    }
    for output in exercise.outputs:
        _check_finite(exercise, output, result, case)
    _check_unchanged(exercise, case, given)
    return result


def _check_unchanged(exercise: Exercise, case: Case, given: Mapping[str, Any]) -> None:
    for name, before in case.given.items():
        if isinstance(before, np.ndarray) and not _same(given[name], before):
            raise Found(
                Finding(
                    UNCHANGED,
                    f"your function changes its argument {name}, {case.told}",
                    f"{name} after the call as it was before",
                    _first_change(name, before, given[name]),
                    f"`{name} -= ...`, `{name}[...] = ...` and `out={name}` write into the array "
                    f"of whoever calls you; make a new one, as in `{name} = {name} - ...`",
                    exercise.derived,
                )
            )


def _same(after: Any, before: Array) -> bool:
    return type(after) is np.ndarray and np.array_equal(after, before, equal_nan=True)


def _first_change(name: str, before: Array, after: Array) -> str:
    if after.shape != before.shape:
        return f"its shape is now {after.shape}"
    index = tuple(int(i) for i in np.argwhere(after != before)[0])
    return f"{place(name, index)} was {number(before[index])}, is {number(after[index])}"


def _failed(exercise: Exercise, function: Function, case: Case, error: BaseException) -> Finding:
    kind, text = type(error).__name__, _text_of(error)
    names = ", ".join(exercise.inputs)
    where = _line_of(function, error)
    meaning = f"look at that line, and at the shapes in it: {_shapes(case)}"
    if "ellipsis" in text or kind == "NotImplementedError":
        meaning = "there are still three dots where your lines belong"
    elif not _takes(function, len(exercise.inputs)):
        meaning = f"the function is called with {len(exercise.inputs)} arguments: {names}"
    elif isinstance(error, NameError):
        meaning = "a name is misspelt, or used before it is given a value"
    elif isinstance(error, RecursionError):
        meaning = "the function calls itself, and nothing ends that"
    elif isinstance(error, SystemExit):
        meaning = "leave out exit() and quit(): the function has to return"
    elif isinstance(error, PermissionError):
        meaning = "a check may not write or delete files, start programs or connect to others"
    elif isinstance(error, MemoryError):
        meaning = "an array is far too large; look at the shapes of what is multiplied"
    known = _known_error(exercise, case, error)
    return Finding(
        KIND,
        f"your function stops with an error{where}, {case.told}",
        f"{_names_returned(exercise)} returned",
        f"{kind}: {text}" if text else kind,
        known.sentence if known else meaning,
        (known.derived if known else "") or exercise.derived,
    )


def _known_error(exercise: Exercise, case: Case, error: BaseException) -> Mistake | None:
    """The mistake that stops with the same error, with its sentence filled in."""
    for mistake in exercise.mistakes if isinstance(error, ValueError) else ():
        try:
            raw(exercise.mistaken(mistake), copied(case.given))
        except Exception as same:
            if type(same) is type(error) and _text_of(same) == _text_of(error):
                return mistake.about(exercise.outputs[0].name, exercise.sizes(case))
    return None


def _text_of(error: BaseException) -> str:
    try:
        return plain(error, 200)
    except Exception:  # of an error whose own text cannot be made
        return ""


def _line_of(function: Function, error: BaseException) -> str:
    """The line of the pupil's own code in which the error arose: " in line 7"."""
    name = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == name
    ]
    return f" in line {lines[-1]}" if lines else ""


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


def _names_returned(exercise: Exercise) -> str:
    return ", ".join(output.name for output in exercise.outputs)


def _separate(exercise: Exercise, case: Case, returned: Any) -> tuple[Any, ...]:
    """What is returned, in as many parts as there are outputs. Raises Found."""
    count = len(exercise.outputs)
    if count == 1 and type(returned) is not tuple:
        return (returned,)
    if type(returned) is tuple and len(returned) == count:
        return returned
    meaning = "end with `return " + _names_returned(exercise) + "`, in this order"
    if returned is None:
        meaning = "there is no `return` that the function comes to; " + meaning
    raise Found(
        Finding(
            KIND,
            f"your function does not return what it should, {case.told}",
            f"{count} values: {_names_returned(exercise)}"
            if count > 1
            else _names_returned(exercise),
            described(returned),
            meaning,
            exercise.derived,
        )
    )


def _array(
    exercise: Exercise, output: Output, value: Any, case: Case, sizes: dict[str, int]
) -> Array:
    """A value of the right kind and shape as float64 of its own. Raises Found."""
    from digitnet.teach.exercises.explaining import known_shape, of_shape

    shape = tuple(sizes[letter] for letter in output.axes)
    number_alone = not shape and (type(value) in (int, float) or isinstance(value, np.floating))
    is_array = type(value) is np.ndarray and value.dtype.kind in "fiub"
    known, meaning = None, ""
    if is_array and value.dtype.kind == "f" and value.dtype.itemsize < 8:
        meaning = "compute in float64, as the arguments are: leave out float32 and float16"
    elif (number_alone or is_array) and np.shape(value) == shape:
        return np.array(value, dtype=np.float64)
    elif (is_array or isinstance(value, np.floating)) and value.size <= LARGEST:
        mine = np.array(value, np.float64)
        known = known_shape(exercise, output, mine, case)
        meaning = of_shape(exercise, output, mine, case, shape)
    elif value is Ellipsis:
        meaning = "there are still three dots where your lines belong"
    elif value is None:
        meaning = f"nothing is returned: end with `return {_names_returned(exercise)}`"
    elif type(value) is list:
        meaning = "a list becomes an array by np.array(...)"
    elif type(value) is tuple and exercise.outputs[0] is output:
        meaning = f"return {_names_returned(exercise)} alone"
    elif is_array:
        meaning = "it has far too many entries; look at the shapes of what is multiplied"
    elif isinstance(value, np.ndarray) or type(value) not in (int, float, tuple, type(None)):
        meaning = "only NumPy's arrays of numbers, and numbers, can be checked"
    elif shape:
        meaning = "something was summed up, or chosen, that should have stayed apart"
    raise Found(
        Finding(
            KIND,
            f"{output.name} is not of the kind that was asked for, {case.told}",
            f"{output.name}: {shape_in_words(output.axes, sizes)}",
            described(value),
            known.sentence if known else meaning,
            (known.derived if known else "") or output.derived or exercise.derived,
        )
    )


def _check_finite(exercise: Exercise, output: Output, result: Arrays, case: Case) -> None:
    from digitnet.teach.exercises.explaining import known_mistake

    values = result[output.name]
    if np.isfinite(values).all():
        return
    index = first_bad(values)
    known = known_mistake(exercise, output, [(case, result)], case)
    what = "no number (nan)" if np.isnan(values[index]) else "infinite"
    raise Found(
        Finding(
            FINITE,
            f"{output.name} is not finite, {case.told}",
            f"finite numbers in {output.name}",
            f"{place(output.name, index)} is {what}",
            known.sentence
            if known
            else "e to the power of 710 is too large for a float64: it becomes inf, and inf - inf, "
            "inf / inf and 0 * inf are nan. So are 0 / 0 and 0 * log(0)",
            (known.derived if known else "") or output.derived or exercise.derived,
        )
    )
