"""What reading a picture gives: digits, each with its place, and the steps that led to them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNCERTAIN = "?"
"""The label of ink that is in the place of a digit, but looks like none."""

SURE = 0.3
"""The probability of a digit from which on it is told, and not called uncertain."""

NO_DIGIT = 10
"""The class of parts of digits, and of several together, after those of the ten digits."""

LETTER = 11
"""The class of what is written and is no digit: letters, signs, scribbles."""

N_CLASSES = 12
"""How many classes the networks for reading tell apart."""


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit of a picture.

    label          "0" to "9", or "?" for what cannot be read
    probabilities  (10,) float32, of 0 to 9
    confidence     from 0 to 1, of the label
    box            (left, top, right, bottom) in pixels of the picture as a person sees it
    image          (28, 28) float32 from 0 to 1: what the network saw
    """

    label: str
    probabilities: NDArray[np.float32]
    confidence: float
    box: tuple[int, int, int, int]
    image: NDArray[np.float32]

    def __repr__(self) -> str:
        return f"Digit({self.label!r}, {100 * self.confidence:.1f} %, box={self.box})"


class Step(NamedTuple):
    """Something that was done to the picture. image: uint8, (h, w) or (h, w, 3)."""

    name: str
    image: NDArray[np.uint8]


class Recognised(NamedTuple):
    """Lines from top to bottom, each from left to right, and what was done to read them."""

    lines: list[list[Digit]]
    steps: list[Step]
