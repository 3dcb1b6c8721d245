"""Material: the images that all visitors learn from, split once for all who split alike."""

import gc
import threading
import weakref
from collections import OrderedDict
from typing import TypeAlias

from digitnet.data import Dataset, Examples, hold_out
from digitnet.errors import DigitnetError
from digitnet.training.settings import Settings

MOST_SPLITS = 3
"""That are kept though nobody uses them: each is a copy of all images, 47 MB of MNIST."""
MOST_READINGS = 2
"""Pictures that are read at a time, for visitors and for other programs; the others wait."""


Key: TypeAlias = tuple[float, int]
"""Share and seed."""
Split: TypeAlias = tuple[Examples, Examples]
"""What is learned from, and what is held out."""


class Shared:
    """A data set, split into what is learned from and what is held out. Any thread may use it.

    most: splits that may be in use, or None. turns: to be held while a picture is read.
    """

    def __init__(self, data: Dataset, most: int | None = None) -> None:
        self.data = data
        self.turns = threading.Semaphore(MOST_READINGS)
        self._most = most
        self._in_use: dict[Key, tuple[weakref.ref[Examples], weakref.ref[Examples]]] = {}
        self._lock = threading.Lock()
        self._splits: OrderedDict[Key, Split] = OrderedDict()

    def prepare(self) -> None:
        """Split as most will, so that the first who learns need not wait for it."""
        settings = Settings()
        self.split(settings.validation_fraction, settings.seed)

    def split(self, fraction: float, seed: int) -> tuple[Examples, Examples]:
        """What hold_out gives, the same for the same fraction and seed.

        Raises DigitnetError if it cannot be, or too many others are in use.
        """
        key = (fraction, seed if fraction else 0)
        with self._lock:
            if key not in self._splits:
                self._splits[key] = self._used(key) or self._split(*key)
                if len(self._splits) > MOST_SPLITS:
                    self._splits.popitem(last=False)
            self._splits.move_to_end(key)
            return self._splits[key]

    def _used(self, key: Key) -> Split | None:
        """That of somebody who learns from it."""
        if key not in self._in_use:
            return None
        learn, held_out = (each() for each in self._in_use[key])
        return None if learn is None or held_out is None else (learn, held_out)

    def _split(self, fraction: float, seed: int) -> Split:
        """A new one."""
        if fraction == 0:
            return hold_out(self.data.train, fraction, seed)  # which copies nothing
        self._make_room()
        parts = hold_out(self.data.train, fraction, seed)
        self._in_use[fraction, seed] = weakref.ref(parts[0]), weakref.ref(parts[1])
        return parts

    def _make_room(self) -> None:
        """Let go of what nobody uses. Raises DigitnetError if all are used."""
        if self._most is None or self._n_in_use() < self._most:
            return
        while self._splits and self._n_in_use() >= self._most:
            self._splits.popitem(last=False)
            gc.collect()  # trainings that have ended may refer to themselves
        if self._n_in_use() >= self._most:
            raise DigitnetError(
                f"{self._most} seeds or shares of validation are in use by others: choose the seed "
                "and the share that most have, or try again later"
            )

    def _n_in_use(self) -> int:
        self._in_use = {key: refs for key, refs in self._in_use.items() if refs[0]() is not None}
        return len(self._in_use)
