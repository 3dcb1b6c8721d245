"""Lines: which pieces of ink stand beside one another as a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitnet.reading.piece import FEWEST, STEEPEST, TALL, Piece, ends_of, tall_of

FARTHEST = 3.5
"""How far from its neighbour what belongs to a line may be, in heights of the line."""
MARK = 0.6
"""How high, in heights of the usual piece, what may lie a little above or below a line is."""
ALIKE = 0.6
"""The least ratio of the heights of two pieces that may be digits of one line."""
BESIDE = 2.5
"""How far apart these are at most, in their heights."""
LEVEL = 0.05
"""The rows by columns, three degrees, up to which all lines are found as if they were level."""
STEADY = 0.15
"""How much the slopes from neighbour to neighbour differ at most, where the lines have a slope."""
MANY = 500
"""Pieces from which on no slope is looked for: it would take too long."""


def lines_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in lines of text, from above, each from left to right.

    The tallest begins a line, and what lies beside it belongs to it. What is small, as a dot or the
    bar of a 5, may also lie a little above or below, unless others of its height stand beside it:
    then it is a line of its own. Lines that continue each other are one. Where all lines rise or
    fall, they are levelled before.
    """
    if not pieces:
        return []
    slope = _common_slope(pieces)
    if abs(slope) <= LEVEL:
        return _level_lines(pieces)
    level = [
        replace(each, top=each.top - round(slope * (each.left + each.right) / 2)) for each in pieces
    ]
    own = {id(moved): piece for moved, piece in zip(level, pieces, strict=True)}
    return [[own[id(moved)] for moved in line] for line in _level_lines(level)]


def _common_slope(pieces: Sequence[Piece]) -> float:
    """How all lines rise or fall, in rows by columns; 0 if they do not agree, or are too short.

    The median of the slopes from each tall piece to its nearest neighbour, if that is beside it.
    """
    tall = tall_of(pieces)
    if not FEWEST <= len(tall) <= MANY:
        return 0.0
    x = np.array([piece.left + piece.right for piece in tall]) / 2
    y = np.array([piece.top + piece.bottom for piece in tall]) / 2
    across, down = x - x[:, None], y - y[:, None]
    distance = np.hypot(across, down)
    np.fill_diagonal(distance, np.inf)
    each, nearest = np.arange(len(tall)), distance.argmin(axis=1)
    across, down = across[each, nearest], down[each, nearest]
    beside = np.abs(across) > np.abs(down)
    if beside.sum() < FEWEST:
        return 0.0
    slopes = down[beside] / across[beside]
    slope = float(np.median(slopes))
    steady = np.median(np.abs(slopes - slope)) < STEADY
    return float(np.clip(slope, -STEEPEST, STEEPEST)) if steady else 0.0


def _level_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    ordered = sorted(pieces, key=lambda each: -each.height)
    is_mark = _marks(ordered)
    lines: list[_Growing] = []
    bounds = np.zeros((len(ordered), 5))  # left, top, right, bottom, height: of each line
    for piece, mark in zip(ordered, is_mark, strict=True):
        near = [
            n
            for n in np.flatnonzero(_may_belong(piece, bounds[: len(lines)])).tolist()
            if lines[n].pieces and lines[n].has_room_for(piece, mark)
        ]
        if not near:
            lines.append(_Growing(piece))
            near = [len(lines) - 1]
        else:
            first = lines[near[0]]
            first.add([piece])
            for n in near[1:]:
                if first.continues(lines[n]):
                    first.add(lines[n].pieces)
                    lines[n].pieces = []
        bounds[near[0]] = lines[near[0]].bounds
    found = [sorted(line.pieces, key=lambda each: each.left + each.right) for line in lines]
    return _in_order([line for line in found if line])


