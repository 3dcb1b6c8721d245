"""Every exercise, checked in the Python that runs this: it says what there is, and what failed.

Not a test by itself: tests/test_exercises_in_pyodide.py runs it in another Python than its own.
"""

import json
import re
import sys

from digitnet.teach.exercises import EXERCISES, check

failures: list[str] = []
counts = {"solutions": 0, "blanks": 0, "mistakes": 0}


def expect(holds: bool, kind: str, number: int, verdict: object) -> None:
    """Count one, and keep what was said where it was not what had to be."""
    counts[kind] += 1
    if not holds:
        failures.append(f"{kind}, exercise {number}:\n{verdict}")


for number, each in EXERCISES.items():
    verdict = check(number, each.reference())
    expect(verdict.passed, "solutions", number, verdict)

    verdict = check(number, each.function(each.blank))
    expect(not verdict.passed, "blanks", number, verdict)

    for mistake in each.mistakes:
        verdict = check(number, each.mistaken(mistake))
        pattern = re.sub(r"\\{\w+\\}", ".+", re.escape(mistake.sentence))
        told = verdict.finding.meaning if verdict.finding else ""
        expect(re.fullmatch(pattern, told) is not None, "mistakes", number, verdict)

print(json.dumps({"platform": sys.platform, **counts, "failures": failures}))
