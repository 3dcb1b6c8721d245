"""Write what the live figures and the exercises of the course need, as files for any web server.

figure.js, engine.js, …, figure.css     as they are in this folder, with what they share with
                                        the playground (../static)
site.json                               what the worker loads, or what is missing
digitnet.zip, digits.zip                the Python code that it needs, and N_IMAGES digits
pyodide-…/                              Python, if it is there
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from digitnet.teach.figures.digits import first_digits
from digitnet.teach.figures.material import Material
from digitnet.version import __version__
from digitnet.web import runtime
from digitnet.web.export import licences
from digitnet.web.lesson import DIGITS
from digitnet.web.runtime import Part, part_of
from digitnet.web.wheel import PACKAGE, archived, wheel

COURSE, STATIC = PACKAGE / "web" / "course", PACKAGE / "web" / "static"
SHARED = ("begun.js", "dom.js", "frames.js", "parts.js", "python.js")
"""What the playground has already."""
MODULES = (
    "__init__.py",
    "errors.py",
    "languages.py",
    "text.py",
    "version.py",
    "nn/",
    "data/mnist/forty.npz",
    "teach/__init__.py",
    "teach/exercises/",
    "teach/figures/",
    "training/__init__.py",
    "training/kinds.py",
    "training/spelling.py",
    "web/__init__.py",
    "web/commands.py",
    "web/events.py",
    "web/frames.py",
    "web/lesson.py",
    "web/messages.py",
)
"""The part of digitnet that a lesson imports: a page loads a quarter of a megabyte, not nine."""
MISSING = (
    "This page was made without Python, so nothing is computed in it: its figures stay pictures."
)


def write(folder: Path, pyodide: Path | None = None, material: Material | None = None) -> int:
    """Write the files, over any that are there; their size in bytes.

    pyodide: the folder that Pyodide and its NumPy are copied from; without, figures stay pictures.
    material: the digits, by default the first of MNIST's.
    Raises OptionError if Pyodide is not in its folder; OSError.
    """
    written = course_files(pyodide, material or first_digits())
    for name, content in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sum(map(len, written.values()))


def course_files(pyodide: Path | None, material: Material) -> dict[str, bytes]:
    """The files by their paths in the folder."""
    page = [*COURSE.glob("*.js"), *COURSE.glob("*.css"), *(STATIC / name for name in SHARED)]
    files = {path.name: path.read_bytes() for path in sorted(page)}
    parts: list[Part] = []
    if pyodide:
        python, parts = runtime.copied(pyodide)
        digits = archived({"images": material.images, "labels": material.labels})
        contents = {"digitnet": ("digitnet.zip", wheel(MODULES)), DIGITS: ("digits.zip", digits)}
        for name, (path, content) in contents.items():
            python[path] = content
            parts.append(replace(part_of(name, path, content), integrity=_integrity(content)))
        files |= python
    described = {
        "version": __version__,
        "missing": "" if pyodide else MISSING,
        "pyodide": f"{runtime.FOLDER}/",
        "scripts": runtime.SCRIPTS,
        "parts": [each.as_dict() for each in parts],
    }
    files["site.json"] = json.dumps(described, indent=1).encode() + b"\n"
    files["licences.txt"] = licences("The live figures").encode()
    return files


def _integrity(content: bytes) -> str:
    """The hash that a browser checks what it loads by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()
