"""Edits: units that are switched off, and weights and biases that are set, on a copy of a network.

A unit is off when nothing of what it says gets further: its outgoing weights are 0. The network
itself is left alone, so to undo all is to look at it again.
"""

import copy
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.nn import Dense, Network
from digitnet.nn.blas import computing
from digitnet.web.messages import Event
from digitnet.web.subject import Judged, Subject, rows_at_once

MOST_CHANGES = 4000
BETWEEN_S = 0.15
"""Between two events that tell how many images were read."""
FIRST = 1000
"""Images after which it is told for the first time."""


@dataclass(frozen=True)
class Change:
    """What was changed.

    kind: off, weight or bias. layer, unit: as in Edits. input: of a weight, which it is, else None.
    before, value: what it was and is; 1 and 0 for a unit that is off.
    """

    kind: str
    layer: int
    unit: int
    input: int | None
    before: float
    value: float

    @property
    def place(self) -> tuple[str, int, int, int | None]:
        """What it is about."""
        return self.kind, self.layer, self.unit, self.input


class Edits:
    """Changes to a network. Layers are counted from 1, the first hidden one; the last are classes.

    network: with all of them; the given one itself, as long as there are none.
    """

    def __init__(self, original: Network) -> None:
        self.original = self.network = original
        self.changes: list[Change] = []

    def dense(self, layer: int, of: Network | None = None) -> Dense:
        """What leads to a layer. Raises DigitnetError if there is no such layer."""
        network = self.network if of is None else of
        found = [each for each in network.layers if isinstance(each, Dense)]
        if not 1 <= layer <= len(found):
            raise DigitnetError(f"expected a layer from 1 to {len(found)}, got {layer}")
        return found[layer - 1]

    @property
    def n_layers(self) -> int:
        """How many there are, the classes among them."""
        return sum(isinstance(each, Dense) for each in self.original.layers)

    def check(self, layer: int, unit: int) -> None:
        """Raise DigitnetError if there is no such unit."""
        n_units = self.dense(layer).n_units
        if unit >= n_units:
            raise DigitnetError(f"expected a unit from 0 to {n_units - 1} of layer {layer}")

    def is_off(self, layer: int, unit: int) -> bool:
        """Whether it is switched off."""
        return any(each.place == ("off", layer, unit, None) for each in self.changes)

    def switch(self, layer: int, unit: int, on: bool) -> None:
        """Switch a hidden unit on or off. Raises DigitnetError if it is none."""
        self.check(layer, unit)
        if layer == self.n_layers:
            raise DigitnetError("expected a hidden unit: a class has no outgoing weights")
        change = Change("off", layer, unit, None, 1.0, 0.0)
        others = [each for each in self.changes if each.place != change.place]
        self._make(others if on else [*others, change])

    def weigh(self, layer: int, unit: int, source: int | None, value: float) -> None:
        """Set the weight from an input to a unit, or its bias, if there is no input.

        Raises DigitnetError if there is none.
        """
        self.check(layer, unit)
        dense = self.dense(layer, self.original)
        if source is not None and source >= len(dense.W):
            raise DigitnetError(f"expected an input from 0 to {len(dense.W) - 1}")
        kind = "bias" if source is None else "weight"
        before = dense.b[unit] if source is None else dense.W[source, unit]
        change = Change(kind, layer, unit, source, float(before), float(np.float32(value)))
        self._make([each for each in self.changes if each.place != change.place] + [change])

    def undo(self, which: str) -> None:
        """Take the "last" change back, or "all"."""
        self._make(self.changes[:-1] if which == "last" else [])

    def _make(self, changes: list[Change]) -> None:
        """Let these be the changes."""
        if len(changes) > MOST_CHANGES:
            raise DigitnetError(
                tr("expected at most {most} changes: undo some first", most=MOST_CHANGES)
            )
        self.changes = changes
        if not changes:
            self.network = self.original
            return
        if self.network is self.original:
            self.network = copy.deepcopy(self.original)
            self.network.restore(self.original.state())
        self.network.params[:] = self.original.params
        for each in changes:
            dense = self.dense(each.layer)
            if each.kind == "weight":
                dense.W[each.input, each.unit] = each.value
            elif each.kind == "bias":
                dense.b[each.unit] = each.value
        for each in changes:
            if each.kind == "off":
                self.dense(each.layer + 1).W[each.unit] = 0

    def about(self, images: int, total: int, now: float | None, before: float | None) -> Event:
        """The changes, and the accuracy with and without them, as an event.

        images: of how many of the total the accuracies are.
        """
        fields: dict[str, Any] = {
            "changes": [asdict(each) for each in self.changes],
            "images": images,
            "total": total,
            "accuracy": now,
            "before": before,
        }
        return Event("edited", fields)


def comparing(edits: Edits, subject: Subject, judged: Judged) -> Iterator[list[Event]]:
    """Read the test images with the changes and without, and tell both accuracies."""
    total, n, right, right_before = len(judged.examples), 0, 0, 0
    network, due, told = edits.network, 0.0, min(FIRST, total)
    is_changed = network is not subject.network
    while n < total:
        end = min(n + rows_at_once(network), total)
        while judged.n < end:
            judged.go_on()
            yield []
        part = slice(n, end if is_changed else judged.n)
        labels = judged.examples.labels[part]
        before = judged.probabilities[part].argmax(axis=1) == labels
        now = before
        if is_changed:
            with computing():
                x = subject.inputs(judged.examples.images[part])
                now = network.probabilities(x).argmax(axis=1) == labels
        right, right_before = right + int(now.sum()), right_before + int(before.sum())
        n = part.stop
        tells = n == total or (n >= told and perf_counter() >= due)
        if tells:
            due = perf_counter() + BETWEEN_S
        yield [edits.about(n, total, right / n, right_before / n)] if tells else []
