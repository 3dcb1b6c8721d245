"""What the benchmark of reading pictures measures, and the pictures it makes."""

import csv
import json
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import pages
import reading
import strokes
from measures import (
    Counts,
    Judged,
    accuracy_by_coverage,
    are_right,
    at_threshold,
    bins_of,
    digits_of,
    expected_calibration_error,
    halves,
    has_line,
    intersection_over_union,
    lines_of,
    names_one_number,
    pairs,
    total,
)
from reading_bench import Answer, Bench, Failure, Row, Target
from reading_report import CELL, calibration_figure, contact_sheet, table
from reading_sets import measure

BOX = (10.0, 10.0, 20.0, 30.0)


def found(label, box=BOX, confidence=0.9, guess=None):
    """A digit as a reader gives it; guess: its most probable label, where it answered "?"."""
    probabilities = np.full(10, 0.01)
    probabilities[int(label if guess is None else guess)] = 0.9
    return SimpleNamespace(label=label, box=box, confidence=confidence, probabilities=probabilities)


def reader(answers):
    """A reader that knows what to say to each file, by its name."""

    def read(path, **_):
        text, digits = answers[path.name]
        return SimpleNamespace(text=text, digits=digits)

    return read


# ------------------------------------------------------------------------------- measures


def test_digits_and_lines_of_a_text():
    assert lines_of("1 9\n\n?\n 35 ") == ["19", "?", "35"]
    assert digits_of("?1 9\n\n?\n35") == "1935"


@pytest.mark.parametrize(
    ("text", "is_a_line", "is_the_only_number"),
    [
        ("42", True, True),
        ("?42?", True, True),
        ("??\n42\n?", True, True),  # what is no number does not count
        ("42\n??8?0?", True, True),  # nor does a word with digits in it
        ("42\n17", True, False),
        ("42\n?17", True, False),
        ("42\n42", True, False),
        ("4?2", False, False),
        ("421", False, False),
        ("4\n2", False, False),
        ("17", False, False),
        ("?", False, False),
        ("", False, False),
    ],
)
def test_the_register_rule(text, is_a_line, is_the_only_number):
    assert has_line(text, "42") is is_a_line
    assert names_one_number(text, "42") is is_the_only_number


def test_boxes_overlap_by_the_share_of_their_union():
    assert intersection_over_union((0, 0, 4, 4), (0, 0, 4, 4)) == 1
    assert intersection_over_union((0, 0, 4, 4), (2, 0, 6, 4)) == pytest.approx(8 / 24)
    assert intersection_over_union((0, 0, 4, 4), (4, 0, 8, 4)) == 0
    assert intersection_over_union((0, 0, 4, 4), (5, 5, 8, 8)) == 0  # apart in both directions
    assert intersection_over_union((0, 0, 4, 4), (1, 1, 2, 2)) == pytest.approx(1 / 16)


def test_a_box_belongs_to_one_other_at_most_and_to_the_one_it_overlaps_most():
    true = [(0, 0, 10, 10), (20, 0, 30, 10)]
    assert pairs([(20, 0, 30, 10), (0, 0, 10, 10)], true) == {0: 1, 1: 0}
    assert pairs([(1, 0, 11, 10), (0, 0, 10, 10)], true) == {1: 0}
    assert pairs([(6, 0, 16, 10)], true) == {}
    assert pairs([], true) == pairs(true, []) == {}


def test_a_digit_is_right_at_its_place_and_with_its_label():
    true = [("3", (0, 0, 10, 10)), ("5", (20, 0, 30, 10))]
    assert are_right(true, true) == [True, True]
    assert are_right([("5", (0, 0, 10, 10)), ("5", (20, 0, 30, 10))], true) == [False, True]
    assert are_right([("3", (50, 0, 60, 10))], true) == [False]
    assert are_right([("3", (0, 0, 10, 10)), ("3", (1, 0, 11, 10))], true) == [True, False]


def test_recall_is_of_what_is_there_and_precision_of_what_was_found():
    counts = total([Counts(4, 2, 2), Counts(4, 3, 1)])
    assert (counts.recall, counts.precision) == (3 / 8, 3 / 5)
    assert np.isnan(total([]).recall)
    assert np.isnan(Counts(3, 0, 0).precision)


