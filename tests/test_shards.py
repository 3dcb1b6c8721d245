"""A batch that is cut in two gives what the whole one gives, on however many threads."""

import copy
import pickle
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from digitnet.nn import (
    SGD,
    Adversarial,
    BatchNorm,
    Objective,
    Sharded,
    SoftmaxCrossEntropy,
    check_gradients,
    multilayer_perceptron,
)
from digitnet.nn.shards import twin
from digitnet.training.learning import learn
from digitnet.training.settings import Settings

pytestmark = pytest.mark.numerical

CLASSES = tuple("0123456789")


def batch(generator, n, n_in=6, n_classes=4):
    x = generator.standard_normal((n, n_in))
    return x, np.eye(n_classes)[generator.integers(n_classes, size=n)]


def network_for(**options):
    return multilayer_perceptron([6, 5, 5, 4], "tanh", dtype=np.float64, **options)


@pytest.mark.parametrize("n_rows", [64, 65, 97])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", [Objective, partial(Adversarial, 0.7)], ids=["plain", "moved"])
def test_shards_add_up_to_the_gradient_of_the_whole_batch(kind, n_rows, threads, generator):
    x, targets = batch(generator, n_rows)
    whole, cut = network_for(), network_for()
    objective = kind(weight_decay=0.1)
    loss, logits = objective(whole, x, targets)
    with Sharded(objective, threads, most_alone=0) as sharded:
        got_loss, got_logits = sharded(cut, x, targets)
    assert got_loss == pytest.approx(loss, rel=1e-13)
    assert np.allclose(got_logits, logits, rtol=1e-12)
    assert np.allclose(cut.grads, whole.grads, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("options", [{"batch_norm": True}, {"batch_norm": True, "dropout": 0.3}])
@pytest.mark.parametrize("n_rows", [64, 65])
def test_gradients_are_right_where_each_shard_is_normalised_by_itself(options, n_rows, generator):
    x, targets = batch(generator, n_rows)
    network = network_for(**options)
    with Sharded(Objective(weight_decay=0.1), 2, most_alone=0) as sharded:
        checks = check_gradients(network, x, targets, sharded)
    # The bias below a BatchNorm has no gradient.
    assert {check.verdict for check in checks} == {"ok", "too small"}
    measured = {check.name[0] for check in checks if check.verdict == "ok"}
    assert {"W", "g"} <= measured


class Sabotaged(BatchNorm):
    def backward(self, dy):
        dx = super().backward(dy)
        dx *= 1.001 if self.shard else 1
        return dx


def test_the_check_of_shards_catches_an_error(generator):
    x, targets = batch(generator, 64)
    network = network_for(batch_norm=True)
    network.layers[1].__class__ = Sabotaged
    with Sharded(Objective(), 2, most_alone=0) as sharded:
        checks = check_gradients(network, x, targets, sharded)
    assert "WRONG" in {check.verdict for check in checks}


def test_running_means_follow_the_mean_of_the_shards(generator):
    network = network_for(batch_norm=True)
    dense, norm = network.layers[:2]
    x, targets = batch(generator, 64)
    z = x @ dense.W + dense.b
    with Sharded(Objective(), 2, most_alone=0) as sharded:
        sharded(network, x, targets)
    parts = (z[:32], z[32:])  # neither of them counts more
    variance = np.mean([part.var(axis=0) for part in parts], axis=0)
    assert np.allclose(norm.mean, 0.05 * z.mean(axis=0), rtol=1e-12)
    assert np.allclose(norm.variance, 0.95 + 0.05 * variance, rtol=1e-12)


def test_no_row_of_one_shard_has_the_mask_of_another(generator):
    network = network_for(dropout=0.5)
    x, targets = batch(generator, 128)
    with Sharded(Objective(), 1, most_alone=0) as sharded:
        sharded(network, x, targets)
        first, second = network.layers[2], sharded._twin.layers[2]
        masks = first.m.copy(), second.m.copy()
        assert not np.array_equal(*masks)
        sharded(network, x, targets)
        assert not np.array_equal(first.m, masks[0])
        assert not np.array_equal(second.m, masks[1])
        network.layers[2].rate = 0.0  # which may change at any time, for both
        sharded(network, x, targets)
        ones = np.ones_like(second.m)
        assert np.array_equal(second.forward(ones, training=True), ones)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_a_copied_twin_computes_and_learns_as_the_network_would(copied, generator):
    network = network_for(batch_norm=True, dropout=0.2)
    x, targets = batch(generator, 9)
    other = copied(twin(network))
    assert np.array_equal(other.forward(x), network.forward(x))
    alone = copy.deepcopy(network)
    for each in (other, alone):
        Objective(weight_decay=0.1)(each, x, targets)
        SGD().step(each.params, each.grads, 0.1)
    assert np.array_equal(other.params, alone.params)
    assert np.array_equal(other.forward(x), alone.forward(x))


def test_a_network_and_its_twin_stay_on_the_same_parameters_when_both_are_copied(generator):
    network = network_for()
    copies = copy.deepcopy([network, twin(network)])
    copies[0].params *= 2
    x, _ = batch(generator, 9)
    assert np.array_equal(copies[0].forward(x), copies[1].forward(x))
    assert not np.array_equal(copies[0].forward(x), network.forward(x))


def test_whether_to_cut_follows_from_network_and_batch():
    sharded = Sharded(Objective())
    small, large = multilayer_perceptron([784, 128, 10]), multilayer_perceptron([784, 1024, 10])
    assert [sharded.cuts(small, n) for n in (32, 64, 128)] == [False, False, False]
    assert [sharded.cuts(large, n) for n in (1, 63, 64, 512)] == [False, False, True, True]
    assert all(Sharded(Objective(), threads).cuts(large, 64) for threads in (1, 2, 4))


SETTINGS = {
    "sgd": Settings(hidden_layer_sizes=(512, 512), batch_size=128, epochs=1, dropout=0.2),
    "adam": Settings(
        hidden_layer_sizes=(512, 512), batch_size=128, epochs=1, optimizer="adam", batch_norm=True
    ),
    "averaging": Settings(
        hidden_layer_sizes=(1024,), epochs=2, batch_norm=True, averaging=0.5, mixup=0.2, shift=1
    ),
    "whole batches": Settings(epochs=2),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_any_number_of_threads_gives_the_same_bits(name, few):
    learned = [
        learn(replace(SETTINGS[name], threads=threads), few, None, CLASSES)
        for threads in (1, 2, 4, None)
    ]
    for other in learned[1:]:
        assert np.array_equal(other.network.params, learned[0].network.params)
        assert other.history[-1].train_loss == learned[0].history[-1].train_loss


def test_a_busy_interpreter_changes_nothing(few):
    """Two other threads that hold the interpreter as long as they may."""
    stop = threading.Event()

    def spin():
        while not stop.is_set():
            sum(range(1000))

    quiet = learn(SETTINGS["sgd"], few, None, CLASSES)
    threads = [threading.Thread(target=spin) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        busy = learn(SETTINGS["sgd"], few, None, CLASSES)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert np.array_equal(busy.network.params, quiet.network.params)


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_either_shard_comes_out_and_the_next_batch_is_learned(failing, generator):
    class Failing(SoftmaxCrossEntropy):
        fails = True

        def __call__(self, logits, targets):
            if self.fails and (len(logits) == 33) == (failing == 0):
                raise KeyError("no")
            return super().__call__(logits, targets)

    x, targets = batch(generator, 65)
    network, loss = network_for(), Failing()
    with Sharded(Objective(loss), 2, most_alone=0) as sharded:
        with pytest.raises(KeyError):
            sharded(network, x, targets)
        loss.fails = False
        sharded(network, x, targets)
    expected = network_for()
    Objective()(expected, x, targets)
    assert np.allclose(network.grads, expected.grads, rtol=1e-12, atol=1e-15)


def test_both_shards_heed_the_errstate_of_the_caller(generator):
    x, targets = batch(generator, 64)
    x[40:] = 1e308  # the second shard's logits are infinite, and ∞ − ∞ is invalid
    network = multilayer_perceptron([6, 5, 4], "relu", dtype=np.float64)
    network.params[:] = 1
    with Sharded(Objective(), 2, most_alone=0) as sharded:
        with pytest.raises(FloatingPointError):
            sharded(network, x, targets)  # conftest has it raise
        with np.errstate(all="ignore"):
            sharded(network, x, targets)
