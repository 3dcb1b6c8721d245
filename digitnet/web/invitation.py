"""Invitation: the address by which others come in, as a QR code for their telephones' cameras.

The codes are made by segno, of the extra digitnet[web]; without it there is the address alone.
"""

import io
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    import segno

BLOCKS = "█▀▄"
"""What a code on a terminal is made of, besides spaces."""
NARROW = 2
"""White around a code on a terminal, which shows little; the usual 4 elsewhere."""


class Invitation:
    """What the page can show to others; nothing where only this computer can connect.

    address: with its token; None where nobody else can come.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address
        self._svg = as_svg(address) if address else None

    def routes(self) -> list[Route]:
        """Where it is found."""
        return [
            Route("/invitation.json", self._told),
            Route("/invitation.svg", self._drawn),
        ]

    def _told(self, _: Request) -> Response:
        told: dict[str, Any] = {"address": self._address or "", "code": self._svg is not None}
        return JSONResponse(told)

    def _drawn(self, _: Request) -> Response:
        if self._svg is None:
            return Response(status_code=404)
        return Response(self._svg, media_type="image/svg+xml")


def as_svg(address: str) -> bytes | None:
    """The address as a picture, black on white; None where segno is not there."""
    if (code := _code(address)) is None:
        return None
    file = io.BytesIO()
    code.save(file, kind="svg", dark="black", light="white", omitsize=True)
    return file.getvalue()


def as_blocks(address: str) -> list[str] | None:
    """The address as lines of white blocks for a black terminal; None where segno is not there."""
    if (code := _code(address)) is None:
        return None
    text = io.StringIO()
    code.terminal(text, border=NARROW, compact=True)
    return text.getvalue().splitlines()


def _code(address: str) -> "segno.QRCode | None":
    try:
        import segno
    except ImportError:
        return None
    return segno.make_qr(address, error="l")  # better where it costs no larger code
