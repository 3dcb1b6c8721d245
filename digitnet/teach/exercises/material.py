"""What the checks call a pupil's function with: a few digits of MNIST, and seeded numbers.

forty.npz beside MNIST holds the first four training images of each digit, the first two of each
in front, so that a check needs no more than it (its licence is digitnet/data/mnist/LICENSE.md).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Array

SEED = 20_12


@cache
def forty() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]]:
    """Images (40, 28, 28), labels (40,), and their places among MNIST's training images (40,)."""
    with (files("digitnet") / "data" / "mnist" / "forty.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return arrays["images"], arrays["labels"], arrays["places"]


def digits(start: int, count: int) -> tuple[Array, Array]:
    """Pixels (count, 784) from 0 to 1 and one-hot targets (count, 10), float64, copies."""
    images, labels, _ = forty()
    some = slice(start, start + count)
    return images[some].reshape(count, 784) / 255.0, np.eye(10)[labels[some]]


def twenty() -> tuple[Array, Array]:
    """Two images of each digit."""
    return digits(0, 20)


def four() -> tuple[Array, Array]:
    """Four images that are not among the twenty."""
    return digits(20, 4)


def normal(number: int, *shapes: tuple[int, ...]) -> list[Array]:
    """Arrays of seeded normal numbers, another seed for each number."""
    generator = np.random.default_rng([SEED, number])
    return [generator.standard_normal(shape) for shape in shapes]


def one_hot(number: int, n_rows: int, n_classes: int) -> Array:
    """Seeded targets (n_rows, n_classes)."""
    labels = np.random.default_rng([SEED, number, 1]).integers(n_classes, size=n_rows)
    return np.eye(n_classes)[labels]
