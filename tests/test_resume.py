"""A training that was stopped and goes on is the training that was not stopped."""

import json
import math
import random
import re
import signal
import sys
import time
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from digitnet.cli import main_job
from digitnet.data import hold_out
from digitnet.errors import DigitnetError
from digitnet.nn import ACTIVATIONS, Activation, Epoch, Progress, Step
from digitnet.training.checkpoint import NAMES, STATE, Checkpoint, Checkpoints
from digitnet.training.learning import learn
from digitnet.training.runs import RunFolder
from digitnet.training.settings import Settings
from digitnet.training.state import Ending

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from kill import OPTIONS, finish, result, start, train_under_fire

CLASSES = tuple("0123456789")
SETTINGS = {
    "plain": Settings(hidden_layer_sizes=(16,), epochs=3),
    "dropout": Settings(hidden_layer_sizes=(16, 12), epochs=3, dropout=0.3, early_stopping=2),
    "distorted": Settings(hidden_layer_sizes=(16,), epochs=3, shift=1.0, elastic=1.0, fade=0.5),
    "mixup": Settings(hidden_layer_sizes=(16,), epochs=3, mixup=0.3),
    "adversarial": Settings(hidden_layer_sizes=(16,), epochs=3, adversarial=0.5, batch_norm=True),
    "adam": Settings(hidden_layer_sizes=(16,), epochs=3, optimizer="adam"),
    "batch norm": Settings(hidden_layer_sizes=(16,), epochs=3, batch_norm=True, early_stopping=2),
    "averaging": Settings(
        hidden_layer_sizes=(16,),
        epochs=3,
        optimizer="adam",
        batch_norm=True,
        averaging=0.5,
    ),
    "shards": Settings(
        hidden_layer_sizes=(1024,), epochs=3, batch_norm=True, dropout=0.2, optimizer="adam"
    ),
}


@pytest.fixture(scope="module")
def split(few):
    return hold_out(few, 0.1, seed=0)


@pytest.fixture(scope="module")
def unstopped(split):
    """What each of the SETTINGS gives where nothing stops it, learned once."""
    return cache(lambda name: learn(SETTINGS[name], *split, CLASSES))


def steps_until(n):
    """An observer that counts records, and a should_stop that is true from the n-th on."""
    seen = []
    return seen.append, lambda: len(seen) >= n


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("n_records", [1, 20, 25, 29, 30, 45, 88])
def test_going_on_gives_bit_for_bit_what_not_stopping_gives(
    name, n_records, split, unstopped, tmp_path
):
    """Epochs have 29 steps here, so record 29 is the last step of an epoch and 30 its end."""
    settings, whole = SETTINGS[name], unstopped(name)
    observe, should_stop = steps_until(n_records)
    stopped = learn(
        settings, *split, CLASSES, (observe,), should_stop, Checkpoints(tmp_path, pytest.fail)
    )
    assert stopped.ending is Ending.INTERRUPTED
    records = []
    start = Checkpoints(tmp_path, pytest.fail).load()
    resumed = learn(settings, *split, CLASSES, [records.append], start=start)
    assert resumed.ending is whole.ending
    assert np.array_equal(resumed.model.network.params, whole.model.network.params)
    assert [without_time(r) for r in resumed.history] == [without_time(r) for r in whole.history]
    assert resumed.best_epoch == whole.best_epoch
    first = next((record for record in records if isinstance(record, Step)), None)
    n_steps = sum(isinstance(record, Step) for record in records)
    assert first is None or first.step == 29 * 3 - n_steps + 1


class Own(Activation):
    """A ReLU that grows and shrinks from step to step; its state appears after the first."""

    rate, time_step, seen = 1.5, 0, None

    def forward(self, x, training):
        self.y = np.maximum(x, 0) * np.float32(1 + 0.1 * math.sin(self.time_step))
        return self.y

    def backward(self, dy):
        return dy * np.float32(1 + 0.1 * math.sin(self.time_step)) * (self.y > 0)

    def end_step(self, shards):
        self.time_step += 1
        self.seen = self.y.max(axis=0)

    def state(self):
        if self.seen is None:
            return {}
        numbers = {"rate": np.array(self.rate), "step": np.array([-1.0, 0.5])}
        return {**numbers, "time_step": np.array(self.time_step), "seen": self.seen}

    def restore(self, state):
        self.time_step, self.seen = int(state.get("time_step", 0)), state.get("seen")


class OwnOptimizer:
    """Gradient descent whose steps become shorter."""

    def __init__(self):
        self.rate = 2.0

    def step(self, params, grads, learning_rate):
        self.rate *= 0.99
        params -= np.float32(learning_rate * self.rate) * grads

    def state(self):
        return {"rate": np.array(self.rate), "weights": np.full(3, 7.0), "mean": np.zeros(2)}

    def restore(self, state):
        self.rate = float(state["rate"])


