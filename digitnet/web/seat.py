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
from functools import partial

from digitnet.web.cores import Cores
from digitnet.web.frames import Frame, packed
from digitnet.web.messages import Event
from digitnet.web.visit import Visit, attempt

SLICE_MS = 6.0
"""How long it learns before it looks for commands: what an answer has to wait."""
MOST_COMMANDS = 64
MOST_WAITING_BYTES = 40_000_000
MOST_PASSING = 8
"""Events that wait for a page before passing ones are dropped."""
MOST_EVENTS = 2000
FOR_THE_PAGE = (
    *("hello", "draw", "picture", "look", "preview", "save", "kept"),
    *("subject", "evaluate", "cell", "doubtful", "inspect", "unit", "map", "robustness"),
)
"""Commands that only answer: they are dropped when the page that asked has gone."""
MOST_EVENT_BYTES = 64_000_000
"""Events, and bytes of them, that wait for a page before it is given up."""


class Outbox:
    """Frames on their way to a page. Any thread may put some in."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._frames: deque[bytes] = deque()
        self._n_bytes = 0
        self._lock = threading.Lock()
        self._ready = asyncio.Event()
        self.closed = False
        self.n_dropped = 0

    def put(self, event: Event) -> None:
        """Send an event, or drop it if it is passing and many wait."""
        if event.passing and len(self._frames) >= MOST_PASSING:
            self.n_dropped += 1
            return
        frame = packed(event.name, event.fields, event.arrays)
        with self._lock:
            if self.closed:
                return
            n_bytes = self._n_bytes + len(frame)
            if self._frames and (len(self._frames) >= MOST_EVENTS or n_bytes > MOST_EVENT_BYTES):
                self._give_up()
            else:
                self._frames.append(frame)
                self._n_bytes = n_bytes
        self._wake()

    def close(self) -> None:
        """Nothing more is sent."""
        with self._lock:
            self._give_up()
        self._wake()

    def _give_up(self) -> None:
        self.closed = True
        self._frames.clear()

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop has been closed
            self._loop.call_soon_threadsafe(self._ready.set)

    async def get(self) -> bytes | None:
        """The next frame; None when it has been closed."""
        while True:
            with self._lock:
                if self.closed:
                    return None
                if self._frames:
                    frame = self._frames.popleft()
                    self._n_bytes -= len(frame)
                    return frame
                self._ready.clear()
            await self._ready.wait()


class Seat:
    """A visit, the thread that works for it, and the outbox of the page that is connected.

    Commands come first: they do not wait until it is the visit's turn to learn. The thread ends
    when there are none and the page has gone, so that its share of memory is the next one's.
    """

    def __init__(self, visit: Visit, cores: Cores) -> None:
        self._visit, self._cores = visit, cores
        self._commands: deque[tuple[Frame, int, Outbox | None]] = deque()
        self._n_bytes = 0
        self._changed = threading.Condition()
        self._closing = self._asked_for_a_turn = self._has_turn = False
        self._outbox: Outbox | None = None
        self._thread: threading.Thread | None = None
        self.left = time.monotonic()

    @property
    def connected(self) -> bool:
        """Whether a page looks at it."""
        return self._outbox is not None

    @property
    def working(self) -> bool:
        """Whether its thread has not ended: after `close`, a command may be under way."""
        return self._thread is not None

    def connect(self, outbox: Outbox) -> None:
        """Send events there from now on. Without a page nothing is learned."""
        with self._changed:
            self._outbox = outbox
            self._wake()

    def disconnect(self, outbox: Outbox) -> None:
        """The page has gone; it may come back."""
        with self._changed:
            if self._outbox is outbox:
                self._outbox = None
                self.left = time.monotonic()
                self._changed.notify()

    def ask(self, command: Frame, n_bytes: int) -> bool:
        """Leave a command for the visit; False if too much waits already."""
        with self._changed:
            too_many = len(self._commands) >= MOST_COMMANDS
            if too_many or self._n_bytes + n_bytes > MOST_WAITING_BYTES:
                return False
            self._commands.append((command, n_bytes, self._outbox))
            self._n_bytes += n_bytes
            self._wake()
        return True

    def close(self) -> None:
        """End the thread, and with it the training, after what is under way; drop what waits."""
        with self._changed:
            self._closing = True
            self._commands.clear()
            self._changed.notify()

    def _wake(self) -> None:
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._serve, name="visit", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _serve(self) -> None:
        while act := self._next():
            act()
            del act  # and the arrays of a command, while it waits for the next one

    def _next(self) -> Callable[[], None] | None:
        """What is to be done next, as soon as there is something; None when the thread ends."""
        with self._changed:
            self._changed.wait_for(self._is_called)
            if self._commands:
                return partial(self._carry_out, *self._commands.popleft())
            if self.connected and not self._closing:
                return self._learn if self._has_turn else self._ask_for_a_turn
            self._thread = None
            if not self._has_turn:
                return None
            self._has_turn = self._asked_for_a_turn = False
        self._cores.done()
        return None

    def _is_called(self) -> bool:
        if self._closing or self._commands or self._has_turn or not self.connected:
            return True
        return self._visit.busy and not self._asked_for_a_turn

    def _ask_for_a_turn(self) -> None:
        self._asked_for_a_turn = True
        self._cores.ask(self._take_turn)

    def _take_turn(self) -> None:
        with self._changed:
            takes_it = self.working and not self._closing
            self._has_turn = self._asked_for_a_turn = takes_it
            self._changed.notify()
        if not takes_it:
            self._cores.done()

    def _learn(self) -> None:
        try:
            if self._visit.busy and self.connected:
                self._tell(self._visit.work, SLICE_MS)
        finally:
            self._has_turn = self._asked_for_a_turn = False
            self._cores.done()

    def _carry_out(self, command: Frame, n_bytes: int, outbox: Outbox | None) -> None:
        if outbox is self._outbox or command.name not in FOR_THE_PAGE:
            self._tell(self._visit.do, *command)
        with self._changed:
            self._n_bytes -= n_bytes

    def _tell(self, act: Callable[..., list[Event]], *given: object) -> None:
        events = attempt(self._visit, act, *given, log="the terminal")
        outbox = self._outbox
        for event in events if outbox else ():
            assert outbox is not None
            outbox.put(event)
