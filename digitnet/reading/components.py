"""Connected components: which inked pixels hang together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
ROWS_AT_ONCE = 256


class Boxes(NamedTuple):
    """Of each component: the first row and column, the ones after the last, and how many pixels."""

    top: NDArray[np.intp]
    left: NDArray[np.intp]
    bottom: NDArray[np.intp]
    right: NDArray[np.intp]
    area: NDArray[np.intp]


def components(mask: NDArray[np.bool_], corners: bool = True) -> tuple[Labels, int]:
    """Labels (h, w) of the components of a mask (h, w), from 1; 0 where it is false; and how many.

    corners: whether pixels that touch at a corner hang together.
    A row of pixels is a run from where it begins to where it ends. Runs of neighbouring rows that
    overlap are the edges of a graph; each run takes the smallest number among its neighbours, and
    that number's own, until nothing changes.
    """
    height, width = mask.shape
    padded = np.zeros((height, width + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    _, ends = np.nonzero(change == -1)
    n_runs = len(rows)
    if n_runs == 0:
        return np.zeros(mask.shape, np.int32), 0
    above, below = _touching(rows, starts, ends, width + 3, 1 if corners else 0)
    label = np.arange(n_runs)
    while True:
        smaller = np.minimum(label[above], label[below])
        new = label.copy()
        np.minimum.at(new, label[above], smaller)
        np.minimum.at(new, label[below], smaller)
        new = new[new]
        if np.array_equal(new, label):
            break
        label = new
    number = np.cumsum(label == np.arange(n_runs), dtype=np.int32)[label]  # 1, 2, 3, …
    painted = np.zeros(height * width + 1, np.int32)
    flat = rows * width
    painted[flat + starts] += number
    painted[flat + ends] -= number
    labels = np.cumsum(painted[:-1], dtype=np.int32).reshape(height, width)
    return labels, int(number.max())


def _touching(
    rows: NDArray[np.intp],
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    stride: int,
    reach: int,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of runs that touch from one row to the next: indices above and below.

    stride: more than any column, so that row · stride + column is in the order of reading.
    """
    first_keys = rows * stride + starts
    last_keys = rows * stride + ends
    # Of the run at (row, start, end), those in the row above with end > start - reach and
    # start < end + reach, which are consecutive.
    low = np.searchsorted(last_keys, (rows - 1) * stride + starts - reach, side="right")
    high = np.searchsorted(first_keys, (rows - 1) * stride + ends + reach, side="left")
    counts = np.maximum(high - low, 0)
    below = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    above = np.repeat(low, counts) + offsets
    return above, below


def boxes_of(labels: Labels, n: int) -> Boxes:
    """The box and the area of each of n components; the first is that of label 1."""
    height, width = labels.shape
    area = np.zeros(n, np.intp)
    top, left = np.full(n, height), np.full(n, width)
    bottom, right = np.zeros(n, np.intp), np.zeros(n, np.intp)
    for start in range(0, height, ROWS_AT_ONCE):
        rows, columns = np.nonzero(labels[start : start + ROWS_AT_ONCE])
        rows += start
        of = labels[rows, columns] - 1
        area += np.bincount(of, minlength=n)
        np.minimum.at(top, of, rows)
        np.minimum.at(left, of, columns)
        np.maximum.at(bottom, of, rows + 1)
        np.maximum.at(right, of, columns + 1)
    return Boxes(top, left, bottom, right, area)


def reached_from_sides(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The components of a mask (h, w) that reach a side of the picture."""
    labels, n = components(mask)
    reached = np.zeros(n + 1, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        reached[side] = True
    reached[0] = False
    return reached[labels]


def grown(mask: NDArray[np.bool_], n: int, corners: bool = False) -> NDArray[np.bool_]:
    """The mask (h, w) and what is near to it, by n pixels; corners: also over corners."""
    result = mask
    for _ in range(n):
        padded = np.pad(result, 1)
        beside = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
        if corners:
            result = beside[:-2] | beside[1:-1] | beside[2:]
        else:
            result = beside[1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1]
    return result


def median_height(heights: NDArray[np.intp], areas: NDArray[np.intp]) -> float:
    """The median of heights, (N,), each as often as it has pixels of ink, (N,); 0 if N is 0."""
    if len(heights) == 0:
        return 0.0
    order = np.argsort(heights)
    sums = np.cumsum(areas[order])
    return float(heights[order][np.searchsorted(sums, sums[-1] / 2)])
