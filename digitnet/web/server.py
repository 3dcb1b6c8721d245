"""Server: the page, its visits, and an interface for other programs, over HTTP.

It needs the extra digitnet[web]: Starlette, uvicorn and websockets.
"""

import asyncio
import os
import re
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from digitnet.data import Dataset
from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.reading.reading import read
from digitnet.web.api import Api
from digitnet.web.commands import MOST_FILE_BYTES
from digitnet.web.frames import LONGEST_HEADER, unpacked
from digitnet.web.guard import Guard
from digitnet.web.kept import Kept
from digitnet.web.limits import Limits
from digitnet.web.material import Shared
from digitnet.web.messages import error_event
from digitnet.web.seat import Outbox, Seat
from digitnet.web.visit import Visit

STATIC = Path(__file__).parent / "static"
MOST_MESSAGE_BYTES = MOST_FILE_BYTES + LONGEST_HEADER + 64
MOST_MISTAKES = 100
"""Frames that are none, after which a connection is closed."""
KEPT_S = 15 * 60.0
"""How long a visit whose page has gone is kept, in case it comes back."""
TAKEN_S = 2.0
"""How long a page waits for the one before it to let go of a visit: a reload is that quick."""
VISIT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
FULL, TAKEN, NAMELESS = 4001, 4002, 4003
"""Codes with which a websocket is closed: too many visitors; the visit belongs to another page; it
has no name."""


@dataclass
class Hosting:
    """What a server offers, and to how many.

    alone: whether only this computer can connect; then drawings are kept in a file, else in memory,
    for each visitor his own. model: of digits, to answer in place of the one that comes along.
    token: what everybody has to show. kept_s: how long a visit is kept whose page has gone.
    taken_s: how long a page waits for the one before it to let go of a visit.
    """

    data: Dataset
    limits: Limits = field(default_factory=Limits)
    most_visitors: int = 20
    drawings: Path | None = None
    model: Model | None = None
    token: str | None = None
    kept_s: float = KEPT_S
    taken_s: float = TAKEN_S


class Visits:
    """The seats of all visitors, by their names."""

    def __init__(self, hosting: Hosting) -> None:
        self._hosting = hosting
        self._shared = Shared(hosting.data)
        self._kept = Kept(hosting.drawings) if hosting.drawings else None
        self._cores = threading.Semaphore(os.cpu_count() or 1)
        self._seats: dict[str, Seat] = {}

    async def seat(self, name: str) -> Seat | None:
        """The seat of this name, a new one if there is none; None if there is no room.

        Raises PermissionError if another page has it.
        """
        end = time.monotonic() + self._hosting.taken_s
        while (seat := self._seats.get(name)) and seat.connected:
            if time.monotonic() > end:
                raise PermissionError(name)
            await asyncio.sleep(0.05)
        return seat or self._new_seat(name)

    def _new_seat(self, name: str) -> Seat | None:
        hosting = self._hosting
        self.clear()
        if len(self._seats) >= hosting.most_visitors:
            gone = {each: seat.left for each, seat in self._seats.items() if not seat.connected}
            if not gone:
                return None
            self._let_go(min(gone, key=lambda each: gone[each]))
        visit = Visit(self._shared, hosting.limits, self._kept, hosting.model)
        seat = self._seats[name] = Seat(visit, self._cores)
        return seat

    def clear(self) -> None:
        """Let go of the visits whose pages have been gone for long."""
        now = time.monotonic()
        for name, seat in list(self._seats.items()):
            if not seat.connected and now - seat.left >= self._hosting.kept_s:
                self._let_go(name)

    def _let_go(self, name: str) -> None:
        self._seats.pop(name).close()

    def prepare(self) -> None:
        """Load what the first visitor would have to wait for."""
        stroke = np.full((56, 56), 255, np.uint8)
        stroke[14:42, 26:30] = 0
        read(stroke, model=self._hosting.model)
        self._shared.prepare()

    async def tidy(self) -> None:
        """Clear now and then, for ever."""
        while True:
            await asyncio.sleep(min(30.0, self._hosting.kept_s))
            self.clear()

    def close(self) -> None:
        """End all of them."""
        for name in list(self._seats):
            self._let_go(name)


def application(hosting: Hosting) -> ASGIApp:
    """The server as an ASGI application. Raises DigitnetError if the drawings cannot be read."""
    visits, api = Visits(hosting), Api(hosting.model)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=visits.prepare, name="preparation", daemon=True).start()
        tidying = asyncio.create_task(visits.tidy())
        yield
        tidying.cancel()
        visits.close()

    async def visit(websocket: WebSocket) -> None:
        await _serve(websocket, visits)

    routes = [
        WebSocketRoute("/visit", visit),
        *api.routes(),
        Mount("/", StaticFiles(directory=STATIC, html=True)),
    ]
    # Around all of it, so that even the answer to a mistake of ours has its headers.
    return Guard(Starlette(routes=routes, lifespan=lifespan), hosting.token)


async def _serve(websocket: WebSocket, visits: Visits) -> None:
    """Carry commands and events between a page and its visit until one of them is gone."""
    await websocket.accept()
    name = websocket.query_params.get("id", "")
    if not VISIT_ID.fullmatch(name):
        await websocket.close(NAMELESS, "expected an id of 8 to 64 letters and digits")
        return
    try:
        seat = await visits.seat(name)
    except PermissionError:
        await websocket.close(TAKEN, "this visit belongs to another page")
        return
    if seat is None:
        await websocket.close(FULL, "there are too many visitors at the moment")
        return
    outbox = Outbox(asyncio.get_running_loop())
    seat.connect(outbox)
    sending = asyncio.create_task(_send(websocket, outbox))
    try:
        await _receive(websocket, seat, outbox)
    finally:
        seat.disconnect(outbox)
        outbox.close()
        sending.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await sending


async def _send(websocket: WebSocket, outbox: Outbox) -> None:
    while (frame := await outbox.get()) is not None:
        await websocket.send_bytes(frame)
    with suppress(RuntimeError):
        await websocket.close(1013, "the page was too slow")


async def _receive(websocket: WebSocket, seat: Seat, outbox: Outbox) -> None:
    n_mistakes = 0
    while n_mistakes < MOST_MISTAKES:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        data = message.get("bytes") or b""
        try:
            command = unpacked(data)
        except DigitnetError as error:
            n_mistakes += 1
            outbox.put(error_event("", str(error)))
            continue
        if not seat.ask(command, len(data)):
            outbox.put(error_event(command.name, "too much at once: try again in a moment"))
    with suppress(RuntimeError):
        await websocket.close(1003, "too many frames that are none")
