"""Activations: functions applied to each number on its own, which make the network non-linear.

Without them two Dense layers would collapse into one, x(W₁W₂). Each class names the initializer
of the weights that feed it. To add one, write a class like these and put it in `ACTIVATIONS`.
"""

from __future__ import annotations

import math

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.initializers import Initializer, glorot_uniform, he_normal
from digitnet.nn.layers import Layer


class Activation(Layer):
    """A layer y = f(x) that acts on each entry alone, so that dx = dy · f′(x), entry by entry.

    Derived, with the slope f′ of each, in docs/derivations.md §6.
    """

    initializer: Initializer = staticmethod(glorot_uniform)
    has_kink = False
    """Whether f has no slope at x = 0, so that gradient checks must keep away from there."""

    def backward(self, dy: Array) -> Array:
        """dx = dy · f′(x), (B, O): nobody below is too low to want it."""
        raise NotImplementedError


class Sigmoid(Activation):
    """y = 1 / (1 + e⁻ˣ) = ½ + ½ tanh(x/2): the second form cannot overflow."""

    def forward(self, x: Array, training: bool) -> Array:
        self.y = self.scratch("y", x.shape, x.dtype)
        np.multiply(x, 0.5, out=self.y)
        np.tanh(self.y, out=self.y)
        self.y *= 0.5
        self.y += 0.5
        return self.y

    def backward(self, dy: Array) -> Array:
        """f′ = y (1 − y): at most ¼, and near zero where the unit is saturated."""
        slope = self.scratch("slope", dy.shape, dy.dtype)
        np.subtract(1, self.y, out=slope)
        slope *= self.y
        dy *= slope
        return dy


class Tanh(Activation):
    """y = tanh(x)."""

    def forward(self, x: Array, training: bool) -> Array:
        self.y = self.scratch("y", x.shape, x.dtype)
        np.tanh(x, out=self.y)
        return self.y

    def backward(self, dy: Array) -> Array:
        """f′ = 1 − y²."""
        slope = self.scratch("slope", dy.shape, dy.dtype)
        np.square(self.y, out=slope)
        np.subtract(1, slope, out=slope)
        dy *= slope
        return dy


class ReLU(Activation):
    """y = max(x, 0)."""

    initializer = staticmethod(he_normal)
    has_kink = True

    def forward(self, x: Array, training: bool) -> Array:
        self.y = self.scratch("y", x.shape, x.dtype)
        np.maximum(x, 0, out=self.y)
        return self.y

    def backward(self, dy: Array) -> Array:
        """f′ = 1 where x > 0, else 0. At the kink x = 0 any slope in [0, 1] serves; 0 is usual."""
        active = self.scratch("active", dy.shape, bool)
        np.greater(self.y, 0, out=active)  # a boolean mask costs a tenth of np.sign
        dy *= active
        return dy


class LeakyReLU(Activation):
    """y = x where x > 0, else x/100: no unit ever stops learning.

    Source: Maas, Hannun & Ng 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic
    Models", §2; for its initial weights He et al. 2015, eq. 15.
    """

    SLOPE = 0.01
    has_kink = True

    @classmethod
    def initializer(cls, generator: np.random.Generator, out: Array) -> None:
        """He's W ~ N(0, 2/I), less what passes on the negative side: var(W) = 2 / (1 + a²) / I."""
        he_normal(generator, out)
        out /= math.sqrt(1 + cls.SLOPE**2)

    def forward(self, x: Array, training: bool) -> Array:
        self.y = self.scratch("y", x.shape, x.dtype)
        np.multiply(x, self.SLOPE, out=self.y)
        np.maximum(x, self.y, out=self.y)
        return self.y

    def backward(self, dy: Array) -> Array:
        """f′ = 1 where x > 0, else 1/100."""
        inactive = self.scratch("inactive", dy.shape, bool)
        np.less_equal(self.y, 0, out=inactive)
        np.multiply(dy, self.SLOPE, out=dy, where=inactive)
        return dy


ACTIVATIONS: dict[str, type[Activation]] = {
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
}
