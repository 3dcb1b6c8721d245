"""Images as people have them, as grey pixels: (N, height, width)."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.caution import warn
from digitnet.accept.ranges import BYTE, DARKEST_WORD, FEWEST_PIXELS, WORD
from digitnet.errors import DigitnetError
from digitnet.text import shown

MOST_IMAGES = 3_000_000
"""To split as many takes scikit-learn a second or two and 75 bytes for each, however small."""
LARGEST_FLOAT = 1e30
CHANNELS = (1, 3, 4)
LUMINANCE = (0.299, 0.587, 0.114)
"""How bright red, green and blue look (Rec. 601)."""
WRAPPED = 64
"""An int8 that goes below the one and above the other was from 0 to 255 before."""
NARROW = 0.08
"""The standard deviation that features have after StandardScaler, at most, as a share of the range
of all: 0.054 of 300 of MNIST's images, 0.004 of 60,000. Of its pixels as they are it is 0.2."""
ALIKE = 0.25
"""How far the quartiles of these deviations are from their median then, at most, as a share of it:
0.2, of MNIST's pixels as they are 0.8."""
LARGEST, UNLIKE = 10, 100
"""How many times as large as a typical one the largest deviation is: at most, after StandardScaler
(8, in a part of 60,000 images), and at least where units are mixed."""
MOST_COMPARED = 1000
"""Rows that are looked at for it."""


class NotNumbersError(DigitnetError, TypeError):
    """Something else than numbers; a TypeError too, as scikit-learn expects."""


def as_images(given: Any, name: str = "X", most: int = MOST_IMAGES) -> NDArray[Any]:
    """The images to learn from: (N, height, width) of uint8 or float32.

    given: (N, height, width), (N, pixels), or (N, height, width, channels) of grey in colour, in
    either order. Booleans and whole numbers that are plainly grey values become uint8 from 0 to
    255, 16 bits the floats from 0 to 1, all else float32.
    Raises DigitnetError, which begins with `name`, if it is no array of images, or more than
    `most`; warns of int8 that has wrapped around.
    """
    try:
        images = np.asarray(numbers(given))
        if images.ndim == 4:
            images = without_channels(images)
        _check_shape(images)
        if len(images) > most:
            raise DigitnetError(
                f"expected at most {most} images, got {len(images)}; take a part of them"
            )
        check_finite(images)
        images = np.ascontiguousarray(_compact(images))
    except DigitnetError as error:
        raise type(error)(f"{name}: {error}") from error
    return rows_as_images(images) if images.ndim == 2 else images


