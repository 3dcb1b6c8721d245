"""The gradients derived by hand are those that central differences measure."""

import numpy as np
import pytest

from digitnet.nn import (
    ACTIVATIONS,
    BatchNorm,
    Dense,
    Dropout,
    Layer,
    Network,
    Objective,
    Softmax,
    SoftmaxCrossEntropy,
    WeightedCrossEntropy,
    check_gradients,
    multilayer_perceptron,
    numerical_gradient,
    relative_error,
)
from digitnet.teach.checking import distance_to_kinks
from tests.layers import LAYERS

pytestmark = pytest.mark.numerical

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
    layer.dx_wanted = True  # although nothing is below it
    dx = layer.backward(dy.copy())
    analytic = {name: gradient.copy() for name, _, gradient in network.parameters()}
    analytic["x"] = dx.copy()
    arrays = {name: array for name, array, _ in network.parameters()} | {"x": x}
    return {
        name: relative_error(analytic[name], numerical_gradient(value, array))
        for name, array in arrays.items()
    }


class Scale(Layer):
    """y = g x, a layer with a parameter that is no matrix."""

    def shapes(self, n_in):
        return {"g": (n_in,)}

    def initialize(self, generator):
        self.g.fill(1)

    def forward(self, x, training):
        self.x = x
        return x * self.g

    def backward(self, dy):
        np.sum(dy * self.x, axis=0, out=self.dg)
        return dy * self.g


def test_layers_of_ones_own_have_names_of_their_own(generator):
    network = Network(4, [Scale(), Scale(), Dense(3)], dtype=np.float64)
    x, targets = away_from_zero(generator, (5, 4)), one_hot_rows(generator, 5, 3)
    checks = check_gradients(network, x, targets, Objective())
    assert sorted(check.name for check in checks) == ["W3", "b3", "g1", "g2"]
    assert max(check.error for check in checks) < TOLERANCE


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name, generator):
    errors = layer_errors(LAYERS[name](), generator)
    assert max(errors.values()) < TOLERANCE, errors


def test_the_dense_check_looks_at_weights_biases_and_input(generator):
    assert set(layer_errors(Dense(3), generator)) == {"W1", "b1", "x"}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_slope_that_is_a_thousandth_wrong_is_caught(name, generator):
    class Sabotaged(ACTIVATIONS[name]):
        def backward(self, dy):
            return super().backward(dy) * 1.001

    assert layer_errors(Sabotaged(), generator)["x"] > 1e-4


@pytest.mark.parametrize("wrong", ["dW", "db"])
def test_a_dense_gradient_that_is_a_thousandth_wrong_is_caught(wrong, generator):
    class Sabotaged(Dense):
        def backward(self, dy):
            dx = super().backward(dy)
            getattr(self, wrong)[...] *= 1.001
            return dx

    assert layer_errors(Sabotaged(3), generator)[f"{wrong[1:]}1"] > 1e-4


@pytest.mark.parametrize("wrong", ["dgamma", "dbeta", "dx"])
def test_a_gradient_of_batch_normalisation_that_is_a_thousandth_wrong_is_caught(wrong, generator):
    class Sabotaged(BatchNorm):
        def backward(self, dy):
            dx = super().backward(dy)
            (dx if wrong == "dx" else getattr(self, wrong))[...] *= 1.001
            return dx

    name = "x" if wrong == "dx" else f"{wrong[1:]}1"
    assert layer_errors(Sabotaged(), generator)[name] > 1e-4


def test_a_mask_of_dropout_that_is_a_thousandth_wrong_is_caught(generator):
    class Sabotaged(Dropout):
        def backward(self, dy):
            self.m *= 1.001
            return super().backward(dy)

    assert layer_errors(Sabotaged(0.4), generator)["x"] > 1e-4


def test_a_mask_of_another_step_is_caught(generator):
    class Sabotaged(Dropout):
        def backward(self, dy):
            self.step += 1
            self.forward(dy, training=True)
            return super().backward(dy)

    assert layer_errors(Sabotaged(0.4), generator)["x"] > 0.1


def test_the_loss(generator):
    logits = 3 * generator.standard_normal((4, 5))
    targets = generator.dirichlet(np.ones(5), size=4)  # soft labels: every entry counts
    loss = SoftmaxCrossEntropy()
    analytic = loss(logits, targets)[1].copy()
    numerical = numerical_gradient(lambda: loss(logits, targets)[0], logits)
    assert relative_error(analytic, numerical) < TOLERANCE


def test_the_loss_of_examples_with_weights(generator):
    logits = 3 * generator.standard_normal((5, 4))
    targets = generator.dirichlet(np.ones(4), size=5) * np.array([[0.3], [2], [0], [1], [1.7]])
    loss = WeightedCrossEntropy()
    analytic = loss(logits, targets)[1].copy()
    numerical = numerical_gradient(lambda: loss(logits, targets)[0], logits)
    assert relative_error(analytic, numerical) < TOLERANCE
    network = multilayer_perceptron([6, 5, 4], "tanh", dtype=np.float64)
    checks = check_gradients(network, away_from_zero(generator, (5, 6)), targets, Objective(loss))
    assert max(check.error for check in checks) < TOLERANCE, checks


