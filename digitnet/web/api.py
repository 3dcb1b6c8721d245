"""Api: `digitnet read` for other programs: POST /api/read, described by /api/openapi.json."""

import asyncio
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from digitnet.accept.caution import gathered
from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.reading.reading import MOST_DIGITS, read
from digitnet.text import listed, plain
from digitnet.version import __version__
from digitnet.web.commands import MOST_FILE_BYTES

MOST_WAITING = 16
"""Requests at a time: most of them wait for their turn to be read."""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
LONGEST_UPLOAD_S = 30.0
DIGITS = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


class TooLarge(ValueError):
    """A body of more bytes than a picture may have."""


class Api:
    """What other programs can ask for.

    model: of digits, None for the one that comes along. turns: to be held while a picture is read.
    """

    def __init__(self, model: Model | None, turns: threading.Semaphore) -> None:
        self._model, self._turns = model, turns
        self._n_waiting = 0

    def routes(self) -> list[Route]:
        """Where it is found."""
        return [
            Route("/api", lambda _: RedirectResponse("api.html")),
            Route("/api/read", self.read, methods=METHODS),
            Route("/api/openapi.json", lambda _: JSONResponse(description())),
        ]

    async def read(self, request: Request) -> Response:
        """Read the picture in the body: what `digitnet read --json` prints."""
        if request.method != "POST":
            return _problem(405, f"expected POST, got {request.method}", {"Allow": "POST"})
        if self._n_waiting >= MOST_WAITING:
            return _problem(503, "too many pictures at once: try again in a moment")
        self._n_waiting += 1
        try:
            known = _known(request)
            async with asyncio.timeout(LONGEST_UPLOAD_S):
                content = await _body(request)
            answer = await in_a_thread(lambda: self._answer(content, known))
        except (TooLarge, DigitnetError) as error:
            return _problem(413 if isinstance(error, TooLarge) else 422, str(error))
        except MemoryError:
            return _problem(503, "not enough memory for this picture")
        except (TimeoutError, ClientDisconnect):  # in the latter case nobody reads this
            return _problem(408, f"expected all of the picture within {LONGEST_UPLOAD_S:g} seconds")
        finally:
            self._n_waiting -= 1
        return JSONResponse(answer)

    def _answer(self, content: bytes, known: dict[str, Any]) -> dict[str, Any]:
        with self._turns, gathered() as warnings:
            reading = read(content, model=self._model, **known)
        return reading.as_dict() | {"file": "picture", "warnings": warnings}


async def in_a_thread(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What it returns or raises. The server can end without it: neither waits for the thread."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[dict[str, Any]] = loop.create_future()

    def tell(result: dict[str, Any] | None, error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None and result is not None:
            done.set_result(result)
        else:
            done.set_exception(error or RuntimeError("no result"))

    def run() -> None:
        result, error = None, None
        try:
            result = act()
        except Exception as problem:
            error = problem
        with suppress(RuntimeError):  # the loop has been closed
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=run, name="reading", daemon=True).start()
    return await done


async def _body(request: Request) -> bytes:
    """All of the body. Raises TooLarge as soon as it is."""
    parts, n_bytes = [], 0
    async for part in request.stream():
        n_bytes += len(part)
        if n_bytes > MOST_FILE_BYTES:
            raise TooLarge(f"expected a picture of at most {MOST_FILE_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _known(request: Request) -> dict[str, Any]:
    """What the query says of the picture. Raises DigitnetError."""
    query = request.query_params
    given = [name for name, _ in query.multi_items()]
    if len(given) > len(set(given)):
        raise DigitnetError(f"expected each of the query once, got {listed(given)}")
    if unknown := set(query) - {"single", "digits", "token"}:
        raise DigitnetError(f"expected single or digits in the query, got {listed(unknown)}")
    known: dict[str, Any] = {"single": query.get("single", "false") == "true"}
    if query.get("single", "false") not in ("true", "false"):
        raise DigitnetError(f"single: expected true or false, got {plain(query['single'], 80)}")
    if "digits" in query:
        found = DIGITS.fullmatch(query["digits"])
        if not found:
            raise DigitnetError(
                f"digits: expected a number, or two as in 3-5, got {plain(query['digits'], 80)}"
            )
        known["digits"] = (int(found[1]), int(found[2])) if found[2] else int(found[1])
    return known


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status, headers=headers)


def description() -> dict[str, Any]:
    """The interface as OpenAPI 3.1 describes such."""
    error = {
        "description": "what was expected, and what came",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    read_operation = {
        "operationId": "read",
        "summary": "Read the handwritten digits in a picture",
        "parameters": [
            {
                "name": "single",
                "in": "query",
                "description": "whether the picture is of a single digit",
                "schema": {"type": "boolean", "default": False},
            },
            {
                "name": "digits",
                "in": "query",
                "description": f"how many digits there are, 1 to {MOST_DIGITS}, or 3-5",
                "schema": {"type": "string", "pattern": r"^[0-9]{1,9}(-[0-9]{1,9})?$"},
            },
        ],
        "requestBody": {
            "required": True,
            "description": f"the bytes of a picture file, at most {MOST_FILE_BYTES}: "
            "PNG, JPEG, BMP, GIF, TIFF, WebP",
            "content": {"application/octet-stream": {}, "image/*": {}},
        },
        "responses": {
            "200": {
                "description": "what was read",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Reading"}}
                },
            },
            **dict.fromkeys(("403", "405", "408", "413", "422", "503"), error),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "digitnet", "version": __version__, "summary": "Reads digits"},
        "paths": {"/api/read": {"post": read_operation}},
        "components": {"schemas": {"Reading": READING, "Error": ERROR}},
    }


def _array_of(kind: dict[str, Any], **more: int) -> dict[str, Any]:
    return {"type": "array", "items": kind, **more}


WHOLE, SHARE = {"type": "integer"}, {"type": "number", "minimum": 0, "maximum": 1}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}},
}
DIGIT = {
    "type": "object",
    "required": ["line", "label", "confidence", "box", "probabilities"],
    "properties": {
        "line": {**WHOLE, "description": "which of the lines it is in, from 0"},
        "label": {"type": "string", "description": "0 to 9, or ? for what looks like no digit"},
        "confidence": SHARE,
        "box": {
            **_array_of(WHOLE, minItems=4, maxItems=4),
            "description": "left, top, right, bottom in pixels of the picture, upright",
        },
        "probabilities": _array_of(SHARE, minItems=10, maxItems=10),
    },
}
READING = {
    "type": "object",
    "required": ["file", "size", "lines", "digits", "warnings"],
    "properties": {
        "file": {"type": "string"},
        "size": {
            **_array_of(WHOLE, minItems=2, maxItems=2),
            "description": "width and height in pixels",
        },
        "lines": _array_of({"type": "string"}),
        "digits": _array_of(DIGIT),
        "warnings": {
            **_array_of({"type": "string"}),
            "description": "what `digitnet read` says besides; mostly empty",
        },
    },
}
