"""Strokes that are no digits, slashes, brackets and arcs of stamps, and 1s that are."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import digitnet
from digitnet.data import load_mnist
from digitnet.reading.arcs import is_arc
from digitnet.reading.circle import circle_through
from digitnet.reading.digit import N_CLASSES
from digitnet.reading.judge import Judged
from digitnet.reading.piece import Piece
from digitnet.reading.segments import Hypothesis, pieces_of
from digitnet.reading.signs import without_signs

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import pages
from signs import AMONG, BESIDE

pytestmark = pytest.mark.numerical


@pytest.fixture(scope="module")
def mnist():
    """Digits that were learned from, as the test set is not to choose anything."""
    return load_mnist()


def drawn(shape, **strokes):
    """Ink (h, w) of what is drawn: line=(x, y, x, y), arc=((box), start, end), ellipse=(box)."""
    canvas = Image.new("L", shape[::-1])
    for kind, where in strokes.items():
        arguments = where if kind == "arc" else (where,)
        getattr(ImageDraw.Draw(canvas), kind)(*arguments, **_pen(kind))
    return np.asarray(canvas, np.float32) / 255


def _pen(kind):
    return {"outline": 255, "width": 4} if kind == "ellipse" else {"fill": 255, "width": 4}


def read_as(label, ink, left, top):
    """A digit of a reading: this ink, with its box's upper left corner there."""
    height, width = ink.shape
    box = (left, top, left + width, top + height)
    probabilities = np.full(N_CLASSES, 0.01, np.float32)
    probabilities[label] = 0.9
    return Judged(Hypothesis(0, 0, box, ink), probabilities, np.zeros((28, 28)), is_digit=True)


def between_digits(ink, label=1, top=0):
    """The reading of an 8, this ink, and another 8; those are 40 pixels high, from 20 on."""
    eight = np.ones((40, 25), np.float32)
    return [read_as(8, eight, 0, 20), read_as(label, ink, 40, top), read_as(8, eight, 90, 20)]


def text_of(reading):
    return "".join(str(int(each.probabilities.argmax())) for each in reading)


SLASH = drawn((70, 32), line=(2, 68, 29, 1))
BRACKET = drawn((60, 18), arc=((2, -8, 78, 68), 145, 215))


class TestSigns:
    def test_a_slash_between_digits_is_none(self):
        assert text_of(without_signs(between_digits(SLASH))) == "88"
        assert text_of(without_signs(between_digits(SLASH, label=7))) == "88"

    @pytest.mark.parametrize(
        ("ink", "top"),
        [
            pytest.param(SLASH, 20, id="stands on the line"),
            pytest.param(SLASH, -12, id="does not go below it"),
            pytest.param(SLASH[:, ::-1], 5, id="leans to the left"),
            pytest.param(drawn((70, 8), line=(4, 68, 4, 1)), 5, id="is upright"),
            pytest.param(drawn((70, 32), line=(2, 68, 29, 1, 5, 20)), 5, id="has a flag"),
        ],
    )
    def test_a_1_is_one_that(self, ink, top):
        assert text_of(without_signs(between_digits(ink, top=top))) == "818"

    def test_a_1_that_is_first_may_be_high_and_lean(self):
        reading = between_digits(SLASH)
        assert text_of(without_signs(reading[1:])) == "18"
        assert text_of(without_signs(reading[:2])) == "81"

    def test_what_is_read_as_another_digit_is_no_sign(self):
        assert text_of(without_signs(between_digits(SLASH, label=4))) == "848"

    def test_a_bracket_on_either_side_is_none(self):
        opening, eight = between_digits(BRACKET, top=10)[1:]
        assert text_of(without_signs([opening, eight])) == "8"
        closing = between_digits(BRACKET[:, ::-1], top=10)
        assert text_of(without_signs(closing[:2])) == "8"
        assert text_of(without_signs(closing)) == "88"

    def test_what_is_bent_away_from_its_only_neighbour_is_no_bracket(self):
        eight, closing, _ = between_digits(BRACKET, top=10)
        assert text_of(without_signs([eight, closing])) == "81"

    def test_what_is_no_higher_than_the_digits_is_no_bracket(self):
        low = BRACKET[8:-8]
        assert text_of(without_signs(between_digits(low, top=18))) == "818"

    def test_a_flag_of_a_bend_is_no_bracket(self):
        flagged = drawn((60, 30), line=(20, 58, 20, 2, 2, 22))
        assert text_of(without_signs(between_digits(flagged, top=10)[1:])) == "18"

    def test_what_is_no_digit_stays(self):
        reading = between_digits(SLASH)
        given_up = Judged(*reading[1].__dict__.values())
        object.__setattr__(given_up, "is_digit", False)
        assert len(without_signs([reading[0], given_up, reading[2]])) == 3


def test_a_circle_goes_through_its_ink(generator):
    row, column, radius = generator.uniform([30, 30, 10], [50, 60, 25])
    turn = generator.uniform(0, 2 * np.pi)
    angles = turn + np.linspace(0, generator.uniform(1.5, 6), 200)
    mask = np.zeros((90, 100), bool)
    at = np.rint([row + radius * np.sin(angles), column + radius * np.cos(angles)]).astype(int)
    mask[tuple(at)] = True
    found = circle_through(mask)
    assert found.is_round
    assert found[:3] == pytest.approx((row, column, radius), abs=1.5)


