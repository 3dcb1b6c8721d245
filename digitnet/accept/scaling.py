"""Preprocessing: pixels to numbers in [0, 1], labels to one-hot rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.deskew import deskewed
from digitnet.errors import DigitnetError
from digitnet.nn.arrays import Array


@dataclass(frozen=True)
class MinMax:
    """Min-max scaling: x = (pixel − minimum) / (maximum − minimum), with one pair for all pixels.

    Fitted on the examples that are learned from and kept with the model, so that later images
    are scaled alike; those may well fall outside of [0, 1].
    Raises DigitnetError if the two are too far from zero, or too close to each other, for float32.
    """

    minimum: float
    maximum: float

    def __post_init__(self) -> None:
        largest, tiny = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
        span = self.maximum - self.minimum
        if not (-largest <= self.minimum and self.maximum <= largest):  # true for NaN as well
            raise DigitnetError(
                f"expected pixels that float32 can hold, got {self.minimum:g} to {self.maximum:g}"
            )
        if 0 < span < tiny:
            raise DigitnetError(f"expected pixels that differ, got differences up to {span:g}")

    @classmethod
    def fit(cls, pixels: NDArray[Any]) -> "MinMax":
        """The scaling that takes the smallest of these pixels to 0 and the largest to 1."""
        return cls(float(pixels.min()), float(pixels.max()))

    def beforehand(self, rows: NDArray[Any]) -> tuple[NDArray[Any], "MinMax"]:
        """What can be done to rows of pixels (N, I) once, for all epochs; what is left to do."""
        return rows, self

    def plain(self) -> "MinMax":
        """The scaling of the pixels alone."""
        return self

    def __call__(self, pixels: NDArray[Any], out: Array | None = None) -> Array:
        """The scaled pixels, of the same shape: float32, new, or in `out`, which is returned."""
        x = np.empty(pixels.shape, np.float32) if out is None else out
        span = self.maximum - self.minimum
        # Scalars of x's own type: a uint8 array times a Python float would be computed in float64.
        scale = x.dtype.type(1 / span if span else 1.0)
        if pixels.dtype.itemsize < x.itemsize:  # all such numbers are float32's as well
            x[...] = pixels  # on its own faster than within the product, by a fifth
            x *= scale
        else:
            np.multiply(pixels, scale, out=x)
        if self.minimum:
            x -= x.dtype.type(self.minimum) * scale
        return x


@dataclass(frozen=True)
class Deskewed(MinMax):
    """Min-max scaling of images (height, width) whose slant is removed first."""

    image_shape: tuple[int, int]

    def beforehand(self, rows: NDArray[Any]) -> tuple[NDArray[Any], MinMax]:
        """The rows without their slant; of images in a file, which may be too many, nothing."""
        in_memory = type(rows) is np.ndarray
        return (self._deskewed(rows), self.plain()) if in_memory else (rows, self)

    def plain(self) -> MinMax:
        return MinMax(self.minimum, self.maximum)

    def __call__(self, pixels: NDArray[Any], out: Array | None = None) -> Array:
        """The scaled pixels of rows (N, I) without their slant: as MinMax."""
        return super().__call__(self._deskewed(pixels), out)

    def _deskewed(self, rows: NDArray[Any]) -> NDArray[Any]:
        return deskewed(rows, self.image_shape, paper=self.minimum)


def border_weights(image_shape: tuple[int, int]) -> Array:
    """Weights w such that row · w is the mean of an image's outermost pixels: (height · width,).

    That is the background, as a rule: dark in MNIST. The four sides count alike.
    """
    weights = np.zeros(image_shape, np.float32)
    height, width = image_shape
    weights[0] += 1 / (4 * width)
    weights[-1] += 1 / (4 * width)
    weights[:, 0] += 1 / (4 * height)
    weights[:, -1] += 1 / (4 * height)
    return weights.ravel()


def one_hot(labels: NDArray[np.integer], n_classes: int) -> NDArray[np.float32]:
    """One row per label, 1 in its column and 0 elsewhere: 3 -> [0, 0, 0, 1, 0, 0, 0, 0, 0, 0].

    labels: (N,) whole numbers from 0 to n_classes − 1. Returns (N, n_classes).
    """
    targets = np.zeros((len(labels), n_classes), np.float32)
    targets[np.arange(len(labels)), labels] = 1
    return targets
