"""Underlines: a line below a number, drawn by hand or printed, that touches its digits.

Rules are looked for across a picture (digitnet.reading.rules); an underline may be short in it. One
that touches no digit is a piece of its own, and passed over (digitnet.reading.scraps). One that
does makes a single piece with it, much wider than high, and must be erased where nothing crosses
it, for the digit to be left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import boxes_of, components
from digitnet.reading.rules import INK, Rule, erase, rules_in

WIDE = 2.5
"""How wide the piece is at least, in heights: wider than what is written together, or a digit."""
NARROWEST = 24
"""Pixels of it."""
LOW = 0.6
"""How far down in the piece the line is at least, from 0 to 1."""
THICKEST = 0.2
"""Of the line, as a share of the piece's height."""
FREE = 0.25
"""The share of its columns in which there is nothing but the line: the feet of 222 have fewer."""


def without_underlines(ink: Array) -> Array:
    """The ink (h, w) without underlines that touch what they are below, or the ink if none does."""
    labels, n = components(ink > INK)
    boxes = boxes_of(labels, n)
    heights, widths = boxes.bottom - boxes.top, boxes.right - boxes.left
    result = ink
    for index in np.flatnonzero((widths >= NARROWEST) & (widths >= WIDE * heights)):
        box = (
            slice(boxes.top[index], boxes.bottom[index]),
            slice(boxes.left[index], boxes.right[index]),
        )
        mask = labels[box] == index + 1
        for rule in rules_in(mask, THICKEST):
            if _is_underline(rule, mask):
                result = result.copy() if result is ink else result
                erase(result[box], rule.columns, rule.top, rule.bottom)
    return result


def _is_underline(rule: Rule, mask: NDArray[np.bool_]) -> bool:
    """Whether this line of a piece (h, w) is below it, and not a part of its strokes."""
    thickness = (rule.bottom - rule.top + 1).astype(np.intp)
    is_free = mask.sum(axis=0)[rule.columns] <= thickness
    return rule.place >= LOW and float(is_free.mean()) >= FREE
