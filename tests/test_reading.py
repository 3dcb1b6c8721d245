"""Reading pictures: ink, rules, components, segments, normalisation, judging, and all of it."""

import itertools
import sys
import tracemalloc
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import digitnet
from digitnet.data import load_mnist
from digitnet.errors import DigitnetError
from digitnet.reading import geometry, habits, inks, judge, networks, outlines
from digitnet.reading.border import page_of
from digitnet.reading.components import boxes_of, components
from digitnet.reading.crossings import without_crossing
from digitnet.reading.cuts import cut
from digitnet.reading.digit import LETTER, N_CLASSES, NO_DIGIT, Digit
from digitnet.reading.geometry import Placed
from digitnet.reading.ink import (
    ink_of,
    ink_on_uneven,
    is_uneven,
    is_white_on_black,
    opened,
    otsu,
    paper_of,
    softened,
)
from digitnet.reading.judge import (
    Judged,
    best_reading,
    size_of,
    without_words,
)
from digitnet.reading.lines import lines_of
from digitnet.reading.normalise import levelled, normalise, stroke_width, thickened
from digitnet.reading.piece import Ends, Piece
from digitnet.reading.reading import least_confidence
from digitnet.reading.resample import resampled, resampling
from digitnet.reading.rules import without_rules
from digitnet.reading.seen import Found
from digitnet.reading.segments import Hypothesis, lines_in, pieces_of
from digitnet.reading.steps import steps_of

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import pages
from strokes import TRAINING_SHAPES, drawings

pytestmark = pytest.mark.numerical


@pytest.fixture(scope="module")
def digits():
    """Some of MNIST's test images, as ink, and their classes."""
    test = load_mnist().test
    return test.images[:400].astype(np.float32) / 255, test.labels[:400]


def enlarged(image, factor):
    matrix = resampling(28, round(28 * factor))
    return matrix @ image @ matrix.T


def on_paper(inks, places, shape, paper=230.0, pen=40.0):
    """A picture (h, w), dark on light, with each ink at its place (top, left)."""
    ink = np.zeros(shape, np.float32)
    for each, (top, left) in zip(inks, places, strict=True):
        part = ink[top : top + each.shape[0], left : left + each.shape[1]]
        np.maximum(part, each, out=part)
    return np.rint(paper + (pen - paper) * ink).astype(np.uint8)


def row_of(images, spacing=6, factor=1.5, **options):
    """A picture of these digits side by side."""
    inks = [enlarged(image, factor) for image in images]
    inks = [ink[:, np.flatnonzero((ink > 0.2).any(axis=0))] for ink in inks]
    lefts = np.cumsum([30] + [ink.shape[1] + spacing for ink in inks])
    places = [(30, int(left)) for left in lefts[:-1]]
    return on_paper(inks, places, (60 + inks[0].shape[0], int(lefts[-1]) + 30), **options)


class TestNormalise:
    def test_mnist_images_stay_as_they_are(self, digits):
        images, _ = digits
        normal = normalise(list(images), strokes=False)
        assert np.abs(normal - images).mean() < 0.003

    def test_the_longer_side_is_20_and_the_centre_of_mass_at_14(self, generator):
        crops = [generator.random((h, w), np.float32) + 0.5 for h, w in ((7, 90), (50, 20), (3, 3))]
        images = normalise(crops, strokes=False)
        rows, columns = np.mgrid[:28, :28]
        for image in images:
            inked = np.argwhere(image > 0)
            assert max(np.ptp(inked, axis=0)) + 1 == 20
            assert image.max() == pytest.approx(1)
            for axis in (rows, columns):
                assert abs((image * axis).sum() / image.sum() - 14) <= 0.5001

    @pytest.mark.parametrize("width", [1, 3, 8])
    @pytest.mark.parametrize("angle", [0, 30, 90])
    def test_the_stroke_width_is_that_of_the_pen(self, width, angle):
        image = np.zeros((120, 120), np.float32)
        turn = np.radians(angle)
        end = (60 + 45 * np.sin(turn), 60 + 45 * np.cos(turn))
        habits.draw_stroke(image, (60 - 45 * np.sin(turn), 60 - 45 * np.cos(turn)), end, width)
        assert stroke_width(image) == pytest.approx(width, rel=0.25)

    def test_thin_and_thick_strokes_come_near_to_the_usual_ones(self):
        thin, thick = np.zeros((2, 200, 200), np.float32)
        for image, width in ((thin, 2), (thick, 70)):
            habits.draw_stroke(image, (20, 60), (180, 140), width)
        for image in normalise([thin, thick]):
            assert 1.2 < stroke_width(image) < 5

    def test_growing_by_a_radius_widens_a_stroke_by_two(self):
        image = np.zeros((1, 40, 60), np.float32)
        image[0, 18:22, 10:50] = 1
        assert thickened(image, 3)[0, :, 30].sum() == 4 + 6
        assert thickened(image, -1)[0, :, 30].sum() == 4 - 2

    def test_resampling_keeps_the_mean_and_makes_no_new_values(self, generator):
        for n_in, n_out in ((50, 20), (7, 20), (20, 20), (1, 5)):
            matrix = resampling(n_in, n_out)
            assert matrix.sum(axis=1) == pytest.approx(1)
            assert matrix.min() >= 0
        assert resampling(40, 20) @ np.arange(40.0) == pytest.approx(
            np.arange(40).reshape(20, 2).mean(1)
        )

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ((70, 90), (70, 90)),
            ((320, 560), (91, 160)),
            ((91, 160), (320, 560)),
            ((300, 2), (7, 999)),
        ],
    )
    def test_large_images_are_resampled_as_by_the_matrices(self, old, new, generator):
        image = generator.random(old, dtype=np.float32)
        down, across = (resampling(a, b) for a, b in zip(old, new, strict=True))
        small = resampled(image, *new)
        assert small.flags.c_contiguous
        assert not np.shares_memory(small, image)
        assert np.allclose(small, down @ image @ across.T, rtol=0, atol=1e-6)
        assert np.isclose(small.mean(), image.mean(), rtol=0.1)


