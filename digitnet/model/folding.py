"""Folding: batch normalisation is of use while learning; what predicts needs Dense layers alone."""

import copy
from itertools import pairwise

from digitnet.nn.batchnorm import BatchNorm
from digitnet.nn.layers import Dense
from digitnet.nn.network import Network


def without_batch_norm(network: Network) -> Network:
    """The same predictions, up to rounding, by Dense layers that batch normalisation went into.

    The network itself if it has none, else a new one; the given one is left as it is.
    """
    if not any(isinstance(layer, BatchNorm) for layer in network.layers):
        return network
    whole = copy.deepcopy(network)
    norms = set()
    for dense, norm in pairwise(whole.layers):
        if isinstance(dense, Dense) and isinstance(norm, BatchNorm):
            norm.fold_into(dense)
            norms.add(norm)
    kept = [layer for layer in whole.layers if layer not in norms]
    values = [(layer.W, layer.b) for layer in kept if isinstance(layer, Dense)]
    plain = Network(whole.n_in, kept, seed=None, dtype=whole.params.dtype)
    dense_layers = (layer for layer in kept if isinstance(layer, Dense))
    for layer, (W, b) in zip(dense_layers, values, strict=True):
        layer.W[:], layer.b[:] = W, b
    return plain
