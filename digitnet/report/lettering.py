"""How figures write the names of classes: in a font that has their letters, or as numbers.

Matplotlib's own font knows European letters and some more. Where names need others, an installed
font that has them all is used besides; if there is none, each such name becomes its number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from digitnet.text import NAME, plain

MOST_IN_LEGEND = 60


@dataclass(frozen=True)
class Lettering:
    """names: what figures write for each class. fonts: families, to be tried in this order.

    numbered: the classes that became numbers, by these."""

    names: tuple[str, ...]
    fonts: tuple[str, ...]
    numbered: dict[str, str]

    @property
    def style(self) -> dict[str, Any]:
        """What Matplotlib's texts need to be told."""
        return {"fontfamily": list(self.fonts)}

    @property
    def legend(self) -> str:
        """What the numbers stand for, in ASCII; empty if there are none."""
        parts = [f"{mark}={ascii(name)[1:-1]}" for mark, name in self.numbered.items()]
        more = ["..."] if len(parts) > MOST_IN_LEGEND else []
        return "   ".join(parts[:MOST_IN_LEGEND] + more)

    @property
    def note(self) -> str:
        """The same as a sentence for the terminal, whose font may have the letters."""
        parts = ", ".join(f"{mark} for {name}" for mark, name in self.numbered.items())
        return f"No installed font has all letters of the classes, so figures write {parts}."


def lettering(classes: tuple[str, ...]) -> Lettering:
    """The names as figures can write them."""
    from matplotlib.font_manager import FontProperties, findfont

    classes = tuple(plain(name, NAME) for name in classes)
    own = FontProperties()
    letters = set("".join(classes))
    missing = letters - _letters_in(str(findfont(own)), letters)
    other = _font_with(frozenset(missing)) if missing else ""
    fonts = (*own.get_family(), other) if other else tuple(own.get_family())
    mark = "#"
    while any(name.startswith(mark) for name in classes):
        mark += "#"
    numbered = {}
    if missing and not other:
        numbered = {
            f"{mark}{number}": name
            for number, name in enumerate(classes)
            if missing.intersection(name)
        }
    marks = {name: key for key, name in numbered.items()}
    names = tuple(_literal(marks.get(name, name)) for name in classes)
    return Lettering(names, fonts, numbered)


def _literal(text: str) -> str:
    """The text as it is: between two dollar signs Matplotlib would read mathematics."""
    return text.replace("$", r"\$")


@lru_cache(maxsize=8)
def _font_with(letters: frozenset[str]) -> str:
    """The family of an installed font that has these letters, or nothing."""
    from matplotlib.font_manager import fontManager

    upright = [each for each in fontManager.ttflist if each.style == "normal"]
    upright.sort(key=lambda each: (abs(int(each.weight) - 400), each.name))
    for each in upright:
        if "Last Resort" not in each.name and letters == _letters_in(each.fname, letters):
            return each.name
    return ""


def _letters_in(path: str, letters: Iterable[str]) -> set[str]:
    """Those of the letters that a font's file has; none if it is gone or no outline font."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):
        return set()
    return {letter for letter in letters if font.get_char_index(ord(letter))}
