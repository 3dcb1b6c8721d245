"""Steps: pictures of what was done to a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.digit import Digit, Step
from digitnet.reading.normalise import SIZE
from digitnet.reading.piece import Piece
from digitnet.reading.seen import Found

COLOURS = np.array(
    [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233), (160, 120, 0)]
)

IN_ROW = 20
"""Digits of a row, in the picture of what the networks see."""


def steps_of(found: Found, digits: Sequence[Digit]) -> list[Step]:
    """The ink, the pieces, and the digits as the networks see them."""
    steps = [
        Step("ink", _as_picture(found.ink)),
        Step("pieces", _coloured(found.pieces, found.clean)),
    ]
    if digits:
        steps.append(Step("digits", _in_rows([digit.image for digit in digits])))
    return steps


def _as_picture(ink: Array) -> NDArray[np.uint8]:
    return (255 - 255 * ink).astype(np.uint8)


def _coloured(lines: Sequence[Sequence[Piece]], ink: Array) -> NDArray[np.uint8]:
    """The pieces, each in another colour than its neighbours."""
    picture = np.full((*ink.shape, 3), 255, np.uint8)
    for line in lines:
        for number, piece in enumerate(line):
            rows, columns = piece.mask.nonzero()
            place = rows + piece.top, columns + piece.left
            own = ink[place][:, None]
            picture[place] = picture[place] * (1 - own) + COLOURS[number % len(COLOURS)] * own
    return picture


def _in_rows(images: Sequence[Array]) -> NDArray[np.uint8]:
    """The images as the network sees them, in rows, four times as large."""
    side = SIZE + 4
    per_row = min(len(images), IN_ROW)
    n_rows = -(-len(images) // per_row)
    sheet = np.full((n_rows, side, per_row, side), 76, np.uint8)  # a grey rim
    for n, image in enumerate(images):
        sheet[n // per_row, 2:-2, n % per_row, 2:-2] = 255 * image
    return sheet.reshape(n_rows * side, -1).repeat(4, axis=0).repeat(4, axis=1)
