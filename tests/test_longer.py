"""A run that has ended can be trained longer, or be where another one begins."""

import json
import math
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from types import SimpleNamespace

import numpy as np
import pytest

from digitnet.cli import main_job
from digitnet.model import Model
from digitnet.training.checkpoint import NAMES, STATE
from digitnet.training.job import run_job
from digitnet.training.plan import begun_at

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from kill import is_over, result

pytestmark = pytest.mark.slow

CONSTANT = ["--schedule", "constant"]
STEPS = ["--schedule", "step", "--decay-every", "1.5", "--warmup", "0.5"]
OPTIONS = {
    "constant": [*CONSTANT, "--dropout", "0.2"],
    "step": [*STEPS, "--optimizer", "adam", "--batch-norm"],
    "distorted": [*CONSTANT, "--shift", "1", "--mixup", "0.3"],
}


@pytest.fixture(scope="module")
def small(tmp_path_factory, mnist):
    """A few digits in an archive, for trainings that take no time."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    few = mnist.train.take(np.arange(700))
    np.savez(path, x_train=few.images, y_train=few.labels)
    return ["--data", str(path), "--hidden", "12", "--threads", "1"]


@pytest.fixture(scope="module")
def trained(small, tmp_path_factory):
    """A run with these options, trained once however many tests begin with it; its folder."""

    @cache
    def trained(*options):
        runs = tmp_path_factory.mktemp("runs")
        assert main_job([*small, *options, "--runs-dir", str(runs), "--name", "run"]) == 0
        return runs / "run"

    return trained


@pytest.fixture
def train(trained, tmp_path):
    """Gives a run of this name, of the test's own; returns its folder."""
    return lambda name, *options: copytree(trained(*options), tmp_path / name)


def resume(run, *options):
    return main_job(["--resume", str(run), *options])


def content(run):
    """All that a run leaves that does not tell the time."""
    model, history = result(run)
    settings = json.loads((run / "config.json").read_text())["settings"]
    return model, history, settings, json.loads((run / "metrics.json").read_text())["test"]


@pytest.mark.parametrize("name", OPTIONS)
def test_more_epochs_give_bit_for_bit_what_so_many_from_the_start_give(name, train):
    whole = train("whole", *OPTIONS[name], "--epochs", "5")
    run = train("run", *OPTIONS[name], "--epochs", "2")
    assert is_over(run)
    assert resume(run, "--epochs", "3") == 0
    assert resume(run, "--epochs", "5") == 0
    assert content(run) == content(whole)
    assert {path.name for path in run.iterdir()} == {path.name for path in whole.iterdir()}


def test_a_run_that_stopped_early_goes_on_with_more_patience(train):
    """Also under a cosine, which knows how many epochs there are in all."""
    options = ["--epochs", "12", "--learning-rate", "0.5", "--early-stopping"]
    run = train("run", *options, "1")
    n_before = len(result(run)[1])
    assert n_before < 12
    assert resume(run, "--early-stopping", "4") == 0
    assert len(result(run)[1]) > n_before
    assert content(run) == content(train("whole", *options, "4"))


def test_a_kill_between_any_two_files_of_the_change_leaves_a_run_to_resume(train):
    """First the state becomes a checkpoint, then come the settings."""
    run = train("run", *CONSTANT, "--epochs", "2")
    before = content(run)
    (run / STATE).rename(run / NAMES[0])
    assert not is_over(run)
    assert resume(run) == 0
    assert content(run) == before
    assert is_over(run)


def test_a_longer_training_that_diverges_leaves_no_figures_of_the_test_before(
    train, monkeypatch, capsys
):
    run = train("run", *CONSTANT, "--epochs", "1")
    from digitnet.nn import records

    diverging = SimpleNamespace(**vars(math) | {"isfinite": lambda _: False})
    monkeypatch.setattr(records, "math", diverging)
    assert resume(run, "--epochs", "2") == 1
    monkeypatch.undo()
    assert "diverged in epoch 2" in capsys.readouterr().out
    names = {path.name for path in run.iterdir()}
    assert names == {
        "config.json", "history.csv", "model.npz", "learning-curves.png", "first-layer.png",
    }  # fmt: skip


