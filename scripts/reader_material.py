"""What the networks for reading learn from, made of MNIST's training images and of letters.

Every function makes a part of it from a job: a seed, and whether it is of the digits that are held
out; the same job makes the same.
"""

from functools import cache
from multiprocessing.pool import Pool

import numpy as np
from letters import letters
from numpy.typing import NDArray
from strokes import TRAINING_SHAPES, drawings
from styles import styled

from digitnet.data import Examples, load_mnist
from digitnet.reading import geometry, synthesis
from digitnet.reading.ink import ink_of
from digitnet.reading.networks import probabilities
from digitnet.reading.normalise import normalise
from digitnet.reading.segments import lines_in, own_ink, pieces_of

HELD_OUT = 6000
"""The last of MNIST's training images, whose digits are not learned from."""
CHUNK = 500
"""Images that a job makes, or thereabouts."""
ROWS = 20
"""Rows that a job makes."""
STYLED = 0.3
"""The share of digits that are not MNIST's, but drawn in forms that it hardly has."""
WORDS, MIXED = 0.12, 0.12
"""The share of rows that are letters alone, and of those in which letters stand beside digits."""
NO_DIGITS_KEPT = 0.4
"""The share of what is cut from rows and is no digit that is learned from: there is much of it."""
Made = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Images (N, 28, 28), and their classes (N,)."""
Placed = tuple[NDArray[np.float32], NDArray[np.uint8]]


def single_digits(job: tuple[int, bool]) -> Made:
    """Digits as they are written, one by one."""
    images, labels, generator = _some(job, CHUNK)
    large = _written(images, labels, generator)
    return _as_bytes([synthesis.finished(image, generator) for image in large]), labels


def cut_digits(job: tuple[int, bool]) -> Made:
    """What is cut from rows of one to six digits: digits, and what is none.

    In some of the rows there are letters too, and some are words.
    """
    made: list[Made] = []
    generator = np.random.default_rng([job[0], 1])
    for row in range(ROWS):
        large, labels = _row((job[0] * 1000 + row, job[1]), generator)
        crops, classes = synthesis.cut_from_rows(large, labels, generator)
        found = np.array(classes, np.uint8)
        kept = (found < synthesis.NO_DIGIT) | (generator.random(len(found)) < NO_DIGITS_KEPT)
        chosen = [crop for crop, keep in zip(crops, kept, strict=True) if keep]
        if chosen:
            made.append((_as_bytes(chosen), found[kept]))
    return np.concatenate([x for x, _ in made]), np.concatenate([y for _, y in made])


def _written(
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
    images, labels, _ = _some(job, n)
    radius = int(generator.choice(synthesis.RADII, p=synthesis.SHARES))
    large = _written(images, labels, generator, radius)
    kind = generator.random()
    if kind < WORDS + MIXED:
        is_letter = generator.random(n) < (1 if kind < WORDS else 0.4)
        drawn = letters(int(is_letter.sum()), generator)
        large[is_letter] = synthesis.rewritten(drawn, generator, radius)
        labels[is_letter] = synthesis.NO_DIGIT
    return large, labels


def placed(job: tuple[int, bool]) -> Placed:
    """What geometry sees of all that is cut from rows: features (N, F), and classes (N,)."""
    generator = np.random.default_rng([job[0], 4])
    seen, classes = [], []
    for row in range(ROWS):
        large, labels = _row((10**7 + job[0] * 1000 + row, job[1]), generator)
        ink, masks = synthesis.row_of_digits(large, generator)
        for line in lines_in(ink):
            p = probabilities(normalise([each.ink for each in line.found]))
            for each, known in zip(line.found, geometry.features(line, p), strict=True):
                is_what = synthesis.class_of(each, masks, labels)
                if is_what is not None:
                    seen.append(known)
                    classes.append(is_what)
    return np.array(seen, np.float32).reshape(-1, geometry.N_FEATURES), np.array(classes, np.uint8)


def single_letters(job: tuple[int, bool]) -> Made:
    """Letters and signs, one by one."""
    generator = np.random.default_rng([job[0], 3])
    large = synthesis.rewritten(letters(CHUNK, generator), generator)
    crops = [synthesis.finished(image, generator) for image in large]
    return _as_bytes(crops), np.full(CHUNK, synthesis.NO_DIGIT, np.uint8)


def no_digits(job: tuple[int, bool]) -> Made:
    """Letters, scribbles and the like."""
    generator = np.random.default_rng([job[0], 2])
    crops = []
    for _, picture in drawings(TRAINING_SHAPES, CHUNK, generator):
        ink = ink_of(picture)
        pieces = pieces_of(ink)
        if pieces:
            crops.append(own_ink(pieces, ink)[1])
    return _as_bytes(crops), np.full(len(crops), synthesis.NO_DIGIT, np.uint8)


def _some(
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


def _as_bytes(crops: list[NDArray[np.float32]]) -> NDArray[np.uint8]:
    return np.rint(255 * normalise(crops)).astype(np.uint8)


def material(pool: Pool, n_chunks: dict[str, int], seed: int, held_out: bool) -> Examples:
    """All that is learned from, or looked at."""
    makers = {
        "single": single_digits,
        "cut": cut_digits,
        "letter": single_letters,
        "none": no_digits,
    }
    made: list[Made] = []
    for name, n in n_chunks.items():
        jobs = [(seed + number, held_out) for number in range(n)]
        made += pool.imap(makers[name], jobs)
    return Examples(np.concatenate([x for x, _ in made]), np.concatenate([y for _, y in made]))
