"""What is told of a wrong array: its worst entry, what it may mean, where it is derived."""

from __future__ import annotations

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.known import Seen, known_mistake
from digitnet.teach.exercises.parts import Case, Finding, Function
from digitnet.teach.exercises.relating import Wrong, likely
from digitnet.teach.exercises.smallest import example
from digitnet.teach.exercises.telling import number, place

UNKNOWN = mark("none of the mistakes that are often made gives this answer")


def before(seen: Seen, case: Case) -> Case | None:
    """The case before this one: what is wrong now was right in it, or the check had ended."""
    cases = [each for each, _ in seen]
    place = cases.index(case)
    return cases[place - 1] if place else None


def finding(
    stage: str,
    problem: str,
    entry: tuple[tuple[int, ...], float, float],
    at: Wrong,
    seen: Seen,
    function: Function,
) -> Finding:
    """The worst entry, expected and found, and what that may mean."""
    exercise, output = at.exercise, at.output
    index, expected, found = entry
    known = known_mistake(exercise, output, seen, at.case)
    meaning, derived = (known.sentence, known.derived) if known else likely(at)
    remark = exercise.remark(at.mine, at.case) if exercise.remark and not known else ""
    how = tr(", measured") if output.slope_of else ""
    return Finding(
        stage,
        problem,
        f"{place(output.name, index)} = {number(expected)}{how}",
        f"{place(output.name, index)} = {number(found)}",
        f"{remark}; {meaning}".strip("; ") if meaning or remark else tr(UNKNOWN),
        derived or output.derived or exercise.derived,
        "" if known else example(exercise, function, output, at.case),
    )


def worst(mine: Array, right: Array) -> tuple[int, ...]:
    """The place of the entry that is furthest off."""
    flat = int(np.argmax(np.abs(mine - right)))
    return tuple(int(i) for i in np.unravel_index(flat, right.shape))
