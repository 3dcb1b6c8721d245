"""From loops to matrix products: how much each way to compute a learning step gains.

    python benchmarks/loops.py

The same step of 784-128-10 with ReLU (forward, backward, update), on one core: in loops of Python,
with NumPy for one image, for a batch of 64, in float32, and as digitnet.nn does it, with work
arrays that are reused. In each of nine rounds every way runs once; what is told are the medians of
the time for an image, and of the ratios to the line above *in the same round*.
"""

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.data import load_mnist, one_hot
from digitnet.nn import SGD, Objective, multilayer_perceptron
from digitnet.nn.textbook import TextbookNetwork

ROUNDS, BATCH_SIZE, LEARNING_RATE = 9, 64, 0.1
HIDDEN, CLASSES = 128, 10
NAMES = ("W1", "b1", "W2", "b2")

Lists = list[list[float]]


def affine(x: list[float], W: Lists, b: list[float]) -> list[float]:
    """X W + b in two loops, for one row x."""
    y = []
    for o in range(len(b)):
        total = b[o]
        for i in range(len(x)):
            total += x[i] * W[i][o]
        y.append(total)
    return y


def descend(
    W: Lists, b: list[float], x: list[float], dy: list[float], learning_rate: float
) -> None:
    """A step of W and b against dW_io = x_i dy_o and db_o = dy_o, in two loops."""
    for i in range(len(x)):
        for o in range(len(dy)):
            W[i][o] -= learning_rate * x[i] * dy[o]
    for o in range(len(dy)):
        b[o] -= learning_rate * dy[o]


def step_in_loops(
    parameters: list, x: list[float], t: list[float], learning_rate: float = LEARNING_RATE
) -> None:
    """TextbookNetwork.step for one image, without NumPy. parameters: W1, b1, W2, b2 as lists."""
    W1, b1, W2, b2 = parameters
    z1 = affine(x, W1, b1)
    h = [max(z, 0.0) for z in z1]
    z2 = affine(h, W2, b2)
    e = [float(np.exp(z - max(z2))) for z in z2]
    dz2 = [e[k] / sum(e) - t[k] for k in range(len(t))]
    dz1 = []
    for j in range(len(h)):
        dh = 0.0
        for k in range(len(dz2)):
            dh += dz2[k] * W2[j][k]
        dz1.append(dh if z1[j] > 0 else 0.0)
    descend(W2, b2, h, dz2, learning_rate)
    descend(W1, b1, x, dz1, learning_rate)


def ways(x: np.ndarray, t: np.ndarray) -> dict[str, tuple[int, Callable[[], None]]]:
    """By name: how many images a call learns from, and the call. x: float64 from 0 to 1."""
    one_x, one_t = x[:1], t[:1]
    batch_x, batch_t = x[:BATCH_SIZE], t[:BATCH_SIZE]
    x32, t32 = batch_x.astype(np.float32), batch_t.astype(np.float32)

    def textbook() -> TextbookNetwork:
        return TextbookNetwork(x.shape[1], HIDDEN, CLASSES, np.random.default_rng(0))

    lists = [getattr(textbook(), name).tolist() for name in NAMES]
    row, target = one_x[0].tolist(), one_t[0].tolist()
    single, batched, narrow = textbook(), textbook(), textbook()
    for name in NAMES:
        setattr(narrow, name, getattr(narrow, name).astype(np.float32))
    network = multilayer_perceptron([x.shape[1], HIDDEN, CLASSES], "relu", seed=0)
    objective, optimizer = Objective(), SGD()

    def reusing() -> None:
        objective(network, x32, t32)
        optimizer.step(network.params, network.grads, LEARNING_RATE)

    return {
        "loops of Python": (1, lambda: step_in_loops(lists, row, target)),
        "NumPy, one image": (1, lambda: single.step(one_x, one_t, LEARNING_RATE)),
        "NumPy, a batch of 64": (64, lambda: batched.step(batch_x, batch_t, LEARNING_RATE)),
        "the same in float32": (64, lambda: narrow.step(x32, t32, LEARNING_RATE)),
        "work arrays reused (`digitnet.nn`)": (64, reusing),
    }


def seconds_per_image(n_images: int, call: Callable[[], None], least: float = 0.1) -> float:
    """Of as many calls as take at least so many seconds, after one to warm up."""
    call()
    n_calls, began = 0, perf_counter()
    while perf_counter() - began < least:
        call()
        n_calls += 1
    return (perf_counter() - began) / n_calls / n_images


def main() -> None:
    examples = load_mnist().train.take(np.arange(BATCH_SIZE))
    contestants = ways(examples.rows / 255, one_hot(examples.labels, CLASSES).astype(np.float64))
    seconds = np.array(
        [[seconds_per_image(*way) for way in contestants.values()] for _ in range(ROUNDS)]
    )
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"One of {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}{load}"
    )
    print("\n| a learning step | µs for an image | times as fast as the line above | as loops |")
    print("|---|---|---|---|")
    middle = np.median(seconds, axis=0)
    for position, name in enumerate(contestants):
        faster = [
            np.median(seconds[:, before] / seconds[:, position]) for before in (position - 1, 0)
        ]
        ratios = " | ".join(map(short, faster)) if position else "– | 1"
        print(f"| {name} | {short(1e6 * middle[position])} | {ratios} |")


def short(value: float) -> str:
    """Two significant digits, or all those of a whole number."""
    return f"{value:.1f}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):  # two would wait for each other beside other programs
        main()
