"""Adding an activation takes a class and a name, and no change to the package."""

import json

import numpy as np
import pytest

from digitnet.cli import main_job
from digitnet.model import Model
from digitnet.nn import ACTIVATIONS, Activation, Objective, check_gradients, multilayer_perceptron

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
