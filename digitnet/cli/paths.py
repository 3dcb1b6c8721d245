"""Files and folders that cannot be read or written, in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digitnet.errors import DigitnetError

UNUSABLE = (
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


@contextmanager
def usable(path: Path, done: str) -> Iterator[None]:
    """A block that reads or writes at a path. done: "read" or "written".

    Raises DigitnetError if the path is none for that; OSError, as plain, if something else is in
    the way, such as a full disk.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        problem = DigitnetError if isinstance(error, UNUSABLE) else OSError
        raise problem(f"{path} cannot be {done}: {reason}") from None
