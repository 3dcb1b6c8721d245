"""The copy of MNIST that comes with the package, so that nothing has to be fetched."""

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitnet.data.examples import Dataset, Examples
from digitnet.data.readers.idx import read_known
from digitnet.errors import DigitnetError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

NAME = "MNIST"
NOTE = "60000 images to learn from and 10000 to test with"
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""Of the uncompressed files, as published: another compression of the same content is as good."""


def load_mnist(folder: "Traversable | None" = None) -> Dataset:
    """MNIST: 60,000 images to learn from and 10,000 to test with, 28×28, ten classes.

    folder: where the four files are, if not in the package.
    Raises DigitnetError if a file is missing or its content is not the published one.
    """
    folder = folder or its_folder()
    return Dataset(
        NAME,
        train=_load_part(folder, "train"),
        test=_load_part(folder, "t10k"),
        classes=tuple("0123456789"),
        note=NOTE,
    )


def its_folder() -> "Traversable":
    """Where the four files are in the package."""
    return files("digitnet.data") / "mnist"


def _load_part(folder: "Traversable", part: str) -> Examples:
    return Examples(
        images=_load_file(folder, f"{part}-images-idx3-ubyte", 3),
        labels=_load_file(folder, f"{part}-labels-idx1-ubyte", 1),
    )


def _load_file(folder: "Traversable", name: str, n_dimensions: int) -> NDArray[np.uint8]:
    try:
        return read_known(folder / f"{name}.gz", n_dimensions, SHA256[name])
    except DigitnetError as error:
        raise DigitnetError(
            f"{error}; restore it from the repository, or install digitnet again"
        ) from error
