"""IDX, the file format of MNIST: a header of sizes, and then the bytes of the array.

    offset  bytes  meaning
    0       2      zero
    2       1      type of an entry: 0x08 is uint8, the only one that MNIST has
    3       1      number of dimensions D
    4       4·D    the size of each dimension, big-endian
    4+4·D          the entries, last dimension fastest

Source: the description on the MNIST page (LeCun, Cortes & Burges, 1998).
"""

import gzip
import hashlib
import io
import math
import struct
import zlib
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError

UINT8 = 0x08
GZIP_MAGIC = b"\x1f\x8b"
MOST_PER_BYTE = 1032
"""No gzip file holds more bytes per byte of its own (zlib's documentation, "Technical Details")."""


class Readable(Protocol):
    """A file by its path: a pathlib.Path, or a resource of a package."""

    def read_bytes(self) -> bytes:
        """All that is in it."""


def read_idx(path: Readable, n_dimensions: int, sha256: str | None = None) -> NDArray[np.uint8]:
    """The array in an IDX file, plain or compressed with gzip: uint8, read-only.

    n_dimensions: 3 for images, 1 for labels. sha256: what the uncompressed content has to have.
    Raises DigitnetError if the file cannot be read or is not such a file from its first byte to
    its last. Nothing is allocated for sizes that the file is too small to hold.
    """
    try:
        raw = path.read_bytes()
        if raw[:2] == GZIP_MAGIC:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
                return _parse(stream, len(raw) * MOST_PER_BYTE, n_dimensions, sha256)
        return _parse(io.BytesIO(raw), len(raw), n_dimensions, sha256)
    except (OSError, EOFError, zlib.error) as error:
        raise DigitnetError(f"{path}: cannot be read: {error}") from error
    except ValueError as error:
        raise DigitnetError(f"{path}: {error}") from error


def _parse(
    stream: gzip.GzipFile | io.BytesIO, most: int, n_dimensions: int, sha256: str | None
) -> NDArray[np.uint8]:
    """Read the array from the stream, which can hold `most` bytes. Raises ValueError."""
    header = stream.read(4 + 4 * n_dimensions)
    if len(header) < 4 + 4 * n_dimensions:
        raise ValueError(f"expected an IDX file, got {len(header)} bytes, less than its header")
    magic: tuple[Any, ...] = struct.unpack(">HBB", header[:4])
    if magic != (0, UINT8, n_dimensions):
        kind = {1: "labels", 3: "images"}[n_dimensions]
        raise ValueError(
            f"expected an IDX file of {kind}, which begins with "
            f"{bytes([0, 0, UINT8, n_dimensions]).hex(' ')}, got {header[:4].hex(' ')}"
        )
    shape = struct.unpack(f">{n_dimensions}I", header[4:])
    n_bytes = math.prod(shape)
    promise = f"its header promises {' x '.join(map(str, shape))} = {n_bytes} bytes of data"
    if n_bytes > most:
        raise ValueError(f"{promise}, more than the file can hold; it is damaged: get it again")
    content = stream.read(n_bytes + 1)
    if len(content) != n_bytes:
        found = f"only {len(content)}" if len(content) < n_bytes else "more"
        raise ValueError(f"{promise}, but {found} follow; the file is damaged: get it again")
    if sha256:
        digest = hashlib.sha256(header)
        digest.update(content)
        if digest.hexdigest() != sha256:
            raise ValueError("its content is not the one that was published (SHA-256 differs)")
    return np.frombuffer(content, np.uint8).reshape(shape)
