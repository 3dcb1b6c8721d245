"""Recognise: from a picture to lines of digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitnet.model import Model
from digitnet.nn.arrays import Array
from digitnet.nn.blas import one_thread
from digitnet.reading.border import page_of
from digitnet.reading.decode import Picture
from digitnet.reading.digit import NO_DIGIT, UNCERTAIN, Digit, Recognised, Step
from digitnet.reading.ink import ink_of
from digitnet.reading.judge import Judged, best_reading, size_of, without_words
from digitnet.reading.networks import probabilities
from digitnet.reading.normalise import SIZE, narrowed, normalise
from digitnet.reading.piece import Piece
from digitnet.reading.rules import without_rules
from digitnet.reading.segments import (
    Hypothesis,
    Line,
    lines_in,
    lines_of,
    own_ink,
    pieces_of,
)

SURE = 0.4
"""The probability of a digit from which on it is told, and not called uncertain."""
SHOWN = 0.35
"""The size, in digits, from which on ink that is no digit is told as uncertain, not passed over."""
NARROWED = (0.8, 0.65)
"""Of a picture of one digit: how wide its other views are."""
WHOLE, LARGEST, EVERYTHING = 0.0, 0.15, 0.3
"""What must speak for the largest piece alone, and for all ink, against the pieces of a digit."""


def recognise(
    picture: Picture,
    *,
    single: bool = False,
    n_digits: tuple[int, int] | None = None,
    model: Model | None = None,
) -> Recognised:
    """The digits of a picture, line by line, and what was done to find them.

    single: whether there is one digit, and nothing else; then there is always an answer, unless
    there is no ink. n_digits: the fewest and the most digits of the line with the most ink, which
    alone is read then. model: of digits, in place of the one that comes with the package.
    """
    with one_thread:
        page = page_of(picture.grey)
        ink = ink_of(page.grey[page.inside])
        beyond = None if page.border is None else page.border[page.inside]
        if beyond is not None:
            ink[beyond] = 0
        clean = without_rules(ink)
        if single:
            pieces = lines_of(pieces_of(clean, beyond))
            judged = [_single(ink, clean, pieces, model)]
        else:
            lines = lines_in(clean, beyond)
            pieces = [line.pieces for line in lines]
            judged = _judged(lines, n_digits, model)
        corner = (page.inside[1].start, page.inside[0].start)
        digits = [[_digit(each, picture, corner) for each in line] for line in judged]
    steps = [Step("ink", _as_picture(ink)), Step("pieces", _coloured(pieces, clean))]
    images = [digit.image for line in digits for digit in line]
    if images:
        steps.append(Step("digits", _beside_each_other(images)))
    return Recognised([line for line in digits if line], steps)


def _judged(
    lines: Sequence[Line], n_digits: tuple[int, int] | None, model: Model | None
) -> list[list[Judged]]:
    """The best reading of each line, or of the one with the most ink if its length is known."""
    if n_digits and lines:
        lines = [max(lines, key=lambda line: sum(float(p.mask.sum()) for p in line.pieces))]
    images = normalise([each.ink for line in lines for each in line.found])
    p = probabilities(images, model)
    readings, start = [], 0
    for line in lines:
        part = slice(start, start + len(line.found))
        start = part.stop
        readings.append(best_reading(line.found, p[part], images[part], line.ends, n_digits))
    if n_digits:
        return [[each for each in reading if each.is_digit] for reading in readings]
    ends = [line.ends for line in lines]
    return [
        [each for each in reading if each.is_digit or size_of(each.hypothesis, line) > SHOWN]
        for reading, line in zip(without_words(readings, ends, SURE), ends, strict=True)
    ]


def _single(
    ink: Array, clean: Array, lines: Sequence[Sequence[Piece]], model: Model | None
) -> list[Judged]:
    """The one digit: the ink of the largest line, or its largest piece, or everything.

    The networks see it as it is and narrower, for it may have been stretched.
    """
    candidates = []
    if lines:
        pieces = max(lines, key=lambda line: max(p.height * p.width for p in line))
        tall = max(piece.height for piece in pieces)
        big = [p for p in pieces if p.height > 0.25 * tall or p.width > 0.3 * tall]
        candidates.append((WHOLE, own_ink(big, clean)))
        most = max(pieces, key=lambda piece: piece.height * piece.width)
        candidates.append((LARGEST, own_ink([most], clean)))
    candidates.append((EVERYTHING, own_ink([Piece(0, 0, np.ones(ink.shape, bool))], ink)))
    handicaps = [cost for cost, (_, own) in candidates if own.any()]
    found = [Hypothesis(0, 0, box, own) for _, (box, own) in candidates if own.any()]
    if not found:
        return []
    images = normalise([each.ink for each in found])
    views = [images] + [normalise([narrowed(each.ink, by) for each in found]) for by in NARROWED]
    p = np.mean([probabilities(view, model)[:, :NO_DIGIT] for view in views], axis=0)
    best = int((p.max(axis=1) - handicaps).argmax())
    digits = p[best] / p[best].sum()
    certain = np.append(digits, np.float32(0))
    return [Judged(found[best], certain, images[best], is_digit=True, always=True)]


def _digit(each: Judged, picture: Picture, corner: tuple[int, int]) -> Digit:
    left, top, right, bottom = each.hypothesis.box
    x, y = corner
    p = each.probabilities[:NO_DIGIT]
    confidence = float(p.max())
    told = each.is_digit and (each.always or confidence >= SURE)
    return Digit(
        label=str(int(p.argmax())) if told else UNCERTAIN,
        probabilities=p.copy(),
        confidence=confidence,
        box=picture.box_as_seen(left + x, top + y, right + x, bottom + y),
        image=each.image,
    )


def _as_picture(ink: Array) -> NDArray[np.uint8]:
    return (255 - 255 * ink).astype(np.uint8)


COLOURS = np.array(
    [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (86, 180, 233), (160, 120, 0)]
)


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
