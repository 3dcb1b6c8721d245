"""A folder of one's own: IDX files, or tables."""

import re
from pathlib import Path
from typing import NamedTuple

from digitnet.accept.images import rows_as_images
from digitnet.data.parts import Part, Source
from digitnet.data.readers import emnist
from digitnet.data.readers.idx import IdxFile
from digitnet.data.readers.npz import load_arrays
from digitnet.data.readers.table import is_table, read_table
from digitnet.errors import DigitnetError
from digitnet.text import listed

IDX_NAME = re.compile(
    r"(?P<prefix>.*?)(?P<part>train|t10k|test)[-_.]?(?P<kind>images|labels)"
    r"[-_.]idx(?P<n>[13])([-_.](u?byte|u?int|short|long|float|double)\d*)?(\.gz)?",
    re.IGNORECASE,
)
N_DIMENSIONS = {"images": 3, "labels": 1}
USUAL = {"train": "train", "test": "t10k"}
MOST_FILES = 10_000
"""That are looked at: somebody may name the folder of all their photographs."""


class Named(NamedTuple):
    """An IDX file, and what its name says it is."""

    path: Path
    prefix: str
    part: str
    kind: str


def load_folder(folder: Path, prefix: str = "") -> Source:
    """What is in a folder of IDX files under the usual names, or of tables.

    The usual names are train-images-idx3-ubyte, train-labels-idx1-ubyte and, with t10k or test in
    place of train, those of the test part; "." may stand for the "-" before idx, ".gz" may follow,
    and a name of the data set may stand before, as in emnist-digits-train-images-idx3-ubyte.gz.
    Either part may be missing. Tables are train.csv and test.csv, or end so.
    prefix: with which the names have to begin, where a folder holds more than one data set.
    Raises DigitnetError if there is none, one is incomplete, there twice or damaged.
    """
    names = sorted(_names(folder, prefix))
    found = [each for each in map(_named, names) if each]
    if not found:
        if arrays := [path for path in names if path.suffix.lower() == ".npy"]:
            return load_arrays(folder, arrays)
        tables = [path for path in names if is_table(path)]
        if tables:
            return _load_tables(folder, tables)
    prefixes = sorted({each.prefix for each in found})
    if len(prefixes) > 1:
        raise DigitnetError(
            f"{folder}: expected one data set, got {listed(prefixes)}: name one, as in "
            f"--data {folder / prefixes[0].rstrip('-_. ')}"
        )
    if not prefixes:
        got = "no such file"
        if any(path.is_dir() for path in names):
            got += " but folders; of folders of pictures an archive is made: docs/data.md, Pictures"
        raise DigitnetError(
            f"{folder}: expected IDX files, one file train-images-idx3-ubyte and so on, plain or "
            f".gz, or tables train.csv and test.csv, got {got}"
        )
    parts = {part: _load_part(folder, found, part) for part in USUAL}
    source = Source(str(folder), parts["train"], parts["test"])
    return _as_emnist(source, folder, prefixes[0]) if emnist.is_emnist(prefixes[0]) else source


def files_of(folder: Path) -> list[Path]:
    """Those of a folder that `load_folder` may read; none of a folder that it refuses."""
    try:
        names = _names(folder, "")
    except DigitnetError:
        return []
    idx = [path for path in names if _named(path)]
    arrays = [path for path in names if path.suffix.lower() == ".npy"]
    tables = _tables_of_parts([path for path in names if is_table(path)])
    return idx or arrays or tables["train"] + tables["test"]


def _names(folder: Path, prefix: str) -> list[Path]:
    paths = []
    for path in folder.iterdir():
        if path.name.startswith(prefix):
            paths.append(path)
        if len(paths) > MOST_FILES:
            raise DigitnetError(
                f"{folder}: expected a folder of IDX files, got one of {MOST_FILES}"
            )
    return paths


