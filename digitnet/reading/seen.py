"""Seen: the page of a picture, and what was found in it with one of its inks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.border import Page
from digitnet.reading.inks import largest_step
from digitnet.reading.judge import Judged
from digitnet.reading.piece import Piece


@dataclass(frozen=True)
class Seen:
    """The page (h, w), grey, and what of this rectangle lies beyond its edge; None if nothing."""

    grey: NDArray[np.uint8]
    beyond: NDArray[np.bool_] | None

    @cached_property
    def step(self) -> float:
        """The hardest change of its paper along the sides: see largest_step."""
        return largest_step(self.grey)

    def on_page(self, ink: Array) -> Array:
        """The ink (h, w) of the page alone."""
        return ink if self.beyond is None else np.where(self.beyond, np.float32(0), ink)


def seen_of(page: Page) -> Seen:
    """The rectangle of a picture that holds the page."""
    return Seen(page.grey[page.inside], None if page.border is None else page.border[page.inside])


class Found(NamedTuple):
    """The lines of a picture in one ink: that ink, without rules too, its pieces, the reading.

    n_seen: how many digits would be read where it was said how many there are; else 0.
    """

    ink: Array
    clean: Array
    pieces: list[list[Piece]]
    judged: list[list[Judged]]
    n_seen: int = 0
