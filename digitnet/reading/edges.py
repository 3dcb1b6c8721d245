"""Edges: what the edge of a shadow leaves of itself in the ink.

The paper is darker on one side of it than on the other, all along, and nothing of it is darker than
both, as a stroke is. It is worth a look where the paper changes along a side of the picture, which
an edge reaches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.components import Labels, boxes_of, components
from digitnet.reading.inks import SHADOW, range_of
from digitnet.reading.piece import INK

AWAY = 3
"""Pixels from a piece at which the paper beside it is looked at."""
LEAST = 12
"""Pixels of the longer side of a piece that may be an edge, or a part of one."""
THICKEST = 0.03
"""Of the picture's shorter side: what is left of a wider edge is full of specks, too."""
ALL_ALONG = 0.8
"""The share of its rows, or columns, in which the paper of the same side is the darker one."""
BEYOND = 0.25
"""How much darker than both papers, or lighter, an edge may be, as a share of their difference."""
MOST = 400
"""Pieces that are looked at, the largest."""


def without_edges(ink: Array, grey: NDArray[np.uint8]) -> Array:
    """The ink (h, w) of a picture (h, w) without pieces that part two papers; or the ink itself."""
    labels, n = components(ink > INK)
    boxes = boxes_of(labels, n)
    sizes = np.maximum(boxes.bottom - boxes.top, boxes.right - boxes.left)
    large = np.argsort(-sizes, kind="stable")[:MOST]
    least = SHADOW * range_of(grey[::4, ::4])
    may_be_one = (sizes >= LEAST) & (boxes.area <= THICKEST * min(ink.shape) * sizes)
    edges = []
    for index in large[may_be_one[large]]:
        around = (
            slice(max(boxes.top[index] - AWAY, 0), boxes.bottom[index] + AWAY),
            slice(max(boxes.left[index] - AWAY, 0), boxes.right[index] + AWAY),
        )
        part, paper = labels[around], grey[around].astype(np.float32)
        if parts_papers(part, paper, int(index) + 1, least) or parts_papers(
            part.T, paper.T, int(index) + 1, least
        ):
            edges.append(index + 1)
    return np.where(np.isin(labels, edges), np.float32(0), ink) if edges else ink


def parts_papers(labels: Labels, grey: Array, label: int, least: float) -> bool:
    """Whether a piece in a picture (h, w) is where two papers meet, at its left and its right.

    least: by how much they differ, at least. Where there is other ink beside it, or no picture, a
    row says nothing.
    """
    mask = labels == label
    rows = np.flatnonzero(mask.any(axis=1))
    n_rows = len(rows)
    left = mask[rows].argmax(axis=1) - AWAY
    right = mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1) + AWAY
    inside = (left >= 0) & (right < mask.shape[1])
    rows, left, right = rows[inside], left[inside], right[inside]
    bare = (labels[rows, left] == 0) & (labels[rows, right] == 0)
    papers = np.array([grey[rows, left], grey[rows, right]])[:, bare]
    if papers.shape[1] < ALL_ALONG * n_rows:
        return False
    difference = papers[1] - papers[0]
    if max((difference > least).mean(), (difference < -least).mean()) < ALL_ALONG:
        return False
    darker, lighter = np.sort(np.median(papers, axis=1))
    beyond = BEYOND * (lighter - darker)
    return bool(darker - beyond <= np.median(grey[mask]) <= lighter + beyond)
