"""The model that comes with digitnet, and what its card says of it."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import digitnet
from digitnet import DigitnetError
from digitnet.cli import main
from digitnet.model import PRETRAINED, model
from digitnet.training.recipes import RECIPES

ROOT = Path(__file__).parent.parent
CARD = (PRETRAINED.parent / "model-card.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pretrained():
    return digitnet.load()


def test_it_reads_the_test_set_as_its_card_says(pretrained, mnist):
    wrong = np.count_nonzero(pretrained.predict(mnist.test.images) != mnist.test.labels)
    assert f"({wrong} errors in 10000 images)" in CARD
    assert wrong <= 50  # the recipe asks for no more
    wrong = np.count_nonzero(pretrained.predict(mnist.test.images, views=9) != mnist.test.labels)
    assert f": {100 - wrong / 100:.2f} %,\n{wrong} errors.\n" in CARD


def test_it_is_what_the_recipe_best_makes(pretrained):
    config = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in pretrained.config.items()
    }
    assert config | RECIPES["best"] | {"validation_fraction": 0} == config
    assert config["seed"] == 0


def test_its_file_is_small_and_the_card_knows_its_size():
    size = PRETRAINED.stat().st_size
    assert size <= 12_000_000
    assert f"{size / 1e6:.1f} MB" in CARD


def test_the_card_has_no_gaps():
    assert not re.search(r"[{}]|nan|None\b", CARD)


def test_a_missing_file_is_said_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(model, "PRETRAINED", tmp_path / "model.npz")
    with pytest.raises(DigitnetError, match="comes with digitnet, but it is not there"):
        digitnet.load()


def test_commands_take_it_where_no_run_is_named(capsys):
    assert main(["info"]) == 0
    out = capsys.readouterr().out
    assert "Layers" in out
    assert re.search(r"^validation_fraction +0\.0$", out, re.M)
    assert main(["evaluate"]) == 0
    errors = re.search(r"\((\d+ errors) in", CARD)[1]
    assert f"({errors} in 10000 images)" in capsys.readouterr().out


@pytest.mark.slow
def test_shipping_a_run_writes_a_model_and_a_card(tmp_path):
    """Of a small network, into a copy of the package."""
    copy = tmp_path / "copy"
    for part in ("digitnet", "scripts", "main.py"):
        source = ROOT / part
        target = copy / part
        target.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", source, target], check=True)
    arguments = ["--epochs", "1", "--hidden", "16", "--validation-fraction", "0"]
    arguments += ["--runs-dir", tmp_path, "--name", "small"]
    for command in (["main.py", *arguments], ["scripts/ship_model.py", tmp_path / "small"]):
        result = subprocess.run(
            [sys.executable, *command], cwd=copy, capture_output=True, text=True, check=True
        )
    shipped = digitnet.Model.load(copy / "digitnet" / "model" / "pretrained" / "model.npz")
    trained = digitnet.Model.load(tmp_path / "small" / "model.npz")
    assert np.allclose(shipped.network.params, trained.network.params, rtol=1e-3, atol=1e-7)
    card = (copy / "digitnet" / "model" / "pretrained" / "model-card.md").read_text(
        encoding="utf-8"
    )
    assert "784-16-10" in card
    assert len(set(re.findall(r"\(\d+ errors in 10000 images\)", card + result.stdout))) == 1
