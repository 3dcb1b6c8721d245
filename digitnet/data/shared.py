"""Batches of which several processes have some rows each: see digitnet.nn.ranks.

Who has which rows changes nothing about them: order, distortions and blending are those of the
whole batch, and each process works out its own.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from digitnet.data.augmented import AugmentedBatches
from digitnet.data.batches import Batches, Indices
from digitnet.data.distortions import Distortions
from digitnet.data.mixup import mix
from digitnet.nn.arrays import Array

Share = Callable[[int], slice]
"""Which rows of a batch of so many this process has."""


class SharedBatches(Batches):
    """Batches of own rows (b, I), and of the targets of all rows (B, K).

    share: which rows these are. and_next: whether the one after the last comes too, to be blended
    with; that of the last row of a batch is the first.
    """

    def __init__(self, share: Share, and_next: bool, *batches: Any) -> None:
        """batches: as for Batches."""
        super().__init__(*batches)
        self.share, self.and_next = share, and_next

    def epoch(self, number: int, first: int = 0) -> Iterator[tuple[Array, Array]]:
        order = self._order(number)
        for start in range(first * self.batch_size, len(order), self.batch_size):
            batch = order[start : start + self.batch_size]
            yield self._inputs(batch[self.own(len(batch))]), self._targets(batch)

    def own(self, n: int) -> Indices:
        """Which rows of a batch of n are given."""
        rows = self.share(n)
        return np.arange(rows.start, rows.stop + (self.and_next and rows.stop > rows.start)) % n


class SharedAugmentedBatches(AugmentedBatches):
    """AugmentedBatches of SharedBatches, which it asks for another row if images are blended."""

    source: SharedBatches

    def _changed(
        self, x: Array, targets: Array, distort: Distortions, generator: np.random.Generator
    ) -> Array:
        own = self.source.own(len(targets))
        if distort:
            distort(x.reshape(-1, *self.image_shape), generator, len(targets), own)
        if self.mixup:
            mix(x, targets, self.mixup, generator, self.scratch, own)
        return x[: len(x) - 1] if self.source.and_next and len(x) else x
