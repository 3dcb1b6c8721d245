"""Black and white: which numbers they are in the images at hand, and which in those of a model.

A model that learned from uint8 reads floats from 0 to 1, and one that learned from floats from 0 to
1 reads uint8, because in both it is plain what is black and what is white. Where it is not, nothing
is guessed.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.caution import warn
from digitnet.accept.scaling import MinMax
from digitnet.errors import DigitnetError

Range: TypeAlias = tuple[float, float]
"""Black and white."""
UNIT, BYTE, WORD, SIGNED = (0.0, 1.0), (0.0, 255.0), (0.0, 65535.0), (-1.0, 1.0)
FEWEST_PIXELS = 64
"""With fewer features, numbers that are no uint8 may be anything, and are taken as they are."""
DARKEST_WORD = 4095
"""Cameras count to 1023 or 4095: only what goes beyond is plainly of 16 bits."""
DARKEST_BYTE = 64
"""Floats that end between 2 and this may be from 0 to 16, or standardised, or dark."""
OVERSHOOT, UNDERSHOOT = 2.0, 0.2
"""Resizing makes some pixels brighter than white, and some darker than black; shares of white."""
MARGIN = 0.1
"""Likewise, in what is learned from."""
SLACK = 0.05
FAR = 10
"""Spans of what was learned from, beyond which numbers are hardly on its scale."""
REMEDY = "scale them to floats from 0 (black) to 1 (white)"


def range_of_model(pixels: str, scaling: MinMax, n_pixels: int) -> Range | None:
    """Black and white on the scale that was learned from; None if that cannot be told."""
    low, high = scaling.minimum, scaling.maximum
    if pixels == "uint8":
        return UNIT if high <= 1 else BYTE
    if n_pixels < FEWEST_PIXELS:
        return None
    if SIGNED[0] <= low < SIGNED[0] + SLACK and SIGNED[1] - SLACK < high <= SIGNED[1]:
        return SIGNED
    for each in (UNIT, BYTE, WORD):
        if -MARGIN * each[1] <= low and each[1] / 2 < high <= (1 + MARGIN) * each[1]:
            return each
    return None


def rescaled(images: NDArray[Any], pixels: str, scaling: MinMax) -> NDArray[Any]:
    """The images on the scale of a model: as they are if that is theirs, else new.

    images: (N, pixels). pixels, scaling: those of what the model learned from.
    Returns uint8 or float32. Raises DigitnetError if their range is not plain; warns where it is
    not certain.
    """
    own = range_of_model(pixels, scaling, images.shape[1])
    if images.dtype == np.uint8 and own == BYTE and np.maximum.reduce(images, None, initial=0) > 1:
        return images
    if not images.size:
        return images.astype(np.float32)
    if own is None:
        return _as_they_are(images, scaling)
    given = (_of_floats if images.dtype.kind == "f" else _of_whole)(images, own, pixels)
    if given is None:
        return _as_they_are(images, scaling)
    return _converted(images, given, own)


def plain_range(low: float, high: float) -> Range | None:
    """Black and white of floats that go from low to high, if that is plain."""
    if abs(low - SIGNED[0]) < SLACK and high < SIGNED[1] + SLACK:
        return SIGNED
    for each, dimmest in ((UNIT, 0.0), (BYTE, DARKEST_BYTE), (WORD, DARKEST_WORD)):
        if dimmest <= high <= OVERSHOOT * each[1] and low >= -UNDERSHOOT * each[1]:
            return each
    return None


def _of_floats(images: NDArray[Any], own: Range, pixels: str) -> Range | None:
    low, high = float(images.min()), float(images.max())
    given = plain_range(low, high)
    if pixels != "uint8" and (given is None or _is_own(images, given, own)):
        return None
    if given is None:
        raise DigitnetError(
            f"expected floats from 0 to 1 or from 0 to 255, got {low:g} to {high:g}, which is "
            f"neither; {REMEDY}"
        )
    if given == SIGNED or pixels != "uint8":
        warn(
            f"floats from {low:g} to {high:g} are read as {given[0]:g} (black) to {given[1]:g} "
            f"(white); this model learned from {own[0]:g} to {own[1]:g}"
        )
    return given


def _is_own(images: NDArray[Any], given: Range, own: Range) -> bool:
    """Whether they may as well be on the scale of a model that learned from floats."""
    if given[1] > own[1]:  # only some of them: out of range, as after a scaling of each feature
        return not _mostly_above(images, OVERSHOOT * own[1])
    return given == own or (given == UNIT and bool(np.array_equal(images, np.rint(images))))


def _mostly_above(images: NDArray[Any], limit: float) -> bool:
    """Whether more than half of what is not black is above the limit."""
    return bool(2 * np.count_nonzero(images > limit) > np.count_nonzero(images))


def _of_whole(images: NDArray[Any], own: Range, pixels: str) -> Range | None:
    if images.dtype == np.bool:
        return UNIT
    low, high = int(images.min()), int(images.max())
    if low == high == 0:
        return BYTE
    if low >= 0 and high == 1:
        if own != UNIT:
            warn(
                "images hold only 0 and 1: read as black and white; this model learned from "
                f"{own[0]:g} to {own[1]:g}"
            )
        return UNIT
    if low >= 0 and high <= BYTE[1]:
        return BYTE
    if low >= 0 and high <= WORD[1] and (high > DARKEST_WORD or own == WORD):
        return WORD
    if pixels == "uint8":
        view = "these may be 0 to 255 in a type that ends at 127: try images.view(np.uint8)"
        raise DigitnetError(
            f"expected pixels from 0 to 255 or from 0 to 65535, got {images.dtype} from {low} to "
            f"{high}; {view if images.dtype == np.int8 else REMEDY}"
        )
    return None


def _converted(images: NDArray[Any], given: Range, own: Range) -> NDArray[Any]:
    if given == own:
        return images if images.dtype == np.uint8 else images.astype(np.float32)
    factor = (own[1] - own[0]) / (given[1] - given[0])
    x = images.astype(np.float32)
    x *= np.float32(factor)
    if offset := own[0] - factor * given[0]:
        x += np.float32(offset)
    return x


def _as_they_are(images: NDArray[Any], scaling: MinMax) -> NDArray[Any]:
    """On a scale of which nothing is known but what was learned from."""
    low, high = scaling.minimum, scaling.maximum
    if images.dtype == np.uint8 and low < 0:
        raise DigitnetError(
            f"expected floats, which this model learned from ({low:g} to {high:g}), got uint8; "
            "try images.astype(np.float32) on that scale"
        )
    least, most = low - FAR * (high - low), high + FAR * (high - low)
    n_far = np.count_nonzero((images < least) | (images > most))
    if least < most and 2 * n_far > np.count_nonzero(images):
        warn(
            f"most numbers, of {images.min():g} to {images.max():g}, are far beyond what this "
            f"model learned from, {low:g} to {high:g}: are they on that scale?"
        )
    return images.astype(np.float32)
