"""Weights: how much each example counts in the loss, from what scikit-learn's users give for it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.data.examples import Examples
from digitnet.errors import DigitnetError
from digitnet.text import listed, shown

LARGEST = float(np.finfo(np.float32).max)


def weighted(
    examples: Examples, sample_weight: Any, class_weight: Any, classes: NDArray[Any]
) -> Examples:
    """The examples that count, with their weights: those of the row times those of the class.

    sample_weight: (N,) numbers of at least 0, or one for all. class_weight: a dictionary from class
    to weight, 1 for classes that it lacks; or "balanced", which makes the classes count alike.
    Both may be None; without either, these are the examples as they were. classes: what the
    labels are indices of. A row of weight 0 is left out.
    Raises DigitnetError for anything else, or if nothing is left.
    """
    if sample_weight is None and class_weight is None:
        return examples
    weights = np.ones(len(examples)) if sample_weight is None else _checked(sample_weight, examples)
    if class_weight is not None:
        weights = weights * _of_classes(class_weight, classes, examples, weights)[examples.labels]
    counting = np.flatnonzero(weights)
    if not len(counting):
        raise DigitnetError("expected some weights above zero, got rows that all count nothing")
    return replace(examples.take(counting), weights=weights[counting])


def _checked(sample_weight: Any, examples: Examples) -> NDArray[np.float64]:
    weights = _numbers("sample_weight", sample_weight)
    if weights.ndim == 0:
        weights = np.full(len(examples), weights)
    if weights.shape != (len(examples),):
        raise DigitnetError(
            f"sample_weight: expected a number for each of the {len(examples)} rows of X, "
            f"got an array of shape {weights.shape}"
        )
    return weights


def _of_classes(
    class_weight: Any, classes: NDArray[Any], examples: Examples, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weight of each class (K,)."""
    if isinstance(class_weight, Mapping):
        return _listed(class_weight, classes.tolist())
    if not (isinstance(class_weight, str) and class_weight == "balanced"):
        raise DigitnetError(
            "class_weight: expected 'balanced' or a dictionary from class to weight, "
            f"got {shown(class_weight)}"
        )
    # n / (K n_k), as in scikit-learn, where a row counts as often as its weight says
    counts = np.bincount(examples.labels, weights, len(classes))
    present = counts > 0
    balanced = np.zeros(len(classes))
    balanced[present] = counts.sum() / (present.sum() * counts[present])
    return balanced


def _listed(class_weight: Mapping[Any, Any], names: list[Any]) -> NDArray[np.float64]:
    unknown = [repr(key) for key in class_weight if key not in names]
    if unknown and not all(name in class_weight for name in names):  # 3 may be meant by "3"
        raise DigitnetError(
            f"class_weight: expected classes among {listed([repr(name) for name in names])}, "
            f"got {listed(unknown)}"
        )
    values = [class_weight.get(name, 1) for name in names]
    if any(np.ndim(value) for value in values):
        raise DigitnetError(f"class_weight: expected a number for each class, got {shown(values)}")
    return _numbers("class_weight", values)


def _numbers(name: str, values: Any) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(values)
        if numbers.dtype.kind not in "buifO":
            raise TypeError(f"got {numbers.dtype}")
        numbers = numbers.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DigitnetError(f"{name}: expected numbers, {error}") from error
    if not np.all((numbers >= 0) & (numbers <= LARGEST)):  # false for NaN as well
        raise DigitnetError(
            f"{name}: expected finite numbers of at least 0, and at most 3.4e38, got others"
        )
    return numbers
