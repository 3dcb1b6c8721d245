"""Synthesis: what the networks for reading learn from, made from MNIST's training images alone.

Digits as other people write them (digitnet.reading.habits): slanted, narrow and wide, with thin and
thick strokes, faint, broken, struck through, or of few pixels. And rows of digits, which go
through the same segmentation as a picture does (digitnet.reading.labelled).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Distortions
from digitnet.nn.arrays import Array
from digitnet.reading.habits import (
    add_gap,
    add_habits,
    broad_nib,
    cross_out,
    cut_off,
    draw_curve,
    draw_stroke,
    stretch,
)
from digitnet.reading.ink import blurred
from digitnet.reading.normalise import thickened
from digitnet.reading.resample import resampled, resampling

LARGE = 56
"""Pixels of the canvas on which digits are changed: MNIST's, twice as large."""
INKED = 0.3
"""Ink above this share counts where digits are compared."""
RADII = (-2, -1, 0, 1, 2, 3)
SHARES = (0.06, 0.2, 0.42, 0.16, 0.1, 0.06)
"""How often strokes grow by so many pixels of that canvas at each side."""
LEAST_LEFT = 0.3
"""The share of its ink that must be left of a digit whose strokes shrink; or else they do not."""
HAPPENS = ((0.3, stretch), (0.1, broad_nib), (0.1, add_gap), (0.05, cut_off))
"""How often a digit is changed in these ways."""
LINKED = 0.15
"""How often the digits of a row hang together by thin strokes."""
CROSSED = 0.06
"""How often a digit that stands alone is struck through: it is still this digit."""
WRITTEN = Distortions(rotation=9, scale=12, shear=34, elastic=2.0, smoothness=9.0)


def with_habits(
    images: NDArray[np.uint8], labels: NDArray[np.integer], generator: np.random.Generator
) -> Array:
    """The images (N, 28, 28) on the large canvas, (N, 56, 56), with what others add to digits."""
    matrix = resampling(28, LARGE)
    large = matrix @ (images.astype(np.float32) / 255) @ matrix.T
    for image, label in zip(large, labels, strict=True):
        add_habits(image, int(label), generator)
    return large


def rewritten(large: Array, generator: np.random.Generator, radius: int | None = None) -> Array:
    """Images (N, 56, 56), in place, as another hand and another pen might have written them."""
    WRITTEN(large, generator)
    radii = generator.choice(RADII, size=len(large), p=SHARES)
    if radius is not None:
        radii[:] = radius
    for each in np.unique(radii[radii != 0]):
        chosen = np.flatnonzero(radii == each)
        changed = thickened(large[chosen], int(each))
        there = changed.sum(axis=(1, 2)) > LEAST_LEFT * large[chosen].sum(axis=(1, 2))
        large[chosen[there]] = changed[there]
    for image in large:
        for share, change in HAPPENS:
            if generator.random() < share:
                change(image, generator)
    return large


def finished(image: Array, generator: np.random.Generator) -> Array:
    """One image hardened or blurred, stretched, faint in places, of few pixels: a crop."""
    kind = generator.random(4)
    if generator.random() < CROSSED:
        cross_out(image, generator)
    if kind[0] < 0.5:
        image = np.clip((image - 0.5) * generator.uniform(1, 4) + 0.5, 0, 1)
    if kind[1] < 0.12:
        image = image * np.clip(_field(generator, 7.0) + generator.uniform(0.9, 1.5), 0, 1)
    factor = float(np.exp(generator.normal(0, 0.27)))
    size = LARGE if kind[2] < 0.6 else int(generator.integers(14, 44))
    crop = resampled(image, size, max(round(size * min(max(factor, 0.5), 1.7)), 6))
    if kind[3] < 0.2:
        crop = blurred(crop, generator.uniform(0.5, 1.2) * size / LARGE)
    if kind[3] > 0.8:
        crop = as_found(crop, generator)
    return np.clip(crop, 0, 1)


def _field(generator: np.random.Generator, sigma: float) -> Array:
    """A smooth random field on the canvas, of deviation 1."""
    noise = generator.standard_normal((LARGE, LARGE)).astype(np.float32)
    field = blurred(noise, sigma)
    return np.asarray(field / field.std(), np.float32)


