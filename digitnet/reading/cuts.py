"""Cuts: where a piece of ink that is wide may have to be cut, for it may be several digits.

Where digits touch there are two holes side by side, a waist in the outline, or little ink. None of
these is certain, so all are cut, and what belongs together is judged later.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import components
from digitnet.reading.normalise import stroke_width
from digitnet.reading.piece import INK, Piece
from digitnet.reading.resample import resampled

FINE = 80
"""Pixels of a line's height with which seams are looked for."""
WIDEST = 25
"""Of what is cut, in heights of the line; what is wider is no row of digits."""
STEPS = np.array([0, -1, 1])
"""From a row of a path to the next; where they cost the same, straight on."""
ASIDE = 0.02
"""What a step aside costs, in ink."""
WAIST = 0.82
"""How low the outline must be where digits may touch, as a share of its height at both sides."""


def cut(piece: Piece, ink: Array, line_height: float) -> list[Piece]:
    """The piece, or the parts that it falls into where it may have to be cut."""
    if not 0.5 * line_height <= piece.width <= WIDEST * line_height:
        return [piece]
    own = ink[piece.top : piece.bottom, piece.left : piece.right] * piece.mask
    coarse = max(round(line_height / FINE), 1)
    if coarse == 1:
        seams = _seams(own, line_height)
    else:  # a seam need not be finer than that, and takes time
        small = resampled(own, *(math.ceil(side / coarse) for side in own.shape))
        rows = np.arange(piece.height) // coarse
        seams = [coarse * seam[rows] for seam in _seams(small, line_height / coarse)]
    if not seams:
        return [piece]
    columns = np.arange(piece.width)
    parts = []
    previous = np.full(piece.height, -1)
    for seam in [*seams, np.full(piece.height, piece.width)]:
        part = piece.mask & (columns > previous[:, None]) & (columns <= seam[:, None])
        previous = seam
        rows, filled = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if len(rows) and part.sum() >= 3:
            box = part[rows[0] : rows[-1] + 1, filled[0] : filled[-1] + 1].copy()  # not all of it
            parts.append(Piece(piece.top + int(rows[0]), piece.left + int(filled[0]), box))
    return parts


def _seams(own: Array, line_height: float) -> list[NDArray[np.intp]]:
    """Paths from top to bottom, a column for each row, where digits may touch; from left to right.

    Between two holes side by side, at the waists of the outline, and where there is little ink.
    No path crosses a hole: no digit ends within one.
    """
    reach = max(int(0.16 * line_height), 2)
    stroke = max(stroke_width(own), 1.0)
    holes = _holes(own)
    blocked = own + 3.0 * (holes > 0)
    columns = [(0, column, 0.75 * line_height) for column in _between_holes(holes)]
    columns += [(1, column, 0.6 * line_height) for column in _waists(own, line_height)]
    columns += [(2, column, 1.7 * stroke) for column in _thin(own, reach)]
    if not columns:
        return []
    costs, seams = _paths(blocked, np.array([column for _, column, _ in columns]), reach)
    found = [
        (rank, float(cost), seam)
        for (rank, _, most), cost, seam in zip(columns, costs, seams, strict=True)
        if cost < most
    ]
    found.sort(key=lambda each: each[:2])
    chosen: list[NDArray[np.intp]] = []
    limit = max(int(own.shape[1] / (0.2 * line_height)), 1)
    apart = 0.13 * line_height
    for _, _, seam in found:
        if len(chosen) < limit and all(abs(seam.mean() - other.mean()) > apart for other in chosen):
            chosen.append(seam)
    chosen.sort(key=lambda seam: float(seam.mean()))
    for left, right in pairwise(chosen):
        np.maximum(left, right, out=right)
    return chosen


def _holes(own: Array) -> NDArray[np.int32]:
    """Labels of the paper that ink encloses, but for tiny holes; 0 elsewhere."""
    labels, n = components(own <= INK, corners=False)
    if n == 0:
        return labels
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    areas = np.bincount(labels.ravel(), minlength=n + 1)
    enclosed = areas >= 4
    enclosed[0] = False
    enclosed[border] = False
    return np.where(enclosed[labels], labels, 0)


def _between_holes(holes: NDArray[np.int32]) -> list[int]:
    """The columns half way between holes that lie side by side."""
    extents = []
    for label in np.unique(holes[holes > 0]):
        columns = np.flatnonzero((holes == label).any(axis=0))
        extents.append((int(columns[0]), int(columns[-1])))
    extents.sort()
    result = []
    for (_, end), (start, _) in pairwise(extents):
        if start > end - 2:
            result.append((end + start) // 2)
    return result


def _waists(own: Array, line_height: float) -> list[int]:
    """The columns where the outline, from top to bottom, is much lower than at both sides."""
    mask = own > INK
    height, width = mask.shape
    there = mask.any(axis=0)
    top = np.where(there, mask.argmax(axis=0), height)
    bottom = np.where(there, height - mask[::-1].argmax(axis=0), 0)
    outline = np.maximum(bottom - top, 0).astype(np.float32)
    outline = np.convolve(np.pad(outline, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    reach = max(int(0.5 * line_height), 3)
    around = np.pad(outline, reach)  # zeros are never the highest
    highest = sliding_window_view(around, reach).max(axis=1)  # from reach before to reach after
    low = np.minimum(highest[:width], highest[reach + 1 : reach + 1 + width])
    near = sliding_window_view(np.pad(outline, 2, mode="edge"), 5).min(axis=1)
    is_waist = (outline < WAIST * low) & (outline <= near + 1e-6)
    return [int(n) for n in np.flatnonzero(is_waist) if 2 <= n < width - 2]


def _thin(own: Array, reach: int) -> list[int]:
    """The columns with less ink than those beside them."""
    profile = np.convolve(np.pad(own.sum(axis=0), 1), np.ones(3) / 3, mode="valid")
    margin = max(reach // 2, 2)
    return [
        column
        for column in range(margin, len(profile) - margin)
        if profile[column] <= profile[column - margin : column + margin + 1].min() + 1e-6
    ]


def _paths(
    own: Array, columns: NDArray[np.intp], reach: int
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The path with the least ink near each of C columns, which moves by one a row at most.

    Returns their costs (C,) and their column in each row (C, h).
    """
    height, width = own.shape
    each = np.arange(len(columns))
    places = columns[:, None] + np.arange(-reach, reach + 1)
    cost = own[:, np.clip(places, 0, width - 1)] + 0.01 + 0.002 * np.abs(places - columns[:, None])
    total = np.full((height, len(columns), 2 * reach + 3), np.inf, np.float32)  # walls at the sides
    total[:, :, 1:-1] = np.where((places >= 0) & (places < width), cost, np.inf)
    for above, here in pairwise(total):
        aside = np.minimum(above[:, :-2], above[:, 2:]) + ASIDE
        here[:, 1:-1] += np.minimum(aside, above[:, 1:-1])
    place = total[-1].argmin(axis=1)
    costs, seams = total[-1, each, place], np.empty((len(columns), height), np.intp)
    for row in range(height - 1, -1, -1):
        seams[:, row] = columns - reach - 1 + place
        if row:
            around = total[row - 1, each[:, None], place[:, None] + STEPS] + ASIDE * np.abs(STEPS)
            place = place + STEPS[around.argmin(axis=1)]
    return costs, seams
