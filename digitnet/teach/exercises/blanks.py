"""What is still blank in a pupil's function: its first line with three dots, and what that leaves.

The outputs that are there are checked as if they were all (calling.first_call); what is said of the
others is said here, after that.
"""

from __future__ import annotations

import dis
from itertools import pairwise
from types import CodeType
from typing import Any

from digitnet.languages import mark, tr
from digitnet.teach.exercises.parts import Exercise, Finding, Function
from digitnet.teach.exercises.returned import KIND, names_returned

DOTS = mark("there are still three dots where your lines belong")
NOT_ALL = mark("not all lines are written yet")
TAKES_THEM = ("STORE_FAST", "STORE_NAME", "STORE_DEREF", "UNPACK_SEQUENCE", "CALL", "PRECALL")
"""How Python goes on after the dots of `dz = ...`, of `dW, db = ...` and of `range(...)`."""


def first_blank(function: Any) -> tuple[str, int] | None:
    """The name that is given three dots first, "" if none is, and the line; None if there is none.

    Read from what Python has made of the function: its source may not be at hand.
    """
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    steps = list(dis.get_instructions(code))
    for place, (step, after) in enumerate(pairwise(steps), start=1):
        dots = step.opname == "LOAD_CONST" and step.argval is Ellipsis
        if dots and after.opname.startswith(TAKES_THEM):
            line = step.positions.lineno if step.positions else None
            return _names(steps[place:]), line or code.co_firstlineno
    return None


def _names(steps: list[dis.Instruction]) -> str:
    """The names that are given what is on the stack: dz, or dW, db."""
    if steps[0].opname.startswith(("CALL", "PRECALL")):
        return ""
    several = steps[0].opname == "UNPACK_SEQUENCE"
    count = int(steps[0].argval) if several else 1
    names: list[str] = []
    for step in steps[several:]:
        if not step.opname.startswith("STORE") or len(names) >= count:
            break  # Python 3.13 has steps that store two
        names += step.argval if isinstance(step.argval, tuple) else (step.argval,)
    return ", ".join(map(str, names[:count]))


def where_blank(function: Function) -> str:
    """dz2 in line 24; "" if no line is blank."""
    told = getattr(function, "blank", None)
    if isinstance(told, str):  # of a function that runs in another process
        return told
    blank = first_blank(function)
    return named(blank[0], tr("line {line}", line=blank[1])) if blank else ""


def named(name: str, place: str) -> str:
    """dz2 in line 24."""
    return tr("{name} in {place}", name=name, place=place) if name else place


def to_write(function: Function) -> str:
    """Which line is the next."""
    blank = where_blank(function)
    return tr("the next line to write is {blank}", blank=blank) if blank else tr(NOT_ALL)


def unfinished(exercise: Exercise, function: Function, found: str) -> Finding:
    """What is told of a function that returns three dots alone, or computes with them."""
    return Finding(
        KIND,
        to_write(function),
        tr("{names} returned", names=names_returned(exercise)),
        found,
        tr(DOTS),
        exercise.derived,
        is_unfinished=True,
    )


def the_rest(exercise: Exercise, function: Function) -> Finding:
    """What is told where some outputs are right, and the others not there yet.

    Of lines between, whose arrays are not returned, nothing is known, and nothing said.
    """
    missing = ", ".join(each.name for each in exercise.outputs if each not in exercise.written)
    right = ", ".join(_looked_at(exercise))
    meaning = tr("right, of what is returned: {names}", names=right)
    if not right:
        meaning = tr("what is there so far is looked at when the rest is there")
    return Finding(
        KIND,
        to_write(function),
        tr("{names} returned", names=names_returned(exercise)),
        tr("three dots in place of {names}", names=missing),
        meaning,
        exercise.derived,
        is_unfinished=True,
    )


def _looked_at(exercise: Exercise) -> list[str]:
    """The outputs that were compared with something."""
    measures = exercise.outputs[0] in exercise.written  # a slope is that of the first output
    names = [each.name for each in exercise.written if measures or not each.slope_of]
    return names if exercise.has_reference else []