def row_of_digits(
    digits: Array, generator: np.random.Generator
) -> tuple[Array, list[NDArray[np.bool_]]]:
    """A picture of ink (h, w) with these digits in a row, close together, and where each one is."""
    height = round(np.exp(generator.uniform(np.log(13), np.log(60))))
    hard = np.clip((digits - 0.5) * generator.uniform(1, 4) + 0.5, 0, 1)
    narrow = generator.uniform(0.75, 1.2)
    scaled = [_scaled(digit, height, narrow, generator) for digit in hard]
    total_height = int(1.7 * height) + 8
    spacing = generator.choice([-0.1, -0.04, 0.0, 0.06, 0.15, 0.3])
    places, x = [], 6.0
    for digit in scaled:
        top = int(4 + max(0, (1.15 * height - digit.shape[0]) * generator.random()))
        places.append((min(top, total_height - digit.shape[0]), int(x)))
        x += digit.shape[1] + height * (spacing + generator.normal(0, 0.05))
        x = max(x, places[-1][1] + 3)
    rights = [left + each.shape[1] for (_, left), each in zip(places, scaled, strict=True)]
    ink = np.zeros((total_height, max(max(rights) + 8, 24)), np.float32)
    masks = []
    for (top, left), digit in zip(places, scaled, strict=True):
        part = ink[top : top + digit.shape[0], left : left + digit.shape[1]]
        np.maximum(part, digit, out=part)
        mask = np.zeros(ink.shape, bool)
        mask[top : top + digit.shape[0], left : left + digit.shape[1]] = digit > INKED
        masks.append(mask)
    if generator.random() < LINKED:
        _link(ink, masks, height, generator)
    _add_marks(ink, height, rights, generator)
    return as_found(ink, generator), masks


def _link(
    ink: Array, masks: list[NDArray[np.bool_]], height: int, generator: np.random.Generator
) -> None:
    """Strokes from the upper or the lower half of a digit to the next one's, in place."""
    pen = generator.uniform(0.05, 0.1) * height + 0.5
    for here, following in pairwise(masks):
        if generator.random() < 0.4 or not (here.any() and following.any()):
            continue
        (row, column), (next_row, next_column) = (
            _end_of(mask, right, generator) for mask, right in ((here, True), (following, False))
        )
        if next_column - column < 0.6 * height:
            bend = generator.normal(0, 0.2)
            draw_curve(ink, (row, column), (next_row, next_column), bend, pen, generator)


def _end_of(
    mask: NDArray[np.bool_], right: bool, generator: np.random.Generator
) -> tuple[float, float]:
    """Where a digit's upper half, or sometimes its lower one, reaches furthest to a side."""
    rows, columns = np.nonzero(mask)
    middle = (rows.min() + rows.max()) / 2
    half = rows <= middle if generator.random() < 0.7 else rows >= middle
    rows, columns = rows[half], columns[half]
    column = columns.max() if right else columns.min()
    return float(rows[columns == column].mean()), float(column)


def as_found(ink: Array, generator: np.random.Generator) -> Array:
    """Ink as it comes from a picture: now and then blurred, faint in places, with grains."""
    if generator.random() < 0.4:
        ink = blurred(ink, generator.uniform(0.4, 1.1))
    if generator.random() < 0.3:
        field = blurred(generator.standard_normal(ink.shape).astype(np.float32), 6.0)
        ink = ink * (1 + generator.uniform(0.1, 0.3) * field / max(float(field.std()), 1e-6))
    if generator.random() < 0.3:
        grain = generator.standard_normal(ink.shape).astype(np.float32)
        ink = ink + generator.uniform(0.03, 0.12) * grain - 0.05
    clean: Array = np.clip(ink, 0, 1)
    return clean


def _scaled(digit: Array, height: int, narrow: float, generator: np.random.Generator) -> Array:
    """The ink of a digit, about so high, and narrower by a factor."""
    rows, columns = np.nonzero(digit > INKED)
    if len(rows) == 0:  # too thin a stroke, made thinner
        rows, columns = np.array([20, 35]), np.array([27, 28])
    crop = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    own = max(round(height * generator.uniform(0.75, 1.1)), 6)
    return resampled(crop, own, max(round(crop.shape[1] * own / crop.shape[0] * narrow), 2))


def _add_marks(ink: Array, height: int, rights: list[int], generator: np.random.Generator) -> None:
    """Commas, dashes and stops behind digits, which end at these columns; a rule below."""
    thickness = generator.uniform(0.06, 0.13) * height + 0.5
    base = 4 + 1.05 * height
    for right in rights:
        chance = generator.random()
        if chance < 0.12:
            low = base + generator.uniform(0, 0.25) * height
            end = (low, right + generator.uniform(-3, 1))
            draw_stroke(ink, (base, right + 1), end, thickness)
        elif chance < 0.15:
            row = 4 + 0.55 * height
            draw_stroke(ink, (row, right + 1), (row, right + 0.35 * height), thickness)
        elif chance < 0.2:
            stop = (base - 0.1 * height, right + generator.uniform(0, 0.15) * height)
            draw_stroke(ink, stop, stop, 1.5 * thickness)
    if generator.random() < 0.15:
        row = base + generator.uniform(-0.05, 0.2) * height
        end = (row + generator.normal(0, 2), ink.shape[1])
        draw_stroke(ink, (row, 0), end, generator.uniform(1, 3))
