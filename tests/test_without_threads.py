"""What is done otherwise in a browser, where there is no scikit-learn and no second thread: it
comes to the same."""

import sys

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from digitnet.data import AugmentedBatches, Batches, Distortions, MinMax, stratified
from digitnet.nn.blas import _without_blas
from digitnet.nn.shards import available_threads


@pytest.mark.parametrize("n", [40, 997, 10_000])
@pytest.mark.parametrize("share", [0.1, 0.25, 1 / 3, 0.5])
@pytest.mark.parametrize("seed", [0, 5])
def test_the_split_is_that_of_scikit_learn(generator, n, share, seed):
    labels = generator.integers(0, 4, n).astype(np.uint8)
    given = {"test_size": share, "stratify": labels, "random_state": seed}
    expected = train_test_split(np.arange(n), **given)
    got = stratified.train_test_split(np.arange(n), **given)
    for one, other in zip(expected, got, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [0, 0, 1, 1, 2, 2]])
def test_a_part_without_a_class_is_refused_by_both(labels):
    given = {"test_size": 0.3, "stratify": np.array(labels, np.uint8), "random_state": 0}
    for split in (train_test_split, stratified.train_test_split):
        with pytest.raises(ValueError, match="class"):
            split(np.arange(len(labels)), **given)


def test_batches_made_one_by_one_are_those_that_a_thread_makes(few, monkeypatch):
    source = Batches(few, MinMax(0, 255), 10, 64, shuffle_seed=1)
    batches = AugmentedBatches(source, (28, 28), Distortions(rotation=10.0), seed=1, mixup=0.2)

    def epoch():
        return [(x.copy(), targets.copy()) for x, targets in batches.epoch(2, first=3)]

    ahead = epoch()
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert available_threads() == 1
    monkeypatch.setattr("threading.Thread", None)
    for one, other in zip(ahead, epoch(), strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


def test_products_without_blas_are_products(generator):
    a, b = generator.random((30, 40), np.float32), generator.random((40, 20), np.float32)
    for one, other in ((a, b), (b.T, a.T), (a, np.asfortranarray(b))):
        out = np.empty((len(one), other.shape[1]), np.float32)
        _without_blas(one, other, out=out)
        assert np.allclose(out, one @ other, rtol=1e-5)
