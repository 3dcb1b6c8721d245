"""Outlines: digits of which only the edge is drawn; filled, they are strokes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import components
from digitnet.reading.normalise import stroke_width
from digitnet.reading.piece import INK

BOTH_SIDES = 0.7
"""Of an outline: the least share of its outer side that its inner side has."""
BLOB = 0.22
"""Of the size of a digit: what is filled and wider than this is the hole of a 0, no stroke."""


def filled(ink: Array) -> Array:
    """What an outline encloses: within one, but not within a second one, which is a hole."""
    result: Array = (depths(ink) % 4 == 2).astype(np.float32)
    return result


def is_outline(ink: Array) -> bool:
    """Whether the ink (h, w) is a line around something that is as narrow as a stroke."""
    depth = depths(ink)
    inner, line = depth % 4 == 2, depth % 2 == 1
    within, without = _touching(line, inner), _touching(line, depth % 4 == 0)
    if not within or within < BOTH_SIDES * without:
        return False
    size = max(np.ptp(np.flatnonzero(line.any(axis=axis))) + 1 for axis in (0, 1))
    return bool(stroke_width(inner.astype(np.float32)) < BLOB * size)


def _touching(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
    """How many pairs of pixels side by side belong to one and to the other."""
    pairs = ((one, other), (other, one), (one.T, other.T), (other.T, one.T))
    return sum(int((a[1:] & b[:-1]).sum()) for a, b in pairs)


def depths(ink: Array) -> NDArray[np.intp]:
    """How many borders of ink lie between each pixel (h, w) and the outside: ink is odd."""
    mask = np.pad(ink > INK, 1)
    paper, n_paper = components(~mask, corners=False)
    inked, n_inked = components(mask)
    region = np.where(mask, n_paper + inked, paper)
    sides = [(region[1:], region[:-1]), (region[:, 1:], region[:, :-1])]
    pairs = np.concatenate([np.stack([a[a != b], b[a != b]]) for a, b in sides], axis=1)
    one, other = np.unique(pairs, axis=1)
    depth = np.full(n_paper + n_inked + 1, n_paper + n_inked, np.intp)
    depth[region[0, 0]] = 0
    while True:
        nearer = depth.copy()
        np.minimum.at(nearer, one, depth[other] + 1)
        np.minimum.at(nearer, other, depth[one] + 1)
        if np.array_equal(nearer, depth):
            return depth[region][1:-1, 1:-1]
        depth = nearer
