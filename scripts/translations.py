"""Translations: the sentences of the code and of the page, and the catalogues that translate them.

    python scripts/translations.py            # all that follows, after a change of a sentence
    python scripts/translations.py --add nl   # a catalogue for another language as well

digitnet.pot            every sentence that there is, by Babel
…/digitnet.po           brought up to date: what translators write into
…/digitnet.mo           what gettext reads
static/locale/….json    what the page reads, once all its sentences are translated

In Python, sentences are what stands in `tr`, `tr_plural` and `mark`, and at the places of the
exercises' tables that KEYWORDS names. For the page see translations_page.py.
"""

import argparse
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

sys.path.insert(0, str(Path(__file__).parent))
from translations_page import of_html, of_module

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "digitnet" / "locale"
TEMPLATE = LOCALE / "digitnet.pot"
STATIC = ROOT / "digitnet" / "web" / "static"
PAGES = STATIC / "locale"
OTHER_PAGES = {"api.html"}
"""Which are in English only."""
KEYWORDS = {
    "tr": None,
    "mark": None,
    "Sentence": None,
    "tr_plural": (1, 2),
    "Mistake": (3,),
    "Case": (1,),
}
HEADERS = {"Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Plural-Forms"}
"""Those of all that Babel writes which say something; others would change with each run."""
Found = tuple[str, str | tuple[str, ...], list[str]]


class Sentences(Catalog):
    """A catalogue that is the same file whenever the sentences are the same."""

    def __init__(self, locale: str | None = None) -> None:
        super().__init__(locale=locale, charset="utf-8", fuzzy=False)
        where = f" in {locale}" if locale else ""
        self.header_comment = f"# The sentences of digitnet{where}: see CONTRIBUTING.md."

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What stands at the beginning of a file."""
        return [(name, value) for name, value in super().mime_headers if name in HEADERS]


def found() -> Iterator[Found]:
    """File, sentence or the forms of it, and comments for translators."""
    for path in sorted((ROOT / "digitnet").rglob("*.py")):
        if "vendor" not in path.parts:
            tags = ("Translators:",)
            for _, text, comments, _ in extract_from_file(
                "python", path, keywords=KEYWORDS, comment_tags=tags, strip_comment_tags=True
            ):
                yield path.relative_to(ROOT).as_posix(), text, comments
    for path in sorted(STATIC.glob("*.html")):
        if path.name not in OTHER_PAGES:
            for text in of_html(path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT).as_posix(), text, []
    for path in sorted(STATIC.glob("**/*.js")):
        if "vendor" not in path.parts:
            for text in of_module(path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT).as_posix(), text, []


def template() -> Catalog:
    """All sentences, each with the files that it stands in."""
    catalog = Sentences()
    for file, text, comments in found():
        catalog.add(text, locations=[(file, 0)], auto_comments=comments)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """The file that translators read."""
    file = io.BytesIO()
    write_po(file, catalog, width=100, include_lineno=False, ignore_obsolete=True)
    return file.getvalue()


def updated(path: Path, sentences: Catalog) -> Sentences:
    """The catalogue in a file, with all sentences that there are now, and no others."""
    language = path.parts[-3]
    with path.open("rb") as file:
        before = read_po(file, locale=language)
    catalog = Sentences(language)
    for message in sentences:
        if message.id:
            old = before.get(message.id)
            string = old.string if old and type(old.string) is _kind(message) else None
            comments = old.user_comments if old else []
            catalog.add(
                message.id,
                string,
                locations=message.locations,
                auto_comments=message.auto_comments,
                user_comments=comments,
            )
    return catalog


def _kind(message: Message) -> type:
    return tuple if isinstance(message.id, tuple) else str


def as_mo(catalog: Catalog) -> bytes:
    """The file that gettext reads, with what is translated of Python's sentences."""
    translated = Sentences(catalog.locale_identifier)
    for message in catalog:
        if message.id and all(_forms(message)) and of_python(message):
            translated.add(message.id, message.string)
    file = io.BytesIO()
    write_mo(file, translated)
    return file.getvalue()


def of_python(message: Message) -> bool:
    """Whether a sentence stands in a module of Python."""
    return any(name.endswith(".py") for name, _ in message.locations)


def of_the_page(message: Message) -> bool:
    """Whether a sentence stands in the page itself."""
    return any(name.startswith("digitnet/web/static/") for name, _ in message.locations)


def as_json(catalog: Catalog) -> bytes:
    """The sentences of the page by their English; b"" unless all of them are translated."""
    texts = {
        forms[0]: message.string
        for message in catalog
        if message.id and of_the_page(message) and (forms := _ids(message))
    }
    if any(not text or not all(text) for text in texts.values()):
        return b""
    return json.dumps(texts, ensure_ascii=False, indent=0).encode() + b"\n"


def _ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.id, tuple) else (message.string or "",)


def catalogues() -> list[Path]:
    """The files of translations, by language."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/digitnet.po"))


def contents() -> dict[Path, bytes]:
    """All files that follow from the code and from what translators wrote."""
    sentences = template()
    files = {TEMPLATE: as_po(sentences)}
    for path in catalogues():
        catalog = updated(path, sentences)
        files[path] = as_po(catalog)
        files[path.with_suffix(".mo")] = as_mo(catalog)
        if page := as_json(catalog):
            files[PAGES / f"{path.parts[-3]}.json"] = page
    return files


def main() -> None:
    """Write them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--add", metavar="LANGUAGE", help="begin a catalogue for this language")
    options = parser.parse_args()
    if options.add:
        path = LOCALE / options.add / "LC_MESSAGES" / "digitnet.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(as_po(Sentences(options.add)))
    for path, content in contents().items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
