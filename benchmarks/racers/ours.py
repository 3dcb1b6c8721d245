"""digitnet's own contestant: what a program does that learns from images and predicts others."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from digitnet.data import Examples
from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from racers.job import Images, Predict, Recipe, main

CLASSES = tuple("0123456789")


def race(settings: Recipe, images: Images, labels: np.ndarray) -> Iterator[Predict]:
    learning, views = parted(settings)
    model = learn(Settings(**learning), Examples(images, labels), None, CLASSES).model
    yield partial(model.predict, views=views)


def every_epoch(settings: Recipe, images: Images, labels: np.ndarray) -> Iterator[Predict]:
    """The same; what `learn` does, in parts, to predict between two epochs."""
    from digitnet.nn import Epoch
    from digitnet.nn.blas import one_thread
    from digitnet.training.underway import Learning

    of_learning, views = parted(settings)
    learning = Learning(Settings(**of_learning), Examples(images, labels), None, CLASSES)
    with one_thread:
        for record in learning.records():
            if isinstance(record, Epoch):
                yield partial(learning.model().predict, views=views)


def parted(settings: Recipe) -> tuple[dict[str, Any], int]:
    """What it learns by, and from how many places it looks at what it predicts."""
    return {name: settings[name] for name in settings if name != "views"}, settings.get("views", 1)


if __name__ == "__main__":
    main(race, every_epoch)
