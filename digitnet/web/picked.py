"""Picked: what a step is made with: one of the small networks, and a test image or a drawing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Dataset, MinMax, one_hot
from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.model import Model
from digitnet.nn import Array
from digitnet.reading.digit import Digit
from digitnet.reading.networks import rows_for
from digitnet.teach.probe import Pair
from digitnet.text import NAME, plain
from digitnet.training.build import build_model, build_network
from digitnet.training.settings import Settings
from digitnet.training.underway import Learning

SMALL = Settings(hidden_layer_sizes=(16,), epochs=1, batch_size=32, momentum=0.0, seed=0)
"""Of the small network: so few units that all can be seen, and plain gradient descent."""
FOR_SMALL = 4000
"""Images that it has learned from, once: it reads four of five digits, and is not sure of them."""
FOR_WRONG = 2000
"""Test images among which those that a network reads wrong are looked for."""


@dataclass(frozen=True)
class Wish:
    """What is to be walked through: as the command `walk` has it."""

    network: str
    source: str
    image: int
    rate: float
    among: int | None
    wrong: bool
    target: int | None
    units: list[int] | None
    logit: int | None


@dataclass(frozen=True)
class Picked:
    """An image as the network sees it, x (1, I), and what it is.

    label: the class that it is by its label, or was read as. index: its number in the test set, or
    of the digit in the drawing. count: how many test images there are of those asked for, among the
    first that were searched. neighbours: the numbers of those before and after it.
    """

    x: Array
    label: int
    index: int
    count: int = 0
    searched: int = 0
    neighbours: tuple[int, ...] = ()

    @property
    def row(self) -> int | None:
        """Its number in the test set, None for a drawing."""
        return self.index if self.count else None

    def what(self, classes: tuple[str, ...], target: int) -> str:
        """It in words: "A 2, taught as a 7"."""
        name = plain(classes[self.label], NAME)
        said = tr("A {name}", name=name)
        if not self.count:
            said = tr("A drawing, read as a {name}", name=name)
        if target == self.label:
            return said
        other = plain(classes[target], NAME)
        return tr("{image}, taught as a {name}", image=said, name=other)


def small_model(data: Dataset, trained: bool) -> Model:
    """A small network, fresh or after it has learned a little; always the same."""
    examples, classes = data.train, data.classes
    if not trained:
        network = build_network(SMALL, examples, len(classes))
        return build_model(SMALL, network, MinMax.fit(examples.images), examples, classes)
    few = examples.take(np.arange(min(FOR_SMALL, len(examples))))
    learning = Learning(SMALL, few, None, classes)
    for _ in learning.records():
        pass
    return learning.model()


class Images:
    """The test images of a data set; where there are none, those to learn from."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self._tests = data.test if len(data.test) else data.train
        self._wrong: tuple[Array, NDArray[np.intp]] | None = None

    def fit(self, model: Model) -> bool:
        """Whether the network is one of such images and classes."""
        return model.image_shape == self._tests.image_shape and model.classes == self.data.classes

    def some(self, model: Model, n: int, but: int | None) -> Pair | None:
        """The first n but one with their targets, in float64; None if there are none that fit."""
        rows = [row for row in range(min(n + 1, len(self._tests))) if row != but][:n]
        if not self.fit(model) or not rows:
            return None
        some = self._tests.take(np.array(rows))
        targets = one_hot(some.labels, len(model.classes))
        return model.scaling(some.rows).astype(np.float64), targets.astype(np.float64)

    def pick(self, model: Model, wish: Wish) -> Picked:
        """The image that is wished for. Raises DigitnetError if there is none such."""
        examples = self._tests
        if not self.fit(model):
            raise DigitnetError(
                tr(
                    "expected a network of the images of {data}, got {model}: take another",
                    data=self.data.name,
                    model=model,
                )
            )
        rows = self._misread(model) if wish.wrong else np.arange(len(examples))
        searched = min(FOR_WRONG, len(examples)) if wish.wrong else len(examples)
        if wish.among is not None:
            rows = rows[examples.labels[rows] == wish.among]
        if not len(rows):
            if not wish.wrong:
                raise DigitnetError(tr("there is no test image of this class: choose from others"))
            raise DigitnetError(
                tr(
                    "there is no test image of the first {n} that it reads wrong: choose from "
                    "others",
                    n=FOR_WRONG,
                )
            )
        at = int(np.searchsorted(rows, wish.image)) % len(rows)
        row = int(rows[at])
        beside = int(rows[at - 1]), int(rows[(at + 1) % len(rows)])
        x = model.scaling(examples.rows[row : row + 1])
        return Picked(x, int(examples.labels[row]), row, len(rows), searched, beside)

    def _misread(self, model: Model) -> NDArray[np.intp]:
        """The rows of test images that the network reads wrong, remembered while it is the same."""
        params = model.network.params
        if self._wrong is None or not np.array_equal(self._wrong[0], params):
            examples = self._tests
            parts = np.array_split(examples.rows[:FOR_WRONG], 2)  # each by one thread
            read = np.concatenate([model.predict_rows(each).argmax(axis=1) for each in parts])
            wrong = np.flatnonzero(read != examples.labels[:FOR_WRONG])
            self._wrong = params.copy(), wrong
        return self._wrong[1]


def drawn(model: Model, digit: Digit, index: int) -> Picked:
    """A digit that was read. Raises DigitnetError unless the network takes such images."""
    if model.image_shape != digit.image.shape:
        height, width = model.image_shape
        raise DigitnetError(
            tr(
                "expected a network of images of 28x28, got one of {height}x{width}: take another "
                "one",
                height=height,
                width=width,
            )
        )
    x = model.scaling(rows_for(model, digit.image[None]))
    if digit.label in model.classes:
        label = model.classes.index(digit.label)
    else:  # no digit, or a network of other classes
        label = int(model.predict_rows(rows_for(model, digit.image[None]))[0].argmax())
    return Picked(x, label, index)