class TestWhatIsRefused:
    def refused(self, capsys, *arguments):
        capsys.readouterr()
        assert main_job([str(argument) for argument in arguments]) == 2
        return capsys.readouterr().err

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ([], "schedule cosine"),
            ([*CONSTANT, "--averaging", "0.5"], "averaging"),
            ([*CONSTANT, "--shift", "1", "--fade", "0.5"], "fade"),
        ],
    )
    def test_more_epochs_of_what_follows_from_their_number(self, options, reason, train, capsys):
        run = train("run", *options, "--epochs", "1")
        before = content(run)
        assert not (run / STATE).exists()  # which would be of no use
        message = self.refused(capsys, "--resume", run, "--epochs", "2")
        assert f"because of its {reason}. --from {run} begins another" in message
        assert content(run) == before

    def test_a_fade_of_nothing_is_none(self, train):
        run = train("run", *CONSTANT, "--fade", "0.5", "--epochs", "1")
        assert resume(run, "--epochs", "2") == 0

    def test_what_would_be_another_run_or_nothing_at_all(self, train, capsys):
        run = train("run", *CONSTANT, "--epochs", "2")
        for options, message in (
            (["--epochs", "1"], "expected at least the 2 epochs"),
            (["--epochs", "2"], "has learned for all of its 2 epochs"),
            (["--early-stopping", "3"], "above that of the run, none, got 3"),
            ([], "has ended, or its checkpoints are gone; a larger --epochs"),
            (["--epochs", "3", "--seed", "1"], "leave out --seed"),
        ):
            assert message in self.refused(capsys, "--resume", run, *options)
        (run / STATE).unlink()
        message = self.refused(capsys, "--resume", run, "--epochs", "3")
        assert f"holds no {STATE}" in message
        assert "--from" in message

    def test_a_run_that_would_stop_early_again(self, train, capsys):
        options = ["--epochs", "12", "--learning-rate", "0.5", "--early-stopping", "1"]
        run = train("run", *CONSTANT, *options)
        message = self.refused(capsys, "--resume", run, "--epochs", "30")
        assert "stopped early, and would again: give a larger --early-stopping than 1" in message

    def test_settings_that_do_not_go_with_the_weights_to_begin_at(
        self, train, small, capsys, tmp_path, monkeypatch
    ):
        """They are refused before there is a folder for what would be learned."""
        run = train("run", "--epochs", "1")
        monkeypatch.chdir(tmp_path)
        for options, message in (
            (["--hidden", "5"], "expected the hidden layers of the run, (12,), got (5,)"),
            (["--batch-norm"], "expected no batch normalisation"),
            (["--activation", "tanh"], "expected the activations of the run, relu, got tanh"),
            (["--seed", "3"], "leave out --seed"),
            (["--recipe", "quick"], "leave out --recipe"),
            (["--data", "x"], "got 'x': there is no such path"),
            (["--validation-fraction", "0"], "leave out --validation-fraction"),
            (["--nesterov", "--momentum", "0"], "nesterov: expected a momentum above 0"),
            (["--resume", str(run)], "got both"),
        ):
            assert message in self.refused(capsys, "--from", run, *options)
        (run / "model.npz").unlink()
        assert "there is none" in self.refused(capsys, "--from", run)
        assert list(tmp_path.iterdir()) == [run]


