"""Material: the images that all visitors learn from, split once for all who split alike."""

import threading
from collections import OrderedDict

from digitnet.data import Dataset, Examples, hold_out
from digitnet.training.settings import Settings

MOST_SPLITS = 3
"""That are kept: each is a copy of all images, 47 MB of MNIST."""


class Shared:
    """A data set, split into what is learned from and what is held out. Any thread may use it."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self._lock = threading.Lock()
        self._splits: OrderedDict[tuple[float, int], tuple[Examples, Examples]] = OrderedDict()

    def prepare(self) -> None:
        """Split as most will, so that the first who learns need not wait for it."""
        settings = Settings()
        self.split(settings.validation_fraction, settings.seed)

    def split(self, fraction: float, seed: int) -> tuple[Examples, Examples]:
        """What hold_out gives, the same for the same fraction and seed. Raises DigitnetError."""
        key = (fraction, seed if fraction else 0)
        with self._lock:
            if key not in self._splits:
                self._splits[key] = hold_out(self.data.train, fraction, seed)
                if len(self._splits) > MOST_SPLITS:
                    self._splits.popitem(last=False)
            self._splits.move_to_end(key)
            return self._splits[key]
