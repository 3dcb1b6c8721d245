"""Subject: the network that Inside and Evaluate look at, and what it says of images.

A network that is still learned from is copied, so that all that is told is about the same one.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.ranges import rescaled
from digitnet.data import Dataset, Examples
from digitnet.errors import DigitnetError
from digitnet.languages import mark, tr
from digitnet.model import Model
from digitnet.model.temperature import tempered
from digitnet.nn import Array, Network
from digitnet.nn.blas import computing
from digitnet.nn.shards import twin

PRODUCTS = 1e8
"""Multiplications of a slice: some 4 ms on a core of today, a tenth of a second in a browser."""
FEWEST_ROWS, MOST_ROWS = 8, 500
RAN_AWAY = mark(
    "this network has run away, its numbers are no longer finite: begin again with a lower "
    "learning rate, or let another one answer"
)


def rows_at_once(network: Network) -> int:
    """Images of a slice: it follows from the network alone, so that nothing depends on the mood
    of the machine."""
    rows = int(PRODUCTS // max(network.work, 1))
    return min(max(rows, FEWEST_ROWS), MOST_ROWS)


class Subject:
    """A model that is looked at.

    which: shipped, trained or loaded. step: batches that a trained one has learned from, else 0.
    data: whose test images it is looked at with. network: a twin, to compute with in this thread.
    problem: why nothing can be told of it; empty if something can.
    """

    def __init__(self, which: str, model: Model, step: int, data: Dataset) -> None:
        self.which, self.step, self.origin = which, step, model
        self.model = copy.deepcopy(model) if which == "trained" else model
        self.network = twin(self.model.network)
        self.network.restore(self.model.network.state())
        self.test, self._data_classes = data.test, data.classes
        self.judged: dict[str, Judged] = {}
        self.problem = "" if np.isfinite(self.network.params).all() else tr(RAN_AWAY)

    def check(self) -> None:
        """Raise DigitnetError if nothing can be told of it."""
        if self.problem:
            raise DigitnetError(self.problem)

    def problem_of_the_test(self) -> str:
        """Why the test images cannot be used; empty if they can."""
        model = self.model
        if not len(self.test):
            return tr("there are no test images")
        if self.test.image_shape != model.image_shape:
            ours, theirs = (f"{h}×{w}" for h, w in (model.image_shape, self.test.image_shape))
            return tr(
                "the test images are of {theirs} pixels, this network sees {ours}",
                theirs=theirs,
                ours=ours,
            )
        if self._data_classes != model.classes:
            return tr("the test images are of other classes than this network tells apart")
        return ""

    def check_test(self) -> None:
        """Raise DigitnetError if the test images cannot be used."""
        self.check()
        if problem := self.problem_of_the_test():
            raise DigitnetError(problem)

    def inputs(self, pixels: NDArray[np.generic]) -> Array:
        """Images as they come (N, …) as what the network is given: rows (N, I), new."""
        rows = pixels.reshape(len(pixels), -1)
        return self.model.scaling(rescaled(rows, self.model.pixels, self.model.scaling))

    def of_the_test(self) -> Judged:
        """What it says of the test images. Raises DigitnetError if they cannot be used."""
        self.check_test()
        if "test" not in self.judged:
            self.judged["test"] = Judged(self, self.test)
        return self.judged["test"]


class Judged:
    """Images with labels, and the probabilities that a model gives them, as far as it has.

    n: of how many so far. probabilities: (N, K), of which the first n rows count.
    """

    def __init__(self, subject: Subject, examples: Examples) -> None:
        self._subject = subject
        self.examples = examples
        self.n = 0
        self.probabilities = np.zeros((len(examples), subject.network.n_out), np.float32)

    @property
    def done(self) -> bool:
        """Whether all of them have been looked at."""
        return self.n == len(self.examples)

    def go_on(self) -> None:
        """Look at a slice more."""
        network = self._subject.network
        part = slice(self.n, min(self.n + rows_at_once(network), len(self.examples)))
        with computing():
            x = self._subject.inputs(self.examples.images[part])
            p = network.probabilities(x)
        self.probabilities[part] = tempered(p, self._subject.model.temperature)
        if not np.isfinite(self.probabilities[part]).all():
            raise DigitnetError(tr(RAN_AWAY))
        self.n = part.stop

    def so_far(self) -> tuple[Array, NDArray[np.integer]]:
        """The probabilities (n, K), and the labels (n,)."""
        return self.probabilities[: self.n], self.examples.labels[: self.n]
