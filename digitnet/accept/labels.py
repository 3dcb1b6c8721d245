"""Labels as people have them: one class for each image, and the names of the classes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.caution import warn
from digitnet.errors import DigitnetError
from digitnet.text import shown

MOST_CLASSES = 256
LONGEST_NAME = 1000
"""Letters of the name of a class: a model's header has to hold 256 of them."""
LARGEST_LABEL = 2**53
"""Of whole numbers that are written as floats."""
KINDS = ((bool, np.bool), (int, np.integer, float, np.floating), (str, np.str_), (bytes, np.bytes_))


def as_labels(given: Any, n_images: int, name: str = "y") -> NDArray[Any]:
    """The labels as an array (N,) of booleans, numbers or texts of one kind.

    given: (N,) of booleans, whole numbers or texts; a column (N, 1) or row of them, which is warned
    of; or (N, K) with a single 1, or True, in each row (one-hot), which gives 0 … K − 1.
    Raises DigitnetError, which begins with `name`, if it is not that; warns of texts that differ
    in spaces alone.
    """
    if given is None:
        raise DigitnetError(
            f"{name}: expected a label for each image, but there are none (this requires y to be "
            "passed, but the target y is None)"
        )
    labels = _array(given, name)
    if labels.ndim == 2 and labels.shape in ((n_images, 1), (1, n_images)):
        warn(
            f"{name}: A column-vector y was passed when a 1d array was expected; y.ravel() is used"
        )
        labels = labels.ravel()
    elif labels.ndim == 2 and len(labels) == n_images and _is_one_hot(labels):
        labels = labels.argmax(axis=1)
    elif labels.ndim == 0 and n_images == 1:
        labels = labels[None]
    if labels.shape != (n_images,):
        raise DigitnetError(
            f"{name} should be a 1d array: expected a label for each of the {n_images} images, "
            f"got labels of shape {labels.shape}"
        )
    _check(labels, name)
    if labels.dtype.kind in "US":
        _warn_of_spaces(np.unique(labels), name)
    return labels


def _warn_of_spaces(classes: NDArray[Any], name: str) -> None:
    """Warn of texts that are two classes for nothing but the spaces around one of them."""
    seen: dict[Any, Any] = {}
    for label in classes.tolist():
        other = seen.setdefault(label.strip(), label)
        if other != label:
            warn(
                f"{name}: the labels {shown(other)} and {shown(label)} differ in the spaces around "
                "them alone, and are two classes; strip them if they are meant to be one"
            )
            return


def _array(given: Any, name: str) -> NDArray[Any]:
    # By way of objects, because NumPy makes texts of all if there is one text among them.
    array = np.asarray(given, object) if isinstance(given, list | tuple) else np.asarray(given)
    if array.dtype.kind != "O" or not array.size:
        return np.asarray(given)
    values = array.ravel().tolist()
    kinds = {next((k for k, kind in enumerate(KINDS) if isinstance(v, kind)), -1) for v in values}
    if kinds == {0, 1}:
        kinds = {1}  # True is 1
    if len(kinds) > 1 or -1 in kinds:
        types = sorted({type(value).__name__ for value in values})
        odd = next((v for v in values if not isinstance(v, KINDS[1] + KINDS[2])), values[0])
        raise DigitnetError(
            f"{name}: expected labels of one kind, all whole numbers or all texts, got "
            f"{' and '.join(types[:4])}, such as {shown(odd)}"
        )
    try:
        return np.array(array.tolist())
    except (ValueError, OverflowError) as error:
        raise DigitnetError(f"{name}: expected labels of one kind: {error}") from error


def _is_one_hot(labels: NDArray[Any]) -> bool:
    return (
        labels.dtype.kind in "buif"
        and labels.shape[1] > 1
        and bool(np.all((labels == 0) | (labels == 1)))
        and bool(np.all(np.count_nonzero(labels, axis=1) == 1))
    )


def _check(labels: NDArray[Any], name: str) -> None:
    if labels.dtype.kind == "f":
        if not np.all(np.isfinite(labels)):
            raise DigitnetError(
                f"{name}: expected labels that are whole numbers. Input y contains NaN or infinity"
            )
        whole = np.abs(labels) <= LARGEST_LABEL if labels.dtype.itemsize > 2 else True
        if not np.all(whole & (labels == np.rint(labels))):
            raise DigitnetError(
                f"{name}: Unknown label type: continuous. expected labels that are whole numbers, "
                f"or texts, got fractional or huge numbers: {shown(labels[:5].tolist())}"
            )
    elif labels.dtype.kind not in "buiUS":
        raise DigitnetError(
            f"{name}: expected labels that are whole numbers, or texts, got {labels.dtype}"
        )


def name_of(label: Any) -> str:
    """How a class is called: 3 for 3, 3.0, "3" and b"3"."""
    if isinstance(label, bytes):
        return label.decode("utf-8", "backslashreplace")
    if isinstance(label, float | np.floating):
        return str(int(label))
    return str(label)


def class_names(classes: NDArray[Any]) -> tuple[str, ...]:
    """The names of classes, in their order."""
    return tuple(map(name_of, classes))


def named_classes(
    labels: NDArray[Any], name: str = "y"
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The names of all classes among the labels, in order, and the index of each label (N,).

    Numbers are in the order of numbers, also as texts; other texts by their letters.
    Raises DigitnetError if a terminal could not show a name.
    """
    found, indices = np.unique(labels, return_inverse=True)
    names = class_names(found)
    if bad := [each for each in names if not each.isprintable() or not each]:
        raise DigitnetError(f"{name}: expected printable names of classes, got {shown(bad[0])}")
    if bad := [each for each in names if len(each) > LONGEST_NAME]:
        raise DigitnetError(
            f"{name}: expected names of classes of at most {LONGEST_NAME} letters, got "
            f"{len(bad[0])}: {shown(bad[0])}"
        )
    if all(map(_is_number, names)):
        order = sorted(range(len(names)), key=lambda index: int(names[index]))  # 2 before 10
        indices = np.argsort(order)[indices]
        names = tuple(names[index] for index in order)
    return names, indices


def _is_number(text: str) -> bool:
    """Whether this is a whole number that Python would read: not one of thousands of digits."""
    digits = text.removeprefix("-")
    return digits.isdecimal() and len(digits) <= 100


def check_count(n_classes: int, name: str = "y") -> None:
    """Raise DigitnetError unless there are 2 to MOST_CLASSES classes."""
    if not 2 <= n_classes <= MOST_CLASSES:
        plural = "class" if n_classes == 1 else "classes"
        raise DigitnetError(
            f"{name}: expected 2 to {MOST_CLASSES} classes, got {n_classes} {plural}"
        )


def indices_among(
    classes: NDArray[Any] | tuple[str, ...],
    labels: NDArray[Any],
    names: Mapping[str, str] = MappingProxyType({}),
) -> tuple[NDArray[np.intp], list[str]]:
    """The index of each label among the classes (N,), −1 where it is none, and the names of those.

    They are matched by name, so 7 is "7". names: other names of labels, as a mapping file has them.
    """
    index = {name_of(each): position for position, each in enumerate(classes)}
    found, inverse = np.unique(labels, return_inverse=True)
    called = [names.get(each, each) for each in class_names(found)]
    positions = np.array([index.get(each, -1) for each in called], np.intp)
    return positions[inverse], [each for each in called if each not in index]
