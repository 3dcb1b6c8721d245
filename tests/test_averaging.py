"""The mean of the parameters over the last steps, and a network that is given it."""

import numpy as np
import pytest

from digitnet.data import Batches, MinMax, hold_out
from digitnet.nn import (
    SGD,
    Adam,
    Averaged,
    BatchNorm,
    Dense,
    Dropout,
    Network,
    Objective,
    SoftmaxCrossEntropy,
    evaluate,
    multilayer_perceptron,
)
from digitnet.training.build import WHILE_AVERAGING, build_schedule
from digitnet.training.learning import learn
from digitnet.training.settings import Settings

pytestmark = pytest.mark.numerical

CLASSES = tuple("0123456789")


def learned(optimizer, generator, n_steps=7, network=None):
    """A network after some steps on one batch, all its parameters on the way, and the batch."""
    network = network or multilayer_perceptron([6, 5, 3], batch_norm=True, dtype=np.float64)
    x, targets = generator.standard_normal((8, 6)), np.eye(3)[generator.integers(3, size=8)]
    places = []
    for _ in range(n_steps):
        Objective()(network, x, targets)
        optimizer.step(network.params, network.grads, 0.1)
        places.append(network.params.copy())
    return network, np.array(places), x


@pytest.mark.parametrize("first", [0, 3, 6])
def test_it_is_the_mean_of_the_parameters_after_the_first_steps(first, generator):
    optimizer = Averaged(SGD(0.9), first)
    _, places, _ = learned(optimizer, generator)
    assert np.allclose(optimizer.mean, places[first:].mean(axis=0), rtol=1e-12, atol=1e-15)


def test_the_other_optimizer_goes_where_it_would_go_alone(generator):
    seed = generator.integers(2**32)
    alone, followed = (
        learned(optimizer, np.random.default_rng(seed))[1]
        for optimizer in (Adam(), Averaged(Adam(), 2))
    )
    assert np.array_equal(alone, followed)


def test_before_the_first_of_them_there_is_no_mean(generator):
    optimizer = Averaged(SGD(), 7)
    network, places, x = learned(optimizer, generator)
    optimizer.finish(network, [x])
    assert optimizer.mean is None
    assert np.array_equal(network.params, places[-1])


def test_the_network_gets_the_mean_and_running_means_that_belong_to_it(generator):
    optimizer = Averaged(SGD(), 2)
    network, places, x = learned(optimizer, generator)
    others = generator.standard_normal(x.shape)
    optimizer.finish(network, [x, others])
    dense, norm = network.layers[:2]
    mean = places[2:].mean(axis=0)
    assert np.allclose(network.weights, mean[: network.weights.size], rtol=1e-12, atol=1e-15)
    z = [batch @ dense.W + dense.b for batch in (x, others)]
    assert np.allclose(norm.mean, np.mean([each.mean(axis=0) for each in z], axis=0), rtol=1e-12)
    assert np.allclose(norm.variance, np.mean([each.var(axis=0) for each in z], axis=0), rtol=1e-12)


def test_each_batch_is_measured_with_a_dropout_mask_of_its_own(generator):
    network = Network(6, [Dropout(0.5), BatchNorm(), Dense(3)], dtype=np.float64)
    optimizer = Averaged(SGD(), 2)
    learned(optimizer, generator, network=network)
    dropout, norm = network.layers[:2]
    step, x = dropout.step, generator.standard_normal((8, 6))
    optimizer.finish(network, [x] * 4)
    masked = []
    for dropout.step in range(step, step + 4):
        masked.append(dropout.forward(x, training=True).copy())
    assert len({each.tobytes() for each in masked}) == 4
    assert np.allclose(norm.mean, np.mean([each.mean(axis=0) for each in masked], axis=0))
    assert np.allclose(norm.variance, np.mean([each.var(axis=0) for each in masked], axis=0))
    assert norm.pace == BatchNorm.pace


def test_without_statistics_to_measure_no_batch_is_looked_at(generator):
    network = multilayer_perceptron([6, 5, 3], dropout=0.5, dtype=np.float64)
    optimizer = Averaged(SGD(), 2)
    _, _, x = learned(optimizer, generator, network=network)
    state, batches = network.state(), iter([x])
    optimizer.finish(network, batches)
    assert list(batches) == [x]
    assert network.state() == state


def test_its_state_is_all_that_it_goes_on_from(generator):
    seed = generator.integers(2**32)
    whole = Averaged(Adam(), 2)
    learned(whole, np.random.default_rng(seed), 9)
    for stop in (1, 5):
        half = Averaged(Adam(), 2)
        network, *_ = learned(half, np.random.default_rng(seed), stop)
        rest = Averaged(Adam(), 2)
        rest.restore(half.state())
        learned(rest, np.random.default_rng(seed), 9 - stop, network)
        assert np.array_equal(rest.mean, whole.mean)


class Counting(SGD):
    """An optimizer of one's own whose names are those one would choose."""

    n_steps = 0

    def step(self, params, grads, learning_rate):
        self.n_steps += 1
        super().step(params, grads, learning_rate / self.n_steps)

    def state(self):
        return {"n_steps": np.array(float(self.n_steps)), "mean": self.velocity.copy()}

    def restore(self, state):
        self.n_steps, self.velocity = int(state["n_steps"]), state["mean"].copy()


def test_the_names_of_the_other_optimizer_are_its_own(generator):
    optimizer, again = Averaged(Counting(0.9), 2), Averaged(Counting(0.9), 2)
    for _ in range(5):
        optimizer.step(np.zeros(4), generator.standard_normal(4), 0.1)
    again.restore(optimizer.state())
    assert again.n_steps == again.optimizer.n_steps == 5
    assert np.array_equal(again.mean, optimizer.mean)
    assert np.array_equal(again.optimizer.velocity, optimizer.optimizer.velocity)


def test_while_averaging_the_learning_rate_stays_at_a_quarter_of_its_height():
    settings = Settings(epochs=10, averaging=0.3, learning_rate=0.2)
    schedule = build_schedule(settings, 100)
    assert schedule(0) == 0.2
    assert schedule(350) == pytest.approx(0.2 * (1 + WHILE_AVERAGING) / 2)  # half of the way
    assert [schedule(step) for step in (700, 850, 1000)] == pytest.approx([0.05] * 3)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_last_validation_is_that_of_the_mean(batch_norm, few):
    settings = Settings(hidden_layer_sizes=(32,), epochs=4, batch_norm=batch_norm, averaging=0.5)
    examples, held_out = hold_out(few, 0.1, seed=0)
    result = learn(settings, examples, held_out, CLASSES)
    batches = Batches(held_out, MinMax.fit(examples.images), 10, 1000)
    loss, accuracy = evaluate(result.model.network, batches, SoftmaxCrossEntropy())
    last = result.history[-1]
    assert (loss, accuracy) == pytest.approx((last.validation_loss, last.validation_accuracy))
    unlike = learn(
        Settings(**{**settings.as_dict(), "averaging": 0.0}), examples, held_out, CLASSES
    )
    assert last.validation_loss != pytest.approx(unlike.history[-1].validation_loss, rel=1e-3)
