"""Recognise: from a picture to lines of digits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.model import Model
from digitnet.nn.arrays import Array
from digitnet.nn.blas import one_thread
from digitnet.reading.border import page_of
from digitnet.reading.decode import Picture
from digitnet.reading.digit import NO_DIGIT, UNCERTAIN, Digit, Recognised, Step
from digitnet.reading.geometry import placed
from digitnet.reading.ink import ink_of
from digitnet.reading.inks import evident_inks, other_inks
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

SURE = 0.3
"""The probability of a digit from which on it is told, and not called uncertain."""
SHOWN = 0.35
"""The size, in digits, from which on ink that is no digit is told as uncertain, not passed over."""
NARROWED = (0.8, 0.65)
"""Of a picture of one digit: how wide its other views are."""
WHOLE, LARGEST, EVERYTHING = 0.0, 0.15, 0.3
"""What must speak for the largest piece alone, and for all ink, against the pieces of a digit."""
DOUBTFUL = 0.35
"""How sure the digits of a picture are on average, below which other inks are looked at."""
CHANGED = 0.1
"""By how much they must be surer in another ink."""
ENOUGH = 0.95
"""The probability from which on no other ink is looked at that nothing else speaks for."""


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
        beyond = None if page.border is None else page.border[page.inside]
        seen = Seen(page.grey[page.inside], beyond)
        best = _single(seen, model) if single else _whole(seen, n_digits, model)
        corner = (page.inside[1].start, page.inside[0].start)
        digits = [[_digit(each, picture, corner) for each in line] for line in best.judged]
    steps = [
        Step("ink", _as_picture(best.ink)),
        Step("pieces", _coloured(best.pieces, best.clean)),
    ]
    images = [digit.image for line in digits for digit in line]
    if images:
        steps.append(Step("digits", _beside_each_other(images)))
    return Recognised([line for line in digits if line], steps)


class Seen(NamedTuple):
    """The page (h, w), grey, and what of this rectangle lies beyond its edge; None if nothing."""

    grey: NDArray[np.uint8]
    beyond: NDArray[np.bool_] | None

    def on_page(self, ink: Array) -> Array:
        """The ink (h, w) of the page alone."""
        return ink if self.beyond is None else np.where(self.beyond, np.float32(0), ink)


class Whole(NamedTuple):
    """The lines of a picture in one ink: that ink, without rules too, its pieces, the reading."""

    ink: Array
    clean: Array
    pieces: list[list[Piece]]
    judged: list[list[Judged]]


def _whole(seen: Seen, n_digits: tuple[int, int] | None, model: Model | None) -> Whole:
    """The best reading: that of the usual ink, or where that is doubtful, of one that is surer.

    It must have as many digits: what is left out makes the rest surer.
    """
    usual = seen.on_page(ink_of(seen.grey))
    best = _read(usual, seen, n_digits, model)
    least, score = _told(best), _sureness(best)
    if score >= DOUBTFUL:
        return best
    for ink, against in chain(evident_inks(seen.grey, usual), other_inks(seen.grey, usual)):
        other = _read(seen.on_page(ink), seen, n_digits, model)
        other_score = _sureness(other) - max(against, 0) - CHANGED
        if _told(other) >= max(least, 1) and other_score > score:
            best, score = other, other_score
    return best


def _read(ink: Array, seen: Seen, n_digits: tuple[int, int] | None, model: Model | None) -> Whole:
    clean = without_rules(ink)
    lines = lines_in(clean, seen.beyond)
    return Whole(ink, clean, [line.pieces for line in lines], _judged(lines, n_digits, model))


def _told(whole: Whole) -> int:
    """How many digits are told, but for 1: what is left of an edge or a line looks like one."""
    p = [each.probabilities for line in whole.judged for each in line if each.is_digit]
    return sum(float(each[:NO_DIGIT].max()) >= SURE and each.argmax() != 1 for each in p)


def _sureness(whole: Whole) -> float:
    """The geometric mean of what is certain of each digit; of ink that is none, what it lacks."""
    p = [float(each.probabilities[:NO_DIGIT].max()) for line in whole.judged for each in line]
    return float(np.exp(np.mean(np.log(np.maximum(p, 0.01))))) if p else 0.0


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
        readings.append(
            best_reading(line.found, placed(line, p[part]), images[part], line.ends, n_digits)
        )
    if n_digits:
        return [[each for each in reading if each.is_digit] for reading in readings]
    ends = [line.ends for line in lines]
    return [
        [each for each in reading if each.is_digit or size_of(each.hypothesis, line) > SHOWN]
        for reading, line in zip(without_words(readings, ends, SURE), ends, strict=True)
    ]


class Guess(NamedTuple):
    """What the one digit of a picture may be, in which ink, and what speaks for it."""

    score: float
    whole: Whole


def _single(seen: Seen, model: Model | None) -> Whole:
    """The one digit, and the ink that it was found in: the usual one, or one that does better."""
    usual = seen.on_page(ink_of(seen.grey))
    guesses = [_guess(usual, seen, 0.0, model, parts=True)]
    inks = list(evident_inks(seen.grey, usual))
    if guesses[0].score < ENOUGH:
        inks += other_inks(seen.grey, usual)
    guesses += [_guess(seen.on_page(ink), seen, against, model) for ink, against in inks]
    best = max(guesses, key=lambda guess: guess.score)
    return best.whole


def _guess(
    ink: Array, seen: Seen, against: float, model: Model | None, parts: bool = False
) -> Guess:
    """The one digit of an ink: the pieces of the largest line, or its largest, or everything.

    parts: whether it may be the largest piece alone. A part of a digit often looks like a 1, and
    the more inks there are, the more often one of them has a digit in parts.

    The networks see it as it is and narrower, for it may have been stretched.
    """
    clean = without_rules(ink)
    lines = lines_of(pieces_of(clean, seen.beyond))
    candidates = []
    if lines:
        pieces = max(lines, key=lambda line: max(p.height * p.width for p in line))
        tall = max(piece.height for piece in pieces)
        big = [p for p in pieces if p.height > 0.25 * tall or p.width > 0.3 * tall]
        candidates.append((WHOLE, own_ink(big, clean)))
        most = max(pieces, key=lambda piece: piece.height * piece.width)
        if parts:
            candidates.append((LARGEST, own_ink([most], clean)))
    candidates.append((EVERYTHING, own_ink([Piece(0, 0, np.ones(ink.shape, bool))], ink)))
    handicaps = [cost for cost, (_, own) in candidates if own.any()]
    found = [Hypothesis(0, 0, box, own) for _, (box, own) in candidates if own.any()]
    if not found:
        return Guess(-np.inf, Whole(ink, clean, lines, []))
    images = normalise([each.ink for each in found])
    views = [images] + [normalise([narrowed(each.ink, by) for each in found]) for by in NARROWED]
    p = np.mean([probabilities(view, model)[:, :NO_DIGIT] for view in views], axis=0)
    scores = p.max(axis=1) - handicaps - against
    best = int(scores.argmax())
    digits = p[best] / p[best].sum()
    certain = np.append(digits, np.float32(0))
    only = Judged(found[best], certain, images[best], is_digit=True, always=True)
    return Guess(float(scores[best]), Whole(ink, clean, lines, [[only]]))


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
