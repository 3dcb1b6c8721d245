"""Normalise: from the ink of one digit to 28×28 pixels, made as MNIST's were made.

The box around the ink is reduced, by area, to 20 pixels at its longer side, scaled so that the
strongest ink is 1, and moved by whole pixels until its centre of mass is at 14.0. Sources:
facebookresearch/qmnist and Yadav & Bottou 2019, arXiv 1905.10498, for how MNIST was made.

Before that, strokes that are much thinner or thicker than MNIST's, relative to the digit, are
brought near to them: a network that has learned from pens does not know a mouse line of one pixel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.reading.resample import resampled

SIZE = 28
BOX = 20
FINE = 80
"""Pixels at the longer side at which strokes are measured and changed: four times BOX."""
MARGIN = 8
"""Around it, for strokes that grow."""
THINNEST, THICKEST = 1.7, 3.5
"""Stroke widths that are left alone, in pixels of BOX: nine tenths of MNIST's."""
ASLANT = 0.1
"""Rows by columns, six degrees, by which a line may rise or fall before its digits are turned."""
FAINT = 0.25
"""Ink below this share of the strongest does not count for the box."""


def normalise(crops: Iterable[Array], strokes: bool = True) -> Array:
    """28×28 images (N, 28, 28) of ink from 0 to 1, from the ink (h, w) of N digits, of any size.

    strokes: whether stroke widths that are far from MNIST's are changed.
    """
    inks = (trimmed(crop) for crop in crops)
    images = [_centred(with_usual_strokes(ink) if strokes else ink) for ink in inks]
    return np.array(images, np.float32).reshape(-1, SIZE, SIZE)


def narrowed(crop: Array, share: float) -> Array:
    """The ink (h, w) of a digit at this share of its width."""
    height, width = crop.shape
    return resampled(crop, height, max(round(share * width), 1))


def levelled(crop: Array, slope: float) -> Array:
    """The ink (h, w) turned, so that a line that falls by so many rows a column becomes level.

    Each pixel is that of the place where it comes from, linearly between four. Up to ASLANT
    nothing is done.
    """
    if abs(slope) <= ASLANT:
        return crop
    across, down = 1 / math.hypot(1, slope), slope / math.hypot(1, slope)  # along the line
    height, width = crop.shape
    n_rows = math.ceil(height * across + width * abs(down))
    n_columns = math.ceil(width * across + height * abs(down))
    y = (np.arange(n_rows) - (n_rows - 1) / 2)[:, None]
    x = np.arange(n_columns) - (n_columns - 1) / 2
    rows = np.clip(x * down + y * across + (height + 1) / 2, 0, height + 0.999)
    columns = np.clip(x * across - y * down + (width + 1) / 2, 0, width + 0.999)
    top, left = rows.astype(np.intp), columns.astype(np.intp)
    low, right = (rows - top).astype(np.float32), (columns - left).astype(np.float32)
    padded = padded_by(crop, 1)
    above = padded[top, left] * (1 - right) + padded[top, left + 1] * right
    below = padded[top + 1, left] * (1 - right) + padded[top + 1, left + 1] * right
    return np.asarray(above * (1 - low) + below * low, np.float32)


def trimmed(crop: Array) -> Array:
    """The smallest part that holds all ink that counts."""
    counts = crop > FAINT * crop.max()
    rows, columns = np.flatnonzero(counts.any(axis=1)), np.flatnonzero(counts.any(axis=0))
    if len(rows) == 0:
        return crop
    return crop[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def padded_by(images: Array, n: int) -> Array:
    """Images (..., h, w) with n pixels without ink around each; np.pad takes ten times as long."""
    *others, height, width = images.shape
    result = np.zeros((*others, height + 2 * n, width + 2 * n), images.dtype)
    result[..., n:-n, n:-n] = images
    return result


def stroke_width(ink: Array) -> float:
    """The mean width of the strokes (h, w), in pixels.

    A stroke of width w and length l covers the area w l, and its two edges, each a step of 1 along
    l, give a sum of 2 l of the sizes of the slopes. So w is twice the area by the sum of slopes,
    and blur, which spreads a slope, does not change it.
    """
    padded = padded_by(ink, 1)
    down, right = padded[1:, :-1] - padded[:-1, :-1], padded[:-1, 1:] - padded[:-1, :-1]
    np.multiply(down, down, out=down)
    np.multiply(right, right, out=right)
    down += right
    slopes = float(np.sqrt(down, out=down).sum())
    return 2 * float(ink.sum()) / max(slopes, 1e-6)


def with_usual_strokes(ink: Array) -> Array:
    """The ink (h, w) with strokes that are thinned or thickened into the range of MNIST's."""
    longer = max(ink.shape)
    width = stroke_width(ink / max(float(ink.max()), 1e-6)) * BOX / longer
    usual = min(max(width, THINNEST), THICKEST)
    radius = round((usual - width) * FINE / BOX / 2)
    if radius == 0:
        return ink
    height, width = (max(round(n * FINE / longer), 1) for n in ink.shape)
    fine = padded_by(resampled(ink, height, width), MARGIN)
    return trimmed(thickened(fine[None], min(max(radius, -MARGIN), MARGIN))[0])


def thickened(images: Array, radius: int) -> Array:
    """Strokes of images (N, h, w) grown by a radius at each side, or shrunk by a negative one."""
    pick = np.maximum if radius > 0 else np.minimum
    result = images
    for step in range(abs(radius)):
        result = _neighbours(result, pick, corners=step % 2 == 1)  # nearly round: an octagon
    return result


def _neighbours(images: Array, pick: np.ufunc, corners: bool) -> Array:
    """Each pixel with the strongest, or the weakest, of its neighbours; outside there is no ink."""
    padded = padded_by(images, 1)
    across = pick(pick(padded[:, :, :-2], padded[:, :, 2:]), padded[:, :, 1:-1])
    if corners:
        return np.asarray(pick(pick(across[:, :-2], across[:, 2:]), across[:, 1:-1]))
    down = pick(padded[:, :-2, 1:-1], padded[:, 2:, 1:-1])
    return np.asarray(pick(across[:, 1:-1], down))


def _centred(ink: Array) -> Array:
    """The ink in an image (28, 28): 20 pixels long, centre of mass at pixel 14.0."""
    scale = BOX / max(ink.shape)
    height, width = (max(round(n * scale), 1) for n in ink.shape)
    small = resampled(ink, height, width)
    small /= max(float(small.max()), 1e-6)
    total = max(float(small.sum()), 1e-6)
    top = round(SIZE / 2 - float(small.sum(axis=1) @ np.arange(height)) / total)
    left = round(SIZE / 2 - float(small.sum(axis=0) @ np.arange(width)) / total)
    top, left = min(max(top, 0), SIZE - height), min(max(left, 0), SIZE - width)
    image = np.zeros((SIZE, SIZE), np.float32)
    image[top : top + height, left : left + width] = small
    return image
