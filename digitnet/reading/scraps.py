"""Scraps: pieces of ink that are no writing, by their shape and place alone.

Lines, underlines, dark edges of the picture, streaks along the edge of the page, and what the side
of the picture cuts off, of stamps and of other lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitnet.reading.arcs import is_arc
from digitnet.reading.components import median_height
from digitnet.reading.frame import beyond_frame, is_outside
from digitnet.reading.piece import Piece, ends_of
from digitnet.reading.rules import Unruled

AT_EDGE = 0.35
"""How far from the edge of the page, in heights of the writing, its streaks reach."""
BESIDE = 0.5
"""The share of a piece's height, or of its width, beside which the page must end."""
FLAT = 2.2
"""How much wider than high a level stroke is at least."""
THIN = 0.3
"""How thick it is at most, in heights of the writing."""
ALONG_SIDE, STRAIGHT = 0.12, 0.85
"""How near to its side, as a share of its size, a line of a frame is, and along how much of it."""
ALONE = 0.3
"""Of the width of a picture: what an upright line has at least for nothing to be beside it."""
LOWER = 0.8
"""How high a line that the side of the picture cuts off is, against the others."""


def written(
    pieces: Sequence[Piece],
    shape: tuple[int, int],
    beyond: NDArray[np.bool_] | None,
    rules: Unruled | None = None,
) -> list[Piece]:
    """The pieces of a picture (h, w) that may be writing.

    beyond: (h, w), what lies beyond the edge of the page; None if nothing does.
    rules: those that are gone from the picture.
    """
    kept = [
        each
        for each in pieces
        if not (_is_edge(each, shape) or _is_line(each, shape) or is_arc(each, shape))
    ]
    usual = _usual_height(kept)
    boxes = np.array([(p.left, p.top, p.right, p.bottom) for p in kept], np.intp).reshape(-1, 4).T
    kept = [each for each in kept if not _is_underline(each, boxes, usual)]
    if beyond is not None:
        kept = [each for each in kept if not _is_streak(each, kept, beyond, usual)]
    outside = beyond_frame(rules, usual) if rules else None
    if outside is not None:
        kept = [each for each in kept if not is_outside(each, outside)]
    return kept


def _is_edge(piece: Piece, shape: tuple[int, int]) -> bool:
    """Whether it is a dark edge of the picture, or a frame, and not written.

    A digit may fill its picture, too. But an edge lies along a side, and leaves room for the page;
    and a frame goes along sides of its own, where a digit has at most one straight one.
    """
    height, width = shape
    if min(height, width) <= 60:
        return False
    high, wide = piece.height >= 0.8 * height, piece.width >= 0.8 * width
    filled = float(piece.mask.mean())
    if high and wide:
        return filled < 0.15 and _n_straight(piece.mask) > 1
    return (high or wide) and filled > 0.6 and _touches_side(piece, shape)


def _n_straight(mask: NDArray[np.bool_]) -> int:
    """Along how many of its four sides there is ink, nearly everywhere and not far from them."""
    down, across = (max(round(ALONG_SIDE * n), 1) for n in mask.shape)
    strips = mask[:down], mask[-down:], mask[:, :across].T, mask[:, -across:].T
    return sum(float(strip.any(axis=0).mean()) > STRAIGHT for strip in strips)


def _is_line(piece: Piece, shape: tuple[int, int]) -> bool:
    """Whether it is a line, and not a 1: long, and a single run of ink across its length.

    What takes much of the picture's width, too, and none of its sides is what was to be read in it.
    """
    height, width = shape
    if piece.width > 4 * piece.height and piece.width > 0.1 * width:
        return _n_runs(piece.mask) < 1.4 * piece.width
    upright = piece.height > 5 * piece.width and piece.height > 0.88 * height and height > 100
    alone = piece.width > ALONE * width and min(piece.left, width - piece.right) > 1
    return upright and not alone and _n_runs(piece.mask.T) < 1.4 * piece.height


