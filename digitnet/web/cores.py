"""Cores: whose turn it is to learn, where there are more visitors than cores."""

import threading
from collections import deque
from collections.abc import Callable

Call = Callable[[], None]


class Cores:
    """So many at a time have one, in the order in which they asked. Nobody waits in here."""

    def __init__(self, n: int) -> None:
        self._n_free = n
        self._waiting: deque[Call] = deque()
        self._lock = threading.Lock()

    def ask(self, call: Call) -> None:
        """Call this when it is the asker's turn, now or later, maybe in another thread.

        Who is called says `done` once.
        """
        with self._lock:
            if self._n_free == 0:
                self._waiting.append(call)
                return
            self._n_free -= 1
        call()

    def done(self) -> None:
        """A turn is over: the next one."""
        with self._lock:
            if not self._waiting:
                self._n_free += 1
                return
            call = self._waiting.popleft()
        call()
