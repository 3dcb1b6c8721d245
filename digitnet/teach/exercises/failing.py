"""What is told of a function that stops with an error: where, and what it may mean."""

from __future__ import annotations

import inspect
import traceback

import numpy as np

from digitnet.languages import mark, tr
from digitnet.teach.exercises.blanks import DOTS, unfinished, where_blank
from digitnet.teach.exercises.factors import mask_in, not_meeting, what_was_multiplied
from digitnet.teach.exercises.formulas import in_error
from digitnet.teach.exercises.known import known_error, text_of
from digitnet.teach.exercises.notation import of_name
from digitnet.teach.exercises.origin import Factor, factors, line_of
from digitnet.teach.exercises.parts import Case, Exercise, Finding, Function
from digitnet.teach.exercises.returned import KIND, names_returned


def failed(exercise: Exercise, function: Function, case: Case, error: BaseException) -> Finding:
    """The error, its line, and what it may mean."""
    kind, text = type(error).__name__, text_of(error)
    found = f"{kind}: {text}" if text else kind
    if "ellipsis" in text or ("not have enough dimensions" in text and where_blank(function)):
        return unfinished(exercise, function, found + _line_of(exercise, function, error))
    both = factors(error, _file_of(function))
    if both and isinstance(error, ValueError):
        found = f"{kind}: {what_was_multiplied(both, exercise.sizes(case))}"
    line = line_of(error, _file_of(function), exercise.provided)
    known = known_error(exercise, case, error, both, line)
    return Finding(
        KIND,
        tr(
            "your function stops with an error{where}, {case}",
            where=_line_of(exercise, function, error),
            case=tr(case.told),
        ),
        tr("{names} returned", names=names_returned(exercise)),
        found,
        known.sentence if known else _meaning(exercise, function, case, error, both),
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


def _meaning(
    exercise: Exercise,
    function: Function,
    case: Case,
    error: BaseException,
    both: list[Factor],
) -> str:
    text, sizes = text_of(error), exercise.sizes(case)
    if not _takes(function, len(exercise.inputs)):
        names = ", ".join(exercise.inputs)
        return tr(
            "the function is called with {n} arguments: {names}",
            n=len(exercise.inputs),
            names=names,
        )
    if "truth value of an array" in text:
        return tr(ONE_QUESTION)
    said = in_error(text) if isinstance(error, TypeError | AttributeError) else ""
    if isinstance(error, NameError):
        said = of_name(exercise, text)
    if isinstance(error, ValueError):
        said = mask_in(both) or not_meeting(text, sizes)
    other = tr("look at that line, and at the shapes in it: {shapes}", shapes=_shapes(case))
    usual = (tr(said) for kind, said in ERRORS.items() if isinstance(error, kind))
    return said or next(usual, other)


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
