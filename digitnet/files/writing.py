"""Writing files so that a reader finds the old content or the new, never half of it."""

import errno
import math
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from digitnet.files.incoming import expect_file

BEGINNING, END = ".digitnet-", ".tmp"
"""Of the name of a file that is being written. After a SIGKILL or a power cut it stays behind."""
LONGEST_WRITE_S = 24 * 3600.0
"""A temporary file that nobody has written to for so long has lost its writer."""


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when the block ends without an error.

    It is a temporary file in the same folder, flushed to the disk and then renamed, and the new
    name is flushed too; after an error nothing is left of it and `path` is as before. What writers
    that were killed long ago left in the folder is removed. A file that was there leaves its
    permissions; a link stays one, and what it leads to is written. Raises OSError, which speaks of
    `path`: also for a folder, a pipe or a device, the place of which nothing takes.
    """
    permissions = _permissions(path)
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    remove_strays(place.parent, LONGEST_WRITE_S)
    # Not through tempfile, which lets nobody else read, and takes long to import.
    temporary = place.with_name(f"{BEGINNING}{os.urandom(8).hex()}{END}")
    try:
        with temporary.open("xb") as file:
            if permissions is not None:
                with suppress(OSError):  # not every file system has them
                    temporary.chmod(permissions)
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
    except BaseException as error:
        with suppress(OSError):  # the folder may be gone, or nothing was made in it
            temporary.unlink()
        if isinstance(error, OSError) and error.filename == str(temporary):
            raise type(error)(error.errno, error.strerror, str(path)) from None
        raise
    sync_folder(place.parent)


def _permissions(path: Path) -> int | None:
    """Those of the file that is there; None without one. Raises OSError if it is no file."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except ValueError as error:  # a zero in its name
        raise OSError(errno.EINVAL, str(error).capitalize(), str(path)) from None
    expect_file(path, mode)
    return stat.S_IMODE(mode) & 0o777


def replace(path: Path, content: bytes) -> None:
    """Write the whole content as `replaced` does. Raises OSError."""
    with replaced(path) as file:
        file.write(content)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the platform can: else they may be lost with
    the power, though the files are there."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def strays(folder: Path) -> list[Path]:
    """The temporary files of `replaced` in a folder: of writers at work, and of killed ones."""
    return [
        path
        for path in folder.iterdir()
        if path.name.startswith(BEGINNING) and path.name.endswith(END)
    ]


def remove_strays(folder: Path, older_than_s: float = -math.inf) -> None:
    """Remove the temporary files in a folder that are as old as that, in seconds.

    All of them, as it is without a limit, only where nobody else writes: in a folder of one's own,
    or one that is locked.
    """
    with suppress(OSError):
        for path in strays(folder):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime >= older_than_s:
                    path.unlink()


def lock(folder: Path) -> int | None:
    """Lock a folder for this process, until it ends or calls os.close on what this returns.

    Returns None where that cannot be: on Windows, and on file systems that know no such locks.
    Raises BlockingIOError if somebody else has locked it, OSError if there is no such folder.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
