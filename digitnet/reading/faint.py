"""Faint: lines that are printed more lightly than what is written on them.

As on ruled and squared paper, in tables, in the boxes of forms. Where they are so light that they
are hardly ink, they are neither seen as a whole nor overlooked, and what is left of them would be
read. They are looked for among what is as light. What is erased of them is no darker than they
are: a stroke that goes along such a line stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.boxes import lines_of_boxes, mark
from digitnet.reading.components import grown
from digitnet.reading.ink import highest
from digitnet.reading.rules import INK, WHOLE, Rule, rules_in

FAINTEST = 0.2
"""Ink of print that is looked for."""
DARKEST = 0.5
"""And of print that is faint; darker print is looked for as such."""
EDGE = 0.5
"""Of the strongest ink within two pixels: what is fainter is the edge of a stroke."""
NOISE = 1.6
"""How much darker than usual print may be in places."""
FEWEST = 0.5
"""Pixels of print, as a share of the picture's shorter side."""


def without_faint_print(ink: Array) -> Array:
    """The ink (h, w) without the faint lines in it, or the ink if there are none."""
    fewest = FEWEST * min(ink.shape)
    if ((ink > FAINTEST) & (ink <= INK)).sum() < fewest:
        return ink
    mask = with_faint(ink)
    if (mask & (ink <= INK)).sum() < fewest:
        return ink
    lines = lines_of_boxes(mask)
    _mark_rules(lines, rules_in(mask))
    _mark_rules(lines.T, rules_in(np.ascontiguousarray(mask.T)))
    printed = ink[lines]
    if len(printed) < fewest or np.median(printed) > DARKEST:
        return ink
    is_print = grown(lines, 1, corners=True) & (ink <= NOISE * np.median(printed))
    return np.where(is_print, np.float32(0), ink)


def with_faint(ink: Array) -> NDArray[np.bool_]:
    """Where there is ink (h, w), or fainter ink that is no edge of a stroke."""
    return (ink > INK) | ((ink > FAINTEST) & (ink > EDGE * highest(ink, 5)))


def _mark_rules(lines: NDArray[np.bool_], rules: list[Rule]) -> None:
    """Mark the lines from side to side, where they show and between, in place."""
    for rule in (rule for rule in rules if rule.share >= WHOLE):
        columns = np.arange(rule.columns[0], rule.columns[-1] + 1)
        top, bottom = (
            np.rint(np.interp(columns, rule.columns, rows)).astype(int)
            for rows in (rule.top, rule.bottom)
        )
        mark(lines, columns, top, bottom)
