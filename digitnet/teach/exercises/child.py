"""The process in which a hand-in runs: what it may do, and what its function returns.

`isolated` starts it. It gets the hand-in and then arguments, and answers with what the function
returns for them, as `wire` writes it. It judges nothing: whatever the hand-in does to this process,
it can only change these answers. It may take so much time and memory; where the kernel can refuse
the rest (`fence`) it does, and by an audit hook Python refuses it everywhere, with a sentence.
"""

from __future__ import annotations

import inspect
import os
import sys
from typing import Any

import numpy as np

from digitnet.languages import tr
from digitnet.nn.blas import one_thread
from digitnet.teach.exercises.blanks import first_blank, named
from digitnet.teach.exercises.limits import MEMORY, Ended, limit
from digitnet.teach.exercises.loading import Problem, function_of, line_in, own_text, place_of
from digitnet.teach.exercises.origin import factors, line_of
from digitnet.teach.exercises.printed import Printed
from digitnet.teach.exercises.running import copied, quiet
from digitnet.teach.exercises.wire import (
    Body,
    Text,
    message,
    packed,
    received,
    unpacked,
)
from digitnet.text import plain


class Link:
    """The two pipes, out of the way of what the hand-in reads and prints."""

    def __init__(self) -> None:
        self._from, self._into = os.dup(0), os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)

    def receive(self) -> tuple[Text, Body]:
        """The next message."""
        return received(self._read)

    def _read(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            piece = os.read(self._from, size - len(content))
            if not piece:
                os._exit(0)  # nobody asks any more
            content += piece
        return content

    def send(self, text: Text, body: bytes | bytearray = b"") -> None:
        """Send a message; not through a file object: opening one is what the hook refuses."""
        rest = memoryview(message(text, bytes(body)))
        while rest:
            rest = rest[os.write(self._into, rest) :]


def main(seconds: float) -> None:
    """Take a hand-in, and call its function as often as is asked for."""
    link = Link()
    printed = Printed()
    sys.stdout = sys.stderr = printed
    sys.dont_write_bytecode = True
    with one_thread:  # finds BLAS; older versions of threadpoolctl write a file to do so
        tr("right")  # reads the sentences while files may be read
    text, body = link.receive()
    link.send({"fenced": limit(seconds)})
    name = text["name"]
    try:
        function, given = function_of(bytes(body.content), name, text["function"]), text["given"]
        link.send(_kind(function, text["inputs"], name))
        while True:
            text, body = link.receive()
            if "arguments" in text:
                link.send(*_called(function, name, given, text["arguments"], body))
            else:
                link.send({"printed": printed.text})
    except Problem as problem:
        link.send({"problem": f"{plain(name)}{problem}"})
    except Ended as ended:
        place = place_of(ended, name)
        link.send({"problem": f"{plain(name)}{f', {place},' if place else ''} {ended}"})
    except MemoryError:
        needs = tr(
            "{name} needs more memory than a check has, {most} GB",
            name=plain(name),
            most=MEMORY >> 30,
        )
        link.send({"problem": needs})


def _kind(function: Any, n_inputs: int, name: str) -> Text:
    """Whether it is a function, one of so many arguments, and what is still blank in it."""
    takes = True
    try:
        inspect.signature(function).bind(*range(n_inputs))
    except TypeError:
        takes = False
    except ValueError:  # of functions that do not tell
        pass
    blank = first_blank(function)
    return {
        **{"callable": callable(function), "takes": takes, "kind": packed(function, Body())},
        "blank": named(blank[0], line_in(_file_of(function), name, blank[1])) if blank else "",
    }


def _file_of(function: Any) -> str:
    """Where a function stands that Python has compiled, "" of anything else that can be called."""
    return str(getattr(getattr(function, "__code__", None), "co_filename", ""))


def _called(
    function: Any, name: str, above: list[str], told: list[Text], body: Body
) -> tuple[Text, bytearray]:
    """What the function returns for these arguments, and those that it has changed.

    above: the names of what it was given above its blank.
    """
    given = {str(place): unpacked(each, body) for place, each in enumerate(told)}
    before = copied(given)
    sent = Body()
    try:
        with quiet():
            returned = packed(function(*given.values()), sent)
    except Ended:
        raise
    except BaseException as error:
        return {"error": _described(error, _file_of(function), name, above)}, bytearray()
    changed = [
        packed(value, sent) if isinstance(value, np.ndarray) and _differ(value, old) else None
        for value, old in zip(given.values(), before.values(), strict=True)
    ]
    return {"returned": returned, "changed": changed}, sent.content


def _described(error: BaseException, file: str, name: str, above: list[str]) -> Text:
    """An error, and where in the function it arose."""
    return {
        "kinds": [each.__name__ for each in type(error).__mro__[:10]],
        "text": own_text(error),
        "where": place_of(error, name, above),
        "factors": factors(error, file) if isinstance(error, ValueError) else [],
        "line_of": line_of(error, file, above),
    }


def _differ(after: Any, before: Any) -> bool:
    return not np.array_equal(after, before, equal_nan=True)
