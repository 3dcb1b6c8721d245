"""Tracks: where level lines of ink go, that may be printed: candidates, followed column by column.

Straight lines that find ink in many columns are candidates. What is near to one in each column is
fitted by a cubic, and what is near to that is its track.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FITS = 0.45
"""The share of its columns in which a rule must show as a thin run of ink."""
STEEPEST = 0.06
LOOKED_AT = 200
"""In how many columns it is looked whether a line finds ink."""
MOST = 60
"""Rules of one direction that are followed."""
BENT = 0.012
"""How far from a straight line a rule may be, as a share of the picture's width."""
STRAIGHT = 0.2
"""How far its middle is from its course, on average, as a share of its thickness and 2 pixels."""
THICKEST = 0.09
"""Of a rule, as a share of the picture's height."""
SHORTEST = 0.5
FEWEST = 4
"""Columns in which it must show: a cubic goes through any three."""
OFTEN_ENOUGH = SHORTEST - 0.05
"""The share of the columns looked at in which a candidate finds ink."""


class Track(NamedTuple):
    """In which columns a line shows, and the rows of its ink there, both included."""

    columns: NDArray[np.intp]
    top: NDArray[np.int32]
    bottom: NDArray[np.int32]

    def thickness(self, width: int) -> NDArray[np.intp]:
        """Of the line in each column of a picture: (w,), 0 where it does not show."""
        result = np.zeros(width, np.intp)
        result[self.columns] = self.bottom - self.top + 1
        return result


def tracks_of(mask: NDArray[np.bool_], thickest: float = THICKEST) -> list[Track]:
    """The tracks in the ink (h, w), the straightest candidate's first; no two are nearly one.

    thickest: how thick one is at most, as a share of the height.
    """
    height, width = mask.shape
    reach = min(max(round(BENT * width), 2), 6)
    candidates = _candidates(mask, reach)
    if not len(candidates):
        return []
    tops, bottoms = runs(mask)
    is_thin = mask & (bottoms - tops + 1 <= max(thickest * height, 3))
    tracks: list[Track] = []
    places: list[NDArray[np.int32]] = []
    for track in _followed(candidates, is_thin, tops, bottoms, reach):
        place = np.full(width, -1, np.int32)
        place[track.columns] = track.top
        if len(track.columns) >= FITS * SHORTEST * width and all(
            (track.top == other[track.columns]).mean() < 0.3 for other in places
        ):
            tracks.append(track)
            places.append(place)
    return tracks


def _followed(
    rows: NDArray[np.intp],
    is_thin: NDArray[np.bool_],
    tops: NDArray[np.int32],
    bottoms: NDArray[np.int32],
    reach: int,
) -> Iterator[Track]:
    """The tracks of those candidates (C, w), their row in each column, that have one."""
    columns = np.arange(rows.shape[1])
    powers = np.linspace(-1, 1, len(columns))[:, None] ** np.arange(4)  # (w, 4)
    line: NDArray[np.floating] = rows.astype(np.float64)
    for within in (reach, 2):
        found = _nearest(np.rint(line).astype(np.intp), is_thin, within)
        found = found[_often(found >= 0)]
        middle = (tops[found, columns] + bottoms[found, columns]) / 2
        shown = found >= 0
        for _ in range(2):
            line = _fitted(powers, middle, shown)
            shown = (found >= 0) & (np.abs(middle - line) <= 2)
            often = _often(shown)
            line, found = line[often], found[often]
            middle, shown = middle[often], shown[often]
    for row, off, near in zip(found, np.abs(middle - line), shown, strict=True):
        at = np.flatnonzero(near)
        top, bottom = tops[row[at], at], bottoms[row[at], at]
        length = bottom - top + 1
        usual = float(np.median(length))
        thin = is_uncrossed(length, usual)
        if float(off[at][thin].mean()) <= STRAIGHT * (usual + 2):
            yield Track(at[thin], top[thin], bottom[thin])


def is_uncrossed(length: NDArray[np.integer], usual: float) -> NDArray[np.bool_]:
    """Where a line's run of ink is about as long as it usually is: nothing crosses it there."""
    return np.asarray(length <= 1.6 * usual + 1)


