"""Arrays: the type that the network computes with, and work arrays reused from step to step."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
"""float32 while learning and predicting, float64 for gradient checks."""


def sum_rows(a: Array, out: Array) -> None:
    """out_o = Σ_n a_no, for a (B, O). a.sum(axis=0, out=out) would take twice as long."""
    ones = np.ones(len(a), a.dtype)
    np.dot(ones, a, out=out)


class Scratch:
    """Work arrays by name: the same name gives the same memory again, with whatever it held.

    A training step needs the same few arrays every time. Allocated anew, the larger ones would be
    fetched from the operating system page by page at each step. A shorter batch gets the leading
    rows of a buffer, so the last batch of an epoch costs nothing; more rows, or rows of another
    shape, get a new one. A copy, or a pickle, begins empty.
    """

    def __init__(self) -> None:
        self._buffers: dict[str, NDArray[Any]] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An uninitialised array of this shape and dtype, valid until `name` is asked for again."""
        buffer = self._buffers.get(name)
        if buffer is None or buffer.dtype != dtype or not _holds(buffer.shape, shape):
            buffer = self._buffers[name] = np.empty(shape, dtype)
        return buffer if buffer.shape == shape else buffer[: shape[0]]

    def __reduce__(self) -> tuple[type["Scratch"], tuple[()]]:
        return Scratch, ()


def _holds(buffer: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return buffer == shape or (buffer[1:] == shape[1:] and buffer[0] >= shape[0])
