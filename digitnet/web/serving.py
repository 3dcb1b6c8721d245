"""Serving: uvicorn, as this server needs it, and connections that cannot be held for nothing.

A connection is closed when it sends no whole request in time, or takes nothing of what is sent to
it; beyond as many as this process may have files, the one that has asked for nothing longest makes
room. A page on a network that is gone looks like the second: it is not told when it comes back.
"""

import asyncio
import logging
import sys
import time
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from digitnet.web.commands import MOST_FILE_BYTES
from digitnet.web.frames import LONGEST_HEADER

MOST_MESSAGE_BYTES = MOST_FILE_BYTES + LONGEST_HEADER + 64
LONGEST_HEADERS_S = 10.0
"""From the connection, or the answer before, to the whole of a request but its body."""
LONGEST_REQUEST_S = 40.0
"""To the end of its body; what reads it gives up sooner, with an answer."""
UNSENT_S = 20.0
"""How long nothing of what waits to be sent may be taken."""
LOOKS = 20
"""So often within that time it is looked whether something was."""
BACKLOG = 64
"""Connections that wait to be accepted, and are then, all together: so many more may be open for a
moment, and as many again before the first of them are closed."""
OTHER_FILES = 64
"""That this process has open besides connections."""
LOG = logging.getLogger(__name__)


def configuration(app: Any, **more: Any) -> uvicorn.Config:
    """Of a server of this application."""
    config = uvicorn.Config(
        app,
        http=Connection,
        ws_max_size=MOST_MESSAGE_BYTES,
        ws_max_queue=8,
        ws_per_message_deflate=False,  # else a small message unpacks to a large one, on the loop
        backlog=BACKLOG,
        lifespan="on",
        timeout_graceful_shutdown=1,
        server_header=False,
        **({"log_level": "warning"} | more),
    )
    logging.getLogger("uvicorn.error").addFilter(QUIET)
    return config


def most_connections() -> int:
    """As many as this process may have files, but for its own and those being accepted."""
    if sys.platform == "win32":
        return 400  # of 512 that its select takes
    import resource

    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return 10_000
    return min(max(allowed - OTHER_FILES - 2 * BACKLOG, allowed // 4), 10_000)


class Connection(H11Protocol):
    """Of HTTP, until a websocket takes it over, with an end to waiting."""

    since = 0.0
    """When it began to wait for the request."""
    _deadline: asyncio.TimerHandle | None = None
    _is_websocket = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(LONGEST_HEADERS_S)
        Watch(transport, self.loop).look()
        if len(self.connections) > most_connections():
            waiting = [each for each in self.connections if isinstance(each, Connection)]
            idle = [each for each in waiting if each.waits]
            min(idle, key=lambda each: each.since, default=self).transport.abort()

    @property
    def waits(self) -> bool:
        """Whether no request has come, or the last one is answered."""
        return self.conn.their_state is h11.IDLE and not self.transport.is_closing()

    def data_received(self, data: bytes) -> None:
        before = self.conn.their_state
        super().data_received(data)
        after = self.conn.their_state
        if self._is_websocket:  # which has no body to wait for
            self._stop_waiting()
        elif after is h11.SEND_BODY and before is not after:
            self._wait(LONGEST_REQUEST_S)
        elif after not in (h11.IDLE, h11.SEND_BODY):
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.waits and self._deadline is None:
            self._wait(LONGEST_HEADERS_S)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._is_websocket = True
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self.since = time.monotonic()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Watch:
    """Aborts a connection, of HTTP or a websocket, of which nothing is taken for long."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._unsent = self._n_in_vain = 0

    def look(self) -> None:
        """Now, and from now on."""
        unsent = self._transport.get_write_buffer_size()
        if self._transport.is_closing() and not unsent:
            return
        in_vain = 0 < self._unsent <= unsent
        self._n_in_vain = self._n_in_vain + 1 if in_vain else 0
        self._unsent = unsent
        if self._n_in_vain >= LOOKS:
            self._transport.abort()
        else:
            self._loop.call_later(UNSENT_S / LOOKS, self.look)


class Quiet(logging.Filter):
    """Drops what visitors could fill the terminal with, and what comes of ending in the middle."""

    def filter(self, record: logging.LogRecord) -> bool:
        error, message = record.exc_info[0] if record.exc_info else None, str(record.msg)
        if error is not None and issubclass(error, asyncio.CancelledError):
            return False
        if message.rstrip().endswith("asyncio.exceptions.CancelledError"):  # a traceback as a text
            return False
        return not message.startswith(("Invalid HTTP", "Unsupported upgrade", "Cancel %s"))


QUIET = Quiet()


class Complaints:
    """What asyncio is told to do with errors that nobody handles: see set_exception_handler."""

    def __init__(self, every_s: float = 60.0) -> None:
        self._every_s, self._due = every_s, 0.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A sentence now and then where no connection can be accepted, else as usual."""
        if not str(context.get("message", "")).startswith("socket.accept()"):
            loop.default_exception_handler(context)
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + self._every_s
            problem = cast(OSError, context.get("exception"))
            LOG.error("too many connections: some have to wait (%s)", problem.strerror)
