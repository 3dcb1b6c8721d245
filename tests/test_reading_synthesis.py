"""What the networks for reading learn from: other hands, letters, what is cut from rows."""

import sys
from pathlib import Path

import numpy as np
import pytest

from digitnet.reading import habits, labelled, synthesis
from digitnet.reading.digit import LETTER, N_CLASSES, NO_DIGIT
from digitnet.reading.segments import Hypothesis

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import words
from letters import letters
from pen import written as stroked
from strokes import TEST_SHAPES
from styles import FORMS, styled
from words import DISTINCT, LIKE_DIGITS, letter, word

pytestmark = pytest.mark.numerical


def written(images, labels, generator, radius=None):
    large = synthesis.with_habits(images, labels, generator)
    return synthesis.rewritten(large, generator, radius)


class TestSynthesis:
    def test_the_same_seed_gives_the_same(self, few):
        made = [written(few.images[:9], few.labels[:9], np.random.default_rng(4)) for _ in range(2)]
        assert np.array_equal(*made)
        assert made[0].shape == (9, 56, 56)
        assert made[0].min() >= 0
        assert made[0].max() <= 1

    def test_what_is_cut_from_a_wide_row_is_its_digits(self, few):
        generator = np.random.default_rng(0)
        seen = set()
        for _ in range(10):
            chosen = generator.integers(len(few.labels), size=3)
            large = written(few.images[chosen], few.labels[chosen], generator, 0)
            crops, classes = labelled.cut_from_rows(large, few.labels[chosen], generator)
            assert len(crops) == len(classes)
            seen |= set(classes)
            assert set(classes) <= {*few.labels[chosen].tolist(), NO_DIGIT}
        assert NO_DIGIT in seen
        assert len(seen) > 5

    def test_a_letter_in_a_row_is_no_digit(self, few):
        generator = np.random.default_rng(1)
        for _ in range(5):
            large = written(few.images[:4], few.labels[:4], generator, 0)
            labels = np.full(4, LETTER)
            _, classes = labelled.cut_from_rows(large, labels, generator)
            assert set(classes) <= {NO_DIGIT, LETTER}

    def test_strokes_never_shrink_to_nothing(self, few):
        thin = np.zeros((6, 56, 56), np.float32)
        thin[:, 10:46, 27:30] = 1
        made = synthesis.rewritten(thin, np.random.default_rng(0), radius=-2)
        assert (made.max(axis=(1, 2)) > 0.5).all()


class TestHabits:
    @pytest.mark.parametrize("label", range(10))
    def test_they_leave_the_digit_and_add_strokes_at_its_side(self, label, few):
        generator = np.random.default_rng(label)
        same = few.images[few.labels == label][:6]
        plain = (
            synthesis.resampling(28, 56) @ (same / np.float32(255)) @ synthesis.resampling(28, 56).T
        )
        changed = 0
        for _ in range(10):
            made = synthesis.with_habits(same, np.full(len(same), label), generator)
            is_gone = (plain > 0.5) & (made < 0.4)
            assert is_gone.sum(axis=(1, 2)).max() <= (90 if label == 5 else 0)  # the bar of a 5
            changed += int((np.abs(made - plain).max(axis=(1, 2)) > 0.5).sum())
        assert changed > 5 or label == 3
        assert changed < 60

    def test_what_is_stretched_keeps_its_border_and_its_ink(self, generator):
        image = np.zeros((56, 56), np.float32)
        image[12:44, 20:36] = 1
        for _ in range(20):
            stretched = image.copy()
            habits.stretch(stretched, generator)
            assert stretched.max() == pytest.approx(1, abs=1e-5)
            assert stretched[0].max() == stretched[:, 0].max() == 0
            assert 0.4 < stretched.sum() / image.sum() < 2

    def test_a_curve_bends_to_one_side_and_keeps_its_ends(self, generator):
        image = np.zeros((60, 60), np.float32)
        habits.draw_curve(image, (30, 10), (30, 50), 0.25, 3, generator)
        rows, columns = np.nonzero(image > 0.5)
        assert abs(rows[columns <= 11].mean() - 30) < 2
        assert abs(rows[(columns > 27) & (columns < 33)].mean() - 20) < 2


