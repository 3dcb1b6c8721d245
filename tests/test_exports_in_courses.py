"""The exported exercises in nbgrader and Otter-Grader themselves: `make courses` brings both.

They are not in the environment of the other tests: together they need more than a hundred packages.
"""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from digitnet.teach.exercises import EXERCISES
from digitnet.teach.exports import SYSTEMS, export

ROOT = Path(__file__).parent.parent
OWN = ROOT / ".venv-courses" / "bin"
LONGEST_S = 300.0
MISTAKE = next(each for each in EXERCISES[5].mistakes if each.wrong == "(p - t)")
SAID = "your db is 20 × ours, and 20 is the batch size: divide by B"
BODIES = {
    "right": EXERCISES[5].solution,
    "blank": EXERCISES[5].blank,
    "wrong": EXERCISES[5].solution.replace(MISTAKE.right, MISTAKE.wrong),
}

pytestmark = pytest.mark.slow


class Tools:
    """The commands of a system, and the Python that they run in."""

    def __init__(self, name):
        found = shutil.which(name, path=os.pathsep.join([str(OWN), os.environ.get("PATH", "")]))
        if found is None:
            pytest.skip(
                f"{name} is not there: make courses, or pip install -r "
                "requirements/courses.txt into .venv-courses"
            )
        self.folder = Path(found).parent
        path = os.pathsep.join([str(self.folder), os.environ.get("PATH", "")])
        self.environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": path}

    def run(self, where, *command):
        result = subprocess.run(
            [str(self.folder / command[0]), *map(str, command[1:])],
            cwd=where,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-5000:]
        return result.stdout


def filled(notebook, body):
    """A notebook for pupils, with a body in the function of exercise 5."""
    each = EXERCISES[5]
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if "".join(cell["source"]).startswith(f"def {each.name}("):
            cell["source"] = each.alone(body)
    return json.dumps(content)


def submitted(notebook, folder, path):
    """Hand-ins of three pupils, each at a path in a folder of its own."""
    for name, body in BODIES.items():
        place = folder / name / path
        place.parent.mkdir(parents=True)
        place.write_text(filled(notebook, body), encoding="utf-8")


CLEARED = """
import json
from pathlib import Path
from nbgrader.nbgraderformat import reads
from nbgrader.preprocessors import ClearSolutions

clear = ClearSolutions(code_stub={"python": "# YOUR CODE HERE"})
functions = []
for path in sorted(Path("source").rglob("*.ipynb")):
    notebook = reads(path.read_text(encoding="utf-8"), as_version=4)
    notebook, _ = clear.preprocess(notebook, {})
    own = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    functions += [cell.source for cell in own]
print(json.dumps(functions))
"""
"""Reads every source as nbgrader does, which holds it to its schema."""


@pytest.fixture(scope="module")
def nbgrader():
    return Tools("nbgrader")


@pytest.fixture(scope="module")
def course(nbgrader, tmp_path_factory):
    """A course in which three pupils have handed in, and their hand-ins have been graded."""
    folder = tmp_path_factory.mktemp("course")
    export(SYSTEMS["nbgrader"], [EXERCISES[5]], folder)
    nbgrader.run(folder, "nbgrader", "generate_assignment", "exercise-05")
    notebook = Path("exercise-05", "exercise-05.ipynb")
    submitted(folder / "release" / notebook, folder / "submitted", notebook)
    nbgrader.run(folder, "nbgrader", "autograde", "exercise-05")
    nbgrader.run(folder, "nbgrader", "export")
    return folder


class TestNbgrader:
    def test_pupils_get_the_blank_of_every_exercise(self, nbgrader, tmp_path):
        export(SYSTEMS["nbgrader"], EXERCISES.values(), tmp_path)
        told = nbgrader.run(tmp_path, "python", "-c", CLEARED)
        for each, source in zip(EXERCISES.values(), json.loads(told), strict=True):
            blank = each.blank.strip("\n")
            assert source == each.alone(f"    # YOUR CODE HERE\n{blank}").rstrip("\n")

    def test_what_is_released_has_no_solution(self, course):
        (released,) = (course / "release").rglob("*.ipynb")
        text = released.read_text(encoding="utf-8")
        assert "SOLUTION" not in text
        assert "dz = (p - t)" not in text.partition("def softmax_regression")[2]

    def test_what_is_right_has_the_point(self, course):
        with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
            scores = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
        assert scores == {"right": "1.0", "blank": "0.0", "wrong": "0.0"}

    def test_the_graded_notebook_says_what_is_wrong(self, course):
        (graded,) = (course / "autograded" / "wrong").rglob("*.ipynb")
        assert SAID in graded.read_text(encoding="utf-8")


ASSIGNED = """
from pathlib import Path
from otter.assign import main

for path in sorted(Path().glob("*.ipynb")):
    main(str(path), f"dist/{path.stem}", no_run_tests=True, no_pdfs=True)
"""


@pytest.fixture(scope="module")
def otter():
    return Tools("otter")


@pytest.fixture(scope="module")
def results(otter, tmp_path_factory):
    """What `otter run` says of the hand-in of each of three pupils."""
    folder = tmp_path_factory.mktemp("otter")
    export(SYSTEMS["otter"], [EXERCISES[5]], folder)
    otter.run(folder, "otter", "assign", "exercise-05.ipynb", "dist")  # runs the solution, too
    (autograder,) = (folder / "dist" / "autograder").glob("*.zip")
    hand_ins = folder / "hand-ins"
    submitted(folder / "dist" / "student" / "exercise-05.ipynb", hand_ins, "exercise-05.ipynb")
    told = {}
    for name in BODIES:
        hand_in = hand_ins / name
        otter.run(hand_in, "otter", "run", "-a", autograder, "exercise-05.ipynb")
        content = json.loads((hand_in / "results.json").read_text(encoding="utf-8"))
        (told[name],) = [each for each in content["tests"] if each["name"] == "exercise-05"]
    return told


class TestOtter:
    def test_pupils_get_the_blank_of_every_exercise(self, otter, tmp_path):
        export(SYSTEMS["otter"], EXERCISES.values(), tmp_path)
        otter.run(tmp_path, "python", "-c", ASSIGNED)
        for each in EXERCISES.values():
            name = f"exercise-{each.number:02}"
            path = tmp_path / "dist" / name / "student" / f"{name}.ipynb"
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            sources = ["".join(cell["source"]) for cell in cells]
            assert each.alone(each.blank).rstrip("\n") in sources
            assert f'grader.check("{name}")' in sources
            assert not any("SOLUTION" in source or "PROMPT" in source for source in sources)

    def test_what_is_right_has_the_point(self, results):
        scores = {name: each["score"] for name, each in results.items()}
        assert scores == {"right": 1, "blank": 0, "wrong": 0}

    def test_what_is_wrong_is_told(self, results):
        assert SAID in results["wrong"]["output"]
        assert "three dots where your lines belong" in results["blank"]["output"]
