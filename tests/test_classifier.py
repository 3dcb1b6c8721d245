"""DigitClassifier does what users of scikit-learn expect of a classifier."""

import inspect
import pickle
import subprocess
import sys
from dataclasses import fields, replace
from itertools import chain
from pathlib import Path
from typing import ClassVar
from unittest import SkipTest

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import check_estimator

import digitnet
from digitnet import DigitClassifier, DigitnetError, InputWarning
from digitnet.classifier import NotFittedError
from digitnet.nn import Dropout
from digitnet.training.learning import learn
from digitnet.training.settings import Settings

ROOT = Path(__file__).parent.parent
EXCUSED = {
    "check_estimators_unfitted": "the error is our own NotFittedError, a ValueError and an "
    "AttributeError like scikit-learn's, which cannot be raised without importing scikit-learn",
    "check_supervised_y_2d": "the warning is our own InputWarning, for the same reason",
    **dict.fromkeys(
        ("check_sample_weight_equivalence_on_dense_data", "check_sample_weights_invariance"),
        "it asks for more digits than float32 has; tests/test_weights.py does not",
    ),
}


@pytest.fixture
def few_rows(few):
    return few.rows, few.labels


def results_of_checks():
    """How scikit-learn's own checks end: (name, status) of each. Before 1.6 it does not say."""
    if "expected_failed_checks" in inspect.signature(check_estimator).parameters:
        results = check_estimator(
            DigitClassifier(), expected_failed_checks=EXCUSED, on_skip=None, on_fail=None
        )
        return [(result["check_name"], result["status"]) for result in results]
    found = []
    for estimator, check in check_estimator(DigitClassifier(), generate_only=True):
        name, status = check.func.__name__, "passed"
        try:
            check(estimator)
        except SkipTest:
            status = "skipped"
        except Exception:
            status = "xfail" if name in EXCUSED else "failed"
        found.append((name, status))
    return found


@pytest.mark.filterwarnings("ignore")  # that it is no BaseEstimator, and what checks provoke
def test_the_checks_of_scikit_learn():
    by_status = {status: [] for status in ("passed", "failed", "skipped", "xfail")}
    with np.errstate(all="ignore"):  # some compute on the edge themselves
        for name, status in results_of_checks():
            by_status[status].append(name)
    assert by_status["failed"] == []
    assert set(by_status["xfail"]) == EXCUSED.keys() & set(chain(*by_status.values()))
    assert len(by_status["passed"]) >= 40
    need_more = {
        "check_array_api_input",  # an environment variable
        "check_classifier_data_not_an_array",  # pandas
        "check_sample_weights_pandas_series",
    }
    assert set(by_status["skipped"]) <= need_more


def test_parameters_are_the_settings_with_their_defaults():
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(DigitClassifier).parameters.items()
    }
    defaults["seed"] = defaults.pop("random_state")
    of_fit = {"warm_start": False, "class_weight": None, "verbose": False}
    assert {name: defaults.pop(name) for name in of_fit} == of_fit
    defaults["activation"] = (defaults["activation"],)
    assert defaults == {each.name: each.default for each in fields(Settings)}


def test_it_learns_digits(few_rows, mnist):
    classifier = DigitClassifier().fit(*few_rows)
    assert classifier.classes_.tolist() == list(range(10))
    assert classifier.n_features_in_ == 784
    assert classifier.score(mnist.test.rows[:1000], mnist.test.labels[:1000]) > 0.85
    p = classifier.predict_proba(mnist.test.rows[:50])
    assert np.allclose(p.sum(axis=1), 1, atol=1e-6)
    predictions = classifier.predict(mnist.test.rows[:50])
    assert np.array_equal(predictions, classifier.classes_[p.argmax(axis=1)])


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_numbers_of_any_type_on_the_same_scale_are_the_same(few_rows, kind):
    rows, labels = few_rows
    fitted = DigitClassifier(epochs=2).fit(rows, labels)
    assert np.allclose(
        fitted.predict_proba(rows[:50].astype(kind)), fitted.predict_proba(rows[:50]), atol=1e-6
    )
    again = DigitClassifier(epochs=2).fit(rows.astype(kind), labels)
    assert np.allclose(again.predict_proba(rows[:50]), fitted.predict_proba(rows[:50]), atol=1e-4)


