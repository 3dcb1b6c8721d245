"""Batches: the examples of an epoch, a few rows at a time."""

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from digitnet.accept.scaling import MinMax, one_hot
from digitnet.data.examples import Examples
from digitnet.nn.arrays import Array, Scratch

Indices: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.intp]]"
"""Which examples, by their numbers."""
ROWS_AT_ONCE = 512
"""Gathered together, several small batches take fewer NumPy calls; 2 MB stay close to the core."""


class Batches:
    """Examples cut into batches of scaled rows (B, I) and one-hot targets (B, K).

    The targets of examples with weights are one-hot rows times the weight, whose mean over all
    examples is made 1: see digitnet.nn.WeightedCrossEntropy.

    The images stay uint8 in memory, a quarter of their size as float32. A few batches at a time
    are gathered and scaled into the same two arrays, so each is valid until the next one.

    With a shuffle_seed, epoch e has its own order, from a generator seeded with [shuffle_seed, e],
    so that any epoch can be replayed; without one, the order is that of the examples.
    `batch_size` may change between epochs. The last batch of an epoch may be smaller. No examples
    make no batches.
    """

    def __init__(
        self,
        examples: Examples,
        scaling: MinMax,
        n_classes: int,
        batch_size: int,
        shuffle_seed: int | None = None,
    ) -> None:
        self.rows, self.scaling = scaling.beforehand(examples.rows)
        self.labels = examples.labels
        self.one_hot = one_hot(np.arange(n_classes), n_classes)
        self.shares: Array | None = None
        if examples.weights is not None and len(examples):
            self.shares = (examples.weights / examples.weights.mean()).astype(np.float32)
        self.batch_size = max(1, min(batch_size, len(examples)))
        self.shuffle_seed = shuffle_seed
        self.scratch = Scratch()

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return math.ceil(len(self.rows) / self.batch_size)

    def epoch(self, number: int, first: int = 0) -> Iterator[tuple[Array, Array]]:
        """The batches of epoch `number` from the `first` on; 0 is for looking without learning."""
        order = self._order(number)
        batch_size = self.batch_size
        n_rows = batch_size * max(1, ROWS_AT_ONCE // batch_size)
        for start in range(first * batch_size, len(order), n_rows):
            chosen = order[start : start + n_rows]
            x, targets = self._inputs(chosen), self._targets(chosen)
            for top in range(0, len(x), batch_size):
                batch = slice(top, top + batch_size)
                yield x[batch], targets[batch]

    def _order(self, number: int) -> Indices:
        """The examples of epoch `number`, one batch after the other."""
        order = np.arange(len(self.rows))
        if self.shuffle_seed is not None:
            np.random.default_rng([self.shuffle_seed, number]).shuffle(order)
        return order

    def _inputs(self, indices: Indices) -> Array:
        """The scaled rows of these examples (n, I), scratch."""
        pixels = self.scratch("pixels", (len(indices), self.rows.shape[1]), self.rows.dtype)
        # mode="clip": the default mode gathers into a copy of `out`, to leave it whole on an error.
        np.take(self.rows, indices, axis=0, out=pixels, mode="clip")
        return self.scaling(pixels, out=self.scratch("x", pixels.shape, np.float32))

    def _targets(self, indices: Indices) -> Array:
        """Their targets (n, K), scratch."""
        targets = self.scratch("targets", (len(indices), self.one_hot.shape[1]), np.float32)
        np.take(self.one_hot, self.labels[indices], axis=0, out=targets, mode="clip")
        if self.shares is not None:
            targets *= self.shares[indices, None]
        return targets
