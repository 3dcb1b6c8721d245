"""Learning from images where their loss is worse: nn.adversarial."""

import numpy as np
import pytest

from digitnet.data import Examples
from digitnet.nn import (
    SGD,
    Adversarial,
    BatchNorm,
    Dense,
    Dropout,
    Network,
    Objective,
    OrientedGradients,
    Sharded,
    SoftmaxCrossEntropy,
    Tanh,
    WeightedCrossEntropy,
    check_gradients,
    multilayer_perceptron,
    numerical_gradient,
)
from digitnet.nn.adversarial import directions, split, there_and_back, through
from digitnet.training.learning import learn
from digitnet.training.settings import Settings, SettingsError

CLASSES = tuple("0123456789")
DISTANCE = 0.7
NETWORKS = {
    "dense": lambda: [Dense(5), Tanh(), Dense(4)],
    "no hidden layer": lambda: [Dense(4)],
    "batch norm": lambda: [Dense(5), BatchNorm(), Tanh(), Dense(4)],
    "a fixed layer below": lambda: [OrientedGradients((4, 5)), Dense(5), Tanh(), Dense(4)],
}


def network_of(name):
    return Network(20, NETWORKS[name](), seed=3, dtype=np.float64)


def batch(generator, n=7):
    return generator.uniform(0, 1, (n, 20)), np.eye(4)[generator.integers(4, size=n)]


def loss_of(network, seen, targets):
    """Of what the lowest layer that learns is given, and its gradient."""
    return SoftmaxCrossEntropy()(through(split(network)[1], seen), targets)


def slopes_of(network, seen, targets):
    """∂L/∂seen, by backpropagation."""
    return there_and_back(network, seen, targets, SoftmaxCrossEntropy(), dx_wanted=True)[2]


def measured_worst(network, seen, targets):
    """By central differences alone: each row moved to where the loss rises fastest."""
    slopes = numerical_gradient(lambda: loss_of(network, seen, targets)[0], seen)
    slopes = slopes.reshape(seen.shape)
    return seen + DISTANCE * slopes / np.linalg.norm(slopes, axis=1, keepdims=True)


@pytest.mark.numerical
@pytest.mark.parametrize("name", NETWORKS)
def test_its_gradient_is_the_mean_of_that_of_the_images_and_of_those_worst_nearby(name, generator):
    """That the gradients of both are right is shown where all layers are."""
    network, (x, targets) = network_of(name), batch(generator)
    seen = through(split(network)[0], x).copy()
    expected, losses = np.zeros_like(network.grads), []
    for rows in (seen, measured_worst(network, seen, targets)):
        loss, dlogits = loss_of(network, rows, targets)
        network.backward(dlogits)
        expected += network.grads / 2
        losses.append(loss)
    loss, logits = Adversarial(DISTANCE).learn(network, x, targets, 1)
    assert np.linalg.norm(network.grads - expected) < 1e-7 * np.linalg.norm(expected)
    assert loss == pytest.approx(np.mean(losses), rel=1e-7)
    assert np.allclose(logits, through(network.layers, x), rtol=1e-12)


@pytest.mark.numerical
def test_at_no_distance_it_is_the_objective_itself(generator):
    network, (x, targets) = network_of("batch norm"), batch(generator)
    loss, _ = Objective(weight_decay=0.1)(network, x, targets)
    other = network_of("batch norm")
    assert Adversarial(0, weight_decay=0.1)(other, x, targets)[0] == pytest.approx(loss, rel=1e-13)
    assert np.allclose(other.grads, network.grads, rtol=1e-11, atol=1e-15)


@pytest.mark.numerical
def test_no_other_step_of_that_length_raises_the_loss_as_much(generator):
    """A short one, along which the loss is a line."""
    network, (x, targets) = network_of("dense"), batch(generator)

    def after(step):
        return loss_of(network, x + 1e-3 * step, targets)[0]

    worst = directions(slopes_of(network, x, targets))
    assert np.allclose(np.linalg.norm(worst, axis=1), 1)
    others = [directions(generator.standard_normal(x.shape)) for _ in range(50)]
    assert after(worst) > max(map(after, others))


def test_running_means_are_those_of_the_images_as_they_are(generator):
    x, targets = batch(generator)
    states = []
    for objective in (Objective(), Adversarial(5.0)):
        network = network_of("batch norm")
        objective(network, x, targets)
        states.append(network.state()[1])
    assert states[0].keys() == states[1].keys() == {"mean", "variance"}
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])


def test_images_that_are_read_surely_are_moved_as_well_as_others(generator):
    """float32 cannot tell their p from 1, and float64 can."""
    network = Network(20, [Dense(4)], seed=3)
    x = generator.uniform(0, 1, (40, 20)).astype(np.float32)
    logits = np.sort(network.forward(x), axis=1)
    network.params *= 60 / (logits[:, -1] - logits[:, -2]).max()
    logits = network.forward(x)
    targets = np.eye(4, dtype=np.float32)[logits.argmax(axis=1)]
    _, dlogits = SoftmaxCrossEntropy()(logits, targets)
    assert (dlogits[targets > 0] == 0).sum() > 5
    exact = Network(20, [Dense(4)], None, np.float64)
    exact.params[:] = network.params
    found = [
        directions(slopes_of(each, x.astype(each.params.dtype), targets))
        for each in (network, exact)
    ]
    assert np.einsum("ni,ni->n", *found).min() > 0.9999


