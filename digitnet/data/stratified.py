"""The split that scikit-learn makes, without importing it: that takes longer than MNIST.

The same seed gives the same parts, in the same order: a test holds the two together. Source:
StratifiedShuffleSplit and _approximate_mode of scikit-learn (BSD-3-Clause).
"""

import math

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


def train_test_split(
    rows: Indices, *, test_size: float, stratify: NDArray[np.uint8], random_state: int
) -> tuple[Indices, Indices]:
    """The rows to learn from, and a share of `test_size` of them, of each class alike.

    stratify: the class of each row. Raises ValueError if one of the parts would lack a class.
    """
    classes, counts = np.unique(stratify, return_counts=True)
    n_test = math.ceil(test_size * len(rows))
    n_train = len(rows) - n_test
    if counts.min() < 2 or min(n_train, n_test) < len(classes):
        raise ValueError(f"{n_train} and {n_test} rows of {len(classes)} classes")
    random = np.random.RandomState(random_state)
    to_train = _of_each(counts, n_train, random)
    to_test = _of_each(counts - to_train, n_test, random)
    train, test = list[Indices](), list[Indices]()
    for name, n_learn, n_held_out in zip(classes, to_train, to_test, strict=True):
        mixed = random.permutation(np.flatnonzero(stratify == name))
        train.append(mixed[:n_learn])
        test.append(mixed[n_learn : n_learn + n_held_out])
    learn, held_out = (random.permutation(np.concatenate(part)) for part in (train, test))
    return rows[learn], rows[held_out]


def _of_each(counts: Indices, n_drawn: int, random: np.random.RandomState) -> Indices:
    """How many of each class make n_drawn: those with the largest remainders get one more."""
    exact = counts / counts.sum() * n_drawn
    result: Indices = np.floor(exact).astype(np.intp)
    remainders = exact - result
    missing = n_drawn - int(result.sum())
    for remainder in np.unique(remainders)[::-1]:
        if missing <= 0:
            break
        (alike,) = np.nonzero(remainders == remainder)
        more = random.choice(alike, size=min(len(alike), missing), replace=False)
        result[more] += 1
        missing -= len(more)
    return result
