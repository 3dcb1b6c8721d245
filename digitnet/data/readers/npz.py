"""An archive of NumPy arrays, under any of the names that people give to images and labels."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.data.mapped import is_mapped
from digitnet.data.parts import Part, Source
from digitnet.errors import DigitnetError
from digitnet.files.archive import Archive, ArchiveError, open_archive, open_array
from digitnet.text import listed

IMAGES = ("x", "images", "image", "imgs", "data", "features", "pixels", "inputs")
LABELS = ("y", "labels", "label", "target", "targets", "classes", "digits", "outputs")
USUAL = ("x_train", "y_train", "x_test", "y_test")
"""These are taken before others that may mean the same."""
PARTS = {"train": ("train", "training"), "test": ("test", "testing", "t10k")}


def load_npz(path: Path) -> Source:
    """What is in an archive with x_train, y_train and, or, x_test, y_test, or such names.

    X and images, labels and target are as good, capital letters, another order of the two words,
    and no word for the part at all. Other arrays are left alone, such as x_val and y_val, and named
    in a remark.
    Raises DigitnetError if it cannot be read, or has no such arrays, or two for the same.
    """
    try:
        with open_archive(path) as archive:
            names = archive.names
            parts, remarks = _parts_of(archive)
    except (OSError, ValueError) as error:
        raise DigitnetError(f"{path}: expected an archive of NumPy arrays: {error}") from error
    if not any(parts.values()):
        raise DigitnetError(
            f"{path}: expected arrays x_train, y_train or x_test, y_test, or both, got "
            f"{listed(sorted(names)) or 'none at all'}"
        )
    return Source(str(path), parts["train"], parts["test"], remarks=remarks)


def load_arrays(folder: Path, paths: Sequence[Path]) -> Source:
    """What is in a folder with x_train.npy, y_train.npy, x_test.npy and y_test.npy, or such names.

    Images of bytes, (N, height, width), stay in their file: see data.mapped.
    Raises DigitnetError as load_npz does.
    """
    try:
        parts, remarks = _parts_of(_Files({path.stem: path for path in paths}))
    except (OSError, ValueError) as error:
        raise DigitnetError(f"{folder}: expected files of NumPy arrays: {error}") from error
    if not any(parts.values()):
        raise DigitnetError(
            f"{folder}: expected files x_train.npy, y_train.npy or x_test.npy, y_test.npy, or "
            f"both, got {listed([path.name for path in paths])}"
        )
    return Source(str(folder), parts["train"], parts["test"], remarks=remarks)


class _Files:
    """Files of one array each, read as an archive is."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self._paths = paths
        self.names = set(paths)

    def read(self, name: str) -> NDArray[Any]:
        """The array; in memory, unless it may stay where it is. Raises OSError or ValueError."""
        try:
            array = open_array(self._paths[name])
        except ArchiveError as error:
            raise ValueError(f"{self._paths[name].name}: {error}") from error
        return array if is_mapped(array) else np.array(array)


def _parts_of(archive: "Archive | _Files") -> tuple[dict[str, Part | None], tuple[str, ...]]:
    """What it holds, by the name of the part, and what is left alone. Raises ValueError."""
    found = _find(archive.names)
    others = sorted(set(archive.names) - set(found.values()))
    remarks = (f"{listed(others)} left alone",) if others else ()
    return {part: _read(archive, found, part) for part in PARTS}, remarks


def _find(names: Collection[str]) -> dict[tuple[str, str], str]:
    """The name of the array for each (part, kind) that is there. Raises ValueError for two."""
    found: dict[tuple[str, str], str] = {}
    for name in sorted(names, key=lambda name: (name not in USUAL, name)):
        what = _meaning(name)
        if what is None or found.get(what) in USUAL:
            continue
        if what in found:
            raise ValueError(f"both {found[what]} and {name} may be the {' '.join(what)}")
        found[what] = name
    return found


def _meaning(name: str) -> tuple[str, str] | None:
    """What an array of this name holds: ("train" or "test", "images" or "labels")."""
    word = name.lower().replace("_", "").replace("-", "").replace(" ", "").replace(".", "")
    for part, aliases in PARTS.items():
        for alias in sorted(aliases, key=len, reverse=True):
            rest = word.removeprefix(alias) if word.startswith(alias) else word.removesuffix(alias)
            if rest != word:
                return _kind(rest, part)
    return _kind(word, "train")


def _kind(word: str, part: str) -> tuple[str, str] | None:
    if word in IMAGES:
        return part, "images"
    return (part, "labels") if word in LABELS else None


def _read(archive: "Archive | _Files", found: dict[tuple[str, str], str], part: str) -> Part | None:
    """The part, if its images are there. Raises ValueError if only its labels are."""
    images, labels = found.get((part, "images")), found.get((part, "labels"))
    if images is None:
        if labels is not None:
            raise ValueError(
                f"expected images to the labels {labels}, such as x_{part}, got "
                f"{listed(sorted(archive.names))}"
            )
        return None
    return Part(archive.read(images), archive.read(labels) if labels else None)
