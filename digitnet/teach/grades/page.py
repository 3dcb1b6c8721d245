"""The grades as one page, to read and to print: a table, and what is wrong in each hand-in.

All that hand-ins brought is text in it, and it has no script: its own policy forbids any, and
anything from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from digitnet.languages import current, mark, tr
from digitnet.teach.grades.judging import NOT_JUDGED, OPEN, RIGHT, Grade
from digitnet.teach.grades.table import by_student, counted, in_short
from digitnet.text import plain, plain_lines

STYLE = """
:root { color-scheme: light dark; --text: #111; --back: #fff; --line: #bbb; --right: #17602f;
  --wrong: #8a1c1c }
@media (prefers-color-scheme: dark) { :root { --text: #e8e8e8; --back: #16181b; --line: #555;
  --right: #7fd39a; --wrong: #ff9d94 } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem; margin: 1.6rem 0 .2rem } h3 { font-size: 1rem }
.wide { overflow-x: auto } table { border-collapse: collapse }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .7rem .2rem 0; text-align: left;
  vertical-align: top; white-space: nowrap }
.right { color: var(--right) } .wrong { color: var(--wrong); font-weight: 600 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--line);
  padding-left: .8rem; font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace }
@media print { :root { --text: #000; --back: #fff; --line: #999; --right: #000; --wrong: #000 }
  body { max-width: none; margin: 0; font-size: 12px } h2, h3 { break-after: avoid }
  tr, pre { break-inside: avoid } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
TITLE = mark("Grades")
NAME = 100


def as_html(grades: Sequence[Grade], left_out: Sequence[str] = ()) -> bytes:
    """The page, in UTF-8."""
    heading, rows = in_short(grades)
    parts = [f"<h1>{tr(TITLE)}</h1>", f"<p>{escape(counted(grades))}.</p>", _table(heading, rows)]
    for student, own in by_student(grades).items():
        open_ones = [each for each in own if not each.passed]
        if open_ones:
            sections = "".join(_section(each) for each in open_ones)
            parts.append(f"<section><h2>{_text(student)}</h2>{sections}</section>")
    if left_out:
        items = "".join(f"<li>{_text(each)}</li>" for each in left_out)
        heading_of_these = tr("Left out")
        parts.append(f"<section><h2>{heading_of_these}</h2><ul>{items}</ul></section>")
    return (
        f'<!DOCTYPE html>\n<html lang="{current()}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{tr(TITLE)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    ).encode()


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_text(each)}</th>' for each in heading)
    lines = [
        f'<tr><th scope="row">{_text(name)}</th>{"".join(_cell(each) for each in cells)}</tr>'
        for name, *cells in rows
    ]
    body = "\n".join(lines)
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>'
        "</div>"
    )


def _cell(word: str) -> str:
    kinds = {tr(RIGHT): "right", tr(OPEN): "wrong", tr(NOT_JUDGED): "wrong"}
    kind = f' class="{kinds[word]}"' if word in kinds else ""
    return f"<td{kind}>{_text(word)}</td>"


def _section(grade: Grade) -> str:
    exercise = tr("No exercise")
    if grade.exercise:
        exercise = tr("Exercise {number}", number=grade.exercise)
    taken = f", {grade.seconds:.1f} s" if grade.is_judged else ""
    about = f"{exercise}: {tr(grade.word)} ({plain(grade.name, NAME)}{taken})"
    return f"<h3>{escape(about)}</h3><pre>{escape(plain_lines(grade.report))}</pre>"


def _text(text: str) -> str:
    return escape(plain(text, NAME * 2))
