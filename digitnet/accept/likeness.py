"""Images that a model can read, but that do not look like those it learned from.

A few sums over the pixels tell: how light the border is, where the centre of mass is, and how far
from it the ink lies, r² = Σ x |position|² / Σ x − |centre|². In MNIST each digit fits a box of
20×20 pixels whose centre of mass is in the middle of 28×28: of its 70,000 images none has a border
above 0.033, a centre more than 1.5 pixels off, r outside of 4.6 to 9.3, or a mass below 19.9
(benchmarks/likeness.py).
"""

from typing import Any

import numpy as np

from digitnet.accept.caution import warn
from digitnet.accept.scaling import border_weights
from digitnet.nn.arrays import Array

MNIST_SHAPE = (28, 28)
DIGITS = frozenset("0123456789")
BLACK = 0.005
"""The background of a model that learned from images like MNIST's, which has 0.0002."""
INVERTED = 0.5
GREY = 0.05
OFF_CENTRE = 5.0
"""Pixels. Digits whose box is centred instead of their mass, as EMNIST's, stay below it."""
SMALLEST_RADIUS, LARGEST_RADIUS = 4.2, 10.5
FAINTEST = 15.0
"""Sum of the pixels, white being 1; MNIST's begin at 20."""
FEW = 0.1
"""Of many images some may be odd; more than this share is worth a word."""


class Gauge:
    """Measures images of one shape, for a model with these classes."""

    def __init__(self, image_shape: tuple[int, int], classes: tuple[str, ...]) -> None:
        self.is_small = min(image_shape) < 3
        self.digits = image_shape == MNIST_SHAPE and DIGITS.issuperset(classes)
        rows = [border_weights(image_shape)]
        if self.digits:
            y, x = np.mgrid[:28, :28].reshape(2, -1) - 13.5
            rows += [np.ones(784), x, y, x**2 + y**2]
        self.weights = np.array(rows, np.float32).T
        """(pixels, 1 or 5): border; mass, its moments about the middle, and the second one."""

    def compare(self, measured: Array, background: float) -> None:
        """Warn, with what would help, if images are unlike those that were learned from.

        measured: (N, 1 or 5), scaled images times `weights`. background: that of the training.
        """
        if self.is_small or not len(measured):
            return
        digits = self.digits and background < BLACK
        if len(measured) == 1:  # in plain numbers: a dozen calls of NumPy would cost more
            counts = [int(each) for each in unlike(measured[0].tolist(), background, digits)]
        else:
            counts = [
                int(np.count_nonzero(each)) for each in unlike(measured.T, background, digits)
            ]
        if any(counts):
            _warn(counts, measured, background)


def unlike(sums: Any, background: float, digits: bool) -> tuple[Any, ...]:
    """Whether an image, or each of many, is inverted, grey, off centre, of another size, faint."""
    border = sums[0]
    inverted = abs(border - background) > INVERTED
    if not digits:
        return (inverted,)
    _, mass, x, y, second = sums
    off = x * x + y * y
    spread = second * mass - off  # r² mass²
    squared = mass * mass
    sized = (spread < SMALLEST_RADIUS**2 * squared) | (spread > LARGEST_RADIUS**2 * squared)
    faint = mass < FAINTEST
    return inverted, border > GREY, off > OFF_CENTRE**2 * squared, sized, faint


def _warn(counts: list[int], measured: Array, background: float) -> None:
    n = len(measured)
    inverted, grey, off_centre, sized, faint = (*counts, 0, 0, 0, 0)[:5]
    light = (
        f"their border is at {measured[:, 0].mean():.2f} on a scale from 0 to 1, that of the "
        f"training images at {background:.2f}"
    )
    if inverted > n / 2:
        warn(
            f"images look inverted: {light}; try 255 - images, and then subtract the background "
            "until it is black"
        )
    elif grey > FEW * n:
        warn(
            f"{_share(grey, n)} on a grey background, or with ink at the edge: {light}; "
            "subtract the background until it is black, or leave 4 pixels around the digit"
        )
    elif max(off_centre, sized) > FEW * n:
        what = "off centre" if off_centre >= sized else "too small or too large"
        warn(
            f"{_share(max(off_centre, sized), n)} {what}, unlike those that were learned from: "
            "crop each to its ink, scale the longer side to 20 pixels, and put its centre of mass "
            "in the middle of 28x28"
        )
    elif faint > FEW * n:
        warn(
            f"{_share(faint, n)} very dark, with little ink or grey instead of white; "
            "multiply the pixels until the lightest are white"
        )


def _share(count: int, n: int) -> str:
    return f"{count} of {n} images are" if n > 1 else "the image is"
