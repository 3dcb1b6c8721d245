"""The file of a model: an ordinary .npz of one array per parameter, and a JSON text, "header".

It holds no time and no path, so equal models are equal files, byte for byte. Nothing in it is
believed: each field is checked against the others and against the arrays before it is used.
"""

import hashlib
import json
import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.scaling import MinMax
from digitnet.errors import DigitnetError
from digitnet.files.archive import Archive, open_archive
from digitnet.files.incoming import MOST_JSON, parse_json
from digitnet.files.writing import replaced
from digitnet.model.folding import without_batch_norm
from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense, Dropout
from digitnet.nn.network import Network, multilayer_perceptron
from digitnet.text import NAME, listed, shown
from digitnet.version import __version__

FORMAT = "digitnet model"
DTYPES: dict[int, type[np.floating[Any]]] = {1: np.float32, 2: np.float16}
"""What the parameters are stored in, by version of the format."""
MOST_WEIGHTS = 2**31
PIXELS = ("uint8", "float32")
LARGEST_BACKGROUND = 1e6


class Parts(NamedTuple):
    """What a model is made of: see Model."""

    network: Network
    scaling: MinMax
    classes: tuple[str, ...]
    image_shape: tuple[int, int]
    pixels: str
    background: float
    config: dict[str, Any]


def write_model_file(path: Path, parts: Parts, half: bool = False) -> None:
    """Write the file, whole or not at all. Raises DigitnetError or OSError: see Model.save."""
    network = without_batch_norm(parts.network)
    sizes, activations = _describe(network)
    if not _are_names(parts.classes, sizes[-1]):
        raise DigitnetError(
            f"expected {sizes[-1]} names of classes, each another, printable one, "
            f"got {', '.join(shown(name, NAME) for name in parts.classes)}"
        )
    version = 2 if half else 1
    with np.errstate(over="ignore"):
        stored = network.params.astype(DTYPES[version], copy=False)
    if half and not np.all(np.isfinite(stored)):
        raise DigitnetError("expected parameters below 65520 for half precision, got larger")
    header = {
        "format": FORMAT,
        "format_version": version,
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
        "sha256": _fingerprint(stored.astype(np.float32, copy=False)),
    }
    text = json.dumps(header)
    if len(text) > MOST_JSON:
        raise DigitnetError(
            f"expected names of classes and settings of at most {MOST_JSON} characters of JSON, "
            f"got {len(text)}"
        )
    arrays: dict[str, Any] = {
        name: values.astype(stored.dtype, copy=False) for name, values, _ in network.parameters()
    }
    with replaced(path) as file:
        np.savez(file, header=np.array(text), **arrays)


def _describe(network: Network) -> tuple[list[int], list[str]]:
    """Layer sizes and names of activations, from which the network can be built again."""
    names = {activation: name for name, activation in ACTIVATIONS.items()}
    layers = [layer for layer in network.layers if not isinstance(layer, Dropout)]
    dense, activations = layers[::2], layers[1::2]
    fits = len(layers) % 2 == 1 and all(isinstance(layer, Dense) for layer in dense)
    if not fits or not all(type(layer) in names for layer in activations):
        raise DigitnetError(
            "expected a network that a model file can hold, of Dense layers with one of "
            "digitnet.nn.ACTIVATIONS between each two, got "
            f"{', '.join(type(layer).__name__ for layer in layers)}"
        )
    if network.params.dtype != np.float32:
        raise DigitnetError(f"expected a network in float32, got {network.params.dtype}")
    sizes = [layer.n_units for layer in dense if isinstance(layer, Dense)]
    return [network.n_in, *sizes], [names[type(layer)] for layer in activations]  # type: ignore[index]


def _are_names(classes: Collection[str], n_classes: int) -> bool:
    printable = all(map(str.isprintable, classes))
    return printable and len(classes) == len(set(classes)) == n_classes


def _fingerprint(params: Array) -> str:
    """Of the parameters as they are used, in float32, whatever they are stored in."""
    return hashlib.sha256(params.data).hexdigest()


def read_model_file(path: Path) -> Parts:
    """Read and check the file. Raises DigitnetError: see Model.load."""
    try:
        with open_archive(path, compressed=False) as archive:
            return _assemble(parse_json(archive.text("header")), archive)
    except FileNotFoundError as error:
        raise DigitnetError(f"{path}: expected a model file, but there is none") from error
    except KeyError as error:
        raise DigitnetError(
            f"{path}: expected a model file of digitnet, it lacks {error}"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise DigitnetError(f"{path}: expected a model file of digitnet: {error}") from error


def _assemble(header: Any, archive: Archive) -> Parts:
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
    sizes, activations = header["layer_sizes"], header["activations"]
    image_shape, classes = header["image_shape"], header["classes"]
    scale, config = header["preprocessing"], header["config"]
    with _field("layer_sizes"):
        _expect(_are(int, sizes) and len(sizes) > 1 and min(sizes) > 0, sizes)
        _expect(sum(map(math.prod, pairwise(sizes))) < MOST_WEIGHTS, sizes)
    with _field("activations"):
        _expect(_are(str, activations) and len(activations) == len(sizes) - 2, activations)
        _expect(all(name in ACTIVATIONS for name in activations), activations)
    with _field("image_shape"):
        _expect(_are(int, image_shape) and len(image_shape) == 2, image_shape)
        _expect(min(image_shape) > 0 and math.prod(image_shape) == sizes[0], image_shape)
    with _field("classes"):
        _expect(_are(str, classes) and _are_names(classes, sizes[-1]), classes)
    with _field("preprocessing"):
        _expect(isinstance(scale, dict) and scale["pixels"] in PIXELS, scale)
        numbers = [scale["minimum"], scale["maximum"], scale["background"]]
        _expect(_are((int, float), numbers) and all(map(math.isfinite, numbers)), scale)
        _expect(numbers[0] <= numbers[1] and abs(numbers[2]) <= LARGEST_BACKGROUND, scale)
        scaling = MinMax(scale["minimum"], scale["maximum"])
    with _field("config"):
        _expect(isinstance(config, dict), config)
    expected: dict[str, tuple[int, ...]]
    expected = {f"W{n}": shape for n, shape in enumerate(pairwise(sizes), start=1)}
    expected |= {f"b{n}": (size,) for n, size in enumerate(sizes[1:], start=1)}
    if others := archive.names - set(expected) - {"header"}:
        raise ValueError(f"it holds arrays that are not of this network: {listed(others)}")
    arrays = {
        name: _read_array(archive, name, shape, DTYPES[version]) for name, shape in expected.items()
    }
    network = multilayer_perceptron(sizes, activations, seed=None)
    for name, values, _ in network.parameters():
        values[:] = arrays.pop(name)
    _check_numbers(network)
    if header["sha256"] != _fingerprint(network.params):
        raise ValueError("its parameters are not those that were saved (SHA-256 differs)")
    shape = (image_shape[0], image_shape[1])
    return Parts(
        network, scaling, tuple(classes), shape, scale["pixels"], scale["background"], config
    )


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
