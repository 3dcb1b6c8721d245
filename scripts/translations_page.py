"""The sentences of the page: those of its HTML, and those that its modules make.

In HTML, each text between two tags and each of the attributes in ATTRIBUTES is one. In a module it
is what a template with the tag `t` holds: t`Epoch ${n}` is the sentence "Epoch {0}". And `counted`
takes two, for one and for many: counted(n, "{0} digit", "{0} digits").
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "content")
"""As in static/language.js."""
SAME = re.compile(r"[^\W\d_]{2}")
"""What has no two letters in a row, such as "‹", is the same in every language."""

COUNTED = re.compile(r'\bcounted\([^"]*?, "([^"]*)", "([^"]*)"\)')


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta" and given.get("name") != "description":
            return
        self.texts += [given[name] or "" for name in ATTRIBUTES if name in given]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def of_html(text: str) -> Iterator[str]:
    """The sentences of a page, their white space made single spaces."""
    parser = _Texts()
    parser.feed(text)
    for each in parser.texts:
        sentence = " ".join(each.split())
        if SAME.search(sentence):
            yield sentence


def of_module(text: str) -> Iterator[str | tuple[str, ...]]:
    """The sentences of a module of the page."""
    for match in re.finditer(r"(?<![\w$.`])t`", text):
        yield _template(text, match.end())
    for match in COUNTED.finditer(text):
        yield match[1], match[2]


def _template(text: str, start: int) -> str:
    """The template that begins here, with {0}, {1} … in place of what is put in."""
    sentence, place, count = "", start, 0
    while text[place] != "`":
        if text.startswith("${", place):
            place = _behind(text, place + 2)
            sentence += f"{{{count}}}"
            count += 1
        else:
            place += text[place] == "\\"
            sentence += text[place]
            place += 1
    return sentence


def _behind(text: str, place: int) -> int:
    """Where what is put in ends: braces, strings and templates in it are its own."""
    depth = 1
    while depth:
        if text[place] == "`":
            place += 1
            while text[place] != "`":
                place = _behind(text, place + 2) if text.startswith("${", place) else place + 1
        elif text[place] == '"':
            place = text.index('"', place + 1)
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        place += 1
    return place
