"""The exercises in the Python of browsers: what tests/test_exercises.py proves holds there too."""

import json
import shutil
import subprocess

import pytest

from digitnet.teach.exercises import EXERCISES
from digitnet.web.runtime import NUMPY
from digitnet.web.wheel import wheel
from tests.page.exported import PACKAGE, MissingError, pyodide_in

LONGEST_S = 600.0


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the program that checks every exercise says, run by Pyodide in Node.js."""
    if shutil.which("node") is None:
        pytest.skip("Node.js, which runs Pyodide, is not there")
    folder = tmp_path_factory.mktemp("pyodide")
    try:
        pyodide_in(folder)
    except MissingError as error:
        pytest.skip(str(error))
    own = folder / "digitnet.whl"
    own.write_bytes(wheel())
    command = ["node", PACKAGE / "python.mjs", folder, PACKAGE / "every_exercise.py"]
    command += [folder / NUMPY, own]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=LONGEST_S, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.slow
def test_every_solution_passes_every_blank_fails_every_mistake_is_told(said):
    assert said["platform"] == "emscripten"
    assert said["failures"] == []
    mistakes = sum(len(each.mistakes) for each in EXERCISES.values())
    n = len(EXERCISES)
    assert (said["solutions"], said["blanks"], said["mistakes"]) == (n, n, mistakes)
