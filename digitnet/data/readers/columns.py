"""Which column of a table is the label, which only counts the rows, and which are pixels."""

import math
from typing import TypeAlias

from digitnet.accept.labels import MOST_CLASSES

LABELS = ("label", "labels", "class", "target", "y", "digit", "letter", "category", "character")
NUMBERING = ("", "id", "index", "unnamed: 0", "imageid", "image_id", "rowid", "row_id")
"""Names of columns that only count the rows."""

Edges: TypeAlias = list[list[str]]
"""The values of the first two columns and of the last."""
FIRST, SECOND, LAST = 0, 1, 2


def meanings(
    edges: Edges, n_columns: int, names: list[str] | None
) -> tuple[int | None, tuple[bool, bool, bool]]:
    """Which of the three columns at the ends is the label, if one is, and which are pixels.

    names: of all columns, in small letters, if the table has them. Else it is guessed: images are
    square, a label has at least two values, and a number of the row counts up.
    Raises ValueError if a column in the middle is named as a label.
    """
    label, numbering = None, []
    if names:
        ends = (names[0], names[1], names[-1])
        label = next((column for column in (FIRST, SECOND, LAST) if ends[column] in LABELS), None)
        numbering = [column for column in (FIRST, SECOND, LAST) if ends[column] in NUMBERING]
        middle = [name for name in names[2:-1] if name in LABELS]
        if label is None and middle:
            raise ValueError(
                f"expected the label in the first column, the second or the last, got it in column "
                f"{names.index(middle[0]) + 1}"
            )
    if label is None:
        label, numbering = _guessed(edges, n_columns, numbering)
    special = {label, *numbering}
    first, second, last = (column not in special for column in (FIRST, SECOND, LAST))
    return label, (first, second, last)


def _guessed(edges: Edges, n_columns: int, numbering: list[int]) -> tuple[int | None, list[int]]:
    """The column of the label, if there is one, and those that number the rows."""
    n = n_columns - len(numbering)
    if _is_square(n):
        return None, numbering
    if not numbering and _counts(edges[FIRST]):
        many = len(edges[FIRST]) > MOST_CLASSES
        if _is_square(n - 2) or (_is_square(n - 1) and many):
            numbering, n = [FIRST], n - 1
            if _is_square(n):
                return None, numbering
    first = SECOND if FIRST in numbering else FIRST
    return (LAST if _rather_label(edges[LAST], edges[first]) else first), numbering


def _rather_label(last: list[str], first: list[str]) -> bool:
    """Whether the last column is the label and not the first: a text, or of fewer values."""
    if _are_numbers(first) != _are_numbers(last):
        return _are_numbers(first)
    if not _varies(first):
        return _varies(last)
    return _varies(last) and len(set(last)) < len(set(first))


def _are_numbers(values: list[str]) -> bool:
    try:
        return all(math.isfinite(float(value.replace(",", "."))) for value in set(values))
    except ValueError:
        return False


def _is_square(n: int) -> bool:
    return math.isqrt(n) ** 2 == n


def _counts(values: list[str]) -> bool:
    """Whether these are 0, 1, 2, … or 1, 2, 3, …"""
    starts = values[0] if values[0] in ("0", "1") else None
    return starts is not None and values == [str(int(starts) + n) for n in range(len(values))]


def _varies(values: list[str]) -> bool:
    return 2 <= len(set(values)) <= MOST_CLASSES
