"""Where in a pupil's function an error arose: the factors of a product, and the name of its line.

Both are read from what Python has made of the function: its source may not be at hand.
"""

from __future__ import annotations

import dis
from collections.abc import Collection
from types import FrameType, TracebackType
from typing import Any, NamedTuple

import numpy as np

from digitnet.text import plain

NAMES = ("LOAD_FAST", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_NAME")
CONSTANTS = ("LOAD_CONST", "LOAD_SMALL_INT")
NOTHING = ("EXTENDED_ARG", "NOP", "CACHE")
"""Steps that change nothing."""
ENTRY_BY_ENTRY = {"+", "-", "*", "/", "**", "//", "%"}
LONGEST = 40
"""Characters of a factor that is told."""


class Factor(NamedTuple):
    """As it stands in the code, such as x.T, its shape, and whether it holds True and False."""

    text: str
    shape: tuple[int, ...]
    is_mask: bool = False


Stack = list[Factor | None]
"""What lies on Python's stack since it was last known, as far as it is arrays and numbers."""


def factors(error: BaseException, file: str) -> list[Factor]:
    """The two factors of the product with `@` that an error arose in, if they are names, or
    computed from names entry by entry; [] of any other error.

    file: that of the pupil's function.
    """
    told = getattr(error, "factors", None)
    if isinstance(told, list):  # of a function that runs in another process
        return told
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if not trace or trace.tb_frame.f_code.co_filename != file:
        return []
    stack: Stack = []
    for step in dis.get_instructions(trace.tb_frame.f_code):
        if step.offset >= trace.tb_lasti:
            both = [each for each in stack[-2:] if each and each.shape]
            return both if "@" in step.argrepr and len(both) == 2 and not _meet(*both) else []
        stack = _after(stack, step, trace.tb_frame)
    return []


def _meet(left: Factor, right: Factor) -> bool:
    return left.shape[-1] == right.shape[-2 if len(right.shape) > 1 else -1]


def _after(stack: Stack, step: dis.Instruction, frame: FrameType) -> Stack:
    """The stack after one more step; [] after one that does anything else."""
    name = step.opname
    if name in NOTHING:
        return stack
    if name == "LOAD_ATTR" and step.argval == "T" and stack and stack[-1]:
        text, shape, is_mask = stack[-1]
        return [*stack[:-1], Factor(f"{text}.T", shape[::-1], is_mask)]
    if name.startswith(CONSTANTS):
        return [*stack, _factor(repr(step.argval), step.argval)]
    if name.startswith(NAMES) or name == "STORE_FAST_LOAD_FAST":
        several = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if name == "STORE_FAST_LOAD_FAST":
            stack, several = [], several[1:]
        values = {**frame.f_globals, **frame.f_locals}
        return [*stack, *(_factor(str(each), values.get(each)) for each in several)]
    if name == "COMPARE_OP" or (name == "BINARY_OP" and step.argrepr in ENTRY_BY_ENTRY):
        sign = step.argrepr if name == "BINARY_OP" else str(step.argval).strip()
        return [*stack[:-2], _computed(stack[-2:], sign, name == "COMPARE_OP")]
    return []


def _factor(text: str, value: Any) -> Factor | None:
    if type(value) is np.ndarray:
        return Factor(plain(text, LONGEST), value.shape, value.dtype == bool)
    return Factor(plain(text, LONGEST), ()) if type(value) in (int, float) else None


def _computed(both: Stack, sign: str, is_mask: bool) -> Factor | None:
    """What two make entry by entry."""
    known = [each for each in both if each]
    if len(known) != 2:
        return None
    left, right = known
    try:
        shape = np.broadcast_shapes(left.shape, right.shape)
    except ValueError:
        return None
    return Factor(plain(f"({left.text} {sign} {right.text})", LONGEST), shape, is_mask)


def line_of(error: BaseException, file: str, above: Collection[str] = ()) -> str:
    """The name that the line is to give a value in which an error arose; "" if there is none.

    above: functions that were given, whose lines do not count.
    """
    told = getattr(error, "line_of", None)
    if isinstance(told, str):  # of a function that runs in another process
        return told
    trace, last = error.__traceback__, None
    while trace:
        code = trace.tb_frame.f_code
        if code.co_filename == file and code.co_name not in above:
            last = trace
        trace = trace.tb_next
    return _stored_next(last) if last else ""


def _stored_next(trace: TracebackType) -> str:
    for step in dis.get_instructions(trace.tb_frame.f_code):
        if step.offset < trace.tb_lasti:
            continue
        if step.opname.startswith("STORE_") and step.opname != "STORE_SUBSCR":
            return str(step.argval[0] if isinstance(step.argval, tuple) else step.argval)
        if step.opname.startswith("RETURN"):
            break
    return ""
