"""IDX, the file format of MNIST: a header of sizes, and then the bytes of the array.

    offset  bytes  meaning
    0       2      zero
    2       1      type of an entry: 0x08 is uint8, the only one that MNIST has
    3       1      number of dimensions D
    4       4·D    the size of each dimension, big-endian
    4+4·D          the entries, last dimension fastest

Source: the description on the MNIST page (LeCun, Cortes & Burges, 1998).
"""

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError

UINT8 = 0x08


def parse_idx(content: bytes, n_dimensions: int, name: str) -> NDArray[np.uint8]:
    """The array in the content of an IDX file, read-only, without a copy.

    n_dimensions: 3 for images, 1 for labels. name: what to call the file in an error.
    Raises DigitnetError if the content is not that of such a file, from the first byte to the last.
    """
    start = 4 + 4 * n_dimensions
    if len(content) < start:
        raise DigitnetError(
            f"{name}: expected an IDX file, got {len(content)} bytes, which is less than its header"
        )
    magic: tuple[Any, ...] = struct.unpack(">HBB", content[:4])
    if magic != (0, UINT8, n_dimensions):
        raise DigitnetError(
            f"{name}: expected an IDX file of uint8 with {n_dimensions} dimension(s), which begins "
            f"with {bytes([0, 0, UINT8, n_dimensions]).hex(' ')}, got {content[:4].hex(' ')}"
        )
    shape = struct.unpack(f">{n_dimensions}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise DigitnetError(
            f"{name}: its header promises {' x '.join(map(str, shape))} = {math.prod(shape)} bytes "
            f"of data, but {len(content) - start} follow; the file is damaged: get it again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
