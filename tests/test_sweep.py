"""Sweeps: what may vary, trials that are counted rightly, and what is left behind."""

import csv
import importlib.util
import json
import os
import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from digitnet.cli import main
from digitnet.errors import DigitnetError
from digitnet.sweep.folder import SWEEP
from digitnet.sweep.space import Choices, Range, check_space, parse_dimension
from digitnet.training.settings import Settings

OPTUNA = importlib.util.find_spec("optuna") is not None
needs_optuna = pytest.mark.skipif(not OPTUNA, reason="the extra digitnet[sweep] is not there")


@pytest.fixture(scope="module")
def few_images(tmp_path_factory, mnist):
    few = mnist.train.take(np.arange(700))
    path = tmp_path_factory.mktemp("data") / "few.npz"
    np.savez(path, x_train=few.images, y_train=few.labels)
    return path


@pytest.fixture
def sweep(few_images, tmp_path, monkeypatch):
    """Runs `digitnet sweep` on few images, in a folder of its own, without drawing."""
    monkeypatch.chdir(tmp_path)
    if OPTUNA:
        monkeypatch.setattr("digitnet.sweep.outcome.draw", lambda *_: None)

    def run(*arguments, vary=("learning_rate=log:0.01..1",), hidden="4", epochs=1):
        varied = [part for each in vary for part in ("--vary", each)]
        small = ["--data", few_images, "--hidden", hidden, "--epochs", epochs]
        return main(["sweep", *map(str, [*varied, *small, *arguments])])

    return run


@pytest.fixture
def undrawn(monkeypatch):
    """Trainings draw nothing, which takes longer than they do."""
    monkeypatch.setattr("digitnet.training.job.Job.draw", lambda _: [])


class TestSpace:
    @pytest.mark.parametrize(
        ("text", "dimension"),
        [
            ("learning_rate=log:0.01..1", Range("learning_rate", 0.01, 1.0, log=True)),
            ("learning-rate=1e-4..1", Range("learning_rate", 1e-4, 1.0)),
            ("dropout=0..0.5", Range("dropout", 0.0, 0.5)),
            ("dropout=0...5", Range("dropout", 0.0, 0.5)),
            ("batch_size=32..256", Range("batch_size", 32, 256)),
            ("batch_size=log:32..256", Range("batch_size", 32, 256, log=True)),
            (
                "hidden=64|none|256+128",
                Choices("hidden_layer_sizes", ("64", "none", "256+128"), ((64,), (), (256, 128))),
            ),
            ("momentum=0,0.9", Choices("momentum", ("0", "0.9"), (0.0, 0.9))),
            ("nesterov=true|false", Choices("nesterov", ("true", "false"), (True, False))),
            ("early_stopping=none|3", Choices("early_stopping", ("none", "3"), (None, 3))),
        ],
    )
    def test_ranges_and_choices(self, text, dimension):
        assert parse_dimension(text) == dimension
        assert parse_dimension(f"{dimension.name}={dimension}") == dimension

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("learning_rate", "expected NAME=LOW..HIGH or NAME=VALUE|VALUE|… with a name among"),
            ("learning_rat=0..1", "got 'learning_rat=0..1'; did you mean learning_rate?"),
            ("neurons=3..4", "got 'neurons=3..4'"),
            ("learning_rate=1..0.01", "expected the lower end first and a higher one after it"),
            ("dropout=0.1..0.1", "expected the lower end first and a higher one after it"),
            ("dropout=log:0..0.5", "a lower end above 0 with log:, because 0 has no logarithm"),
            ("learning_rate=log:0..1", "because 0 has no logarithm, got 'log:0..1'"),
            ("learning_rate=0..1", "learning_rate: expected a finite number above 0, got '0'"),
            ("dropout=0..1", "dropout: expected a number from 0 up to, but not including, 1"),
            ("learning_rate=low..high", "expected a finite number above 0, got 'low'"),
            ("learning_rate=log:..1", "expected a finite number above 0, got ''"),
            ("learning_rate=log:0.1", "learning_rate: expected LOW..HIGH, got 'log:0.1'"),
            ("epochs=1..2..3", "epochs: expected LOW..HIGH, got '1..2..3'"),
            ("batch_size=0.5..8", "batch_size: expected a whole number from 1 to"),
            ("activation=relu..tanh", "activation: expected choices, VALUE|VALUE|…, because it is"),
            ("hidden=64..256", "hidden_layer_sizes: expected choices, VALUE|VALUE|…, because"),
            ("activation=relu|thanh", "got 'thanh'; did you mean tanh?"),
            ("dropout=0.1|0.10", "dropout: expected each value once"),
            ("dropout=0.1", "expected a range, LOW..HIGH, or at least two values"),
            ("seed=0..5", "seed cannot vary in a sweep: it chooses the images"),
            ("validation_fraction=0.1..0.2", "validation_fraction cannot vary in a sweep"),
            ("threads=1|2", "threads cannot vary in a sweep: the time alone"),
        ],
    )
    def test_what_cannot_vary_costs_a_sentence(self, text, message):
        with pytest.raises(DigitnetError, match=re.escape(message)):
            parse_dimension(text)

    def test_combinations_of_which_none_can_be_are_refused(self):
        shapes = parse_dimension("activation=relu+tanh|tanh+relu")
        with pytest.raises(DigitnetError, match="activation: expected one name, or one for each"):
            check_space(Settings(), [shapes, parse_dimension("hidden=8|16")])
        check_space(Settings(), [shapes, parse_dimension("hidden=8|8+8")])


