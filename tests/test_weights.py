"""Examples that do not count alike: a weight says how often one counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digitnet import DigitClassifier, DigitnetError
from digitnet.data import Batches, Examples, MinMax, hold_out, weighted
from digitnet.data.mixup import mix
from digitnet.nn import (
    Objective,
    Scratch,
    Sharded,
    SoftmaxCrossEntropy,
    WeightedCrossEntropy,
    evaluate,
    multilayer_perceptron,
)

CLASSES = np.arange(3)


def some(generator, n=40):
    """Rows of numbers in three classes that can be told apart, more or less."""
    labels = np.arange(n) % 3
    x = generator.standard_normal((n, 4)).astype(np.float32)
    x[np.arange(n), labels] += 4
    return x, labels


def examples_of(x, labels):
    return Examples(x.reshape(len(x), 2, 2), labels.astype(np.uint8))


def probabilities(x, labels, weights=None, **parameters):
    classifier = DigitClassifier((16,), batch_size=1000, epochs=30, **parameters)
    return classifier.fit(x, labels, sample_weight=weights).predict_proba(x)


@pytest.mark.numerical
class TestTheLoss:
    def test_weights_of_one_change_no_bit(self, generator):
        logits = generator.standard_normal((7, 5)).astype(np.float32)
        targets = np.eye(5, dtype=np.float32)[generator.integers(5, size=7)]
        loss, dz = SoftmaxCrossEntropy()(logits, targets)
        weighted_loss, weighted_dz = WeightedCrossEntropy()(logits, targets)
        assert np.array_equal(weighted_dz, dz)
        assert weighted_loss == pytest.approx(loss, rel=1e-6)

    @given(
        weights=hnp.arrays(np.int64, 65, elements=st.integers(0, 4)).filter(np.any),
        seed=st.integers(0, 2**32 - 1),
        threads=st.sampled_from([None, 1, 2]),
    )
    def test_whole_numbers_are_repetitions(self, weights, seed, threads):
        """In the loss and the gradient of the whole batch, cut into shards or not."""
        generator = np.random.default_rng(seed)
        x, labels = generator.standard_normal((65, 6)), generator.integers(4, size=65)
        targets = np.eye(4)[labels]
        repeated, network = (multilayer_perceptron([6, 5, 4], dtype=np.float64) for _ in range(2))
        objective = Objective(weight_decay=0.1)
        loss, _ = objective(repeated, np.repeat(x, weights, 0), np.repeat(targets, weights, 0))
        objective.loss = WeightedCrossEntropy()
        shares = targets * (weights / weights.mean())[:, None]
        with Sharded(objective, threads, most_alone=0 if threads else 1e9) as sharded:
            weighted_loss, _ = sharded(network, x, shares)
        assert weighted_loss == pytest.approx(loss, rel=1e-12)
        assert np.allclose(network.grads, repeated.grads, rtol=1e-9, atol=1e-14)

    def test_where_a_probability_underflows_nothing_is_lost(self):
        logits = np.array([[0.0, 1e30], [0.0, 1e30]], np.float32)
        targets = np.array([[0.5, 0], [0, 0]], np.float32)
        loss, dz = WeightedCrossEntropy()(logits, targets)
        assert loss == pytest.approx(0.25e30)
        assert np.array_equal(dz, [[-0.25, 0.25], [0, 0]])


class TestInBatches:
    def test_the_mean_of_the_weights_is_made_one(self, generator):
        x, labels = some(generator)
        weights = generator.uniform(5, 9, 40)
        batches = Batches(
            weighted(examples_of(x, labels), weights, None, CLASSES), MinMax(0, 1), 3, 8
        )
        targets = np.concatenate([targets.copy() for _, targets in batches.epoch(1)])
        assert np.allclose(targets.sum(axis=1), weights / weights.mean())
        assert np.array_equal(targets.argmax(axis=1), labels)

    def test_what_is_held_out_keeps_its_weights_and_is_measured_with_them(self, generator):
        x, labels = some(generator, 300)
        weights = 1.0 + np.arange(300)
        whole = weighted(examples_of(x, labels), weights, None, CLASSES)
        for part in hold_out(whole, 0.2, seed=0):
            rows = [int(np.flatnonzero((x == row).all(axis=1))[0]) for row in part.rows]
            assert np.array_equal(part.weights, weights[rows])
        network = multilayer_perceptron([4, 3])
        loss, accuracy = evaluate(
            network, Batches(part, MinMax(0, 1), 3, 7), WeightedCrossEntropy()
        )
        p = network.probabilities(part.rows)
        losses = -np.log(p[np.arange(len(p)), part.labels])
        assert loss == pytest.approx(np.average(losses, weights=part.weights), rel=1e-5)
        assert accuracy == np.mean(p.argmax(axis=1) == part.labels)

    def test_mixup_blends_weights_as_it_blends_targets(self, generator):
        x, targets = np.zeros((6, 2)), np.eye(6) * np.array([[1], [1], [1], [3], [3], [3]])
        before = targets.copy()
        mix(x, targets, 0.5, generator, Scratch())
        share = targets[np.arange(6), np.arange(6)] / before.max(axis=1)
        expected = share * before.max(axis=1) + (1 - share) * np.roll(before.max(axis=1), -1)
        assert np.allclose(targets.sum(axis=1), expected)


class TestTheClassifier:
    def test_weights_are_repetitions(self, generator):
        x, labels = some(generator)
        weights = generator.integers(0, 4, 40)
        repeated = DigitClassifier((16,), batch_size=1000, epochs=30)
        repeated.fit(np.repeat(x, weights, 0), np.repeat(labels, weights))
        assert np.allclose(probabilities(x, labels, weights), repeated.predict_proba(x), atol=1e-4)
        assert not np.allclose(probabilities(x, labels), repeated.predict_proba(x), atol=1e-3)

    def test_a_row_of_weight_zero_might_as_well_not_be_there(self, generator):
        """Bit for bit, and whatever it holds: not even the scale of the numbers comes from it."""
        x, labels = some(generator)
        weights = generator.uniform(1, 2, 40)
        weights[::5] = 0
        x[0] = 1e6
        for learn in ("fit", "partial_fit"):
            more = {"classes": CLASSES} if learn == "partial_fit" else {}
            with_them, without = (DigitClassifier((16,), batch_size=8) for _ in range(2))
            getattr(with_them, learn)(x, labels, sample_weight=weights, **more)
            kept = weights > 0
            getattr(without, learn)(x[kept], labels[kept], sample_weight=weights[kept], **more)
            assert np.array_equal(with_them.model_.network.params, without.model_.network.params), (
                learn
            )

    def test_only_proportions_matter(self, generator):
        x, labels = some(generator)
        weights = generator.uniform(0, 1, 40)
        expected = probabilities(x, labels, weights)
        for factor in (4.0, 2.0**-100, 2.0**100):
            assert np.array_equal(probabilities(x, labels, factor * weights), expected)
        assert np.array_equal(probabilities(x, labels, 3), probabilities(x, labels))

    def test_a_weight_of_a_class_is_one_of_its_rows(self, generator):
        x, labels = some(generator)
        names = np.array(["a", "b", "c"])[labels]
        expected = probabilities(x, names, np.array([2, 1, 0.5])[labels])
        assert np.array_equal(probabilities(x, names, class_weight={"a": 2, "c": 0.5}), expected)
        half = probabilities(x, names, np.full(40, 0.5), class_weight={"a": 2, "c": 0.5})
        assert np.array_equal(half, expected)

    def test_balanced_classes_count_alike(self, generator):
        x, labels = some(generator)
        x, labels = x[labels != 2][:25], labels[labels != 2][:25]
        labels[5:] = 0
        counts = np.bincount(labels)
        balanced = weighted(examples_of(x, labels), None, "balanced", CLASSES[:2])
        assert np.allclose(balanced.weights, (25 / (2 * counts))[labels])
        own = generator.uniform(0, 3, 25)
        balanced = weighted(examples_of(x, labels), own, "balanced", CLASSES[:2])
        assert np.allclose(np.bincount(labels, balanced.weights), own.sum() / 2)
        expected = probabilities(x, labels, (25 / (2 * counts))[labels])
        assert np.array_equal(probabilities(x, labels, class_weight="balanced"), expected)

    def test_it_learns_the_class_that_counts(self, generator):
        x, labels = some(generator, 300)
        x[np.arange(300), labels] -= 2  # so that it must choose whom to please
        n_zeros = {}
        for weight in (0, 1, 3):
            classifier = DigitClassifier((), learning_rate=1.0, class_weight={0: weight})
            n_zeros[weight] = np.sum(classifier.fit(x, labels).predict(x) == 0)
        assert n_zeros[0] == 0
        assert n_zeros[3] > 1.1 * n_zeros[1] > 50

    def test_with_early_stopping_and_mixup(self, generator):
        x, labels = some(generator, 200)
        weights = generator.uniform(0, 2, 200)
        classifier = DigitClassifier((16,), epochs=40, batch_size=16, early_stopping=10, mixup=0.2)
        classifier.fit(x, labels, sample_weight=weights)
        assert classifier.score(x, labels, sample_weight=weights) > 0.6

    def test_in_partial_fit_a_weight_of_two_makes_a_step_twice_as_long(self, generator):
        x, labels = some(generator)
        settings = {"hidden_layer_sizes": (5,), "weight_decay": 0.0}
        twice = DigitClassifier(**settings, learning_rate=0.125)
        twice.partial_fit(x, labels, CLASSES, sample_weight=np.full(40, 2.0))
        longer = DigitClassifier(**settings, learning_rate=0.25).partial_fit(x, labels, CLASSES)
        assert np.array_equal(twice.model_.network.params, longer.model_.network.params)
        assert twice.loss_ == pytest.approx(longer.loss_)
        heavy = DigitClassifier(**settings, learning_rate=1e-5)  # which is no divergence
        heavy.partial_fit(x, labels, CLASSES, sample_weight=np.full(40, 1000.0))

    def test_balanced_is_for_fit_alone(self, generator):
        classifier = DigitClassifier(class_weight="balanced")
        with pytest.raises(DigitnetError, match="needs all rows at once, for fit"):
            classifier.partial_fit(*some(generator), CLASSES)
        assert not hasattr(classifier, "classes_")

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            (-np.ones(40), "sample_weight: expected finite numbers of at least 0"),
            (
                np.full(40, 1e308),
                "sample_weight: expected finite numbers of at least 0, and at most",
            ),
            (np.full(40, np.nan), "sample_weight: expected finite numbers"),
            (np.full(40, np.inf), "sample_weight: expected finite numbers"),
            (np.ones(39), r"for each of the 40 rows of X, got an array of shape \(39,\)"),
            (np.ones((40, 1)), r"got an array of shape \(40, 1\)"),
            (np.zeros(40), "expected some weights above zero"),
            (["1"] * 40, "sample_weight: expected numbers"),
            ([None] * 40, "sample_weight: expected finite numbers"),
            ([[1], [1, 2]], "sample_weight: expected numbers"),
            ("balanced", "sample_weight: expected numbers"),
        ],
    )
    def test_weights_that_cannot_be_used_are_refused(self, weights, message, generator):
        for learn in ("fit", "partial_fit"):
            more = {"classes": CLASSES} if learn == "partial_fit" else {}
            classifier = DigitClassifier(())
            with pytest.raises(DigitnetError, match=message):
                getattr(classifier, learn)(*some(generator), sample_weight=weights, **more)
            assert not hasattr(classifier, "classes_")
