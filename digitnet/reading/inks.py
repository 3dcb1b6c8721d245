"""Inks: what else of a picture may be ink, where the usual answer is not sure or not the only one.

The usual ink differs from a paper whose brightness changes slowly. A shadow with an edge, clouds, a
grid behind the digit, a line across it or a digit drawn as an outline need another view of the
picture. Each view here is made for one of these; none knows whether it is right. The networks
choose among them, and `against` is what a view must do better by than the usual one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.crossings import without_crossing
from digitnet.reading.ink import (
    COARSE,
    FAINTEST,
    Paper,
    blurred,
    graded,
    ink_on,
    ink_on_uneven,
    is_uneven,
    opened,
    otsu,
    paper_of,
    paper_under,
    pen_of,
    reduced,
)
from digitnet.reading.normalise import stroke_width
from digitnet.reading.outlines import filled, is_outline
from digitnet.reading.piece import INK
from digitnet.reading.resample import resampled

LONGEST = 1000
"""Pixels at the longer side at which other inks are looked for: they are for large digits."""
SHORTEST = 112
"""And to how many a small picture is enlarged where the width of strokes is what matters."""
OUTLINE = 224
"""Pixels at the longer side at which it is looked whether a digit is an outline."""
STEP = 0.35
"""Of the range of greys: a change of the border from which on there are two papers."""
SHADOW = 0.12
"""The same, from which on there may be the edge of a shadow."""
CLOUD = 0.25
"""Of the shorter side: what is wider than this is paper, not ink, where the paper is cloudy."""
SMOOTH = 2.0
"""Pixels, of the picture at which paper is looked at: how soft the steps between its parts are."""
THIN = (0.6, 1.0)
"""In mean stroke widths: how thin a line must be to be passed over."""
REMAINS = 0.4
"""In mean stroke widths: what of an erased line may be left at its corners."""
STICKS_OUT = 0.06
"""Of its length, at both ends: how far a thin line goes on where there is no thicker stroke."""
EVIDENT, CROSSED, USUAL, RARE, THINNED = -0.05, 0.05, 0.05, 0.1, 0.2
"""What speaks against another ink; for one that there is evidence of, nothing."""


class Ink(NamedTuple):
    """Another ink (h, w), from 0 to 1, and what speaks against it, as a probability."""

    ink: Array
    against: float


def evident_inks(grey: NDArray[np.uint8], usual: Array) -> Iterator[Ink]:
    """Inks that a picture (h, w) gives reason for, however sure the usual one (h, w) is."""
    for uncrossed in uncrossed_inks(usual):
        yield Ink(uncrossed, CROSSED)
    outline = is_outline(usual if max(usual.shape) <= OUTLINE else of_size(usual, OUTLINE))
    step = largest_step(grey) > STEP
    if outline or step:  # to reduce a large picture takes longer than all before
        yield from _enlarged(_evident(*_reduced(grey, usual), outline, step), usual)


def other_inks(grey: NDArray[np.uint8], usual: Array) -> Iterator[Ink]:
    """Inks that are worth a look where the usual one is not sure."""
    return _enlarged(_other(*_reduced(grey, usual)), usual)


def _evident(grey: NDArray[np.uint8], usual: Array, outline: bool, step: bool) -> Iterator[Ink]:
    if outline:
        yield Ink(filled(usual), EVIDENT)
    if step:
        yield Ink(across_edges(grey), EVIDENT)


def _other(grey: NDArray[np.uint8], usual: Array) -> Iterator[Ink]:
    if largest_step(grey) <= STEP:
        yield Ink(across_edges(grey), USUAL)
    pen = pen_of(grey)
    yield Ink(ink_on(paper_of(pen, CLOUD)), USUAL)
    yield Ink(strongest(pen), RARE)
    for share in THIN:
        thick = without_thin(usual, share)
        if thick is not None:
            yield Ink(thick, THINNED)


def _reduced(grey: NDArray[np.uint8], usual: Array) -> tuple[NDArray[np.uint8], Array]:
    if max(grey.shape) <= LONGEST:
        return grey, usual
    return reduced(grey, LONGEST).astype(np.uint8), of_size(usual, LONGEST)


def _enlarged(found: Iterator[Ink], usual: Array) -> Iterator[Ink]:
    for ink, against in found:
        yield Ink(ink if ink.shape == usual.shape else resampled(ink, *usual.shape), against)


# ------------------------------------------------------------------------- more than one paper


def border(grey: Array) -> tuple[Array, Array, Array, Array]:
    """The values along the top, the bottom, the left and the right of a picture."""
    deep = max(round(0.02 * min(grey.shape)), 1)
    strips = grey[:deep], grey[-deep:], grey[:, :deep].T, grey[:, -deep:].T
    top, bottom, left, right = (np.median(strip, axis=0) for strip in strips)
    return top, bottom, left, right


def largest_step(grey: NDArray[np.uint8]) -> float:
    """The hardest change of brightness along the border, as a share of the picture's range."""
    small = reduced(grey, SHORTEST)
    steps = [0.0]
    for values in border(small):
        reach = max(round(0.04 * len(values)), 2)
        if len(values) > reach:
            steps.append(float(np.abs(values[reach:] - values[:-reach]).max()))
    return max(steps) / range_of(small)


def range_of(grey: NDArray[Any]) -> float:
    """By how much the lightest and the darkest of a picture differ, specks apart; 20 at least."""
    darkest, lightest = np.percentile(grey, (2, 98))
    return max(float(lightest - darkest), 20.0)


