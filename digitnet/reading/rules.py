"""Rules: printed or ruled lines, which are straight, thin and go on where nothing is written.

A rule is looked for along straight lines, and then followed: it may be bent a little, have gaps,
and end before the picture does, as those of a frame. Where writing crosses it its ink is thicker,
and stays: a digit that stands on a rule keeps its foot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import boxes_of, components, median_height

INK = 0.4
FITS = 0.45
"""The share of its columns in which a rule must show as a thin run of ink."""
SHORT_FITS = 0.7
"""The same of a rule that ends before the picture does; it may be the foot of a word."""
GOES_ON = 0.8
"""The share of its columns without other ink, in which nothing but the rule can be."""
FEWEST_FREE = 0.12
"""Of its columns; where fewer are free, the rule must show nearly everywhere."""
STEEPEST = 0.06
THICKEST = 0.09
"""Of a rule, as a share of the picture's height."""
LOOKED_AT = 200
"""In how many columns it is looked whether a line finds ink."""
MOST = 60
"""Rules of one direction that are followed."""
BENT = 0.012
"""How far from a straight line a rule may be, as a share of the picture's width."""
STRAIGHT = 0.2
"""How far its middle is from its course, on average, as a share of its thickness and 2 pixels."""
WHOLE = 0.95
"""The share of the picture from which on a rule goes from side to side."""
SHORTEST = 0.5
MIDDLE = 0.2
"""How far from the middle a level rule is that is told by its length alone."""
GRID = 4
"""Rules from side to side of one direction that make ruled or squared paper."""
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
    top: NDArray[np.intp]
    bottom: NDArray[np.intp]
    length: int
    """From its first to its last column."""
    share: float
    """Of the picture's width that this is."""
    place: float
    """How far down it is, from 0 to 1."""


def without_rules(ink: Array) -> Array:
    """The ink (h, w) without level and upright rules."""
    height, width = ink.shape
    if min(height, width) < 12 or max(height, width) < 24:
        return ink
    level = _rules(ink) if width >= 24 else []
    sure = _sure(level)
    cleaned = _erased(ink, sure)
    upright = _rules(np.ascontiguousarray(cleaned.T)) if height >= 24 else []
    grid = [rule for rule in upright if rule.share >= WHOLE]
    if len(grid) >= GRID:
        cleaned = np.ascontiguousarray(_erased(cleaned.T, grid).T)
    if len(sure) == len(level) and not upright:
        return cleaned
    tall = _height_of_writing(ink, _without(ink, level, upright))
    if tall == 0:
        return cleaned
    level = sure + [rule for rule in level if rule.length >= LONGER * tall]
    upright = [
        rule
        for rule in upright
        if rule.length >= (TALLER if rule.share >= WHOLE else LONGER) * tall
    ]
    return np.ascontiguousarray(_without(ink, level, upright))


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
    gone = np.pad((ink > INK) & (rest <= INK), 3)
    for axis in (0, 1):
        gone = gone | np.roll(gone, 1, axis) | np.roll(gone, -1, axis)
        gone |= np.roll(gone, 2, axis) | np.roll(gone, -2, axis)
    touches = np.bincount(labels[gone[3:-3, 3:-3]], minlength=n + 1)[1:] > 0
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
    ink: Array, columns: NDArray[np.intp], top: NDArray[np.intp], bottom: NDArray[np.intp]
) -> None:
    """Take away, in place, the ink from top to bottom of these columns, and a pixel around it."""
    for column, first, last in zip(columns, top, bottom, strict=True):
        ink[max(first - 1, 0) : last + 2, column] = 0


def _rules(ink: Array) -> list[Rule]:
    """The level rules in the ink (h, w), whole ones and shorter ones."""
    height, width = ink.shape
    mask = ink > INK
    reach = min(max(round(BENT * width), 2), 6)
    candidates = _candidates(mask, reach)
    if not candidates:
        return []
    tops, bottoms = runs(mask)
    is_thin = mask & (bottoms - tops + 1 <= max(THICKEST * height, 3))
    tracks: list[NDArray[np.intp]] = []
    for rows in candidates:
        track = _followed(rows, is_thin, tops, bottoms, reach)
        shown = track >= 0
        if shown.mean() >= FITS * SHORTEST and all(
            (track == other)[shown].mean() < 0.3 for other in tracks
        ):
            tracks.append(track)
    if not tracks:
        return []
    columns = np.arange(width)
    owns = [
        np.where(track >= 0, bottoms[track, columns] - tops[track, columns] + 1, 0)
        for track in tracks
    ]
    others = mask.sum(axis=0)
    whole = [own for own in owns if np.ptp(_extent(own > 0)) >= WHOLE * width]
    is_grid = len(whole) >= GRID
    if is_grid:
        others = others - sum(whole)
    found = []
    for track, own in zip(tracks, owns, strict=True):
        first, last = _extent(track >= 0)
        shown = (track >= 0)[first : last + 1]
        length = last + 1 - first
        fits = FITS if length >= WHOLE * width else SHORT_FITS
        if length < SHORTEST * width or shown.mean() < fits:
            continue
        free = (others <= own)[first : last + 1]
        goes_on = float(shown[free].mean() if free.mean() >= FEWEST_FREE else shown.mean() - 0.1)
        if goes_on >= GOES_ON and length >= THIN * float(np.median(own[track >= 0])):
            if not is_grid:
                others = others - own  # where one rule is, another may be free of writing
            at = first + np.flatnonzero(shown)
            top, bottom = tops[track[at], at], bottoms[track[at], at]
            place = float(np.median(top + bottom)) / 2 / height
            found.append(Rule(at, top, bottom, length, length / width, place))
    return found


