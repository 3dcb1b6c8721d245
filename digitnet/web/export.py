"""Export: the playground as a folder of files that any web server can serve.

    index.html, *.js, *.css      the page, which states that its visit is in a worker
    site.json                    what the worker loads: see static/parts.js
    digitnet.zip, digits.zip     digitnet as a wheel, and a part of MNIST
    model.zip                    the network that answers first, if another one is to
    pyodide-…/                   Python, if it does not come from its public address
    licences.txt, _headers       whose work this is; what some hosts send along

Names end as every web server knows it: some send nothing else. It is the same page, the same
visit.py, the same digitnet: see alone.py.
"""

import json
import os
import shutil
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from digitnet.data import Dataset
from digitnet.errors import OptionError
from digitnet.files.writing import BEGINNING, END
from digitnet.version import __version__
from digitnet.web import runtime
from digitnet.web.alone import DIGITS, MODEL
from digitnet.web.runtime import Part, part_of
from digitnet.web.wheel import PACKAGE, digits, wheel

STATIC = PACKAGE / "web" / "static"
PAGE = {".html", ".js", ".css", ".svg", ".json", ""}
"""Endings of the page's files; its licences have none."""
NO_PAGE = {"api.html", "api.css", "tsconfig.json"}
"""For a server that answers other programs, and for those who change the page."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'"
)
"""That of the page, which it states itself."""
OWN = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
PUBLIC = (
    "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; "
    "connect-src 'self' https://cdn.jsdelivr.net"
)
"""Those of the worker, which only a server can state."""
STATED = f"""<meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="{POLICY}">
  <meta name="visit" content="worker">"""
UNSERVED = """<p class="unserved" id="unserved">This page needs a web server: opened as a file, or
without its other files, it cannot begin. <code>python -m http.server</code> in its folder is
enough.</p>
"""


def export(folder: Path, data: Dataset, model: Path | None, pyodide: Path | None) -> int:
    """Write the site; its size in bytes. The folder appears whole, or not at all.

    model: a file, which is copied. pyodide: the folder that Pyodide is copied from; None for its
    public address.
    Raises OptionError if the folder is there and not empty, or Pyodide is not there; OSError.
    """
    _check(folder)
    files = site(data, model, pyodide)
    _write(folder, files)
    return sum(map(len, files.values()))


def site(data: Dataset, model: Path | None, pyodide: Path | None) -> dict[str, bytes]:
    """The files of the site by their paths in it."""
    files, parts = runtime.copied(pyodide) if pyodide else ({}, runtime.public_parts())
    files |= _page()
    contents = {"digitnet": ("digitnet.zip", wheel()), DIGITS: ("digits.zip", digits(data))}
    if model:
        contents[MODEL] = ("model.zip", model.read_bytes())
    for name, (path, content) in contents.items():
        files[path] = content
        parts.append(part_of(name, path, content))
    files["site.json"] = _described(parts, pyodide is not None)
    policy = OWN if pyodide else PUBLIC
    files["_headers"] = (
        "/*\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n"
        f"/worker.js\n  Content-Security-Policy: {policy}\n"
    ).encode()
    files["invitation.json"] = b'{"address": ""}\n'  # which the page asks a server for
    files["licences.txt"] = licences("The playground", " uPlot: MIT, vendor/LICENSE").encode()
    return files


def _page() -> dict[str, bytes]:
    """The page's files, where its first one says what is different."""
    files = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in STATIC.rglob("*")
        if path.is_file() and path.suffix in PAGE and path.name not in NO_PAGE
    }
    page = files["index.html"].decode()
    for before, after in (
        ('<meta charset="utf-8">', STATED),
        ('<main id="main">', f'{UNSERVED}<main id="main">'),
    ):
        if page.count(before) != 1:
            raise ValueError(f"expected index.html to have {before} once")
        page = page.replace(before, after)
    return files | {"index.html": page.encode()}


def _described(parts: list[Part], own: bool) -> bytes:
    described = {
        "version": __version__,
        "pyodide": f"{runtime.FOLDER}/" if own else runtime.NPM,
        "scripts": runtime.SCRIPTS if own else {},
        "parts": [each.as_dict() for each in parts],
    }
    return json.dumps(described, indent=1).encode() + b"\n"


def licences(what: str, also: str = "") -> str:
    """Whose work a site is. what: the site. also: others who have a part in it."""
    mnist = (PACKAGE / "data" / "mnist" / "LICENSE.md").read_text(encoding="utf-8")
    return (
        f"{what} of digitnet {__version__}.\n\n"
        f"Python and Pyodide {runtime.VERSION}: PSF and MPL-2.0, https://pyodide.org\n"
        f"NumPy: BSD-3-Clause, in its wheel.{also}\n\n"
        f"Digits, a part of MNIST:\n\n{mnist}\n"
        f"digitnet:\n\n{_own_licence()}"
    )


def _own_licence() -> str:
    in_a_clone = PACKAGE.parent / "LICENSE"
    if in_a_clone.is_file():
        return in_a_clone.read_text(encoding="utf-8")
    with suppress(PackageNotFoundError):
        return distribution("digitnet").read_text("licenses/LICENSE") or "MIT\n"
    return "MIT\n"


def _check(folder: Path) -> None:
    """Raise OptionError unless the folder is new or empty, in one that can be written to."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _problem(f"expected a folder that is new or empty, but {folder} is no folder")
    if folder.exists() and any(folder.iterdir()):
        raise _problem(
            f"expected a folder that is new or empty, but {folder} holds files; name another one, "
            "or remove it first"
        )


def _problem(text: str) -> OptionError:
    return OptionError.of("export", text)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write beside the folder, and rename. Raises OptionError if it cannot be written."""
    folder = folder.resolve()
    beside = folder.with_name(f"{BEGINNING}{os.urandom(8).hex()}{END}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if folder.exists():
            folder.rmdir()  # empty: Windows renames to nothing that is there
        beside.rename(folder)
    except OSError as error:
        raise _problem(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
