"""Guard: who may talk to the server, and what browsers may do with its pages.

A page on the web must not drive a server on this computer: names of hosts other than this
computer's are refused (DNS rebinding), and so is what another page has sent (cross-site requests
and websockets). Where others may connect at all, they need a token.
"""

import ipaddress
import secrets
from contextlib import suppress
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

COOKIE = "digitnet-token"
"""Its name goes on with the port: cookies belong to a host, and each server has its own token."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
REFUSED = 1008
"""The code with which a websocket is closed: against a policy."""


class Guard:
    """Lets through what may pass, and puts the headers on every answer.

    token: what everybody has to show; None where only this computer can connect.
    """

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if problem := self._problem(scope, headers):
            await _refuse(scope, receive, send, problem)
        elif scope["type"] == "http" and (given := self._given(scope)):
            await self._welcome(given, scope, receive, send)
        elif not self._has_token(headers):
            problem = "expected the address with the token that the terminal shows"
            if scope["type"] == "websocket":  # a page of ours, which can tell its reader only so
                websocket = WebSocket(scope, receive, send)
                with suppress(WebSocketDisconnect):  # has gone already
                    await websocket.accept()
                    await websocket.close(REFUSED, problem)
            else:
                await _refuse(scope, receive, send, problem)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _problem(self, scope: Scope, headers: Headers) -> str:
        host = headers.get("host", "")
        if self.token is None and not _is_own(host):
            return "expected this computer's own name, as in http://localhost"
        origin = headers.get("origin")
        own = {f"http://{host}", f"https://{host}"}
        if origin is not None and origin.lower() not in own:
            return "expected a page of this server, not of another one"
        if origin is None and scope["type"] == "websocket" and "sec-fetch-site" in headers:
            return "expected a page of this server"
        foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if foreign and headers.get("sec-fetch-mode") != "navigate":
            return "expected a page of this server, not of another one"
        return ""

    def _given(self, scope: Scope) -> str:
        """The right token, if the address has it; else nothing."""
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        right = self.token is not None and secrets.compare_digest(
            given.encode(), self.token.encode()
        )
        return given if right and scope["method"] == "GET" else ""

    async def _welcome(self, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the token into a cookie, and take it out of the address."""
        last = scope["path"].rpartition("/")[2]
        answer = RedirectResponse(quote(last) or ".", status_code=303)
        # Not "strict": a browser that follows a link from elsewhere would not send that. What other
        # pages ask for is refused by what browsers say of it (see _problem).
        name = f"{COOKIE}-{(scope.get('server') or ('', 0))[1]}"
        answer.set_cookie(name, token, httponly=True, samesite="lax")
        await answer(scope, receive, _with_headers(send))

    def _has_token(self, headers: Headers) -> bool:
        if self.token is None:
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        candidates = [given.strip()] if scheme.lower() == "bearer" else _cookies(headers)
        right = self.token.encode()
        return any(secrets.compare_digest(each.encode(), right) for each in candidates)


def _cookies(headers: Headers) -> list[str]:
    """What may be the token: a browser may have several, of other ports and other times."""
    pairs = [each.strip().partition("=") for each in headers.get("cookie", "").split(";")]
    return [value for name, _, value in pairs if name.startswith(COOKIE)]


def _is_own(host: str) -> bool:
    """Whether it is a name of this computer that no other computer can have."""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    with suppress(ValueError):
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    return name.lower() == "localhost"


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sending


async def _refuse(scope: Scope, receive: Receive, send: Send, problem: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": REFUSED, "reason": problem})
        return
    answer: Response
    if scope["path"].startswith("/api/"):
        answer = JSONResponse({"error": problem}, status_code=403)
    else:
        answer = PlainTextResponse(f"digitnet: {problem}\n", status_code=403)
    await answer(scope, receive, _with_headers(send))