def test_images_are_rows(few):
    a = DigitClassifier(epochs=2).fit(few.images, few.labels)
    b = DigitClassifier(epochs=2).fit(few.rows, few.labels)
    assert np.array_equal(a.predict_proba(few.rows), b.predict_proba(few.images))


def test_its_model_can_be_saved_and_used_without_it(few_rows, tmp_path):
    classifier = DigitClassifier(epochs=3, hidden_layer_sizes=(32,)).fit(*few_rows)
    classifier.model_.save(tmp_path / "model.npz")
    model = digitnet.load(tmp_path / "model.npz")
    rows = few_rows[0][:100]
    assert np.array_equal(model.predict_proba(rows), classifier.predict_proba(rows))
    assert model.config["hidden_layer_sizes"] == [32]


def test_the_same_random_state_gives_the_same_network(few_rows):
    a, b, c, d = (
        DigitClassifier(epochs=1, random_state=state).fit(*few_rows).model_.network.params
        for state in (1, 1, 2, None)
    )
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert not np.array_equal(a, d)


def test_labels_may_be_texts(few_rows):
    rows, labels = few_rows
    names = np.array(["zero", "one", "two", *"3456789"])
    classifier = DigitClassifier(epochs=3).fit(rows, names[labels])
    assert np.mean(classifier.predict(rows) == names[labels]) > 0.9
    assert classifier.model_.classes == tuple(sorted(names))


def test_in_a_pipeline_a_grid_search_and_cross_validation(few_rows):
    rows, labels = few_rows[0][:600], few_rows[1][:600]
    pipeline = make_pipeline(MinMaxScaler(), DigitClassifier(epochs=10))
    search = GridSearchCV(
        pipeline, {"digitclassifier__hidden_layer_sizes": [(), (16,)]}, cv=2, error_score="raise"
    )
    search.fit(rows, labels)
    assert search.best_score_ > 0.6
    assert len(search.cv_results_["params"]) == 2
    scores = cross_val_score(DigitClassifier(epochs=5), rows, labels, cv=3, error_score="raise")
    assert scores.min() > 0.6


def test_sorted_data_are_split_as_those_of_a_classifier_are(few_rows):
    """Stratified, or no part that is learned from has the classes of the one that is scored."""
    order = np.argsort(few_rows[1][:600], kind="stable")
    rows, labels = few_rows[0][order], few_rows[1][order]
    assert is_classifier(DigitClassifier())
    assert cross_val_score(DigitClassifier(epochs=5), rows, labels, cv=3).min() > 0.6


def test_a_clone_has_the_parameters_and_has_learned_nothing(few_rows):
    original = DigitClassifier(epochs=1, dropout=0.2).fit(*few_rows)
    copy = clone(original)
    assert copy.get_params() == original.get_params()
    assert not hasattr(copy, "classes_")


def test_pickling_keeps_what_was_learned(few_rows):
    rows, labels = few_rows
    original = DigitClassifier(epochs=2).fit(rows, labels)
    copy = pickle.loads(pickle.dumps(original))
    assert np.array_equal(copy.predict_proba(rows), original.predict_proba(rows))
    for classifier in (original, copy):
        classifier.partial_fit(rows, labels)
    assert np.array_equal(copy.predict_proba(rows), original.predict_proba(rows))


def test_early_stopping_holds_out_a_part_and_keeps_the_best(few_rows):
    classifier = DigitClassifier(epochs=60, learning_rate=0.3, early_stopping=3).fit(*few_rows)
    losses = [record.validation_loss for record in classifier.history_]
    assert len(losses) < 60
    assert len(losses) == 1 + int(np.argmin(losses)) + 3


