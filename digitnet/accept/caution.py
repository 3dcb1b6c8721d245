"""Warnings that point to the line of the user's own program."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from digitnet.errors import InputWarning

PACKAGE = str(Path(__file__).parent.parent)

_gathering: ContextVar[list[str] | None] = ContextVar("gathering", default=None)


@contextmanager
def gathered() -> Iterator[list[str]]:
    """The warnings of this thread meanwhile, for whoever answers others than who runs Python.

    warnings.catch_warnings would do so for all threads.
    """
    messages: list[str] = []
    before = _gathering.set(messages)
    try:
        yield messages
    finally:
        _gathering.reset(before)


def warn(message: str) -> None:
    """Warn with InputWarning, as if by the code that called into this package."""
    if (messages := _gathering.get()) is not None:
        messages.append(message)
        return
    depth = 1
    frame = sys._getframe(depth)
    while frame.f_back and frame.f_code.co_filename.startswith(PACKAGE):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, InputWarning, stacklevel=depth + 1)
