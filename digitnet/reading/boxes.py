"""Boxes: printed frames around a digit or a number, and combs of boxes, one for each digit.

Rules are looked for across a picture (digitnet.reading.rules); a box may be small in it. It is a
piece of ink whose outline is straight on all four sides, and thin: a 0 is round. Its sides are
erased where they are thin, so that a digit that crosses one stays whole; so are the lines within
that go from side to side. A ring is erased as well, if there is something as large as a digit in
its hole, where a 0 has nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import boxes_of, components, grown, reached_from_sides
from digitnet.reading.rules import INK
from digitnet.reading.tracks import is_uncrossed, runs

SMALLEST = 16
"""Pixels that a box is wide and high at least."""
MOST_FILLED = 0.5
"""The share of a box that is ink, at most."""
MOSTLY_HOLE = 0.5
"""The share of the rectangle around a ring that is its hole, at least."""
WRITTEN_IN = 0.15
"""How high what is written in a ring is, as a share of the ring's height, at least."""
STEEPEST = 0.27
"""How steep its longer side is, at most: fifteen degrees."""
BENT = 0.03
"""And how steep its sides are at most when they have been turned by as much."""
NEAR = 0.02
"""How far from a straight line a side may be, as a share of its length; at least 1.5 pixels."""
STRAIGHT = 0.75
"""The share of a side that is so near: a digit may stand out, or a piece be missing."""
THICKEST = 1 / 6
"""Of a side, as a share of the box's shorter side."""
THROUGH = 0.95
"""The share of its length on which a line within a box shows."""
MOST = 300
"""Pieces that are looked at, the largest."""
MOST_PIXELS = 8_000_000
"""That they have together, box by box."""
OUTERMOST = 0.4
"""How far within the outline a side is at most, as a share of the box's size: an L is none."""
TEETH = 4
"""Lines from side to side that make a comb, which is open on one side."""
CROSSING = 3
"""How large at most what is left of two lines is where they cross, in thicknesses, and 2 pixels."""


class Side(NamedTuple):
    """The upper side of a box: in which columns its line shows, and the rows of its ink there.

    place: how far from the outermost pixel it is, as a share of the box's height.
    """

    columns: NDArray[np.intp]
    top: NDArray[np.intp]
    bottom: NDArray[np.int32]
    slope: float
    thickness: float
    place: float


def unboxed(ink: Array) -> Array:
    """The ink (h, w) without the lines of printed boxes; the ink itself if there are none."""
    mask = ink > INK
    lines = lines_of_boxes(mask)
    if not lines.any():
        return ink
    return np.where(grown(lines, 1, corners=True) & (~mask | lines), np.float32(0), ink)


def lines_of_boxes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The lines of printed boxes (h, w) where there is ink (h, w)."""
    labels, n = components(mask)
    found = boxes_of(labels, n)
    height, width = found.bottom - found.top, found.right - found.left
    may = (np.minimum(height, width) >= SMALLEST) & (found.area <= MOST_FILLED * height * width)
    lines = np.zeros(mask.shape, bool)
    largest = np.flatnonzero(may)[np.argsort(-(height * width)[may], kind="stable")[:MOST]]
    few = (height * width)[largest[::-1]].cumsum()[::-1] <= MOST_PIXELS  # rings within rings
    for index in largest[few]:
        inside = (
            slice(found.top[index], found.bottom[index]),
            slice(found.left[index], found.right[index]),
        )
        piece = labels[inside] == index + 1
        straight = _lines(piece)
        is_ring = not straight.any() and _is_ring(piece, mask[inside] & ~piece)
        lines[inside] |= piece if is_ring else straight
    return lines


def _is_ring(piece: NDArray[np.bool_], rest: NDArray[np.bool_]) -> bool:
    """Whether a piece (h, w) is drawn around something written: rest, the other ink there."""
    labels, _ = components(~piece & ~reached_from_sides(~piece))
    holes = np.bincount(labels.ravel())[1:]
    if len(holes) == 0 or holes.max() < MOSTLY_HOLE * piece.size:
        return False
    within = rest & (labels == int(holes.argmax()) + 1)
    rows = np.flatnonzero(within.any(axis=1))
    return len(rows) > 0 and int(rows[-1] - rows[0] + 1) >= WRITTEN_IN * len(piece)


def _lines(piece: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The sides of a box and the lines within, if the piece (h, w) is one: (h, w)."""
    is_wide = piece.shape[1] >= piece.shape[0]
    longer = _outline(piece if is_wide else np.rot90(piece), STEEPEST)
    if longer is None:
        return np.zeros(piece.shape, bool)
    shear = Shear(piece.shape, longer.slope)
    level = shear.done(piece)
    turned = Shear(level.shape[::-1], longer.slope)
    lines = _upright_lines(np.rot90(turned.done(np.rot90(level)), -1))
    return shear.undone(np.rot90(turned.undone(np.rot90(lines)), -1))


