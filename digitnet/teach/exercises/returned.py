"""What a pupil's function returned: as many values as asked for, of the right kind, finite."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.known import known_mistake, known_shape
from digitnet.teach.exercises.misshapen import of_shape
from digitnet.teach.exercises.parts import Arrays, Case, Exercise, Finding, Found, Output
from digitnet.teach.exercises.telling import described, first_bad, place, shape_in_words

KIND, FINITE = mark("type and shape"), mark("finite values")
LARGEST = 10**6
"""Entries of an array of the wrong shape that is looked at more closely."""


def separate(exercise: Exercise, case: Case, returned: Any) -> tuple[Any, ...]:
    """What is returned, in as many parts as there are outputs. Raises Found."""
    count = len(exercise.outputs)
    if count == 1 and type(returned) is not tuple:
        return (returned,)
    if type(returned) is tuple and len(returned) == count:
        return returned
    names = names_returned(exercise)
    meaning = tr("end with `return {names}`, in this order", names=names)
    if returned is None:
        meaning = tr("there is no `return` that the function comes to; ") + meaning
    raise Found(
        Finding(
            KIND,
            tr("your function does not return what it should, {case}", case=tr(case.told)),
            tr("{n} values: {names}", n=count, names=names) if count > 1 else names,
            described(returned),
            meaning,
            exercise.derived,
        )
    )


def names_returned(exercise: Exercise) -> str:
    """loss, dW, db."""
    return ", ".join(output.name for output in exercise.outputs)


def as_array(
    exercise: Exercise, output: Output, value: Any, case: Case, sizes: dict[str, int]
) -> Array:
    """A value of the right kind and shape as float64 of its own. Raises Found."""
    shape = tuple(sizes[letter] for letter in output.axes)
    is_number = type(value) in (int, float) or isinstance(value, np.floating)
    is_array = type(value) is np.ndarray and value.dtype.kind in "fiub"
    fits = (is_array or (is_number and not shape)) and np.shape(value) == shape
    if fits and not _is_coarse(value):
        return np.array(value if is_array else _as_float(value), dtype=np.float64)
    known, meaning = None, _kind(exercise, output, value)
    if not fits and not _is_coarse(value) and (is_array or is_number) and np.size(value) <= LARGEST:
        mine = np.array(value if is_array else _as_float(value), dtype=np.float64)
        known = known_shape(exercise, output, mine, case)
        meaning = of_shape(exercise, output, mine, case, shape)
    raise Found(
        Finding(
            KIND,
            tr(
                "{name} is not of the kind that was asked for, {case}",
                name=output.name,
                case=tr(case.told),
            ),
            f"{output.name}: {shape_in_words(output.axes, sizes)}",
            described(value),
            known.sentence if known else meaning,
            (known.derived if known else "") or output.derived or exercise.derived,
        )
    )


def _is_coarse(value: Any) -> bool:
    """Whether it is of float32 or float16."""
    dtype = getattr(value, "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind == "f" and dtype.itemsize < 8


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # of a whole number of hundreds of digits
        return math.inf


def _kind(exercise: Exercise, output: Output, value: Any) -> str:
    """What a value that is no array of this shape may mean, by its type alone."""
    meaning = tr("only NumPy's arrays of numbers, and numbers, can be checked")
    names = names_returned(exercise)
    if _is_coarse(value):
        meaning = tr("compute in float64, as the arguments are: leave out float32 and float16")
    elif value is Ellipsis:
        meaning = tr("there are still three dots where your lines belong")
    elif value is None:
        meaning = tr("nothing is returned: end with `return {names}`", names=names)
    elif type(value) is list:
        meaning = tr("a list becomes an array by np.array(...)")
    elif type(value) is tuple and exercise.outputs[0] is output:
        meaning = tr("return {names} alone", names=names)
    elif type(value) is np.ndarray and value.size > LARGEST:
        meaning = tr("it has far too many entries; look at the shapes of what is multiplied")
    return meaning


def check_finite(exercise: Exercise, output: Output, result: Arrays, case: Case) -> None:
    """Raise Found if an output is not finite."""
    values = result[output.name]
    if np.isfinite(values).all():
        return
    index = first_bad(values)
    known = known_mistake(exercise, output, [(case, result)], case)
    what = (
        tr("{place} is no number (nan)") if np.isnan(values[index]) else tr("{place} is infinite")
    )
    raise Found(
        Finding(
            FINITE,
            tr("{name} is not finite, {case}", name=output.name, case=tr(case.told)),
            tr("finite numbers in {name}", name=output.name),
            what.format(place=place(output.name, index)),
            known.sentence if known else exercise.infinite,
            (known.derived if known else "") or output.derived or exercise.derived,
        )
    )
