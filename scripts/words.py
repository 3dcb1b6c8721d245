"""Words in handwriting, to learn from what stands beside numbers and is none.

A hand writes letters (small_letters.py, capitals.py) one after the other: slanted, narrow, joined
or not. What looks like a digit in any hand, as l and O do, is in the words too, but nothing is
learned of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from capitals import CAPITALS
from numpy.typing import NDArray
from pen import Points, joint, written
from small_letters import SMALL
from strokes import Strokes, strokes_of

from digitnet.reading.digit import LETTER
from digitnet.reading.labelled import UNTOLD
from digitnet.reading.synthesis import INKED, LARGE

FORMS = {**SMALL, **CAPITALS}
LIKE_DIGITS = "bgijloqsyzIOSZ"
"""Letters that are digits too, written by somebody else."""
DISTINCT = [letter for letter in FORMS if letter not in LIKE_DIGITS]
TALL = 40
"""Pixels of the canvas that a letter alone is high."""


@dataclass(frozen=True)
class Hand:
    """How somebody writes: widths and gaps in heights of a capital, slant as x per y."""

    wide: float
    slant: float
    gap: float
    joined: float
    pressure: float

    @classmethod
    def any(cls, generator: np.random.Generator) -> Hand:
        """Some hand."""
        return cls(
            wide=generator.uniform(0.5, 1.0),
            slant=generator.normal(0.2, 0.25),
            gap=generator.uniform(0.02, 0.25),
            joined=generator.choice([0.0, 0.5, 0.95]),
            pressure=max(generator.uniform(-0.3, 0.75), 0.0),
        )

    def moved(self, strokes: Strokes) -> Strokes:
        """The strokes of a letter as this hand writes them."""
        matrix = np.array([[self.wide, 0], [-self.slant, 1]])
        return [(stroke - [0, 1]) @ matrix + [0, 1] for stroke in strokes]


def letter(generator: np.random.Generator) -> NDArray[np.float32]:
    """A letter that is no digit in any hand, alone on a canvas (56, 56)."""
    forms = FORMS[DISTINCT[generator.integers(len(DISTINCT))]]
    hand = Hand.any(generator)
    strokes = hand.moved(strokes_of(forms[generator.integers(len(forms))], generator))
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = TALL * generator.uniform(0.8, 1.1) / max(high - low)
    placed = [(stroke - (low + high) / 2) * scale + LARGE / 2 for stroke in strokes]
    return written(placed, generator.uniform(2, 6), hand.pressure, (LARGE, LARGE))


def word(
    n_rows: int, height: float, base: float, generator: np.random.Generator
) -> tuple[NDArray[np.float32], list[NDArray[np.bool_]], list[int]]:
    """A word: its ink (n_rows, w), where each letter is, and what each is for who looks for digits.

    height: of a capital, in pixels. base: the row of the line that is written on.
    """
    hand = Hand.any(generator)
    letters = _chosen(generator)
    placed = _beside_each_other(letters, hand, generator)
    everything = np.concatenate([stroke for strokes in placed for stroke in strokes])
    shift = np.array([3 - everything[:, 0].min() * height, base])
    on_page = [[stroke * height + shift for stroke in strokes] for strokes in placed]
    size = (n_rows, int(np.ptp(everything[:, 0]) * height) + 7)
    pen = max(generator.uniform(0.05, 0.14) * height, 1.0)
    images = [written(strokes, pen, hand.pressure, size) for strokes in on_page]
    joints = _joints(on_page, hand, generator)
    ink = np.max([*images, written(joints, pen * (1 - hand.pressure / 2), 0.0, size)], axis=0)
    classes = [UNTOLD if each in LIKE_DIGITS else LETTER for each in letters]
    return ink, [image > INKED for image in images], classes


def _chosen(generator: np.random.Generator) -> list[str]:
    """One to seven letters, the first of them often a capital; now and then all of them."""
    capitals = generator.random() < 0.1
    n = int(generator.integers(1, generator.choice([3, 5, 8])))
    alphabet = list(CAPITALS if capitals else SMALL)
    some = [alphabet[k] for k in generator.integers(len(alphabet), size=n)]
    if generator.random() < 0.4:
        some[0] = list(CAPITALS)[generator.integers(len(CAPITALS))]
    return some


def _beside_each_other(
    letters: list[str], hand: Hand, generator: np.random.Generator
) -> list[Strokes]:
    """The strokes of each letter, in heights of a capital, on a line at 0."""
    placed, x = [], 0.0
    for each in letters:
        form = FORMS[each][generator.integers(len(FORMS[each]))]
        strokes = hand.moved(strokes_of(form, generator))
        left, right = (edge(np.concatenate(strokes)[:, 0]) for edge in (np.min, np.max))
        aside = np.array([x - left, -1])
        placed.append([stroke + aside for stroke in strokes])
        x += float(right - left) + hand.gap + generator.normal(0, 0.03)
    return placed


def _joints(
    letters: list[list[Points]], hand: Hand, generator: np.random.Generator
) -> list[Points]:
    return [
        joint(here[0], following[0])
        for here, following in pairwise(letters)
        if generator.random() < hand.joined
    ]
