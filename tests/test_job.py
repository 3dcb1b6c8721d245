"""The main job without a command line: a plan and data in, records to observers, an outcome out."""

import errno
import json
import pickle
import signal
import threading
from dataclasses import replace

import numpy as np
import pytest

from digitnet.data import Dataset
from digitnet.errors import DigitnetError, OptionError
from digitnet.model import Model
from digitnet.nn import Epoch, Step
from digitnet.training import job as job_module
from digitnet.training.checkpoint import Checkpoints
from digitnet.training.job import open_job, run_job
from digitnet.training.keeping import Keeper
from digitnet.training.plan import Plan, begun_at, resumed
from digitnet.training.settings import Settings
from digitnet.training.state import Ending

SETTINGS = Settings(hidden_layer_sizes=(16,), epochs=3, learning_rate=0.2, dropout=0.1)
FILES = {
    "config.json", "history.csv", "metrics.json", "model.npz", "learning-curves.png",
    "first-layer.png", "confusion-matrix.png", "class-scores.png", "mistakes.png",
}  # fmt: skip
STEPS_PER_EPOCH = 15


@pytest.fixture(scope="module")
def data(mnist):
    learn, test = (part.take(np.arange(1000)) for part in (mnist.train, mnist.test))
    return Dataset("digits", learn, test, mnist.classes, "1000 to learn from and 1000 to test with")


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    return run_job(Plan(SETTINGS, [tmp_path_factory.mktemp("runs") / "finished"]), data)


@pytest.fixture(autouse=True)
def figures_take_no_time(monkeypatch):
    """But for those of the finished run, which are drawn; tests/test_figures.py looks at more."""
    monkeypatch.setattr("digitnet.training.job.as_png", lambda _: b"drawn")


def after(n_records):
    """An observer, and a should_stop that is true when that has seen so many records."""
    seen = []
    return seen.append, lambda: len(seen) >= n_records


def names(outcome):
    return {path.name for path in outcome.kept.folder.iterdir()}


def params(outcome):
    return outcome.model.network.params


class TestANewRun:
    def test_its_outcome_says_what_came_of_it(self, finished, data):
        assert finished.ending is Ending.COMPLETED
        assert [record.epoch for record in finished.history] == [1, 2, 3]
        right = finished.model.predict(data.test.images) == data.test.labels
        assert finished.report.accuracy == np.mean(right) > 0.5
        assert finished.diagnosis is None
        assert finished.kept.whole
        assert not finished.kept.resumable

    def test_its_folder_has_all_of_it(self, finished):
        assert names(finished) == FILES
        model = Model.load(finished.kept.folder / "model.npz")
        assert np.array_equal(model.network.params, params(finished))
        metrics = json.loads((finished.kept.folder / "metrics.json").read_text())
        assert metrics["test"]["accuracy"] == finished.report.accuracy

    def test_observers_see_every_record_in_turn(self, data, tmp_path):
        first, second = [], []
        outcome = run_job(
            Plan(SETTINGS, [tmp_path / "run"]), data, observers=(first.append, second.append)
        )
        kinds = [Step] * STEPS_PER_EPOCH + [Epoch]
        assert [type(record) for record in first] == kinds * 3
        assert first == second
        assert [record for record in first if isinstance(record, Epoch)] == outcome.history

    def test_nothing_is_printed_and_what_goes_on_is_said(self, data, tmp_path, capsys):
        said = []
        run_job(Plan(replace(SETTINGS, epochs=1), [tmp_path / "run"]), data, say=said.append)
        assert said == [
            "digits: 1000 to learn from and 1000 to test with",
            "100 of those to learn from are held out to validate on",
        ]
        assert capsys.readouterr() == ("", "")

    def test_distorted_images_are_drawn_as_well(self, data, tmp_path):
        settings = replace(SETTINGS, epochs=1, shift=1.0)
        assert names(run_job(Plan(settings, [tmp_path / "run"]), data)) == {
            *FILES,
            "distortions.png",
        }

    def test_without_data_those_of_its_source_are_loaded(self, data, tmp_path):
        path = tmp_path / "small.npz"
        np.savez(path, x_train=data.train.images, y_train=data.train.labels)
        plan = Plan(replace(SETTINGS, epochs=1), [tmp_path / "run"], source=str(path))
        assert len(run_job(plan).history) == 1
        assert json.loads((tmp_path / "run" / "config.json").read_text())["data"]["source"] == str(
            path
        )