@pytest.mark.parametrize("n_records", [1, 20, 30, 45])
def test_layers_and_optimizers_of_ones_own_may_keep_what_they_like(
    n_records, split, tmp_path, monkeypatch
):
    monkeypatch.setitem(ACTIVATIONS, "own", Own)
    monkeypatch.setattr("digitnet.training.learning.build_optimizer", lambda _: OwnOptimizer())
    settings = Settings(hidden_layer_sizes=(16,), epochs=3, activation=("own",), early_stopping=3)
    whole = learn(settings, *split, CLASSES)
    observe, should_stop = steps_until(n_records)
    learn(settings, *split, CLASSES, (observe,), should_stop, Checkpoints(tmp_path, pytest.fail))
    start = Checkpoints(tmp_path, pytest.fail).load()
    assert start.header["step"] == n_records - n_records // 30
    resumed = learn(settings, *split, CLASSES, start=start)
    assert np.array_equal(resumed.model.network.params, whole.model.network.params)


def test_a_state_that_appears_after_the_first_step_does_not_hide_a_divergence(split, monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "own", Own)
    settings = Settings(hidden_layer_sizes=(16,), activation=("own",), learning_rate=1e30)
    learned = learn(settings, *split, CLASSES)
    assert learned.ending is Ending.DIVERGED
    assert learned.network.state()[1] == {}


@pytest.mark.parametrize(
    ("name", "early_stopping", "ending"),
    [
        ("averaging", None, Ending.COMPLETED),
        ("batch norm", 1, Ending.STOPPED_EARLY),
        ("dropout", 1, Ending.STOPPED_EARLY),
    ],
)
def test_a_training_that_has_ended_ends_again_in_the_same_way(
    name, early_stopping, ending, split, tmp_path
):
    """For a run that was killed before its model, metrics and figures were written."""
    settings = replace(SETTINGS[name], epochs=40 if early_stopping else 3)
    settings = replace(settings, early_stopping=early_stopping, schedule="constant")
    whole = learn(settings, *split, CLASSES, checkpoints=Checkpoints(tmp_path, pytest.fail))
    assert whole.ending is ending
    start = Checkpoints(tmp_path, pytest.fail).load()
    again = learn(settings, *split, CLASSES, [pytest.fail], start=start)
    assert again.ending is ending
    assert np.array_equal(again.model.network.params, whole.model.network.params)
    assert np.array_equal(again.network.params, whole.network.params)
    assert (again.history, again.best_epoch) == (whole.history, whole.best_epoch)


def without_time(record: Epoch) -> Epoch:
    return record._replace(seconds=0.0)


