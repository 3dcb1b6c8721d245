"""What older versions of digitnet wrote is read: tests/cases/run-0.5 is a run folder of 0.5.0.

It was written by `python main.py --hidden 4 --epochs 1 --batch-norm --activation tanh`.
"""

import json
import shutil
from pathlib import Path

import pytest

import digitnet
from digitnet.cli import main, main_job

RUN = Path(__file__).parent / "cases" / "run-0.5"


@pytest.fixture
def run(tmp_path):
    return Path(shutil.copytree(RUN, tmp_path / "run"))


@pytest.mark.numerical
def test_its_model_reads_what_it_read_then(mnist):
    model = digitnet.load(RUN / "model.npz")
    n_errors = int((model.predict(mnist.test.images) != mnist.test.labels).sum())
    then = json.loads((RUN / "metrics.json").read_text())["test"]["errors"]
    assert n_errors == pytest.approx(then, abs=2)  # another processor may round two into place


def test_it_is_shown_and_evaluated(run, capsys):
    assert main(["info", str(run)]) == 0
    assert main(["evaluate", str(run)]) == 0
    out = capsys.readouterr().out
    assert "784-4-10, 3,190 parameters" in out
    assert "Test accuracy: 83.9" in out


def test_a_new_run_can_begin_at_its_weights(run, tmp_path):
    """With a learning rate that leaves them as they are."""
    options = ["--from", str(run), "--no-batch-norm", "--epochs", "1", "--learning-rate", "1e-9"]
    assert main_job([*options, "--runs-dir", str(tmp_path), "--name", "new"]) == 0
    then, now = (
        json.loads((folder / "metrics.json").read_text())["test"]["errors"]
        for folder in (RUN, tmp_path / "new")
    )
    assert now == pytest.approx(then, abs=2)


def test_that_it_has_ended_is_said(run, capsys):
    assert main_job(["--resume", str(run)]) == 2
    assert "the training of" in capsys.readouterr().err