def test_the_calibration_error_is_the_gap_of_confidence_and_accuracy():
    assert expected_calibration_error([1, 1, 1, 1], [1, 1, 1, 1]) == 0
    assert expected_calibration_error([1, 1, 1, 1], [1, 1, 0, 0]) == 0.5
    assert expected_calibration_error([0, 0], [1, 1]) == 1  # a confidence of 0 counts
    three_and_one = expected_calibration_error([0.9, 0.9, 0.9, 0.3], [1, 1, 0, 0], n_bins=2)
    assert three_and_one == pytest.approx(3 / 4 * (0.9 - 2 / 3) + 1 / 4 * 0.3)
    assert expected_calibration_error([0.4, 0.2], [1, 0], n_bins=1) == pytest.approx(0.2)
    assert expected_calibration_error([0.4, 0.2], [1, 0], n_bins=4) == pytest.approx(0.4)
    assert np.isnan(expected_calibration_error([], []))


def test_a_confidence_on_the_border_of_two_bins_is_in_the_lower():
    bins = bins_of([0, 0.5, 0.51, 1], [0, 1, 1, 1], n_bins=2)
    assert bins.number.tolist() == [2, 2]
    assert bins.accuracy.tolist() == [0.5, 1]
    assert bins_of([0.1], [1], n_bins=2).number.tolist() == [1, 0]


def test_the_surest_are_answered_first_and_the_equally_sure_together():
    coverage, accuracy = accuracy_by_coverage([0.2, 0.9, 0.5, 0.5], [0, 1, 0, 1])
    assert coverage.tolist() == [1 / 4, 3 / 4, 1]
    assert accuracy.tolist() == [1, 2 / 3, 1 / 2]
    assert accuracy_by_coverage([], [])[0].size == 0


def test_at_the_threshold_the_unanswered_count_for_coverage_alone():
    judged = [Judged(0.9, True, True), Judged(0.8, False, True), Judged(0.3, True, False)]
    assert at_threshold(judged) == (2 / 3, 1 / 2)
    coverage, accuracy = at_threshold(judged[2:])
    assert coverage == 0
    assert np.isnan(accuracy)


def test_halves_are_whole_together_and_depend_on_the_seed_alone():
    names = [f"{n}.png" for n in range(85)]
    development, final = halves(names, 1)
    assert development | final == set(names)
    assert not development & final
    assert (len(development), len(final)) == (42, 43)
    assert halves(reversed(names), 1) == (development, final)
    assert halves(names, 2) != (development, final)


# ------------------------------------------------------------------------ pictures made here


def make_everything(seed, few):
    """A picture of each kind."""
    images, labels = few.images[:12], [str(label) for label in few.labels[:12]]
    generator = np.random.default_rng(seed)
    yield pages.on_a_page(images[0], labels[0], generator).picture
    for kind in sorted(set(pages.DAMAGES) - {"outlines"}):  # which are drawn from the digit alone
        yield pages.damaged(images[1], kind, generator)
    yield pages.in_a_row(images[:5], labels[:5], 2, generator).picture
    yield pages.photograph(images, labels, generator, (300, 400)).picture
    for shapes in (strokes.TEST_SHAPES, strokes.TRAINING_SHAPES):
        for _, picture in strokes.drawings(shapes, len(shapes), generator):
            yield picture


def test_a_seed_makes_the_same_pictures_and_another_one_others(few):
    for one, same, other in zip(*(make_everything(seed, few) for seed in (1, 1, 2)), strict=True):
        assert one.dtype == np.uint8
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)


def test_a_digit_on_a_page_is_whole_and_in_its_box(few):
    for k in range(30):
        image, label = few.images[k], str(few.labels[k])
        page = pages.on_a_page(image, label, np.random.default_rng(k))
        ((read, (left, top, right, bottom)),) = page.digits
        assert read == label
        ink = 255 - page.picture.astype(int)
        assert ink[top:bottom, left:right].sum() > 0.9 * ink.sum()
        scale = (bottom - top) / np.ptp(np.flatnonzero(image.max(axis=1) > 84) + 1)
        assert 1.4 < scale < 12
        assert ink.sum() == pytest.approx(image.sum() * scale**2, rel=0.25)  # nothing is cut off


