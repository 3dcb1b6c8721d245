"""Records: what a training tells of itself, and how it keeps count of where it is.

`train` gives a Step after each batch and an Epoch after each epoch. Progress counts what goes into
them, measures the time, and notices when the loss has run away.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np

from digitnet.nn.arrays import Array

Batch = tuple[Array, Array]


class Step(NamedTuple):
    """One batch was learned from. Epochs and steps count from 1; the loss is in nats."""

    epoch: int
    step: int
    n_examples: int
    n_correct: int
    loss: float
    learning_rate: float


class Epoch(NamedTuple):
    """Every training example was learned from once more.

    Losses are mean cross-entropies in nats, without the L2 penalty, accuracies are fractions.
    Those of training are means over the epoch's batches, each taken just before the network
    learned from it; those of validation are taken now. `seconds` is the training alone.
    """

    epoch: int
    learning_rate: float
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


class Diverged(ArithmeticError):
    """A loss or the parameters are not finite, or an epoch's mean loss is hopeless: see Progress.

    last_finite_loss: of a batch, NaN if there was none. reason: what was seen, in words.
    """

    def __init__(
        self, epoch: int, last_finite_loss: float, reason: str = "the loss is no longer finite"
    ) -> None:
        last = f"; the last finite loss of a batch was {last_finite_loss:.4g}"
        if math.isnan(last_finite_loss):
            last = ", from the very first batch on"
        super().__init__(f"diverged in epoch {epoch}: {reason}{last}")
        self.epoch = epoch
        self.last_finite_loss = last_finite_loss
        self.reason = reason

    def __reduce__(self) -> tuple[type["Diverged"], tuple[int, float, str]]:
        return type(self), (self.epoch, self.last_finite_loss, self.reason)


@dataclass
class Progress:
    """How far a training is: `train` keeps it up to date, and goes on from it.

    epoch: the one it is in, from 1. batch: how many of its batches were learned from. step: of all
    batches. The sums and seconds are those of the epoch so far.
    hopeless_loss: what the mean loss of an epoch must stay below. The first batch raises it to ten
    times the loss of guessing and to twice its own, so infinity allows all that is finite.
    """

    epoch: int = 1
    batch: int = 0
    step: int = 0
    n_examples: int = 0
    n_correct: int = 0
    total_loss: float = 0.0
    seconds: float = 0.0
    last_finite_loss: float = math.nan
    hopeless_loss: float = 0.0

    def timed(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches, with the clock running from when each is asked for."""
        self._resumed = perf_counter()
        for batch in batches:
            yield batch
            self._resumed = perf_counter()

    def stop_clock(self) -> None:
        """Count the seconds since a batch was asked for."""
        self.seconds += perf_counter() - self._resumed

    def add(self, loss: float, logits: Array, targets: Array) -> int:
        """Count a batch by its mean loss and its logits (B, K); returns how many were right."""
        n_correct = int(np.count_nonzero(logits.argmax(axis=1) == targets.argmax(axis=1)))
        self.n_examples += len(logits)
        self.n_correct += n_correct
        self.total_loss += loss * len(logits)
        return n_correct

    @property
    def means(self) -> tuple[float, float]:
        """Mean loss in nats and accuracy of the epoch so far; NaN where there are no examples."""
        n_examples = self.n_examples or math.nan
        return self.total_loss / n_examples, self.n_correct / n_examples

    def end_step(self, loss: float, logits: Array, targets: Array, learning_rate: float) -> Step:
        """Count a step, and stop the clock. Raises Diverged if its loss is not finite."""
        if not math.isfinite(loss):
            raise Diverged(self.epoch, self.last_finite_loss)
        if self.step == 0:  # guessing costs log K nats, and some networks begin far above that
            guessing = math.log(max(logits.shape[1], 2))
            self.hopeless_loss = max(self.hopeless_loss, 10 * guessing, 2 * loss)
        self.last_finite_loss = loss
        n_correct = self.add(loss, logits, targets)
        self.batch, self.step = self.batch + 1, self.step + 1
        self.stop_clock()
        return Step(self.epoch, self.step, len(logits), n_correct, loss, learning_rate)

    def end_epoch(
        self, params: Array, validation: tuple[float, float], learning_rate: float
    ) -> Epoch:
        """Begin the next epoch. Raises Diverged if nothing good can come of this one's params."""
        mean_loss, _ = self.means
        if not mean_loss < self.hopeless_loss:
            reason = f"its mean loss, {mean_loss:.4g}, is not below {self.hopeless_loss:.4g}"
            raise Diverged(self.epoch, self.last_finite_loss, reason)
        if not np.isfinite(params).all():
            raise Diverged(self.epoch, self.last_finite_loss, "parameters are no longer finite")
        record = Epoch(self.epoch, learning_rate, *self.means, *validation, self.seconds)
        self.epoch += 1
        self.batch = self.n_examples = self.n_correct = 0
        self.total_loss = self.seconds = 0.0
        return record
