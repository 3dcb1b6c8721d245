"""The training loop and what is built around it."""

import gc
import math
import re
import weakref
from dataclasses import replace

import numpy as np
import pytest

from digitnet.data import Batches, Examples, MinMax, hold_out
from digitnet.nn import (
    SGD,
    Constant,
    Diverged,
    Epoch,
    Objective,
    SoftmaxCrossEntropy,
    Step,
    evaluate,
    multilayer_perceptron,
    train,
)
from digitnet.nn.optimizers import plain_sgd
from digitnet.nn.textbook import TextbookNetwork
from digitnet.training.build import build_schedule
from digitnet.training.learning import learn
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.state import BestEpoch, Ending

pytestmark = pytest.mark.numerical

CLASSES = tuple("0123456789")
SMALL = Settings(hidden_layer_sizes=(16,), epochs=3)


def batches_of(examples, batch_size=64, seed=0):
    return Batches(examples, MinMax(0, 255), 10, batch_size, seed)


def records_of(examples, held_out, *, epochs=2, learning_rate=0.1, network=None):
    return train(
        network or multilayer_perceptron([784, 16, 10]),
        batches_of(examples),
        Batches(held_out, MinMax(0, 255), 10, 100),
        objective=Objective(),
        optimizer=SGD(),
        schedule=Constant(learning_rate),
        epochs=epochs,
    )


@pytest.fixture(scope="module")
def split(few) -> tuple[Examples, Examples]:
    return hold_out(few, 0.1, seed=0)


@pytest.mark.parametrize("options", [{}, {"weight_decay": 1e-2, "momentum": 0.9}])
def test_the_first_ten_losses_are_those_of_the_textbook(options, few):
    """The real network in float32 with reused arrays, against forty plain lines in float64."""
    weight_decay, momentum = options.get("weight_decay", 0.0), options.get("momentum", 0.0)
    network = multilayer_perceptron([784, 128, 10], seed=3)
    first, second = network.layers[0], network.layers[2]
    textbook = TextbookNetwork(784, 128, 10, np.random.default_rng(0))
    textbook.W1, textbook.b1, textbook.W2, textbook.b2 = (
        array.astype(np.float64) for array in (first.W, first.b, second.W, second.b)
    )
    velocities = [0.0] * 4
    objective, optimizer = Objective(weight_decay=weight_decay), SGD(momentum)
    ours, theirs = [], []
    for x, targets in list(copied(batches_of(few)))[:10]:
        theirs.append(textbook.loss(x, targets))
        grads = textbook.gradients(x, targets)
        for n, (name, g) in enumerate(zip(("W1", "b1", "W2", "b2"), grads, strict=True)):
            theta = getattr(textbook, name)
            decay = weight_decay * theta if name.startswith("W") else 0.0
            theta, velocities[n] = plain_sgd(theta, velocities[n], g + decay, 0.1, momentum)
            setattr(textbook, name, theta)
        ours.append(objective(network, x, targets)[0])
        optimizer.step(network.params, network.grads, 0.1)
    assert ours == pytest.approx(theirs, rel=1e-5)
    assert ours[-1] < ours[0]


def copied(batches, epoch=1):
    return ((x.copy(), targets.copy()) for x, targets in batches.epoch(epoch))


def test_records_come_in_order_and_add_up(split):
    records = list(records_of(*split))
    steps = [record for record in records if isinstance(record, Step)]
    epochs = [record for record in records if isinstance(record, Epoch)]
    assert [type(record) for record in records] == ([Step] * 29 + [Epoch]) * 2  # 1800 / 64
    assert [step.step for step in steps] == list(range(1, 59))
    assert [step.epoch for step in steps] == [1] * 29 + [2] * 29
    assert [epoch.epoch for epoch in epochs] == [1, 2]
    for epoch in epochs:
        own = [step for step in steps if step.epoch == epoch.epoch]
        assert sum(step.n_examples for step in own) == 1800
        mean_loss = sum(step.loss * step.n_examples for step in own) / 1800
        assert epoch.train_loss == pytest.approx(mean_loss)
        assert epoch.train_accuracy == sum(step.n_correct for step in own) / 1800
        assert epoch.seconds > 0
    assert epochs[1].train_loss < epochs[0].train_loss


