"""Writing files so that a reader finds the old content or the new, never half of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when the block ends without an error.

    It is a temporary file in the same folder, flushed to the disk and then renamed; after an
    error nothing is left of it and `path` is as before. Raises OSError.
    """
    import tempfile  # here, because reading a model imports this module and writes nothing

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())  # mkstemp lets nobody else read
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def replace(path: Path, content: bytes) -> None:
    """Write the whole content as `replaced` does. Raises OSError."""
    with replaced(path) as file:
        file.write(content)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
