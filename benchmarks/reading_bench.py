"""A reader on the bench: what it is asked, what it answers, what is noted of it.

The reader is a function, read(picture, single=…), of a path or an array, to something with `.text`
and `.digits`, each of which has `label`, `probabilities`, `confidence` and `box`.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from measures import Box, Judged, pairs
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.data import Examples, load_mnist

Picture = Path | NDArray[np.uint8]
Labelled = Sequence[tuple[str, Box]]

SEED = 20_260_801
"""Of every picture made here; no training may draw with it."""


class Target(NamedTuple):
    """The least that is wanted, or the most."""

    bound: float
    most: bool = False

    def met(self, value: float) -> bool:
        """Whether it is; NaN is not."""
        return value <= self.bound if self.most else value >= self.bound


class Row(NamedTuple):
    """A line of the table. pictures, or digits where the figure is about these; ms: the median."""

    what: str
    pictures: int
    value: float
    target: Target | None = None
    unit: str = "%"
    ms: float | None = None


class Failure(NamedTuple):
    """A picture that was read wrongly, for the contact sheet."""

    row: str
    picture: Picture
    boxes: list[Box]
    truth: str
    answer: str


class Answer(NamedTuple):
    """What came of a picture, and how long it took."""

    text: str
    digits: list[Any]
    ms: float
    failed: bool = False  # with an exception, which `text` names

    @property
    def boxes(self) -> list[Box]:
        """Of all that was found."""
        return [tuple(digit.box) for digit in self.digits]

    @property
    def labels(self) -> list[str]:
        """Of all that was found: a digit, or "?"."""
        return [str(digit.label) for digit in self.digits]


@dataclass
class Bench:
    """The reader, what it is measured on, and what came of it.

    read      the reader
    predict   labels of images (n, 28, 28) by the network of the reader, without the reader
    folder    of the pictures that are not made here
    half      which of them: "development" or "final"
    quick     few pictures of each kind; `everything`: all of MNIST's test images
    program   what a process runs to read the picture sys.argv[1], for its memory
    """

    read: Callable[..., Any]
    predict: Callable[[NDArray[np.uint8]], NDArray[Any]] | None = None
    folder: Path | None = None
    half: str = "development"
    quick: bool = False
    everything: bool = False
    program: str | None = None
    rows: list[Row] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    judged: dict[str, list[Judged]] = field(default_factory=dict)
    _test: Examples | None = None

    @property
    def test(self) -> Examples:
        """MNIST's test images."""
        if self._test is None:
            self._test = load_mnist().test
        return self._test

    def right_as_they_are(self) -> NDArray[np.bool_] | None:
        """Whether the network reads each test image rightly: (n,). None without a network."""
        if self.predict is None:
            return None
        return np.asarray(self.predict(self.test.images) == self.test.labels)

    def n(self, full: int, quick: int) -> int:
        """How many pictures."""
        return quick if self.quick else full

    def some(self, n: int, *seed: int) -> list[tuple[NDArray[np.uint8], str]]:
        """So many of MNIST's test images with their labels, the same for a seed."""
        order = np.random.default_rng([SEED, *seed]).permutation(len(self.test.images))[:n]
        return [(self.test.images[i], str(self.test.labels[i])) for i in order]

    def ask(self, picture: Picture, single: bool = False) -> Answer:
        """Read it. An exception is an answer too, a wrong one: it is noted in `errors`."""
        began = time.perf_counter()
        try:
            reading = self.read(picture, single=single)
        except Exception as error:  # the other pictures are measured all the same
            of = picture.name if isinstance(picture, Path) else f"a picture {picture.shape}"
            self.errors.append(f"{of}: {type(error).__name__}: {error}")
            return Answer(f"({type(error).__name__})", [], _ms_since(began), failed=True)
        ms = _ms_since(began)
        return Answer(reading.text, list(reading.digits), ms)

    def share(
        self,
        what: str,
        asked: Sequence[tuple[Picture, str, Answer]],
        right: Callable[[str, str], bool],
        target: Target | None = None,
    ) -> float:
        """A row: how many per cent of the answers are right, by a rule of text and truth.

        Where at least so many are wanted, those that are wrong are noted for the contact sheet.
        An exception counts against the reader whatever the rule.
        """
        in_vain = target is not None and target.most
        good = [in_vain if answer.failed else right(answer.text, t) for _, t, answer in asked]
        value = 100 * sum(good) / len(good) if good else float("nan")
        ms = statistics.median(answer.ms for *_, answer in asked) if asked else None
        self.rows.append(Row(what, len(asked), value, target, ms=ms))
        if target and not target.most:
            self.failures += [
                Failure(what, picture, answer.boxes, truth, answer.text)
                for (picture, truth, answer), fine in zip(asked, good, strict=True)
                if not fine
            ]
        return value

    def judge(self, of: str, answer: Answer, true: Labelled | str) -> None:
        """Note how sure the reader was of each digit that is there, and of each that is not.

        true: the digits with their boxes, or the label of the only one. What was rightly answered
        "?", because no digit is there, is left out: it has no label that could be right.
        """
        if isinstance(true, str):
            of_true = {0: true}
        else:
            boxes = [box for _, box in true]
            of_true = {i: true[j][0] for i, j in pairs(answer.boxes, boxes).items()}
        for i, digit in enumerate(answer.digits):
            answered = str(digit.label).isdecimal()
            if i in of_true or answered:
                guess = str(int(np.argmax(digit.probabilities)))
                sure = float(np.clip(digit.confidence, 0, 1))
                judged = Judged(sure, guess == of_true.get(i), answered)
                self.judged.setdefault(of, []).append(judged)


def _ms_since(began: float) -> float:
    return 1e3 * (time.perf_counter() - began)