class TestWarmStart:
    SETTINGS: ClassVar = {"hidden_layer_sizes": (16,), "threads": 1, "schedule": "constant"}

    @pytest.mark.parametrize("batch_norm", [False, True])
    def test_a_further_fit_begins_at_what_was_learned(self, batch_norm, few_rows):
        settings = {**self.SETTINGS, "batch_norm": batch_norm, "momentum": 0.0}
        twice = DigitClassifier(**settings, epochs=1, warm_start=True).fit(*few_rows)
        first, params = twice.model_, twice.model_.network.params.copy()
        assert twice.fit(*few_rows).loss_ < twice.history_[0].train_loss
        assert [record.epoch for record in twice.history_] == [1, 2]
        assert np.array_equal(first.network.params, params)  # which somebody may have kept
        once = DigitClassifier(**settings, epochs=1).fit(*few_rows)
        assert np.array_equal(once.model_.network.params, params)
        assert not np.array_equal(twice.model_.network.params, params)
        again = once.fit(*few_rows)  # without warm_start
        assert np.array_equal(again.model_.network.params, params)

    def test_a_learning_rate_of_almost_nothing_stays_where_it_was(self, few_rows):
        classifier = DigitClassifier(**self.SETTINGS, epochs=2, warm_start=True).fit(*few_rows)
        params = classifier.model_.network.params
        classifier.set_params(learning_rate=1e-30, weight_decay=0.0).fit(*few_rows)
        assert np.array_equal(classifier.model_.network.params, params)

    def test_it_keeps_the_scale_of_before(self, few_rows):
        rows, labels = few_rows
        classifier = DigitClassifier(**self.SETTINGS, epochs=1, warm_start=True).fit(rows, labels)
        classifier.fit(rows // 2, labels)
        assert classifier.model_.scaling.maximum == 255

    @pytest.mark.parametrize("n_columns", [784, 60])
    def test_the_same_images_in_another_type_are_the_same(self, n_columns, few_rows):
        """As far as that is plain: a few features are numbers of any size, see predict."""
        rows, labels = few_rows[0][:, 784 // 2 - n_columns // 2 :][:, :n_columns], few_rows[1]
        again = rows / np.float32(255) if n_columns == 784 else rows.astype(np.float32)
        same, other = (
            DigitClassifier(**self.SETTINGS, epochs=1, warm_start=True).fit(rows, labels)
            for _ in range(2)
        )
        same.fit(rows, labels)
        other.fit(again, labels)
        assert other.loss_ == pytest.approx(same.loss_, rel=1e-3)
        for each in (same, other):
            assert (each.model_.scaling.maximum, each.model_.pixels) == (255, "uint8")
        assert other.model_.background == pytest.approx(same.model_.background, abs=1e-5)
        assert np.allclose(other.predict_proba(rows), other.predict_proba(again), atol=1e-5)

    def test_what_is_random_does_not_repeat_itself(self, few):
        """The order of the batches, and what dropout drops: like those of later epochs."""
        settings = Settings(hidden_layer_sizes=(16,), epochs=1, learning_rate=0.1)
        classes = tuple("0123456789")
        for each in (settings, replace(settings, dropout=0.5, batch_size=1000)):
            first = learn(each, few, None, classes).model
            same, other = (
                learn(each, few, None, classes, begin=first, epochs_before=n) for n in (0, 1)
            )
            assert not np.array_equal(same.network.params, other.network.params)
            masks = [
                layer.forward(np.ones((3, 16), np.float32), training=True).copy()
                for network in (same.network, other.network)
                for layer in network.layers
                if isinstance(layer, Dropout)
            ]
            assert not masks or not np.array_equal(*masks)
            parameters = {name: getattr(each, name) for name in ("dropout", "batch_size")}
            classifier = DigitClassifier(
                (16,), epochs=1, learning_rate=0.1, warm_start=True, **parameters
            )
            classifier.fit(few.images, few.labels).fit(few.images, few.labels)
            assert np.array_equal(classifier.model_.network.params, other.network.params)

    def test_running_means_of_batch_normalisation_are_begun_at_too(self, few_rows):
        classifier = DigitClassifier((16,), epochs=2, batch_norm=True, warm_start=True)
        before = classifier.fit(*few_rows).predict_proba(few_rows[0])
        settings = {"learning_rate": 1e-30, "weight_decay": 0.0, "epochs": 1}
        # A hundredth of the way to the means of one batch, where from 0 and 1 it would be far.
        classifier.set_params(**settings, batch_size=2000).fit(*few_rows)
        assert np.allclose(classifier.predict_proba(few_rows[0]), before, atol=0.02)

    def test_classes_features_and_layers_must_be_those_of_before(self, few_rows):
        rows, labels = few_rows
        classifier = DigitClassifier(**self.SETTINGS, epochs=1, warm_start=True).fit(rows, labels)
        before = classifier.predict_proba(rows)
        with pytest.raises(DigitnetError, match=r"with warm_start, expected the classes of before"):
            classifier.fit(rows, labels % 9)
        with pytest.raises(DigitnetError, match="expecting 784 features"):
            classifier.fit(rows[:, :100], labels)
        with pytest.raises(DigitnetError, match=r"like the one to begin with.*\(784, 16\)"):
            classifier.set_params(hidden_layer_sizes=(8,)).fit(rows, labels)
        classifier.set_params(hidden_layer_sizes=(16,))
        with pytest.raises(DigitnetError, match=r"activations and the input of.*ReLU, got Tanh"):
            classifier.set_params(activation="tanh").fit(rows, labels)
        classifier.set_params(activation="relu")
        with pytest.raises(DigitnetError, match="diverged"):
            classifier.set_params(learning_rate=1e9).fit(rows, labels)
        assert np.array_equal(classifier.predict_proba(rows), before)

    def test_it_goes_on_after_partial_fit_and_after_pickling(self, few_rows):
        settings = {**self.SETTINGS, "epochs": 1, "warm_start": True}
        classifier = DigitClassifier(**settings).partial_fit(*few_rows, classes=range(10))
        loss = classifier.loss_
        copy = pickle.loads(pickle.dumps(classifier))
        for each in (classifier, copy):
            assert each.fit(*few_rows).loss_ < loss
        assert np.array_equal(copy.model_.network.params, classifier.model_.network.params)


def test_partial_fit_goes_on_learning(few_rows):
    rows, labels = few_rows
    classifier = DigitClassifier(learning_rate=0.05)
    losses = []
    for start in [*range(0, 2000, 500)] * 3:
        part = slice(start, start + 500)
        classifier.partial_fit(rows[part], labels[part], classes=np.arange(10))
        losses.append(classifier.loss_)
    assert losses[-1] < losses[0] / 3
    assert classifier.score(rows, labels) > 0.9
    classifier.fit(rows, labels)
    accuracy = classifier.score(rows, labels)
    classifier.set_params(learning_rate=0.01).partial_fit(rows, labels)
    assert classifier.score(rows, labels) > accuracy - 0.02


def test_partial_fit_remembers_the_steps_of_its_optimizer_until_that_is_another(few_rows):
    rows, labels = few_rows
    both, apart = (DigitClassifier(optimizer="adam", batch_size=4000) for _ in range(2))
    for classifier in (both, apart):
        classifier.partial_fit(rows, labels, classes=np.arange(10))
    once = both._optimizer.weights.tolist()
    both.partial_fit(rows, labels)
    assert both._optimizer.weights.tolist() > once
    apart.set_params(optimizer="sgd").partial_fit(rows, labels)
    assert not np.allclose(both.model_.network.params, apart.model_.network.params)
    apart.set_params(optimizer="adam").partial_fit(rows, labels)
    assert apart._optimizer.weights.tolist() == once


def test_partial_fit_learns_labels_that_have_changed(few_rows):
    """What was right is wrong then, so the loss may be of any size; that is no divergence."""
    rows, labels = few_rows
    rows, labels = rows[labels < 2], labels[labels < 2]
    classifier = DigitClassifier((), learning_rate=1.0, batch_size=1000)
    for _ in range(30):
        classifier.partial_fit(rows, labels, classes=[0, 1])
    assert classifier.score(rows, labels) > 0.99
    losses = []
    for _ in range(60):
        classifier.partial_fit(rows, 1 - labels)
        losses.append(classifier.loss_)
    assert losses[0] > 10 * np.log(2)
    assert classifier.score(rows, 1 - labels) > 0.99


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("hidden_layer_sizes", (8,)),
        ("activation", "tanh"),
        ("initializer", "unit"),
        ("batch_norm", True),
        ("dropout", 0.5),
    ],
)
def test_partial_fit_does_not_change_the_network(parameter, value, few_rows):
    classifier = DigitClassifier((16,)).partial_fit(*few_rows, classes=range(10))
    before = classifier.get_params()[parameter]
    with pytest.raises(DigitnetError, match=f"expected {parameter} as before"):
        classifier.set_params(**{parameter: value}).partial_fit(*few_rows)
    classifier.set_params(**{parameter: before}).partial_fit(*few_rows)
    classifier.set_params(**{parameter: value}).fit(*few_rows).partial_fit(*few_rows)


