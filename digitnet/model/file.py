"""The file of a model: an ordinary .npz of one array per parameter, and a JSON text, "header".

It holds no time and no path, so equal models are equal files, byte for byte. Reading one is in
digitnet.model.assembling.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.files.archive import open_archive
from digitnet.files.incoming import MOST_JSON, parse_json
from digitnet.files.writing import replaced
from digitnet.model.assembling import assemble
from digitnet.model.folding import without_batch_norm
from digitnet.model.header import DTYPES, Header
from digitnet.model.parts import Parts, are_names, beginnings, fingerprint
from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.layers import Dense, Dropout
from digitnet.nn.network import Network
from digitnet.nn.oriented_gradients import oriented_layer
from digitnet.text import NAME, shown


def write_model_file(path: Path, parts: Parts, half: bool = False) -> None:
    """Write the file, whole or not at all. Raises DigitnetError or OSError: see Model.save."""
    networks = [without_batch_norm(network) for network in parts.networks]
    described = [_describe(network) for network in networks]
    n_classes = networks[0].n_out
    if not are_names(parts.classes, n_classes):
        raise DigitnetError(
            f"expected {n_classes} names of classes, each another, printable one, "
            f"got {', '.join(shown(name, NAME) for name in parts.classes)}"
        )
    dtype = "float16" if half else "float32"
    with np.errstate(over="ignore"):
        stored = [network.params.astype(DTYPES[dtype], copy=False) for network in networks]
    if half and not all(np.isfinite(params).all() for params in stored):
        raise DigitnetError("expected parameters below 65520 for half precision, got larger")
    header = Header(
        described,
        dtype,
        parts.temperature,
        parts.scalings,
        parts.pixels,
        parts.background,
        parts.classes,
        parts.image_shape,
        parts.config,
        fingerprint([params.astype(np.float32, copy=False) for params in stored]),
    )
    text = json.dumps(header.as_json())
    if len(text) > MOST_JSON:
        raise DigitnetError(
            f"expected names of classes and settings of at most {MOST_JSON} characters of JSON, "
            f"got {len(text)}"
        )
    arrays: dict[str, Any] = {
        beginning + name: values.astype(DTYPES[dtype], copy=False)
        for beginning, network in zip(beginnings(len(networks)), networks, strict=True)
        for name, values, _ in network.parameters()
    }
    with replaced(path) as file:
        np.savez(file, header=np.array(text), **arrays)


def _describe(network: Network) -> dict[str, Any]:
    """What of a network a header says, from which it can be built again."""
    names = {activation: name for name, activation in ACTIVATIONS.items()}
    layers = [layer for layer in network.layers if not isinstance(layer, Dropout)]
    oriented = oriented_layer(network) is not None
    layers = layers[int(oriented) :]
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
    return {
        "layer_sizes": [network.n_in, *sizes],
        "activations": [names[type(layer)] for layer in activations],  # type: ignore[index]
        "oriented_gradients": oriented,
    }


def read_model_file(path: Path) -> Parts:
    """Read and check the file. Raises DigitnetError: see Model.load."""
    try:
        with open_archive(path, compressed=False) as archive:
            return assemble(parse_json(archive.text("header")), archive)
    except FileNotFoundError as error:
        raise DigitnetError(f"{path}: expected a model file, but there is none") from error
    except KeyError as error:
        raise DigitnetError(
            f"{path}: expected a model file of digitnet, it lacks {error}"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise DigitnetError(f"{path}: expected a model file of digitnet: {error}") from error
