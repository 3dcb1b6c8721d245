"""An exported playground, on a web server that knows nothing but files; and Pyodide for it."""

import os
import re
import shutil
import subprocess
import threading
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from digitnet.web.runtime import NEEDED, NUMPY
from tests.page.served import ROOT, SCHOOL

PACKAGE = ROOT / "tests" / "pyodide"
"""Names the npm package, and what its files have to be."""
DATA = "DIGITNET_PYODIDE_DATA"
"""Names the folder with NumPy's wheel, which npm does not have."""
NPM_S = 120.0


class MissingError(Exception):
    """Why the tests of an exported page cannot be made here."""


def pyodide_in(folder: Path) -> Path:
    """A folder with Pyodide and its NumPy. Raises MissingError where they cannot be had."""
    data = Path(os.environ.get(DATA) or ROOT.parent / "shared" / "data" / "pyodide")
    if not (data / NUMPY).is_file():
        raise MissingError(f"{NUMPY} is not in ../shared/data/pyodide, nor does {DATA} name it")
    if shutil.which("npm") is None:
        raise MissingError("npm, which brings Pyodide, is not there")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGE / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=NPM_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingError(f"npm could not bring Pyodide: {error}") from error
    found = folder / "node_modules" / "pyodide"
    for name in NEEDED:
        shutil.copy(found / name, folder)
    shutil.copy(data / NUMPY, folder)
    return folder


class Files(SimpleHTTPRequestHandler):
    """Files as they are, with what `_headers` says of each, as some hosts do it."""

    held_up = ""
    """A file that is never sent to its end."""

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def end_headers(self) -> None:
        path = ""
        for line in (Path(self.directory) / "_headers").read_text().splitlines():
            path = path if line.startswith(" ") else line
            if line.startswith(" ") and path in ("/*", self.path):
                name, _, value = line.strip().partition(": ")
                self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def copyfile(self, source, outputfile) -> None:  # type: ignore[no-untyped-def]
        if self.held_up and self.held_up in self.path:
            outputfile.write(source.read(1000))
            outputfile.flush()
            self.server.leave.wait()  # type: ignore[attr-defined]
            return
        with suppress(ConnectionError):  # the page has gone
            super().copyfile(source, outputfile)


class Served:
    """A folder on a web server of this computer, by the name of a school's."""

    def __init__(self, folder: Path, held_up: str = "") -> None:
        kind = type("Files", (Files,), {"held_up": held_up})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(folder)))
        self._server.daemon_threads = True
        self._server.leave = threading.Event()  # type: ignore[attr-defined]
        self.address = f"http://{SCHOOL}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.leave.set()  # type: ignore[attr-defined]
        self._server.shutdown()
        self._server.server_close()


SENT = """
window.sentFrames = [];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (frame, ...more) {
  window.sentFrames.push(Array.from(new Uint8Array(frame)));
  return post.call(this, frame, ...more);
};
"""
"""Run before the page: keeps the frames that it sends to its worker."""


def is_within(address: str, site: str) -> bool:
    """Whether what a page asked for is its own."""
    return address.startswith(site) or re.match(r"(blob|data):", address) is not None