class TestInk:
    @pytest.fixture
    def picture(self, digits):
        return row_of(digits[0][:4])

    def test_dark_on_light_and_light_on_dark_give_the_same_ink(self, picture):
        assert not is_white_on_black(picture)
        assert is_white_on_black(255 - picture)
        assert np.array_equal(ink_of(picture), ink_of(255 - picture))

    def test_paper_has_none_and_strokes_have_all(self, picture):
        ink = ink_of(picture)
        assert ink[picture > 225].max() < 0.1
        assert ink[picture < 60].min() > 0.9

    def test_a_shadow_is_no_ink(self, picture):
        height, width = picture.shape
        light = np.linspace(0.35, 1, width)[None] * np.linspace(0.8, 1, height)[:, None]
        plain, shaded = ink_of(picture), ink_of((picture * light).astype(np.uint8))
        assert np.abs(shaded - plain)[plain < 0.05].mean() < 0.02
        assert np.mean((shaded > 0.35) == (plain > 0.35)) > 0.97

    @pytest.mark.parametrize("soft", [0.5, 2.0, 6.0])
    def test_a_hard_edge_of_a_shadow_is_no_ink_on_uneven_paper(self, picture, soft):
        columns = np.arange(picture.shape[1]) - 0.45 * picture.shape[1]
        light = 1 - 0.5 / (1 + np.exp(-columns / soft))
        pen, shaded = 255 - picture, 255 - (picture * light).astype(np.uint8)
        assert is_uneven(paper_of(shaded))
        assert not is_uneven(paper_of(pen))
        even, uneven = ink_on_uneven(pen), ink_on_uneven(shaded)
        assert uneven[even < 0.05].mean() < 0.01
        assert np.abs(uneven - even)[even > 0.9].mean() < 0.1
        assert np.mean((uneven > 0.35) == (even > 0.35)) > 0.99

    def test_light_that_fades_is_not_uneven(self, picture):
        light = np.linspace(0.5, 1, picture.shape[1])
        assert not is_uneven(paper_of(255 - (picture * light).astype(np.uint8)))

    def test_an_empty_page_has_no_ink(self, generator):
        for page in (np.full((50, 70), 200, np.uint8), np.zeros((5, 5), np.uint8)):
            assert not ink_of(page).any()
            assert not ink_on_uneven(page).any()
            assert not is_uneven(paper_of(page))

    def test_otsu_lies_between_two_groups(self, generator):
        values = np.concatenate([generator.normal(1, 0.1, 900), generator.normal(5, 0.3, 100)])
        assert 1.5 < otsu(values.astype(np.float32)) < 4.5

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
    def test_opening_takes_away_what_is_narrower(self, size, generator):
        picture = np.zeros((30, 40), np.float32)
        picture[10:14, 5:35] = 1
        assert opened(picture, size).any() == (size <= 4)

    @pytest.mark.parametrize("size", [1, 3, 5, 9])
    def test_opening_by_an_odd_size_leaves_the_rest_where_it_is(self, size):
        picture = np.zeros((30, 40), np.uint8)
        picture[10:20, 5:35] = 200
        assert np.array_equal(opened(picture, size), picture)

    def test_softened_is_a_mean_under_binomial_weights(self, generator):
        picture = generator.integers(256, size=(9, 12)).astype(np.uint8)
        weights = np.array([1, 4, 6, 4, 1]) / 16
        rows = np.apply_along_axis(np.convolve, 1, np.pad(picture, 2, "edge"), weights, "valid")
        both = np.apply_along_axis(np.convolve, 0, rows, weights, "valid")
        assert np.abs(softened(picture) - both).max() <= 1


def right_of(digits, damage, n=30):
    """How many of n of MNIST's test images are read after damage(ink): (112, 112), ink to ink."""
    images, labels = digits
    read = 0
    for image, label in zip(images[:n], labels[:n], strict=True):
        ink = damage(np.clip(enlarged(image, 4), 0, 1))
        picture = np.rint(240 - 210 * ink).astype(np.uint8)
        read += digitnet.read(picture, single=True).text == str(label)
    return read


class TestInks:
    """A digit that the usual ink alone does not show."""

    @pytest.mark.slow
    def test_a_digit_on_two_papers_is_read(self, digits):
        def half_reversed(ink):
            rows, columns = np.mgrid[:112, :112]
            return np.where(columns + 0.3 * rows < 70, 1 - ink, ink)

        assert right_of(digits, half_reversed) >= 26

    def test_an_edge_of_a_shadow_at_the_border_is_seen(self):
        def shadowed(grey, is_sure):
            return inks.has_shadow(grey.shape, inks.largest_step(grey), is_sure)

        paper = np.full((60, 200), 220, np.uint8)
        shade = paper.copy()
        shade[:, 120:] = 150
        soft = np.tile(np.linspace(150, 220, 200).astype(np.uint8), (60, 1))
        for is_sure in (True, False):
            assert shadowed(shade, is_sure)
            assert not shadowed(paper, is_sure)
            assert not shadowed(soft, is_sure)
            assert not shadowed(np.repeat(shade, 6, axis=1), is_sure)  # it takes too long
        faint = np.where(shade == 150, np.uint8(200), shade)
        faint[20:40, 40:80] = 60
        assert [shadowed(faint, is_sure) for is_sure in (True, False)] == [False, True]

    def test_digits_across_the_hard_edge_of_a_shadow_are_read(self):
        test, generator = load_mnist().test, np.random.default_rng([77, 8])
        spacing = int(generator.integers(3, 13))
        chosen = generator.integers(len(test.images), size=generator.integers(2, 9))
        labels = [str(label) for label in test.labels[chosen]]
        page = pages.in_a_row(test.images[chosen], labels, spacing, generator)
        assert digitnet.read(page.picture).text == page.text == "99339995"

    @pytest.mark.parametrize("factor", [2, 8])
    def test_lines_across_the_hard_edge_of_a_shadow_are_read(self, digits, factor):
        images, _ = digits
        rows = [row_of(images[start : start + 5], factor=factor) for start in (0, 5, 10)]
        height, width = rows[0].shape[0], max(row.shape[1] for row in rows)
        page = np.full((3 * height, width), 230, np.uint8)
        for number, row in enumerate(rows):
            page[number * height : number * height + row.shape[0], : row.shape[1]] = row
        text = digitnet.read(page).text
        down, across = np.mgrid[: page.shape[0], : page.shape[1]]
        for share in (0.3, 0.5, 0.7):
            light = np.where(across + 0.3 * down < share * width, 1.0, 0.55)
            assert digitnet.read((page * light).astype(np.uint8)).text == text
        assert len(text.split()) == 3

    @pytest.mark.slow
    def test_a_digit_is_read_where_most_of_the_paper_lies_in_shadows(self, digits):
        images, labels = digits
        down, across = np.mgrid[:160, :160]
        light = np.where(across > 60, 0.5, 1) * np.where(across + 2 * down > 190, 0.5, 1)
        pictures = [on_paper([enlarged(image, 3)], [(40, 50)], (160, 160)) for image in images[:30]]
        read = [digitnet.read((p * light).astype(np.uint8), single=True).text for p in pictures]
        assert sum(a == str(b) for a, b in zip(read, labels[:30], strict=True)) >= 26

    def test_a_digit_that_is_an_outline_is_read(self, digits):
        def outlined(ink):
            mask = (ink > 0.5).astype(np.float32)
            return thickened(mask[None], 2)[0] - mask

        assert right_of(digits, outlined) >= 28

    def test_a_digit_on_squared_paper_is_read(self, digits):
        def squared(ink):
            grid = np.zeros_like(ink)
            grid[5::19] = grid[:, 8::19] = 0.45
            return np.maximum(ink, grid)

        assert right_of(digits, squared) >= 28

    @pytest.mark.slow
    def test_a_digit_with_a_wavy_line_through_it_is_mostly_read(self, digits):
        def crossed(ink):
            columns = np.arange(2, 110)
            middle = 30 + 7 * np.sin(columns / 5)
            line = np.zeros_like(ink)
            for down in range(-2, 2):
                line[np.rint(middle).astype(int) + down, columns] = 1
            return np.maximum(ink, line)

        assert right_of(digits, crossed) >= 22

    @pytest.mark.slow
    def test_the_usual_picture_gives_no_reason_for_another_ink(self, digits):
        reasons = 0
        for image in digits[0][:40]:
            picture = on_paper([enlarged(image, 3)], [(30, 25)], (150, 140))
            usual = ink_of(picture)
            reasons += any(inks.evident_inks(picture, usual))
            assert inks.largest_step(picture) < 0.01
        assert reasons <= 4  # a narrow 0, an 8

    def test_a_hole_within_an_outline_is_no_ink(self):
        ink = np.zeros((60, 60), np.float32)
        for near, far in ((5, 55), (20, 40)):
            ink[near:far, near:far] = 1
            ink[near + 2 : far - 2, near + 2 : far - 2] = 0
        filled = outlines.filled(ink)
        assert filled[10, 10] == 1
        assert filled[30, 30] == filled[2, 2] == filled[5, 5] == 0

    def test_other_inks_of_an_empty_page_are_empty(self):
        page = np.full((60, 80), 240, np.uint8)
        usual = ink_of(page)
        found = [*inks.evident_inks(page, usual), *inks.other_inks(page, usual)]
        assert found
        assert not any(each.ink.any() for each in found)

    def test_they_have_the_size_of_the_picture_however_large_it_is(self, digits):
        picture = on_paper([enlarged(digits[0][0], 30)], [(100, 100)], (1200, 1100))
        picture[600:] //= 2
        usual = ink_of(picture)
        found = [*inks.evident_inks(picture, usual), *inks.other_inks(picture, usual)]
        assert {each.ink.shape for each in found} == {picture.shape}

    def test_a_line_across_goes_and_what_it_crosses_stays(self):
        ink = np.zeros((100, 120), np.float32)
        ink[20:90, 50:62] = 1
        crossed = ink.copy()
        crossed[40:44, 3:117] = 1
        assert np.abs(without_crossing(crossed) - ink).sum() < 30
        assert without_crossing(ink) is None


