"""The picture with boxes and answers drawn in.

What was read has a blue box of one line, what could not be read an orange one of dashes, each with
its label above on the same colour. A rim of white keeps lines apart from dark pictures.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitnet.files.writing import replace
from digitnet.reading.digit import UNCERTAIN, Digit

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from digitnet.reading.decode import Picture

READ, NOT_READ, RIM = (0, 90, 160), (190, 70, 0), (255, 255, 255)
"""Colours that white letters can be read on, and that differ for colour-blind people too."""
SMALLEST_DIGIT = 48
"""Pixels: a picture of smaller ones is enlarged, unless it would be larger than LARGEST."""
LARGEST = 2400
SMALLEST_LETTER, LARGEST_LETTER = 14, 160
LETTER = 0.4
"""Height of a label as a share of its digit's."""


def annotated(picture: "Picture", digits: Sequence[Digit]) -> "Image":
    """The picture, enlarged if its digits are small, in a margin that has room for labels."""
    from PIL.Image import Resampling, fromarray, new
    from PIL.ImageDraw import Draw
    from PIL.ImageFont import load_default

    image = fromarray(picture.grey if picture.colour is None else picture.colour).convert("RGB")
    tall = (
        median(d.box[3] - d.box[1] for d in digits) / picture.scale if digits else max(image.size)
    )
    wanted = SMALLEST_DIGIT / max(tall, 1)
    factor = max(1, min(round(wanted), LARGEST // max(image.size)))
    image = image.resize((image.width * factor, image.height * factor), Resampling.NEAREST)
    letter = round(min(max(LETTER * tall * factor, SMALLEST_LETTER), LARGEST_LETTER))
    margin = 3 * letter // 2
    page = new("RGB", (image.width + 2 * margin, image.height + 2 * margin), RIM)
    page.paste(image, (margin, margin))
    draw, font = Draw(page), load_default(letter)
    enlarged = factor / picture.scale
    for digit in digits:
        box = [round(margin + each * enlarged) for each in digit.box]
        _draw_box(draw, box, max(2, letter // 10), dashed=digit.label == UNCERTAIN)
    for digit in digits:  # after all boxes, so that none crosses a label
        left, top, *_ = (round(margin + each * enlarged) for each in digit.box)
        colour = NOT_READ if digit.label == UNCERTAIN else READ
        tag = draw.textbbox((left, top - letter // 4), digit.label, font, anchor="ls")
        pad = max(2, letter // 8)
        around = (tag[0] - pad, tag[1] - pad, tag[2] + pad, tag[3] + pad)
        draw.rectangle(around, colour, RIM)
        draw.text((left, top - letter // 4), digit.label, RIM, font, anchor="ls")
    return page


def _draw_box(draw: "ImageDraw", box: list[int], width: int, dashed: bool) -> None:
    """Around the box, so that it covers nothing in it."""
    left, top, right, bottom = box[0] - width, box[1] - width, box[2] + width, box[3] + width
    rim = (left - 1, top - 1, right + 1, bottom + 1)
    draw.rectangle(rim, outline=RIM, width=width + 2)
    if not dashed:
        draw.rectangle((left, top, right, bottom), outline=READ, width=width)
        return
    dash = 3 * width
    for x in range(left, right, 2 * dash):
        for y in (top, bottom - width + 1):
            draw.rectangle((x, y, min(x + dash, right), y + width - 1), NOT_READ)
    for y in range(top, bottom, 2 * dash):
        for x in (left, right - width + 1):
            draw.rectangle((x, y, x + width - 1, min(y + dash, bottom)), NOT_READ)


def write_png(image: "Image | NDArray[np.uint8]", path: Path) -> None:
    """Write a picture of Pillow, or an array (h, w) or (h, w, 3), as PNG. Raises OSError."""
    from PIL.Image import fromarray

    file = BytesIO()
    (fromarray(image) if isinstance(image, np.ndarray) else image).save(file, "PNG")
    replace(path, file.getvalue())
