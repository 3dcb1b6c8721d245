"""The metrics, against their definitions."""

import numpy as np
import pytest

from digitnet.report.metrics import report

#                        true 0          true 1     true 2 (class 3 does not occur)
LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2])
READ = np.array([0, 0, 0, 1, 1, 1, 1, 2])


@pytest.fixture
def result():
    return report(np.eye(4)[READ] * 0.7 + 0.075, LABELS, ("a", "b", "c", "d"))


def test_accuracy_and_errors(result):
    assert result.accuracy == 6 / 8
    assert result.n_errors == 2
    assert np.array_equal(result.predictions, READ)


def test_confusion_matrix_has_true_rows_and_predicted_columns(result):
    assert result.confusion_matrix.tolist() == [
        [3, 1, 0, 0],
        [0, 2, 0, 0],
        [0, 1, 1, 0],
        [0, 0, 0, 0],
    ]


def test_scores_per_class(result):
    a, b, c, d = result.per_class
    assert (a.precision, a.recall, a.support) == (1, 3 / 4, 4)
    assert (b.precision, b.recall, b.support) == (2 / 4, 1, 2)
    assert (c.precision, c.recall, c.support) == (1, 1 / 2, 2)
    assert d.support == 0
    assert np.isnan([d.precision, d.recall, d.f1]).all()
    assert a.f1 == pytest.approx(2 * 1 * 0.75 / 1.75)


def test_macro_counts_classes_that_occur_alike_and_weighted_by_support(result):
    assert result.macro.recall == pytest.approx((3 / 4 + 1 + 1 / 2) / 3)
    assert result.weighted.recall == pytest.approx((4 * 3 / 4 + 2 * 1 + 2 * 1 / 2) / 8)
    assert result.weighted.support == 8


def test_as_dict_is_made_of_plain_numbers(result):
    content = result.as_dict()
    assert content["accuracy"] == 0.75
    assert content["errors"] == 2
    assert content["images"] == 8
    assert content["per_class"]["b"] == {"precision": 0.5, "recall": 1, "f1": 2 / 3, "support": 2}
    assert content["confusion_matrix"][0] == [3, 1, 0, 0]
