"""What pages of the course ask in a browser, and the files that they need: without a browser."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from digitnet.teach.exercises import EXERCISES
from digitnet.teach.figures import FIGURES, Material, answer
from digitnet.web.course.writing import COURSE, MISSING, MODULES, course_files, write
from digitnet.web.frames import packed, unpacked
from digitnet.web.lesson import DIGITS, Lesson
from digitnet.web.wheel import archived, wheel


@pytest.fixture(scope="module")
def material(mnist):
    return Material(mnist.train.images[:200], mnist.train.labels[:200].astype(np.uint8))


@pytest.fixture(scope="module")
def folder(material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    digits = archived({"images": material.images, "labels": material.labels})
    (folder / DIGITS).write_bytes(digits)
    return folder


@pytest.fixture
def ask(folder):
    lesson = Lesson(folder)
    return lambda command, **fields: unpacked(lesson.ask(packed(command, fields, {})))


def right(number):
    exercise = EXERCISES[number]
    return "import numpy as np\n\n" + exercise.source(exercise.solution)


class TestFigures:
    @pytest.mark.parametrize("name", FIGURES)
    def test_it_tells_what_the_figure_answers(self, ask, material, name):
        told = ask("figure", name=name, settings={})
        shown = answer(name, {}, material)
        assert told.name == "figure"
        assert told.fields["text"] == shown.text
        assert told.fields["title"] == FIGURES[name].title
        assert told.fields["settings"] == FIGURES[name].complete({})
        assert {each["name"] for each in told.fields["controls"]} == set(told.fields["settings"])
        assert json.loads(json.dumps(shown.fields)).items() <= told.fields.items()
        for each, array in shown.arrays.items():
            assert np.array_equal(told.arrays[each], array)

    def test_numbers_that_are_none_can_be_sent(self, ask):
        told = ask("figure", name="softmax", settings={"large": True})
        assert told.fields["plain"] == [None, 0, 0, 0]

    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"name": "neuron", "settings": {"w1": 99}}, "figure neuron: w1: expected a number"),
            ({"name": "neuron", "settings": [1]}, "expected settings by name"),
            ({"name": ["neuron"], "settings": {}}, "expected a figure among"),
            ({}, "expected settings by name"),
        ],
    )
    def test_what_makes_no_sense_costs_a_sentence(self, ask, fields, problem):
        told = ask("figure", **fields)
        assert (told.name, told.fields["command"]) == ("error", "figure")
        assert problem in told.fields["message"]


class TestChecks:
    @pytest.mark.parametrize("number", [1, 5, 9])
    def test_a_right_answer_passes(self, ask, number):
        told = ask("check", number=number, source=right(number)).fields
        assert told["passed"], told["text"]
        assert told["text"].startswith(f"Exercise {number}, ")

    def test_a_wrong_one_is_told_what_is_wrong_and_what_it_printed(self, ask):
        source = right(1).replace("    return p", "    print('p is', p)\n    return 1 - p")
        told = ask("check", number=1, source=source).fields
        assert not told["passed"]
        assert "expected" in told["text"]
        assert told["printed"].startswith("p is [")

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("def neuron(x, w, b)\n    return x", "Your code, line 1, is no Python"),
            ("x = 1\n1 / 0", "Your code, line 2, stops with the error ZeroDivisionError"),
            ("def neurone(x, w, b): pass", "Your code has no function `neuron`; did you mean"),
            ("while True: print('x' * 1000)", "Your code, line 1, prints more than 100,000"),
            ("raise KeyboardInterrupt", "Your code, line 1, stops the check"),
            ("raise SystemExit", "Your code, line 1, stops with the error SystemExit"),
            ("def neuron(x, w, b):\n    return neuron(x, w, b)", "the function calls itself"),
            ("def neuron(x, w, b):\n    ...", "nothing is returned: end with `return p`"),
        ],
    )
    def test_code_that_does_not_run_costs_a_sentence(self, ask, source, text):
        told = ask("check", number=1, source=source).fields
        assert not told["passed"]
        assert text in " ".join(told["text"].split())

    @pytest.mark.parametrize("fields", [{}, {"number": 99, "source": ""}, {"number": "1"}])
    def test_what_is_no_exercise_costs_a_sentence(self, ask, fields):
        told = ask("check", **fields)
        assert told.name == "error"
        assert "expected" in told.fields["message"]


def test_other_questions_and_bytes_that_are_none_cost_a_sentence(ask, folder):
    assert "expected figure or check, got 'read'" in ask("read").fields["message"]
    assert "expected a frame" in unpacked(Lesson(folder).ask(b"no frame")).fields["message"]


def test_its_code_runs_with_numpy_alone(folder, tmp_path):
    (tmp_path / "digitnet.zip").write_bytes(wheel(MODULES))
    with zipfile.ZipFile(tmp_path / "digitnet.zip") as archive:
        archive.extractall(tmp_path / "there")
    program = """
import sys
for name in ("PIL", "sklearn", "scipy", "matplotlib", "lzma", "threadpoolctl"):
    sys.modules[name] = None
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from digitnet.web.frames import packed, unpacked
from digitnet.web.lesson import Lesson, FIGURES
assert Path(sys.modules["digitnet"].__file__).is_relative_to(sys.argv[1])
lesson = Lesson(Path(sys.argv[2]))
for name in FIGURES:
    print(unpacked(lesson.ask(packed("figure", {"name": name, "settings": {}}, {}))).name)
source = {"number": 5, "source": "def softmax(z): pass"}
print(unpacked(lesson.ask(packed("check", source, {}))).name)
"""
    command = [sys.executable, "-I", "-c", program, tmp_path / "there", folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["figure"] * len(FIGURES) + ["check"]


@pytest.fixture(scope="module")
def without(material):
    return course_files(None, material)


class TestWhatIsWritten:
    def test_each_module_has_what_it_imports(self, without):
        for name, content in without.items():
            if name.endswith(".js"):
                imports = re.findall(r"""(?:from|import\() ?"\./([\w-]+\.js)\"""", content.decode())
                assert set(imports) <= without.keys(), name

    def test_there_is_a_drawing_for_each_figure(self):
        source = (COURSE / "figure.js").read_text(encoding="utf-8")
        assert re.findall(r'(\w+): \(\) => import\("\./\w+\.js"\)', source) == list(FIGURES)

    def test_without_pyodide_it_says_what_is_missing(self, without):
        described = json.loads(without["site.json"])
        assert described["missing"] == MISSING
        assert described["parts"] == []
        assert not any(name.endswith(".zip") for name in without)

    def test_digits_and_code_have_hashes(self, material, monkeypatch, tmp_path):
        monkeypatch.setattr("digitnet.web.runtime.copied", lambda _: ({}, []))
        size = write(tmp_path / "deep" / "course", tmp_path, material)
        files = {p.name: p.read_bytes() for p in (tmp_path / "deep" / "course").iterdir()}
        assert sum(map(len, files.values())) == size
        described = json.loads(files["site.json"])
        assert described["missing"] == ""
        assert [part["name"] for part in described["parts"]] == ["digitnet", "digits.npz"]
        for part in described["parts"]:
            content = files[part["address"].partition("?")[0]]
            sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
            assert part["integrity"] == f"sha256-{sha256}"
            assert part["bytes"] == len(content)
        assert "Creative Commons" in files["licences.txt"].decode()

    def test_a_second_time_takes_the_place_of_the_first(self, material, tmp_path):
        assert write(tmp_path, None, material) == write(tmp_path, None, material)
