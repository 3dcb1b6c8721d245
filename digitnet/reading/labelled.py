"""Labelled: what segmentation cuts from rows that were made, each with what it is.

It is a digit, or a letter, if it overlaps with nearly all of one; if not, it is a part of one, or
several together. Only where that is clear, it is learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array
from digitnet.reading.digit import LETTER, N_CLASSES, NO_DIGIT
from digitnet.reading.segments import Hypothesis, lines_in
from digitnet.reading.synthesis import INKED, row_of_digits

UNTOLD = N_CLASSES
"""In place of a class: a letter that is a digit in some hand, of which nothing is learned."""
IS_DIGIT, IS_NONE = 0.9, 0.78
"""What is cut is a digit if it shares more than this with one, or none if less than that."""
MOST = 0.6
"""Of a digit: what holds more than this of two is none."""


def cut_from_rows(
    digits: Array, labels: NDArray[np.integer], generator: np.random.Generator
) -> tuple[list[Array], list[int]]:
    """What segmentation cuts from a row of these digits: crops of ink, and what they are."""
    ink, masks = row_of_digits(digits, generator)
    return cut_from(ink, masks, labels)


def cut_from(
    ink: Array, masks: Sequence[NDArray[np.bool_]], labels: NDArray[np.integer]
) -> tuple[list[Array], list[int]]:
    """What segmentation cuts from ink (h, w): crops, and what they are.

    What is neither nearly all of a digit nor clearly none is left out.
    """
    crops, classes = [], []
    for line in lines_in(ink):
        for hypothesis in line.found:
            is_what = class_of(hypothesis, masks, labels)
            if is_what is not None:
                classes.append(is_what)
                crops.append(hypothesis.ink)
    return crops, classes


def class_of(
    each: Hypothesis, masks: Sequence[NDArray[np.bool_]], labels: NDArray[np.integer]
) -> int | None:
    """The class of what is nearly all of one digit or letter, NO_DIGIT for parts, or None.

    masks: where each digit is, (h, w). labels: their classes; LETTER for a letter, and UNTOLD for
    one of which nothing is to be learned. Letters together are a letter; with digits they are none.
    """
    left, top, right, bottom = each.box
    own = each.ink > INKED
    shared = np.array([int((own & mask[top:bottom, left:right]).sum()) for mask in masks])
    of_digits = shared / np.array([max(int(mask.sum()), 1) for mask in masks])
    held = labels[of_digits > MOST]
    if len(held) > 1:  # a 6 and the thin 1 beside it are no 6
        if held.min() == UNTOLD:  # "ll" is 11 as well
            return None
        return LETTER if held.min() >= LETTER else NO_DIGIT
    shares = np.minimum(of_digits, shared / max(int(own.sum()), 1))
    which = int(shares.argmax())
    if shares[which] > IS_DIGIT:
        return int(labels[which]) if labels[which] != UNTOLD else None
    return NO_DIGIT if shares[which] < IS_NONE else None
