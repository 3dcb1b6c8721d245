"""Digits drawn by code, in the forms of scripts/digit_forms.py.

They are written as strokes, some of each digit so that none is more frequent than the others; a pen
draws them, and from there on they are treated as MNIST's digits are.
"""

from functools import cache

import numpy as np
from digit_forms import FORMS
from numpy.typing import NDArray
from pen import written
from strokes import strokes_of

from digitnet.reading.synthesis import LARGE

PER_FORM = 40
"""How often each is drawn; what is made of it later is never twice the same."""
TALL = 40
"""Pixels of the canvas that a form is high."""


def styled(labels: NDArray[np.integer], generator: np.random.Generator) -> NDArray[np.float32]:
    """A digit of each of these labels in one of the forms, (n, 56, 56), from 0 to 1."""
    images = np.zeros((len(labels), LARGE, LARGE), np.float32)
    for image, label in zip(images, labels, strict=True):
        pool = drawn(int(label))
        image[...] = pool[generator.integers(len(pool))].astype(np.float32) / 255
    return images


@cache
def drawn(label: int) -> NDArray[np.uint8]:
    """All forms of a digit, each drawn some times by some pens: (n, 56, 56)."""
    generator = np.random.default_rng([label, 11])
    return np.array(
        [_drawn(form, generator) for form in FORMS[label] for _ in range(PER_FORM)], np.uint8
    )


def _drawn(form: str, generator: np.random.Generator) -> NDArray[np.float32]:
    slant = np.array([[1, 0], [-generator.normal(0.1, 0.2), 1]])
    strokes = [stroke @ slant for stroke in strokes_of(form, generator)]
    points = np.concatenate(strokes)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = np.array([generator.uniform(0.5, 0.85), 1.0]) * TALL
    placed = [(stroke - middle) * scale + LARGE / 2 for stroke in strokes]
    pressure = max(generator.uniform(-0.5, 0.75), 0.0)
    return np.rint(255 * written(placed, generator.uniform(2, 6), pressure, (LARGE, LARGE)))
