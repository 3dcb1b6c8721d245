"""Arcs: what the side of a picture leaves of a stamp or of a postmark.

A piece of a thin ring, both ends of which lie at a side of the picture. A digit that is cut off
like that could not be read.
"""

from __future__ import annotations

import numpy as np

from digitnet.reading.circle import circle_through
from digitnet.reading.piece import Piece

NEAR = 0.02
"""Of the shorter side of the picture: how near to a side what it cuts off ends, at most. Some inks
have none in the outermost pixels."""
WITHIN = 0.4
"""In radii: how far within the picture the centre is at most. Of more, a zero can be told."""


def is_arc(piece: Piece, shape: tuple[int, int]) -> bool:
    """Whether a piece of a picture (h, w) is a part of a ring that the picture's sides cut off."""
    if _n_ends(piece, shape) != 2:
        return False
    circle = circle_through(piece.mask)
    if circle is None or not circle.is_round:
        return False
    height, width = shape
    row, column = circle.row + piece.top, circle.column + piece.left
    return min(row, column, height - 1 - row, width - 1 - column) <= WITHIN * circle.radius


def _n_ends(piece: Piece, shape: tuple[int, int]) -> int:
    """How many runs of its ink lie at the sides of the picture, all around."""
    height, width = shape
    near = max(round(NEAR * min(shape)), 1)
    mask = piece.mask
    sides = (
        (piece.top <= near, mask[0]),
        (piece.right >= width - near, mask[:, -1]),
        (piece.bottom >= height - near, mask[-1, ::-1]),
        (piece.left <= near, mask[::-1, 0]),
    )
    around = np.concatenate([ink & at_side for at_side, ink in sides])
    return int(np.count_nonzero(around & ~np.roll(around, 1)))
