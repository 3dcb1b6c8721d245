"""Ranks: one training by several processes, each with its rows of every batch.

The gradient of a batch is a sum over its rows (see nn.shards), so it is also the sum of what each
rank finds for its own rows. All ranks have the same parameters, add up their gradients, and make
the same step. What goes from one to another is an array of parameters, and the logits of the batch:

    rank 0:  rows 0 … b     forward, backward  ─┐
    rank 1:  rows b … 2b    forward, backward  ─┼─ sum of the gradients ─ the same step on each
    rank 2:  rows 2b … B    forward, backward  ─┘

The result is that of one process, but for rounding: the sum is taken in another order. So what one
process decides by the whole batch is decided by it here: the mask of Dropout is drawn for all rows,
of which each rank takes its own; BatchNorm sums over the rows of its shard, whoever has them; and
loss and logits are those of the batch. Derived in docs/derivations.md §15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.network import Network
from digitnet.nn.objective import Objective
from digitnet.nn.shards import MOST_ALONE, Sharded, cut

if TYPE_CHECKING:
    from digitnet.nn.training import BatchSource


class Ranks(Protocol):
    """All processes of a training, as one of them sees them; each calls the same in turn.

    number: which of them it is, from 0. n: how many there are.
    asks_to_stop: whether this one wants to end after the step. stop: whether any of them did so at
    the last one; all know the same.
    """

    number: int
    n: int
    asks_to_stop: Callable[[], bool]
    stop: bool

    def sum(self, array: Array) -> None:
        """Replace a contiguous array by the sum of those of all ranks, the same bits on each."""


class Rows(NamedTuple):
    """The rows of a shard that a rank has.

    first: how many rows others have before them. n: of the whole shard. sum: as Ranks.sum.
    """

    first: int
    n: int
    sum: Callable[[Array], None]

    def skip(self, generator: np.random.Generator, x: Array) -> None:
        """Let go by what `generator.random` would draw for the rows before those of x (b, I).

        A float32 takes half of what PCG64 gives at once, a float64 all of it.
        """
        n = self.first * x.shape[1]
        at_once = 2 if x.dtype == np.float32 else 1
        generator.bit_generator.advance(n // at_once)  # type: ignore[attr-defined]
        generator.random(n % at_once, dtype=x.dtype.type)


def rows_of(ranks: Ranks, n: int) -> slice:
    """Which of n rows this rank has: as many as others, or one less; none where n is too small."""
    return slice(ranks.number * n // ranks.n, (ranks.number + 1) * n // ranks.n)


class Across(Sharded):
    """A Sharded of which each rank does its rows, one shard after the other on one thread."""

    def __init__(self, objective: Objective, ranks: Ranks, most_alone: float = MOST_ALONE) -> None:
        super().__init__(objective, 1, most_alone)
        self.ranks = ranks

    def __call__(self, network: Network, x: Array, targets: Array) -> tuple[float, Array]:
        """As Objective, for x: this rank's rows (b, I) of the batch, and all its targets (B, K).

        Returns L of the whole batch, and its logits (B, K), scratch.
        """
        n, own = len(targets), rows_of(self.ranks, len(targets))
        told = self.scratch("told", (n * network.n_out + 2,), x.dtype)
        told.fill(0)
        logits = told[:-2].reshape(n, network.n_out)
        parts = self._parts(network, n, own)
        for part, rows in parts:
            logits[rows] = part.forward(x[rows.start - own.start : rows.stop - own.start], True)
            told[-2] += self._learn(part, logits[rows], targets[rows], n)
        network.end_step([part for part, _ in parts] or [network])
        if not parts:
            network.grads.fill(0)
        for part, _ in parts[1:]:
            network.grads += part.grads
        told[-1] = self.ranks.asks_to_stop()
        self.ranks.sum(network.grads)
        self.ranks.sum(told)
        self.ranks.stop = bool(told[-1])
        place(network, 0, None)
        self.objective.add_penalty_gradient(network)
        return float(told[-2]), logits

    def _learn(self, part: Network, logits: Array, targets: Array, n: int) -> float:
        """Go backward from these rows of a batch of n; returns their part of its mean loss."""
        share = len(logits) / n
        loss, dlogits = self.objective.loss(logits, targets) if share else (0.0, logits.copy())
        dlogits *= share
        part.backward(dlogits)
        return share * loss

    def _parts(self, network: Network, n: int, own: slice) -> list[tuple[Network, slice]]:
        """The shards with rows of this rank, and all of them where their statistics are summed.

        Each with the network or its twin, told about its place, and these rows of the batch.
        """
        shards = [slice(0, n)] if not self.cuts(network, n) else [cut(0, n)[0], cut(1, n)[0]]
        sums = has_statistics(network)
        parts: list[tuple[Network, slice]] = []
        for number, shard in enumerate(shards):
            start, stop = (min(max(at, shard.start), shard.stop) for at in (own.start, own.stop))
            if start < stop or sums:
                part = self._shards(network)[1] if parts else network
                place(part, number, Rows(start - shard.start, shard.stop - shard.start, self.sum))
                parts.append((part, slice(start, stop)))
        return parts

    def sum(self, array: Array) -> None:
        """Of all ranks, in place."""
        self.ranks.sum(array)


def has_statistics(network: Network) -> bool:
    """Whether what a layer does to a row depends on the others."""
    return any(layer.pace for layer in network.layers)


def place(network: Network, shard: int, rows: Rows | None) -> None:
    """Tell all layers which rows of which shard they are going to get; None: all of them."""
    for layer in network.layers:
        layer.shard, layer.rows = shard, rows


def looked_at(network: Network, batches: BatchSource, epoch: int, ranks: Ranks) -> Iterator[Array]:
    """This rank's rows of whole batches, of which the network is told: for `Averaged.finish`."""
    try:
        for x, targets in batches.epoch(epoch):
            place(network, 0, Rows(rows_of(ranks, len(targets)).start, len(targets), ranks.sum))
            yield x
    finally:
        place(network, 0, None)
