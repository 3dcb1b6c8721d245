"""Files to hand out, made while building: digitnet itself, notebooks, exercises, worksheets."""

import shutil
import subprocess
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from building.stage import ROOT
from digitnet.teach.exercises import EXERCISES
from digitnet.teach.exercises.handout import as_file, as_notebook, file_name
from digitnet.teach.worksheet import worksheet
from digitnet.teach.worksheet_pages import as_html
from digitnet.version import __version__

FOLDER = "downloads"
WHEEL = f"digitnet-{__version__}-py3-none-any.whl"
NOTEBOOK = "walkthrough.ipynb"
WORKSHEETS = "worksheets.html"
PUPILS = 25
OFFERED = {
    WHEEL: f"digitnet itself: <code>pip install {WHEEL}</code>",
    NOTEBOOK: "from one neuron to 98 %, as a notebook",
    WORKSHEETS: f"a learning step to be computed by hand: {PUPILS} different sheets to print, then "
    "their solutions",
}


class Downloads(SphinxDirective):
    """A table of all that is offered."""

    def run(self) -> list[nodes.Node]:
        depth = "../" * self.env.docname.count("/")
        rows = [(_link(depth, name), meaning) for name, meaning in OFFERED.items()]
        for each in EXERCISES.values():
            files = [_link(depth, file_name(each, ending)) for ending in (".py", ".ipynb")]
            rows.append(("<br>".join(files), f"exercise {each.number}: {each.title}"))
        body = "".join(f"<tr><td>{file}</td><td>{meaning}</td></tr>\n" for file, meaning in rows)
        table = (
            '<div class="table-wrapper"><table class="docutils downloads"><thead><tr>'
            f"<th>file</th><th>what it is</th></tr></thead>\n<tbody>{body}</tbody></table></div>"
        )
        return [nodes.raw("", table, format="html")]


def _link(depth: str, name: str) -> str:
    return f'<a href="{depth}{FOLDER}/{name}" download>{name}</a>'


def make(app: Sphinx, exception: Exception | None) -> None:
    """Write them into the site. Raises CalledProcessError if the wheel cannot be built."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for each in EXERCISES.values():
        for ending, made in ((".py", as_file), (".ipynb", as_notebook)):
            _write(folder / file_name(each, ending), made(each))
    _write(folder / WORKSHEETS, as_html([worksheet(seed) for seed in range(PUPILS)], None))
    shutil.copy(ROOT / "docs" / NOTEBOOK, folder)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """The directive, and the files at the end."""
    app.add_directive("downloads", Downloads)
    app.connect("build-finished", make)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
