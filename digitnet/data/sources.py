"""Where data comes from, by the word that names it."""

from pathlib import Path
from typing import TYPE_CHECKING

from digitnet.data.bundled import load_mnist
from digitnet.data.examples import Dataset
from digitnet.errors import DigitnetError
from digitnet.text import shown

if TYPE_CHECKING:
    from digitnet.data.openml import Progress

OPENML = "openml:"


def load_data(source: str | None = None, progress: "Progress" = lambda _: None) -> Dataset:
    """The Dataset that a source names.

    None         MNIST, which comes with the package
    openml:X     the data set on OpenML whose name or number is X
    a folder     of IDX files
    FILE.npz     an archive with x_train, y_train[, x_test, y_test]

    progress: called with a line of text now and then while fetching.
    Raises DigitnetError if there is no such source, or its data cannot be used.
    """
    if source is None:
        return load_mnist()
    if source.startswith(OPENML):
        from digitnet.data.openml import load_openml

        return load_openml(source.removeprefix(OPENML), progress)
    from digitnet.data.folder import load_idx_folder, load_npz

    path = Path(source)
    try:
        if path.is_dir():
            return load_idx_folder(path)
        if path.suffix == ".npz" and path.is_file():
            return load_npz(path)
        got = "there is no such path" if not path.exists() else "it is neither"
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        got = str(error.strerror)
    raise DigitnetError(
        f"--data: expected a folder of IDX files, a file .npz or openml:NAME, got "
        f"{shown(source)}: {got}"
    )
