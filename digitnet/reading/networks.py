"""Networks: what tells a digit from another, and from what is none.

The reader's network has learned from digits as other people write them, and from what segmentation
cuts that is no digit (digitnet.reading.synthesis); `make reader` trains it. Another one has learned
from MNIST as it is, and knows only digits: it is heard about which one it is. It sees pixels, which
can be shown, and is the one that answers in the playground.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.model.temperature import tempered
from digitnet.nn.arrays import Array
from digitnet.reading.digit import N_CLASSES, NO_DIGIT

READER = Path(__file__).parent / "reader.npz"
PIXELS = Path(__file__).parent / "pixels.npz"
HEARD = 0.35
"""The share of the other network in which digit it is; more, or none, reads no better (LOG.md)."""
RARER = 0.3
"""How much rarer what is no digit is among the hypotheses of a picture that matter than among the
images that were learned from, which are full of halves and pairs."""
LEAST = 1e-12
"""Of a probability, so that each has a logarithm."""

ROWS_AT_ONCE = 2048
"""Images that are brought to the scale of a network's training together."""


@cache
def reader() -> Model:
    """The network of twelve classes: the ten digits, parts of them, letters."""
    return of_package(READER)


def of_package(path: Path) -> Model:
    """A network that comes with the package."""
    if not path.exists():
        raise DigitnetError(
            f"{path}: expected a network for reading, but it is not there; restore it from the "
            "repository, or install digitnet again"
        )
    return Model.load(path)


@cache
def pixels() -> Model:
    """The network of ten digits, by the recipe `pixels`."""
    return of_package(PIXELS)


def probabilities(images: Array, model: Model | None = None) -> Array:
    """The probability of each digit, a part, a letter, for images (N, 28, 28): (N, 12).

    model: of digits, to be heard in place of `pixels`.
    Raises DigitnetError if its numbers are not finite.
    """
    if len(images) == 0:
        return np.empty((0, N_CLASSES), np.float32)
    own = tempered(np.maximum(told_by(reader(), images), LEAST), _temperature())
    other = told_by(model or pixels(), images)
    own = with_rarer_none(own, RARER)
    digit = own[:, :NO_DIGIT].sum(axis=1, keepdims=True)
    mixed = (1 - HEARD) * own[:, :NO_DIGIT] + HEARD * digit * other
    return np.hstack([mixed, own[:, NO_DIGIT:]])


def _temperature() -> float:
    """Of the reader's network. Its file says it among the settings, and has none besides."""
    return float(reader().config.get("temperature", 1.0))


def with_rarer_none(p: Array, factor: float | Array) -> Array:
    """Probabilities (N, 12) where "no digit" is rarer by a factor than in what was learned from.

    factor: the same for parts and letters, or one for each.
    """
    weighted = p.copy()
    weighted[:, NO_DIGIT:] *= factor
    weighted /= weighted.sum(axis=1, keepdims=True)
    return weighted


def told_by(model: Model, images: Array) -> Array:
    """The probability of each class by this network alone, for images (N, 28, 28): (N, K).

    Raises DigitnetError if its numbers are not finite, as after a training that ran away.
    """
    blocks = [images[n : n + ROWS_AT_ONCE] for n in range(0, len(images), ROWS_AT_ONCE)]
    with np.errstate(over="ignore", invalid="ignore"):
        told = np.concatenate([model.predict_rows(rows_for(model, block)) for block in blocks])
    if not np.isfinite(told).all():
        raise DigitnetError(
            "this network has run away, its numbers are no longer finite: train it again with a "
            "lower learning rate, or let another one read"
        )
    return told


def rows_for(model: Model, images: Array) -> Array:
    """Images (N, 28, 28) from 0 to 1 as rows of the pixels that this model is given."""
    low, high = model.scaling.minimum, model.scaling.maximum
    rows = images.reshape(len(images), -1) * (high - low) + low
    return rows.astype(np.float32, copy=False)
