"""Letters and signs, to learn from what is no digit: handwritten, of typefaces, and invented.

The typefaces are those that come with Matplotlib. What looks like a digit in any hand is left out:
I, l and / are 1, O is 0, S is 5, g and q are 9, … So are the shapes that the benchmark draws
(strokes.TEST_SHAPES), which nothing may learn from: only strokes.TRAINING_SHAPES are drawn here.
"""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from strokes import TRAINING_SHAPES, drawing
from words import letter

from digitnet.reading.habits import draw_curve
from digitnet.reading.ink import ink_of
from digitnet.reading.normalise import trimmed
from digitnet.reading.resample import resampled
from digitnet.reading.synthesis import LARGE

LATIN = "ABCDEFGHJKLMNPQRTUVWXYacdefhkmnprtuvwx"
OTHERS = (
    "ÄÅÆÇÉÑÖÜÞßäåæçéñüþ"
    "ΓΔΛΞΠΣΥΨΩαηκλμνπρχψω"
    "ГДЁЖИЙКЛМНПРТУФЦШЩЫЮЯгджийклмнптфцшщъыюя"
    "#$%&@?+=*<>€£¥§¶©®™†‡±×÷≠≤≥∞√∑∏∂∆∀∃∈∪∩⊂⊃∴↔⇒⇔→←♠♣♥♦★☆☺☎✓✗"
)
FACES = (
    "DejaVuSans",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralItalic",
    "STIXGeneralBolIta",
)
TALL = 40
"""Pixels of the canvas that a letter is high or wide."""
HANDWRITTEN = 0.45
"""The share of handwriting."""
WIDE_SHAPES = ("scribble", "crumbs", "dash")
"""Of the drawn shapes, those that are no letters or signs beside digits."""


def letters(n: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Images (n, 56, 56) of letters and signs, each from 0 to 1, before anybody rewrites them."""
    images = np.zeros((n, LARGE, LARGE), np.float32)
    for image in images:
        kind = generator.random()
        if kind < HANDWRITTEN:
            image[...] = letter(generator)
            continue
        if kind < 0.55:
            crop = _cross(generator)
        elif kind < 0.72:
            crop = _one_of(typeset(), generator)
        elif kind < 0.9:
            crop = _one_of(drawn(), generator)
        else:
            crop = _invented(generator)
        _place(crop, image, generator)
    return images


def _one_of(images: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.float32]:
    return images[generator.integers(len(images))].astype(np.float32) / 255


@cache
def typeset() -> NDArray[np.uint8]:
    """All letters of all typefaces, (n, 64, 64); what a typeface lacks is left out."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    found = []
    for face in FACES:
        font = ImageFont.truetype(str(folder / f"{face}.ttf"), 44)
        lacking = _typeset("\uffff", font)
        for character in LATIN * 3 + OTHERS:
            image = _typeset(character, font)
            if image.any() and not np.array_equal(image, lacking):
                found.append(image)
    return np.array(found)


def _typeset(character: str, font: ImageFont.FreeTypeFont) -> NDArray[np.uint8]:
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).text((32, 32), character, fill=255, font=font, anchor="mm")
    return np.asarray(image)


@cache
def drawn() -> NDArray[np.uint8]:
    """The shapes of the list, each written ten times by a pen: (n, 64, 64)."""
    generator = np.random.default_rng(0)
    names = [name for name in TRAINING_SHAPES if not name.startswith(WIDE_SHAPES)]
    found = []
    for name in names * 10:
        own = trimmed(ink_of(drawing(name, TRAINING_SHAPES[name], generator)))
        scale = 64 / max(own.shape)
        small = resampled(own, *(max(round(side * scale), 1) for side in own.shape))
        room = [(0, 64 - side) for side in small.shape]
        found.append((255 * np.pad(small, room)).astype(np.uint8))
    return np.array(found)


def _invented(generator: np.random.Generator) -> NDArray[np.float32]:
    """A sign that nobody writes: three to five strokes between four to six points."""
    image = np.zeros((64, 64), np.float32)
    points = generator.uniform(6, 58, (int(generator.integers(4, 7)), 2))
    pen = generator.uniform(2, 6)
    for _ in range(int(generator.integers(3, 6))):
        first, last = points[generator.choice(len(points), 2, replace=False)].tolist()
        draw_curve(image, first, last, generator.normal(0, 0.25), pen, generator)
    return image


def _cross(generator: np.random.Generator) -> NDArray[np.float32]:
    """Two strokes across each other, + or x, which stand beside numbers as marks."""
    image = np.zeros((64, 64), np.float32)
    pen, turn = generator.uniform(2, 7), generator.uniform(0, np.pi)
    for angle in (turn, turn + generator.uniform(1.0, 2.1)):
        half = generator.uniform(12, 28)
        arm = half * np.array([np.sin(angle), np.cos(angle)])
        centre = 32 + generator.normal(0, 0.12 * half, 2)
        (a, b), (c, d) = (centre - arm).tolist(), (centre + arm).tolist()
        draw_curve(image, (a, b), (c, d), generator.normal(0, 0.06), pen, generator)
    return image


def _place(
    crop: NDArray[np.float32], image: NDArray[np.float32], generator: np.random.Generator
) -> None:
    """Put it in the middle of the canvas, in place, about 40 pixels high or wide."""
    inked = trimmed(crop)
    scale = TALL * generator.uniform(0.8, 1.1) / max(inked.shape)
    height, width = (min(max(round(side * scale), 1), LARGE) for side in inked.shape)
    top, left = (LARGE - height) // 2, (LARGE - width) // 2
    image[top : top + height, left : left + width] = resampled(inked, height, width)