class TestBorder:
    @pytest.fixture
    def picture(self, digits):
        return row_of(digits[0][:3], factor=2)

    def test_a_picture_without_one_stays_as_it_is(self, picture):
        for grey in (picture, 255 - picture):
            page = page_of(grey)
            assert page.grey is grey
            assert page.border is None

    @pytest.mark.parametrize("white_on_black", [False, True])
    def test_what_is_dark_beside_the_page_goes(self, digits, picture, white_on_black):
        """At the left, with a slanted edge, and below."""
        height, width = picture.shape
        grey = np.full((height + 40, width + 70), 20, np.uint8)
        grey[:height, 70:] = picture
        for row in range(height):
            grey[row, 70 : 70 + row // 20] = 20
        page = page_of(255 - grey if white_on_black else grey)
        assert page.border[:, :60].all()
        assert page.border[height + 10 :].all()
        assert not page.border[: height - 10, 85:].any()
        seen = digitnet.read(255 - grey if white_on_black else grey)
        bare = digitnet.read(picture)
        assert seen.text == bare.text == "".join(map(str, digits[1][:3]))
        moved = [np.add(each.box, (70, 0, 70, 0)) for each in bare.digits]
        assert np.abs(np.subtract([each.box for each in seen.digits], moved)).max() <= 2

    def test_a_shadow_with_writing_in_it_is_none(self, picture):
        for part in (slice(0, 100), slice(0, 60), slice(100, None)):
            shadow = picture.copy()
            shadow[:, part] //= 2
            assert page_of(shadow).border is None

    def test_a_streak_along_the_edge_of_the_page_is_no_1(self, digits, picture):
        grey = np.full((picture.shape[0], picture.shape[1] + 70), 20, np.uint8)
        grey[:, 70:] = picture
        grey[20:60, 73:76] = 60
        assert digitnet.read(grey).text == digitnet.read(picture).text


class TestSheet:
    """A page that lies on a table, all of it or most of it in the picture."""

    @pytest.mark.parametrize("turn", [0, 7, -12])
    @pytest.mark.parametrize("side", [None, "left", "top"])
    def test_what_is_around_it_goes(self, digits, turn, side):
        page = Image.fromarray(row_of(digits[0][:3]))
        method = Image.Resampling.BICUBIC
        whole = Image.new("L", page.size, 255).rotate(turn, method, expand=True)
        lying = page.rotate(turn, method, expand=True)
        table = Image.new("L", (lying.width + 160, lying.height + 160), 60)
        table.paste(lying, (80, 80), whole)
        cut = {None: (0, 0), "left": (100, 0), "top": (0, 100)}[side]
        grey = np.asarray(table)[cut[1] :, cut[0] :]
        found = page_of(grey)
        assert found.border[:, -60:].all()
        assert found.border[-60:].all()
        assert found.grey[found.inside][found.border[found.inside]].min() > 200
        assert digitnet.read(grey).text == digitnet.read(np.asarray(page)).text == "721"

    @pytest.mark.parametrize("darkest", [40, 130])
    def test_many_on_all_kinds_of_tables_are_read(self, mnist, darkest):
        right = 0
        for k in range(10):
            generator = np.random.default_rng([12, darkest, k])
            chosen = generator.integers(len(mnist.test.images), size=(2, 4))
            rows = pages.aslant(mnist.test.images[chosen], 0)
            picture = pages.on_a_table(np.maximum(rows, darkest), generator)
            text = "\n".join("".join(map(str, row)) for row in mnist.test.labels[chosen])
            right += digitnet.read(picture).text == text
        assert right >= 7

    def test_neither_a_frame_nor_light_that_falls_is_a_table(self, digits):
        row = row_of(digits[0][:3])
        framed = np.pad(np.pad(row, 3, constant_values=60), 40, constant_values=row.max())
        assert page_of(framed).border is None
        down, across = np.mgrid[: row.shape[0], : row.shape[1]] / row.shape[0]
        away = np.hypot(down - 0.5, across - across.max() / 2)
        lit = np.clip(row * (1.1 - 0.6 * away / away.max()), 0, 255).astype(np.uint8)
        assert page_of(lit).border is None

    def test_a_hole_in_a_thick_stroke_is_no_writing_on_a_page(self):
        picture = Image.new("L", (200, 200), 20)
        for inset, fill in ((40, 230), (80, 20)):
            box = (inset, inset, 199 - inset, 199 - inset)
            ImageDraw.Draw(picture).ellipse(box, fill=fill)
        grey = np.asarray(picture)
        assert page_of(grey).border is None


class TestRules:
    def test_a_rule_below_goes_and_the_digits_stay(self, digits):
        ink = ink_of(row_of(digits[0][:5]))
        ruled = ink.copy()
        ruled[78:80] = 1
        cleaned = without_rules(ruled)
        assert cleaned[78:80].mean() < 0.05
        assert np.abs(cleaned[:70] - ink[:70]).max() == 0

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_rule_that_is_bent_and_broken_goes(self, digits, turned):
        ink = ink_of(row_of(digits[0][:5]))
        ruled = ink.copy()
        for column in range(ink.shape[1]):
            if column % 40 > 4:
                row = round(86 + 3 * np.sin(column / ink.shape[1] * np.pi))
                ruled[row : row + 2, column] = 1
        ink, ruled = (each.T if turned else each for each in (ink, ruled))
        cleaned = without_rules(ruled)
        assert (np.abs(cleaned - ink) > 0.4).sum() < 10

    def test_a_frame_around_a_number_goes_whatever_is_beside_it(self, digits):
        picture = on_paper([*digits[0][:2]], [(86, 60), (86, 84)], (200, 160))
        ink = ink_of(picture)
        framed = ink.copy()
        framed[20:23, 20:140] = framed[177:180, 20:140] = 1
        framed[20:180, 20:23] = framed[20:180, 137:140] = 1
        cleaned = without_rules(framed)
        inside = (slice(30, 170), slice(30, 130))
        assert np.array_equal(cleaned[inside], ink[inside])
        assert (cleaned > 0.5).sum() - (ink > 0.5).sum() < 50  # where two rules cross

    def test_squared_paper_goes_and_the_digits_stay(self, digits):
        ink = ink_of(row_of(digits[0][:4]))
        squared = ink.copy()
        squared[10::22] = squared[11::22] = 1
        squared[:, 7::22] = squared[:, 8::22] = 1
        cleaned = without_rules(squared)
        assert (cleaned[ink < 0.05] > 0.4).mean() < 0.02
        assert (cleaned[ink > 0.8] > 0.4).mean() > 0.95

    @pytest.mark.parametrize("width", [2, 4, 8])
    def test_the_strokes_of_large_digits_are_no_rules(self, width):
        one, seven = np.zeros((2, 200, 200), np.float32)
        one[20:180, 100 : 100 + width] = 1
        seven[30 : 30 + width, 40:160] = 1
        for row in range(30, 180):
            column = 160 - (row - 30) // 3
            seven[row, column - width : column] = 1
        for ink in (one, seven, np.hstack([one, seven])):
            assert np.array_equal(without_rules(ink), ink)

    def test_zeros_side_by_side_are_no_rule(self):
        ink = np.zeros((60, 200), np.float32)
        rows, columns = np.mgrid[:60, :200]
        for centre in (35, 85, 135):
            ring = np.hypot((rows - 30) / 22, (columns - centre) / 24)
            ink[np.abs(ring - 1) < 0.12] = 1
        assert np.array_equal(without_rules(ink), ink)


def flooded(mask, corners):
    """Components by the definition: from each pixel to its neighbours, one after another."""
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)] if corners else []
    labels, n = np.zeros(mask.shape, int), 0
    for start in np.argwhere(mask):
        if labels[tuple(start)]:
            continue
        n += 1
        todo = [tuple(start)]
        while todo:
            row, column = todo.pop()
            inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if inside and mask[row, column] and not labels[row, column]:
                labels[row, column] = n
                todo += [(row + down, column + right) for down, right in steps]
    return labels, n