def test_validation_is_measured_at_the_end_of_the_epoch_and_not_learned_from(split):
    network = multilayer_perceptron([784, 16, 10])
    held_out = Batches(split[1], MinMax(0, 255), 10, 64)
    for record in records_of(*split, network=network):
        if isinstance(record, Epoch):
            loss, accuracy = evaluate(network, held_out, SoftmaxCrossEntropy())
            assert record.validation_loss == pytest.approx(loss)
            assert record.validation_accuracy == accuracy
    p = network.probabilities(MinMax(0, 255)(split[1].rows))
    right = p[np.arange(len(p)), split[1].labels]
    assert record.validation_loss == pytest.approx(-np.mean(np.log(right)), rel=1e-5)
    assert record.validation_accuracy == np.mean(p.argmax(axis=1) == split[1].labels)


def test_the_time_of_observers_does_not_count(split, monkeypatch):
    """`seconds` is the training alone: a clock that only runs between records adds nothing."""
    now = [0.0]
    monkeypatch.setattr("digitnet.nn.records.perf_counter", lambda: now[0])
    records = []
    for record in records_of(*split, epochs=1):
        now[0] += 1.0
        records.append(record)
    assert records[-1].seconds == 0.0


@pytest.mark.parametrize("learning_rate", [20.0, 1e3, 1e30])
def test_divergence_names_the_epoch_and_the_last_finite_loss(split, learning_rate):
    seen = []
    with pytest.raises(Diverged) as caught:
        for record in records_of(*split, epochs=5, learning_rate=learning_rate):
            seen.append(record)
    assert caught.value.epoch == 1 + sum(isinstance(record, Epoch) for record in seen)
    assert caught.value.last_finite_loss == seen[-1].loss
    assert math.isfinite(caught.value.last_finite_loss)


def test_divergence_in_the_very_last_step_is_noticed(split):
    """The loss is taken before the step, and without a hold-out nobody looks again."""
    settings = replace(SMALL, epochs=1, batch_size=10**6, learning_rate=1e39)
    for held_out in (None, split[1]):
        learned = learn(settings, split[0], held_out, CLASSES)
        assert learned.ending is Ending.DIVERGED
        assert np.all(np.isfinite(learned.model.network.params))


def test_a_first_loss_that_is_not_finite_has_a_sentence_of_its_own(split):
    with pytest.raises(
        Diverged, match=r"diverged in epoch 1: the loss .* very first batch"
    ) as caught:
        list(records_of(*split, network=_overflowing()))
    assert math.isnan(caught.value.last_finite_loss)


def _overflowing():
    network = multilayer_perceptron([784, 16, 10])
    network.params[:] = np.float32(np.nan)
    return network


def test_a_divergence_says_what_was_seen(split):
    settings = replace(SMALL, epochs=5)
    for learning_rate, seen in ((20.0, "its mean loss, .* is not below"), (1e30, "the loss is no")):
        learned = learn(replace(settings, learning_rate=learning_rate), *split, CLASSES)
        assert re.search(seen, str(learned.failure))
    one_step = replace(SMALL, epochs=1, batch_size=10**6, learning_rate=1e39)
    assert "parameters are no longer" in str(learn(one_step, *split, CLASSES).failure)


def test_a_divergence_does_not_keep_the_examples_in_memory(split):
    examples = replace(split[0], images=split[0].images.copy())
    images = weakref.ref(examples.images)
    learned = learn(replace(SMALL, learning_rate=1e30), examples, None, CLASSES)
    assert learned.failure
    del examples
    gc.collect()
    assert images() is None


