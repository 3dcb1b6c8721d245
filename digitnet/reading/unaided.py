"""Unaided: what Pillow makes of pixels of 8 bits, for where it is not there: in a browser.

The same, bit for bit: a test holds the two together.
"""

import numpy as np
from numpy.typing import NDArray

from digitnet.reading.ground import has_colours, is_light_ink

Bytes = NDArray[np.uint8]


def on_ground(pixels: Bytes) -> tuple[Bytes, Bytes | None]:
    """Pixels (h, w), or (h, w, 3 or 4), as grey (h, w), and colour (h, w, 3) if there is any.

    As ground.on_ground, after pixels.of_image.
    """
    ink = pixels[..., :3] if pixels.ndim == 3 else pixels
    if ink.max() == 1:
        ink = ink * np.uint8(255)
    if pixels.ndim == 2:
        return ink.copy(), None
    if pixels.shape[-1] == 4:
        alpha = pixels[..., 3]
        light = is_light_ink(_bright(ink), alpha)
        ink = _laid(ink, alpha[..., None].astype(np.uint32), 0 if light else 255)
    return _bright(ink), ink.copy() if has_colours(ink) else None


def _bright(colour: Bytes) -> Bytes:
    """How bright colours look (Rec. 601), in whole numbers as Pillow counts them."""
    red, green, blue = np.moveaxis(colour.astype(np.uint32), -1, 0)
    bright: Bytes = ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(np.uint8)
    return bright


def _laid(ink: Bytes, alpha: NDArray[np.uint32], ground: int) -> Bytes:
    """Ink on a ground that shows through: a mean of the two, rounded as Pillow does."""
    both = ground * (255 - alpha) + ink * alpha + 128
    laid: Bytes = (((both >> 8) + both) >> 8).astype(np.uint8)
    return laid
