"""Shards: a long step on two cores, with the same result on one.

The loss of a batch is a mean over its rows, so its gradient is a sum over parts of the rows:

    L = Σ_s (B_s/B) L_s,   so   ∂L/∂θ = Σ_s (B_s/B) ∂L_s/∂θ        L_s: the mean over shard s

A batch is cut in two, always in the same place. Each shard goes forward and backward through layers
with work arrays and a gradient of their own, on the same parameters, on a Python thread of its own:
NumPy lets others work during its products. The gradients are added in the order of the shards. So
the result is the same, bit for bit, on two threads, or on one that does them one after the other.

Whether to cut follows from the network and the batch alone. Below MOST_ALONE the threads would lose
more time in meeting each other than they save.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from digitnet.nn.arrays import Array, Scratch
from digitnet.nn.losses import Loss, Softmax
from digitnet.nn.network import Network
from digitnet.nn.objective import Objective

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")

MOST_ALONE = 5e7
"""Multiplications of a forward pass, rows times weights as a rule, up to which a batch is left
whole."""
FEWEST_ROWS = 64
"""A shorter batch is left whole too: each shard would read all weights for few rows."""


def available_threads() -> int:
    """How many threads this process may run at once, at most the two that are used.

    By the system, and by OMP_NUM_THREADS, with which who starts several processes shares the cores.
    """
    if sys.platform == "emscripten":  # a browser, where Python cannot start one
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    n_cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(2, n_cores, max(1, int(asked)) if asked.isdecimal() else 2)


def twin(network: Network, shard: int = 0) -> Network:
    """Another network on the same parameters, to compute with in another thread.

    It has layers, work arrays and gradients of its own. shard: see Layer.
    """
    other = copy.copy(network)
    other.output = Softmax()
    other.layers = [copy.copy(layer) for layer in network.layers]
    for layer in other.layers:
        layer.scratch, layer.shard = Scratch(), shard
    of = dict(zip(map(id, network.layers), other.layers, strict=True))
    other._parameters = [each._replace(layer=of[id(each.layer)]) for each in network._parameters]
    other.grads = np.empty_like(network.grads)
    other._bind()
    return other


class Sharded:
    """An Objective that cuts a batch in two where that pays. Raises and returns what it does.

    threads: 1, or 2 for as many threads; None takes what the system has. It changes the time alone.
    Within its `with` block the second thread is kept.

    BatchNorm takes the mean and variance of the shard, not of the whole batch, so none has to wait
    for the other in the middle of the network. That is the ghost batch normalisation of Hoffer,
    Hubara & Soudry 2017, "Train longer, generalize better", algorithm 1, and its gradient is that
    of BatchNorm for each shard; see docs/derivations.md §15.
    """

    def __init__(
        self, objective: Objective, threads: int | None = None, most_alone: float = MOST_ALONE
    ) -> None:
        self.objective = objective
        self.threads = min(threads or available_threads(), 2)
        self.most_alone = most_alone
        self.scratch = Scratch()
        self._twin: Network | None = None
        self._executor: ThreadPoolExecutor | None = None

    def __enter__(self) -> Sharded:
        return self

    def __exit__(self, *error: object) -> None:
        if self._executor:
            self._executor.shutdown()
            self._executor = None

    @property
    def loss(self) -> Loss:
        """That of the objective."""
        return self.objective.loss

    def cuts(self, network: Network, n_rows: int) -> bool:
        """Whether a batch of so many rows is cut."""
        return n_rows >= FEWEST_ROWS and n_rows * network.work > self.most_alone

    def __call__(self, network: Network, x: Array, targets: Array) -> tuple[float, Array]:
        """As Objective: leave ∂J/∂θ in `network.grads`, return L and the logits (B, K), scratch."""
        if not self.cuts(network, len(x)):
            return self.objective(network, x, targets)
        shards = self._shards(network)
        logits = self.scratch("logits", (len(x), network.n_out), x.dtype)

        def learn(number: int) -> float:
            rows, share = cut(number, len(x))
            loss, logits[rows] = self.objective.learn(shards[number], x[rows], targets[rows], share)
            return loss

        def add(number: int) -> None:  # half of the gradient each
            part, _ = cut(number, network.grads.size)
            network.grads[part] += shards[1].grads[part]

        loss = sum(self._both(learn))
        self._both(add)
        network.end_step(shards)
        self.objective.add_penalty_gradient(network)
        return loss, logits

    def value(self, network: Network, x: Array, targets: Array) -> float:
        """J alone, as Objective.value: of the shards, if the batch is cut."""
        if not self.cuts(network, len(x)):
            return self.objective.value(network, x, targets)
        value = 0.0
        for number, shard in enumerate(self._shards(network)):
            rows, share = cut(number, len(x))
            value += share * self.objective.value(shard, x[rows], targets[rows])
        return value

    def _shards(self, network: Network) -> tuple[Network, Network]:
        """The network, and its twin for the second shard, at the same step."""
        if self._twin is None or self._twin.params is not network.params:
            self._twin = twin(network, shard=1)
        self._twin.restore(network.state())
        return network, self._twin

    def _both(self, do: Callable[[int], T]) -> tuple[T, T]:
        """(do(0), do(1)), at the same time where there are two threads."""
        if self.threads == 1:
            return do(0), do(1)
        from concurrent.futures import ThreadPoolExecutor, wait  # not needed to predict

        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="shard")
        # With the context of this thread, to which NumPy's errstate belongs.
        second = self._executor.submit(copy_context().run, do, 1)
        try:
            return do(0), second.result()
        finally:
            wait([second])  # before anybody touches what it works on


def sharded(objective: Objective | Sharded, threads: int | None) -> Sharded:
    """The objective cut into shards, if it is not yet."""
    return objective if isinstance(objective, Sharded) else Sharded(objective, threads)


def cut(number: int, n: int) -> tuple[slice, float]:
    """Half 0 or 1 of n rows: which they are, and their share of all."""
    half = (n + 1) // 2
    return (slice(0, half), half / n) if number == 0 else (slice(half, n), (n - half) / n)