def test_a_first_partial_fit_that_diverges_leaves_nothing_behind(few_rows):
    classifier = DigitClassifier(learning_rate=1e30)
    with pytest.raises(DigitnetError, match="diverged"):
        classifier.partial_fit(*few_rows, classes=range(10))
    assert not [name for name in vars(classifier) if name.endswith("_")]
    with pytest.raises(NotFittedError):
        classifier.predict(few_rows[0])
    classifier.set_params(learning_rate=0.1).partial_fit(*few_rows, classes=range(11))


@pytest.mark.filterwarnings("ignore::digitnet.errors.LearningWarning")  # of five steps
def test_one_batch_an_epoch_may_begin_far_above_guessing(few_rows):
    """Weights from N(0, 1) do, and the first epoch's loss is that of the first batch."""
    classifier = DigitClassifier(
        (64,), initializer="unit", batch_size=100_000, epochs=5, learning_rate=1e-3
    )
    losses = [record.train_loss for record in classifier.fit(*few_rows).history_]
    assert losses[0] > 10 * np.log(10)
    assert losses[-1] < losses[0]


def test_partial_fit_needs_all_classes_at_first(few_rows):
    rows, labels = few_rows
    with pytest.raises(DigitnetError, match="all classes in the first call"):
        DigitClassifier().partial_fit(rows, labels)
    classifier = DigitClassifier().partial_fit(rows[:10], np.arange(10) % 3, classes=[0, 1, 2])
    with pytest.raises(DigitnetError, match=r"among \[0, 1, 2\], got other classes"):
        classifier.partial_fit(rows[:10], np.arange(10))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 0}, "epochs: expected a whole number from 1 to 100000, got 0"),
        ({"activation": "swoosh"}, "activation: expected names among sigmoid"),
        ({"hidden_layer_sizes": (12, 0)}, "hidden_layer_sizes: expected whole numbers"),
        ({"learning_rate": 1e9}, "diverged in epoch 1.*try a lower learning_rate"),
        ({"epochs": "many"}, "epochs: expected a whole number"),
        ({"epochs": 2.5}, "epochs: expected a whole number"),
        ({"nesterov": 1}, "nesterov: expected true or false"),
        ({"hidden_layer_sizes": 2.0}, "hidden_layer_sizes: expected whole numbers"),
        ({"hidden_layer_sizes": True}, "hidden_layer_sizes: expected whole numbers"),
        ({"random_state": "12"}, "random_state: expected a whole number"),
        ({"class_weight": [1] * 10}, "class_weight: expected 'balanced' or a dictionary"),
        ({"class_weight": {"3": 2}}, "class_weight: expected classes among 0, 1, .* got '3'"),
        ({"class_weight": {3: -1}}, "class_weight: expected finite numbers of at least 0"),
        ({"class_weight": {3: "2"}}, "class_weight: expected numbers"),
        ({"class_weight": {3: [2]}}, "class_weight: expected a number for each class"),
    ],
)
def test_parameters_that_cannot_be_used_are_said_in_fit(parameters, message, few_rows):
    classifier = DigitClassifier(**parameters)
    with pytest.raises(DigitnetError, match=message):
        classifier.fit(*few_rows)


