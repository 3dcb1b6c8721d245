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


def steps_of(found: Found, digits: Sequence[Digit]) -> list[Step]:
    """The ink, the pieces, and the digits as the networks see them."""
    steps = [
        Step("ink", _as_picture(found.ink)),
        Step("pieces", _coloured(found.pieces, found.clean)),
    ]
    if digits:
        steps.append(Step("digits", _beside_each_other([digit.image for digit in digits])))
    return steps


def _as_picture(ink: Array) -> NDArray[np.uint8]:
    return (255 - 255 * ink).astype(np.uint8)


def _coloured(lines: Sequence[Sequence[Piece]], ink: Array) -> NDArray[np.uint8]:
    """The pieces, each in another colour than its neighbours."""
    picture = np.full((*ink.shape, 3), 255, np.uint8)
    for line in lines:
        for number, piece in enumerate(line):
            rows = slice(piece.top, piece.bottom)
            columns = slice(piece.left, piece.right)
            own = (ink[rows, columns] * piece.mask)[..., None]
            part = picture[rows, columns]
            part[...] = (part * (1 - own) + COLOURS[number % len(COLOURS)] * own).astype(np.uint8)
    return picture


def _beside_each_other(images: Sequence[Array]) -> NDArray[np.uint8]:
    """The images as the network sees them, in a row, four times as large."""
    row = np.hstack([np.pad(image, ((2, 2), (2, 2)), constant_values=0.3) for image in images])
    large = np.repeat(np.repeat(row, 4, axis=0), 4, axis=1)
    result: NDArray[np.uint8] = (255 * large[: 4 * (SIZE + 4)]).astype(np.uint8)
    return result
