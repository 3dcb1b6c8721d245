"""Reading pixels without Pillow, as in a browser: the same as with it, bit for bit."""

import numpy as np
import pytest

from digitnet.reading import pixels
from digitnet.reading.pixels import LONGEST, of_array


@pytest.fixture
def alone(monkeypatch):
    """of_array, where Pillow is not there."""

    def without_pillow(array):
        monkeypatch.setitem(__import__("sys").modules, "PIL", None)
        monkeypatch.setattr(pixels, "_has_pillow", lambda: False)
        try:
            return of_array(array)
        finally:
            monkeypatch.undo()

    return without_pillow


def pictures(generator):
    """Of all kinds: grey and coloured, opaque or not, dark or light ink on nothing."""
    any_colour = generator.integers(0, 256, (60, 40, 4)).astype(np.uint8)
    greyish = generator.integers(100, 104, (30, 20, 3)).astype(np.uint8)
    light = np.full((40, 30, 4), 250, np.uint8)
    light[..., 3] = np.where(generator.random((40, 30)) < 0.2, 255, 0)
    return {
        "grey": any_colour[..., 0],
        "one channel": any_colour[..., :1],
        "zeros and ones": any_colour[..., 0] % 2,
        "zeros and ones in colour": any_colour[..., :3] % 2,
        "coloured": any_colour[..., :3],
        "see-through": any_colour,
        "nearly grey": greyish,
        "channels first": np.moveaxis(any_colour[..., :3], -1, 0),
        "light ink on nothing": light,
        "dark ink on nothing": light - np.array([200, 200, 200, 0], np.uint8),
        "floats": generator.random((20, 20)),
        "the largest": np.full((LONGEST, 3), 7, np.uint8),
    }


@pytest.mark.parametrize("name", pictures(np.random.default_rng(0)))
def test_pixels_are_read_as_pillow_has_them(alone, generator, name):
    array = pictures(generator)[name]
    expected, got = of_array(array), alone(array)
    assert got[2] == expected[2]
    assert np.array_equal(got[0], expected[0])
    assert (got[1] is None) == (expected[1] is None)
    assert got[1] is None or np.array_equal(got[1], expected[1])
    assert got[0].flags.owndata
