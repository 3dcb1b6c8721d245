"""A worksheet and its solution, as text of 80 columns and as pages to print."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

from digitnet.errors import DigitnetError
from digitnet.languages import current, mark, tr
from digitnet.teach.exercises.parts import IN_NUMBERS
from digitnet.teach.worksheet import (
    DECIMALS,
    LEARNING_RATE,
    N_HIDDEN,
    N_IN,
    N_OUT,
    Step,
    Worksheet,
    steps,
    written,
)

WIDTH = 80
INTRODUCTION = mark(
    "A network of three inputs, two hidden units and two classes learns from one example. "
    "W1_21 is the weight in row 2 and column 1 of W1: it leads from x_2 to the first hidden unit. "
    "Round every result to {decimals} decimals, and go on with the rounded number. exp(a) is e to "
    "the power of a, log is the natural logarithm, and a d in front of a name is its gradient: by "
    "how much the loss grows for each 1 by which it grows."
)
STYLE = """
body { font: 15px/1.45 Georgia, serif; color: #111; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem }
article { break-after: page } article + article { border-top: 2px solid #111; padding-top: 1rem }
h1 { font-size: 1.3rem; margin: .3rem 0 } h2 { font-size: 1rem; margin: .8rem 0 0 }
p { margin: .2rem 0 .4rem }
.beside { display: flex; gap: 2.5rem; flex-wrap: wrap }
.name { float: right } section { break-inside: avoid }
table { border-collapse: collapse; font: 13px/1.5 "DejaVu Sans Mono", Menlo, Consolas, monospace }
td { white-space: nowrap; padding: .12rem .5rem .12rem 0; vertical-align: bottom }
td.result { min-width: 4.5rem; border-bottom: 1px solid #111 }
@media print { body { max-width: none; margin: 0; font-size: 13px }
  table { font-size: 11.5px } article + article { border-top: 0 } }
"""


def asked(exercise: int | None) -> tuple[list[int], list[int]]:
    """Which steps are to be computed for an exercise, and which are given, by their places.

    All are asked for without an exercise. Raises DigitnetError if it has no worksheet.
    """
    every = steps(1)
    if exercise is None:
        return list(range(len(every))), []
    chosen = [place for place, step in enumerate(every) if exercise in step.exercises]
    if not chosen:
        possible = sorted({number for step in every for number in step.exercises})
        raise DigitnetError(
            tr(
                "expected an exercise that can be computed by hand, one of {possible}, got {got}",
                possible=", ".join(map(str, possible)),
                got=exercise,
            )
        )
    return chosen, [place for place in range(chosen[-1]) if place not in chosen]


def title(sheet: Worksheet, exercise: int | None, solved: bool) -> str:
    """One step by hand, sheet 7: solution."""
    text = tr("One learning step by hand, sheet {sheet}", sheet=sheet.seed)
    if exercise:
        text = tr(
            "One learning step by hand, to exercise {number}, sheet {sheet}",
            number=exercise,
            sheet=sheet.seed,
        )
    return tr("{title}: solution", title=text) if solved else text


def _introduction() -> str:
    return tr(INTRODUCTION, decimals=DECIMALS)


def as_text(sheet: Worksheet, exercise: int | None, solved: bool) -> str:
    """The sheet, or its solution."""
    lines = [title(sheet, exercise, solved), ""]
    if not solved:
        lines += [*textwrap.wrap(_introduction(), WIDTH), ""]
    lines += [f"  {name:4} = {value}" for name, value in _given(sheet)]
    for heading, step, blank in _parts(sheet, exercise, solved):
        words = f": {tr(step.words)}" if step.words and not solved else ""
        lines += ["", *textwrap.wrap(f"{heading}{words}.", WIDTH)]
        lines += [f"  {' = '.join(row)}" for row in _rows(sheet, step, blank, "________")]
    return "\n".join(
        [*lines, "", *textwrap.wrap(_end(sheet, exercise, solved), WIDTH, break_on_hyphens=False)]
    )


def as_html(sheets: Sequence[Worksheet], exercise: int | None) -> str:
    """All sheets, then all solutions, each on a page of its own."""
    heading = tr("One learning step by hand")
    pages = [_article(sheet, exercise, solved) for solved in (False, True) for sheet in sheets]
    return (
        f'<!DOCTYPE html>\n<html lang="{current()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{escape(heading)}</title>"
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(pages) + "\n</body></html>\n"
    )


def _article(sheet: Worksheet, exercise: int | None, solved: bool) -> str:
    name = tr("Name")
    parts = [] if solved else [f'<p class="name">{escape(name)}: ______________________</p>']
    parts.append(f"<h1>{escape(title(sheet, exercise, solved))}</h1>")
    parts += [] if solved else [f"<p>{escape(_introduction())}</p>"]
    parts.append(_table([[name, f"= {value}"] for name, value in _given(sheet)], False))
    for heading, step, blank in _parts(sheet, exercise, solved):
        text = tr(step.words)
        words = f"<p>{escape(text[:1].upper() + text[1:])}.</p>" if not solved else ""
        rows = [
            [row[0], f"= {' = '.join(row[1:-1])}" if row[1:-1] else "", f"= {row[-1]}"]
            for row in _rows(sheet, step, blank, "")
        ]
        half = (len(rows) + 1) // 2 if len(rows) > 4 else len(rows)
        tables = "".join(_table(each, blank) for each in (rows[:half], rows[half:]) if each)
        beside = f'<div class="beside">{tables}</div>'
        parts.append(f"<section><h2>{escape(heading)}</h2>{words}{beside}</section>")
    parts.append(f"<p>{escape(_end(sheet, exercise, solved))}</p>")
    return f"<article>{''.join(parts)}</article>"


def _table(rows: list[list[str]], blank: bool) -> str:
    def cell(text: str, last: bool) -> str:
        kind = ' class="result"' if blank and last else ""
        return f"<td{kind}>{escape(text)}</td>"

    made = (
        "".join(cell(text, place == len(row) - 1) for place, text in enumerate(row)) for row in rows
    )
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in made)}</table>"


def _given(sheet: Worksheet) -> list[tuple[str, str]]:
    """The numbers at the start."""

    def matrix(letter: str, rows: int, columns: int) -> str:
        each = [
            ", ".join(written(sheet.values[f"{letter}_{i}{o}"]) for o in range(1, columns + 1))
            for i in range(1, rows + 1)
        ]
        return "[" + ", ".join(f"[{row}]" for row in each) + "]"

    def vector(letter: str, count: int) -> str:
        return f"[{', '.join(written(sheet.values[f'{letter}_{i + 1}']) for i in range(count))}]"

    return [
        ("x", vector("x", N_IN)),
        ("t", tr("{t}, so class {number} is right", t=vector("t", N_OUT), number=sheet.right)),
        ("W1", matrix("W1", N_IN, N_HIDDEN)),
        ("b1", vector("b1", N_HIDDEN)),
        ("W2", matrix("W2", N_HIDDEN, N_OUT)),
        ("b2", vector("b2", N_OUT)),
        ("rate", tr("{rate}, the learning rate", rate=written(LEARNING_RATE))),
    ]


def _parts(sheet: Worksheet, exercise: int | None, solved: bool) -> list[tuple[str, Step, bool]]:
    """The steps that are shown, each with its heading, and whether its results are left blank."""
    to_compute, given = asked(exercise)
    is_given = tr(" (given)")
    shown = sorted([*to_compute, *given])
    return [
        (
            f"{count}. {tr(sheet.steps[place].title)}{is_given if place in given else ''}",
            sheet.steps[place],
            place in to_compute and not solved,
        )
        for count, place in enumerate(shown, start=1)
    ]


def _rows(sheet: Worksheet, step: Step, blank: bool, space: str) -> list[list[str]]:
    """Name, formula, and the space for the result, or the numbers and the result."""
    rows = []
    for name, formula in step.rows:
        result = written(sheet.values[name])
        numbers = sheet.in_numbers(formula)
        middle = [formula] if blank else [*([numbers] if numbers != result else [])]
        rows.append([name.replace("new_", tr("new ")), *middle, space if blank else result])
    return rows


def _end(sheet: Worksheet, exercise: int | None, solved: bool) -> str:
    if exercise is not None:
        return tr("A whole step in numbers: {place}", place=IN_NUMBERS)
    if not solved:
        return tr(
            "Is it right? The loss of the same example with the new parameters is to be lower: if "
            "you go forward once more, you will see. A whole step in numbers: {place}",
            place=IN_NUMBERS,
        )
    return tr("With the new parameters the loss is {loss}.", loss=written(sheet.loss_after))
