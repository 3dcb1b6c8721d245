"""Ink: how much of it lies on each pixel, from 0 to 1, whatever the paper and the light.

Paper is what lies around thin strokes: its brightness is followed across the picture, through
shadows and stripes, and what differs from it in the direction of the pen is ink. That keeps grey
strokes grey: a digit in pencil has the same shape as one in marker, and MNIST was made of greys.

Paper that changes slowly is told best by a smooth surface, whatever is printed on it. Where light
is uneven, as at the hard edge of a shadow, no such surface fits, and paper is followed to the pixel
besides: that takes strokes that are narrow against the picture, as in lines of digits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.nn.blas import matmul
from digitnet.reading.resample import resampled

T = TypeVar("T", bound=np.generic)

COARSE = 160
"""Pixels at the longer side at which the paper is looked at."""
BROADEST, WIDEST = 0.5, 0.2
"""Of a picture's shorter side: how wide a stroke is at most, and how wide in lines of digits."""
UNEVEN = 0.5
"""In thresholds of ink: how far both kinds of paper differ from place to place at most."""
NARROWEST = 5
"""In pixels: what is as narrow may be a stroke in any picture."""
DARKEST = 16.0
"""Of 255: how bright paper is at least, for what is on it to be compared with it."""
FAINTEST = 8.0
"""How much, of 255, the usual ink must differ from the paper."""
OVER_NOISE = 2.0
"""And how much in deviations of the paper's noise."""


class Paper(NamedTuple):
    """The paper of a picture as a smooth surface.

    pen: the picture (h, w), in which ink is lighter than paper; coarse: that, reduced to COARSE;
    smooth: the paper in it; threshold: from how much above it on there is ink.
    """

    pen: NDArray[np.uint8]
    coarse: Array
    smooth: Array
    threshold: float

    def above(self) -> Array:
        """How much lighter than the paper each pixel (h, w) is."""
        is_large = self.smooth.shape != self.pen.shape
        above: Array = self.pen - (
            resampled(self.smooth, *self.pen.shape) if is_large else self.smooth
        )
        return above


def ink_of(grey: NDArray[np.uint8]) -> Array:
    """The ink (h, w), float32 from 0 to 1, of a grey picture (h, w)."""
    return ink_on(paper_of(pen_of(grey)))


def ink_on(paper: Paper) -> Array:
    """The ink (h, w) of a picture whose paper is known."""
    return graded(paper.above(), paper.threshold)


def pen_of(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, or its negative, in which ink is lighter than paper."""
    return grey if is_white_on_black(grey) else 255 - grey


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


def paper_of(pen: NDArray[np.uint8], widest: float = BROADEST) -> Paper:
    """The paper of a picture (h, w) in which ink is lighter.

    widest: of a stroke, as a share of the shorter side. What is wider is paper, so the less, the
    smaller the clouds and shadows that are followed.
    """
    coarse = reduced(pen, COARSE)
    smooth = paper_under(coarse, widest)
    above = coarse - smooth
    is_ink = above > otsu(above)
    spread = widest * max(coarse.shape) / 4
    for _ in range(2):
        weights = (~is_ink).astype(np.float32) + 1e-4
        smooth = blurred(coarse * weights, spread) / blurred(weights, spread)
        above = coarse - smooth
        is_ink = above > otsu(above)
    return Paper(pen, coarse, smooth, otsu(above))


def paper_under(coarse: Array, widest: float) -> Array:
    """The lightest that is as wide as a stroke cannot be, in a picture reduced to COARSE."""
    return opened(coarse, max(int(widest * min(coarse.shape)), 3))


def is_uneven(paper: Paper) -> bool:
    """Whether paper changes in ways that a smooth surface does not."""
    lowest, highest = np.percentile(paper_under(paper.coarse, WIDEST) - paper.smooth, (5, 95))
    return bool(highest - lowest > UNEVEN * max(paper.threshold, FAINTEST))


def ink_on_uneven(pen: NDArray[np.uint8]) -> Array:
    """The ink (h, w) on paper that is followed to the pixel.

    Paper is what an opening leaves: the lightest that is as wide as a stroke cannot be. So it has
    the edges of shadows where they are. In a shadow ink differs from the paper by less than in
    light, but by the same share; that is what counts.
    """
    size = max(int(WIDEST * min(pen.shape)), NARROWEST) | 1  # odd, so that nothing moves
    paper = np.maximum(opened(pen, size), opened(softened(pen), size))
    light = np.maximum(255 - paper.astype(np.float32), DARKEST)
    above = (pen.astype(np.float32) - paper) * (255 / light)
    return graded(above, otsu(above))


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


def softened(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (h, w) under the binomial weights 1, 4, 6, 4, 1, which takes the edge off noise.

    Its standard deviation is one pixel; beyond the border the picture goes on.
    """
    result = picture
    for axis in (0, 1):
        n = result.shape[axis]
        padded = np.take(result, np.arange(-2, n + 2), axis, mode="clip").astype(np.uint16)
        first, second, middle, fourth, last = (
            np.take(padded, np.arange(start, start + n), axis) for start in range(5)
        )
        total = first + last + 4 * (second + fourth) + 6 * middle
        result = ((total + 8) // 16).astype(np.uint8)
    return result


def opened(picture: NDArray[T], size: int) -> NDArray[T]:
    """The picture without what is lighter than around it and narrower than `size` pixels.

    A square of an even size has no middle: with it all moves by a pixel, down and to the right.
    """
    return _extreme(_extreme(picture, size, np.minimum), size, np.maximum)


def highest(picture: NDArray[T], size: int) -> NDArray[T]:
    """Of each pixel, the lightest within a square of `size` pixels, an odd number, around it."""
    return _extreme(picture, size, np.maximum)


def _extreme(picture: NDArray[T], size: int, pick: np.ufunc) -> NDArray[T]:
    """The extreme within a square of size × size around each pixel."""
    result = picture
    for axis in (0, 1):
        n = result.shape[axis]
        before = size // 2
        places = np.arange(-before, n + size - 1 - before)
        result = np.take(result, places, axis, mode="clip")  # beyond the border it goes on
        reach = 1
        while reach < size:  # windows of 1, 2, 4, … and at last of `size`
            step = min(reach, size - reach)
            length = result.shape[axis] - step
            first = np.take(result, np.arange(length), axis)
            result = pick(first, np.take(result, np.arange(step, length + step), axis))
            reach += step
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
