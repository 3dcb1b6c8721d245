"""Circle: whether ink lies along one, as that of a stamp or of a bracket does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ROUND = 0.08
"""How far the ink of an arc is from its circle, in radii: the root of the mean square. That of
stamps and brackets is at 0.01 to 0.06, of digits that might be taken for one at 0.12 and more."""
FEWEST = 12
"""Pixels of ink that have a shape."""


class Circle(NamedTuple):
    """The row and the column of its centre, its radius, and how far ink is from it, in radii."""

    row: float
    column: float
    radius: float
    error: float

    @property
    def is_round(self) -> bool:
        """Whether the ink lies along it."""
        return self.error <= ROUND


def circle_through(mask: NDArray[np.bool_]) -> Circle | None:
    """The circle nearest to the pixels of a mask (h, w); None of a speck or a straight line.

    In least squares of r² = (y − a)² + (x − b)², which is linear in a, b and r² − a² − b². Source:
    Kåsa 1976, "A circle fitting procedure and its error analysis".
    """
    rows, columns = np.nonzero(mask)
    if len(rows) < FEWEST:
        return None
    y, x = rows.astype(float), columns.astype(float)
    terms = np.stack([2 * y, 2 * x, np.ones(len(y))], axis=1)
    (row, column, rest), _, rank, _ = np.linalg.lstsq(terms, y * y + x * x, rcond=None)
    if rank < terms.shape[1]:
        return None
    radius = float(np.sqrt(rest + row * row + column * column))
    distance = np.hypot(y - row, x - column)
    error = float(np.sqrt(np.mean((distance - radius) ** 2))) / radius
    return Circle(float(row), float(column), radius, error)
