"""`digitnet grade`: a class with every kind of hand-in, and the files that come of it."""

import csv
import io
import json
import os
import re
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from digitnet.cli import main
from digitnet.teach.exercises import EXERCISES
from digitnet.teach.exercises import isolated as isolated_module
from digitnet.teach.exercises.handout import as_file, as_notebook
from digitnet.teach.exercises.isolated import Gone, Isolated
from digitnet.teach.grades import Grade, as_csv, as_html, best, collected, in_short
from digitnet.teach.grades.handed_in import MOST_OF_ONE, functions_in
from digitnet.teach.grades.table import cell


def run(*arguments):
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as error:
        return error.code


def solved(number):
    each = EXERCISES[number]
    return each.module(each.solution)


def notebook(number):
    content = json.loads(as_notebook(EXERCISES[number]))
    each = EXERCISES[number]
    for part in content["cells"]:
        if f"def {each.name}(" in "".join(part["source"]):
            part["source"] = f"{each.signature.rstrip()}\n{each.solution.strip(chr(10))}"
    return json.dumps(content)


SOFTMAX = "def softmax(z):\n    "
UNRULY = {
    "blank-exercise-03.py": (as_file(EXERCISES[3]), "type and shape", "three dots"),
    "no-python-exercise-03.py": ("def softmax(z)\n", "running", "line 1, is no Python"),
    "binary-exercise-03.py": ("\udcff\udcfe\0", "running", "is no text in UTF-8"),
    "import-exercise-03.py": ("import nump\n", "running", "ModuleNotFoundError"),
    "other-name-exercise-03.py": ("def softmx(z): pass\n", "running", "did you mean softmx?"),
    "no-notebook-exercise-03.ipynb": ("{}", "running", "is no notebook"),
    "printing-exercise-03.py": ("while True: print('x' * 10**6)\n", "running", "prints more than"),
    "forking-exercise-03.py": ("import os\nwhile True: os.fork()\n", "running", "os.fork, which"),
    "memory-exercise-03.py": (
        f"import numpy as np\n{SOFTMAX}return np.ones(10**10)\n",
        "type and shape",
        "MemoryError",
    ),
    "hoarding-exercise-03.py": (
        "import numpy as np\nkept = []\nwhile True: kept.append(np.empty(10**7))\n",
        "running",
        "MemoryError",
    ),
    "writing-exercise-03.py": ("open('new', 'w')\n", "running", "writes to the file new"),
    "own-exercise-03.py": (
        f"class Own:\n    def __eq__(self, other): return True\n{SOFTMAX}return Own()\n",
        "type and shape",
        "an object of the type Own",
    ),
    "ending-exercise-03.py": ("import os\nos._exit(0)\n", "running", "before there was a verdict"),
    "<b>bold & 'quoted'-exercise-03.py": (
        f"{SOFTMAX}raise ValueError('</pre><script>alert(1)</script>')\n",
        "type and shape",
        "</pre><script>alert(1)</script>",
    ),
    "=HYPERLINK(1)-exercise-03.py": (
        f"{SOFTMAX}raise ValueError('x;=1+1')\n",
        "type and shape",
        "x;'=1+1",
    ),
}


