"""Formulas that were copied as they stand: what is written otherwise in Python, and how."""

from __future__ import annotations

import keyword
import re

import numpy as np

from digitnet.languages import mark, tr

PRODUCT = mark(
    "a product has a sign in Python: `@` between matrices, `*` between numbers and entry by entry"
)
FUNCTION = mark("a function has brackets in Python: np.log(p), np.exp(z), np.sum(...)")
SIGN = mark("{sign} is written {code} in Python")
POWER = mark("a power is written `**` in Python: W**2")
CALLED = mark(
    "brackets right behind a number or an array call it as a function: a `*` or `@` is missing "
    "before the bracket"
)
TRANSPOSE = mark("the transpose is x.T, with a capital T and without brackets")
METHOD = mark("an array has no .{name}: it is a function of NumPy, np.{name}(...)")
SIGNS = {
    **{"−": "-", "·": "*", "×": "*", "²": "**2", "½": "1 / 2", "←": "=", "√": "np.sqrt(...)"},
    **{"∑": "np.sum(...)", "≥": ">=", "≤": "<=", "∂": "d", "₁": "1", "₂": "2"},
}
"""Signs of formulas that Python does not know, and what they are there."""
FUNCTIONS = {"log", "exp", "sum", "max", "maximum", "mean", "softmax"}
BESIDE = re.compile(r"([A-Za-z_][\w.]*|\b\d[\d.]*|[)\]])[ \t]+(?=([A-Za-z_]\w*|\d[\d.]*))")
"""Two things side by side with nothing but a space between them."""
TOUCHING = re.compile(r"\b\d+(?![eE]-?\d|[jJxXoObB_])[A-Za-z]")
"""2W1."""
QUOTED = re.compile(r"'[^']*('|$)|\"[^\"]*(\"|$)")
STATEMENTS = {"for", "if", "elif", "while", "def", "class", "import", "from", "with"}
"""What a line begins with that is no formula."""
NO_ATTRIBUTE = re.compile(r"'numpy\.ndarray' object has no attribute '(\w+)'")


def in_line(line: str) -> str:
    """What is told of a line that is no Python; "" if nothing of a formula is seen in it."""
    code = QUOTED.sub("''", line).partition("#")[0]
    for sign, python in SIGNS.items():
        if sign in code:
            return tr(SIGN, sign=sign, code=python)
    beside = [found.groups() for found in BESIDE.finditer(code)]
    words = [both for both in beside if not any(map(_is_of_python, both))]
    if (code.split() or [""])[0] in STATEMENTS:
        words = []
    told = []
    if any(left.rpartition(".")[2].partition("_")[0] in FUNCTIONS for left, _ in words):
        told.append(tr(FUNCTION))
    if words or TOUCHING.search(code):
        told.append(tr(PRODUCT))
    return "; ".join(told)


def _is_of_python(word: str) -> bool:
    return keyword.iskeyword(word) or word == "print"


def in_error(text: str) -> str:
    """What is told of an error of Python or NumPy with this text; "" of most."""
    if "bitwise_xor" in text or "for ^:" in text:
        return tr(POWER)
    if "object is not callable" in text:
        return tr(CALLED)
    if found := NO_ATTRIBUTE.search(text):
        name = found[1]
        if name in ("t", "transposed"):
            return tr(TRANSPOSE)
        if callable(getattr(np, name, None)):
            return tr(METHOD, name=name)
    return ""
