"""Distorted and blended batches, made by a second thread ahead of the step that uses them."""

import sys
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import numpy as np

from digitnet.data.batches import Batches
from digitnet.data.distortions import Distortions
from digitnet.data.mixup import mix
from digitnet.nn.arrays import Array, Scratch

N_AHEAD = 4
SEED_TAG = 2
"""At the end of a batch's seed: dropout has 1, the order of an epoch 0, which NumPy pads with."""


class AugmentedBatches:
    """The batches of another source, every image distorted or blended with another or both.

    What happens to a batch, anew in each epoch, comes from a generator seeded with
    [seed, epoch, batch, 2], so it does not depend on who runs ahead of whom, and any batch can be
    replayed. A thread makes up to N_AHEAD batches in advance, where Python can start one. Each is
    valid until the next one.

    strength: what the distortions of an epoch, counted from 1, are multiplied by.
    mixup: α of mixup.mix, 0 for none.

    Epoch 0, for looking without learning, is that of the source, as it is.
    """

    def __init__(
        self,
        source: Batches,
        image_shape: tuple[int, int],
        distort: Distortions,
        seed: int,
        strength: Callable[[int], float] = lambda _: 1.0,
        mixup: float = 0.0,
    ) -> None:
        self.source = source
        self.image_shape = image_shape
        self.distort = distort
        self.seed = seed
        self.strength = strength
        self.mixup = mixup
        self.scratch = Scratch()

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return len(self.source)

    def epoch(self, number: int, first: int = 0) -> Iterator[tuple[Array, Array]]:
        """The batches of epoch `number` from the `first` on. Raises what the thread raised."""
        if number == 0:
            yield from self.source.epoch(0, first)
        elif sys.platform == "emscripten":  # a browser, where Python cannot start a thread
            yield from self._one_by_one(number, first)
        else:
            yield from self._ahead(number, first)

    def _one_by_one(self, number: int, first: int) -> Iterator[tuple[Array, Array]]:
        """Each batch when it is asked for."""
        free: SimpleQueue[int | None] = SimpleQueue()
        free.put(0)
        for slot, x, targets in self._batches(number, first, free, threading.Event()):
            yield x, targets
            free.put(slot)

    def _ahead(self, number: int, first: int) -> Iterator[tuple[Array, Array]]:
        """Batches that a thread has made meanwhile."""
        ready: SimpleQueue[tuple[int, Array, Array] | BaseException | None] = SimpleQueue()
        free: SimpleQueue[int | None] = SimpleQueue()
        for slot in range(N_AHEAD + 1):  # one more for the batch that is being learned from
            free.put(slot)
        stopped = threading.Event()

        def produce() -> None:
            try:
                for batch in self._batches(number, first, free, stopped):
                    ready.put(batch)
                ready.put(None)
            except BaseException as error:
                ready.put(error)

        thread = threading.Thread(target=produce, name="augmentation", daemon=True)
        thread.start()
        try:
            while (got := ready.get()) is not None:
                if isinstance(got, BaseException):
                    raise got
                slot, x, targets = got
                yield x, targets
                free.put(slot)
        finally:
            stopped.set()
            free.put(None)
            if thread is not threading.current_thread():  # whose garbage this may be: it is ending
                thread.join()

    def _batches(
        self, epoch: int, first: int, free: "SimpleQueue[int | None]", stopped: threading.Event
    ) -> Iterator[tuple[int, Array, Array]]:
        """Each batch in the arrays of a free slot, until all are made or nobody wants more."""
        distort = self.distort.times(self.strength(epoch))
        for index, (x, targets) in enumerate(self.source.epoch(epoch, first), start=first):
            slot = free.get()
            if slot is None or stopped.is_set():
                return
            own_x = self.scratch(f"x{slot}", x.shape, x.dtype)
            own_targets = self.scratch(f"targets{slot}", targets.shape, targets.dtype)
            own_x[...], own_targets[...] = x, targets
            generator = np.random.default_rng([self.seed, epoch, index, SEED_TAG])
            yield slot, self._changed(own_x, own_targets, distort, generator), own_targets

    def _changed(
        self, x: Array, targets: Array, distort: Distortions, generator: np.random.Generator
    ) -> Array:
        """Distort and blend x and the targets, in place; returns the rows to learn from."""
        if distort:
            distort(x.reshape(-1, *self.image_shape), generator)
        if self.mixup:
            mix(x, targets, self.mixup, generator, self.scratch)
        return x
