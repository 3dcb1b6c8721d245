"""What a network does inside: the arrays are those that its layers compute."""

import numpy as np
import pytest

from digitnet.accept.scaling import one_hot
from digitnet.model.sight import first_weights
from digitnet.nn import Activation, BatchNorm, Dense, Objective, multilayer_perceptron
from digitnet.teach.inside import (
    BINS,
    contributions,
    hidden_layers,
    layer_reports,
    saliency,
    strongest,
)

KINDS = {
    "one layer": ((784, 16, 10), ["relu"], {}),
    "two layers": ((784, 16, 8, 10), ["tanh", "sigmoid"], {}),
    "batch norm and dropout": ((784, 12, 8, 10), ["relu", "leaky_relu"], {"batch_norm": True}),
    "none": ((784, 10), [], {}),
}


@pytest.fixture(params=KINDS)
def network(request):
    sizes, activations, more = KINDS[request.param]
    dropout = 0.5 if more else 0.0
    network = multilayer_perceptron(sizes, activations, dropout=dropout, seed=1, **more)
    network.params += np.random.default_rng(2).normal(0, 0.02, network.params.shape)
    return network


@pytest.fixture(scope="module")
def x(few):
    return few.rows[:40].astype(np.float32) / 255


@pytest.fixture(scope="module")
def targets(few):
    return one_hot(few.labels[:40], 10)


def test_hidden_layers_are_what_the_activations_give(network, x):
    found = hidden_layers(network, x)
    activations = [layer for layer in network.layers if isinstance(layer, Activation)]
    assert [each.activation for each in found] == [type(layer).__name__ for layer in activations]
    logits = network.forward(x).copy()
    below = found[-1].outputs if found else x
    last = network.layers[-1]
    assert np.allclose(below @ last.W + last.b, logits, atol=1e-5)


def test_they_are_copies_that_the_next_images_leave_alone(network, x):
    found = hidden_layers(network, x[:5])
    before = [each.outputs.copy() for each in found]
    hidden_layers(network, x[5:10])
    network.forward(x[10:15], training=True)
    for each, outputs in zip(found, before, strict=True):
        assert np.array_equal(each.outputs, outputs)


def test_the_contributions_to_a_logit_and_its_bias_are_the_logit(network, x):
    for n in range(5):
        row = x[n : n + 1]
        added = contributions(network, row)
        logits = network.forward(row)[0]
        assert added.shape == (10, network.layers[-1].W.shape[0])
        assert np.allclose(added.sum(axis=1) + network.layers[-1].b, logits, atol=1e-5)


class TestStrongest:
    def test_the_largest_in_size_come_first(self):
        amounts = np.array([[0.1, -5.0, 3.0, 0.0], [2.0, 1.0, -1.5, 0.5]], np.float32)
        assert strongest(amounts, 3).tolist() == [[1, 2, 0], [0, 2, 1]]

    def test_of_equals_the_first_comes_first(self):
        assert strongest(np.zeros((1, 5), np.float32), 3).tolist() == [[0, 1, 2]]

    @pytest.mark.parametrize("width", [0, 1, 2])
    def test_there_are_no_more_than_there_are(self, width):
        found = strongest(np.ones((10, width), np.float32), 8)
        assert (found.shape, found.dtype) == ((10, width), np.int32)


def test_first_weights_are_those_of_each_pixel(network):
    W = network.layers[0].W
    units = np.array([3, 0, 7])
    images = first_weights(network, (28, 28), units)
    assert images.shape == (3, 28, 28)
    assert images[0, 2, 5] == W[2 * 28 + 5, 3]
    images[:] = 0
    assert W.any()


def test_first_weights_of_no_units_are_no_images(network):
    assert first_weights(network, (28, 28), np.zeros(0, np.int32)).shape == (0, 28, 28)


