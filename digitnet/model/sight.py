"""What the first layer of a network looks for, as images."""

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense
from digitnet.nn.network import Network
from digitnet.nn.oriented_gradients import oriented_layer


def first_dense(network: Network) -> Dense:
    """The lowest Dense layer."""
    return next(layer for layer in network.layers if isinstance(layer, Dense))


def first_weights(
    network: Network,
    shape: tuple[int, int],
    units: NDArray[np.integer] | slice = slice(None),
) -> Array:
    """The weights of units of the first layer, by pixel: (n, height, width), new.

    Where it sees oriented gradients, what these weights say of each pixel, to first order.
    """
    weights: Array = first_dense(network).W.T[units]
    oriented = oriented_layer(network)
    return oriented.templates(weights) if oriented else weights.reshape(-1, *shape).copy()