class TestCheckpoints:
    def state(self, step, size=50):
        groups = ("network", "best", "good")
        arrays = {f"{group}_params": np.full(size, step, np.float32) for group in groups}
        arrays["network_layer1_step"] = np.array(float(step))
        progress = asdict(Progress(batch=step, step=step, n_examples=64 * step))
        header = {"step": step, "progress": progress, "history": []}
        return Checkpoint(arrays, header | {"best": {"epoch": 0, "loss": math.inf}})

    def test_the_newest_of_two_is_found_and_the_older_replaced(self, tmp_path):
        checkpoints = Checkpoints(tmp_path, pytest.fail)
        assert checkpoints.load() is None
        for step in (1, 2, 3):
            checkpoints.save(self.state(step))
        assert {path.name for path in tmp_path.iterdir()} == set(NAMES)
        again = Checkpoints(tmp_path, pytest.fail)
        assert again.load().header["step"] == 3
        again.save(self.state(4))
        kept = sorted(Checkpoints(tmp_path, pytest.fail).load().header["step"] for _ in "x")
        assert kept == [4]
        (tmp_path / NAMES[1]).unlink()
        assert Checkpoints(tmp_path, pytest.fail).load().header["step"] == 3

    @pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
    def test_a_damaged_one_is_passed_over_with_a_word(self, damage, tmp_path):
        checkpoints = Checkpoints(tmp_path, pytest.fail)
        checkpoints.save(self.state(1))
        checkpoints.save(self.state(2, size=5000))
        path = tmp_path / NAMES[1]
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(
            {
                "cut": bytes(content[: len(content) // 2]),
                "flipped": bytes(content),
                "empty": b"",
                "text": b"no archive",
            }[damage]
        )
        said = []
        assert Checkpoints(tmp_path, said.append).load().header["step"] == 1
        assert len(said) == 1
        assert f"{path} is damaged and passed over" in said[0]

    def test_without_any_that_is_whole_it_says_that_all_begins_anew(self, few, tmp_path, capsys):
        np.savez(tmp_path / "few.npz", images=few.images[:300], labels=few.labels[:300])
        data = ["--data", str(tmp_path / "few.npz"), "--hidden", "4", "--epochs", "1"]
        assert main_job([*data, "--runs-dir", str(tmp_path), "--name", "run"]) == 0
        run = tmp_path / "run"
        before = result(run)
        (run / NAMES[0]).write_bytes(b"no archive")
        capsys.readouterr()
        assert main_job(["--resume", str(run)]) == 0
        said = capsys.readouterr().out
        assert "is damaged and passed over" in said
        assert "no checkpoint to go on from: the training begins at its first step" in said
        assert result(run) == before

    def test_one_that_cannot_be_written_leaves_the_one_before(self, tmp_path):
        said = []
        checkpoints = Checkpoints(tmp_path, said.append)
        checkpoints.save(self.state(1))
        checkpoints.folder = tmp_path / "gone"
        checkpoints.save(self.state(2))
        checkpoints.save(self.state(3))
        (sentence,) = said
        assert "could not be written (No such file or directory)" in sentence
        checkpoints.folder = tmp_path
        checkpoints.save(self.state(4))
        assert Checkpoints(tmp_path, pytest.fail).load().header["step"] == 4
        checkpoints.folder = tmp_path / "gone"
        checkpoints.save(self.state(5))
        assert len(said) == 2

    def test_of_two_the_older_can_be_dropped(self, tmp_path):
        checkpoints = Checkpoints(tmp_path, pytest.fail)
        checkpoints.drop_older()
        for step in (1, 2):
            checkpoints.save(self.state(step))
            checkpoints.drop_older()
            assert Checkpoints(tmp_path, pytest.fail).load().header["step"] == step
            assert len(list(tmp_path.iterdir())) == 1

    def test_the_last_one_can_be_kept_at_the_end_and_gone_on_from(self, tmp_path):
        checkpoints = Checkpoints(tmp_path, pytest.fail)
        for step in (1, 2, 3):
            checkpoints.save(self.state(step))
        checkpoints.end(keep=True)
        assert [path.name for path in tmp_path.iterdir()] == [STATE]
        assert not Checkpoints.exist(tmp_path)
        Checkpoints.reopen(tmp_path)
        again = Checkpoints(tmp_path, pytest.fail)
        assert again.load().header["step"] == 3
        again.end(keep=False)
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(DigitnetError, match=f"holds no {STATE}"):
            Checkpoints.reopen(tmp_path)

    @pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: bytes(len(b))])
    def test_one_that_was_kept_and_is_damaged_is_told_and_stays(self, tmp_path, damage):
        checkpoints = Checkpoints(tmp_path, pytest.fail)
        checkpoints.save(self.state(1))
        checkpoints.end(keep=True)
        path = tmp_path / STATE
        content = damage(path.read_bytes())
        path.write_bytes(content)
        with pytest.raises(DigitnetError, match=f"{STATE}, the state to go on from, is damaged"):
            Checkpoints.reopen(tmp_path)
        assert path.read_bytes() == content
        assert [each.name for each in tmp_path.iterdir()] == [STATE]

    def test_it_is_due_after_its_time(self, tmp_path):
        assert not Checkpoints(tmp_path, pytest.fail, every_s=60).due
        assert Checkpoints(tmp_path, pytest.fail, every_s=0).due


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    runs = tmp_path_factory.mktemp("whole")
    finish(start(*OPTIONS, "--runs-dir", runs, "--name", "whole"))
    return runs / "whole"


@pytest.mark.slow
def test_a_training_killed_at_random_moments_loses_nothing(uninterrupted, tmp_path):
    """With SIGKILL, also while it writes a checkpoint; benchmarks/kill.py is the long form."""
    assert train_under_fire(tmp_path / "run", OPTIONS, random.Random(1), 4, 2.0) >= 2
    assert result(tmp_path / "run") == result(uninterrupted)
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        path.name for path in uninterrupted.iterdir()
    }


@pytest.mark.slow
def test_sigterm_keeps_the_state_and_says_how_to_go_on(uninterrupted, tmp_path):
    run = tmp_path / "run"
    process = start(*OPTIONS, "--runs-dir", tmp_path, "--name", "run")
    while not (run / "history.csv").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert f"--resume {run}" in out
    finish(start("--resume", run))
    assert result(run) == result(uninterrupted)


@pytest.mark.slow
def test_a_run_killed_while_its_figures_are_drawn_is_finished(uninterrupted, tmp_path):
    """Between the model and the metrics, with no checkpoint due before the training's end."""
    run = tmp_path / "run"
    options = [*OPTIONS[:-2], "--checkpoint-every", "600"]
    process = start(*options, "--runs-dir", tmp_path, "--name", run.name)
    while not (run / "model.npz").exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (run / "metrics.json").exists()
    finish(start("--resume", run))
    assert result(run) == result(uninterrupted)
    assert {path.name for path in run.iterdir()} == {path.name for path in uninterrupted.iterdir()}


