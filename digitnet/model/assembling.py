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
from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense, Layer
from digitnet.nn.network import Network, multilayer_perceptron
from digitnet.nn.oriented_gradients import LARGEST, OrientedGradients
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
    below = [_layers_below(each, header.image_shape) for each in described]
    expected: list[dict[str, tuple[int, ...]]] = []
    for each, layers in zip(described, below, strict=True):
        sizes = list(each["layer_sizes"])
        for layer in layers:
            sizes[0] = layer.n_out(sizes[0])
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
    for each, layers, beginning, shapes in zip(described, below, starts, expected, strict=True):
        # All are read before a network is built, for which a damaged file may want much memory.
        arrays = {
            name: _read_array(archive, beginning + name, shape, dtype)
            for name, shape in shapes.items()
        }
        sizes, activations = each["layer_sizes"], each["activations"]
        network = multilayer_perceptron(sizes, activations, below=layers, seed=None)
        for name, values, _ in network.parameters():
            values[:] = arrays.pop(name)
        _check_numbers(network)
        networks.append(network)
    return tuple(networks)


def _layers_below(described: dict[str, Any], image_shape: tuple[int, int]) -> list[Layer]:
    """What an image passes before the layers that have learned."""
    return [OrientedGradients(image_shape)] if described["oriented_gradients"] else []


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
    and a white image tell.
    """
    reach, enough = 1.0, float(np.finfo(np.float32).max)
    with np.errstate(over="ignore", invalid="ignore"):
        for name, values, _ in network.parameters():
            if not math.isfinite(_largest(values)):
                raise ValueError(f"{name}: expected finite numbers, got NaN or infinity among them")
        for layer in network.layers:
            if isinstance(layer, OrientedGradients):
                reach = LARGEST
            elif isinstance(layer, Dense):
                reach = max(len(layer.W) * reach * _largest(layer.W) + _largest(layer.b), 1.0)
        x = np.repeat(np.array([[0], [1]], np.float32), network.n_in, axis=1)
        for layer in network.layers if reach >= enough else ():
            x = layer.forward(x, training=False)
            if not np.isfinite(x).all():
                raise ValueError("its parameters are so large that its answers are not numbers")


def _largest(values: Array) -> float:
    """The largest of these numbers by size; infinity or NaN if that is among them."""
    return max(abs(float(values.min())), abs(float(values.max())))
