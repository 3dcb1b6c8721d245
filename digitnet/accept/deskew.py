"""Deskewing: the slant taken out of an image, so that a network need not learn every slant.

A hand that slants moves each row of a digit sideways, in proportion to its height above the
centre. How far is seen in the moments of the ink. With g the ink of a pixel, x and y its column
and row, and (x̄, ȳ) the centre of the ink:

    s = Σ g (x − x̄)(y − ȳ) / Σ g (y − ȳ)²       columns that the ink moves in each row down

is the slope of the straight line x(y) that fits the ink best (least squares). Each row is moved
back by s (y − ȳ), with linear interpolation between its pixels, and goes on beyond its ends as
there.

Source: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition", §III.A, for
what it brings. The moments are those of any least-squares line.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from digitnet.nn.shards import available_threads

STEEPEST = 1.0
"""The largest slope that is taken out: 45 degrees. No hand slants as much; a dash does."""
FLATTEST = 0.25
"""The smallest mean of (y − ȳ)² that a slope is divided by: of a dash two pixels high."""
PARTS = 256
"""Of a pixel, that rows are moved by: with bytes, the interpolation then fits in 16 bits."""
AT_ONCE = 500
"""Images: so many stay close to the core."""
FOR_TWO = 5000
"""Images from which on a second thread is worth its start."""


def deskewed(rows: NDArray[Any], image_shape: tuple[int, int], paper: float = 0.0) -> NDArray[Any]:
    """Images without their slant: new, of the same shape, and bytes if these are.

    rows: (N, height · width) pixels, ink larger than paper. Anything but bytes becomes float32, and
    is moved to fractions of a grey level, where bytes are rounded.
    """
    pixels = rows if rows.dtype == np.uint8 else rows.astype(np.float32, copy=False)
    straight = np.empty_like(pixels)

    def move(start: int) -> None:
        part = slice(start, start + AT_ONCE)
        images = pixels[part].reshape(-1, *image_shape)
        straight[part] = _moved(images, _shifts(images, paper)).reshape(len(images), -1)

    starts = range(0, len(pixels), AT_ONCE)
    if len(pixels) < FOR_TWO or available_threads() == 1:
        for start in starts:
            move(start)
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(2) as executor:
            list(executor.map(move, starts))
    return straight


def slopes(
    images: NDArray[Any], paper: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each of the images (N, height, width) slants, s, and ȳ, from the middle: (N,) each.

    0 for an image without ink. paper: the pixel that has none.
    """
    n, height, width = images.shape
    x, y = np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    # Of every row Σ g and Σ g 2x, whole numbers for bytes: exact in float32, in any order.
    columns = np.stack([np.ones(width), 2 * x], axis=1).astype(np.float32)
    sums = np.dot(images.reshape(-1, width).astype(np.float32), columns).astype(np.float64)
    ink, lean = sums.reshape(n, height, 2).transpose(2, 0, 1)  # (N, height) each
    ink = ink - paper * width  # Σ (g − paper); of Σ (g − paper) 2x, which is Σ g 2x, it is gone
    total = ink.sum(axis=1)
    total[total == 0] = 1
    y_mean, x_mean = ink @ y / total, lean.sum(axis=1) / 2 / total
    covariance = lean @ y / 2 / total - x_mean * y_mean
    variance = ink @ y**2 / total - y_mean**2
    return np.clip(covariance / np.maximum(variance, FLATTEST), -STEEPEST, STEEPEST), y_mean


def _shifts(images: NDArray[Any], paper: float = 0.0) -> NDArray[np.intp]:
    """How far to the right each row (N · height,) of the images is read, in parts of a pixel."""
    height = images.shape[1]
    s, y_mean = slopes(images, paper)
    y = np.arange(height) - (height - 1) / 2
    shifts: NDArray[np.intp] = np.rint(PARTS * s[:, None] * (y - y_mean[:, None])).astype(np.intp)
    return shifts.ravel()


def _moved(images: NDArray[Any], shifts: NDArray[np.intp]) -> NDArray[Any]:
    """Every row of the images read so far to the right: (N · height, width)."""
    n, height, width = images.shape
    whole, part = np.divmod(shifts, PARTS)
    longer = np.empty((n, height, 3 * width + 1), images.dtype)
    longer[:, :, :width] = images[:, :, :1]
    longer[:, :, width : 2 * width] = images
    longer[:, :, 2 * width :] = images[:, :, -1:]
    # Whole rows are copied at once: an index for each pixel would take five times as long.
    windows = sliding_window_view(longer.reshape(n * height, -1), width, axis=1)
    rows, place = np.arange(n * height), np.clip(whole, -width, width) + width
    wide = np.uint16 if images.dtype == np.uint8 else np.float32
    left, right = (windows[rows, at].astype(wide) for at in (place, place + 1))
    # PARTS left + share (right - left). Bytes may wrap on the way: the sum fits in 16 bits again.
    right -= left
    right *= np.repeat(part.astype(wide), width).reshape(right.shape)
    left *= PARTS
    right += left
    if wide is np.float32:
        right /= PARTS
    else:
        right += PARTS // 2
        right >>= PARTS.bit_length() - 1
    moved: NDArray[Any] = right
    return moved
