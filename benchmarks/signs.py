"""Rows of digits, underlined, or with signs, letters or a stamp beside them: made by chance."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from pages import Generator, Picture, Plane, box_of, enlarged
from PIL import Image, ImageDraw, ImageFont

HIGH = 52
"""Pixels of a digit, about."""
FINE = 2
"""How much larger signs are drawn."""
TYPEFACE = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
WORDS = ("Total:", "Nr.", "Amount", "Date", "Sum", "Name")
UNITS = ("cm", "kg", "kr", "EUR", "mm", "ml")


def drawn(shape: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw], None]) -> Plane:
    """What is drawn, white on black, on a canvas `FINE` times as large as this (h, w)."""
    canvas = Image.new("L", (shape[1] * FINE, shape[0] * FINE))
    draw(ImageDraw.Draw(canvas))
    small = canvas.resize((shape[1], shape[0]), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def slash(generator: Generator) -> Plane:
    """1.2 to 1.6 times as high as digits, leaning by 0.25 to 0.7."""
    height = round(HIGH * generator.uniform(1.2, 1.6))
    width = round(height * generator.uniform(0.25, 0.7)) + 10
    pen = round(FINE * generator.uniform(4, 8))
    ends = (5 * FINE, FINE * height, (width - 5) * FINE, 0)
    return drawn((height, width), lambda canvas: canvas.line(ends, 255, pen))


def bracket(generator: Generator, closing: bool) -> Plane:
    """1.2 to 1.6 times as high as digits, bent by an eighth to a quarter of that."""
    height = HIGH * generator.uniform(1.2, 1.6)
    deep, pen = height * generator.uniform(0.125, 0.25), generator.uniform(4, 7)
    radius = (height**2 / 4 + deep**2) / (2 * deep)
    half = np.degrees(np.arcsin(height / 2 / radius))
    middle = height / 2 + pen
    around = [pen, middle - radius, pen + 2 * radius, middle + radius]
    shape = (round(height + 2 * pen), round(deep + 3 * pen))
    corners = [FINE * each for each in around]
    opening = drawn(
        shape,
        lambda canvas: canvas.arc(corners, 180 - half, 180 + half, 255, round(FINE * pen)),
    )
    return opening[:, ::-1] if closing else opening


def beside_one_another(parts: Sequence[Plane], generator: Generator) -> Plane:
    """The parts in a row, in the middle of a page, 8 to 16 pixels apart."""
    tallest = max(part.shape[0] for part in parts)
    gaps = generator.integers(8, 17, len(parts))
    page = np.zeros((tallest + 100, sum(p.shape[1] for p in parts) + int(gaps.sum()) + 80))
    x = 40
    for part, gap in zip(parts, gaps, strict=True):
        y = 50 + (tallest - part.shape[0]) // 2
        page[y : y + part.shape[0], x : x + part.shape[1]] = part
        x += part.shape[1] + int(gap)
    return page.astype(np.float32)


def digits_in(images: NDArray[np.uint8]) -> list[Plane]:
    """Their ink, about `HIGH` pixels high."""
    large = [enlarged(image, HIGH / 20) for image in images]
    boxes = [box_of(ink) for ink in large]
    return [
        ink[top:bottom, left:right]
        for ink, (left, top, right, bottom) in zip(large, boxes, strict=True)
    ]


def row_of(parts: Sequence[Plane], generator: Generator) -> Picture:
    """The parts in a row on paper."""
    return on_paper(beside_one_another(parts, generator), generator)


def on_paper(ink: Plane, generator: Generator) -> Picture:
    """Dark on even paper, with noise."""
    values = 240 - 200 * ink + generator.normal(0, 3, ink.shape)
    return np.clip(values, 0, 255).astype(np.uint8)


def with_slashes(images: NDArray[np.uint8], generator: Generator) -> Picture:
    """Eight digits as a date: 12/34/5678."""
    parts = digits_in(images)
    for place in (4, 2):
        parts.insert(place, slash(generator))
    return row_of(parts, generator)


def with_brackets(images: NDArray[np.uint8], generator: Generator) -> Picture:
    """Eight digits as a telephone number: (123)45678."""
    parts = digits_in(images)
    parts.insert(3, bracket(generator, closing=True))
    parts.insert(0, bracket(generator, closing=False))
    return row_of(parts, generator)


def beside_a_stamp(images: NDArray[np.uint8], generator: Generator) -> Picture:
    """Digits, and a ring, fainter, that touches none and is mostly cut off by a side."""
    ink = beside_one_another(digits_in(images), generator)
    height, width = ink.shape
    rows, columns = np.nonzero(ink > 0.3)
    while True:
        radius = generator.uniform(0.7, 2) * HIGH
        x, y = (
            generator.uniform(-radius, width + radius),
            generator.uniform(-radius, height + radius),
        )
        apart = np.hypot(rows - y, columns - x).min() > radius + 6
        far = -min(x, y, width - x, height - y) / radius
        if apart and -0.3 < far < 0.8:
            break
    corners = [FINE * each for each in (x - radius, y - radius, x + radius, y + radius)]
    pen = round(FINE * generator.uniform(2, 5))
    ring = drawn((height, width), lambda canvas: canvas.ellipse(corners, None, 255, pen))
    return on_paper(np.maximum(ink, generator.uniform(0.4, 0.8) * ring), generator)


def underlined(images: NDArray[np.uint8], generator: Generator) -> Picture:
    """Digits on a wide page, and a line by hand that touches the lowest of them."""
    row = beside_one_another(digits_in(images), generator)
    ink = np.pad(row, ((0, 0), (0, int(generator.integers(100, 600)))))
    height, width = ink.shape
    across = np.flatnonzero(row.max(axis=0) > 0.3)
    lowest = np.flatnonzero(ink.max(axis=1) > 0.3)[-1] + 1
    ends = generator.integers(-5, 35, 2)
    x = np.linspace(across[0] - ends[0], across[-1] + ends[1], 12)
    pen = generator.uniform(3, 7)
    y = lowest + pen / 2 - generator.uniform(0, 6) + generator.normal(0, 0.5, len(x)).cumsum() / 2
    points = [(FINE * a, FINE * b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    line = drawn(
        (height, width), lambda canvas: canvas.line(points, 255, round(FINE * pen), "curve")
    )
    return on_paper(np.maximum(ink, line), generator)


def after_a_word(images: NDArray[np.uint8], generator: Generator) -> Picture:
    """Digits behind a printed word, which is a third to two thirds as high."""
    return row_of([word(WORDS, generator), *digits_in(images)], generator)


def before_a_unit(images: NDArray[np.uint8], generator: Generator) -> Picture:
    """Digits before a printed unit, which is a third to two thirds as high."""
    return row_of([*digits_in(images), word(UNITS, generator)], generator)


def word(words: Sequence[str], generator: Generator) -> Plane:
    """One of these, in a typeface that comes with Matplotlib."""
    text = words[int(generator.integers(len(words)))]
    font = ImageFont.truetype(TYPEFACE, int(HIGH * generator.uniform(0.4, 0.8)))
    left, top, right, bottom = map(int, font.getbbox(text))
    canvas = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(canvas).text((-left, -top), text, 255, font)
    return np.asarray(canvas, np.float32) / 255


AMONG: dict[str, tuple[int, Callable[[NDArray[np.uint8], Generator], Picture]]] = {
    "eight digits with slashes": (8, with_slashes),
    "eight digits with brackets": (8, with_brackets),
    "five digits beside a stamp": (5, beside_a_stamp),
    "five digits on a line that touches them": (5, underlined),
}
"""How many digits, and what makes a picture of them."""
BESIDE: dict[str, Callable[[NDArray[np.uint8], Generator], Picture]] = {
    "four digits behind a printed word": after_a_word,
    "four digits before a unit": before_a_unit,
}
"""The same; the letters are no digits, but may be answered with "?"."""
