"""Optimizers and schedules: the formulas, written out once more."""

import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from digitnet.nn import (
    SGD,
    Adam,
    Averaged,
    Constant,
    Cosine,
    Dropout,
    Objective,
    StepDecay,
    WarmUp,
    multilayer_perceptron,
)
from digitnet.nn.adam import BLOCK, plain_adam
from digitnet.nn.optimizers import plain_sgd

pytestmark = pytest.mark.numerical


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momenta", [[0.9, 0.0, 0.0, 0.5, 0.9, 0.0], [0.0, 0.9, 0.0, 0.9]])
def test_momentum_may_change_at_any_time_and_be_zero_meanwhile(momenta, nesterov, generator):
    theta, v = generator.standard_normal(50), np.zeros(50)
    params, optimizer = theta.copy(), SGD(momenta[0], nesterov)
    for momentum in momenta:
        g = generator.standard_normal(50)
        theta, v = plain_sgd(theta, v, g, 0.1, momentum, nesterov)
        optimizer.momentum = momentum
        optimizer.step(params, g.copy(), 0.1)
    assert np.allclose(params, theta, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("optimizer", [SGD(0.9), Adam(), Averaged(SGD(0.9), 0)])
def test_a_state_is_a_copy_that_can_be_gone_back_to(optimizer, generator):
    params, gradients = np.zeros(5), generator.standard_normal((3, 5))
    optimizer.step(params, gradients[0].copy(), 0.1)
    place, state = params.copy(), optimizer.state()
    optimizer.step(params, gradients[1].copy(), 0.1)
    ways = []
    for _ in range(2):
        optimizer.restore(state)
        params[:] = place
        for gradient in gradients:
            optimizer.step(params, gradient.copy(), 0.1)
        ways.append(params.copy())
    assert np.array_equal(*ways)


ROW, PAIR = np.ones(4), np.ones(2)


@pytest.mark.parametrize(
    ("keeper", "state", "name"),
    [
        (SGD(0.9), {"velocity": np.ones((2, 4))}, "velocity"),
        (SGD(0.9), {"velocity": np.ones(4, int)}, "velocity"),
        (SGD(0.9), {"moments": np.ones((2, 4)), "weights": PAIR}, "velocity"),
        (Adam(), {"velocity": ROW}, "moments"),
        (Adam(), {"moments": ROW, "weights": PAIR}, "moments"),
        (Adam(), {"moments": -np.ones((2, 4)), "weights": PAIR}, "moments"),
        (Adam(), {"moments": np.full((2, 4), np.nan), "weights": PAIR}, "moments"),
        (Adam(), {"moments": np.ones((2, 4)), "weights": 2 * PAIR}, "weights"),
        (Adam(), {"moments": np.ones((2, 4)), "weights": ROW}, "weights"),
        (Averaged(SGD(), 1), {}, "averaged_n_steps"),
        (Averaged(SGD(), 1), {"averaged_n_steps": np.array(0.5)}, "averaged_n_steps"),
        (Averaged(SGD(), 1), {"averaged_n_steps": np.array(np.nan)}, "averaged_n_steps"),
        (Averaged(SGD(), 1), {"averaged_n_steps": np.array(2.0)}, "averaged_mean"),
        (Dropout(0.5), {"rate": np.array(0.5)}, "step"),
        (Dropout(0.5), {"step": np.array(-1.0), "rate": np.array(0.5)}, "step"),
        (Dropout(0.5), {"step": np.array(1.0), "rate": np.array(1.0)}, "rate"),
        (Dropout(0.5), {"step": np.array(1.0), "rate": np.array([0.5])}, "rate"),
    ],
)
def test_what_can_be_no_state_is_refused_with_a_sentence(keeper, state, name):
    with pytest.raises(ValueError, match=f"^{name}: expected .*, got "):
        keeper.restore(state)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_in_place_is_its_plain_form(momentum, nesterov, generator):
    theta, v = generator.standard_normal(50), np.zeros(50)
    params, optimizer = theta.copy(), SGD(momentum, nesterov)
    for _ in range(10):
        g = generator.standard_normal(50)
        theta, v = plain_sgd(theta, v, g, 0.1, momentum, nesterov)
        optimizer.step(params, g, 0.1)
    assert np.allclose(params, theta, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("n", [50, 2 * BLOCK, 2 * BLOCK + 3])
def test_adam_in_place_is_its_plain_form(n, generator):
    theta, m, v = generator.standard_normal(n), np.zeros(n), np.zeros(n)
    params, optimizer = theta.copy(), Adam(0.8, beta2=0.95)
    for t in range(1, 11):
        g = generator.standard_normal(n)
        theta, m, v = plain_adam(theta, m, v, g, t, 0.1, 0.8, 0.95)
        optimizer.step(params, g, 0.1)
    assert np.allclose(params, theta, rtol=1e-9, atol=1e-12)


def test_a_step_of_adam_after_a_quiet_spell_is_larger_than_the_learning_rate():
    """The first one (1 − β₁) / √(1 − β₂) times, 3.16 with the usual ones."""
    optimizer, params = Adam(), np.zeros(1)
    for _ in range(5000):
        optimizer.step(params, np.full(1, 1e-9), 0.01)
    before = params[0]
    optimizer.step(params, np.ones(1), 0.01)
    assert before - params[0] == pytest.approx(0.01 * 0.1 / math.sqrt(0.001), rel=1e-2)


def path(optimizer, start=2.0, steps=6, learning_rate=0.1):
    """Where gradient descent on f(θ) = θ²  goes, in exact float64."""
    params = np.array([start])
    places = []
    for _ in range(steps):
        optimizer.step(params, 2 * params, learning_rate)
        places.append(params[0])
    return places


def test_plain_descent():
    assert path(SGD()) == pytest.approx([2 * 0.8**n for n in range(1, 7)])


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_and_nesterov(nesterov):
    theta, velocity, expected = 2.0, 0.0, []
    for _ in range(6):
        gradient = 2 * theta
        velocity = 0.9 * velocity - 0.1 * gradient
        theta += 0.9 * velocity - 0.1 * gradient if nesterov else velocity
        expected.append(theta)
    assert path(SGD(0.9, nesterov)) == pytest.approx(expected)


def test_nesterov_is_the_gradient_at_the_point_looked_ahead_to():
    """Sutskever's form, v ← μv − η f′(φ + μv), φ ← φ + v, seen at θ = φ + μv."""
    phi, velocity, expected = 2.0, 0.0, []
    for _ in range(6):
        velocity = 0.9 * velocity - 0.1 * 2 * (phi + 0.9 * velocity)
        phi += velocity
        expected.append(phi + 0.9 * velocity)
    assert path(SGD(0.9, nesterov=True)) == pytest.approx(expected)


def test_adam_is_its_algorithm_written_out():
    """Kingma & Ba 2015, algorithm 1."""
    theta, m, v, expected = 2.0, 0.0, 0.0, []
    for t in range(1, 7):
        gradient = 2 * theta
        m = 0.9 * m + (1 - 0.9) * gradient
        v = 0.99 * v + (1 - 0.99) * gradient**2
        theta -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.99**t)) + 1e-3)
        expected.append(theta)
    assert path(Adam(0.9, beta2=0.99, epsilon=1e-3)) == pytest.approx(expected)


