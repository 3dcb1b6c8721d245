"""The textbook network (digitnet.nn.textbook): float64, plain gradient descent.

A cosine schedule lowers its learning rate from epoch to epoch.
"""

from collections.abc import Iterator

import numpy as np

from digitnet.nn.textbook import TextbookNetwork
from racers.job import DISTORTIONS, Images, Predict, Recipe, main, prepared, rates, refuse


def race(
    settings: Recipe, images: Images, labels: np.ndarray, n_parts: int = 1
) -> Iterator[Predict]:
    """It yields after each part of an epoch, which is an epoch of some of the images."""
    cannot = dict.fromkeys((*DISTORTIONS, "mixup", "dropout", "averaging", "momentum"), 0.0)
    refuse(settings, "the textbook network", optimizer="sgd", batch_norm=False, **cannot)
    refuse(settings, "the textbook network", weight_decay=0.0, oriented_gradients=False)
    (n_hidden,) = settings["hidden_layer_sizes"]
    generator = np.random.default_rng(settings["seed"])
    network = TextbookNetwork(784, n_hidden, 10, generator)
    x, t = rows_of(prepared(settings, images)), np.eye(10)[labels]
    for rate in rates(settings, 1)[:, 0].tolist():
        parts = [slice(None)]  # which copies nothing
        if n_parts > 1:
            parts = np.array_split(generator.permutation(len(x)), n_parts)
        for part in parts:
            network.learn(x[part], t[part], settings["batch_size"], rate)
            yield lambda asked: network.forward(rows_of(prepared(settings, asked))).argmax(axis=1)


def rows_of(images: Images) -> np.ndarray:
    """Rows of float64 from 0 to 1."""
    return images.reshape(len(images), -1) / 255


if __name__ == "__main__":
    main(race, race)