class TestLines:
    def test_small_digits_under_large_ones_are_a_line_of_their_own(self, digits):
        images, labels = digits
        upper = [enlarged(image, 5)[10:-10] for image in images[:3]]
        lower = [enlarged(image, 2)[4:-4] for image in images[3:7]]
        places = [(20, 30 + 130 * n) for n in range(3)] + [(190, 40 + 62 * n) for n in range(4)]
        text = digitnet.read(on_paper([*upper, *lower], places, (280, 430))).text.split("\n")
        assert [len(line) for line in text] == [3, 4]
        right = sum(a == str(b) for a, b in zip("".join(text), labels, strict=False))
        assert right >= 6

    def test_a_page_of_thousands_of_marks_is_cut_off_at_what_a_page_may_hold(self, generator):
        ink = np.zeros((1200, 1200), np.float32)
        ink[5::15, 5::15] = ink[6::15, 5::15] = ink[5::15, 6::15] = ink[6::15, 6::15] = 1
        assert 1000 < len(pieces_of(ink)) <= 1500
        assert sum(len(line.pieces) for line in lines_in(ink)) <= 1500

    @pytest.mark.parametrize("higher", [-4, 0, 4])
    def test_what_is_far_apart_in_a_row_is_told_from_left_to_right(self, higher):
        """The rows of a table: what is on the right may stand a little higher or lower."""
        rows = [(20, 100), (120, 200)]
        pieces = [piece(x, top, x + 40, bottom) for top, bottom in rows for x in (30, 80)]
        pieces += [
            piece(x, top - higher, x + 40, bottom - higher)
            for top, bottom in rows
            for x in (600, 650)
        ]
        lines = lines_of(pieces)
        assert [line[0].left for line in lines] == [30, 600, 30, 600]
        assert [line[0].top for line in lines] == [20, 20 - higher, 120, 120 - higher]


class TestComponents:
    @given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 2**32 - 1), st.booleans())
    def test_they_are_what_hangs_together(self, height, width, seed, corners):
        generator = np.random.default_rng(seed)
        mask = generator.random((height, width)) < generator.random()
        labels, n = components(mask, corners)
        expected, n_expected = flooded(mask, corners)
        assert n == n_expected
        pairs = set(zip(labels.ravel().tolist(), expected.ravel().tolist(), strict=True))
        assert len(pairs) == n + (not mask.all())
        for index in range(n):
            rows, columns = np.nonzero(labels == index + 1)
            boxes = [int(each[index]) for each in boxes_of(labels, n)]
            ends = [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1, len(rows)]
            assert boxes == ends


def piece(left, top, right, bottom):
    return Piece(top, left, np.ones((bottom - top, right - left), bool))