if sys.platform != "linux":  # where nothing limits the memory
    UNRULY = {name: each for name, each in UNRULY.items() if "MemoryError" not in each}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Exit status, the rows by student and exercise, the page, what was said, and where."""
    if sys.platform == "win32":
        pytest.skip("no such names, links and pipes there")
    top = tmp_path_factory.mktemp("class")
    folder, out = top / "hand-ins", top / "grades"
    folder.mkdir()
    for name, (content, _, _) in UNRULY.items():
        (folder / name).write_text(content, encoding="utf-8", errors="surrogateescape")
    (folder / "Zoë.py").write_text(solved(3))
    (folder / "yuri-exercise-03.ipynb").write_text(notebook(3))
    (folder / "xenia").mkdir()
    (folder / "xenia" / "Exercise_6 (1).py").write_text(solved(6))
    (folder / "xenia" / "exercise-03.py").write_text(as_file(EXERCISES[3]))
    (folder / "xenia" / "exercise-03.ipynb").write_text(notebook(3))
    (folder / "unknown.py").write_text("x = 1\n")
    (folder / "thirteen-exercise-13.py").write_text(solved(3))
    (folder / "notes.txt").write_text("hello")
    (folder / "link-exercise-03.py").symlink_to(folder / "Zoë.py")
    os.mkfifo(folder / "pipe-exercise-03.py")
    before = {path.name for path in folder.iterdir()}
    with pytest.MonkeyPatch.context() as patch:
        said = io.StringIO()
        patch.setattr(sys, "stdout", said)
        status = run("grade", folder, "--out", out, "--seconds", 4)
    assert {path.name for path in folder.iterdir()} == before
    text = (out / "grades.csv").read_text(encoding="utf-8-sig")
    rows = {(row["student"], row["exercise"]): row for row in csv.DictReader(io.StringIO(text))}
    page = (out / "grades.html").read_text(encoding="utf-8")
    return status, rows, page, said.getvalue(), out


class TestClass:
    @pytest.mark.parametrize("name", UNRULY)
    def test_an_unruly_one_costs_a_row(self, graded, name):
        _, failed, said = UNRULY[name]
        student = name.partition("-exercise")[0]
        row = graded[1][f"'{student}" if student.startswith("=") else student, "3"]
        assert (row["passed"], row["failed first"]) == ("no", failed)
        assert said in row["message"]

    @pytest.mark.parametrize(
        ("student", "exercise", "file"),
        [
            ("Zoë", "3", "Zoë.py"),
            ("yuri", "3", "yuri-exercise-03.ipynb"),
            ("xenia", "6", "xenia/Exercise_6 (1).py"),
            ("xenia", "3", "xenia/exercise-03.ipynb"),
        ],
    )
    def test_the_right_ones_pass(self, graded, student, exercise, file):
        row = graded[1][student, exercise]
        assert (row["passed"], row["failed first"], row["message"]) == ("yes", "", "")
        assert row["file"] == file
        assert float(row["seconds"]) < 10

    @pytest.mark.parametrize(
        ("student", "exercise", "said"),
        [
            ("unknown", "", "which exercise is it?"),
            ("thirteen", "", "its name says exercise 13, and there are 1 to 12"),
            ("link", "3", "it is a link"),
            ("pipe", "3", "it is no ordinary file"),
        ],
    )
    def test_what_cannot_be_judged_is_said(self, graded, student, exercise, said):
        status, rows, _, terminal, _ = graded
        assert status == 1
        row = rows[student, exercise]
        assert (row["passed"], row["failed first"]) == ("no", "not judged")
        assert said in row["message"]
        assert re.search(rf"^Not judged: {student}.*{re.escape(said)}", terminal, re.M)

    def test_there_are_no_others_and_no_other_files(self, graded):
        _, rows, _, terminal, out = graded
        assert len(rows) == len(UNRULY) + 4 + 4
        assert sorted(path.name for path in out.iterdir()) == ["grades.csv", "grades.html"]
        assert "Left out: notes.txt: neither a .py nor an .ipynb file" in terminal
        assert f"{len(rows)} hand-ins of {len(rows) - 1} students: 4 right, " in terminal
        assert re.search(r"^xenia +right +right +- +2 of 2$", terminal, re.M)

    def test_the_page_shows_all_as_text(self, graded):
        page = graded[2]
        reader = Reader()
        reader.feed(page)
        assert reader.open == []
        assert set(reader.seen) <= set(ALLOWED.split())
        assert "</pre><script>alert(1)</script>" in reader.text
        assert "<b>bold & 'quoted'" in reader.text
        assert "notes.txt: neither" in reader.text


ALLOWED = "html head meta title style body h1 h2 h3 p div table thead tbody tr th td section pre"
ALLOWED += " ul li"
"""The elements of the page of grades."""


class Reader(HTMLParser):
    """The text, and the tags that were seen."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        assert {name for name, _ in attrs} <= {
            "lang",
            "charset",
            "http-equiv",
            "content",
            "name",
        } | {
            "class",
            "scope",
        }
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def grade(student="anna", exercise=3, name="anna.py", passed=True, **others):
    given = {"failed_first": "" if passed else "values", "message": "", "report": "", "seconds": 0}
    return Grade(student, exercise, name, passed, **(given | others))


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            (" =1", " '=1"),
            ("\t=1", "\\t=1"),
            ('"=1', "\"'=1"),
            ("＝1", "'＝1"),
            ("a;=1", "a;'=1"),
            ('a"; =1', "a\"; '=1"),
            ("a|-1", "a|'-1"),
            ("db[0] = -4.1; found x", "db[0] = -4.1; found x"),
            ("two\nlines", "two\\nlines"),
            ("\u202e", "\\u202e"),
        ],
    )
    def test_no_cell_is_a_formula(self, text, written):
        assert cell(text) == written

    def test_every_cell_is_quoted_and_of_one_line(self):
        content = as_csv([grade('a"b\n', name="a,b.py")]).decode("utf-8-sig")
        assert content.splitlines()[1] == '"a""b\\n","3","yes","","","0.0","a,b.py"'

    def test_the_best_of_several_files_counts(self):
        worse = grade(name="a.py", passed=False, n_right=1)
        better = grade(name="b.py", passed=False, n_right=3)
        assert best([worse, better]) == best([better, worse]) == [better]
        assert best([better, grade(name="c.py")]) == [grade(name="c.py")]
        assert len(best([worse, grade(exercise=4), grade("bo")])) == 3

    def test_in_short(self):
        heading, rows = in_short([grade(), grade(exercise=11, passed=False), grade("bo")])
        assert heading == ["student", "3", "11", "right"]
        assert rows == [["anna", "right", "not yet", "1 of 2"], ["bo", "right", "-", "1 of 1"]]

    def test_a_page_without_anything_wrong_has_the_table_alone(self):
        page = as_html([grade("Łucja")]).decode()
        assert "Łucja" in page
        assert "<section>" not in page
        assert "default-src 'none'" in page.replace("&#x27;", "'")


