"""Kept: drawings that a network got wrong, with their right labels, to learn from and to test with.

They are images of 28x28 as the network sees them, in an archive that `digitnet train --data` and
`digitnet evaluate --data` take.
"""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitnet.data.readers.npz import load_npz
from digitnet.errors import DigitnetError
from digitnet.files import writing
from digitnet.languages import tr

MOST = 10_000
SHAPE = (28, 28)
ARRAYS = {"x_train", "y_train"}
LONGEST_LOCK_S = 10.0
"""How long another server may take to write."""

Drawings = tuple[list[NDArray[np.uint8]], list[int]]
"""Images and their labels."""


class Kept:
    """Images with labels, in memory, and in a file where there is one. Any thread may use it.

    path: of the file, which is read if it exists; None to keep them in memory alone. Other servers
    may write to the same file.
    Raises DigitnetError if the file cannot be such a one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._drawings: Drawings = ([], [])  # replaced as one, so that who reads needs no lock
        if path is not None:
            self.path = path = _resolved(path)
            self._drawings = _read(path)

    def __len__(self) -> int:
        return len(self._drawings[1])

    def add(self, pixels: NDArray[np.uint8], label: int, instead: bool = False) -> None:
        """Keep an image (28, 28), maybe in place of the one that was kept last.

        Raises DigitnetError or OSError: nothing has changed then.
        """

        def added(images: list[NDArray[np.uint8]], labels: list[int]) -> Drawings:
            if instead:
                images, labels = self._without_the_last(images, labels)
            if len(labels) >= MOST:
                raise DigitnetError(f"{MOST} drawings are kept already: remove some first")
            return [*images, pixels], [*labels, label]

        self._change(added)

    def discard(self, which: str) -> None:
        """Remove the one that was kept "last", or "all". Raises OSError: nothing has changed."""
        if which == "all":
            self._change(lambda _images, _labels: ([], []))
        elif len(self):
            self._change(self._without_the_last)

    def _without_the_last(self, images: list[NDArray[np.uint8]], labels: list[int]) -> Drawings:
        """Without that which was the last here: another server may have kept more."""
        image, label = (each[-1] for each in self._drawings)
        for n in reversed(range(len(labels))):
            if labels[n] == label and np.array_equal(images[n], image):
                return images[:n] + images[n + 1 :], labels[:n] + labels[n + 1 :]
        return images, labels

    def _change(self, change: Callable[[list[NDArray[np.uint8]], list[int]], Drawings]) -> None:
        """Change what is there now, in the file first, so that both hold the same."""
        with self._lock:
            if self.path is None:
                self._drawings = change(*self._drawings)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path.parent):
                images, labels = change(*_read(self.path))
                if labels:
                    writing.replace(self.path, _archive(images, labels))
                else:
                    self.path.unlink(missing_ok=True)
            self._drawings = images, labels

    @property
    def counts(self) -> list[int]:
        """How many there are of each label from 0 to 9."""
        _, labels = self._drawings
        return [labels.count(label) for label in range(10)]

    def last(self, n: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The latest, the latest first, at most n: images (m, 28, 28), and their labels (m,)."""
        images, labels = (each[: -n - 1 : -1] for each in self._drawings)
        return np.array(images, np.uint8).reshape(-1, *SHAPE), np.array(labels, np.uint8)

    def as_file(self) -> bytes:
        """All of them as an archive. Raises DigitnetError if there are none."""
        images, labels = self._drawings
        if not labels:
            raise DigitnetError(tr("no drawing is kept"))
        return _archive(images, labels)


def _resolved(path: Path) -> Path:
    """Where the file is, or will be, whatever links lead there. Raises DigitnetError."""
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            raise DigitnetError(f"{path}: expected a file for drawings, got a folder")
        there = next(folder for folder in path.parents if folder.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise DigitnetError(f"{path}: expected a file for drawings in a folder to write to")
    except (OSError, RuntimeError, ValueError) as error:  # too long, links in a circle, NUL
        if isinstance(error, DigitnetError):
            raise
        problem = getattr(error, "strerror", None) or error
        raise DigitnetError(f"expected a file for drawings, got {path}: {problem}") from error
    return path


def _read(path: Path) -> Drawings:
    """What the file holds, if there is one. Raises DigitnetError if it holds anything else."""
    if not path.exists():
        return [], []
    part = load_npz(path).train
    with np.load(path, allow_pickle=False) as archive:
        names = set(archive.files)
    if part is None or part.labels is None or names != ARRAYS:
        raise DigitnetError(
            f"{path}: expected drawings that were kept, x_train and y_train alone, got others; "
            "name another file by --drawings"
        )
    images, labels = np.asarray(part.images), np.asarray(part.labels)
    fits = images.dtype == np.uint8 and images.shape[1:] == SHAPE and len(images) <= MOST
    fits = fits and len(images) == len(labels) and labels.ndim == 1
    if not (fits and labels.dtype.kind in "iu" and ((labels >= 0) & (labels <= 9)).all()):
        raise DigitnetError(
            f"{path}: expected at most {MOST} images of 28x28 with labels from 0 to 9, as the "
            "page keeps them; name another file by --drawings"
        )
    return list(images), [int(label) for label in labels]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among servers, where the platform and the disk know locks. Raises OSError."""
    end = time.monotonic() + LONGEST_LOCK_S
    while True:
        try:
            descriptor = writing.lock(folder)
            break
        except BlockingIOError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.01)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _archive(images: list[NDArray[np.uint8]], labels: list[int]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, x_train=np.array(images), y_train=np.array(labels, np.uint8))
    return file.getvalue()
