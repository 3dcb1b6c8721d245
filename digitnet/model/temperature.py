"""Temperature: one number that puts right how sure a model says it is, and changes no answer.

    q_k = p_k^(1/T) / Σ_j p_j^(1/T)                             p: what the networks say, (N, K)

With p = softmax(z), this is softmax(z / T); of a committee, p is the mean of its networks'
probabilities. Above T = 1 a model is less sure than its networks are, below it is surer. T is
fitted on images that the networks have not learned from, for which it makes the mean
cross-entropy smallest:

    L(T)  = −1/N Σ_n log q_n(label_n)                                         [nats per image]
    dL/dT = 1/T² · 1/N Σ_n (z_n(label_n) − Σ_k q_nk z_nk)                         z = log p

Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", §4.2; derived in
docs/derivations.md §17.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.nn.arrays import Array

LOWEST, HIGHEST = 0.05, 50.0
"""Of a temperature that a model may have."""
HALVINGS = 20
"""Of the range between them: it is found to five digits, and kept to three behind the point."""
SIGNIFICANT = 3.84
"""χ² with one degree of freedom exceeds it in 5 % of cases where T is 1 in truth (Wilks 1938)."""


def is_temperature(value: object) -> bool:
    """Whether a model may have it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and LOWEST <= value <= HIGHEST  # type: ignore[operator]  # false for NaN


def tempered(p: Array, temperature: float) -> Array:
    """Probabilities q (N, K) at this temperature, of p at 1: float32, new, or p itself at 1.

    The highest of a row stays the highest, also where rounding would make another one equal.
    """
    if temperature == 1:
        return p
    best = p.argmax(axis=1)
    q: Array = p / p.max(axis=1, keepdims=True)  # so that no row vanishes in a high power
    np.power(q, 1 / temperature, out=q)
    q /= q.sum(axis=1, keepdims=True)
    q = q.astype(np.float32, copy=False)
    rows = np.flatnonzero(q.argmax(axis=1) != best)
    q[rows, best[rows]] = np.nextafter(q[rows, best[rows]], np.float32(1))
    return q


def fitted_temperature(p: Array, labels: NDArray[np.integer[Any]]) -> float:
    """The temperature at which these labels (N,) are least surprising, given p (N, K) at 1.

    1 where there is none: without images; where all are right, for then the surest is best; and
    where the images do not tell it from 1, that is 2N (L(1) − L(T)) < 3.84.
    p, labels: of images that the networks have not learned from.
    """
    if not len(p):
        return 1.0
    z = np.log(np.maximum(p, np.finfo(np.float32).tiny))
    z = np.asfortranarray(z)  # class by class: sums over a few of them are five times faster
    low, high = math.log(LOWEST), math.log(HIGHEST)
    for _ in range(HALVINGS):  # the slope is below 0 up to the best T, and above 0 from there on
        middle = (low + high) / 2
        if loss_and_slope(z, labels, math.exp(middle))[1] < 0:
            low = middle
        else:
            high = middle
    found = round(math.exp((low + high) / 2), 3)
    if not 1.01 * LOWEST < found < 0.99 * HIGHEST:
        return 1.0
    gain = loss_and_slope(z, labels, 1.0)[0] - loss_and_slope(z, labels, found)[0]
    return found if 2 * len(p) * gain >= SIGNIFICANT else 1.0


def loss_and_slope(
    z: Array, labels: NDArray[np.integer[Any]], temperature: float
) -> tuple[float, float]:
    """L and dL/dT at this temperature, of z = log p (N, K): see above."""
    scaled = (z - z.max(axis=1, keepdims=True)) * z.dtype.type(1 / temperature)
    of_labels = scaled[np.arange(len(z)), labels]
    e = np.exp(scaled)
    sums = e.sum(axis=1)
    loss = (np.log(sums) - of_labels).mean(dtype=np.float64)
    e *= scaled
    slope = (of_labels - e.sum(axis=1) / sums).mean(dtype=np.float64) / temperature
    return float(loss), float(slope)
