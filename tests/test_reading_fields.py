"""Reading fields of forms: a number between rules, small, with marks and specks beside it."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitnet
from digitnet.data import load_mnist
from digitnet.reading import whole
from digitnet.reading.digit import N_CLASSES
from digitnet.reading.fine import as_before, enlarged, is_fine
from digitnet.reading.judge import Judged
from digitnet.reading.rules import unruled
from digitnet.reading.seen import Found, Seen
from digitnet.reading.segments import Hypothesis, lines_in

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import pages

pytestmark = pytest.mark.numerical


@pytest.fixture(scope="module")
def mnist():
    """Test images."""
    return load_mnist().test


def field(mnist, text="46", shape=(160, 130)):
    """The ink of a field (h, w) with this number, 20 pixels high, in its middle."""
    ink = np.zeros(shape, np.float32)
    column = 40
    for digit in text:
        image = mnist.images[np.flatnonzero(mnist.labels == int(digit))[0]] / np.float32(255)
        image = image[:, (image > 0.2).any(axis=0)]
        ink[60:88, column : column + image.shape[1]] = image
        column += image.shape[1] + 4
    return ink


def scanned(ink):
    """Pencil on paper."""
    return np.rint(230 - 170 * ink).astype(np.uint8)


class TestFrame:
    @pytest.mark.parametrize("strip", [6, 10, 14])
    def test_a_stroke_of_the_next_field_is_no_digit_of_this_one(self, mnist, strip):
        ink = field(mnist)
        ink[:, 128 - strip : 130 - strip] = 1
        for row in range(64, 78):
            ink[row, 127 - (row - 64) // 3 : 129 - (row - 64) // 3] = 1
        assert digitnet.read(scanned(ink)).text == "46"

    @pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
    def test_what_lies_beyond_a_rule_where_there_is_no_room_is_left_out(self, mnist, side):
        ink = field(mnist, shape=(130, 130))
        speck = np.zeros_like(ink)
        speck[40:52, 121:125] = 1
        rule = np.zeros_like(ink)
        rule[:, 116:118] = 1
        turns = {"right": 0, "top": 1, "left": 2, "bottom": 3}[side]
        both = ink + np.rot90(rule + speck, turns)
        rules = unruled(both)
        pieces = [piece for line in lines_in(rules.ink, None, rules) for piece in line.pieces]
        boxes = [(p.left, p.top, p.right, p.bottom) for p in pieces]
        assert boxes
        assert min(left for left, *_ in boxes) >= 38
        assert min(top for _, top, *_ in boxes) >= 58
        assert max(right for *_, right, _ in boxes) < 90
        assert max(bottom for *_, bottom in boxes) < 90

    def test_a_digit_stays_where_there_is_room_for_it(self, mnist):
        ink = field(mnist)
        ink[:, 34:36] = 1
        ink[60:88, 4:30] = field(mnist, "8")[60:88, 40:66]
        assert "8" in digitnet.read(scanned(ink)).text


class TestSure:
    def test_specks_beside_a_number_do_not_make_it_less_sure(self, mnist, monkeypatch):
        ink = field(mnist)
        for top, left in ((20, 20), (30, 100), (110, 30), (120, 90), (140, 60)):
            ink[top : top + 5, left : left + 6] = 0.8

        def looked_at(*_):
            raise AssertionError("other inks were looked at")

        monkeypatch.setattr(whole, "other_inks", looked_at)
        assert "46" in digitnet.read(scanned(ink)).text.split("\n")


class TestFine:
    SEEDS = (27, 68, 135, 180, 207, 210, 293, 304, 350, 370, 372, 381)
    """Of rows that are not read as they are."""

    def test_small_digits_are_read_in_an_enlarged_picture(self, mnist):
        rows = [small_row(mnist, seed) for seed in self.SEEDS]
        right = sum(digitnet.read(picture).text == text for picture, text in rows)
        assert right >= len(rows) / 2

    def test_their_boxes_are_those_in_the_picture(self, mnist):
        picture, _ = small_row(mnist, self.SEEDS[0])
        height, width = picture.shape
        boxes = [digit.box for digit in digitnet.read(picture).digits]
        assert boxes
        for left, top, right, bottom in boxes:
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
        assert max(right for _, _, right, _ in boxes) > width / 2

    @pytest.mark.parametrize(
        ("height", "shape", "fine"), [(16, 90, True), (40, 90, False), (16, 2000, False)]
    )
    def test_large_digits_and_large_pictures_are_read_as_they_are(self, height, shape, fine):
        page = Seen(np.zeros((90, shape), np.uint8), None)
        assert is_fine(found_in((9, 7, 30, 7 + height)), page) == fine

    def test_what_lies_beyond_the_page_is_enlarged_with_it(self):
        beyond = np.zeros((20, 30), bool)
        beyond[:, :4] = True
        twice = enlarged(Seen(np.full((20, 30), 200, np.uint8), beyond))
        assert twice.grey.shape == twice.beyond.shape == (40, 60)
        assert twice.beyond[:, :8].all()
        assert not twice.beyond[:, 8:].any()

    def test_boxes_come_back_to_the_page_as_it_was(self):
        ((digit,),) = as_before(found_in((9, 7, 29, 37))).judged
        assert digit.hypothesis.box == (4, 3, 15, 19)


def found_in(box):
    """A page in which a 4 was found in this box."""
    p = np.eye(N_CLASSES, dtype=np.float32)[4]
    blank = np.zeros((28, 28), np.float32)
    return Found(blank, blank, [], [[Judged(Hypothesis(0, 0, box, blank), p, blank, True)]])


def small_row(mnist, seed):
    """A picture of digits that are some 15 pixels high, near to each other, and their labels."""
    generator = np.random.default_rng([seed, 17])
    chosen = generator.integers(len(mnist.images), size=generator.integers(2, 6))
    labels = [str(label) for label in mnist.labels[chosen]]
    page = pages.in_a_row(mnist.images[chosen], labels, int(generator.integers(-2, 4)), generator)
    height = np.median([bottom - top for _, (_, top, _, bottom) in page.digits])
    large = Image.fromarray(page.picture)
    factor = generator.uniform(11, 18) / height
    size = tuple(round(factor * n) for n in large.size)
    return np.asarray(large.resize(size, Image.Resampling.BOX)), page.text
