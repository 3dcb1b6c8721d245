"""An exercise for nbgrader: an assignment in a course folder, from which it makes the blank.

    nbgrader_config.py
    source/exercise-05/exercise-05.ipynb

Cells say in their metadata what they are to nbgrader (version 3 of its schema): what is given and
the check are restored before they are graded, the function is the pupil's. In it the solution
stands first, between marks, and goes when the assignment is generated; the blank below it stays.
"""

from __future__ import annotations

from digitnet.languages import tr
from digitnet.teach.exercises.handout import call, file_name, told
from digitnet.teach.exercises.notebook import Cell, cell, notebook
from digitnet.teach.exercises.parts import Exercise

SCHEMA = 3
POINTS = 1
BEGIN = "    ### BEGIN SOLUTION\n"
END = "    ### END SOLUTION\n"
CONFIG = '''"""What nbgrader is to do in this course. It is started in this folder."""

c = get_config()
c.CourseDirectory.course_id = "digitnet"

# What stands in place of a solution. The blank, with its three dots, follows it.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}

# Seconds that a cell may take; a check takes less than one.
c.ExecutePreprocessor.timeout = 30
'''
SHARED = {"nbgrader_config.py": CONFIG}
CHECK = """\
from digitnet.teach.exercises import check

verdict = {check}
print(verdict)
assert verdict.passed, verdict.finding.problem"""


def files(exercise: Exercise) -> dict[str, str]:
    """The notebook of the assignment, by its path in the course folder."""
    name = file_name(exercise)
    cells = [cell("markdown", told(exercise, tr("Then run all cells: the last one is the check.")))]
    cells += [_locked(f"{name}-import", "import numpy as np")]
    if exercise.above:
        cells += [_locked(f"{name}-given", exercise.above.strip())]
    cells += [_cell(exercise.name, _both(exercise), solution=True)]
    check = CHECK.format(check=call(exercise))
    cells += [_cell(name, check, locked=True, points=POINTS)]
    return {f"source/{name}/{name}.ipynb": notebook(cells)}


def _both(exercise: Exercise) -> str:
    """The function with the solution, which returns, and below it the blank."""
    solution, blank = (body.strip("\n") for body in (tr(exercise.solution), exercise.blank))
    return exercise.alone(f"{BEGIN}{solution}\n{END}{blank}").rstrip("\n")


def _locked(grade_id: str, source: str) -> Cell:
    return _cell(grade_id, source, locked=True)


def _cell(
    grade_id: str, source: str, solution: bool = False, locked: bool = False, points: int = 0
) -> Cell:
    """A cell of code. points: what it is worth, where it is a check."""
    metadata = {
        "grade": points > 0,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": SCHEMA,
        "solution": solution,
        "task": False,
    }
    return cell("code", source, nbgrader=metadata | ({"points": points} if points else {}))
