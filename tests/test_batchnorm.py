"""Batch normalisation: what it computes, what moves it, and how it goes into the layers below."""

import numpy as np
import pytest

import digitnet
from digitnet import DigitClassifier
from digitnet.data import Batches, MinMax, hold_out
from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.model.export import export_onnx
from digitnet.model.folding import without_batch_norm
from digitnet.nn import (
    SGD,
    Adam,
    BatchNorm,
    Dense,
    Layer,
    Network,
    Objective,
    ReLU,
    SoftmaxCrossEntropy,
    check_gradients,
    evaluate,
    multilayer_perceptron,
)
from digitnet.nn.batchnorm import EPSILON
from digitnet.teach.checking import distance_to_kinks
from digitnet.training.learning import learn
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.state import Ending

pytestmark = pytest.mark.numerical

CLASSES = tuple("0123456789")


@pytest.fixture
def norm():
    """A BatchNorm of four units in a network of its own, float64."""
    network = Network(4, [BatchNorm()], dtype=np.float64)
    return network.layers[0]


def normalised_network(generator, dtype=np.float64):
    """One whose running means have seen something, and whose γ and β are not those of the start."""
    network = multilayer_perceptron(
        [6, 5, 4, 3], ["relu", "tanh"], batch_norm=True, dropout=0.2, dtype=dtype
    )
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            for array in (layer.gamma, layer.beta, layer.mean):
                array[:] += generator.standard_normal(array.shape)
            layer.variance *= generator.uniform(0.1, 3, layer.variance.shape)
    return network


def test_each_unit_gets_the_mean_beta_and_the_deviation_gamma(norm, generator):
    norm.gamma[:], norm.beta[:] = [1, 2, 3, 4], [5, 6, 7, 8]
    y = norm.forward(3 + 10 * generator.standard_normal((50, 4)), training=True)
    assert np.allclose(y.mean(axis=0), norm.beta, rtol=0, atol=1e-12)
    assert np.allclose(y.std(axis=0), norm.gamma, rtol=1e-6)


def test_a_unit_that_never_changes_gives_beta_and_passes_no_gradient_down(norm):
    y = norm.forward(np.full((4, 4), 7.0), training=True)
    assert np.array_equal(y, np.zeros((4, 4)))
    dy = np.ones((4, 4))
    dx = norm.backward(dy)
    assert np.array_equal(norm.dbeta, np.full(4, 4.0))
    assert np.array_equal(dx, np.zeros((4, 4)))


def test_it_predicts_with_running_means(norm, generator):
    x = 3 + 2 * generator.standard_normal((50, 4))
    for _ in range(3):
        norm.forward(x, training=True)
        norm.end_step([norm])
    rest = (1 - BatchNorm.pace) ** 3  # what is left of the means at the start, 0 and 1
    mean, variance = (1 - rest) * x.mean(axis=0), rest + (1 - rest) * x.var(axis=0)
    one = x[:1].copy()
    expected = (one - mean) / np.sqrt(variance + EPSILON)
    assert np.allclose(norm.forward(one, training=False), expected, rtol=1e-12)


def test_a_batch_of_one_leaves_the_running_means_alone(norm, generator):
    """Its variance is zero, whatever the variance of what it was drawn from."""
    norm.forward(generator.standard_normal((9, 4)), training=True)
    norm.end_step([norm])
    mean, variance = norm.mean.copy(), norm.variance.copy()
    norm.forward(generator.standard_normal((1, 4)), training=True)
    norm.end_step([norm])
    assert np.array_equal(norm.mean, mean)
    assert np.array_equal(norm.variance, variance)


