"""A verdict as text for a terminal or a notebook."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from digitnet.nn import Array
from digitnet.teach.exercises.parts import LETTERS, Verdict
from digitnet.text import plain, shown

WIDTH = 80
MARGIN = 13


def as_text(verdict: Verdict) -> str:
    """The verdict, in lines of at most 80 columns."""
    title = f"Exercise {verdict.number}, {verdict.title}"
    if verdict.passed:
        parts = [f"{title}: right.", "", *_entry("looked at", "; ".join(verdict.looked))]
        parts += ["", "One solution, to compare with yours:", "", verdict.solution.rstrip()]
        return "\n".join(parts)
    finding = verdict.finding
    assert finding is not None
    lines = [f"{title}: not yet.", ""]
    if verdict.looked:
        lines += _entry("right", "; ".join(verdict.looked))
    lines += _entry("wrong", finding.problem)
    lines += _entry("expected", finding.expected) + _entry("found", finding.found)
    lines += _entry("may mean", finding.meaning) + _entry("by hand", finding.example)
    lines += _entry("derived in", finding.derived)
    return "\n".join(lines)


def _entry(name: str, text: str) -> list[str]:
    if not text:
        return []
    return textwrap.wrap(
        plain(text, 2000),
        WIDTH,
        initial_indent=f"{name:{MARGIN}}",
        subsequent_indent=" " * MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )


def number(value: float) -> str:
    """Seven significant digits: enough to see that 2.302585 is right."""
    return f"{value + 0.0:.7g}"  # + 0.0 makes 0 of -0


def place(name: str, index: tuple[int, ...]) -> str:
    """An entry as NumPy writes it: dW[3, 1]; a number is its name alone."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def shape_in_words(axes: str, sizes: dict[str, int]) -> str:
    """An array of shape (20, 3), images in the batch by classes."""
    if not axes:
        return "a single number"
    shape = tuple(sizes[letter] for letter in axes)
    letters = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
    return f"an array of shape {letters} = {shape}, {' by '.join(LETTERS[a] for a in axes)}"


def described(value: Any) -> str:
    """What a function returned, in a few words."""
    if value is None:
        return "None"
    if value is Ellipsis:
        return "the three dots of the blank"
    if type(value) is np.ndarray:
        usual = value.dtype == np.float64 or value.dtype.kind in "iub"
        kind = "" if usual else f" of {plain(value.dtype, 20)}"
        return f"an array of shape {value.shape}{kind}"
    if type(value) in (tuple, list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int | float | np.generic) and type(value).__module__ in (
        "builtins",
        "numpy",
    ):
        return f"the number {shown(value.item() if isinstance(value, np.generic) else value, 30)}"
    return f"an object of the type {plain(type(value).__name__, 40)}"


def first_bad(values: Array) -> tuple[int, ...]:
    """The place of the first entry that is infinite or no number."""
    flat = int(np.flatnonzero(~np.isfinite(values).ravel())[0])
    return tuple(int(i) for i in np.unravel_index(flat, values.shape))
