"""Optimizers: from the gradient of one batch to new parameters. Another one is in adam.py."""

from typing import Protocol

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.states import copies, is_row, stored


class Optimizer(Protocol):
    """Updates params (P,) in place from grads (P,), which it may overwrite."""

    def step(self, params: Array, grads: Array, learning_rate: float) -> None: ...

    def state(self) -> dict[str, Array]:
        """Copies of the arrays that it remembers from step to step, by name."""

    def restore(self, state: dict[str, Array]) -> None:
        """Go back to what `state()` returned. Raises ValueError if it can be no such thing."""


def plain_sgd(
    theta: Array, v: Array, g: Array, eta: float, mu: float, nesterov: bool = False
) -> tuple[Array, Array]:
    """The formulas of SGD as they stand: new θ and v. SGD.step does this in place."""
    v = mu * v - eta * g
    return theta + (mu * v - eta * g if nesterov else v), v


class SGD:
    """Stochastic gradient descent: one batch's gradient g stands for that of the whole set.

        plain       θ ← θ − η g
        momentum    v ← μ v − η g;   θ ← θ + v
        Nesterov    v ← μ v − η g;   θ ← θ + μ v − η g

    η is the learning rate, μ the momentum: the share of the last update that goes on. Nesterov's
    form looks one step of momentum ahead. Both attributes may change at any time.

    Derived in docs/derivations.md §10.
    Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep
    learning", eq. 1–4; the Nesterov line in the form of Bengio et al. 2013, "Advances in
    optimizing recurrent networks", eq. 7.
    """

    def __init__(self, momentum: float = 0.0, nesterov: bool = False) -> None:
        self.momentum = momentum
        self.nesterov = nesterov
        self.velocity: Array | None = None

    def step(self, params: Array, grads: Array, learning_rate: float) -> None:
        grads *= learning_rate  # η g
        if self.velocity is None:
            self.velocity = np.zeros_like(params)
        if not self.momentum:
            params -= grads
            np.negative(grads, out=self.velocity)  # for a momentum that comes later
            return
        self.velocity *= self.momentum
        self.velocity -= grads
        if not self.nesterov:
            params += self.velocity
            return
        params -= grads
        np.multiply(self.velocity, self.momentum, out=grads)
        params += grads

    def state(self) -> dict[str, Array]:
        return copies(velocity=self.velocity)

    def restore(self, state: dict[str, Array]) -> None:
        self.velocity = stored(state, "velocity", "a row of numbers", is_row) if state else None
