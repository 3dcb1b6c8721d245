"""The picture with boxes and answers drawn in.

What was read has a blue box of one line, what could not be read an orange one of dashes, each with
its label beside it on the same colour. A rim of white keeps lines apart from dark pictures.
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
from digitnet.reading.labels import SMALLEST_LETTER, Box, labels_of

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from digitnet.reading.decode import Picture

READ, NOT_READ, RIM = (0, 90, 160), (190, 70, 0), (255, 255, 255)
"""Colours that white letters can be read on, and that differ for colour-blind people too."""
SMALLEST_DIGIT = 80
"""Pixels: a picture of smaller ones is enlarged, unless it would be larger than LARGEST."""
LARGEST = 2400
LARGEST_LETTER = 160
LETTER = 0.4
"""Height of a label as a share of its digit's, where there is room."""


def annotated(picture: "Picture", digits: Sequence[Digit]) -> "Image":
    """The picture, enlarged if its digits are small, in a margin that has room for labels."""
    from PIL.Image import new
    from PIL.ImageDraw import Draw

    tall = (
        median(d.box[3] - d.box[1] for d in digits) / picture.scale
        if digits
        else max(picture.grey.shape)
    )
    image, factor = _enlarged(picture, tall)
    letter = round(min(max(LETTER * tall * factor, SMALLEST_LETTER), LARGEST_LETTER))
    margin = 3 * letter // 2
    page = new("RGB", (image.width + 2 * margin, image.height + 2 * margin), RIM)
    page.paste(image, (margin, margin))
    draw, enlarged, width = Draw(page), factor / picture.scale, max(2, letter // 10)
    boxes = [_scaled(digit.box, enlarged, margin) for digit in digits]
    for digit, box in zip(digits, boxes, strict=True):
        _draw_box(draw, box, width, dashed=digit.label == UNCERTAIN)
    labels = labels_of([digit.label for digit in digits], boxes, letter, width)
    for label in labels:  # after all boxes, so that none crosses a label
        label.draw(draw, NOT_READ if label.text == UNCERTAIN else READ, RIM)
    return page


def _enlarged(picture: "Picture", tall: float) -> tuple["Image", int]:
    """The picture in colours, and how many times as large; tall: how high its digits are."""
    from PIL.Image import Resampling, fromarray

    image = fromarray(picture.grey if picture.colour is None else picture.colour).convert("RGB")
    wanted = round(SMALLEST_DIGIT / max(tall, 1))
    factor = max(1, min(wanted, LARGEST // max(image.size)))
    size = (image.width * factor, image.height * factor)
    return image.resize(size, Resampling.NEAREST), factor


def _scaled(box: Box, factor: float, margin: int) -> Box:
    left, top, right, bottom = (round(margin + each * factor) for each in box)
    return left, top, right, bottom


def _draw_box(draw: "ImageDraw", box: Box, width: int, dashed: bool) -> None:
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
