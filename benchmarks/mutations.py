"""Ways to damage files: bytes anywhere, values in JSON, arrays and their headers in archives.

Checksums that the formats carry (CRC-32 of zip) are made right again, so that a reader goes on to
what is wrong behind them; those of digitnet itself are the business of benchmarks/damaged.py.
"""

import io
import json
import struct
import zipfile
from random import Random
from typing import Any

import numpy as np

Members = dict[str, bytes]
"""The .npy files of an archive by name."""


def bytes_anywhere(random: Random, content: bytes) -> bytes:
    """Flipped, overwritten, cut off, put in, doubled or zeroed."""
    damaged = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 5, 30))):
        at = random.randrange(len(damaged) + 1)
        to = min(at + random.choice((1, 2, 4, 16, 100)), len(damaged))
        way = random.randrange(7)
        if way == 0 and at < len(damaged):
            damaged[at] ^= 1 << random.randrange(8)
        elif way == 1:
            damaged[at:to] = random.randbytes(to - at)
        elif way == 2:
            damaged[at:] = b""
        elif way == 3:
            damaged[at:at] = random.randbytes(random.randrange(1, 9))
        elif way == 4:
            damaged[at:at] = damaged[at:to]
        elif way == 5:
            damaged[at:to] = bytes(to - at)
        else:
            damaged[at:to] = b"\xff" * (to - at)
    return bytes(damaged)


TEXTS = (
    "", "x", "\x1b[31mred\x1b]0;title\x07", "\u202egnp.exe", "a\u200bb", "x" * 3000, "y" * 300_000,
    "\ud800", "\x00", "line\nline", "e" + "\u0301" * 500, "$x^2$", "<script>alert(1)</script>",
    "nan", "../../x", "openml:77", "/dev/zero", "9" * 5000, "\u0663", "\x9b31m", "float32",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 2, 255, 2**31, 2**32, 2**53, 2**63, 2**64, 10**400, -(10**30), 0.5, -0.0, 1e-320,
    1e308, -1e308, 3.4e38, float("nan"), float("inf"), float("-inf"), True, False,
)  # fmt: skip


def value(random: Random) -> Any:
    """Any value of JSON, the more annoying the better."""
    way = random.randrange(9)
    if way < 3:
        return random.choice(NUMBERS)
    if way < 6:
        return random.choice(TEXTS)
    if way == 6:
        return random.choice((None, [], {}, [[]], [None] * 3, {"": {}}))
    if way == 7:
        return [random.choice(NUMBERS) for _ in range(random.choice((1, 2, 5, 1000)))]
    return nested(random.choice((3, 19, 60, 900)))


def nested(depth: int) -> Any:
    """A list in a list in a list …"""
    result: Any = []
    for _ in range(depth):
        result = [result]
    return result


def json_value(random: Random, content: Any) -> Any:
    """The content with one value, anywhere in it, changed, taken away or added. Modifies it."""
    parent, key = None, None
    here = content
    while isinstance(here, dict | list) and here and (parent is None or random.random() < 0.7):
        parent = here
        key = random.choice(list(here) if isinstance(here, dict) else range(len(here)))
        here = parent[key]
    if parent is None or random.random() < 0.03:
        return value(random)
    way = random.random()
    if way < 0.15:
        del parent[key]
    elif way < 0.25 and isinstance(parent, dict):
        parent[random.choice(TEXTS)] = value(random)
    elif way < 0.3 and isinstance(parent, list):
        parent.append(value(random))
    elif way < 0.5 and isinstance(here, int | float) and abs(here) < 1e300:
        parent[key] = here + random.choice((-1, 1, 0.5, 1e9))
    else:
        parent[key] = value(random)
    return content


def json_text(random: Random, content: Any) -> str:
    """The content as JSON with a value changed, or as something that only looks like it."""
    way = random.random()
    if way < 0.05:
        opening, closing = random.choice((("[", "]"), ('{"a":', "}")))
        depth = random.choice((50, 5000, 400_000))
        return opening * depth + "1" + closing * depth
    if way < 0.1:
        return random.choice(("", "[", "nul", "1" * 5000, "[" + "1," * 600_000 + "1]", '"\\ud800"'))
    for _ in range(random.choice((1, 1, 2, 4))):
        content = json_value(random, content)
    return json.dumps(content)


