"""Archives of NumPy arrays (.npz), read with distrust: no pickle, no allocation on a promise.

An archive is opened, tells the names of its arrays, and gives those that are asked for; no other is
looked at. `np.load` allocates what an array's header claims before it looks whether the data is
there, and reads a header as Python, with warnings that are silenced for all threads.
"""

import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitnet.files.incoming import MOST_JSON, PIECE, most_unpacked, open_file, read_exactly

MAGIC = b"\x93NUMPY"
LENGTHS = {b"\x01\x00": "<H", b"\x02\x00": "<I"}
"""How the length of a header is written, by version of the format."""
MOST_HEADER = 10_000
FIELDS = {
    "descr": r"'([<>|=]?[?biufcOSU]\d{0,9})'",
    "fortran_order": "(True|False)",
    "shape": r"\(((?:\d{1,18}L?, *)*(?:\d{1,18}L?)?)\)",
}
"""What a header says, as text; Python 2 wrote whole numbers with an L."""
UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,  # encrypted, or a compression that Python does not know
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What zipfile can raise for a file that is not a sound archive."""


class ArchiveError(ValueError):
    """The file is not a sound archive of arrays."""


class Archive:
    """An archive that is open to read.

    compressed: whether its arrays may be. Then they may unpack to `most_unpacked` bytes, numbers
    smaller than float32, but for uint8, counted as float32, because they are going to be that. What
    is not compressed takes no more memory than the file.
    Raises ArchiveError if it is none.
    """

    def __init__(self, file: io.BufferedReader, compressed: bool) -> None:
        self._compressed = compressed
        n_bytes = file.seek(0, io.SEEK_END)
        self._left = most_unpacked(n_bytes)
        with _as_archive_error():
            self._zip = zipfile.ZipFile(_InPieces(file.raw))
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            name = info.filename.removesuffix(".npy")
            if name in self._members:
                raise ArchiveError(f"there are two arrays named {name}")
            self._members[name] = info
        if sum(info.compress_size for info in self._members.values()) > n_bytes:
            raise ArchiveError("its arrays overlap: they have more bytes than the file")

    @property
    def names(self) -> set[str]:
        """The names of its arrays."""
        return set(self._members)

    def read(self, name: str) -> NDArray[Any]:
        """An array, read-only. Raises KeyError if there is none of that name, or ArchiveError."""
        info = self._members[name]
        self._check_compression(name, info)
        with _as_archive_error(name), self._zip.open(info) as member:
            shape, fortran_order, dtype, n_header = _read_header(member)
            n_bytes = math.prod(shape) * dtype.itemsize
            if n_bytes != info.file_size - n_header:
                raise ValueError(f"it claims to be {shape} of {dtype}, and is not")
            self._take(info, n_bytes, dtype)
            try:
                content = read_exactly(member, n_bytes)
            except ValueError as error:
                raise ValueError(f"{n_bytes} bytes are expected, but {error}") from error
            if dtype.kind == "U" and content.view(f"{dtype.byteorder}u4").max(initial=0) > 0x10FFFF:
                raise ValueError("it is of texts with letters that do not exist")
            return content.view(dtype).reshape(shape, order="F" if fortran_order else "C")

    def text(self, name: str, most: int = MOST_JSON) -> str:
        """An array that is a single text. Raises KeyError, or ArchiveError if it is something else.

        most: its characters.
        """
        info = self._members[name]
        self._check_compression(name, info)
        if info.file_size > MOST_HEADER + 4 * most:
            raise ArchiveError(f"{name}: expected a text of at most {most} characters, got more")
        array = self.read(name)
        if array.ndim or array.dtype.kind != "U":
            raise ArchiveError(f"{name}: expected a text, got {array.shape} of {array.dtype}")
        with _as_archive_error(name):
            return str(array)

    def _check_compression(self, name: str, info: zipfile.ZipInfo) -> None:
        if info.compress_type == zipfile.ZIP_STORED:
            return
        if not self._compressed:
            raise ArchiveError(f"{name} is compressed")
        if info.compress_type != zipfile.ZIP_DEFLATED:  # Python unpacks others without a limit
            raise ArchiveError(f"{name} is compressed in another way than np.savez_compressed does")

    def _take(self, info: zipfile.ZipInfo, n_bytes: int, dtype: np.dtype[Any]) -> None:
        """Count what is about to be unpacked. Raises ValueError if it is too much."""
        if info.compress_type == zipfile.ZIP_STORED:
            if n_bytes > info.compress_size:
                raise ValueError(f"it claims to have {n_bytes} bytes, and has not")
            return
        widened = 1 if dtype == np.uint8 else max(1, 4 // dtype.itemsize)
        self._left -= widened * n_bytes
        if self._left < 0:
            raise ValueError(
                f"it would unpack to {n_bytes / 1e6:.0f} MB, more than a file of this size may; "
                "if that is right, save it without compression (np.savez)"
            )


def open_array(path: Path) -> NDArray[Any]:
    """The array in an .npy file, mapped: read-only, nothing of it is in memory before it is used.

    Raises OSError or ArchiveError.
    """
    with open_file(path) as file, _as_archive_error():
        shape, fortran_order, dtype, n_header = _read_header(file)
        n_bytes = file.seek(0, io.SEEK_END) - n_header
        if n_bytes != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"it claims to be {shape} of {dtype}, and is not")
        if not n_bytes:
            return np.zeros(shape, dtype)
        order: Literal["F", "C"] = "F" if fortran_order else "C"
        return np.memmap(file, dtype, "r", n_header, shape, order)


@contextmanager
def open_archive(path: Path, compressed: bool = True) -> Iterator[Archive]:
    """The archive in a file, while the block lasts: see Archive. Raises OSError or ArchiveError."""
    with open_file(path) as file:
        yield Archive(file, compressed)


@contextmanager
def _as_archive_error(name: str = "") -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise ArchiveError(f"{name}: {error}" if name else str(error)) from error


class _InPieces(io.BufferedReader):
    """A file that gives no more than a piece at once: a directory may hold millions of names."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > PIECE:
            raise ValueError("its directory is too long")
        return super().read(size)


def _read_header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, order and type from the header of an .npy file, and its length. Raises ValueError."""
    magic, version = member.read(len(MAGIC)), member.read(2)
    if magic != MAGIC or version not in LENGTHS:
        raise ValueError("it is no array in version 1 or 2 of NumPy's format")
    n_length = struct.calcsize(LENGTHS[version])
    (n_text,) = struct.unpack(LENGTHS[version], member.read(n_length))
    if n_text > MOST_HEADER:
        raise ValueError(f"its header is of {n_text} bytes")
    text = member.read(n_text).decode("latin1")
    descr, order, shape = _fields(text)
    try:
        dtype = np.dtype(descr)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if dtype.itemsize == 0:
        raise ValueError("it is of texts without letters")
    if dtype.hasobject:
        raise ValueError("it holds Python objects (pickle), which are not read")
    sizes = tuple(int(size) for size in re.findall(r"\d+", shape))
    return sizes, order == "True", dtype, len(MAGIC) + 2 + n_length + n_text


def _fields(text: str) -> list[str]:
    """The texts of the three fields, in the order of FIELDS. Raises ValueError if it has others."""
    rest = text.strip()
    found = []
    for name, value in FIELDS.items():
        match = re.search(rf"'{name}' *: *{value} *,?", rest)
        if match is None:
            raise ValueError(f"its header makes no sense: {text}")
        found.append(match[1])
        rest = rest.replace(match[0], "", 1)
    if rest.replace(" ", "") != "{}":
        raise ValueError(f"its header makes no sense: {text}")
    return found
