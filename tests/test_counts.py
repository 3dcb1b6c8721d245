"""Counts: the same figures as scikit-learn's, and what a threshold leaves."""

import numpy as np
import pytest

from digitnet.report.counts import (
    N_BINS,
    THRESHOLDS,
    by_threshold,
    class_scores,
    confusion,
    mean_loss,
    reliability,
)
from digitnet.report.metrics import report

CLASSES = ("a", "b", "c", "d")


@pytest.fixture
def judged():
    """Probabilities of four classes, of which "d" has no examples, and "c" is never said."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 500)
    logits = generator.normal(0, 1.5, (500, 4)) + 2 * np.eye(4)[labels]
    logits[:, 2] = -9
    p = np.exp(logits)
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32), labels


def test_figures_of_classes_are_those_of_the_report(judged):
    probabilities, labels = judged
    expected = report(probabilities, labels, CLASSES)
    matrix = confusion(labels, probabilities.argmax(axis=1), 4)
    assert np.array_equal(matrix, expected.confusion_matrix)
    scores = class_scores(matrix)
    own = [(each.precision, each.recall, each.f1) for each in expected.per_class]
    assert np.allclose(scores, own, equal_nan=True)
    means = expected.macro
    assert np.allclose(np.nanmean(scores, axis=0), (means.precision, means.recall, means.f1))


def test_a_threshold_leaves_the_answers_at_it_and_above(judged):
    probabilities, labels = judged
    found = by_threshold(probabilities, labels)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    for n, threshold in enumerate(THRESHOLDS):
        sure = confidence >= threshold
        assert found.answered[n] == sure.sum()
        assert found.coverage[n] == pytest.approx(sure.mean())
        share = right[sure].mean() if sure.any() else np.nan
        assert found.accuracy[n] == pytest.approx(share, nan_ok=True)
    assert found.answered[0] == 500


def test_bins_hold_the_mean_confidence_and_the_share_that_is_right(judged):
    probabilities, labels = judged
    found = reliability(probabilities, labels)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    error = 0.0
    for n in range(N_BINS):
        there = (confidence >= n / N_BINS) & (confidence < (n + 1) / N_BINS)
        assert found.counts[n] == there.sum()
        if not there.any():
            assert np.isnan(found.accuracy[n])
            continue
        assert np.isclose(found.confidence[n], confidence[there].mean())
        assert np.isclose(found.accuracy[n], right[there].mean())
        error += there.mean() * abs(confidence[there].mean() - right[there].mean())
    assert found.error == pytest.approx(error)


def test_a_confidence_of_1_is_in_the_last_bin():
    certain = np.eye(4, dtype=np.float32)[[0, 1, 2]]
    found = reliability(certain, np.array([0, 1, 3]))
    assert found.counts.tolist() == [0] * (N_BINS - 1) + [3]
    assert found.error == pytest.approx(1 / 3)


def test_the_loss_is_the_mean_surprise_even_of_what_was_held_impossible(judged):
    probabilities, labels = judged
    own = -np.log(probabilities[np.arange(500), labels].astype(np.float64)).mean()
    assert mean_loss(probabilities, labels) == pytest.approx(own)
    assert np.isfinite(mean_loss(np.eye(2, dtype=np.float32), np.array([1, 0])))
