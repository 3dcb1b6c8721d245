"""From what people have to a Picture: files of all usual kinds, arrays, images of Pillow.

A telephone takes pictures of twelve million pixels, far more than reading digits needs. They are
brought to a working size of at most 2000 pixels while they are decoded, and turned upright.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.caution import warn
from digitnet.errors import DigitnetError
from digitnet.files.incoming import open_file
from digitnet.reading.containers import (
    EXPORT,
    PHONE,
    Opened,
    check_size,
    open_content,
)
from digitnet.reading.pixels import of_array, of_image
from digitnet.reading.tags import orientation_of
from digitnet.text import plain, shown

if TYPE_CHECKING:
    from PIL.Image import Image

    Source: TypeAlias = str | Path | bytes | BinaryIO | NDArray[Any] | Image

MOST_BYTES = 2**28
"""Of a file: 50 million pixels of four bytes, and some more."""
ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp")
"""Of the names of files that are read from a folder."""
KNOWN_OTHERS = {
    **dict.fromkeys((".heic", ".heif", ".avif"), f"HEIC or AVIF; {PHONE}"),
    **dict.fromkeys((".svg", ".svgz"), f"SVG; {EXPORT}"),
    ".pdf": f"PDF; {EXPORT}, or take a screenshot of the page",
    **dict.fromkeys(
        (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"),
        f"what a camera's sensor saw (raw); {EXPORT}",
    ),
}
"""Of some of these the content says less: raw files begin like TIFF, and hold a small preview."""


@dataclass(frozen=True)
class Picture:
    """A picture at its working size, upright.

    grey    (h, w) uint8, read-only; the longer side has at most 2000 pixels
    colour  (h, w, 3) uint8, read-only; None if the picture is grey
    scale   pixels of the picture as a person sees it per working pixel, 1 or more
    size    (width, height) of the picture as a person sees it, turned as its EXIF says
    name    what it is called in messages
    """

    grey: NDArray[np.uint8]
    colour: NDArray[np.uint8] | None
    scale: float
    size: tuple[int, int]
    name: str

    def __repr__(self) -> str:
        width, height = self.size
        kind = "grey" if self.colour is None else "in colour"
        at = f", read at {self.grey.shape[1]}x{self.grey.shape[0]}" if self.scale != 1 else ""
        return f"Picture({shown(self.name)}, {width}x{height} {kind}{at})"

    def box_as_seen(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[int, int, int, int]:
        """A box in working pixels as one in pixels of the picture as a person sees it.

        Rounded outwards, and not beyond the picture.
        """
        width, height = self.size
        x, y = width / self.grey.shape[1], height / self.grey.shape[0]
        return (
            max(0, int(left * x)),
            max(0, int(top * y)),
            min(width, -int(-right * x // 1)),
            min(height, -int(-bottom * y // 1)),
        )


def decode(source: "Source", name: str | None = None) -> Picture:
    """A picture from a file, its bytes, an open binary file, an array or an image of Pillow.

    Arrays are (height, width), with 1, 3 or 4 channels at the end or in front, of the types and
    ranges that Model.predict takes. Of a file with several pictures the first is taken, with an
    InputWarning. What is transparent is white, or black where the ink is light.

    name: for messages; by default that of the file.
    Raises DigitnetError, which begins with the name, for anything that is no sound picture of at
    most 50 million pixels; it never waits for a pipe or a device. Pillow reads no file directly.
    """
    name = plain(_name_of(source) if name is None else name)
    try:
        grey, colour, size = _decoded(source, name)
    except DigitnetError as error:
        raise DigitnetError(f"{name}: {error}") from error
    for array in (grey, colour):
        if array is not None:
            array.flags.writeable = False
    return Picture(grey, colour, max(size) / max(grey.shape), size, name)


def _name_of(source: "Source") -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source) or "the picture"
    of_file = getattr(source, "filename", None) or getattr(source, "name", None)
    return of_file if isinstance(of_file, str) and of_file else "the picture"


Decoded: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8] | None, tuple[int, int]]


def _decoded(source: Any, name: str) -> Decoded:
    """Grey, colour, and the size as a person sees it."""
    if isinstance(source, str) and not source:
        raise DigitnetError("expected the path of a picture, got an empty text")
    if isinstance(source, str | Path):
        source = _content(Path(source))
    elif hasattr(source, "getexif"):  # an image of Pillow, whose import is saved here
        check_size(*source.size)
    elif hasattr(source, "read"):
        source = _limited(source)
    elif not isinstance(source, bytes | bytearray | memoryview):
        return of_array(source)
    try:
        opened = _of_somebody(source) if hasattr(source, "getexif") else open_content(bytes(source))
        decoded = of_image(opened)
    except (DigitnetError, MemoryError):
        raise
    except Exception as error:  # of damaged files Pillow raises whatever they lead it to
        raise DigitnetError(
            f"the picture is cut off or damaged ({_reason(error)}); copy it once more from where "
            "it was, or open it in a viewer and export it"
        ) from error
    if opened.more:
        warn(f"{name}: there are several pictures in this file; the first is read")
    return decoded


def _of_somebody(image: "Image") -> Opened:
    """An image that stays as it is, but for being loaded: at full size, so there is no draft."""
    image.load()
    return Opened(image, orientation_of(image.info.get("exif", b"")))


def _reason(error: Exception) -> str:
    """What is wrong in words; many of the errors have none."""
    text = str(error)
    return text if isinstance(error, OSError | SyntaxError) and text else "its parts do not fit"


def _content(path: Path) -> bytes:
    """All of a file. Raises DigitnetError."""
    if (other := KNOWN_OTHERS.get(path.suffix.lower())) and path.exists():
        raise DigitnetError(f"expected a picture (PNG, JPEG, ...), got {other}")
    try:
        with open_file(path) as file:
            return _limited(file)
    except IsADirectoryError as error:
        raise DigitnetError(
            "expected a picture, got a folder; `digitnet read` takes folders"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DigitnetError(f"expected a picture that can be opened: {reason}") from error


def _limited(file: BinaryIO) -> bytes:
    content: Any
    try:
        content = file.read(MOST_BYTES + 1)
    except UnicodeDecodeError:  # of a file of text
        content = None
    if not isinstance(content, bytes):
        raise DigitnetError("expected a file that was opened to read bytes ('rb')")
    if len(content) > MOST_BYTES:
        raise DigitnetError(
            f"expected a file of at most {MOST_BYTES / 2**20:.0f} MiB, got more; scale it down"
        )
    return content
