"""Rows of digits and words, and single digits, as the networks for reading learn from them.

They are of MNIST's training images, or drawn (scripts/styles.py); words are drawn (words.py). A job
is a seed, and whether it is of the digits that are held out; the same job makes the same.
"""

from functools import cache

import numpy as np
from letters import letters
from numpy.typing import NDArray
from styles import styled
from words import word

from digitnet.data import Examples, load_mnist
from digitnet.reading import synthesis
from digitnet.reading.digit import LETTER

HELD_OUT = 6000
"""The last of MNIST's training images, whose digits are not learned from."""
STYLED = 0.4
"""The share of digits that are not MNIST's, but drawn in forms that it hardly has."""
WORDS, MIXED = 0.06, 0.1
"""The share of rows that are letters alone, and of those in which letters stand among digits."""
BESIDE, ALONE = 0.2, 0.3
"""The share of rows with a handwritten word, and of these, the share without digits."""
Inked = tuple[NDArray[np.float32], list[NDArray[np.bool_]], NDArray[np.uint8]]


def some(
    job: tuple[int, bool], n: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], np.random.Generator]:
    """So many of MNIST's digits, to learn from or of those held out, and a generator."""
    seed, held_out = job
    generator = np.random.default_rng([seed, 0])
    examples = _mnist()
    first, last = len(examples) - HELD_OUT, len(examples)
    chosen = generator.integers(first, last, n) if held_out else generator.integers(first, size=n)
    return examples.images[chosen], examples.labels[chosen].astype(np.uint8), generator


@cache
def _mnist() -> Examples:
    """MNIST's training images, read once in each process."""
    return load_mnist().train


def written(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    generator: np.random.Generator,
    radius: int | None = None,
) -> NDArray[np.float32]:
    """Digits as somebody else might have written them, some of them in other forms: (n, 56, 56)."""
    large = synthesis.with_habits(images, labels, generator)
    chosen = generator.random(len(labels)) < STYLED
    large[chosen] = styled(labels[chosen], generator)
    return synthesis.rewritten(large, generator, radius)


def _row(
    job: tuple[int, bool], generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """One to six digits of one pen, (n, 56, 56), and their classes; or letters instead of some."""
    n = int(generator.integers(1, 7))
    images, labels, _ = some(job, n)
    radius = int(generator.choice(synthesis.RADII, p=synthesis.SHARES))
    large = written(images, labels, generator, radius)
    kind = generator.random()
    if kind < WORDS + MIXED:
        is_letter = generator.random(n) < (1 if kind < WORDS else 0.4)
        drawn = letters(int(is_letter.sum()), generator)
        large[is_letter] = synthesis.rewritten(drawn, generator, radius)
        labels[is_letter] = LETTER
    return large, labels


def inked(job: tuple[int, bool], generator: np.random.Generator) -> Inked:
    """The ink of a row (h, w), where each digit or letter is, and their classes.

    In some rows a word stands before the digits, behind them, or alone.
    """
    large, labels = _row(job, generator)
    ink, masks = synthesis.row_of_digits(large, generator)
    if generator.random() > BESIDE:
        return ink, masks, labels
    height = (len(ink) - 8) / 1.7  # of the digits, as row_of_digits made them
    tall = height * generator.uniform(0.7, 1.2)
    base = 4 + height * generator.uniform(0.9, 1.1)
    text, places, classes = word(len(ink), tall, base, generator)
    parts = [(synthesis.as_found(text, generator), places, np.array(classes, np.uint8))]
    if generator.random() > ALONE:
        gap = np.zeros((len(ink), round(height * generator.uniform(0, 0.7))), np.float32)
        digits = (ink, masks, labels)
        before, after = (parts[0], digits) if generator.random() < 0.5 else (digits, parts[0])
        parts = [before, (gap, [], labels[:0]), after]
    return _side_by_side(parts)


def _side_by_side(parts: list[Inked]) -> Inked:
    """Parts of a row as one."""
    width, x = sum(ink.shape[1] for ink, _, _ in parts), 0
    masks = []
    for ink, own, _ in parts:
        beside = ((0, 0), (x, width - x - ink.shape[1]))
        masks += [np.pad(mask, beside) for mask in own]
        x += ink.shape[1]
    ink = np.concatenate([each for each, _, _ in parts], axis=1)
    return ink, masks, np.concatenate([labels for _, _, labels in parts])
