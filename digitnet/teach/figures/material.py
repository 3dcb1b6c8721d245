"""The digits that figures look at: a part of MNIST, and what was computed from it and kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Array

N_IMAGES = 5000
"""The first of MNIST's training images."""


class Material:
    """Images (N, 28, 28) and labels (N,), uint8, and by name of the figure what it wants to keep.

    Figures answer the same whatever is kept: it only saves time.
    """

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        self.images, self.labels = images, labels
        self.kept: dict[str, Any] = {}

    @property
    def rows(self) -> Array:
        """All pixels from 0 to 1: (N, 784) float32, made once."""
        if "rows" not in self.kept:
            rows = self.images.reshape(len(self.images), -1)
            self.kept["rows"] = np.multiply(rows, np.float32(1 / 255), dtype=np.float32)
        kept: Array = self.kept["rows"]
        return kept

    @property
    def targets(self) -> Array:
        """One-hot rows: (N, 10) float32."""
        return np.eye(10, dtype=np.float32)[self.labels]
