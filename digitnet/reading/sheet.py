"""Sheet: a page whose edges are in the picture, wherever it lies and however it is turned.

A border (digitnet.reading.border) goes along a side of the picture. A page that lies aslant, or is
small in its picture, leaves none: it is told by its own shape, a light rectangle with writing in
it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import components, grown, reached_from_sides
from digitnet.reading.ink import highest
from digitnet.reading.written import is_bare, is_written_on, strokes_of

RECTANGULAR = 0.87
"""The share of the smallest rectangle around a sheet that it covers; an ellipse covers 0.79."""
SMALLEST = 0.1
"""The share of the picture that a sheet covers at least."""
AROUND = 0.3
"""The share of the picture's sides along which there is none of it, at least."""
DARKER = 0.2
"""How much darker than a sheet what is around it is, as a share of the picture's range."""
SHADED = np.array([0.35, 0.25, 0.18, 0.12])
"""How light, from what is around to the lightest, a sheet is whose corner lies in a shadow."""
MOST_LIGHT = 0.1
"""The share of what is around a sheet that is as light, at most: a field of a form is none."""
SHARP, WITHOUT_EDGE = 0.5, 0.3
"""How much of the difference to what is around lies in its edge, but for this share of that."""
TURNS = np.deg2rad(np.arange(0, 90, 3))


def sheet_in(light: Array, threshold: float) -> NDArray[np.bool_] | None:
    """Where a sheet lies (h, w) in a small picture in which it is lighter than the rest, or None.

    light: (h, w). threshold: between its two groups of greys. The sheet is without its outermost
    pixel, which the edge has darkened.
    """
    around = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    dark = float(np.percentile(around, 100 * AROUND))
    darkest, lightest = (float(value) for value in np.percentile(light, (2, 98)))
    if lightest - dark < DARKER * (lightest - darkest):
        return None
    lower = dark + SHADED * (float(light.max()) - dark)
    for least in (threshold, *lower):
        sheet = _largest(light > least)
        if sheet is not None and _has_edge(sheet, light, least):
            return ~grown(~sheet, 1, corners=True)
    return None


def _largest(light: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """The largest part of what is light (h, w), with what is in it, if that is a sheet."""
    labels, n = components(light, corners=False)
    if n == 0:
        return None
    part = labels == int(np.bincount(labels.ravel())[1:].argmax()) + 1
    if _rectangularity(part) < RECTANGULAR:  # which takes no time, and most are none
        return None
    sheet = ~reached_from_sides(~part)
    sides = np.concatenate([sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]])
    is_sheet = (
        sheet.mean() >= SMALLEST
        and 1 - sides.mean() >= AROUND
        and is_written_on(sheet, sheet & ~part)
    )
    return sheet if is_sheet else None


def _has_edge(sheet: NDArray[np.bool_], light: Array, threshold: float) -> bool:
    """Whether a sheet (h, w) ends at an edge, and what is around it is dark and bare."""
    around = ~grown(sheet, 1, corners=True)
    if not around.any() or (light[around] > threshold).mean() > MOST_LIGHT:
        return False
    paper, table = float(np.median(light[sheet])), float(np.median(light[around]))
    if not is_bare(strokes_of(-light)[around], paper - table):
        return False
    edge = sheet & grown(~sheet, 1)
    steps = highest(light, 5) + highest(-light, 5)
    sharp = float(np.percentile(steps[edge], 100 * WITHOUT_EDGE))
    return sharp >= SHARP * (paper - table)


def _rectangularity(part: NDArray[np.bool_]) -> float:
    """The share of the smallest rectangle around a part (h, w) that it covers, row by row."""
    rows = np.flatnonzero(part.any(axis=1))
    left = part[rows].argmax(axis=1)
    right = part.shape[1] - part[rows, ::-1].argmax(axis=1)
    y = np.concatenate([rows, rows, rows + 1, rows + 1])  # corners of the outermost pixels
    x = np.concatenate([left, right, left, right])
    along = np.outer(np.cos(TURNS), x) + np.outer(np.sin(TURNS), y)
    across = np.outer(np.cos(TURNS), y) - np.outer(np.sin(TURNS), x)
    areas = np.ptp(along, axis=1) * np.ptp(across, axis=1)
    return float((right - left).sum() / areas.min())
