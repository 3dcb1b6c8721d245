"""Pixels of any kind as 8 bits, grey and maybe coloured, at the working size.

Nothing is made of floats at full size; numbers of 16 or 32 bits are brought to 8 a few rows at a
time.
"""

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.images import CHANNELS, LARGEST_FLOAT, numbers
from digitnet.accept.ranges import BYTE, UNIT, WORD, Range, plain_range
from digitnet.errors import DigitnetError
from digitnet.reading import unaided
from digitnet.reading.containers import Opened, check_size
from digitnet.reading.ground import on_ground
from digitnet.text import shown

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST = 2000
"""Pixels of the longer side at the working size."""
ROWS_AT_ONCE = 256
Pixels: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8] | None, tuple[int, int]]


def of_image(opened: Opened) -> Pixels:
    """Grey (h, w), colour (h, w, 3) or None, and the size (width, height) as a person sees it."""
    size = opened.image.size
    working = _working_size(size)
    if hasattr(opened.image, "draft"):
        opened.image.draft(None, working)  # JPEG: decoded at 1/2, 1/4 or 1/8 of the size
    image = _reduced(_in_bytes(opened.image), working)
    image = _turned(_plain_colours(image), opened.orientation)
    grey, colour = on_ground(image)
    return grey, colour, size if opened.orientation < 5 else size[::-1]


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    shrink = max(1.0, max(size) / LONGEST)
    return max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink))


def _in_bytes(image: "Image") -> "Image":
    """In a mode of 8 bits, none of them an index of colours."""
    image.load()
    mode = image.mode
    if mode.startswith(("I", "F")):
        from PIL.Image import fromarray

        return fromarray(_stretched(np.asarray(image)))
    transparent = "transparency" in image.info
    if mode in ("1", "L", "RGB") and transparent:
        return _stretched_bits(image.convert("RGBA"))
    if mode == "P":
        return image.convert("RGBA" if transparent else "RGB")
    if mode == "PA":
        return image.convert("RGBA")
    return image.convert("L") if mode == "1" else _stretched_bits(image)


def _stretched(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Numbers of more than 8 bits: of a plain range as it is, of others their own range."""
    low, high = float(values.min()), float(values.max())
    if not (low >= -LARGEST_FLOAT and high <= LARGEST_FLOAT):  # true for NaN as well
        raise DigitnetError("expected finite pixels, got NaN, infinity or numbers beyond 1e30")
    if low >= 0 and high <= UNIT[1]:
        return in_bytes(values, UNIT)
    if low >= 0 and high <= BYTE[1]:
        return in_bytes(values, BYTE)
    return in_bytes(values, (low, high) if low < high else (low - 1, low))


def in_bytes(values: NDArray[Any], given: Range) -> NDArray[np.uint8]:
    """From black and white as given to 0 and 255. values: (h, w, ...), of any real type."""
    low, high = given
    result = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        scaled = (values[rows].astype(np.float64) - low) * (255 / (high - low))
        result[rows] = np.rint(np.clip(scaled, 0, 255))
    return result


def _stretched_bits(image: "Image") -> "Image":
    """The same, with 255 for 1 if there is nothing lighter."""
    bands = image.getbands()
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        return image
    ink = [band for band in bands if band != "A"]
    lightest: Any = image.getextrema()  # a pair for each band, or for the only one
    if np.ravel(lightest)[1 : 2 * len(ink) : 2].max() != 1:
        return image
    whiter = [0] + [255] * 255
    return image.point(whiter * len(ink) + list(range(256)) * (len(bands) - len(ink)))


def _reduced(image: "Image", working: tuple[int, int]) -> "Image":
    from PIL.Image import Resampling

    factor = max(image.size) // max(working)
    if factor > 1:
        image = image.reduce(factor)  # the mean of each square
    if max(image.size) > max(working):
        image = image.resize(working, Resampling.BILINEAR)  # which takes means here as well
    return image


def _plain_colours(image: "Image") -> "Image":
    """As L, LA, RGB or RGBA."""
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode == "LAB":
        return image.getchannel("L")
    return image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGB"))


def _turned(image: "Image", orientation: int) -> "Image":
    """As it is to be seen."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def of_array(given: Any) -> Pixels:
    """As of_image, for an array that holds one picture. Raises DigitnetError if it does not."""
    array = numbers(given)
    if array.ndim == 0:
        raise DigitnetError(
            "expected the path of a picture, its bytes, an array of its pixels or an image of "
            f"Pillow, got {shown(given)}"
        )
    if array.ndim == 3 and array.shape[-1] not in CHANNELS and array.shape[0] in CHANNELS:
        array = np.moveaxis(array, 0, -1)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] not in CHANNELS):
        raise DigitnetError(
            "expected one picture of shape (height, width), or with 1, 3 or 4 channels, got an "
            f"array of shape {array.shape}; read several one by one"
        )
    check_size(array.shape[1], array.shape[0])
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    pixels = array if array.dtype == np.uint8 else in_bytes(array, _range_of(array))
    if max(pixels.shape[:2]) <= LONGEST and not _has_pillow():
        return (*unaided.on_ground(pixels), (pixels.shape[1], pixels.shape[0]))
    from PIL.Image import fromarray

    return of_image(Opened(fromarray(np.ascontiguousarray(pixels))))


@cache
def _has_pillow() -> bool:
    """Not in a browser, which decodes pictures and makes them smaller itself."""
    return find_spec("PIL") is not None


def _range_of(array: NDArray[Any]) -> Range:
    """Which numbers are black and white. Raises DigitnetError if that is not plain."""
    if array.dtype.kind == "b":
        return UNIT
    low, high = float(array.min()), float(array.max())
    if array.dtype.kind == "f":
        given = plain_range(low, high)
    elif low >= 0 and high <= BYTE[1]:
        given = UNIT if high <= 1 else BYTE
    else:
        given = (low, high) if low >= 0 and high <= WORD[1] else None  # as files of 16 bits
    if given is None:
        raise DigitnetError(
            "expected pixels from 0 to 255 or 65535, or floats from 0 to 1, got "
            f"{array.dtype} from {low:g} to {high:g}"
        )
    return given
