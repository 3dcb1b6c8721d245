"""The objective: what learning makes small, and its gradient in one forward and backward pass."""

import numpy as np

from digitnet.nn.arrays import Array, Scratch
from digitnet.nn.losses import Loss, SoftmaxCrossEntropy
from digitnet.nn.network import Network


class Objective:
    """J = L + λ/2 ‖W‖²: the mean loss of the batch, and a price on large weights, not on biases.

    λ is `weight_decay`: the penalty's gradient is λW, so a step of gradient descent shrinks every
    weight by the factor 1 − ηλ besides following the loss. It may change at any time.

    Derived in docs/derivations.md §9.
    Source: Goodfellow, Bengio & Courville 2016, "Deep Learning", §7.1.1.
    """

    def __init__(self, loss: Loss | None = None, weight_decay: float = 0.0) -> None:
        self.loss = loss or SoftmaxCrossEntropy()
        self.weight_decay = weight_decay
        self.scratch = Scratch()

    def __call__(self, network: Network, x: Array, targets: Array) -> tuple[float, Array]:
        """Leave ∂J/∂θ for x (B, I) and targets (B, K) in `network.grads`.

        And end the step for the layers: running means move on, the next dropout mask is another.
        Returns L alone, for no step needs the value of the penalty; and the logits (B, K), scratch.
        """
        loss, logits = self.learn(network, x, targets, 1)
        network.end_step([network])
        self.add_penalty_gradient(network)
        return loss, logits

    def learn(
        self, network: Network, x: Array, targets: Array, share: float
    ) -> tuple[float, Array]:
        """Leave share · ∂L/∂θ in `network.grads`; share · L, and the logits, scratch.

        share: of these rows in a batch that has others, too.
        """
        logits = network.forward(x, training=True)
        loss, dlogits = self.loss(logits, targets)
        dlogits *= share
        network.backward(dlogits)
        return share * loss, logits

    def add_penalty_gradient(self, network: Network) -> None:
        """dW ← dW + λW."""
        if self.weight_decay:
            W = network.weights
            shrinkage = self.scratch("penalty gradient", W.shape, W.dtype)
            np.multiply(W, self.weight_decay, out=shrinkage)
            network.weight_grads += shrinkage

    def penalty(self, network: Network) -> float:
        """λ/2 ‖W‖²."""
        squares = np.vdot(network.weights, network.weights) if self.weight_decay else 0.0
        return 0.5 * self.weight_decay * float(squares)

    def value(self, network: Network, x: Array, targets: Array) -> float:
        """J alone, by a forward pass without a backward one: what a gradient check measures."""
        loss, _ = self.loss(network.forward(x, training=True), targets)
        return loss + self.penalty(network)
