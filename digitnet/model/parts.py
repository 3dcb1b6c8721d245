"""What a model is made of, and what writing and reading its file have in common."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from digitnet.accept.scaling import MinMax
from digitnet.nn.arrays import Array
from digitnet.nn.network import Network

MOST_MEMBERS = 1000
MOST_WEIGHTS = 2**31


class Parts(NamedTuple):
    """What a model is made of: see Model."""

    networks: tuple[Network, ...]
    scalings: tuple[MinMax, ...]
    classes: tuple[str, ...]
    image_shape: tuple[int, int]
    pixels: str
    background: float
    config: dict[str, Any]
    temperature: float


def beginnings(n_networks: int) -> list[str]:
    """Of the names of the arrays of each network."""
    return [""] if n_networks == 1 else [f"{n}." for n in range(1, n_networks + 1)]


def are_names(classes: Collection[str], n_classes: int) -> bool:
    """Whether these can be told apart on a terminal, and are as many."""
    printable = all(map(str.isprintable, classes))
    return printable and len(classes) == len(set(classes)) == n_classes


def fingerprint(params: Sequence[Array]) -> str:
    """Of the parameters as they are used, in float32, whatever they are stored in."""
    digest = hashlib.sha256()
    for each in params:
        digest.update(each.data)
    return digest.hexdigest()
