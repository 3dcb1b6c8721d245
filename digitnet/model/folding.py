"""Folding: batch normalisation is of use while learning; what predicts needs Dense layers alone."""

import copy

from digitnet.nn.batchnorm import BatchNorm
from digitnet.nn.layers import Dense, Layer
from digitnet.nn.network import Network


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
