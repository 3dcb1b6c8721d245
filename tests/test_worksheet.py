"""Worksheets: what is on the sheet is enough to come to the solution, which is the network's."""

import errno
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from digitnet import DigitnetError
from digitnet.cli import main
from digitnet.nn.textbook import TextbookNetwork
from digitnet.teach.worksheet import DECIMALS, LEARNING_RATE, worksheet
from digitnet.teach.worksheet_pages import as_html, as_text, asked

SEEDS = [*range(25), 2**32 - 1]


def run(*arguments):
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as error:
        return error.code


def start(text):
    """The numbers at the start, by name, from the text of a sheet."""
    names = re.findall(r"^  (x|t|[Wb][12]) +?= (\[.+\])(?=,|$)", text, re.M)
    return {name: np.array(eval(value), float) for name, value in names}


def entries(arrays):
    return {
        f"{letter}_{''.join(str(i + 1) for i in index)}": float(value)
        for letter, array in arrays.items()
        for index, value in np.ndenumerate(array)
    }


def results(text):
    """The result in each row of a solution, by name."""
    rows = re.findall(r"^  (?:(new) )?(\w+) = .*?([-\d.]+)$", text, re.M)
    return {f"new_{name}" if new else name: float(value) for new, name, value in rows}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hand_that_rounds_comes_to_the_solution_from_the_sheet_alone(seed):
    sheet = worksheet(seed)
    blank, solved = as_text(sheet, None, False), results(as_text(sheet, None, True))
    known = entries(start(blank)) | {"rate": float(re.search(r"rate = ([\d.]+)", blank)[1])}
    computed = {}
    for new, name, formula in re.findall(r"^  (new )?(\w+) = (.+) = ________$", blank, re.M):
        known["s_1"], known["s_2"] = (float(known.get(f"z1_{j}", 0) > 0) for j in (1, 2))
        functions = {"exp": math.exp, "log": math.log, "max": max}
        value = round(eval(formula, functions, known), DECIMALS)
        computed[f"new_{name}" if new else name] = known.setdefault(name, value)
        if new:
            computed[f"new_{name}"] = value
    assert len(computed) == 2 + 2 + 2 + 2 + 1 + 2 + 6 + 2 + 2 + 8 + 14
    for name, value in computed.items():
        assert solved[name] == pytest.approx(value, abs=1e-9), name


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_the_solution_is_a_step_of_the_textbook_network(seed):
    sheet = worksheet(seed)
    text = as_text(sheet, None, True)
    given, solved = start(text), results(text)
    network = TextbookNetwork(3, 2, 2, np.random.default_rng(0))
    for name in ("W1", "b1", "W2", "b2"):
        setattr(network, name, given[name].copy())
    x, t = given["x"][None], given["t"][None]
    p = network.forward(x)[0]
    dW1, db1, dW2, db2 = network.gradients(x, t)
    arrays = {"z1": network.z1[0], "h": network.h[0], "p": p, "dW1": dW1, "db1": db1}
    arrays |= {"dW2": dW2, "db2": db2, "dz2": p - t[0], "dh": db2 @ network.W2.T, "dz1": db1}
    expected = entries(arrays) | {"L": network.loss(x, t)}
    network.step(x, t, LEARNING_RATE)
    after = {f"new_{name}": getattr(network, name) for name in ("W1", "b1", "W2", "b2")}
    expected |= entries(after)
    for name, value in expected.items():
        assert solved[name] == pytest.approx(value, abs=0.5001 * 10**-DECIMALS), name
    (loss,) = re.findall(r"the loss is ([\d.]+)\.$", text, re.M)
    assert float(loss) == pytest.approx(network.loss(x, t), abs=0.5001 * 10**-DECIMALS)
    assert float(loss) < solved["L"]


def test_a_seed_gives_the_same_sheet_and_each_another():
    assert worksheet(7) == worksheet(7)
    assert len({as_text(worksheet(seed), None, False) for seed in SEEDS}) == len(SEEDS)


def test_some_have_a_unit_that_is_off_and_none_has_both_off():
    off = [sum(worksheet(s).values[f"h_{j}"] == 0 for j in (1, 2)) for s in SEEDS]
    assert set(off) == {0, 1}


@pytest.mark.parametrize("exercise", [1, 3, 4, 5, 6, 7, 8, 9, 11])
def test_an_exercise_asks_for_its_part_and_is_given_what_comes_before(exercise):
    sheet = worksheet(3)
    blank, solved = (as_text(sheet, exercise, each) for each in (False, True))
    to_compute, given = asked(exercise)
    assert f"to exercise {exercise}, sheet 3" in blank
    rows = [len(sheet.steps[place].rows) for place in to_compute]
    assert blank.count("________") == sum(rows)
    assert "________" not in solved
    assert blank.count("(given)") == len(given)


@pytest.mark.parametrize("exercise", [2, 10, 12, 13])
def test_an_exercise_without_a_calculation_is_refused(exercise, capsys):
    with pytest.raises(DigitnetError, match="one of 1, 3, 4, 5, 6, 7, 8, 9, 11"):
        asked(exercise)
    assert run("worksheet", "--exercise", exercise) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"got {exercise}")


def test_text_is_80_columns_wide():
    for exercise in (None, 3, 8):
        for solved in (False, True):
            assert max(map(len, as_text(worksheet(1), exercise, solved).splitlines())) <= 80


class Reader(HTMLParser):
    """Headings, and whether every tag is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.headings = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] == ["h1"]:
            self.headings.append(data)


def test_pages_to_print_are_all_sheets_and_then_all_solutions():
    html = as_html([worksheet(4), worksheet(5)], None)
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    name = "One learning step by hand, sheet"
    assert reader.headings == [
        f"{name} 4",
        f"{name} 5",
        f"{name} 4: solution",
        f"{name} 5: solution",
    ]
    sheets, solutions = html.partition(": solution")[::2]
    assert sheets.count('class="result"') == 2 * 43
    assert 'class="result"' not in solutions
    assert "src=" not in html and "href=" not in html


def test_the_command_writes_sheet_and_solution(tmp_path, capsys):
    assert run("worksheet", "--seed", 7) == 0
    out = capsys.readouterr().out
    assert out.startswith("One learning step by hand, sheet 7\n")
    assert as_text(worksheet(7), None, True) in out
    path = tmp_path / "class.html"
    assert run("worksheet", "--seed", 7, "--pupils", 3, "--html", path, "--exercise", 3) == 0
    assert path.read_text(encoding="utf-8") == as_html([worksheet(s) for s in (7, 8, 9)], 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", "-1"], "--seed: expected a whole number from 0 to 4294967295, got '-1'"),
        (["--pupils", "0"], "--pupils: expected a whole number from 1 to 200, got '0'"),
        (["--exercise", "x"], "--exercise: expected the number of an exercise, got 'x'"),
        (["--html", "no/x.html"], "no/x.html cannot be written: no such file or directory"),
    ],
)
def test_wrong_arguments(arguments, said, capsys):
    assert run("worksheet", *arguments) == 2
    assert said in capsys.readouterr().err


def test_a_full_disk_is_told_in_words(tmp_path, monkeypatch, capsys):
    def full(path, _):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("digitnet.cli.worksheet.replace", full)
    path = tmp_path / "class.html"
    assert run("worksheet", "--html", path) == 1
    said = f"digitnet worksheet: error: {path} cannot be written: no space left on device\n"
    assert capsys.readouterr().err == said
