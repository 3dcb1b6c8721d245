"""Examples: images with their labels; a Dataset: examples to learn from and to test with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError


@dataclass(frozen=True)
class Examples:
    """Grey images (N, height, width) and the class index of each (N,), 0 … K − 1."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def rows(self) -> NDArray[np.uint8]:
        """The images as rows of pixels: (N, height · width), a view."""
        return self.images.reshape(len(self.images), -1)

    def take(self, indices: NDArray[np.intp]) -> "Examples":
        """A copy of these examples, in this order."""
        return Examples(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """Two sets that share no example, and the names of the classes."""

    name: str
    train: Examples
    test: Examples
    classes: tuple[str, ...]


def hold_out(examples: Examples, fraction: float, seed: int) -> tuple[Examples, Examples]:
    """Split at random into (examples to learn from, examples held out for validation).

    fraction: the share held out, of each class alike (stratified).
    Raises DigitnetError if one of the parts would lack a class.
    """
    from sklearn.model_selection import train_test_split

    try:
        parts: Any = train_test_split(
            np.arange(len(examples)),
            test_size=fraction,
            stratify=examples.labels,
            random_state=seed,
        )
        learn, held_out = (examples.take(indices) for indices in parts)
    except ValueError as error:
        raise DigitnetError(f"cannot hold out {fraction:g} of the images: {error}") from error
    n_classes = len(np.unique(examples.labels))
    if min(len(np.unique(part.labels)) for part in (learn, held_out)) < n_classes:
        raise DigitnetError(
            f"expected a validation fraction that leaves each of the {n_classes} classes on both "
            f"sides, got {fraction:g} of {len(examples)} images"
        )
    return learn, held_out