def rows_as_images(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows (N, pixels) as images (N, height, width): square if that is possible, else 1 high."""
    side = math.isqrt(rows.shape[1])
    return rows.reshape(len(rows), side if side * side == rows.shape[1] else 1, -1)


def as_rows(given: Any, image_shape: tuple[int, int]) -> NDArray[Any]:
    """The images to be read as rows (N, height · width), of the type and scale that they have.

    given: as for as_images, with images of this shape, or a single one of them.
    Raises DigitnetError if it is not that.
    """
    array = numbers(given)
    n_pixels = math.prod(image_shape)
    if array.ndim in (2, 3) and array.shape[1:] in (image_shape, (n_pixels,)):
        return array.reshape(-1, n_pixels)
    if array.shape == image_shape:
        return array.reshape(1, n_pixels)
    one = array.ndim == 3 and image_shape in (array.shape[:2], array.shape[1:])
    if one or (array.ndim == 4 and image_shape in (array.shape[1:3], array.shape[2:])):
        grey = without_channels(array[None] if one else array)
        if grey.shape[1:] == image_shape:
            return grey.reshape(-1, n_pixels)
    height, width = image_shape
    raise DigitnetError(
        f"expected images of shape (N, {height}, {width}), (N, {n_pixels}) or "
        f"({height}, {width}), got an array of shape {array.shape}; "
        f"scale pictures to {height}x{width} grey pixels first"
    )


def numbers(given: Any) -> NDArray[Any]:
    """An array of real numbers. Raises DigitnetError, or NotNumbersError, if it is none."""
    if hasattr(given, "toarray"):
        raise NotNumbersError("expected a dense array, got sparse data; try .toarray()")
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise DigitnetError(f"expected an array of images of one size: {error}") from error
    if array.dtype.kind == "O":
        array = _from_objects(array)
    if array.dtype.kind == "c":
        raise DigitnetError("Complex data not supported: expected real numbers")
    if array.dtype.kind not in "buif":
        got = f"an array of {array.dtype}" if array.ndim else shown(given)
        raise NotNumbersError(f"expected images, which are arrays of numbers, got {got}")
    return array


def _from_objects(array: NDArray[Any]) -> NDArray[Any]:
    if array.size and all(isinstance(each, bool | np.bool) for each in array.flat):
        return array.astype(bool)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotNumbersError(f"expected numbers, got an array of object: {error}") from error


def without_channels(images: NDArray[Any]) -> NDArray[Any]:
    """Grey images (N, height, width) from such with a channel axis at the end, or after N.

    Of an alpha channel that says nothing, nothing is kept; real colours become as bright as they
    look, with a warning. Raises DigitnetError if there is no such axis, or for transparency.
    """
    if images.shape[-1] not in CHANNELS:
        if images.shape[1] not in CHANNELS:
            raise DigitnetError(
                "expected images of shape (N, height, width), (N, pixels) or with 1, 3 or 4 "
                f"channels at the end, got an array of shape {images.shape}"
            )
        images = np.moveaxis(images, 1, -1)
    if images.shape[-1] == 4:
        alpha = images[..., 3]
        if images.size and alpha.min() != alpha.max():
            raise DigitnetError(
                "expected opaque images, got some with transparency; lay them on a background "
                "first, or take images[..., 3] where it holds the drawing"
            )
        images = images[..., :3]
    grey = images[..., 0]
    if all(np.array_equal(grey, images[..., channel]) for channel in range(images.shape[-1])):
        return grey
    warn("images have colours: read as grey, as bright as they look")
    bright = np.tensordot(images, np.asarray(LUMINANCE, np.float32), 1)
    return np.rint(bright).astype(images.dtype) if images.dtype.kind in "ui" else bright


def check_finite(array: NDArray[Any]) -> None:
    """Raise DigitnetError if there is NaN, infinity or a number too large to compute with."""
    if array.dtype.kind != "f" or not array.size:
        return
    low, high = float(array.min()), float(array.max())
    if not (low >= -LARGEST_FLOAT and high <= LARGEST_FLOAT):  # true for NaN as well
        raise DigitnetError(
            f"expected finite pixels, got NaN, infinity or more than {LARGEST_FLOAT:g} among "
            "them; try np.isfinite to find the images"
        )


def check_contrast(images: NDArray[Any], name: str = "X") -> None:
    """Raise DigitnetError if all pixels of all images are the same: nothing can be learned."""
    low, high = images.min(), images.max()
    if low == high and len(images) > 1:
        raise DigitnetError(
            f"{name}: expected images that differ, but every pixel of all {len(images)} is "
            f"{low:g}; look at how they were read or scaled (a whole-number division?)"
        )


def warn_if_narrow(images: NDArray[Any], name: str = "X") -> None:
    """Warn of numbers (N, …) most of whose features hardly use the range of all, their scale.

    StandardScaler makes the few inked pixels at the border of images that large, and so are columns
    in units of their own.
    """
    if images.dtype == np.uint8:
        return
    some = images[:: max(len(images) // MOST_COMPARED, 1)]
    deviations = some.reshape(len(some), -1).std(axis=0, dtype=np.float64)
    deviations = deviations[deviations > 0]
    if not len(deviations):
        return
    quarter, typical, three_quarters = np.quantile(deviations, (0.25, 0.5, 0.75))
    alike = max(three_quarters - typical, typical - quarter) < ALIKE * typical
    largest = deviations.max() / typical
    if largest <= UNLIKE and not (alike and largest < LARGEST):
        return
    low, high = float(images.min()), float(images.max())
    if largest > UNLIKE or (low < 0 and typical < NARROW * (high - low)):
        warn(
            f"{name}: numbers go from {low:g} to {high:g}, but a typical feature has a standard "
            f"deviation of {typical:.2g}: all have one scale, so most are nearly constant on it; "
            "leave out StandardScaler, or use MinMaxScaler"
        )


def _check_shape(images: NDArray[Any]) -> None:
    if images.ndim not in (2, 3):
        raise DigitnetError(
            f"Expected 2D array (or images, 3D), got {images.ndim}D array instead, of shape "
            f"{images.shape}. Reshape your data using X.reshape(len(X), -1) if it has many rows, "
            "X.reshape(1, -1) if it is one."
        )
    for axis, what in ((0, "sample"), (1, "feature"), (images.ndim - 1, "feature")):
        if images.shape[axis] == 0:
            raise DigitnetError(
                f"Found array with 0 {what}(s) (shape={images.shape}) while a minimum of 1 is "
                "required."
            )


def _compact(images: NDArray[Any]) -> NDArray[Any]:
    """The same images as uint8 or float32."""
    kind = images.dtype.kind
    if kind == "b":
        return images.astype(np.uint8) * np.uint8(255)
    if images.dtype == np.uint8:
        return images
    if kind in "ui":
        low, high = int(images.min()), int(images.max())
        warn_if_wrapped(images.dtype, low, high)
        if math.prod(images.shape[1:]) >= FEWEST_PIXELS and low >= 0:
            if BYTE[1] / 2 < high <= BYTE[1]:
                return images.astype(np.uint8)
            if images.dtype.itemsize == 2 and DARKEST_WORD < high <= WORD[1]:
                return images * np.float32(1 / WORD[1])
    return images.astype(np.float32)


def warn_if_wrapped(dtype: np.dtype[Any], low: int, high: int) -> None:
    """Warn of int8 that looks as if its negative numbers had been the light pixels."""
    if dtype == np.int8 and low < -WRAPPED and high > WRAPPED:
        warn(
            f"images are of int8, from {low} to {high}: if they were grey values from 0 to 255, "
            "those above 127 are negative now; try images.view(np.uint8)"
        )
