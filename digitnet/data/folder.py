"""Data of one's own: a folder of IDX files, or an archive of NumPy arrays."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from digitnet.archive import open_archive
from digitnet.data.examples import Dataset, dataset
from digitnet.data.idx import IdxFile
from digitnet.errors import DigitnetError

PARTS = {"train": ("train",), "test": ("t10k", "test")}
N_DIMENSIONS = {"images": 3, "labels": 1}
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def load_idx_folder(folder: Path) -> Dataset:
    """The Dataset in a folder of IDX files under the usual names, plain or with gzip.

    Those are train-images-idx3-ubyte, train-labels-idx1-ubyte and, with t10k or test in place of
    train, the same for the test part; "." may stand for the "-" before idx, ".gz" may follow, and
    a name of the data set may stand before, as in emnist-digits-train-images-idx3-ubyte.gz.
    Raises DigitnetError if one is missing, there twice or damaged, or they do not fit together.
    """
    train = _load_part(folder, "train")
    has_test = any(_find(folder, "test", kind) for kind in N_DIMENSIONS)
    test = _load_part(folder, "test") if has_test else None
    return dataset(str(folder), *train, test)


def _load_part(folder: Path, part: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images and labels. Both must be of one number before the content of either is read."""
    with _open(folder, part, "images") as images, _open(folder, part, "labels") as labels:
        n_images, n_labels = images.shape[0], labels.shape[0]
        if n_images != n_labels:
            raise DigitnetError(
                f"{folder}: expected as many labels as images in the {part} part, "
                f"got {n_images} images and {n_labels} labels"
            )
        return images.read(), labels.read()


def _open(folder: Path, part: str, kind: str) -> IdxFile:
    n_dimensions = N_DIMENSIONS[kind]
    found = _find(folder, part, kind)
    if len(found) != 1:
        got = ", ".join(path.name for path in found) or "no such file"
        raise DigitnetError(
            f"{folder}: expected one file {PARTS[part][0]}-{kind}-idx{n_dimensions}-ubyte, "
            f"plain or .gz, got {got}"
        )
    return IdxFile(found[0], n_dimensions)


def _find(folder: Path, part: str, kind: str) -> list[Path]:
    return sorted(
        path
        for name in PARTS[part]
        for separator in "-."
        for ending in ("", ".gz")
        for path in folder.glob(f"*{name}-{kind}{separator}idx{N_DIMENSIONS[kind]}-ubyte{ending}")
    )


def load_npz(path: Path) -> Dataset:
    """The Dataset in an archive with x_train, y_train and, optionally, x_test, y_test.

    Raises DigitnetError if it cannot be read, an array is missing or they do not fit together.
    """
    try:
        with open_archive(path) as archive:
            missing = [name for name in ARRAYS if name not in archive.names]
            arrays = {}
            if missing in ([], ["x_test", "y_test"]):
                arrays = {name: archive.read(name) for name in ARRAYS if name not in missing}
    except (OSError, ValueError) as error:
        raise DigitnetError(f"{path}: expected an archive of NumPy arrays: {error}") from error
    if not arrays:
        raise DigitnetError(
            f"{path}: expected arrays x_train, y_train and both or none of x_test, y_test; "
            f"missing: {', '.join(missing)}"
        )
    test = None if missing else (arrays["x_test"], arrays["y_test"])
    return dataset(str(path), arrays["x_train"], arrays["y_train"], test)
