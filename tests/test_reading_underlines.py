"""Underlines that touch what they are below are erased, and nothing else is."""

import numpy as np
import pytest

import digitnet
from digitnet.reading.underlines import without_underlines

pytestmark = pytest.mark.numerical


@pytest.fixture
def ink():
    """Five strokes, of which the middle one reaches down to row 70, the others to 60."""
    page = np.zeros((120, 600), np.float32)
    for place in range(60, 260, 40):
        page[30 : 70 if place == 140 else 60, place : place + 6] = 1
    return page


@pytest.mark.parametrize("thickness", [2, 4, 8])
@pytest.mark.parametrize("within", [0, 3])
def test_what_it_touches_is_left(ink, thickness, within):
    top, alone = 70 - within, ink.copy()
    ink[top : top + thickness, 40:290] = 1
    rest = without_underlines(ink)
    assert np.array_equal(rest[: top - 1], alone[: top - 1])
    beside = np.delete(rest, np.s_[132:156], axis=1)  # there the stroke crosses it
    assert not beside[top - 1 :].any()


def test_there_is_none_without_one(ink):
    assert without_underlines(ink) is ink


def test_feet_that_are_joined_are_none(ink):
    """As those of 222: few columns are free of the strokes above."""
    for place in range(60, 260, 40):
        ink[30:34, place - 14 : place + 22] = ink[30:70, place : place + 6] = 1
    ink[66:70, 46:246] = 1
    assert without_underlines(ink) is ink


def test_a_line_above_the_middle_stays(ink):
    ink[32:35, 40:290] = 1
    assert without_underlines(ink) is ink


@pytest.mark.parametrize("shape", [(1, 10), (2, 30), (3, 60), (10, 10)])
def test_the_narrowest_pictures_are_read(shape, generator):
    """A cubic was sought through fewer points than it has coefficients."""
    for _ in range(10):
        grey = generator.integers(0, 256, shape).astype(np.uint8)
        for picture in (grey, grey.T, (grey > 128) * np.uint8(255)):
            assert isinstance(digitnet.read(picture).text, str)
