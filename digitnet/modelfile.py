"""The file of a model: an ordinary .npz of one array per parameter, and a JSON text, "header".

It holds no time and no path, so equal models are equal files, byte for byte. Nothing in it is
believed: each field is checked against the others and against the arrays before it is used.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.archive import UNREADABLE, read_archive
from digitnet.data.preprocessing import MinMax
from digitnet.errors import DigitnetError
from digitnet.files import replaced
from digitnet.nn.activations import ACTIVATIONS, Activation
from digitnet.nn.layers import Dense, Dropout
from digitnet.nn.network import Network, multilayer_perceptron
from digitnet.version import __version__

FORMAT = "digitnet model"
FORMAT_VERSION = 1
MOST_PARAMETERS = 2**31
PIXELS = ("uint8", "float32")


class Parts(NamedTuple):
    """What a model is made of: see Model."""

    network: Network
    scaling: MinMax
    classes: tuple[str, ...]
    image_shape: tuple[int, int]
    pixels: str
    background: float
    config: dict[str, Any]


def write_model_file(path: Path, parts: Parts) -> None:
    """Write the file, whole or not at all. Raises DigitnetError or OSError: see Model.save."""
    sizes, activations = _describe(parts.network)
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "digitnet_version": __version__,
        "layer_sizes": sizes,
        "activations": activations,
        "preprocessing": {
            **asdict(parts.scaling),
            "pixels": parts.pixels,
            "background": parts.background,
        },
        "classes": parts.classes,
        "image_shape": parts.image_shape,
        "config": parts.config,
        "sha256": _fingerprint(parts.network),
    }
    arrays: dict[str, Any] = {name: values for name, values, _ in parts.network.parameters()}
    with replaced(path) as file:
        np.savez(file, header=np.array(json.dumps(header)), **arrays)


def _describe(network: Network) -> tuple[list[int], list[str]]:
    """Layer sizes and names of activations, from which the network can be built again."""
    names = {activation: name for name, activation in ACTIVATIONS.items()}
    sizes, activations = [network.n_in], []
    for layer in network.layers:
        if isinstance(layer, Dense):
            sizes.append(layer.n_units)
        elif isinstance(layer, Activation) and type(layer) in names:
            activations.append(names[type(layer)])
        elif not isinstance(layer, Dropout):
            raise DigitnetError(
                f"expected layers that a model file knows (Dense, Dropout, those in "
                f"digitnet.nn.ACTIVATIONS), got {type(layer).__name__}; add it there"
            )
    return sizes, activations


def _fingerprint(network: Network) -> str:
    return hashlib.sha256(network.params.data).hexdigest()


def read_model_file(path: Path) -> Parts:
    """Read and check the file. Raises DigitnetError: see Model.load."""
    try:
        arrays = read_archive(path, compressed=False)
        header = json.loads(arrays.pop("header").item())
        return _assemble(header, arrays)
    except FileNotFoundError as error:
        raise DigitnetError(f"{path}: expected a model file, but there is none") from error
    except KeyError as error:
        raise DigitnetError(
            f"{path}: expected a model file of digitnet, it lacks {error}"
        ) from error
    except (*UNREADABLE, TypeError, RecursionError) as error:
        raise DigitnetError(f"{path}: expected a model file of digitnet: {error}") from error


def _assemble(header: Any, arrays: dict[str, NDArray[Any]]) -> Parts:
    """Build the model from what the file says, if it makes sense. Raises ValueError."""
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("its header is not that of a model")
    version = header["format_version"]
    if type(version) is not int or version > FORMAT_VERSION:
        raise ValueError(
            f"it is of format {version!r}, written by digitnet {header.get('digitnet_version')!r}, "
            f"and this is {__version__}, which knows format {FORMAT_VERSION}; try a newer one"
        )
    sizes, activations = header["layer_sizes"], header["activations"]
    image_shape, classes = header["image_shape"], header["classes"]
    scale, config = header["preprocessing"], header["config"]
    with _field("layer_sizes"):
        _expect(_are(int, sizes) and len(sizes) > 1 and min(sizes) > 0, sizes)
        _expect(sum(map(math.prod, pairwise(sizes))) < MOST_PARAMETERS, sizes)
    with _field("activations"):
        _expect(_are(str, activations) and len(activations) == len(sizes) - 2, activations)
        _expect(all(name in ACTIVATIONS for name in activations), activations)
    with _field("image_shape"):
        _expect(_are(int, image_shape) and len(image_shape) == 2, image_shape)
        _expect(min(image_shape) > 0 and math.prod(image_shape) == sizes[0], image_shape)
    with _field("classes"):
        _expect(_are(str, classes) and len(classes) == len(set(classes)) == sizes[-1], classes)
    with _field("preprocessing"):
        _expect(isinstance(scale, dict) and scale["pixels"] in PIXELS, scale)
        numbers = [scale["minimum"], scale["maximum"], scale["background"]]
        _expect(_are((int, float), numbers) and all(map(math.isfinite, numbers)), scale)
        _expect(numbers[0] <= numbers[1], scale)
    with _field("config"):
        _expect(isinstance(config, dict), config)
    network = multilayer_perceptron(sizes, activations)
    _fill(network, arrays)
    if header["sha256"] != _fingerprint(network):
        raise ValueError("its parameters are not those that were saved (SHA-256 differs)")
    scaling = MinMax(scale["minimum"], scale["maximum"])
    shape = (image_shape[0], image_shape[1])
    return Parts(
        network, scaling, tuple(classes), shape, scale["pixels"], scale["background"], config
    )


def _fill(network: Network, arrays: dict[str, NDArray[Any]]) -> None:
    """Set the parameters of the network to the arrays, which must be just these."""
    for name, values, _ in network.parameters():
        stored = arrays.pop(name)
        if stored.shape != values.shape or stored.dtype != values.dtype:
            raise ValueError(
                f"{name}: expected {values.shape} of {values.dtype}, "
                f"got {stored.shape} of {stored.dtype}"
            )
        if not np.all(np.isfinite(stored)):
            raise ValueError(f"{name}: expected finite numbers, got NaN or infinity among them")
        values[:] = stored
    if arrays:
        raise ValueError(f"it holds arrays that are not of this network: {', '.join(arrays)}")


@contextmanager
def _field(name: str) -> Iterator[None]:
    """Name the field in errors about it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _expect(holds: bool, value: object) -> None:
    if not holds:
        raise ValueError(f"{str(value)[:80]} does not fit")


def _are(kind: type | tuple[type, ...], values: object) -> bool:
    """Whether this is a list of such values; True and False are not numbers here."""
    return isinstance(values, list) and all(
        isinstance(value, kind) and not isinstance(value, bool) for value in values
    )
