"""One complete learning step on one image, with copies of all arrays on the way.

The network's own layers compute it, one call at a time, as Network.forward and Network.backward
would; here every array is copied between the calls, before the next one reuses its memory.
"""

from dataclasses import dataclass

import numpy as np

from digitnet.nn import (
    SGD,
    Activation,
    Array,
    Dense,
    Dropout,
    Layer,
    Network,
    SoftmaxCrossEntropy,
)


@dataclass
class LayerTrace:
    """What went through one layer for one image: rows without their batch dimension.

    x (I,) -> y (O,) forward; dy (O,) -> dx (I,) backward, dx only above the lowest Dense layer.
    slope (O,): f'(x), of an activation. m (O,): the mask of a Dropout layer. W (I, O), b (O,), the
    gradient dW, and W after the update, of a Dense layer.
    """

    layer: Layer
    x: Array
    y: Array
    dy: Array | None = None
    dx: Array | None = None
    slope: Array | None = None
    m: Array | None = None
    W: Array | None = None
    b: Array | None = None
    dW: Array | None = None
    W_after: Array | None = None


@dataclass(frozen=True)
class Block:
    """A Dense layer with what follows it up to the next one."""

    dense: LayerTrace
    activation: LayerTrace | None
    dropout: LayerTrace | None

    @property
    def output(self) -> Array:
        """What the next Dense layer is given."""
        return (self.dropout or self.activation or self.dense).y


@dataclass(frozen=True)
class StepTrace:
    """A learning step: the image x (I,) with target t (K,), layer by layer, and its effect."""

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
        starts = [i for i, trace in enumerate(self.layers) if isinstance(trace.layer, Dense)]
        ends = [*starts[1:], len(self.layers)]
        return [_block(self.layers[i:j]) for i, j in zip(starts, ends, strict=True)]

    @property
    def dense(self) -> list[LayerTrace]:
        """The Dense layers, from the input up."""
        return [block.dense for block in self.blocks]

    @property
    def true_class(self) -> int:
        """The index of the class that the target names."""
        return int(self.target.argmax())


def _block(traces: list[LayerTrace]) -> Block:
    def first(kind: type[Layer]) -> LayerTrace | None:
        return next((trace for trace in traces if isinstance(trace.layer, kind)), None)

    return Block(traces[0], first(Activation), first(Dropout))


def trace_step(network: Network, x: Array, target: Array, learning_rate: float) -> StepTrace:
    """Let the network learn from one image by plain gradient descent, and tell all about it.

    x: (1, I), target: (1, K). Changes the network's parameters, as learning does; momentum and
    the L2 penalty are left out.
    """
    loss_function = SoftmaxCrossEntropy()
    state = network.state()
    traces = []
    y = x
    for layer in network.layers:
        given = y[0].copy()
        y = layer.forward(y, training=True)
        traces.append(LayerTrace(layer, given, y[0].copy()))
        if isinstance(layer, Dropout):
            traces[-1].m = layer.m[0].copy()
    probabilities = network.output.forward(y, training=True)[0].copy()
    loss, dy = loss_function(y, target)
    dlogits = dy[0].copy()
    _trace_backward(traces, dy)
    SGD().step(network.params, network.grads, learning_rate)
    for trace in traces:
        if isinstance(trace.layer, Dense):
            trace.W_after = trace.layer.W.copy()
    network.restore(state)  # the same dropout masks, or the losses could not be compared
    logits_after = network.forward(x, training=True)
    return StepTrace(
        x=x[0].copy(),
        target=target[0].copy(),
        layers=traces,
        probabilities=probabilities,
        loss=loss,
        dlogits=dlogits,
        learning_rate=learning_rate,
        loss_after=loss_function(logits_after, target)[0],
        probabilities_after=network.output.forward(logits_after, training=True)[0].copy(),
    )


def _trace_backward(traces: list[LayerTrace], dy: Array) -> None:
    """Fill in the gradients, from the top layer down to the lowest Dense one."""
    lowest = next(i for i, trace in enumerate(traces) if isinstance(trace.layer, Dense))
    for trace in reversed(traces[lowest:]):
        layer = trace.layer
        trace.dy = dy[0].copy()
        layer.param_grads(dy)
        if isinstance(layer, Dense):
            trace.W, trace.b = layer.W.copy(), layer.b.copy()
            trace.dW = layer.dW.copy()
        if trace is not traces[lowest]:
            dy = layer.input_grad(dy)
            trace.dx = dy[0].copy()
        if isinstance(layer, Activation):
            trace.slope = layer.input_grad(np.ones_like(dy))[0].copy()


def telling_unit(trace: LayerTrace) -> int:
    """The unit of a Dense layer that learns most from this image."""
    assert trace.dy is not None
    return int(np.abs(trace.dy).argmax())
