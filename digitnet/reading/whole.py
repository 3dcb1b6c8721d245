"""Whole: the lines of digits of a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from digitnet.model import Model
from digitnet.nn.arrays import Array
from digitnet.reading.boxes import unboxed
from digitnet.reading.digit import NO_DIGIT, SURE
from digitnet.reading.edges import without_edges
from digitnet.reading.faint import without_faint_print
from digitnet.reading.fine import as_before, enlarged, is_fine
from digitnet.reading.geometry import Placed, placed
from digitnet.reading.ink import Paper, ink_on, paper_of, pen_of
from digitnet.reading.inks import (
    SHADOW,
    evident_inks,
    has_shadow,
    other_inks,
    shadow_inks,
    uneven_ink,
)
from digitnet.reading.judge import Judged, best_reading, is_told, size_of, without_words
from digitnet.reading.networks import probabilities
from digitnet.reading.normalise import levelled, normalise
from digitnet.reading.piece import Ends
from digitnet.reading.rules import Unruled, unruled
from digitnet.reading.seen import Found, Seen
from digitnet.reading.segments import Hypothesis, Line, lines_in
from digitnet.reading.signs import without_signs
from digitnet.reading.underlines import without_underlines

SHOWN = 0.35
"""The size, in digits, from which on ink that is no digit is told as uncertain, not passed over."""
DOUBTFUL = 0.6
"""How sure the digits of a picture are on average, below which other inks are looked at."""
HOPELESS = 0.35
"""The same where no digit was told: there may be none."""
ENOUGH = 0.9
"""How sure they are in an ink that there is evidence of for no further one to be looked at."""
MANY = 200
"""Pieces of a picture from which on no other ink is looked at: it would take too long."""
CHANGED = 0.1
"""By how much they must be surer in another ink."""
CERTAIN = 0.97
"""How sure digits are where only a hard edge is reason enough to look at them again."""
CLEAR = 0.95
"""And where they are not looked at in an enlarged page; up to 0.97 it reads no more."""
GRAIN, TOO_LOW = 8, 12
"""Lines, at least, that are grain together, and pixels below which most of them are then."""
HARDLY = 0.1
"""The share of lines of grain that may look like numbers, as low as that."""
AS_SURE = 0.05
"""By how much they may be less sure where there are more of them in another ink."""
SURER = 0.07
"""By how much they must be surer if they are as many."""


def read_whole(seen: Seen, n_digits: tuple[int, int] | None, model: Model | None) -> Found:
    """The best reading; of small digits that are not certain, that of an enlarged page if surer."""
    best = _in_best_ink(seen, n_digits, model)
    least, score = _told(best), _sureness(best)
    if n_digits or (least and score > CLEAR) or not is_fine(best, seen):
        return best
    other = _in_best_ink(enlarged(seen), n_digits, model)
    if _told(other) >= max(least, 1) and (_sureness(other) > score or not least):
        return as_before(other)
    return best


def is_doubtful(found: Found) -> bool:
    """Whether no digit is told, or none is sure."""
    return not _told(found) or _sureness(found) < DOUBTFUL


def is_surer(other: Found, found: Found) -> bool:
    """Whether it has a digit, as many as another reading has, and is much surer of them."""
    more = _told(other) >= max(_told(found), 1)
    return more and _sureness(other) > _sureness(found) + CHANGED


def _in_best_ink(seen: Seen, n_digits: tuple[int, int] | None, model: Model | None) -> Found:
    """The best reading of all inks that a picture gives reason to look at."""
    paper = paper_of(pen_of(seen.grey))
    usual = seen.on_page(ink_on(paper))
    found = _read(usual, seen, n_digits, model)
    if sum(len(line) for line in found.pieces) > MANY:
        return found
    best = _on_even_paper(found, usual, seen, n_digits, model)
    return best if n_digits else _on_uneven_paper(best, paper, seen, model)


def _on_even_paper(
    best: Found, usual: Array, seen: Seen, n_digits: tuple[int, int] | None, model: Model | None
) -> Found:
    """The best reading: that of the usual ink, or where that is doubtful, of one that is surer.

    It must have as many digits: what is left out makes the rest surer.
    """
    if _sureness(best) < (DOUBTFUL if _told(best) else HOPELESS):
        other = _in_other_ink(best, usual, seen, n_digits, model)
        if other is not best:
            return other
    return best if n_digits else _in_shadow(best, seen, model)


def _in_other_ink(
    best: Found, usual: Array, seen: Seen, n_digits: tuple[int, int] | None, model: Model | None
) -> Found:
    """The reading of another ink than the usual one, if it is surer, else that of the usual."""
    least, score = max(_told(best), 1), _sureness(best)
    for inks in (evident_inks, other_inks):
        for ink, against in inks(seen.grey, usual):
            other = _read(seen.on_page(ink), seen, n_digits, model)
            other_score = _sureness(other) - max(against, 0) - CHANGED
            if _told(other) >= least and other_score > score:
                best, score = other, other_score
        if _sureness(best) > ENOUGH:
            break
    return best


def _in_shadow(best: Found, seen: Seen, model: Model | None) -> Found:
    """The reading of ink in shadows, if it is better.

    Only of a single line that it leaves a single one: ink of an edge is more digits, too.
    """
    is_sure = _sureness(best) > CERTAIN
    if not _is_one_line(best) or not has_shadow(seen.grey.shape, seen.step, is_sure):
        return best
    for ink in shadow_inks(seen.grey):
        other = _read(seen.on_page(ink), seen, None, model)
        if _is_one_line(other) and _is_better(other, best, _n_digits):
            best = other
    return best


def _on_uneven_paper(best: Found, paper: Paper, seen: Seen, model: Model | None) -> Found:
    """The reading of ink on paper that is followed to the pixel, if light is uneven and it wins."""
    ink = uneven_ink(paper)
    if ink is None:
        return best
    other = _read(seen.on_page(ink), seen, None, model)
    return other if _is_better(other, best, _told) else best


def _is_better(other: Found, best: Found, number: Callable[[Found], int]) -> bool:
    """Whether it has more digits and is about as sure, or as many, and is much surer."""
    more, surer = number(other) - number(best), _sureness(other) - _sureness(best)
    return surer >= -AS_SURE if more > 0 else more == 0 and surer > SURER


def _is_one_line(whole: Found) -> bool:
    return sum(bool(line) for line in whole.judged) <= 1


def _n_digits(whole: Found) -> int:
    return sum(is_told(each, SURE) for line in whole.judged for each in line)


def _read(ink: Array, seen: Seen, n_digits: tuple[int, int] | None, model: Model | None) -> Found:
    if seen.step > SHADOW:
        ink = without_edges(ink, seen.grey)
    rules = _without_print(ink)
    lines = lines_in(rules.ink, seen.beyond, rules)
    pieces = [line.pieces for line in lines]
    if n_digits and lines:
        line = max(lines, key=lambda line: sum(float(p.mask.sum()) for p in line.pieces))
        return Found(ink, rules.ink, pieces, *_counted(line, n_digits, model))
    return Found(ink, rules.ink, pieces, _judged(lines, model))


def _without_print(ink: Array) -> Unruled:
    """The ink (h, w) without boxes and lines, and the rules, the sides of boxes among them."""
    ink = without_faint_print(ink)
    rules = unruled(ink)
    return rules._replace(ink=without_underlines(np.minimum(rules.ink, unboxed(ink))))


def _told(whole: Found) -> int:
    """How many digits are told, but for 1."""
    return sum(_is_evident(each) for line in whole.judged for each in line)


def _is_evident(each: Judged) -> bool:
    """Whether it is a digit, but not 1: what is left of an edge or a line looks like one."""
    return is_told(each, SURE) and int(each.probabilities.argmax()) != 1


def _sureness(whole: Found) -> float:
    """The geometric mean of what is certain of each digit; of ink that is none, what it lacks.

    Of the lines with digits alone, if there are any: that beside a number there are words or specks
    does not make it less sure.
    """
    lines = [line for line in whole.judged if any(map(_is_evident, line))] or whole.judged
    p = [float(each.probabilities[:NO_DIGIT].max()) for line in lines for each in line]
    return float(np.exp(np.mean(np.log(np.maximum(p, 0.01))))) if p else 0.0


def _judged(lines: Sequence[Line], model: Model | None) -> list[list[Judged]]:
    """The best reading of each line; empty where all of them are grain of the paper."""
    readings = [without_signs(best_reading(*known)) for known in _known(lines, model)]
    ends = [line.ends for line in lines]
    readings = without_words(readings, ends, SURE)
    if _are_grain(readings, ends):
        return [[] for _ in readings]
    return [
        [each for each in reading if each.is_digit or size_of(each.hypothesis, line) > SHOWN]
        for reading, line in zip(readings, ends, strict=True)
    ]


def _are_grain(readings: Sequence[Sequence[Judged]], lines: Sequence[Ends]) -> bool:
    """Whether there are many lines, lower than digits that can be read, and hardly a number."""
    if len(lines) < GRAIN or float(np.median([line.height for line in lines])) >= TOO_LOW:
        return False
    n_told = [sum(is_told(each, SURE) for each in reading) for reading in readings]
    numbers = [line for line, n in zip(lines, n_told, strict=True) if n > 1]
    few = len(numbers) <= HARDLY * len(lines)
    return few and all(line.height < 2 * TOO_LOW for line in numbers)


def _counted(
    line: Line, n_digits: tuple[int, int], model: Model | None
) -> tuple[list[list[Judged]], int]:
    """The best reading of a line with so many digits, and how many it would have without that."""
    (known,) = _known([line], model)
    unasked = best_reading(*known)
    without = without_signs(unasked)
    n_signs = len(unasked) - len(without)
    with_signs = best_reading(*known, (n_digits[0] + n_signs, n_digits[1] + n_signs))
    reading = [each for each in without_signs(with_signs) if each.is_digit]
    if len(reading) > n_digits[1]:  # a digit was left out before a sign was
        reading = [each for each in best_reading(*known, n_digits) if each.is_digit]
    return [reading], sum(is_told(each, SURE) for each in without)


def _known(
    lines: Sequence[Line], model: Model | None
) -> Iterator[tuple[Sequence[Hypothesis], Placed, Array, Ends]]:
    """What best_reading has to know of each line."""
    images = normalise(levelled(each.ink, line.ends.slope) for line in lines for each in line.found)
    p = probabilities(images, model)
    start = 0
    for line in lines:
        part = slice(start, start + len(line.found))
        start = part.stop
        yield line.found, placed(line, p[part]), images[part], line.ends
