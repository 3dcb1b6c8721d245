"""Rules: printed or ruled lines, which are straight, thin and go on where nothing is written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array

INK = 0.4
FITS = 0.6
"""The share of all columns in which a rule must show as a thin run of ink."""
GOES_ON = 0.8
"""The share of the columns without other ink, in which nothing but the rule can be."""
FEWEST_FREE = 0.12
"""Of the columns; where fewer are free, the rule must show nearly everywhere."""
STEEPEST = 0.06
THICKEST = 0.09
"""Of a rule, as a share of the picture's height."""
LOOKED_AT = 200
"""In how many columns it is looked whether a line finds ink."""
MIDDLE = 0.3
"""How far from the top and the bottom, as a share of the height, no rule is looked for."""


def without_rules(ink: Array) -> Array:
    """The ink (h, w) without rules from side to side, and without upright ones."""
    cleaned = _without_level(ink)
    return np.ascontiguousarray(_without_level(cleaned.T).T)


def _without_level(ink: Array) -> Array:
    height, width = ink.shape
    if width < 24 or height < 12:
        return ink
    mask = ink > INK
    candidates = _candidates(mask)
    if not candidates:
        return ink
    tops, bottoms = runs(mask)
    columns = np.arange(width)
    thickest = max(THICKEST * height, 3)
    n_inked = mask.sum(axis=0)
    result = ink
    for rows in candidates:
        top, bottom = tops[rows, columns], bottoms[rows, columns]
        length = np.where(top >= 0, bottom - top + 1, 0)
        thin = (length > 0) & (length <= thickest)
        if thin.mean() < FITS:
            continue
        usual = float(np.median(length[thin]))
        thin &= length <= 1.6 * usual + 1
        free = n_inked <= np.where(thin, length, 0)
        goes_on = (
            float(thin[free].mean()) if free.mean() >= FEWEST_FREE else float(thin.mean()) - 0.1
        )
        if goes_on < GOES_ON:
            continue
        if result is ink:
            result = ink.copy()
        for column in np.flatnonzero(thin):
            result[max(top[column] - 1, 0) : bottom[column] + 2, column] = 0
    return result


def runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each pixel with ink, the first and the last row of its run in the column; else −1."""
    height, width = mask.shape
    index = np.broadcast_to(np.arange(height)[:, None], mask.shape)
    first = mask & ~np.vstack([np.zeros((1, width), bool), mask[:-1]])
    last = mask & ~np.vstack([mask[1:], np.zeros((1, width), bool)])
    tops = np.maximum.accumulate(np.where(first, index, -1), axis=0)
    bottoms = np.minimum.accumulate(np.where(last, index, height)[::-1], axis=0)[::-1]
    return np.where(mask, tops, -1), np.where(mask, bottoms, -1)


def _candidates(mask: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Straight lines near top and bottom that find ink: the row in each column; best first.

    Whether they do is looked up in some of the columns, so that a large picture takes no longer.
    """
    height, width = mask.shape
    columns = np.arange(width)
    some = columns[:: max(width // LOOKED_AT, 1)]
    near = np.arange(height)
    if height <= 2 * width:
        near = near[(near <= MIDDLE * height) | (near >= (1 - MIDDLE) * height)]
    found: list[tuple[float, int, float]] = []
    for slope in np.linspace(-STEEPEST, STEEPEST, 13).tolist():
        shift = np.rint(slope * (some - width / 2)).astype(int)
        rows = np.clip(near[:, None] + shift, 0, height - 1)
        cover = mask[rows, some].mean(axis=1)
        found += [
            (float(cover[n]), int(near[n]), slope) for n in np.flatnonzero(cover >= FITS - 0.1)
        ]
    found.sort(key=lambda each: -each[0])
    chosen: list[tuple[int, float]] = []
    for _, row, slope in found:
        if all(abs(row - other) > 2 for other, _ in chosen):
            chosen.append((row, slope))
    shifts = [np.rint(slope * (columns - width / 2)).astype(int) for _, slope in chosen]
    return [
        np.clip(row + shift, 0, height - 1) for (row, _), shift in zip(chosen, shifts, strict=True)
    ]
