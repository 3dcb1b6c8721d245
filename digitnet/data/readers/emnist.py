"""EMNIST's files: their images are transposed, and a mapping beside them says what a label means.

Source: Cohen, Afshar, Tapson & van Schaik 2017, and the README of its files.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.files.incoming import open_file

REMARK = "their names say EMNIST, whose images are stored transposed: turned upright"
MOST_MAPPING = 10_000
"""Bytes; that of 62 classes has 500."""


def is_emnist(name: str) -> bool:
    """Whether a file of this name is one of EMNIST's."""
    return "emnist" in name.lower()


def upright(images: NDArray[Any]) -> NDArray[Any]:
    """Images (N, width, height) as (N, height, width)."""
    return np.swapaxes(images, 1, 2)


def read_mapping(folder: Path, prefix: str) -> dict[str, str]:
    """The letter of each label, by the file PREFIXmapping.txt; empty if there is no sound one.

    Each of its lines is a label, the code of its letter and maybe that of the small letter.
    """
    try:
        with open_file(folder / f"{prefix}mapping.txt") as file:
            lines = file.read(MOST_MAPPING).decode("ascii").split("\n")
        pairs = [line.split()[:2] for line in lines if line.strip()]
        names = {str(int(label)): chr(int(code)) for label, code in pairs}
    except (OSError, ValueError, OverflowError):
        return {}
    sound = all(letter.isprintable() for letter in names.values())
    return names if sound and len(set(names.values())) == len(names) else {}
