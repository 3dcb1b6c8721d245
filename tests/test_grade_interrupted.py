"""`digitnet grade` that is interrupted: what has been judged until then is kept."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digitnet.cli import grade as command
from digitnet.cli import main
from digitnet.teach.exercises import EXERCISES
from digitnet.teach.exercises.handout import as_file
from digitnet.teach.grades import judged

ROOT = Path(__file__).parent.parent
SOFTMAX = EXERCISES[3].module(EXERCISES[3].solution)
ENDLESS = "while True: pass\n"


def handed_in(folder, **contents):
    """Files by name, with an ending that says the exercise."""
    folder.mkdir()
    for name, content in contents.items():
        (folder / f"{name}-exercise-03.py").write_text(content)
    return folder


def rows_in(folder):
    with (folder / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: (row["failed first"], row["file"]) for row in csv.DictReader(file)}


@pytest.fixture
def interrupted(monkeypatch, tmp_path):
    """A function: grade hand-ins, interrupted at the one whose name ends so. The exit status."""

    def run(folder, at):
        def judge(hand_in, seconds):
            if hand_in.name.endswith(at):
                raise KeyboardInterrupt
            return judged(hand_in, seconds)

        monkeypatch.setattr(command, "judged", judge)
        return main(["grade", str(folder), "--out", str(tmp_path / "grades")])

    return run


def test_what_was_judged_is_written_and_the_rest_is_called_not_judged(
    interrupted, tmp_path, capsys
):
    blank = as_file(EXERCISES[3])
    folder = handed_in(tmp_path / "in", anna=SOFTMAX, bo=blank, cleo=SOFTMAX, dora=SOFTMAX)
    assert interrupted(folder, "cleo-exercise-03.py") == 130
    assert {name: failed for name, (failed, _) in rows_in(tmp_path / "grades").items()} == {
        "anna": "",
        "bo": "type and shape",
        "cleo": "not judged",
        "dora": "not judged",
    }
    page = (tmp_path / "grades" / "grades.html").read_text(encoding="utf-8")
    assert page.count("the checking was interrupted before it came to this one") == 2
    out, err = capsys.readouterr()
    assert "4 hand-ins of 4 students: 1 right, 1 not yet, 2 not judged" in out
    assert out.endswith(
        "Interrupted: 2 of 4 files were judged; the others are in both as not judged\n"
    )
    assert "Not judged: cleo" not in out  # a class has many
    assert err == ""


def test_before_the_first_there_is_nothing_to_keep(interrupted, tmp_path, capsys):
    folder = handed_in(tmp_path / "in", anna=SOFTMAX)
    assert interrupted(folder, "anna-exercise-03.py") == 130
    assert "interrupted before there was anything to keep" in capsys.readouterr().err
    assert (
        list((tmp_path / "grades").iterdir()) == []
    )  # so that the same command can be given again


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (SOFTMAX, ("", "anna/exercise-03.py")),
        (as_file(EXERCISES[3]), ("not judged", "anna/exercise-3.py")),
    ],
)
def test_a_second_file_that_was_not_reached_may_be_the_right_one(
    interrupted, tmp_path, first, expected
):
    folder = tmp_path / "in" / "anna"
    folder.mkdir(parents=True)
    (folder / "exercise-03.py").write_text(first)
    (folder / "exercise-3.py").write_text(SOFTMAX)
    assert interrupted(tmp_path / "in", "exercise-3.py") == 130
    assert rows_in(tmp_path / "grades") == {"anna": expected}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_a_real_signal_while_a_hand_in_runs(tmp_path):
    folder = handed_in(tmp_path / "in", anna=SOFTMAX, bo=ENDLESS)
    arguments = ["grade", folder, "--out", tmp_path / "grades", "--seconds", "300"]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "digitnet", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("1/2 anna, exercise 3: right")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted: 1 of 2 files were judged" in out
    assert err == ""
    assert {name: failed for name, (failed, _) in rows_in(tmp_path / "grades").items()} == {
        "anna": "",
        "bo": "not judged",
    }
