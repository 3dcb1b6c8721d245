"""Signals that ask a program to end (Ctrl-C, SIGTERM, a closed terminal), from the first moment on.

    quit_when_asked()              while the first modules are imported: there is nothing to keep
    Interruption(at_once=True)     while a command runs: KeyboardInterrupt, as after Ctrl-C
    Interruption()                 while a network learns: a request instead of an accident

They do nothing outside the main thread, where Python lets no program handle signals.
This module is imported before NumPy, and imports nothing that takes time.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

STATUS = 130
"""The exit status of a command that was interrupted."""
Handler = Callable[[int, FrameType | None], None]


def quit_when_asked() -> None:
    """From now on any of the signals ends this process at once, with status 130."""
    _handle(_quit)


class Interruption:
    """Within its `with` block, the first of the signals is only noted, a second acts as before.

    at_once: each raises KeyboardInterrupt as well.
    requested: whether there was one. Some libraries, while they are imported, lose the exception or
    make another one of it, so this is what tells. Python itself loses it where an object is being
    deleted; that is not worth a traceback.
    """

    def __init__(self, at_once: bool = False) -> None:
        self.requested = False
        self._at_once = at_once

    def __enter__(self) -> "Interruption":
        """Raises KeyboardInterrupt if that of a block around this one was lost."""
        self._previous = _handle(self._note)
        owners = [getattr(handler, "__self__", None) for handler in self._previous.values()]
        if any(isinstance(owner, Interruption) and owner.requested for owner in owners):
            self._give_back()
            raise KeyboardInterrupt
        self._tell_what_is_lost = sys.unraisablehook
        if self._at_once and self._previous:
            sys.unraisablehook = self._unraisable
        return self

    def __exit__(self, *error: object) -> None:
        self._give_back()
        if self._at_once and self._previous:
            sys.unraisablehook = self._tell_what_is_lost

    def _unraisable(self, lost: "sys.UnraisableHookArgs") -> None:
        if not (self.requested and isinstance(lost.exc_value, KeyboardInterrupt)):
            self._tell_what_is_lost(lost)

    def _give_back(self) -> None:
        for number, handler in self._previous.items():
            if handler is not None:  # not one that Python knows
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        if self._at_once:
            raise KeyboardInterrupt
        self._give_back()


def _quit(*_: object) -> None:
    os._exit(STATUS)


def _handle(handler: Handler) -> dict[int, Any]:
    """Let this handle the signals; returns what handled each of them before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    numbers = [signal.SIGINT, signal.SIGTERM]
    hang_up = getattr(signal, "SIGHUP", None)  # not on Windows
    if hang_up and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as `nohup` has it
        numbers.append(hang_up)
    return {number: signal.signal(number, handler) for number in numbers}
