"""Adding an activation takes a class and a name, a layer a class: no change to the package."""

import copy
import json
import pickle

import numpy as np
import pytest

from digitnet.cli import main_job
from digitnet.data import MinMax
from digitnet.model import Model
from digitnet.nn import (
    ACTIVATIONS,
    SGD,
    Activation,
    Averaged,
    Dense,
    Dropout,
    Layer,
    Network,
    Objective,
    Sharded,
    check_gradients,
    multilayer_perceptron,
)

pytestmark = pytest.mark.numerical


class Softplus(Activation):
    """y = log(1 + eˣ), a smooth ReLU."""

    def forward(self, x, training):
        self.y = np.logaddexp(0, x)
        return self.y

    def backward(self, dy):
        """f′ = eˣ / (1 + eˣ) = 1 − e⁻ʸ."""
        return dy * -np.expm1(-self.y)


@pytest.fixture(autouse=True)
def softplus(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "softplus", Softplus)


def test_it_passes_the_gradient_check(generator):
    network = multilayer_perceptron([6, 5, 4, 3], ["softplus", "tanh"], dtype=np.float64)
    x, targets = generator.standard_normal((5, 6)), np.eye(3)[generator.integers(3, size=5)]
    checks = check_gradients(network, x, targets, Objective(weight_decay=0.01))
    assert max(check.error for check in checks) < 1e-7


@pytest.mark.slow
def test_it_is_trained_saved_and_loaded_through_the_command_line(tmp_path, capsys):
    arguments = ["--activation", "softplus", "--epochs", "2", "--hidden", "32"]
    assert main_job([*arguments, "--runs-dir", str(tmp_path), "--name", "new"]) == 0
    metrics = json.loads((tmp_path / "new" / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] > 0.94
    assert isinstance(Model.load(tmp_path / "new" / "model.npz").network.layers[1], Softplus)
    assert "Test accuracy" in capsys.readouterr().out


def test_the_help_names_it(capsys):
    with pytest.raises(SystemExit):
        main_job(["--help"])
    assert "leaky_relu, softplus" in " ".join(capsys.readouterr().out.split())


class Centred(Layer):
    """y = g (x − c), where c follows the mean of each input. c appears with the first step.

    Unlike BatchNorm it passes over the batch's own mean, and binds its state to a new array.
    """

    pace = 0.1

    def __init__(self):
        super().__init__()
        self.centre = None

    def shapes(self, n_in):
        return {"g": (n_in,)}

    def initialize(self, generator):
        self.g.fill(1)

    def forward(self, x, training):
        self.x = x if self.centre is None else x - self.centre
        if training:
            self.seen = x.mean(axis=0)
        return self.x * self.g

    def backward(self, dy):
        np.sum(dy * self.x, axis=0, out=self.dg)
        return dy * self.g

    def end_step(self, shards):
        seen = np.mean([each.seen for each in shards], axis=0)
        before = 0 if self.centre is None else self.centre
        self.centre = before + self.pace * (seen - before)

    def state(self):
        return {} if self.centre is None else {"centre": self.centre.copy()}

    def restore(self, state):
        self.centre = state["centre"].copy() if state else None


class TestALayerWithAState:
    @pytest.fixture
    def network(self):
        return Network(6, [Centred(), Dropout(0.2), Dense(4), Centred(), Dense(3)])

    @staticmethod
    def learn(network, generator, optimizer=None, n_steps=3, n_rows=8):
        optimizer, rows = optimizer or SGD(0.9), []
        for _ in range(n_steps):
            rows.append(generator.random((n_rows, 6), np.float32))
            targets = np.eye(3, dtype=np.float32)[generator.integers(3, size=n_rows)]
            Objective()(network, rows[-1], targets)
            optimizer.step(network.params, network.grads, 0.1)
        return rows

    @pytest.mark.parametrize("threads", [None, 1, 2])
    def test_it_passes_the_gradient_check_on_any_number_of_threads(self, threads, generator):
        network = Network(6, [Centred(), Dense(4), Centred(), Dense(3)], dtype=np.float64)
        x, targets = generator.random((80, 6)), np.eye(3)[generator.integers(3, size=80)]
        for _ in range(2):  # without a state, and with one
            with Sharded(Objective(), threads or 1, most_alone=0) as sharded:
                objective = sharded if threads else Objective()
                checks = check_gradients(network, x, targets, objective)
                assert max(check.error for check in checks) < 1e-7
                objective(network, x, targets)
        assert np.allclose(network.layers[0].centre, (1 - 0.9**2) * x.mean(axis=0))

    def test_a_model_predicts_with_the_state_of_the_moment(self, network, generator):
        model = Model(network, MinMax(0, 1), ("a", "b", "c"), (2, 3), pixels="float32")
        images = generator.random((5, 2, 3), np.float32)
        for _ in range(2):
            expected = network.probabilities(images.reshape(5, 6))
            assert np.allclose(model.predict_proba(images), expected, rtol=1e-6)
            self.learn(network, generator)

    def test_averaging_measures_it_for_the_mean_of_the_parameters(self, network, generator):
        optimizer = Averaged(SGD(), 1)
        rows = self.learn(network, generator, optimizer)
        optimizer.finish(network, rows)
        mean = np.mean([x.mean(axis=0) for x in rows], axis=0)
        assert np.allclose(network.layers[0].centre, mean, rtol=1e-5)
        assert [layer.pace for layer in network.layers] == [0.1, 0, 0, 0.1, 0]

    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
    def test_a_copy_goes_on_as_it_does(self, network, copied, generator):
        self.learn(network, generator)
        other = copied(network)
        assert "x" not in vars(other.layers[0])
        seed = generator.integers(2**32)
        for each in (network, other):
            self.learn(each, np.random.default_rng(seed))
        assert np.array_equal(other.params, network.params)
        assert np.array_equal(other.layers[3].centre, network.layers[3].centre)

    def test_it_goes_back_to_where_there_was_no_state(self, network, generator):
        x, before = generator.random((5, 6), np.float32), network.state()
        params, y = network.params.copy(), network.forward(x).copy()
        self.learn(network, generator)
        network.params[:] = params
        assert not np.allclose(network.forward(x), y)
        network.restore(before)
        assert np.array_equal(network.forward(x), y)
