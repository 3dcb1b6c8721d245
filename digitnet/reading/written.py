"""Written: whether a part of a small picture has writing on it, or none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import boxes_of, components
from digitnet.reading.ink import opened

THICK = 0.07
"""What is narrower than this share of the picture's shorter side is a stroke."""
LOWEST = 5
"""Pixels that something written is high or wide, at least."""
MOST = 0.25
"""The share of a page that is written on, at most."""
STRONG = 0.3
"""How strong strokes are, from the part to what differs from it, for the part to have writing."""


def thick(shape: tuple[int, ...]) -> int:
    """In a picture of this shape, the fewest pixels that are wider than a stroke."""
    return max(round(THICK * min(shape)), 3)


def strokes_of(small: Array) -> Array:
    """By how much each pixel (h, w) is lighter than what around it is wider than a stroke."""
    strokes: Array = small - opened(small, thick(small.shape))
    return strokes


def is_bare(strokes: Array, contrast: float) -> bool:
    """Whether the strokes of a part, (N,), are too faint for writing."""
    return bool(np.percentile(strokes, 98) < STRONG * contrast)


def is_written_on(page: NDArray[np.bool_], holes: NDArray[np.bool_]) -> bool:
    """Whether a page (h, w) is a thick part, and its holes are as large as digits, and rare."""
    if (opened(page.astype(np.float32), thick(page.shape)) > 0.5).sum() < 0.5 * page.sum():
        return False
    boxes = boxes_of(*components(holes))
    large = np.maximum(boxes.bottom - boxes.top, boxes.right - boxes.left) >= LOWEST
    return 0 < int(boxes.area[large].sum()) < MOST * int(page.sum())
