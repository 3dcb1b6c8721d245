"""IDX, the file format of MNIST: a header of sizes, and then the bytes of the array.

    offset  bytes  meaning
    0       2      zero
    2       1      type of an entry: 0x08 is uint8, the only one that MNIST has; others in TYPES
    3       1      number of dimensions D
    4       4·D    the size of each dimension, big-endian
    4+4·D          the entries, last dimension fastest, big-endian

Source: the description on the MNIST page (LeCun, Cortes & Burges, 1998).
"""

import gzip
import hashlib
import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitnet.data.mapped import FEWEST_BYTES
from digitnet.errors import DigitnetError
from digitnet.files.incoming import Stream, most_unpacked, open_file, read_exactly

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MAGIC = b"\x1f\x8b"
MOST_PER_BYTE = 1032
"""No gzip file holds more bytes per byte of its own (zlib's documentation, "Technical Details")."""


GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""How zlib is told to expect a gzip file."""


def read_idx(path: "Path | Traversable", n_dimensions: int) -> NDArray[Any]:
    """The array in an IDX file, plain or compressed with gzip: read-only, of the file's type.

    n_dimensions: 3 for images, 1 for labels.
    Raises DigitnetError if the file cannot be read or is not such a file from its first byte to
    its last.
    """
    with IdxFile(path, n_dimensions) as file:
        return file.read()


def read_known(path: "Path | Traversable", n_dimensions: int, sha256: str) -> NDArray[Any]:
    """The array in an IDX file whose uncompressed content is known by its SHA-256: read-only.

    It is unpacked by one call of zlib, during which the other threads of Python go on.
    Raises DigitnetError if the file cannot be read, is not compressed, or holds something else.
    """
    with _named(path):
        with _open(path) as file:
            packed = file.read()
        size = int.from_bytes(packed[-4:], "little")  # of the content, as a gzip file ends
        content = zlib.decompress(packed, GZIP_WINDOW, min(size, most_unpacked(len(packed))))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError("its content is not what was published (SHA-256 differs)")
        start = 4 + 4 * n_dimensions
        shape, dtype = _shape_and_type(content[:start], n_dimensions)
        return np.frombuffer(content, dtype, offset=start).reshape(shape)


class IdxFile:
    """An IDX file that is open to read: shape and dtype are known before the rest of it is read.

    Raises DigitnetError if it cannot be read, does not begin as one of so many dimensions, or is
    promised to hold more than it can: than there are bytes, or than `most_unpacked` allows.
    """

    def __init__(self, path: "Path | Traversable", n_dimensions: int) -> None:
        self.path = path
        with _named(path):
            self._file = _open(path)
            try:
                self._stream = self._unpacked()
                self._header = self._stream.read(4 + 4 * n_dimensions)
                self.shape, self.dtype = _shape_and_type(self._header, n_dimensions)
                self._check_size()
            except BaseException:
                self._file.close()
                raise

    def __enter__(self) -> "IdxFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self) -> NDArray[Any]:
        """The array. Raises DigitnetError as read_idx does.

        That of a large file of bytes that is not compressed stays there: see data.mapped.
        """
        if self._stays:
            file: Any = self._file  # a real one, where it is the stream
            return np.memmap(file, np.uint8, "r", len(self._header), self.shape)
        with _named(self.path):
            try:
                content = read_exactly(self._stream, self._n_bytes)
            except ValueError as error:
                raise ValueError(
                    f"{self._promise}, but {error}; the file is damaged: get it again"
                ) from error
            return content.view(self.dtype).reshape(self.shape)

    def _unpacked(self) -> Stream:
        """The stream of its content, whether it is compressed or not, and how much that may be."""
        n_bytes = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        compressed = self._file.read(2) == GZIP_MAGIC
        self._file.seek(0)
        self._possible = n_bytes * MOST_PER_BYTE if compressed else n_bytes
        self._allowed = most_unpacked(n_bytes) if compressed else n_bytes
        return gzip.GzipFile(fileobj=self._file) if compressed else self._file

    @property
    def _stays(self) -> bool:
        """Whether it is mapped: its length is what the header promises."""
        n_bytes = len(self._header) + self._n_bytes
        whole = self._stream is self._file and self._possible == n_bytes
        return whole and self.dtype == np.uint8 and self._n_bytes >= FEWEST_BYTES

    @property
    def _n_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def _promise(self) -> str:
        sizes = " x ".join(map(str, self.shape))
        if self.dtype.itemsize > 1:
            sizes += f" x {self.dtype.itemsize}"
        return f"its header promises {sizes} = {self._n_bytes} bytes of data"

    def _check_size(self) -> None:
        if self._n_bytes > self._possible:
            raise ValueError(
                f"{self._promise}, more than the file can hold; it is damaged: get it again"
            )
        if self._n_bytes > self._allowed:
            raise ValueError(
                f"{self._promise}, more than the {self._allowed} that are unpacked from a file of "
                "its size; if that is right, unpack it first with gunzip"
            )


@contextmanager
def _named(path: "Path | Traversable") -> Iterator[None]:
    """Name the file in errors about it."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise DigitnetError(f"{path}: cannot be read: {error}") from error
    except ValueError as error:
        raise DigitnetError(f"{path}: {error}") from error


def _open(path: "Path | Traversable") -> IO[bytes]:
    """The file; one inside of a package may not be a file of its own."""
    return open_file(path) if isinstance(path, Path) else path.open("rb")


def _shape_and_type(header: bytes, n_dimensions: int) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """What a header says. Raises ValueError if it is not that of so many dimensions."""
    if len(header) < 4 + 4 * n_dimensions:
        raise ValueError(f"expected an IDX file, got {len(header)} bytes, less than its header")
    zero, code, found = struct.unpack(">HBB", header[:4])
    if zero or code not in TYPES or found != n_dimensions:
        kind = {1: "labels", 3: "images"}[n_dimensions]
        raise ValueError(
            f"expected an IDX file of {kind}, which begins with "
            f"{bytes([0, 0, 0x08, n_dimensions]).hex(' ')}, got {header[:4].hex(' ')}"
        )
    return struct.unpack(f">{n_dimensions}I", header[4:]), np.dtype(TYPES[code])
