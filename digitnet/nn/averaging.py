"""Averaged parameters: the mean of where the last steps led is better than where the last one did.

With a learning rate that stays well above zero, gradient descent does not come to rest, but moves
about among networks that are all good and differ in what they get wrong. Their mean lies between
them, and errs less than each. Kept as a running mean, it costs one more array of parameters.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.network import Network
from digitnet.nn.optimizers import Optimizer
from digitnet.nn.states import copies, is_count, is_row, stored


class Averaged:
    """An optimizer that follows another one, and remembers the mean of the parameters.

    θ̄ ← θ̄ + (θ − θ̄) / k         after step `first` + k, for k = 1, 2, …

    Derived in docs/derivations.md §13.
    Source: Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better
    Generalization", algorithm 1; the idea is that of Polyak & Juditsky 1992.
    """

    def __init__(self, optimizer: Optimizer, first: int) -> None:
        self.optimizer = optimizer
        self.first = first
        self.n_steps = 0
        self.mean: Array | None = None

    def step(self, params: Array, grads: Array, learning_rate: float) -> None:
        self.optimizer.step(params, grads, learning_rate)
        self.n_steps += 1
        if self.n_steps <= self.first:
            return
        if self.mean is None:
            self.mean = np.zeros_like(params)
        np.subtract(params, self.mean, out=grads)  # which nobody needs any more
        grads /= self.n_steps - self.first
        self.mean += grads

    def finish(self, network: Network, inputs: Iterable[Array]) -> None:
        """Make the mean the parameters of the network, as far as there is one.

        inputs: batches (B, I) like those that were learned from; the statistics of a layer, as the
        running means of BatchNorm, become those over these batches, because no mean of statistics
        belongs to θ̄. See Layer.pace.
        """
        if self.mean is None:
            return
        network.params[:] = self.mean
        paces = {layer: layer.pace for layer in network.layers if layer.pace}
        try:
            for k, x in enumerate(inputs if paces else (), start=1):
                for layer in paces:
                    layer.pace = 1 / k
                network.forward(x, training=True)
                network.end_step([network])  # which draws other dropout masks too
        finally:
            for layer, pace in paces.items():
                layer.pace = pace

    def state(self) -> dict[str, Array]:
        n_steps = np.array(float(self.n_steps))
        own = copies(averaged_n_steps=n_steps, averaged_mean=self.mean)
        return self.optimizer.state() | own

    def restore(self, state: dict[str, Array]) -> None:
        self.n_steps = int(stored(state, "averaged_n_steps", "a whole number from 0", is_count))
        self.mean = None
        if self.n_steps > self.first:
            self.mean = stored(state, "averaged_mean", "a row of numbers", is_row)
        own = ("averaged_n_steps", "averaged_mean")
        self.optimizer.restore({name: a for name, a in state.items() if name not in own})
