"""The site, built once for all processes of tests, on a web server of this computer."""

import fcntl
import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.page import conftest as pages
from tests.page.served import ROOT

browser = pages.browser

LONGEST_MS = 20_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """To build takes minutes: no part of the fast tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


def python_with_sphinx() -> str:
    """This Python, or that of `make site`. Skips the test where neither has Sphinx."""
    if all(importlib.util.find_spec(name) for name in ("sphinx", "myst_nb", "furo")):
        return sys.executable
    own = ROOT / ".venv-site" / "bin" / "python"
    if not own.exists():
        pytest.skip("Sphinx, which builds the site, is not installed: `make site` installs it")
    return str(own)


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Build the site as `make site` does."""
    return subprocess.run(
        [python_with_sphinx(), ROOT / "site" / "build.py", folder, *options],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site; DIGITNET_SITE names one that is built already."""
    if ready := os.environ.get("DIGITNET_SITE"):
        return Path(ready).resolve()
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder, said = shared / "site", shared / "site.txt"
        if not said.exists():
            result = build(folder)
            said.write_text(f"{result.returncode}\n{result.stdout}{result.stderr}")
    status, _, text = said.read_text().partition("\n")
    assert status == "0", text
    return folder


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it is asked for."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class Reader:
    """A page of a browser; what its console says, and what it asks other servers for, is kept."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.set_default_timeout(LONGEST_MS)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"asks for {request.url}")

    def open(self, name: str) -> None:
        """Go to a page, and wait until nothing more is loaded."""
        self.page.goto(f"{self.address}{name}.html")
        self.page.wait_for_load_state("networkidle")


@pytest.fixture(scope="session")
def contexts(browser: Any) -> Iterator[dict[str, Any]]:
    """A desktop, and a telephone at night."""
    made = {
        "desktop": browser.new_context(viewport={"width": 1280, "height": 800}),
        "telephone": browser.new_context(
            viewport={"width": 390, "height": 844}, color_scheme="dark"
        ),
    }
    yield made
    for each in made.values():
        each.close()


@pytest.fixture(params=["desktop", "telephone"])
def reader(request: pytest.FixtureRequest, contexts: dict[str, Any], address: str) -> Any:
    """Somebody at a desktop, and somebody with a telephone at night."""
    guest = Reader(contexts[request.param].new_page(), address)
    yield guest
    guest.page.close()
    assert guest.complaints == []


@pytest.fixture
def at_desk(contexts: dict[str, Any], address: str) -> Any:
    """Somebody at a desktop."""
    guest = Reader(contexts["desktop"].new_page(), address)
    yield guest
    if guest.page.url.startswith(address):  # a page that was never opened has none
        guest.page.evaluate("localStorage.clear()")
    guest.page.context.unroute_all()
    guest.page.close()
    assert guest.complaints == []
