"""The exercises: every solution passes, every blank fails, every planted mistake is told."""

import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitnet import DigitnetError
from digitnet.cli import main
from digitnet.teach.exercises import EXERCISES, check, exercise
from digitnet.teach.exercises.apart import check_file
from digitnet.teach.exercises.e08_network import batch
from digitnet.teach.exercises.handout import as_file, as_notebook
from digitnet.teach.exercises.material import forty, four
from digitnet.teach.exercises.telling import WIDTH
from tests.test_documents import anchors

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
EVERY = [pytest.param(each, id=str(number)) for number, each in EXERCISES.items()]
MISTAKES = [
    pytest.param(each, mistake, id=f"{number}-{mistake.wrong.strip()[:40]}")
    for number, each in EXERCISES.items()
    for mistake in each.mistakes
]


def run(*arguments):
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as error:
        return error.code


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def regression(change):
    """Exercise 5, with `change` making (dW, db) of what there is."""

    def function(x, t, W, b, weight_decay):
        p = softmax(x @ W + b)
        loss = -np.mean(np.sum(t * np.log(p), axis=1)) + weight_decay / 2 * np.sum(W**2)
        return loss, *change(x, t, W, weight_decay, p)

    return function


class TestCheck:
    def test_there_are_twelve(self):
        assert list(EXERCISES) == list(range(1, 13))
        for number in (0, 13, "5", None):
            with pytest.raises(DigitnetError, match="expected an exercise from 1 to 12, got"):
                check(number, softmax)

    @pytest.mark.parametrize("each", EVERY)
    def test_the_solution_passes_and_is_shown(self, each):
        verdict = check(each.number, each.reference())
        assert verdict.passed, verdict
        assert verdict.finding is None
        assert each.source(each.solution).rstrip() in str(verdict)
        assert verdict.looked[:3] == ("type and shape", "finite values", "arguments unchanged")

    @pytest.mark.parametrize("each", EVERY)
    def test_the_blank_fails_and_shows_no_solution(self, each):
        verdict = check(each.number, each.function(each.blank))
        assert not verdict.passed
        assert verdict.solution == ""
        if each.number != 11:  # whose blank is code with a bug
            assert verdict.finding.meaning.startswith("there are still three dots where your")

    @pytest.mark.parametrize(("each", "mistake"), MISTAKES)
    def test_a_planted_mistake_gets_its_own_sentence(self, each, mistake):
        verdict = check(each.number, each.mistaken(mistake))
        assert not verdict.passed
        pattern = re.sub(r"\\{\w+\\}", ".+", re.escape(mistake.sentence))
        assert re.fullmatch(pattern, verdict.finding.meaning), verdict
        assert mistake.derived in ("", verdict.finding.derived)

    @pytest.mark.parametrize("each", EVERY)
    def test_no_two_mistakes_share_a_sentence(self, each):
        sentences = [mistake.sentence for mistake in each.mistakes]
        assert len(sentences) == len(set(sentences)) >= 2
        for sentence in sentences:
            assert not sentence.endswith("."), sentence

    @pytest.mark.parametrize(("each", "mistake"), MISTAKES[::7])
    def test_a_verdict_is_text_of_80_columns_and_json(self, each, mistake):
        verdict = check(each.number, each.mistaken(mistake))
        long = [line for line in str(verdict).splitlines() if len(line) > WIDTH]
        assert all("docs/" in line for line in long)
        assert repr(verdict) == str(verdict)
        assert json.loads(json.dumps(verdict.as_dict()))["finding"]["meaning"]

    @pytest.mark.parametrize("each", EVERY)
    def test_where_it_is_derived_is_there(self, each):
        places = {each.derived, *(o.derived for o in each.outputs)}
        places |= {mistake.derived for mistake in each.mistakes}
        for place in places - {""}:
            page, _, anchor = place.partition("#")
            assert anchor in anchors(ROOT / page)

    def test_every_anchor_that_a_module_writes_out_is_there(self):
        for path in (ROOT / "digitnet" / "teach").rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for anchor in re.findall(r'DERIVATIONS \+ "([\w-]+)"|derivations\.md#([\w-]+)"', text):
                assert "".join(anchor) in anchors(ROOT / "docs" / "derivations.md")

    def test_the_arguments_that_show_it_can_be_tried(self):
        verdict = check(3, lambda z: 2 * softmax(z))
        assert 2 * softmax(verdict.given["z"])[0, 0] != softmax(verdict.given["z"])[0, 0]

    def test_it_needs_numpy_alone(self):
        program = (
            "import sys\n"
            "for name in ('matplotlib', 'sklearn', 'scipy', 'threadpoolctl', 'PIL'):\n"
            "    sys.modules[name] = None\n"
            "from digitnet.teach.exercises import EXERCISES, check\n"
            "print(all(check(n, each.reference()).passed for n, each in EXERCISES.items()))\n"
            "print({'subprocess', 'multiprocessing', 'digitnet.training'} & set(sys.modules))\n"
        )
        command = [sys.executable, "-c", program]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert result.stdout == "True\nset()\n"

    def test_its_digits_are_those_of_mnist(self, mnist):
        images, labels, places = forty()
        assert np.array_equal(images, mnist.train.images[places])
        assert np.array_equal(labels, mnist.train.labels[places])
        assert sorted(labels[:20]) == sorted(2 * list(range(10)))

    def test_gradients_are_measured_away_from_kinks(self):
        for case in EXERCISES[8].cases()[1:]:
            given = case.given
            assert np.abs(given["x"] @ given["W1"] + given["b1"]).min() > 1e-3
        assert len(batch(*four(), 0.0)["x"]) == 4


