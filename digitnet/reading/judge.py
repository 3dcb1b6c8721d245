"""Judge: which hypotheses of a line together are its reading.

The networks tell digits from what is none, for each hypothesis on its own. A reading of a line is a
way to cut it into hypotheses, one after another, so that every piece belongs to one; the best of
all these ways is found from left to right, since what comes after a cut does not depend on how its
left side was read (dynamic programming; Bellman 1957).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.reading.digit import LETTER, NO_DIGIT
from digitnet.reading.geometry import Placed
from digitnet.reading.piece import Ends
from digitnet.reading.segments import Hypothesis

COST = 0.4
"""Nats that each digit costs: two halves must be better than the whole to be preferred."""
LEFT_OUT = 5.0
"""Nats that it costs to leave out ink of the size of a digit."""
SMALL = 0.38
"""How high small print is at most, against the highest line with a digit."""
LOWEST = 0.36
"""How high a digit is at least, against its line: a comma or a dot may look like a 9 or a 0. Where
the number of digits is known, a lower one is better than none."""
LOW = 0.75
"""How high a digit alone in its line is at least, against the digits of the surest number. Of the
digits of an amount 1.8 % are lower than that, against their median."""
COUNTED = 0.35
"""Of the size of a digit: what is smaller does not make a word."""
DOUBT = -1.5
"""Nats that must speak for there being no digits, on average of a word, for it to be given up."""
OF_NO_DIGIT = 2.0
"""And what is counted for ink that is no digit."""
PLAINLY = 5.0
"""Nats of doubt from which on what is not certain is plainly no digit."""
BESIDE = -2.0
"""And from which on a digit beside that is none either: the m of 12 cm looks like a 7, but it
stands beside a c."""
SPECK = 0.2
"""Of the size of a digit: what is smaller may be left out whatever it looks like."""


@dataclass(frozen=True)
class Judged:
    """A hypothesis that is part of the reading.

    probabilities: (12,). image: (28, 28), as the network saw it. is_digit: whether it is read as
    one. always: whether the answer is given however uncertain it is. doubt: what speaks for there
    being no digits at all, in nats.
    """

    hypothesis: Hypothesis
    probabilities: Array
    image: Array
    is_digit: bool
    always: bool = False
    doubt: float = 0.0


def best_reading(
    found: Sequence[Hypothesis],
    placed: Placed,
    images: Array,
    line: Ends,
    n_digits: tuple[int, int] | None = None,
) -> list[Judged]:
    """The hypotheses that make the best reading of a line, from left to right.

    found: all hypotheses of a line. placed: what they may be.
    images: (len(found), 28, 28), what these were told from. line: its top and bottom.
    n_digits: the fewest and the most digits, where that is known.
    """
    probabilities, doubt = placed
    n_pieces = max(each.last for each in found) + 1
    most = n_digits[1] if n_digits else 0
    counted = most + 1 if n_digits else 1
    # best[n][k]: of the first n pieces with k digits (k is 0 throughout where nobody counts)
    best = np.full((n_pieces + 1, counted), -np.inf)
    best[0, 0] = 0.0
    came_from: dict[tuple[int, int], tuple[int, int, int, bool]] = {}
    by_last: list[list[int]] = [[] for _ in range(n_pieces)]
    for index, each in enumerate(found):
        by_last[each.last].append(index)
    for last in range(n_pieces):
        for index in by_last[last]:
            each = found[index]
            n = each.last - each.first + 1
            logs = np.log(np.maximum(probabilities[index], 1e-6))
            label = int(logs[:NO_DIGIT].argmax())
            is_low = not n_digits and height_of(each) < LOWEST * line.height
            digit = -np.inf if is_low else n**0.5 * float(logs[label]) - COST
            size = size_of(each, line)
            none = float(np.logaddexp(logs[NO_DIGIT], logs[LETTER])) - LEFT_OUT * size
            if n == 1 and size < SPECK:
                none = max(none, -LEFT_OUT * size)
            for k in range(counted):
                if best[each.first, k] == -np.inf:
                    continue
                for is_digit, gain in ((True, digit), (False, none)):
                    to = k + (is_digit and bool(n_digits))
                    score = best[each.first, k] + gain
                    if to < counted and score > best[last + 1, to]:
                        best[last + 1, to] = score
                        came_from[last + 1, to] = (each.first, k, index, is_digit)
    ends = range(counted) if not n_digits else range(min(n_digits[0], most), counted)
    end = max(ends, key=lambda k: best[n_pieces, k])
    if best[n_pieces, end] == -np.inf:
        end = int(best[n_pieces].argmax())
    path = []
    place = (n_pieces, end)
    while place[0] > 0:
        first, k, index, is_digit = came_from[place]
        path.append(
            Judged(
                found[index],
                probabilities[index],
                images[index].copy(),  # not those of all hypotheses
                is_digit,
                doubt=float(doubt[index]),
            )
        )
        place = (first, k)
    return path[::-1]


def without_words(
    readings: Sequence[Sequence[Judged]], lines: Sequence[Ends], sure: float
) -> list[list[Judged]]:
    """The readings of lines, in which nothing is a digit in words and in small print.

    lines: the top and the bottom of each. A word is what has no gap as wide as its line is high,
    and is mostly no digit, or doubtful on the whole; what is less certain than `sure` is counted as
    none. In other words a doubtful digit beside what is none is none too. Small print is much
    lower than the highest line with a digit. A cross or another mark beside a number is lower than
    its digits, and no digit.
    """
    result = []
    for reading, line in zip(readings, lines, strict=True):
        kept = [
            _given_up(word) if _is_word(word, line, sure) else _without_letters(word, line, sure)
            for word in _words(reading, line.height)
        ]
        result.append([each for word in kept for each in word])
    heights = [line.height for line in lines]
    told = [[each for each in reading if is_told(each, sure)] for reading in result]
    least, least_alone = _least_heights(heights, told)
    return [
        _given_up(reading) if height < (least_alone if len(digits) == 1 else least) else reading
        for reading, digits, height in zip(result, told, heights, strict=True)
    ]


def _without_letters(word: Sequence[Judged], line: Ends, sure: float) -> list[Judged]:
    """The word, in which no doubtful digit stands beside what is none, on either side."""
    kept = list(word)
    counted = [n for n, each in enumerate(kept) if _is_counted(each, line)]
    for order in (counted, counted[::-1]):
        for n, after in pairwise(order):
            if _is_none(kept[n], sure) and kept[after].is_digit and kept[after].doubt > BESIDE:
                kept[after] = replace(kept[after], is_digit=False)
    return kept


def _least_heights(
    heights: Sequence[float], told: Sequence[Sequence[Judged]]
) -> tuple[float, float]:
    """How high a line is at least, and a digit alone, by the heights of lines and their digits."""
    least = SMALL * max((h for h, digits in zip(heights, told, strict=True) if digits), default=0)
    numbers = [
        (float(np.mean([each.doubt for each in digits])), height)
        for height, digits in zip(heights, told, strict=True)
        if len(digits) > 1
    ]
    _, surest = min(numbers, default=(0.0, 0.0))
    return least, max(least, LOW * surest)


def _given_up(reading: Sequence[Judged]) -> list[Judged]:
    return [replace(each, is_digit=False) for each in reading]


def is_told(each: Judged, sure: float) -> bool:
    """Whether it is a digit, and so certain."""
    return each.is_digit and float(each.probabilities[:NO_DIGIT].max()) >= sure


def _is_word(word: Sequence[Judged], line: Ends, sure: float) -> bool:
    """Whether more of its width is no digit, or all is doubtful; a dot is not counted."""
    widths = {True: 0, False: 0}
    doubts = []
    for each in word:
        left, _, right, _ = each.hypothesis.box
        if _is_counted(each, line):
            widths[is_told(each, sure)] += right - left
            doubts.append(each.doubt if each.is_digit else OF_NO_DIGIT)
    return widths[False] > widths[True] or float(np.mean(doubts or [0])) > DOUBT


def _is_none(each: Judged, sure: float) -> bool:
    return not each.is_digit or (not is_told(each, sure) and each.doubt > PLAINLY)


def _is_counted(each: Judged, line: Ends) -> bool:
    return each.is_digit or size_of(each.hypothesis, line) > COUNTED


def _words(reading: Sequence[Judged], gap: float) -> list[list[Judged]]:
    """The parts of a reading between gaps as wide as this."""
    words: list[list[Judged]] = []
    end = -np.inf
    for each in reading:
        left, _, right, _ = each.hypothesis.box
        if left - end >= gap or not words:
            words.append([])
        words[-1].append(each)
        end = max(end, right)
    return words


def height_of(each: Hypothesis) -> int:
    """In pixels."""
    _, top, _, bottom = each.box
    return bottom - top


def size_of(each: Hypothesis, line: Ends) -> float:
    """From 0 for a speck to 1 for what is as large as a digit of this line."""
    left, top, right, bottom = each.box
    share = max(bottom - top, 0.6 * (right - left)) / line.height
    return min(share / 0.7, 1.0) ** 2
