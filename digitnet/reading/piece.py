"""Piece: a part of the ink that is a digit or a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

INK = 0.35
"""Ink above this share is a part of a piece."""
TALL = 0.6
"""Of the tallest piece of a line: the heights by which its top and its bottom are told."""
FEWEST, LONG = 4, 2.5
"""Of such pieces, and of their height: the shortest line that may rise or fall."""
STEEPEST = 0.35
"""How much a line may rise or fall, in rows by columns: twenty degrees."""


@dataclass(frozen=True)
class Piece:
    """A part of the ink: which pixels of the picture are its own, by a box and a mask in it."""

    top: int
    left: int
    mask: NDArray[np.bool_]

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.mask.shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.mask.shape[1])

    @property
    def bottom(self) -> int:
        """The row after the last."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The column after the last."""
        return self.left + self.width


class Ends(NamedTuple):
    """Where the top and the bottom of a line are, in its middle, and how it rises or falls."""

    top: float
    bottom: float
    slope: float = 0.0
    """Rows by columns: below 0 it rises to the right."""
    middle: float = 0.0
    """The column."""

    @property
    def height(self) -> float:
        """In pixels."""
        return self.bottom - self.top

    def lower_at(self, column: float) -> float:
        """How much lower the line is there than in its middle."""
        return self.slope * (column - self.middle)


def ends_of(line: Sequence[Piece]) -> Ends:
    """Those of the tall pieces of a line; a line of one word or number is level."""
    tall = tall_of(line)
    columns = np.array([piece.left + piece.right for piece in tall]) / 2
    tops, bottoms = (
        np.array([getattr(piece, side) for piece in tall], float) for side in ("top", "bottom")
    )
    middle = float(np.median(columns))
    slope = 0.0
    if len(tall) >= FEWEST and np.ptp(columns) > LONG * float(np.median(bottoms - tops)):
        slope = _slope(columns, (tops + bottoms) / 2)
    fallen = slope * (columns - middle)
    return Ends(float(np.median(tops - fallen)), float(np.median(bottoms - fallen)), slope, middle)


def tall_of(line: Sequence[Piece]) -> list[Piece]:
    """Those of about the height of the tallest: what is small says little of a line."""
    tallest = max(piece.height for piece in line)
    return [piece for piece in line if piece.height > TALL * tallest]


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The slope of a line through points, some of which may be far from it.

    The median of the slopes between any two of them. Source: Sen 1968, "Estimates of the Regression
    Coefficient Based on Kendall's Tau".
    """
    one, other = np.triu_indices(len(x), 1)
    apart = x[other] - x[one]
    far = np.abs(apart) > 0.25 * np.abs(apart).max()
    slopes = (y[other] - y[one])[far] / apart[far]
    return float(np.clip(np.median(slopes), -STEEPEST, STEEPEST))