def test_cells_become_squares_in_a_white_frame():
    picture = pages.of_cells(np.eye(16, dtype=np.uint8))
    assert picture.shape == (96, 96)
    assert set(picture[16:20, 16:20].ravel()) == {0}
    assert set(picture[16:20, 20:24].ravel()) == {255}
    assert set(picture[:16].ravel()) == {255}


@pytest.mark.parametrize("kind", pages.DAMAGES)
def test_a_damaged_digit_is_changed_and_of_either_kind(few, kind):
    shapes = set()
    for k in range(12):
        picture = pages.damaged(few.images[k], kind, np.random.default_rng(k))
        shapes.add(picture.shape)
        unit = len(picture) // 28
        undamaged = pages.enlarged(few.images[k], unit) * 255
        undamaged = undamaged if unit == 1 else 255 - undamaged
        assert np.abs(picture - undamaged).mean() > 0.3
    assert shapes == ({(112, 112)} if kind in pages.PRINTED else {(28, 28), (112, 112)})


def test_digits_in_a_row_are_as_far_apart_as_was_said(few):
    labels = [str(label) for label in few.labels[:6]]

    def gaps(spacing, seed):
        row = pages.in_a_row(few.images[:6], labels, spacing, np.random.default_rng(seed))
        assert row.text == "".join(labels)
        boxes = [box for _, box in row.digits]
        height, width = row.picture.shape
        assert all(0 < b[0] < b[2] < width and 0 < b[1] < b[3] < height for b in boxes)
        return np.array([b[0] - a[2] for a, b in pairwise(boxes)])

    for seed in range(10):
        touching, near, far = (gaps(spacing, seed) for spacing in (-2, 3, 12))
        assert np.all(far > 0)
        assert np.all(touching < near)
        assert np.all(near < far)


def test_ink_in_a_row_is_where_the_boxes_are(few):
    """Under even light: the light is the last that is drawn."""
    for seed in range(5):
        generator = np.random.default_rng(seed)
        page = pages.in_a_row(few.images[:4], ["5", "0", "4", "1"], 8, generator)
        for _, (left, top, right, bottom) in page.digits:
            inside = page.picture[top:bottom, left:right]
            around = page.picture[top - 3 : bottom + 3, left - 3 : right + 3]
            assert inside.min() < np.median(around) - 40
            ring = np.concatenate([around[0], around[-1], around[:, 0], around[:, -1]])
            assert np.mean(ring < np.median(around) - 60) < 0.05


def test_the_photograph_shows_twelve_digits_in_two_lines(few):
    labels = [str(label) for label in few.labels[:12]]
    page = pages.photograph(few.images[:12], labels, np.random.default_rng(0), (600, 800))
    assert page.picture.shape == (600, 800, 3)
    assert page.text == "".join(labels)
    tops = [box[1] for _, box in page.digits]
    assert max(tops[:6]) < min(tops[6:])


# ------------------------------------------------------------------------------ no digits


def test_nothing_of_the_test_is_in_what_may_be_learned_from():
    test, training = strokes.TEST_SHAPES, strokes.TRAINING_SHAPES
    assert not set(test) & set(training)
    assert not set(test.values()) & set(training.values())

    def single_strokes(shapes):
        texts = (shape for shape in shapes.values() if isinstance(shape, str))
        return {" ".join(part.split()) for text in texts for part in text.split(";")}

    common = single_strokes(test) & single_strokes(training)
    assert all(stroke[0] == "L" and len(stroke.split()) == 3 for stroke in common)  # one line


@pytest.mark.parametrize("shapes", [strokes.TEST_SHAPES, strokes.TRAINING_SHAPES])
def test_a_drawing_is_dark_on_light_and_whole(shapes):
    names = set()
    for name, picture in strokes.drawings(shapes, 2 * len(shapes), np.random.default_rng(0)):
        names.add(name)
        paper = np.median(picture)
        assert paper > 150
        assert picture.min() < paper - 60
        border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert border.min() > paper - 60
    assert names == set(shapes)


# ---------------------------------------------------------------------------- the benchmark


def opened(path):
    with Image.open(path) as image:
        return image.convert("RGB")


