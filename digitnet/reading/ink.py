"""Ink: how much of it lies on each pixel, from 0 to 1, whatever the paper and the light.

Paper is what lies around thin strokes: its brightness is followed across the picture, through
shadows and stripes, and what differs from it in the direction of the pen is ink. That keeps grey
strokes grey: a digit in pencil has the same shape as one in marker, and MNIST was made of greys.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.nn.blas import matmul
from digitnet.reading.resample import resampled

COARSE = 160
"""Pixels at the longer side at which the paper is looked at."""
FAINTEST = 8.0
"""How much, of 255, the usual ink must differ from the paper."""
OVER_NOISE = 2.0
"""And how much in deviations of the paper's noise."""


def ink_of(grey: NDArray[np.uint8]) -> Array:
    """The ink (h, w), float32 from 0 to 1, of a grey picture (h, w)."""
    pen = grey if is_white_on_black(grey) else 255 - grey
    return ink_above_paper(pen)


def is_white_on_black(grey: NDArray[np.uint8]) -> bool:
    """Whether the ink is lighter than the paper.

    Ink is rare, and differs from what lies around it. So the difference of a picture to its blur
    has a long tail on the side of the ink. Where there is none to speak of, the border is paper.
    """
    small = reduced(grey, COARSE)
    detail = small - blurred(small, max(small.shape) / 12)
    deviation = float(detail.std())
    skewness = float((detail**3).mean()) / max(deviation, 1e-6) ** 3
    if abs(skewness) > 0.5:
        return skewness > 0
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    return bool(np.median(border) < small.mean())


def ink_above_paper(pen: NDArray[np.uint8]) -> Array:
    """The ink of a picture (h, w) in which it is lighter than the paper."""
    return graded(*above_paper(pen))


def above_paper(pen: NDArray[np.uint8], widest: float = 0.5) -> tuple[Array, float]:
    """How much lighter than the paper each pixel (h, w) is, and from how much on it is ink.

    widest: of a stroke, as a share of the shorter side. What is wider is paper, so the less, the
    smaller the clouds and shadows that are followed.
    """
    coarse = reduced(pen, COARSE)
    short, longer = min(coarse.shape), max(coarse.shape)
    paper = opened(coarse, max(int(widest * short), 3))
    above = coarse - paper
    is_ink = above > otsu(above)
    spread = widest * longer / 4
    for _ in range(2):
        weights = (~is_ink).astype(np.float32) + 1e-4
        paper = blurred(coarse * weights, spread) / blurred(weights, spread)
        above = coarse - paper
        is_ink = above > otsu(above)
    full = pen - resampled(paper, *pen.shape) if max(pen.shape) > longer else pen - paper
    return full, otsu(above)


def graded(above: Array, threshold: float) -> Array:
    """From how much pixels (h, w) differ from the paper to ink from 0 to 1.

    threshold: between what is paper and what is ink; 0 lies above the noise of the one, 1 at the
    usual strength of the other.
    """
    strong = above[above > threshold]
    rest = above[above <= threshold]
    if strong.size == 0:
        return np.zeros(above.shape, np.float32)
    middle = float(np.median(rest)) if rest.size else 0.0
    noise = 1.4826 * float(np.median(np.abs(rest - middle))) if rest.size else 0.0
    high = 0.85 * float(np.percentile(strong, 60))
    if high - middle < max(FAINTEST, OVER_NOISE * noise):
        return np.zeros(above.shape, np.float32)
    low = min(middle + 1.5 * noise, 0.5 * high)
    ink: Array = np.clip((above - low) / max(high - low, 1.0), 0, 1).astype(np.float32)
    return ink


def reduced(picture: NDArray[np.uint8], longest: int) -> Array:
    """The picture in float32, reduced by area to at most so many pixels at its longer side."""
    scale = longest / max(picture.shape)
    values = picture.astype(np.float32)
    if scale >= 1:
        return values
    return resampled(values, *(max(round(n * scale), 1) for n in picture.shape))


def blurred(picture: Array, sigma: float) -> Array:
    """The picture (h, w) under a Gaussian; beyond the border it goes on as within."""
    down, across = (_gaussian(n, sigma) for n in picture.shape)
    result: Array = matmul(matmul(down, picture), across.T)
    return result


@lru_cache(maxsize=32)
def _gaussian(n: int, sigma: float) -> Array:
    places = np.arange(n)
    weights = np.exp(-0.5 * ((places[:, None] - places) / sigma) ** 2)
    matrix: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return matrix


def opened(picture: Array, size: int) -> Array:
    """The picture without what is lighter than around it and narrower than `size` pixels."""
    return _extreme(_extreme(picture, size, np.minimum), size, np.maximum)


def _extreme(picture: Array, size: int, pick: np.ufunc) -> Array:
    """The extreme within a square of size × size around each pixel."""
    result = picture
    for axis in (0, 1):
        n = result.shape[axis]
        before = size // 2
        places = np.arange(-before, n + size - 1 - before)
        padded = np.take(result, places, axis, mode="clip")  # beyond the border it goes on
        reach = 1
        while reach < size:  # windows of 1, 2, 4, … and at last of `size`
            step = min(reach, size - reach)
            length = padded.shape[axis] - step
            first = np.take(padded, np.arange(length), axis)
            padded = pick(first, np.take(padded, np.arange(step, length + step), axis))
            reach += step
        result = np.take(padded, np.arange(n), axis)
    return result


def otsu(values: Array) -> float:
    """The threshold between two groups of values that differ most, for how many they are.

    Source: Otsu 1979, "A Threshold Selection Method from Gray-Level Histograms".
    """
    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-5 * max(abs(high), abs(low)):  # but for rounding, all are the same
        return high
    counts, edges = np.histogram(values, 128, (low, high))
    middles = (edges[:-1] + edges[1:]) / 2
    n_low = np.cumsum(counts)
    n_high = n_low[-1] - n_low
    sums = np.cumsum(counts * middles)
    with_both = (n_low > 0) & (n_high > 0)
    difference = sums / np.maximum(n_low, 1) - (sums[-1] - sums) / np.maximum(n_high, 1)
    between = np.where(with_both, n_low * n_high * difference**2, 0)
    best = np.flatnonzero(between >= (1 - 1e-6) * between.max())  # all between two groups are
    return float(edges[1:][best].mean())
