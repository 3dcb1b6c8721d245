"""Within: one image on its way through a network, one unit of it, and what excites each unit most.

Everything here is what the layers compute, copied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Array, Network
from digitnet.nn.blas import computing
from digitnet.teach.inside import hidden_layers, saliency
from digitnet.web.commands import LARGEST_WEIGHT
from digitnet.web.edits import Edits
from digitnet.web.evaluate import as_bytes
from digitnet.web.messages import Arrays, Event
from digitnet.web.subject import Subject, rows_at_once

SAMPLE = 1000
"""Test images among which it is looked for those that excite a unit most."""
MOST_EXCITING = 12
LEAST_REACH = 2.0
"""Of sliders, in both directions: of weights, and of biases a few times as much."""
OF_BIASES = 3.0


@dataclass(frozen=True)
class Image:
    """An image that is looked at.

    source: test or drawing. index: among those. pixels: (height, width). x: (1, I), as the network
    is given it. label: what it is; None if nobody knows.
    """

    source: str
    index: int
    pixels: NDArray[np.uint8]
    x: Array
    label: str | None


def inspected(image: Image, subject: Subject, edits: Edits) -> Event:
    """The network at work on an image, with the changes that were made to it, as an event."""
    network, x, classes = edits.network, image.x, subject.model.classes
    hidden = hidden_layers(network, x)
    probabilities = _probabilities(network, x)
    before = probabilities
    if network is not subject.network:
        before = _probabilities(subject.network, x)
    slopes = saliency(network, x).reshape(-1, *image.pixels.shape)
    with computing():
        logits = network.forward(x)[0].copy()
    arrays: Arrays = {
        "image": image.pixels,
        "probabilities": probabilities,
        "before": before,
        "logits": logits,
        "saliency": slopes,
    }
    for n, each in enumerate(hidden, start=1):
        arrays[f"hidden{n}"] = each.outputs[0]
    layers = [{"units": h.outputs.shape[1], "activation": h.activation} for h in hidden]
    fields = {
        "source": image.source,
        "index": image.index,
        "label": image.label,
        "prediction": classes[int(probabilities.argmax())],
        "layers": layers,
    }
    return Event("inspected", fields, arrays)


def _probabilities(network: Network, x: Array) -> Array:
    with computing():
        result: Array = network.probabilities(x)[0].copy()
    return result


class Excitement:
    """The test images that excite each unit most, among the first SAMPLE.

    of: for each layer, the classes last, their numbers and what the unit says of them, both (m, O),
    the most exciting first. Of a class that is its logit.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.n_images = min(SAMPLE, len(subject.test))
        self.n = 0
        self.of: list[tuple[NDArray[np.intp], Array]] = []

    @property
    def done(self) -> bool:
        """Whether all have been looked at."""
        return self.n == self.n_images

    def go_on(self) -> None:
        """Look at a slice more."""
        subject = self._subject
        part = slice(self.n, min(self.n + rows_at_once(subject.network), self.n_images))
        x = subject.inputs(subject.test.images[part])
        numbers = np.arange(part.start, part.stop)
        outputs = outputs_of(subject.network, x)
        if not self.of:
            self.of = [(np.empty((0, y.shape[1]), np.intp), y[:0]) for y in outputs]
        self.of = [_best(*best, numbers, y) for best, y in zip(self.of, outputs, strict=True)]
        self.n = part.stop


def outputs_of(network: Network, x: Array) -> list[Array]:
    """What each hidden layer says of rows x (N, I), and the logits: (N, O) each, new."""
    outputs = [each.outputs for each in hidden_layers(network, x)]
    with computing():
        return [*outputs, network.forward(x).copy()]


def _best(
    numbers: NDArray[np.intp], values: Array, new: NDArray[np.intp], y: Array
) -> tuple[NDArray[np.intp], Array]:
    """The most exciting of those so far, and of new ones with their outputs y (N, O)."""
    all_numbers = np.concatenate([numbers, np.repeat(new[:, None], y.shape[1], axis=1)])
    all_values = np.concatenate([values, y])
    order = np.argsort(-all_values, axis=0, kind="stable")[:MOST_EXCITING]
    return np.take_along_axis(all_numbers, order, 0), np.take_along_axis(all_values, order, 0)


def exciting(excitement: Excitement) -> Iterator[list[Event]]:
    """Look at all images of the sample."""
    while not excitement.done:
        excitement.go_on()
        yield []


def unit(
    layer: int,
    number: int,
    subject: Subject,
    edits: Edits,
    excitement: Excitement | None,
    image: Image | None,
) -> Event:
    """One unit of a layer, as edits counts them: its weights, what excites it, what it adds.

    Raises DigitnetError if there is none.
    """
    edits.check(layer, number)
    dense, original = edits.dense(layer), edits.dense(layer, edits.original)
    is_class = layer == edits.n_layers
    outgoing = dense.b[:0] if is_class else edits.dense(layer + 1).W[number]
    ready = excitement is not None and excitement.done
    numbers, values = np.zeros(0, np.intp), dense.b[:0]
    if ready and excitement is not None:
        all_numbers, all_values = excitement.of[layer - 1]
        excited = is_class | (all_values[:, number] > 0)
        numbers, values = all_numbers[excited, number], all_values[excited, number]
    test, classes = subject.test, subject.model.classes
    fields: dict[str, Any] = {
        "layer": layer,
        "unit": number,
        "name": classes[number] if is_class else None,
        "off": edits.is_off(layer, number),
        "says": _says(edits.network, layer, number, image),
        "bias": float(dense.b[number]),
        "bias_before": float(original.b[number]),
        "reach": _reach(original.W, 1),
        "bias_reach": _reach(original.b, OF_BIASES),
        "largest": LARGEST_WEIGHT,
        "sample": excitement.n_images if excitement else 0,
        "ready": ready,
        "exciting": [
            {"number": int(n), "label": classes[test.labels[n]], "says": float(value)}
            for n, value in zip(numbers, values, strict=True)
        ],
    }
    arrays: Arrays = {
        "weights": dense.W[:, number].copy(),
        "weights_before": original.W[:, number].copy(),
        "outgoing": outgoing.copy(),
        "images": as_bytes(test.images[numbers]),
    }
    return Event("unit", fields, arrays)


def _says(network: Network, layer: int, number: int, image: Image | None) -> float | None:
    return None if image is None else float(outputs_of(network, image.x)[layer - 1][0, number])


def _reach(values: Array, factor: float) -> float:
    """How far a slider for one of these goes."""
    return float(max(factor * LEAST_REACH, np.ceil(2 * np.abs(values).max(initial=0))))
