"""Signs: slashes and brackets, as of dates and of telephone numbers, which are no 1s.

A 1 stands on the line, as the digits beside it do. These are higher than their neighbours: a slash,
straight, leaning to the right, goes on above the tops and below the feet of two of them, and a
bracket is bent around those on one side of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.reading.circle import circle_through
from digitnet.reading.digit import NO_DIGIT
from digitnet.reading.judge import Judged, height_of
from digitnet.reading.piece import INK

BEYOND = 0.05
"""Of its height: how far a slash goes on above its neighbours, and below them."""
STRAIGHT = 0.15
"""Across a slash by along it, in standard deviations of its ink: what is more is bent or thick."""
LEANS = 0.2
"""Columns by rows: what is less is upright."""
LOOKS_LIKE = (1, 7)
"""What signs are read as."""
BENT = (0.4, 1.5)
"""The radius of a bracket's bend, in its heights: less is a loop, more is as good as straight."""
MIDDLE = 0.1
"""How far from the middle of a bracket's height the centre of its bend is, in its heights."""
HIGHER = 1.1
"""How much higher a bracket is than its neighbours, at least."""
AS_FAR = -0.05
"""In its heights: it goes about as far as they do, both up and down."""


def without_signs(reading: Sequence[Judged]) -> list[Judged]:
    """The reading of a line without what is read as a digit, and is a slash or a bracket."""
    digits = [each for each in reading if each.is_digit]
    signs = [
        each
        for left, each, right in zip([None, *digits], digits, [*digits[1:], None], strict=False)
        if int(each.probabilities[:NO_DIGIT].argmax()) in LOOKS_LIKE
        and (_is_slash(left, each, right) or _is_bracket(left, each, right))
    ]
    return [each for each in reading if not any(each is sign for sign in signs)]


def _is_slash(left: Judged | None, each: Judged, right: Judged | None) -> bool:
    if left is None or right is None:
        return False
    goes_on = all(_reaches_beyond(each, other, BEYOND) for other in (left, right))
    return goes_on and _leans(each.hypothesis.ink)


def _reaches_beyond(each: Judged, other: Judged, share: float) -> bool:
    """Whether it goes on above the other and below it, by more than this share of its height."""
    (_, top, _, bottom), (_, other_top, _, other_bottom) = each.hypothesis.box, other.hypothesis.box
    beyond = share * (bottom - top)
    return top < other_top - beyond and bottom > other_bottom + beyond


def _leans(ink: Array) -> bool:
    """Whether it is a straight stroke, and leans to the right: by the principal axis of its ink."""
    rows, columns = np.nonzero(ink > INK)
    if len(rows) < 2:
        return False
    (across, along), axes = np.linalg.eigh(np.cov(columns, rows))
    right, down = axes[:, 1]
    return bool(across <= STRAIGHT**2 * along and right * down < 0 and -right / down >= LEANS)


def _is_bracket(left: Judged | None, each: Judged, right: Judged | None) -> bool:
    """Whether it is bent evenly around the neighbour on one side of it, and higher than both."""
    height = height_of(each.hypothesis)
    if any(
        height <= HIGHER * height_of(other.hypothesis) or not _reaches_beyond(each, other, AS_FAR)
        for other in (left, right)
        if other is not None
    ):
        return False
    ink = each.hypothesis.ink
    circle = circle_through(ink > INK)
    if circle is None or not circle.is_round:
        return False
    within = right if circle.column > ink.shape[1] / 2 else left
    return (
        within is not None
        and BENT[0] * height <= circle.radius <= BENT[1] * height
        and abs(circle.row / height - 0.5) <= MIDDLE
    )
