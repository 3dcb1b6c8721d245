"""Which of the mistakes that are often made gives just this answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitnet.nn import Array
from digitnet.teach.exercises.origin import Factor, factors, line_of
from digitnet.teach.exercises.parts import Arrays, Case, Exercise, Function, Mistake, Output
from digitnet.teach.exercises.running import arrays_of, copied, raw
from digitnet.text import plain

CLOSE = 1e-6
"""Of the largest entry: what is nearer is the same."""
TELLING = 4
"""Different numbers that agree: no chance."""
Seen = Sequence[tuple[Case, Arrays]]
"""Cases, with what the pupil's function returned for them: those so far, and as far as it came."""


def close(a: Array, b: Array) -> bool:
    """Whether two arrays are the same up to rounding; nan is like nan."""
    if a.shape != b.shape:
        return False
    scale = float(np.abs(b[np.isfinite(b)]).max(initial=0))
    return np.allclose(a, b, rtol=CLOSE, atol=CLOSE * scale + 1e-15, equal_nan=True)


def known_mistake(exercise: Exercise, output: Output, seen: Seen, case: Case) -> Mistake | None:
    """The mistake that gives this wrong output, with its sentence filled in.

    Several may; then the one that agrees in the most of all that was seen, the first of these. One
    that agrees here alone counts only if that can hardly be chance, and one that would spoil what
    is right does not count.
    """
    (yours,) = [arrays for each, arrays in seen if each is case]
    ours = arrays_of(exercise, exercise.reference(), case.given)
    best: tuple[int, Mistake] | None = None
    for mistake in exercise.mistakes:
        mistaken = exercise.mistaken(mistake)
        theirs = _returned(exercise, mistaken, case)
        spoiled = {name for name in yours if name in theirs and not close(theirs[name], ours[name])}
        if output.name not in spoiled or not close(yours[output.name], theirs[output.name]):
            continue
        if any(close(yours[name], ours[name]) for name in spoiled):
            continue
        agreeing = [_agreeing(exercise, mistaken, *each) for each in seen]
        everywhere = all(output.name in names for names in agreeing)
        if not everywhere and len(np.unique(theirs[output.name])) < TELLING:
            continue
        count = sum(map(len, agreeing))
        if best is None or count > best[0]:
            best = count, mistake
    if best is None:
        return None
    return best[1].about(output.name, exercise.sizes(case))


def _returned(exercise: Exercise, mistaken: Function, case: Case) -> Arrays:
    """What it returns; nothing if it stops with an error."""
    try:
        return arrays_of(exercise, mistaken, case.given)
    except (ValueError, TypeError):
        return {}


def _agreeing(exercise: Exercise, mistaken: Function, case: Case, yours: Arrays) -> set[str]:
    """The outputs of a case that are alike."""
    theirs = _returned(exercise, mistaken, case)
    return {name for name in yours if name in theirs and close(yours[name], theirs[name])}


def known_shape(exercise: Exercise, output: Output, yours: Array, case: Case) -> Mistake | None:
    """The mistake that gives this array of another shape."""
    return known_mistake(exercise, output, [(case, {output.name: yours})], case)


def known_error(
    exercise: Exercise, case: Case, error: BaseException, both: Sequence[Factor], line: str
) -> Mistake | None:
    """The mistake that stops with the same error, in the same line, with its sentence filled in.

    both: the factors of the product that it arose in: theirs have to have the same shapes.
    line: the name that its line gives a value, which is that of theirs if we have one like it.
    """
    for mistake in exercise.mistakes if isinstance(error, ValueError) else ():
        try:
            raw(exercise.mistaken(mistake), copied(case.given))
        except Exception as same:
            theirs = factors(same, exercise.file)
            if [each.shape for each in both] != [each.shape for each in theirs]:
                continue
            if _elsewhere(exercise, line, line_of(same, exercise.file, exercise.provided)):
                continue
            if type(same).__name__ == type(error).__name__ and text_of(same) == text_of(error):
                return mistake.about(exercise.outputs[0].name, exercise.sizes(case))
    return None


def _elsewhere(exercise: Exercise, line: str, theirs: str) -> bool:
    """Whether a pupil's line is another one of ours."""
    return line != theirs and line in exercise.reference().__code__.co_varnames


def text_of(error: BaseException) -> str:
    """The error's own text, plain; "" if it cannot be made."""
    try:
        return plain(error, 200)
    except Exception:
        return ""
