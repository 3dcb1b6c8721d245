"""Initial weights: random, and scaled so that signals neither die out nor explode with depth.

A unit sums I products, so the variance of its input is I · var(W) · mean(x²). He's rule and
Glorot's choose var(W) such that this stays constant from layer to layer; they differ in the
activation they have in mind.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from digitnet.nn.arrays import Array


class Initializer(Protocol):
    """Fills `out`, the weights (I, O) of a Dense layer, in place."""

    def __call__(self, generator: np.random.Generator, out: Array) -> None: ...


def zeros(generator: np.random.Generator, out: Array) -> None:  # noqa: ARG001
    """W = 0, to see why not: all units of a layer stay alike for ever."""
    out.fill(0)


def unit_normal(generator: np.random.Generator, out: Array) -> None:
    """W ~ N(0, 1), to see why not: signals grow √I-fold at each layer, and units saturate."""
    generator.standard_normal(dtype=out.dtype.type, out=out)


def he_normal(generator: np.random.Generator, out: Array) -> None:
    """W ~ N(0, 2/I): ReLU passes on half of the mean square, so the 2 makes up for the other half.

    Derived in docs/derivations.md §7.
    Source: He et al. 2015, "Delving Deep into Rectifiers", eq. 10.
    """
    n_in, _ = out.shape
    generator.standard_normal(dtype=out.dtype.type, out=out)
    out *= math.sqrt(2 / n_in)


def glorot_uniform(generator: np.random.Generator, out: Array) -> None:
    """W ~ U(−a, a), a = √(6 / (I + O)), so var(W) = 2 / (I + O): a compromise between keeping
    the variance of the signals going forward (1/I) and of the gradients coming back (1/O), for
    activations that are close to linear around zero.

    Derived in docs/derivations.md §7.
    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward
    neural networks", eq. 16.
    """
    n_in, n_out = out.shape
    generator.random(dtype=out.dtype.type, out=out)
    out *= 2
    out -= 1
    out *= math.sqrt(6 / (n_in + n_out))


INITIALIZERS: dict[str, Initializer] = {
    "he": he_normal,
    "glorot": glorot_uniform,
    "zeros": zeros,
    "unit": unit_normal,
}