def test_no_examples_are_evaluated_as_not_known(few):
    """And nothing of what the README shows fails on them."""
    examples, held_out = hold_out(few, fraction=0, seed=0)
    weighted = replace(held_out, weights=np.ones(0))
    for none in (held_out, weighted):
        batches = Batches(none, MinMax(0, 255), 10, 64, 0)
        assert (len(batches), list(batches.epoch(1))) == (0, [])
        network = multilayer_perceptron([784, 16, 10])
        assert np.isnan(evaluate(network, batches, SoftmaxCrossEntropy())).all()
        assert none.rows.shape == (0, 784)
    learned = learn(replace(SMALL, epochs=1), examples, held_out, CLASSES)
    assert math.isnan(learned.history[0].validation_loss)


def test_a_bad_beginning_is_no_divergence(split):
    """Weights from N(0, 1) begin with a loss in the hundreds, and it falls."""
    settings = replace(SMALL, initializer="unit", hidden_layer_sizes=(64, 64), learning_rate=1e-3)
    learned = learn(settings, *split, CLASSES)
    assert learned.ending is Ending.COMPLETED
    losses = [record.train_loss for record in learned.history]
    assert losses[0] > 10 * math.log(10)
    assert losses[-1] < losses[0] / 2


def test_without_a_hold_out_nothing_is_validated(split):
    (record,) = learn(replace(SMALL, epochs=1), split[0], None, CLASSES).history
    assert math.isnan(record.validation_loss)
    assert record.train_accuracy > 0.3


def test_a_diverged_training_gives_the_last_good_weights(split):
    """A learning rate that rises for ever blows up at some time; a twin stops just before."""
    settings = replace(
        SMALL, epochs=30, learning_rate=400.0, warmup=30, schedule="constant", momentum=0.0
    )
    learned = learn(settings, *split, CLASSES)
    assert learned.ending is Ending.DIVERGED
    n_good = len(learned.history)
    assert n_good >= 1
    assert learned.failure.epoch == n_good + 1
    twin = learn(replace(settings, epochs=n_good), *split, CLASSES)
    assert twin.ending is Ending.COMPLETED
    assert np.array_equal(learned.model.network.params, twin.model.network.params)


def test_the_same_seed_gives_the_same_weights(split):
    settings = replace(SMALL, dropout=0.2)
    a, b = (learn(settings, *split, CLASSES).model.network.params for _ in range(2))
    c = learn(replace(settings, seed=1), *split, CLASSES).model.network.params
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_early_stopping_keeps_the_best_weights(split):
    """With a learning rate this high and so few images, the validation loss soon rises."""
    settings = Settings(
        hidden_layer_sizes=(64,),
        epochs=60,
        learning_rate=0.3,
        schedule="constant",
        early_stopping=4,
        weight_decay=0.0,
    )
    learned = learn(settings, *split, CLASSES)
    losses = [record.validation_loss for record in learned.history]
    assert learned.ending is Ending.STOPPED_EARLY
    assert learned.best_epoch == 1 + int(np.argmin(losses))
    assert len(losses) == learned.best_epoch + 4
    held_out = Batches(split[1], learned.model.scaling, 10, 1000)
    loss, _ = evaluate(learned.model.network, held_out, SoftmaxCrossEntropy())
    assert loss == min(losses)


def test_without_early_stopping_the_last_weights_are_kept(split):
    settings = Settings(
        hidden_layer_sizes=(64,),
        epochs=15,
        learning_rate=0.3,
        schedule="constant",
        weight_decay=0.0,
    )
    learned = learn(settings, *split, CLASSES)
    assert learned.ending is Ending.COMPLETED
    assert learned.best_epoch < len(learned.history) == 15
    held_out = Batches(split[1], learned.model.scaling, 10, 1000)
    loss, _ = evaluate(learned.model.network, held_out, SoftmaxCrossEntropy())
    assert loss == pytest.approx(learned.history[-1].validation_loss, rel=1e-5)


def test_patience_counts_epochs_since_the_best():
    network = multilayer_perceptron([2, 2], seed=None)
    best = BestEpoch(network, patience=2)
    losses = [3.0, 2.0, 2.5, 1.0, 1.0, 1.5]
    verdicts = []
    for n, loss in enumerate(losses, start=1):
        network.params.fill(n)
        best.note(Epoch(n, 0.1, 0, 0, loss, 0, 0), network)
        verdicts.append(best.is_long_ago(n))
    assert verdicts == [False, False, False, False, False, True]
    assert (best.epoch, best.kept["params"][0]) == (4, 4)