class TestCollected:
    def names(self, tmp_path, *names, exercise=None, content="x = 1\n"):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        found, left_out = collected(tmp_path, exercise)
        return [(each.student, each.exercise) for each in found], left_out

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("anna-exercise-05.py", ("anna", 5)),
            ("anna_exercise5.ipynb", ("anna", 5)),
            ("exercise-05-anna.py", ("anna", 5)),
            ("Anna Meier EX 12.PY", ("Anna Meier", 12)),
            ("alex5.py", ("alex5", None)),
            ("anna/exercise-05.py", ("anna", 5)),
            ("anna/ex5 (2).ipynb", ("anna", 5)),
            ("anna-exercise-00.py", ("anna", None)),
            ("anna-exercise-999999.py", ("anna", None)),
        ],
    )
    def test_names(self, tmp_path, name, expected):
        assert self.names(tmp_path, name) == ([expected], [])

    def test_a_folder_of_one_student_is_called_by_its_name(self, tmp_path):
        (tmp_path / "anna").mkdir()
        assert self.names(tmp_path / "anna", "exercise-05.py")[0] == [("anna", 5)]

    def test_an_exercise_for_all_leaves_out_what_says_another(self, tmp_path):
        found, left_out = self.names(tmp_path, "anna.py", "bo-exercise-06.py", exercise=5)
        assert found == [("anna", 5)]
        assert left_out == ["bo-exercise-06.py: its name says exercise 6"]

    def test_hidden_things_and_folders_in_folders_are_not_looked_into(self, tmp_path):
        names = ["anna/exercise-05.py", ".hidden.py", "__pycache__/x.py", "bo/notes.txt"]
        (tmp_path / "anna" / "more").mkdir(parents=True)
        found, left_out = self.names(tmp_path, *names)
        assert found == [("anna", 5)]
        assert left_out == [
            "anna/more: a folder in a student's folder",
            "bo/notes.txt: neither a .py nor an .ipynb file",
            "bo: no file of Python or notebook in this folder",
        ]

    def test_a_flood_of_files_is_cut(self, tmp_path):
        names = [f"anna/{place:03}-exercise-05.py" for place in range(MOST_OF_ONE + 3)]
        found, left_out = self.names(tmp_path, *names)
        assert len(found) == MOST_OF_ONE
        assert left_out == ["anna: the first 100 of 103 files are looked at"]

    @pytest.mark.skipif(sys.platform != "linux", reason="where names are bytes")
    def test_a_name_that_is_no_text(self, tmp_path):
        (tmp_path / os.fsdecode(b"\xff\x1b[31m-exercise-03.py")).write_text("")
        (found,), _ = collected(tmp_path)
        assert (found.student, found.exercise) == ("\\xff\x1b[31m", 3)
        assert b"\\x1b" in as_csv([grade(found.student)])

    def test_one_that_is_too_large_is_not_read(self, tmp_path):
        with (tmp_path / "anna-exercise-03.py").open("wb") as file:
            file.truncate(10**10)
        (found,), _ = collected(tmp_path)
        assert found.content == b""
        assert "it has 10,000,000,000 bytes, and at most 1,000,000 are read" in found.problem

    @pytest.mark.parametrize("number", EXERCISES)
    def test_the_function_tells_the_exercise(self, number):
        assert functions_in(as_file(EXERCISES[number]).encode(), ".py") == [number]
        assert functions_in(as_notebook(EXERCISES[number]).encode(), ".ipynb") == [number]

    def test_several_exercises_in_a_file(self):
        content = (solved(3) + solved(6) + "neuron = lambda w: 1\nstep == 3\n").encode()
        assert functions_in(content, ".py") == [1, 3, 6]
        for odd in (b"", b"\xff\xfe", b"{}", b'{"cells": 3}', b"[" * 10**6):
            assert functions_in(odd, ".ipynb") == []


