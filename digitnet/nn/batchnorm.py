"""Batch normalisation: a layer that gives every unit below it the same mean and spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense, Layer

EPSILON = 1e-5
"""Added to variances, so that a unit that never changes is not divided by zero."""
PACE = 0.05
"""How much of the way to a batch's mean and variance the running ones go in a step."""


class BatchNorm(Layer):
    """Each unit, over the batch, with mean β and standard deviation γ, whatever comes from below.

        x̂ = (x − m) / √(v + ε)          m, v: mean and variance of each unit over the batch
        y = γ x̂ + β

    To predict, m and v are those of training, as running means: `mean` and `variance`. They are
    parameters of the network that no gradient moves, so that whatever keeps or restores the
    parameters keeps them. A step of learning moves them, in `end_step`; forward and backward change
    nothing. The variance is that of the batch, Σ (x − m)² / B, without the factor B / (B − 1) of
    the source. If the batch is cut into shards, each is normalised as a batch of its own.

    It belongs between a Dense layer, whose bias then has no effect, and its activation. With a
    batch of one, x̂ is zero, and nothing below learns.

    Derived in docs/derivations.md §12.
    Source: Ioffe & Szegedy 2015, "Batch Normalization", algorithms 1 and 2.
    """

    gamma: Array
    beta: Array
    mean: Array
    variance: Array
    dgamma: Array
    dbeta: Array
    dmean: Array
    dvariance: Array

    def shapes(self, n_in: int) -> dict[str, tuple[int, ...]]:
        return dict.fromkeys(("gamma", "beta", "mean", "variance"), (n_in,))

    def initialize(self, generator: np.random.Generator) -> None:
        self.gamma.fill(1)
        self.beta.fill(0)
        self.mean.fill(0)
        self.variance.fill(1)

    def forward(self, x: Array, training: bool) -> Array:
        y = self.scratch("y", x.shape, x.dtype)
        if not training:
            scale = self.gamma / np.sqrt(self.variance + EPSILON)
            np.multiply(x, scale, out=y)
            y += self.beta - self.mean * scale
            return y
        average = np.full(len(x), 1 / len(x), x.dtype)
        self.m = np.dot(average, x)  # (I,), in half the time of np.mean
        self.x_hat = self.scratch("x̂", x.shape, x.dtype)
        np.subtract(x, self.m, out=self.x_hat)
        np.square(self.x_hat, out=y)
        self.v = np.dot(average, y)
        self.x_hat /= np.sqrt(self.v + EPSILON)
        np.multiply(self.x_hat, self.gamma, out=y)
        y += self.beta
        return y

    def param_grads(self, dy: Array) -> None:
        """y = γ x̂ + β, so dγ = Σ_n dy_n x̂_n and dβ = Σ_n dy_n."""
        ones = np.ones(len(dy), dy.dtype)
        products = self.scratch("products", dy.shape, dy.dtype)
        np.multiply(dy, self.x_hat, out=products)
        np.dot(ones, products, out=self.dgamma)
        np.dot(ones, dy, out=self.dbeta)
        self.dmean.fill(0)
        self.dvariance.fill(0)

    def input_grad(self, dy: Array) -> Array:
        """dx = γ / √(v + ε) · (dy − dβ / B − x̂ dγ / B): m and v depend on every x of the batch.

        With dγ and dβ as param_grads has just left them.
        """
        products = self.scratch("products", dy.shape, dy.dtype)
        np.multiply(self.x_hat, self.dgamma / len(dy), out=products)
        dy -= products
        dy -= self.dbeta / len(dy)
        dy *= self.gamma / np.sqrt(self.v + EPSILON)
        return dy

    def end_step(self, shards: Sequence[Layer]) -> None:
        self.follow(shards, PACE)

    def follow(self, shards: Sequence[Layer], pace: float) -> None:
        """Let the running means go this share of the way to those of the last batch's shards.

        Not to those of a single example, whose variance says nothing.
        """
        for norm in shards:
            if isinstance(norm, BatchNorm) and len(norm.x_hat) > 1:
                self.mean += pace / len(shards) * (norm.m - self.mean)
                self.variance += pace / len(shards) * (norm.v - self.variance)

    def fold_into(self, dense: Dense) -> None:
        """Change the layer below so that it alone predicts what it and this one did together.

        Both are linear then: γ (xW + b − mean) / s + β = x (W γ/s) + (b − mean) γ/s + β, with
        s = √(variance + ε).
        """
        scale = self.gamma / np.sqrt(self.variance + EPSILON)
        dense.W *= scale
        dense.b -= self.mean
        dense.b *= scale
        dense.b += self.beta
