"""The textbook network (digitnet.nn.textbook): float64, plain gradient descent.

A cosine schedule lowers its learning rate from epoch to epoch.
"""

from collections.abc import Iterator

import numpy as np

from digitnet.nn.textbook import TextbookNetwork
from racers.job import DISTORTIONS, Images, Predict, Recipe, main, prepared, rates, refuse


def race(settings: Recipe, images: Images, labels: np.ndarray) -> Iterator[Predict]:
    cannot = dict.fromkeys((*DISTORTIONS, "mixup", "dropout", "averaging", "momentum"), 0.0)
    refuse(settings, "the textbook network", optimizer="sgd", batch_norm=False, **cannot)
    refuse(settings, "the textbook network", weight_decay=0.0, oriented_gradients=False)
    (n_hidden,) = settings["hidden_layer_sizes"]
    network = TextbookNetwork(784, n_hidden, 10, np.random.default_rng(settings["seed"]))
    x, t = rows_of(prepared(settings, images)), np.eye(10)[labels]
    for rate in rates(settings, 1)[:, 0].tolist():
        network.learn(x, t, settings["batch_size"], rate)
        yield lambda asked: network.forward(rows_of(prepared(settings, asked))).argmax(axis=1)


def rows_of(images: Images) -> np.ndarray:
    """Rows of float64 from 0 to 1."""
    return images.reshape(len(images), -1) / 255


if __name__ == "__main__":
    main(race)
