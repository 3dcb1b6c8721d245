"""An exercise for pytest: exercise_05.py with the blank, and test_exercise_05.py beside it."""

from __future__ import annotations

from digitnet.teach.exercises.handout import as_file, call
from digitnet.teach.exercises.parts import Exercise

TEST = '''"""Exercise {number}: {title}.

    pytest {test}.py
"""

import pytest

from digitnet.teach.exercises import check


def test_{name}():
    from {module} import {name}

    verdict = {check}
    if not verdict.passed:
        pytest.fail(str(verdict), pytrace=False)
'''
"""The import stands in the test, so that a hand-in that does not run is a test that fails."""


def files(exercise: Exercise) -> dict[str, str]:
    """The two modules, by their names."""
    module = f"exercise_{exercise.number:02}"
    test = f"test_{module}"
    named = {"number": exercise.number, "title": exercise.title, "name": exercise.name}
    named["check"] = call(exercise)
    return {
        f"{module}.py": as_file(exercise, f"pytest {test}.py"),
        f"{test}.py": TEST.format(**named, module=module, test=test),
    }
