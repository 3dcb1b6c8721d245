"""From the file of a model to its parts, if they make sense.

Nothing in the file is believed: each field is checked against the others and against the arrays
before it is used.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.scaling import MinMax
from digitnet.files.archive import Archive
from digitnet.model.parts import (
    COMMITTEES,
    DTYPES,
    FORMAT,
    LARGEST_BACKGROUND,
    MOST_MEMBERS,
    MOST_WEIGHTS,
    PIXELS,
    Parts,
    are_names,
    beginnings,
    fingerprint,
)
from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense
from digitnet.nn.network import Network, multilayer_perceptron
from digitnet.text import listed, shown
from digitnet.version import __version__


def assemble(header: Any, archive: Archive) -> Parts:
    """Build the model from what the file says, if it makes sense. Raises ValueError."""
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("its header is not that of a model")
    version = header["format_version"]
    if type(version) is not int or version not in DTYPES:
        writer = shown(header.get("digitnet_version"))
        raise ValueError(
            f"it is of format {shown(version)}, written by digitnet {writer}, and this is "
            f"{__version__}, which knows formats up to {max(DTYPES)}; try a newer one"
        )
    described = header["networks"] if version in COMMITTEES else [header]
    with _field("networks"):
        _expect(_are(dict, described) and 0 < len(described) <= MOST_MEMBERS, described)
    for each in described:
        _check_description(each)
    ends = {(each["layer_sizes"][0], each["layer_sizes"][-1]) for each in described}
    if len(ends) > 1:
        raise ValueError("its networks are for images or classes that differ")
    ((n_in, n_out),) = ends
    image_shape, classes = header["image_shape"], header["classes"]
    scale, config = header["preprocessing"], header["config"]
    with _field("image_shape"):
        _expect(_are(int, image_shape) and len(image_shape) == 2, image_shape)
        _expect(min(image_shape) > 0 and math.prod(image_shape) == n_in, image_shape)
    with _field("classes"):
        _expect(_are(str, classes) and are_names(classes, n_out), classes)
    with _field("preprocessing"):
        _expect(isinstance(scale, dict) and scale["pixels"] in PIXELS, scale)
        numbers = [scale["minimum"], scale["maximum"], scale["background"]]
        _expect(_are((int, float), numbers) and all(map(math.isfinite, numbers)), scale)
        _expect(numbers[0] <= numbers[1] and abs(numbers[2]) <= LARGEST_BACKGROUND, scale)
        scaling = MinMax(scale["minimum"], scale["maximum"])
    with _field("config"):
        _expect(isinstance(config, dict), config)
    networks = _read_networks(archive, described, DTYPES[version])
    if header["sha256"] != fingerprint([network.params for network in networks]):
        raise ValueError("its parameters are not those that were saved (SHA-256 differs)")
    shape = (image_shape[0], image_shape[1])
    return Parts(
        networks, scaling, tuple(classes), shape, scale["pixels"], scale["background"], config
    )


def _check_description(described: dict[str, Any]) -> None:
    """Raise ValueError unless a network can be built from it."""
    sizes, activations = described["layer_sizes"], described["activations"]
    with _field("layer_sizes"):
        _expect(_are(int, sizes) and len(sizes) > 1 and min(sizes) > 0, sizes)
        _expect(sum(map(math.prod, pairwise(sizes))) < MOST_WEIGHTS, sizes)
    with _field("activations"):
        _expect(_are(str, activations) and len(activations) == len(sizes) - 2, activations)
        _expect(all(name in ACTIVATIONS for name in activations), activations)


def _read_networks(
    archive: Archive, described: list[dict[str, Any]], dtype: type[np.floating[Any]]
) -> tuple[Network, ...]:
    """The networks with their parameters. Raises KeyError or ValueError if they are others."""
    expected: list[dict[str, tuple[int, ...]]] = []
    for each in described:
        sizes = each["layer_sizes"]
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
        network = multilayer_perceptron(each["layer_sizes"], each["activations"], seed=None)
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
    and a white image tell.
    """
    reach, enough = 1.0, float(np.finfo(np.float32).max)
    with np.errstate(over="ignore", invalid="ignore"):
        for name, values, _ in network.parameters():
            if not math.isfinite(_largest(values)):
                raise ValueError(f"{name}: expected finite numbers, got NaN or infinity among them")
        for layer in network.layers:
            if isinstance(layer, Dense):
                reach = max(len(layer.W) * reach * _largest(layer.W) + _largest(layer.b), 1.0)
        x = np.repeat(np.array([[0], [1]], np.float32), network.n_in, axis=1)
        for layer in network.layers if reach >= enough else ():
            x = layer.forward(x, training=False)
            if not np.isfinite(x).all():
                raise ValueError("its parameters are so large that its answers are not numbers")


def _largest(values: Array) -> float:
    """The largest of these numbers by size; infinity or NaN if that is among them."""
    return max(abs(float(values.min())), abs(float(values.max())))


@contextmanager
def _field(name: str) -> Iterator[None]:
    """Name the field in errors about it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _expect(holds: bool, value: object) -> None:
    if not holds:
        raise ValueError(f"{shown(value)} does not fit")


def _are(kind: type | tuple[type, ...], values: object) -> bool:
    """Whether this is a list of such values; True and False are not numbers here."""
    return isinstance(values, list) and all(
        isinstance(value, kind) and not isinstance(value, bool) for value in values
    )
