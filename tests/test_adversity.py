"""What breaks around a training, and what then: no traceback, no lost run, nothing half written."""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from digitnet.cli import main_job
from digitnet.model import Model

ROOT = Path(__file__).parent.parent
QUICK = ["--epochs", "1", "--hidden", ""]
IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def small_data(tmp_path_factory, mnist):
    """A few digits in an archive, for trainings that take no time."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    few = mnist.train.take(np.arange(700))
    np.savez(path, x_train=few.images, y_train=few.labels)
    return ["--data", str(path), *QUICK]


def run(arguments, *, cwd=ROOT, **environment):
    """Run the main job in a process of its own; a variable that is None is taken away."""
    env = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, ROOT / "main.py", *map(str, arguments)],
        cwd=cwd,
        env={name: value for name, value in env.items() if value is not None},
        capture_output=True,
        check=False,
        timeout=120,
    )


def assert_whole(folder):
    """Every file of a finished run is there and can be read."""
    assert Model.load(folder / "model.npz").classes
    assert json.loads((folder / "metrics.json").read_text())["test"]["accuracy"] > 0.5
    with (folder / "history.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 2
    figures = sorted(folder.glob("*.png"))
    assert len(figures) == 5
    for figure in figures:
        assert figure.read_bytes().endswith(b"IEND\xaeB`\x82")
    assert not list(folder.glob(".*"))


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 200 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root and a system that allows it")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_a_disk_that_fills_up_loses_nothing(tiny_disk, small_data, tmp_path):
    """The figures and the model of 300 kB do not fit: they go to the temporary files."""
    spare = tmp_path / "spare"
    spare.mkdir()
    arguments = [*small_data, "--hidden", "80", "--epochs", "1"]
    result = run([*arguments, "--runs-dir", tiny_disk, "--name", "full"], TMPDIR=str(spare))
    out = result.stdout.decode()
    assert (result.returncode, result.stderr) == (1, b"")
    assert "No space left on device" in out
    (rescue,) = spare.glob("digitnet-full-*")
    assert out.splitlines()[-1].endswith(f"the rest is in {rescue}")
    for name in os.listdir(tiny_disk / "full"):  # noqa: PTH208
        (rescue / name).write_bytes((tiny_disk / "full" / name).read_bytes())
    assert_whole(rescue)


@pytest.mark.slow
def test_a_run_folder_that_vanishes_loses_nothing(small_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    from digitnet.cli import train

    original = train.learn

    def learn_and_lose_the_folder(*arguments, **options):
        learned = original(*arguments, **options)
        for path in (tmp_path / "gone").iterdir():
            path.unlink()
        (tmp_path / "gone").rmdir()
        return learned

    monkeypatch.setattr(train, "learn", learn_and_lose_the_folder)
    assert main_job([*small_data, "--runs-dir", str(tmp_path), "--name", "gone"]) == 1
    (rescue,) = (tmp_path / "spare").glob("digitnet-gone-*")
    assert Model.load(rescue / "model.npz").classes
    assert "cannot be written (No such file or directory)" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_said_before_the_training(small_data, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main_job([*small_data, "--runs-dir", str(tmp_path / "file")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert str(tmp_path / "file") in line


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(small_data, tmp_path, capsys):
    tmp_path.chmod(0o500)
    assert main_job([*small_data, "--runs-dir", str(tmp_path / "runs")]) == 1
    assert "Permission denied" in capsys.readouterr().err


def test_a_read_only_file_system_is_one_sentence(small_data, capsys):
    assert main_job([*small_data, "--runs-dir", "/proc/digitnet"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "/proc/digitnet" in line


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mit Leerzeichen und Ümläuten", "数字 7", "a'b\"c", "-dash"])
def test_names_with_spaces_and_any_letters(name, small_data, tmp_path):
    runs = tmp_path / "Läufe von heute"
    result = run([*small_data, "--runs-dir", runs, f"--name={name}"])
    assert (result.returncode, result.stderr) == (0, b"")
    assert_whole(runs / name)


@pytest.mark.slow
@pytest.mark.parametrize("lines", [0, 1, 5])
def test_a_reader_that_goes_away_does_not_end_the_training(lines, small_data, tmp_path):
    """As in `python main.py | head -1`."""
    arguments = [*small_data, "--runs-dir", str(tmp_path), "--name", "piped"]
    process = subprocess.Popen(
        [sys.executable, "main.py", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(lines):
        process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert_whole(tmp_path / "piped")


@pytest.mark.slow
def test_standard_output_that_was_closed_from_the_start(small_data, tmp_path):
    arguments = [*small_data, "--runs-dir", str(tmp_path), "--name", "closed"]
    command = f"exec {sys.executable} main.py {' '.join(arguments)} >&-"
    command = command.replace("--hidden  ", "--hidden '' ")
    result = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, stderr=subprocess.PIPE, check=False, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert_whole(tmp_path / "closed")


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None},
        {"HOME": None, "XDG_CACHE_HOME": None},
        {"MPLBACKEND": None, "DISPLAY": None},
        {"MPLBACKEND": "TkAgg", "DISPLAY": None},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1", "LC_ALL": "POSIX"},
    ],
    ids=",".join,
)
def test_poor_environments(environment, small_data, tmp_path):
    runs = tmp_path / "Läufe"
    result = run([*small_data, "--runs-dir", runs, "--name", "poor"], **environment)
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr
    assert_whole(runs / "poor")
    assert re.search(rb"Test accuracy: \d", result.stdout)


def test_help_in_a_poor_locale():
    result = run(["--help"], PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, b"")
