"""Files of pictures, opened with distrust: by their content, as one picture, without their extras.

What stands beside the pixels (comments, thumbnails, positions, profiles, further pictures) is left
out before Pillow sees a file: it is where Pillow warns of what is damaged, and nobody but the whole
program could silence that. Nothing of it is needed but which side is up, which is read here.
"""

import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from digitnet.errors import DigitnetError
from digitnet.reading.tags import UPRIGHT, orientation_of, with_needed_tags

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 50_000_000


class Opened(NamedTuple):
    """A picture whose size is known, but whose pixels are not decoded yet.

    orientation: 1 to 8 as EXIF counts, 1 being upright. more: whether others follow in the file.
    """

    image: "Image"
    orientation: int = UPRIGHT
    more: bool = False


def open_content(content: bytes) -> Opened:
    """The first picture in what a file holds.

    Raises DigitnetError for what is no picture that is read here, or one with too many pixels; for
    one that is damaged, whatever Pillow makes of it.
    """
    if not content:
        raise DigitnetError("expected a picture, got an empty file")
    for beginnings, open_kind in KINDS.items():
        if content.startswith(beginnings):
            opened = open_kind(content)
            check_size(*opened.image.size)
            return opened
    raise DigitnetError(
        f"expected a picture (PNG, JPEG, BMP, GIF, TIFF or WebP), got {_described(content)}"
    )


def check_size(width: int, height: int) -> None:
    """Raise DigitnetError for a picture of too many pixels, or of none."""
    if not 0 < width * height <= MOST_PIXELS:
        raise DigitnetError(
            f"expected a picture of 1 to {MOST_PIXELS / 1e6:.0f} million pixels, got "
            f"{width}x{height}; {'scale it down first' if width * height else 'it has none'}"
        )


def _open_png(content: bytes) -> Opened:
    from PIL.PngImagePlugin import PngImageFile

    kept, orientation, more, at = [content[:8]], UPRIGHT, False, 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        name, end = content[at + 4 : at + 8], at + 12 + length
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(content[at:end])
        elif name == b"eXIf":
            orientation = orientation_of(content[at + 8 : end - 4])
        more |= name == b"acTL"
        if name == b"IEND":
            break
        at = end
    return Opened(PngImageFile(BytesIO(b"".join(kept))), orientation, more)


def _open_jpeg(content: bytes) -> Opened:
    from PIL.JpegImagePlugin import JpegImageFile

    kept, orientation, at = [content[:2]], UPRIGHT, 2
    while content[at + 1] != 0xDA:  # until its pixels begin
        if content[at] != 0xFF or content[at + 1] in (0x00, 0xFF):  # padding
            at += 1
            continue
        marker, (length,) = content[at + 1], struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            orientation = orientation_of(segment[10:])
        if marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(segment)  # of what applications add, only what the colours depend on
        at += 2 + length
    return Opened(JpegImageFile(BytesIO(b"".join([*kept, content[at:]]))), orientation)


def _open_bmp(content: bytes) -> Opened:
    from PIL.BmpImagePlugin import BmpImageFile

    return Opened(BmpImageFile(BytesIO(content)))


def _open_gif(content: bytes) -> Opened:
    from PIL.GifImagePlugin import GifImageFile

    images = _gif_images(content)
    first = next(images)
    left, top, width, height = struct.unpack_from("<4H", content, first.start + 1)
    check_size(left + width, top + height)  # which may be beyond what the file says at first
    more = next(images, None) is not None
    return Opened(GifImageFile(BytesIO(content[: first.stop] + b";")), more=more)


def _gif_images(content: bytes) -> Iterator[slice]:
    """From where to where each image goes."""
    at = 13 + _gif_colours(content[10])
    while content[at : at + 1] in (b"!", b","):
        start, is_image = at, content[at] == ord(",")
        at += 11 + _gif_colours(content[at + 9]) if is_image else 2
        while at < len(content) and content[at]:
            at += 1 + content[at]
        at += 1
        if is_image:
            yield slice(start, at)


def _gif_colours(flags: int) -> int:
    """The bytes of the table of colours that follows."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _open_webp(content: bytes) -> Opened:
    from PIL.WebPImagePlugin import WebPImageFile

    if content[8:12] != b"WEBP":
        raise DigitnetError("expected a picture, got another file in the form of RIFF")
    kind, more = content[12:16], False
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(content[n : n + 3], "little") for n in (24, 27))
        more = bool(content[20] & 2)
    elif kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (each & 0x3FFF for each in struct.unpack_from("<2H", content, 26))
    check_size(width, height)  # before Pillow makes room for it
    image = WebPImageFile(BytesIO(content))
    return Opened(image, orientation_of(image.info.get("exif", b"")), more)


def _open_tiff(content: bytes) -> Opened:
    from PIL.TiffImagePlugin import TiffImageFile

    plain, more = with_needed_tags(content)
    return Opened(TiffImageFile(BytesIO(plain)), orientation_of(content), more)


KINDS: dict[bytes | tuple[bytes, ...], Callable[[bytes], Opened]] = {
    b"\x89PNG\r\n\x1a\n": _open_png,
    b"\xff\xd8\xff": _open_jpeg,
    b"BM": _open_bmp,
    (b"GIF87a", b"GIF89a"): _open_gif,
    b"RIFF": _open_webp,
    (b"II*\0", b"MM\0*"): _open_tiff,
}
"""What is read here, by how it begins."""
EXPORT = "open it in a viewer and export it as JPEG or PNG"
PHONE = f"{EXPORT} (iPhones take JPEG with Settings > Camera > Formats > Most Compatible)"
OTHERS: dict[bytes, str] = {
    b"%PDF": f"PDF; {EXPORT}, or take a screenshot of the page",
    b"8BPS": f"a Photoshop file; {EXPORT}",
    b"\0\0\0\x0cjP  ": f"JPEG 2000; {EXPORT}",
    b"\xff\x4f\xff\x51": f"JPEG 2000; {EXPORT}",
    b"\0\0\0\x0cJXL ": f"JPEG XL; {EXPORT}",
    b"\xff\x0a": f"JPEG XL; {EXPORT}",
    b"\0\0\x01\0": f"an icon; {EXPORT}",
    b"PK\x03\x04": "an archive or a document; unpack the pictures first, or export them",
    b"II+\0": f"BigTIFF; {EXPORT}",
    b"MM\0+": f"BigTIFF; {EXPORT}",
    b"P5": f"PGM; {EXPORT}",
    b"P6": f"PPM; {EXPORT}",
    b"\x93NUMPY": "an array of NumPy; try digitnet.read(numpy.load(FILE)) in Python",
}
"""What people take for a picture that is read here, and what to do with it."""


def _described(content: bytes) -> str:
    """What it is, as far as that can be told, and what to do with it."""
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        kind = "AVIF" if brand in (b"avif", b"avis") else "HEIC"
        return (
            f"{kind}; {PHONE}"
            if brand[:3] in (b"avi", b"hei", b"hev", b"mif", b"msf")
            else ("a film; take a screenshot of the moment")
        )
    if b"<svg" in content[:1000]:
        return f"SVG; {EXPORT}"
    known = [text for beginning, text in OTHERS.items() if content.startswith(beginning)]
    return known[0] if known else "something else"
