"""The digits of the figures, from MNIST as it comes along."""

from __future__ import annotations

import numpy as np

from digitnet.data import Dataset, load_mnist
from digitnet.teach.figures.material import N_IMAGES, Material


def first_digits(data: Dataset | None = None) -> Material:
    """The first N_IMAGES training images. Raises DigitnetError if they cannot be read."""
    train = (data or load_mnist()).train
    images = np.asarray(train.images[:N_IMAGES], np.uint8)
    return Material(images, train.labels[:N_IMAGES].astype(np.uint8))
