"""The ground under what is transparent: white paper, or black under light ink."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

NEARLY_GREY = 8
"""How far apart channels are, at most, that compression alone may have parted."""
OPAQUE = 128
LIGHT_INK = 127
"""How light the darkest of what is opaque is, at least, if it is light ink on nothing."""
ONE_TONE = 64
"""How much the lightest of it is lighter, at most: paper and what is written on it differ more."""
MOST_INK = 0.75
"""The share of a picture that ink takes, at most."""


def on_ground(image: "Image") -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """An image as L, LA, RGB or RGBA -> grey (h, w), and colour (h, w, 3) if there is any."""
    if image.mode in ("LA", "RGBA"):
        from PIL.Image import new

        alpha = image.getchannel("A")
        ink = image.convert("L" if image.mode == "LA" else "RGB")
        light = is_light_ink(np.asarray(ink.convert("L")), np.asarray(alpha))
        ground = new(ink.mode, ink.size, "black" if light else "white")
        ground.paste(ink, mask=alpha)
        image = ground
    grey = np.array(image.convert("L"))
    if image.mode == "L":
        return grey, None
    colour = np.array(image)
    return grey, colour if has_colours(colour) else None


def has_colours(pixels: NDArray[np.uint8]) -> bool:
    """Whether pixels (h, w, 3) are of other colours than grey."""
    red, green, blue = np.moveaxis(pixels, -1, 0)
    spread = np.maximum(np.maximum(red, green), blue)
    spread -= np.minimum(np.minimum(red, green), blue)
    return bool(spread.max() > NEARLY_GREY)


def is_light_ink(grey: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> bool:
    """Whether all that is opaque is light, of one tone, and not most of the picture."""
    opaque = grey[alpha >= OPAQUE]
    if not 0 < opaque.size <= MOST_INK * grey.size:
        return False
    darkest, lightest = np.percentile(opaque, (0.5, 99.5))
    return bool(darkest > LIGHT_INK and lightest - darkest < ONE_TONE)