def _n_runs(mask: NDArray[np.bool_]) -> int:
    """How many runs of ink there are in all columns."""
    first = mask & ~np.vstack([np.zeros((1, mask.shape[1]), bool), mask[:-1]])
    return int(first.sum())


def _usual_height(pieces: Sequence[Piece]) -> float:
    """The median height of the ink; 0 if there are no pieces."""
    heights = np.array([piece.height for piece in pieces], np.intp)
    return median_height(heights, np.array([piece.mask.sum() for piece in pieces], np.intp))


def _is_underline(piece: Piece, boxes: NDArray[np.intp], usual: float) -> bool:
    """Whether it is a level stroke below others: longer than a digit is wide, or apart from it.

    boxes: (4, N), left, top, right and bottom of all pieces.
    A stroke as long and as near as the foot of a 2 may be one.
    """
    shortest = max(FLAT * piece.height, 0.5 * usual)
    if piece.width < shortest or _n_runs(piece.mask) > 1.3 * piece.width:
        return False
    if np.count_nonzero(piece.mask) > THIN * usual * piece.width:
        return False
    left, top, right, bottom = boxes
    height, width = bottom - top, right - left
    is_above = (
        (height > 1.5 * piece.height)
        & (np.minimum(right, piece.right) - np.maximum(left, piece.left) > 0.5 * width)
        & (bottom - piece.top < 0.5 * piece.height + 0.1 * height)
        & (piece.top - bottom < height)
    )
    if not is_above.any():
        return False
    apart = piece.top - bottom[is_above].max()
    widest = width[is_above].max()  # it may be several digits
    is_long = max(min(piece.width, widest), 0.75 * piece.width) > 0.8 * usual
    return bool(is_above.sum() > 1 or is_long or apart > 0.15 * usual)


def _is_streak(
    piece: Piece, pieces: Sequence[Piece], beyond: NDArray[np.bool_], usual: float
) -> bool:
    """Whether it is a streak along the edge of the page, and not a 1 beside another digit."""
    far = _farthest(piece, beyond)
    if far <= AT_EDGE * usual:
        return True
    if far > 2 * AT_EDGE * usual or min(piece.width, piece.height) > AT_EDGE * usual:
        return False
    return not any(
        0.6 * piece.height < other.height
        and other.width > AT_EDGE * usual
        and min(other.bottom, piece.bottom) - max(other.top, piece.top) > 0.4 * piece.height
        and max(other.left - piece.right, piece.left - other.right) < usual
        for other in pieces
    )


def _farthest(piece: Piece, beyond: NDArray[np.bool_]) -> float:
    """How far the piece reaches into the page from the side where it is nearest to its edge."""
    height, width = beyond.shape
    far = [float(max(height, width))]
    rows = beyond[piece.top : piece.bottom]
    columns = beyond[:, piece.left : piece.right].T
    for beside, first, last, size in (
        (rows, piece.left, piece.right, width),
        (columns, piece.top, piece.bottom, height),
    ):
        if beside[:, 0].mean() > BESIDE:
            far.append(last - float(np.median(beside[:, :last].sum(axis=1))))
        if beside[:, -1].mean() > BESIDE:
            far.append(size - first - float(np.median(beside[:, first:].sum(axis=1))))
    return min(far)


def but_scraps(lines: list[list[Piece]], shape: tuple[int, int]) -> list[list[Piece]]:
    """The lines without those that the side of the picture cuts off.

    They are what begins beside the picture: lower than another line that does not touch its sides.
    """
    heights = [ends_of(line).height for line in lines]
    cut_off = [all(_touches_side(piece, shape) for piece in line) for line in lines]
    inner = max((h for h, is_cut in zip(heights, cut_off, strict=True) if not is_cut), default=0.0)
    return [
        line
        for line, height, is_cut in zip(lines, heights, cut_off, strict=True)
        if not is_cut or height > LOWER * inner
    ]


def _touches_side(piece: Piece, shape: tuple[int, int]) -> bool:
    """Whether it reaches a side of the picture (h, w)."""
    height, width = shape
    ends = (piece.top, piece.left, height - piece.bottom, width - piece.right)
    return min(ends) <= 1