class TestScraps:
    @pytest.fixture
    def number(self, digits):
        return ink_of(row_of(digits[0][:3], factor=2))

    @pytest.mark.parametrize("slant", [-0.15, 0, 0.15])
    def test_an_underline_is_no_piece(self, number, slant):
        underlined = number.copy()
        for column in range(40, 150):
            row = round(96 + slant * (column - 95))
            underlined[row : row + 3, column] = 1
        boxes, expected = (
            [(each.left, each.top, each.right, each.bottom) for each in pieces_of(ink)]
            for ink in (underlined, number)
        )
        assert boxes == expected

    def test_what_is_below_digits_that_hang_together_is_an_underline_too(self):
        ink = np.zeros((80, 120), np.float32)
        ink[20:44, 40:43] = ink[20:44, 60:63] = ink[20:23, 40:63] = ink[41:44, 40:63] = 1
        foot, underline = ink.copy(), ink.copy()
        foot[45:48, 40:52] = 1
        underline[45:48, 40:64] = 1
        assert [len(pieces_of(each)) for each in (ink, foot, underline)] == [1, 2, 1]

    def test_what_the_side_of_the_picture_cuts_off_is_no_line(self, number):
        height = number.shape[0]
        with_scrap = np.vstack([number, np.zeros((60, number.shape[1]), np.float32)])
        with_scrap[height + 20 : height + 45, -4:] = 1
        assert [line.ends for line in lines_in(with_scrap)] == [
            line.ends for line in lines_in(number)
        ]

    def test_a_digit_may_fill_its_picture_and_a_frame_is_none(self):
        seven, corner = np.zeros((2, 200, 200), np.float32)
        seven[15:20, 15:185] = 1
        for row in range(20, 185):
            seven[row, 185 - row // 2 : 190 - row // 2] = 1
        corner[15:20, 15:185] = corner[15:185, 15:20] = 1
        frame = np.maximum(corner, corner[::-1, ::-1])
        assert [len(pieces_of(ink)) for ink in (seven, corner, frame)] == [1, 0, 0]

    @pytest.mark.parametrize("thick", [6, 22])
    def test_what_stands_upright_is_a_1_where_there_is_nothing_beside_it(self, thick):
        tight = np.zeros((160, 30), np.float32)
        tight[5:155, 4 : 4 + thick] = 1
        assert len(pieces_of(tight)) == (thick > 0.3 * 30)
        at_side, wide = np.zeros_like(tight), np.zeros((160, 300), np.float32)
        at_side[:, :thick] = wide[5:155, 100:108] = 1
        assert pieces_of(at_side) == pieces_of(wide) == []

    def test_a_number_that_fills_the_picture_is_a_line(self, number):
        rows, columns = (np.flatnonzero((number > 0.3).any(axis=axis)) for axis in (1, 0))
        tight = number[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert len(lines_in(tight)) == 1
        assert len(lines_in(tight)[0].pieces) >= 3


class TestSegments:
    def test_lines_are_read_from_above_and_from_the_left(self):
        first = [piece(10, 10, 30, 50), piece(40, 14, 60, 52), piece(70, 8, 80, 49)]
        second = [piece(12, 80, 30, 118), piece(45, 82, 66, 121)]
        shuffled = [second[1], first[2], first[0], second[0], first[1]]
        assert lines_of(shuffled) == [first, second]

    def test_a_line_goes_on_over_a_gap_that_others_fill(self):
        line = [piece(x, 10, x + 20, 40) for x in range(0, 300, 40)]
        assert lines_of(line[::3] + line[1::3] + line[2::3]) == [line]

    @pytest.mark.parametrize("slope", [-0.2, 0.2])
    def test_a_line_that_rises_or_falls_is_one_line_beside_another(self, slope):
        ink = np.zeros((320, 400), np.float32)
        for line in range(2):
            for column in range(30, 370, 25):
                row = round(130 + 50 * line + slope * (column - 200))
                ink[row : row + 22, column : column + 5] = 1
        first, second = lines_in(ink)
        assert len(first.pieces) == len(second.pieces) == 14
        for line, top in ((first, 130), (second, 180)):
            assert line.ends.slope == pytest.approx(slope, abs=0.02)
            assert line.ends.height == pytest.approx(24, abs=2)
            at_200 = line.ends.top + line.ends.lower_at(200)
            assert at_200 == pytest.approx(top, abs=2)

    @pytest.mark.parametrize("slope", [-0.34, -0.2, 0.12, 0.3])
    def test_lines_that_rise_or_fall_together_are_told_apart(self, slope):
        lines = [
            [
                piece(x, top, x + 20, top + 30)
                for x in range(10, 410, 40)
                for top in [round(300 + 50 * n + slope * x)]
            ]
            for n in range(4)
        ]
        shuffled = np.random.default_rng(3).permutation(40)
        everything = [each for line in lines for each in line]
        assert lines_of([everything[n] for n in shuffled]) == lines

    @pytest.mark.parametrize("angle", [-19, -8, 8, 19])
    def test_a_digit_is_turned_back_with_its_line(self, angle, digits):
        slope = np.tan(np.deg2rad(angle))
        before = after = 0.0
        for ink in digits[0][:10] / 255:
            large = resampled(ink.astype(np.float32), 56, 56)
            turned = np.asarray(Image.fromarray(large).rotate(-angle, Image.Resampling.BILINEAR))
            (back, aslant, upright) = normalise([levelled(turned, slope), turned, large])
            before += float(np.abs(aslant - upright).sum())
            after += float(np.abs(back - upright).sum())
        assert after < 0.7 * before

    def test_what_hardly_rises_or_falls_is_left_alone(self, digits):
        ink = digits[0][0].astype(np.float32)
        assert all(levelled(ink, slope) is ink for slope in (-0.1, 0.0, 0.09))

    @pytest.mark.parametrize(("gap", "together"), [(8, True), (30, False)])
    def test_a_stroke_far_beside_a_digit_is_no_part_of_it(self, gap, together):
        ink = np.zeros((90, 160), np.float32)
        ink[20:70, 30:50] = ink[22:30, 50 + gap : 62 + gap] = ink[20:70, 64 + gap : 70 + gap] = 1
        (line,) = lines_in(ink)
        assert len(line.pieces) == 3
        pairs = {(each.first, each.last) for each in line.found}
        assert ((0, 1) in pairs) == together
        assert (1, 2) in pairs

    def test_a_comma_and_the_bar_of_a_5_belong_to_their_line(self):
        digits = [piece(10, 10, 30, 50), piece(50, 10, 70, 50)]
        comma, bar = piece(34, 46, 38, 58), piece(55, 2, 76, 7)
        assert lines_of([*digits, comma, bar]) == [[digits[0], comma, digits[1], bar]]

    def test_what_hangs_from_a_word_does_not_join_it_to_the_line_below(self):
        """A word in one piece, with the strokes of a J and a p, beside a day and above a year."""
        day = [piece(10, 14, 22, 32), piece(26, 14, 38, 32)]
        word = piece(60, 10, 120, 42)
        year = [piece(x, 43, x + 12, 60) for x in (40, 56, 72, 88)]
        assert lines_of([*day, word, *year]) == [[*day, word], year]

    def test_a_dark_edge_a_frame_and_a_level_line_are_nothing_written(self):
        ink = np.zeros((100, 200), np.float32)
        ink[:, :25] = 1
        ink[90:92, 60:190] = 1
        assert pieces_of(ink) == []
        ink[:] = 0
        ink[2:4, 2:198] = ink[96:98, 2:198] = ink[2:98, 2:4] = ink[2:98, 196:198] = 1
        assert pieces_of(ink) == []

    def test_touching_zeros_are_cut_between_their_holes(self):
        ink = np.zeros((70, 130), np.float32)
        rows, columns = np.mgrid[:70, :130]
        for centre in (40, 80):
            ring = np.hypot((rows - 35) / 24, (columns - centre) / 20)
            ink[np.abs(ring - 1) < 0.14] = 1
        (line,) = lines_in(ink)
        assert any(
            first.box[0] < 22 and abs(first.box[2] - 60) <= 6 and abs(second.box[0] - 60) <= 6
            for first, second in itertools.permutations(line.found, 2)
            if second.first == first.last + 1
        )


def megabytes(act):
    """What Python and NumPy still hold after something is done, and has given its result."""
    tracemalloc.start()
    try:
        result = act()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del result
    return held / 1e6


class TestMemory:
    def test_rings_within_rings_are_not_all_kept(self):
        rows, columns = np.mgrid[-400:400, -400:400]
        ink = (np.maximum(abs(rows), abs(columns)) % 4 < 2).astype(np.float32)
        many = np.tile(ink, (2, 2))  # the boxes of its pieces have 90 million pixels
        held = megabytes(lambda: pieces_of(many))
        assert held < 45

    def test_the_parts_of_a_piece_do_not_each_hold_the_whole(self):
        ink = np.zeros((150, 900), np.float32)
        for left in range(0, 880, 40):
            ink[:, left : left + 12] = ink[140:, left : left + 42] = 1
        masks = [part.mask for part in cut(Piece(0, 0, ink > 0.35), ink, 150)]
        held = [mask if mask.base is None else mask.base for mask in masks]
        assert len(masks) > 5
        assert sum(each.size for each in held) < 2 * ink.size

    def test_pictures_of_many_sizes_leave_nothing_behind(self):
        def read_some():
            for width in range(700, 1500, 200):
                ink_of(np.full((900, width), 230, np.uint8))

        held = megabytes(read_some)
        assert held < 2

    def test_a_reading_holds_no_images_but_those_of_its_digits(self, digits):
        reading = digitnet.read(row_of(digits[0][:12]))
        bases = [digit.image.base for digit in reading.digits]
        assert all(base is None or base.size <= 28 * 28 for base in bases)


def test_the_networks_input_of_many_digits_is_shown_in_rows():
    image = np.zeros((28, 28), np.float32)
    each = Digit("1", np.zeros(10, np.float32), 0.9, (0, 0, 1, 1), image)
    blank = np.zeros((10, 10), np.float32)
    *_, step = steps_of(Found(blank, blank, [], []), [each] * 500)
    assert max(step.image.shape) < 4000
    assert (step.image == 0).mean() > 0.7


def hypothesis_of(first, last):
    return Hypothesis(first, last, (10 * first, 0, 10 * last + 8, 30), np.ones((30, 8), np.float32))


def read_as(text, left=0, top=0, height=30, certain=0.9):
    """A reading of a line in which each piece is 20 pixels wide: a digit, or none for "?"."""
    reading = []
    for place, character in enumerate(text):
        if character != " ":
            label = NO_DIGIT if character == "?" else int(character)
            p = np.full(N_CLASSES, (1 - certain) / (N_CLASSES - 1), np.float32)
            p[label] = certain
            box = (left + 24 * place, top, left + 24 * place + 20, top + height)
            found = Hypothesis(place, place, box, np.ones((height, 20), np.float32))
            image = np.zeros((28, 28), np.float32)
            reading.append(Judged(found, p, image, label != NO_DIGIT, doubt=-3.0))
    return reading


def text_of(reading):
    return "".join(str(each.probabilities.argmax()) if each.is_digit else "?" for each in reading)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1944", "1944"),
            ("19?4", "19?4"),
            ("?4?7??", "??????"),
            ("18  ?4??", "18????"),  # a day, and a month beside it
            ("?   5", "?5"),
        ],
    )
    def test_nothing_is_a_digit_in_what_is_mostly_none(self, text, expected):
        (reading,) = without_words([read_as(text)], [Ends(0, 30)], sure=0.4)
        assert text_of(reading) == expected

    def test_uncertain_digits_do_not_make_a_number_of_a_word(self):
        word = [*read_as("4", certain=0.6), *read_as("78", left=24, certain=0.3)]
        (reading,) = without_words([word], [Ends(0, 30)], sure=0.4)
        assert text_of(reading) == "???"

    def test_a_word_is_given_up_where_its_digits_are_doubtful_together(self):
        word = read_as("157")
        for doubts, kept in (((3, -5, -5), True), ((3, 1, -2), False)):
            doubtful = [replace(each, doubt=d) for each, d in zip(word, doubts, strict=True)]
            (reading,) = without_words([doubtful], [Ends(0, 30)], sure=0.4)
            assert text_of(reading) == ("157" if kept else "???")

    @pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
    def test_a_doubtful_digit_beside_a_letter_is_none(self, order):
        """12 cm: the c is none, and so is the m, which alone looks like a 7."""
        reading = read_as("12?7")
        reading = [
            replace(each, doubt=doubt)
            for each, doubt in zip(reading, (-9.0, -9.0, 8.0, -1.0), strict=True)
        ]
        (left,) = without_words([reading[order]], [Ends(0, 30)], sure=0.4)
        assert text_of(left[order]) == "12??"
        sure_of_7 = [*reading[:3], replace(reading[3], doubt=-6.0)]
        (left,) = without_words([sure_of_7[order]], [Ends(0, 30)], sure=0.4)
        assert text_of(left[order]) == "12?7"
        apart = [reading[2], *reading[:2], reading[3]]
        (left,) = without_words([apart], [Ends(0, 30)], sure=0.4)
        assert text_of(left) == "?127"

    def test_small_print_is_no_number_beside_a_large_one(self):
        small, smaller = read_as("71", top=100, height=20), read_as("71", top=200, height=9)
        lines = [Ends(0, 30), Ends(100, 120), Ends(200, 209)]
        answers = without_words([read_as("44"), small, smaller], lines, sure=0.4)
        assert [text_of(each) for each in answers] == ["44", "71", "??"]
        answers = without_words([read_as("??"), small, smaller], lines, sure=0.4)
        assert [text_of(each) for each in answers] == ["??", "71", "71"]

    def test_a_digit_alone_and_lower_than_those_of_the_surest_number_is_none(self):
        number, low = read_as("24"), read_as("4", top=60, height=24)
        lower = read_as("4", top=90, height=21)
        lines = [Ends(0, 30), Ends(60, 84), Ends(90, 111)]
        answers = without_words([number, low, lower], lines, sure=0.4)
        assert [text_of(each) for each in answers] == ["24", "4", "?"]
        (alone,) = without_words([lower], lines[2:], sure=0.4)
        assert text_of(alone) == "4"

    def test_the_surest_number_counts_and_not_the_highest(self):
        doubtful = [replace(each, doubt=-1.6) for each in read_as("44", top=60, height=60)]
        lines = [Ends(0, 30), Ends(60, 120), Ends(150, 180)]
        answers = without_words([read_as("24"), doubtful, read_as("4", top=150)], lines, sure=0.4)
        assert [text_of(each) for each in answers] == ["24", "44", "4"]


