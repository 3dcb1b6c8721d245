"""Follow every link, image, script and style of a built site, without a network."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("img", "src"), ("script", "src"), ("link", "href"), ("source", "src"), ("iframe", "src")}
"""What a browser asks for by itself."""
NAMED = {("link", "canonical")}


class Page(HTMLParser):
    """What a page names: anchors, and links with the element that they are in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, str, str]] = []
        self.twice: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note its id and its links."""
        values = dict(attrs)
        if identity := values.get("id"):
            if identity in self.anchors:
                self.twice.add(identity)
            self.anchors.add(identity)
        for name in ("href", "src"):
            if (value := values.get(name)) is not None:
                self.links.append((tag, name, value))


def problems(folder: Path) -> list[str]:
    """A sentence for each link that leads nowhere, and for what is loaded from elsewhere."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    found = []
    for path, page in sorted(pages.items()):
        name = path.relative_to(folder)
        found += [f"{name}: two elements have the id {each}" for each in sorted(page.twice)]
        for tag, attribute, link in page.links:
            problem = _problem(path, folder, pages, link, (tag, attribute) in LOADED)
            found += [f"{name}: {link} {problem}"] if problem else []
    for style in folder.rglob("*.css"):
        for link in re.findall(r"url\(\s*['\"]?([^'\")]+)", style.read_text(encoding="utf-8")):
            problem = _problem(style, folder, {}, link, loaded=True)
            found += [f"{style.relative_to(folder)}: {link} {problem}"] if problem else []
    return found


def _problem(at: Path, folder: Path, pages: dict[Path, Page], link: str, loaded: bool) -> str:
    parts = urlsplit(link)
    if parts.scheme == "data":
        return ""
    if parts.scheme or parts.netloc:
        return "is loaded from another server" if loaded else ""
    there = (at.parent / unquote(parts.path)).resolve() if parts.path else at.resolve()
    if not there.is_relative_to(folder.resolve()):
        return "is outside of the site"
    there = there / "index.html" if there.is_dir() else there
    if not there.is_file():
        return "is not there"
    known = pages.get(at if not parts.path else folder / there.relative_to(folder.resolve()))
    if parts.fragment and known and unquote(parts.fragment) not in known.anchors | {""}:
        return "has no such anchor"
    return ""
