"""Edges of shadows are no ink, and rules are erased from their first column to their last."""

import numpy as np
import pytest

import digitnet
from digitnet.data import load_mnist
from digitnet.reading.edges import parts_papers, without_edges
from digitnet.reading.rules import rules_in

pytestmark = pytest.mark.numerical
PAPER, INK = 220.0, 45.0


@pytest.fixture(scope="module")
def mnist():
    """Digits that were learned from, as the test set is not to choose anything."""
    return load_mnist()


def written(page, images, top, left, times):
    """Write digits side by side on a page (h, w), in place, so many times as large."""
    ink = np.concatenate(list(images), axis=1).repeat(times, axis=0).repeat(times, axis=1) / 255
    part = page[top : top + ink.shape[0], left : left + ink.shape[1]]
    part[...] = part * (1 - ink) + INK * ink


def in_shadow(page, light, slope=0.3, at=650):
    """The page, of whose light this share falls at the left of a line."""
    y, x = np.mgrid[: page.shape[0], : page.shape[1]]
    return page * np.where(x + slope * y < at, light, 1)


def noisy(page, generator):
    """As a photograph."""
    return np.clip(page + generator.normal(0, 3, page.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("light", [0.6, 0.7])
def test_a_number_beside_the_hard_edge_of_a_shadow_is_read(mnist, light):
    """Of 8, with 0.6 of the light one was read before: a 1 was, which was the edge."""
    right = 0
    for k in range(8):
        generator = np.random.default_rng([31, k])
        chosen = generator.integers(len(mnist.train.images), size=4)
        page = np.full((600, 800), PAPER)
        written(page, mnist.train.images[chosen], 380, 60, 3)
        text = digitnet.read(noisy(in_shadow(page, light), generator)).text
        right += text == "".join(map(str, mnist.train.labels[chosen]))
    assert right >= 7


def test_the_line_above_a_sum_is_no_line_of_text(mnist):
    """None of 8 was read before: a "?" was told, which was the first column of the line."""
    right = 0
    for k in range(8):
        generator = np.random.default_rng([32, k])
        page, numbers = np.full((420, 400), PAPER), []
        for top in (20, 110, 200, 330):
            chosen = generator.integers(len(mnist.train.images), size=3)
            written(page, mnist.train.images[chosen], top, 200, 2)
            numbers.append("".join(map(str, mnist.train.labels[chosen])))
        page[290 : 294 + k % 4, 60 + 5 * k : 380] = INK
        right += digitnet.read(noisy(page, generator)).text.split() == numbers
    assert right >= 7


@pytest.mark.parametrize("first", [0, 7])
@pytest.mark.parametrize("last", [199, 181])
def test_a_rule_goes_from_its_first_column_to_its_last(first, last):
    mask = np.zeros((80, 200), bool)
    mask[60:63, first : last + 1] = True
    (rule,) = rules_in(mask)
    assert (rule.columns[0], rule.columns[-1]) == (first, last)


class TestPapers:
    """Where a piece of five columns has paper of 200 at its left."""

    def parts(self, own, right, least=20):
        grey = np.full((30, 40), 200.0, np.float32)
        grey[:, 20:] = right
        grey[:, 15:20] = own
        labels = np.zeros(grey.shape, np.int32)
        labels[:, 15:20] = 1
        return parts_papers(labels, grey, 1, least)

    @pytest.mark.parametrize("own", [200, 160, 120])
    def test_an_edge_lies_between_them(self, own):
        assert self.parts(own, right=120)

    def test_a_stroke_along_an_edge_is_darker_than_both(self):
        assert not self.parts(own=60, right=120)

    @pytest.mark.parametrize("own", [60, 190])
    def test_a_stroke_has_the_same_paper_on_both_sides(self, own):
        assert not self.parts(own, right=195)

    def test_a_piece_at_the_side_of_a_picture_says_nothing(self):
        labels = np.zeros((30, 40), np.int32)
        labels[:, :5] = 1
        assert not parts_papers(labels, np.full((30, 40), 100, np.float32), 1, 20)


def test_ink_on_even_paper_stays_as_it_is(generator):
    grey = noisy(np.full((200, 300), PAPER), generator)
    grey[50:120, 100:110] = INK
    ink = ((grey < 100) * 1.0).astype(np.float32)
    assert without_edges(ink, grey) is ink


@pytest.mark.parametrize("k", [3, 5, pytest.param(10, marks=pytest.mark.slow)])
def test_grain_of_the_paper_is_no_line_of_text(k):
    """Beside the edge of a shadow on paper without any ink: up to 85 lines of "?" were told."""
    generator = np.random.default_rng([33, k])
    height, width = int(generator.integers(380, 700)), int(generator.integers(500, 900))
    y, x = np.mgrid[:height, :width]
    angle = generator.uniform(0, np.pi)
    far = (x - width * generator.uniform(0.25, 0.75)) * np.cos(angle)
    far += (y - height * generator.uniform(0.25, 0.75)) * np.sin(angle)
    light = 0.7 + 0.3 * np.clip(far / generator.choice([2.0, 8.0]) + 0.5, 0, 1)
    assert digitnet.read(noisy(PAPER * light, generator)).text in ("", "?")


def test_low_lines_with_numbers_are_no_grain(mnist):
    """Ten of them, ten pixels high."""
    generator = np.random.default_rng(34)
    chosen = generator.integers(len(mnist.train.images), size=40)
    page = np.full((400, 200), PAPER)
    for line, some in enumerate(np.split(chosen, 10)):
        small = mnist.train.images[some][:, ::2, ::2]
        written(page, small, 10 + 38 * line, 40, 1)
    assert sum(map(str.isdigit, digitnet.read(noisy(page, generator)).text)) >= 15
