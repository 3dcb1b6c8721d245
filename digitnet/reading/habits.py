"""Habits: what much of the world adds to its digits, or leaves out, though MNIST's writers did not.

A 1 gets a flag and a foot, a 7 a bar and a serif, a 5's bar stands apart, zeros end in a curl, an
open 9 begins with one, the last stroke runs on to the next digit. Each is drawn with the pen of the
digit, as a stroke that bends a little, on the canvas of digitnet.reading.synthesis.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.reading.normalise import stroke_width

Generator = np.random.Generator
Point = tuple[float, float]  # row, column
N_PARTS = 5
"""Straight parts of a curve."""
TALL = 40.0
"""Pixels of the canvas from the top of a digit to its bottom, or nearly."""
CURLED = {0: 0.3, 6: 0.2, 8: 0.2, 9: 0.25}
"""How often a digit ends in a curl, or begins with one."""


def add_habits(image: Array, label: int, generator: Generator) -> None:
    """Give a digit (h, w), in place, what somebody else might have given it."""
    where = Inked(image)
    if where.n < 10:
        return
    pen = float(np.clip(stroke_width(image) * generator.uniform(0.8, 1.1), 1.5, 7))
    chance = generator.random()
    if label == 1:
        _one(image, where, pen, chance, generator)
    elif label == 7:
        _seven(image, where, pen, generator)
    elif label == 5 and chance < 0.15:
        _part_the_bar(image, where, generator)
    elif label in (5, 2) and chance < 0.3:
        _lengthen(image, where, pen, at_top=label == 5, generator=generator)
    elif label == 4 and chance < 0.2:
        _close(image, where, pen, generator)
    elif label in CURLED and chance < CURLED[label]:
        _curl(image, where, pen, generator)
    elif label in (4, 9) and chance < 0.3:
        _tail(image, where, pen, generator)


class Inked:
    """Where the ink of an image is: its rows and columns, in the order of reading."""

    def __init__(self, image: Array) -> None:
        self.rows, self.columns = np.nonzero(image > 0.5)
        self.n = len(self.rows)

    def top(self) -> Point:
        """The middle of its highest ink."""
        row = int(self.rows.min())
        return row, float(self.columns[self.rows <= row + 2].mean())

    def bottom(self) -> Point:
        """The middle of its lowest ink."""
        row = int(self.rows.max())
        return row, float(self.columns[self.rows >= row - 2].mean())

    def end_of(self, near_top: bool, right: bool) -> Point:
        """Where its upper or its lower half reaches furthest to one side."""
        middle = (self.rows.min() + self.rows.max()) / 2
        half = self.rows <= middle if near_top else self.rows >= middle
        rows, columns = self.rows[half], self.columns[half]
        column = int(columns.max() if right else columns.min())
        return float(rows[np.abs(columns - column) <= 2].mean()), column


def _one(image: Array, where: Inked, pen: float, chance: float, generator: Generator) -> None:
    """A flag at the top, short or as long as the stem, and a foot; or a foot alone."""
    if chance < 0.55:
        row, column = where.top()
        length = generator.uniform(0.15, 0.75) * TALL
        angle = generator.uniform(0.45, 1.25)  # from level, in radians: a 7's bar is nearly level
        end = (row + length * np.sin(angle), column - length * np.cos(angle))
        draw_curve(image, (row + 1, column), end, generator.normal(0, 0.12), pen, generator)
    if chance < 0.2 or 0.55 <= chance < 0.62:
        row, column = where.bottom()
        left, right = generator.uniform(0.08, 0.28, 2) * TALL
        tilt = generator.uniform(-1.5, 1.5)
        start, end = (row - 1 + tilt, column - left), (row - 1 - tilt, column + right)
        draw_curve(image, start, end, generator.normal(0, 0.08), pen, generator)


def _seven(image: Array, where: Inked, pen: float, generator: Generator) -> None:
    """A bar across the stem, and a serif at the left end of the top."""
    if generator.random() < 0.45:
        rows, columns = where.rows, where.columns
        middle = rows.min() + generator.uniform(0.4, 0.65) * (rows.max() - rows.min())
        near = columns[np.abs(rows - middle) < 3]
        if len(near):
            left, right = generator.uniform(0.12, 0.3, 2) * TALL
            tilt = generator.uniform(-3, 2)
            start = (middle - tilt, near.mean() - left)
            end = (middle + tilt, near.mean() + right)
            draw_curve(image, start, end, generator.normal(0, 0.1), pen, generator)
    if generator.random() < 0.25:
        row, column = where.end_of(near_top=True, right=False)
        end = (row + generator.uniform(3, 11), column + generator.uniform(-3, 3))
        draw_curve(image, (row - 1, column + 1), end, 0.0, pen, generator)


def _part_the_bar(image: Array, where: Inked, generator: Generator) -> None:
    """A gap between the bar of a 5 and its body: to the right of its upper left corner."""
    row, column = where.end_of(near_top=True, right=False)
    place = (row + generator.uniform(-5, 3), column + generator.uniform(2, 8))
    _erase(image, place, generator.uniform(2.5, 5))


def _lengthen(
    image: Array, where: Inked, pen: float, *, at_top: bool, generator: Generator
) -> None:
    """The bar of a 5, or the foot of a 2, runs on to the right."""
    row, column = where.end_of(near_top=at_top, right=True)
    end = (row + generator.uniform(-6, 3), column + generator.uniform(4, 14))
    draw_curve(image, (row, column - 1), end, generator.normal(0, 0.15), pen, generator)


def _close(image: Array, where: Inked, pen: float, generator: Generator) -> None:
    """The top of a 4 is a triangle: from the top of the stem down to the left end of the bar."""
    rows, columns = where.rows, where.columns
    right = columns > (columns.min() + columns.max()) / 2
    row = int(rows[right].min())
    start = (row, float(columns[right & (rows <= row + 2)].mean()))
    left = int(columns.min())
    end = (float(rows[columns <= left + 2].max()), left + 1)
    draw_curve(image, start, end, generator.normal(0, 0.05), pen, generator)


def _curl(image: Array, where: Inked, pen: float, generator: Generator) -> None:
    """The pen arrives at the top, or leaves there, in a bend to either side or into the digit."""
    row, column = where.top()
    start = (row + generator.uniform(0, 3), column + generator.normal(0, 3))
    turn = generator.uniform(-0.5, np.pi + 0.5)  # from right over down to left; up beyond
    length = generator.uniform(0.12, 0.4) * TALL
    end = (
        max(start[0] + length * np.sin(turn) * generator.choice([-0.5, 1]), 2.0),
        start[1] + length * np.cos(turn),
    )
    draw_curve(image, start, end, generator.normal(0, 0.45), pen, generator)


def _tail(image: Array, where: Inked, pen: float, generator: Generator) -> None:
    """The stem ends in a bend to the left or to the right."""
    row, column = where.bottom()
    end = (row + generator.uniform(-5, 2), column + generator.uniform(-16, 9))
    draw_curve(image, (row - 1, column), end, generator.normal(0, 0.3), pen, generator)


def stretch(image: Array, generator: Generator) -> None:
    """A part is written larger and another smaller, in place: a 9 with a small head on a long stem.

    Row t of the canvas, from 0 to 1, is read from row t + a t (1 − t), and so are columns.
    """
    for axis, most in ((0, 0.75), (1, 0.4)):
        n = image.shape[axis]
        t = np.arange(n) / (n - 1)
        places = (n - 1) * (t + generator.uniform(-most, most) * t * (1 - t))
        low = np.minimum(places.astype(int), n - 2)
        way = (places - low).astype(np.float32)
        way = way[:, None] if axis == 0 else way
        near, far = np.take(image, low, axis), np.take(image, low + 1, axis)
        image[...] = near + way * (far - near)


def add_gap(image: Array, generator: Generator) -> None:
    """A place where the pen did not write, in place."""
    rows, columns = np.nonzero(image > 0.5)
    if len(rows):
        which = int(generator.integers(len(rows)))
        _erase(image, (rows[which], columns[which]), generator.uniform(2, 5))


def _erase(image: Array, place: Point, radius: float) -> None:
    down, right = np.mgrid[: image.shape[0], : image.shape[1]]
    distance = np.hypot(down - place[0], right - place[1])
    image *= np.clip(distance - radius, 0, 1).astype(np.float32)


def cut_off(image: Array, generator: Generator) -> None:
    """The lowest or the highest part is missing, as where a rule was taken away, in place."""
    rows = np.flatnonzero((image > 0.5).any(axis=1))
    if len(rows):
        lost = round(generator.uniform(0.03, 0.12) * (rows[-1] - rows[0]))
        if generator.random() < 0.75:
            image[rows[-1] + 1 - lost :] = 0
        else:
            image[: rows[0] + lost] = 0


def broad_nib(image: Array, generator: Generator) -> None:
    """As with a nib that is broad in one direction: strokes across it are thick, along it thin."""
    turn = generator.uniform(-0.3, 1.2)
    grown = image.copy()
    for step in range(1, int(generator.integers(3, 6))):
        down, right = round(step * np.sin(turn)), round(step * np.cos(turn))
        moved = np.roll(image, (down, right), (0, 1))
        np.maximum(grown, moved, out=grown)
    image[...] = grown


def cross_out(image: Array, generator: Generator) -> None:
    """One or two thin lines across everything, straight or zigzag, in place."""
    height, width = image.shape
    for _ in range(int(generator.integers(1, 3))):
        n = int(generator.choice([2, 2, 3, 6, 9]))
        columns = np.linspace(generator.uniform(0, 12), width - generator.uniform(0, 12), n)
        middle, rise = generator.uniform(0.15, 0.85) * height, generator.uniform(-12, 12)
        rows = middle + rise * np.linspace(-1, 1, n)
        if n > 2:
            rows += generator.uniform(2, 6) * np.where(np.arange(n) % 2, 1, -1)
        pen = generator.uniform(1.2, 3.2)
        if generator.random() < 0.3:
            rows, columns = columns, rows
        points = list(zip(rows.tolist(), columns.tolist(), strict=True))
        for start, end in pairwise(points):
            draw_stroke(image, start, end, pen)


def draw_curve(
    image: Array, start: Point, end: Point, bend: float, pen: float, generator: Generator
) -> None:
    """A stroke from start to end, in place, whose middle is moved aside by `bend` of its length.

    Its pen is a little lighter or heavier than `pen` pixels.
    """
    first, last = np.array(start), np.array(end)
    along = last - first
    corner = (first + last) / 2 + 2 * bend * np.array([-along[1], along[0]])
    t = np.linspace(0, 1, N_PARTS + 1 if abs(bend) > 0.03 else 2)[:, None]
    points = (1 - t) ** 2 * first + 2 * t * (1 - t) * corner + t**2 * last
    width = pen * generator.uniform(0.85, 1.15)
    for a, b in pairwise(points):
        draw_stroke(image, (a[0], a[1]), (b[0], b[1]), width)


def draw_stroke(image: Array, start: Point, end: Point, thickness: float) -> None:
    """A straight stroke, in place; only the pixels around it are looked at."""
    reach = thickness / 2 + 1
    low = [max(int(min(a, b) - reach), 0) for a, b in zip(start, end, strict=True)]
    high = [int(max(a, b) + reach) + 2 for a, b in zip(start, end, strict=True)]
    part = image[low[0] : max(high[0], 0), low[1] : max(high[1], 0)]
    rows, columns = np.ogrid[: part.shape[0], : part.shape[1]]
    rows, columns = rows + low[0], columns + low[1]
    down, right = end[0] - start[0], end[1] - start[1]
    length = max(down * down + right * right, 1e-6)
    share = np.clip(((rows - start[0]) * down + (columns - start[1]) * right) / length, 0, 1)
    distance = np.hypot(rows - start[0] - share * down, columns - start[1] - share * right)
    np.maximum(part, np.clip(thickness / 2 + 0.5 - distance, 0, 1), out=part)
