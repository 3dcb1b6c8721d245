"""Where data comes from, by the word that names it."""

from pathlib import Path
from typing import TYPE_CHECKING

from digitnet.data.bundled import load_mnist
from digitnet.data.examples import Dataset
from digitnet.data.parts import Source, as_dataset
from digitnet.errors import DigitnetError, OptionError
from digitnet.text import shown

if TYPE_CHECKING:
    from digitnet.data.readers.openml import Progress

OPENML = "openml:"


def load_data(source: str | None = None, progress: "Progress" = lambda _: None) -> Dataset:
    """The Dataset that a source names, to learn from and to test with: see load_source.

    None         MNIST, which comes with the package
    """
    return load_mnist() if source is None else as_dataset(load_source(source, progress))


def files_read(source: str) -> list[Path]:
    """The files that `load_source` may read: the source itself, or those of a folder."""
    from digitnet.data.readers.folder import files_of

    path = Path(source)
    try:
        return files_of(path) if path.is_dir() else [path]
    except (OSError, ValueError):  # which load_source says better
        return []


def load_source(source: str, progress: "Progress" = lambda _: None) -> Source:
    """What a source holds.

    openml:X     the data set on OpenML whose name or number is X
    a folder     of IDX files, of tables train.csv, test.csv, or of arrays x_train.npy and so on;
                 FOLDER/X for IDX files that begin so
    FILE.npz     an archive with x_train, y_train and, or, x_test, y_test
    FILE.csv     a table, with a label in each row

    progress: called with a line of text now and then while fetching.
    Raises DigitnetError if there is no such source, or it cannot be read.
    """
    if source.startswith(OPENML):
        from digitnet.data.readers.openml import load_openml

        return load_openml(source.removeprefix(OPENML), progress)
    from digitnet.data.readers.folder import load_folder, load_table
    from digitnet.data.readers.npz import load_npz
    from digitnet.data.readers.table import is_table

    path = Path(source)
    try:
        if source.strip() and path.is_dir():  # an empty text is no folder, not even this one
            return load_folder(path)
        if path.suffix.lower() == ".npz" and path.is_file():
            return load_npz(path)
        if is_table(path) and path.is_file():
            return load_table(path)
        if path.name and not path.exists() and any(path.parent.glob(f"{path.name}*-idx*")):
            return load_folder(path.parent, path.name)
        got = "there is no such path" if not path.exists() else "it is neither"
    except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be read
        if isinstance(error, DigitnetError):
            raise
        got = str(getattr(error, "strerror", error))
    raise OptionError.of(
        "data",
        "expected a folder of IDX files, a file .npz or .csv, or openml:NAME, got "
        f"{shown(source)}: {got}",
    )