class TestWrongArguments:
    def test_a_folder_that_is_missing_a_file_or_empty(self, tmp_path, capsys):
        file = tmp_path / "file"
        file.write_text("")
        (tmp_path / "empty").mkdir()
        for path, said in (
            (tmp_path / "nowhere", "expected a folder with hand-ins, found nothing of this name"),
            (file, "expected a folder with hand-ins, found a file"),
            (tmp_path / "empty", "expected hand-ins such as anna-exercise-05.py"),
        ):
            assert run("grade", path, "--out", tmp_path / "grades") == 2
            (line,) = capsys.readouterr().err.splitlines()
            assert said in line
        assert not (tmp_path / "grades").exists()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--exercise", 13], "--exercise: expected the number of an exercise, from 1 to 12"),
            (["--seconds", 0], "--seconds: expected a number of seconds from 0.1 to 600, got '0'"),
            (["--seconds", "nan"], "got 'nan'"),
            (["--out", "."], "--out: expected a new or an empty folder"),
            (["--out", "anna.py"], "--out: expected a folder, and anna.py is something else"),
            (["--out", "anna.py/grades"], "anna.py/grades cannot be written: not a directory"),
        ],
    )
    def test_options(self, arguments, said, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "anna.py").write_text("")
        assert run("grade", ".", *arguments) == 2
        assert said in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == ["anna.py"]

    def test_all_judged_is_0_though_nothing_is_right(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "anna.py").write_text("")
        assert run("grade", ".", "--exercise", 3) == 0
        assert "1 hand-in of 1 student: 0 right, 1 not yet" in capsys.readouterr().out
        assert run("grade", ".") == 2
        assert "there is something in grades" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        "while True: pass\n",
        f"{SOFTMAX}while True: pass\n",
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass\n",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n",
        "import time\ntime.sleep(100)\n",
        "import os\nwhile True: os.write(1, bytes(10**6))\n",
        "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\n"
        "while True: pass\n",
    ],
)
def test_one_that_does_not_end_is_ended_and_the_next_is_judged(content, tmp_path, capsys):
    folder = tmp_path / "hand-ins"
    folder.mkdir()
    (folder / "anna-exercise-03.py").write_text(content)
    (folder / "bo-exercise-03.py").write_text(solved(3))
    begin = time.monotonic()
    assert run("grade", folder, "--out", tmp_path / "grades", "--seconds", 2) == 0
    assert time.monotonic() - begin < 20
    out = capsys.readouterr().out
    assert "1/2 anna, exercise 3: not yet (running)" in out
    assert "2/2 bo, exercise 3: right" in out
    assert b"takes longer than 2 seconds" in (tmp_path / "grades" / "grades.csv").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="no such processes there")
def test_a_process_that_escapes_with_the_pipe_is_not_waited_for(monkeypatch):
    escaping = "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(6)\n"
    monkeypatch.setattr(isolated_module, "PROGRAM", escaping)
    monkeypatch.setattr(isolated_module, "GRACE_S", 0.5)
    begin = time.monotonic()
    with pytest.raises(Gone), Isolated(0.1) as process:
        process.receive()
    assert process.late.is_set()
    assert time.monotonic() - begin < 4


def test_the_folder_of_the_process_is_gone_afterwards():
    with Isolated(1.0) as process:
        folder = Path(process._folder.name)
        assert list(folder.iterdir()) == []
    assert not folder.exists()