def write_csv(path, *rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture
def folder(tmp_path):
    """A folder of pictures with four amounts: 10, 21, 32, 43."""
    (tmp_path / "numbers").mkdir()
    rows = []
    for n in range(4):
        text = f"{n + 1}{n}"
        Image.new("L", (60, 40), 255).save(tmp_path / "numbers" / f"{text}.png")
        boxes = [[text[0], 10, 10, 10, 20], [text[1], 30, 10, 10, 20]]
        rows.append([f"numbers/{text}.png", text, json.dumps(boxes)])
    write_csv(tmp_path / "numbers.csv", ["file", "text", "boxes_x_y_w_h"], *rows)
    return tmp_path


def amount(text, labels):
    second = (30.0, 10.0, 40.0, 30.0)
    return text, [found(label, box) for label, box in zip(labels, (BOX, second), strict=False)]


ANSWERS = {
    "10.png": amount("1?0", "10"),
    "21.png": amount("27", "27"),
    "32.png": amount("3", "3"),
    "43.png": amount("4\n3", "43"),
}


def rows_of(bench):
    return {row.what: row for row in bench.rows}


def test_amounts_are_right_as_a_whole_and_digits_by_their_places(folder):
    bench = Bench(reader(ANSWERS), folder=folder)
    assert measure(bench, ["numbers"], ["development", "final"]) == []
    halves = ("development", "final")
    whole = [rows_of(bench)[f"numbers ({half}): whole amount"] for half in halves]
    assert [row.pictures for row in whole] == [2, 2]
    assert sum(row.value for row in whole) == 100  # two of the four
    assert {(f.truth, f.answer) for f in bench.failures} == {("21", "27"), ("32", "3")}
    there = [rows_of(bench)[f"numbers ({half}): digits found, of those there"] for half in halves]
    right = [rows_of(bench)[f"numbers ({half}): digits right, of those found"] for half in halves]
    assert sum(row.pictures * row.value for row in there) == pytest.approx(600)
    assert sum(row.pictures for row in there) == 8
    assert sum(row.pictures for row in right) == 7
    assert sum(row.pictures * row.value for row in right) == pytest.approx(600)


def test_the_other_half_is_not_looked_at(folder):
    seen = []

    def read(path, **_):
        seen.append(path.name)
        return SimpleNamespace(text="", digits=[])

    measure(Bench(read, folder=folder), ["numbers"], ["development"])
    development = set(seen)
    seen.clear()
    measure(Bench(read, folder=folder), ["numbers"], ["final"])
    assert len(development) == len(seen) == 2
    assert not development & set(seen)


def test_an_exception_is_a_wrong_answer_and_is_told(folder, capsys):
    def read(*_, **__):
        raise RuntimeError("out of ink")

    bench = Bench(read)
    reading.main(["--only", "numbers"], Bench(read, folder=folder))
    out = capsys.readouterr().out
    assert "2 readings ended in an exception" in out
    assert "RuntimeError: out of ink" in out
    assert "| numbers (development): whole amount | 2 | 0.0 % | ≥ 82 % | no |" in out
    assert bench.ask(np.zeros((4, 4), np.uint8)).text == "(RuntimeError)"


def test_single_digits_registers_dates_and_pages(tmp_path):
    texts = {
        "singles": ("digit", {"a": ("7", "7"), "b": ("?", "3")}),
        "registers": ("text", {"c": ("?12\n??", "12"), "d": ("12\n13", "12")}),
        "dates": ("year", {"e": ("?1921\n16", "1921"), "f": ("19?21", "1921")}),
        "pages": ("lines", {"g": ("12\n34", "12/34"), "h": ("12\n?\n34", "12/34")}),
    }
    answers = {}
    for name, (column, of_name) in texts.items():
        write_csv(
            tmp_path / f"{name}.csv", ["file", column], *((k, t) for k, (_, t) in of_name.items())
        )
        answers |= {key: (text, [found("7")]) for key, (text, _) in of_name.items()}
        for key in of_name:
            Image.new("L", (9, 9)).save(tmp_path / f"{key}", "PNG")
    bench = Bench(reader(answers), folder=tmp_path)
    measure(bench, list(texts), ["development", "final"])
    share = {
        what.replace(" (development)", "").replace(" (final)", ""): [] for what in rows_of(bench)
    }
    for row in bench.rows:
        share[row.what.replace(" (development)", "").replace(" (final)", "")].append(row.value)
    assert {what: sorted(values) for what, values in share.items()} == {
        "singles, single=True": [0, 100],
        "singles, single=True: answered ?": [0, 100],
        "singles: one digit and right": [0, 100],
        "registers: the number, and no other": [0, 100],
        "registers: a line is the number": [100, 100],
        "dates: a line is the year": [0, 100],
        "pages: every line": [50],
    }


def test_semeion_is_handed_over_as_pictures(tmp_path):
    images = np.zeros((3, 16, 16), np.uint8)
    images[:, 4:8, 4:8] = 1
    np.savez(tmp_path / "semeion.npz", images=images, labels=np.array([1, 2, 1], np.uint8))

    def read(picture, single=False):
        assert single
        assert picture.shape == (96, 96)
        assert np.count_nonzero(picture == 0) == 256
        return SimpleNamespace(text="1", digits=[])

    bench = Bench(read, folder=tmp_path)
    measure(bench, ["semeion"], ["development"])
    assert bench.rows[0].value == pytest.approx(200 / 3)


def test_who_fails_has_not_told_that_something_is_no_digit(few):
    def read(*_, **__):
        raise ValueError("nothing to read")

    bench = Bench(read, quick=True)
    bench._test = few
    measure(bench, ["placed", "others", "speed"], ["development"])
    rows = rows_of(bench)
    assert rows["no digits"].value == 0
    assert rows["MNIST on pages, single=True: answered ?"].value == 100
    assert np.isnan(rows["crop of 200 × 60, even paper: ms"].value)


def test_what_is_rightly_left_unanswered_is_not_judged():
    bench = Bench(None)
    second = (30.0, 10.0, 40.0, 30.0)
    nothing = (50.0, 10.0, 60.0, 30.0)
    true = [("1", BOX), ("2", second)]
    answer = Answer(
        "1??7",
        [
            found("1", BOX, 0.9),
            found("?", second, 0.4, guess="2"),
            found("?", nothing, 0.2, guess="8"),
            found("7", (70.0, 10.0, 80.0, 30.0), 0.6),
        ],
        1.0,
    )
    bench.judge("numbers", answer, true)
    bench.judge("singles", Answer("4", [found("4", confidence=0.7)], 1.0), "9")
    assert bench.judged["numbers"] == [(0.9, True, True), (0.4, True, False), (0.6, False, True)]
    assert bench.judged["singles"] == [(0.7, False, True)]


def test_placed_digits_are_compared_with_the_network_alone(few):
    seen = []

    def read(_, single=False):
        seen.append(single)
        return SimpleNamespace(text="" if single else "?1", digits=[])

    bench = Bench(read, lambda images: np.ones(len(images), np.intp), quick=True)
    bench._test = few
    measure(bench, ["placed"], ["development"])
    raw, single, given_up, whole = bench.rows
    assert raw.value == whole.value > 5  # who always says 1
    assert single.value == 0
    assert single.target.bound == pytest.approx(raw.value - 0.1)
    assert given_up.value == 100
    assert not given_up.target.met(given_up.value)
    assert seen.count(True) == seen.count(False) == 100


def test_nothing_is_the_right_answer_to_what_is_no_digit_and_wrong_for_a_row():
    bench = Bench(lambda *_, **__: SimpleNamespace(text="?", digits=[]), quick=True)
    measure(bench, ["strings", "others"], ["development"])
    values = {row.what: row.value for row in bench.rows}
    assert {v for what, v in values.items() if what.startswith("strings")} == {0}
    assert {v for what, v in values.items() if what.startswith("no digits")} == {100}
    pictures = {row.what: row.pictures for row in bench.rows}
    kinds = [n for what, n in pictures.items() if what.startswith("no digits: ")]
    assert sum(kinds) == pictures["no digits"] == len(strokes.TEST_SHAPES)


def test_confidence_is_measured_over_what_was_found():
    """Who finds a digit where none is, with a confidence of 0.9, is wrong by 0.9."""
    nowhere = found("1", (-9.0, -9.0, -5.0, -5.0), confidence=0.9)
    bench = Bench(lambda *_, **__: SimpleNamespace(text="1", digits=[nowhere]), quick=True)
    assert "singles" in measure(bench, ["calibration"], ["development"])
    values = {row.what: (row.pictures, row.value) for row in bench.rows}
    assert values["expected calibration error: strings"] == (120, pytest.approx(90))
    assert values["digits answered, not ?"] == (120, 100)
    assert values["digits right, of those answered"] == (120, 0)


def test_a_row_is_compared_with_its_images_as_the_network_reads_them():
    bench = Bench(lambda *_, **__: SimpleNamespace(text="?", digits=[]), quick=True)
    labels = bench.test.labels
    bench.predict = lambda images: np.where(np.arange(len(images)) % 2, labels, 10)
    measure(bench, ["strings"], ["development"])
    (apart, touching) = (row.value for row in bench.rows if "the same network" in row.what)
    expected = 100 * np.mean([0.5**n for n in range(2, 9)])  # every second image is wrong
    assert apart == pytest.approx(expected, abs=8)
    assert touching == pytest.approx(expected, abs=8)


def test_the_memory_is_that_of_a_process_of_its_own(few):
    bench = Bench(
        lambda *_, **__: SimpleNamespace(text="", digits=[]),
        quick=True,
        program="import sys\nfilled = b'x' * 100_000_000\nopen(sys.argv[1], 'rb').close()",
    )
    bench._test = few
    measure(bench, ["speed"], ["development"])
    peak = bench.rows[-1]
    assert peak.unit == "MB"
    assert 100 < peak.value < 200


def test_without_the_folder_the_rest_is_measured_and_the_lack_is_told(few, capsys):
    bench = Bench(lambda *_, **__: SimpleNamespace(text="?", digits=[]), quick=True)
    bench._test = few
    reading.main(["--only", "numbers", "dates", "damaged"], bench)
    out = capsys.readouterr().out
    assert "Not measured, for want of the folder of pictures (--data): numbers, dates." in out
    assert "| damaged: fog | 20 | 0.0 % | ≥ 95 % | no |" in out


def test_the_table_says_whether_a_target_is_met():
    lines = list(
        table(
            [
                Row("a", 10, 98.5, Target(98.5), ms=3.14159),
                Row("b", 10, 2.1, Target(2, most=True)),
                Row("c", 7, 0.123, Target(0.6, most=True), "s"),
                Row("d", 0, float("nan"), Target(5)),
            ]
        )
    )
    assert lines[2:] == [
        "| a | 10 | 98.5 % | ≥ 98.5 % | yes | 3.1 |",
        "| b | 10 | 2.1 % | ≤ 2 % | no |  |",
        "| c | 7 | 0.12 s | ≤ 0.6 s | yes |  |",
        "| d | 0 | – | ≥ 5 % | no |  |",
    ]


def test_failures_are_shown_with_what_was_found(tmp_path):
    picture = np.full((100, 300), 255, np.uint8)
    path = tmp_path / "one.png"
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(path)
    failures = [Failure("row a", picture, [(30, 20, 60, 80)], "12", "1\n2" * 40)] * 8
    failures += [Failure("row b", path, [], "7", "")]
    contact_sheet(failures, tmp_path / "sheet.png")
    sheet = opened(tmp_path / "sheet.png")
    assert sheet.width == 7 * CELL[0]
    assert sheet.height > 3 * CELL[1]  # two lines of a row, one of the other
    colours = {colour for _, colour in sheet.getcolors(1 << 20)}
    assert {(255, 255, 255), (213, 94, 0)} <= colours  # the pictures, the frames
    contact_sheet([], tmp_path / "none.png")
    assert opened(tmp_path / "none.png").height < CELL[1]


def test_the_figure_is_drawn(tmp_path):
    judged = [Judged(0.9, True, True), Judged(0.5, False, True), Judged(0.2, True, False)]
    calibration_figure(judged, tmp_path / "figure.png")
    assert opened(tmp_path / "figure.png").width > 800


def test_the_page_is_written_for_whole_measurements_alone(tmp_path, monkeypatch, capsys):
    for more in (["--quick"], ["--only", "dates"]):
        with pytest.raises(SystemExit):
            reading.options_of(["--write", *more])
        assert "leave out" in capsys.readouterr().err
    monkeypatch.setattr(reading, "PAGE", tmp_path / "page.md")
    reading.write_page("| the table |", "both")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "both halves were read" in text
    assert f"numpy {np.__version__}" in text
    assert "| the table |" in text
