"""Labels: where the answer to each digit is written, so that it covers no other digit or answer.

An answer stands above its digit or below it, at its left, its middle or its right, in one of some
sizes. One after another takes the place where it covers least, and of equal ones the first.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Box = tuple[int, int, int, int]

SIZES = (1.0, 0.8, 0.65, 0.5)
"""Of the letter, as shares of the usual one."""
SMALLEST_LETTER = 14
SMALLER, BELOW, ASIDE = 0.03, 0.5, 0.01
"""What speaks against the next smaller size, a place below, and the middle or the right, as shares
of the largest label that are covered."""
AGAIN = 3.0
"""How much worse it is to cover a label than a digit."""


class Label(NamedTuple):
    """An answer, the box around it (left, top, right, bottom), and how high its letter is."""

    text: str
    box: Box
    letter: int

    def draw(self, draw: "ImageDraw", colour: Any, rim: Any) -> None:
        """The letter, in the colour of the rim, on a rectangle of this colour."""
        left, top, _, _ = self.box
        x, y, _, _ = _around(self.text, self.letter)
        pad = _pad(self.letter)
        draw.rectangle(self.box, colour, rim)
        place = (left + pad - x, top + pad - y)
        draw.text(place, self.text, rim, _font(self.letter), anchor="ls")


def labels_of(texts: Sequence[str], boxes: Sequence[Box], letter: int, away: int) -> list[Label]:
    """A label for each of N boxes (left, top, right, bottom), in pixels.

    letter: how high a letter is where there is room. away: from a box to its label.
    """
    digits = np.array(boxes, float).reshape(-1, 4)
    taken = np.zeros((len(boxes), 4))
    labels: list[Label] = []
    for n, (text, box) in enumerate(zip(texts, boxes, strict=True)):
        against, tried = zip(*_tried(text, box, letter, away), strict=True)
        places = np.array([label.box for label in tried], float)
        covered = _covered(places, digits) - _covered(places, digits[n : n + 1])
        covered += AGAIN * _covered(places, taken[:n])
        labels.append(tried[int((covered + against).argmin())])
        taken[n] = labels[-1].box
    return labels


def _tried(text: str, box: Box, letter: int, away: int) -> Iterator[tuple[float, Label]]:
    """Labels for a box, and what speaks against each."""
    left, top, right, bottom = box
    for smaller, share in enumerate(SIZES):
        size = max(round(share * letter), min(letter, SMALLEST_LETTER))
        x, y, x_end, y_end = _around(text, size)
        wide, high = (round(n) + 2 * _pad(size) for n in (x_end - x, y_end - y))
        for below, first_row in enumerate((top - away - high, bottom + away)):
            for aside, first in enumerate((left, (left + right - wide) // 2, right - wide)):
                place = (first, first_row, first + wide, first_row + high)
                against = SMALLER * smaller + BELOW * below + ASIDE * (aside > 0)
                yield against, Label(text, place, size)


def _covered(places: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of N places (N, 4) the others (M, 4) cover, as shares of the first place: (N,)."""
    low, high = places[:, :2].min(axis=0), places[:, 2:].max(axis=0)
    others = others[((others[:, :2] < high) & (others[:, 2:] > low)).all(axis=1)]
    first = np.maximum(places[:, None, :2], others[:, :2])
    last = np.minimum(places[:, None, 2:], others[:, 2:])
    common = np.maximum(last - first, 0).prod(axis=2).sum(axis=1)
    result: NDArray[np.float64] = common / (places[0, 2:] - places[0, :2]).prod()
    return result


def _pad(letter: int) -> int:
    return max(2, letter // 8)


@lru_cache(maxsize=256)
def _around(text: str, letter: int) -> tuple[float, float, float, float]:
    """The box around a text whose first letter stands at 0, 0."""
    result: tuple[float, float, float, float] = _font(letter).getbbox(text, anchor="ls")
    return result


@lru_cache(maxsize=16)
def _font(letter: int) -> Any:
    from PIL.ImageFont import load_default

    return load_default(letter)