class TestWhatItSays:
    """Of answers that nobody planted."""

    def test_the_shape_comes_first(self):
        finding = check(3, lambda _: np.full((3, 2), np.nan)).finding
        assert finding.stage == "type and shape"
        assert "(B, K) = (2, 10), images in the batch by classes" in finding.expected
        assert finding.found == "an array of shape (3, 2)"

    def test_an_argument_that_is_changed(self):
        def relu(x, dy):
            x[x < 0] = 0
            return x, dy * (x > 0)

        finding = check(6, relu).finding
        assert finding.stage == "arguments unchanged"
        assert finding.found == "x[0, 0] was -2, is 0"

    def test_a_factor_that_is_a_size(self):
        def change(x, t, W, weight_decay, p):
            return x.T @ (p - t) + weight_decay * W, (p - t).mean(axis=0)

        finding = check(5, regression(change)).finding
        assert "dW is not the slope of your own loss" in finding.problem
        assert "right: db" in finding.problem
        assert "your dW is 20 × ours, and 20 is the batch size: divide by it" in finding.meaning

    def test_a_size_that_is_written_as_a_number(self):
        def change(x, t, W, weight_decay, p):
            return x.T @ (p - t) / 20 + weight_decay * W, (p - t).sum(axis=0) / 20

        finding = check(5, regression(change)).finding
        assert "is a size written as a number, not as len(x)?" in finding.meaning

    def test_what_is_right_without_weight_decay(self):
        def change(x, t, W, weight_decay, p):
            return x.T @ (p - t) / len(x) + weight_decay * np.abs(W), (p - t).mean(axis=0)

        finding = check(5, regression(change)).finding
        assert "dW is right without weight decay" in finding.meaning

    def test_an_answer_of_no_known_mistake_gets_a_call_to_compute_by_hand(self):
        def change(x, t, W, weight_decay, p):
            return x.T @ (p - t) / len(x) + weight_decay * W, (p - 1).mean(axis=0)

        finding = check(5, regression(change)).finding
        assert finding.example.startswith("for x = [[0.3, 0.8]], t = [[1, 0]], W = [[")
        assert "db should be [-0.5548, 0.5548]; yours is [-0.5548, -0.4452]" in finding.example

    def test_a_mistake_that_would_spoil_what_is_right_is_not_named(self):
        def change(x, t, W, weight_decay, p):
            return x.T @ (t - p) / len(x) + weight_decay * W, (p - t).mean(axis=0)

        finding = check(5, regression(change)).finding
        assert finding.meaning.startswith("your dW is -1 × ours: the sign is wrong")

    def test_two_that_are_exchanged(self):
        def dense(x, W, b, dy):
            return x @ W + b, x.T @ dy, dy @ W.T, dy.sum(axis=0)

        finding = check(7, dense).finding
        assert finding.meaning == "this is what dW should be: the order is y, dx, dW, db"

    def test_something_that_is_kept_from_call_to_call(self):
        calls = []

        def forgetful(z):
            calls.append(1)
            return softmax(z) + (len(calls) > 3)

        finding = check(3, forgetful).finding
        assert "the same arguments give another p" in finding.problem

    @pytest.mark.parametrize(
        ("activation", "said"),
        [
            (lambda x: (2 * x + 1, 0 * x + 2), "y is a straight line"),
            (lambda x: (np.tanh(x), 1 - np.tanh(x) ** 2), "this is tanh"),
            (lambda x: (np.abs(x), 0 * x), "slope is not the slope of your own y"),
            (
                lambda x: (np.where(x > 0, x, np.exp(x)), np.exp(np.minimum(x, 0))),
                "y jumps at x = 0",
            ),
            (lambda x: ((x > 1.5) * 1.0, 0 * x), "y jumps at x = 1.5"),
            (lambda x: (x - x.mean(), 0 * x + 1), "depends on the other entries"),
            (lambda x: (np.exp(np.minimum(x, 1)), np.exp(np.minimum(x, 1))), "not the slope of"),
        ],
    )
    def test_an_activation_that_is_none(self, activation, said):
        assert said in check(12, activation).finding.problem

    @pytest.mark.parametrize(
        "activation",
        [
            lambda x: (np.abs(x), np.sign(x)),
            lambda x: (np.clip(x, -1, 1), (np.abs(x) < 1) * 1.0),
            lambda x: (np.sin(x), np.cos(x)),
            lambda x: (np.expm1(np.minimum(x, 0)) + np.maximum(x, 0), np.exp(np.minimum(x, 0))),
            lambda x: (np.cbrt(x), 1 / (3 * np.cbrt(x) ** 2 + 1e-300)),
            lambda x: (np.maximum(x, 0) ** 2 / 1000, 2 * np.maximum(x, 0) / 1000),
        ],
    )
    def test_an_activation_of_another_kind_passes(self, activation):
        assert check(12, activation).passed

    @pytest.mark.parametrize(
        ("right", "wrong", "said"),
        [
            ("0.3", "500", "a smaller learning rate"),
            ("- 0.3", "+ 0.3", "subtract the step"),
            ("400", "60", "it is on its way"),
            ("0.3", "0.0003", "it has hardly begun"),
            ("W1 = W1 - 0.3 * dW1", "pass", "W1 did not move"),
        ],
    )
    def test_what_was_not_learned_by_heart(self, right, wrong, said):
        solution = EXERCISES[10].solution.replace(right, wrong).replace("400", "100")
        assert said in check(10, EXERCISES[10].function(solution)).finding.meaning

    class Strange:
        def __array__(self, *_, **__):
            raise SystemExit

        def __eq__(self, other):
            raise ValueError

        __hash__ = None

    class Own(np.ndarray):
        pass

    @pytest.mark.parametrize(
        ("returned", "found"),
        [
            (Strange(), "an object of the type Strange"),
            (np.zeros((2, 10)).view(Own), "an object of the type Own"),
            (np.array([[None] * 10] * 2), "an array of shape (2, 10) of object"),
            (np.zeros((2, 10), np.float32), "an array of shape (2, 10) of float32"),
            (np.broadcast_to(0.5, (10**6, 10**6)), "an array of shape (1000000, 1000000)"),
            ([[0.1] * 10] * 2, "a list of 2"),
            (None, "None"),
            (0.1, "the number 0.1"),
            ("p", "an object of the type str"),
            ((1, 2), "a tuple of 2"),
        ],
    )
    def test_what_is_no_array_of_numbers(self, returned, found):
        finding = check(3, lambda _: returned).finding
        assert (finding.stage, finding.found) == ("type and shape", found)
        assert finding.meaning

    @pytest.mark.parametrize(
        ("function", "found"),
        [
            (lambda _: unknown, "NameError: name 'unknown' is not defined"),  # noqa: F821
            (lambda: 1, "takes 0 positional arguments but 1 was given"),
            (lambda _: sys.exit(3), "SystemExit: 3"),
            ("softmax", "str"),
        ],
    )
    def test_a_function_that_stops(self, function, found):
        assert found in check(3, function).finding.found

    def test_an_interruption_is_the_users(self):
        def interrupted(_):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            check(3, interrupted)


