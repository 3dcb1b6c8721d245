"""The network in forty plain lines: it learns, and the real one computes what it does."""

import numpy as np
import pytest

from digitnet.nn import SGD, Objective, check_gradients, multilayer_perceptron, relative_error
from digitnet.nn.textbook import TextbookNetwork

pytestmark = pytest.mark.numerical


@pytest.fixture
def pair(generator):
    """A textbook network, and a real one in float64 that begins at the same parameters."""
    textbook = TextbookNetwork(7, 6, 4, generator)
    textbook.b1[:] = generator.standard_normal(6)
    network = multilayer_perceptron([7, 6, 4], "relu", dtype=np.float64)
    names = {"W1": textbook.W1, "b1": textbook.b1, "W2": textbook.W2, "b2": textbook.b2}
    for name, values, _ in network.parameters():
        values[...] = names[name]
    return textbook, network


@pytest.fixture
def batch(generator):
    return generator.standard_normal((9, 7)), np.eye(4)[generator.integers(4, size=9)]


def test_loss_probabilities_and_gradients_are_those_of_the_network(pair, batch):
    textbook, network = pair
    x, t = batch
    loss, _ = Objective()(network, x, t)
    assert loss == pytest.approx(textbook.loss(x, t), rel=1e-12)
    assert np.allclose(network.probabilities(x), textbook.forward(x), rtol=1e-12)
    theirs = dict(zip(("W1", "b1", "W2", "b2"), textbook.gradients(x, t), strict=True))
    errors = {n: relative_error(gradient, theirs[n]) for n, _, gradient in network.parameters()}
    assert max(errors.values()) < 1e-12, errors


def test_its_loss_is_plain_and_ends_where_a_probability_has_underflowed(pair, batch):
    """As its docstring says; the real one goes on."""
    textbook, network = pair
    x, t = batch
    textbook.b2[:] = {name: b for name, b, _ in network.parameters()}["b2"][:] = 0, 0, 0, 1e4
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not np.isfinite(textbook.loss(x, t))
    assert np.isfinite(Objective()(network, x, t)[0])


def test_its_gradients_are_the_measured_ones(pair, batch):
    textbook, network = pair
    theirs = dict(zip(("W1", "b1", "W2", "b2"), textbook.gradients(*batch), strict=True))
    for check in check_gradients(network, *batch, Objective()):
        assert check.error < 1e-7
        assert check.analytic == pytest.approx(theirs[check.name][check.worst], rel=1e-9)


def test_a_step_leads_to_the_same_parameters(pair, batch):
    textbook, network = pair
    x, t = batch
    Objective()(network, x, t)
    SGD().step(network.params, network.grads, 0.1)
    textbook.step(x, t, 0.1)
    theirs = {"W1": textbook.W1, "b1": textbook.b1, "W2": textbook.W2, "b2": textbook.b2}
    for name, values, _ in network.parameters():
        assert np.allclose(values, theirs[name], rtol=1e-12), name


def test_an_epoch_learns_from_every_example_once(pair, batch):
    textbook, _ = pair
    x, t = batch
    seen = []
    textbook.step = lambda rows, targets, _: seen.append((rows, targets))
    textbook.learn(x, t, batch_size=4, learning_rate=0.1)
    assert [len(rows) for rows, _ in seen] == [4, 4, 1]
    order = [np.flatnonzero((x == row).all(axis=1))[0] for rows, _ in seen for row in rows]
    assert sorted(order) == list(range(9))
    assert order != list(range(9))
    assert np.array_equal(np.concatenate([targets for _, targets in seen]), t[order])
