"""Sentences in the reader's language: gettext, with catalogues in digitnet/locale.

    with language("de"):
        tr("{count} of {total} are right", count=3, total=4)  # 3 von 4 sind richtig

The language is what `language` says, else what the environment says (LANGUAGE, LC_ALL, LC_MESSAGES,
LANG), else English, in which the sentences stand in the code. A sentence without a translation is
shown in English. `make messages` finds the sentences and brings the catalogues up to date.
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

ENGLISH = "en"
DOMAIN = "digitnet"
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_CHOSEN: ContextVar[str | None] = ContextVar("language", default=None)


def mark(text: str) -> str:
    """The text as it is: a sentence of a table, which `tr` translates when it is shown."""
    return text


def tr(text: str, /, **values: object) -> str:
    """The sentence in the current language, with the values in place of their names."""
    found = _catalogue(current()).gettext(text) if text else text
    return found.format(**values) if values else found


def tr_plural(one: str, many: str, n: int, /, **values: object) -> str:
    """The sentence for one, or for many, in the current language; n is the value {n} as well."""
    return _catalogue(current()).ngettext(one, many, n).format(**{"n": n, **values})


class Sentence(str):
    """A sentence in English that can be said in another language later.

    For code whose sentences are in English for most who read them: it is a plain str for them.
    """

    def __new__(cls, text: str, /, **values: object) -> Sentence:
        """The text with the values in place of their names."""
        self = super().__new__(cls, text.format(**values) if values else text)
        self.text, self.values = text, values
        return self

    text: str
    values: dict[str, object]

    def translated(self) -> str:
        """It in the current language, with the sentences among its values."""
        return tr(self.text, **{name: translated(value) for name, value in self.values.items()})


def translated(value: object) -> object:
    """A sentence in the current language; anything else as it is."""
    return value.translated() if isinstance(value, Sentence) else value


@contextmanager
def language(name: str | None) -> Iterator[None]:
    """In this block, sentences are in this language; as the environment says for None.

    A name such as de, de_AT or de-AT; English where there is no catalogue of this name.
    """
    before = _CHOSEN.set(None if name is None else known(name))
    try:
        yield
    finally:
        _CHOSEN.reset(before)


def current() -> str:
    """The language in which sentences are now, one of `available`."""
    return _CHOSEN.get() or _of_the_environment()


def known(*names: str) -> str:
    """The first of these that there is, "en" if there is none."""
    return next(filter(None, map(_found, names)), ENGLISH)


def is_known(name: str) -> bool:
    """Whether there is a catalogue of this name, or it is one of English."""
    return _found(name) is not None


def _found(name: str) -> str | None:
    """The language of this name, one of `available`; None if there is no catalogue of it."""
    short = re.split(r"[.@]", name)[0].replace("-", "_")
    base = short.split("_")[0].lower()
    if base in (ENGLISH, "c", "posix"):
        return ENGLISH
    return next((each for each in (short, base) if each in available()), None)


@cache
def available() -> tuple[str, ...]:
    """English, and the languages that there is a catalogue of."""
    folder = files("digitnet") / "locale"
    names = (each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else ()
    return (ENGLISH, *sorted(names))


def _of_the_environment() -> str:
    values: Iterable[str | None] = (os.environ.get(name) for name in VARIABLES)
    return known(*(next(filter(None, values), "")).split(":"))


@cache
def _catalogue(name: str) -> gettext.NullTranslations:
    if name == ENGLISH:
        return gettext.NullTranslations()
    place = files("digitnet") / "locale" / name / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with place.open("rb") as file:
        return gettext.GNUTranslations(file)
