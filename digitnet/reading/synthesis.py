"""Synthesis: what the networks for reading learn from, made from MNIST's training images alone.

Digits as other people write them: slanted, narrow and wide, with thin and thick strokes, a 1 with
its flag and its foot, a 7 with a bar, faint, broken, or of few pixels. And rows of digits, which go
through the same segmentation as a picture does: what it cuts from them is a digit, if it overlaps
with nearly all of one, or else is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Distortions
from digitnet.nn.arrays import Array
from digitnet.reading.digit import NO_DIGIT
from digitnet.reading.ink import blurred
from digitnet.reading.normalise import resampled, resampling, thickened
from digitnet.reading.segments import Hypothesis, lines_in

N_CLASSES = NO_DIGIT + 1
LARGE = 56
"""Pixels of the canvas on which digits are changed: MNIST's, twice as large."""
INKED = 0.3
"""Ink above this share counts where digits are compared."""
IS_DIGIT, IS_NONE = 0.9, 0.78
"""What is cut is a digit if it shares more than this with one, or none if less than that."""
RADII = (-2, -1, 0, 1, 2, 3)
SHARES = (0.06, 0.2, 0.42, 0.16, 0.1, 0.06)
"""How often strokes grow by so many pixels of that canvas at each side."""
WRITTEN = Distortions(rotation=9, scale=12, shear=28, elastic=2.0, smoothness=9.0)


def written(
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    generator: np.random.Generator,
    radius: int | None = None,
) -> Array:
    """The images (N, 28, 28) as somebody else might have written them: (N, 56, 56), 0 to 1.

    radius: by how much strokes grow or shrink at each side, the same for all; by default at random.
    """
    matrix = resampling(28, LARGE)
    large = matrix @ (images.astype(np.float32) / 255) @ matrix.T
    for image, label in zip(large, labels, strict=True):
        add_strokes(image, int(label), generator)
    WRITTEN(large, generator)
    radii = generator.choice(RADII, size=len(large), p=SHARES)
    if radius is not None:
        radii[:] = radius
    for each in np.unique(radii[radii != 0]):
        large[radii == each] = thickened(large[radii == each], int(each))
    for index in np.flatnonzero(generator.random(len(large)) < 0.12):
        _gap(large[index], generator)
    return large


def finished(image: Array, generator: np.random.Generator) -> Array:
    """One image hardened or blurred, stretched, faint in places, of few pixels: a crop."""
    kind = generator.random(4)
    if kind[0] < 0.5:
        image = np.clip((image - 0.5) * generator.uniform(1, 4) + 0.5, 0, 1)
    if kind[1] < 0.12:
        image = image * np.clip(_field(generator, 7.0) + generator.uniform(0.9, 1.5), 0, 1)
    factor = float(np.exp(generator.normal(0, 0.27)))
    size = LARGE if kind[2] < 0.6 else int(generator.integers(14, 44))
    crop = resampled(image, size, max(round(size * min(max(factor, 0.5), 1.7)), 6))
    if kind[3] < 0.2:
        crop = blurred(crop, generator.uniform(0.5, 1.2) * size / LARGE)
    return np.clip(crop, 0, 1)


def _field(generator: np.random.Generator, sigma: float) -> Array:
    """A smooth random field on the canvas, of deviation 1."""
    noise = generator.standard_normal((LARGE, LARGE)).astype(np.float32)
    field = blurred(noise, sigma)
    return np.asarray(field / field.std(), np.float32)


def add_strokes(image: Array, label: int, generator: np.random.Generator) -> None:
    """Give a digit, in place, what is usual in much of the world, though not in MNIST.

    A 1 may get a flag or a foot, a 7 a bar, a 5 or a 7 a longer stroke to the right, and what is
    round a tail where the pen left it.
    """
    chance = generator.random()
    rows, columns = np.nonzero(image > 0.5)
    if len(rows) < 10:
        return
    thickness = generator.uniform(2.2, 5.0)
    if label == 1 and chance < 0.45:
        _flag(image, rows, columns, thickness, generator)
        if chance < 0.2:
            half = generator.uniform(5, 11)
            _foot(image, rows, columns, thickness, half, generator.uniform(-1.5, 1.5))
    if label == 1 and 0.45 <= chance < 0.53:
        _foot(image, rows, columns, thickness, generator.uniform(4, 10), 0.0)
    if label in (0, 6, 8, 9) and chance < 0.15:
        _curl(image, rows, columns, thickness, generator)
    if label in (5, 7) and 0.4 <= chance < 0.55:
        right = columns.max()
        row = rows[columns >= right - 3].mean()
        end = (row + generator.uniform(-4, 2), right + generator.uniform(2, 8))
        draw_stroke(image, (row, right - 3), end, thickness)
    if label == 7 and chance < 0.4:
        _bar(image, rows, columns, thickness, generator)


Indices = NDArray[np.intp]


def _flag(
    image: Array, rows: Indices, columns: Indices, thickness: float, generator: np.random.Generator
) -> None:
    """A stroke from the top down to the left, in place."""
    top = rows.min()
    column = columns[rows <= top + 2].mean()
    length, angle = generator.uniform(8, 22), generator.uniform(0.35, 1.15)
    end = (top + length * np.sin(angle), column - length * np.cos(angle))
    draw_stroke(image, (top + 1, column), end, thickness)


