"""The header of a model file: all that it says besides the parameters, written and read here.

Versions 1 to 4 of the format say by their number what version 5 says in fields: what the parameters
are stored in, and whether there are several networks; version 6 says besides what the networks see.
A file is of the lowest version that can say what there is to say, so that an older digitnet reads
it if it can at all.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from digitnet.accept.scaling import Deskewed, MinMax
from digitnet.model.parts import MOST_MEMBERS, MOST_WEIGHTS, are_names
from digitnet.model.temperature import is_temperature
from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.oriented_gradients import n_seen
from digitnet.text import shown
from digitnet.version import __version__

FORMAT = "digitnet model"
IN_FIELDS = 5
"""The version of the format from which on all is said in fields."""
ORIENTED = 6
"""That of files in which a network sees oriented gradients. No version is higher."""
DTYPES: dict[str, type[np.floating[Any]]] = {"float32": np.float32, "float16": np.float16}
PIXELS = ("uint8", "float32")
LARGEST_BACKGROUND = 1e6


class Header(NamedTuple):
    """What a header says.

    networks: "layer_sizes", "activations" and "oriented_gradients" of each, from which it can be
    built again. The first size is that of the image.
    dtype: what the parameters are stored in. sha256: of the parameters. The others: see Model.
    """

    networks: list[dict[str, Any]]
    dtype: str
    temperature: float
    scalings: tuple[MinMax, ...]
    pixels: str
    background: float
    classes: tuple[str, ...]
    image_shape: tuple[int, int]
    config: dict[str, Any]
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """As the file has it."""
        return {
            "format": FORMAT,
            "format_version": self._version,
            "digitnet_version": __version__,
            **self._of_the_networks(),
            "preprocessing": {
                "minimum": self.scalings[0].minimum,
                "maximum": self.scalings[0].maximum,
                "pixels": self.pixels,
                "background": self.background,
            },
            "classes": self.classes,
            "image_shape": self.image_shape,
            "config": self.config,
            "sha256": self.sha256,
        }

    @property
    def _needs_fields(self) -> bool:
        """Whether there is something that no version before 5 can say."""
        return self.temperature != 1 or any(self._deskewed) or self._oriented

    @property
    def _deskewed(self) -> list[bool]:
        """Of each network, whether it sees images without their slant."""
        return [isinstance(scaling, Deskewed) for scaling in self.scalings]

    @property
    def _oriented(self) -> bool:
        """Whether a network sees oriented gradients."""
        return any(network["oriented_gradients"] for network in self.networks)

    @property
    def _version(self) -> int:
        """The lowest one that can say all this."""
        if self._oriented:
            return ORIENTED
        if self._needs_fields:
            return IN_FIELDS
        return 1 + (self.dtype == "float16") + 2 * (len(self.networks) > 1)

    def _of_the_networks(self) -> dict[str, Any]:
        networks = self.networks
        if not self._oriented:
            names = ("layer_sizes", "activations")
            networks = [{name: network[name] for name in names} for network in networks]
        if self._needs_fields:
            return {
                "dtype": self.dtype,
                "networks": [
                    {**network, "deskew": deskew}
                    for network, deskew in zip(networks, self._deskewed, strict=True)
                ],
                "temperature": self.temperature,
            }
        return {"networks": networks} if len(networks) > 1 else networks[0]


def understood(header: Any) -> Header:
    """What the header of a file says, if it makes sense. Nothing in it is believed.

    Raises ValueError, KeyError or TypeError: each field is checked against the others.
    """
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("its header is not that of a model")
    networks, dtype, temperature = _of_the_networks(header, _version(header))
    with _field("networks"):
        _expect(_are(dict, networks) and 0 < len(networks) <= MOST_MEMBERS, networks)
    for each in networks:
        _check_network(each)
    ends = {(each["layer_sizes"][0], each["layer_sizes"][-1]) for each in networks}
    if len(ends) > 1:
        raise ValueError("its networks are for images or classes that differ")
    ((n_in, n_out),) = ends
    with _field("dtype"):
        _expect(isinstance(dtype, str) and dtype in DTYPES, dtype)
    with _field("temperature"):
        _expect(is_temperature(temperature), temperature)
    image_shape, classes = header["image_shape"], header["classes"]
    scale, config = header["preprocessing"], header["config"]
    with _field("image_shape"):
        _expect(_are(int, image_shape) and len(image_shape) == 2, image_shape)
        _expect(min(image_shape) > 0 and math.prod(image_shape) == n_in, image_shape)
    with _field("layer_sizes"):
        for each in networks:
            n_seen_there = n_seen((image_shape[0], image_shape[1]), each["oriented_gradients"])
            sizes = [n_seen_there, *each["layer_sizes"][1:]]
            _expect(sum(map(math.prod, pairwise(sizes))) < MOST_WEIGHTS, each["layer_sizes"])
    with _field("classes"):
        _expect(_are(str, classes) and are_names(classes, n_out), classes)
    with _field("preprocessing"):
        _expect(isinstance(scale, dict) and scale["pixels"] in PIXELS, scale)
        numbers = [scale["minimum"], scale["maximum"], scale["background"]]
        _expect(_are((int, float), numbers) and all(map(math.isfinite, numbers)), scale)
        _expect(numbers[0] <= numbers[1] and abs(numbers[2]) <= LARGEST_BACKGROUND, scale)
        plain = MinMax(scale["minimum"], scale["maximum"])
    with _field("config"):
        _expect(isinstance(config, dict), config)
    deskewed = Deskewed(plain.minimum, plain.maximum, (image_shape[0], image_shape[1]))
    scalings = tuple(deskewed if each["deskew"] else plain for each in networks)
    return Header(
        networks,
        dtype,
        temperature,
        scalings,
        scale["pixels"],
        scale["background"],
        tuple(classes),
        (image_shape[0], image_shape[1]),
        config,
        header["sha256"],
    )


def _version(header: dict[str, Any]) -> int:
    """The version of the format. Raises ValueError if this digitnet does not know it."""
    version = header["format_version"]
    if type(version) is not int or not 1 <= version <= ORIENTED:
        writer = shown(header.get("digitnet_version"))
        raise ValueError(
            f"it is of format {shown(version)}, written by digitnet {writer}, and this is "
            f"{__version__}, which knows formats up to {ORIENTED}; try a newer one"
        )
    return version


def _of_the_networks(header: dict[str, Any], version: int) -> tuple[Any, Any, Any]:
    """The fields "networks", "dtype" and "temperature", as if each version had them."""
    networks = header["networks"] if version > 2 else [header]
    if version < ORIENTED and _are(dict, networks):
        networks = [{**each, "oriented_gradients": False} for each in networks]
    if version >= IN_FIELDS:
        return networks, header["dtype"], header["temperature"]
    if _are(dict, networks):
        networks = [{**each, "deskew": False} for each in networks]
    return networks, "float32" if version % 2 else "float16", 1.0


def _check_network(described: dict[str, Any]) -> None:
    """Raise ValueError unless a network can be built from it."""
    sizes, activations = described["layer_sizes"], described["activations"]
    with _field("layer_sizes"):
        _expect(_are(int, sizes) and len(sizes) > 1 and min(sizes) > 0, sizes)
    for name in ("deskew", "oriented_gradients"):
        with _field(name):
            _expect(isinstance(described[name], bool), described[name])
    with _field("activations"):
        _expect(_are(str, activations) and len(activations) == len(sizes) - 2, activations)
        _expect(all(name in ACTIVATIONS for name in activations), activations)


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