def test_adam_takes_steps_of_one_size_whatever_the_scale_of_the_loss(generator):
    gradients = generator.normal(size=(20, 50))
    places = []
    for scale in (1.0, 1e4):
        optimizer, params = Adam(), np.zeros(50)
        for gradient in gradients:
            optimizer.step(params, scale * gradient, 0.01)
        places.append(params)
    assert places[0] == pytest.approx(places[1], abs=1e-6)
    optimizer, params = Adam(), np.zeros(50)
    optimizer.step(params, gradients[0].copy(), 0.01)
    assert params == pytest.approx(-0.01 * np.sign(gradients[0]), rel=1e-4)


def test_adam_stays_calm_when_its_momentum_changes():
    """The mean of equal gradients is that gradient, whatever the weights, so every step is η."""
    optimizer, params, places = Adam(0.9), np.zeros(1), [0.0]
    for momentum in [0.9] * 10 + [0.999] * 5 + [0.0] * 5:
        optimizer.momentum = momentum
        optimizer.step(params, np.ones(1), 0.01)
        places.append(params[0])
    assert np.diff(places) == pytest.approx(-0.01, rel=1e-6)


def test_adam_agrees_with_scikit_learns():
    """A reference that was written by others: its AdamOptimizer, in float64."""
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    generator = np.random.default_rng(0)
    theirs, ours = np.zeros(30), np.zeros(30)
    reference, optimizer = AdamOptimizer([theirs], learning_rate_init=0.02), Adam()
    for gradient in generator.normal(size=(50, 30)):
        reference.update_params([theirs], [gradient])
        optimizer.step(ours, gradient.copy(), 0.02)
    # They add ε before the correction, we after it, as the algorithm has it: 1e-8 of a step.
    assert ours == pytest.approx(theirs, abs=1e-6)


