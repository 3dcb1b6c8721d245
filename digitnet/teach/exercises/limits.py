"""What a process that runs a hand-in may take and do, as far as Python can see to it."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

from digitnet.languages import tr
from digitnet.teach.exercises.fence import fence
from digitnet.text import plain

MEMORY = 2 * 1024**3
"""Bytes of address space, where the system can limit it."""
MOST_OPEN = 64
"""Files at a time, the pipes among them."""
FORBIDDEN = ("os.", "shutil.", "subprocess.", "socket.connect", "socket.bind", "ctypes.dlopen")
HARMLESS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr", "os.listxattr"}
HARMLESS |= {"os.add_dll_directory", "os.putenv", "os.unsetenv"}


class Ended(BaseException):
    """The hand-in has gone too far; no `except Exception` of its own keeps that from us."""


class NotAllowed(PermissionError):
    """It asked for what a check does not allow."""


def too_long(seconds: float) -> str:
    """What is said of a hand-in that takes longer than that."""
    return tr(
        "takes longer than {seconds:g} seconds, and was stopped; is there a loop that does not "
        "end?",
        seconds=seconds,
    )


def limit(seconds: float) -> bool:
    """Limit time and memory where the system can, and what may be done, everywhere.

    Returns whether the kernel sees to the last as well.
    """
    fenced = False
    if sys.platform != "win32":
        import resource

        def lower(kind: int, most: int) -> None:
            _, hard = resource.getrlimit(kind)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))

        lower(resource.RLIMIT_CORE, 0)
        lower(resource.RLIMIT_FSIZE, 0)
        lower(resource.RLIMIT_NOFILE, MOST_OPEN)
        if sys.platform != "darwin":  # which knows the limit and refuses to set it
            lower(resource.RLIMIT_AS, MEMORY)
            fenced = fence()
            if not fenced:
                lower(resource.RLIMIT_NPROC, 0)

        def ring(*_: object) -> NoReturn:
            raise Ended(too_long(seconds))

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)  # again, should `except:` swallow it
    sys.addaudithook(refuse)
    return fenced


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise NotAllowed where a file would be written, a program started, a connection made."""
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        changes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        if writes or (isinstance(flags, int) and flags & changes):
            raise NotAllowed(
                tr(
                    "writes to the file {file}, which a check does not allow",
                    file=plain(path, 60),
                )
            )
    elif event.startswith(FORBIDDEN) and event not in HARMLESS:
        raise NotAllowed(tr("asks for {event}, which a check does not allow", event=event))