def _foot(
    image: Array, rows: Indices, columns: Indices, thickness: float, half: float, tilt: float
) -> None:
    """A level stroke below, that reaches so far to both sides, in place."""
    bottom = rows.max()
    column = columns[rows >= bottom - 2].mean()
    draw_stroke(image, (bottom - 1, column - half), (bottom - 1 + tilt, column + half), thickness)


def _bar(
    image: Array, rows: Indices, columns: Indices, thickness: float, generator: np.random.Generator
) -> None:
    """A stroke across the middle, in place."""
    middle = rows.min() + generator.uniform(0.4, 0.62) * (rows.max() - rows.min())
    near = columns[np.abs(rows - middle) < 3]
    if len(near):
        column, half = near.mean(), generator.uniform(6, 11)
        tilt = generator.uniform(-2.5, 2.5)
        draw_stroke(
            image, (middle + tilt, column - half), (middle - tilt, column + half), thickness
        )


def _curl(
    image: Array,
    rows: Indices,
    columns: Indices,
    thickness: float,
    generator: np.random.Generator,
) -> None:
    """A tail where the pen left, at the top, in place."""
    top = rows.min()
    column = columns[rows <= top + 2].mean()
    side = generator.choice([-1, 1])
    end = (top + generator.uniform(-5, 6), column + side * generator.uniform(4, 12))
    draw_stroke(image, (top + 1, column), end, thickness)


def _gap(image: Array, generator: np.random.Generator) -> None:
    """A place where the pen did not write, in place."""
    rows, columns = np.nonzero(image > 0.5)
    if len(rows) == 0:
        return
    which = int(generator.integers(len(rows)))
    radius = generator.uniform(2, 5)
    down, right = np.mgrid[: image.shape[0], : image.shape[1]]
    distance = np.hypot(down - rows[which], right - columns[which])
    image *= np.clip(distance - radius, 0, 1).astype(np.float32)


def draw_stroke(
    image: Array, start: tuple[float, float], end: tuple[float, float], thickness: float
) -> None:
    """A straight stroke from (row, column) to (row, column), in place."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    down, right = end[0] - start[0], end[1] - start[1]
    length = max(down * down + right * right, 1e-6)
    share = np.clip(((rows - start[0]) * down + (columns - start[1]) * right) / length, 0, 1)
    distance = np.hypot(rows - start[0] - share * down, columns - start[1] - share * right)
    np.maximum(image, np.clip(thickness / 2 + 0.5 - distance, 0, 1), out=image)


def row_of_digits(
    digits: Array, generator: np.random.Generator
) -> tuple[Array, list[NDArray[np.bool_]]]:
    """A picture of ink (h, w) with these digits in a row, close together, and where each one is."""
    height = int(generator.integers(22, 60))
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
    _add_marks(ink, height, rights, generator)
    return ink, masks


def _scaled(digit: Array, height: int, narrow: float, generator: np.random.Generator) -> Array:
    """The ink of a digit, about so high, and narrower by a factor."""
    rows, columns = np.nonzero(digit > INKED)
    if len(rows) == 0:  # too thin a stroke, made thinner
        rows, columns = np.array([20, 35]), np.array([27, 28])
    crop = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    own = max(round(height * generator.uniform(0.75, 1.1)), 6)
    return resampled(crop, own, max(round(crop.shape[1] * own / crop.shape[0] * narrow), 2))


def _add_marks(ink: Array, height: int, rights: list[int], generator: np.random.Generator) -> None:
    """Commas and dashes behind digits, that end at these columns, and a rule below, in place."""
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
    if generator.random() < 0.15:
        row = base + generator.uniform(-0.05, 0.2) * height
        end = (row + generator.normal(0, 2), ink.shape[1])
        draw_stroke(ink, (row, 0), end, generator.uniform(1, 3))


def cut_from_rows(
    digits: Array, labels: NDArray[np.integer], generator: np.random.Generator
) -> tuple[list[Array], list[int]]:
    """What segmentation cuts from a row of these digits: crops of ink, and what they are.

    What is neither nearly all of a digit nor clearly none is left out.
    """
    ink, masks = row_of_digits(digits, generator)
    crops, classes = [], []
    for line in lines_in(ink):
        for hypothesis in line.found:
            share, which = _most_like(hypothesis, masks)
            if share > IS_DIGIT:
                classes.append(int(labels[which]))
            elif share < IS_NONE:
                classes.append(NO_DIGIT)
            else:
                continue
            crops.append(hypothesis.ink)
    return crops, classes


def _most_like(each: Hypothesis, masks: list[NDArray[np.bool_]]) -> tuple[float, int]:
    """How much it has in common with one of the digits, from 0 to 1, and with which."""
    left, top, right, bottom = each.box
    own = each.ink > INKED
    total = max(int(own.sum()), 1)
    shares = []
    for mask in masks:
        shared = int((own & mask[top:bottom, left:right]).sum())
        shares.append(min(shared / max(int(mask.sum()), 1), shared / total))
    which = int(np.argmax(shares))
    return shares[which], which
