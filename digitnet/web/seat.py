"""Seat: a visit with a thread of its own, and the connection of the page that looks at it.

The thread alone touches the visit. Commands wait for it in a queue that takes no more than so many
bytes; events wait for the page in another, which drops what is passing when the page is slow.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue

from digitnet.web.frames import Frame, packed
from digitnet.web.messages import Event
from digitnet.web.visit import Visit

SLICE_MS = 12.0
"""How long it learns before it looks for commands: what an answer has to wait."""
MOST_COMMANDS = 64
MOST_WAITING_BYTES = 40_000_000
MOST_PASSING = 8
"""Events that wait for a page before passing ones are dropped."""
MOST_EVENTS = 2000
"""Events that wait for a page before it is given up."""


class Outbox:
    """Frames on their way to a page. Any thread may put some in."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._frames: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._ready = asyncio.Event()
        self.closed = False
        self.n_dropped = 0

    def put(self, event: Event) -> None:
        """Send an event, or drop it if it is passing and many wait."""
        with self._lock:
            if self.closed:
                return
            if event.passing and len(self._frames) >= MOST_PASSING:
                self.n_dropped += 1
                return
            if len(self._frames) >= MOST_EVENTS:
                self.closed = True
            else:
                self._frames.append(packed(event.name, event.fields, event.arrays))
        self._wake()

    def close(self) -> None:
        """Nothing more is sent."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ready.set)

    async def get(self) -> bytes | None:
        """The next frame; None when it has been closed."""
        while True:
            with self._lock:
                if self.closed:
                    return None
                if self._frames:
                    return self._frames.popleft()
                self._ready.clear()
            await self._ready.wait()


class Seat:
    """A visit, the thread that works for it, and the outbox of the page that is connected."""

    def __init__(self, visit: Visit, cores: threading.Semaphore) -> None:
        self._visit, self._cores = visit, cores
        self._commands: Queue[Frame | None] = Queue(MOST_COMMANDS)
        self._waiting = 0
        self._lock = threading.Lock()
        self._closing = False
        self._outbox: Outbox | None = None
        self.left = time.monotonic()
        self._thread = threading.Thread(target=self._serve, name="visit", daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether a page looks at it."""
        return self._outbox is not None

    def connect(self, outbox: Outbox) -> None:
        """Send events there from now on. Without a page nothing is learned."""
        self._outbox = outbox

    def disconnect(self, outbox: Outbox) -> None:
        """The page has gone; it may come back."""
        if self._outbox is outbox:
            self._outbox = None
            self.left = time.monotonic()

    def ask(self, command: Frame, n_bytes: int) -> bool:
        """Leave a command for the visit; False if too much waits already."""
        with self._lock:
            if self._waiting + n_bytes > MOST_WAITING_BYTES:
                return False
            try:
                self._commands.put_nowait(command)
            except Full:
                return False
            self._waiting += n_bytes
        return True

    def close(self) -> None:
        """End the thread, and with it the training, after the slice that is under way."""
        self._closing = True
        with suppress(Full):  # then it sees that it is closing
            self._commands.put_nowait(None)

    def _serve(self) -> None:
        while not self._closing:
            learning = self._visit.busy and self.connected
            try:
                command = self._commands.get(block=not learning, timeout=1.0)
            except Empty:
                if learning:
                    with self._cores:
                        self._tell(self._visit.work, SLICE_MS)
                continue
            if command is None:
                return
            self._tell(self._visit.do, *command)
            with self._lock:
                self._waiting = 0 if self._commands.empty() else self._waiting

    def _tell(self, act: Callable[..., list[Event]], *given: object) -> None:
        events = act(*given)
        outbox = self._outbox
        for event in events if outbox else ():
            assert outbox is not None
            outbox.put(event)