@pytest.mark.parametrize("optimizer", [SGD(0.9, nesterov=True), Adam()])
def test_no_optimizer_moves_the_running_means(optimizer, generator):
    network = multilayer_perceptron([6, 5, 3], batch_norm=True, dtype=np.float64)
    dense, norm = network.layers[:2]
    x, targets = generator.standard_normal((8, 6)), np.eye(3)[generator.integers(3, size=8)]
    mean, variance = np.zeros(5), np.ones(5)
    for _ in range(5):
        z = x @ dense.W + dense.b
        mean += BatchNorm.pace * (z.mean(axis=0) - mean)
        variance += BatchNorm.pace * (z.var(axis=0) - variance)
        Objective(weight_decay=0.1)(network, x, targets)
        optimizer.step(network.params, network.grads, 0.1)
    assert np.allclose(norm.mean, mean, rtol=1e-12)
    assert np.allclose(norm.variance, variance, rtol=1e-12)
    assert not np.allclose(norm.gamma, 1)


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_whole_networks_pass_the_gradient_check(activation, generator):
    """But for the biases below it, which have no effect, and so no gradient to measure."""
    network = multilayer_perceptron([6, 7, 5, 4], activation, batch_norm=True, dtype=np.float64)
    network.params[:] += 0.1 * generator.standard_normal(network.params.shape)
    x, targets = generator.standard_normal((9, 6)), np.eye(4)[generator.integers(4, size=9)]
    while distance_to_kinks(network, x).min() < 1e-3:
        x = generator.standard_normal((9, 6))
    before = network.params.copy()
    checks = check_gradients(network, x, targets, Objective(weight_decay=0.01))
    verdicts = {check.name: check.verdict for check in checks}
    assert verdicts == {
        **dict.fromkeys(("W1", "gamma2", "beta2", "W3", "gamma4", "beta4", "W5", "b5"), "ok"),
        **dict.fromkeys(("b1", "b3"), "too small"),
    }
    assert np.array_equal(network.params, before)
    assert not any(layer.mean.any() for layer in network.layers if isinstance(layer, BatchNorm))


def test_only_an_optimizer_moves_parameters(generator):
    """Running means are state, which a step moves; it can be put back."""
    network = multilayer_perceptron([6, 5, 3], batch_norm=True, dtype=np.float64)
    params, state = network.params.copy(), network.state()
    x, targets = generator.standard_normal((8, 6)), np.eye(3)[generator.integers(3, size=8)]
    Objective()(network, x, targets)
    assert np.array_equal(network.params, params)
    norm = network.layers[1]
    assert norm.mean.any()
    network.restore(state)
    assert not norm.mean.any()
    assert np.all(norm.variance == 1)


def test_dense_layers_alone_predict_the_same(generator):
    network = normalised_network(generator)
    before = network.params.copy()
    plain = without_batch_norm(network)
    assert not any(isinstance(layer, BatchNorm) for layer in plain.layers)
    x = generator.standard_normal((20, 6))
    assert np.allclose(plain.forward(x), network.forward(x), rtol=1e-12, atol=1e-12)
    plain.params.fill(0)
    assert np.array_equal(network.params, before)


class Scale(Layer):
    """y = g x, a layer of one's own with a parameter."""

    def shapes(self, n_in):
        return {"g": (n_in,)}

    def initialize(self, generator):
        self.g.fill(1)

    def forward(self, x, training):
        return x * self.g


STACKS = {
    "first": lambda: [BatchNorm(), Dense(5)],
    "first, and one to fold": lambda: [BatchNorm(), Dense(5), BatchNorm(), ReLU(), Dense(3)],
    "above an activation": lambda: [Dense(5), BatchNorm(), ReLU(), BatchNorm(), Dense(3)],
    "twice": lambda: [Dense(5), BatchNorm(), BatchNorm(), Dense(3)],
    "beside a layer of one's own": lambda: [Scale(), Dense(5), BatchNorm(), Scale(), Dense(3)],
    "last": lambda: [Dense(3), BatchNorm()],
}


