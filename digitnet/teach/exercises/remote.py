"""A hand-in's function, called from here, computed there.

`check` calls it as it would call any function. Arguments go to the process of the hand-in, arrays
come back, and the verdict is made here, from copies of our own. What comes back may be anything: it
is looked at as the answer of a pupil's function, and decides nothing by itself.
"""

from __future__ import annotations

import builtins
import inspect
from typing import Any

import numpy as np

from digitnet.teach.exercises.isolated import Isolated
from digitnet.teach.exercises.origin import Factor
from digitnet.teach.exercises.wire import Body, NoAnswer, Stopped, Text, packed, unpacked
from digitnet.text import plain

ERRORS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and (issubclass(kind, Exception) or kind is SystemExit)
    and not issubclass(kind, BaseExceptionGroup)
}
"""Kinds of errors that are raised here again; of all others, the nearest of these."""


class Problem(Stopped):
    """What the process says of a hand-in that cannot be checked."""


class Remote:
    """The function; raises what it raises there, or Stopped.

    takes: whether it can be called with as many arguments as there are. blank: its first line that
    is still three dots, "" if there is none.
    """

    def __init__(self, process: Isolated, takes: bool, blank: str) -> None:
        self._process, self.blank = process, blank
        if not takes:
            self.__signature__ = inspect.Signature()

    def __call__(self, *given: Any) -> Any:
        sent = Body()
        told = [packed(value, sent) for value in given]
        text, body = ask(self._process, {"arguments": told}, bytes(sent.content))
        if "error" in text:
            raise _error(text["error"])
        returned = unpacked(text.get("returned"), body)
        _change(given, text.get("changed"), body)
        return returned


def ask(process: Isolated, text: Text, body: bytes = b"") -> tuple[Text, Body]:
    """Send a message, and wait for the answer. Raises Stopped."""
    process.send(text, body)
    answer, content = process.receive()
    if "problem" in answer:
        raise Problem(str(answer["problem"]))
    return answer, content


def _change(given: tuple[Any, ...], changed: Any, body: Body) -> None:
    """Do to our arguments what was done there to theirs."""
    if not isinstance(changed, list) or len(changed) != len(given):
        raise NoAnswer
    for array, told in zip(given, changed, strict=True):
        if told is None or not isinstance(array, np.ndarray):
            continue
        after = unpacked(told, body)
        numbers = isinstance(after, np.ndarray) and after.dtype.kind in "fiub"
        if not numbers or after.size != array.size:
            raise NoAnswer
        array.resize(after.shape, refcheck=False)
        array[...] = after


def _error(told: Any) -> BaseException:
    """An error of the same kind, with the same text, and the line that it came from."""
    try:
        kinds, text = [str(each) for each in told["kinds"]], str(told["text"])
        name, where = plain(kinds[0], 40), plain(told["where"], 60)
        line = plain(told["line_of"], 40)
        both = [
            Factor(plain(each, 40), tuple(map(int, shape)), is_mask is True)
            for each, shape, is_mask in told["factors"][:2]
        ]
    except (LookupError, TypeError, ValueError):
        raise NoAnswer from None
    about = {"__str__": lambda _: text, "where": where, "factors": both, "line_of": line}
    base = next((ERRORS[each] for each in kinds if each in ERRORS), Exception)
    kind: type[BaseException] = type(name, (base,), about)
    return kind.__new__(kind)  # without the arguments that some have to have
