"""The grades for a spreadsheet, and in short for a terminal.

A spreadsheet takes a cell that begins with = + - @ for a formula, and a formula may send what is in
the sheet to somebody. So such a cell gets an apostrophe in front, which spreadsheets know as the
sign of text; also where it would begin in a program that parts cells by a semicolon or a tab.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from digitnet.languages import tr, tr_plural
from digitnet.teach.grades.judging import Grade
from digitnet.text import plain

COLUMNS = ("student", "exercise", "passed", "failed first", "message", "seconds", "file")
FORMULA = re.compile(r"(^[\s'\"]*|[;|\t][\s'\"]*)([=+\-@＝＋－＠])")
MOST = 2_000
"""Characters of a cell."""


def as_csv(grades: Sequence[Grade]) -> bytes:
    """One row for each grade, in UTF-8 with the mark by which spreadsheets know it."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for each in grades:
        row = (
            *(each.student, str(each.exercise or ""), "yes" if each.passed else "no"),
            *(each.failed_first, each.message, f"{each.seconds:.1f}", each.name),
        )
        writer.writerow([cell(text) for text in row])
    return file.getvalue().encode("utf-8-sig")


def cell(text: str) -> str:
    """The text in one line, which no spreadsheet takes for a formula."""
    return FORMULA.sub(r"\1'\2", plain(text, MOST))


def exercises_of(grades: Sequence[Grade]) -> list[int | None]:
    """The exercises that there are grades of, None last for those that are not known."""
    numbers = {each.exercise for each in grades}
    return sorted(numbers, key=lambda number: (number is None, number))


def by_student(grades: Sequence[Grade]) -> dict[str, list[Grade]]:
    """The grades of each student."""
    students: dict[str, list[Grade]] = {}
    for each in grades:
        students.setdefault(each.student, []).append(each)
    return students


def in_short(grades: Sequence[Grade]) -> tuple[list[str], list[list[str]]]:
    """A heading and a row for each student: which exercises are right."""
    numbers = exercises_of(grades)
    rows = []
    for student, own in by_student(grades).items():
        words = [
            ", ".join(sorted({tr(each.word) for each in own if each.exercise == number})) or "-"
            for number in numbers
        ]
        n_right = sum(each.passed for each in own)
        share = tr("{count} of {total}", count=n_right, total=len(own))
        rows.append([student, *words, share])
    return [tr("student"), *(str(number or "?") for number in numbers), tr("right")], rows


def counted(grades: Sequence[Grade]) -> str:
    """How many there are of each kind, in a sentence."""
    n_right = sum(each.passed for each in grades)
    n_judged = sum(each.is_judged for each in grades)
    students = len(by_student(grades))
    counts = {"right": n_right, "open": n_judged - n_right, "not_judged": len(grades) - n_judged}
    result = tr("{right} right, {open} not yet", **counts)
    if counts["not_judged"]:
        result = tr("{right} right, {open} not yet, {not_judged} not judged", **counts)
    return tr(
        "{hand_ins} of {students}: {result}",
        hand_ins=tr_plural("{n} hand-in", "{n} hand-ins", len(grades)),
        students=tr_plural("{n} student", "{n} students", students),
        result=result,
    )
