"""Model: a network with all that is needed to use it, in memory and as one file.

`model.npz` is an ordinary NumPy archive: one array per parameter ("W1", "b1", …) and "header",
a JSON text. It holds no time and no path, so equal models are equal files, byte for byte.
"""

import json
import math
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet import __version__
from digitnet.data.preprocessing import MinMax
from digitnet.errors import DigitnetError
from digitnet.files import replaced
from digitnet.nn.activations import ACTIVATIONS, Activation
from digitnet.nn.arrays import Array
from digitnet.nn.layers import Dense
from digitnet.nn.network import Network, multilayer_perceptron

FORMAT = "digitnet model"
FORMAT_VERSION = 1
ROWS_AT_ONCE = 1000  # more would not be faster, only larger


class Model:
    """A network, the scaling of its pixels, its classes by name, and how it was trained."""

    def __init__(
        self,
        network: Network,
        scaling: MinMax,
        classes: tuple[str, ...],
        image_shape: tuple[int, ...],
        config: dict[str, Any] | None = None,
    ) -> None:
        self.network = network
        self.scaling = scaling
        self.classes = classes
        self.image_shape = image_shape
        self.config = config or {}

    def predict_proba(self, images: NDArray[np.uint8]) -> Array:
        """The probability of each class: (N, K), rows sum to 1.

        images: (N, height, width) or (N, height · width), pixels on the scale of the training.
        Raises DigitnetError if they have another shape.
        """
        expected = math.prod(self.image_shape)
        if images.shape[1:] not in (self.image_shape, (expected,)):
            height_width = " x ".join(map(str, self.image_shape))
            raise DigitnetError(
                f"expected images of shape (N, {height_width}) or rows of {expected} pixels, "
                f"got an array of shape {images.shape}"
            )
        rows = images.reshape(len(images), expected)
        probabilities = np.empty((len(rows), len(self.classes)), self.network.params.dtype)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            probabilities[part] = self.network.probabilities(self.scaling(rows[part]))
        return probabilities

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The index of the most probable class of each image: (N,). See predict_proba."""
        predictions: NDArray[np.intp] = self.predict_proba(images).argmax(axis=1)
        return predictions

    def save(self, path: str | Path) -> None:
        """Write the model to a file, which appears whole or not at all.

        Raises DigitnetError for a network that is not a multi-layer perceptron; OSError.
        """
        sizes, activations = _describe(self.network)
        header = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "digitnet_version": __version__,
            "layer_sizes": sizes,
            "activations": activations,
            "preprocessing": asdict(self.scaling),
            "classes": self.classes,
            "image_shape": self.image_shape,
            "config": self.config,
        }
        arrays: dict[str, Any] = {name: values for name, values, _ in self.network.parameters()}
        with replaced(Path(path)) as file:
            np.savez(file, header=np.array(json.dumps(header)), **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Model":
        """Read a model from the file that `save` wrote. No code in it is ever run (no pickle).

        Raises DigitnetError if the file is missing, damaged, or not a model of this version.
        """
        try:
            # Opened here, because np.load forgets to close what turns out not to be an archive.
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            raise DigitnetError(
                f"{path}: expected a model file of digitnet, got {error}"
            ) from error
        try:
            return _from_arrays(arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise DigitnetError(
                f"{path}: expected a model file of digitnet, got {error!r}"
            ) from error


def _describe(network: Network) -> tuple[list[int], list[str]]:
    """Layer sizes and names of activations, from which the network can be built again."""
    names = {activation: name for name, activation in ACTIVATIONS.items()}
    sizes = [layer.n_units for layer in network.layers if isinstance(layer, Dense)]
    activations = [layer for layer in network.layers if isinstance(layer, Activation)]
    try:
        return [network.n_in, *sizes], [names[type(layer)] for layer in activations]
    except KeyError as error:
        raise DigitnetError(
            f"expected activations from digitnet.nn.ACTIVATIONS, got {error}; add it there"
        ) from error


def _from_arrays(arrays: dict[str, NDArray[Any]]) -> Model:
    header = json.loads(arrays.pop("header").item())
    if header["format"] != FORMAT or header["format_version"] != FORMAT_VERSION:
        raise ValueError(f"{header['format']} version {header['format_version']}")
    network = multilayer_perceptron(header["layer_sizes"], header["activations"])
    for name, values, _ in network.parameters():
        stored = arrays.pop(name)
        if stored.shape != values.shape or stored.dtype != values.dtype:
            raise ValueError(f"{name} of shape {stored.shape}, type {stored.dtype}")
        values[:] = stored
    if arrays:
        raise ValueError(f"unknown arrays {sorted(arrays)}")
    return Model(
        network,
        MinMax(**header["preprocessing"]),
        tuple(header["classes"]),
        tuple(header["image_shape"]),
        header["config"],
    )
