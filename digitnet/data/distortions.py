"""Distortions: every image a little different each time it is learned from.

A digit stays the same digit when it is turned by ten degrees, made slightly wider, slanted, or
written by a hand that trembles. Whoever learns from such variants instead of the same 60,000
images over and over cannot learn the images by heart.

Each pixel p of the distorted image is read from the original at

    q = c + M (p − c) + s + e(p)

c is the centre, M a random 2×2 matrix (rotation, shear, scale), s a random shift, and e an
elastic displacement: a smooth random field, white noise under a Gaussian of width σ. Between
pixels the image is interpolated bilinearly; beyond its border it goes on as at its border.

Sources: Simard, Steinkraus & Platt 2003, "Best Practices for Convolutional Neural Networks Applied
to Visual Document Analysis", §2; Cireşan et al. 2010, "Deep, Big, Simple Neural Nets for
Handwritten Digit Recognition", §2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array, Scratch

STRENGTHS = ("rotation", "scale", "shear", "shift", "elastic", "stroke")
Places: TypeAlias = slice | NDArray[np.intp]
"""Some rows of a batch."""
LEFT_OUT = 1e-3
"""The share of an elastic field's variance, in each direction, that its basis may leave out."""


@dataclass
class Distortions:
    """Distorts a batch of images in place; every strength is the most that may happen, 0 for none.

    rotation    degrees to either side
    scale       per cent, of height and width each on its own
    shear       per cent: by how much of a step down a row is moved sideways
    shift       pixels, in each direction
    elastic     pixels: the standard deviation of the displacement, which is not bounded
    smoothness  pixels: σ of the Gaussian that smooths it
    stroke      pixels by which strokes grow or shrink at each side, at most 1

    All but `elastic` are drawn uniformly from minus to plus the strength.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    smoothness: float = 4.5
    stroke: float = 0.0
    scratch: Scratch = field(default_factory=Scratch, repr=False, compare=False)
    _bases: dict[tuple[int, float | None], Array] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __bool__(self) -> bool:
        """Whether anything would be changed."""
        return any(getattr(self, name) for name in STRENGTHS)

    def times(self, factor: float) -> Distortions:
        """The same with every strength times the factor, in the same work arrays."""
        return replace(self, **{name: factor * getattr(self, name) for name in STRENGTHS})

    def __call__(
        self,
        images: Array,
        generator: np.random.Generator,
        n: int | None = None,
        rows: Places = slice(None),
    ) -> None:
        """Distort the images (B, height, width), float32 and contiguous, in place.

        n, rows: where they are these of a batch of n: each is distorted as it would be in there.
        """
        n = len(images) if n is None else n
        if self.stroke:
            growth = generator.uniform(-self.stroke, self.stroke, n)
            _change_strokes(images, growth[rows, None, None])
        down, right = self._displacements((n, *images.shape[1:]), generator, rows)
        if len(images):
            _resample(images, down, right, self.scratch)

    def _displacements(
        self, shape: tuple[int, ...], generator: np.random.Generator, taken: Places
    ) -> tuple[Array, Array]:
        """How far down and to the right of itself each pixel is read: two of (B, height, width).

        Drawn for all images of a batch, and worked out for those that are taken.

        A linear map and a smooth field are both of the form Σ_jk c_jk r_j(y) s_k(x) with a few
        functions r_j and s_k, so a handful of coefficients per image and two small matrix
        products make the field; smoothing white noise pixel by pixel takes ten times as long.
        """
        n, height, width = shape
        rows, columns = self._basis(height), self._basis(width)
        shape = (2, n, rows.shape[1], columns.shape[1])
        coefficients = self.scratch("coefficients", shape, np.float32)
        generator.standard_normal(dtype=np.float32, out=coefficients)
        coefficients *= self.elastic
        coefficients[:, :, :2] = coefficients[:, :, :, :2] = 0
        down, right = coefficients
        matrix = self._matrices(n, generator)
        down[:, 1, 0], down[:, 0, 1] = matrix[:, 0, 0] - 1, matrix[:, 0, 1]
        right[:, 1, 0], right[:, 0, 1] = matrix[:, 1, 0], matrix[:, 1, 1] - 1
        coefficients[:, :, 0, 0] = generator.uniform(-self.shift, self.shift, (2, n))
        own = coefficients[:, taken]
        across = self.scratch("across", (*own.shape[:3], width), np.float32)
        np.matmul(own, columns.T, out=across)
        fields = self.scratch("fields", (*own.shape[:2], height, width), np.float32)
        np.matmul(rows, across, out=fields)
        return fields[0], fields[1]

    def _matrices(self, n: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """M of each image (n, 2, 2), acting on (down, right): rotation · shear · scale."""
        angle = np.radians(generator.uniform(-self.rotation, self.rotation, n))
        shear = generator.uniform(-self.shear, self.shear, n) / 100
        height, width = 1 + generator.uniform(-self.scale, self.scale, (2, n)) / 100
        cos, sin = np.cos(angle), np.sin(angle)
        return np.stack(
            [
                np.stack([cos * height - sin * shear * height, -sin * width], axis=-1),
                np.stack([sin * height + cos * shear * height, cos * width], axis=-1),
            ],
            axis=-2,
        )

    def _basis(self, size: int) -> Array:
        """Functions of a row or column number as columns (size, n): 1, the number, a smooth basis.

        White noise under a Gaussian of width σ has the covariance exp(−d²/4σ²) at distance d, up
        to a factor. Its eigenvectors, each times the root of its eigenvalue, are a basis in which
        the coefficients of the field are independent and normal; only a few of them matter.
        """
        smoothness = self.smoothness if self.elastic else None
        key = size, smoothness
        if key not in self._bases:
            number = np.arange(size) - (size - 1) / 2
            columns = [np.ones((size, 1)), number[:, None]]
            if smoothness is not None:
                distance = number[:, None] - number
                covariance = np.exp(-((distance / (2 * smoothness)) ** 2))
                values, vectors = np.linalg.eigh(covariance)  # from the smallest value up
                kept = np.cumsum(values) > LEFT_OUT * values.sum()
                columns.append(vectors[:, kept] * np.sqrt(values[kept]))
            self._bases[key] = np.concatenate(columns, axis=1).astype(np.float32)
        return self._bases[key]


def _change_strokes(images: Array, growth: NDArray[np.float64]) -> None:
    """Move each image towards the largest of its neighbours, or towards the smallest.

    growth: (B, 1, 1), how far; below 0, towards the smallest.
    """
    for extreme, amount in ((np.maximum, growth), (np.minimum, -growth)):
        chosen = amount[:, 0, 0] > 0
        part = images[chosen]
        reached = part.copy()
        for axis in (1, 2):
            ahead = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
            behind = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
            extreme(reached[ahead], part[behind], out=reached[ahead])
            extreme(reached[behind], part[ahead], out=reached[behind])
        images[chosen] = part + amount[chosen].astype(np.float32) * (reached - part)


def _resample(images: Array, down: Array, right: Array, scratch: Scratch) -> None:
    """Replace each pixel by the bilinear interpolation at its displaced place, in place.

    images, down, right: (B, height, width) float32; down and right are used up.
    """
    n, height, width = images.shape
    down += np.arange(height, dtype=np.float32)[:, None]
    right += np.arange(width, dtype=np.float32)
    place = scratch("place", images.shape, np.float32)
    whole = scratch("whole", images.shape, np.float32)
    place.fill(0)
    for coordinate, size, stride in ((down, height, width), (right, width, 1)):
        np.clip(coordinate, 0, size - 1, out=coordinate)
        np.floor(coordinate, out=whole)
        np.minimum(whole, max(size - 2, 0), out=whole)
        np.subtract(coordinate, whole, out=coordinate)  # the way to the next pixel, from 0 to 1
        np.multiply(whole, stride, out=whole)
        place += whole
    index = scratch("index", images.shape, np.intp)
    np.add(place, np.arange(n)[:, None, None] * (height * width), out=index, casting="unsafe")
    pixels = images.reshape(-1)
    corners = scratch("corners", (4, *images.shape), np.float32)
    for corner, offset in zip(corners, (0, 1, width, width + 1), strict=True):
        np.take(pixels[min(offset, pixels.size - 1) :], index, out=corner, mode="clip")
    upper, upper_next, lower, lower_next = corners
    for near, far, way in (
        (upper, upper_next, right),
        (lower, lower_next, right),
        (upper, lower, down),
    ):
        np.subtract(far, near, out=far)
        np.multiply(far, way, out=far)
        np.add(near, far, out=near)
    images[...] = upper
