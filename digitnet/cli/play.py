"""Open the playground in the browser: draw digits, train a network, watch both.

The page is served by this computer, to this computer alone. With --host 0.0.0.0 others can open it
too, as the tablets of a class: they need the address with the token that is printed. Ctrl-C ends
it, with status 0. It needs the extra digitnet[web].

On a terminal that has room for it, the address of a class is shown as a QR code, too.

With --export FOLDER nothing is served: the page is written as files that any web server can serve,
a school's included. What computes is digitnet all the same, in the visitor's browser.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from digitnet.cli.common import converter, whole_number
from digitnet.cli.exporting import add_export_options, write_site
from digitnet.cli.readings import libraries_silenced
from digitnet.data import load_mnist
from digitnet.errors import DigitnetError, OptionError
from digitnet.model import load
from digitnet.model.model import check_single
from digitnet.reading.reading import check_model
from digitnet.report.terminal import flush, open_terminal
from digitnet.training.interruption import Interruption
from digitnet.training.runs import model_path
from digitnet.web.addresses import PORT, address_of, is_local, listening

if TYPE_CHECKING:
    import uvicorn

    from digitnet.web.visits import Hosting

SUMMARY = "open the playground: draw, train and watch in the browser"
USAGE = "[options]"
EXAMPLES = """
PROG  # on this computer
PROG --model runs/mine  # with a network of yours
PROG --host 0.0.0.0  # for a class, too
PROG --export site  # as files, for a web server
"""
LAST_PORT = 65_535
MOST_VISITORS = 1000
WHITE_ON_BLACK = "\x1b[97;40m", "\x1b[0m"
"""On, and off again: a code must be dark on light, whatever colours the terminal has."""


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
        type=whole_number(1, MOST_VISITORS, "a number"),
        default=20,
        help="the most that can be served at a time (default: %(default)s)",
    )
    add_export_options(parser)


def run(options: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C, SIGTERM or a closed terminal. Returns the exit status: 0."""
    if options.export is not None:
        write_site(options)
        return 0
    if options.pyodide is not None:
        raise OptionError.of("pyodide", "expected --export FOLDER, too: it is for files to serve")
    try:
        import uvicorn
        from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

        from digitnet.web.server import application
        from digitnet.web.serving import configuration

        if AutoWebSocketsProtocol is None:  # then uvicorn would serve the page, but no visit
            raise ImportError("No module named 'websockets'")
    except ImportError as error:
        raise DigitnetError(
            f"the playground needs the extra digitnet[web]: pip install starlette uvicorn "
            f"websockets ({error})"
        ) from error
    with listening(options.host, options.port) as listener, libraries_silenced():
        hosting = _hosting(options)
        address = address_of(listener, hosting.token)
        hosting.invites_to = address if hosting.token else None
        server = uvicorn.Server(configuration(application(hosting)))
        _end_when_asked(server)
        terminal = open_terminal()
        terminal.say(f"The playground is at {address}")
        if hosting.token:
            _show_code(address)
        terminal.say("Ctrl-C ends it.")
        if not options.no_browser:
            threading.Thread(target=_browse, args=(server, address), daemon=True).start()
        server.run(sockets=[listener])
    _end_beside_threads()
    return 0


def _end_beside_threads() -> None:
    """End this process now, with status 0, if threads that nobody waits for are still at work.

    Nobody needs what they do. But if one comes back from C++ (a reading, an import of Matplotlib)
    while Python ends, Python before 3.14 unwinds it, and may abort the whole process
    (https://github.com/python/cpython/issues/87135).
    """
    if any(thread.daemon for thread in threading.enumerate()):  # for which Python does not wait
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                flush(stream)
        os._exit(0)


def _show_code(address: str) -> None:
    """For the cameras of telephones, where standard output is a terminal with room for it."""
    from digitnet.web.invitation import BLOCKS, as_blocks

    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return
    lines = as_blocks(address)
    if lines is None or len(lines[0]) > shutil.get_terminal_size().columns:
        return
    with suppress(OSError, UnicodeEncodeError):  # a closed terminal, one without such letters
        BLOCKS.encode(sys.stdout.encoding)
        on, off = ("", "") if os.name == "nt" else WHITE_ON_BLACK
        print("\n".join(f"{on}{line}{off}" for line in lines), flush=True)


def _browse(server: "uvicorn.Server", address: str) -> None:
    """Open the page; a browser of the terminal keeps this thread until its user ends it."""
    while not server.started:
        time.sleep(0.02)
    with suppress(webbrowser.Error):
        webbrowser.open(address)


def _end_when_asked(server: "uvicorn.Server") -> None:
    """Let signals end the server even while it starts, as uvicorn has it later."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # not each of them on Windows
        if number and isinstance(getattr(signal.getsignal(number), "__self__", None), Interruption):
            signal.signal(number, server.handle_exit)


def _hosting(options: argparse.Namespace) -> "Hosting":
    from digitnet.web.limits import IN_A_CLASS, Limits
    from digitnet.web.visits import Hosting

    alone = is_local(options.host)
    model = load(model_path(options.model)) if options.model else None
    if model is not None:
        check_model(model)
        check_single(model)
    return Hosting(
        load_mnist(),
        limits=Limits() if alone else IN_A_CLASS,
        most_visitors=options.visitors,
        drawings=options.drawings if alone else None,
        model=model,
        token=None if alone else secrets.token_urlsafe(24),
    )
