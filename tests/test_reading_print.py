"""What is printed around digits, and signs between them: their ink goes, or is no digit."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import digitnet
from digitnet.reading.boxes import unboxed
from digitnet.reading.components import components
from digitnet.reading.faint import without_faint_print

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import pages

pytestmark = pytest.mark.numerical

KINDS = ("side by side", "apart", "one frame", "comb", "faint")


def drawn(*lines, size=(120, 80), width=3, turn=0.0):
    """Ink (h, w) of straight lines, each from (x, y) to (x, y)."""
    page = Image.new("L", size)
    for line in lines:
        ImageDraw.Draw(page).line(line, fill=255, width=width)
    turned = page.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    return np.asarray(turned, np.float32) / 255


def box(left, top, right, bottom):
    return (left, top, right, top, right, bottom, left, bottom, left, top, right, top)


@pytest.mark.parametrize("turn", [0, 2, -5, 10])
@pytest.mark.parametrize(
    "lines",
    [
        [box(20, 15, 100, 60)],
        [box(20, 15, 100, 60), (60, 15, 60, 60)],
        [box(20, 15, 100, 60), (20, 38, 100, 38), (47, 15, 47, 60), (73, 15, 73, 60)],
        [box(10, 15, 50, 60), box(65, 15, 105, 60)],
    ],
    ids=["one", "two cells", "six cells", "apart"],
)
def test_the_lines_of_boxes_go(lines, turn):
    ink = drawn(*lines, turn=turn)
    before = ink.copy()
    assert unboxed(ink).max() <= 0.4
    assert np.array_equal(ink, before)


@pytest.mark.parametrize("turn", [0, 3, -3])
def test_the_lines_of_a_comb_go(turn):
    teeth = [(x, 40, x, 60) for x in (15, 45, 75, 105)]
    assert unboxed(drawn((15, 60, 105, 60), *teeth, turn=turn)).max() <= 0.4


@pytest.mark.parametrize(
    "lines",
    [
        [(20, 15, 20, 60, 100, 60)],
        [(20, 15, 100, 15), (60, 15, 60, 70)],
        [(20, 15, 20, 70), (100, 15, 100, 70), (20, 40, 100, 40)],
        [(100, 15, 20, 15, 20, 70, 100, 70), (20, 42, 80, 42)],
        [(20, 15, 90, 15, 90, 70)],
        [(20, 15, 20, 50, 90, 50), (70, 15, 70, 75)],
        [(15, 60, 105, 60), (40, 30, 40, 60), (80, 30, 80, 60)],
        [(20, 40, 100, 40)],
    ],
    ids=["L", "T", "H", "E", "7", "4", "two on a line", "dash"],
)
def test_what_is_open_is_no_box(lines):
    ink = drawn(*lines)
    assert unboxed(ink) is ink


@pytest.mark.parametrize("width", [2, 6])
def test_round_ink_is_no_box(width):
    page = Image.new("L", (120, 120))
    ImageDraw.Draw(page).ellipse((20, 10, 90, 110), outline=255, width=width)
    ink = np.asarray(page, np.float32) / 255
    assert unboxed(ink) is ink


def test_digits_are_no_boxes(mnist):
    for image in mnist.test.images[:300]:
        ink = np.asarray(Image.fromarray(image).resize((84, 84), Image.Resampling.BICUBIC))
        ink = ink.astype(np.float32) / 255
        assert unboxed(ink) is ink


def test_dark_areas_and_no_ink_stay_as_they_are():
    dark = np.zeros((60, 90), np.float32)
    assert unboxed(dark) is dark
    dark[10:50, 20:70] = 1
    assert unboxed(dark) is dark


def test_what_crosses_a_box_stays_where_it_is_thick():
    """A stroke of 12 pixels through the upper side of a box of 3."""
    alone = drawn((60, 5, 60, 45), width=12)
    left = unboxed(np.maximum(alone, drawn(box(20, 20, 100, 70))))
    assert np.array_equal(left[alone > 0.4], alone[alone > 0.4])
    assert left[alone == 0].max() <= 0.4


@pytest.mark.parametrize("kind", KINDS)
def test_digits_in_boxes_are_read(mnist, kind):
    """Of a form: 20 numbers in boxes of all sizes, hardly any of which were read before."""
    right = 0
    for seed in range(20):
        generator = np.random.default_rng([seed, KINDS.index(kind)])
        chosen = generator.integers(len(mnist.test.images), size=4)
        picture = pages.in_boxes(mnist.test.images[chosen], kind, generator)
        text = "".join(mnist.classes[label] for label in mnist.test.labels[chosen])
        right += digitnet.read(picture).text == text
    assert right >= 15


@pytest.mark.parametrize("shape", ["ellipse", "rounded_rectangle"])
def test_a_number_in_a_ring_is_read(mnist, shape):
    right = 0
    for k in range(10):
        generator = np.random.default_rng([13, k])
        chosen = generator.integers(len(mnist.test.images), size=2)
        digits = Image.fromarray(np.hstack(mnist.test.images[chosen])).resize((112, 56))
        page = Image.new("L", (200, 160))
        page.paste(digits, (44, 52))
        more = {"radius": 40} if shape == "rounded_rectangle" else {}
        box = tuple(np.array([18, 18, 182, 142]) + generator.integers(-6, 7, 4))
        getattr(ImageDraw.Draw(page), shape)(box, outline=230, width=5, **more)
        text = "".join(mnist.classes[label] for label in mnist.test.labels[chosen])
        right += digitnet.read(255 - np.asarray(page)).text == text
    assert right >= 8


@pytest.mark.parametrize("digit", "0689")
def test_a_digit_with_a_speck_in_its_hole_is_no_ring(mnist, digit):
    """Nor is one without."""
    image = mnist.test.images[np.flatnonzero(mnist.test.labels == int(digit))[0]]
    ink = np.kron(image, np.ones((4, 4))).astype(np.float32) / 255
    assert unboxed(ink) is ink
    hole = np.argwhere((ink == 0) & ~_reached(ink == 0))
    row, column = hole[len(hole) // 2]
    ink[row - 1 : row + 2, column - 1 : column + 2] = 1
    assert unboxed(ink) is ink


def _reached(empty):
    labels, _ = components(empty)
    return labels == labels[0, 0]


@pytest.mark.parametrize("text", ["42", "137"])
def test_a_small_number_in_a_large_ring_is_read(mnist, text):
    """A fifth as high as the ring; 137 was a 0, and 42 a question mark."""
    page = Image.new("L", (300, 300))
    for place, character in enumerate(text):
        image = mnist.train.images[mnist.train.labels == int(character)][2]
        page.paste(Image.fromarray(image).resize((70, 70)), (60 + 55 * place, 110))
    ImageDraw.Draw(page).ellipse((20, 20, 280, 280), outline=230, width=5)
    assert digitnet.read(255 - np.asarray(page)).text == text


@pytest.mark.slow
def test_a_single_digit_in_a_ring_is_read(mnist):
    """Of 30, three were: the ring was taken for the digit, a 0."""
    right = 0
    for k in range(30):
        page = Image.new("L", (200, 200))
        digit = Image.fromarray(mnist.train.images[k]).resize((112, 112), Image.Resampling.BICUBIC)
        page.paste(digit, (44, 44))
        ImageDraw.Draw(page).ellipse((10, 10, 190, 190), outline=230, width=5)
        answer = digitnet.read(255 - np.asarray(page), single=True).text
        right += answer == str(mnist.train.labels[k])
    assert right >= 24


def test_rings_within_rings_take_no_longer_than_other_patterns():
    """What is looked at together is bounded, so hostile pictures cost no more than memory."""
    page = Image.new("L", (1500, 1500))
    for inset in range(4, 740, 6):
        ImageDraw.Draw(page).rectangle((inset, inset, 1499 - inset, 1499 - inset), outline=255)
    ink = np.asarray(page, np.float32) / 255
    left = unboxed(ink)
    assert 0 < (left > 0.4).sum() < (ink > 0.4).sum()  # the smallest are gone, the largest stay


def test_a_comma_between_digits_is_none(mnist):
    """As in an amount; of 20, nine were read with a 9 more."""
    right = 0
    for n in range(20):
        five = slice(5 * n, 5 * n + 5)
        page = Image.new("L", (460, 170), 255)
        for place, image in enumerate(mnist.test.images[five]):
            digit = Image.fromarray(255 - image).resize((84, 84), Image.Resampling.BICUBIC)
            page.paste(digit, (10 + 80 * place + 30 * (place > 1), 40))
        drawn_on = ImageDraw.Draw(page)
        drawn_on.ellipse((179, 100, 191, 112), fill=0)
        drawn_on.line((189, 106, 179, 118), fill=0, width=3)
        text = "".join(mnist.classes[label] for label in mnist.test.labels[five])
        right += digitnet.read(page).text == text
    assert right >= 17


LINED = {
    "ruled": [(0, y, 119, y) for y in (10, 30, 50, 70)],
    "squared": [(0, y, 119, y) for y in (10, 30, 50, 70)]
    + [(x, 0, x, 79) for x in (15, 45, 75, 105)],
    "boxes": [box(20, 15, 100, 60), (60, 15, 60, 60)],
}


@pytest.mark.parametrize("strength", [0.3, 0.4])
@pytest.mark.parametrize("kind", LINED)
class TestFaintLines:
    """Printed so lightly that the usual threshold of ink goes through them."""

    def test_they_go_and_strokes_along_them_stay(self, kind, strength, generator):
        ink = strength * drawn(*LINED[kind], width=2)
        ink += np.where(ink > 0, generator.uniform(-0.06, 0.06, ink.shape), 0).astype(np.float32)
        stroke = drawn((60, 5, 60, 45), width=5)
        cleaned = without_faint_print(np.maximum(ink, stroke))
        assert np.array_equal(cleaned[stroke == 1], stroke[stroke == 1])
        assert cleaned[stroke == 0].max() <= 0.4
        assert (cleaned[stroke == 0] > 0).sum() < 0.05 * (ink > 0).sum()

    def test_nothing_else_goes(self, kind, strength, mnist):
        row = pages.in_a_row(mnist.test.images[:5], ["?"] * 5, 5, np.random.default_rng(0))
        ink = strength * (255 - row.picture).astype(np.float32) / 255
        assert without_faint_print(ink) is ink
        dark = drawn(*LINED[kind], width=2)
        assert without_faint_print(dark) is dark


@pytest.mark.parametrize("kind", ["ruled", "squared"])
def test_lines_on_faintly_printed_paper_are_read(mnist, kind):
    right, unknown = 0, 0
    for k in range(8):
        generator = np.random.default_rng([7, k])
        chosen = generator.integers(len(mnist.test.images), size=(2, 4))
        picture = pages.on_lines(pages.aslant(mnist.test.images[chosen], 0), kind, generator)
        text = digitnet.read(picture).text
        right += text == "\n".join("".join(map(str, row)) for row in mnist.test.labels[chosen])
        unknown += "?" in text
    assert right >= 6
    assert unknown <= 1
