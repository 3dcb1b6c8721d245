"""Adversarial training: learn from each image also a step up the slope of its loss."""

from collections.abc import Sequence

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.batchnorm import BatchNorm
from digitnet.nn.layers import Layer
from digitnet.nn.losses import Loss
from digitnet.nn.network import Network
from digitnet.nn.objective import Objective


class Adversarial(Objective):
    """J = ½ L(x) + ½ L(x + r) + λ/2 ‖W‖², with r_n = ε g_n / ‖g_n‖ and g_n = ∂L/∂x_n.

    Of all steps of length ε, r_n is the one along which the loss rises fastest, at the start: a
    larger loss may lie elsewhere at that distance. g_n is what backpropagation gives below the
    lowest layer that learns. So x is what that layer is given: the scaled pixels, or what fixed
    layers below make of them. With BatchNorm, through which images act on each other, L is the loss
    of the whole batch, or shard.

    distance: ε ≥ 0, in the units of x. loss: one of the softmax of the logits, whatever is added to
    all of a row. Each half has a forward and a backward pass of its own, and BatchNorm normalises
    each by itself; the running means are those of the images as they are.

    Derived in docs/derivations.md §19.
    Source: Goodfellow, Shlens & Szegedy 2015, "Explaining and Harnessing Adversarial Examples", §6,
    with a step of a given length as in Miyato et al. 2016, "Distributional Smoothing with Virtual
    Adversarial Training".
    """

    def __init__(
        self, distance: float, loss: Loss | None = None, weight_decay: float = 0.0
    ) -> None:
        super().__init__(loss, weight_decay)
        self.distance = distance

    def learn(
        self, network: Network, x: Array, targets: Array, share: float
    ) -> tuple[float, Array]:
        """As Objective.learn; L is the mean of both halves, the logits are of the first."""
        fixed, learning = split(network)
        x = through(fixed, x)
        loss, logits, dx = there_and_back(network, x, targets, self.loss, share / 2, dx_wanted=True)
        assert dx is not None
        logits, grads = logits.copy(), network.grads.copy()
        normalised = [each for each in learning if isinstance(each, BatchNorm)]
        statistics = [(each.m, each.v) for each in normalised]
        moved = x + self.distance * directions(dx)
        worse, _, _ = there_and_back(network, moved, targets, self.loss, share / 2)
        for layer, (m, v) in zip(normalised, statistics, strict=True):
            layer.m, layer.v = m, v
        network.grads += grads
        return loss + worse, logits

    def value(self, network: Network, x: Array, targets: Array) -> float:
        """Raises ValueError: the gradient holds r fixed, which no value of x alone does.

        What can be checked is an Objective on x, and one on what x is moved to.
        """
        raise ValueError(
            "expected an Objective to check, got Adversarial: its gradient is the mean of two"
        )


def split(network: Network) -> tuple[list[Layer], list[Layer]]:
    """The fixed layers at the bottom, and those from the lowest that learns on."""
    return network.layers[: network.lowest_trainable], network.layers[network.lowest_trainable :]


def through(layers: Sequence[Layer], x: Array) -> Array:
    """What these layers, one after the other, make of x (B, I) while learning: scratch (B, O)."""
    for layer in layers:
        x = layer.forward(x, training=True)
    return x


def there_and_back(
    network: Network,
    x: Array,
    targets: Array,
    loss: Loss,
    share: float = 1.0,
    dx_wanted: bool = False,
) -> tuple[float, Array, Array | None]:
    """Forward from the lowest layer that learns, given x (B, I), and back to it.

    Leaves share · ∂L/∂θ in `network.grads`; share · L, the logits (B, K), and share · ∂L/∂x (B, I)
    if wanted, arrays that are scratch.
    """
    _, learning = split(network)
    logits = through(learning, x)
    value, dlogits = loss(logits, targets)
    balance(dlogits, targets)
    dlogits *= share
    learning[0].dx_wanted = dx_wanted
    dx = network.backward(dlogits)
    learning[0].dx_wanted = False
    return share * value, logits, dx


def balance(dlogits: Array, targets: Array) -> None:
    """Make the sum of each row of dlogits (B, K) 0, which it is but for rounding.

    By the entry with the largest target (B, K). For p rounds to 1 there, as soon as an image is
    read surely enough, and p − t to 0, while the others' p, however small, still add up to it.
    """
    rows, right = np.arange(len(dlogits)), targets.argmax(axis=1)
    dlogits[rows, right] = 0
    dlogits[rows, right] = -dlogits.sum(axis=1)


def directions(dx: Array) -> Array:
    """The rows of dx (B, I) at length 1, new; a row of zeros, which has no direction, stays."""
    largest = np.abs(dx).max(axis=1, keepdims=True)  # whose square may be too small for a number
    rows: Array = np.divide(dx, largest, out=np.zeros_like(dx), where=largest > 0)
    lengths = np.sqrt(np.einsum("ni,ni->n", rows, rows))[:, None]
    rows /= np.where(lengths > 0, lengths, 1)
    return rows
