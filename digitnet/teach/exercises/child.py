"""The process in which a hand-in is run and checked: what it may do, and what comes of it.

`apart` starts it. It reads the hand-in from its standard input and writes one JSON object to its
standard output: {"verdict": ...} or {"problem": a sentence}, and what was printed. Whatever the
hand-in itself writes to these goes nowhere. It may take so much time and memory; by an audit hook
it may not write or delete files, start programs or connect to others. These limits protect from
accidents. They are no wall against somebody who means harm.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from types import CodeType
from typing import Any, NoReturn

from digitnet.nn.blas import one_thread
from digitnet.teach.exercises import check, exercise
from digitnet.text import plain
from digitnet.training.spelling import suggestion

MEMORY = 2 * 1024**3
"""Bytes of address space, where the system can limit it."""
MOST_PRINTED = 100_000
MOST_SHOWN = 2_000
FORBIDDEN = ("os.", "shutil.", "subprocess.", "socket.connect", "socket.bind", "ctypes.dlopen")
HARMLESS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr", "os.listxattr"}
HARMLESS |= {"os.add_dll_directory", "os.putenv", "os.unsetenv"}


class Ended(BaseException):
    """The hand-in has gone too far; no `except Exception` of its own keeps that from us."""


class NotAllowed(PermissionError):
    """It asked for what a check does not allow."""


class Printed(io.TextIOBase):
    """What is printed, up to a limit."""

    def __init__(self) -> None:
        self.text = ""
        self.count = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.count += len(text)
        self.text += text[: max(0, MOST_SHOWN - len(self.text))]
        if self.count > MOST_PRINTED:
            raise Ended(f"prints more than {MOST_PRINTED:,} characters; take that print out")
        return len(text)


def main(number: int, name: str, seconds: float) -> None:
    """Check the hand-in that stands in the standard input, and answer."""
    content = sys.stdin.buffer.read()
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    printed = Printed()
    sys.stdout = sys.stderr = printed
    sys.dont_write_bytecode = True
    with one_thread:  # finds BLAS; older versions of threadpoolctl write a file to do so
        pass
    limit(seconds)
    answer: dict[str, Any]
    try:
        verdict = check(number, function_of(content, name, exercise(number).name))
        answer = {"verdict": verdict.as_dict()}
    except Problem as problem:
        answer = {"problem": f"{plain(name)}{problem}"}
    except Ended as ended:
        answer = {"problem": f"{plain(name)}{line_of(ended, name)} {ended}"}
    except MemoryError:
        answer = {"problem": f"{plain(name)} needs more memory than a check has, {MEMORY >> 30} GB"}
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    answer["printed"] = printed.text
    rest = json.dumps(answer).encode()
    while rest:  # not through a file object: opening one is what the hook refuses
        rest = rest[os.write(answers, rest) :]


class Problem(Exception):
    """The hand-in cannot be checked; the text goes on after the name of the file."""


def limit(seconds: float) -> None:
    """Limit time and memory where the system can, and what may be done, everywhere."""
    if sys.platform != "win32":
        import resource

        def lower(kind: int, most: int) -> None:
            _, hard = resource.getrlimit(kind)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, hard))

        lower(resource.RLIMIT_CORE, 0)
        lower(resource.RLIMIT_FSIZE, 0)
        if sys.platform != "darwin":  # which knows the limit and refuses to set it
            lower(resource.RLIMIT_AS, MEMORY)

        def ring(*_: object) -> NoReturn:
            raise Ended(
                f"takes longer than {seconds:g} seconds, and was stopped; is there a loop that "
                "does not end?"
            )

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)  # again, should `except:` swallow it
    sys.addaudithook(refuse)


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise NotAllowed where a file would be written, a program started, a connection made."""
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        changes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        if writes or (isinstance(flags, int) and flags & changes):
            raise NotAllowed(f"writes to the file {plain(path, 60)}, which a check does not allow")
    elif event.startswith(FORBIDDEN) and event not in HARMLESS:
        raise NotAllowed(f"asks for {event}, which a check does not allow")


def function_of(content: bytes, name: str, function: str) -> Any:
    """Run the hand-in as a module, and take the function out of it. Raises Problem."""
    names: dict[str, Any] = {"__name__": "handed_in"}
    try:
        for code in codes(content, name):
            exec(code, names)
    except SyntaxError as error:
        where = _line(error.filename or name, name, error.lineno)
        raise Problem(f", {where}, is no Python: {plain(error.msg)}") from None
    except NotAllowed as error:
        raise Problem(f"{line_of(error, name)} {error}") from None
    except Problem:
        raise
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {_text(error)}"
        raise Problem(f"{line_of(error, name)} stops with the error {text}") from None
    if function not in names:
        own = [key for key, value in names.items() if callable(value)]
        hint = suggestion(function, own) if own else ""
        raise Problem(f" has no function `{function}`{hint}")
    return names[function]


def codes(content: bytes, name: str) -> list[CodeType]:
    """The module, or the cells of code of a notebook without what is no Python."""
    try:
        text = content.decode("utf-8-sig")
        if not name.endswith(".ipynb"):
            return [compile(text, name, "exec", dont_inherit=True)]
        cells = [each for each in json.loads(text)["cells"] if each["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
    except UnicodeDecodeError:
        raise Problem(" is no text in UTF-8") from None
    except SyntaxError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Problem(" is no notebook, or no Python") from None
    result = []
    for place, source in enumerate(sources, start=1):
        lines = ["" if line.lstrip()[:1] in ("%", "!") else line for line in source.split("\n")]
        result.append(compile("\n".join(lines), f"code cell {place}", "exec", dont_inherit=True))
    return result


def line_of(error: BaseException, name: str) -> str:
    """in line 7, the last one of the hand-in that the error came through."""
    trace, last = error.__traceback__, ""
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file == name or file.startswith("code cell "):
            last = f", {_line(file, name, trace.tb_lineno)},"
        trace = trace.tb_next
    return last


def _line(file: str, name: str, line: int | None) -> str:
    return f"line {line}" if file == name else f"{file}, line {line}"


def _text(error: BaseException) -> str:
    try:
        return plain(error)
    except Exception:
        return ""
