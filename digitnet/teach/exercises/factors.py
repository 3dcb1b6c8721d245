"""Arrays whose shapes do not meet: which they are, their axes by name, what has to agree."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digitnet.languages import mark, tr
from digitnet.teach.exercises.origin import Factor

Shape = tuple[int, ...]
INNER = mark(
    "in a product of matrices the inner axes must agree, (n, m) @ (m, k), for it sums over them: "
    "here they are {left} and {right}. Which axis is to be summed over?"
)
ENTRIES = mark(
    "`+`, `-`, `*`, `/` and the like take two arrays entry by entry: their shapes must be the "
    "same, or one has to fit along the last axes of the other; here they are {shapes}"
)
MASK = mark(
    "{mask} is a mask, which says yes or no for each entry. It is applied entry by entry, "
    "{left} * {right}: `@` is the product of matrices"
)
OF_MATMUL = re.compile(r"matmul: .*\(size (\d+) is different from (\d+)\)")
OF_DOT = re.compile(r"shapes \(([\d, ]+)\) and \(([\d, ]+)\) not aligned")
OF_ENTRIES = re.compile(r"broadcast together with shapes (.+)")


def what_was_multiplied(both: Sequence[Factor], sizes: dict[str, int]) -> str:
    """x @ dz1, where x is (B, I) = (20, 784) and dz1 is (B, H) = (20, 8)."""
    (left, left_shape, _), (right, right_shape, _) = both
    return tr(
        "{left} @ {right}, where {left} is {left_shape} and {right} is {right_shape}",
        left=left,
        left_shape=in_letters(left_shape, sizes),
        right=right,
        right_shape=in_letters(right_shape, sizes),
    )


def mask_in(both: Sequence[Factor]) -> str:
    """What is told of a product of two of one shape of which one is a mask; "" of any other."""
    masks = [each for each in both if each.is_mask]
    if not masks or len({each.shape for each in both}) > 1:
        return ""
    left, right = both
    return tr(MASK, mask=masks[0].text, left=left.text, right=right.text)


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
