"""The check of each hand-in, and the grades that come of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitnet.errors import DigitnetError
from digitnet.languages import mark, tr
from digitnet.teach.exercises.apart import SECONDS, check_content
from digitnet.teach.exercises.parts import Verdict
from digitnet.teach.grades.handed_in import HandIn
from digitnet.text import MESSAGE, plain

RUNNING, NOT_JUDGED = mark("running"), mark("not judged")
RIGHT, OPEN = mark("right"), mark("not yet")
"""What failed first where a check did not come to a verdict, and where there was none."""
NOT_REACHED = mark("the checking was interrupted before it came to this one")
"""What is told of a hand-in that was not looked at."""


@dataclass(frozen=True)
class Grade:
    """What came of a hand-in.

    failed_first: the stage of the check, RUNNING, NOT_JUDGED, or "" where all is right.
    message: what is wrong, in one line. report: the same as the check tells it, in lines.
    n_right: how many things were found right. fenced: whether the kernel kept the hand-in from
    files, programs and connections; None if that is not known.
    """

    student: str
    exercise: int | None
    name: str
    passed: bool
    failed_first: str
    message: str
    report: str
    seconds: float
    n_right: int = 0
    fenced: bool | None = None

    @property
    def is_judged(self) -> bool:
        """Whether it could be checked at all; one that does not run is judged."""
        return self.failed_first != NOT_JUDGED

    @property
    def word(self) -> str:
        """The grade in a word or two."""
        if not self.is_judged:
            return NOT_JUDGED
        return RIGHT if self.passed else OPEN


def judged(hand_in: HandIn, seconds: float = SECONDS) -> Grade:
    """Check a hand-in in a process of its own, which may take so many seconds."""
    who = (hand_in.student, hand_in.exercise, hand_in.name)
    if hand_in.problem or hand_in.exercise is None:
        return _unjudged(hand_in, plain(hand_in.problem, MESSAGE))
    begin = time.monotonic()
    file_name = Path(hand_in.name).name
    try:
        answer = check_content(hand_in.exercise, file_name, hand_in.content, seconds)
    except DigitnetError as error:
        taken = time.monotonic() - begin
        return Grade(*who, False, RUNNING, str(error), str(error), taken)
    taken, verdict = time.monotonic() - begin, answer.verdict
    failed = verdict.finding.stage if verdict.finding else ""
    report = "" if verdict.passed else str(verdict)
    n_right = len(verdict.looked)
    fenced = answer.fenced
    message = _in_one_line(verdict)
    return Grade(*who, verdict.passed, failed, message, report, taken, n_right, fenced)


def with_unreached(grades: Sequence[Grade], hand_ins: Sequence[HandIn]) -> list[Grade]:
    """The grades, and one for each hand-in after them, which an interruption left unjudged.

    Where another file of the same student for the same exercise was not reached, one that is not
    right does not count: that other file may be.
    """
    rest = hand_ins[len(grades) :]
    open_ones = {(each.student, each.exercise) for each in rest}
    kept = [
        each for each in grades if each.passed or (each.student, each.exercise) not in open_ones
    ]
    return kept + [_unjudged(each, tr(NOT_REACHED)) for each in rest]


def best(grades: Iterable[Grade]) -> list[Grade]:
    """One for each student and exercise: of several files, the one that is right, or nearest to it.

    What could not be judged is kept if its exercise is not known, as it may be of any.
    """
    kept: dict[tuple[str, str], Grade] = {}
    for each in grades:
        key = (each.student, str(each.exercise) if each.exercise else each.name)
        if key not in kept or _order(each) > _order(kept[key]):
            kept[key] = each
    return list(kept.values())


def _unjudged(hand_in: HandIn, problem: str) -> Grade:
    who = (hand_in.student, hand_in.exercise, hand_in.name)
    return Grade(*who, False, NOT_JUDGED, problem, problem, 0.0)


def _order(grade: Grade) -> tuple[bool, bool, int]:
    return grade.passed, grade.is_judged, grade.n_right


def _in_one_line(verdict: Verdict) -> str:
    finding = verdict.finding
    if finding is None:
        return ""
    parts = (
        (tr("expected"), finding.expected),
        (tr("found"), finding.found),
        (tr("so far") if finding.is_unfinished else tr("may mean"), finding.meaning),
    )
    told = [f"{name} {text}" for name, text in parts if text]
    return plain("; ".join([finding.problem, *told]), 2 * MESSAGE)
