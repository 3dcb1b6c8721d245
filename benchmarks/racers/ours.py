"""digitnet's own contestant: what a program does that learns from images and predicts others."""

from collections.abc import Iterator

import numpy as np

from digitnet.data import Examples
from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from racers.job import Images, Predict, Recipe, main

CLASSES = tuple("0123456789")


def race(settings: Recipe, images: Images, labels: np.ndarray) -> Iterator[Predict]:
    yield learn(Settings(**settings), Examples(images, labels), None, CLASSES).model.predict


def every_epoch(settings: Recipe, images: Images, labels: np.ndarray) -> Iterator[Predict]:
    """The same; what `learn` does, in parts, to predict between two epochs."""
    from digitnet.nn import Epoch
    from digitnet.nn.blas import one_thread
    from digitnet.training.underway import Learning

    learning = Learning(Settings(**settings), Examples(images, labels), None, CLASSES)
    with one_thread:
        for record in learning.records():
            if isinstance(record, Epoch):
                yield learning.model().predict


if __name__ == "__main__":
    main(race, every_epoch)
