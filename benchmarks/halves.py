"""A control of benchmarks/speed.py: one network in two processes, half of its hidden units in each.

What NumPy computes beside the matrix products, it computes on one core. Two processes could share
all of it. Every second Dense layer is cut by units (columns of W), the one above it by inputs (rows
of W), so that its outputs are the sum of two halves, and the two processes meet only there, once a
step for one hidden layer or two; backwards each finds what it needs in what it has (Shoeybi et al.
2019, "Megatron-LM", §3). The layers are digitnet's own, and so is the loop.
"""

import mmap
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from contestants import LEARNING_RATE, Data, Result, Weights, Work, evaluated

N_LOOKS = 2000
"""How often a process looks whether the other is there before it sleeps until it is woken."""


class Meeting:
    """Where two processes give each other an array of up to `size` float32 a step."""

    def __init__(self, size: int) -> None:
        context = multiprocessing.get_context("fork")
        self.ready = (context.Semaphore(0), context.Semaphore(0))
        memory = mmap.mmap(-1, 2 * 2 * size * np.dtype(np.float32).itemsize)
        self.halves = np.frombuffer(memory, np.float32).reshape(2, 2, size)
        self.turn = 0  # each has its own; one may write while the other still reads the last step's

    def sum(self, rank: int, mine: np.ndarray, out: np.ndarray) -> None:
        """The sum of this process' array and the other's, in the same order in both."""
        halves, self.turn = self.halves[self.turn, :, : mine.size], 1 - self.turn
        halves[rank] = mine.ravel()
        self.ready[rank].release()
        other = self.ready[1 - rank]
        if not any(other.acquire(block=False) for _ in range(N_LOOKS)):
            other.acquire()
        np.add(halves[0].reshape(mine.shape), halves[1].reshape(mine.shape), out=out)


def half_of(rank: int, weights: Weights) -> Weights:
    """The part of each Dense layer that this process has; a last one without a pair is whole."""
    halves = []
    for n, (w, b) in enumerate(weights):
        n_in, n_out = w.shape
        if n % 2:
            halves.append((w[rank * n_in // 2 : (rank + 1) * n_in // 2], b / 2))
        elif n < len(weights) - 1:
            units = slice(rank * n_out // 2, (rank + 1) * n_out // 2)
            halves.append((w[:, units], b[units]))
        else:
            halves.append((w, b))
    return halves


def whole(first: Weights, second: Weights) -> Weights:
    """What `half_of` cut, put together again."""
    weights = []
    for n, ((w, b), (w2, b2)) in enumerate(zip(first, second, strict=True)):
        if n % 2:
            weights.append((np.concatenate([w, w2]), b + b2))
        elif n < len(first) - 1:
            weights.append((np.concatenate([w, w2], axis=1), np.concatenate([b, b2])))
        else:
            weights.append((w, b))
    return weights


def _network(weights: Weights, activation: str, second: Any = None) -> Any:
    """digitnet's network with these weights; `second` stands for every second Dense layer."""
    from digitnet.nn import ACTIVATIONS, Dense, Network

    layers: list[Any] = []
    for n, (w, _) in enumerate(weights):
        kind = second if second and n % 2 else Dense
        layers.append(kind(w.shape[1]))
        layers += [ACTIVATIONS[activation]()] if n < len(weights) - 1 else []
    network = Network(len(weights[0][0]), layers, seed=None)
    for layer, (w, b) in zip((x for x in layers if isinstance(x, Dense)), weights, strict=True):
        layer.W[:], layer.b[:] = w, b
    return network


def _learn(
    rank: int, meeting: Meeting, work: Work, data: Data, weights: Weights, epochs: int
) -> tuple[list[float], Weights]:
    """Seconds per epoch and weights, of one of the two processes."""
    from digitnet.data import Batches, Examples, MinMax
    from digitnet.nn import SGD, Constant, Dense, Epoch, Objective, train

    class Half(Dense):
        """y = x W + b, of which each process has half of x, W and b, and which both need whole."""

        def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
            y = super().forward(x, training)
            meeting.sum(rank, y, out=y)
            return y

        def backward(self, dy: np.ndarray) -> np.ndarray | None:
            dx = super().backward(dy)
            self.db /= 2  # b moves by what its halves do together
            return dx

    network = _network(half_of(rank, weights), work.activation, Half)
    examples = Examples(data.x.reshape(-1, 28, 28), data.y)
    batches = Batches(examples, MinMax.fit(examples.images), 10, work.batch_size, shuffle_seed=0)
    records = train(
        network,
        batches,
        None,
        objective=Objective(),
        optimizer=SGD(),
        schedule=Constant(LEARNING_RATE),
        epochs=epochs,
        threads=1,
    )
    seconds = [record.seconds for record in records if isinstance(record, Epoch)]
    return seconds, [(each.W, each.b) for each in network.layers if isinstance(each, Dense)]


def learn_in_two(
    work: Work, data: Data, weights: Weights, epochs: int
) -> tuple[list[float], Weights]:
    """Seconds per epoch, and the weights that two processes learn together."""
    widest = max(w.shape[1] for w, _ in weights[1::2])
    meeting = Meeting(work.batch_size * widest)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def second(there: Connection) -> None:
        there.send(_learn(1, meeting, work, data, weights, epochs)[1])

    process = context.Process(target=second, args=(there,), daemon=True)
    process.start()
    seconds, mine = _learn(0, meeting, work, data, weights, epochs)
    learned = whole(mine, here.recv())
    process.join()
    return seconds, learned


def two_processes(work: Work, data: Data, weights: Weights, epochs: int) -> Result:
    """A control: digitnet's layers and loop, half of the hidden units in each of two processes."""
    seconds, learned = learn_in_two(work, data, weights, epochs)
    network = _network(learned, work.activation)
    return evaluated(
        seconds, data, lambda rows: network.forward(rows / np.float32(255)).argmax(axis=1)
    )
