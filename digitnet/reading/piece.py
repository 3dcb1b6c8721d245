"""Piece: a part of the ink that is a digit or a part of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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


def ends_of(line: list[Piece]) -> tuple[float, float]:
    """Where the top and the bottom of a line are: the median of its tall pieces."""
    tallest = max(piece.height for piece in line)
    tall = [piece for piece in line if piece.height > 0.6 * tallest]
    return (
        float(np.median([piece.top for piece in tall])),
        float(np.median([piece.bottom for piece in tall])),
    )
