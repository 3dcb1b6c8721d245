"""Files and folders that cannot be read or written, in a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digitnet.errors import DigitnetError
from digitnet.languages import mark, tr

UNUSABLE = (
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)


def kept_apart(written: Path, *read: Path | str | None) -> None:
    """Raise DigitnetError if a file to write is one to read, which would be lost."""
    if any(_is_same(written, path) for path in read if path):
        raise DigitnetError(
            f"{written}: expected a file of its own to write to, got the one that is read"
        )


def _is_same(path: Path, other: Path | str) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False


CANNOT = {
    "read": mark("{path} cannot be read: {reason}"),
    "written": mark("{path} cannot be written: {reason}"),
    "written to": mark("{path} cannot be written to: {reason}"),
}


@contextmanager
def usable(path: Path, done: str) -> Iterator[None]:
    """A block that reads or writes at a path. done: what of CANNOT is to be done.

    Raises DigitnetError if the path is none for that; OSError, as plain, if something else is in
    the way, such as a full disk.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        problem = DigitnetError if isinstance(error, UNUSABLE) else OSError
        raise problem(tr(CANNOT[done], path=path, reason=reason)) from None
