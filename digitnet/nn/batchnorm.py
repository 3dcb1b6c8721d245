"""Batch normalisation: a layer that gives every unit below it the same mean and spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitnet.nn.arrays import Array, sum_rows
from digitnet.nn.layers import Dense, Layer
from digitnet.nn.states import copies, stored

EPSILON = 1e-5
"""Added to variances, so that a unit that never changes is not divided by zero."""


class BatchNorm(Layer):
    """Each unit, over the batch, with mean β and deviation |γ| √(v / (v + ε)), almost |γ|.

        x̂ = (x − m) / √(v + ε)          m, v: mean and variance of each unit over the batch
        y = γ x̂ + β

    To predict, m and v are those of training, as running means: `mean` and `variance`. No gradient
    moves them, so they are no parameters, but state. A step of learning moves them, in `end_step`;
    forward and backward change nothing. The variance is that of the batch, Σ (x − m)² / B, without
    the factor B / (B − 1) of the source. If the batch is cut into shards, each is normalised as a
    batch of its own; if several ranks have its rows, they add up their sums (nn.ranks).

    It belongs between a Dense layer, whose bias then has no effect, and its activation. With a
    batch of one, x̂ is zero, and nothing below learns.

    Derived in docs/derivations.md §12.
    Source: Ioffe & Szegedy 2015, "Batch Normalization", algorithms 1 and 2.
    """

    gamma: Array
    beta: Array
    dgamma: Array
    dbeta: Array
    mean: Array
    variance: Array
    pace = 0.05
    left_for_backward = ("x_hat", "m", "v", "n")

    def shapes(self, n_in: int) -> dict[str, tuple[int, ...]]:
        return {"gamma": (n_in,), "beta": (n_in,)}

    def initialize(self, generator: np.random.Generator) -> None:
        self.gamma.fill(1)
        self.beta.fill(0)
        self.mean, self.variance = np.zeros_like(self.beta), np.ones_like(self.gamma)

    def forward(self, x: Array, training: bool) -> Array:
        y = self.scratch("y", x.shape, x.dtype)
        if not training:
            scale = self.gamma / np.sqrt(self.variance + EPSILON)
            np.multiply(x, scale, out=y)
            y += self.beta - self.mean * scale
            return y
        self.n = self.rows.n if self.rows else len(x)
        self.m = self._mean(x)  # (I,)
        self.x_hat = self.scratch("x_hat", x.shape, x.dtype)
        np.subtract(x, self.m, out=self.x_hat)
        np.square(self.x_hat, out=y)
        self.v = self._mean(y)
        self.x_hat /= np.sqrt(self.v + EPSILON)
        np.multiply(self.x_hat, self.gamma, out=y)
        y += self.beta
        return y

    def backward(self, dy: Array) -> Array:
        """y = γ x̂ + β, so dγ = Σ_n dy_n x̂_n and dβ = Σ_n dy_n.

        m and v depend on every x of the batch, so dx = γ / √(v + ε) · (dy − dβ / B − x̂ dγ / B).
        """
        products = self.scratch("products", dy.shape, dy.dtype)
        np.multiply(dy, self.x_hat, out=products)
        sum_rows(products, out=self.dgamma)
        sum_rows(dy, out=self.dbeta)
        dgamma, dbeta = self.dgamma, self.dbeta
        if self.rows:
            sums = np.stack([dgamma, dbeta])
            self.rows.sum(sums)
            dgamma, dbeta = sums
        np.multiply(self.x_hat, dgamma / self.n, out=products)
        dy -= products
        dy -= dbeta / self.n
        dy *= self.gamma / np.sqrt(self.v + EPSILON)
        return dy

    def _mean(self, a: Array) -> Array:
        """1/B Σ_n a_n for a (B, I): (I,), new; a.mean(axis=0) would take twice as long."""
        shares = np.full(len(a), 1 / self.n, a.dtype)
        mean: Array = np.dot(shares, a)
        if self.rows:
            self.rows.sum(mean)
        return mean

    def end_step(self, shards: Sequence[BatchNorm]) -> None:
        """Let the running means go their share of the way to those of the batch's shards.

        Not to those of a single example, whose variance says nothing.
        """
        if self.n > 1:
            self.mean += self.pace * (np.mean([each.m for each in shards], axis=0) - self.mean)
            v = np.mean([each.v for each in shards], axis=0)
            self.variance += self.pace * (v - self.variance)

    def state(self) -> dict[str, Array]:
        own = vars(self)  # without a seed, both are missing until they are restored
        return copies(mean=own.get("mean"), variance=own.get("variance"))

    def restore(self, state: dict[str, Array]) -> None:
        shape = self.beta.shape
        expected = f"{len(self.beta)} numbers"
        mean = stored(state, "mean", expected, lambda a: a.shape == shape)
        expected += " from 0 on"
        variance = stored(
            state, "variance", expected, lambda a: a.shape == shape and not (a < 0).any()
        )
        self.mean, self.variance = mean, variance

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
