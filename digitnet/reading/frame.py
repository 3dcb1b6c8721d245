"""Frame: what lies between a rule and the side of the picture, where there is no room for a digit.

A picture of a field of a form holds the rules around it, and beyond them a strip of the next
fields: what their writing reaches into it, and what is left of the rules, is no part of this field.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.reading.piece import Piece
from digitnet.reading.rules import Rule, Unruled

ROOM = 0.75
"""Of the height of the writing: how wide the strip between a rule and the side is at most."""
OUTSIDE = 0.7
"""The share of a piece that lies in it, or under the rule."""


def beyond_frame(rules: Unruled, writing: float) -> NDArray[np.bool_] | None:
    """What lies beyond the rules near a side of the picture, and under them: (h, w); None if none.

    writing: its height.
    """
    height, width = rules.ink.shape
    parts = [_beyond(rule, (height, width), ROOM * writing) for rule in rules.level]
    parts += [_beyond(rule, (width, height), ROOM * writing).T for rule in rules.upright]
    beyond = np.logical_or.reduce(parts) if parts else np.zeros(0, bool)
    return beyond if beyond.any() else None


def _beyond(rule: Rule, shape: tuple[int, int], room: float) -> NDArray[np.bool_]:
    """What is above or below a level rule, if there is no more room than this."""
    height, width = shape
    rows, columns = np.arange(height)[:, None], np.arange(width)
    beyond = np.zeros(shape, bool)
    if float(np.median(rule.top)) <= room:
        beyond |= rows <= np.polyval(np.polyfit(rule.columns, rule.bottom, 1), columns) + 1
    if height - 1 - float(np.median(rule.bottom)) <= room:
        beyond |= rows >= np.polyval(np.polyfit(rule.columns, rule.top, 1), columns) - 1
    return beyond


def is_outside(piece: Piece, beyond: NDArray[np.bool_]) -> bool:
    """Whether a piece lies beyond the frame, (h, w), but for little of it."""
    part = beyond[piece.top : piece.bottom, piece.left : piece.right]
    return float(part[piece.mask].mean()) >= OUTSIDE
