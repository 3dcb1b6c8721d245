"""Pages of code, for links from the text into it: `source:digitnet/nn/layers.py#L101`.

A file becomes a page with numbered lines, a folder a page that lists its modules, each with the
first line of its docstring.
"""

import ast
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx.application import Sphinx

from building.stage import ROOT

SCHEME = "source:"
SHOWN = "digitnet/"
"""The folder all of whose modules have pages; of others, only those that are linked to."""
LONGEST = 400_000
"""Characters of a file that is shown."""


def page_of(path: str) -> str:
    """The name of the page of a file or folder."""
    return f"source/{path}"


def linked(folder: Path) -> list[str]:
    """What staged pages link to, and the modules in the folders among it."""
    found = set()
    for page in [*folder.rglob("*.md"), *folder.rglob("*.ipynb")]:
        text = page.read_text(encoding="utf-8")
        found |= set(re.findall(rf"\]\({SCHEME}([^)#\s]+)", text))
    folders = [path for path in found if path.startswith(SHOWN) and (ROOT / path).is_dir()]
    inside = {str(module) for path in folders for module in _modules(path)}
    return sorted(found | inside)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The pages of code, as Sphinx collects them."""
    all_of_them = linked(Path(app.srcdir))
    for path in all_of_them:
        title, file = f"<code>{escape(path)}</code>", ROOT / path
        body = _folder(app, path, all_of_them) if file.is_dir() else _listing(file)
        context = {"title": path, "body": f"<section><h1>{title}</h1>\n{body}</section>"}
        yield page_of(path), context, "page.html"


def _listing(file: Path) -> str:
    text = file.read_text(encoding="utf-8")[:LONGEST]
    try:
        lexer = get_lexer_for_filename(file.name, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    formatter = HtmlFormatter(linenos="inline", lineanchors="L", cssclass="highlight source")
    lines = re.sub(r'<a id="L-(\d+)" name="L-\d+"></a>', r'<a id="L\1"></a>',
                   highlight(text, lexer, formatter))  # fmt: skip
    return f'<div class="highlight-source notranslate">{lines}</div>'


def _modules(path: str) -> list[Path]:
    return sorted(file.relative_to(ROOT) for file in (ROOT / path).glob("*.py"))


def _folder(app: Sphinx, path: str, all_of_them: list[str]) -> str:
    rows = []
    for module in _modules(path):
        said = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or ""
        name = f"<code>{escape(module.name)}</code>"
        if str(module) in all_of_them:
            address = app.builder.get_relative_uri(page_of(path), page_of(str(module)))
            name = f'<a href="{address}">{name}</a>'
        first = said.split("\n\n")[0]
        rows.append(f"<dt>{name}</dt><dd>{escape(first)}</dd>")
    inside = [each for each in all_of_them if Path(each).parent == Path(path)]
    below = [each for each in inside if (ROOT / each).is_dir()]
    for folder in below:
        address = app.builder.get_relative_uri(page_of(path), page_of(folder))
        rows.append(f'<dt><a href="{address}"><code>{escape(folder)}/</code></a></dt><dd></dd>')
    return f'<dl class="modules">{"".join(rows)}</dl>' if rows else "<p>No module is in it.</p>"


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make addresses of the links to code."""
    for node in doctree.findall(nodes.reference):
        if node.get("refuri", "").startswith(SCHEME):
            path, _, anchor = node["refuri"].removeprefix(SCHEME).partition("#")
            address = app.builder.get_relative_uri(docname, page_of(path))
            node["refuri"] = f"{address}#{anchor}" if anchor else address
            node["internal"] = True
            node["classes"] = [each for each in node["classes"] if each != "external"]


def setup(app: Sphinx) -> dict[str, bool]:
    """At the end of reading and of writing."""
    app.connect("doctree-resolved", resolve)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
