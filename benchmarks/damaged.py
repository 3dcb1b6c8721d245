"""What digitnet reads, by kind: how a sound file is made, how it is damaged, and how it is read."""

import gzip
import hashlib
import json
import os
import stat
import struct
import sys
import zipfile
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import mutations
import pictures

import digitnet
from digitnet.cli import main, main_job
from digitnet.data import MinMax, hold_out, load_data
from digitnet.data.readers import openml
from digitnet.errors import DigitnetError
from digitnet.nn import multilayer_perceptron
from digitnet.training.checkpoint import NAMES, Checkpoints, _digest
from digitnet.training.learning import learn
from digitnet.training.settings import Settings

CLASSES = ("a", "b", "c")
LABELS = np.tile([0, 1, 2], 20).astype(np.uint8)
IMAGES = np.random.default_rng(1).integers(0, 256, (60, 5, 4), np.uint8)
SETTINGS = Settings(
    hidden_layer_sizes=(6,), dropout=0.2, epochs=3, batch_size=8, optimizer="adam", averaging=0.5
)


class Kind(NamedTuple):
    """A kind of file. read: reads the file in a folder; a text is why it was passed over."""

    file: str
    damage: Callable[[Random, bytes], bytes]
    read: Callable[[Path], str | None]


def damage(kind: str, random: Random, sound: Path, folder: Path) -> None:
    """Put a file of this kind into the folder, damaged in one way or another."""
    name = KINDS[kind].file
    for path in (sound / kind).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    path, content = folder / name, (sound / kind / name).read_bytes()
    way = random.random()
    if way < 0.01:
        path.unlink()
        _no_file(random, path)
    elif way < 0.03:
        others = [each for each in KINDS.values() if each.file != name] or [KINDS[kind]]
        path.write_bytes(_sound_bytes(sound, random.choice(others).file))
    elif way < 0.4:
        path.write_bytes(mutations.bytes_anywhere(random, content))
    elif way < 0.97:
        path.write_bytes(KINDS[kind].damage(random, content))


def _sound_bytes(sound: Path, name: str) -> bytes:
    return next(path for path in sound.glob(f"*/{name}")).read_bytes()


def _no_file(random: Random, path: Path) -> None:
    """Something that is no file, of which a reader would wait for ever, or never see the end."""
    way = random.randrange(5)
    if way == 0:
        os.mkfifo(path)
    elif way == 1:
        path.symlink_to("/dev/zero")
    elif way == 2:
        path.mkdir()
    elif way == 3:
        path.symlink_to(path)
    else:
        os.mknod(path, stat.S_IFSOCK | 0o600)  # binding one takes a short path


def prepare(sound: Path) -> None:
    """Write the sound files, a folder for each kind."""
    for kind in KINDS:
        (sound / kind).mkdir()
    network = multilayer_perceptron([20, 8, 7, 3], ["relu", "tanh"], seed=4)
    model = digitnet.Model(network, MinMax(0, 255), CLASSES, (5, 4), config=SETTINGS.as_dict())
    model.save(sound / "model" / "model.npz")
    model.save(sound / "half" / "model.npz", half=True)
    model.save(sound / "metrics" / "model.npz")
    model.temperature = 1.5  # which makes the file of format 5
    model.save(sound / "tempered" / "model.npz")
    metrics = {"test": {"accuracy": 0.98, "errors": 2}, "training": {"epochs": 3}}
    (sound / "metrics" / "metrics.json").write_text(json.dumps(metrics))
    for kind, ending, pack in (("idx", "", bytes), ("idx.gz", ".gz", gzip.compress)):
        for name, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
            path = sound / kind / f"train-{name}-ubyte{ending}"
            path.write_bytes(pack(_idx(array)))
    arrays = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:9], "y_test": LABELS[:9]}
    for ending, pack in (("", bytes), (".gz", gzip.compress)):
        head = ",".join(["label", *(f"pixel{n}" for n in range(20))])
        rows = [[label, *image.ravel()] for label, image in zip(LABELS, IMAGES, strict=True)]
        lines = [head, *(",".join(map(str, row)) for row in rows)]
        path = sound / f"csv{ending}" / f"train.csv{ending}"
        path.write_bytes(pack("\n".join(lines).encode()))
    for name, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
        (sound / "mapping" / f"emnist-x-train-{name}-ubyte").write_bytes(_idx(array))
    (sound / "mapping" / "emnist-x-mapping.txt").write_text("0 65 97\n1 66 98\n2 67 99\n")
    np.savez(sound / "npz" / "data.npz", **arrays)
    np.savez_compressed(sound / "npz.deflated" / "data.npz", **arrays)
    openml._write_cache(
        sound / "cache" / "openml-x.npz", IMAGES.reshape(60, -1), LABELS.astype(str), print_nothing
    )
    for kind in pictures.KINDS:
        (sound / kind / f"a.{kind}").write_bytes(pictures.sound(kind))
    _prepare_runs(sound)


