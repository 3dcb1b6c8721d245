"""Examples: images with their labels; a Dataset: examples to learn from and to test with."""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitnet.data.stratified import train_test_split
from digitnet.errors import DigitnetError

Pixels: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]
"""uint8 where the source has whole numbers from 0 to 255, else float32."""


@dataclass(frozen=True)
class Examples:
    """Grey images (N, height, width) and the class index of each (N,), 0 … K − 1.

    weights: how much each counts in the loss (N,), above 0; None if all count alike.
    """

    images: Pixels
    labels: NDArray[np.uint8]
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def rows(self) -> Pixels:
        """The images as rows of pixels: (N, height · width), a view."""
        return self.images.reshape(len(self.images), math.prod(self.images.shape[1:]))

    @property
    def image_shape(self) -> tuple[int, int]:
        """(height, width)."""
        _, height, width = self.images.shape
        return height, width

    def take(self, indices: NDArray[np.intp]) -> "Examples":
        """A copy of these examples, in this order; of images in a file, no copy (data.mapped)."""
        weights = None if self.weights is None else self.weights[indices]
        choose = getattr(self.images, "select", self.images.__getitem__)
        return Examples(choose(indices), self.labels[indices], weights)


@dataclass(frozen=True)
class Dataset:
    """Two sets that share no example, the names of the classes, and where the two come from."""

    name: str
    train: Examples
    test: Examples
    classes: tuple[str, ...]
    note: str


def hold_out(examples: Examples, fraction: float, seed: int) -> tuple[Examples, Examples]:
    """Split at random into (examples to learn from, examples held out for validation).

    fraction: the share held out, of each class alike (stratified); 0 for none.
    The split is that of scikit-learn. Raises DigitnetError if one of the parts would lack a class.
    """
    if fraction == 0:
        return examples, examples.take(np.arange(0))
    share = f"{100 * fraction:.5g} %"
    try:
        parts = train_test_split(
            np.arange(len(examples)),
            test_size=fraction,
            stratify=examples.labels,
            random_state=seed,
        )
        learn, held_out = (examples.take(indices) for indices in parts)
    except ValueError as error:
        raise DigitnetError(
            f"cannot hold out {share} of {len(examples)} images, some of each class: there are too "
            "few images, or too few of a class"
        ) from error
    n_classes = len(np.unique(examples.labels))
    check_classes(f"{share} of {len(examples)} images held out", n_classes, learn, held_out)
    return learn, held_out


def check_classes(name: str, n_classes: int, *parts: Examples) -> None:
    """Raise DigitnetError unless each part has examples of each class."""
    for part in parts:
        found = len(np.unique(part.labels))
        if found < n_classes:
            raise DigitnetError(
                f"{name}: expected examples of all {n_classes} classes on both sides of the split, "
                f"got {found} classes on one side"
            )
