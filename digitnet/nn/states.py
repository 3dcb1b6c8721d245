"""What layers and optimizers remember from step to step: kept, copied, and checked.

Stateful is what a layer is beside its two passes, StatefulRow what a network is. `stored` and the
checks below it are for restore, which may be given what has lain in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from digitnet.nn.arrays import Array

if TYPE_CHECKING:
    from digitnet.nn.ranks import Rows


class Stateful:
    """What serves shards, resuming, averaging and copies, and is the same for most layers."""

    shard = 0
    """Which part of a batch it works on, if the batch is cut (digitnet.nn.shards)."""
    rows: Rows | None = None
    """Which rows of that part it is given, if other ranks have the others (digitnet.nn.ranks)."""
    pace = 0.0
    """How much of the way to a batch's statistics its own go in a step, if its state is made of
    such. They belong to the parameters: where these become other ones, Averaged measures the
    statistics again, with a pace of 1, 1/2, 1/3, …, which gives the mean over all batches."""
    left_for_backward: tuple[str, ...] = ("x", "y")
    """Attributes in which forward leaves what backward needs. Copies and pickles go without."""
    parameters: tuple[str, ...] | None = None
    """The names of its parameters; None as long as it belongs to no network."""

    def at_own_rows(self, x: Array, seed: Sequence[int]) -> np.random.Generator:
        """A generator with this seed, where it draws a number for each entry of the rows of x."""
        generator = np.random.default_rng(seed)
        if self.rows:
            self.rows.skip(generator, x)
        return generator

    def end_step(self, shards: Sequence[Any]) -> None:
        """Take note of a step of learning, once its gradients are there.

        Forward and backward change no state: this does. shards: this layer and its twins, each
        after its part of the batch; [self] for all of it.
        """

    def state(self) -> dict[str, Array]:
        """What may change while learning and is not a parameter, copied: restore(…) rewinds it.

        Arrays of floats by name. Names may appear only after some steps, so restore may be given
        fewer of them, or more, than state() would return at the moment.
        """
        return {}

    def restore(self, state: dict[str, Array]) -> None:
        """Go back to what `state()` returned. Raises ValueError if it can be no such thing."""

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickle: as it is between two steps, and free for a network.

        The arrays of its parameters are the network's, which gives them back to its own copy.
        """
        names = self.parameters or ()
        others = {
            *self.left_for_backward,
            *names,
            *(f"d{name}" for name in names),
            "parameters",
            "rows",
        }
        return {name: value for name, value in vars(self).items() if name not in others}


class StatefulRow:
    """The states of layers in a row, and how the row is copied with the vectors that it holds."""

    layers: list[Any]
    params: Array
    grads: Array

    def end_step(self, shards: Sequence[StatefulRow]) -> None:
        """Let each layer take note of a step of learning: see Stateful.end_step."""
        for layer, *twins in zip(self.layers, *(each.layers for each in shards), strict=True):
            layer.end_step(twins)

    def state(self) -> list[dict[str, Array]]:
        """What the layers remember beside their parameters; `restore` goes back to it."""
        return [layer.state() for layer in self.layers]

    def restore(self, state: list[dict[str, Array]]) -> None:
        """Go back to what `state()` returned. Raises ValueError if it can be no such thing."""
        for layer, layer_state in zip(self.layers, state, strict=True):
            layer.restore(layer_state)

    def _bind(self) -> None:
        """Make the arrays of the layers views into the vectors of the row."""

    def __copy__(self) -> StatefulRow:
        """Another one of the same layers and vectors."""
        other = object.__new__(type(self))
        vars(other).update(vars(self))
        return other

    def __getstate__(self) -> dict[str, Any]:
        """For deep copies and pickle: without gradients, and the views that `_bind` makes."""
        others = ("weights", "grads", "weight_grads")
        return {name: value for name, value in vars(self).items() if name not in others}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.grads = np.zeros_like(self.params)
        self._bind()


def copies(**arrays: Array | None) -> dict[str, Array]:
    """Copies of these arrays by name, of those that there are."""
    return {name: array.copy() for name, array in arrays.items() if array is not None}


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