def _prepare_runs(sound: Path) -> None:
    """A checkpoint in the middle of a training, and a run that goes on from its configuration."""
    seen: list[object] = []
    learn(
        SETTINGS,
        *_split(),
        CLASSES,
        observers=[seen.append],
        should_stop=lambda: len(seen) > 16,
        checkpoints=Checkpoints(sound / "checkpoint", print_nothing),
    )
    np.savez(sound / "config" / "small.npz", x_train=IMAGES, y_train=LABELS)
    data = {"name": "x", "source": str(sound / "config" / "small.npz"), "crc32": 1, "train": 46}
    content = {"settings": SETTINGS.as_dict(), "data": data, "versions": {}, "started": ""}
    (sound / "config" / "config.json").write_text(json.dumps(content))


def _split() -> tuple[Any, Any]:
    from digitnet.data import Examples

    return hold_out(Examples(IMAGES, LABELS), 0.2, seed=0)


def without_network(*_: object) -> Any:
    """What stands in for fetching where a cache is refused."""
    raise DigitnetError("no sound file, and no network here")


def print_nothing(text: str) -> None:
    """Listen to progress."""


def _idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return b"\x00\x00\x08" + bytes([array.ndim]) + sizes + array.tobytes()


def _damaged_idx(random: Random, content: bytes) -> bytes:
    """Other sizes, another beginning, or far more of it than there should be."""
    way = random.randrange(5)
    if way == 0:
        return mutations.bytes_anywhere(random, content[:16]) + content[16:]
    if way == 1:
        sizes = [random.choice((0, 1, 5, 60, 240, 2**31, 2**32 - 1)) for _ in range(3)]
        return content[:4] + struct.pack(">3I", *sizes) + content[16:]
    if way == 2:
        return content[:4] + struct.pack(">3I", 60, 5, 4) + bytes(random.randrange(2000))
    if way == 3:
        n_images = random.choice((10**5, 10**7))
        header = content[:4] + struct.pack(">3I", n_images, 5, random.choice((1, 4)))
        return header + bytes(random.choice((10**5, 2 * 10**8)) if random.random() < 0.02 else 9)
    return content + random.randbytes(random.choice((1, 100)))


def _damaged_gzip(random: Random, content: bytes) -> bytes:
    """The same in a sound gzip file, or more than one of them after each other."""
    packed = gzip.compress(_damaged_idx(random, gzip.decompress(content)), 6)
    way = random.random()
    if way < 0.1:
        return packed + random.choice((packed, b"\0" * 100, b"\x1f\x8b\x08\0" + bytes(10), b"x"))
    return gzip.compress(b"") * random.choice((1, 10_000)) + packed if way < 0.15 else packed


CELLS = (
    "",
    "x",
    '"',
    "1e999",
    "-1",
    "256",
    "nan",
    "1" * 5000,
    "\x1b[2J",
    "\ufeff",
    "0.5",
    ",",
    "\0",
)