def rows(path):
    """The rows of a file of CSV, by the names of its columns."""
    return list(csv.DictReader(path.read_text().splitlines()))


def finished(out):
    return re.findall(r"^trial (\d+): .+ \[(\d+) of (\d+)\]$", out, re.M)


@needs_optuna
class TestTrials:
    def test_it_ends_with_the_best(self, sweep, tmp_path, capsys):
        vary = ("learning_rate=log:0.01..1", "hidden=4|8+4")
        assert sweep("--trials", 4, "--name", "a", vary=vary) == 0
        out = capsys.readouterr().out
        assert finished(out) == [(str(n), str(n + 1), "4") for n in range(4)]
        assert "\n4 trials: 4 complete\n" in out
        found = rows(tmp_path / "runs/a/trials.csv")
        best = min(found, key=lambda row: float(row["validation_loss"]))
        table = out[out.index("The best trials") :].splitlines()
        assert table[1].split()[-2:] == ["learning_rate", "hidden_layer_sizes"]
        assert table[2].split()[:2] == [best["trial"], f"{float(best['validation_loss']):.4f}"]
        kept = json.loads((tmp_path / "runs/a/best.json").read_text())
        assert kept["sweep"]["trial"] == int(best["trial"])
        assert kept["settings"]["learning_rate"] == float(best["learning_rate"])

    def test_train_takes_the_best_and_gives_the_same(self, sweep, tmp_path, few_images, undrawn):
        assert sweep("--trials", 2, "--name", "a", vary=("learning_rate=0.1|0.3",)) == 0
        best = tmp_path / "runs/a/best.json"
        arguments = ["--settings", best, "--data", few_images, "--name", "trained"]
        assert main(["train", *map(str, arguments)]) == 0
        (row,) = rows(tmp_path / "runs/trained/history.csv")
        expected = json.loads(best.read_text())["sweep"]["validation_loss"]
        assert float(row["validation_loss"]) == expected

    def test_the_same_sweep_gives_the_same_trials_and_goes_on_likewise(self, sweep, tmp_path):
        vary = ("learning_rate=log:0.01..1", "dropout=0..0.5")
        assert sweep("--trials", 5, "--name", "whole", vary=vary) == 0
        for n in (2, 5):
            assert sweep("--trials", n, "--name", "parts", vary=vary) == 0
        whole, parts = (
            [
                {name: value for name, value in row.items() if name != "seconds"}
                for row in rows(tmp_path / f"runs/{name}/trials.csv")
            ]
            for name in ("whole", "parts")
        )
        assert len(whole) == 5
        assert parts == whole

    def test_no_training_is_done_twice(self, sweep, monkeypatch, capsys):
        from digitnet.sweep import trial

        trained, learn = [], trial.learn
        monkeypatch.setattr(trial, "learn", lambda *a, **k: trained.append(a) or learn(*a, **k))
        assert sweep("--trials", 6, "--name", "a", vary=("batch_size=32|64",)) == 0
        assert len(trained) == 2
        out = capsys.readouterr().out
        assert len(re.findall(r"as trial \d", out)) == 4
        assert len(re.findall(r"^\d+ +\d\.\d+ ", out, re.M)) == 2  # rows of the table

    def test_those_that_diverge_count_and_the_sweep_goes_on(self, sweep, tmp_path, capsys):
        assert sweep("--trials", 6, "--name", "a", vary=("learning_rate=0.1|1e9",)) == 0
        out = capsys.readouterr().out
        assert re.search(r"^trial \d: diverged in epoch 1; learning_rate 1e9 \[", out, re.M)
        assert re.search(r"6 trials: \d complete, \d diverged", out)
        best = json.loads((tmp_path / "runs/a/best.json").read_text())
        assert best["settings"]["learning_rate"] == 0.1

    def test_if_all_diverge_it_says_so(self, sweep, tmp_path, capsys):
        assert sweep("--trials", 2, "--name", "a", vary=("learning_rate=1e9|1e10",)) == 1
        assert "No trial went to its end" in capsys.readouterr().out
        assert not (tmp_path / "runs/a/best.json").exists()

    def test_what_does_not_go_together_is_a_trial_that_is_impossible(self, sweep, capsys):
        vary = ("nesterov=true|false", "momentum=0|0.9")
        assert sweep("--trials", 12, "--name", "a", vary=vary) == 0
        out = capsys.readouterr().out
        assert "impossible (nesterov: expected a momentum above 0 with it, got 0)" in out

    def test_what_takes_too_much_memory_is_impossible_too(self, sweep, monkeypatch, capsys):
        from digitnet.sweep import trial

        learn = trial.learn

        def greedy(settings, *others, **more):
            if settings.batch_size == 64:
                raise MemoryError
            return learn(settings, *others, **more)

        monkeypatch.setattr(trial, "learn", greedy)
        assert sweep("--trials", 4, "--name", "a", vary=("batch_size=32|64",)) == 0
        assert re.search(r"trial \d: impossible \(not enough memory\)", capsys.readouterr().out)

    def test_an_error_of_the_training_is_no_trial(self, sweep, monkeypatch):
        def fails(*_, **__):
            raise ValueError("a mistake in the code")

        monkeypatch.setattr("digitnet.sweep.trial.learn", fails)
        with pytest.raises(ValueError, match="a mistake in the code"):
            sweep("--trials", 1, "--name", "a")

    def test_those_that_lag_behind_are_pruned(self, sweep, tmp_path, capsys):
        vary = ("learning_rate=log:1e-5..0.3",)
        assert sweep("--trials", 16, "--name", "a", "--seed", 1, vary=vary, epochs=3) == 0
        found = rows(tmp_path / "runs/a/trials.csv")
        pruned = [row for row in found if row["ending"].startswith("pruned after epoch 2")]
        assert pruned
        assert all(row["ending"] == "completed" for row in found[:5])
        assert not any(row["ending"].startswith("pruned after epoch 3") for row in found)
        whole = [float(row["validation_loss"]) for row in found if row["ending"] == "completed"]
        assert all(float(row["validation_loss"]) > min(whole) for row in pruned)

    def test_the_test_set_is_not_touched(self, sweep, monkeypatch):
        from digitnet.cli import sweep as command

        load = command.load_for_command

        class Untouchable:
            def __getattr__(self, name):
                raise AssertionError(f"the test set's {name} was asked for")

        def without_test(*arguments):
            data = load(*arguments)
            object.__setattr__(data, "test", Untouchable())
            return data

        monkeypatch.setattr(command, "load_for_command", without_test)
        assert sweep("--trials", 1, "--name", "a") == 0

    def test_an_interrupted_trial_does_not_count(self, sweep, monkeypatch, capsys):
        from digitnet.sweep import trial

        learn, calls = trial.learn, []

        def interrupted(*arguments, **more):
            calls.append(arguments)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return learn(*arguments, **more)

        monkeypatch.setattr(trial, "learn", interrupted)
        assert sweep("--trials", 3, "--name", "a") == 130
        said = capsys.readouterr().out
        assert "Interrupted with 1 of 3 trials done; the same command with --name a goes on" in said
        assert sweep("--trials", 3, "--name", "a") == 0
        assert [done for _, done, _ in finished(capsys.readouterr().out)] == ["2", "3"]

    def test_more_trials_can_follow_and_fewer_are_none(self, sweep, capsys):
        assert sweep("--trials", 2, "--name", "a") == 0
        capsys.readouterr()
        assert sweep("--trials", 3, "--name", "a") == 0
        assert len(finished(capsys.readouterr().out)) == 1
        assert sweep("--trials", 1, "--name", "a") == 0
        out = capsys.readouterr().out
        assert finished(out) == []
        assert "3 trials: 3 complete" in out


