"""What comes from outside: files that people name, how much is read of them, and JSON.

Nothing here believes what it reads. A file is opened only if it is one, and not a pipe or a device
that never ends; nothing is unpacked to more than its size makes plausible; JSON has no depth in
which Python would lose its way, and no number that only Python knows.
"""

import errno
import io
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

MOST_JSON = 2**22
"""Characters: a header has two thousand, or three million with the longest names of 256 classes."""
DEEPEST_JSON = 20
LARGEST_WHOLE = 2**63
UNPACKED_FREELY = 2**26
MOST_PER_PACKED_BYTE = 25
"""MNIST takes five times its packed size, as float64 22 times, and a bomb a thousand times."""
PIECE = 2**20


class Stream(Protocol):
    """Something to read from: a file, or what unpacks one."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or as many as are left."""


def open_file(path: Path) -> io.BufferedReader:
    """Open a file to read. Never waits.

    Raises OSError if it cannot be opened, or is a folder, a pipe, a socket or a device; ValueError
    for a path that no file can have.
    """
    expect_file(path, path.stat().st_mode)  # some devices act when they are opened
    without_waiting = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_RDONLY | without_waiting)
    try:
        expect_file(path, os.fstat(descriptor).st_mode)  # it may have become something else
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def expect_file(path: Path, mode: int) -> None:
    """Raise OSError unless this mode, of what is at the path, is that of a file."""
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a file, but a pipe, a socket or a device", str(path))


def most_unpacked(n_packed: int) -> int:
    """How many bytes may come out of a compressed file of so many."""
    return max(UNPACKED_FREELY, MOST_PER_PACKED_BYTE * n_packed)


def read_exactly(stream: Stream, n_bytes: int) -> NDArray[np.uint8]:
    """The rest of the stream as an array, read-only, if it is so many bytes.

    It is read in pieces, so memory is taken as it is filled. Raises ValueError if it is not.
    """
    content = np.empty(n_bytes, np.uint8)
    n_read = 0
    while n_read < n_bytes:
        piece = stream.read(min(PIECE, n_bytes - n_read))
        if not piece:
            raise ValueError(f"only {n_read} follow")
        content[n_read : n_read + len(piece)] = np.frombuffer(piece, np.uint8)
        n_read += len(piece)
    if stream.read(1):  # which also makes gzip and zip look at their checksum
        raise ValueError("more follow")
    content.flags.writeable = False
    return content


def read_json(path: Path, most: int = MOST_JSON) -> Any:
    """What a file says in JSON. Raises OSError; ValueError as parse_json does."""
    with open_file(path) as file:
        content = file.read(most + 1)
    return parse_json(content.decode("utf-8-sig"), most)  # Windows writes a mark before it


def parse_json(text: str, most: int = MOST_JSON) -> Any:
    """What a text says in JSON.

    Raises ValueError if it is no JSON, or has more than `most` characters, lists in lists
    DEEPEST_JSON deep, or a whole number that does not fit 64 bits.
    """
    if len(text) > most:
        raise ValueError(f"expected at most {most} characters of JSON, got more")
    if not text.strip():
        raise ValueError("it is empty")
    try:
        value = json.loads(text, parse_int=_whole)
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error
    level = _nested([[value]])
    for _ in range(DEEPEST_JSON):
        level = _nested(level)
    if level:
        raise ValueError("its JSON is nested too deeply")
    return value


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > len(str(LARGEST_WHOLE)) or abs(int(digits)) > LARGEST_WHOLE:
        raise ValueError("it has a whole number that does not fit 64 bits")
    return int(digits)


def _nested(parents: Iterable[Any]) -> list[Any]:
    """The lists and dictionaries that are directly in these."""
    return [
        each
        for parent in parents
        for each in (parent.values() if isinstance(parent, dict) else parent)
        if isinstance(each, dict | list)
    ]
