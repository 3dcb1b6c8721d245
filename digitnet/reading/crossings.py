"""Crossings: a thin line from side to side, wavy or not, through what is written.

A path from left to right that finds ink in nearly every column is looked for, from column to column
(dynamic programming, as for a cut between digits). What it follows is erased where it is as thin as
it usually is: a stroke that it crosses stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.rules import erase
from digitnet.reading.tracks import runs

INK = 0.25
"""A thin line in a small picture is faint where it lies between two rows of pixels."""
LEAST = 0.9
"""The share of the columns, from the first to the last with ink, in which the path finds ink."""
SPANS = 0.75
"""How far these columns are apart, at least, as a share of the width."""
STEEPEST = 3
"""How many rows the line may rise from one column to the next."""
THICKEST = 0.2
"""Of a line, upwards, as a share of the height."""
STRANGE = 0.7
"""The cost of ink that is thicker or thinner than the line, where paper costs 1."""


def without_crossing(ink: Array) -> Array | None:
    """The ink (h, w) without a thin line from its left to its right; None if there is none."""
    mask = ink > INK
    inked = np.flatnonzero(mask.any(axis=0))
    if len(inked) == 0 or inked[-1] + 1 - inked[0] < max(SPANS * ink.shape[1], 12):
        return None
    columns = np.arange(inked[0], inked[-1] + 1)
    tops, bottoms = runs(mask)
    thickness = np.where(mask, bottoms - tops + 1, 0).astype(np.float32)
    cost = 1 - mask.astype(np.float32)
    for _ in range(2):
        path = cheapest_path(cost[:, columns])
        length = thickness[path, columns]
        there = length > 0
        usual = float(np.median(length))
        if there.mean() < LEAST or usual > THICKEST * len(ink):
            return None
        strange = np.minimum(np.abs(thickness - usual) / usual, STRANGE)
        cost = np.where(mask, strange, np.float32(1))
    result = ink.copy()
    thin = there & (length <= 1.5 * usual + 1)
    at, rows = columns[thin], path[thin]
    erase(result, at, tops[rows, at], bottoms[rows, at])
    return result


def cheapest_path(cost: Array) -> NDArray[np.intp]:
    """The row in each column of the path from left to right that costs least."""
    height, width = cost.shape
    steps = np.arange(-STEEPEST, STEEPEST + 1)
    of_steps = (0.01 * np.abs(steps)).astype(np.float32)[:, None]
    rows = np.arange(height) + steps[:, None] + STEEPEST  # of the padded column, for each step
    came = np.zeros((width, height), np.intp)
    total = cost[:, 0]
    for column in range(1, width):
        padded = np.pad(total, STEEPEST, constant_values=np.inf)
        before = padded[rows] + of_steps
        came[column] = before.argmin(axis=0)
        total = before.min(axis=0) + cost[:, column]
    path = np.empty(width, np.intp)
    path[-1] = total.argmin()
    for column in range(width - 1, 0, -1):
        path[column - 1] = path[column] + steps[came[column, path[column]]]
    return path
