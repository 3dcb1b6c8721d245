"""What benchmarks/reading.py measures: pure functions of what was read and of the truth.

A text is what `digitnet.read` gives: its lines, with "?" for what is no digit. A box is (left, top,
right, bottom) in pixels of the picture.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Box = tuple[float, float, float, float]

OVERLAP = 0.5
"""The least share of their union that two boxes of one digit have in common."""
N_BINS = 15
"""Of confidence, for the expected calibration error."""


def lines_of(text: str) -> list[str]:
    """Its lines without spaces; those with nothing in them are left out."""
    lines = ("".join(line.split()) for line in text.split("\n"))
    return [line for line in lines if line]


def digits_of(text: str) -> str:
    """The digits of all lines in a row, without "?"."""
    return "".join(c for c in text if c.isdecimal())


def has_line(text: str, truth: str) -> bool:
    """Whether one of the lines is this number; "?" may stand before and after it, not within."""
    return any(line.strip("?") == truth for line in lines_of(text))


def names_one_number(text: str, truth: str) -> bool:
    """Whether this number can be taken from the text without knowing it: the register rule.

    A line looks like a number if it has a digit and no "?" but at its ends: a border or a cross
    beside a number is told from it, a word with what may be digits in it is no number. Of the
    lines that look like one there is exactly one, and it is the truth.
    """
    stripped = (line.strip("?") for line in lines_of(text))
    return [line for line in stripped if line and "?" not in line] == [truth]


def intersection_over_union(a: Box, b: Box) -> float:
    """The area that two boxes have in common by the area that they cover."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def pairs(found: Sequence[Box], true: Sequence[Box], least: float = OVERLAP) -> dict[int, int]:
    """Which true box each found box is of, by their numbers: those that overlap most first.

    A box belongs to one pair at most, and to none if no overlap is `least` or more.
    """
    overlaps = [
        (intersection_over_union(f, t), i, j)
        for i, f in enumerate(found)
        for j, t in enumerate(true)
    ]
    paired: dict[int, int] = {}
    for overlap, i, j in sorted(overlaps, key=lambda each: (-each[0], each[1:])):
        if overlap >= least and i not in paired and j not in paired.values():
            paired[i] = j
    return paired


class Counts(NamedTuple):
    """Digits in pictures: how many there are, how many were found, how many of these rightly."""

    true: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """The share of the digits that were found, at their place and with their label."""
        return self.right / self.true if self.true else float("nan")

    @property
    def precision(self) -> float:
        """The share of what was found that is a digit at its place with its label."""
        return self.right / self.found if self.found else float("nan")


def total(counts: Iterable[Counts]) -> Counts:
    """All of them as if they were of one picture."""
    columns = list(zip(*counts, strict=True)) or [(), (), ()]
    return Counts(*map(sum, columns))


def are_right(
    found: Sequence[tuple[str, Box]], true: Sequence[tuple[str, Box]], least: float = OVERLAP
) -> list[bool]:
    """Whether each found digit is where a digit is, and has its label."""
    paired = pairs([box for _, box in found], [box for _, box in true], least)
    return [i in paired and label == true[paired[i]][0] for i, (label, _) in enumerate(found)]


class Judged(NamedTuple):
    """A digit that was found: how sure the reader is, whether it is right, whether it said so.

    right: of its most probable label, also where the answer was "?".   answered: not with "?".
    """

    confidence: float
    right: bool
    answered: bool


class Bins(NamedTuple):
    """The digits by their confidence, in bins of equal width: mean confidence, accuracy, number."""

    confidence: NDArray[np.float64]  # (N_BINS,); NaN where there are none
    accuracy: NDArray[np.float64]  # (N_BINS,)
    number: NDArray[np.int64]  # (N_BINS,)


def bins_of(confidence: ArrayLike, right: ArrayLike, n_bins: int = N_BINS) -> Bins:
    """Sort the digits into bins of confidence: ]0, 1/n], ]1/n, 2/n], …, and 0 into the first."""
    sure, good = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    at = np.clip(np.ceil(sure * n_bins).astype(int) - 1, 0, n_bins - 1)
    number = np.bincount(at, minlength=n_bins)
    share = np.where(number, number, np.nan)
    sums = (np.bincount(at, weights, n_bins) for weights in (sure, good))
    return Bins(*(each / share for each in sums), number)


def expected_calibration_error(
    confidence: ArrayLike, right: ArrayLike, n_bins: int = N_BINS
) -> float:
    """By how much confidence and accuracy differ in a bin, averaged over all digits.

        ECE = Σ_b n_b/N |accuracy_b - confidence_b|

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", eq. 3.
    """
    bins = bins_of(confidence, right, n_bins)
    filled = bins.number > 0
    gaps = np.abs(bins.accuracy - bins.confidence)[filled]
    return float(np.average(gaps, weights=bins.number[filled])) if filled.any() else float("nan")


def accuracy_by_coverage(
    confidence: ArrayLike, right: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many are right among the surest n of N digits: coverage n/N and accuracy, n = 1 … N.

    Digits of one confidence are answered together: only their last n is a point of the curve.
    """
    sure, good = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    order = np.argsort(-sure, kind="stable")
    sure, good = sure[order], good[order]
    n = np.arange(1, len(sure) + 1)
    last = np.append(sure[1:] != sure[:-1], True)[: len(sure)]
    return (n / max(1, len(n)))[last], (np.cumsum(good) / n)[last]


def at_threshold(judged: Sequence[Judged]) -> tuple[float, float]:
    """The share of the digits that were answered, and how many of these are right."""
    answered = [each for each in judged if each.answered]
    if not answered:
        return 0.0, float("nan")
    right = sum(each.right for each in answered)
    return len(answered) / len(judged), right / len(answered)


def halves(names: Iterable[str], seed: int) -> tuple[set[str], set[str]]:
    """The development half and the final half of these names, whatever their order.

    Of an odd number, the final half has one more.
    """
    ordered = sorted(set(names))
    shuffled = np.random.default_rng(seed).permutation(len(ordered))
    first = {ordered[n] for n in shuffled[: len(ordered) // 2]}
    return first, set(ordered) - first
