"""Rules: printed or ruled lines, which are straight, thin and go on where nothing is written.

A rule is looked for along straight lines, and then followed: it may be bent a little, have gaps,
and end before the picture does, as those of a frame. Where writing crosses it its ink is thicker,
and stays: a digit that stands on a rule keeps its foot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import boxes_of, components, grown, median_height
from digitnet.reading.tracks import FITS, SHORTEST, THICKEST, Track, tracks_of

INK = 0.4
SHORT_FITS = 0.7
"""The same of a rule that ends before the picture does; it may be the foot of a word."""
GOES_ON = 0.8
"""The share of its columns without other ink, in which nothing but the rule can be."""
FEWEST_FREE = 0.12
"""Of its columns; where fewer are free, the rule must show nearly everywhere."""
WHOLE = 0.95
"""The share of the picture from which on a rule goes from side to side."""
MIDDLE = 0.2
"""How far from the middle a level rule is that is told by its length alone."""
GRID = 4
"""Rules from side to side of one direction that make ruled or squared paper."""
SEVERAL = 3
"""And from how many on they hide each other, column by column, from being told by free columns."""
THIN = 15
"""How often as long as thick a rule is."""
SPECK = 0.06
"""How high writing is, as a share of the picture's shorter side."""
HIGHEST = 0.6
"""How high at most, as a share of the picture's height, where rules end before it does."""
TALLER = 1.3
"""How much longer than the writing is high an upright rule from side to side is: it may be a 1."""
LONGER = 2.5
"""And any rule that ends before the picture does: it may be a stroke of a large digit."""


class Rule(NamedTuple):
    """A level rule: in which columns it shows, and the rows of its ink there, both included."""

    columns: NDArray[np.intp]
    top: NDArray[np.int32]
    bottom: NDArray[np.int32]
    length: int
    """From its first to its last column."""
    share: float
    """Of the picture's width that this is."""
    place: float
    """How far down it is, from 0 to 1."""


class Unruled(NamedTuple):
    """The ink (h, w) without rules, and those that are gone; of upright ones rows are columns."""

    ink: Array
    level: Sequence[Rule] = ()
    upright: Sequence[Rule] = ()


def without_rules(ink: Array) -> Array:
    """The ink (h, w) without level and upright rules."""
    return unruled(ink).ink


def unruled(ink: Array) -> Unruled:
    """The ink (h, w) without level and upright rules, and these."""
    height, width = ink.shape
    if min(height, width) < 12 or max(height, width) < 24:
        return Unruled(ink)
    level = rules_in(ink > INK) if width >= 24 else []
    sure = _sure(level)
    cleaned = _erased(ink, sure)
    upright = rules_in(np.ascontiguousarray(cleaned.T) > INK) if height >= 24 else []
    grid = [rule for rule in upright if rule.share >= WHOLE]
    is_grid = len(grid) >= GRID
    if is_grid:
        cleaned = np.ascontiguousarray(_erased(cleaned.T, grid).T)
    gone = Unruled(cleaned, sure, grid if is_grid else [])
    if len(sure) == len(level) and not upright:
        return gone
    tall = _height_of_writing(ink, _without(ink, level, upright))
    if tall == 0:
        return gone
    level = sure + [rule for rule in level if rule.length >= LONGER * tall]
    upright = [
        rule
        for rule in upright
        if rule.length >= (TALLER if rule.share >= WHOLE else LONGER) * tall
    ]
    return Unruled(np.ascontiguousarray(_without(ink, level, upright)), level, upright)


def _without(ink: Array, level: list[Rule], upright: list[Rule]) -> Array:
    return _erased(_erased(ink, level).T, upright).T


def _sure(level: list[Rule]) -> list[Rule]:
    """Those from side to side that are not in the middle, where a dash may be, or are many."""
    whole = [rule for rule in level if rule.share >= WHOLE]
    if len(whole) >= GRID:
        return whole
    return [rule for rule in whole if abs(rule.place - 0.5) >= MIDDLE]