def test_momentum_may_change_while_learning():
    optimizer, params = SGD(0.9), np.array([1.0])
    optimizer.step(params, np.array([1.0]), 0.1)
    optimizer.momentum = 0.5
    optimizer.step(params, np.array([1.0]), 0.1)
    assert params[0] == pytest.approx(1 - 0.1 - (0.5 * 0.1 + 0.1))


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_one_step_is_that_of_scikit_learn(activation, options, few, generator):
    """Equal weights before one SGD step, equal weights after it, L2 penalty included."""
    x, labels = few.rows[:200] / 255, few.labels[:200]
    targets, alpha = np.eye(10)[labels], 0.5
    peer = MLPClassifier(
        (16,),
        activation={"sigmoid": "logistic"}.get(activation, activation),
        solver="sgd",
        alpha=alpha,
        batch_size=200,
        learning_rate_init=0.1,
        momentum=options.get("momentum", 0.0),
        nesterovs_momentum=options.get("nesterov", False),
        max_iter=1,
        shuffle=False,
    )
    network = multilayer_perceptron([784, 16, 10], activation, dtype=np.float64)
    first, second = network.layers[0], network.layers[2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        peer.partial_fit(x, labels, classes=np.arange(10))  # makes its arrays
    for ours, theirs in zip((first, second), peer.coefs_, strict=True):
        theirs[:] = 0.1 * generator.standard_normal(theirs.shape)
        ours.W[:] = theirs
    for ours, theirs in zip((first, second), peer.intercepts_, strict=True):
        theirs[:] = 0.1 * generator.standard_normal(theirs.shape)
        ours.b[:] = theirs
    for velocity in peer._optimizer.velocities:
        velocity[:] = 0
    before = network.params.copy()

    peer.partial_fit(x, labels)
    Objective(weight_decay=alpha / 200)(network, x, targets)  # it divides its alpha by the batch
    SGD(**options).step(network.params, network.grads, 0.1)

    theirs = [*(w.ravel() for w in peer.coefs_), *peer.intercepts_]
    assert np.max(np.abs(network.params - np.concatenate(theirs))) < 1e-6
    assert np.max(np.abs(network.params - before)) > 1e-3


def test_constant():
    assert [Constant(0.1)(step) for step in (0, 7, 10**6)] == [0.1] * 3


def test_step_decay():
    schedule = StepDecay(0.8, every=3, factor=0.5)
    assert [schedule(step) for step in range(7)] == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2]


def test_cosine_falls_from_its_height_to_zero():
    schedule = Cosine(0.2, n_steps=100)
    values = [schedule(step) for step in range(101)]
    assert values[0] == 0.2
    assert values[50] == pytest.approx(0.1)
    assert values[100] == pytest.approx(0)
    assert all(later < earlier for earlier, later in pairwise(values))
    assert schedule(150) == pytest.approx(0)


def test_warm_up_rises_to_the_schedule_and_then_is_it():
    schedule = WarmUp(Constant(0.4), n_steps=4)
    assert [schedule(step) for step in range(6)] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4, 0.4])


def test_the_learning_rate_may_change_while_learning():
    schedule = Cosine(0.2, n_steps=100)
    schedule.learning_rate = 0.4
    assert schedule(50) == pytest.approx(0.2)