class TestHandout:
    @pytest.mark.parametrize("each", EVERY)
    def test_the_file_and_the_notebook_hold_the_same_blank(self, each):
        text = as_file(each)
        assert max(map(len, text.splitlines())) <= 100
        names = {}
        exec(compile(text, "handed out", "exec"), names)
        assert not check(each.number, names[each.name]).passed
        assert f"exercise-{each.number:02}.py" in names["__doc__"]
        nbformat = pytest.importorskip("nbformat", reason="nbformat is not there")
        notebook = nbformat.reads(as_notebook(each), as_version=4)
        nbformat.validate(notebook)
        names = {}
        *cells, last = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        for cell in cells:
            exec(compile(cell, "cell", "exec"), names)
        assert not eval(last, names).passed

    def test_nothing_is_written_over(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "exercise-05.ipynb").write_text("mine")
        assert run("exercise", 5) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "exercise-05.ipynb is there already and is left as it is" in line
        assert [path.name for path in tmp_path.iterdir()] == ["exercise-05.ipynb"]
        assert (tmp_path / "exercise-05.ipynb").read_text() == "mine"


class TestCommand:
    def test_it_lists_them(self, capsys):
        assert run("exercise") == 0
        out = capsys.readouterr().out
        for number, each in EXERCISES.items():
            assert re.search(rf"^ ?{number}  {re.escape(each.title)} +{each.name}$", out, re.M)

    def test_write_solve_check(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert run("exercise", 6) == 0
        assert run("exercise", 6, "--check", "exercise-06.ipynb") == 1
        assert "three dots" in capsys.readouterr().out
        path = tmp_path / "exercise-06.py"
        assert run("exercise", 6, "--solution") == 0
        path.write_text(capsys.readouterr().out + "\nprint('hello')\n")
        assert run("exercise", 6, "--check", path) == 0
        out = capsys.readouterr().out
        assert "ReLU, forward and backward: right." in out
        assert out.endswith("It printed:\n\nhello\n")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([13], "expected the number of an exercise, from 1 to 12, got '13'"),
            (["five"], "from 1 to 12, got 'five'"),
            (["--solution"], "expected the number of the exercise as well"),
            ([3, "--check", "nowhere.py"], "nowhere.py cannot be read: no such file or directory"),
            ([3, "--check", "."], "error: . cannot be read: is a directory"),
        ],
    )
    def test_wrong_arguments(self, arguments, said, capsys):
        assert run("exercise", *arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line


BAD = {
    "no Python": ("def softmax(z)\n", "hand-in.py, line 1, is no Python: "),
    "an import": ("\nimport nump\n", "hand-in.py, line 2, stops with the error ModuleNotFoundErr"),
    "no function": ("def softmx(z): pass\n", "has no function `softmax`; did you mean softmx?"),
    "a loop": ("def softmax(z):\n    while True: pass\n", "line 2, takes longer than 0.5 seconds"),
    "a stubborn loop": (
        "def softmax(z):\n"
        "    while True:\n"
        "        try:\n            while True: pass\n"
        "        except BaseException: pass\n",
        "takes longer than 0.5 seconds, and was stopped",
    ),
    "printing": ("while True: print('x' * 1000)\n", "line 1, prints more than 100,000 characters"),
    "writing": ("open('FILE', 'w')\n", "line 1, writes to the file FILE, which a check does not"),
    "deleting": ("import os\nos.remove('FILE')\n", "line 2, asks for os.remove, which a check"),
    "an end": ("import os\nos._exit(0)\n", "ended the check before there was a verdict"),
    "bytes": ("\udcff", "is no text in UTF-8"),
}


class TestHandIn:
    @pytest.mark.parametrize("kind", BAD)
    def test_a_bad_one_costs_a_sentence(self, kind, tmp_path, monkeypatch):
        monkeypatch.setattr("digitnet.teach.exercises.isolated.GRACE_S", 2.0)
        content, said = BAD[kind]
        path = tmp_path / "hand-in.py"
        target = tmp_path / "FILE"
        target.write_text("kept")
        path.write_text(content, errors="surrogateescape", encoding="utf-8")
        with pytest.raises(DigitnetError) as error:
            check_file(3, path, seconds=0.5)
        assert said in str(error.value)
        assert str(error.value).startswith("hand-in.py")
        assert target.read_text() == "kept"

    @pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory")
    def test_memory_is_limited(self, tmp_path):
        path = tmp_path / "hand-in.py"
        path.write_text("import numpy as np\ndef softmax(z):\n    return np.ones((30000, 30000))\n")
        finding = check_file(3, path).verdict.finding
        assert finding.found.startswith("MemoryError")
        assert "far too large" in finding.meaning

    def test_one_that_is_too_long(self, tmp_path):
        path = tmp_path / "hand-in.py"
        path.write_text("#" * 2_000_000)
        with pytest.raises(DigitnetError, match="at most 1,000,000 bytes"):
            check_file(3, path)

    def test_a_cell_of_a_notebook_is_named(self, tmp_path):
        notebook = json.loads(as_notebook(exercise(3)))
        notebook["cells"][1]["source"] = ["%matplotlib inline\n", "import nump"]
        path = tmp_path / "hand-in.ipynb"
        path.write_text(json.dumps(notebook))
        with pytest.raises(DigitnetError, match="code cell 1, line 2, stops with the error"):
            check_file(3, path)
        path.write_text('{"cells": 3}')
        with pytest.raises(DigitnetError, match="is no notebook"):
            check_file(3, path)


class TestPage:
    def test_it_lists_the_exercises(self):
        rows = re.findall(r"^\| (\d+) \| (.+) \| `(\w+)` \|$", PAGE, re.M)
        expected = [(str(n), each.title, each.name) for n, each in EXERCISES.items()]
        assert rows == expected

    def test_the_answer_that_it_shows_is_given(self):
        (shown,) = re.findall(r"```text\n(.+?)\n```", PAGE, re.S)
        (mistake,) = [each for each in EXERCISES[5].mistakes if each.wrong == "(p - t)"]
        with contextlib.redirect_stdout(None):
            assert str(check(5, EXERCISES[5].mistaken(mistake))) == shown
