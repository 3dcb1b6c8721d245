"""What keeps the fast path honest: who may write where, what is reused, and in which precision."""

import tracemalloc

import numpy as np
import pytest

from digitnet.data import Batches, MinMax
from digitnet.nn import (
    ACTIVATIONS,
    SGD,
    Adam,
    Dense,
    Network,
    Objective,
    multilayer_perceptron,
)
from tests.layers import LAYERS

pytestmark = pytest.mark.numerical


def batch(generator, n=8, n_in=6, n_classes=4):
    x = generator.random((n, n_in), np.float32)
    return x, np.eye(n_classes, dtype=np.float32)[generator.integers(n_classes, size=n)]


def deep_network(**options):
    options = {"batch_norm": True} | options
    hidden = [5 for _ in ACTIVATIONS]
    return multilayer_perceptron([6, *hidden, 4], list(ACTIVATIONS), **options)


def all_scratch(network, objective):
    for owner in [*network.layers, network.output, objective]:
        yield from owner.scratch._buffers.values()


@pytest.mark.parametrize("name", LAYERS)
def test_forward_does_not_write_to_its_input(name, generator):
    network = Network(6, [LAYERS[name]()])
    x, _ = batch(generator)
    x.flags.writeable = False
    for training in (True, False):
        network.forward(x, training)
    assert not np.shares_memory(x, network.forward(x, training=True))


@pytest.mark.parametrize("name", LAYERS)
def test_only_the_end_of_a_step_changes_the_state_of_a_layer(name, generator):
    """So a gradient can be looked at, and the step that follows is what it would have been."""
    network = Network(6, [LAYERS[name](), Dense(4)], dtype=np.float64)
    before = network.state()
    x = generator.random((8, 6))
    ways = []
    for _ in range(2):
        network.forward(x, training=True)
        network.backward(np.eye(8, 4))
        network.forward(x)
        ways.append(network.grads.copy())
    assert np.array_equal(*ways)
    for layer, other in zip(network.state(), before, strict=True):
        assert layer.keys() == other.keys()
        assert all(np.array_equal(layer[key], other[key]) for key in layer)


def test_inputs_of_a_step_may_be_read_only(generator):
    x, targets = batch(generator)
    x.flags.writeable = targets.flags.writeable = False
    Objective(weight_decay=0.1)(deep_network(dropout=0.2), x, targets)


def test_poisoned_scratch_and_gradients_change_nothing(generator):
    """Whatever the reused arrays held before, a step computes the same."""
    network, objective = deep_network(dropout=0.2), Objective(weight_decay=0.1)
    x, targets = batch(generator)
    state = network.state()
    loss, logits = objective(network, x, targets)
    expected = (loss, logits.copy(), network.grads.copy())
    for buffer in all_scratch(network, objective):
        buffer[...] = True if buffer.dtype == bool else np.nan
    network.grads.fill(np.nan)
    network.restore(state)
    loss, logits = objective(network, x, targets)
    assert loss == expected[0]
    assert np.array_equal(logits, expected[1])
    assert np.array_equal(network.grads, expected[2])


def test_a_short_batch_after_a_long_one_is_computed_alike(generator):
    x, targets = batch(generator)
    used, fresh = deep_network(), deep_network()
    Objective()(used, x, targets)
    for network in (used, fresh):
        Objective()(network, x[:3], targets[:3])
    assert np.array_equal(used.grads, fresh.grads)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_array_has_the_precision_of_the_network(dtype, generator):
    network = deep_network(dropout=0.2, dtype=dtype)
    objective, sgd, adam = Objective(weight_decay=0.1), SGD(0.9, nesterov=True), Adam()
    x, targets = (array.astype(dtype) for array in batch(generator))
    for optimizer in (sgd, adam):
        _, logits = objective(network, x, targets)
        optimizer.step(network.params, network.grads, 0.1)
    arrays = [logits, network.params, network.grads, network.probabilities(x)]
    arrays += [sgd.velocity, adam.moments]
    arrays += [buffer for buffer in all_scratch(network, objective) if buffer.dtype != bool]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_parameters_are_one_vector_weights_first(generator):
    network = deep_network()
    weights = [array for name, array, _ in network.parameters() if name.startswith("W")]
    vectors = [array for name, array, _ in network.parameters() if not name.startswith("W")]
    network.params[:] = generator.random(network.params.shape)
    assert np.array_equal(network.params, np.concatenate([a.ravel() for a in weights + vectors]))
    assert network.weights.size == sum(array.size for array in weights)
    assert all(np.shares_memory(network.params, array) for array in weights + vectors)
    assert all(np.shares_memory(network.grads, gradient) for _, _, gradient in network.parameters())


@pytest.mark.parametrize("optimizer", [SGD(0.9, nesterov=True), Adam()])
def test_a_warmed_up_step_allocates_next_to_nothing(few, optimizer):
    """Gather, scale, forward, backward, update of 784-128-10 at batch 64: less than 64 kB."""
    network, objective = multilayer_perceptron([784, 128, 10]), Objective(weight_decay=1e-4)
    batches = Batches(few, MinMax(0, 255), 10, batch_size=64, shuffle_seed=0)

    def one_epoch():
        for x, targets in batches.epoch(1):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            objective(network, x, targets)
            optimizer.step(network.params, network.grads, 0.01)
            yield tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        list(one_epoch())
        peak = max(one_epoch())
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024


def test_gathering_a_batch_allocates_next_to_nothing(few):
    batches = Batches(few, MinMax(0, 255), 10, batch_size=64, shuffle_seed=0)
    tracemalloc.start()
    try:
        epochs = (pair for number in (1, 2) for pair in batches.epoch(number))
        for _ in range(len(batches) + 1):  # the second epoch's order is drawn, buffers are there
            next(epochs)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        next(epochs)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024