class TestJudge:
    ENDS = Ends(0.0, 30.0)

    @given(st.integers(1, 5), st.integers(0, 2**32 - 1))
    def test_the_best_reading_is_the_best_of_all(self, n_pieces, seed):
        generator = np.random.default_rng(seed)
        found = [
            hypothesis_of(first, last)
            for first in range(n_pieces)
            for last in range(first, min(first + 3, n_pieces))
        ]
        p = generator.dirichlet(np.full(N_CLASSES, 0.3), len(found)).astype(np.float32)
        images = np.zeros((len(found), 28, 28), np.float32)

        def score(path):
            total = 0.0
            for index, is_digit in path:
                each, logs = found[index], np.log(np.maximum(p[index], 1e-6))
                n = each.last - each.first + 1
                if is_digit:
                    label = int(logs[:10].argmax())
                    total += n**0.5 * logs[label] - judge.COST
                else:
                    left_out = np.logaddexp(logs[NO_DIGIT], logs[LETTER])
                    left_out -= judge.LEFT_OUT * size_of(each, self.ENDS)
                    total += left_out
            return float(total)

        def paths(start):
            if start == n_pieces:
                yield []
            for index, each in enumerate(found):
                if each.first == start:
                    rests = list(paths(each.last + 1))
                    for is_digit, rest in itertools.product((True, False), rests):
                        yield [(index, is_digit), *rest]

        reading = best_reading(found, Placed(p, p[:, 10]), images, self.ENDS)
        chosen = [(found.index(each.hypothesis), each.is_digit) for each in reading]
        assert score(chosen) == pytest.approx(max(score(path) for path in paths(0)), abs=1e-4)

    @pytest.mark.parametrize("n", [1, 2, 3])
    def test_so_many_digits_as_are_asked_for(self, n, generator):
        found = [
            hypothesis_of(first, last)
            for first in range(4)
            for last in range(first, min(first + 4, 4))
        ]
        p = generator.dirichlet(np.ones(N_CLASSES), len(found)).astype(np.float32)
        images = np.zeros((len(found), 28, 28), np.float32)
        reading = best_reading(found, Placed(p, p[:, 10]), images, self.ENDS, (n, n))
        assert sum(each.is_digit for each in reading) == n


