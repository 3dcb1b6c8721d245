"""Fine: small writing, looked at in a picture that is enlarged.

Where a digit is some fifteen pixels high, a stroke is two or three pixels wide and a gap may be
one: nothing finer is cut or erased. In a picture that is enlarged smoothly both have room.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.reading.digit import SURE
from digitnet.reading.judge import Judged, is_told
from digitnet.reading.seen import Found, Seen

TIMES = 2
"""How much it is enlarged."""
REACH = 3
"""How many pixels to each side a pixel of the enlarged page is made of."""
SMALL = 24
"""Pixels: how high small digits are at most; MNIST's have 20."""
WORD = 3
"""How many pieces a line has at least that may be a number where no digit was told."""
LONGEST = 500
"""Pixels of the longer side: what is larger would take too long."""


def is_fine(found: Found, seen: Seen) -> bool:
    """Whether the digits that were found are small, or the words, if there are no digits."""
    told = [each for line in found.judged for each in line if is_told(each, SURE)]
    in_words = [each for line in found.judged if len(line) >= WORD for each in line]
    boxes = [each.hypothesis.box for each in told or in_words]
    heights = [bottom - top for _, top, _, bottom in boxes]
    return max(seen.grey.shape) <= LONGEST and bool(heights) and float(np.median(heights)) <= SMALL


def enlarged(seen: Seen) -> Seen:
    """The page at so many times its size."""
    down, across = (_lanczos(n) for n in seen.grey.shape)
    grey = np.rint(np.clip(down @ seen.grey.astype(np.float32) @ across.T, 0, 255))
    beyond = seen.beyond
    if beyond is not None:
        beyond = beyond.repeat(TIMES, axis=0).repeat(TIMES, axis=1)
    return Seen(grey.astype(np.uint8), beyond)


@lru_cache(maxsize=32)
def _lanczos(n: int) -> Array:
    """A matrix (TIMES n, n) that enlarges a column of pixels; beyond them there is nothing.

    The window is that of Lanczos, sinc(x) sinc(x / 3). Source: Duchon 1979, "Lanczos Filtering in
    One and Two Dimensions".
    """
    away = (np.arange(TIMES * n)[:, None] + 0.5) / TIMES - 0.5 - np.arange(n)
    weights = np.where(np.abs(away) < REACH, np.sinc(away) * np.sinc(away / REACH), 0)
    matrix: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return matrix


def as_before(found: Found) -> Found:
    """What was found in an enlarged page, with the boxes of its digits in the page as it was."""
    return found._replace(judged=[[_smaller(each) for each in line] for line in found.judged])


def _smaller(each: Judged) -> Judged:
    left, top, right, bottom = each.hypothesis.box
    box = (left // TIMES, top // TIMES, -(-right // TIMES), -(-bottom // TIMES))
    return replace(each, hypothesis=replace(each.hypothesis, box=box))
