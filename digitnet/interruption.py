"""Ctrl-C as a request instead of an accident, and SIGTERM likewise."""

import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Within its `with` block, a first Ctrl-C or SIGTERM is only noted, a second acts as before.

    In the main thread, where Python lets programs handle signals; in any other it notes nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            self._previous = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(self, *error: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        for each, handler in self._previous.items():
            signal.signal(each, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        self._give_back()
