"""Probe: a network aside, in float64: what a step would do to the loss, and what one weight does.

A gradient is a product, an input times the blame of an output; beside it stands the slope that one
measures by moving the weight and watching the loss. Everything works on a copy.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from digitnet.model.folding import without_batch_norm
from digitnet.nn import Array, Dense, Dropout, Network, SoftmaxCrossEntropy
from digitnet.nn.blas import computing
from digitnet.nn.gradcheck import EPSILON, ROUNDING, numerical_gradient, relative_error
from digitnet.teach.checking import distance_to_kinks

STEPS = (EPSILON, EPSILON / 10, EPSILON / 100, EPSILON / 1000)
"""How far a weight may be moved to both sides. What is too far for a curve that bends, or crosses a
kink, is near enough with the next; what is too near leaves only rounding."""
AGREE = 1e-7
"""Below this relative error, no smaller step is tried; above, the best of all is told."""


def aside(network: Network, dtype: DTypeLike = np.float64) -> Network:
    """The same network on parameters of its own, as it predicts; in float64, to be measured.

    Batch normalisation has gone into the Dense layers, for one image has no variance, and there is
    no dropout, so that every number can be followed.
    """
    plain = without_batch_norm(network)
    layers = [copy.deepcopy(each) for each in plain.layers if not isinstance(each, Dropout)]
    other = Network(plain.n_in, layers, seed=None, dtype=dtype)
    other.params[:] = plain.params
    return other


Pair: TypeAlias = tuple[Array, Array]
"""Rows x (B, I) and their targets (B, K)."""


def losses_after(network: Network, learned: Pair, rates: Array, watched: list[Pair]) -> Array:
    """What one step of plain gradient descent does to the loss: (pairs, rates).

    learned: what the step is made on, for each of the learning rates. watched: whose losses are
    told. network: left as it was, but for `grads`.
    """
    params, loss = network.params.copy(), SoftmaxCrossEntropy()
    losses = np.empty((len(watched), len(rates)))
    with computing():
        network.backward(loss(network.forward(learned[0], training=True), learned[1])[1])
        for n, rate in enumerate(rates):
            np.multiply(network.grads, -rate, out=network.params)
            network.params += params
            losses[:, n] = [loss(network.forward(x), target)[0] for x, target in watched]
    network.params[:] = params
    return losses


@dataclass(frozen=True)
class Probe:
    """The gradient of one weight, derived and measured.

    weight: W_io, or a bias. input, blame: the factors x_i and dy_o. gradient: their product, as
    backpropagation computes it. step: h. above, below: the loss with w + h and with w − h.
    measured: (L(w + h) − L(w − h)) / 2h. error: relative. resolution: the error that the rounding
    of L alone may cause. near_kink: whether a unit is so close to its kink that h may cross it.
    loss: with the weight as it is. offsets, losses: the loss with the weight moved further.
    """

    weight: float
    input: float
    blame: float
    gradient: float
    step: float
    above: float
    below: float
    measured: float
    error: float
    resolution: float
    near_kink: bool
    loss: float
    offsets: Array
    losses: Array


def probe(
    network: Network, x: Array, target: Array, level: int, i: int, o: int, offsets: Array
) -> Probe:
    """Look at the weight from input i to output o of a Dense layer, the level-th from the pixels.

    network: float64, left as it was but for `grads`. x: (1, I), target: (1, K). i: as many as there
    are inputs stands for the bias, whose input is always 1.
    """
    loss_of = SoftmaxCrossEntropy()
    layer = [each for each in network.layers if isinstance(each, Dense)][level]
    watched: list[float] = []

    def loss() -> float:
        watched.append(loss_of(network.forward(x), target)[0])
        return watched[-1]

    with computing():
        nearest = float(distance_to_kinks(network, x)[0])
        now, dlogits = loss_of(network.forward(x, training=True), target)
        network.backward(dlogits)
        blame = float(layer.db[o])  # of one image: a bias is given 1
        is_bias = i == len(layer.W)
        array, entry = (layer.b, o) if is_bias else (layer.W, i * layer.n_units + o)
        given = 1.0 if is_bias else float(layer.x[0, i])
        gradient = float((layer.db if is_bias else layer.dW).flat[entry])
        entries, old = np.array([entry], np.intp), float(array.flat[entry])
        found: list[tuple[float, float, float, float, float, bool]] = []
        for step in STEPS:
            (measured,) = numerical_gradient(loss, array, step, entries)
            error = relative_error(np.array([gradient]), np.array([measured]))
            found.append(
                (error, step, watched[-2], watched[-1], float(measured), nearest <= 10 * step)
            )
            if error < AGREE:
                break
        error, step, above, below, measured, near_kink = min(found)
        losses = np.empty(len(offsets))
        for n, offset in enumerate(offsets):
            array.flat[entry] = old + offset
            losses[n] = loss()
        array.flat[entry] = old
    size = abs(gradient) + abs(measured)
    rounding = ROUNDING * max(now, 1)  # of a small loss, that of probabilities near 1
    return Probe(
        weight=old,
        input=given,
        blame=blame,
        gradient=gradient,
        step=step,
        above=above,
        below=below,
        measured=measured,
        error=error,
        resolution=rounding / step / size if size else 0.0,
        near_kink=near_kink,
        loss=now,
        offsets=offsets,
        losses=losses,
    )
