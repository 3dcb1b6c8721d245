"""Figure 6: what hidden units look for, after some steps of learning.

A small network learns from the 5,000 images, a batch at a time. Then each hidden unit has a weight
for each pixel, an image of what it looks for, and some images excite it more than all others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import SGD, Array, Objective, multilayer_perceptron
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import Answer, Figure, Settings, Slider, percent

UNITS, BATCH = 16, 50
LEARNING_RATE, WEIGHT_DECAY = 0.2, 0.02
MOST_STEPS, STEPS_AT_ONCE = 1000, 50
EXCITING = 10
BRIGHTEST = 0.998
"""The share of all weights that are shown in different shades; the few others are full."""


class Learner:
    """A network after some steps, which can be led further: as if all were made in one go."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.network = multilayer_perceptron([784, UNITS, 10])
        self.steps = 0
        self._optimizer, self._objective = SGD(), Objective(None, WEIGHT_DECAY)
        self._seen: tuple[Array, float] | None = None

    def go_on(self, steps: int) -> None:
        """Learn up to this step."""
        x, targets = self.material.rows, self.material.targets
        per_epoch = max(1, len(x) // BATCH)
        for step in range(self.steps, steps):
            epoch, place = divmod(step, per_epoch)
            order = np.random.default_rng([0, epoch]).permutation(len(x))
            some = order[place * BATCH : (place + 1) * BATCH]
            self._objective(self.network, x[some], targets[some])
            self._optimizer.step(self.network.params, self.network.grads, LEARNING_RATE)
            self._seen = None
        self.steps = steps

    def sees(self) -> tuple[Array, float]:
        """What each hidden unit says of all images (N, UNITS), and the share that is read right."""
        if self._seen is None:
            x = self.material.rows
            for layer in self.network.layers[:2]:
                x = layer.forward(x, training=False)
            outputs = x.copy()
            for layer in self.network.layers[2:]:
                x = layer.forward(x, training=False)
            self._seen = outputs, float((x.argmax(axis=1) == self.material.labels).mean())
        return self._seen


def learner_after(steps: int, material: Material) -> Learner:
    """One that has made so many steps; what it has learned already is kept."""
    learner: Learner | None = material.kept.get("units")
    if learner is None or learner.steps > steps:
        learner = material.kept["units"] = Learner(material)
    learner.go_on(steps)
    return learner


def compute(settings: Settings, material: Material) -> Answer:
    """fields: accuracy on all images; limit, the weight that is full; bias; says, labels: of the
    exciting images.

    arrays: weights (UNITS, 28, 28); images (n, 28, 28) uint8, those that excite the chosen unit
    most, which are fewer where it says nothing.
    """
    learner, number = learner_after(settings["steps"], material), settings["unit"] - 1
    outputs, accuracy = learner.sees()
    excitement = outputs[:, number]
    most = np.argsort(-excitement, kind="stable")[:EXCITING]
    most = most[excitement[most] > 0]
    parameters = {name: values for name, values, _ in learner.network.parameters()}
    weights, labels = parameters["W1"].T, material.labels[most]
    fields = {
        "accuracy": accuracy,
        "limit": float(np.quantile(np.abs(weights), BRIGHTEST)),
        "bias": float(parameters["b1"][number]),
        "labels": labels.tolist(),
        "says": excitement[most].tolist(),
    }
    arrays = {
        "weights": np.ascontiguousarray(weights).reshape(-1, *material.images.shape[1:]),
        "images": material.images[most],
    }
    return Answer(_said(settings, accuracy, labels, len(outputs)), fields, arrays)


def _said(settings: Settings, accuracy: float, labels: NDArray[np.uint8], n_images: int) -> str:
    digits = ", ".join(map(str, labels)) or "none"
    return (
        f"After {settings['steps']} steps the network reads {percent(accuracy)} of its "
        f"{n_images:,} images right. Digits that excite unit {settings['unit']} most: {digits}."
    )


FIGURE = Figure(
    name="units",
    title="What a unit sees",
    controls=(
        Slider("steps", "Steps", 0, MOST_STEPS, STEPS_AT_ONCE, 500),
        Slider("unit", "Hidden unit", 1, UNITS, 1, 1),
    ),
    compute=compute,
)
