"""The main job on several ranks, started by mpiexec: its result, and how it ends."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

import digitnet
from digitnet.training.checkpoint import NAMES

ROOT = Path(__file__).parent.parent
WITHIN_S = 300
ENVIRONMENT = {
    # Open MPI: as root, on fewer cores than ranks, which it lets others have while it waits; and
    # time to write what there is after Ctrl-C.
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_MCA_odls_base_sigkill_timeout": "5",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}
LONG = ("--epochs", 100_000, "--checkpoint-every", 0, "--hidden", 16, "--batch-size", 2)
SMOOTH = ("--activation", "sigmoid", "--learning-rate", 0.3, "--epochs", 1)
TRAININGS = {
    "all": (
        *("--hidden", "33,20", "--dropout", 0.3, "--batch-norm", "--averaging", 0.5),
        *("--rotation", 10, "--elastic", 1, "--stroke", 0.5, "--mixup", 0.3, "--batch-size", 51),
    ),
    "cut in shards": ("--hidden", "900,100", "--batch-norm", "--dropout", 0.3),
}
FAILS = """
import sys
from digitnet.cli import main_job
from digitnet.nn import SGD
step, n_steps = SGD.step, []
def failing(*arguments):
    n_steps.append(1)
    if len(n_steps) == 40:
        raise MemoryError("no room for 3 GB")
    step(*arguments)