def npy(array: Any) -> bytes:
    """An array as the content of an .npy file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=True)
    return file.getvalue()


DTYPES = (
    "u1", "i1", "?", "<f2", "<f4", ">f4", "<f8", "<f16", "<c8", "<i8", ">u4", "<U1", "<U7", "S3",
    "O", "M8[s]",
)  # fmt: skip
DESCRIPTIONS = (
    "()", "''", "'<f4'", "'>f8'", "'|O'", "'<U0'", "'|V4'", "[('a', '<f4')]", "('<f4', (2,))",
    "'f4,f4'", "'a8'", "5", "None", "'<U999999999'", "'<f4\\x1b[31m'", "{'names': ['a']}", "'m8'",
)  # fmt: skip
SHAPES = (
    "()", "(0,)", "(1,)", "(-1,)", "(3, 4)", "(3L, 4L)", "(99999999999,)", "(0, 10**30)", "(1e3,)",
    f"({10**30},)", f"({'1, ' * 70})", f"(0, {2**62}, {2**62})", f"({'9' * 5000},)", "(True,)",
    "[3]", "5", "None",
)  # fmt: skip


def array(random: Random, content: bytes) -> bytes:
    """Another array in place of this one: of another type or shape, or of other numbers."""
    way = random.randrange(7)
    if way == 0:
        return npy_header(random, content)
    if way == 1:
        return bytes_anywhere(random, content)
    try:
        given = np.lib.format.read_array(io.BytesIO(content), allow_pickle=True)
        changes = (
            lambda: given.astype(random.choice(DTYPES)),
            lambda: given[..., None] if random.random() < 0.5 else given[:1],
            lambda: np.asfortranarray(given.reshape(-1, 1)),
            lambda: np.full(given.shape, random.choice(NUMBERS), given.dtype),
            lambda: np.full(given.shape, random.choice(TEXTS)[:3000]),
            lambda: np.full(random.choice(((), (2,))), random.choice(TEXTS)),
        )
        with np.errstate(all="ignore"):
            return npy(random.choice(changes)())
    except Exception:  # what cannot be read, because it was changed before, or made so
        return bytes_anywhere(random, content)


def npy_header(random: Random, content: bytes) -> bytes:
    """The same numbers under another header."""
    description, shape = random.choice(DESCRIPTIONS), random.choice(SHAPES)
    order = random.choice(("False", "True", "0", "None"))
    text = f"{{'descr': {description}, 'fortran_order': {order}, 'shape': {shape}, }}"
    if random.random() < 0.2:
        text = random.choice(("", "{}", "[" * 3000, "(" * 9000, "{'a': 1}", text[:-4], text * 2))
    version = random.choice((1, 1, 1, 2, 2, 3, 9))
    data, length = text.encode("latin1", "replace"), random.choice((0, 0, 0, 7, -3, 60000))
    n_text = max(len(data) + length, 0)
    packed = struct.pack("<H", n_text % 65536) if version == 1 else struct.pack("<I", n_text)
    rest = content[128:] if random.random() < 0.7 else b""
    return b"\x93NUMPY" + bytes([version, 0]) + packed + data + rest


def archive(random: Random, members: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of the members, most often sound, else with something odd about it."""
    file, way = io.BytesIO(), random.random()
    if way < 0.05:
        method = random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    blown_up = random.choice((*members, "other")) if 0.12 < way < 0.14 else None
    with zipfile.ZipFile(file, "w", method) as target:
        for name, content in members.items():
            if name != blown_up:
                target.writestr(f"{name}.npy", content)
        if 0.05 < way < 0.1:
            extra = random.choice(TEXTS).encode("utf-8", "replace").decode()[:60_000]
            target.writestr(f"x{extra}".replace("\0", ""), npy(np.zeros(3)))
        if 0.1 < way < 0.12:
            for number in range(random.choice((3, 2000, 30_000))):
                target.writestr(f"extra{number}", b"")
        if blown_up:
            bomb(random, target, blown_up)
        if 0.14 < way < 0.16:
            overlap(random, target)
    content = file.getvalue()
    if way > 0.97:
        at = content.rfind(b"PK\x01\x02") + 8
        content = content[:at] + b"\x01" + content[at + 1 :]  # "encrypted"
    return content


def bomb(random: Random, target: zipfile.ZipFile, name: str) -> None:
    """A member of a few hundred kilobytes that unpacks to a few hundred megabytes."""
    dtype = np.dtype(random.choice(("u1", "i1", "<f4", "<f8", "<U1")))
    n_bytes = random.choice((10**7, 10**8, 3 * 10**8))
    count = n_bytes // dtype.itemsize
    shape = random.choice(((count,), (count // 4, 2, 2), (count // 784, 28, 28)))
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": dtype.str, "fortran_order": False, "shape": shape}
    )
    info = zipfile.ZipInfo(f"{name}.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    left = int(np.prod(shape)) * dtype.itemsize
    with target.open(info, "w") as member:
        member.write(file.getvalue())
        while left > 0:
            member.write(bytes(min(left, 2**22)))
            left -= 2**22


def overlap(random: Random, target: zipfile.ZipFile) -> None:
    """Names by the hundred that all stand for the bytes of one member."""
    target.writestr("large", npy(np.zeros(random.choice((1000, 300_000)))))
    (large,) = (info for info in target.infolist() if info.filename == "large")
    for number in range(random.choice((2, 1000))):
        again = zipfile.ZipInfo(f"again{number}")
        for field in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
            setattr(again, field, getattr(large, field))
        target.filelist.append(again)


def members_of(content: bytes) -> Members:
    """The .npy files in a sound archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return {info.filename.removesuffix(".npy"): source.read(info) for info in source.infolist()}