def _in_order(lines: Sequence[list[Piece]]) -> list[list[Piece]]:
    """Lines from above, and from left to right where their middles are beside one another.

    What is far apart in a row of a table is not one line, and is hardly ever as high to the pixel.
    """
    placed = [(ends_of(line), line) for line in lines]
    rows: list[list[list[Piece]]] = []
    bottom = -np.inf
    for ends, line in sorted(placed, key=lambda each: each[0].top + each[0].bottom):
        if (ends.top + ends.bottom) / 2 >= bottom:
            rows.append([])
            bottom = ends.bottom
        rows[-1].append(line)
    return [line for row in rows for line in sorted(row, key=lambda line: line[0].left)]


def _marks(pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    """Which pieces are small, and do not stand in a row of others that are as high."""
    left, top, right, bottom = np.array(
        [(piece.left, piece.top, piece.right, piece.bottom) for piece in pieces], float
    ).T
    heights = bottom - top
    usual = float(np.median(heights[heights > 0.4 * heights.max()]))
    is_mark: NDArray[np.bool_] = heights < MARK * usual
    for n in np.flatnonzero(is_mark):
        ratio = np.minimum(heights, heights[n]) / np.maximum(heights, heights[n])
        overlap = np.minimum(bottom, bottom[n]) - np.maximum(top, top[n])
        gap = np.maximum(left - right[n], left[n] - right)
        beside = (ratio > ALIKE) & (overlap > 0.5 * heights[n]) & (gap < BESIDE * heights[n])
        is_mark[n] = beside.sum() <= 2  # itself, and one more
    return is_mark


def _may_belong(piece: Piece, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the lines of these bounds a piece is near enough to: a first look at all of them."""
    left, top, right, bottom, height = bounds.T
    below = np.maximum(piece.top - bottom, top - piece.bottom)
    beside = np.maximum(piece.left - right, left - piece.right)
    return np.asarray((below < 0.25 * height) & (beside < FARTHEST * height))


class _Growing:
    """A line to which pieces are added, from the tallest on."""

    def __init__(self, piece: Piece) -> None:
        self.pieces = [piece]
        self.height = piece.height
        self.bounds = (piece.left, piece.top, piece.right, piece.bottom, piece.height)

    def add(self, pieces: Sequence[Piece]) -> None:
        self.pieces = [*self.pieces, *pieces]
        left, top, right, bottom, _ = self.bounds
        self.bounds = (
            min(left, *(piece.left for piece in pieces)),
            min(top, *(piece.top for piece in pieces)),
            max(right, *(piece.right for piece in pieces)),
            max(bottom, *(piece.bottom for piece in pieces)),
            self.height,
        )

    def ends_near(self, left: float, right: float) -> tuple[float, float]:
        """Top and bottom by the two tall pieces nearest to these columns: a line may rise."""
        tall = sorted(
            (max(each.left - right, left - each.right, 0), n)
            for n, each in enumerate(self.pieces)
            if each.height > TALL * self.height
        )
        near = [self.pieces[n] for _, n in tall[:2]]
        return sum(p.top for p in near) / len(near), sum(p.bottom for p in near) / len(near)

    def has_room_for(self, piece: Piece, is_mark: bool) -> bool:
        """Whether a piece lies beside those of the line, or is a mark and lies close to them."""
        top, bottom = self.ends_near(piece.left, piece.right)
        height = bottom - top
        gap = min(max(p.left - piece.right, piece.left - p.right, 0) for p in self.pieces)
        overlap = min(bottom, piece.bottom) - max(top, piece.top)
        if overlap > 0.4 * min(piece.height, height):
            return gap < FARTHEST * height
        is_small = is_mark and piece.height < MARK * height
        return is_small and overlap > -0.25 * height and gap < 0.5 * height

    def continues(self, other: _Growing) -> bool:
        """Whether both are at the same height where they come near, and of about the same size."""
        left, _, right, _, _ = other.bounds
        top, bottom = self.ends_near(left, right)
        left, _, right, _, _ = self.bounds
        other_top, other_bottom = other.ends_near(left, right)
        overlap = min(bottom, other_bottom) - max(top, other_top)
        return overlap > 0.5 * max(bottom - top, other_bottom - other_top)