class TestNetworks:
    def test_probabilities_add_up(self, digits):
        p = networks.probabilities(digits[0])
        assert p.shape == (400, N_CLASSES)
        assert p.sum(axis=1) == pytest.approx(1, abs=1e-4)
        assert np.mean(p[:, :10].argmax(axis=1) == digits[1]) > 0.98
        assert networks.probabilities(digits[0][:0]).shape == (0, N_CLASSES)

    def test_it_fits_into_12_megabytes(self):
        files = networks.READER, geometry.NETWORK
        assert sum(path.stat().st_size for path in files) < 12e6


class TestUprightStrokes:
    """A single upright line is what many write for 1."""

    @pytest.mark.parametrize("width", [8, 14, 22])
    @pytest.mark.parametrize("places", [[100], [60, 120, 190]])
    def test_they_are_ones(self, width, places):
        page = np.full((220, 260), 255, np.uint8)
        for place in places:
            page[40:180, place : place + width] = 0
        assert digitnet.read(page).text == "1" * len(places)

    def test_a_level_one_is_none(self):
        page = np.full((220, 260), 255, np.uint8)
        page[100:112, 40:200] = 0
        assert digitnet.read(page).text in ("", "?")


class TestGeometry:
    @pytest.fixture
    def line(self, digits):
        (line,) = lines_in(without_rules(ink_of(row_of(digits[0][:4]))))
        return line

    def test_size_and_place_are_told_in_heights_of_the_line(self, line):
        p = np.full((len(line.found), N_CLASSES), 1 / N_CLASSES, np.float32)
        known = geometry.features(line, p)
        assert known.shape == (len(line.found), geometry.N_FEATURES)
        twice = line._replace(
            pieces=[
                Piece(2 * e.top, 2 * e.left, np.kron(e.mask, np.ones((2, 2)))) for e in line.pieces
            ],
            found=[
                replace(e, box=tuple(2 * n for n in e.box), own=np.kron(e.ink, np.ones((2, 2))))
                for e in line.found
            ],
            ends=Ends(
                2 * line.ends.top, 2 * line.ends.bottom, line.ends.slope, 2 * line.ends.middle
            ),
        )
        assert geometry.features(twice, p) == pytest.approx(known, abs=1e-5)

    def test_which_digit_it_is_is_left_to_the_image(self, line, generator):
        p = generator.dirichlet(np.ones(N_CLASSES), len(line.found)).astype(np.float32)
        anew, doubt = geometry.placed(line, p)
        assert anew.sum(axis=1) == pytest.approx(1, abs=1e-5)
        assert np.array_equal(anew[:, :10].argmax(axis=1), p[:, :10].argmax(axis=1))
        assert doubt.shape == (len(p),)

    def test_the_halves_of_a_letter_are_more_doubtful_than_two_digits_that_touch(self):
        ink = np.zeros((60, 80), np.float32)
        for column in (15, 40):
            ink[10:50, column : column + 18] = 1
        (line,) = lines_in(ink)
        p = np.full((len(line.found), N_CLASSES), 0.02, np.float32)
        is_whole = np.array([each.first != each.last for each in line.found])
        p[~is_whole, 1] = 0.78
        doubts = []
        for whole in (LETTER, NO_DIGIT):
            p[is_whole, NO_DIGIT:] = 0.02
            p[is_whole, whole] = 0.78
            doubts.append(geometry.placed(line, p).doubt[~is_whole])
        assert np.all(doubts[0] > doubts[1] + 0.3)

    def test_a_short_piece_is_more_likely_none_than_a_tall_one_with_the_same_image(self):
        ink = np.zeros((60, 120), np.float32)
        for column in (10, 40, 100):
            ink[10:50, column : column + 5] = 1
        ink[38:50, 70:75] = 1
        (line,) = lines_in(ink)
        p = np.full((len(line.found), N_CLASSES), 0.02, np.float32)
        p[:, 1] = 0.78
        none = geometry.placed(line, p).probabilities[:, NO_DIGIT:].sum(axis=1)
        alone = {
            each.first: none[n] for n, each in enumerate(line.found) if each.first == each.last
        }
        assert alone[2] > 2 * max(alone[0], alone[1], alone[3])