@pytest.mark.parametrize("sizes", [8, (8,), [8], np.int64(8), np.array(8), np.array([8])])
def test_one_hidden_layer_may_be_one_number(sizes, few_rows):
    classifier = DigitClassifier(sizes, epochs=1).fit(*few_rows)
    assert classifier.model_.config["hidden_layer_sizes"] == (8,)
    assert classifier.hidden_layer_sizes is sizes
    assert clone(classifier).get_params()["hidden_layer_sizes"] == sizes


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_random_state_may_be_a_generator(make, few_rows):
    first, same, other = (
        DigitClassifier((), epochs=1, random_state=make(seed)).fit(*few_rows) for seed in (3, 3, 4)
    )
    params = first.model_.network.params
    assert np.array_equal(same.model_.network.params, params)
    assert not np.array_equal(other.model_.network.params, params)
    assert not np.array_equal(first.fit(*few_rows).model_.network.params, params)  # it went on
    clone(first).fit(*few_rows).partial_fit(*few_rows)


def test_verbose_prints_what_the_command_does(few_rows, capsys):
    quiet = DigitClassifier((), epochs=2).fit(*few_rows)
    assert capsys.readouterr().out == ""
    loud = DigitClassifier((), epochs=2, verbose=True).fit(*few_rows)
    heading, titles, *epochs = capsys.readouterr().out.strip().splitlines()
    assert (heading.split()[0], titles.split()[0]) == ("training", "epoch")
    assert [line.split()[:2] for line in epochs] == [
        [f"{record.epoch}/2", f"{record.train_loss:.4f}"] for record in loud.history_
    ]
    assert np.array_equal(loud.model_.network.params, quiet.model_.network.params)


