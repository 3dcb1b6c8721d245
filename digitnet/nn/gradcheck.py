"""Gradient check: is the gradient derived by hand the slope that one measures?

For every parameter θ_i, move it a little to both sides and watch the objective:

    n_i = (J(θ_i + ε) − J(θ_i − ε)) / 2ε

The error of this central difference is of order ε² where J is smooth, plus the rounding of J
divided by ε; in float64, ε = 1e-5 leaves about 1e-10 of both. float32 is too coarse for it.
"""

from collections.abc import Callable

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.network import Network
from digitnet.nn.objective import Objective


def numerical_gradient(f: Callable[[], float], array: Array, epsilon: float = 1e-5) -> Array:
    """The central difference of f() by each entry of `array`, which f reads: same shape.

    `array` (float64) is moved in place and put back, bit for bit.
    """
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + epsilon
        above = f()
        array[index] = value - epsilon
        below = f()
        array[index] = value
        gradient[index] = (above - below) / (2 * epsilon)
    return gradient


def relative_error(analytic: Array, numerical: Array) -> float:
    """‖a − n‖ / (‖a‖ + ‖n‖): 0 for equal arrays, two zero arrays among them, at most 1."""
    scale = float(np.linalg.norm(analytic) + np.linalg.norm(numerical))
    return float(np.linalg.norm(analytic - numerical)) / scale if scale else 0.0


def check_gradients(
    network: Network, x: Array, targets: Array, objective: Objective, epsilon: float = 1e-5
) -> dict[str, float]:
    """The relative error of each parameter array's gradient by name: {"W1": 3.1e-10, …}.

    network: float64. x: (B, I), targets: (B, K), float64. Leaves all as it was, but for `grads`.
    Dropout keeps the mask of the network's next step throughout.
    """
    state = network.state()

    def value() -> float:
        network.restore(state)
        loss, penalty, _ = objective(network, x, targets)
        return loss + penalty

    value()
    analytic = {name: gradient.copy() for name, _, gradient in network.parameters()}
    errors = {
        name: relative_error(analytic[name], numerical_gradient(value, array, epsilon))
        for name, array, _ in network.parameters()
    }
    network.restore(state)
    return errors