class TestReading:
    @pytest.mark.parametrize("known", [{}, {"single": True}, {"digits": 1}], ids=str)
    @pytest.mark.parametrize("weight", [np.nan, np.inf, 3e38])
    def test_a_network_that_ran_away_costs_a_sentence(self, weight, known):
        model = deepcopy(networks.pixels())
        model.network.params[:] = weight
        stroke = np.full((56, 56), 255, np.uint8)
        stroke[14:42, 26:30] = 0
        with pytest.raises(DigitnetError, match="this network has run away") as error:
            digitnet.read(stroke, model=model, **known)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("model", ["runs/mine", 3])
    def test_a_model_is_a_model(self, model):
        with pytest.raises(DigitnetError, match="expected a Model, as digitnet"):
            digitnet.read(np.zeros((30, 30), np.uint8), model=model)

    def test_its_confidence_is_that_of_what_could_be_read(self):
        def digit(label, confidence):
            none = np.zeros(10, np.float32)
            return Digit(label, none, confidence, (0, 0, 1, 1), np.zeros((28, 28), np.float32))

        assert least_confidence([digit("7", 0.9), digit("?", 0.1), digit("1", 0.8)]) == 0.8
        assert least_confidence([digit("?", 0.1)]) == 0


class TestTheWhole:
    @pytest.mark.parametrize(
        ("factor", "n_images"),
        [
            (1.5, 60),
            pytest.param(4, 60, marks=pytest.mark.slow),
            pytest.param(10, 20, marks=pytest.mark.slow),
        ],
    )
    def test_mnist_images_on_a_page_keep_their_answers(self, factor, n_images, digits, generator):
        images, _ = digits
        kept = 0
        for image in images[:n_images]:
            ink = enlarged(image, factor)
            room = [int(generator.integers(20, 20 + min(3 * n, 200))) for n in ink.shape]
            shape = tuple(2 * r + n for r, n in zip(room, ink.shape, strict=True))
            page = on_paper([ink], [(room[0], room[1])], shape)
            raw = networks.probabilities(image[None])[0, :10].argmax()
            kept += digitnet.read(page, single=True).text == str(raw)
        assert kept >= n_images - 1

    def test_a_1_may_fill_its_picture(self, digits):
        images, labels = digits
        right = 0
        for image in images[labels == 1][:20]:
            ink = enlarged(image, 12)
            rows, columns = (np.flatnonzero((ink > 0.4).any(axis=axis)) for axis in (1, 0))
            tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            margin = round(0.07 * len(rows))
            shape = tight.shape[0] + 2 * margin, tight.shape[1] + 2 * margin
            right += digitnet.read(on_paper([tight], [(margin, margin)], shape)).text == "1"
        assert right >= 19

    def test_a_row_of_digits_is_a_number(self, digits):
        images, labels = digits
        right = 0
        for start in range(0, 60, 5):
            text = digitnet.read(row_of(images[start : start + 5])).text
            right += text == "".join(map(str, labels[start : start + 5]))
        assert right >= 10

    def test_boxes_lie_where_the_digits_are(self, digits):
        reading = digitnet.read(row_of(digits[0][:3], spacing=20, factor=3))
        lefts = [digit.box[0] for digit in reading.digits]
        assert lefts == sorted(lefts)
        assert all(digit.box[1] >= 28 and digit.box[3] <= 30 + 84 + 2 for digit in reading.digits)

    def test_two_lines(self, digits):
        images, _ = digits
        above, below = row_of(images[:3]), row_of(images[3:6])
        width = max(above.shape[1], below.shape[1])
        page = np.full((above.shape[0] + below.shape[0], width), 230, np.uint8)
        page[: above.shape[0], : above.shape[1]] = above
        page[above.shape[0] :, : below.shape[1]] = below
        assert [len(line) for line in digitnet.read(page).lines] == [3, 3]

    @pytest.mark.parametrize("angle", [11, -18])
    def test_lines_of_a_page_that_lies_aslant(self, angle, digits):
        rows = [row_of(digits[0][start : start + 5]) for start in (0, 5, 10)]
        page = np.full((sum(map(len, rows)), max(row.shape[1] for row in rows)), 230, np.uint8)
        top = 0
        for row in rows:
            page[top : top + len(row), : row.shape[1]] = row
            top += len(row)
        method = Image.Resampling.BICUBIC
        aslant = Image.fromarray(page).rotate(angle, method, expand=True, fillcolor=230)
        read, level = digitnet.read(aslant), digitnet.read(page)
        assert [len(line) for line in read.lines] == [5, 5, 5]
        assert sum(a == b for a, b in zip(read.text, level.text, strict=True)) >= 16

    def test_the_length_can_be_told(self, digits):
        picture = row_of(digits[0][:4])
        for n in (4, 5, (2, 4), (4, 6)):
            found = len(digitnet.read(picture, digits=n).digits)
            low, high = (n, n) if isinstance(n, int) else n
            assert low <= found <= high

    def test_a_number_that_is_longer_is_not_cut_down_without_a_word(self, digits):
        picture = row_of(digits[0][:4])
        for n in (3, (2, 3)):
            with pytest.warns(digitnet.InputWarning, match="4 digits, more than the 3") as caught:
                found = len(digitnet.read(picture, digits=n).digits)
            assert found <= 3
            assert len(caught) == 1

    def test_a_number_that_is_shorter_is_not_stretched_without_a_word(self, digits):
        with pytest.warns(digitnet.InputWarning, match="the 30 digits that were asked") as caught:
            found = len(digitnet.read(row_of(digits[0][:2]), digits=30).digits)
        assert found < 30
        assert len(caught) == 1

    def test_an_empty_page_has_no_digits(self):
        assert digitnet.read(np.full((60, 80), 240, np.uint8)).lines == []
        assert digitnet.read(np.full((60, 80), 240, np.uint8), single=True).digits == []

    def test_letters_and_scribbles_are_mostly_no_digits(self):
        """Of kinds that were learned from, drawn anew; the benchmark has others."""
        made = drawings(TRAINING_SHAPES, 40, np.random.default_rng(123))
        texts = [digitnet.read(picture).text for _, picture in made]
        assert sum(not set(text) & set("0123456789") for text in texts) >= 24

    def test_steps_show_what_happened(self, digits):
        steps = digitnet.read(row_of(digits[0][:2])).steps
        assert [step.name for step in steps] == ["ink", "pieces", "digits"]
        assert all(step.image.dtype == np.uint8 for step in steps)
        colours = {tuple(pixel) for pixel in steps[1].image.reshape(-1, 3).tolist()}
        assert len(colours) > 3