def test_a_request_to_stop_ends_after_the_current_batch(split):
    steps = []
    learned = learn(
        SMALL, *split, CLASSES, observers=[steps.append], should_stop=lambda: len(steps) == 40
    )
    assert learned.ending is Ending.INTERRUPTED
    assert len(steps) == 40
    assert len(learned.history) == 1  # 29 steps and the epoch's record, then ten more steps


def test_a_request_to_stop_in_the_middle_of_a_divergence_keeps_good_weights(split):
    """After the first step of this one the weights are infinite; they are not what is kept."""
    settings = replace(SMALL, learning_rate=1e39)
    learned = learn(settings, *split, CLASSES, should_stop=lambda: True)
    assert learned.ending is Ending.DIVERGED
    assert np.all(np.isfinite(learned.model.network.params))


@pytest.mark.parametrize(
    ("options", "steps", "expected"),
    [
        ({"schedule": "constant"}, [0, 99], [0.1, 0.1]),
        ({"schedule": "cosine", "epochs": 4}, [0, 20, 40], [0.1, 0.05, 0.0]),
        (
            {"schedule": "step", "decay_every": 2, "decay_factor": 0.5},
            [0, 19, 20, 40],
            [0.1, 0.1, 0.05, 0.025],
        ),
        ({"schedule": "constant", "warmup": 0.5}, [0, 4, 5], [0.02, 0.1, 0.1]),
    ],
)
def test_settings_give_their_schedule(options, steps, expected):
    schedule = build_schedule(Settings(learning_rate=0.1, **options), steps_per_epoch=10)
    assert [schedule(step) for step in steps] == pytest.approx(expected)


def test_settings_refuse_what_they_cannot_mean():
    for options in ({"epochs": 0}, {"momentum": 1.0}, {"activation": ("relu", "tanh")}):
        with pytest.raises(SettingsError) as caught:
            Settings(**options)
        assert caught.value.setting in options


def test_full_batch_is_one_step_per_epoch(split):
    steps = []
    learn(replace(SMALL, batch_size=10**6), *split, CLASSES, observers=[steps.append])
    assert [record.n_examples for record in steps if isinstance(record, Step)] == [1800] * 3


def test_stochastic_gradient_descent_learns(split):
    settings = replace(SMALL, batch_size=1, epochs=1, learning_rate=0.01, momentum=0.0)
    (record,) = learn(settings, *split, CLASSES).history
    assert record.validation_accuracy > 0.75


class TestWhatMayChangeWhileItRuns:
    """Plain attributes, read at each step or epoch."""

    @pytest.fixture
    def running(self, few):
        self.network = multilayer_perceptron([784, 16, 10], dropout=0.5)
        self.batches, self.objective = batches_of(few, batch_size=100), Objective()
        return train(
            self.network,
            self.batches,
            None,
            objective=self.objective,
            optimizer=SGD(),
            schedule=Constant(0.1),
            epochs=2,
        )

    def test_the_batch_size_counts_from_the_next_epoch(self, running):
        sizes = {1: set(), 2: set()}
        for record in running:
            if isinstance(record, Step):
                sizes[record.epoch].add(record.n_examples)
            self.batches.batch_size = 250
        assert sizes == {1: {100}, 2: {250}}

    def test_dropout_counts_from_the_next_step(self, running):
        dropout = self.network.layers[2]
        next(running)
        assert 0.4 < np.mean(dropout.m == 0) < 0.6
        dropout.rate = 0.0
        next(running)
        said = self.network.layers[1].y.copy()
        assert np.array_equal(dropout.forward(said, training=True), said)

    def test_weight_decay_counts_from_the_next_step(self, running):
        next(running)
        before = np.linalg.norm(self.network.weights)
        self.objective.weight_decay = 9.0  # a step of 0.1 leaves a tenth of the weights
        next(running)
        assert np.linalg.norm(self.network.weights) < 0.2 * before
