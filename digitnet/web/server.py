"""Server: the page, its visits, and an interface for other programs, over HTTP.

It needs the extra digitnet[web]: Starlette, uvicorn and websockets, and segno for QR codes.
"""

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from digitnet.errors import DigitnetError
from digitnet.web.api import Api
from digitnet.web.frames import asked
from digitnet.web.guard import Guard
from digitnet.web.invitation import Invitation
from digitnet.web.material import Shared
from digitnet.web.messages import error_event
from digitnet.web.seat import Outbox, Seat
from digitnet.web.serving import Complaints
from digitnet.web.visits import Hosting, Visits

STATIC = Path(__file__).parent / "static"
MOST_MISTAKES = 100
"""Frames that are none, after which a connection is closed."""
VISIT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
FULL, TAKEN, NAMELESS = 4001, 4002, 4003
"""Codes with which a websocket is closed: too many visitors; the visit belongs to another page; it
has no name."""


def application(hosting: Hosting) -> ASGIApp:
    """The server as an ASGI application. Raises DigitnetError if the drawings cannot be read."""
    shared = Shared(hosting.data, hosting.limits.splits)
    visits, api = Visits(hosting, shared), Api(hosting.model, shared.turns)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(Complaints())
        threading.Thread(target=visits.prepare, name="preparation", daemon=True).start()
        tidying = asyncio.create_task(visits.tidy())
        yield
        tidying.cancel()
        visits.close()

    async def visit(websocket: WebSocket) -> None:
        with suppress(WebSocketDisconnect):  # has gone before it was told that it cannot stay
            await _serve(websocket, visits)

    routes = [
        WebSocketRoute("/visit", visit),
        *api.routes(),
        *Invitation(hosting.invites_to).routes(),
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
    sending = asyncio.create_task(_send(websocket, seat, outbox))
    try:
        await _receive(websocket, seat, outbox)
    finally:
        seat.disconnect(outbox)
        outbox.close()
        sending.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await sending


async def _send(websocket: WebSocket, seat: Seat, outbox: Outbox) -> None:
    while (frame := await outbox.get()) is not None:
        await websocket.send_bytes(frame)  # waits for the page; see serving.Watch
    seat.disconnect(outbox)
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
            command = asked(data)
        except DigitnetError as error:
            n_mistakes += 1
            outbox.put(error_event("", str(error)))
            continue
        if not seat.ask(command, len(data)):
            outbox.put(error_event(command.name, "too much at once: try again in a moment"))
    with suppress(RuntimeError):
        await websocket.close(1003, "too many frames that are none")