def opened(name="a", folder=Path("runs/a"), n_trials=3):
    """A sweep as another process would have it."""
    from digitnet.sweep.study import Sweep

    space = (parse_dimension("learning_rate=log:0.01..1"),)
    about = json.dumps(json.loads((folder / SWEEP).read_text()), indent=2, sort_keys=True)
    return Sweep(name, folder, None, space, Settings(), n_trials, about)


@needs_optuna
@pytest.mark.filterwarnings("ignore:Heartbeat of storage")
class TestOthers:
    def test_a_trial_whose_process_was_killed_is_done_again(self, sweep, monkeypatch, capsys):
        from digitnet.sweep import storage
        from digitnet.sweep.study import open_study

        assert sweep("--trials", 1, "--name", "a") == 0
        with open_study(opened()) as study:
            left = study.ask()  # and nobody beats
        monkeypatch.setattr(storage, "SILENT_S", 0.5)
        assert sweep("--trials", 2, "--name", "a") == 0
        assert "2 trials: 2 complete" in capsys.readouterr().out
        with open_study(opened()) as study:
            states = [each.state.name for each in study.trials]
        assert states[left.number] == "FAIL"
        assert states.count("COMPLETE") == 2

    def test_who_trains_is_waited_for(self, sweep):
        from digitnet.sweep import storage
        from digitnet.sweep.study import open_study, running
        from digitnet.sweep.trials import one_trial

        assert sweep("--trials", 1, "--name", "a") == 0
        with open_study(opened(n_trials=2)) as study:
            other = study.ask()
            assert one_trial(0, opened(n_trials=2), None) is None
            beat = Path("runs/a") / storage.BEATS / str(other._trial_id)
            study._storage.record_heartbeat(other._trial_id)
            os.utime(beat, (0, time.time() - storage.SILENT_S / 2))
            assert [each.number for each in running(study)] == [other.number]

    def test_of_two_that_begin_at_once_one_gives_way(self, sweep):
        from digitnet.sweep.study import open_study
        from digitnet.sweep.trial import NotNeededError, Training

        assert sweep("--trials", 1, "--name", "a") == 0
        with open_study(opened(n_trials=2)) as study:
            first, second = study.ask(), study.ask()
            training = Training(opened(n_trials=2), None)
            training._check_needed(first)
            with pytest.raises(NotNeededError):
                training._check_needed(second)

    def test_a_process_that_was_taken_for_dead_goes_on_with_another_trial(
        self, sweep, monkeypatch, capsys
    ):
        from optuna.trial import TrialState

        from digitnet.sweep import trial as module

        follow, lost = module._follow, []

        def given_to_another(trial, n_epochs, record):
            if not lost:
                lost.append(trial.number)
                trial.study.tell(trial.number, state=TrialState.FAIL)
            follow(trial, n_epochs, record)

        monkeypatch.setattr(module, "_follow", given_to_another)
        assert sweep("--trials", 2, "--name", "a") == 0
        out = capsys.readouterr().out
        assert lost == [0]
        assert [number for number, _, _ in finished(out)] == ["1", "2"]

    def test_a_line_of_the_journal_that_was_cut_is_dropped(self, sweep, tmp_path, capsys):
        assert sweep("--trials", 2, "--name", "a") == 0
        journal = tmp_path / "runs/a/journal.log"
        journal.write_bytes(journal.read_bytes()[:-20])
        capsys.readouterr()
        assert sweep("--trials", 3, "--name", "a") == 0
        assert "3 trials: 3 complete" in capsys.readouterr().out

    def test_a_journal_that_is_damaged_costs_a_sentence(self, sweep, tmp_path, capsys):
        assert sweep("--trials", 1, "--name", "a") == 0
        journal = tmp_path / "runs/a/journal.log"
        first, *others = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(first + b"{nonsense\n" + b"".join(others))
        capsys.readouterr()
        assert sweep("--trials", 2, "--name", "a") == 2
        assert re.search(r"journal\.log is damaged: .+\n$", capsys.readouterr().err)


