"""Resample: images at another size, by area to reduce them, linearly to enlarge them.

Of each axis, every pixel of the result is a weighted sum of a few that lie side by side. Where the
matrix of these weights is small it is kept, and BLAS is quickest. A large one is nearly all zeros:
there each pixel's few are summed, which costs as much as the image has pixels, not their product
with the other size; in a browser, where NumPy has no BLAS, that is ten times as quick and more.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.nn.blas import matmul

SMALL = 2**12
"""Weights of a matrix that is multiplied."""


def resampled(image: Array, height: int, width: int) -> Array:
    """An image (h, w) of float32 at another size: (height, width). Always a new array."""
    across = _down(_down(image, height).T, width)
    return np.array(across.T, order="C")


@lru_cache(maxsize=1024)
def resampling(n_in: int, n_out: int) -> Array:
    """The matrix (n_out, n_in) that resamples a column of pixels."""
    matrix = np.zeros((n_out, n_in), np.float32)
    for places, weights in zip(*_taps(n_in, n_out), strict=True):
        matrix[np.arange(n_out), places] += weights
    return matrix


def _down(image: Array, height: int) -> Array:
    """The columns of an image (h, w) resampled: (height, w)."""
    n_in = len(image)
    if n_in == height:
        return image
    if n_in * height <= SMALL:
        small: Array = matmul(resampling(n_in, height), image)
        return small
    image = np.ascontiguousarray(image)  # whole rows are taken
    result = np.zeros((height, image.shape[1]), np.float32)
    for places, weights in zip(*_taps(n_in, height), strict=True):
        part = image[places]
        part *= weights[:, None]
        result += part
    return result


@lru_cache(maxsize=64)
def _taps(n_in: int, n_out: int) -> tuple[NDArray[np.intp], Array]:
    """Where each pixel of a column comes from, and with what weights: both (n, n_out)."""
    ratio = n_in / n_out
    pixels = np.arange(n_out)[:, None]
    if ratio >= 1:
        low, high = pixels * ratio, (pixels + 1) * ratio
        first = np.floor(low).astype(np.intp)
        places = first + np.arange(int(np.ceil(ratio)) + 1)
        weights = np.minimum(high, places + 1) - np.maximum(low, places)
    else:
        middles = np.clip((pixels + 0.5) * ratio - 0.5, 0, n_in - 1)
        places = np.floor(middles).astype(np.intp) + np.arange(2)
        weights = 1 - np.abs(middles - places)
    weights = np.where(places < n_in, np.clip(weights, 0, 1), 0)
    used = weights.any(axis=0)
    places, weights = places[:, used], weights[:, used]
    weights /= weights.sum(axis=1, keepdims=True)
    return np.minimum(places, n_in - 1).T.copy(), weights.T.astype(np.float32)