def _damaged_table(random: Random, content: bytes) -> bytes:
    """Cells, rows and separators that are not as they should be, or far more of them."""
    rows = [line.split(",") for line in content.decode().splitlines()]
    way = random.randrange(6)
    if way == 0:
        row = random.choice(rows)
        row[random.randrange(len(row))] = random.choice(CELLS)
    elif way == 1:
        random.choice(rows).extend(random.choice(CELLS) for _ in range(random.choice((1, 10_000))))
    elif way == 2:
        rows = [[row[0]] for row in rows] if random.random() < 0.5 else rows[: random.randrange(3)]
    elif way == 3:
        column = random.randrange(len(rows[0]))
        rows = [[*row[:column], random.choice(CELLS), *row[column + 1 :]] for row in rows]
    elif way == 4:
        rows.insert(random.randrange(len(rows)), [random.choice(CELLS)] * random.choice((1, 21)))
    else:
        rows *= random.choice((2, 200))
    separator, ending = random.choice((",", ";", "\t", " ")), random.choice(("\n", "\r\n", "\r"))
    return ending.join(separator.join(row) for row in rows).encode("utf-8", "surrogatepass")


def _damaged_table_gzip(random: Random, content: bytes) -> bytes:
    if random.random() < 0.02:
        return gzip.compress(b"0," * 10**8, 1)
    return gzip.compress(_damaged_table(random, gzip.decompress(content)), 6)


def _damaged_mapping(random: Random, content: bytes) -> bytes:
    """Codes of letters that there are not, or that a terminal obeys."""
    lines = content.decode().splitlines()
    codes = ("27", "8238", "1114112", "-1", "9" * 5000, "x", "", "0", "55296")
    lines[random.randrange(len(lines))] = f"{random.choice((0, 1, 'x'))} {random.choice(codes)}"
    return "\n".join(lines[: random.randrange(1, 5)]).encode()


def _reseal_model(random: Random, members: mutations.Members) -> None:
    """Change the header or an array; the fingerprint is that of the arrays again."""
    header = json.loads(str(_array(members["header"])))
    name = random.choice(list(members))
    if name != "header" or random.random() < 0.3:
        members[name] = mutations.array(random, members[name])
        if name == "header":
            return
    else:
        header = mutations.json_value(random, header)
    if isinstance(header, dict) and "sha256" in header and random.random() < 0.9:
        names = [
            *sorted(n for n in members if n[0] == "W"),
            *sorted(n for n in members if n[0] == "b"),
        ]
        digest = hashlib.sha256()
        for each in names:
            digest.update(_floats(members[each]))
        header["sha256"] = digest.hexdigest()
    members["header"] = mutations.npy(json.dumps(header))


def _array(content: bytes) -> np.ndarray:
    from io import BytesIO

    result: np.ndarray = np.lib.format.read_array(BytesIO(content))
    return result


def _floats(content: bytes) -> bytes:
    try:
        with np.errstate(all="ignore"):
            return _array(content).astype(np.float32).tobytes()
    except Exception:  # whatever NumPy makes of it
        return b""


def _reseal_checkpoint(random: Random, members: mutations.Members) -> None:
    """Change a field or an array, and seal what came of it."""
    text = str(_array(members["header"]))
    name = random.choice([each for each in members if each != "sha256"])
    if name == "header":
        text = mutations.json_text(random, json.loads(text))
    elif random.random() < 0.1:
        del members[name]
    else:
        members[name] = mutations.array(random, members[name])
    try:
        arrays = {n: _array(c) for n, c in members.items() if n not in ("header", "sha256")}
        members["sha256"] = mutations.npy(_digest(text, arrays))
        members["header"] = mutations.npy(text)
    except Exception:  # what cannot be read cannot be sealed
        return


def _reseal_cache(random: Random, members: mutations.Members) -> None:
    """Change the header or an array, and most often seal it again."""
    name = random.choice(list(members))
    if name == "header" and random.random() < 0.7:
        text = mutations.json_text(random, json.loads(str(_array(members[name]))))
        members[name] = mutations.npy(text)
        return
    members[name] = mutations.array(random, members[name])
    try:
        checksum = openml._checksum(_array(members["images"]), _array(members["labels"]))
    except Exception:  # likewise
        return
    header = {"format_version": openml.FORMAT_VERSION, "sha256": checksum}
    members["header"] = mutations.npy(json.dumps(header))


def _change_arrays(random: Random, members: mutations.Members) -> None:
    for _ in range(random.choice((1, 1, 2))):
        name = random.choice(list(members))
        if random.random() < 0.1 and len(members) > 1:
            del members[name]
        else:
            members[name] = mutations.array(random, members[name])


