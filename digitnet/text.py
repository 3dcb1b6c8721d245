"""Text that came from outside, made safe and short before it is shown.

A name in a file may hold what a terminal obeys instead of showing it (escape sequences), what turns
the text around it (bidirectional controls), what begins a line of its own, or a million letters.
"""

from collections.abc import Collection, Iterator
from itertools import islice

MESSAGE = 1000
"""Characters of the longest message."""
LINE = 10_000
"""Characters of the longest line that a command prints: a row of 256 classes is that long."""
NAME = 24
"""Characters of a class's name in a table or a figure."""
MOST_MARKS = 4
"""Accents on one letter; with more they would climb over the lines above."""


def plain(text: object, most: int = 200) -> str:
    """The text in one line of at most `most` characters; what does not show itself is escaped.

    Of a longer one the middle is left out, because messages end with what is wrong.
    """
    short = _shortened(str(text), most)
    if short.isascii() and short.isprintable():
        return short
    return _shortened("".join(_visible(short)), most)


def plain_lines(text: str) -> str:
    """The text with its line breaks, and each of its lines made plain."""
    return "\n".join(plain(line, LINE) for line in text.split("\n"))


def shown(value: object, most: int = 80) -> str:
    """Any value as Python writes it, plain."""
    try:
        return plain(repr(value), most)
    except (ValueError, RecursionError):  # a number of thousands of digits; lists in lists in lists
        return f"a value of type {type(value).__name__} that is too large to show"


def listed(names: Collection[str], most: int = 12) -> str:
    """The first names, plain and separated by commas, and how many more there are."""
    first = ", ".join(plain(name, NAME) for name in islice(names, most))
    n_others = len(names) - most
    return first if n_others <= 0 else f"{first} and {n_others} more"


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    end = (most - 3) // 2
    return f"{text[: most - 3 - end]}...{text[len(text) - end :]}"


def _visible(text: str) -> Iterator[str]:
    """The characters one by one, those that do not show themselves as their escape sequences."""
    from unicodedata import category  # here, because most text is ASCII and needs none of it

    n_marks = 0
    for character in text:
        n_marks = n_marks + 1 if category(character).startswith("M") else 0
        shows = character.isprintable() and n_marks <= MOST_MARKS
        yield character if shows else _escaped(character)


def unicode_text(name: str) -> str:
    """A file's name with an escape sequence for what is no Unicode: all others take it."""
    return "".join(_escaped(c) if "\ud800" <= c <= "\udfff" else c for c in name)


def _escaped(character: str) -> str:
    """Its escape sequence; that of a byte if it is what Python makes of one that is no UTF-8."""
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