def _upright_lines(piece: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same of a box that does not lie aslant, or hardly."""
    rows, columns = np.flatnonzero(piece.any(axis=1)), np.flatnonzero(piece.any(axis=0))
    inside = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    box = piece[inside]
    lines = np.zeros(piece.shape, bool)
    found = np.zeros(box.shape, bool)
    sides: list[Side] = []
    for turn in range(4):  # each side in turn is the upper one
        side = _upper_side(np.rot90(box, turn))
        if side is None:
            return lines
        sides.append(side)
        mark(np.rot90(found, turn), side.columns, side.top, side.bottom)
    n_through = []
    for turn in (0, 1):  # and level lines are upright ones
        one, other = sides[turn], sides[turn + 2]
        slope, thickness = (one.slope + other.slope) / 2, max(one.thickness, other.thickness)
        of_box = np.rot90(box, turn), np.rot90(found, turn)
        n_through.append(_mark_lines_through(*of_box, slope, thickness))
    is_closed = all(side.place <= OUTERMOST for side in sides)
    if not is_closed and max(n_through) < TEETH:
        return lines
    lines[inside] = found | _crossings(box & ~found, max(side.thickness for side in sides))
    return lines


class Shear:
    """Each column of a mask (h, w) moved up by a slope times how far it is from the middle."""

    def __init__(self, shape: tuple[int, ...], slope: float) -> None:
        height, width = shape
        self._columns = np.arange(width)
        shift = np.rint(slope * (self._columns - width / 2)).astype(np.intp)
        reach = int(np.abs(shift).max())
        self._rows = np.arange(height)[:, None] + reach - shift
        self._shape = (height + 2 * reach, width)

    def done(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The mask with its columns moved, in as much more height as they need."""
        result = np.zeros(self._shape, bool)
        result[self._rows, self._columns] = mask
        return result

    def undone(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Such a mask with its columns moved back."""
        result: NDArray[np.bool_] = mask[self._rows, self._columns]
        return result


def _crossings(rest: NDArray[np.bool_], thickness: float) -> NDArray[np.bool_]:
    """What is left of a box's ink (h, w) where its lines meet, and are thin in no direction."""
    labels, n = components(rest)
    boxes = boxes_of(labels, n)
    size = np.maximum(boxes.bottom - boxes.top, boxes.right - boxes.left)
    return np.append(False, size <= CROSSING * thickness + 2)[labels]


def mark(
    lines: NDArray[np.bool_],
    columns: NDArray[np.intp],
    top: NDArray[np.integer],
    bottom: NDArray[np.integer],
) -> None:
    """Mark these columns of a level line, from top to bottom, both included, in place."""
    for column, first, last in zip(columns, top, bottom, strict=True):
        lines[first : last + 1, column] = True


def _mark_lines_through(
    piece: NDArray[np.bool_], lines: NDArray[np.bool_], slope: float, thickness: float
) -> int:
    """Mark level lines that go through a box (h, w) from side to side, in place; how many."""
    height, width = piece.shape
    columns = np.arange(width)
    shift = np.rint(slope * (columns - width / 2)).astype(np.intp)
    rows = np.clip(np.arange(height)[:, None] + shift, 0, height - 1)
    shown = grown(piece, 1, corners=True)[rows, columns].mean(axis=1) >= THROUGH
    tops, bottoms = runs(piece)
    for row in np.flatnonzero(shown):
        at = columns[piece[rows[row], columns]]
        top, bottom = tops[rows[row], columns][at], bottoms[rows[row], columns][at]
        thin = is_uncrossed(bottom - top + 1, thickness)
        mark(lines, at[thin], top[thin], bottom[thin])
    return int(np.count_nonzero(shown & ~np.append(False, shown[:-1])))


class Outline(NamedTuple):
    """The straight line that most of the upper outline of a piece is near to, and where it is."""

    profile: NDArray[np.intp]
    near: NDArray[np.bool_]
    slope: float


def _outline(piece: NDArray[np.bool_], steepest: float) -> Outline | None:
    """That of a piece (h, w), if it is straight enough for the side of a box."""
    width = piece.shape[1]
    profile, columns = piece.argmax(axis=0), np.arange(width)
    within = max(1.5, NEAR * width)
    n_slopes = 2 * int(np.ceil(steepest * width / within / 2)) + 1  # half of `within` apart
    slopes = np.linspace(-steepest, steepest, n_slopes)
    straightened = profile - slopes[:, None] * columns
    away = np.abs(straightened - np.median(straightened, axis=1, keepdims=True))
    near = away[int((away <= within).sum(axis=1).argmax())] <= 2 * within
    if near.mean() < STRAIGHT:
        return None
    slope, level = np.polyfit(columns[near], profile[near], 1)
    near = np.abs(profile - slope * columns - level) <= within
    return Outline(profile, near, float(slope)) if near.mean() >= STRAIGHT else None


def _upper_side(piece: NDArray[np.bool_]) -> Side | None:
    """The upper side of a piece (h, w), if that is a thin straight line."""
    outline = _outline(piece, BENT)
    if outline is None:
        return None
    at = np.flatnonzero(outline.near)
    top = outline.profile[at]
    bottom = runs(piece)[1][top, at]
    length = bottom - top + 1
    usual = float(np.median(length))
    thin = is_uncrossed(length, usual)
    if usual > THICKEST * min(piece.shape) or thin.mean() < STRAIGHT:
        return None
    place = float(np.median(top)) / len(piece)
    return Side(at[thin], top[thin], bottom[thin], outline.slope, usual, place)
