"""What breaks around a training, and what then: no traceback, no lost run, nothing half written."""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
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


def assert_whole(folder, n_epochs=1):
    """Every file of a finished run is there and can be read."""
    assert Model.load(folder / "model.npz").classes
    assert json.loads((folder / "metrics.json").read_text())["test"]["accuracy"] > 0.5
    with (folder / "history.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 1 + n_epochs
    figures = sorted(folder.glob("*.png"))
    assert len(figures) == 5
    for figure in figures:
        assert figure.read_bytes().endswith(b"IEND\xaeB`\x82")
    assert not list(folder.glob(".*"))


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 200 kB, where a run does not fit."""
    with mounted(tmp_path / "disk", "200k") as disk:
        yield disk


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB, where a run fits."""
    with mounted(tmp_path / "disk", "2m") as disk:
        yield disk


@contextmanager
def mounted(disk, size):
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root and a system that allows it")
    try:
        yield disk
    finally:
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


ONLY_DISK = """
for folder in /tmp /var/tmp; do
    mount --rbind $folder $folder && mount -o remount,bind,ro $folder || exit 99
done
exec "$@"
"""
"""Runs a command that finds no folder for temporary files but on the disk that it is given."""
LONG = ["--epochs", "40", "--batch-size", "1", "--learning-rate", "0.01", "--momentum", "0"]


class OnlyDisk:
    """A training whose run folder, working folder and temporary files lie on one disk."""

    def __init__(self, disk, arguments, output=subprocess.PIPE, more=()):
        self.run, self.disk = disk / "run", disk
        variables = {"TMPDIR": str(disk)}
        command = [
            "unshare",
            "--mount",
            "sh",
            "-c",
            ONLY_DISK,
            "sh",
            sys.executable,
            ROOT / "main.py",
        ]
        self.process = subprocess.Popen(  # learning for a few seconds
            [*command, *arguments, *LONG, *more, "--runs-dir", disk, "--name", "run"],
            cwd=disk,
            env={**os.environ, **variables, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=output,
            stderr=output,
            text=True,
        )

    def fill(self, after_epoch):
        """Fill the disk to the last byte when so many epochs are over."""
        while self.n_rows() < after_epoch:
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.005)
        with (self.disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(512))

    def n_rows(self):
        with suppress(FileNotFoundError):
            return max(len((self.run / "history.csv").read_text().splitlines()) - 1, 0)
        return 0

    def finish(self):
        out, err = self.process.communicate(timeout=120)
        if self.process.returncode == 99:
            pytest.skip("a mount namespace needs root and a system that allows it")
        return self.process.returncode, out, err


@pytest.mark.slow
class TestTheOnlyDiskIsFull:
    def test_nothing_but_what_the_disk_would_hold_is_lost(self, small_disk, small_data):
        training = OnlyDisk(small_disk, small_data)
        training.fill(after_epoch=3)
        status, out, err = training.finish()
        assert (status, "Traceback" in err) == (1, False)
        assert out.count("cannot be written (No space left on device)") == 1
        assert "40/40" in out  # it learned to the end
        assert re.search(r"Test accuracy: \d", out)
        (line,) = (line for line in out.splitlines() if "Could not be written anywhere" in line)
        for part in ("No space left on device", "model.npz", "history.csv", "metrics.json"):
            assert part in line
        assert not list(small_disk.glob("digitnet-*"))
        assert not list(training.run.glob(".*"))

    def test_all_is_there_if_there_is_room_again_before_the_end(self, small_disk, small_data):
        training = OnlyDisk(small_disk, [*small_data, "--checkpoint-every", "0.05"])
        training.fill(after_epoch=3)
        time.sleep(0.5)
        assert training.n_rows() < 10
        (small_disk / "filler").unlink()
        status, out, _ = training.finish()
        assert (status, out.count("cannot be written")) == (0, 1)
        assert out.count("The checkpoint could not be written") <= 1
        assert "lost" not in out
        assert_whole(training.run, n_epochs=40)

    @pytest.mark.parametrize("frees_up", [False, True])
    def test_what_it_says_goes_to_that_disk_too(self, frees_up, small_disk, small_data):
        with (small_disk / "output").open("w") as output:
            training = OnlyDisk(small_disk, small_data, output)
            training.fill(after_epoch=3)
            if frees_up:
                time.sleep(0.5)
                (small_disk / "filler").unlink()
            status, _, _ = training.finish()
        assert status == (0 if frees_up else 1)
        said = (small_disk / "output").read_text()
        assert "Traceback" not in said
        assert not frees_up or "Test accuracy" in said

    def test_a_run_whose_model_found_no_room_is_finished_when_there_is(
        self, small_disk, small_data
    ):
        eight = ["--checkpoint-every", "0", "--epochs", "8"]
        training = OnlyDisk(small_disk, small_data, more=eight)
        training.fill(after_epoch=3)  # by then there is a checkpoint, however fast it learns
        status, out, _ = training.finish()
        assert (status, f"Go on with: --resume {training.run}" in out) == (1, True)
        (small_disk / "filler").unlink()
        assert main_job(["--resume", str(training.run)]) == 0
        assert_whole(training.run, n_epochs=8)


@pytest.mark.slow
def test_a_rescue_that_is_only_needed_in_part(tiny_disk, small_data, tmp_path):
    """A disk that takes the small files but not the model, which goes first."""
    spare = tmp_path / "spare"
    spare.mkdir()
    arguments = [*small_data, "--hidden", "80", "--epochs", "1", "--name", "run"]
    result = run([*arguments, "--runs-dir", tiny_disk], TMPDIR=str(spare))
    (rescue,) = spare.glob("digitnet-run-*")
    here, there = ({path.name for path in each.iterdir()} for each in (tiny_disk / "run", rescue))
    assert result.returncode == 1
    assert "model.npz" in there
    assert {"config.json", "history.csv", "metrics.json"} <= here
    assert not here & there


@pytest.mark.slow
def test_a_run_folder_that_vanishes_loses_nothing(small_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    from digitnet.training import job

    original = job.follow

    def learn_and_lose_the_folder(*arguments, **options):
        learned = original(*arguments, **options)
        for path in (tmp_path / "gone").iterdir():
            path.unlink()
        (tmp_path / "gone").rmdir()
        return learned

    monkeypatch.setattr(job, "follow", learn_and_lose_the_folder)
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
@pytest.mark.parametrize("name", ["mit Leerzeichen, Ümläuten, 数字 7", "-dash, a'b\"c"])
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


FOLDERS = {
    "usual": {},
    "no home": {"HOME": "/nonexistent", "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None},
    "HOME unset": {"HOME": None, "XDG_CACHE_HOME": None},
    "no cache": {"MPLCONFIGDIR": "/proc/nowhere"},
}
LETTERS = {
    "usual": {},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1", "LC_ALL": "POSIX"},
}
BACKENDS = {
    "none": {"MPLBACKEND": None, "DISPLAY": None},
    "of a display": {"MPLBACKEND": "TkAgg", "DISPLAY": None},
    "of a notebook": {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
    "not installed": {"MPLBACKEND": "module://ipympl.backend_nbagg"},
    "nonsense": {"MPLBACKEND": "nonsense"},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folders", "letters", "backend"),
    [
        ("no home", "C", "none"),
        ("HOME unset", "ascii", "of a display"),
        ("no cache", "latin-1", "of a notebook"),  # as in a notebook's !python
        ("usual", "usual", "not installed"),
        ("usual", "usual", "nonsense"),
    ],
)
def test_poor_environments(folders, letters, backend, small_data, tmp_path):
    """What Matplotlib, Python's texts and its drawing look at is poor at the same time."""
    runs = tmp_path / "Läufe"
    environment = FOLDERS[folders] | LETTERS[letters] | BACKENDS[backend]
    result = run([*small_data, "--runs-dir", runs, "--name", "poor"], **environment)
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr
    assert_whole(runs / "poor")
    assert re.search(rb"Test accuracy: \d", result.stdout)


NO_DRAWING = """
import sys
from importlib import metadata
from digitnet.cli import main_job
sys.path.insert(0, sys.argv.pop(1))
found = metadata.version
def version(name):
    if name == "matplotlib":
        raise metadata.PackageNotFoundError(name)
    return found(name)
metadata.version = version
sys.exit(main_job(sys.argv[1:]))
"""


@pytest.mark.slow
def test_without_matplotlib_a_run_is_whole_but_for_its_figures(small_data, tmp_path):
    hides = tmp_path / "hides"
    hides.mkdir()
    (hides / "matplotlib.py").write_text("raise ImportError('no matplotlib')")
    options = [*small_data, "--runs-dir", tmp_path, "--name", "run"]
    result = subprocess.run(
        [sys.executable, "-c", NO_DRAWING, hides, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert len(re.findall(r"^[\w-]+\.png cannot be drawn: .*matplotlib", result.stdout, re.M)) == 5
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "config.json", "history.csv", "metrics.json", "model.npz",
    }  # fmt: skip
    assert json.loads((tmp_path / "run" / "config.json").read_text())["versions"]["numpy"]


def test_a_figure_that_cannot_be_drawn_costs_a_sentence(small_data, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError("no font\nand a long story")

    monkeypatch.setattr("digitnet.report.figures.shown_mistakes", fail)
    assert main_job([*small_data, "--runs-dir", str(tmp_path), "--name", "run"]) == 0
    assert "mistakes.png cannot be drawn: no font\n" in capsys.readouterr().out
    assert len(list((tmp_path / "run").glob("*.png"))) == 4


def test_a_test_that_fails_does_not_cost_the_model(small_data, tmp_path, monkeypatch, capsys):
    """Nor what the disk did not take at once."""

    def fail(*_):
        raise MemoryError("of the report")

    monkeypatch.setattr("digitnet.training.job.report", fail)
    assert main_job([*small_data, "--runs-dir", str(tmp_path), "--name", "run"]) == 1
    assert "not enough memory" in capsys.readouterr().err
    assert Model.load(tmp_path / "run" / "model.npz").classes


def test_help_in_a_poor_locale():
    result = run(["--help"], PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, b"")
