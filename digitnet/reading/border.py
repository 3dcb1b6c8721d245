"""Border: where the page ends in the picture, and the dark beside it begins.

A page that is photographed on a table, or scanned in an open book, has an edge, and what lies
beyond is as dark as ink. It is told from ink by what no stroke is: it reaches along a side of the
picture, is wider than strokes, and nothing is written on it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import components, grown, reached_from_sides
from digitnet.reading.ink import COARSE, blurred, is_white_on_black, opened, otsu, reduced
from digitnet.reading.resample import resampled
from digitnet.reading.sheet import sheet_in
from digitnet.reading.written import is_bare, is_written_on, strokes_of, thick

SMALLEST = 60
"""Pixels of the shorter side; a smaller picture is one of a digit, whose strokes are wide in it."""
ALONG = 0.7
"""The share of a side of the picture along which it reaches."""
MOST = 0.6
"""Of the picture; what covers more is the page."""
AS_INK = 0.8
"""How dark a border is, from paper to ink; what is lighter is a shadow."""


class Page(NamedTuple):
    """A picture without its border, which has the brightness of the page.

    grey: (h, w) uint8. inside: the rows and columns of the smallest rectangle that holds the page,
    and a pixel of the border around it. border: (h, w), what is none of the page; None where there
    is no border.
    """

    grey: NDArray[np.uint8]
    inside: tuple[slice, slice]
    border: NDArray[np.bool_] | None = None


def whole_page(grey: NDArray[np.uint8]) -> Page:
    """All of a picture (h, w), as it is."""
    return Page(grey, (slice(0, grey.shape[0]), slice(0, grey.shape[1])))


def page_of(grey: NDArray[np.uint8]) -> Page:
    """The page in a grey picture (h, w)."""
    whole = whole_page(grey)
    if min(grey.shape) < SMALLEST:
        return whole
    small = reduced(grey, COARSE)
    threshold = otsu(small)
    if any(_has_border(each) for each in (small > threshold, small <= threshold)):
        is_light = is_white_on_black(grey)
        for pen in (is_light, not is_light):
            ink = small if pen else 255 - small
            border = _border(ink)
            is_sure = pen == is_light or (_is_page(ink <= otsu(ink)) and _has_strokes(border, ink))
            if border.any() and is_sure and _is_as_dark_as_ink(border, ink):
                return _without(border, ink, grey, pen)
    sheet = sheet_in(small, threshold)
    return whole if sheet is None else _without(~sheet, 255 - small, grey, pen=False)


def _is_as_dark_as_ink(border: NDArray[np.bool_], small: Array) -> bool:
    """Whether the border of a small picture is no shadow, which is lighter than the ink in it."""
    page = small[~grown(border, 2)]
    if page.size == 0:
        return False
    paper, ink = float(np.median(page)), float(np.percentile(page, 99.9))
    return float(np.median(small[border])) > paper + AS_INK * (ink - paper)


def _has_strokes(border: NDArray[np.bool_], small: Array) -> bool:
    """Whether the strokes beside the border of a small picture are light, and few are dark.

    If they are dark, the border is the lit part of a page beside a shadow.
    """
    inner = ~grown(border, thick(small.shape))
    light, dark = strokes_of(small), strokes_of(-small)
    return bool(
        inner.any() and np.percentile(light[inner], 99) > 1.2 * np.percentile(dark[inner], 99)
    )


def _without(border: NDArray[np.bool_], small: Array, grey: NDArray[np.uint8], pen: bool) -> Page:
    """The page of a picture, grey, by what is border in the small one; pen: whether it is light."""
    near = grown(border, 1)
    weights = 1e-6 + ~grown(small > otsu(small), 1)
    paper = small
    for sigma in (COARSE / 4, COARSE / 30):  # from far away where there is none nearby
        fill = blurred(small * weights, sigma) / blurred(weights.astype(np.float32), sigma)
        paper = np.where(near, fill, paper)
    is_border = resampled(near.astype(np.float32), *grey.shape) > 0.5
    filled = resampled(paper, *grey.shape)
    painted = np.where(is_border, filled if pen else 255 - filled, grey).astype(np.uint8)
    rows, columns = (np.flatnonzero(~is_border.all(axis=axis)) for axis in (1, 0))
    inside = (_with_edge(rows, grey.shape[0]), _with_edge(columns, grey.shape[1]))
    return Page(painted, inside, is_border)


def _with_edge(places: NDArray[np.intp], n: int) -> slice:
    """From one before the first of these of n places to one after the last."""
    return slice(max(int(places[0]) - 1, 0), min(int(places[-1]) + 2, n))


def _has_border(mask: NDArray[np.bool_]) -> bool:
    """Whether the mask (h, w) goes along a side of the picture, and does not cover it."""
    sides = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return max(float(side.mean()) for side in sides) >= ALONG and float(mask.mean()) <= MOST


def _border(small: Array) -> NDArray[np.bool_]:
    """What is border in a small picture (h, w) in which ink is light."""
    dark = small > otsu(small)
    found = np.zeros_like(dark)
    if not _has_border(dark):
        return found
    labels, n = components(opened(dark.astype(np.float32), thick(small.shape)) > 0.5)
    page, ink = float(np.median(small[~dark])), float(np.median(small[dark]))
    strokes = strokes_of(small)
    for label in range(1, n + 1):
        part = labels == label
        bare = is_bare(strokes[part], ink - page)
        if bare and _has_border(part) and not _is_page(part):
            found |= part
    return found if found.mean() <= MOST else np.zeros_like(dark)


def _is_page(part: NDArray[np.bool_]) -> bool:
    """Whether a part of a small picture (h, w) has something written on it."""
    return is_written_on(part, ~part & ~reached_from_sides(~part))