def test_parameters_may_be_of_numpy(few_rows, tmp_path):
    """As a search gives them; and the model's file has them as plain numbers."""
    sizes, rate = np.array([4, 3]), np.float32(0.25)
    classifier = DigitClassifier(sizes, epochs=np.int64(1), learning_rate=rate).fit(*few_rows)
    classifier.model_.save(tmp_path / "model.npz")
    config = digitnet.load(tmp_path / "model.npz").config
    assert (config["hidden_layer_sizes"], config["epochs"]) == ([4, 3], 1)
    assert config["learning_rate"] == 0.25


def test_what_diverges_has_learned_nothing(few_rows):
    classifier = DigitClassifier(learning_rate=1e9)
    with pytest.raises(DigitnetError):
        classifier.fit(*few_rows)
    with pytest.raises(NotFittedError, match="call fit first"):
        classifier.predict(few_rows[0])
    with pytest.raises(DigitnetError, match="diverged"):
        classifier.partial_fit(*few_rows, classes=range(10))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_rows_that_make_it_diverge_change_nothing(batch_norm, few_rows):
    settings = {"batch_norm": batch_norm, "optimizer": "adam", "batch_size": 500}
    tried, untried = (DigitClassifier(**settings) for _ in range(2))
    for classifier in (tried, untried):
        classifier.partial_fit(*few_rows, classes=range(10))
    with pytest.raises(DigitnetError, match="diverged"):
        tried.set_params(learning_rate=1e30).partial_fit(*few_rows)
    assert np.array_equal(tried.predict_proba(few_rows[0]), untried.predict_proba(few_rows[0]))
    tried.set_params(learning_rate=None)
    for classifier in (tried, untried):
        classifier.partial_fit(*few_rows)
    assert np.array_equal(tried.predict_proba(few_rows[0]), untried.predict_proba(few_rows[0]))


def test_the_seed_is_called_by_its_name_here(few_rows):
    for wrong in (-1, 2**32, 0.5):
        with pytest.raises(DigitnetError, match="random_state: expected a whole number"):
            DigitClassifier(random_state=wrong).fit(*few_rows)


def test_a_first_partial_fit_that_is_refused_leaves_nothing_behind(few_rows):
    classifier = DigitClassifier()
    with pytest.raises(DigitnetError, match="got other classes"):
        classifier.partial_fit(*few_rows, classes=[0, 1])
    with pytest.raises(NotFittedError):
        classifier.predict(few_rows[0])


