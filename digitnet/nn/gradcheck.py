"""Gradient check: is the gradient derived by hand the slope that one measures?

For a parameter θ_i, move it a little to both sides and watch the objective:

    n_i = (J(θ_i + ε) − J(θ_i − ε)) / 2ε

The error of this central difference is of order ε² where J is smooth, plus the rounding of J
divided by ε: in float64, ε = 1e-4 leaves about 1e-9 of the gradient, and bears gradients that are
small. float32 is too coarse for it. Where J has a kink within ε, as with ReLU, the difference
measures nothing (digitnet.teach.checking draws examples that keep away from kinks).

Derived in docs/derivations.md §11.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.nn.blas import one_thread
from digitnet.nn.network import Network
from digitnet.nn.objective import Objective
from digitnet.nn.shards import Sharded

EPSILON = 1e-4
TOLERANCE = 1e-7
"""Of the relative error: a right gradient stays below, one that is a thousandth wrong has 5e-4."""
ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""Of J, relative: a few units in the last place, measured on networks of one to twelve layers."""


class ArrayCheck(NamedTuple):
    """How well the gradient of one parameter array agrees with the measured one.

    error: norm-wise, over the entries that were checked. worst: the index of the entry that is
    furthest off, with its two gradients. resolution: the error that the rounding of J alone may
    cause; a gradient so small that it exceeds the tolerance cannot be judged.
    """

    name: str
    n_entries: int
    n_checked: int
    error: float
    worst: tuple[int, ...]
    analytic: float
    numerical: float
    resolution: float

    @property
    def verdict(self) -> str:
        """ok, WRONG, "zero" if there is no gradient, or "too small" to be measured."""
        if self.error < TOLERANCE:
            return "ok" if self.analytic or self.numerical or self.error else "zero"
        return "too small" if self.error < self.resolution else "WRONG"


def numerical_gradient(
    f: Callable[[], float],
    array: Array,
    epsilon: float = EPSILON,
    entries: NDArray[np.intp] | None = None,
) -> Array:
    """The central difference of f() with respect to entries of `array`, which f reads: (entries,).

    entries: indices into the flat array; all by default. `array` (float64) is moved in place and
    put back, bit for bit.
    """
    flat = array.flat  # which writes to the array itself, however it lies in memory
    indices = np.arange(array.size) if entries is None else entries
    gradient = np.empty(len(indices))
    for position, index in enumerate(indices):
        value = flat[index]
        flat[index] = value + epsilon
        above = f()
        flat[index] = value - epsilon
        below = f()
        flat[index] = value
        gradient[position] = (above - below) / (2 * epsilon)
    return gradient


def relative_error(analytic: Array, numerical: Array) -> float:
    """‖a − n‖ / (‖a‖ + ‖n‖): 0 for equal arrays, two zero arrays among them, at most 1."""
    scale = float(np.linalg.norm(analytic) + np.linalg.norm(numerical))
    difference = analytic.reshape(-1) - numerical.reshape(-1)
    return float(np.linalg.norm(difference)) / scale if scale else 0.0


def check_gradients(
    network: Network,
    x: Array,
    targets: Array,
    objective: Objective | Sharded,
    *,
    epsilon: float = EPSILON,
    most: int | None = None,
    generator: np.random.Generator | None = None,
) -> list[ArrayCheck]:
    """Check the gradient of each parameter array of the network.

    network: float64. x: (B, I), targets: (B, K), float64. Leaves all as it was, but for `grads`.
    most: check at most so many entries of an array: half of them those with the largest gradient,
    half drawn with the generator. Dropout keeps the mask of the network's next step throughout.
    """
    state = network.state()

    def value() -> float:
        with one_thread:
            return objective.value(network, x, targets)

    with one_thread:
        objective(network, x, targets)
    network.restore(state)
    analytic = {name: gradient.ravel().copy() for name, _, gradient in network.parameters()}
    checks = []
    for name, array, _ in network.parameters():
        entries = _choose(analytic[name], most, generator or np.random.default_rng(0))
        a, n = analytic[name][entries], numerical_gradient(value, array, epsilon, entries)
        worst = int(np.argmax(np.abs(a - n)))
        index = tuple(int(i) for i in np.unravel_index(entries[worst], array.shape))
        noise = ROUNDING * abs(value()) / epsilon * math.sqrt(len(a))
        scale = float(np.linalg.norm(a) + np.linalg.norm(n))
        checks.append(
            ArrayCheck(
                name=name,
                n_entries=array.size,
                n_checked=len(a),
                error=relative_error(a, n),
                worst=index,
                analytic=float(a[worst]),
                numerical=float(n[worst]),
                resolution=noise / scale if scale else 0.0,
            )
        )
    return checks


def _choose(gradient: Array, most: int | None, generator: np.random.Generator) -> NDArray[np.intp]:
    if most is None or most >= gradient.size:
        return np.arange(gradient.size)
    largest = np.argsort(-np.abs(gradient), kind="stable")[: most // 2]
    others = np.setdiff1d(np.arange(gradient.size), largest)
    return np.concatenate([largest, generator.choice(others, most - len(largest), replace=False)])
