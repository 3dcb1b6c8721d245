"""Adam: an optimizer with a step of its own for every parameter."""

from __future__ import annotations

import math

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.states import are_moments, are_weights, copies, stored

EPSILON = 1e-8
"""What Adam adds to √v̂, so that a gradient that was always zero is not divided by zero."""
BLOCK = 1 << 15
"""Parameters of which Adam works out a step at a time: what it needs of them stays in the cache."""


def plain_adam(
    theta: Array, m: Array, v: Array, g: Array, t: int, eta: float, beta1: float, beta2: float
) -> tuple[Array, Array, Array]:
    """The formulas of Adam as they stand, in step t = 1, 2, …: new θ, m and v."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - eta * m_hat / (np.sqrt(v_hat) + EPSILON), m, v


class Adam:
    """Adaptive moments: every parameter moves by about η, whether its gradient is large or small.

        m ← β₁ m + (1 − β₁) g           the recent mean of the gradient
        v ← β₂ v + (1 − β₂) g²          and of its square
        θ ← θ − η m̂ / (√v̂ + ε)         m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ) in step t

    Both means start at zero, and m̂ and v̂ make up for that: 1 − βᵗ is the sum of the weights with
    which gradients have gone into them. It is summed up as such, so that β₁, which is `momentum`,
    may change at any time. Where the gradient stays as it is, m̂ is as large as √v̂, and the step is
    η; where it is mostly noise, m̂ and the step are small; where it grows suddenly, steps are longer
    than η, with the usual β at most 7.3 times. `plain_adam` above is the same without tricks.

    Derived in docs/derivations.md §10.
    Source: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
    """

    def __init__(
        self, momentum: float = 0.9, beta2: float = 0.999, epsilon: float = EPSILON
    ) -> None:
        self.momentum = momentum
        self.beta2 = beta2
        self.epsilon = epsilon
        self.moments: Array | None = None  # (2, P): the rows m and v
        self.weights: Array = np.zeros(2)  # 1 − β₁ᵗ and 1 − β₂ᵗ

    def step(self, params: Array, grads: Array, learning_rate: float) -> None:
        if self.moments is None:
            self.moments = np.zeros((2, params.size), params.dtype)
        self.weights += (1 - self.weights) * (1 - self.momentum, 1 - self.beta2)
        # √v̂ = √v / c, so η m̂ / (√v̂ + ε) = η c m̂ / (√v + c ε)
        m_weight, v_weight = self.weights.tolist()
        c = math.sqrt(v_weight)
        for start in range(0, params.size, BLOCK):
            block = slice(start, start + BLOCK)
            (m, v), g = self.moments[:, block], grads[block]
            m -= g  # β (m − g) + g is βm + (1 − β) g, and takes no other array
            m *= self.momentum
            m += g
            g *= g
            v -= g
            v *= self.beta2
            v += g
            np.sqrt(v, out=g)
            g += c * self.epsilon
            np.divide(m, g, out=g)
            g *= learning_rate * c / m_weight
            params[block] -= g

    def state(self) -> dict[str, Array]:
        return {} if self.moments is None else copies(moments=self.moments, weights=self.weights)

    def restore(self, state: dict[str, Array]) -> None:
        self.moments, self.weights = None, np.zeros(2)
        if state:
            self.moments = stored(state, "moments", "two rows, of squares the second", are_moments)
            self.weights = stored(state, "weights", "two numbers from 0 to 1", are_weights)
