"""Archives of NumPy arrays (.npz), read with distrust: no pickle, no allocation on a promise.

`np.load` allocates what an array's header claims before it looks whether the data is there.
"""

import lzma
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,  # encrypted, or a compression that Python does not know
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""What reading a file that is not a sound archive can raise."""


def read_archive(path: Path, compressed: bool = True) -> dict[str, NDArray[Any]]:
    """The arrays of the archive by name, read-only.

    compressed: whether its members may be. Those that are not take no more memory than the file.
    Raises one of UNREADABLE if the file is missing or not such an archive.
    """
    arrays: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"there are two arrays named {name}")
            if info.compress_type != zipfile.ZIP_STORED and not compressed:
                raise ValueError(f"{info.filename} is compressed")
            arrays[name] = _read_member(archive, info)
    return arrays


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(info) as member:
        shape, fortran_order, dtype = _read_header(member, info.filename)
        if dtype.hasobject:
            raise ValueError(f"{info.filename} holds Python objects (pickle), which are not read")
        n_bytes = math.prod(shape) * dtype.itemsize
        if any(size < 0 for size in shape) or n_bytes != info.file_size - member.tell():
            raise ValueError(f"{info.filename} claims to be {shape} of {dtype}, and is not")
        content = member.read(n_bytes + 1)
        if len(content) != n_bytes:
            raise ValueError(f"{info.filename} is cut short")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")


def _read_header(member: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type from the header of an .npy file. Raises ValueError."""
    version = npy.read_magic(member)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name} is of version {version} of the format")
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            return read_header(member)
    except (SyntaxError, tokenize.TokenError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"the header of {name} makes no sense") from error