class TestStopping:
    @pytest.mark.parametrize("n_records", [1, STEPS_PER_EPOCH + 1, 2 * STEPS_PER_EPOCH])
    def test_what_was_stopped_and_goes_on_is_what_was_not_stopped(
        self, n_records, finished, data, tmp_path
    ):
        observe, should_stop = after(n_records)
        plan = Plan(SETTINGS, [tmp_path / "run"])
        stopped = run_job(plan, data, observers=[observe], should_stop=should_stop)
        assert (stopped.ending, stopped.report) == (Ending.INTERRUPTED, None)
        assert stopped.kept.whole
        assert stopped.kept.resumable
        assert "model.npz" in names(stopped)
        said = []
        resumed_one = run_job(resumed(tmp_path / "run"), data, say=said.append)
        n_steps = n_records - n_records // (STEPS_PER_EPOCH + 1)
        assert said[-1] == f"Going on after step {n_steps}"
        assert np.array_equal(params(resumed_one), params(finished))
        assert resumed_one.report.as_dict() == finished.report.as_dict()
        assert names(resumed_one) == FILES
        assert not resumed_one.kept.resumable

    def test_an_observer_that_waits_makes_the_training_wait(self, finished, data, tmp_path):
        """In another thread, as a page has it, where signals cannot be handled."""
        reached, go_on, outcomes = threading.Event(), threading.Event(), []

        def pause(record):
            if isinstance(record, Epoch) and record.epoch == 1:
                reached.set()
                assert go_on.wait(timeout=60)

        def work():
            outcomes.append(run_job(Plan(SETTINGS, [tmp_path / "run"]), data, observers=[pause]))

        before = signal.getsignal(signal.SIGINT)
        thread = threading.Thread(target=work)
        thread.start()
        assert reached.wait(timeout=60)
        rows = (tmp_path / "run" / "history.csv").read_text().splitlines()
        assert [row.split(",")[0] for row in rows] == ["epoch", "1"]
        assert signal.getsignal(signal.SIGINT) is before
        go_on.set()
        thread.join(timeout=60)
        assert np.array_equal(params(outcomes[0]), params(finished))

    def test_an_error_of_an_observer_leaves_a_run_that_goes_on(self, finished, data, tmp_path):
        def fail(record):
            if isinstance(record, Epoch):
                raise RuntimeError("of the observer")

        plan = Plan(SETTINGS, [tmp_path / "run"])
        with pytest.raises(RuntimeError, match="of the observer"):
            run_job(plan, data, observers=[fail], checkpoint_every_s=0.0)
        outcome = run_job(resumed(tmp_path / "run"), data)
        assert np.array_equal(params(outcome), params(finished))


