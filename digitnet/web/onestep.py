"""One step: a network learns from one image, on a copy, and all numbers on the way are told.

What is computed is what `digitnet explain` computes: trace_step on the network's own layers, in the
stages and the words of its sections. Nothing that the visitor trains is changed.
"""

from dataclasses import dataclass

import numpy as np

from digitnet.data import one_hot
from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.model import Model
from digitnet.nn import Array, Network
from digitnet.teach.explain import StepTrace, telling_unit, trace_step
from digitnet.teach.pages import Asked
from digitnet.teach.probe import Pair, aside, losses_after, probe
from digitnet.web.answers import Answers
from digitnet.web.material import Shared
from digitnet.web.messages import Event
from digitnet.web.picked import Images, Wish, drawn, small_model
from digitnet.web.stages import ByRate, told

DECADES = (-4, 1)
"""Powers of ten of the learning rates for which the loss after the step is told."""
OTHERS, FEW_OTHERS = 500, 40
"""Test images whose loss is told besides: what a step on one image does to what was known."""
LARGE = 500_000
"""Parameters from which on curves have few points."""
MANY, FEW = 41, 13
CURVE = ("offsets", "losses")


@dataclass(frozen=True)
class Walked:
    """What a weight is looked for in: a network of its own, as it was before the step."""

    network: Network
    x: Array
    target: Array
    rate: float


class OneStep:
    """Walks through single steps for one visitor; remembers the last, to measure weights in it."""

    def __init__(self, shared: Shared) -> None:
        self._images = Images(shared.data)
        self._own: dict[str, Model] = {}
        self._walked: Walked | None = None

    def walk(self, wish: Wish, answers: Answers, trained: Model | None) -> Event:
        """One step of the network that is wished for, as an event.

        Raises DigitnetError if there is no such image, or it does not fit.
        """
        model = self._model(wish.network, answers, trained)
        if wish.source == "drawing":
            picked = drawn(model, answers.digit(wish.image), wish.image)
        else:
            picked = self._images.pick(model, wish)
        target = picked.label if wish.target is None else wish.target
        if target >= len(model.classes):
            raise DigitnetError(f"expected a class below {len(model.classes)}, got {target}")
        x, t = picked.x.astype(np.float64), one_hot(np.array([target]), len(model.classes))
        t = t.astype(np.float64)
        network = aside(model.network)
        by_rate = self._by_rate(network, (x, t), model, wish.rate, picked.row)
        trace = trace_step(network, x, t, wish.rate)
        if not np.isfinite(trace.loss):
            raise DigitnetError(
                tr("this network has run away, its numbers are no longer finite: take another one")
            )
        unit, *above = wish.units or [telling_unit(trace.dense[0])]
        what = picked.what(model.classes, target)
        asked = Asked(tuple(above), wish.logit, what)
        _check(wish, trace)
        self._walked = Walked(aside(model.network, np.float32), x, t, wish.rate)
        fields = {
            "network": wish.network,
            "source": wish.source,
            "image": picked.index,
            "images": picked.count,
            "searched": picked.searched,
            "neighbours": picked.neighbours,
            "label": picked.label,
        }
        return told(fields, model, trace, unit, asked, by_rate)

    def _model(self, name: str, answers: Answers, trained: Model | None) -> Model:
        if name == "answering":
            return answers.model(trained)
        if name not in self._own:
            self._own[name] = small_model(self._images.data, trained=name == "small")
        return self._own[name]

    def _by_rate(
        self, network: Network, learned: Pair, model: Model, rate: float, row: int | None
    ) -> ByRate:
        """The losses after the step by learning rate, of the image and of others than this row."""
        large = network.params.size > LARGE
        rates = np.logspace(*DECADES, FEW if large else MANY)
        watched, others = [learned], self._images.some(model, FEW_OTHERS if large else OTHERS, row)
        if others:
            watched.append(others)
        losses = losses_after(network, learned, np.array([*rates, 0, rate]), watched)
        of_others: Array = losses[1:].ravel()
        n_others = len(others[0]) if others else 0
        return ByRate(rates, losses[0, :-2], of_others[:-2], n_others, of_others[-2:].tolist())

    def probe(self, layer: int, start: int, end: int) -> Event:
        """A weight of the last walk, as an event. Raises DigitnetError if there is none such."""
        if self._walked is None:
            raise DigitnetError("expected a step that was walked through before")
        network = aside(self._walked.network)
        shapes = [array.shape for _, array, _ in network.parameters() if array.ndim == 2]
        if layer > len(shapes):
            raise DigitnetError(f"expected a layer from 1 to {len(shapes)}, got {layer}")
        n_in, n_out = shapes[layer - 1]
        if start > n_in or end >= n_out:
            raise DigitnetError(
                f"layer {layer}: expected an input up to {n_in - 1}, or {n_in} for the bias, and "
                f"an output up to {n_out - 1}, got {start} and {end}"
            )
        offsets = np.linspace(-1, 1, FEW if network.params.size > LARGE else MANY)
        x, target = self._walked.x, self._walked.target
        found = vars(probe(network, x, target, layer - 1, start, end, offsets))
        fields = {"layer": layer, "start": start, "end": end, "bias": start == n_in}
        fields |= {name: value for name, value in found.items() if name not in CURVE}
        fields["after"] = found["weight"] - self._walked.rate * found["gradient"]
        return Event("probed", fields, {name: found[name].astype(np.float32) for name in CURVE})


def _check(wish: Wish, trace: StepTrace) -> None:
    """Raise DigitnetError if units or a class are asked for that are not there."""
    sizes = [len(each.y) for each in trace.dense]
    layers = sizes[:-1] or sizes
    units = wish.units or []
    if units and (len(units) != len(layers) or any(np.array(units) >= np.array(layers))):
        raise DigitnetError(f"expected units below {layers}, one of each, got {units}")
    if wish.logit is not None and wish.logit >= sizes[-1]:
        raise DigitnetError(f"expected a class below {sizes[-1]}, got {wish.logit}")
