"""Reading fields of forms: a number between rules, small, with marks and specks beside it."""

import numpy as np
import pytest

import digitnet
from digitnet.data import load_mnist
from digitnet.reading import whole
from digitnet.reading.rules import unruled
from digitnet.reading.segments import lines_in

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