def _followed(
    rows: NDArray[np.intp],
    is_thin: NDArray[np.bool_],
    tops: NDArray[np.intp],
    bottoms: NDArray[np.intp],
    reach: int,
) -> NDArray[np.intp]:
    """The top row of the rule's run of ink in each column, near to a line of these rows; else −1.

    What is found near to the line is fitted by a cubic, and what is near to that is the rule.
    """
    columns = np.arange(len(rows))
    powers = np.linspace(-1, 1, len(rows))[:, None] ** np.arange(4)  # (columns, 4)
    line: NDArray[np.floating] = rows.astype(np.float64)
    for within in (reach, 2):
        found = _nearest(np.rint(line).astype(int), is_thin, within)
        shown = found >= 0
        if shown.mean() < FITS * SHORTEST:
            return np.full(len(rows), -1)
        middle = (tops[found, columns] + bottoms[found, columns]) / 2
        for _ in range(2):
            line = powers @ np.linalg.lstsq(powers[shown], middle[shown], rcond=None)[0]
            shown = (found >= 0) & (np.abs(middle - line) <= 2)
            if shown.mean() < FITS * SHORTEST:
                return np.full(len(rows), -1)
    length = bottoms[found, columns] - tops[found, columns] + 1
    usual = float(np.median(length[shown]))
    shown &= length <= 1.6 * usual + 1
    if float(np.abs(middle - line)[shown].mean()) > STRAIGHT * (usual + 2):
        return np.full(len(rows), -1)
    return np.where(shown, tops[found, columns], -1)


def _nearest(rows: NDArray[np.intp], is_thin: NDArray[np.bool_], within: int) -> NDArray[np.intp]:
    """The row nearest to the given one, in each column, with thin ink; −1 if none is so near."""
    columns = np.arange(len(rows))
    found = np.full(len(rows), -1)
    for away in sorted(range(-within, within + 1), key=abs):
        row = np.clip(rows + away, 0, len(is_thin) - 1)
        here = (found < 0) & is_thin[row, columns]
        found[here] = row[here]
    return found


def _extent(shown: NDArray[np.bool_]) -> tuple[int, int]:
    """The first and the last column of a rule: beyond, it does not show in half of the columns."""
    size = max(len(shown) // 20, 3)
    often = np.convolve(shown, np.ones(size), mode="same") > size / 2
    at = np.flatnonzero(often & shown)
    return (int(at[0]), int(at[-1])) if len(at) else (0, 0)


def runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each pixel with ink, the first and the last row of its run in the column; else −1."""
    height, width = mask.shape
    index = np.broadcast_to(np.arange(height)[:, None], mask.shape)
    first = mask & ~np.vstack([np.zeros((1, width), bool), mask[:-1]])
    last = mask & ~np.vstack([mask[1:], np.zeros((1, width), bool)])
    tops = np.maximum.accumulate(np.where(first, index, -1), axis=0)
    bottoms = np.minimum.accumulate(np.where(last, index, height)[::-1], axis=0)[::-1]
    return np.where(mask, tops, -1), np.where(mask, bottoms, -1)


def _candidates(mask: NDArray[np.bool_], reach: int) -> list[NDArray[np.intp]]:
    """Straight lines that find ink within reach: the row in each column; best first.

    Whether they do is looked up in some of the columns, so that a large picture takes no longer.
    """
    height, width = mask.shape
    columns = np.arange(width)
    some = columns[:: max(width // LOOKED_AT, 1)]
    near = mask[:, some]
    for away in (1, reach - 1):
        padded = np.pad(near, ((away, away), (0, 0)))
        near = padded[away:-away] | padded[: -2 * away] | padded[2 * away :]
    found: list[tuple[float, int, float]] = []
    n_slopes = 2 * min(int(np.ceil(STEEPEST * width / 2 / reach)), 6) + 1
    for slope in np.linspace(-STEEPEST, STEEPEST, n_slopes).tolist():
        shift = np.rint(slope * (some - width / 2)).astype(int)
        rows = np.clip(np.arange(height)[:, None] + shift, 0, height - 1)
        cover = near[rows, np.arange(len(some))].mean(axis=1)
        found += [
            (float(cover[n]) - abs(slope), int(n), slope)
            for n in np.flatnonzero(cover >= SHORTEST - 0.05)
        ]
    found.sort(key=lambda each: -each[0])
    chosen: list[tuple[int, float]] = []
    for _, row, slope in found:
        if len(chosen) < MOST and all(abs(row - other) > reach for other, _ in chosen):
            chosen.append((row, slope))
    shifts = [np.rint(slope * (columns - width / 2)).astype(int) for _, slope in chosen]
    return [
        np.clip(row + shift, 0, height - 1) for (row, _), shift in zip(chosen, shifts, strict=True)
    ]