def test_classes_may_be_repeated_but_not_changed(few_rows):
    classifier = DigitClassifier().partial_fit(*few_rows, classes=range(10))
    classifier.partial_fit(*few_rows, classes=range(10))
    with pytest.raises(DigitnetError, match="expected the classes of before"):
        classifier.partial_fit(*few_rows, classes=[5, 6])


def test_unknown_parameters_are_refused():
    with pytest.raises(DigitnetError, match="got 'neurons'"):
        DigitClassifier().set_params(neurons=3)


def test_a_column_of_labels_is_taken_with_a_warning(few_rows):
    rows, labels = few_rows
    classifier = DigitClassifier(epochs=1)
    with pytest.warns(InputWarning, match="column-vector y"):
        classifier.fit(rows, labels.reshape(-1, 1))
    expected = classifier.score(rows, labels)
    assert expected > 0.5
    with pytest.warns(InputWarning, match="column-vector y"):
        assert classifier.score(rows, labels.reshape(-1, 1)) == expected


@pytest.mark.parametrize("labels", [None, [1, 2], [[1, 2]] * 3])
def test_a_score_needs_a_label_for_each_row(labels, few_rows):
    rows, known = few_rows
    classifier = DigitClassifier((), epochs=1).fit(rows, known)
    with pytest.raises(DigitnetError, match=r"requires y|label for each of the 3 images"):
        classifier.score(rows[:3], labels)


def test_classes_that_a_file_cannot_name_can_be_learned_but_not_saved(few_rows, tmp_path):
    rows, labels = few_rows
    names = np.array([f"{label}\n" for label in range(10)])
    classifier = DigitClassifier((), epochs=1).fit(rows, names[labels])
    assert np.mean(classifier.predict(rows) == names[labels]) > 0.5
    with pytest.raises(DigitnetError, match=r"expected 10 names of classes, .* got '0\\n', '1"):
        classifier.model_.save(tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []


class Frame:
    """As much of a data frame as matters here."""

    def __init__(self, values, columns):
        self.values, self.columns = values, columns

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


@pytest.mark.filterwarnings("ignore::digitnet.LearningWarning")  # these three pixels are dark
def test_columns_of_a_data_frame_must_keep_their_order(few_rows):
    rows, labels = few_rows[0][:100, 300:303], few_rows[1][:100]
    classifier = DigitClassifier(epochs=1).fit(Frame(rows, ["a", "b", "c"]), labels)
    assert classifier.feature_names_in_.tolist() == ["a", "b", "c"]
    classifier.predict(Frame(rows, ["a", "b", "c"]))
    with pytest.raises(DigitnetError, match="feature names should match"):
        classifier.predict(Frame(rows, ["a", "c", "b"]))


def test_its_text_names_what_is_not_default():
    text = repr(DigitClassifier(hidden_layer_sizes=(3,), dropout=0.5))
    assert text == "DigitClassifier(hidden_layer_sizes=(3,), dropout=0.5)"
    assert repr(DigitClassifier()) == "DigitClassifier()"
    assert "array([8, 4])" in repr(DigitClassifier(np.array([8, 4])))


def test_it_learns_without_scikit_learn():
    program = """
import sys
sys.modules["sklearn"] = sys.modules["matplotlib"] = None
import numpy as np, digitnet
x = np.random.default_rng(0).normal(size=(200, 4))
classifier = digitnet.DigitClassifier().fit(x, x[:, 0] > 0)
print(classifier.score(x, x[:, 0] > 0))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(result.stdout) > 0.9


def test_a_few_features_are_numbers_of_any_size(generator):
    """Three columns of uint8 are no image: whole numbers of another type are as good."""
    x, y = generator.integers(0, 256, (60, 3), np.uint8), np.arange(60) % 2
    x[:, 0] = np.where(y, 200, 20)
    classifier = DigitClassifier((4,), epochs=20).fit(x, y)
    small = np.array([[20, 2, 3]], np.uint8)
    for kind in (np.int64, np.float64):
        assert classifier.predict_proba(small.astype(kind)) == pytest.approx(
            classifier.predict_proba(small), abs=1e-6
        )
