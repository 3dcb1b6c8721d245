"""Pictures with digits as people bring them, made from MNIST's by chance: the same for a seed.

on a page     one digit, enlarged, somewhere on white paper
damaged       one digit in fog, under stripes, on squared paper, …
in a row      several digits beside one another, with shadow, noise, a little turned
photograph    twelve digits on 12 million pixels under uneven light

What is measured with them says how well other pictures are read as long as nothing learns from
pictures that are made by these functions.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]  # (height, width), 0 to 1; of ink: how much of a pixel is covered
Generator = np.random.Generator

RAISED = 4  # how many pixels of a paper picture a pixel of MNIST's is, where it is damaged


class Page(NamedTuple):
    """A picture, and the digits that are in it: label and box (left, top, right, bottom)."""

    picture: Picture
    digits: list[tuple[str, tuple[float, float, float, float]]]

    @property
    def text(self) -> str:
        """The labels in a row."""
        return "".join(label for label, _ in self.digits)


# ------------------------------------------------------------------------------------ parts


def enlarged(image: Picture, scale: float) -> Plane:
    """The ink of an image of MNIST at another size, interpolated bicubically."""
    height, width = (max(1, round(scale * side)) for side in image.shape)
    large = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(large, np.float32) / np.float32(255)


def smooth_field(shape: tuple[int, int], cells: int, generator: Generator) -> Plane:
    """A random surface with hills of 1/cells of the picture, from 0 to 1."""
    coarse = generator.random((cells + 1, cells + 1), np.float32)
    fine = Image.fromarray(coarse).resize(shape[::-1], Image.Resampling.BICUBIC)
    return np.clip(np.asarray(fine), 0, 1)


def clouds(shape: tuple[int, int], generator: Generator) -> Plane:
    """A random surface with hills of all widths, the wider the higher, from 0 to 1."""
    field = sum(smooth_field(shape, 2**k, generator) / np.float32(2**k) for k in range(1, 5))
    field = field - field.min()
    return field / field.max()


def light(shape: tuple[int, int], generator: Generator) -> Plane:
    """How much light falls on a sheet: a slope, and in every second picture a soft shadow."""
    y, x = np.ogrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j]
    turn = generator.uniform(0, 2 * np.pi)
    across = np.cos(turn) * x + np.sin(turn) * y
    falls = 1 - generator.uniform(0, 0.35) * (across + 0.5)
    if generator.random() < 0.5:
        turn = generator.uniform(0, 2 * np.pi)
        edge = np.cos(turn) * x + np.sin(turn) * y - generator.uniform(-0.3, 0.3)
        softness = generator.uniform(0.01, 0.1)
        depth = generator.uniform(0.15, 0.45)
        falls = falls * (1 - depth / (1 + np.exp(np.clip(-edge / softness, -50, 50))))
    return falls.astype(np.float32)


def as_picture(values: NDArray[np.floating]) -> Picture:
    """Values of 0 to 255, rounded, with what is beyond cut off."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def blurred(plane: Plane, sigma: float) -> Plane:
    """Under a Gaussian of this width, in pixels."""
    soft = Image.fromarray(as_picture(plane * 255)).filter(ImageFilter.GaussianBlur(sigma))
    return np.asarray(soft, np.float32) / np.float32(255)


