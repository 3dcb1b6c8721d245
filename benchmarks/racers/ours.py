"""digitnet's own contestant: what a program does that learns from images and predicts others."""

from collections.abc import Iterator

import numpy as np

from digitnet.data import Examples
from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from racers.job import Images, Predict, Recipe, ends_of_parts, main

CLASSES = tuple("0123456789")


def race(settings: Recipe, images: Images, labels: np.ndarray) -> Iterator[Predict]:
    yield learn(Settings(**settings), Examples(images, labels), None, CLASSES).model.predict


def in_parts(
    settings: Recipe, images: Images, labels: np.ndarray, n_parts: int
) -> Iterator[Predict]:
    """The same; what `learn` does, with halts in which to predict."""
    from digitnet.nn import Epoch
    from digitnet.nn.blas import one_thread
    from digitnet.training.underway import Learning

    learning = Learning(Settings(**settings), Examples(images, labels), None, CLASSES)
    n_steps = len(learning.batches)
    ends = ends_of_parts(n_steps, n_parts) - {n_steps}  # after which an epoch's record comes
    with one_thread:
        for record in learning.records():
            if isinstance(record, Epoch) or (record.step - 1) % n_steps + 1 in ends:
                yield learning.model().predict


if __name__ == "__main__":
    main(race, in_parts)
