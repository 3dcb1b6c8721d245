"""Frames: a message as bytes, and back.

    4 bytes       length of the header, little-endian
    header        JSON: {"name": …, "fields": {…}, "arrays": [{"name", "dtype", "shape"}, …]},
                  with spaces at its end, so that what follows begins at a multiple of 8
    arrays        one after another, each little-endian, row by row, each padded likewise

Numbers that are not finite are null in JSON. A frame holds no code, and nothing in it is trusted.
"""

import json
import math
from typing import Any, NamedTuple

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.text import shown
from digitnet.web.messages import Arrays

DTYPES = {"uint8": "<u1", "int32": "<i4", "float32": "<f4"}
LONGEST_HEADER = 100_000
MOST_ARRAYS = 32
MOST_DIMENSIONS = 4
ALIGNED = 8


class Frame(NamedTuple):
    """A message that was taken apart; whether it makes sense is another matter."""

    name: Any
    fields: Any
    arrays: Arrays


def packed(name: str, fields: dict[str, Any], arrays: Arrays) -> bytes:
    """A message as bytes."""
    described = [
        {"name": each, "dtype": array.dtype.name, "shape": list(array.shape)}
        for each, array in arrays.items()
    ]
    header = {"name": name, "fields": _finite(fields), "arrays": described}
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(4 + len(text)) % ALIGNED)
    parts = [len(text).to_bytes(4, "little"), text]
    for array in arrays.values():
        data = np.ascontiguousarray(array, DTYPES[array.dtype.name]).tobytes()
        parts += [data, bytes(-len(data) % ALIGNED)]
    return b"".join(parts)


def _finite(value: Any) -> Any:
    """The same with None for each number that JSON lacks."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def unpacked(data: bytes) -> Frame:
    """The message that bytes from outside hold. Raises DigitnetError if they are none."""
    length = int.from_bytes(data[:4], "little")
    if len(data) < 4 or length > min(LONGEST_HEADER, len(data) - 4):
        raise DigitnetError(f"expected a frame, got {len(data)} bytes that are none")
    try:
        header = json.loads(data[4 : 4 + length])
        described = header["arrays"]
        if type(described) is not list or len(described) > MOST_ARRAYS:
            raise ValueError("arrays")
        arrays, start = {}, 4 + length
        for each in described:
            arrays[_name(each)], start = _array(data, start, each["dtype"], each["shape"])
        if start != len(data):
            raise ValueError(f"{len(data) - start} bytes too many")
        return Frame(header["name"], header["fields"], arrays)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        problem = shown(f"{type(error).__name__} {error}")
        raise DigitnetError(f"expected a frame, got bytes that are none: {problem}") from error


def _name(described: Any) -> str:
    if type(described["name"]) is not str:
        raise ValueError("name of an array")
    name: str = described["name"]
    return name


def _array(data: bytes, start: int, dtype: Any, shape: Any) -> tuple[Any, int]:
    """A read-only array of the frame that starts there, and where the next one does."""
    if type(shape) is not list or len(shape) > MOST_DIMENSIONS:
        raise ValueError("shape")
    if not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise ValueError("shape")
    kind = np.dtype(DTYPES[dtype])
    n = math.prod(shape)
    if n * kind.itemsize > len(data) - start:
        raise ValueError("less data than the shape says")
    array = np.frombuffer(data, kind, n, start).reshape(shape)
    end = start + n * kind.itemsize
    return array, end + -end % ALIGNED
