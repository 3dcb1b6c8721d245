"""The network, its layers, and the values it starts from."""

import copy
import pickle

import numpy as np
import pytest

from digitnet.nn import (
    ACTIVATIONS,
    Dense,
    Dropout,
    Layer,
    LeakyReLU,
    Network,
    ReLU,
    Sigmoid,
    Tanh,
    glorot_uniform,
    he_normal,
    multilayer_perceptron,
)

pytestmark = pytest.mark.numerical


def types(network):
    return [type(layer) for layer in network.layers]


def test_layers_of_a_perceptron():
    network = multilayer_perceptron([784, 256, 128, 10], ["relu", "tanh"], dropout=0.5)
    assert types(network) == [Dense, ReLU, Dropout, Dense, Tanh, Dropout, Dense]
    assert [layer.n_units for layer in network.layers if isinstance(layer, Dense)] == [256, 128, 10]
    assert (network.n_in, network.n_out) == (784, 10)
    assert network.params.size == 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10


def test_no_hidden_layer_is_softmax_regression(generator):
    network = multilayer_perceptron([6, 3])
    x = generator.random((4, 6), np.float32)
    (dense,) = network.layers
    e = np.exp(x @ dense.W + dense.b)
    assert np.allclose(network.probabilities(x), e / e.sum(axis=1, keepdims=True), rtol=1e-5)


def test_as_many_activations_as_hidden_layers():
    with pytest.raises(
        ValueError, match="expected 2 activations, one for each hidden layer, got 1"
    ):
        multilayer_perceptron([6, 5, 4, 3], ["relu"])


@pytest.mark.parametrize("sizes", [[], [784], [784, 0, 10]])
def test_sizes_that_are_none_are_refused(sizes):
    with pytest.raises(ValueError, match=r"expected sizes like \[784, 128, 10\]"):
        multilayer_perceptron(sizes)


def test_an_unknown_initializer_is_refused():
    with pytest.raises(ValueError, match="expected one of he, glorot, zeros, unit, got 'hee'"):
        multilayer_perceptron([4, 3, 2], initializer="hee")


def test_what_is_no_layer_is_refused():
    with pytest.raises(ValueError, match=r"expected layers, like Dense\(10\), got 'relu'"):
        Network(4, [Dense(3), "relu"])


def test_a_layer_that_stands_in_two_places_is_refused():
    """It could have but one W."""
    twice = Dense(4)
    with pytest.raises(ValueError, match=r"expected each layer once, got Dense\(n_units=4\) twice"):
        Network(4, [twice, ReLU(), twice])


def test_a_layer_of_another_network_is_refused_and_its_copy_taken():
    """It would leave the first network without its arrays."""
    for layer in (Dense(4), ReLU()):
        first = Network(4, [layer])
        with pytest.raises(ValueError, match=r"expected new layers, got .* of another network"):
            Network(4, [layer])
        Network(4, [copy.deepcopy(layer)])
        assert first.layers == [layer]