class TestReports:
    def test_there_is_one_for_each_hidden_layer_with_all_shares(self, network, x, targets):
        reports = layer_reports(network, Objective(), x, targets)
        hidden = hidden_layers(network, x)
        assert [each.name for each in reports] == [each.activation for each in hidden]
        assert [each.units for each in reports] == [each.outputs.shape[1] for each in hidden]
        for report in reports:
            for shares in (report.activations, report.gradients):
                assert shares.shape == (BINS,)
                assert shares.sum() == pytest.approx(1, abs=1e-5)
            for edges in (report.activation_edges, report.gradient_edges):
                assert edges.shape == (BINS + 1,)
                assert (np.diff(edges) > 0).all()

    def test_activations_lie_between_the_edges(self, network, x, targets):
        reports = layer_reports(network, Objective(), x, targets)
        for report, hidden in zip(reports, hidden_layers(network, x), strict=True):
            assert report.activation_edges[0] == pytest.approx(hidden.outputs.min(), abs=1e-6)
            assert report.activation_edges[-1] == pytest.approx(hidden.outputs.max(), abs=1e-6)

    def test_gradients_are_those_of_a_step(self, x, targets):
        network = multilayer_perceptron((784, 16, 10), ["tanh"], seed=1)
        (report,) = layer_reports(network, Objective(), x, targets, n_gradients=8)
        logits = network.forward(x[:8], training=True)
        network.backward(Objective().loss(logits, targets[:8])[1])
        sizes = np.abs(network.layers[0].dW)
        assert report.gradient_edges[-1] == pytest.approx(np.log10(sizes.max()), abs=1e-5)
        silent = float(np.mean(sizes <= 1e-10))  # pixels that are always white
        assert report.gradients[0] >= silent - 1e-6 > 0

    def test_nothing_about_the_network_changes(self, network, x, targets):
        network.grads[:] = 7
        before = [network.params.copy(), network.grads.copy()]
        states = [{name: array.copy() for name, array in each.items()} for each in network.state()]
        layer_reports(network, Objective(weight_decay=1e-3), x, targets)
        assert np.array_equal(network.params, before[0])
        assert np.array_equal(network.grads, before[1])
        for state, now in zip(states, network.state(), strict=True):
            assert state.keys() == now.keys()
            assert all(np.array_equal(state[name], now[name]) for name in state)

    def test_dead_units_are_counted(self, x, targets):
        network = multilayer_perceptron((784, 8, 10), ["relu"], seed=1)
        dense = network.layers[0]
        assert isinstance(dense, Dense)
        dense.W[:, :3], dense.b[:3] = 0, -1
        dense.b[3:] = 1000
        (report,) = layer_reports(network, Objective(), x, targets)
        assert (report.dead, report.saturated) == (3 / 8, 0)

    def test_saturated_units_are_counted(self, x, targets):
        network = multilayer_perceptron((784, 8, 10), ["tanh"], seed=1)
        network.layers[0].W[:, :2], network.layers[0].b[:2] = 0, 20
        (report,) = layer_reports(network, Objective(), x, targets)
        assert (report.dead, report.saturated) == (0, 2 / 8)

    @pytest.mark.parametrize("size", [1e30, np.inf, np.nan])
    def test_a_network_that_ran_away_can_be_looked_at(self, size, network, x, targets):
        network.params[:] = size
        for report in layer_reports(network, Objective(), x, targets):
            assert np.isfinite(report.activations).all()
            assert np.isfinite(report.activation_edges).all()
            assert np.isfinite(report.gradient_edges).all()
        assert hidden_layers(network, x) is not None
        assert contributions(network, x[:1]).shape[0] == 10


SMOOTH = {
    "sigmoid and tanh": ((30, 9, 7, 4), ["sigmoid", "tanh"], {}),
    "batch norm and dropout": ((30, 9, 7, 4), ["tanh", "tanh"], {"batch_norm": True}),
    "none": ((30, 4), [], {}),
}


@pytest.mark.parametrize("kind", SMOOTH)
def test_saliency_is_what_a_central_difference_finds(kind):
    sizes, activations, more = SMOOTH[kind]
    network = multilayer_perceptron(
        sizes, activations, dropout=0.5 if more else 0.0, seed=1, dtype=np.float64, **more
    )
    generator = np.random.default_rng(0)
    network.params += generator.normal(0, 0.3, network.params.shape)
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            layer.mean += generator.normal(0, 1, layer.mean.shape)
            layer.variance *= generator.uniform(0.5, 2, layer.variance.shape)
    x = generator.uniform(0, 1, (1, 30))
    found, epsilon = saliency(network, x), 1e-5
    for i in range(30):
        step = epsilon * (np.arange(30) == i)
        difference = network.forward(x + step).copy() - network.forward(x - step)
        assert np.allclose(found[:, i], difference[0] / (2 * epsilon), rtol=1e-7, atol=1e-9)


def test_saliency_of_relu_is_that_of_the_units_that_are_lit(x):
    network = multilayer_perceptron([784, 16, 10], seed=1)
    first, _, last = network.layers
    lit = (x[:1] @ first.W + first.b)[0] > 0
    expected = first.W[:, lit] @ last.W[lit]
    assert np.allclose(saliency(network, x[:1]), expected.T, atol=1e-6)


def test_saliency_changes_nothing_about_the_network(network, x):
    params, grads = network.params.copy(), network.grads.copy()
    first, second = saliency(network, x[:1]), saliency(network, x[:1])
    assert np.array_equal(first, second)
    assert np.array_equal(network.params, params)
    assert np.array_equal(network.grads, grads)
