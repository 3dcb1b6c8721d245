"""One complete learning step on one image, with copies of all arrays on the way.

The network's own layers compute it, one call at a time, as Network.forward and Network.backward
would; here every array is copied between the calls, before the next one reuses its memory.
"""

from dataclasses import dataclass

import numpy as np

from digitnet.nn import SGD, Activation, Array, Dense, Layer, Network, SoftmaxCrossEntropy


@dataclass(frozen=True)
class LayerTrace:
    """What went through one layer for one image: rows without their batch dimension.

    x (I,) -> y (O,) forward; dy (O,) -> dx (I,) backward, dx only above the lowest Dense layer.
    W (I, O), b (O,) before the update and their gradients dW, db, of a Dense layer.
    """

    layer: Layer
    x: Array
    y: Array
    dy: Array
    dx: Array | None
    W: Array | None
    b: Array | None
    dW: Array | None
    db: Array | None


@dataclass(frozen=True)
class StepTrace:
    """A learning step: the image x (I,) with target t (K,), layer by layer, and its effect."""

    x: Array
    target: Array
    layers: list[LayerTrace]
    logits: Array
    probabilities: Array
    loss: float
    dlogits: Array
    learning_rate: float
    loss_after: float
    probabilities_after: Array

    @property
    def dense(self) -> list[LayerTrace]:
        """The Dense layers, from the input up."""
        return [trace for trace in self.layers if isinstance(trace.layer, Dense)]

    @property
    def true_class(self) -> int:
        """The index of the class that the target names."""
        return int(self.target.argmax())


def trace_step(network: Network, x: Array, target: Array, learning_rate: float) -> StepTrace:
    """Let the network learn from one image by plain gradient descent, and tell all about it.

    x: (1, I), target: (1, K). Changes the network's parameters, as learning does.
    """
    softmax_cross_entropy = SoftmaxCrossEntropy()
    state = network.state()
    inputs, outputs = [], []
    y = x
    for layer in network.layers:
        inputs.append(y[0].copy())
        y = layer.forward(y, training=True)
        outputs.append(y[0].copy())
    probabilities = network.output.forward(y, training=True)[0].copy()
    loss, dy = softmax_cross_entropy(y, target)
    dlogits = dy[0].copy()

    traces: list[LayerTrace] = []
    lowest = next(i for i, layer in enumerate(network.layers) if isinstance(layer, Dense))
    for index in range(len(network.layers) - 1, -1, -1):
        layer, upstream, dx = network.layers[index], dy[0].copy(), None
        layer.param_grads(dy)
        if index > lowest:
            dy = layer.input_grad(dy)
            dx = dy[0].copy()
        arrays = {
            name: getattr(layer, name).copy() if isinstance(layer, Dense) else None
            for name in ("W", "b", "dW", "db")
        }
        traces.insert(0, LayerTrace(layer, inputs[index], outputs[index], upstream, dx, **arrays))

    SGD().step(network.params, network.grads, learning_rate)
    network.restore(state)  # the same dropout masks, or the losses could not be compared
    logits_after = network.forward(x, training=True)
    loss_after, _ = softmax_cross_entropy(logits_after, target)
    return StepTrace(
        x=x[0].copy(),
        target=target[0].copy(),
        layers=traces,
        logits=outputs[-1],
        probabilities=probabilities,
        loss=loss,
        dlogits=dlogits,
        learning_rate=learning_rate,
        loss_after=loss_after,
        probabilities_after=network.output.forward(logits_after, training=True)[0].copy(),
    )


def activation_after(trace: StepTrace, dense: LayerTrace) -> LayerTrace | None:
    """The activation that a Dense layer feeds; None for the last one, which feeds the softmax."""
    following = trace.layers[trace.layers.index(dense) + 1 :]
    return next((each for each in following if isinstance(each.layer, Activation)), None)


def telling_unit(trace: StepTrace) -> int:
    """The hidden unit of the first layer that learns most from this image."""
    return int(np.abs(trace.dense[0].dy).argmax())
