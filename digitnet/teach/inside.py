"""Inside: what a network does on the way from pixels to classes, as arrays to look at.

Everything here is what the layers compute themselves, copied; nothing about the network changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Activation, Array, BatchNorm, Dense, Dropout, Network, Objective, ReLU
from digitnet.nn.batchnorm import EPSILON
from digitnet.nn.blas import computing
from digitnet.nn.shards import twin
from digitnet.training.diagnosis import stuck_share

BINS = 24
SMALLEST = -10.0
"""Power of ten below which the size of a gradient counts as this."""


@dataclass(frozen=True)
class Hidden:
    """A hidden layer's outputs (N, O), copied, by the name of its activation."""

    activation: str
    outputs: Array


def hidden_layers(network: Network, x: Array) -> list[Hidden]:
    """What each hidden layer says of the rows of x (N, I), as when predicting."""
    found = []
    with computing():
        for layer in network.layers:
            x = layer.forward(x, training=False)
            if isinstance(layer, Activation):
                found.append(Hidden(type(layer).__name__, x.copy()))
    return found


def contributions(network: Network, x: Array) -> Array:
    """How much each input of the last layer adds to each logit of one image: (K, O), nats.

    x: (1, I). The logit of class k is z_k = Σ_o h_o W_ok + b_k; this is h_o W_ok.
    """
    last = network.layers[-1]
    assert isinstance(last, Dense)
    with computing():
        for layer in network.layers[:-1]:
            x = layer.forward(x, training=False)
        added: Array = x[0] * last.W.T
    return added


def saliency(network: Network, x: Array) -> Array:
    """How each logit of one image changes with each pixel, ∂z_k/∂x_i: (K, I), when predicting.

    x: (1, I). The chain rule from the logits down: dy begins as the identity, a row for each class,
    and goes through the layers as in learning, but batch normalisation is the line that it is to
    predict, y = γ (x − mean) / √(variance + ε) + β. A step of x_i by a little ε changes z_k by
    ε ∂z_k/∂x_i. Source: Simonyan, Vedaldi & Zisserman 2014, arXiv 1312.6034, §3.
    """
    y = np.repeat(x, network.n_out, axis=0)  # (K, I): activations remember them for their slopes
    with computing():
        for layer in network.layers:
            y = layer.forward(y, training=False)
        dy: Array = np.eye(network.n_out, dtype=network.params.dtype)
        for layer in reversed(network.layers):
            if isinstance(layer, Dense):
                dy = np.dot(dy, layer.W.T)
            elif isinstance(layer, BatchNorm):
                dy = dy * (layer.gamma / np.sqrt(layer.variance + EPSILON))
            elif not isinstance(layer, Dropout):
                passed = layer.backward(dy)
                assert passed is not None
                dy = passed.copy()
    return dy


def strongest(amounts: Array, n: int) -> NDArray[np.int32]:
    """Of each row of amounts (K, O), the places of the n largest sizes, the largest first."""
    order = np.argsort(-np.abs(amounts), axis=1, kind="stable")[:, :n]
    return order.astype(np.int32)


@dataclass(frozen=True)
class LayerReport:
    """A hidden layer on some images.

    dead, saturated: the share of its units that pass (almost) no gradient for any of them.
    activations: the share of outputs in each of the bins between activation_edges.
    gradients: likewise of its weights' gradients, by the power of ten of their size.
    """

    name: str
    units: int
    dead: float
    saturated: float
    activation_edges: Array
    activations: Array
    gradient_edges: Array
    gradients: Array


def layer_reports(
    network: Network, objective: Objective, x: Array, targets: Array, n_gradients: int = 64
) -> list[LayerReport]:
    """What each hidden layer does on the rows of x (N, I), and its gradients on the first few.

    targets: (N, K). n_gradients: rows of the batch whose gradients are looked at.
    """
    aside = twin(network)  # with gradients of its own
    aside.restore(network.state())
    reports = []
    with computing():
        logits = aside.forward(x[:n_gradients], training=True)
        aside.backward(objective.loss(logits, targets[:n_gradients])[1])
        for layer in aside.layers:
            x = layer.forward(x, training=False)
            if isinstance(layer, Dense):
                below = layer
            elif isinstance(layer, Activation):
                reports.append(_report(layer, x, below.dW))
    return reports


def _report(layer: Activation, outputs: Array, dW: Array) -> LayerReport:
    share, is_relu = stuck_share(layer, outputs), isinstance(layer, ReLU)
    with np.errstate(divide="ignore"):
        sizes = np.maximum(np.log10(np.abs(dW.ravel())), SMALLEST)
    activations, activation_edges = _histogram(outputs.ravel())
    gradients, gradient_edges = _histogram(sizes)
    return LayerReport(
        type(layer).__name__,
        outputs.shape[1],
        dead=share if is_relu else 0.0,
        saturated=0.0 if is_relu else share,
        activation_edges=activation_edges,
        activations=activations,
        gradient_edges=gradient_edges,
        gradients=gradients,
    )


def _histogram(values: Array) -> tuple[Array, Array]:
    """The share of finite values in each of BINS bins, and the edges of these."""
    finite = values[np.isfinite(values)].astype(np.float64)
    if finite.size == 0:
        finite = np.zeros(1)
    counts, edges = np.histogram(finite, BINS)
    return (counts / counts.sum()).astype(np.float32), edges.astype(np.float32)
