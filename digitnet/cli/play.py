"""Open the playground in the browser: draw digits, train a network, watch both.

The page is served by this computer, to this computer alone. With --host 0.0.0.0 others can open it
too, as the tablets of a class: they need the address with the token that is printed. Ctrl-C ends
it, with status 0. It needs the extra digitnet[web].
"""

import argparse
import ipaddress
import secrets
import signal
import socket
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from digitnet.cli.common import converter
from digitnet.data import load_mnist
from digitnet.errors import DigitnetError
from digitnet.model import load
from digitnet.reading.reading import check_model
from digitnet.report.terminal import open_terminal
from digitnet.training.interruption import Interruption
from digitnet.training.runs import model_path

if TYPE_CHECKING:
    from digitnet.web.server import Hosting

SUMMARY = "open the playground: draw, train and watch in the browser"
USAGE = "[options]"
EXAMPLES = """
PROG  # on this computer
PROG --model runs/mine  # with a network of yours
PROG --host 0.0.0.0  # for a class, too
"""
PORT = 8460
LAST_PORT = 65_535
MOST_VISITORS = 1000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where it is served, and with what."""
    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="address to listen at; 0.0.0.0 for all of this computer (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=converter(f"a port from 0 to {LAST_PORT}", int, lambda n: 0 <= n <= LAST_PORT),
        help=f"port to listen at; 0 for any (default: {PORT}, or any if that is taken)",
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument(
        "--model",
        metavar="RUN",
        type=Path,
        help="let this run folder or model file answer first (default: what comes with digitnet)",
    )
    parser.add_argument(
        "--drawings",
        metavar="FILE",
        type=Path,
        default=Path("runs") / "drawings.npz",
        help="where drawings that were read wrong are kept, for --data; with other visitors than "
        "this computer they are kept in memory alone (default: %(default)s)",
    )
    parser.add_argument(
        "--visitors",
        metavar="N",
        type=converter(
            f"a number from 1 to {MOST_VISITORS}", int, lambda n: 1 <= n <= MOST_VISITORS
        ),
        default=20,
        help="the most that can be served at a time (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C, SIGTERM or a closed terminal. Returns the exit status: 0."""
    try:
        import uvicorn
        from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

        from digitnet.web.server import MOST_MESSAGE_BYTES, application

        if AutoWebSocketsProtocol is None:  # then uvicorn would serve the page, but no visit
            raise ImportError("No module named 'websockets'")
    except ImportError as error:
        raise DigitnetError(
            f"the playground needs the extra digitnet[web]: pip install starlette uvicorn "
            f"websockets ({error})"
        ) from error
    with _listening(options.host, options.port) as listener:
        hosting = _hosting(options)
        config = uvicorn.Config(
            application(hosting),
            ws_max_size=MOST_MESSAGE_BYTES,
            ws_max_queue=8,
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        address = _address(listener, hosting.token)
        terminal = open_terminal()
        terminal.say(f"The playground is at {address}")
        terminal.say("Ctrl-C ends it.")
        if not options.no_browser:
            with suppress(webbrowser.Error):
                webbrowser.open(address)
        server = uvicorn.Server(config)
        hang_up = getattr(signal, "SIGHUP", None)  # not on Windows
        if hang_up and isinstance(
            getattr(signal.getsignal(hang_up), "__self__", None), Interruption
        ):
            signal.signal(hang_up, server.handle_exit)  # as uvicorn has it for the other signals
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    return 0


def _hosting(options: argparse.Namespace) -> "Hosting":
    from digitnet.web.limits import IN_A_CLASS, Limits
    from digitnet.web.server import Hosting

    alone = is_local(options.host)
    model = load(model_path(options.model)) if options.model else None
    if model is not None:
        check_model(model)
    return Hosting(
        load_mnist(),
        limits=Limits() if alone else IN_A_CLASS,
        most_visitors=options.visitors,
        drawings=options.drawings if alone else None,
        model=model,
        token=None if alone else secrets.token_urlsafe(24),
    )


def is_local(host: str) -> bool:
    """Whether only this computer can connect to what listens there."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@contextmanager
def _listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """A socket that listens there. Raises DigitnetError if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wanted = PORT if port is None else port
    try:
        try:
            listener = socket.create_server((host, wanted), family=family)
        except OSError:
            if port is not None:
                raise
            listener = socket.create_server((host, 0), family=family)
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a name at all
        problem = getattr(error, "strerror", None) or error
        raise DigitnetError(
            f"argument --port: cannot listen at {host}, port {wanted}: {problem}"
        ) from error
    with listener:
        yield listener


def _address(listener: socket.socket, token: str | None) -> str:
    """What to type into a browser."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = _own_address() or socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}/" + (f"?token={token}" if token else "")


def _own_address() -> str | None:
    """An address of this computer by which others may reach it, if its name tells one."""
    with suppress(OSError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            if not ipaddress.ip_address(address[0]).is_loopback:
                return str(address[0])
    return None
