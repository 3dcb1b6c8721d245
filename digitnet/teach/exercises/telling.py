"""A verdict as text for a terminal or a notebook."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from digitnet.languages import tr
from digitnet.nn import Array
from digitnet.teach.exercises.parts import LETTERS, Verdict
from digitnet.text import plain, shown

WIDTH = 80
MARGIN = 13


def as_text(verdict: Verdict) -> str:
    """The verdict, in lines of at most 80 columns."""
    about = {"number": verdict.number, "title": verdict.title}
    if verdict.passed:
        parts = [tr("Exercise {number}, {title}: right.", **about), ""]
        parts += _entry(tr("looked at"), "; ".join(verdict.looked))
        parts += ["", tr("One solution, to compare with yours:"), "", verdict.solution.rstrip()]
        return "\n".join(parts)
    finding = verdict.finding
    assert finding is not None
    if finding.is_unfinished:
        parts = [tr("Exercise {number}, {title}: not finished.", **about), ""]
        parts += _entry(tr("so far"), finding.meaning) + _entry(tr("next"), finding.problem)
        parts += _entry(tr("found"), finding.found) + _entry(tr("derived in"), finding.derived)
        return "\n".join(parts)
    lines = [tr("Exercise {number}, {title}: not yet.", **about), ""]
    if verdict.looked:
        lines += _entry(tr("right"), "; ".join(verdict.looked))
    lines += _entry(tr("wrong"), finding.problem)
    lines += _entry(tr("expected"), finding.expected) + _entry(tr("found"), finding.found)
    lines += _entry(tr("may mean"), finding.meaning) + _entry(tr("by hand"), finding.example)
    lines += _entry(tr("derived in"), finding.derived)
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
        return tr("a single number")
    letters = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
    return tr(
        "an array of shape {letters} = {shape}, {meaning}",
        letters=letters,
        shape=tuple(sizes[letter] for letter in axes),
        meaning=tr(" by ").join(tr(LETTERS[letter]) for letter in axes),
    )


def described(value: Any) -> str:
    """What a function returned, in a few words."""
    if value is None:
        return "None"
    if value is Ellipsis:
        return tr("the three dots of the blank")
    if type(value) is np.ndarray:
        usual = value.dtype == np.float64 or value.dtype.kind in "iub"
        kind = "" if usual else tr(" of {kind}", kind=plain(value.dtype, 20))
        return tr("an array of shape {shape}", shape=value.shape) + kind
    if type(value) in (tuple, list):
        return tr("a {kind} of {count}", kind=type(value).__name__, count=len(value))
    if isinstance(value, int | float | np.generic) and type(value).__module__ in (
        "builtins",
        "numpy",
    ):
        own = value.item() if isinstance(value, np.generic) else value
        return tr("the number {number}", number=shown(own, 30))
    return tr("an object of the type {kind}", kind=plain(type(value).__name__, 40))


def first_bad(values: Array) -> tuple[int, ...]:
    """The place of the first entry that is infinite or no number."""
    flat = int(np.flatnonzero(~np.isfinite(values).ravel())[0])
    return tuple(int(i) for i in np.unravel_index(flat, values.shape))
