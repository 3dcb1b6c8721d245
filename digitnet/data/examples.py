"""Examples: images with their labels; a Dataset: examples to learn from and to test with."""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.text import listed, plain, shown

Pixels: TypeAlias = NDArray[np.uint8] | NDArray[np.float32]
"""uint8 where the source has whole numbers from 0 to 255, else float32."""

MOST_CLASSES = 256
LONGEST_NAME = 1000
"""Letters of the name of a class: a model's header has to hold 256 of them."""
LARGEST_LABEL = 2**53
"""Of whole numbers that are written as floats."""
FAMILY_SIZE, FAMILY_TRAIN = 70_000, 60_000
"""MNIST, Fashion-MNIST and Kuzushiji-MNIST: the last 10,000 images are the test set."""


@dataclass(frozen=True)
class Examples:
    """Grey images (N, height, width) and the class index of each (N,), 0 … K − 1."""

    images: Pixels
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def rows(self) -> Pixels:
        """The images as rows of pixels: (N, height · width), a view."""
        return self.images.reshape(len(self.images), -1)

    @property
    def image_shape(self) -> tuple[int, int]:
        """(height, width)."""
        _, height, width = self.images.shape
        return height, width

    def take(self, indices: NDArray[np.intp]) -> "Examples":
        """A copy of these examples, in this order."""
        return Examples(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """Two sets that share no example, the names of the classes, and where the two come from."""

    name: str
    train: Examples
    test: Examples
    classes: tuple[str, ...]
    note: str


def dataset(
    name: str,
    images: NDArray[Any],
    labels: NDArray[Any],
    test: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> Dataset:
    """A Dataset from arrays of any source, all of them checked.

    images: (N, height, width) or (N, pixels), numbers; uint8 stays, anything else becomes float32.
    labels: (N,), whole numbers or texts, of 2 to 256 classes.
    test: images and labels to test with. Without them a part of the examples is taken: of 70,000
    the last 10,000, as MNIST and its relatives have it, else a seventh, stratified, at random.
    Raises DigitnetError if the arrays do not fit that or each other.
    """
    name = plain(name)
    images = _as_images(name, images)
    classes, indices = _as_classes(name, images, labels)
    if test is not None:
        test_images = _as_images(f"{name}, test part", test[0])
        test_classes, test_indices = _as_classes(f"{name}, test part", test_images, test[1])
        if test_images.shape[1:] != images.shape[1:] or test_images.dtype != images.dtype:
            raise DigitnetError(
                f"{name}: expected test images like those to learn from, {_kind(images)}, "
                f"got {_kind(test_images)}"
            )
        if test_classes != classes:
            raise DigitnetError(
                f"{name}: expected the same classes in both parts, but only one has "
                f"{listed(sorted(set(classes) ^ set(test_classes)))}"
            )
        parts = Examples(images, indices), Examples(test_images, test_indices)
        note = f"{len(indices)} images to learn from and {len(test_indices)} to test with"
    elif len(images) == FAMILY_SIZE:
        everything = Examples(images, indices)
        parts = (
            everything.take(np.arange(FAMILY_TRAIN)),
            everything.take(np.arange(FAMILY_TRAIN, FAMILY_SIZE)),
        )
        note = "the first 60000 of 70000 images to learn from, the last 10000 to test with"
    else:
        parts = hold_out(Examples(images, indices), 1 / 7, seed=0)
        note = (
            f"no test part: a seventh of the {len(images)} images is taken for it, of each class "
            f"alike, at random (always the same): {len(parts[0])} to learn from, "
            f"{len(parts[1])} to test with"
        )
    _check_classes(name, len(classes), *parts)
    return Dataset(name, *parts, classes, note)


def hold_out(examples: Examples, fraction: float, seed: int) -> tuple[Examples, Examples]:
    """Split at random into (examples to learn from, examples held out for validation).

    fraction: the share held out, of each class alike (stratified); 0 for none.
    Raises DigitnetError if one of the parts would lack a class.
    """
    if fraction == 0:
        return examples, examples.take(np.arange(0))
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
        raise DigitnetError(
            f"cannot hold out {fraction:g} of {len(examples)} images, some of each class: there "
            "are too few images, or too few of a class"
        ) from error
    n_classes = len(np.unique(examples.labels))
    _check_classes(f"{fraction:g} of {len(examples)} images held out", n_classes, learn, held_out)
    return learn, held_out


def _check_classes(name: str, n_classes: int, *parts: Examples) -> None:
    """Raise DigitnetError unless each part has examples of each class."""
    for part in parts:
        found = len(np.unique(part.labels))
        if found < n_classes:
            raise DigitnetError(
                f"{name}: expected examples of all {n_classes} classes on both sides of the split, "
                f"got {found} classes on one side"
            )


def _as_images(name: str, images: NDArray[Any]) -> Pixels:
    """(N, height, width) of uint8 or float32, from what a source gave."""
    if images.dtype.kind not in "buif":
        raise DigitnetError(f"{name}: expected images of numbers, got an array of {images.dtype}")
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim not in (2, 3) or images.size == 0:
        raise DigitnetError(
            f"{name}: expected images of shape (N, height, width) or (N, pixels), "
            f"got an array of shape {images.shape}"
        )
    if images.dtype != np.uint8:
        with np.errstate(over="ignore"):
            images = images.astype(np.float32)
        with np.errstate(invalid="ignore"):
            smallest, largest = images.min(), images.max()  # NaN if that is among them
        if not (np.isfinite(smallest) and np.isfinite(largest)):
            raise DigitnetError(f"{name}: expected finite pixels, got NaN or infinity among them")
    return rows_as_images(images) if images.ndim == 2 else images


def rows_as_images(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows (N, pixels) as images (N, height, width): square if that is possible, else 1 high."""
    side = math.isqrt(rows.shape[1])
    return rows.reshape(len(rows), side if side * side == rows.shape[1] else 1, -1)


def _as_classes(
    name: str, images: Pixels, labels: NDArray[Any]
) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    """The names of the classes, in order, and the index of each label among them."""
    if labels.shape != (len(images),):
        raise DigitnetError(
            f"{name}: expected a label for each of the {len(images)} images, "
            f"got labels of shape {labels.shape}"
        )
    if labels.dtype.kind == "f":
        numbers = labels.astype(np.float64)
        if np.all((np.abs(numbers) <= LARGEST_LABEL) & (numbers == np.round(numbers))):
            labels = numbers.astype(np.int64)
    if labels.dtype.kind == "O" and all(isinstance(label, str) for label in labels):
        labels = labels.astype(str)
    if labels.dtype.kind not in "uiU" or (labels.dtype.kind == "i" and labels.min() < 0):
        raise DigitnetError(
            f"{name}: expected labels that are whole numbers of at least 0, or texts, "
            f"got {labels.dtype}: {shown(labels[:5].tolist())}…"
        )
    found, indices = np.unique(labels, return_inverse=True)
    if not 2 <= len(found) <= MOST_CLASSES:
        raise DigitnetError(
            f"{name}: expected 2 to {MOST_CLASSES} classes, got {len(found)} different labels"
        )
    classes = [str(each) for each in found]
    if bad := [each for each in classes if not each.isprintable()]:
        raise DigitnetError(f"{name}: expected printable names of classes, got {shown(bad[0])}")
    if bad := [each for each in classes if len(each) > LONGEST_NAME]:
        raise DigitnetError(
            f"{name}: expected names of classes of at most {LONGEST_NAME} letters, got "
            f"{len(bad[0])}: {shown(bad[0])}"
        )
    if labels.dtype.kind == "U" and all(map(_is_number, classes)):
        order = sorted(range(len(classes)), key=lambda index: int(classes[index]))  # 2 before 10
        indices = np.argsort(order)[indices]
        classes = [classes[index] for index in order]
    return tuple(classes), indices.astype(np.uint8)


def _is_number(text: str) -> bool:
    """Whether this is a whole number that Python would read: not one of thousands of digits."""
    return text.isdecimal() and len(text) <= 100


def _kind(images: Pixels) -> str:
    return f"{images.shape[1]}x{images.shape[2]} of {images.dtype}"