class TestFrom:
    def test_it_begins_at_what_was_learned_with_the_settings_of_then(self, train, tmp_path):
        run = train("run", "--epochs", "3", "--dropout", "0.1")
        before = content(run)
        arguments = ["--from", str(run), "--learning-rate", "1e-30", "--weight-decay", "0"]
        assert main_job([*arguments, "--runs-dir", str(tmp_path), "--name", "on"]) == 0
        settings = content(tmp_path / "on")[2]
        assert settings == {**before[2], "learning_rate": 1e-30, "weight_decay": 0}
        was, now = (Model.load(tmp_path / name / "model.npz") for name in ("run", "on"))
        assert np.array_equal(was.network.params, now.network.params)
        assert json.loads((tmp_path / "on" / "config.json").read_text())["from"] == str(run)
        assert content(run) == before

    def test_it_does_not_repeat_the_random_numbers_of_the_runs_before(self, train, tmp_path):
        """One epoch and one more from there are seen in the order of neither again."""
        run = train("run", "--epochs", "1", "--dropout", "0.3")
        for name in ("second", "third"):
            on = ["--from", str(run), "--runs-dir", str(tmp_path), "--name", name]
            assert main_job([*on, "--epochs", "2"]) == 0
            run = tmp_path / name
        configs = [
            json.loads((tmp_path / n / "config.json").read_text()) for n in ("second", "third")
        ]
        assert [config["epochs_before"] for config in configs] == [1, 3]
        second, first = (Model.load(tmp_path / n / "model.npz") for n in ("second", "run"))
        plan = begun_at(tmp_path / "run", {"epochs": 2}, [tmp_path / "again"])
        for epochs_before, same in ((1, True), (0, False)):
            learned = run_job(replace(plan, epochs_before=epochs_before)).model
            assert np.array_equal(learned.network.params, second.network.params) == same
            rmtree(tmp_path / "again")
        assert plan.begin.network.params.tolist() == first.network.params.tolist()

    @pytest.mark.parametrize("wrong", [-1, 1.5, "1", True, None])
    def test_epochs_before_that_cannot_be_are_refused(self, wrong, train, capsys):
        run = train("run", "--epochs", "1")
        config = json.loads((run / "config.json").read_text()) | {"epochs_before": wrong}
        (run / "config.json").write_text(json.dumps(config))
        assert main_job(["--from", str(run)]) == 2
        assert "epochs_before: expected a whole number" in capsys.readouterr().err

    def test_it_learns_on_and_can_be_interrupted(self, train, tmp_path, monkeypatch, capsys):
        run = train("run", "--epochs", "2")
        arguments = ["--from", str(run), "--runs-dir", str(tmp_path)]
        assert main_job([*arguments, "--name", "whole"]) == 0
        first = float(result(tmp_path / "whole")[1][1].split(",")[2])
        assert first < float(result(run)[1][1].split(",")[2])

        def stop(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr("digitnet.nn.training.evaluate", stop)
        assert main_job([*arguments, "--name", "cut"]) == 130
        monkeypatch.undo()
        assert resume(tmp_path / "cut") == 0
        assert "Going on after step 0" in capsys.readouterr().out
        assert content(tmp_path / "cut") == content(tmp_path / "whole")

    def test_without_the_weights_to_begin_at_it_does_not_go_on(self, train, tmp_path, capsys):
        run = train("run", "--epochs", "1")
        (tmp_path / "lost").mkdir()
        config = json.loads((run / "config.json").read_text()) | {"from": str(run)}
        (tmp_path / "lost" / "config.json").write_text(json.dumps(config))
        assert resume(tmp_path / "lost") == 2
        assert "no checkpoint holds the weights" in capsys.readouterr().err

    def test_batch_normalisation_has_become_weights(self, train, tmp_path):
        run = train("run", "--epochs", "1", "--batch-norm")
        arguments = ["--from", str(run), "--runs-dir", str(tmp_path), "--name", "on"]
        assert main_job([*arguments, "--no-batch-norm"]) == 0

    def test_another_optimizer_has_its_own_learning_rate(self, train, tmp_path):
        run = train("run", "--epochs", "1")
        arguments = ["--from", str(run), "--runs-dir", str(tmp_path), "--name", "on"]
        assert main_job([*arguments, "--optimizer", "adam"]) == 0
        assert content(tmp_path / "on")[2]["learning_rate"] == 0.001


class TestDataThatHaveMoved:
    """Nothing else of a run depends on where they are."""

    @pytest.fixture
    def run(self, small, tmp_path, monkeypatch):
        """An interrupted run whose data were named from a folder that is another one now."""
        monkeypatch.chdir(tmp_path)
        Path("mine.npz").write_bytes(Path(small[1]).read_bytes())
        options = ["--hidden", "8", "--epochs", "3", "--schedule", "constant"]
        assert main_job(["--data", "mine.npz", "--name", "run", *options]) == 0
        Path("elsewhere").mkdir()
        monkeypatch.chdir("elsewhere")
        return Path("..", "runs", "run")

    @pytest.mark.parametrize("option", [["--resume"], ["--from"]])
    def test_what_may_be_done_is_said(self, run, option, capsys):
        assert main_job([*option, str(run), "--epochs", "4"]) == 2
        message = capsys.readouterr().err
        assert "got 'mine.npz': there is no such path; the run learned from it" in message
        assert "if it has moved, --data says where" in message

    def test_a_run_goes_on_with_them(self, run):
        assert main_job(["--resume", str(run), "--epochs", "4", "--data", "../mine.npz"]) == 0
        assert len((run / "history.csv").read_text().splitlines()) == 1 + 4

    def test_another_begins_with_them_and_knows_where_they_are(self, run):
        arguments = ["--from", str(run), "--epochs", "1", "--name", "next"]
        assert main_job([*arguments, "--data", "../mine.npz"]) == 0
        config = json.loads(Path("runs", "next", "config.json").read_text())
        assert config["data"]["source"] == "../mine.npz"

    @pytest.mark.parametrize("option", [["--resume"], ["--from"]])
    def test_others_are_refused(self, run, option, capsys):
        with np.load("../mine.npz") as arrays:
            some = {name: array[:-100] for name, array in arrays.items()}
        np.savez("fewer.npz", **some)
        before = (run / "config.json").read_bytes()
        assert main_job([*option, str(run), "--epochs", "4", "--data", "fewer.npz"]) == 2
        assert "that run learned from" in capsys.readouterr().err
        assert (run / "config.json").read_bytes() == before
        assert not Path("runs").exists()
