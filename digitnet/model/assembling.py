"""From the file of a model to its parts, if they make sense.

Nothing in the file is believed: each field of the header is checked against the others
(digitnet.model.header) and against the arrays before it is used.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.files.archive import Archive
from digitnet.model.header import DTYPES, Header, understood
from digitnet.model.parts import Parts, beginnings, fingerprint
from digitnet.model.sight import first_dense
from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense
from digitnet.nn.network import Network, multilayer_perceptron
from digitnet.nn.oriented_gradients import LARGEST, layers_below, n_seen, oriented_layer
from digitnet.text import listed


def assemble(text: Any, archive: Archive) -> Parts:
    """Build the model from what the file says, if it makes sense. Raises ValueError.

    text: the header, as JSON was read.
    """
    header = understood(text)
    networks = _read_networks(archive, header, DTYPES[header.dtype])
    if header.sha256 != fingerprint([network.params for network in networks]):
        raise ValueError("its parameters are not those that were saved (SHA-256 differs)")
    same = {name: getattr(header, name) for name in Parts._fields if name != "networks"}
    return Parts(networks, **same)


def _read_networks(
    archive: Archive, header: Header, dtype: type[np.floating[Any]]
) -> tuple[Network, ...]:
    """The networks with their parameters. Raises KeyError or ValueError if they are others."""
    described = header.networks
    expected: list[dict[str, tuple[int, ...]]] = []
    for each in described:
        sizes = [
            n_seen(header.image_shape, each["oriented_gradients"]),
            *each["layer_sizes"][1:],
        ]
        weights = {f"W{n}": shape for n, shape in enumerate(pairwise(sizes), start=1)}
        expected.append(weights | {f"b{n}": (size,) for n, size in enumerate(sizes[1:], start=1)})
    starts = beginnings(len(described))
    names = {
        beginning + name
        for beginning, shapes in zip(starts, expected, strict=True)
        for name in shapes
    }
    if others := archive.names - names - {"header"}:
        raise ValueError(f"it holds arrays that are not of this network: {listed(others)}")
    networks = []
    for each, beginning, shapes in zip(described, starts, expected, strict=True):
        # All are read before a network is built, for which a damaged file may want much memory.
        arrays = {
            name: _read_array(archive, beginning + name, shape, dtype)
            for name, shape in shapes.items()
        }
        sizes, activations = each["layer_sizes"], each["activations"]
        below = layers_below(header.image_shape, each["oriented_gradients"])
        network = multilayer_perceptron(sizes, activations, below=below, seed=None)
        for name, values, _ in network.parameters():
            values[:] = arrays.pop(name)
        _check_numbers(network)
        networks.append(network)
    return tuple(networks)


def _read_array(
    archive: Archive, name: str, shape: tuple[int, ...], dtype: type[np.floating[Any]]
) -> NDArray[Any]:
    """An array of the network. Raises KeyError if it is not there, ValueError if it is another."""
    stored = archive.read(name)
    if stored.shape != shape or stored.dtype != dtype:
        raise ValueError(
            f"{name}: expected {shape} of {dtype.__name__}, got {stored.shape} of {stored.dtype}"
        )
    return stored


def _check_numbers(network: Network) -> None:
    """Raise ValueError if a parameter is no number, or if they are so large that answers are none.

    |xW + b| is at most I max|x| max|W| + max|b|, and no activation makes it more than that, or 1.
    Where this is too much for float32, which it may be in a deep network of small weights, a black
    and a white image tell, or rows of the smallest and largest oriented gradients.
    """
    oriented = oriented_layer(network) is not None
    layers = network.layers[int(oriented) :]
    largest = LARGEST if oriented else 1.0  # that the lowest of these is given
    reach, enough = largest, float(np.finfo(np.float32).max)
    with np.errstate(over="ignore", invalid="ignore"):
        for name, values, _ in network.parameters():
            if not math.isfinite(_largest(values)):
                raise ValueError(f"{name}: expected finite numbers, got NaN or infinity among them")
        for layer in layers:
            if isinstance(layer, Dense):
                reach = max(len(layer.W) * reach * _largest(layer.W) + _largest(layer.b), 1.0)
        n_in = len(first_dense(network).W)
        x = np.repeat(np.array([[0], [largest]], np.float32), n_in, axis=1)
        for layer in layers if reach >= enough else ():
            x = layer.forward(x, training=False)
            if not np.isfinite(x).all():
                raise ValueError("its parameters are so large that its answers are not numbers")


def _largest(values: Array) -> float:
    """The largest of these numbers by size; infinity or NaN if that is among them."""
    return max(abs(float(values.min())), abs(float(values.max())))
