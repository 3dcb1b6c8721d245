"""Arrays whose shapes do not meet: which they are, their axes by name, what has to agree."""

from __future__ import annotations

import dis
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from digitnet.languages import mark, tr
from digitnet.text import plain

Factor = tuple[str, tuple[int, ...]]
"""As it stands in the code, such as x.T, and its shape."""
Shape = tuple[int, ...]
INNER = mark(
    "in a product of matrices the inner axes must agree, (n, m) @ (m, k), for it sums over them: "
    "here they are {left} and {right}. Which axis is to be summed over?"
)
ENTRIES = mark(
    "`+`, `-`, `*`, `/` and the like take two arrays entry by entry: their shapes must be the "
    "same, or one has to fit along the last axes of the other; here they are {shapes}"
)
OF_MATMUL = re.compile(r"matmul: .*\(size (\d+) is different from (\d+)\)")
OF_DOT = re.compile(r"shapes \(([\d, ]+)\) and \(([\d, ]+)\) not aligned")
OF_ENTRIES = re.compile(r"broadcast together with shapes (.+)")


def factors(error: BaseException, file: str) -> list[Factor]:
    """The two factors of the product with `@` that an error arose in, if they are names or their
    transposes; [] of any other error.

    file: that of the pupil's function. The names are read from what Python has made of the line.
    """
    told = getattr(error, "factors", None)
    if isinstance(told, list):  # of a function that runs in another process
        return told
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if not trace or trace.tb_frame.f_code.co_filename != file:
        return []
    names: list[str] = []
    for step in dis.get_instructions(trace.tb_frame.f_code):
        if step.offset >= trace.tb_lasti:
            values = {**trace.tb_frame.f_globals, **trace.tb_frame.f_locals}
            return _of_names(names[-2:], values) if "@" in step.argrepr else []
        names = _loaded(names, step)
    return []


def _loaded(names: list[str], step: dis.Instruction) -> list[str]:
    """The names that lie on Python's stack since anything was computed, after one more step."""
    if step.opname == "LOAD_ATTR" and step.argval == "T" and names:
        return [*names[:-1], f"{names[-1]}.T"]
    if step.opname.startswith(("LOAD_FAST", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_NAME")):
        several = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        return [*names, *map(str, several)]
    return []


def _of_names(names: list[str], values: dict[str, Any]) -> list[Factor]:
    found: list[Factor] = []
    for name in names:
        array = values.get(name.split(".", maxsplit=1)[0])
        if type(array) is np.ndarray:
            turned = name.count(".T") % 2
            found.append((plain(name, 40), array.shape[::-1] if turned else array.shape))
    return found if len(found) == 2 else []


def what_was_multiplied(both: Sequence[Factor], sizes: dict[str, int]) -> str:
    """x @ dz1, where x is (B, I) = (20, 784) and dz1 is (B, H) = (20, 8)."""
    (left, left_shape), (right, right_shape) = both
    return tr(
        "{left} @ {right}, where {left} is {left_shape} and {right} is {right_shape}",
        left=left,
        left_shape=in_letters(left_shape, sizes),
        right=right,
        right_shape=in_letters(right_shape, sizes),
    )


def not_meeting(text: str, sizes: dict[str, int]) -> str:
    """What has to agree in a product, or entry by entry, by the text of NumPy's error; "" of any
    other."""
    if found := OF_MATMUL.search(text):
        right, left = map(int, found.groups())
        return tr(INNER, left=_axis(left, sizes), right=_axis(right, sizes))
    if found := OF_DOT.search(text):
        shapes = [_read(each) for each in found.groups()]
        left, right = shapes[0][-1], shapes[1][-2 if len(shapes[1]) > 1 else -1]
        return tr(INNER, left=_axis(left, sizes), right=_axis(right, sizes))
    if found := OF_ENTRIES.search(text):
        shapes = [_read(each) for each in re.findall(r"\(([\d,]*)\)", found[1])]
        return tr(ENTRIES, shapes=", ".join(in_letters(each, sizes) for each in shapes))
    return ""


def _read(shape: str) -> Shape:
    return tuple(int(each) for each in shape.split(",") if each.strip())


def in_letters(shape: Shape, sizes: dict[str, int]) -> str:
    """(B, I) = (20, 784), or the numbers alone where one of them can be more than one axis."""
    letters = [_letter(size, sizes) for size in shape]
    comma = "," if len(shape) == 1 else ""
    if not shape or "" in letters:
        return str(shape)
    return f"({', '.join(letters)}{comma}) = {shape}"


def _axis(size: int, sizes: dict[str, int]) -> str:
    letter = _letter(size, sizes)
    return f"{letter} = {size}" if letter else str(size)


def _letter(size: int, sizes: dict[str, int]) -> str:
    """The letter of the axis of this size, "" unless there is just one."""
    letters = [letter for letter, each in sizes.items() if each == size]
    return letters[0] if len(letters) == 1 and size != 1 else ""