@pytest.mark.slow
def test_a_run_killed_after_its_metrics_goes_on_with_any_number_of_threads(uninterrupted, tmp_path):
    run = tmp_path / "run"
    process = start(*OPTIONS, "--runs-dir", tmp_path, "--name", run.name)
    while not (run / "metrics.json").exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert Checkpoints.exist(run)
    finish(start("--resume", run, "--threads", 1))
    assert result(run) == result(uninterrupted)


@pytest.fixture(scope="module")
def ended(few, tmp_path_factory):
    """The folder of a small run that has ended."""
    top = tmp_path_factory.mktemp("ended")
    np.savez(top / "few.npz", images=few.images[:300], labels=few.labels[:300])
    options = ["--data", top / "few.npz", "--hidden", "", "--epochs", "1"]
    options += ["--runs-dir", top, "--name", "run"]
    assert main_job([str(option) for option in options]) == 0
    return top / "run"


class TestWhatCannotBeResumed:
    def refused(self, capsys, *arguments):
        assert main_job([str(argument) for argument in arguments]) == 2
        return capsys.readouterr().err

    def test_a_run_that_has_ended(self, ended, capsys):
        assert "has ended" in self.refused(capsys, "--resume", ended)

    def test_a_run_that_diverged(self, tmp_path, capsys):
        (tmp_path / "config.json").write_text("{}")
        (tmp_path / "model.npz").write_bytes(b"")
        assert "has ended" in self.refused(capsys, "--resume", tmp_path)

    def test_a_checkpoint_of_another_network(self, split, tmp_path):
        small = SETTINGS["plain"]
        observe, should_stop = steps_until(3)
        learn(small, *split, CLASSES, (observe,), should_stop, Checkpoints(tmp_path, pytest.fail))
        start = Checkpoints(tmp_path, pytest.fail).load()
        with pytest.raises(
            DigitnetError, match="expected a checkpoint of a network of 25450 parameters"
        ):
            learn(replace(small, hidden_layer_sizes=(32,)), *split, CLASSES, start=start)

    def test_no_run(self, tmp_path, capsys):
        (tmp_path / "notes").touch()
        assert "expected a run folder" in self.refused(capsys, "--resume", tmp_path)

    def test_a_run_that_had_not_begun(self, tmp_path, capsys):
        message = self.refused(capsys, "--resume", tmp_path)
        assert f"{tmp_path} is empty" in message
        assert f"--runs-dir {tmp_path.parent} --name {tmp_path.name} begins it there" in message

    def test_a_run_that_another_process_is_training(self, ended, tmp_path, capsys):
        """Nor is what that one is writing taken away from it."""
        (tmp_path / "config.json").write_bytes((ended / "config.json").read_bytes())
        with RunFolder.existing(tmp_path, pytest.fail):
            (tmp_path / ".digitnet-0123456789abcdef.tmp").touch()
            assert "another process is training" in self.refused(capsys, "--resume", tmp_path)
            assert len(list(tmp_path.glob(".*"))) == 1

    def test_with_other_settings(self, ended, capsys):
        for option in (["--seed", "9"], ["--name", "x"], ["--recipe", "quick"]):
            message = self.refused(capsys, "--resume", ended, *option)
            assert f"leave out {option[0]}" in message

    @pytest.mark.parametrize("content", ["", "[]", "{}", '{"settings": {"epochs": 0}, "data": {}}'])
    def test_a_run_whose_configuration_is_damaged(self, content, tmp_path, capsys):
        (tmp_path / "config.json").write_text(content)
        assert "error: " in self.refused(capsys, "--resume", tmp_path)

    def test_a_run_whose_images_have_changed(self, ended, tmp_path, capsys):
        config = json.loads((ended / "config.json").read_text())
        config["data"]["crc32"] ^= 1
        (tmp_path / "config.json").write_text(json.dumps(config))
        message = self.refused(capsys, "--resume", tmp_path)
        assert re.search(r"that run learned from \d+ images.+; now there are others", message)


def test_checkpoints_are_taken_when_due_and_change_nothing(split, tmp_path):
    settings = replace(SETTINGS["plain"], epochs=1)
    checkpoints = Checkpoints(tmp_path, pytest.fail, every_s=0)
    learned = learn(settings, *split, CLASSES, checkpoints=checkpoints)
    plain = learn(settings, *split, CLASSES)
    assert np.array_equal(learned.model.network.params, plain.model.network.params)
    last = Checkpoints(tmp_path, pytest.fail).load()
    assert last.header["step"] == 29
    assert len(last.header["history"]) == 1
