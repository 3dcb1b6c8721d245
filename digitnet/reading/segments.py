"""Segments: from ink to lines of pieces, each a digit or a part of one, and all that they may be.

Ink that hangs together is a piece, unless it is so wide that it may be several digits: then it is
cut wherever it might have to be. A digit may be several pieces, as a 5 with its bar apart. So all
runs of neighbouring pieces that are no wider than a digit may be are hypotheses, and what they are
is judged later (digitnet.reading.judge).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import boxes_of, components
from digitnet.reading.cuts import cut
from digitnet.reading.lines import lines_of
from digitnet.reading.piece import INK, Ends, Piece, ends_of
from digitnet.reading.rules import Unruled
from digitnet.reading.scraps import but_scraps, written

MOST_PIECES = 6
MOST_IN_PICTURE = 1500
"""Pieces of a picture, the largest: a page full of figures; what falls into more is a pattern."""
MOST_PIXELS = 40_000_000
"""Of all that they may be together."""
MOST_IN_LINE = 150
"""Pieces of a line; what falls into more is no handwriting, but a pattern."""
WIDEST = 1.55
"""Of a digit, in heights."""
WIDEST_GAP = 0.4
"""Within a digit, in heights of the line: the flag of a 7 is no part of the digit before it."""


@dataclass(frozen=True)
class Hypothesis:
    """That pieces `first` to `last` of a line, both included, are one digit."""

    first: int
    last: int
    box: tuple[int, int, int, int]
    """left, top, right, bottom."""
    own: Array | Callable[[], Array] = field(repr=False)
    """Its ink, or what makes it: that of all hypotheses of a pattern would take much memory."""

    @property
    def ink(self) -> Array:
        """Of its own pieces alone: (h, w), as its box."""
        return self.own() if callable(self.own) else self.own


class Line(NamedTuple):
    """A line of text: its pieces, all that they may be, and where its top and bottom are."""

    pieces: list[Piece]
    found: list[Hypothesis]
    ends: Ends


def lines_in(
    ink: Array, beyond: NDArray[np.bool_] | None = None, rules: Unruled | None = None
) -> list[Line]:
    """The lines of text in the ink (h, w), cut wherever they might have to be.

    beyond: (h, w), what lies beyond the edge of the page; None if nothing does.
    rules: those that are gone from the ink; they may be the frame of the writing.
    """
    lines = []
    room = MOST_PIXELS
    for pieces in but_scraps(lines_of(pieces_of(ink, beyond, rules)), ink.shape):
        tall = max(piece.height for piece in pieces)
        parts = _parts(pieces, ink, tall)
        if len(parts) > MOST_IN_LINE:
            continue
        runs = _runs_of(parts, tall)
        room -= sum((right - left) * (bottom - top) for *_, (left, top, right, bottom) in runs)
        if room >= 0:
            found = [
                Hypothesis(first, last, box, partial(_own, parts[first : last + 1], ink))
                for first, last, box in runs
            ]
            lines.append(Line(parts, found, ends_of(pieces)))
    return lines


def _parts(pieces: Sequence[Piece], ink: Array, tall: int) -> list[Piece]:
    """What the pieces of a line fall into, from left to right; no more than make it a pattern."""
    parts: list[Piece] = []
    for piece in pieces:
        parts += cut(piece, ink, tall)
        if len(parts) > MOST_IN_LINE:
            break
    return sorted(parts, key=lambda each: each.left + each.right)


def pieces_of(
    ink: Array, beyond: NDArray[np.bool_] | None = None, rules: Unruled | None = None
) -> list[Piece]:
    """The components of the ink, but for specks, long lines and dark edges of the picture.

    beyond, rules: as in lines_in.
    """
    labels, n = components(ink > INK)
    if n == 0:
        return []
    boxes = boxes_of(labels, n)
    heights, widths = boxes.bottom - boxes.top, boxes.right - boxes.left
    labels = _with_fringe(labels, ink)
    kept = []
    big = np.flatnonzero(boxes.area >= max(4, 0.02 * float(np.sort(heights * widths)[-1]) ** 0.5))
    if len(big) > MOST_IN_PICTURE:
        big = np.sort(big[np.argsort(-(heights * widths)[big], kind="stable")[:MOST_IN_PICTURE]])
    if (heights * widths)[big].sum() > MOST_PIXELS:  # rings, stripes: one within the box of others
        smallest_first = big[np.argsort((heights * widths)[big], kind="stable")]
        n_kept = np.searchsorted((heights * widths)[smallest_first].cumsum(), MOST_PIXELS)
        big = np.sort(smallest_first[:n_kept])
    for index in big:
        top, left = max(boxes.top[index] - 1, 0), max(boxes.left[index] - 1, 0)
        part = labels[top : boxes.bottom[index] + 1, left : boxes.right[index] + 1] == index + 1
        kept.append(Piece(int(top), int(left), part))
    return written(kept, ink.shape, beyond, rules)


def _with_fringe(labels: NDArray[np.int32], ink: Array) -> NDArray[np.int32]:
    """Labels that reach one pixel further, into the fainter ink at the border of a stroke."""
    result = labels.copy()
    faint = (ink > 0.02) & (labels == 0)
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        rows = slice(max(down, 0), labels.shape[0] + min(down, 0))
        columns = slice(max(right, 0), labels.shape[1] + min(right, 0))
        rows_from = slice(max(-down, 0), labels.shape[0] + min(-down, 0))
        columns_from = slice(max(-right, 0), labels.shape[1] + min(-right, 0))
        beside, part = labels[rows_from, columns_from], result[rows, columns]
        take = faint[rows, columns] & (part == 0) & (beside > 0)
        part[take] = beside[take]
    return result


def _runs_of(
    line: list[Piece], line_height: float
) -> list[tuple[int, int, tuple[int, int, int, int]]]:
    """All runs of neighbouring pieces that may be one digit: the first, the last, their box."""
    found = []
    for first in range(len(line)):
        reach = line[first].right
        for last in range(first, min(first + MOST_PIECES, len(line))):
            if line[last].left - reach > WIDEST_GAP * line_height:
                break
            reach = max(reach, line[last].right)
            left, top, right, bottom = box = box_around(line[first : last + 1])
            widest = WIDEST * max(bottom - top, 0.8 * line_height)
            if last > first and right - left > widest:
                break
            found.append((first, last, box))
    return found


def own_ink(members: Sequence[Piece], ink: Array) -> tuple[tuple[int, int, int, int], Array]:
    """The box around these pieces (left, top, right, bottom), and their ink alone in it."""
    left, top, right, bottom = box_around(members)
    own = np.zeros((bottom - top, right - left), np.float32)
    for piece in members:
        rows = slice(piece.top - top, piece.bottom - top)
        columns = slice(piece.left - left, piece.right - left)
        part = ink[piece.top : piece.bottom, piece.left : piece.right] * piece.mask
        own[rows, columns] = np.maximum(own[rows, columns], part)
    return (left, top, right, bottom), own


def _own(members: Sequence[Piece], ink: Array) -> Array:
    return own_ink(members, ink)[1]


def box_around(members: Sequence[Piece]) -> tuple[int, int, int, int]:
    """left, top, right, bottom of all together."""
    return (
        min(piece.left for piece in members),
        min(piece.top for piece in members),
        max(piece.right for piece in members),
        max(piece.bottom for piece in members),
    )
