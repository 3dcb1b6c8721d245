"""A process with limits, and messages to and from it, each with a time by which it has to be there.

It has an empty folder, few of our environment's variables, and no open file of ours but the two
ends of its pipes. It is ended together with whatever it started.
"""

from __future__ import annotations

import os
import select
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NoReturn

from digitnet.languages import current
from digitnet.teach.exercises.wire import Body, Stopped, Text, message, received

GRACE_S = 5.0
"""For starting Python and NumPy, and for ending by itself."""
LATER_S = 0.5
"""After which nobody waits any more, should a process that escaped hold a pipe open."""
ENDING_S = 1.0
"""For its status to be known once its pipe is closed."""
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from digitnet.teach.exercises.child import main
main(float(sys.argv[2]))
"""
KEPT = {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "TZ"}
"""Variables of the environment that it gets; others may hold what is nobody's business."""
OURS = {
    **{"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    **{"MKL_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"},
}


class Gone(Stopped):
    """The process has ended, or is not waited for any longer."""


class Isolated:
    """Such a process, from the beginning of its `with` block to the end.

    seconds: that it may take besides GRACE_S. fenced: whether the kernel refuses it what `fence`
    says. status: once it has ended by itself, its exit status.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.fenced = False
        self.late = threading.Event()
        self.status: int | None = None

    def __enter__(self) -> Isolated:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        try:
            self._start(self._folder.name)
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def _start(self, folder: str) -> None:
        root = str(Path(__file__).parents[3])
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, root, str(self.seconds)],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin and self._process.stdout
        self._into, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        if sys.platform != "win32":
            os.set_blocking(self._into, False)
        limit = self.seconds + GRACE_S
        self._deadline = time.monotonic() + limit + LATER_S
        self._timer = threading.Timer(limit, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        self.late.set()
        self._kill()

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        self._timer.join()  # so that it ends nobody who gets the same number later
        self._kill()
        assert self._process.stdin and self._process.stdout
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        status = self._process.wait()
        if self.status is None:
            self.status = status
        self._folder.cleanup()

    def send(self, text: Text, body: bytes = b"") -> None:
        """Send a message. Raises Gone."""
        rest = memoryview(message(text, body))
        while rest:
            self._wait([], [self._into])
            try:
                rest = rest[os.write(self._into, rest[: 1 << 16]) :]
            except BlockingIOError:
                pass
            except OSError:
                self._over()

    def receive(self) -> tuple[Text, Body]:
        """The next message. Raises Gone; NoAnswer if it is none."""
        return received(self._read)

    def _read(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            self._wait([self._from], [])
            piece = os.read(self._from, min(size - len(content), 1 << 20))
            if not piece:
                self._over()
            content += piece
        return bytes(content)

    def _wait(self, readable: list[int], writable: list[int]) -> None:
        if sys.platform == "win32":  # where pipes cannot be waited for; there the timer ends it
            return
        rest = self._deadline - time.monotonic()
        if rest <= 0 or not any(select.select(readable, writable, [], rest)):
            self.late.set()
            raise Gone

    def _over(self) -> NoReturn:
        """It has closed its pipe: wait a moment for its status, and raise Gone.

        Its number stays its own until it has been waited for, which is after `_kill` has used it.
        """
        until = time.monotonic() + ENDING_S
        while time.monotonic() < until and self.status is None and hasattr(os, "waitid"):
            options = os.WEXITED | os.WNOWAIT | os.WNOHANG
            ended = os.waitid(os.P_PID, self._process.pid, options)
            if ended is not None:
                self.status = ended.si_status
            time.sleep(0.002)
        raise Gone

    def _kill(self) -> None:
        """End the process and those that it started."""
        try:
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        except OSError:
            pass  # all have ended


def environment(folder: str) -> dict[str, str]:
    """The environment of such a process, whose home is this folder."""
    kept = {name: value for name, value in os.environ.items() if name.upper() in KEPT}
    places = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), folder)
    packages = {"PYTHONUSERBASE": site.getuserbase()}  # which would follow from the home
    drawing = {"MPLBACKEND": "agg", "MPLCONFIGDIR": _drawing(folder)}
    return kept | places | packages | drawing | OURS | {"LANGUAGE": current()}


def _drawing(folder: str) -> str:
    """Where Matplotlib finds its list of fonts, which takes it seconds to make."""
    own, caches = os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CACHE_HOME")
    home = Path.home()
    cache = Path(caches) if caches else home / ".cache"
    places = [Path(own)] if own else [cache / "matplotlib", home / ".matplotlib"]
    return next((str(each) for each in places if each.is_dir()), folder)
