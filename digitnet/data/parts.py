"""From what a source holds to a Dataset: what is learned from, and what tests."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.images import MOST_IMAGES, as_images, check_contrast, warn_if_narrow
from digitnet.accept.labels import (
    MOST_CLASSES,
    as_labels,
    check_count,
    indices_among,
    named_classes,
)
from digitnet.accept.ranges import rescaled
from digitnet.accept.scaling import MinMax
from digitnet.data.examples import Dataset, Examples, Pixels, check_classes, hold_out
from digitnet.data.mapped import MOST_MAPPED, is_mapped, mapped
from digitnet.errors import DigitnetError
from digitnet.text import listed, plain

FAMILY_SIZE, FAMILY_TRAIN = 70_000, 60_000
"""MNIST, Fashion-MNIST and Kuzushiji-MNIST: the last 10,000 images are the test set."""
MOST_UNLIKE = 0.2
"""Share of the examples that would have to change class for two parts to have the same shares."""


@dataclass(frozen=True)
class Part:
    """Images and, if there are any, labels, as a source has them: nothing is checked yet."""

    images: NDArray[Any]
    labels: NDArray[Any] | None


@dataclass(frozen=True)
class Source:
    """What a source holds, before it is decided what to learn from and what to test with.

    names: how classes are called whose labels are only numbers, by label.
    remarks: what was done to it on the way, in words.
    """

    name: str
    train: Part | None
    test: Part | None = None
    names: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def noted(self, note: str) -> str:
        """The note, and what else there is to say."""
        return "; ".join((note, *self.remarks))


def dataset(
    name: str,
    images: NDArray[Any],
    labels: NDArray[Any],
    test: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> Dataset:
    """A Dataset from arrays: see as_dataset."""
    return as_dataset(Source(name, Part(images, labels), Part(*test) if test else None))


def as_dataset(source: Source) -> Dataset:
    """A Dataset to learn from and to test with, all of it checked: see digitnet.accept.

    Without a labelled test part a part of the examples is taken: of 70,000 the last 10,000, as
    MNIST and its relatives have it, unless they are sorted by class, else a seventh, stratified, at
    random. The test part may lack some of the classes.
    Raises DigitnetError if the arrays cannot be used or do not fit each other.
    """
    name = plain(source.name)
    if source.train is None:
        raise DigitnetError(
            f"{name}: expected images to learn from, got a test part alone; "
            "digitnet evaluate tests a trained model on it"
        )
    in_file = is_mapped(source.train.images)
    images = as_images(source.train.images, name, MOST_MAPPED if in_file else MOST_IMAGES)
    check_contrast(images, name)
    warn_if_narrow(images, name)
    labels = as_labels(labels_of(source.train, name), len(images), f"{name}: y")
    classes, indices = named_classes(labels, name)
    check_count(len(classes), name)
    everything = Examples(mapped(images) if in_file else images, indices.astype(np.uint8))
    names = tuple(source.names.get(each, each) for each in classes)
    if source.test is not None and source.test.labels is not None:
        test = _test_part(source, everything, classes)
        note = f"{len(everything)} images to learn from and {len(test)} to test with"
        return Dataset(name, everything, test, names, source.noted(note))
    if in_file:
        raise DigitnetError(
            f"{name}: expected a test part as well, where the images to learn from stay in a file"
        )
    _check_counts(everything, names, name)
    train, test, note = split(everything)
    if source.test is not None:
        note += "; its own test part has no labels"
    check_classes(name, len(classes), train, test)
    return Dataset(name, train, test, names, source.noted(note))


def _check_counts(examples: Examples, classes: tuple[str, ...], name: str) -> None:
    """Raise DigitnetError if there is a class of one image, which cannot be parted."""
    counts = np.bincount(examples.labels, minlength=len(classes))
    if single := [each for each, n in zip(classes, counts, strict=True) if n == 1]:
        raise DigitnetError(
            f"{name}: expected several images of each class, to test on some of them, got one of "
            f"{listed(single)}; is that a wrong label?"
        )


def labels_of(part: Part, name: str) -> NDArray[Any]:
    """The labels of a part. Raises DigitnetError if it has none."""
    if part.labels is None:
        raise DigitnetError(
            f"{name}: expected labels, but there are only images; what a model reads in them, "
            "digitnet predict or Model.predict tells"
        )
    return part.labels


def to_evaluate(source: Source, was_learned_from: bool) -> tuple[Part, str]:
    """What is there to test a trained model with, and which part that is, in words.

    That is the test part, or else all images; but where the model learned from this source, or it
    is one of MNIST's family, only those that a training leaves out.
    """
    if source.test is not None and (source.test.labels is not None or source.train is None):
        return source.test, source.noted(f"the test part, {_n_images(source.test)}")
    assert source.train is not None
    if was_learned_from or len(source.train.images) == FAMILY_SIZE:
        data = as_dataset(source)
        return Part(data.test.images, np.array(data.classes)[data.test.labels]), data.note
    return source.train, source.noted(f"no test part: all of it, {_n_images(source.train)}")


def _n_images(part: Part) -> str:
    return "1 image" if len(part.images) == 1 else f"{len(part.images)} images"


def _test_part(source: Source, train: Examples, classes: tuple[str, ...]) -> Examples:
    """The test part on the scale of what is learned from."""
    name = f"{plain(source.name)}, test part"
    assert source.test is not None
    images = as_images(source.test.images, name)
    if images.shape[1:] != train.images.shape[1:]:
        raise DigitnetError(
            f"{name}: expected images like those to learn from, {_kind(train.images)}, "
            f"got {_kind(images)}"
        )
    labels = as_labels(source.test.labels, len(images), f"{name}: y")
    indices, unknown = indices_among(classes, labels)
    if unknown:
        raise DigitnetError(
            f"{name}: expected the classes of the images to learn from, got {listed(unknown)} too"
        )
    scaling = MinMax.fit(train.images)
    rows = rescaled(images.reshape(len(images), -1), train.images.dtype.name, scaling)
    return Examples(rows.reshape(images.shape), indices.astype(np.uint8))


def split(everything: Examples) -> tuple[Examples, Examples, str]:
    """Examples to learn from, examples to test with, and how they were parted, in words.

    Raises DigitnetError if there are too few.
    """
    n = len(everything)
    if n == FAMILY_SIZE:
        train = everything.take(np.arange(FAMILY_TRAIN))
        test = everything.take(np.arange(FAMILY_TRAIN, FAMILY_SIZE))
        if _alike(train.labels, test.labels):
            note = "the first 60000 of 70000 images to learn from, the last 10000 to test with"
            return train, test, note
    train, test = hold_out(everything, 1 / 7, seed=0)
    why = "sorted by class" if n == FAMILY_SIZE else "no test part"
    note = (
        f"{why}: a seventh of the {n} images is taken for the test, of each class alike, at random "
        f"(always the same): {len(train)} to learn from, {len(test)} to test with"
    )
    return train, test, note


def _alike(labels: NDArray[np.uint8], others: NDArray[np.uint8]) -> bool:
    """Whether both have the classes in about the same shares, as a shuffled set has."""
    shares = [np.bincount(each, minlength=MOST_CLASSES) / len(each) for each in (labels, others)]
    return bool(np.abs(shares[0] - shares[1]).sum() < 2 * MOST_UNLIKE)


def _kind(images: Pixels) -> str:
    return f"{images.shape[1]}x{images.shape[2]} of {images.dtype}"
