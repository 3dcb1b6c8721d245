"""Oriented gradients: where in an image, and in which direction, ink begins and ends.

A fixed layer below those that learn. Of a digit that is written a little bolder, or moved a little,
or in grey, most pixels change; the directions of its edges, place by place, hardly do.

Of the image I, which goes on beyond its border as at its border, the slope at each pixel is the
sum of its neighbours, by the weights S to the right and Sᵀ down (Sobel):

    g_x = I ⋆ S,  g_y = I ⋆ Sᵀ,   S = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]

It lies between two of the eight directions 0°, 45°, …, 315°, and is the sum of one vector along
each, at most one of them along an axis and one along a diagonal. Their lengths are

    along +x: max(g_x − |g_y|, 0)           along +x and +y: √2 max(min(g_x, g_y), 0)

and likewise with other signs, and with x and y exchanged. So there are eight images of lengths.
Each is seen in PLACES × PLACES places through a Gaussian window, and the square root of what is
seen makes faint edges count:

    s_kd = Σ_p w_k(p) length_d(p),    y_kd = √(s_kd + ε) − √ε

Sources: Liu, Nakashima, Sako & Fujisawa 2003, "Handwritten digit recognition: benchmarking of
state-of-the-art techniques", Pattern Recognition 36, for these features of digits; Dalal & Triggs
2005, "Histograms of Oriented Gradients for Human Detection", for what made them known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.blas import dot
from digitnet.nn.layers import Layer
from digitnet.nn.network import Network

PLACES = 7
"""Windows along each side; as many as there are pixels, where those are fewer."""
LONGEST_SIDE = 1000
"""Of images in pixels: what is computed with matrices of the square of it."""
WIDTH = 0.45
"""Standard deviation of a window, in distances between two of them."""
EPSILON = 1e-3
"""Keeps the slope of the root finite where no edge is seen."""
AT_ONCE = 64
"""Images, whose arrays stay close to the core."""
WORK = 600
"""Multiplications of a Dense layer that take as long as a pixel here."""
DIRECTIONS = [(dy, dx) for dy, dx in product((-1, 0, 1), repeat=2) if dy or dx]
"""The rows and columns that a step leads down and to the right in each direction."""
DIAGONAL = float(np.sqrt(2))
LARGEST = 2.4
"""No output is larger for pixels from 0 to 1, whose slopes are at most 4: √(4 √2)."""


class OrientedGradients(Layer):
    """y (B, 8 · places) of images x (B, height · width): see above. It learns nothing.

    Derived in docs/derivations.md §18.

    image_shape: (height, width), at most LONGEST_SIDE each, or it raises ValueError. The outputs
    are sorted by direction, then by place, row by row.
    windows, difference, smooth: matrices for both sides, of the windows that it looks through, and
    of the two factors of S.
    """

    def __init__(self, image_shape: tuple[int, int]) -> None:
        super().__init__()
        if max(image_shape) > LONGEST_SIDE:
            raise ValueError(
                f"expected images of at most {LONGEST_SIDE} pixels a side for oriented gradients, "
                f"got {image_shape[0]}x{image_shape[1]}"
            )
        self.image_shape = image_shape
        height, width = image_shape
        self.work = WORK * height * width
        self.windows = _windows(height), _windows(width)
        self.difference = _difference(height), _difference(width)
        self.smooth = _smooth(height), _smooth(width)

    @property
    def places(self) -> tuple[int, int]:
        """How many windows there are down and across."""
        down, across = self.windows
        return down.shape[1], across.shape[1]

    def n_out(self, n_in: int) -> int:
        """Raises ValueError unless there is an input for each pixel."""
        height, width = self.image_shape
        if n_in != height * width:
            raise ValueError(f"expected {height * width} pixels of {height}x{width}, got {n_in}")
        return n_seen(self.image_shape, oriented=True)

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x
        self.y = self.scratch("y", (len(x), self.n_out(x.shape[1])), x.dtype)
        s = self.y.reshape(len(x), len(DIRECTIONS), *self.places)
        down, across = (each.astype(x.dtype, copy=False) for each in self.windows)
        for start in range(0, len(x), AT_ONCE):
            block = slice(start, start + AT_ONCE)
            for n, length in enumerate(self._lengths(*self._slopes(x[block]))):
                rows = np.matmul(down.T, length)  # a product for each image, then one for all
                seen = dot(rows.reshape(-1, len(across)), across)
                s[block, n] = seen.reshape(-1, *self.places)
        self.y += EPSILON
        np.sqrt(self.y, out=self.y)
        self.y -= np.sqrt(self.y.dtype.type(EPSILON))
        return self.y

    def backward(self, dy: Array) -> Array:
        """∂y/∂s = 1 / (2 (y + √ε)), and a length changes with one slope or with both: §18."""
        ds = dy / (2 * (self.y + np.sqrt(dy.dtype.type(EPSILON))))
        ds = ds.reshape(len(dy), len(DIRECTIONS), *self.places)
        (down, across), (g_y, g_x) = self.windows, self._slopes(self.x)
        dg_y, dg_x = np.zeros_like(g_y), np.zeros_like(g_x)
        lengths = self._lengths(g_y, g_x)
        for n, ((to_y, to_x), length) in enumerate(zip(DIRECTIONS, lengths, strict=True)):
            d = down @ ds[:, n] @ across.T * (length > 0)  # ∂L/∂length, (B, height, width)
            if to_y and to_x:
                of_y = to_y * g_y < to_x * g_x  # the smaller of the two is the length
                dg_y += DIAGONAL * to_y * d * of_y
                dg_x += DIAGONAL * to_x * d * ~of_y
            else:
                dg_y += d * (to_y or -np.sign(g_y))
                dg_x += d * (to_x or -np.sign(g_x))
        return self._back_to_pixels(dg_y, dg_x)

    def templates(self, weights: Array) -> Array:
        """Images (N, height, width) of weights (N, 8 · places): where ink speaks for a unit.

        To first order: what is added for each pixel of ink if every length were the slope along
        its direction, and the root were not taken.
        """
        by_place = weights.reshape(-1, len(DIRECTIONS), *self.places)
        toward = np.array(DIRECTIONS) / np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)
        d_y, d_x = np.einsum("ndhw,dx->xnhw", by_place, toward.astype(weights.dtype))
        down, across = self.windows
        dg_y, dg_x = down @ d_y @ across.T, down @ d_x @ across.T
        images: Array = self._back_to_pixels(dg_y, dg_x).reshape(-1, *self.image_shape)
        return images

    def _slopes(self, x: Array) -> tuple[Array, Array]:
        """g_y and g_x of the rows of x, scratch: (B, height, width) each."""
        images = x.reshape(-1, *self.image_shape)
        (d_y, d_x), (s_y, s_x) = (
            [each.astype(x.dtype, copy=False) for each in pair]
            for pair in (self.difference, self.smooth)
        )
        g_y, g_x = (self.scratch(name, images.shape, x.dtype) for name in ("g_y", "g_x"))
        np.matmul(d_y, images @ s_x.T, out=g_y)
        np.matmul(s_y, images @ d_x.T, out=g_x)
        return g_y, g_x

    def _back_to_pixels(self, dg_y: Array, dg_x: Array) -> Array:
        """What a change of the slopes is by pixels: the products of `_slopes`, transposed."""
        (d_y, d_x), (s_y, s_x) = self.difference, self.smooth
        dx = d_y.T @ dg_y @ s_x + s_y.T @ dg_x @ d_x
        height, width = self.image_shape
        rows: Array = dx.reshape(-1, height * width)
        return rows

    def _lengths(self, g_y: Array, g_x: Array) -> Iterator[Array]:
        """The length along each direction at each pixel, scratch: (B, height, width) each."""
        toward_y, toward_x = {1: g_y, -1: -g_y}, {1: g_x, -1: -g_x}
        size_y, size_x = np.abs(g_y), np.abs(g_x)
        length = self.scratch("length", g_y.shape, g_y.dtype)
        for to_y, to_x in DIRECTIONS:
            if to_y and to_x:
                np.minimum(toward_y[to_y], toward_x[to_x], out=length)
                length *= DIAGONAL
            elif to_y:
                np.subtract(toward_y[to_y], size_x, out=length)
            else:
                np.subtract(toward_x[to_x], size_y, out=length)
            np.maximum(length, 0, out=length)
            yield length


def layers_below(image_shape: tuple[int, int], oriented: bool) -> list[Layer]:
    """What an image passes before the layers that learn: nothing where they see its pixels."""
    return [OrientedGradients(image_shape)] if oriented else []


def n_seen(image_shape: tuple[int, int], oriented: bool) -> int:
    """How many numbers these give of an image to the lowest layer that learns."""
    if not oriented:
        return math.prod(image_shape)
    return len(DIRECTIONS) * math.prod(min(PLACES, side) for side in image_shape)


def oriented_layer(network: Network) -> OrientedGradients | None:
    """The layer at the bottom of a network that sees oriented gradients; None of one that sees
    pixels.
    """
    lowest = network.layers[0] if network.layers else None
    return lowest if isinstance(lowest, OrientedGradients) else None


def _windows(n: int) -> Array:
    """The weights of n pixels in each window along a side: (n, places), sums 1."""
    places = min(PLACES, n)
    distance = n / places
    centres = (np.arange(places) + 0.5) * distance - 0.5
    weights = np.exp(-((np.arange(n)[:, None] - centres) ** 2) / (2 * (WIDTH * distance) ** 2))
    windows: Array = (weights / weights.sum(axis=0)).astype(np.float32)
    return windows


def _difference(n: int) -> Array:
    """(n, n): each pixel becomes the next one less the one before."""
    return _neighbours(n, 1) - _neighbours(n, -1)


def _smooth(n: int) -> Array:
    """(n, n): each pixel becomes the one before, itself twice, and the next one."""
    return _neighbours(n, -1) + 2 * _neighbours(n, 0) + _neighbours(n, 1)


def _neighbours(n: int, offset: int) -> Array:
    """(n, n): each of n pixels becomes the one at this offset, the last one at either end."""
    return np.eye(n, dtype=np.float32)[np.clip(np.arange(n) + offset, 0, n - 1)]
