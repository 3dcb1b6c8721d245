"""The exercises as files for pytest, nbgrader and Otter-Grader, without the last two."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from digitnet.cli import main
from digitnet.teach.exercises import EXERCISES, check
from digitnet.teach.exercises.new_files import write_new
from digitnet.teach.exports import SYSTEMS, export, nbgrader, otter, plain_pytest

ROOT = Path(__file__).parent.parent
EVERY = [pytest.param(each, id=str(number)) for number, each in EXERCISES.items()]


def run(*arguments):
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as error:
        return error.code


def cells_of(files):
    """The cells of the one notebook among the files, each with its source in one piece."""
    (text,) = files.values()
    cells = json.loads(text)["cells"]
    return [each | {"source": "".join(each["source"])} for each in cells]


def executed(cells):
    """The names after the cells of code. Raises what they raise."""
    names = {"__name__": "notebook"}
    for each in cells:
        if each["cell_type"] == "code":
            exec(compile(each["source"], "cell", "exec"), names)
    return names


def headline(each):
    """The first line of what is said of a blank; that of exercise 11 is code with a bug."""
    ending = "not finished" if "..." in each.blank else "not yet"
    return f"Exercise {each.number}, {each.title}: {ending}."


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What pytest says of twelve hand-ins: most are right, four are not."""
    folder = tmp_path_factory.mktemp("hand-ins")
    export(SYSTEMS["pytest"], EXERCISES.values(), folder)
    for number, each in EXERCISES.items():
        (folder / f"exercise_{number:02}.py").write_text(each.module(each.solution))
    (mistake,) = [each for each in EXERCISES[5].mistakes if each.wrong == "(p - t)"]
    wrong = EXERCISES[5].solution.replace(mistake.right, mistake.wrong)
    (folder / "exercise_05.py").write_text(EXERCISES[5].module(wrong))
    blank = plain_pytest.files(EXERCISES[6])["exercise_06.py"]
    (folder / "exercise_06.py").write_text(blank)
    (folder / "exercise_07.py").write_text("def dense(x)\n")
    (folder / "exercise_08.py").write_text("def netwerk(): pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-header", "-rA"]
    result = subprocess.run(
        [*command, folder],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    return result.stdout


class TestPytest:
    def test_what_is_right_passes(self, said):
        passed = set(re.findall(r"^PASSED test_exercise_(\d\d)\.py::test_\w+", said, re.M))
        assert passed == {f"{number:02}" for number in set(EXERCISES) - {5, 6, 7, 8}}

    def test_what_is_wrong_fails_with_the_text_of_the_check(self, said):
        assert re.search(
            r"^Exercise 5, the gradients of softmax regression: not yet\.$", said, re.M
        )
        assert "may mean     your db is 20 × ours, and 20 is the batch size: divide by B" in said
        assert "there are still three dots where your lines belong" in said
        assert "verdict.passed" not in said  # no lines of the test around it

    def test_what_does_not_run_fails_by_itself(self, said):
        failed = set(re.findall(r"^FAILED test_exercise_(\d\d)\.py::test_\w+", said, re.M))
        assert failed == {"05", "06", "07", "08"}
        assert re.search(r"^E +SyntaxError", said, re.M)
        assert re.search(r"^E +ImportError: cannot import name 'network'", said, re.M)
        assert "4 failed, 8 passed" in said

    @pytest.mark.parametrize("each", EVERY)
    def test_the_hand_out_names_its_test(self, each):
        module, test = plain_pytest.files(each)
        assert test == f"test_{module}"
        text = plain_pytest.files(each)[module]
        assert f"    pytest {test}\n" in text
        assert "--check" not in text


def cleared(source):
    """A function as nbgrader clears it: its own text in place of what is between the marks."""
    pattern = r"( +)### BEGIN SOLUTION\n.*?### END SOLUTION\n"
    assert len(re.findall(pattern, source, re.S)) == 1
    return re.sub(pattern, r"\1# YOUR CODE HERE\n", source, flags=re.S)


class TestNbgrader:
    @pytest.mark.parametrize("each", EVERY)
    def test_cells_say_what_they_are_as_its_schema_asks(self, each):
        own = [cell for cell in cells_of(nbgrader.files(each)) if cell["cell_type"] == "code"]
        told = [cell["metadata"]["nbgrader"] for cell in own]
        keys = {"grade", "grade_id", "locked", "schema_version", "solution", "task"}
        for one in told:
            assert set(one) - {"points"} == keys
            assert one["schema_version"] == 3
            assert one["task"] is False
            assert ("points" in one) is one["grade"]
            assert re.fullmatch(r"[\w-]+", one["grade_id"])
            assert one["locked"] is not one["solution"]
        assert len({one["grade_id"] for one in told}) == len(told)
        assert [one["solution"] for one in told].count(True) == 1
        assert [one["grade"] for one in told] == [False] * (len(told) - 1) + [True]
        assert told[-1]["points"] == 1

    @pytest.mark.parametrize("each", EVERY)
    def test_the_source_passes_and_what_is_left_of_it_fails(self, each, capsys):
        cells = cells_of(nbgrader.files(each))
        assert executed(cells)["verdict"].passed
        for cell in cells:
            if "### BEGIN" in cell["source"]:
                cell["source"] = cleared(cell["source"])
                body = each.blank.strip("\n")
                assert cell["source"] == each.alone(f"    # YOUR CODE HERE\n{body}").rstrip("\n")
        capsys.readouterr()
        with pytest.raises(AssertionError):
            executed(cells)
        assert headline(each) in capsys.readouterr().out

    def test_the_configuration_is_python(self):
        class Anything:
            def __getattr__(self, name):
                self.__dict__[name] = Anything()
                return self.__dict__[name]

        names = {"get_config": Anything}
        exec(nbgrader.CONFIG, names)
        assert names["c"].ClearSolutions.code_stub == {"python": "# YOUR CODE HERE"}
        assert names["c"].CourseDirectory.course_id == "digitnet"


def stripped(source):
    """A function as `otter assign` leaves it to the pupils."""
    begin, end = r" +# BEGIN SOLUTION NO PROMPT\n", r" +# END SOLUTION\n"
    assert len(re.findall(begin, source)) == len(re.findall(end, source)) == 1
    source = re.sub(f"{begin}.*?{end}", "", source, flags=re.S)
    return re.sub(r'\n +""" # (BEGIN|END) PROMPT', "", source)


class TestOtter:
    @pytest.mark.parametrize("each", EVERY)
    def test_parts_begin_and_end_within_the_question(self, each):
        cells = cells_of(otter.files(each))
        raw = [cell["source"].splitlines() for cell in cells if cell["cell_type"] == "raw"]
        assert [lines[0].removeprefix("# ") for lines in raw] == [
            *("ASSIGNMENT CONFIG", "BEGIN QUESTION", "BEGIN SOLUTION", "END SOLUTION"),
            *("BEGIN TESTS", "END TESTS", "END QUESTION"),
        ]
        name = f"name: exercise-{each.number:02}"
        assert raw[0][1] == name
        assert raw[1][1:] == [name, "points: 1"]
        assert [cell["metadata"] for cell in cells] == [{}] * len(cells)

    @pytest.mark.parametrize("each", EVERY)
    def test_the_source_passes_and_what_is_left_of_it_fails(self, each):
        cells = cells_of(otter.files(each))
        names = executed(cells)
        names[f"test_{each.name}"](names[each.name])
        for cell in cells:
            if "BEGIN SOLUTION NO PROMPT" in cell["source"]:
                cell["source"] = stripped(cell["source"])
                assert cell["source"] == each.alone(each.blank).rstrip("\n")
        names = executed(cells)
        with pytest.raises(AssertionError) as error:
            names[f"test_{each.name}"](names[each.name])
        assert str(error.value).startswith(headline(each))


@pytest.mark.parametrize("system", ["nbgrader", "otter"])
def test_notebooks_are_valid(system):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not there")
    for each in EXERCISES.values():
        (text,) = SYSTEMS[system].files(each).values()
        nbformat.validate(nbformat.reads(text, as_version=4))


class TestFiles:
    @pytest.mark.parametrize(
        ("system", "n_files"), [("pytest", 24), ("nbgrader", 13), ("otter", 12)]
    )
    def test_all_are_written_and_none_twice(self, system, n_files, tmp_path, capsys):
        folder = tmp_path / "a folder" / "in it"
        assert run("exercise", "--export", system, folder) == 0
        assert f"All 12 exercises are in {folder}, for {system}." in capsys.readouterr().out
        files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert len(files) == n_files
        assert run("exercise", "--export", system, folder) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "is there already and is left as it is" in line
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files

    def test_one_goes_beside_others_into_a_course_with_its_own_configuration(self, tmp_path):
        config = tmp_path / "nbgrader_config.py"
        config.write_text("c = get_config()\n")
        for number in (5, 6):
            assert run("exercise", number, "--export", "nbgrader", tmp_path) == 0
        assert config.read_text() == "c = get_config()\n"
        found = sorted(path.name for path in tmp_path.rglob("*.ipynb"))
        assert found == ["exercise-05.ipynb", "exercise-06.ipynb"]

    def test_after_one_that_is_there_nothing_is_left(self, tmp_path, capsys):
        (tmp_path / "test_exercise_09.py").write_text("mine")
        assert run("exercise", "--export", "pytest", tmp_path) == 2
        assert "test_exercise_09.py is there already" in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == ["test_exercise_09.py"]

    def test_nor_after_a_full_disk(self, tmp_path):
        files = {"a/one": "1", "a/b/two": "2", "a/b/three": "\ud800"}  # which no file can hold
        with pytest.raises(UnicodeEncodeError):
            write_new(tmp_path / "new", files)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--export", "nbgrade", "f"], "got 'nbgrade'; did you mean nbgrader?"),
            (["--export", "otter", "5"], "digitnet exercise 5 --export otter FOLDER"),
            (["--export", "otter"], "expected 2 arguments"),
            (["5", "--export", "otter", "file"], "file is there already and is left as it is"),
            (["5", "--export", "otter", "f", "--solution"], "not allowed with"),
        ],
    )
    def test_wrong_arguments_cost_a_sentence(self, arguments, said, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        Path("file").write_text("mine")
        assert run("exercise", *arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
        assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def test_the_next_command_can_be_typed(self):
        commands = [each.next_command(EXERCISES[5], Path("a course")) for each in SYSTEMS.values()]
        assert commands == [
            "pytest 'a course'/test_exercise_05.py",
            "cd 'a course' && nbgrader generate_assignment exercise-05",
            "otter assign 'a course'/exercise-05.ipynb 'a course'/dist/exercise-05",
        ]


def test_a_printed_solution_is_a_file_that_passes(capsys):
    for number in EXERCISES:
        assert run("exercise", number, "--solution") == 0
        names = {}
        exec(compile(capsys.readouterr().out, "solution", "exec"), names)
        assert check(number, names[EXERCISES[number].name]).passed