def box_of(ink: NDArray[np.floating]) -> tuple[int, int, int, int]:
    """The smallest box around what is covered at least by a third."""
    rows, columns = (np.flatnonzero((ink > 0.33).any(axis=axis)) for axis in (1, 0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


# -------------------------------------------------------------------------------- on a page


def on_a_page(image: Picture, label: str, generator: Generator) -> Page:
    """The image ×1.5 to ×10 as large, black on white, anywhere on a page up to 3 times as large."""
    digit = enlarged(image, 1.5 * (10 / 1.5) ** generator.random())
    height, width = (int(side * generator.uniform(1.1, 3)) for side in digit.shape)
    top = int(generator.integers(0, height - digit.shape[0] + 1))
    left = int(generator.integers(0, width - digit.shape[1] + 1))
    ink = np.zeros((height, width), np.float32)
    ink[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return Page(as_picture(255 - 255 * ink), [(label, box_of(ink))])


def of_cells(cells: Picture) -> Picture:
    """A picture of an image of 0 and 1, as Semeion's: each cell 4 × 4 black pixels, none lighter.

    White around it, 4 cells wide: 16 × 16 become 96 × 96.
    """
    return as_picture(255 - 255 * np.pad(np.kron(cells, np.ones((4, 4))), 16))


# ---------------------------------------------------------------------------------- damaged


def fog(ink: Plane, _unit: int, generator: Generator) -> Plane:
    """Clouds before it, one to two and a half times as bright as the ink."""
    thickness = np.float32(generator.uniform(1, 2.5))
    return (ink + thickness * clouds(ink.shape, generator)) / (1 + thickness)


def brightness(ink: Plane, _unit: int, generator: Generator) -> Plane:
    """Everything nearer to the ink's shade, the background included."""
    return np.minimum(1, ink + np.float32(generator.uniform(0.2, 0.5)))


def stripes(ink: Plane, _unit: int, generator: Generator) -> Plane:
    """A quarter at either side the other way round: ink where there was none."""
    striped = ink.copy()
    sides = striped if generator.random() < 0.5 else striped.T
    at = len(ink) // 4
    sides[:, :at] = 1 - sides[:, :at]
    sides[:, -at:] = 1 - sides[:, -at:]
    return striped


def blur(ink: Plane, unit: int, generator: Generator) -> Plane:
    """Out of focus, or moved in one direction while it was taken."""
    if generator.random() < 0.5:
        return blurred(ink, unit * generator.uniform(0.8, 1.5))
    turn = generator.uniform(-np.pi / 4, np.pi / 4)
    steps = np.linspace(-1, 1, 8 * unit + 3) * unit * generator.uniform(1.5, 3)
    image = Image.fromarray(ink)
    moved = [
        image.transform(
            image.size,
            Image.Transform.AFFINE,
            (1, 0, step * np.cos(turn), 0, 1, step * np.sin(turn)),
            Image.Resampling.BILINEAR,
        )
        for step in steps
    ]
    return np.mean([np.asarray(each) for each in moved], axis=0, dtype=np.float32)


def noise(ink: Plane, _unit: int, generator: Generator) -> Plane:
    """Of a sensor, of few photons, or single pixels black and white."""
    kind = generator.integers(3)
    if kind == 0:
        grain = generator.standard_normal(ink.shape, np.float32)
        return np.clip(ink + np.float32(generator.uniform(0.08, 0.25)) * grain, 0, 1)
    if kind == 1:
        photons = generator.uniform(4, 15)
        return np.clip(generator.poisson(ink * photons) / photons, 0, 1).astype(np.float32)
    hit = generator.random(ink.shape) < generator.uniform(0.02, 0.12)
    return np.where(hit, generator.integers(0, 2, ink.shape), ink).astype(np.float32)


def ruled(ink: Plane, unit: int, generator: Generator) -> Plane:
    """On ruled paper: printed lines across, lighter than the ink."""
    return np.maximum(ink, _printed(ink.shape, unit * generator.uniform(7, 14), unit, generator))


def squared(ink: Plane, unit: int, generator: Generator) -> Plane:
    """On squared paper: printed lines across and down, lighter than the ink."""
    apart = unit * generator.uniform(4, 9)
    both = [_printed(ink.shape, apart, unit, generator) for _ in range(2)]
    strength = both[0].max() / both[1].max()
    return np.maximum(ink, np.maximum(both[0], both[1].T * strength))


def _printed(shape: tuple[int, int], apart: float, unit: int, generator: Generator) -> Plane:
    y = np.arange(shape[0], dtype=np.float32) + np.float32(generator.uniform(0, apart))
    width = unit * generator.uniform(0.25, 0.6)
    from_line = np.abs((y + apart / 2) % apart - apart / 2)
    line = np.clip(width / 2 + 0.5 - from_line, 0, min(1, width)) / min(1, width)
    strength = np.float32(generator.uniform(0.2, 0.5))
    return np.broadcast_to((line * strength).astype(np.float32)[:, None], shape)


def zigzag(ink: Plane, unit: int, generator: Generator) -> Plane:
    """A zigzag line across it, as dark as the ink."""
    n = 4
    side = n * len(ink)
    rise, at = generator.uniform(-5, 5), generator.uniform(2, 26)
    x = np.arange(2, 27, 2, dtype=float)
    y = at + rise * (x - 2) / 23 + np.where(np.arange(len(x)) % 2, 2, -2)
    image = Image.new("L", (side, side))
    points = [tuple(point) for point in np.column_stack([x, y]) * n * unit]
    ImageDraw.Draw(image).line(points, fill=255, width=round(1.3 * n * unit), joint="curve")
    line = np.asarray(image.resize(ink.shape, Image.Resampling.BOX), np.float32)
    return np.maximum(ink, line / np.float32(255))


def outlines(ink: Plane, unit: int, _generator: Generator) -> Plane:
    """The edges of its strokes alone."""
    mask = Image.fromarray(as_picture(255 * (ink > 0.5)))
    grown = mask.filter(ImageFilter.MaxFilter(2 * unit - 1 if unit > 1 else 3))
    edges = np.asarray(grown, np.float32) - np.asarray(mask, np.float32)
    return edges / np.float32(255)


DAMAGES: dict[str, Callable[[Plane, int, Generator], Plane]] = {
    "fog": fog,
    "brightness": brightness,
    "stripes": stripes,
    "blur": blur,
    "noise": noise,
    "ruled lines": ruled,
    "squared lines": squared,
    "zigzag": zigzag,
    "outlines": outlines,
}
PRINTED = ("ruled lines", "squared lines")
"""What paper has; the others happen to images of MNIST's size as well."""


def damaged(image: Picture, kind: str, generator: Generator) -> Picture:
    """The image with this damage: 28 × 28 and light on dark, or 112 × 112 and dark on light."""
    unit = RAISED if kind in PRINTED or generator.random() < 0.5 else 1
    ink = DAMAGES[kind](enlarged(image, unit), unit, generator)
    return as_picture(255 * ink if unit == 1 else 255 - 255 * ink)


# --------------------------------------------------------------------------------- in a row


def aslant(images: NDArray[np.uint8], angle: float) -> Picture:
    """Lines of digits (L, n, h, w) on even paper, twice as large, turned by so many degrees."""
    n_lines, n, height, width = images.shape
    page = np.zeros((n_lines, height + 4, n, width + 4), np.float32)
    page[:, 2:-2, :, 2:-2] = images.swapaxes(1, 2)
    light = 240 - 0.8 * np.pad(page.reshape(n_lines * (height + 4), n * (width + 4)), 20)
    size = (2 * light.shape[1], 2 * light.shape[0])
    method = Image.Resampling.BICUBIC
    large = Image.fromarray(light.astype(np.uint8)).resize(size, method)
    return np.asarray(large.rotate(angle, method, expand=True, fillcolor=240))


def shaded(page: Picture, n_shadows: int, generator: Generator) -> Picture:
    """A page (h, w) across which there lie the edges of so many shadows, in any direction.

    A shadow takes three to six tenths of the light; its edge is half a pixel to six pixels soft.
    """
    height, width = page.shape
    down, across = np.mgrid[:height, :width].astype(np.float32)
    light = np.ones(page.shape, np.float32)
    for _ in range(n_shadows):
        angle = generator.uniform(0, 2 * np.pi)
        middle = generator.uniform(0.3, 0.7, size=2) * (height, width)
        depth = (down - middle[0]) * np.sin(angle) + (across - middle[1]) * np.cos(angle)
        soft = np.clip(depth / generator.uniform(0.5, 6), -20, 20)
        light *= 1 - generator.uniform(0.3, 0.6) / (1 + np.exp(-soft))
    noise = generator.normal(0, 2, page.shape)
    return np.clip(page * light + noise, 0, 255).astype(np.uint8)


def on_lines(page: Picture, kind: str, generator: Generator) -> Picture:
    """A page (h, w) printed with fine lines, a tenth to a half as dark as the ink.

    kind: "ruled", or "squared", whose lines are closer and go down besides.
    """
    ink = page.max() - page.astype(np.float32)
    strength = generator.uniform(0.1, 0.5) * ink.max()
    apart = int(generator.integers(40, 80) if kind == "ruled" else generator.integers(14, 32))
    thick = int(generator.integers(1, 3))
    lines = np.zeros(page.shape, np.float32)
    first = int(generator.integers(apart))
    for away in range(thick):
        lines[first + away :: apart] = strength
        if kind == "squared":
            lines[:, first + away :: apart] = strength
    noise = generator.normal(0, 2, page.shape)
    return np.clip(page.max() - np.maximum(ink, lines) + noise, 0, 255).astype(np.uint8)


def on_a_table(page: Picture, generator: Generator) -> Picture:
    """A page (h, w) that lies on a darker table, turned by up to 10 degrees, in falling light.

    The picture is 1.15 to 2 times as wide and high as the page. The table is grained, and from a
    seventh to a half as bright as the page.
    """
    method = Image.Resampling.BICUBIC
    angle = generator.uniform(-10, 10)
    turned = Image.fromarray(page).rotate(angle, method, expand=True)
    covered = Image.new("L", page.shape[::-1], 255).rotate(angle, method, expand=True)
    size = [round(n * generator.uniform(1.15, 2)) for n in turned.size]
    grain = 10 * smooth_field((size[1], size[0]), 12, generator)
    table = Image.fromarray(as_picture(generator.uniform(35, 110) + grain))
    at = [
        round((all_in_all - own) * generator.uniform(0.2, 0.8))
        for all_in_all, own in zip(size, turned.size, strict=True)
    ]
    table.paste(turned, (at[0], at[1]), covered)
    down, across = np.mgrid[: size[1], : size[0]].astype(np.float32)
    share = generator.uniform(0, 0.2, size=2)
    light = 1 - share[0] * down / size[1] - share[1] * across / size[0]
    noise = generator.normal(0, 2, light.shape)
    soft = np.asarray(table.filter(ImageFilter.GaussianBlur(0.7)))
    return np.clip(soft * light + noise, 0, 255).astype(np.uint8)


def in_boxes(images: NDArray[np.uint8], kind: str, generator: Generator) -> Picture:
    """Digits (n, h, w) in printed boxes of a form, turned by up to 10 degrees, on even paper.

    kind: "side by side", "faint", which is that in lighter print, "apart", "one frame" around all,
    a "comb", which is open above, or a "ring" around all.
    """
    grey = int(generator.integers(30, 120)) if kind == "faint" else 200
    cell = int(generator.integers(30, 91))
    gap = round(cell * generator.uniform(0.1, 0.3)) if kind == "apart" else 0
    line = max(1, round(cell * generator.uniform(0.02, 0.07)))
    width = len(images) * (cell + gap) - gap
    page = Image.new("L", (width + 2 * cell, 3 * cell))
    drawn = ImageDraw.Draw(page)
    left, right, top, bottom = cell, cell + width, cell, 2 * cell
    for number, image in enumerate(images):
        x = left + number * (cell + gap)
        if kind in ("side by side", "faint", "apart"):
            drawn.rectangle((x, top, x + cell, bottom), outline=grey, width=line)
        elif kind == "comb":
            drawn.line((x, bottom - cell // 3, x, bottom), 200, line)
        away = generator.integers(-round(0.04 * cell), round(0.04 * cell) + 1, size=2)
        digit = Image.fromarray(image).resize((cell, cell), Image.Resampling.BICUBIC)
        at = (x + int(away[0]), top + int(away[1]))
        under = page.crop((*at, at[0] + cell, at[1] + cell))
        page.paste(ImageChops.lighter(digit, under), at)
    if kind == "one frame":
        drawn.rectangle((left, top, right, bottom), outline=200, width=line)
    elif kind == "ring":
        around = 0.7 * cell
        corners = (left - around, top - around, right + around, bottom + around)
        drawn.ellipse(corners, None, 200, line)
    elif kind == "comb":
        drawn.line((right, bottom - cell // 3, right, bottom), 200, line)
        drawn.line((left, bottom, right, bottom), 200, line)
    light = Image.fromarray((240 - 0.8 * np.asarray(page)).astype(np.uint8))
    turn = generator.uniform(-10, 10)
    return np.asarray(light.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=240))


def in_a_row(
    images: Sequence[Picture], labels: Sequence[str], spacing: int, generator: Generator
) -> Page:
    """These digits side by side, `spacing` of MNIST's pixels from box to box; below 0 they overlap.

    Each a little larger or smaller and higher or lower than the next; all enlarged ×1.5 to ×4,
    turned by up to 10 degrees, on paper under uneven light, with noise.
    """
    scale = generator.uniform(1.5, 4)
    inks = []
    for image in images:
        left, top, right, bottom = box_of(image / 255)
        cut = image[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1]
        inks.append(enlarged(cut, scale * generator.uniform(0.9, 1.1)))
    margin = round(scale * generator.uniform(6, 14))
    gap = round(spacing * scale)
    tallest = max(ink.shape[0] for ink in inks)
    height = tallest + 2 * margin + round(4 * scale)
    width = sum(box_of(ink)[2] - box_of(ink)[0] for ink in inks) + gap * (len(inks) - 1)
    canvas = np.zeros((height, width + 2 * margin), np.float32)
    whose = np.zeros(canvas.shape, np.uint8)
    x = margin
    for number, ink in enumerate(inks, 1):
        left, _, right, _ = box_of(ink)
        y = margin + (tallest - ink.shape[0]) // 2 + int(generator.integers(round(4 * scale) + 1))
        at = np.s_[y : y + ink.shape[0], x - left : x - left + ink.shape[1]]
        whose[at][ink > 0.33] = number
        canvas[at] = np.maximum(canvas[at], ink)
        x += right - left + gap
    turn = generator.uniform(-10, 10)
    canvas, whose = (
        np.asarray(Image.fromarray(each).rotate(turn, method, expand=True))
        for each, method in (
            (canvas, Image.Resampling.BICUBIC),
            (whose, Image.Resampling.NEAREST),
        )
    )
    digits = [(label, box_of(whose == n)) for n, label in enumerate(labels, 1)]
    return Page(under_light(np.clip(canvas, 0, 1), generator), digits)


def under_light(ink: Plane, generator: Generator) -> Picture:
    """Ink on paper as a camera takes it: shades, light, a little blur, noise."""
    paper, dark = generator.uniform(190, 250), generator.uniform(20, 100)
    soft = blurred(ink, generator.uniform(0.01, 0.8))
    lit = (paper - (paper - dark) * soft) * light(ink.shape, generator)
    grain = generator.standard_normal(ink.shape, np.float32) * generator.uniform(1, 9)
    return as_picture(lit + grain)


# ------------------------------------------------------------------------------- photograph


def photograph(
    images: Sequence[Picture],
    labels: Sequence[str],
    generator: Generator,
    size: tuple[int, int] = (3000, 4000),
) -> Page:
    """Twelve digits in two lines on a sheet that fills a photograph: (height, width, 3)."""
    height, width = size
    ink = np.zeros(size, np.float32)
    digits = []
    for n, (image, label) in enumerate(zip(images, labels, strict=True)):
        digit = enlarged(image, height / 300 * generator.uniform(0.8, 1.1))
        digit = np.clip(2.5 * digit - 0.75, 0, 1)  # a pen's edge
        line, place = divmod(n, 6)
        y = round(height * (0.3 + 0.3 * line + generator.uniform(-0.01, 0.01)))
        x = round(width * (0.1 + 0.14 * place + generator.uniform(-0.01, 0.01)))
        ink[y : y + digit.shape[0], x : x + digit.shape[1]] = digit
        left, top, right, bottom = box_of(digit)
        digits.append((label, (x + left, y + top, x + right, y + bottom)))
    falls = light(size, generator) * (np.float32(0.8) + np.float32(0.2) * clouds(size, generator))
    picture = np.empty((*size, 3), np.uint8)
    grain = generator.standard_normal(size, np.float32) * np.float32(4)
    for channel, (paper, pen) in enumerate(zip((222, 216, 204), (40, 55, 120), strict=True)):
        shade = (np.float32(paper) - np.float32(paper - pen) * ink) * falls
        picture[..., channel] = as_picture(shade + grain)
    return Page(picture, digits)