def _height_of_writing(ink: Array, rest: Array) -> float:
    """The median height of what does not touch a rule, each as often as it has pixels; or 0.

    rest: the ink (h, w) without rules. A piece that touches one may be what is left of a stroke
    that was taken for a rule.
    """
    labels, n = components(rest > INK)
    boxes = boxes_of(labels, n)
    gone = grown((ink > INK) & (rest <= INK), 3, corners=True)
    touches = np.bincount(labels[gone], minlength=n + 1)[1:] > 0
    heights = boxes.bottom - boxes.top
    written = (heights >= SPECK * min(ink.shape)) & (heights < HIGHEST * ink.shape[0])
    chosen = ~touches & written
    return median_height(heights[chosen], boxes.area[chosen])


def _erased(ink: Array, rules: list[Rule]) -> Array:
    """A copy of the ink (h, w) without level rules, or the ink if there are none."""
    if not rules:
        return ink
    result = ink.copy()
    for rule in rules:
        erase(result, rule.columns, rule.top, rule.bottom)
    return result


def erase(
    ink: Array, columns: NDArray[np.intp], top: NDArray[np.int32], bottom: NDArray[np.int32]
) -> None:
    """Take away, in place, the ink from top to bottom of these columns, and a pixel around it."""
    for column, first, last in zip(columns, top, bottom, strict=True):
        ink[max(first - 1, 0) : last + 2, column] = 0


def rules_in(mask: NDArray[np.bool_], thickest: float = THICKEST) -> list[Rule]:
    """The level rules where there is ink (h, w), whole ones and shorter ones.

    thickest: how thick one is at most, as a share of the height.
    """
    width = mask.shape[1]
    tracks = tracks_of(mask, thickest)
    if not tracks:
        return []
    thickness = [track.thickness(width) for track in tracks]
    others = mask.sum(axis=0)
    whole = [own for own in thickness if np.ptp(_extent(own > 0)) >= WHOLE * width]
    are_several = len(whole) >= SEVERAL
    if are_several:
        others = others - sum(whole)
    found = []
    for track, own in zip(tracks, thickness, strict=True):
        rule = _rule(track, own, others, mask.shape)
        if rule is not None:
            found.append(rule)
            if not are_several:
                others = others - own  # where one rule is, another may be free of writing
    return found


def _rule(
    track: Track, own: NDArray[np.intp], others: NDArray[np.intp], shape: tuple[int, int]
) -> Rule | None:
    """The rule that goes along a track in a picture (h, w), if it is one.

    own, others: (w,), how much ink of its own and of any other kind there is in each column.
    """
    height, width = shape
    first, last = _extent(own > 0)
    shown = (own > 0)[first : last + 1]
    length = last + 1 - first
    fits = FITS if length >= WHOLE * width else SHORT_FITS
    if length < SHORTEST * width or shown.mean() < fits:
        return None
    free = (others <= own)[first : last + 1]
    goes_on = float(shown[free].mean() if free.mean() >= FEWEST_FREE else shown.mean() - 0.1)
    if goes_on < GOES_ON or length < THIN * float(np.median(own[own > 0])):
        return None
    first, last = _to_its_ends(own > 0, first, last)
    within = (track.columns >= first) & (track.columns <= last)
    top, bottom = track.top[within], track.bottom[within]
    place = float(np.median(top + bottom)) / 2 / height
    return Rule(track.columns[within], top, bottom, length, length / width, place)


def _extent(shown: NDArray[np.bool_]) -> tuple[int, int]:
    """The first and the last column of a rule: beyond, it does not show in half of the columns."""
    size = max(len(shown) // 20, 3)
    often = np.convolve(shown, np.ones(size), mode="same") > size / 2
    at = np.flatnonzero(often & shown)
    return (int(at[0]), int(at[-1])) if len(at) else (0, 0)


def _to_its_ends(shown: NDArray[np.bool_], first: int, last: int) -> tuple[int, int]:
    """These columns, and those next to them in which a rule shows: half a window at its ends."""
    gaps = np.flatnonzero(~np.pad(shown, 1)) - 1  # one of them before, and one behind
    before, behind = gaps[gaps < first][-1], gaps[gaps > last][0]
    return int(before) + 1, int(behind) - 1
