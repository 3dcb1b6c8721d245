"""Pictures for damaged.py: sound files of every kind that is read, and ways to damage them."""

import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import mutations

import digitnet

INTERESTING = (0, 1, 2, 255, 256, 7000, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1)


def sound(kind: str) -> bytes:
    """A picture of a one with what a camera adds: orientation and a description."""
    grey = np.full((90, 70), 230, np.uint8)
    grey[20:70, 30:38] = 20
    image = Image.fromarray(grey).convert("P" if kind == "GIF" else "RGB")
    exif = Image.Exif()
    exif[274], exif[270] = 6, "a picture"
    options = {} if kind in ("GIF", "BMP") else {"exif": exif}
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def read(path: Path) -> None:
    """Read what is in it."""
    reading = digitnet.read(path)
    if not all(np.isfinite(digit.probabilities).all() for digit in reading.digits):
        raise AssertionError("it reads what is no number")
    if max(reading.picture.grey.shape) > 2000:
        raise AssertionError(f"it is of {reading.picture.grey.shape}")


def damaged_png(random: Random, content: bytes) -> bytes:
    """Chunks that are changed, moved, doubled or left out, with checksums that are right."""
    chunks, at = [], 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    number = random.randrange(len(chunks))
    name, data = chunks[number]
    way = random.randrange(5)
    if way == 0:
        del chunks[number]
    elif way == 1:
        chunks.insert(random.randrange(len(chunks)), (name, data))
    elif way == 2 and name == b"IDAT":
        size = random.choice((10, 10**5, 10**7))
        chunks[number] = (name, zlib.compress(random.choice((bytes(size), zlib.decompress(data)))))
    else:
        chunks[number] = (name, mutations.bytes_anywhere(random, data) if data else b"x" * 9)
    packed = [content[:8]]
    for name, data in chunks:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        packed.append(struct.pack(">I", len(data)) + name + data + checksum)
    return _cut(random, b"".join(packed))


def damaged_tiff(random: Random, content: bytes) -> bytes:
    """Tags of other types, counts and values, or a directory that is elsewhere."""
    result = bytearray(content)
    (start,) = struct.unpack_from("<I", result, 4)
    (n_entries,) = struct.unpack_from("<H", result, start)
    for _ in range(random.choice((1, 1, 3))):
        at = start + 2 + 12 * random.randrange(n_entries)
        where, form = random.choice(((0, "<H"), (2, "<H"), (4, "<I"), (8, "<I"), (8, "<I")))
        most = 256 ** struct.calcsize(form) - 1
        struct.pack_into(form, result, at + where, min(random.choice(INTERESTING), most))
    if random.random() < 0.1:
        struct.pack_into("<I", result, 4, random.choice(INTERESTING))
    return _cut(random, bytes(result))


def damaged_head(random: Random, content: bytes) -> bytes:
    """Numbers at the beginning of the file, where sizes and tables are, are others."""
    result = bytearray(content)
    for _ in range(random.choice((1, 2, 5))):
        form = random.choice(("<B", "<H", ">H", "<I", ">I"))
        size = struct.calcsize(form)
        at = random.randrange(2, min(len(result), 300) - size)
        struct.pack_into(form, result, at, min(random.choice(INTERESTING), 256**size - 1))
    return _cut(random, bytes(result))


def _cut(random: Random, content: bytes) -> bytes:
    """Cut off, with more behind it, or as it is."""
    way = random.random()
    if way < 0.25:
        return content[: random.randrange(len(content) + 1)]
    return content + random.randbytes(random.choice((1, 5000))) if way < 0.35 else content


Damage = Callable[[Random, bytes], bytes]
KINDS: dict[str, Damage] = {
    "PNG": damaged_png,
    "JPEG": damaged_head,
    "BMP": damaged_head,
    "GIF": damaged_head,
    "TIFF": damaged_tiff,
    "WEBP": damaged_head,
}