@needs_optuna
class TestWhatCannotBe:
    def test_another_sweep_under_the_same_name(self, sweep, capsys):
        assert sweep("--trials", 1, "--name", "a") == 0
        for more in ({"vary": ("learning_rate=log:0.01..2",)}, {"epochs": 2}, {"hidden": "5"}):
            capsys.readouterr()
            assert sweep("--trials", 1, "--name", "a", **more) == 2
            (line,) = capsys.readouterr().err.splitlines()
            what = {"vary": "vary", "epochs": "epochs", "hidden": "hidden_layer_sizes"}
            assert f"was begun with other values of {what[next(iter(more))]};" in line

    def test_a_folder_that_is_something_else(self, sweep, tmp_path, capsys):
        (tmp_path / "runs/mine").mkdir(parents=True)
        (tmp_path / "runs/mine/config.json").touch()
        (tmp_path / "file").touch()
        assert sweep("--name", "mine") == 2
        assert "--name: expected a new name or that of a sweep, but" in capsys.readouterr().err
        assert sweep("--name", "a/b") == 2
        assert "--name: expected the name of a folder" in capsys.readouterr().err
        assert sweep("--runs-dir", "file", "--name", "a") == 2
        assert "--runs-dir: expected a folder, but" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--validation-fraction", 0], "--validation-fraction: expected more than 0"),
            (["--storage", "mysql://a:secret@b/c", "--name", "a"], "expected postgresql://"),
            (["--storage", "nonsense", "--name", "a"], "expected postgresql://"),
            (["--storage", "postgresql://a:secret@b/c"], "--storage: expected a --name with it"),
        ],
    )
    def test_options_that_cannot_be(self, sweep, tmp_path, arguments, message, capsys):
        assert sweep(*arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line
        assert "secret" not in line
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("trials", ["0", "many", "1.5"])
    def test_a_number_of_trials(self, sweep, trials, capsys):
        with pytest.raises(SystemExit):
            sweep("--trials", trials)
        assert "--trials: expected a whole number from 1" in capsys.readouterr().err

    def test_a_database_that_nobody_runs(self, sweep, tmp_path, capsys):
        pytest.importorskip("psycopg2", reason="the extra digitnet[sweep] is not there")
        url = "postgresql://me:secret@127.0.0.1:1/there"
        assert sweep("--storage", url, "--name", "a") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "--storage: postgresql+psycopg2://me:***@127.0.0.1:1/there: " in line
        assert "refused" in line
        assert not (tmp_path / "runs").exists()


def test_without_optuna_it_names_the_extra(sweep, monkeypatch, capsys):
    monkeypatch.setattr("digitnet.cli.sweep.find_spec", lambda _: None)
    assert sweep("--name", "a") == 2
    assert "sweep needs the extra digitnet[sweep]: pip install" in capsys.readouterr().err


@needs_optuna
class TestFigures:
    @pytest.fixture
    def study(self):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        space = SPACE

        def objective(trial):
            values = [each.suggest(trial) for each in space]
            trial.set_user_attr("ending", "completed")
            if trial.number == 4:
                raise optuna.TrialPruned
            if trial.number % 3 == 2:
                trial.report(2 * values[0], 1)
                raise optuna.TrialPruned
            return values[0]

        study.optimize(objective, n_trials=24)
        return study

    def test_the_course_has_each_trial(self, study):
        from digitnet.sweep import figures

        (axes,) = figures.history(study).axes
        complete, best, given_up = axes.lines
        assert len(complete.get_xdata()) + len(given_up.get_xdata()) == 24
        assert list(best.get_ydata()) == sorted(best.get_ydata(), reverse=True)
        assert min(complete.get_ydata()) == study.best_value
        losses = dict(zip(given_up.get_xdata(), given_up.get_ydata(), strict=True))
        assert losses[4] == axes.get_ylim()[1]  # which had none

    def test_what_the_loss_depends_on_matters_most(self, study):
        from digitnet.sweep import figures

        shares = figures.importances(study)
        assert next(iter(shares)) == "learning_rate"
        assert sum(shares.values()) == pytest.approx(1)
        (axes,) = figures.importance(shares).axes
        assert [text.get_text() for text in axes.get_yticklabels()] == list(reversed(shares))

    def test_of_too_few_nobody_can_tell(self):
        import optuna

        from digitnet.sweep import figures

        study = optuna.create_study()
        study.optimize(SPACE[0].suggest, n_trials=2)
        assert figures.importances(study) == {}

    def test_lines_go_through_the_values(self, study):
        from digitnet.sweep import figures

        (axes,) = figures.parallel_coordinates(study, SPACE).axes
        names = [text.get_text() for text in axes.get_xticklabels()]
        assert names == ["validation loss", *(each.name for each in SPACE)]
        lines = [line for line in axes.lines if len(line.get_xdata()) == len(names)]
        assert len(lines) == len([each for each in study.trials if each.state.name == "COMPLETE"])
        best, params = lines[-1].get_ydata(), study.best_trial.params
        assert best[0] == 0
        rate = np.log(params["learning_rate"] / 0.001) / np.log(1000)
        assert best[1] == pytest.approx(rate)
        assert best[2] == ["8", "16", "32+16"].index(params["hidden_layer_sizes"]) / 2
        texts = [each.get_text() for each in axes.texts]
        assert {"0.001", "1", "8", "16", "32+16", "128"} <= set(texts)

    def test_all_are_written(self, few_images, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        arguments = ["--vary", "learning_rate=0.01..0.5", "--vary", "momentum=0..0.9"]
        arguments += ["--data", str(few_images), "--hidden", "4", "--epochs", "1", "--trials", "5"]
        assert main(["sweep", *arguments, "--name", "a"]) == 0
        for name in ("history", "importance", "parallel-coordinates"):
            assert (tmp_path / f"runs/a/{name}.png").read_bytes().startswith(b"\x89PNG")


SPACE = (
    Range("learning_rate", 0.001, 1.0, log=True),
    Choices("hidden_layer_sizes", ("8", "16", "32+16"), ((8,), (16,), (32, 16))),
    Range("batch_size", 16, 128),
)


class TestSettingsFile:
    @pytest.fixture
    def train(self, few_images, tmp_path, monkeypatch, undrawn):
        monkeypatch.chdir(tmp_path)

        def run(content, *arguments):
            Path("s.json").write_text(content if isinstance(content, str) else json.dumps(content))
            arguments = ["--settings", "s.json", *arguments, "--data", few_images, "--name", "a"]
            return main(["train", *map(str, arguments)])

        return run

    def settings(self, name="a"):
        return json.loads(Path(f"runs/{name}/config.json").read_text())["settings"]

    def test_the_file_overrides_the_recipe_and_options_the_file(self, train):
        content = {"hidden_layer_sizes": [5], "epochs": 1, "batch_size": 50, "rotation": 0}
        assert train(content, "--recipe", "quick", "--batch-size", 40) == 0
        found = self.settings()
        assert found["hidden_layer_sizes"] == [5]
        assert found["batch_size"] == 40
        assert found["rotation"] == 0
        assert found["scale"] == 10  # of the recipe

    def test_it_takes_the_configuration_of_a_run(self, train):
        assert train({"hidden_layer_sizes": 4, "activation": "tanh", "epochs": 1}) == 0
        config = Path("runs/a/config.json").read_text()
        Path("runs/a").rename("runs/before")
        assert train(config) == 0
        assert self.settings() == self.settings("before")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{nonsense", "s.json: expected a file of settings in JSON"),
            ("[1]", "s.json: expected settings, names with values, got [1]"),
            ({"settings": 3}, "s.json: expected settings, names with values, got 3"),
            ({"learning_rte": 1}, "s.json: unknown setting learning_rte; did you mean learning_"),
            ({"xyz": 1}, "s.json: unknown setting xyz; known are hidden_layer_sizes"),
            ({"dropout": 1}, "s.json: dropout: expected a number from 0 up to"),
            ({"epochs": "3"}, "s.json: epochs: expected a whole number"),
            ({"batch_norm": 1}, "s.json: batch_norm: expected true or false, got 1"),
            ({"activation": "rely"}, "got ('rely',); did you mean relu?"),
            ({"nesterov": True, "momentum": 0}, "s.json: nesterov: expected a momentum above 0"),
        ],
    )
    def test_what_is_wrong_costs_a_sentence_that_names_it(self, train, content, message, capsys):
        assert train(content) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line

    def test_no_such_file(self, capsys):
        assert main(["train", "--settings", "nowhere.json"]) == 2
        assert "nowhere.json: expected a file of settings in JSON: No such" in (
            capsys.readouterr().err
        )

    def test_options_that_do_not_go_with_the_file_are_named(self, train, capsys):
        assert train({"momentum": 0}, "--nesterov") == 2
        assert "argument --nesterov: expected a momentum above 0" in capsys.readouterr().err

    @pytest.mark.parametrize("option", ["--resume", "--from"])
    def test_a_run_has_settings_of_its_own(self, train, option, capsys):
        assert train({}, option, "runs/b") == 2
        assert "leave out --settings" in capsys.readouterr().err


def test_the_command_line_does_not_import_optuna():
    import subprocess

    program = "import sys, digitnet.cli; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