class TestLettersAndForms:
    @pytest.mark.slow
    def test_every_digit_has_forms_and_they_fill_the_canvas_alike(self):
        assert sorted(FORMS) == list(range(10))
        labels = np.repeat(np.arange(10), 12)
        images = styled(labels, np.random.default_rng(0))
        assert images.shape == (120, 56, 56)
        heights = np.ptp(
            [np.flatnonzero(each.max(axis=1) > 0.5)[[0, -1]] for each in images], axis=1
        )
        assert heights.min() > 30

    @pytest.mark.slow
    def test_letters_are_there_within_the_canvas_and_differ(self):
        images = letters(60, np.random.default_rng(0))
        assert (images.max(axis=(1, 2)) > 0.5).all()
        assert images.max() <= 1 + 1e-6
        assert len({each.tobytes() for each in images}) == 60


class TestWords:
    def test_no_stroke_is_one_that_the_benchmark_draws(self):
        tested = [shape for shape in TEST_SHAPES.values() if isinstance(shape, str)]
        strokes = {" ".join(part.split()) for shape in tested for part in shape.split(";")}
        for forms in words.FORMS.values():
            for form in forms:
                assert strokes.isdisjoint(" ".join(part.split()) for part in form.split(";"))

    def test_letters_that_are_digits_in_some_hand_are_told_apart(self):
        assert {*"bgijloqsyz", *"IOSZ"} == set(LIKE_DIGITS)
        assert not set(LIKE_DIGITS) & set(DISTINCT)
        assert set(DISTINCT) >= {*"acdefhkmnprtuvwx", *"ABCDEFGHJKLMNPQRTUVWXY"}

    def test_a_letter_fills_its_canvas_and_is_never_twice_the_same(self):
        images = np.array([letter(np.random.default_rng(seed)) for seed in range(60)])
        assert images.shape == (60, 56, 56)
        assert len({each.tobytes() for each in images}) == 60
        sides = [
            [np.ptp(np.flatnonzero(each.max(axis=axis) > 0.5)) for axis in (0, 1)]
            for each in images
        ]
        assert np.max(sides, axis=1).min() > 28

    def test_a_word_holds_its_letters_from_left_to_right(self):
        several = 0
        for seed in range(40):
            ink, masks, classes = word(80, 30.0, 50.0, np.random.default_rng(seed))
            assert len(masks) == len(classes) > 0
            assert set(classes) <= {LETTER, labelled.UNTOLD}
            assert all(ink[mask].min() > synthesis.INKED for mask in masks)
            middles = [np.nonzero(mask)[1].mean() for mask in masks]
            assert middles == sorted(middles)
            several += len(masks) > 2
        assert several > 8


class TestPen:
    def test_a_pen_is_heavier_downwards_the_more_it_is_pressed(self):
        down = np.array([[10.0, 5.0], [10.0, 35.0]])
        wide = {
            (way, pressure): float(stroked([down[::way]], 6.0, pressure, (40, 20))[20].sum())
            for way in (1, -1)
            for pressure in (0.0, 0.5)
        }
        assert wide[1, 0.5] == pytest.approx(wide[1, 0.0]) == pytest.approx(wide[-1, 0.0])
        assert wide[-1, 0.5] == pytest.approx(wide[1, 0.0] / 2, rel=0.2)


def test_letters_together_are_a_letter_but_not_those_that_may_be_digits():
    masks = list(np.zeros((2, 40, 60), bool))
    masks[0][5:35, 5:20] = masks[1][5:35, 25:40] = True
    both = Hypothesis(0, 1, (0, 0, 60, 40), np.float32(masks[0] | masks[1]))
    first = Hypothesis(0, 0, (0, 0, 22, 40), np.float32(masks[0][:, :22]))
    untold = labelled.UNTOLD
    assert untold not in range(N_CLASSES)
    for labels, together, alone in (
        ((LETTER, LETTER), LETTER, LETTER),
        ((LETTER, untold), LETTER, LETTER),
        ((untold, untold), None, None),
        ((7, LETTER), NO_DIGIT, 7),
        ((7, 7), NO_DIGIT, 7),
    ):
        assert labelled.class_of(both, masks, np.array(labels)) == together
        assert labelled.class_of(first, masks, np.array(labels)) == alone


def test_a_thick_digit_and_the_whole_of_a_thin_one_beside_it_are_no_digit():
    thick, thin = np.zeros((2, 40, 60), np.float32)
    thick[5:35, 5:30] = 1
    thin[5:35, 40:42] = 1
    masks, labels = [thick > 0.5, thin > 0.5], np.array([6, 1])
    both = Hypothesis(0, 1, (0, 0, 60, 40), thick + thin)
    alone = Hypothesis(0, 0, (0, 0, 35, 40), thick[:, :35])
    half = Hypothesis(0, 0, (0, 0, 18, 40), thick[:, :18])
    assert [labelled.class_of(each, masks, labels) for each in (both, alone, half)] == [
        NO_DIGIT,
        6,
        NO_DIGIT,
    ]
