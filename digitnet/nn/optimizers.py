"""Optimizers: from the gradient of one batch to new parameters."""

from typing import Protocol

import numpy as np

from digitnet.nn.arrays import Array


class Optimizer(Protocol):
    """Updates params (P,) in place from grads (P,), which it may overwrite."""

    def step(self, params: Array, grads: Array, learning_rate: float) -> None: ...

    def state(self) -> dict[str, Array]:
        """The arrays that it remembers from step to step, by name."""

    def restore(self, state: dict[str, Array]) -> None:
        """Go back to what `state()` returned."""


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
        if not self.momentum:
            params -= grads
            return
        if self.velocity is None:
            self.velocity = np.zeros_like(params)
        self.velocity *= self.momentum
        self.velocity -= grads
        if not self.nesterov:
            params += self.velocity
            return
        params -= grads
        np.multiply(self.velocity, self.momentum, out=grads)
        params += grads

    def state(self) -> dict[str, Array]:
        return {} if self.velocity is None else {"velocity": self.velocity}

    def restore(self, state: dict[str, Array]) -> None:
        self.velocity = state["velocity"].copy() if state else None