def _damaged_archive(
    change: Callable[[Random, mutations.Members], None], method: int = zipfile.ZIP_STORED
) -> Callable[[Random, bytes], bytes]:
    def damaged(random: Random, content: bytes) -> bytes:
        members = mutations.members_of(content)
        if random.random() < 0.8:
            change(random, members)
        return mutations.archive(random, members, method)

    return damaged


def _damaged_json(random: Random, content: bytes) -> bytes:
    text = mutations.json_text(random, json.loads(content))
    return text.encode("utf-8", "surrogatepass")


def _read_model(folder: Path) -> None:
    """Load it, predict with it, and say what is in it."""
    path = folder / "model.npz"
    model = digitnet.load(path)
    blank = np.full((2, *model.image_shape), model.scaling.minimum)
    blank = blank.astype(np.uint8) if model.pixels == "uint8" else blank
    if not np.isfinite(model.predict_proba(blank)).all():
        raise AssertionError("it predicts what is no number")
    if main(["info", str(path)]) != 0:
        raise AssertionError("it was loaded, but info refused it")


def _read_metrics(folder: Path) -> None:
    if main(["info", str(folder)]) != 0:
        raise AssertionError("info refused a sound model")


def _read_cache(folder: Path) -> None:
    os.environ["DIGITNET_CACHE"] = str(folder)
    load_data("openml:x")


def _read_checkpoint(folder: Path) -> str | None:
    """Go on from it to the end of the training."""
    said: list[str] = []
    start = Checkpoints(folder, said.append).load()
    if start is None:
        return said[0] if said else "there is none"
    learn(SETTINGS, *_split(), CLASSES, start=start)
    return None


def _read_config(folder: Path) -> str | None:
    """Go on with the run, which ends where its images turn out to be others, before it learns."""
    with redirect_stderr(StringIO()) as errors:
        status = main_job(["--resume", str(folder)])
    lines = errors.getvalue().splitlines()
    if status != 2 or len(lines) != 1:
        raise AssertionError(f"exit status {status}: {errors.getvalue()[:2000]}")
    return None if "that run learned from" in lines[0] else lines[0].split("error: ", 1)[1]


def _read_picture(name: str) -> Callable[[Path], None]:
    return lambda folder: pictures.read(folder / name)


DEFLATED = zipfile.ZIP_DEFLATED
KINDS = {
    "model": Kind("model.npz", _damaged_archive(_reseal_model), _read_model),
    "half": Kind("model.npz", _damaged_archive(_reseal_model), _read_model),
    "tempered": Kind("model.npz", _damaged_archive(_reseal_model), _read_model),
    "idx": Kind("train-images-idx3-ubyte", _damaged_idx, lambda f: load_data(str(f)) and None),
    "idx.gz": Kind(
        "train-images-idx3-ubyte.gz", _damaged_gzip, lambda f: load_data(str(f)) and None
    ),
    "csv": Kind("train.csv", _damaged_table, lambda f: load_data(str(f / "train.csv")) and None),
    "csv.gz": Kind(
        "train.csv.gz",
        _damaged_table_gzip,
        lambda f: load_data(str(f / "train.csv.gz")) and None,
    ),
    "mapping": Kind("emnist-x-mapping.txt", _damaged_mapping, lambda f: load_data(str(f)) and None),
    "npz": Kind(
        "data.npz",
        _damaged_archive(_change_arrays),
        lambda f: load_data(str(f / "data.npz")) and None,
    ),
    "npz.deflated": Kind(
        "data.npz",
        _damaged_archive(_change_arrays, DEFLATED),
        lambda f: load_data(str(f / "data.npz")) and None,
    ),
    "cache": Kind("openml-x.npz", _damaged_archive(_reseal_cache, DEFLATED), _read_cache),
    "checkpoint": Kind(NAMES[0], _damaged_archive(_reseal_checkpoint), _read_checkpoint),
    "config": Kind("config.json", _damaged_json, _read_config),
    "metrics": Kind("metrics.json", _damaged_json, _read_metrics),
    **{
        kind: Kind(f"a.{kind}", damage_picture, _read_picture(f"a.{kind}"))
        for kind, damage_picture in pictures.KINDS.items()
    },
}
