"""A hand-in becomes a function: a module, or the cells of a notebook, run from top to bottom."""

from __future__ import annotations

import json
import warnings
from collections.abc import Container
from types import CodeType
from typing import Any

from digitnet.languages import tr
from digitnet.teach.exercises.formulas import in_line
from digitnet.teach.exercises.limits import NotAllowed
from digitnet.text import plain
from digitnet.training.spelling import nearest

MOST_TOLD = 1_000
"""Characters of an error's text."""

CELL = "code cell "
"""The name that Python has for a cell of a notebook, with its number behind it."""


class Problem(Exception):
    """The hand-in cannot be checked; the text goes on after the name of the file."""


def function_of(content: bytes, name: str, function: str) -> Any:
    """Run the hand-in as a module, and take the function out of it. Raises Problem."""
    names: dict[str, Any] = {"__name__": "handed_in"}
    try:
        for code in codes(content, name):
            exec(code, names)
    except SyntaxError as error:
        raise Problem(_no_python(error, name)) from None
    except NotAllowed as error:
        raise Problem(f"{_after(error, name)} {error}") from None
    except Problem:
        raise
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {own_text(error)}"
        raise Problem(
            tr("{place} stops with the error {error}", place=_after(error, name), error=text)
        ) from None
    if function not in names:
        own = [key for key, value in names.items() if callable(value)]
        meant = nearest(function, own) if own else None
        hint = tr("; did you mean {name}?", name=meant) if meant else ""
        raise Problem(tr(" has no function `{name}`{hint}", name=function, hint=hint))
    return names[function]


def _no_python(error: SyntaxError, name: str) -> str:
    """What Python says, and what in the line looks like a formula."""
    where = line_in(error.filename or name, name, error.lineno)
    said, formula = plain(error.msg), in_line(plain(error.text or "", MOST_TOLD))
    if formula:  # then what Python guesses is something else
        said = f"{said.partition('. Perhaps')[0]}; {formula}"
    return tr(", {where}, is no Python: {error}", where=where, error=said)


def codes(content: bytes, name: str) -> list[CodeType]:
    """The module, or the cells of code of a notebook without what is no Python."""
    try:
        text = content.decode("utf-8-sig")
        if not name.lower().endswith(".ipynb"):
            return [_compiled(text, name)]
        cells = [each for each in json.loads(text)["cells"] if each["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
    except UnicodeDecodeError:
        raise Problem(tr(" is no text in UTF-8")) from None
    except SyntaxError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Problem(tr(" is no notebook, or no Python")) from None
    result = []
    for place, source in enumerate(sources, start=1):
        lines = ["" if line.lstrip()[:1] in ("%", "!") else line for line in source.split("\n")]
        result.append(_compiled("\n".join(lines), f"{CELL}{place}"))
    return result


def _compiled(text: str, file: str) -> CodeType:
    """Without what Python warns of: where it matters, the check has a sentence of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(text, file, "exec", dont_inherit=True)


def place_of(error: BaseException, name: str, above: Container[str] = ()) -> str:
    """line 7, the last one of the hand-in that the error came through, "" if there is none.

    above: functions that it was given, whose lines do not count.
    """
    trace, last = error.__traceback__, ""
    while trace:
        code = trace.tb_frame.f_code
        file = code.co_filename
        if code.co_name not in above and (file == name or file.startswith(CELL)):
            last = line_in(file, name, trace.tb_lineno)
        trace = trace.tb_next
    return last


def _after(error: BaseException, name: str) -> str:
    """The place, to go on after the name of the file."""
    place = place_of(error, name)
    return f", {place}," if place else ""


def line_in(file: str, name: str, line: int | None) -> str:
    """line 7, or code cell 2, line 7."""
    if file == name:
        return tr("line {line}", line=line)
    cell = file.removeprefix(CELL)
    return tr("code cell {cell}, line {line}", cell=cell, line=line)


def own_text(error: BaseException) -> str:
    """The error's own text, plain; "" if it cannot be made."""
    try:
        return plain(error, MOST_TOLD)
    except Exception:
        return ""
