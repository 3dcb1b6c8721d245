"""Softmax and cross-entropy: right where numbers are tame, and finite where they are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digitnet.nn import Softmax, SoftmaxCrossEntropy

pytestmark = pytest.mark.numerical

EXTREME = [-1e30, -1e4, -90.0, 0.0, 90.0, 1e4, 1e30]


def test_loss_of_guessing_is_log_k():
    loss, dz = SoftmaxCrossEntropy()(np.zeros((2, 10)), np.eye(10)[[3, 7]])
    assert loss == pytest.approx(np.log(10))
    assert np.allclose(dz[0], (0.1 - np.eye(10)[3]) / 2)


def test_loss_is_minus_the_log_of_the_right_probability():
    logits = np.log([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
    loss, _ = SoftmaxCrossEntropy()(logits, np.eye(3)[[0, 2]])
    assert loss == pytest.approx(-(np.log(0.7) + np.log(0.3)) / 2)


def test_soft_labels_are_admitted():
    logits = np.log([[0.7, 0.2, 0.1]])
    loss, dz = SoftmaxCrossEntropy()(logits, np.array([[0.5, 0.5, 0.0]]))
    assert loss == pytest.approx(-0.5 * np.log(0.7 * 0.2))
    assert np.allclose(dz, [[0.2, -0.3, 0.1]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(
    logits=hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(2, 6)),
        elements=st.one_of(st.sampled_from(EXTREME), st.floats(-1e30, 1e30)),
    ),
    data=st.data(),
)
def test_nothing_overflows_up_to_1e30(dtype, logits, data):
    """No NaN, no infinity, no warning (warnings are errors here), and the result is a result."""
    logits = logits.astype(dtype)
    n, n_classes = logits.shape
    labels = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, n_classes - 1)))
    loss, dz = SoftmaxCrossEntropy()(logits, np.eye(n_classes, dtype=dtype)[labels])
    p = Softmax().forward(logits, training=False)
    assert np.isfinite(loss)
    assert loss >= 0
    assert np.all(np.isfinite(dz))
    assert np.allclose(dz.sum(axis=1), 0, atol=1e-6)
    assert np.all((p >= 0) & (p <= 1))
    assert np.allclose(p.sum(axis=1), 1)


def test_a_confident_mistake_costs_its_margin_where_the_probability_underflows():
    logits = np.array([[0.0, 1e30]], np.float32)
    loss, dz = SoftmaxCrossEntropy()(logits, np.array([[1.0, 0.0]], np.float32))
    assert loss == pytest.approx(1e30)
    assert np.array_equal(dz, [[-1, 1]])


@given(
    logits=hnp.arrays(np.float64, (3, 4), elements=st.floats(-50, 50)),
    shift=st.floats(-1e3, 1e3),
)
def test_a_shift_of_all_logits_changes_nothing(logits, shift):
    p = Softmax().forward(logits, training=False).copy()
    assert np.allclose(Softmax().forward(logits + shift, training=False), p, atol=1e-9)


def test_softmax_keeps_the_order():
    p = Softmax().forward(np.array([[3.0, -1.0, 2.0]]), training=False)
    assert np.array_equal(np.argsort(p), [[1, 2, 0]])
