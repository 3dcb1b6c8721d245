"""What goes between a check and the process in which a hand-in runs: numbers, and no objects.

A message is two lengths of four bytes, a text in JSON, and the bytes of arrays. Nothing is
unpickled. Of what a function returns, arrays of numbers go as numbers, and of anything else only
its kind goes; `unpacked` makes something of the same kind, so that the check says the same of it.
So an object's own == or __array__ is never called where the verdict is made.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.teach.exercises.returned import LARGEST
from digitnet.text import plain

HEAD = struct.Struct("<II")
LONGEST_TEXT = 100_000
"""Bytes of the text of a message."""
LONGEST_BODY = 64_000_000
"""Bytes of all arrays of a message."""
MOST_SHOWN = 2_000
"""Characters of what a hand-in has printed."""
MOST_PARTS = 16
"""Of a tuple, that go one by one."""
MOST_COUNTED = 1_000_000
LARGEST_WHOLE = 10**300
CONSTANTS: dict[str, Any] = {"None": None, "Ellipsis": ..., "True": True, "False": False}
DTYPE = re.compile(r"[<>|]?[biufcOSUV]\d{0,3}")
Text = dict[str, Any]


class Stopped(BaseException):
    """A hand-in cannot be checked any further.

    No Exception: those are taken for errors of the pupil's function.
    """


class NoAnswer(Stopped):
    """What came is nothing that this end understands."""


def message(text: Text, body: bytes = b"") -> bytes:
    """A text that JSON can hold, and bytes, as they are sent."""
    written = json.dumps(text).encode()
    return HEAD.pack(len(written), len(body)) + written + body


def received(read: Callable[[int], bytes]) -> tuple[Text, Body]:
    """The next message, from a function that reads so many bytes. Raises NoAnswer."""
    n_text, n_body = HEAD.unpack(read(HEAD.size))
    if n_text > LONGEST_TEXT or n_body > LONGEST_BODY:
        raise NoAnswer
    return text_from(read(n_text)), Body(read(n_body))


def text_from(content: bytes) -> Text:
    """The text of a message. Raises NoAnswer."""
    try:
        text = json.loads(content)
    except (ValueError, RecursionError):
        raise NoAnswer from None
    if not isinstance(text, dict):
        raise NoAnswer
    return text


class Body:
    """The bytes of arrays, one after the other: added at one end, taken at the other."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.place = 0

    def add(self, piece: bytes) -> None:
        """Put bytes to the end."""
        self.content += piece

    def take(self, size: int) -> bytes:
        """The next bytes. Raises NoAnswer if there are not so many."""
        piece = bytes(self.content[self.place : self.place + size])
        self.place += size
        if size < 0 or len(piece) != size:
            raise NoAnswer
        return piece


def packed(value: Any, body: Body, deep: bool = True) -> Text:
    """What describes a value; the bytes of its arrays go to the body."""
    kind = type(value)
    told: Text = {"other": kind.__name__[:200]}
    if kind is int:
        endless = math.inf if value > 0 else -math.inf
        told = {"number": value if abs(value) < LARGEST_WHOLE else endless}
    elif kind is float:
        told = {"number": value}
    elif value is None or value is Ellipsis or kind is bool:
        told = {"constant": repr(value)}
    elif kind is tuple and deep and len(value) <= MOST_PARTS:
        told = {"parts": [packed(part, body, deep=False) for part in value]}
    elif kind in (tuple, list):
        told = {"many": kind.__name__, "count": min(len(value), MOST_COUNTED)}
    elif kind is np.ndarray or (issubclass(kind, np.generic) and kind.__module__ == "numpy"):
        told = _packed_array(np.asarray(value), body) | {"scalar": kind is not np.ndarray}
    return told


def _packed_array(array: NDArray[Any], body: Body) -> Text:
    told: Text = {"shape": list(array.shape), "array": array.dtype.str, "bytes": None}
    room = LONGEST_BODY - len(body.content)
    if array.dtype.kind not in "fiub" or array.size > LARGEST or 8 * array.size > room:
        return told
    wide = array.dtype.itemsize > 8
    sent = array.astype(np.float64 if wide else array.dtype.newbyteorder("<"))
    body.add(sent.tobytes())
    return told | {"array": sent.dtype.str, "bytes": sent.nbytes}


def unpacked(told: Any, body: Body) -> Any:
    """A value of the same kind, its arrays its own. Raises NoAnswer."""
    try:
        return _unpacked(told, body)
    except (LookupError, TypeError, ValueError, OverflowError, AttributeError, RecursionError):
        raise NoAnswer from None


def _unpacked(told: Text, body: Body) -> Any:
    if "number" in told and type(told["number"]) in (int, float):
        return told["number"]
    if "constant" in told:
        return CONSTANTS[told["constant"]]
    if "parts" in told:
        return tuple(_unpacked(part, body) for part in told["parts"][:MOST_PARTS])
    if "many" in told:
        kind = {"tuple": tuple, "list": list}[told["many"]]
        return kind([None] * min(int(told["count"]), MOST_COUNTED))
    if "array" in told:
        array = _unpacked_array(told, body)
        return array[()] if told["scalar"] and not array.shape else array
    return type(plain(told["other"], 40), (), {})()


def _unpacked_array(told: Text, body: Body) -> NDArray[Any]:
    shape = tuple(told["shape"])
    if not all(type(size) is int and 0 <= size < 2**62 for size in shape):
        raise NoAnswer
    if told["bytes"] is None:  # too large to be sent, or no numbers: one entry stands for all
        dtype = told["array"] if DTYPE.fullmatch(told["array"]) else "O"
        return np.broadcast_to(np.zeros((), dtype), shape)
    dtype = np.dtype(told["array"])
    size = math.prod(shape) * dtype.itemsize
    if dtype.kind not in "fiub" or size != told["bytes"]:
        raise NoAnswer
    stored = np.dtype(np.uint8) if dtype.kind == "b" else dtype
    return np.ndarray(shape, stored, buffer=body.take(size)).astype(dtype.newbyteorder("="))
