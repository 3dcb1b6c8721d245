"""One complete learning step on one image, with copies of all arrays on the way.

The network's own layers compute it, one call at a time, as Network.forward and Network.backward
would; here every array is copied between the calls, before the next one reuses its memory.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.nn import (
    SGD,
    Activation,
    Array,
    Dense,
    Dropout,
    Layer,
    Network,
    SoftmaxCrossEntropy,
    oriented_layer,
)


@dataclass(frozen=True)
class LayerTrace:
    """What went through one layer for one image: rows without their batch dimension.

    x (I,) -> y (O,) forward; dy (O,) -> dx (I,) backward, None in the lowest layer that learns.
    y_after (O,): what the same image makes of it after the update.
    """

    layer: Layer
    x: Array
    y: Array
    dy: Array
    dx: Array | None
    y_after: Array


@dataclass(frozen=True)
class DenseTrace(LayerTrace):
    """A Dense layer: W (I, O) and b (O,), the gradient dW, and W after the update."""

    W: Array
    b: Array
    dW: Array
    W_after: Array


@dataclass(frozen=True)
class ActivationTrace(LayerTrace):
    """An activation, with its slope f'(x) (O,)."""

    dx: Array
    slope: Array


@dataclass(frozen=True)
class DropoutTrace(LayerTrace):
    """A Dropout layer, with its mask m (O,)."""

    dx: Array
    m: Array


@dataclass(frozen=True)
class Block:
    """A Dense layer with what follows it up to the next one."""

    dense: DenseTrace
    activation: ActivationTrace | None
    dropout: DropoutTrace | None

    @property
    def top(self) -> LayerTrace:
        """The layer whose y the next Dense layer is given."""
        return self.dropout or self.activation or self.dense


@dataclass(frozen=True)
class StepTrace:
    """A learning step: the image x (I,) with target t (K,), layer by layer, and its effect.

    layers: from the lowest Dense one up.
    """

    x: Array
    target: Array
    layers: list[LayerTrace]
    probabilities: Array
    loss: float
    dlogits: Array
    learning_rate: float
    loss_after: float
    probabilities_after: Array

    @property
    def logits(self) -> Array:
        """z (K,), the output of the last layer."""
        return self.layers[-1].y

    @property
    def blocks(self) -> list[Block]:
        """The layers in groups, from the input up: the last is a Dense layer alone."""
        blocks: list[Block] = []
        for trace in self.layers:
            if isinstance(trace, DenseTrace):
                blocks.append(Block(trace, None, None))
            elif isinstance(trace, ActivationTrace):
                blocks[-1] = replace(blocks[-1], activation=trace)
            elif isinstance(trace, DropoutTrace):
                blocks[-1] = replace(blocks[-1], dropout=trace)
        return blocks

    @property
    def dense(self) -> list[DenseTrace]:
        """The Dense layers, from the input up."""
        return [block.dense for block in self.blocks]

    @property
    def true_class(self) -> int:
        """The index of the class that the target names."""
        return int(self.target.argmax())


def trace_step(network: Network, x: Array, target: Array, learning_rate: float) -> StepTrace:
    """Let the network learn from one image by plain gradient descent, and tell all about it.

    x: (1, I), target: (1, K). Changes the network's parameters, as learning does; momentum and
    the L2 penalty are left out.
    Raises DigitnetError if the network sees anything but the pixels, which are what is told about.
    """
    if oriented_layer(network):
        raise DigitnetError(
            tr(
                "a step is followed from pixels up, and this network sees oriented gradients: take "
                "one that was trained without them"
            )
        )
    loss_function = SoftmaxCrossEntropy()
    passed, logits = _forward(network, x)
    probabilities = network.output.forward(logits, training=True)[0].copy()
    loss, dy = loss_function(logits, target)
    dlogits = dy[0].copy()
    _backward(passed, dy)
    SGD().step(network.params, network.grads, learning_rate)
    again, logits_after = _forward(network, x)  # with the same dropout masks
    for each, after in zip(passed, again, strict=True):
        each.keep(y_after=after.arrays["y"])
    lowest = [isinstance(each.layer, Dense) for each in passed].index(True)
    return StepTrace(
        x=x[0].copy(),
        target=target[0].copy(),
        layers=[each.trace() for each in passed[lowest:]],
        probabilities=probabilities,
        loss=loss,
        dlogits=dlogits,
        learning_rate=learning_rate,
        loss_after=loss_function(logits_after, target)[0],
        probabilities_after=network.output.forward(logits_after, training=True)[0].copy(),
    )


class _Passed:
    """A layer that an image has passed, and copies of what it used, by name."""

    def __init__(self, layer: Layer, x: Array) -> None:
        self.layer = layer
        self.arrays: dict[str, Any] = {"x": x[0].copy(), "dx": None}

    def keep(self, **arrays: Array) -> None:
        """Copy these; of batches, the one row."""
        self.arrays |= {name: array.copy() for name, array in arrays.items()}

    def trace(self) -> LayerTrace:
        """All of it, once the parameters have been updated."""
        if isinstance(self.layer, Dense):
            return DenseTrace(self.layer, **self.arrays, W_after=self.layer.W.copy())
        if isinstance(self.layer, Activation):
            return ActivationTrace(self.layer, **self.arrays)
        if isinstance(self.layer, Dropout):
            return DropoutTrace(self.layer, **self.arrays)
        return LayerTrace(self.layer, **self.arrays)


def _forward(network: Network, x: Array) -> tuple[list[_Passed], Array]:
    """The layers, with what each was given and made; the logits."""
    passed: list[_Passed] = []
    for layer in network.layers:
        given, x = x, layer.forward(x, training=True)
        passed.append(_Passed(layer, given))
        passed[-1].keep(y=x[0])
        if isinstance(layer, Dropout):
            passed[-1].keep(m=layer.m[0])
    return passed, x


def _backward(passed: list[_Passed], dy: Array) -> None:
    """Add the gradients, from the top layer down to the lowest that learns."""
    for each in reversed(passed):
        layer = each.layer
        each.keep(dy=dy[0])
        if isinstance(layer, Activation):  # before its gradient, which lies in the same memory
            slope = layer.backward(np.ones_like(dy))
            each.keep(slope=slope[0])
        dx = layer.backward(dy)
        if isinstance(layer, Dense):
            each.keep(W=layer.W, b=layer.b, dW=layer.dW)
        if dx is None:
            return
        each.keep(dx=dx[0])
        dy = dx


def telling_unit(trace: DenseTrace) -> int:
    """The unit of a Dense layer that learns most from this image."""
    return int(np.abs(trace.dy).argmax())
