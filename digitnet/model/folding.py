"""Folding: batch normalisation is of use while learning; what predicts needs Dense layers alone.

So is a scaling of pixels, which can go into the lowest layer.
"""

import copy

import numpy as np

from digitnet.accept.scaling import MinMax
from digitnet.errors import DigitnetError
from digitnet.nn.batchnorm import BatchNorm
from digitnet.nn.layers import Dense, Layer
from digitnet.nn.network import Network
from digitnet.nn.oriented_gradients import oriented_layer


def without_batch_norm(network: Network) -> Network:
    """The same predictions, up to rounding, by Dense layers that batch normalisation went into.

    A BatchNorm with no Dense layer right below it stays. The network itself if there is nothing to
    fold, else a new one; the given one is left as it is.
    """
    kept: list[Layer] = []
    for layer in copy.deepcopy(network).layers:
        if type(layer) is BatchNorm and kept and type(kept[-1]) is Dense:
            layer.fold_into(kept[-1])
        else:
            kept.append(layer)
    if len(kept) == len(network.layers):
        return network
    plain = Network(network.n_in, copy.deepcopy(kept), seed=None, dtype=network.params.dtype)
    for new, old in zip(plain.layers, kept, strict=True):
        for name in old.parameters or ():
            getattr(new, name)[...] = getattr(old, name)
    return plain


def rescaled(network: Network, before: MinMax, now: MinMax) -> Network:
    """The same predictions, up to rounding, for images that are scaled otherwise than before.

        x = (p - m) / s,  x' = (p - m') / s'   =>   x W + b = x' (s'/s) W + (b + (m' - m)/s Σ_i W_i)

    p: pixels. m, s: minimum and span of the scaling before; m', s' of that of now.
    Slopes of images have no m, and their roots are multiplied by that of s'/s (but for the ε of
    digitnet.nn.oriented_gradients, which hardly counts).
    The network itself if the scalings are alike. Raises DigitnetError unless its lowest layer is
    Dense, or that above oriented gradients.
    """
    if before.plain() == now.plain():
        return network
    network = copy.deepcopy(network)
    oriented = oriented_layer(network) is not None
    lowest = network.layers[int(oriented)]
    if not isinstance(lowest, Dense):
        raise DigitnetError(f"expected a Dense layer at the bottom, got {lowest!r}")
    span, new_span = (each.maximum - each.minimum or 1 for each in (before, now))
    if oriented:
        lowest.W *= np.sqrt(new_span / span)
    else:
        lowest.b += (now.minimum - before.minimum) / span * lowest.W.sum(axis=0)
        lowest.W *= new_span / span
    return network