class TestStepByStep:
    def test_each_step_gives_what_it_found(self, finished, data, tmp_path):
        with open_job(Plan(SETTINGS, [tmp_path / "run"]), data) as job:
            assert (job.n_steps, job.n_done) == (STEPS_PER_EPOCH, 0)
            learned = job.learn()
            assert (tmp_path / "run" / "model.npz").exists()
            assert job.test().as_dict() == finished.report.as_dict()
            assert set(job.draw()) == {name for name in FILES if name.endswith(".png")}
            assert Checkpoints.exist(tmp_path / "run")  # should it be killed before its end
        assert not job.kept.resumable
        assert np.array_equal(learned.network.params, params(finished))

    def test_it_knows_how_much_was_over_before(self, data, tmp_path):
        observe, should_stop = after(STEPS_PER_EPOCH + 3)
        plan = Plan(SETTINGS, [tmp_path / "run"])
        run_job(plan, data, observers=[observe], should_stop=should_stop)
        with open_job(resumed(tmp_path / "run"), data) as job:
            assert job.n_done == 1

    def test_it_learns_once(self, data, tmp_path):
        with open_job(Plan(replace(SETTINGS, epochs=1), [tmp_path / "run"]), data) as job:
            job.learn()
            with pytest.raises(RuntimeError, match=r"expected learn\(\) to be called once"):
                job.learn()
            assert job.test().accuracy > 0.5

    def test_other_weights_are_other_data(self, data, tmp_path):
        ones, others = (
            replace(data, train=replace(data.train, weights=weights))
            for weights in (np.ones(1000), np.arange(1.0, 1001))
        )
        settings = replace(SETTINGS, epochs=1)
        for name, each in (("none", data), ("ones", ones)):
            run_job(Plan(settings, [tmp_path / name]), each)
            begin = begun_at(tmp_path / name, {}, [tmp_path / f"{name} on"])
            assert run_job(begin, each).history
            with pytest.raises(DigitnetError, match="that run learned from"):
                run_job(begun_at(tmp_path / name, {}, [tmp_path / "other"]), others)

    def test_what_has_not_learned_cannot_be_tested(self, data, tmp_path):
        with (
            pytest.raises(RuntimeError, match="learn"),
            open_job(Plan(SETTINGS, [tmp_path / "run"]), data) as job,
        ):
            job.test()


class TestLonger:
    def test_more_epochs_give_what_so_many_from_the_start_give(self, data, tmp_path):
        constant = replace(SETTINGS, schedule="constant")
        whole = run_job(Plan(constant, [tmp_path / "whole"]), data)
        run_job(Plan(replace(constant, epochs=1), [tmp_path / "run"]), data)
        longer = run_job(resumed(tmp_path / "run", {"epochs": 3}), data)
        assert np.array_equal(params(longer), params(whole))
        assert names(longer) == names(whole)

    def test_what_would_be_another_run_is_refused_in_the_words_of_whoever_asks(self, finished):
        folder = finished.kept.folder
        for given, message in (
            ({"epochs": 4}, "because of its schedule cosine. begin_at "),
            ({"early_stopping": 2}, "expected an early_stopping above that of the run"),
            ({"seed": 1, "recipe": "x", "data": "x"}, "leave out seed, recipe"),
            ({}, "has ended, or its checkpoints are gone; a larger epochs trains it longer"),
        ):
            with pytest.raises(OptionError) as caught:
                resumed(folder, given)
            assert message in str(caught.value)
            assert "--" not in str(caught.value)
            assert caught.value.sentence("option {}".format).startswith("option resume")


class TestBegunAtAnother:
    def test_it_begins_at_what_that_one_learned(self, finished, data, tmp_path):
        before = finished.kept.folder
        given = {"learning_rate": 1e-30, "weight_decay": 0.0}
        outcome = run_job(begun_at(before, given, [tmp_path / "run"]), data)
        assert np.array_equal(params(outcome), params(finished))
        config = json.loads((tmp_path / "run" / "config.json").read_text())
        assert config["from"] == str(before)
        assert config["settings"] == SETTINGS.as_dict() | given | {"hidden_layer_sizes": [16]} | {
            "activation": ["relu"]
        }

    def test_other_data_are_refused(self, finished, data, tmp_path):
        other = replace(data, train=data.train.take(np.arange(900)))
        plan = begun_at(finished.kept.folder, {}, [tmp_path / "run"])
        with pytest.raises(OptionError, match="begin_at: that run learned from"):
            run_job(plan, other)
        assert not (tmp_path / "run").exists()

    def test_other_layers_are_refused(self, finished, tmp_path):
        with pytest.raises(DigitnetError, match=r"expected the hidden layers of the run, \(16,\)"):
            begun_at(finished.kept.folder, {"hidden_layer_sizes": (8,)}, [tmp_path / "run"])


