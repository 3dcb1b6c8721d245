"""Counts: the usual metrics with NumPy alone, a confidence threshold, and calibration.

metrics.py has the first of these from scikit-learn, for reports; a test holds both together. Here
they are counted, since the playground may run where there is no scikit-learn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Array

Counts = NDArray[np.int32]
Labels = NDArray[np.integer]
N_BINS = 10
"""Of confidence, where they are drawn."""
ERROR_BINS = 15
"""Of confidence for one number alone, as in the paper."""
THRESHOLDS = np.concatenate([np.arange(100) / 100, [0.995, 0.999]]).astype(np.float32)
"""Confidences below which nothing is said, from "says all" on."""


def confusion(labels: Labels, predictions: Labels, n_classes: int) -> Counts:
    """Counts (K, K). Row: the true class, column: the predicted one."""
    places = labels.astype(np.intp) * n_classes + predictions
    counts = np.bincount(places, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, n_classes).astype(np.int32)


def class_scores(matrix: Counts) -> Array:
    """Precision, recall and F1 of each class (K, 3), from its confusion matrix.

        precision = tp / (tp + fp)    recall = tp / (tp + fn)    F1 = 2 tp / (2 tp + fp + fn)

    A class that has examples, but is never predicted, has precision 0; all three are NaN for one
    without examples.
    """
    right = np.diag(matrix).astype(np.float64)
    predicted, there = matrix.sum(axis=0), matrix.sum(axis=1)
    precision = right / np.maximum(predicted, 1)
    recall = right / np.maximum(there, 1)
    f1 = 2 * right / np.maximum(predicted + there, 1)
    scores = np.stack([precision, recall, f1], axis=1)
    scores[there == 0] = np.nan
    return scores


@dataclass(frozen=True)
class Thresholded:
    """What is left when a network says nothing below a confidence, for each of THRESHOLDS.

    answered: how many images it answers. coverage: their share of all. accuracy: the share of them
    that it answers right, NaN where it answers none. All (T,).
    """

    answered: Counts
    coverage: Array
    accuracy: Array


def by_threshold(probabilities: Array, labels: Labels) -> Thresholded:
    """Of probabilities (N, K) and true class indices (N,). Answered: at the threshold, or above."""
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels

    def at_least(values: Array) -> Counts:
        below = np.searchsorted(np.sort(values), THRESHOLDS, side="left")
        return (len(values) - below).astype(np.int32)

    answered, right = at_least(confidence), at_least(confidence[is_right])
    coverage = (answered / max(len(labels), 1)).astype(np.float32)
    accuracy = np.where(answered, right / np.maximum(answered, 1), np.nan)
    return Thresholded(answered, coverage, accuracy.astype(np.float32))


@dataclass(frozen=True)
class Reliability:
    """How often a network is right, by how sure it says it is.

    counts: answers in each of the bins of confidence, of the same width from 0 to 1.
    confidence, accuracy: their mean confidence, and the share that is right; NaN in an empty bin.
    error: the mean distance of the two, over all answers (expected calibration error).

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", §2.
    """

    counts: Counts
    confidence: Array
    accuracy: Array
    error: float


def reliability(probabilities: Array, labels: Labels, n_bins: int = N_BINS) -> Reliability:
    """Of probabilities (N, K) against the true class indices (N,). A bin holds its lower end."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    is_right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(np.intp), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    sums = np.bincount(bins, confidence, n_bins)
    rights = np.bincount(bins, is_right, n_bins)
    error = float(np.abs(sums - rights).sum() / max(len(labels), 1))
    n = np.where(counts, counts, np.nan)
    return Reliability(counts.astype(np.int32), sums / n, rights / n, error)


def calibration_error(probabilities: Array, labels: Labels) -> float:
    """The expected calibration error, with 15 bins: see Reliability."""
    return reliability(probabilities, labels, ERROR_BINS).error


def mean_loss(probabilities: Array, labels: Labels) -> float:
    """Mean cross-entropy, −1/N Σ_n log p_n(label_n), in nats."""
    of_the_right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(of_the_right, np.finfo(np.float32).tiny)).mean())
