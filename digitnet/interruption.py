"""Ctrl-C as a request instead of an accident."""

import signal
from types import FrameType


class Interruption:
    """Within its `with` block, a first Ctrl-C is only noted, and a second one acts as before.

    For the main thread, where Python lets programs handle signals.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "Interruption":
        self._previous = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        signal.signal(signal.SIGINT, self._previous)