class TestWhatGoesWrong:
    def test_a_training_that_diverges_keeps_the_last_good_weights(self, data, tmp_path):
        outcome = run_job(Plan(replace(SETTINGS, learning_rate=1e9), [tmp_path / "run"]), data)
        assert (outcome.ending, outcome.report) == (Ending.DIVERGED, None)
        assert outcome.learned.failure.epoch == 1
        assert np.all(np.isfinite(params(outcome)))
        assert names(outcome) == {"config.json", "history.csv", "model.npz", "first-layer.png"}

    def test_a_training_that_learns_nothing_says_so(self, data, tmp_path):
        settings = replace(SETTINGS, initializer="zeros", epochs=1)
        outcome = run_job(Plan(settings, [tmp_path / "run"]), data)
        assert outcome.diagnosis.verdict == "learned nothing"

    def test_a_folder_that_cannot_be_made_is_an_error_before_the_training(self, data, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match="file"):
            run_job(Plan(SETTINGS, [tmp_path / "file" / "run"]), data, observers=[pytest.fail])

    def test_a_folder_that_cannot_be_written_any_more_loses_nothing(
        self, finished, data, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        said, run = [], tmp_path / "run"

        def lose_the_folder(record):
            if isinstance(record, Epoch) and record.epoch == 3:
                for path in run.iterdir():
                    path.unlink()
                run.rmdir()

        outcome = run_job(Plan(SETTINGS, [run]), data, observers=[lose_the_folder], say=said.append)
        kept = outcome.kept
        assert not kept.whole
        assert (kept.lost, kept.problem) == ((), "No such file or directory")
        assert {path.name for path in kept.rescue.iterdir()} == FILES - {
            "config.json",
            "history.csv",
        }
        model = Model.load(kept.rescue / "model.npz")
        assert np.array_equal(model.network.params, params(finished))
        assert any("cannot be written (No such file" in sentence for sentence in said)

    def test_the_older_checkpoint_makes_room(self, data, tmp_path, monkeypatch):
        """On a disk that has room for the model once one of the two is gone."""
        save, run = Model.save, tmp_path / "run"

        def save_if_there_is_room(model, path):
            if len(list(run.glob("checkpoint-*"))) > 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            save(model, path)

        monkeypatch.setattr(Model, "save", save_if_there_is_room)
        said = []
        outcome = run_job(Plan(SETTINGS, [run]), data, say=said.append, checkpoint_every_s=0)
        assert any("cannot be written (No space left" in sentence for sentence in said)
        assert outcome.kept.whole
        assert Model.load(run / "model.npz").classes

    def test_where_something_was_rescued_is_not_forgotten(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

        def fail(_):
            raise OSError(errno.ENOSPC, "No space left on device")

        keeper = Keeper(tmp_path / "gone", [].append)
        keeper.put("model", lambda path: path.write_bytes(b"model"))
        keeper.put("figure", fail)
        for _ in range(2):
            keeper.settle(first="model")
            (rescue,) = tmp_path.iterdir()
            assert (keeper.rescue, keeper.lost) == (rescue, ["figure"])
            assert [path.name for path in rescue.iterdir()] == ["model"]

    def test_what_can_be_written_nowhere_leaves_no_empty_folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        keeper = Keeper(tmp_path / "gone", [].append)
        keeper.put("model", lambda path: (path.parent / "not" / "there").touch())
        keeper.settle(first="model")
        assert (keeper.rescue, keeper.lost) == (None, ["model"])
        assert list(tmp_path.iterdir()) == []

    def test_a_test_that_fails_does_not_cost_the_model(self, data, tmp_path, monkeypatch):
        def fail(*_):
            raise MemoryError("of the report")

        monkeypatch.setattr(job_module, "report", fail)
        with pytest.raises(MemoryError):
            run_job(Plan(SETTINGS, [tmp_path / "run"]), data)
        assert Model.load(tmp_path / "run" / "model.npz").classes
        monkeypatch.undo()
        assert run_job(resumed(tmp_path / "run"), data).report.accuracy > 0.5

    def test_an_error_about_options_comes_back_from_another_process(self):
        error = pickle.loads(pickle.dumps(OptionError.of("name", "expected a new name")))
        assert (type(error), str(error)) == (DigitnetError, "name: expected a new name")
