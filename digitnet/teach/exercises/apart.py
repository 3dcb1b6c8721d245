"""A check of a hand-in, which runs in a process of its own: it may loop for ever, print, fail, end.

It gets arguments there and sends back numbers; the verdict is made here, where none of its code
runs. So what it prints, overloads or changes in its own process, and how that ends, can be no
verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.teach.exercises import check, exercise
from digitnet.teach.exercises.isolated import Gone, Isolated
from digitnet.teach.exercises.limits import too_long
from digitnet.teach.exercises.parts import Verdict
from digitnet.teach.exercises.remote import Problem, Remote, ask
from digitnet.teach.exercises.wire import MOST_SHOWN, Body, NoAnswer, Stopped, Text, unpacked
from digitnet.text import plain

SECONDS = 10.0
"""That a check may take; a right answer takes less than one."""
LARGEST = 1_000_000
"""Bytes of a hand-in."""


@dataclass(frozen=True)
class Answer:
    """The verdict on a hand-in, and the beginning of what it says that it printed.

    fenced: whether the kernel kept it from files, programs and connections, and not Python alone.
    """

    verdict: Verdict
    printed: str
    fenced: bool


def check_file(number: int, path: Path, seconds: float = SECONDS) -> Answer:
    """Check a file of Python or a notebook.

    Raises DigitnetError if it cannot be checked: it does not run, or takes too long; OSError if it
    cannot be read.
    """
    return check_content(number, path.name, content_of(path), seconds)


def content_of(path: Path) -> bytes:
    """What is in a hand-in. Raises DigitnetError if it is too much; OSError."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DigitnetError(
            tr(
                "{file}: expected a file of at most {most:,} bytes, got more",
                file=path,
                most=LARGEST,
            )
        )
    return content


def check_content(number: int, name: str, content: bytes, seconds: float = SECONDS) -> Answer:
    """Check what stood in a file of this name. Raises DigitnetError as check_file does."""
    asked = exercise(number)
    process = Isolated(seconds)
    try:
        with process:
            inputs = len(asked.inputs)
            hello = {"name": name, "function": asked.name, "inputs": inputs}
            hello["given"] = list(asked.provided)
            fenced = ask(process, hello, content)[0].get("fenced") is True
            kind, body = process.receive()
            verdict = check(number, _function(process, kind, body))
            return Answer(verdict, _printed(process), fenced)
    except Problem as problem:
        raise DigitnetError(problem) from None
    except NoAnswer:
        raise DigitnetError(
            tr(
                "{file} has sent something that is no answer: it has written to the pipe to the "
                "check",
                file=plain(name),
            )
        ) from None
    except Gone:
        raise DigitnetError(f"{plain(name)} {_ending(process)}") from None


def _function(process: Isolated, kind: Text, body: Body) -> Any:
    """What the hand-in has under the name of the function."""
    if "problem" in kind:
        raise Problem(str(kind["problem"]))
    if kind.get("callable") is True:
        blank = plain(str(kind.get("blank", "")), 100)
        return Remote(process, kind.get("takes") is True, blank)
    return unpacked(kind.get("kind"), body)


def _printed(process: Isolated) -> str:
    """The beginning of what it printed; "" if it does not answer any more."""
    try:
        return str(ask(process, {"end": True})[0].get("printed", ""))[:MOST_SHOWN]
    except Stopped:
        return ""


def _ending(process: Isolated) -> str:
    if process.late.is_set():
        return too_long(process.seconds)
    return tr(
        "ended the check before there was a verdict (exit status {status})", status=process.status
    )
