"""The main job as a user meets it: arguments, output, run folder, interruptions, exit status."""

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from digitnet import DigitnetError
from digitnet.cli import main, main_job
from digitnet.model import Model
from digitnet.nn import ACTIVATIONS
from digitnet.training.job import run_job
from digitnet.training.plan import Plan
from digitnet.training.runs import RunFolder, is_empty, run_folder_paths
from digitnet.training.settings import Settings

ROOT = Path(__file__).parent.parent
FIGURES = {
    "learning-curves.png",
    "first-layer.png",
    "confusion-matrix.png",
    "class-scores.png",
    "mistakes.png",
}
PNG = b"\x89PNG\r\n\x1a\n"
SMALL = ["--epochs", "2", "--hidden", "32"]
NO_NETWORK_NO_RICH = """
import socket, sys
def refuse(*arguments, **options):
    raise AssertionError("the main job used the network")
socket.socket.connect = socket.getaddrinfo = refuse
sys.modules["rich"] = None
sys.argv = ["main.py", *sys.argv[1:]]
from digitnet.cli import main_job
sys.exit(main_job())
"""


def run(*arguments, cwd=ROOT, **options):
    return subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def start(arguments):
    """The main job in a process that can be listened to while it runs."""
    return subprocess.Popen(
        [sys.executable, "main.py", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows_of(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One small but whole run in a process without network and without rich."""
    runs = tmp_path_factory.mktemp("runs")
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            NO_NETWORK_NO_RICH,
            *SMALL,
            "--runs-dir",
            str(runs),
            "--name",
            "small",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return result, runs / "small"


@pytest.mark.slow
class TestAFinishedRun:
    def test_it_ends_well_and_says_where_it_is(self, finished):
        result, folder = finished
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.splitlines()[-1].endswith(str(folder))

    def test_it_reports_the_data_and_a_line_per_epoch(self, finished):
        lines = finished[0].stdout.splitlines()
        assert lines[0] == "MNIST: 60000 images to learn from and 10000 to test with"
        assert lines[1] == "6000 of those to learn from are held out to validate on"
        assert [line.split()[0] for line in lines if re.match(r" +\d+/2 ", line)] == ["1/2", "2/2"]

    def test_plain_output_is_plain_ascii(self, finished):
        assert re.fullmatch(r"[\n -~]+", finished[0].stdout)

    def test_the_terminal_shows_what_the_metrics_file_says(self, finished):
        result, folder = finished
        test = json.loads((folder / "metrics.json").read_text())["test"]
        assert f"Test accuracy: {100 * test['accuracy']:.2f} %" in result.stdout
        for name, scores in [*test["per_class"].items(), ("macro mean", test["macro"])]:
            numbers = "".join(f" +{100 * scores[key]:.2f}" for key in ("precision", "recall", "f1"))
            assert re.search(f"^{name} {numbers} +{scores['support']}$", result.stdout, re.M)
        for name, row in enumerate(test["confusion_matrix"]):
            cells = " +".join(re.escape(str(count or ".")) for count in row)
            assert re.search(f"^{name} +{cells}$", result.stdout, re.M)

    def test_the_metrics_are_those_of_the_saved_model(self, finished, mnist):
        metrics = json.loads((finished[1] / "metrics.json").read_text())
        model = Model.load(finished[1] / "model.npz")
        right = model.predict(mnist.test.images) == mnist.test.labels
        assert metrics["test"]["accuracy"] == np.mean(right)
        assert metrics["test"]["errors"] == np.sum(~right)
        assert metrics["test"]["accuracy"] > 0.94

    def test_the_history_has_a_row_per_epoch(self, finished):
        rows = rows_of(finished[1])
        metrics = json.loads((finished[1] / "metrics.json").read_text())
        assert [row["epoch"] for row in rows] == ["1", "2"]
        last = {name: float(value) for name, value in rows[-1].items()}
        assert last == metrics["training"]["last_epoch"]
        assert metrics["training"]["seconds"] == sum(float(row["seconds"]) for row in rows)

    def test_the_config_records_every_setting(self, finished):
        config = json.loads((finished[1] / "config.json").read_text())
        settings = config["settings"]
        assert settings["hidden_layer_sizes"] == [32]
        assert settings["learning_rate"] == 0.1
        assert config["data"] == {
            "name": "MNIST",
            "source": None,
            "crc32": config["data"]["crc32"],
            "train": 54000,
            "validation": 6000,
            "test": 10000,
        }
        assert config["versions"]["numpy"] == np.__version__
        assert Settings(**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})

    def test_the_folder_holds_these_files_and_no_others(self, finished):
        files = {path.name: path for path in finished[1].iterdir()}
        others = {"config.json", "history.csv", "metrics.json", "model.npz"}
        assert set(files) == FIGURES | others
        assert all(files[name].read_bytes().startswith(PNG) for name in FIGURES)

    def test_the_same_seed_gives_the_same_bytes(self, finished, tmp_path):
        """In this process too."""
        options = [*SMALL, "--runs-dir", str(tmp_path), "--name"]
        for name, seed in (("same", "0"), ("other", "1")):
            assert main_job([*options, name, "--seed", seed]) == 0
        model = (finished[1] / "model.npz").read_bytes()
        assert (tmp_path / "same" / "model.npz").read_bytes() == model
        assert (tmp_path / "other" / "model.npz").read_bytes() != model


@pytest.mark.slow
def test_a_run_on_distorted_images_can_be_repeated_and_shows_them(tmp_path, few):
    np.savez(tmp_path / "few.npz", images=few.images, labels=few.labels)
    options = [*SMALL, "--data", tmp_path / "few.npz", "--shift", "1", "--elastic", "1"]
    options = [*map(str, options), "--runs-dir", str(tmp_path), "--name"]
    assert run(*options, "one").returncode == 0
    assert main_job([*options, "two"]) == 0
    one, two = ((tmp_path / name / "model.npz").read_bytes() for name in ("one", "two"))
    assert one == two
    assert (tmp_path / "one" / "distortions.png").read_bytes().startswith(PNG)


WRONG = [
    ("--hidden", "12,x", "whole numbers from 1 to 1000000, separated by commas"),
    ("--hidden", "12,,3", "whole numbers"),
    ("--hidden", "0", "whole numbers from 1 to 1000000"),
    ("--hidden", "1000001", "whole numbers from 1 to 1000000"),
    ("--activation", "swoosh", "names among sigmoid, tanh, relu, leaky_relu"),
    ("--activation", "", "names among"),
    ("--activation", "relu,tanh", "one name, or one for each of the 1 hidden layers"),
    ("--initializer", "huge", "one of he, glorot, zeros, unit"),
    ("--epochs", "0", "a whole number from 1 to 100000"),
    ("--epochs", "1.5", "a whole number"),
    ("--batch-size", "0", "a whole number from 1 to 1000000000"),
    ("--learning-rate", "nan", "a finite number above 0"),
    ("--learning-rate", "inf", "a finite number above 0"),
    ("--learning-rate", "0", "a finite number above 0"),
    ("--momentum", "1", "a number from 0 up to, but not including, 1"),
    ("--momentum", "-0.1", "a number from 0"),
    ("--weight-decay", "-1", "a number from 0 to 1000000"),
    ("--dropout", "1", "a number from 0 up to, but not including, 1"),
    ("--averaging", "1", "a number from 0 up to, but not including, 1"),
    ("--mixup", "-1", "a number from 0 to 1000"),
    ("--optimizer", "newton", "one of sgd, adam"),
    ("--schedule", "zigzag", "one of constant, step, cosine"),
    ("--warmup", "-1", "a number from 0 to 1000000"),
    ("--warmup", "1e306", "a number from 0 to 1000000"),
    ("--decay-every", "0", "a number above 0, up to 1000000"),
    ("--decay-factor", "2", "a number above 0, at most 1"),
    ("--validation-fraction", "1", "a number from 0 up to, but not including, 1"),
    ("--early-stopping", "0", "a whole number from 1 to 100000"),
    ("--seed", "-1", "a whole number from 0 to 4294967295"),
    ("--threads", "0", "a whole number from 1 to 1024"),
    ("--threads", "99999999999999999999", "a whole number from 1 to 1024"),
    ("--name", "a/b", "the name of a folder"),
    ("--name", ".", "the name of a folder"),
    ("--name", "..", "the name of a folder"),
]


@pytest.mark.slow
def test_it_can_learn_from_all_images_and_validate_on_none(capsys, tmp_path):
    arguments = [*SMALL, "--validation-fraction", "0", "--runs-dir", str(tmp_path), "--name", "all"]
    assert main_job(arguments) == 0
    out = capsys.readouterr().out
    assert "None of those to learn from are held out" in out
    assert re.search(r"^ +2/2 +0\.\d+ +9\d\.\d\d % +- +- ", out, re.M)
    config = json.loads((tmp_path / "all" / "config.json").read_text())
    assert (config["data"]["train"], config["data"]["validation"]) == (60000, 0)
    text = (tmp_path / "all" / "metrics.json").read_text()
    training = json.loads(text, parse_constant=pytest.fail)["training"]  # NaN is no JSON
    assert training["best_epoch"] is training["last_epoch"]["validation_loss"] is None
    assert training["ending"] == "completed"
    assert "Training completed. Kept: the weights of epoch 2." in out
    assert {path.name for path in (tmp_path / "all").glob("*.png")} == FIGURES


def test_images_in_column_order_can_all_be_learned_from(few, tmp_path):
    """No hold-out copies them; a relabelled set is another one when the run would go on."""
    path, few = tmp_path / "columns.npz", few.take(np.arange(200))
    settings = Settings(hidden_layer_sizes=(), epochs=1, validation_fraction=0)
    checksums = []
    for name, labels in (("one", few.labels), ("other", few.labels[::-1])):
        images = np.asfortranarray(few.images)
        np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
        run_job(Plan(settings, [tmp_path / name], source=str(path)))
        config = json.loads((tmp_path / name / "config.json").read_text())
        checksums.append(config["data"]["crc32"])
    assert checksums[0] != checksums[1]


@pytest.mark.slow
def test_a_run_with_batch_normalisation_and_averaged_parameters(capsys, tmp_path):
    options = ["--batch-norm", "--averaging", "0.5", "--runs-dir", str(tmp_path), "--name", "mean"]
    assert main_job([*SMALL, *options]) == 0
    out = capsys.readouterr().out
    assert "Kept: the mean of the weights over the last 50 % of the steps." in out
    errors = json.loads((tmp_path / "mean" / "metrics.json").read_text())["test"]["errors"]
    assert errors < 600
    assert main(["evaluate", str(tmp_path / "mean")]) == 0  # what was saved reads as it did
    assert f"({errors} errors in 10000 images)" in capsys.readouterr().out


def status_of(arguments):
    """The exit status, whether argparse exits or the command returns it."""
    try:
        return main_job(arguments)
    except SystemExit as error:
        return error.code


def test_a_name_of_letters_that_a_terminal_obeys_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert status_of(["--name", "a\x1b[31m"]) == 2
    assert r"--name: expected letters that can be shown, got 'a\x1b[31m'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("option", "value", "expected"), WRONG)
def test_a_wrong_value_is_refused_before_any_work(
    option, value, expected, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert status_of([f"{option}={value}"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("main.py: error: ")
    for part in (option, f"expected {expected}", "got"):
        assert part in line
    assert value in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nesterov", "--momentum", "0"], "--nesterov: expected a momentum above 0"),
        (["--nesterov", "--optimizer", "adam"], "--nesterov: expected sgd with it, got adam"),
        (["--bogus"], "unknown option --bogus"),
        (["--epoch", "3"], "unknown option --epoch; did you mean --epochs?"),
        (["--hidden"], "--hidden: expected one argument"),
        (["--name", "x" * 300], "--name: expected at most 200 bytes"),
        (["--runs-dir", "/etc/passwd"], "--runs-dir: expected a folder, but /etc/passwd is none"),
        (["--data", "openml:"], "expected a name or number of OpenML after it, got nothing"),
        (["--validation-fraction", "0.00001"], "cannot hold out 0.001 % of 60000 images"),
        (
            ["--validation-fraction", "0", "--early-stopping", "3"],
            "--early-stopping: expected images to validate on",
        ),
    ],
)
def test_other_wrong_arguments(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert status_of(arguments) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_run_folder_is_never_written_over(tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").touch()
    assert status_of(["--runs-dir", str(tmp_path), "--name", "mine"]) == 2
    assert "expected a new name" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes"]


def test_a_run_folder_that_holds_nothing_is_taken(tmp_path):
    """What a kill between the folder and its first file leaves, and half of that file."""
    paths = run_folder_paths(tmp_path, "mine")
    paths[0].mkdir()
    (paths[0] / ".digitnet-0123456789abcdef.tmp").write_text("half of")
    assert run_folder_paths(tmp_path, "mine") == paths
    with RunFolder(paths, pytest.fail) as folder:
        folder.config({}, {})
    assert [path.name for path in paths[0].iterdir()] == ["config.json"]
    with pytest.raises(DigitnetError, match="expected a new name"):
        RunFolder(paths, pytest.fail)


def test_a_run_folder_that_is_just_being_begun_is_not_taken(tmp_path):
    paths = run_folder_paths(tmp_path, "mine")
    with RunFolder(paths, pytest.fail):
        assert is_empty(paths[0])
        with pytest.raises(DigitnetError, match="expected a new name"):
            RunFolder(paths, pytest.fail)


def test_a_network_too_large_for_the_machine_is_one_sentence(tmp_path, capsys):
    assert status_of(["--hidden", "1000000,1000000", "--runs-dir", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--hidden" in line or "hidden_layer_sizes" in line
    assert "expected fewer than 2147483648 weights" in line
    assert list(tmp_path.iterdir()) == []


def test_a_link_for_runs_that_leads_nowhere_is_named(tmp_path, capsys):
    (tmp_path / "runs").symlink_to(tmp_path / "nowhere")
    assert main(["train", "--runs-dir", str(tmp_path / "runs")]) == 2
    told = capsys.readouterr().err
    assert f"--runs-dir: expected a folder, but {tmp_path}/runs is none" in told


def test_help_groups_the_options_and_gives_default_and_unit(capsys):
    assert status_of(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for group in (
        "network:",
        "learning:",
        "schedule:",
        "regularisation:",
        "validation:",
        "output:",
    ):
        assert group in text
    for part in (
        "--hidden UNITS,...",
        "(default: 128)",
        "--batch-size IMAGES",
        "(default: 64)",
        "--warmup EPOCHS",
        f"{', '.join(ACTIVATIONS)} (default: relu)",
        "(default: date and time)",
    ):
        assert part in text


def test_the_command_has_the_same_job_as_a_subcommand(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert "usage: digitnet train" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


@pytest.mark.slow
def test_a_run_that_diverges_says_so_and_keeps_the_last_good_weights(tmp_path):
    result = run("--learning-rate", "1e9", "--runs-dir", str(tmp_path), "--name", "wild")
    assert result.returncode == 1
    assert result.stderr == ""  # no warnings of NumPy among it
    for part in ("diverged in epoch 1", "last finite loss", "lower --learning-rate (it was 1e+09)"):
        assert part in result.stdout
    assert "Kept: the initial weights" in result.stdout
    assert {path.name for path in (tmp_path / "wild").iterdir()} == {
        "config.json", "history.csv", "model.npz", "first-layer.png",
    }  # fmt: skip
    assert rows_of(tmp_path / "wild") == []
    assert np.all(np.isfinite(Model.load(tmp_path / "wild" / "model.npz").network.params))


@pytest.mark.slow
def test_ctrl_c_keeps_what_there_is(tmp_path):
    arguments = ["--epochs", "1000", "--runs-dir", str(tmp_path), "--name", "cut"]
    process = start(arguments)
    for line in process.stdout:
        if line.split()[:1] == ["2/1000"]:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    n_rows = len(rows_of(tmp_path / "cut"))
    assert n_rows >= 2
    assert f"interrupted after {n_rows} whole epochs" in out
    assert out.splitlines()[-1].endswith(str(tmp_path / "cut"))
    assert {path.name for path in (tmp_path / "cut").iterdir()} == {
        "config.json", "history.csv", "model.npz", "first-layer.png", "learning-curves.png",
        "checkpoint-a.npz",
    }  # fmt: skip
    assert f"--resume {tmp_path / 'cut'}" in out
    Model.load(tmp_path / "cut" / "model.npz")


@pytest.mark.slow
def test_ctrl_c_after_the_training_still_writes_all(tmp_path):
    arguments = [*SMALL, "--runs-dir", str(tmp_path), "--name", "late"]
    process = start(arguments)
    for line in process.stdout:
        if line.startswith("Training completed"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert out.splitlines()[-1].endswith(str(tmp_path / "late"))
    written = {path.name for path in (tmp_path / "late").iterdir()}
    assert written == FIGURES | {"config.json", "history.csv", "metrics.json", "model.npz"}


def test_runs_that_start_in_the_same_second_have_folders_of_their_own(tmp_path):
    paths = run_folder_paths(tmp_path, None)
    folders = [RunFolder(paths, print) for _ in range(3)]
    names = [folder.path.name for folder in folders]
    assert names == [f"{paths[0].name}{end}" for end in ("", "_2", "_3")]
    for folder in folders:
        folder.close()


def on_a_terminal(command, cwd):
    """Run the command on a pseudo-terminal; its exit status and all it wrote there."""
    main_end, its_end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(
        command, cwd=cwd, stdin=its_end, stdout=its_end, stderr=its_end, env=environment
    )
    os.close(its_end)
    output = b""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            output += os.read(main_end, 65536)
        except OSError:  # the other end is closed
            break
    os.close(main_end)
    return process.wait(timeout=10), output.decode()


@pytest.mark.slow
def test_on_a_terminal_rich_draws_a_progress_bar(tmp_path):
    command = [sys.executable, "main.py", "--epochs", "2", "--hidden", "", "--runs-dir", tmp_path]
    status, output = on_a_terminal(command, ROOT)
    assert status == 0
    assert "\x1b[" in output
    assert "━" in output
    assert "epoch 2" in output
    assert "Test accuracy: 9" in output


@pytest.mark.slow
def test_on_a_terminal_without_rich_there_are_plain_lines(tmp_path):
    command = [sys.executable, "-c", NO_NETWORK_NO_RICH, "--epochs", "1", "--hidden", ""]
    status, output = on_a_terminal([*command, "--runs-dir", tmp_path], ROOT)
    assert status == 0
    assert "\x1b" not in output
    assert "Test accuracy: 9" in output


@pytest.mark.slow
def test_on_a_terminal_without_rich_a_long_epoch_shows_how_far_it_is(tmp_path):
    command = [sys.executable, "-c", NO_NETWORK_NO_RICH, "--epochs", "1", "--hidden", "512,512"]
    status, output = on_a_terminal([*command, "--runs-dir", tmp_path], ROOT)
    assert status == 0
    assert re.search(r"\r    1/1  batch \d+ of 844  loss \d\.\d{4}  \d+\.\d\d %", output)
    assert re.search(r"\r +\r    1/1 +\d", output)
