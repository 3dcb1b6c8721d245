"""What an array of the wrong shape may mean."""

from __future__ import annotations

import numpy as np

from digitnet.languages import tr
from digitnet.nn import Array
from digitnet.teach.exercises.known import close
from digitnet.teach.exercises.parts import Case, Exercise, Output
from digitnet.teach.exercises.running import arrays_of


def of_shape(
    exercise: Exercise, output: Output, yours: Array, case: Case, shape: tuple[int, ...]
) -> str:
    """What an array of another shape may mean."""
    for name, array in arrays_of(exercise, exercise.reference(), case.given).items():
        if name != output.name and close(yours, array):
            names = ", ".join(each.name for each in exercise.outputs)
            return tr("this is what {name} should be: the order is {names}", name=name, names=names)
    if len(shape) == yours.ndim == 1:
        return _other_axis(exercise, output, yours, case)
    meaning = tr("write the shapes of both factors of a product side by side: (n, m) @ (m, k)")
    if not shape:
        meaning = tr("the result is one number for the whole batch: a mean or a sum is missing")
    elif yours.ndim == 0:
        meaning = tr("something was summed up that should have stayed apart: look at axis=")
    elif yours.shape == shape[::-1]:
        meaning = tr(
            "this is the shape of the transpose: try {name}.T, or swap the factors",
            name=output.name,
        )
    elif yours.ndim == len(shape) + 1 and yours.shape[1:] == shape:
        meaning = tr("there is still one row for each image: sum over them, .sum(axis=0)")
    elif yours.size == int(np.prod(shape)):
        meaning = tr("the number of entries is right; look at axis=, keepdims= and .T")
    return meaning


def _other_axis(exercise: Exercise, output: Output, yours: Array, case: Case) -> str:
    """One row of numbers, of the wrong length."""
    sizes = exercise.sizes(case)
    if output.axes not in ("B", "N") and len(yours) == sizes.get("B", sizes.get("N")):
        return tr(
            "there is one entry for each image: sum over the images, axis=0, so that one for each "
            "column is left"
        )
    return tr(
        "look at axis=: axis=0 sums over the rows and leaves an entry for each column, axis=1 sums "
        "over the columns and leaves one for each row"
    )