def test_softmax_and_cross_entropy_multiplied_out_are_the_shortcut(generator):
    """dz = J_softmaxᵀ · ∂L/∂p, with ∂L/∂p = −t/p, is p − t."""
    logits, targets = generator.standard_normal((4, 5)), one_hot_rows(generator, 4, 5)
    softmax = Softmax()
    p = softmax.forward(logits, training=True)
    chained = softmax.backward(-targets / p / len(logits))
    assert np.allclose(chained, SoftmaxCrossEntropy()(logits, targets)[1], rtol=1e-12, atol=0)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [[], [7], [7, 6]])
@pytest.mark.parametrize(("dropout", "weight_decay"), [(0.0, 0.0), (0.3, 0.01)])
def test_whole_networks(activation, hidden, dropout, weight_decay, generator):
    network = multilayer_perceptron([6, *hidden, 4], activation, dropout=dropout, dtype=np.float64)
    network.params[:] += 0.1 * generator.standard_normal(network.params.shape)  # biases too
    x, targets = away_from_zero(generator, (5, 6)), one_hot_rows(generator, 5, 4)
    checks = check_gradients(network, x, targets, Objective(weight_decay=weight_decay))
    assert len(checks) == 2 * (len(hidden) + 1)
    assert all(check.n_checked == check.n_entries for check in checks)
    assert max(check.error for check in checks) < TOLERANCE, checks


def test_the_check_covers_the_penalty(generator):
    class PenaltyForgotten(Objective):
        def __call__(self, network, x, targets):
            value = super().__call__(network, x, targets)
            network.weight_grads -= self.weight_decay * network.weights
            return value

    network = multilayer_perceptron([6, 5, 4], dtype=np.float64)
    x, targets = away_from_zero(generator, (5, 6)), one_hot_rows(generator, 5, 4)
    checks = check_gradients(network, x, targets, PenaltyForgotten(weight_decay=0.1))
    errors = {check.name: check.error for check in checks}
    assert min(errors["W1"], errors["W2"]) > 1e-3
    assert max(errors["b1"], errors["b2"]) < TOLERANCE


def test_the_check_leaves_the_network_as_it_was(generator):
    network = multilayer_perceptron([6, 5, 4], dropout=0.5, dtype=np.float64)
    before, state = network.params.copy(), network.state()
    x, targets = away_from_zero(generator, (5, 6)), one_hot_rows(generator, 5, 4)
    check_gradients(network, x, targets, Objective())
    distance_to_kinks(network, x)
    assert np.array_equal(network.params, before)
    assert [dict(each) for each in network.state()] == state


def test_a_sample_holds_the_largest_gradients_and_others(generator):
    network = multilayer_perceptron([60, 50, 4], dtype=np.float64)
    x, targets = away_from_zero(generator, (5, 60)), one_hot_rows(generator, 5, 4)
    checks = check_gradients(network, x, targets, Objective(), most=20)
    assert [check.n_checked for check in checks] == [20, 20, 20, 4]
    assert [check.n_entries for check in checks] == [3000, 200, 50, 4]
    assert max(check.error for check in checks) < TOLERANCE


def test_the_worst_entry_is_found(generator):
    class OneEntryWrong(Dense):
        def backward(self, dy):
            super().backward(dy)
            self.dW[2, 1] += 0.5

    network = Network(4, [OneEntryWrong(3)], dtype=np.float64)
    x, targets = away_from_zero(generator, (5, 4)), one_hot_rows(generator, 5, 3)
    weights, biases = check_gradients(network, x, targets, Objective())
    assert weights.worst == (2, 1)
    assert weights.analytic - weights.numerical == pytest.approx(0.5)
    assert biases.error < TOLERANCE


def test_the_distance_to_kinks_is_that_of_the_nearest_unit(generator):
    network = multilayer_perceptron([6, 5, 4, 3], ["relu", "tanh"], dtype=np.float64)
    x = generator.standard_normal((8, 6))
    z = x @ network.layers[0].W
    assert np.allclose(distance_to_kinks(network, x), np.abs(z).min(axis=1))
    smooth = multilayer_perceptron([6, 5, 3], "sigmoid", dtype=np.float64)
    assert np.all(np.isinf(distance_to_kinks(smooth, x)))


@pytest.mark.parametrize("view", [lambda a: a.T, lambda a: a[:, ::2], lambda a: a[::-1]])
def test_arrays_that_do_not_lie_in_one_piece_are_measured(view, generator):
    whole = generator.standard_normal((3, 4))
    array, before = view(whole), whole.copy()
    measured = numerical_gradient(lambda: float(np.sum(array**2)), array)
    assert np.allclose(measured, 2 * array.ravel(), rtol=1e-8)
    assert np.array_equal(whole, before)


def test_the_error_of_a_central_difference_has_the_shape_of_a_v():
    """Too large a step misses the curve, too small a one drowns in rounding."""
    x = np.array([1.0])
    errors = {
        e: abs(numerical_gradient(lambda: float(np.exp(x[0])), x, epsilon=e)[0] - np.e)
        for e in (1e-1, 1e-2, 1e-5, 1e-11)
    }
    assert errors[1e-1] == pytest.approx(np.e * 1e-2 / 6, rel=0.01)  # ε²/6 · f‴
    assert errors[1e-2] == pytest.approx(np.e * 1e-4 / 6, rel=0.01)
    assert errors[1e-5] < 1e-9
    assert errors[1e-11] > 1e-7


def test_relative_error_of_zeros_is_zero():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.ones(3), np.zeros(3)) == 1
