"""What the networks for reading learn from, made of MNIST's training images and of letters.

Every function makes a part of it from a job: a seed, and whether it is of the digits that are held
out; the same job makes the same.
"""

from multiprocessing.pool import Pool

import numpy as np
from letters import letters
from numpy.typing import NDArray
from reader_rows import inked, some, written
from strokes import TRAINING_SHAPES, drawings

from digitnet.data import Examples
from digitnet.reading import geometry, labelled, synthesis
from digitnet.reading.digit import LETTER, NO_DIGIT
from digitnet.reading.ink import ink_of
from digitnet.reading.networks import probabilities
from digitnet.reading.normalise import normalise
from digitnet.reading.segments import lines_in, own_ink, pieces_of

CHUNK = 500
"""Images that a job makes, or thereabouts."""
ROWS = 20
"""Rows that a job makes."""
NO_DIGITS_KEPT = 0.4
"""The share of what is cut from rows and is no digit that is learned from: there is much of it."""
MARKS = ("crumbs", "dash")
"""Of the shapes that are drawn, those that are parts of digits as much as signs."""
Made = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Images (N, 28, 28), and their classes (N,)."""
Placed = tuple[NDArray[np.float32], NDArray[np.uint8]]


def single_digits(job: tuple[int, bool]) -> Made:
    """Digits as they are written, one by one."""
    images, labels, generator = some(job, CHUNK)
    large = written(images, labels, generator)
    return _as_bytes([synthesis.finished(image, generator) for image in large]), labels


def cut_digits(job: tuple[int, bool]) -> Made:
    """What is cut from rows of one to six digits: digits, and what is none.

    In some of the rows there are letters too, and some are words.
    """
    made: list[Made] = []
    generator = np.random.default_rng([job[0], 1])
    for row in range(ROWS):
        ink, masks, labels = inked((job[0] * 1000 + row, job[1]), generator)
        crops, classes = labelled.cut_from(ink, masks, labels)
        found = np.array(classes, np.uint8)
        kept = (found != NO_DIGIT) | (generator.random(len(found)) < NO_DIGITS_KEPT)
        chosen = [crop for crop, keep in zip(crops, kept, strict=True) if keep]
        if chosen:
            made.append((_as_bytes(chosen), found[kept]))
    return np.concatenate([x for x, _ in made]), np.concatenate([y for _, y in made])


def placed(job: tuple[int, bool]) -> Placed:
    """What geometry sees of all that is cut from rows: features (N, F), and classes (N,)."""
    generator = np.random.default_rng([job[0], 4])
    seen, classes = [], []
    for row in range(ROWS):
        ink, masks, labels = inked((10**7 + job[0] * 1000 + row, job[1]), generator)
        for line in lines_in(ink):
            p = probabilities(normalise([each.ink for each in line.found]))
            for each, known in zip(line.found, geometry.features(line, p), strict=True):
                is_what = labelled.class_of(each, masks, labels)
                if is_what is not None:
                    seen.append(known)
                    classes.append(is_what)
    return np.array(seen, np.float32).reshape(-1, geometry.N_FEATURES), np.array(classes, np.uint8)


def single_letters(job: tuple[int, bool]) -> Made:
    """Letters and signs, one by one."""
    generator = np.random.default_rng([job[0], 3])
    large = synthesis.rewritten(letters(CHUNK, generator), generator)
    crops = [synthesis.finished(image, generator) for image in large]
    return _as_bytes(crops), np.full(CHUNK, LETTER, np.uint8)


def no_digits(job: tuple[int, bool]) -> Made:
    """Letters, scribbles and the like."""
    generator = np.random.default_rng([job[0], 2])
    crops, classes = [], []
    for name, picture in drawings(TRAINING_SHAPES, CHUNK, generator):
        ink = ink_of(picture)
        pieces = pieces_of(ink)
        if pieces:
            crops.append(own_ink(pieces, ink)[1])
            classes.append(NO_DIGIT if name.startswith(MARKS) else LETTER)
    return _as_bytes(crops), np.array(classes, np.uint8)


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
