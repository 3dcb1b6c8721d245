"""What live parts need: the files of digitnet/web/course in the site, and where they are."""

import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from digitnet.web.course.writing import write

FOLDER = "engine"
PYODIDE = "DIGITNET_SITE_PYODIDE"
"""Names a folder with Pyodide for the site (build.py); without, exercises are checked elsewhere."""


def state(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], _: Any) -> None:
    """Say in each page of the course where the files are, and load the live parts."""
    context["live_parts"] = ""
    if pagename.startswith("course/"):
        context["live_parts"] = context["pathto"](FOLDER, resource=True)


def copy(app: Sphinx, exception: Exception | None) -> None:
    """Write the files. Raises OptionError if Pyodide is not in its folder."""
    if exception is None and app.builder.format == "html":
        pyodide = os.environ.get(PYODIDE)
        write(Path(app.outdir) / FOLDER, Path(pyodide) if pyodide else None)


def setup(app: Sphinx) -> dict[str, bool]:
    """Before a page is written, and at the end."""
    app.connect("html-page-context", state)
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