def _named(path: Path) -> Named | None:
    match = IDX_NAME.fullmatch(path.name)
    if match is None:
        return None
    kind = match["kind"].lower()
    if int(match["n"]) != N_DIMENSIONS[kind]:
        return None
    part = "train" if match["part"].lower() == "train" else "test"
    return Named(path, match["prefix"], part, kind)


def _load_part(folder: Path, found: list[Named], part: str) -> Part | None:
    """A part, if it is there. Images and labels must be as many before either is read."""
    files = {
        kind: [each.path for each in found if (each.part, each.kind) == (part, kind)]
        for kind in N_DIMENSIONS
    }
    if not any(files.values()):
        return None
    with (
        _open(folder, files, part, "images") as images,
        _open(folder, files, part, "labels") as labels,
    ):
        n_images, n_labels = images.shape[0], labels.shape[0]
        if n_images != n_labels:
            raise DigitnetError(
                f"{folder}: expected as many labels as images in the {part} part, "
                f"got {n_images} images and {n_labels} labels"
            )
        return Part(images.read(), labels.read())


def _open(folder: Path, files: dict[str, list[Path]], part: str, kind: str) -> IdxFile:
    if len(files[kind]) != 1:
        got = ", ".join(path.name for path in files[kind]) or "no such file"
        raise DigitnetError(
            f"{folder}: expected one file {USUAL[part]}-{kind}-idx{N_DIMENSIONS[kind]}-ubyte, "
            f"plain or .gz, got {got}"
        )
    return IdxFile(files[kind][0], N_DIMENSIONS[kind])


def _as_emnist(source: Source, folder: Path, prefix: str) -> Source:
    def turned(part: Part | None) -> Part | None:
        return part and Part(emnist.upright(part.images), part.labels)

    names = emnist.read_mapping(folder, prefix)
    return Source(source.name, turned(source.train), turned(source.test), names, (emnist.REMARK,))


def load_table(path: Path) -> Source:
    """What is in one table, whatever part its name says it is."""
    source = Source(str(path), read_table(path))
    return _emnist_table(source, path) if emnist.is_emnist(path.name) else source


def _tables_of_parts(tables: list[Path]) -> dict[str, list[Path]]:
    """Which tables are for which part, by their names; more than one where that is not plain."""
    found: dict[str, list[Path]] = {
        part: [path for path in tables if _part_of_table(path) == part] for part in USUAL
    }
    for part, paths in found.items():
        plainly_named = [path for path in paths if path.name.split(".")[0].lower() == part]
        found[part] = plainly_named if len(plainly_named) == 1 else paths
    if not any(found.values()) and len(tables) == 1:
        found["train"] = tables
    return found


def _load_tables(folder: Path, tables: list[Path]) -> Source:
    found = _tables_of_parts(tables)
    if max(map(len, found.values())) != 1:
        got = listed([path.name for path in tables])
        raise DigitnetError(f"{folder}: expected tables train.csv and test.csv, got {got}")
    parts = {part: read_table(paths[0]) if paths else None for part, paths in found.items()}
    source = Source(str(folder), parts["train"], parts["test"])
    path = (found["train"] + found["test"])[0]
    return _emnist_table(source, path) if emnist.is_emnist(path.name) else source


def _part_of_table(path: Path) -> str | None:
    """What the name of a table says: "train", "test" or nothing."""
    words = re.split(r"[^a-z0-9]+", path.name.lower())
    if {"test", "t10k", "testing"} & set(words):
        return "test"
    return "train" if {"train", "training"} & set(words) else None


def _emnist_table(source: Source, path: Path) -> Source:
    """Its rows as images, so that they can be turned upright."""

    def pictures(part: Part | None) -> Part | None:
        return part and Part(rows_as_images(part.images), part.labels)

    prefix = re.split("train|test", path.name)[0]
    source = Source(source.name, pictures(source.train), pictures(source.test))
    return _as_emnist(source, path.parent, prefix)
