"""Waiting for others in MPI, but not for ever after a signal that asks to end.

When a rank has died, its launcher asks the others to end, by SIGTERM. But each of these waits for
the dead one within a call of MPI, and Python handles a signal between two instructions of its own:
such a call is one. So a thread hears of the signal, by a byte that Python writes at once.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SPEAKS_AFTER_S, ENDS_AFTER_S = 0.5, 10.0
"""Open MPI gives a second before it kills; a rank may be slow without being dead."""


class Waiting:
    """Counts the calls in which this process waits for others: `with waiting:` around each."""

    def __init__(self) -> None:
        self._n = 0  # odd within a call

    def __enter__(self) -> None:
        self._n += 1

    def __exit__(self, *error: object) -> None:
        self._n += 1

    @contextmanager
    def not_for_ever(self, speak: Callable[[], None]) -> Iterator[None]:
        """Within it, this process ends if it waits in one call after it was asked to end.

        speak: says so, a while before. Does nothing outside the main thread, which has the signals.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        written, heard = socket.socketpair()
        written.setblocking(False)
        before = signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
        over = threading.Event()
        threading.Thread(
            target=self._watch, args=(heard, over, speak), name="waiting", daemon=True
        ).start()
        try:
            yield
        finally:
            over.set()
            signal.set_wakeup_fd(before)
            written.close()  # which the thread hears too

    def _watch(
        self, heard: socket.socket, over: threading.Event, speak: Callable[[], None]
    ) -> None:
        with heard:
            asked = heard.recv(1)
        while asked and not over.is_set():
            call = self._n
            if not self._still_in(call, SPEAKS_AFTER_S):
                continue
            speak()
            if self._still_in(call, ENDS_AFTER_S):
                os._exit(1)

    def _still_in(self, call: int, after_s: float) -> bool:
        """Whether it waits in the same call after so many seconds."""
        time.sleep(after_s)
        return call % 2 == 1 and call == self._n
