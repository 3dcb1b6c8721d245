"""Twelve exercises, in the order of the walk-through, each a function with a blank.

    from digitnet.teach.exercises import check

    check(3, softmax)      # says what is wrong first, or that all is right

parts       what an exercise is made of, and what a check answers
e01 to e12  the exercises: text, blank, solution, checks, and mistakes that are often made
engine      the check: calling, values, slopes, behaviour; findings, what is told of a wrong array
calling     one call of a pupil's function, and (returned, misshapen) of what kind its outputs are
failing     what is told of an error: where it arose (origin), arrays that do not meet (factors),
            names (notation) and signs (formulas) of the text that are no Python
known       which of the mistakes that are often made gives a wrong array
relating    what a wrong array may mean otherwise, and (smallest) a call to compute by hand
telling     a verdict as text
material    a few digits, and seeded numbers; given, learning, running: what several share
handout     an exercise as a file of Python and as a notebook; notebook and new_files write these
apart       a check of a hand-in, whose function is called from here (remote) and computed in a
            process of its own (isolated, child) with limits (limits, fence); wire: what they say

`check` needs NumPy alone, and neither threads nor processes.
"""

from digitnet.errors import DigitnetError
from digitnet.languages import current, tr
from digitnet.languages import language as speaking
from digitnet.teach.exercises.course import EXERCISES
from digitnet.teach.exercises.engine import checked
from digitnet.teach.exercises.parts import Exercise, Finding, Function, Verdict

__all__ = ["EXERCISES", "Exercise", "Finding", "Function", "Verdict", "check", "exercise"]


def check(number: int, function: Function, language: str | None = None) -> Verdict:
    """Check a pupil's function for an exercise.

    language: of the verdict, such as "de"; by default what digitnet.languages says.
    Raises DigitnetError if there is no such exercise.
    """
    with speaking(language or current()):
        return checked(exercise(number), function)


def exercise(number: int) -> Exercise:
    """The exercise of this number, in the current language.

    Raises DigitnetError if there is none.
    """
    if number not in EXERCISES:
        raise DigitnetError(
            tr(
                "expected an exercise from 1 to {most}, got {number!r}",
                most=len(EXERCISES),
                number=number,
            )
        )
    return EXERCISES[number].translated()
