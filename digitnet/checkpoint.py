"""Checkpoints: all that the rest of a training depends on, so that none is lost.

While a network learns, its run folder holds the last two, each an ordinary .npz of the arrays and a
JSON text, "header", with a SHA-256 over all of it. Each appears whole or not at all, and takes the
place of the older one, so whenever the machine stops, one of them is good. Of a training that has
ended, the last one may stay as the file STATE, to go on from it one day.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.archive import UNREADABLE, read_archive
from digitnet.errors import DigitnetError
from digitnet.files import replaced, sync_folder
from digitnet.nn import Array, Epoch

NAMES = ("checkpoint-a.npz", "checkpoint-b.npz")
STATE = "state.npz"
FORMAT_VERSION = 1
EVERY_S = 60.0
"""Seconds from one checkpoint to the next: what a killed training loses at most, and a batch."""


class Checkpoint(NamedTuple):
    """The state of a training between two steps.

    arrays: parameters and whatever else is as large as they are. header: all other state, of
    JSON's types; "step" is the number of steps learned so far.
    """

    arrays: dict[str, Array]
    header: dict[str, Any]

    @property
    def history(self) -> list[Epoch]:
        """The records of the epochs that were over."""
        return [Epoch(*record) for record in self.header["history"]]


class Checkpoints:
    """The last two checkpoints of a run folder.

    say: told about a damaged checkpoint, and about one that could not be written, unless the one
    before could not be either. The training goes on in any case.
    """

    def __init__(self, folder: Path, say: Callable[[str], None], every_s: float = EVERY_S) -> None:
        self.folder = folder
        self.every_s = every_s
        self._say = say
        self._last = time.monotonic()
        self._next = self._number = 0
        self._failing = False

    @staticmethod
    def exist(folder: Path) -> bool:
        """Whether the folder holds any, be they whole or not."""
        return any((folder / name).exists() for name in NAMES)

    @property
    def due(self) -> bool:
        """Whether the last one was taken long enough ago."""
        return time.monotonic() - self._last >= self.every_s

    def save(self, checkpoint: Checkpoint) -> None:
        """Write it in place of the older of the two."""
        self._last = time.monotonic()
        self._number += 1
        header = json.dumps(
            {**checkpoint.header, "number": self._number, "format_version": FORMAT_VERSION}
        )
        arrays: dict[str, Any] = {
            f"array_{name}": array for name, array in checkpoint.arrays.items()
        }
        digest = _digest(header, arrays)
        try:
            with replaced(self.folder / NAMES[self._next]) as file:
                np.savez(file, header=np.array(header), sha256=np.array(digest), **arrays)
        except OSError as error:
            if not self._failing:
                self._say(
                    f"The checkpoint could not be written ({error.strerror or error}); "
                    "the training goes on, and the next one is tried again"
                )
            self._failing = True
            return
        self._next, self._failing = 1 - self._next, False

    def load(self) -> Checkpoint | None:
        """The newest one that is whole; None if there is none."""
        found: dict[int, Checkpoint] = {}
        for index, name in enumerate(NAMES):
            path = self.folder / name
            if not path.exists():
                continue
            try:
                found[index] = _read(path)
            except (*UNREADABLE, KeyError, TypeError) as error:
                self._say(f"{path} is damaged and passed over: {error}")
        if not found:
            return None
        newest = max(found, key=lambda index: found[index].header["number"])
        self._next, self._number = 1 - newest, found[newest].header["number"]
        return found[newest]

    def drop_older(self) -> None:
        """Remove the older of the two, which makes room on a full disk."""
        if (self.folder / NAMES[1 - self._next]).exists():
            (self.folder / NAMES[self._next]).unlink(missing_ok=True)

    def end(self, keep: bool) -> None:
        """The training has ended, and the model is there: keep the last one as STATE, or none."""
        self.drop_older()
        newest = self.folder / NAMES[1 - self._next]
        if keep and newest.exists():
            newest.replace(self.folder / STATE)
        for name in NAMES if keep else (*NAMES, STATE):
            (self.folder / name).unlink(missing_ok=True)
        sync_folder(self.folder)

    @staticmethod
    def reopen(folder: Path) -> None:
        """Go on from STATE, which is from now on the checkpoint of a training that has not ended.

        Raises DigitnetError if it is not there.
        """
        try:
            (folder / STATE).replace(folder / NAMES[0])
        except FileNotFoundError as error:
            raise DigitnetError(f"{folder} holds no {STATE}, the state to go on from") from error
        sync_folder(folder)


def _read(path: Path) -> Checkpoint:
    """Read and check a file. Raises one of UNREADABLE, KeyError or TypeError."""
    content = read_archive(path, compressed=False)
    text, digest = str(content.pop("header")), str(content.pop("sha256"))
    if digest != _digest(text, content):
        raise ValueError("its content is not what was written (SHA-256 differs)")
    header = json.loads(text)
    if header["format_version"] != FORMAT_VERSION:
        raise ValueError(f"it is of format {header['format_version']}, not {FORMAT_VERSION}")
    arrays = {name.removeprefix("array_"): array for name, array in content.items()}
    return Checkpoint(arrays, header)


def _digest(header: str, arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(header.encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()
