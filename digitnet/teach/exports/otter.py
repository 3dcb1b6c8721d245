"""An exercise for Otter-Grader: a notebook from which `otter assign` makes the pupils' and ours.

Raw cells say where a part begins and ends. In the function the solution stands first, and the
blank below it in a string; the pupils' notebook has the blank alone. The test gets the function
from their notebook, and where it fails, its error has the text of the verdict.
"""

from __future__ import annotations

from digitnet.languages import tr
from digitnet.teach.exercises.handout import call, file_name, told
from digitnet.teach.exercises.notebook import Cell, cell, notebook
from digitnet.teach.exercises.parts import Exercise

POINTS = 1
ASSIGNMENT = """\
# ASSIGNMENT CONFIG
name: {name}
export_cell:
  pdf: false
tests:
  ok_format: false
# Where hand-ins are graded in a container, say here how pip gets digitnet:
# requirements: ["digitnet @ git+https://ADDRESS"]"""
QUESTION = """\
# BEGIN QUESTION
name: {name}
points: {points}"""
BLANK = """\
    # BEGIN SOLUTION NO PROMPT
{solution}
    # END SOLUTION
    \""" # BEGIN PROMPT
{blank}
    \""" # END PROMPT"""
TEST = """\
def test_{name}({name}):
    from digitnet.teach.exercises import check

    verdict = {check}
    assert verdict.passed, verdict"""


def files(exercise: Exercise) -> dict[str, str]:
    """The notebook, by its name."""
    name = file_name(exercise)
    cells = [
        cell("raw", ASSIGNMENT.format(name=name)),
        cell("markdown", told(exercise, tr("Then run all cells: `grader.check` is the check."))),
        cell("code", "import numpy as np"),
        *([cell("code", exercise.above.strip())] if exercise.above else []),
        cell("raw", QUESTION.format(name=name, points=POINTS)),
        *_part("SOLUTION", _both(exercise)),
        *_part("TESTS", TEST.format(name=exercise.name, check=call(exercise))),
        cell("raw", "# END QUESTION"),
    ]
    return {f"{name}.ipynb": notebook(cells)}


def _part(name: str, source: str) -> list[Cell]:
    """A cell of code, and the two that say what it is."""
    return [cell("raw", f"# BEGIN {name}"), cell("code", source), cell("raw", f"# END {name}")]


def _both(exercise: Exercise) -> str:
    """The function with the solution, which returns, and below it the blank."""
    solution, blank = (body.strip("\n") for body in (tr(exercise.solution), exercise.blank))
    return exercise.alone(BLANK.format(solution=solution, blank=blank)).rstrip("\n")
