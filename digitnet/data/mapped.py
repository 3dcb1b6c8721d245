"""Images that stay in their file: more of them than fit in memory.

The system reads what is needed of a mapped file, and forgets it again when it needs the room. What
is here stands where an array of images does (Examples.images), as far as learning asks for one.
"""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from digitnet.data.examples import Pixels

FEWEST_BYTES = 2**30
"""Of an IDX file from which on it is mapped, not read."""
MOST_MAPPED = 50_000_000
"""Images: some 75 bytes each are taken while they are split, 20 afterwards."""
AT_ONCE = 2**14
"""Images that are in memory at a time where all are looked at."""


class MappedImages:
    """Some rows of an array of uint8 that is mapped from a file, in an order of their own.

    array: (M, …), not copied. indices: which rows of it (N,); None for all as they are.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, array: NDArray[np.uint8], indices: NDArray[np.intp] | None = None) -> None:
        self._array = array
        self._indices = indices

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, …)."""
        n = len(self._array) if self._indices is None else len(self._indices)
        return (n, *self._array.shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> NDArray[np.uint8]:
        """These rows, in memory."""
        return np.array(self._array[rows if self._indices is None else self._indices[rows]])

    def select(self, indices: NDArray[np.intp]) -> "MappedImages":
        """These rows, where they are."""
        chosen = indices if self._indices is None else self._indices[indices]
        return MappedImages(self._array, chosen)

    def reshape(self, n: int, *sizes: int) -> "MappedImages":
        """The same rows with other sizes: n is that of all."""
        assert n == len(self)
        return MappedImages(self._array.reshape(len(self._array), *sizes), self._indices)

    def take(
        self, indices: NDArray[np.intp], axis: int, out: NDArray[np.uint8], mode: str
    ) -> NDArray[np.uint8]:
        """Copy rows to `out`: what np.take(images, indices, axis=0, out=…) calls."""
        chosen = indices if self._indices is None else self._indices[indices]
        return np.take(self._array, chosen, axis=axis, out=out, mode=cast(Any, mode))

    def blocks(self) -> Iterator[NDArray[np.uint8]]:
        """All rows, some at a time."""
        for start in range(0, len(self), AT_ONCE):
            yield self[start : start + AT_ONCE]

    def min(self) -> np.uint8:
        """The smallest pixel of all."""
        return self._range[0]

    def max(self) -> np.uint8:
        """The largest pixel of all."""
        return self._range[1]

    @cached_property
    def _range(self) -> tuple[np.uint8, np.uint8]:
        """Both, from one pass over the file."""
        ends = [(block.min(), block.max()) for block in self.blocks()]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def mean(self, axis: int) -> NDArray[np.float64]:
        """The mean of the rows, (…)."""
        assert axis == 0
        sums = sum(block.sum(axis=0, dtype=np.float64) for block in self.blocks())
        return cast(NDArray[np.float64], sums / len(self))


def mapped(images: NDArray[Any]) -> Pixels:
    """The images as an array that stays in its file, where all that learning does can take it."""
    return cast(Pixels, MappedImages(np.asarray(images)))


def is_mapped(images: object) -> bool:
    """Whether this is an array as it was mapped: of bytes, one image after the other."""
    return (
        isinstance(images, np.memmap)
        and images.dtype == np.uint8
        and images.ndim == 3
        and math.prod(images.shape) > 0
    )
