"""A check in a process of its own: a hand-in may loop for ever, print, fail, and end itself.

It gets the hand-in as text and answers in JSON; nothing that it makes is unpickled here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitnet.errors import DigitnetError
from digitnet.teach.exercises.parts import Finding, Verdict
from digitnet.text import plain

SECONDS = 10.0
"""That a check may take; a right answer takes less than one."""
GRACE_S = 5.0
"""For starting Python and NumPy, and for ending by itself."""
LARGEST = 1_000_000
"""Bytes of a hand-in, and of an answer."""
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from digitnet.teach.exercises.child import main
main(int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
"""


@dataclass(frozen=True)
class Answer:
    """The verdict on a hand-in, and the beginning of what it printed."""

    verdict: Verdict
    printed: str


def check_file(number: int, path: Path, seconds: float = SECONDS) -> Answer:
    """Check a file of Python or a notebook.

    Raises DigitnetError if it cannot be checked: it does not run, or takes too long; OSError if it
    cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DigitnetError(f"{path}: expected a file of at most {LARGEST:,} bytes, got more")
    status, output = _run(number, path.name, content, seconds)
    try:
        answer = json.loads(output)
        if "problem" in answer:
            raise DigitnetError(answer["problem"])
        return Answer(_verdict(answer["verdict"]), str(answer["printed"]))
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        raise DigitnetError(f"{path.name} {_ending(status, seconds)}") from None


def _run(number: int, name: str, content: bytes, seconds: float) -> tuple[int | None, bytes]:
    """Exit status, None if it had to be ended, and output of the process."""
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", PROGRAM, root, str(number), name, str(seconds)]
    ended = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

        def end() -> None:
            ended.set()
            _kill(process)

        timer = threading.Timer(seconds + GRACE_S, end)
        timer.start()
        try:
            assert process.stdin and process.stdout
            with process.stdout as answers:
                try:
                    with process.stdin as questions:
                        questions.write(content)
                except OSError:
                    pass  # it has ended; how, is seen below
                output = answers.read(LARGEST)
            if hasattr(os, "waitid"):  # so that its number is nobody else's when _kill uses it
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        finally:
            timer.cancel()
            _kill(process)  # and whatever it started
            status = process.wait()
    return None if ended.is_set() else status, output


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and those that it started."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass  # all have ended


def _ending(status: int | None, seconds: float) -> str:
    if status is None:
        return (
            f"takes longer than {seconds:g} seconds, and was stopped; is there a loop that does "
            "not end?"
        )
    return f"ended the check before there was a verdict (exit status {status})"


def _verdict(answer: dict[str, Any]) -> Verdict:
    """From JSON, trusting it no further than its types."""
    finding = answer["finding"]
    return Verdict(
        number=int(answer["number"]),
        title=plain(answer["title"]),
        passed=answer["passed"] is True,
        looked=tuple(plain(each) for each in answer["looked"]),
        finding=Finding(**{k: plain(v, 2000) for k, v in finding.items()}) if finding else None,
        solution=str(answer["solution"]),
    )
