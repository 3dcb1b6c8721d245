"""The training loop: a generator that learns while it is asked for the next record.

    for record in train(network, batches, held_out, …):
        for observe in observers:
            observe(record)

Early stopping is a `break`, pausing is not asking, and every display is an observer.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple, Protocol

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.blas import one_thread
from digitnet.nn.losses import Loss
from digitnet.nn.network import Network
from digitnet.nn.objective import Objective
from digitnet.nn.optimizers import Optimizer
from digitnet.nn.schedules import Schedule
from digitnet.nn.shards import Sharded


class BatchSource(Protocol):
    """A set of examples cut into batches of rows: inputs (B, I) and one-hot targets (B, K).

    Both are of the network's dtype, float32 or float64.
    """

    def __len__(self) -> int:
        """The number of batches in an epoch."""

    def epoch(self, number: int, first: int = 0) -> Iterator[tuple[Array, Array]]:
        """The batches of epoch 1, 2, …, in that epoch's order, from the `first` on.

        Each may be scratch. Epoch 0 stands for looking at them without learning.
        """


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


@dataclass
class Progress:
    """How far a training is: `train` keeps it up to date, and goes on from it.

    epoch: the one it is in, from 1. batch: how many of its batches were learned from. step: of all
    batches. The sums and seconds are those of the epoch so far. hopeless_loss: what a mean loss
    must not exceed.
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

    def add(self, loss: float, logits: Array, targets: Array) -> int:
        """Count a batch by its mean loss and its logits (B, K); returns how many were right."""
        n_correct = int(np.count_nonzero(logits.argmax(axis=1) == targets.argmax(axis=1)))
        self.n_examples += len(logits)
        self.n_correct += n_correct
        self.total_loss += loss * len(logits)
        return n_correct

    @property
    def means(self) -> tuple[float, float]:
        """Mean loss in nats and accuracy of the epoch so far."""
        return self.total_loss / self.n_examples, self.n_correct / self.n_examples

    def next_epoch(self) -> None:
        """Begin to count anew."""
        self.epoch += 1
        self.batch = self.n_examples = self.n_correct = 0
        self.total_loss = self.seconds = 0.0


class Diverged(ArithmeticError):
    """The loss is no longer finite, or far above that of guessing and of the first batch."""

    def __init__(self, epoch: int, last_finite_loss: float) -> None:
        super().__init__(
            f"diverged in epoch {epoch}: the last finite loss of a batch was {last_finite_loss:.4g}"
        )
        self.epoch = epoch
        self.last_finite_loss = last_finite_loss


def train(
    network: Network,
    batches: BatchSource,
    held_out: BatchSource | None,
    *,
    objective: Objective,
    optimizer: Optimizer,
    schedule: Schedule,
    epochs: int,
    threads: int | None = None,
    progress: Progress | None = None,
    finish: Callable[[], None] = lambda: None,
) -> Iterator[Step | Epoch]:
    """Learn up to a number of epochs, in place: a Step after each batch, an Epoch after the last.

    held_out: the validation set, which is measured and not learned from; without one, its loss and
    accuracy are NaN. progress: where to go on from, and what to keep up to date. Whenever a record
    is given, progress, parameters and the states of network and optimizer together are all that
    the rest of the training depends on. finish: called after the last step, before the last
    validation, and may change the parameters.
    threads: 1 or 2, on which long steps are computed, or None for as many as the system has; the
    result is the same (digitnet.nn.shards). While it computes, BLAS has one (digitnet.nn.blas).
    Raises Diverged; the parameters are then of no use.
    """
    now = progress or Progress()
    if now.step == 0:
        now.hopeless_loss = 10 * math.log(max(network.n_out, 2))  # guessing costs log K nats
    with Sharded(objective, threads) as sharded:
        while now.epoch <= epochs:
            resumed = perf_counter()
            for x, targets in batches.epoch(now.epoch, now.batch):
                learning_rate = schedule(now.step)  # counted from 0 there, in the records from 1
                with one_thread, _unwatched():
                    loss, logits = sharded(network, x, targets)
                    optimizer.step(network.params, network.grads, learning_rate)
                if not math.isfinite(loss):
                    raise Diverged(now.epoch, now.last_finite_loss)
                now.last_finite_loss = loss
                if now.step == 0:
                    now.hopeless_loss = max(
                        now.hopeless_loss, loss
                    )  # some networks begin that badly
                n_correct = now.add(loss, logits, targets)
                now.batch, now.step = now.batch + 1, now.step + 1
                now.seconds += perf_counter() - resumed
                yield Step(now.epoch, now.step, len(x), n_correct, loss, learning_rate)
                resumed = perf_counter()
            if now.epoch == epochs:
                with one_thread, _unwatched():
                    finish()
                now.seconds += perf_counter() - resumed
            unknown = (math.nan, math.nan)
            validation = evaluate(network, held_out, objective.loss) if held_out else unknown
            if not now.means[0] < now.hopeless_loss or not np.isfinite(network.params).all():
                raise Diverged(now.epoch, now.last_finite_loss)
            record = Epoch(now.epoch, schedule(now.step - 1), *now.means, *validation, now.seconds)
            now.next_epoch()
            yield record


def evaluate(network: Network, batches: BatchSource, loss: Loss) -> tuple[float, float]:
    """Mean loss (nats) and accuracy (a fraction) of the network on all batches, as it is."""
    seen = Progress()
    for x, targets in batches.epoch(0):
        with one_thread, _unwatched():
            logits = network.forward(x)
            seen.add(loss(logits, targets)[0], logits, targets)
    return seen.means


def _unwatched() -> np.errstate:
    """Overflow is looked for in the loss: NumPy's own warnings would say it late, and some BLAS
    libraries raise them without cause. Not around a yield: it would leak to whoever listens."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")