@pytest.mark.parametrize("name", STACKS)
def test_wherever_it_stands_the_network_predicts_the_same_without_it(name, generator):
    network = Network(6, STACKS[name](), dtype=np.float64)
    network.params[:] = generator.standard_normal(network.params.shape)
    for norm in network.layers:
        if isinstance(norm, BatchNorm):
            norm.mean += generator.standard_normal(norm.mean.shape)
            norm.variance *= generator.uniform(0.1, 3, norm.variance.shape)
    plain = without_batch_norm(network)
    x = generator.standard_normal((20, 6))
    assert np.allclose(plain.forward(x), network.forward(x), rtol=1e-12, atol=1e-12)


def test_a_network_that_a_file_cannot_hold_is_refused_with_a_sentence(tmp_path):
    model = Model(Network(6, [BatchNorm(), Dense(3)]), MinMax(0, 1), ("a", "b", "c"), (2, 3))
    for write in (model.save, lambda path: export_onnx(model, path)):
        if write is not model.save:
            pytest.importorskip("onnx")
        with pytest.raises(DigitnetError, match=r"expected .*, got .*BatchNorm"):
            write(tmp_path / "model")


def test_a_state_that_is_not_its_own_is_refused(norm):
    state = norm.state()
    for name, wrong in [("mean", np.zeros(3)), ("variance", -np.ones(4)), ("mean", None)]:
        others = {key: value for key, value in {**state, name: wrong}.items() if value is not None}
        with pytest.raises(ValueError, match=f"^{name}: expected 4 numbers"):
            norm.restore(others)


def test_a_network_without_it_is_left_alone():
    network = multilayer_perceptron([6, 5, 3])
    assert without_batch_norm(network) is network


def test_saved_and_exported_models_hold_dense_layers_alone(generator, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    network = normalised_network(generator, np.float32)
    model = Model(network, MinMax(0, 1), ("a", "b", "c"), (2, 3), pixels="float32")
    images = generator.random((20, 2, 3), np.float32)
    model.background = 0.5
    expected = model.predict_proba(images)
    model.save(tmp_path / "model.npz")
    loaded = digitnet.load(tmp_path / "model.npz")
    assert [type(layer) for layer in loaded.network.layers][::2] == [Dense, Dense, Dense]
    assert np.allclose(loaded.predict_proba(images), expected, rtol=0, atol=2e-6)
    export_onnx(model, tmp_path / "model.onnx", "float")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    (p,) = session.run(["probabilities"], {"images": images})
    assert np.allclose(p, expected, rtol=0, atol=2e-6)


def test_a_training_gives_a_model_of_dense_layers_that_predicts_alike(few):
    settings = Settings(hidden_layer_sizes=(32,), epochs=4, batch_norm=True, early_stopping=1)
    examples, held_out = hold_out(few, 0.1, seed=0)
    learned = learn(settings, examples, held_out, CLASSES)
    assert [type(layer) for layer in learned.model.network.layers][::2] == [Dense, Dense]
    batches = Batches(held_out, MinMax.fit(examples.images), 10, 1000)
    best = learned.history[learned.best_epoch - 1]
    for network in (learned.network, learned.model.network):  # that of the best epoch, running
        loss, accuracy = evaluate(network, batches, SoftmaxCrossEntropy())  # means and all
        assert loss == pytest.approx(best.validation_loss, rel=1e-4)
        assert accuracy == best.validation_accuracy
    assert learned.ending in (Ending.COMPLETED, Ending.STOPPED_EARLY)
    assert best.validation_accuracy > 0.85


def test_a_classifier_goes_on_learning_with_it(few):
    classifier = DigitClassifier((32,), batch_norm=True, epochs=2).fit(few.rows, few.labels)
    assert any(isinstance(layer, BatchNorm) for layer in classifier.model_.network.layers)
    loss = classifier.loss_
    classifier.partial_fit(few.rows, few.labels)
    assert classifier.loss_ < loss
    assert classifier.score(few.rows, few.labels) > 0.93


def test_batches_of_one_are_refused():
    with pytest.raises(SettingsError, match="at least 2 images per batch"):
        Settings(batch_norm=True, batch_size=1)
