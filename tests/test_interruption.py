"""Ctrl-C, SIGTERM and a closed terminal end a command in the same way, from its first moment on."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from digitnet.cli import main
from digitnet.training.interruption import Interruption

ROOT = Path(__file__).parent.parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PYTHON_STARTS_S = 0.1
"""What Python usually needs to reach the first lines of a program, which take the signals over."""
WITHIN_TEXT = """
import digitnet.cli.info
def interrupted(options):
    exec("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
digitnet.cli.info.run = interrupted
"""
ON_A_TERMINAL = """
import os, pty, sys, time
number, terminal = pty.fork()
if number == 0:
    os.environ["TERM"] = "xterm-256color"
    os.execv(sys.executable, [sys.executable, "main.py", *sys.argv[1:]])
while b"3/500" not in os.read(terminal, 65536):
    pass
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]))
"""


def start(arguments, command=("main.py",), **options):
    return subprocess.Popen(
        [sys.executable, *command, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def wait_for_its_first_lines(process):
    """Until it catches SIGTERM, where that can be seen: a busy machine may be slow."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        time.sleep(PYTHON_STARTS_S)
        return
    caught = 0
    while not caught >> (signal.SIGTERM - 1) & 1:
        assert process.poll() is None
        (mask,) = re.findall(r"^SigCgt:\s+(\w+)$", status.read_text(), re.M)
        caught = int(mask, 16)
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize("command", [("main.py",), ("-m", "digitnet", "train")], ids=" ".join)
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_at_any_moment_the_status_is_130_without_a_traceback(number, command, tmp_path):
    moments = random.Random(number)
    for _ in range(6):
        process = start(["--runs-dir", tmp_path], command)
        wait_for_its_first_lines(process)
        time.sleep(moments.uniform(0, 1.4))
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, (out, err)
        assert "Traceback" not in err
        assert "Exception ignored" not in err


class DiesAt:
    """While it is deleted, Python can raise nothing."""

    def __init__(self, act):
        self.act = act

    def __del__(self):
        self.act()


def test_one_that_python_loses_is_noted_without_a_word(monkeypatch):
    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lambda each: lost.append(each.exc_type))
    with Interruption(at_once=True) as interruption:
        DiesAt(lambda: signal.raise_signal(signal.SIGTERM))
        assert interruption.requested
        assert lost == []
        DiesAt(lambda: 1 / 0)
    assert lost == [ZeroDivisionError]
    DiesAt(lambda: 1 / 0)
    assert lost == [ZeroDivisionError] * 2


def test_before_numpy_is_imported_as_well():
    """The handlers are there when the first module that takes time begins to be imported."""
    program = """
import sys, signal, builtins, os
original = builtins.__import__
def watched(name, *rest):
    if name.split(".")[0] == "numpy":
        os.kill(os.getpid(), signal.SIGTERM)
    return original(name, *rest)
builtins.__import__ = watched
import runpy
sys.argv[1:] = ["--help"]
runpy.run_path("main.py", run_name="__main__")
"""
    process = start([], ("-c", program))
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130


@pytest.mark.slow
def test_a_closed_terminal_is_nothing_to_a_command_under_nohup(tmp_path):
    """nohup has the signal ignored, and it stays ignored."""
    ignore = "import signal, os, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
    process = start(
        ["--hidden", "", "--epochs", "2", "--runs-dir", tmp_path],
        ("-c", ignore + "os.execv(sys.executable, [sys.executable, 'main.py', *sys.argv[1:]])"),
    )
    while not any(tmp_path.glob("*/history.csv")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


@pytest.mark.slow
def test_a_terminal_that_is_closed_interrupts_a_training(tmp_path):
    """With rich, whose bar is being drawn there."""
    arguments = ["--epochs", "500", "--runs-dir", tmp_path, "--name", "run"]
    out, _ = start(arguments, ("-c", ON_A_TERMINAL)).communicate(timeout=120)
    assert out == "130\n"
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"model.npz", "checkpoint-a.npz", "learning-curves.png"} <= names


def raise_it():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(1)


def test_a_command_that_is_interrupted_says_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr("digitnet.cli.info.run", lambda _: raise_it())
    assert main(["info"]) == 130
    assert capsys.readouterr().err == (
        "digitnet info: error: interrupted before there was anything to keep\n"
    )
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_an_interrupt_that_a_library_makes_another_error_of_is_still_one(monkeypatch, capsys):
    def import_something(_):
        try:
            raise_it()
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    monkeypatch.setattr("digitnet.cli.info.run", import_something)
    assert main(["info"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_an_interrupt_that_was_lost_is_not_forgotten():
    with pytest.raises(KeyboardInterrupt), Interruption(at_once=True) as outer:
        with suppress(KeyboardInterrupt):  # as in a callback, whose errors nobody sees
            raise_it()
        assert outer.requested
        with Interruption():
            pytest.fail("a training began")


def test_the_first_is_noted_and_the_second_interrupts():
    with Interruption(at_once=True), pytest.raises(KeyboardInterrupt), Interruption() as inner:
        os.kill(os.getpid(), signal.SIGTERM)
        assert inner.requested
        raise_it()


def test_in_another_thread_nothing_is_handled():
    seen = []

    def work():
        with Interruption() as interruption:
            seen.append(interruption.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


def test_python_m_ends_with_the_status_too_when_text_was_being_run(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITHIN_TEXT)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    process = start(["info"], ("-m", "digitnet"), env=environment)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "interrupted" in err) == (130, True)
