"""Runtime: Pyodide, which is Python in a browser, and its NumPy: from a folder, or from where the
public has them.

    pyodide.mjs, pyodide.asm.js     its scripts                  pyodide.asm.wasm    Python
    python_stdlib.zip               Python's library             pyodide-lock.json   what fits to it
    numpy-….whl                     as the lock file names it

The npm package "pyodide" has all but NumPy, the release on GitHub has them all.
"""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitnet.errors import OptionError
from digitnet.web.wheel import LEVEL

VERSION = "0.27.7"
"""The one with which the page is tested."""
FOLDER = f"pyodide-{VERSION}"
"""In the site."""
SCRIPTS = {
    "pyodide.asm.js": f"{FOLDER}/pyodide.asm.js",
    "pyodide.mjs": f"{FOLDER}/pyodide.js",
}
"""And where they are in the site: not every server knows what .mjs is."""
LOCK = "pyodide-lock.json"
PACKED = "pyodide.asm.wasm"
"""Not every server compresses it, so it is by itself: to a third."""
NEEDED = (*SCRIPTS, PACKED, "python_stdlib.zip", LOCK)
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
NPM = f"https://cdn.jsdelivr.net/npm/pyodide@{VERSION}/"
FULL = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
PUBLIC = {
    "pyodide.mjs": (13_931, "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f"),
    "pyodide.asm.js": (
        1_255_688,
        "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    ),
    "pyodide.asm.wasm": (
        10_105_545,
        "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    ),
    "python_stdlib.zip": (
        2_360_737,
        "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    ),
    "pyodide-lock.json": (
        112_205,
        "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
    ),
    NUMPY: (3_061_133, "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08"),
}
"""Bytes and SHA-256 of each at its public address: a browser refuses any others."""


@dataclass(frozen=True)
class Part:
    """A file that the page loads: see static/parts.js.

    name: by which it is known there. address: from the site's folder, or of another place.
    n_bytes: as it is sent. size: after it was unpacked. integrity: as browsers check it.
    """

    name: str
    address: str
    n_bytes: int
    size: int
    integrity: str = ""

    def as_dict(self) -> dict[str, str | int]:
        """As the page's description has it."""
        return {
            "name": self.name,
            "address": self.address,
            "bytes": self.n_bytes,
            "size": self.size,
            "integrity": self.integrity,
        }


def part_of(name: str, path: str, content: bytes, size: int | None = None) -> Part:
    """A file of the site itself, whose address changes with its content, for browsers that keep
    what they have."""
    version = hashlib.sha256(content).hexdigest()[:12]
    return Part(name, f"{path}?v={version}", len(content), size or len(content))


def public_parts() -> list[Part]:
    """Those of the public address, each with what browsers check it by."""
    parts = []
    for name, (n_bytes, sha256) in PUBLIC.items():
        integrity = "sha256-" + base64.b64encode(bytes.fromhex(sha256)).decode()
        known, base = ("numpy", FULL) if name == NUMPY else (name, NPM)
        parts.append(Part(known, base + name, n_bytes, n_bytes, integrity))
    return parts


def copied(folder: Path) -> tuple[dict[str, bytes], list[Part]]:
    """The files of Pyodide in a folder, for the site, and what the page loads of them.

    Raises OptionError if they are not there, or of another version, or damaged.
    """
    lock = _lock(folder)
    wheel = lock["packages"]["numpy"]
    contents = {name: _content(folder, name) for name in (*NEEDED, wheel["file_name"])}
    if hashlib.sha256(contents[wheel["file_name"]]).hexdigest() != wheel["sha256"]:
        raise _problem(f"{folder / wheel['file_name']} is damaged: its SHA-256 is not {LOCK}'s")
    files, parts = {}, []
    for name, content in contents.items():
        if name in SCRIPTS:  # which the page loads as such
            files[SCRIPTS[name]] = content
            continue
        path, stored, known = f"{FOLDER}/{name}", content, name
        if name == PACKED:
            path, stored = f"{path}.gz", gzip.compress(content, LEVEL, mtime=0)
        if name == wheel["file_name"]:
            path, known = f"{FOLDER}/numpy.zip", "numpy"
        files[path] = stored
        parts.append(part_of(known, path, stored, len(content)))
    return files, parts


def _lock(folder: Path) -> dict[str, Any]:
    """What the lock file says. Raises OptionError unless it is of the version that is needed."""
    content = _content(folder, LOCK)
    try:
        lock: dict[str, Any] = json.loads(content)
        version, wheel = lock["info"]["version"], lock["packages"]["numpy"]
        names = wheel["file_name"], wheel["sha256"]
        if Path(names[0]).name != names[0]:
            raise ValueError(names[0])
    except (ValueError, KeyError, TypeError) as error:
        raise _problem(f"{folder / LOCK} is damaged: no version, or no NumPy") from error
    if version != VERSION:
        raise _problem(f"expected Pyodide {VERSION}, got {version} in {folder}")
    return lock


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _problem(
            f"expected a folder with {', '.join(NEEDED)} of Pyodide {VERSION} and its NumPy, "
            f"but {folder / name} cannot be read: {error.strerror or error}"
        ) from error


def _problem(text: str) -> OptionError:
    return OptionError.of("pyodide", text)