class Scaled(Layer):
    """y = g x, with a parameter whose name is to be said."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def shapes(self, n_in):
        return {self.name: (n_in,)}


def test_two_parameters_of_one_name_are_refused():
    """g1 of layer 1, and g of layer 11."""
    with pytest.raises(ValueError, match="expected different names of parameters, got g11, g2"):
        Network(4, [Scaled("g1"), *(Scaled("g") for _ in range(10))])


def test_without_a_seed_a_network_is_what_it_is_given(generator):
    whole, empty = (
        multilayer_perceptron([6, 5, 3], batch_norm=True, dropout=0.2, seed=seed)
        for seed in (0, None)
    )
    whole.layers[1].mean += 1
    empty.params[:] = whole.params
    empty.restore(whole.state())
    x = generator.random((4, 6), np.float32)
    assert np.array_equal(empty.forward(x), whole.forward(x))
    assert np.array_equal(empty.forward(x, training=True), whole.forward(x, training=True))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))], ids=["copy", "pickle"]
)
def test_a_copy_holds_no_images_and_no_work_arrays(copied, generator):
    network = multilayer_perceptron([200, 5, 3], batch_norm=True, dropout=0.2)
    small = len(pickle.dumps(network))
    x = generator.random((300, 200), np.float32)
    network.forward(x, training=True)
    network.backward(np.ones((300, 3), np.float32))
    network.probabilities(x)
    network.end_step([network])
    other = copied(network)
    written = pickle.dumps(other, protocol=5)
    assert x[0].tobytes() not in written
    assert len(written) < small + 2000 < network.params.nbytes + 6000
    assert np.array_equal(other.forward(x), network.forward(x))
    for each in (network, other):
        each.forward(x, training=True)
        each.backward(np.ones((300, 3), np.float32))
    assert np.array_equal(other.grads, network.grads)
    other.params.fill(0)
    assert not other.forward(x).any()
    assert network.forward(x).any()


def test_forward_is_the_formula(generator):
    network = multilayer_perceptron([6, 5, 3], "sigmoid", dtype=np.float64)
    network.params[:] = generator.standard_normal(network.params.shape)
    x = generator.random((4, 6))
    first, _, second = network.layers
    hidden = 1 / (1 + np.exp(-(x @ first.W + first.b)))
    assert np.allclose(network.forward(x), hidden @ second.W + second.b, rtol=1e-12)


@pytest.mark.parametrize(
    ("activation", "formula"),
    [
        (Sigmoid, lambda x: 1 / (1 + np.exp(-x))),
        (Tanh, np.tanh),
        (ReLU, lambda x: np.where(x > 0, x, 0)),
        (LeakyReLU, lambda x: np.where(x > 0, x, 0.01 * x)),
    ],
)
def test_activations_are_their_formulas(activation, formula):
    x = np.linspace(-5, 5, 41).reshape(1, -1)
    assert np.allclose(activation().forward(x, training=False), formula(x), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("activation", ACTIVATIONS.values())
def test_activations_bear_extreme_inputs(activation):
    x = np.array([[-1e30, -100, 0, 100, 1e30]], np.float32)
    layer = activation()
    assert np.all(np.isfinite(layer.forward(x, training=True)))
    assert np.all(np.isfinite(layer.backward(np.ones_like(x))))


def test_backward_stops_at_the_first_layer(generator):
    """The gradient of the pixels is a third of the work, and learning has no use for it."""
    network = multilayer_perceptron([6, 5, 3])
    x = generator.random((4, 6), np.float32)
    network.forward(x, training=True)
    network.backward(np.ones((4, 3), np.float32))
    assert np.any(network.layers[0].dW)
    assert network.layers[0].backward(np.ones((4, 5), np.float32)) is None
    assert network.layers[2].backward(np.ones((4, 3), np.float32)).shape == (4, 5)


def test_dropout_drops_its_share_and_keeps_the_mean():
    layer = Dropout(0.3, seed=(5,))
    y = layer.forward(np.ones((200, 500), np.float32), training=True)
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.01)
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.7)}


def test_dropout_only_acts_while_learning(generator):
    network = multilayer_perceptron([6, 50, 3], dropout=0.5)
    x = generator.random((4, 6), np.float32)
    quiet = network.forward(x).copy()
    assert np.array_equal(network.forward(x), quiet)
    assert not np.array_equal(network.forward(x, training=True), quiet)


def test_no_two_random_streams_are_the_same():
    """NumPy pads seeds with zeros, so [3], [3, 0] and [3, 0, 0] would be one and the same."""

    def mask(index):
        return Dropout(0.5, seed=(3, index)).forward(np.ones((1, 256)), training=True) > 0

    def drawn(*seed):
        return np.random.default_rng(seed).random((1, 256)) >= 0.5

    weights, shuffles, distortions = drawn(3), (drawn(3, 1), drawn(3, 2)), drawn(3, 1, 0, 2)
    streams = [weights, *shuffles, distortions, mask(0), mask(1)]
    assert len({stream.tobytes() for stream in streams}) == len(streams)
    assert np.array_equal(drawn(3), drawn(3, 0))  # why it matters


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
def test_a_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        Dropout(rate)


def test_an_unknown_activation_is_refused():
    names = ", ".join(ACTIVATIONS)
    with pytest.raises(ValueError, match=f"among {names}, got 'swoosh'"):
        multilayer_perceptron([4, 3, 2], "swoosh")


def test_dropout_masks_differ_by_step_and_layer_and_can_be_replayed():
    x = np.ones((10, 40), np.float32)
    layer, other = Dropout(0.5, seed=(1, 0)), Dropout(0.5, seed=(1, 1))
    state = layer.state()
    first = layer.forward(x, training=True).copy()
    layer.end_step([layer])
    assert not np.array_equal(layer.forward(x, training=True), first)
    assert not np.array_equal(other.forward(x, training=True), first)
    layer.restore(state)
    assert np.array_equal(layer.forward(x, training=True), first)


@pytest.mark.parametrize(
    ("activation", "variance"),
    [
        ("relu", 2 / 400),
        ("leaky_relu", 2 / 400 / 1.0001),
        ("sigmoid", 2 / 900),
        ("tanh", 2 / 900),
    ],
)
def test_initial_weights_follow_the_activation(activation, variance):
    network = multilayer_perceptron([400, 500, 10], activation)
    W, b = network.layers[0].W, network.layers[0].b
    assert W.mean() == pytest.approx(0, abs=4 * np.sqrt(variance / W.size))
    assert W.var() == pytest.approx(variance, rel=0.01)
    assert not b.any()
    assert network.layers[2].W.var() == pytest.approx(2 / 510, rel=0.05)  # the softmax layer


def test_a_leaky_relu_of_another_slope_has_weights_for_that_slope():
    class Leakier(LeakyReLU):
        SLOPE = 1.0

    W = Network(400, [Dense(500, Leakier.initializer)]).layers[0].W
    assert W.var() == pytest.approx(1 / 400, rel=0.01)


def test_one_initializer_for_all_layers():
    network = multilayer_perceptron([400, 500, 10], "sigmoid", initializer="he")
    assert network.layers[0].W.var() == pytest.approx(2 / 400, rel=0.01)
    assert network.layers[2].W.var() == pytest.approx(2 / 500, rel=0.05)
    assert not multilayer_perceptron([400, 500, 10], initializer="zeros").params.any()
    unit = multilayer_perceptron([400, 500, 10], initializer="unit").weights
    assert unit.var() == pytest.approx(1, rel=0.01)


def test_initializers_have_their_distributions(generator):
    W = np.empty((300, 200))
    glorot_uniform(generator, W)
    limit = np.sqrt(6 / 500)
    assert 0.99 * limit < np.abs(W).max() <= limit
    he_normal(generator, W)
    assert np.abs(W).max() > 3.5 * np.sqrt(2 / 300)  # a normal distribution has tails


def test_relu_with_he_keeps_the_signal_through_ten_layers(generator):
    network = multilayer_perceptron([200] * 11 + [10], "relu")
    x = generator.standard_normal((100, 200)).astype(np.float32)
    y = x
    for layer in network.layers[:-1]:
        y = layer.forward(y, training=False)
    assert np.mean(y**2) == pytest.approx(np.mean(x**2), rel=0.6)


def test_the_seed_decides_the_initial_weights():
    a, b, c = (multilayer_perceptron([6, 5, 3], seed=seed).params for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_a_network_may_begin_with_a_layer_without_parameters(generator):
    network = Network(6, [Tanh(), Dense(3)])
    network.forward(generator.random((4, 6), np.float32), training=True)
    network.backward(np.ones((4, 3), np.float32))
    assert np.any(network.layers[1].dW)


def test_without_a_seed_all_parameters_are_zero():
    network = multilayer_perceptron([6, 5, 4], dropout=0.2, seed=None)
    assert not network.params.any()
    assert multilayer_perceptron([6, 5, 4]).weights.all()
