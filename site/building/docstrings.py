"""Docstrings as Sphinx wants them: they are written as plain text, with indented formulas.

Indented blocks become literal ones, names with a meaning beside them a list, `names` become code,
and what Sphinx would take for marks is left as it is written.
"""

import re
from typing import Any

from sphinx.application import Sphinx

MEANING = re.compile(r"(\S+) {2,}(\S.*)")
"""A name and what it means: a row of a list."""


def as_marked(lines: list[str]) -> list[str]:
    """The lines of a docstring in reStructuredText."""
    result: list[str] = []
    literal = listed = False
    for line in lines:
        indented = line.startswith("    ")
        if (row := MEANING.fullmatch(line)) or (listed and indented):
            name = ["", f"``{row[1]}``"] if row else []
            result += [*name, f"    {_plain(row[2] if row else line)}"]
            literal, listed = False, True
            continue
        if listed and line:
            result += [""]
        listed = False
        if indented and not literal:
            result += ["", ".. code-block:: text", ""]
        if literal and line and not indented:
            result += [""]
        literal = indented or (literal and not line)
        result.append(line if literal else _plain(line))
    return result


def _plain(line: str) -> str:
    """A line of text: code in `ticks` stays code, all other marks are only signs."""
    parts = re.split(r"(`+[^`]+`+)", line.strip())
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = f"``{part.strip('`')}``"
        else:
            plain = re.sub(r"([\\*_|`])", r"\\\1", part)
            plain = re.sub(r"(?<!\S)\\\*(\w+)\\\*(?!\w)", r"*\1*", plain)  # emphasis
            plain = re.sub(r"docs/(\w+)\.md", r":doc:`docs/\1.md </docs/\1>`", plain)
            parts[place] = rf"\ {plain}" if place and plain[:1].isalnum() else plain
    return "".join(parts)


def process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Of every docstring that is shown."""
    lines[:] = as_marked(lines)


NAME = r"(?:~?[\w.]+\.)?"
ARRAYS = re.compile(
    rf"{NAME}ndarray\[{NAME}tuple\[{NAME}Any, \.\.\.\], "
    rf"{NAME}dtype\[{NAME}\w+(?:\[{NAME}Any\])?\]\]"
)


ANY = rf"{NAME}dtype\[{NAME}Any\]"
SCALARS = rf"{NAME}complex \| {NAME}bytes \| {NAME}str"
ARRAY_LIKE = re.compile(
    rf"{NAME}_?Buffer \| {NAME}_SupportsArray\[{ANY}\] \| "
    rf"{NAME}_NestedSequence\[{NAME}_SupportsArray\[{ANY}\]\] \| {SCALARS} \| "
    rf"{NAME}_NestedSequence\[{SCALARS}\]"
)


def shorten(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str, returned: str
) -> tuple[str | None, str | None] | None:
    """Call arrays Array in signatures, and what can be one ArrayLike, as the code does."""
    if not (signature or returned):
        return None
    taken = ARRAY_LIKE.sub("ArrayLike", ARRAYS.sub("Array", signature or ""))
    return taken, returned and ARRAYS.sub("Array", returned)


def setup(app: Sphinx) -> dict[str, bool]:
    """Before autodoc reads them."""
    app.connect("autodoc-process-docstring", process)
    app.connect("autodoc-process-signature", shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