def has_shadow(shape: tuple[int, ...], step: float, is_sure: bool) -> bool:
    """Whether there may be the edge of a shadow, a hard one where the usual reading is sure.

    shape, step: (h, w) of the picture, and its `largest_step`. Of large pictures that would take
    too long.
    """
    return max(shape) <= LONGEST and step > (STEP if is_sure else SHADOW)


def shadow_inks(grey: NDArray[np.uint8]) -> Iterator[Array]:
    """The ink (h, w) on paper that changes at an edge, and on paper that is followed closely."""
    yield across_edges(grey)
    pen = pen_of(grey)
    paper = blurred(paper_under(reduced(pen, COARSE), CLOUD), SMOOTH)
    above = pen - resampled(paper, *pen.shape)
    yield graded(above, otsu(above))


def uneven_ink(paper: Paper) -> Array | None:
    """The ink (h, w) on paper that is followed to the pixel; None where a smooth one does as well.

    A large picture is reduced for it.
    """
    if not is_uneven(paper):
        return None
    if max(paper.pen.shape) <= LONGEST:
        return ink_on_uneven(paper.pen)
    small = reduced(paper.pen, LONGEST).astype(np.uint8)
    return resampled(ink_on_uneven(small), *paper.pen.shape)


def across_edges(grey: NDArray[np.uint8]) -> Array:
    """The ink on paper that is the same along a direction, as beside the edge of a shadow.

    Of all directions, that which leaves the least to be ink. Ink is what differs from the paper of
    its place, in either direction: it may be darker than one paper and lighter than another.
    """
    small = reduced(grey, SHORTEST)
    small_frame = framed(small)

    def left_over(angle: float) -> float:
        return float(np.abs(small - along(small_frame, angle)).mean())

    best = min(np.arange(0, 180, 15).tolist(), key=left_over)
    for finer in (5, 2):
        best = min((best - finer, best, best + finer), key=left_over)
    paper = along(framed(grey.astype(np.float32)), best)
    difference = grey - paper
    either = np.abs(difference)
    is_ink = either > otsu(either)
    if is_ink.any() and float((difference[is_ink] < 0).mean()) > 0.9:
        either = np.maximum(-difference, 0) * (255 / np.maximum(paper, 32))  # of light, in a shadow
    return graded(either, otsu(either))


def framed(grey: Array) -> Array:
    """The picture (h, w) with the values of its border in its outermost pixels."""
    result = grey.copy()
    result[0], result[-1], left, right = border(grey)
    result[1:-1, 0], result[1:-1, -1] = left[1:-1], right[1:-1]
    return result


def along(frame: Array, angle: float) -> Array:
    """The outermost pixels (h, w), continued along a direction, linearly between its ends.

    angle: of the direction, in degrees from a row.
    """
    height, width = frame.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    down, across = np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))
    ends, distances = [], []
    for sign in (-1, 1):
        distance = np.full(frame.shape, np.inf, np.float32)
        for place, step, last in ((y, sign * down, height - 1), (x, sign * across, width - 1)):
            if abs(step) > 1e-6:
                distance = np.minimum(distance, ((last if step > 0 else 0) - place) / step)
        rows = np.clip(np.rint(y + sign * down * distance), 0, height - 1).astype(np.intp)
        columns = np.clip(np.rint(x + sign * across * distance), 0, width - 1).astype(np.intp)
        ends.append(frame[rows, columns])
        distances.append(distance + 0.5)
    paper: Array = (ends[0] * distances[1] + ends[1] * distances[0]) / (distances[0] + distances[1])
    return paper.astype(np.float32)


# --------------------------------------------------------------------------- lines and grids


def strongest(pen: NDArray[np.uint8]) -> Array:
    """The stronger of two inks, as a pen's on printed lines."""
    paper = paper_of(pen)
    above = paper.above()
    ink = above[above > paper.threshold]
    low = 0.9 * otsu(ink) if ink.size else 0.0
    if low < FAINTEST:
        return np.zeros(pen.shape, np.float32)
    high = 0.9 * float(np.median(above[above > low]))
    result: Array = np.clip((above - low) / max(high - low, 1.0), 0, 1).astype(np.float32)
    return result


def uncrossed_inks(ink: Array) -> Iterator[Array]:
    """The ink without a line from side to side, or from top to bottom, that crosses the rest."""
    fine = of_size(ink, SHORTEST)
    for turned in (fine, fine.T):
        rest = without_crossing(turned)
        if rest is not None and goes_on(turned > INK, rest > INK):
            cleaned = opened(rest, max(round(REMAINS * stroke_width(turned)), 1))
            yield resampled(cleaned if turned is fine else cleaned.T, *ink.shape)


def without_thin(ink: Array, share: float) -> Array | None:
    """The ink without lines thinner than this share of the mean stroke; None if there are none."""
    fine = of_size(ink, SHORTEST)
    thick = opened(fine, max(round(share * stroke_width(fine)), 2))
    thin_at_sides = any(
        goes_on(every, rest)
        for every, rest in ((fine > INK, thick > INK), (fine.T > INK, thick.T > INK))
    )
    return resampled(thick, *ink.shape) if thin_at_sides else None


def goes_on(ink: NDArray[np.bool_], rest: NDArray[np.bool_]) -> bool:
    """Whether ink goes on at the left and at the right of the rest of it."""
    whole, part = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(rest.any(axis=0))
    if len(part) == 0:
        return False
    least = STICKS_OUT * (whole[-1] - whole[0] + 1)
    return bool(part[0] - whole[0] >= least and whole[-1] - part[-1] >= least)


def of_size(ink: Array, longest: int) -> Array:
    """The ink with about so many pixels at its longer side."""
    scale = longest / max(ink.shape)
    return resampled(ink, *(max(round(n * scale), 1) for n in ink.shape))
