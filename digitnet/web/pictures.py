"""Pictures: what is seen inside a training, as events."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.scaling import one_hot
from digitnet.model.sight import first_dense, first_weights
from digitnet.nn import Activation, BatchNorm, Dense
from digitnet.teach.inside import layer_reports
from digitnet.training.settings import Settings
from digitnet.training.underway import Learning
from digitnet.web.messages import Event
from digitnet.web.warning import about_units

MOST_UNITS = 64
MOST_MISTAKES = 12
FOR_LAYERS = 500
FOR_CONFUSION = 2000
"""Held-out images that are looked at, or as many of the others, where none are held out."""


class Pictures:
    """Weights, layers, confusion and mistakes of a training, as they are at the moment."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        held_out = learning.held_out
        judged = held_out if held_out is not None and len(held_out) else learning.examples
        self._images = judged.images[:FOR_CONFUSION]
        self._labels = judged.labels[:FOR_CONFUSION]
        self._x = learning.scaling(judged.rows[:FOR_CONFUSION])
        self._targets = one_hot(self._labels, len(learning.classes))
        self._warned: set[int] = set()
        self._stuck_at_first = [_stuck(each) for each in self._reports()]

    def _reports(self) -> list[dict[str, Any]]:
        """On each hidden layer; none while running means say nothing yet."""
        network, objective = self._learning.network, self._learning.objective
        fresh = any(isinstance(layer, BatchNorm) for layer in network.layers)
        if fresh and self._learning.state.progress.step == 0:
            return []
        x, targets = self._x[:FOR_LAYERS], self._targets[:FOR_LAYERS]
        return [asdict(each) for each in layer_reports(network, objective, x, targets)]

    def of_the_weights(self) -> list[Event]:
        """The first layer's weights, of the first units."""
        network = self._learning.network
        n_units = first_dense(network).n_units
        units = np.arange(min(n_units, MOST_UNITS))
        images = first_weights(network, self._learning.examples.image_shape, units)
        return [Event("weights", {"units": n_units}, {"images": images.astype(np.float32)})]

    def of_the_layers(self, settings: Settings) -> list[Event]:
        """What the hidden layers do, and a warning, once each, where most of one does nothing."""
        reports = self._reports()
        if not reports and settings.hidden_layer_sizes:
            return []
        arrays = {name: _stacked(reports, name) for name in ARRAYS}
        layers = [{name: each[name] for name in FIELDS} for each in reports]
        events = [Event("layers", {"layers": layers}, arrays)]
        for number, each in enumerate(layers, start=1):
            from_the_start = self._stuck_at_first[number - 1 : number] or [0.0]
            layer = each | {"at_first": from_the_start[0], "alike": self._is_alike(number)}
            warning = about_units(number, layer, settings)
            if warning and number not in self._warned:
                self._warned.add(number)
                events += warning
        return events

    def _is_alike(self, number: int) -> bool:
        """Whether all units of this hidden layer, from 1, have the same weights."""
        layers = self._learning.network.layers
        hidden = [n for n, layer in enumerate(layers) if isinstance(layer, Activation)]
        below = [layer for layer in layers[: hidden[number - 1]] if isinstance(layer, Dense)]
        W = below[-1].W
        return W.shape[1] > 1 and bool(np.ptp(W, axis=1).max() == 0)

    def of_the_hold_out(self) -> list[Event]:
        """The confusion matrix, and the most confident mistakes."""
        learning = self._learning
        probabilities = np.concatenate(
            [learning.network.probabilities(x).copy() for x in np.array_split(self._x, 4)]
        )
        predictions, labels = probabilities.argmax(axis=1), self._labels
        n = len(learning.classes)
        matrix = np.bincount(labels.astype(np.intp) * n + predictions, minlength=n * n)
        confidence = probabilities.max(axis=1)
        wrong = np.flatnonzero(predictions != labels)
        worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
        fields: dict[str, Any] = {
            "mistakes": [
                {
                    "label": learning.classes[labels[i]],
                    "prediction": learning.classes[predictions[i]],
                    "confidence": float(confidence[i]),
                }
                for i in worst
            ],
            "right": len(labels) - len(wrong),
            "images": len(labels),
        }
        arrays: dict[str, NDArray[Any]] = {
            "matrix": matrix.reshape(n, n).astype(np.int32),
            "mistaken": self._images[worst],
        }
        return [Event("confusion", fields, arrays)]


FIELDS = ("name", "units", "dead", "saturated")
ARRAYS = {"activation_edges": 25, "activations": 24, "gradient_edges": 25, "gradients": 24}


def _stuck(report: dict[str, Any]) -> float:
    """The share of a layer's units that do nothing."""
    return float(max(report["dead"], report["saturated"]))


def _stacked(reports: list[dict[str, Any]], name: str) -> NDArray[np.float32]:
    rows = [each[name] for each in reports]
    return np.array(rows, np.float32).reshape(len(rows), ARRAYS[name])