def test_no_circle_goes_through_a_speck_or_a_line():
    assert circle_through(np.ones((3, 3), bool)) is None
    assert circle_through(np.ones((1, 40), bool)) is None
    assert circle_through(np.eye(40, dtype=bool)) is None


class TestArcs:
    def piece(self, shape, **strokes):
        mask = drawn(shape, **strokes) > 0.4
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        return Piece(top, left, mask[top : rows[-1] + 1, left : columns[-1] + 1])

    @pytest.mark.parametrize(
        "box",
        [
            *((-40, 20, 40, 100), (150, 20, 230, 100), (60, -50, 140, 30), (60, 90, 140, 170)),
            *((-50, -50, 40, 40), (160, -50, 250, 40), (-50, 80, 40, 170), (160, 80, 250, 170)),
        ],
    )
    def test_what_a_side_or_a_corner_leaves_of_a_ring_is_one(self, box):
        assert is_arc(self.piece((120, 200), ellipse=box), (120, 200))

    def test_a_zero_that_a_side_cuts_a_little_off_is_none(self):
        assert not is_arc(self.piece((120, 200), ellipse=(-8, 20, 42, 100)), (120, 200))

    def test_a_ring_within_the_picture_is_none(self):
        assert not is_arc(self.piece((120, 200), ellipse=(40, 20, 120, 100)), (120, 200))

    def test_what_has_corners_is_none(self):
        assert not is_arc(self.piece((120, 200), line=(0, 20, 40, 60, 0, 100)), (120, 200))

    def test_it_is_nothing_written(self):
        ink = np.maximum(
            drawn((120, 200), ellipse=(-50, -50, 40, 40)), drawn((120, 200), line=(90, 30, 80, 90))
        )
        (stroke,) = pieces_of(ink)
        assert stroke.left >= 70


@pytest.mark.parametrize("kind", AMONG)
def test_digits_with_signs_are_read(mnist, kind):
    """Of 15, with slashes and brackets none was read before."""
    n_digits, made = AMONG[kind]
    right = 0
    for k in range(15):
        generator = np.random.default_rng([21, k])
        chosen = generator.integers(len(mnist.train.images), size=n_digits)
        picture = made(mnist.train.images[chosen], generator)
        right += digitnet.read(picture).text == "".join(map(str, mnist.train.labels[chosen]))
    assert right >= 11


@pytest.mark.slow
def test_letters_before_a_number_are_mostly_no_digits(mnist):
    """Of 30 numbers behind printed words, 22 were read without a digit more or less."""
    made = BESIDE["four digits behind a printed word"]
    right = 0
    for k in range(30):
        generator = np.random.default_rng([23, k])
        chosen = generator.integers(len(mnist.train.images), size=4)
        text = digitnet.read(made(mnist.train.images[chosen], generator)).text
        right += text.strip("?") == "".join(map(str, mnist.train.labels[chosen]))
    assert right >= 24


def test_the_length_of_a_date_is_that_of_its_digits(mnist):
    """However many slashes are in it: `--digits 8`."""
    n_digits, made = AMONG["eight digits with slashes"]
    right = 0
    for k in range(10):
        generator = np.random.default_rng([22, k])
        chosen = generator.integers(len(mnist.train.images), size=n_digits)
        reading = digitnet.read(made(mnist.train.images[chosen], generator), digits=n_digits)
        right += reading.text == "".join(map(str, mnist.train.labels[chosen]))
    assert right >= 7


@pytest.mark.slow
def test_1s_beside_other_digits_stay(mnist):
    """11 was read as 4 and 21 as 2 in one row of 15, though nothing joins them."""
    ones = np.flatnonzero(mnist.train.labels == 1)
    right = 0
    for k in range(40):
        generator = np.random.default_rng([2, 99, k])
        chosen = generator.integers(len(mnist.train.images), size=6)
        chosen = np.where(generator.random(6) < 0.5, generator.choice(ones, 6), chosen)
        labels = [str(label) for label in mnist.train.labels[chosen]]
        page = pages.in_a_row(mnist.train.images[chosen], labels, 4, generator)
        right += digitnet.read(page.picture).text == page.text
    assert right >= 37


def test_a_zero_that_is_broken_above_and_below_is_one(mnist):
    """Its halves lie beside one another, each as high as both, but neither is a digit."""
    zeros = mnist.train.images[mnist.train.labels == 0]
    right = 0
    for k in range(15):
        generator = np.random.default_rng([3, k])
        zero = zeros[generator.integers(len(zeros))].copy()
        zero[:, 13:15][:9] = 0
        zero[:, 13:15][-9:] = 0
        row = np.hstack([zero, mnist.train.images[k]])
        picture = Image.fromarray(255 - row).resize((168, 84), Image.Resampling.BICUBIC)
        right += digitnet.read(np.pad(picture, 20, constant_values=255)).text[:1] == "0"
    assert right >= 12
