"""The training loop: a generator that learns while it is asked for the next record.

    for record in train(network, batches, held_out, …):
        for observe in observers:
            observe(record)

Early stopping is a `break`, pausing is not asking, and every display is an observer. The step
itself is two lines, `compute_gradients` and `optimizer.step`; what is around them can wait.
"""

import math
from collections.abc import Callable, Iterator
from typing import Protocol

from digitnet.nn.arrays import Array
from digitnet.nn.blas import computing
from digitnet.nn.losses import Loss
from digitnet.nn.network import Network
from digitnet.nn.objective import Objective
from digitnet.nn.optimizers import Optimizer
from digitnet.nn.records import Epoch, Progress, Step
from digitnet.nn.schedules import Schedule
from digitnet.nn.shards import Sharded, sharded


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


def train(
    network: Network,
    batches: BatchSource,
    held_out: BatchSource | None,
    *,
    objective: Objective | Sharded,
    optimizer: Optimizer,
    schedule: Schedule,
    epochs: int,
    threads: int | None = None,
    progress: Progress | None = None,
    finish: Callable[[], None] = lambda: None,
) -> Iterator[Step | Epoch]:
    """Learn up to a number of epochs, in place: a Step after each batch, an Epoch after each epoch.

    held_out: the validation set, which is measured and not learned from; without one, its loss and
    accuracy are NaN. progress: where to go on from, and what to keep up to date. Whenever a record
    is given, progress, parameters and the states of network and optimizer together are all that
    the rest of the training depends on. finish: called after the last step, before the last
    validation, and may change the parameters.
    threads: 1 or 2, on which long steps are computed, or None for as many as the system has; the
    result is the same (nn.shards). While it computes, BLAS has one (nn.blas). If several machines
    share the batches, objective is an Across (nn.ranks).
    Raises Diverged; the parameters are then of no use.
    """
    now = progress or Progress()  # counts and keeps time (nn.records)
    # As `objective` itself, and long steps on two threads (nn.shards).
    with sharded(objective, threads) as compute_gradients:
        while now.epoch <= epochs:
            for x, targets in now.timed(batches.epoch(now.epoch, now.batch)):
                learning_rate = schedule(now.step)
                with computing():  # BLAS keeps to one thread (nn.blas)
                    loss, logits = compute_gradients(network, x, targets)
                    optimizer.step(network.params, network.grads, learning_rate)
                yield now.end_step(loss, logits, targets, learning_rate)
            if now.epoch == epochs:
                with computing():
                    finish()
                now.stop_clock()
            validation = evaluate(network, held_out, objective.loss)
            yield now.end_epoch(network.params, validation, schedule(now.step - 1))


def evaluate(network: Network, batches: BatchSource | None, loss: Loss) -> tuple[float, float]:
    """Mean loss (nats) and accuracy (a fraction) of the network on all batches, as it is.

    Without batches, both are NaN.
    """
    if batches is None:
        return math.nan, math.nan
    seen = Progress()
    for x, targets in batches.epoch(0):
        with computing():
            logits = network.forward(x)
            seen.add(loss(logits, targets)[0], logits, targets)
    return seen.means
