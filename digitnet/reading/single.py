"""Single: the one digit of a picture that is known to hold one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from digitnet.model import Model
from digitnet.nn.arrays import Array
from digitnet.reading.boxes import unboxed
from digitnet.reading.digit import NO_DIGIT
from digitnet.reading.ink import ink_on, paper_of, pen_of
from digitnet.reading.inks import USUAL, Ink, evident_inks, other_inks, uneven_ink
from digitnet.reading.judge import Judged
from digitnet.reading.lines import lines_of
from digitnet.reading.networks import probabilities
from digitnet.reading.normalise import narrowed, normalise
from digitnet.reading.piece import Piece
from digitnet.reading.rules import without_rules
from digitnet.reading.seen import Found, Seen
from digitnet.reading.segments import Hypothesis, own_ink, pieces_of

NARROWED = (0.8, 0.65)
"""Of a picture of one digit: how wide its other views are."""
WHOLE, LARGEST, EVERYTHING = 0.0, 0.15, 0.3
"""What must speak for the largest piece alone, and for all ink, against the pieces of a digit."""
ENOUGH = 0.95
"""The probability from which on no other ink is looked at that nothing else speaks for."""


class Guess(NamedTuple):
    """What the one digit of a picture may be, in which ink, and what speaks for it."""

    score: float
    found: Found


def read_single(seen: Seen, model: Model | None) -> Guess:
    """The one digit, and the ink that it was found in: the usual one, or one that does better.

    What is printed around it goes from the usual ink alone: an outlined zero is rings, too.
    """
    paper = paper_of(pen_of(seen.grey))
    usual = seen.on_page(ink_on(paper))
    guesses = [_guess(unboxed(usual), seen, 0.0, model, parts=True)]
    inks = list(evident_inks(seen.grey, usual))
    if guesses[0].score < ENOUGH:
        inks += other_inks(seen.grey, usual)
        followed = uneven_ink(paper)
        inks += [] if followed is None else [Ink(followed, USUAL)]
    guesses += [_guess(seen.on_page(ink), seen, against, model) for ink, against in inks]
    return max(guesses, key=lambda guess: guess.score)


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
        if parts:
            most = max(pieces, key=lambda piece: piece.height * piece.width)
            candidates.append((LARGEST, own_ink([most], clean)))
    candidates.append((EVERYTHING, own_ink([Piece(0, 0, np.ones(ink.shape, bool))], ink)))
    handicaps = [cost for cost, (_, own) in candidates if own.any()]
    found = [Hypothesis(0, 0, box, own) for _, (box, own) in candidates if own.any()]
    if not found:
        return Guess(-np.inf, Found(ink, clean, lines, []))
    images = normalise([each.ink for each in found])
    views = [images] + [normalise([narrowed(each.ink, by) for each in found]) for by in NARROWED]
    p = np.mean([probabilities(view, model)[:, :NO_DIGIT] for view in views], axis=0)
    scores = p.max(axis=1) - handicaps - against
    best = int(scores.argmax())
    digits = p[best] / p[best].sum()
    certain = np.append(digits, np.float32(0))
    only = Judged(found[best], certain, images[best], is_digit=True, always=True)
    return Guess(float(scores[best]), Found(ink, clean, lines, [[only]]))
