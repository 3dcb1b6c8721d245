"""Views: an image looked at from several places, the probabilities averaged.

    p_k = 1/V Σ_v p_k(x_v)          x_1: the image; x_2 to x_V: the image moved by a pixel

A network of Dense layers does not know that an image which is moved by a pixel shows the same
digit: it has learned so from moved images, and not from all to the same degree. What it says of
each place errs in part by chance, and the mean less than each: a committee of one network. In the
field it is called test-time augmentation. It takes as many times as long as there are views.

Source: Krizhevsky, Sutskever & Hinton 2012, "ImageNet Classification with Deep Convolutional Neural
Networks", §4.1, with ten views; what it brings here is in docs/LOG.md.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.text import shown

SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))
CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
MOVED = {1: (), 5: SIDES, 9: SIDES + CORNERS}
"""By how many pixels down and to the right an image is moved, beside itself, for so many views."""


def check_views(views: object) -> None:
    """Raise DigitnetError for a number of views that there is not."""
    if isinstance(views, bool) or not isinstance(views, int | np.integer) or views not in MOVED:
        raise DigitnetError(f"expected 1, 5 or 9 views, got {shown(views)}")


@cache
def moved_pixels(image_shape: tuple[int, int], views: int) -> tuple[NDArray[np.intp], ...]:
    """Of each view but the first: which pixel of an image's row each of its pixels is, (I,).

    At a side that an image is moved away from, the outermost pixels are there twice.
    """
    height, width = image_shape
    y, x = np.arange(height)[:, None], np.arange(width)
    return tuple(
        (np.clip(y - down, 0, height - 1) * width + np.clip(x - right, 0, width - 1)).ravel()
        for down, right in MOVED[views]
    )
