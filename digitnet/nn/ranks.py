"""Ranks: one training by several processes, each with its rows of every batch.

The gradient of a batch is a sum over its rows (see nn.shards), so it is also the sum of what each
rank finds for its own rows. All ranks have the same parameters, add up their gradients, and make
the same step. What goes from one to another is an array of parameters, and the logits of the batch:

    rank 0:  rows 0 … b     forward, backward  ─┐
    rank 1:  rows b … 2b    forward, backward  ─┼─ sum of the gradients ─ the same step on each
    rank 2:  rows 2b … B    forward, backward  ─┘

The result is that of one process, but for rounding: the sum is taken in another order. So what one
process decides by the whole batch is decided by it here: the mask of Dropout is drawn for all rows,
of which each rank takes its own; BatchNorm sums over the rows of its shard, among the ranks that
have them; and loss and logits are those of the batch. Derived in docs/derivations.md §15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.batchnorm import BatchNorm
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

    def sum(self, array: Array, among: tuple[int, ...] = ()) -> None:
        """Replace a contiguous array by the sum of those of all ranks, the same bits on each.

        among: the numbers of those ranks that take part, if not all do.
        """


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


def rows_of(ranks: Ranks, n: int, number: int | None = None) -> slice:
    """Which of n rows this rank has, or that of a number: as many as others, or one less."""
    number = ranks.number if number is None else number
    return slice(number * n // ranks.n, (number + 1) * n // ranks.n)


def common(a: slice, b: slice) -> slice:
    """The rows that both have; start == stop where there are none."""
    start = max(a.start, b.start)
    return slice(start, max(start, min(a.stop, b.stop)))


def length(rows: slice) -> int:
    """How many they are."""
    return int(rows.stop - rows.start)


class Part(NamedTuple):
    """What a rank has of a shard.

    network: what computes it. shard: its number. rows: of the batch. is_told_by: the rank that
    tells all others the means and variances of the shard.
    """

    network: Network
    shard: int
    rows: slice
    is_told_by: int


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
        shards = [slice(0, n)] if not self.cuts(network, n) else [cut(0, n)[0], cut(1, n)[0]]
        networks = self._shards(network) if len(shards) > 1 else (network,)
        told, logits, ends, statistics = self._told(network, n, len(shards))
        parts = self._parts(networks, shards)
        for part in parts:
            rows = slice(part.rows.start - own.start, part.rows.stop - own.start)
            loss, logits[part.rows] = self.objective.learn(
                part.network, x[rows], targets[part.rows], length(part.rows) / n
            )
            ends[0] += loss
            if part.is_told_by == self.ranks.number:
                statistics[part.shard] = taken(part.network)
        if not parts:
            network.grads.fill(0)
        for part in parts[1:]:
            network.grads += part.network.grads
        ends[1] = self.ranks.asks_to_stop()
        self.ranks.sum(network.grads)
        self.ranks.sum(told)
        self.ranks.stop = bool(ends[1])
        place(network, 0, None)
        for each, shard, found in zip(networks, shards, statistics, strict=True):
            give(each, length(shard), found)
        network.end_step(networks)
        self.objective.add_penalty_gradient(network)
        return float(ends[0]), logits

    def _told(self, network: Network, n: int, n_shards: int) -> tuple[Array, Array, Array, Array]:
        """What all are told but the gradient: an array of zeros, of which each fills its part.

        Then its parts: the logits (n, K); the loss, and how many ask to stop (2,); the statistics
        of each shard (n_shards, W).
        """
        width = sum(2 * len(each.beta) for each in norms(network))
        sizes = [n * network.n_out, 2, n_shards * width]
        told = self.scratch("told", (sum(sizes),), network.params.dtype)
        told.fill(0)
        logits, ends, statistics = np.split(told, np.cumsum(sizes[:-1]))
        return told, logits.reshape(n, -1), ends, statistics.reshape(n_shards, -1)

    def _parts(self, networks: Sequence[Network], shards: list[slice]) -> list[Part]:
        """What this rank has of the shards, each with a network that is told of it."""
        n, parts = shards[-1].stop, list[Part]()
        for number, shard in enumerate(shards):
            having = [common(rows_of(self.ranks, n, each), shard) for each in range(self.ranks.n)]
            among = tuple(each for each, rows in enumerate(having) if length(rows))
            if self.ranks.number in among:
                network, rows = networks[len(parts)], having[self.ranks.number]
                total = partial(self._sum, among)
                place(network, number, Rows(rows.start - shard.start, length(shard), total))
                parts.append(Part(network, number, rows, is_told_by=among[0]))
        return parts

    def _sum(self, among: tuple[int, ...], array: Array) -> None:
        if len(among) > 1:
            self.ranks.sum(array, among)


def norms(network: Network) -> list[BatchNorm]:
    """The layers of which what they do to a row depends on the others."""
    return [each for each in network.layers if isinstance(each, BatchNorm)]


def taken(network: Network) -> Array:
    """The means and variances (W,) of its shard, of all layers that have them."""
    found = [array for each in norms(network) for array in (each.m, each.v)]
    return np.concatenate(found) if found else np.empty(0)


def give(network: Network, n: int, statistics: Array) -> None:
    """Let its layers have these means and variances (W,), of a shard of n rows."""
    for each in norms(network):
        width = len(each.beta)
        each.n, each.m, each.v = n, statistics[:width], statistics[width : 2 * width]
        statistics = statistics[2 * width :]


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