def test_directions_of_what_is_next_to_nothing_are_as_long():
    tiny = np.full((1, 784), 2.6e-23, np.float32)
    assert np.linalg.norm(directions(tiny)) == pytest.approx(1)


def test_no_gradient_check_is_made_of_it(generator):
    """It would call a right gradient wrong."""
    network, (x, targets) = network_of("dense"), batch(generator, 65)
    for objective in (Adversarial(DISTANCE), Sharded(Adversarial(DISTANCE), 1, most_alone=0)):
        with pytest.raises(ValueError, match="expected an Objective to check"):
            check_gradients(network, x, targets, objective)


def test_rows_without_a_gradient_stay_where_they_are(generator):
    x, targets = batch(generator)
    targets[2] = 0  # weighs nothing
    network = network_of("dense")
    Adversarial(DISTANCE, WeightedCrossEntropy())(network, x, targets)
    assert np.isfinite(network.grads).all()
    assert not directions(np.zeros((2, 3))).any()


@pytest.mark.numerical
def test_dropout_drops_the_same_units_of_both():
    """A step of no length changes nothing, whatever is dropped."""
    grads = []
    for objective in (Objective(), Adversarial(0.0)):
        layers = [Dense(30), Tanh(), Dropout(0.5, seed=(1,)), Dense(4)]
        network = Network(20, layers, seed=3, dtype=np.float64)
        objective(network, *batch(np.random.default_rng(5)))
        grads.append(network.grads.copy())
    assert np.allclose(*grads, rtol=1e-11, atol=1e-15)


def test_learning_goes_on_with_the_usual_objective_at_the_usual_cost(generator):
    """What it asked of the lowest layer is not asked for ever."""
    network, (x, targets) = network_of("dense"), batch(generator)
    Adversarial(DISTANCE)(network, x, targets)
    _, dlogits = loss_of(network, x, targets)
    assert network.backward(dlogits) is None


def broken(model, examples, distance=1.0):
    """The share of images that a step to where the loss is worse makes it misread."""
    network = model.network
    x = model.scaling(examples.rows).astype(np.float32)
    targets = np.eye(10, dtype=np.float32)[examples.labels]
    worse = x + distance * directions(slopes_of(network, x, targets))
    return float((network.forward(worse).argmax(axis=1) != examples.labels).mean())


@pytest.mark.slow
def test_who_learns_so_is_misled_less_and_errs_less(mnist):
    """Of 6,000 images; of 4,000 others as they are, and moved by 1, where white is 1."""
    learned = mnist.train.take(np.arange(6000))
    others = mnist.train.take(np.arange(20000, 24000))
    base = {"hidden_layer_sizes": (64,), "epochs": 10, "weight_decay": 0.0}
    errors, misled = [], []
    for distance in (0.0, 1.0):
        model = learn(Settings(**base, adversarial=distance), learned, None, CLASSES).model
        errors.append(int((model.predict(others.images) != others.labels).sum()))
        misled.append(broken(model, others))
    assert misled[1] < misled[0] / 2
    assert errors[1] < 0.9 * errors[0]


def test_sgd_with_it_learns_what_can_be_learned():
    x = np.repeat(np.eye(4), 5, axis=0).astype(np.float32)
    targets = np.repeat(np.eye(4), 5, axis=0).astype(np.float32)
    network, objective, optimizer = multilayer_perceptron([4, 8, 4]), Adversarial(0.3), SGD(0.9)
    for _ in range(200):
        objective(network, x, targets)
        optimizer.step(network.params, network.grads, 0.1)
    assert network.probabilities(x)[targets > 0].min() > 0.9


@pytest.mark.parametrize("value", [-0.1, float("nan"), 1001, "much"])
def test_distances_that_are_none_are_refused(value):
    with pytest.raises(SettingsError, match=r"^adversarial: expected a number from 0 to 1000"):
        Settings(adversarial=value)


def test_weights_of_examples_go_with_it(few):
    """One of weight 2 is two of weight 1, in a batch of all."""
    some = few.take(np.arange(40))
    twice = few.take(np.r_[np.arange(40), np.arange(10)])
    weights = np.r_[np.full(10, 2.0), np.ones(30)]
    found = []
    for examples in (
        Examples(some.images, some.labels, weights=weights.astype(np.float32)),
        twice,
    ):
        settings = Settings(
            hidden_layer_sizes=(8,),
            epochs=3,
            batch_size=50,
            adversarial=0.5,
            momentum=0.0,
            weight_decay=0.0,
        )
        found.append(learn(settings, examples, None, CLASSES).network.params)
    assert np.allclose(*found, atol=1e-3)
