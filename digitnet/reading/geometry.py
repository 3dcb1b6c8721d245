"""Geometry: what speaks for a hypothesis besides its image: its size and place among the others.

An image of 28×28 pixels does not tell a 1 from the flag of a 1, or a 0 from a full stop: all are
made equally large. So a small network sees what the large ones made of the image and where it
comes from, and gives the probabilities anew. It has learned, as they have, from what segmentation
cuts from rows of digits, but of digits that they had not learned from (`make reader`): how far
they are to be trusted is among what it knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.model import Model
from digitnet.nn.arrays import Array
from digitnet.reading import networks
from digitnet.reading.digit import LETTER, NO_DIGIT
from digitnet.reading.piece import Piece
from digitnet.reading.segments import Hypothesis, Line, box_around

NETWORK = Path(__file__).parent / "geometry.npz"
N_FEATURES = 22
HIDDEN = (64, 64)
LEAST = 1e-4
"""Probabilities below it are all alike to the network."""
RARER = 0.02
"""How much rarer what is no digit is among the hypotheses that matter than among all that are cut
from a row, where there are five to each digit."""
LETTERS_RARER = 0.005
"""And how much rarer letters are: where there is one, the whole word is doubtful."""
AROUND = 0.5
"""How much a letter counts among the doubts about the digits that it might be cut into."""

UPRIGHT = 2.5
"""Heights by widths of a stroke that may be a 1 and nothing else."""
ROOM = 0.15
"""Of the height of a line, between two of them."""
ALONE = 0.05
"""How much rarer parts of digits are among such strokes."""
AS_HIGH, BESIDE = 0.75, 0.05
"""In heights of what is around both: how high each of two parts is that may be a digit of its own,
and how wide the gap between them."""
TWO = 20.0
"""How much likelier it is that two such parts are no digit together: 11 is no 4, and 21 no 2. A
zero that is broken above and below still is one, since its halves are no digits."""


@cache
def network() -> Model:
    """The network of the features."""
    return networks.of_package(NETWORK)


class Placed(NamedTuple):
    """What is made of each hypothesis of a line, from its image and its place.

    probabilities: (N, 12). doubt: (N,), how much speaks for there being no digits at all, in nats.
    """

    probabilities: Array
    doubt: Array


def placed(line: Line, p: Array) -> Placed:
    """What the hypotheses of a line are, from what others make of their images, (N, 12).

    Whether it is a digit is judged anew; which one it would be, is left as the image tells it.
    Among the digits of a number a doubtful one is a digit too; of what stands alone, nobody knows
    whether there are digits. So the doubt is told apart, with "no digit" as frequent as it was in
    what was learned from: the mean of what image and place say, less how sure the digit is. And
    half of a V is no 1: what speaks for a letter around it is counted too.
    """
    own = network().predict_rows(features(line, p))
    upright = _upright(line)
    p, own = (_without_parts(each, upright) for each in (p, own))
    own = _without_pairs(own, line)
    doubt = _logit(_none(own)) + _logit(_none(p)) - np.log(networks.RARER)
    weighted = networks.with_rarer_none(own, np.array([RARER, LETTERS_RARER], np.float32))
    which = p[:, :NO_DIGIT] / np.maximum(p[:, :NO_DIGIT].sum(axis=1, keepdims=True), 1e-12)
    none = weighted[:, NO_DIGIT:]
    anew = np.hstack([which * (1 - none.sum(axis=1, keepdims=True)), none]).astype(np.float32)
    doubt = doubt / 4 - _logit(anew[:, :NO_DIGIT].max(axis=1)) / 2
    doubt += AROUND * np.clip(_letter_around(line, own), -4, 4)
    return Placed(anew, np.where(upright, -np.inf, doubt))


def _upright(line: Line) -> NDArray[np.bool_]:
    """Which hypotheses (N,) are one stroke, in a line of nothing but upright ones that are apart.

    A part of a digit has the rest beside it; what stands alone is a 1.
    """
    pieces = sorted(line.pieces, key=lambda each: each.left)
    narrow = all(piece.height >= UPRIGHT * piece.width for piece in pieces)
    room = ROOM * max(piece.height for piece in pieces)
    apart = all(right.left - left.right > room for left, right in pairwise(pieces))
    return np.array([narrow and apart and each.first == each.last for each in line.found])


def _without_parts(p: Array, upright: NDArray[np.bool_]) -> Array:
    """Probabilities (N, 12) where parts of digits are rarer among upright strokes."""
    weighted = p.copy()
    weighted[upright, NO_DIGIT] *= ALONE
    weighted /= weighted.sum(axis=1, keepdims=True)
    return weighted


def _without_pairs(own: Array, line: Line) -> Array:
    """Probabilities (N, 12) where two parts beside one another, each as high as both, are none."""
    weighted = own.copy()
    weighted[_are_two(line), NO_DIGIT] *= TWO
    weighted /= weighted.sum(axis=1, keepdims=True)
    return weighted


def _are_two(line: Line) -> NDArray[np.bool_]:
    """Which hypotheses (N,) fall into two parts, a gap between them, each about as high as both."""
    gaps = np.array([after.left - before.right for before, after in pairwise(line.pieces)])
    return np.array([_falls_in_two(each, line.pieces, gaps) for each in line.found])


def _falls_in_two(each: Hypothesis, pieces: Sequence[Piece], gaps: NDArray[np.intp]) -> bool:
    """gaps: (n - 1,), from each piece to the next; below 0 where they overlap."""
    height = each.box[3] - each.box[1]
    for last in range(each.first, each.last):
        if gaps[last] <= BESIDE * height:
            continue
        _, top, right, bottom = box_around(pieces[each.first : last + 1])
        left, other_top, _, other_bottom = box_around(pieces[last + 1 : each.last + 1])
        lower = min(bottom - top, other_bottom - other_top)
        if left - right > BESIDE * height and lower >= AS_HIGH * height:
            return True
    return False


def _letter_around(line: Line, own: Array) -> Array:
    """Of all hypotheses that hold this one, the most that speaks for a letter: (N,), in nats."""
    first = np.array([each.first for each in line.found])
    n = np.array([each.last - each.first + 1 for each in line.found])
    most = np.full((first.max() + 1, n.max() + 1), -np.inf, np.float32)
    most[first, n] = _logit(own[:, LETTER])
    for shorter in range(int(n.max()) - 1, 0, -1):
        held, holding = most[:, shorter], most[:, shorter + 1]
        np.maximum(held, holding, out=held)
        np.maximum(held[1:], holding[:-1], out=held[1:])
    around: Array = most[first, n]
    return around


def _none(p: Array) -> Array:
    summed: Array = p[:, NO_DIGIT:].sum(axis=1)
    return summed


def _logit(p: Array) -> Array:
    within = np.clip(p, 1e-5, 1 - 1e-5)
    result: Array = np.log(within / (1 - within))
    return result


def features(line: Line, p: Array) -> Array:
    """What is known of each hypothesis of a line: (N, 22), float32, each about between −1 and 1.

    p: what the other networks make of them, (N, 12). After its logarithm come: height, width, and
    how far top and bottom are below those of the line, all in heights of the line; the share
    of the box that is ink; how many pieces there are; the gaps to its left and right; the aspect.
    """
    logs = np.log(np.maximum(p, LEAST)) / -np.log(LEAST) + 0.5
    places = np.array([_place(each, line) for each in line.found], np.float32)
    return np.hstack([logs, np.clip(places, -1.5, 2.5)]).astype(np.float32)


def _place(each: Hypothesis, line: Line) -> Sequence[float]:
    left, top, right, bottom = each.box
    unit = max(line.ends.height, 1.0)
    lower = line.ends.lower_at((left + right) / 2)
    height, width = bottom - top, right - left
    before = max((piece.right for piece in line.pieces[: each.first]), default=left - unit)
    after = min((piece.left for piece in line.pieces[each.last + 1 :]), default=right + unit)
    return (
        height / unit,
        width / unit,
        (top - lower - line.ends.top) / unit,
        (bottom - lower - line.ends.bottom) / unit,
        2 * float(each.ink.mean()),
        (each.last - each.first + 1) / 3,
        (left - before) / unit,
        (after - right) / unit,
        np.log(width / height),
        float(each.first == 0),
    )
