"""What layers and optimizers remember from step to step, looked at before it is believed."""

from collections.abc import Callable

import numpy as np

from digitnet.nn.arrays import Array


def stored(
    state: dict[str, Array], name: str, expected: str, fits: Callable[[Array], bool]
) -> Array:
    """A copy of an array of floats from what `state()` returned, maybe long ago, into a file.

    Raises ValueError, with what was expected, if it is not there or does not fit.
    """
    array = state.get(name)
    if array is None:
        raise ValueError(f"{name}: expected {expected}, got none")
    if array.dtype.kind != "f" or not fits(array):
        got = np.array2string(array, threshold=4)
        raise ValueError(f"{name}: expected {expected}, got {array.shape} of {array.dtype}: {got}")
    return array.copy()


def is_row(array: Array) -> bool:
    """A number for each parameter."""
    return array.ndim == 1


def is_count(array: Array) -> bool:
    """A single whole number from 0 on, of those that a float holds exactly."""
    return array.shape == () and 0 <= float(array) <= 2**53 and float(array).is_integer()


def is_share(array: Array) -> bool:
    """A single number of at least 0 and below 1."""
    return array.shape == () and 0 <= float(array) < 1


def are_moments(array: Array) -> bool:
    """Adam's: two rows, the second of squares."""
    return array.ndim == 2 and len(array) == 2 and bool(np.all(array[1] >= 0))


def are_weights(array: Array) -> bool:
    """Adam's: the shares of the gradient and of its square that have gone into the moments."""
    return array.shape == (2,) and bool(np.all((array >= 0) & (array <= 1)))