def _often(shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the lines show in enough of their columns: (C,), from (C, w)."""
    return np.asarray(shown.sum(axis=1) >= max(FITS * SHORTEST * shown.shape[1], FEWEST))


def _fitted(
    powers: NDArray[np.float64], middle: NDArray[np.float64], shown: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Cubics through the middles (C, w) where they are shown, by least squares: (C, w)."""
    weighted = shown[:, None, :] * powers.T  # (C, 4, w)
    normal, right = weighted @ powers, weighted @ middle[:, :, None]
    result: NDArray[np.float64] = np.linalg.solve(normal, right)[..., 0] @ powers.T
    return result


def _nearest(rows: NDArray[np.intp], is_thin: NDArray[np.bool_], within: int) -> NDArray[np.intp]:
    """The row nearest to the given ones (C, w) with thin ink; −1 where none is so near."""
    columns = np.arange(rows.shape[1])
    found = np.full(rows.shape, -1)
    for away in sorted(range(-within, within + 1), key=abs):
        row = np.clip(rows + away, 0, len(is_thin) - 1)
        here = (found < 0) & is_thin[row, columns]
        np.copyto(found, row, where=here)
    return found


def runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each pixel with ink, the first and the last row of its run in the column; else −1."""
    height = len(mask)
    index = np.arange(height, dtype=np.int32)[:, None]  # half the memory of a large picture
    first, last = mask.copy(), mask.copy()
    first[1:] &= ~mask[:-1]
    last[:-1] &= ~mask[1:]
    tops = np.where(first, index, np.int32(-1))
    np.maximum.accumulate(tops, axis=0, out=tops)
    bottoms = np.where(last, index, np.int32(height))
    np.minimum.accumulate(bottoms[::-1], axis=0, out=bottoms[::-1])
    tops[~mask] = bottoms[~mask] = -1
    return tops, bottoms


def _candidates(mask: NDArray[np.bool_], reach: int) -> NDArray[np.intp]:
    """Straight lines that find ink within reach: the row in each column, (C, w); best first.

    Whether they do is looked up in some of the columns, so that a large picture takes no longer.
    """
    height, width = mask.shape
    columns = np.arange(width)
    some = columns[:: max(width // LOOKED_AT, 1)]
    near = mask[:, some]
    for away in (1, reach - 1):
        padded = np.pad(near, ((away, away), (0, 0)))
        near = padded[away:-away] | padded[: -2 * away] | padded[2 * away :]
    rows = _that_may(near, STEEPEST * width / 2)
    found: list[tuple[float, int, float]] = []
    n_slopes = 2 * min(int(np.ceil(STEEPEST * width / 2 / reach)), 6) + 1
    for slope in np.linspace(-STEEPEST, STEEPEST, n_slopes).tolist() if len(rows) else ():
        cover = near[_rows(rows, slope, some, mask.shape), np.arange(len(some))]
        share = cover.mean(axis=1)
        found += [
            (float(share[n]) - abs(slope), int(rows[n]), slope)
            for n in np.flatnonzero(share >= OFTEN_ENOUGH)
        ]
    found.sort(key=lambda each: -each[0])
    chosen: list[tuple[int, float]] = []
    is_near = np.zeros(height, bool)  # to one of them
    for _, row, slope in found:
        if len(chosen) < MOST and not is_near[row]:
            chosen.append((row, slope))
            is_near[max(row - reach, 0) : row + reach + 1] = True
    lines = [_rows(np.array([row]), slope, columns, mask.shape) for row, slope in chosen]
    return np.concatenate(lines) if lines else np.empty((0, width), np.intp)


def _that_may(near: NDArray[np.bool_], rise: float) -> NDArray[np.intp]:
    """The rows (R,) in the middle of lines that may find ink (h, n) often enough.

    rise: by how many rows, at most, a line leaves that row. In all of these together there must be
    ink in as many columns, which most rows of most pictures do not have.
    """
    height, away = len(near), int(np.ceil(rise))
    so_far = np.concatenate([np.zeros((1, near.shape[1]), np.int32), near.cumsum(0, np.int32)])
    middle = np.arange(height)
    below, above = np.minimum(middle + away + 1, height), np.maximum(middle - away, 0)
    any_ink = so_far[below] > so_far[above]
    return np.flatnonzero(any_ink.mean(axis=1) >= OFTEN_ENOUGH)


def _rows(
    middle: NDArray[np.intp], slope: float, columns: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[np.intp]:
    """The row in each of these columns of straight lines (C,) by their row in the middle."""
    shift = np.rint(slope * (columns - shape[1] / 2)).astype(np.intp)
    rows: NDArray[np.intp] = np.clip(middle[:, None] + shift, 0, shape[0] - 1)
    return rows