SGD.step = failing
sys.exit(main_job())
"""
OLDER = """
import sys
from digitnet import version, workers
workers.__version__ = "0.0.1"
from digitnet.cli import main_job
sys.exit(main_job())
"""


def why_not():
    if shutil.which("mpiexec") is None:
        return "no mpiexec on the path (Debian: openmpi-bin)"
    probe = "from mpi4py import MPI; assert MPI.COMM_WORLD.Get_size() == 2"
    command = ["mpiexec", "-n", "2", sys.executable, "-c", probe]
    found = subprocess.run(
        command, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if found.returncode:
        return "mpi4py (the extra digitnet[mpi]) is not there, or is for another mpiexec"
    return ""


def is_open_mpi():
    command = ["mpiexec", "--version"]
    return (
        "open" in subprocess.run(command, capture_output=True, text=True, check=True).stdout.lower()
    )


@pytest.fixture(scope="module", autouse=True)
def _there_is_mpi():
    if reason := why_not():
        pytest.skip(reason)


pytestmark = pytest.mark.slow
STARTED = []


@pytest.fixture(scope="module")
def source(few, tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "few.npz"
    images, labels = few.images, few.labels
    np.savez(
        path,
        x_train=images[:500],
        y_train=labels[:500],
        x_test=images[1000:1100],
        y_test=labels[1000:1100],
    )
    return path


def start(n, *arguments, program=("main.py",), and_then=(), folder=ROOT, **variables):
    """mpiexec, with n ranks of a program; and_then: what else is on its command line."""
    command = [sys.executable, *program, *map(str, arguments)]
    process = subprocess.Popen(
        ["mpiexec", "-n", str(n), *command, *and_then],
        cwd=folder,
        env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(ROOT)} | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    STARTED.append(process)
    return process


@pytest.fixture(autouse=True)
def _none_is_left():
    yield
    for process in STARTED:
        if process.poll() is None:  # a test has failed
            process.kill()
    STARTED.clear()


def ended(process):
    """Its status, and all that it has printed."""
    out, err = process.communicate(timeout=WITHIN_S)
    return process.returncode, out, err


def train(n, folder, name, source, *arguments, **options):
    status, out, err = ended(
        start(n, "--data", source, "--runs-dir", folder, "--name", name, *arguments, **options)
    )
    assert status == 0, (out, err)
    return out


def parameters(run):
    return digitnet.load(run / "model.npz").network.params


def once_there_is(path, process):
    until = time.monotonic() + WITHIN_S
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)


def ranks_of(process):
    return [
        each
        for each in psutil.Process(process.pid).children(recursive=True)
        if "main.py" in each.cmdline() and each.name().startswith("python")
    ]


def alone(folder, name, source, *arguments):
    given = ["--data", source, "--runs-dir", folder, "--name", name, *arguments]
    command = [sys.executable, "main.py", *map(str, given)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=WITHIN_S)
    return folder / name


@pytest.mark.parametrize("training", TRAININGS)
def test_any_number_of_ranks_learns_what_one_process_learns(training, source, tmp_path):
    options = (*TRAININGS[training], *SMOOTH)
    expected = alone(tmp_path, "alone", source, *options)
    for n in (1, 2, 3):
        out = train(n, tmp_path, str(n), source, *options)
        run = tmp_path / str(n)
        if n == 1:
            assert (run / "model.npz").read_bytes() == (expected / "model.npz").read_bytes()
        else:
            assert f"Learning on {n} ranks: {n} on " in out
        assert np.allclose(parameters(run), parameters(expected), rtol=0, atol=1e-5)
        assert out.count("Test accuracy") == 1
        assert {each.name for each in run.iterdir()} == {each.name for each in expected.iterdir()}
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("after", [1, 3])
def test_a_killed_rank_ends_all_and_the_checkpoint_goes_on(after, source, tmp_path):
    given = ("--data", source, "--runs-dir", tmp_path, "--name", "killed", *LONG)
    process = start(2, *given, OMPI_MCA_odls_base_sigkill_timeout="1")
    once_there_is(tmp_path / "killed" / NAMES[1], process)
    ranks = ranks_of(process)
    assert len(ranks) == 2
    ranks[1].kill()
    status, out, err = ended(process)
    assert status != 0
    assert "Traceback" not in err
    if is_open_mpi():  # MPICH kills the others at once
        assert (out + err).count("another rank has ended") == 1
    psutil.wait_procs(ranks, timeout=WITHIN_S)
    assert not any(each.is_running() for each in ranks)
    goes_on(after, tmp_path / "killed")


def newest(run):
    """When its newest checkpoint was written."""
    return max((run / name).stat().st_mtime_ns for name in NAMES if (run / name).exists())


def goes_on(n, run):
    """It does, on so many ranks, until it is stopped."""
    before = newest(run)
    process = start(n, "--resume", run, "--checkpoint-every", 0)
    until = time.monotonic() + WITHIN_S
    while newest(run) == before:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, out, err = ended(process)
    assert "Going on after step" in out, (out, err)
    assert "Training interrupted" in out, (out, err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_ctrl_c_keeps_what_there_is(number, source, tmp_path):
    process = start(3, "--data", source, "--runs-dir", tmp_path, "--name", "stopped", *LONG)
    run = tmp_path / "stopped"
    once_there_is(run / NAMES[1], process)
    process.send_signal(number)
    status, out, err = ended(process)
    assert status != 0
    assert "Traceback" not in err
    assert out.count("Training interrupted") == 1, (out, err)
    assert np.isfinite(parameters(run)).all()


def test_one_rank_that_is_asked_to_stop_stops_all(source, tmp_path):
    process = start(2, "--data", source, "--runs-dir", tmp_path, "--name", "stopped", *LONG)
    once_there_is(tmp_path / "stopped" / NAMES[1], process)
    ranks_of(process)[1].send_signal(signal.SIGTERM)
    status, out, err = ended(process)
    assert "Training interrupted" in out, (status, out, err)


def test_a_stopped_training_ends_where_another_number_of_ranks_ends_it(source, tmp_path):
    options = ("--hidden", 16, "--epochs", 4, "--activation", "sigmoid", "--dropout", 0.2)
    expected = alone(tmp_path, "alone", source, *options)
    process = start(
        *(2, "--data", source, "--runs-dir", tmp_path, "--name", "stopped"),
        *(*options, "--checkpoint-every", 0),
    )
    once_there_is(tmp_path / "stopped" / NAMES[1], process)
    process.send_signal(signal.SIGTERM)
    _, out, err = ended(process)
    if "Training interrupted" in out:
        status, out, err = ended(start(3, "--resume", tmp_path / "stopped"))
        assert status == 0, (out, err)
    assert np.allclose(parameters(tmp_path / "stopped"), parameters(expected), rtol=0, atol=1e-5)


def test_a_rank_that_fails_ends_all_with_a_sentence(source, tmp_path):
    given = ["--data", source, "--runs-dir", tmp_path, "--name", "failed", *LONG]
    another = [":", "-n", "1", sys.executable, "-c", FAILS, *given]
    status, _, err = ended(start(1, *given, and_then=[str(each) for each in another]))
    assert status != 0
    assert "Traceback" not in err
    (sentence,) = re.findall(r"^error: rank .*$", err, re.M)
    assert re.match(r"error: rank 1 on \S+ ends, .*: MemoryError: no room for 3 GB\.", sentence)
    goes_on(2, tmp_path / "failed")


class TestSentences:
    def complaint(self, *arguments, status=2, **options):
        got, out, err = ended(start(*arguments, **options))
        assert got == status, (out, err)
        assert "Traceback" not in err
        (line,) = [line for line in (out + err).splitlines() if "error: " in line]
        return line

    def test_arguments_are_complained_of_once(self, tmp_path):
        assert "--epochs" in self.complaint(3, "--epochs", "x")
        assert "expected a run folder" in self.complaint(2, "--resume", tmp_path / "none")

    def test_help_is_shown_once(self):
        _, out, _ = ended(start(2, "--help"))
        assert out.count("usage: ") == 1

    def test_without_mpi4py_one_says_what_to_install(self, tmp_path):
        missing = 'raise ModuleNotFoundError("mpi4py", name="mpi4py")'
        (tmp_path / "mpi4py.py").write_text(missing)
        line = self.complaint(3, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
        assert "digitnet[mpi]: pip install mpi4py" in line

    def test_a_rank_without_the_data_or_with_others_is_named(self, source, tmp_path):
        here, there = tmp_path / "here", tmp_path / "there"
        for folder in (here, there):
            folder.mkdir()
        shutil.copy(source, here / "few.npz")
        given = ["--data", "few.npz", "--runs-dir", tmp_path / "runs"]
        program = [str(ROOT / "main.py"), *map(str, given)]
        another = [":", "-n", "1", "-wdir", str(there), sys.executable, *program]

        def complaint():
            return self.complaint(
                1, *given, program=[str(ROOT / "main.py")], and_then=another, folder=here
            )

        assert re.search(r"rank 1 on \S+: data: .*there is no such path", complaint())
        arrays = dict(np.load(source))
        arrays["x_train"][3] ^= 1
        np.savez(there / "few.npz", **arrays)
        assert "expected the same data on all ranks" in complaint()
        assert not (tmp_path / "runs").exists()

    def test_a_rank_of_another_version_is_named(self, source, tmp_path):
        given = ["--data", str(source), "--runs-dir", str(tmp_path / "runs")]
        another = [":", "-n", "1", sys.executable, "-c", OLDER, *given]
        line = self.complaint(1, *given, and_then=another)
        assert re.search(r"the same version on all ranks, got digitnet \S+ .* and 0\.0\.1 ", line)
