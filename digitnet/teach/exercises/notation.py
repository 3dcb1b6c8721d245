"""Names that stand in the formulas of an exercise and not in its code: what they are there."""

from __future__ import annotations

import re
from difflib import get_close_matches

import numpy as np

from digitnet.languages import mark, tr
from digitnet.teach.exercises.parts import Exercise
from digitnet.teach.exercises.relating import COUNTS

MISSING = re.compile(r"(?:name|variable) '(\w+)'")
GIVEN_A_VALUE = re.compile(r"^ +(\w+(?:, \w+)*) = ", re.M)
WRITTEN_OUT = mark(
    "{name} of the formula has no line of its own: write {code} in its place, or a line "
    "{name} = {code}"
)
COUNT = mark("{name} is {meaning}; in code that is {code}")
FUNCTION = mark("the functions of NumPy are written with np. in front of them: np.{name}")
SUM = mark("a sum of the formula is np.sum in code, with the axis that is summed over: axis=0 or 1")
EXPONENTIAL = mark("e to the power of z is np.exp(z) in code")
RELU = mark("ReLU is written np.maximum(z, 0)")
TRANSPOSE = mark("the transpose of {array} is written {array}.T")
ENTRY = mark("{name} is one entry of {array}; in code {array} is all of them at once")
RENAMED = mark("{name} has the name {code} in code")
IMPORT = mark("the first line of the file has to be: import numpy as np")
PROVIDED = mark("{name} stands above the function, and has to stay there")
LATER = mark("{name} is used before it is given a value: the line {name} = ... comes first")
MEANT = mark("there is no {name} here; did you mean {others}?")
OTHER_NAMES = {
    **{"L": "loss", "λ": "weight_decay", "lam": "weight_decay", "wd": "weight_decay"},
    **{"η": "learning_rate", "eta": "learning_rate", "lr": "learning_rate"},
}


def of_name(exercise: Exercise, error_text: str) -> str:
    """What is told of a name that is not there; "" if nothing is known of it."""
    found = MISSING.search(error_text)
    if not found:
        return ""
    name, names = found[1], _names(exercise)
    return (
        _of_this_exercise(exercise, name, names)
        or _of_all_formulas(name, names)
        or _like_another(name, names)
    )


def _names(exercise: Exercise) -> list[str]:
    """The arguments, and what the blank gives a value."""
    given = ", ".join(GIVEN_A_VALUE.findall(exercise.blank)).split(", ")
    return [*exercise.inputs, *(name for name in given if name)]


def _of_this_exercise(exercise: Exercise, name: str, names: list[str]) -> str:
    if name in names:
        return tr(LATER, name=name)
    if name in exercise.provided:
        return tr(PROVIDED, name=name)
    if name in exercise.notation:
        return tr(WRITTEN_OUT, name=name, code=exercise.notation[name])
    for argument, axes in exercise.inputs.items():
        if name in axes:
            axis = axes.index(name)
            code = f"{argument}.shape[{axis}]" if axis else f"len({argument})"
            return tr(COUNT, name=name, meaning=tr(COUNTS[name]), code=code)
    if OTHER_NAMES.get(name) in names:
        return tr(RENAMED, name=name, code=OTHER_NAMES[name])
    return ""


def _of_all_formulas(name: str, names: list[str]) -> str:
    array, _, index = name.partition("_")
    transposed = name.removesuffix("T").removesuffix("_")
    said = {
        "np": tr(IMPORT),
        **dict.fromkeys(("e", "E"), tr(EXPONENTIAL)),
        **dict.fromkeys(("relu", "ReLU", "Relu"), tr(RELU)),
        "T": tr(TRANSPOSE, array=names[0]),
    }
    if name in said:
        return said[name]
    if array == "sum":
        return tr(SUM)
    if callable(getattr(np, name, None)):
        return tr(FUNCTION, name=name)
    if transposed != name and transposed in names:
        return tr(TRANSPOSE, array=transposed)
    if index and array in names:
        return tr(ENTRY, name=name, array=array)
    return ""


def _like_another(name: str, names: list[str]) -> str:
    numbered = [each for each in names if re.fullmatch(rf"{re.escape(name)}\d", each)]
    others = numbered or (get_close_matches(name, names, 1) if len(name) > 1 else [])
    return tr(MEANT, name=name, others=", ".join(others)) if others else ""
