"""What a second process measures and draws is what this one would, and nobody misses it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from digitnet.nn.shards import available_threads

ROOT = Path(__file__).parent.parent
FIGURES = {
    "class-scores.png",
    "confusion-matrix.png",
    "distortions.png",
    "first-layer.png",
    "learning-curves.png",
    "mistakes.png",
}
JOB = """
import sys
from digitnet.cli import main_job
status = main_job(sys.argv[1:])
print(sorted({"sklearn", "matplotlib"} & set(sys.modules)))
sys.exit(status)
"""
NONE_CAN_BE_STARTED = """
import subprocess
def refuse(*_, **__):
    raise BlockingIOError("Resource temporarily unavailable")
subprocess.Popen = refuse
"""
IMPORTED_HERE = "['matplotlib', 'sklearn']"
CALLS = """
import math, os, warnings
from functools import partial
from digitnet.training import aside
warnings.simplefilter("ignore")
"""

pytestmark = pytest.mark.skipif(available_threads() == 1, reason="there is one core")
finds_children = pytest.mark.skipif(
    not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists(),
    reason="the system does not tell which processes a process has started",
)


@pytest.fixture(scope="module")
def options(few, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "few.npz"
    np.savez(path, x_train=few.images[:1000], y_train=few.labels[:1000])
    return ["--data", path, "--hidden", "16", "--shift", "1", "--epochs", "2"]


def python(program, *arguments, session=False, **variables):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=session,
    )


def result(process):
    """Its lines, once it has ended well."""
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    return out.splitlines()


def drawn(run):
    return {path.name: path.read_bytes() for path in run.glob("*.png")}


def other_of(process):
    """The number of the process that it has started; once the table of epochs begins."""
    for line in process.stdout:
        if line.split()[:1] == ["epoch"]:
            break
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    (number,) = path.read_text().split()
    return int(number)


def wait_until_gone(number):
    until = time.monotonic() + 60
    while Path(f"/proc/{number}").exists():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def alone(options, tmp_path_factory):
    """The figures of a job that has one core, and so no second process."""
    runs = tmp_path_factory.mktemp("alone")
    lines = result(python(JOB, *options, "--runs-dir", runs, "--name", "run", OMP_NUM_THREADS="1"))
    assert lines[-1] == IMPORTED_HERE
    return drawn(runs / "run")


@pytest.mark.slow
def test_figures_from_another_process_are_those_drawn_here(options, alone, tmp_path):
    lines = result(python(JOB, *options, "--runs-dir", tmp_path, "--name", "run"))
    assert lines[-1] == "[]"  # so it was another one that measured and drew
    assert alone.keys() == FIGURES
    assert drawn(tmp_path / "run") == alone
    assert sorted(
        path.suffix for path in (tmp_path / "run").iterdir() if path.suffix != ".png"
    ) == [
        ".csv",
        ".json",
        ".json",
        ".npz",
    ]


@pytest.mark.slow
def test_where_no_process_can_be_started_all_is_done_here(options, alone, tmp_path):
    program = NONE_CAN_BE_STARTED + JOB
    lines = result(python(program, *options, "--runs-dir", tmp_path, "--name", "run"))
    assert lines[-1] == IMPORTED_HERE
    assert drawn(tmp_path / "run") == alone


@pytest.mark.slow
@finds_children
def test_if_the_process_is_killed_all_is_done_here(options, alone, tmp_path):
    process = python(JOB, *options, "--runs-dir", tmp_path, "--name", "run")
    os.kill(other_of(process), signal.SIGKILL)
    lines = result(process)
    assert lines[-1] == IMPORTED_HERE
    assert drawn(tmp_path / "run") == alone
    assert [line.split(":")[0] for line in lines].count("Test accuracy") == 1


@pytest.mark.slow
@finds_children
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_none_is_left_behind(number, options, tmp_path):
    process = python(JOB, *options, "--epochs", "1000", "--runs-dir", tmp_path)
    other = other_of(process)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert err == ""
    wait_until_gone(other)


@pytest.mark.slow
@finds_children
def test_a_signal_to_all_processes_of_a_terminal_costs_no_figure(options, tmp_path):
    """As Ctrl-C is: the second process draws what there is then."""
    more = ["--epochs", "1000", "--runs-dir", tmp_path, "--name", "run"]
    process = python(JOB, *options, *more, session=True)
    other_of(process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert out.splitlines()[-1] == "[]"
    assert {"first-layer.png", "distortions.png"} <= drawn(tmp_path / "run").keys()


def test_what_fails_or_warns_there_is_done_here():
    program = """
def warn():
    warnings.warn("loud")
    return os.getpid()
with aside.aside() as begin:
    (there,) = begin([os.getpid])
    many = begin([partial(math.sqrt, 16), os.getpid])
    assert os.getpid() not in (there(), many[1]())
    print(many[0]())
    (unknown,) = begin([warn])  # of a module that the other process does not have
    assert unknown() == os.getpid()
    (fails,) = begin([partial(int, "none")])
    try:
        fails()
    except ValueError as error:
        print(error)
    (after,) = begin([os.getpid])
    assert after() == os.getpid()
"""
    assert result(python(CALLS + program)) == [
        "4.0",
        "invalid literal for int() with base 10: 'none'",
    ]


def test_a_warning_there_is_given_here_once():
    program = """
with aside.aside() as begin, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    (warn,) = begin([partial(warnings.warn, "loud")])
    warn()
    print([str(each.message) for each in caught])
"""
    assert result(python(CALLS + program)) == ["['loud']"]


def test_one_that_does_not_answer_is_not_waited_for_for_ever():
    program = """
aside.LONGEST_S = 0.05  # it is still importing
with aside.aside() as begin:
    (number,) = begin([os.getpid])
    assert number() == os.getpid()
"""
    assert result(python(CALLS + program)) == []


def test_it_is_not_started_where_all_is_imported():
    program = """
import matplotlib.figure, sklearn.metrics
with aside.aside() as begin:
    print(begin is aside.here)
"""
    assert result(python(CALLS + program)) == ["True"]


@pytest.mark.slow
@finds_children
@pytest.mark.skipif(sys.platform != "linux", reason="it forks on Linux alone")
def test_what_it_has_forked_does_not_outlive_it():
    """The last fork has more to say than a pipe holds, so it waits until somebody reads."""
    program = """
import signal, time
from pathlib import Path
def children(number):
    return Path(f"/proc/{number}/task/{number}/children").read_text().split()
with aside.aside() as begin:
    slow, large = begin([partial(time.sleep, 2), partial(bytes, 1_000_000)])
    (other,) = children(os.getpid())
    while len(forks := children(other)) < 2:
        time.sleep(0.01)
    os.kill(int(other), signal.SIGKILL)
    assert large() == bytes(1_000_000)
print(*forks)
"""
    (forks,) = result(python(CALLS + program))
    for fork in forks.split():
        wait_until_gone(int(fork))
