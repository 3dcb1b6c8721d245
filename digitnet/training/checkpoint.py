"""Checkpoints: all that the rest of a training depends on, so that none is lost.

While a network learns, its run folder holds the last two, each an ordinary .npz of the arrays and a
JSON text, "header", with a SHA-256 over all of it. Each appears whole or not at all, and takes the
place of the older one, so whenever the machine stops, one of them is good. Of a training that has
ended, the last one may stay as the file STATE, to go on from it one day.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.files.archive import open_archive
from digitnet.files.incoming import parse_json
from digitnet.files.writing import replaced, sync_folder
from digitnet.nn import Array, Epoch
from digitnet.text import plain, shown
from digitnet.training.checkpoint_fields import check_arrays, check_header

NAMES = ("checkpoint-a.npz", "checkpoint-b.npz")
STATE = "state.npz"
FORMAT_VERSION = 3
LONGEST_HEADER = 2**24
"""Characters: the records of 100,000 epochs."""
EVERY_S = 60.0
"""Seconds from one checkpoint to the next: what a killed training loses at most, and a batch."""


class Checkpoint(NamedTuple):
    """The state of a training between two steps.

    arrays: what the network, the network at its best, the last that was good, and the optimizer
    hold, as GROUP_NAME. header: all other state, of JSON's types; "step" is the number of steps
    learned so far.
    """

    arrays: dict[str, Array]
    header: dict[str, Any]

    def group(self, group: str) -> dict[str, Array]:
        """The arrays of a group, by name."""
        start = f"{group}_"
        return {
            name.removeprefix(start): array
            for name, array in self.arrays.items()
            if name.startswith(start)
        }

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
        """The newest one that is whole; None if there is none.

        Raises DigitnetError if one was written by a version of digitnet that keeps other things:
        to begin from the beginning would lose it.
        """
        found: dict[int, Checkpoint] = {}
        for index, name in enumerate(NAMES):
            path = self.folder / name
            if not path.exists():
                continue
            try:
                found[index] = _read(path)
            except _OtherFormatError:
                raise
            except (OSError, ValueError, KeyError) as error:
                self._say(f"{plain(path)} is damaged and passed over: {plain(error)}")
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

        Raises DigitnetError if it is not there or damaged; then all stays as it is.
        """
        state = folder / STATE
        try:
            _read(state)
        except FileNotFoundError as error:
            raise DigitnetError(f"{folder} holds no {STATE}, the state to go on from") from error
        except (OSError, ValueError, KeyError) as error:
            raise DigitnetError(
                f"{state}, the state to go on from, is damaged: {plain(error)}"
            ) from error
        state.replace(folder / NAMES[0])
        sync_folder(folder)


class _OtherFormatError(DigitnetError):
    """The checkpoint may be sound, but this version does not know what is in it."""


def _read(path: Path) -> Checkpoint:
    """Read and check a file. Raises OSError, ValueError or KeyError."""
    with open_archive(path, compressed=False) as archive:
        text = archive.text("header", LONGEST_HEADER)
        header = parse_json(text, LONGEST_HEADER)
        version = header.get("format_version") if isinstance(header, dict) else None
        if type(version) is int and version != FORMAT_VERSION:
            raise _OtherFormatError(
                f"{path}: expected a checkpoint of format {FORMAT_VERSION}, got format "
                f"{shown(version)}, of another version of digitnet; go on with that one, or begin "
                "a new run"
            )
        names = archive.names - {"header", "sha256"}
        content = {name: archive.read(name) for name in names}
        if archive.text("sha256") != _digest(text, content):
            raise ValueError("its content is not what was written (SHA-256 differs)")
    check_header(header)
    arrays = {name.removeprefix("array_"): array for name, array in content.items()}
    check_arrays(arrays)
    return Checkpoint(arrays, header)


def _digest(header: str, arrays: dict[str, NDArray[Any]]) -> str:
    """SHA-256 of all that a checkpoint says, and of what its numbers mean: their shape and type."""
    digest = hashlib.sha256(header.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.shape} {array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@contextmanager
def of_this_training() -> Iterator[None]:
    """Within it, a checkpoint that lacks what the training needs is a DigitnetError.

    It is sound in itself, or it would not have been loaded, but of other settings.
    """
    try:
        yield
    except DigitnetError:
        raise
    except (LookupError, ValueError, TypeError, ArithmeticError) as error:
        raise DigitnetError(
            f"expected a checkpoint of this training, got another: {error}"
        ) from error
