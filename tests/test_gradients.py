"""The gradients derived by hand are those that central differences measure."""

import numpy as np
import pytest

from digitnet.nn import (
    ACTIVATIONS,
    Dense,
    Dropout,
    Layer,
    Network,
    Objective,
    Softmax,
    SoftmaxCrossEntropy,
    check_gradients,
    multilayer_perceptron,
    numerical_gradient,
    relative_error,
)

TOLERANCE = 1e-7


def away_from_zero(generator, shape):
    """Normal numbers with a gap of ±0.01 around 0, where ReLU has its kink."""
    x = generator.standard_normal(shape)
    return x + 0.01 * np.sign(x)


def one_hot_rows(generator, n, n_classes):
    return np.eye(n_classes)[generator.integers(n_classes, size=n)]


def layer_errors(layer: Layer, generator, n_in=5, batch=4) -> dict[str, float]:
    """Relative errors of a layer's input and parameter gradients, for a random upstream dy."""
    network = Network(n_in, [layer], dtype=np.float64)
    network.params[:] = generator.standard_normal(network.params.shape)
    x = away_from_zero(generator, (batch, n_in))
    dy = generator.standard_normal((batch, network.n_out))
    state = layer.state()

    def value() -> float:
        layer.restore(state)
        return float(np.sum(layer.forward(x, training=True) * dy))

    value()
    layer.param_grads(dy)
    analytic = {name: gradient.copy() for name, _, gradient in network.parameters()}
    analytic["x"] = layer.input_grad(dy.copy()).copy()
    arrays = {name: array for name, array, _ in network.parameters()} | {"x": x}
    return {
        name: relative_error(analytic[name], numerical_gradient(value, array))
        for name, array in arrays.items()
    }


LAYERS = {
    "dense": lambda: Dense(3),
    "dropout": lambda: Dropout(0.4, seed=(1, 2)),
    "softmax": Softmax,
    **ACTIVATIONS,
}


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name, generator):
    errors = layer_errors(LAYERS[name](), generator)
    assert max(errors.values()) < TOLERANCE, errors


def test_the_dense_check_looks_at_weights_biases_and_input(generator):
    assert set(layer_errors(Dense(3), generator)) == {"W1", "b1", "x"}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_slope_that_is_a_thousandth_wrong_is_caught(name, generator):
    class Sabotaged(ACTIVATIONS[name]):
        def input_grad(self, dy):
            return super().input_grad(dy) * 1.001

    assert layer_errors(Sabotaged(), generator)["x"] > 1e-4


@pytest.mark.parametrize("wrong", ["dW", "db"])
def test_a_dense_gradient_that_is_a_thousandth_wrong_is_caught(wrong, generator):
    class Sabotaged(Dense):
        def param_grads(self, dy):
            super().param_grads(dy)
            getattr(self, wrong)[...] *= 1.001

    assert layer_errors(Sabotaged(3), generator)[f"{wrong[1:]}1"] > 1e-4


def test_the_loss(generator):
    logits = 3 * generator.standard_normal((4, 5))
    targets = generator.dirichlet(np.ones(5), size=4)  # soft labels: every entry counts
    loss = SoftmaxCrossEntropy()
    analytic = loss(logits, targets)[1].copy()
    numerical = numerical_gradient(lambda: loss(logits, targets)[0], logits)
    assert relative_error(analytic, numerical) < TOLERANCE


def test_softmax_and_cross_entropy_multiplied_out_are_the_shortcut(generator):
    """dz = J_softmaxᵀ · ∂L/∂p, with ∂L/∂p = −t/p, is p − t."""
    logits, targets = generator.standard_normal((4, 5)), one_hot_rows(generator, 4, 5)
    softmax = Softmax()
    p = softmax.forward(logits, training=True)
    chained = softmax.input_grad(-targets / p / len(logits))
    assert np.allclose(chained, SoftmaxCrossEntropy()(logits, targets)[1], rtol=1e-12, atol=0)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [[], [7], [7, 6]])
@pytest.mark.parametrize(("dropout", "weight_decay"), [(0.0, 0.0), (0.3, 0.01)])
def test_whole_networks(activation, hidden, dropout, weight_decay, generator):
    network = multilayer_perceptron([6, *hidden, 4], activation, dropout=dropout, dtype=np.float64)
    network.params[:] += 0.1 * generator.standard_normal(network.params.shape)  # biases too
    x, targets = away_from_zero(generator, (5, 6)), one_hot_rows(generator, 5, 4)
    errors = check_gradients(network, x, targets, Objective(weight_decay=weight_decay))
    assert len(errors) == 2 * (len(hidden) + 1)
    assert max(errors.values()) < TOLERANCE, errors


def test_the_check_covers_the_penalty(generator):
    class PenaltyForgotten(Objective):
        def __call__(self, network, x, targets):
            value = super().__call__(network, x, targets)
            network.weight_grads -= self.weight_decay * network.weights
            return value

    network = multilayer_perceptron([6, 5, 4], dtype=np.float64)
    x, targets = away_from_zero(generator, (5, 6)), one_hot_rows(generator, 5, 4)
    errors = check_gradients(network, x, targets, PenaltyForgotten(weight_decay=0.1))
    assert min(errors["W1"], errors["W2"]) > 1e-3
    assert max(errors["b1"], errors["b2"]) < TOLERANCE


def test_the_check_leaves_the_network_as_it_was(generator):
    network = multilayer_perceptron([6, 5, 4], dropout=0.5, dtype=np.float64)
    before, state = network.params.copy(), network.state()
    x, targets = away_from_zero(generator, (5, 6)), one_hot_rows(generator, 5, 4)
    check_gradients(network, x, targets, Objective())
    assert np.array_equal(network.params, before)
    assert network.state() == state


def test_relative_error_of_zeros_is_zero():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.ones(3), np.zeros(3)) == 1
