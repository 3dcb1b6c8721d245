"""Layers: each one computes y = f(x), and right below it the gradients of f.

Backpropagation is the chain rule, one layer at a time. A layer is given dy = ∂L/∂y, one row per
example. From it `backward` computes the gradients of the layer's own parameters, and dx = ∂L/∂x,
which is the dy of the layer below.

Two rules keep this fast without copies: forward *borrows* x and never writes to it; backward
*consumes* dy, which the layer may overwrite.

Skip at first: `shard`, `rows`, `at_own_rows`, `end_step`, `state`, `restore`, `left_for_backward`
and MOST_FOR_ONE_THREAD. They serve shards, ranks, resuming, copies (all of these: nn.states), and
reading a single image.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature

import numpy as np

from digitnet.nn.arrays import Array, Scratch, sum_rows
from digitnet.nn.blas import dot
from digitnet.nn.initializers import Initializer, glorot_uniform
from digitnet.nn.states import Stateful, is_count, is_share, stored

MOST_FOR_ONE_THREAD = 2**18
"""Multiplications up to which OpenBLAS leaves a product to one thread (its interface/gemm.c). With
more, reading one image would depend on what else the machine does, or on a limit (nn.blas).
"""


class Layer(Stateful):
    """A layer without parameters that has as many outputs as inputs; subclasses say otherwise.

    A parameter named W is an attribute `W`, and its gradient the attribute `dW`: both are views
    into the two flat vectors of the Network, which sets them before the first forward pass.
    """

    work = 0
    """What a row costs it beside the products with its parameters, as multiplications of these."""
    dx_wanted = True
    """False in the lowest layer that learns: nobody needs the gradient of the pixels."""

    def __init__(self) -> None:
        self.scratch = Scratch()

    def n_out(self, n_in: int) -> int:
        """The number of outputs O when there are I = n_in inputs."""
        return n_in

    def shapes(self, n_in: int) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by name when there are n_in inputs."""
        return {}

    def initialize(self, generator: np.random.Generator) -> None:
        """Set the parameters to their values before learning, in place."""

    def forward(self, x: Array, training: bool) -> Array:
        """y = f(x). x: (B, I), not modified, remembered. y: (B, O), scratch until the next call."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array | None:
        """Overwrite the gradient of each parameter; dx = ∂L/∂x, or None unless `dx_wanted`.

        Belongs to the last forward(x, training=True). dy: (B, O), may be overwritten.
        dx: (B, I), scratch until the next call.
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        names = [name for name in signature(type(self)).parameters if name != "initializer"]
        values = [f"{name}={vars(self)[name]}" for name in names if name in vars(self)]
        return f"{type(self).__name__}({', '.join(values)})"


class Dense(Layer):
    """A fully connected layer of n_units units: y = xW + b, with W (I, O) and b (O,)."""

    W: Array
    b: Array
    dW: Array
    db: Array

    def __init__(self, n_units: int, initializer: Initializer = glorot_uniform) -> None:
        super().__init__()
        self.n_units = n_units
        self.initializer = initializer

    def n_out(self, n_in: int) -> int:
        return self.n_units

    def shapes(self, n_in: int) -> dict[str, tuple[int, ...]]:
        return {"W": (n_in, self.n_units), "b": (self.n_units,)}

    def initialize(self, generator: np.random.Generator) -> None:
        self.initializer(generator, self.W)
        self.b.fill(0)

    def forward(self, x: Array, training: bool) -> Array:
        self.x = x  # (B, I)
        y = self.scratch("y", (len(x), self.n_units), x.dtype)
        if len(x) > 1 or self.W.size <= MOST_FOR_ONE_THREAD:
            dot(x, self.W, out=y)  # (B, O)
        else:
            np.einsum("ni,io->no", x, self.W, out=y)  # as fast for one row, and without BLAS
        y += self.b
        return y

    def backward(self, dy: Array) -> Array | None:
        """y_no = Σ_i x_ni W_io + b_o, so dW_io = Σ_n x_ni dy_no and db_o = Σ_n dy_no.

        x_ni feeds every unit o with weight W_io, so dx_ni = Σ_o dy_no W_io.
        Derived in docs/derivations.md §5.
        """
        dot(self.x.T, dy, out=self.dW)  # (I, O)
        sum_rows(dy, out=self.db)  # (O,)
        if not self.dx_wanted:
            return None
        dx = self.scratch("dx", self.x.shape, self.W.dtype)
        dot(dy, self.W.T, out=dx)  # (B, I)
        return dx


class Dropout(Layer):
    """While learning, y = x · m with m = 0 for a random share `rate` of entries, else 1/(1 − rate).

    The kept entries grow so that the expected value of y is x; then nothing needs to be scaled
    when the network predicts, where y = x.

    The mask of the n-th learning step is drawn from a generator seeded with [*seed, n, 1], so any
    step can be replayed on its own; that of the second shard with [*seed, n, 3]. `rate`, the
    probability of *dropping*, may change at any time.
    Raises ValueError unless it is at least 0 and below 1.

    Derived in docs/derivations.md §8.
    Source: Srivastava et al. 2014, "Dropout", §10 (inverted scaling).
    """

    left_for_backward = ("m",)

    def __init__(self, rate: float, seed: tuple[int, ...] = (0,)) -> None:
        super().__init__()
        if not 0 <= rate < 1:
            raise ValueError(f"expected a dropout rate of at least 0 and below 1, got {rate}")
        self.rate = rate
        self.seed = seed
        self.step = 0

    def forward(self, x: Array, training: bool) -> Array:
        if not training or not self.rate:
            return x
        # Not 0 at the end, because NumPy pads seeds with zeros: [3] and [3, 0, 0] are the same.
        generator = self.at_own_rows(x, [*self.seed, self.step, 1 + 2 * self.shard])
        self.m = self.scratch("m", x.shape, x.dtype)
        generator.random(dtype=x.dtype.type, out=self.m)
        np.greater_equal(self.m, self.rate, out=self.m)  # 1 where kept, 0 where dropped
        self.m *= 1 / (1 - self.rate)
        y = self.scratch("y", x.shape, x.dtype)
        np.multiply(x, self.m, out=y)
        return y

    def backward(self, dy: Array) -> Array:
        """dx = dy · m: what was dropped had no influence on the loss."""
        return np.multiply(dy, self.m, out=dy) if self.rate else dy

    def end_step(self, shards: Sequence[Layer]) -> None:
        self.step += 1

    def state(self) -> dict[str, Array]:
        return {"step": np.array(float(self.step)), "rate": np.array(float(self.rate))}

    def restore(self, state: dict[str, Array]) -> None:
        self.step = int(stored(state, "step", "a whole number from 0 on", is_count))
        self.rate = float(stored(state, "rate", "a share of at least 0 and below 1", is_share))
