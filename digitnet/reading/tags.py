"""The directories of TIFF files, which EXIF has too: a list of tags, each with its numbers."""

import struct
from typing import NamedTuple

UPRIGHT = 1
ORIENTATION = 274
"""The tag that says which side is up: from 1 to 8, of which 5 to 8 lie on their side."""
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of each type of number in a TIFF directory."""
SINGLE = (256, 257, 259, 262, 266, 277, 278, 284, 317, 322, 323)
MANY = (258, 273, 279, 292, 293, 320, 324, 325, 338, 339, 347, 530, 532)
"""Tags without which pixels cannot be read: of one number, and of one or more."""
CHANNELS, MOST_CHANNELS = 277, 6
"""More of them Pillow complains of, on standard error."""


class Entry(NamedTuple):
    """What a TIFF directory says of a tag: how many numbers it has, and them, or where they are."""

    tag: int
    type: int
    number: int
    value: bytes


def with_needed_tags(content: bytes) -> tuple[bytes, bool]:
    """A TIFF file of its first picture with the tags that are needed, and whether others follow.

    The new directory stands at the end. Raises struct.error if the old one is cut off.
    """
    order, entries, following = _directory(content)
    kept = [entry for entry in sorted(entries) if _is_sound(entry, order, len(content))]
    padding = bytes(len(content) % 2)
    beginning = content[:4] + struct.pack(f"{order}I", len(content) + len(padding))
    packed = [struct.pack(f"{order}HHI4s", *entry) for entry in kept]
    directory = struct.pack(f"{order}H", len(kept)) + b"".join(packed) + bytes(4)
    return b"".join([beginning, content[8:], padding, directory]), following != 0


def _is_sound(entry: Entry, order: str, n_bytes: int) -> bool:
    """Whether it is needed, and what it says is there."""
    size = SIZES.get(entry.type, n_bytes + 1) * entry.number
    (start,) = struct.unpack(f"{order}I", entry.value)
    inside = size <= 4 or start + size <= n_bytes
    if entry.tag == CHANNELS and struct.unpack(f"{order}H", entry.value[:2])[0] > MOST_CHANNELS:
        return False
    return inside and (entry.tag in MANY or (entry.tag in SINGLE and entry.number == 1))


def _directory(content: bytes) -> tuple[str, list[Entry], int]:
    """The byte order, the entries of the first directory, and where the next one is.

    Raises struct.error if it is cut off, KeyError if this is none.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}[content[:4]]
    (start,) = struct.unpack_from(f"{order}I", content, 4)
    (n_entries,) = struct.unpack_from(f"{order}H", content, start)
    where = range(start + 2, start + 2 + 12 * n_entries, 12)
    entries = [Entry(*struct.unpack_from(f"{order}HHI4s", content, at)) for at in where]
    (following,) = struct.unpack_from(f"{order}I", content, where.stop)
    return order, entries, following


def orientation_of(exif: bytes) -> int:
    """Which side is up, 1 to 8; 1, upright, where that cannot be told."""
    try:
        order, entries, _ = _directory(exif.removeprefix(b"Exif\0\0"))
    except (struct.error, KeyError):
        return UPRIGHT
    for entry in entries:
        if entry.tag == ORIENTATION and entry.type == 3:
            (value,) = struct.unpack(f"{order}H", entry.value[:2])
            return value if 1 <= value <= 8 else UPRIGHT
    return UPRIGHT
