"""A pen that writes strokes: heavy downwards and fine upwards, as much as a hand presses."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = NDArray[np.float64]  # (n, 2): x, y
OVERSAMPLING = 3
FINEST = 0.9
"""Pixels that a stroke is wide at least."""


def written(
    strokes: Sequence[Points], pen: float, pressure: float, size: tuple[int, int]
) -> NDArray[np.float32]:
    """How much of each pixel is covered, 0 to 1: (height, width).

    pen: the width of a stroke downwards, in pixels. pressure: by which share of it a stroke upwards
    is finer; one to the side lies between them.
    """
    height, width = size
    image = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        for (start, end), wide in zip(
            pairwise(stroke.tolist()), _widths(stroke, pen, pressure), strict=True
        ):
            _line(draw, start, end, wide * OVERSAMPLING)
    small = image.resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def _widths(stroke: Points, pen: float, pressure: float) -> Sequence[float]:
    """The width of each straight part of a stroke."""
    step = np.diff(stroke, axis=0)
    down = step[:, 1] / np.maximum(np.hypot(*step.T), 1e-9)  # from -1, upwards, to 1
    widths = np.maximum(pen * (1 - pressure * (1 - down) / 2), FINEST)
    return list(widths.tolist())


def _line(
    draw: ImageDraw.ImageDraw, start: Sequence[float], end: Sequence[float], wide: float
) -> None:
    (x, y), (to_x, to_y) = ([OVERSAMPLING * at for at in point] for point in (start, end))
    draw.line((x, y, to_x, to_y), fill=255, width=max(round(wide), 1))
    for at_x, at_y in ((x, y), (to_x, to_y)):
        reach = wide / 2
        draw.ellipse((at_x - reach, at_y - reach, at_x + reach, at_y + reach), fill=255)


def joint(first: Points, second: Points) -> Points:
    """The stroke from the end of one to the beginning of another: it sags a little."""
    start, end = first[-1], second[0]
    t = np.linspace(0, 1, 9)[:, None]
    sag = 0.15 * float(np.hypot(*(end - start))) * np.array([0, 1.0])
    corner = (start + end) / 2 + sag
    curve: Points = (1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end
    return curve
