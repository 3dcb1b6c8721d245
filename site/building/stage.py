"""The project's pages in one folder, with links that Sphinx can follow.

Pages link to each other and to code as a code host has them: `../digitnet/nn/layers.py#L101`. Here
they are copied, those of site/ to the top; links between pages follow them, and a link to
code becomes `source:digitnet/nn/layers.py#L101` (see sources.py).
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from digitnet.teach.figures.digits import first_digits
from digitnet.teach.figures.pictures import write as write_figures

ROOT = Path(__file__).parent.parent.parent
SITE = PurePosixPath("site")
PAGES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "docs/*.ipynb"),
    *(
        "site/*.md",
        "site/course/*.md",
        "site/reference/*.md",
        "benchmarks/README.md",
        "digitnet/data/mnist/*.md",
        "digitnet/model/pretrained/*.md",
        "digitnet/reading/*.md",
    ),
)
PICTURES = ("docs/images/*",)
FIGURES = "pictures"
"""The folder of the live figures, before they move."""
START = PurePosixPath("README.md")
"""The page whose title is too long for a link: it is called as in the list of pages."""
LINK = re.compile(
    r"^(?P<fence> *```+).*?^(?P=fence)`* *$"  # a block of code
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"  # code in the text
    r"|(?P<before>(?:\[(?P<file>[\w./-]+\.(?:md|ipynb)))?\]\()(?P<target>[^)\s]+)(?P<after>\))",
    re.M | re.S,
)


def pages(root: Path = ROOT) -> list[PurePosixPath]:
    """The pages of the site, by their paths in the project."""
    found = {path for pattern in PAGES for path in root.glob(pattern)}
    return sorted(PurePosixPath(path.relative_to(root).as_posix()) for path in found)


def moved(path: PurePosixPath) -> PurePosixPath:
    """Where a page or picture of the project is in the stage."""
    return path.relative_to(SITE) if path.is_relative_to(SITE) else path


def stage(folder: Path, root: Path = ROOT) -> None:
    """Copy all pages and pictures; what is there and the same is not touched, all else is removed.

    Raises ValueError if a link of a page leads to nothing.
    """
    known = set(pages(root))
    wanted: dict[PurePosixPath, bytes] = {}
    for page in known:
        text = (root / page).read_text(encoding="utf-8")
        rewrite = in_notebook if page.suffix == ".ipynb" else with_links
        changed = rewrite(
            text,
            lambda target, page=page: link(target, page, known, root),
            lambda target, page=page: title(target, page, known, root),
        )
        wanted[moved(page)] = changed.encode()
    for figure in write_figures(folder / FIGURES, first_digits()):
        wanted[PurePosixPath(FIGURES, figure.name)] = figure.read_bytes()
    for pattern in PICTURES:
        for path in root.glob(pattern):
            at = PurePosixPath(path.relative_to(root).as_posix())
            wanted[moved(at)] = path.read_bytes()
    _fill(folder, wanted)


def unnamed(target: str) -> str:
    """No other name."""
    return ""


def with_links(
    text: str, change: Callable[[str], str], name: Callable[[str], str] = unnamed
) -> str:
    """The text with every link's target changed, those in code left alone.

    name: how a link is called that is called like a file, where the site has another name for it.
    """

    def changed(match: re.Match[str]) -> str:
        if match["target"] is None:
            return match[0]
        called = name(match["target"]) if match["file"] else ""
        before = f"[{called}](" if called else match["before"]
        return before + change(match["target"]) + match["after"]

    return LINK.sub(changed, text)


def in_notebook(
    text: str, change: Callable[[str], str], name: Callable[[str], str] = unnamed
) -> str:
    """The same for a notebook's cells of text, without outputs: they are made while building."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = with_links("".join(cell["source"]), change, name)
            cell["source"] = source.splitlines(keepends=True)
        else:
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def link(target: str, page: PurePosixPath, known: set[PurePosixPath], root: Path) -> str:
    """A link's target, as the copy of the page has it. Raises ValueError if it is not there."""
    path, _, anchor = target.partition("#")
    if re.match(r"[a-z]+:", target) or not path:
        return target
    there = PurePosixPath(os.path.normpath(page.parent / path))
    if not (root / there).exists():
        raise ValueError(f"{page} links to {target}, which is not there")
    behind = f"#{anchor}" if anchor else ""
    there = SITE / "index.md" if there == PurePosixPath("docs") else there
    pictures = any(there.match(pattern) for pattern in PICTURES)
    if there in known or pictures:
        return os.path.relpath(moved(there), moved(page).parent) + behind
    return f"source:{there}{behind}"


def title(target: str, page: PurePosixPath, known: set[PurePosixPath], root: Path) -> str:
    """What the page is called that a link leads to; empty if it leads to none."""
    there = PurePosixPath(os.path.normpath(page.parent / target.partition("#")[0]))
    if there not in known:
        return ""
    text = (root / there).read_text(encoding="utf-8")
    if there.suffix == ".ipynb":
        text = "".join(json.loads(text)["cells"][0]["source"])
    heading = re.search(r"^# (.+)$", text, re.M)
    return "Start" if there == START else heading[1] if heading else ""


def _fill(folder: Path, wanted: dict[PurePosixPath, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        at = PurePosixPath(path.relative_to(folder).as_posix())
        if path.is_file() and at not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            shutil.rmtree(path)
    for at, content in wanted.items():
        path = folder / at
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
