"""scikit-learn's MLPClassifier, in float32, with what it knows: Adam or SGD at a constant rate."""

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from racers.job import (
    DISTORTIONS,
    Images,
    Predict,
    Recipe,
    inputs,
    main,
    prepared,
    refuse,
    scaled,
)


def model_of(settings: Recipe) -> MLPClassifier:
    cannot = dict.fromkeys((*DISTORTIONS, "mixup", "dropout", "averaging", "warmup"), 0.0)
    refuse(settings, "scikit-learn", batch_norm=False, schedule="constant", **cannot)
    return MLPClassifier(
        settings["hidden_layer_sizes"],
        solver=settings["optimizer"],
        alpha=settings["weight_decay"],
        batch_size=settings["batch_size"],
        learning_rate_init=settings["learning_rate"],
        momentum=settings["momentum"],
        beta_1=settings["momentum"],
        beta_2=settings["beta2"],
        nesterovs_momentum=settings["nesterov"],
        max_iter=settings["epochs"],
        n_iter_no_change=settings["epochs"],
        random_state=settings["seed"],
    )


def race(settings: Recipe, images: Images, labels: np.ndarray) -> Iterator[Predict]:
    model = model_of(settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows_of(settings, images), labels)
    yield lambda asked: model.predict(rows_of(settings, asked))


def rows_of(settings: Recipe, images: Images) -> np.ndarray:
    return scaled(inputs(settings, prepared(settings, images)))


def in_parts(
    settings: Recipe, images: Images, labels: np.ndarray, n_parts: int
) -> Iterator[Predict]:
    """The same, a part of a pass at a time."""
    model, x = model_of(settings), rows_of(settings, images)
    generator = np.random.default_rng(settings["seed"])
    for _ in range(settings["epochs"]):
        for part in np.array_split(generator.permutation(len(x)), n_parts):
            model.partial_fit(x[part], labels[part], classes=np.arange(10))
            yield lambda asked: model.predict(rows_of(settings, asked))


if __name__ == "__main__":
    main(race, in_parts)
