"""Kept: drawings that a network got wrong, with their right labels, to learn from and to test with.

They are images of 28x28 as the network sees them, in an archive that `digitnet train --data` and
`digitnet evaluate --data` take.
"""

import io
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitnet.data.readers.npz import load_npz
from digitnet.errors import DigitnetError
from digitnet.files import writing

MOST = 10_000
SHAPE = (28, 28)


class Kept:
    """Images with labels, in memory, and in a file where there is one. Any thread may use it.

    path: of the file, which is read if it exists; None to keep them in memory alone.
    Raises DigitnetError if the file cannot be such a one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._images: list[NDArray[np.uint8]] = []
        self._labels: list[int] = []
        if path is not None and path.exists():
            self._read(path)

    def _read(self, path: Path) -> None:
        part = load_npz(path).train
        if part is None or part.labels is None:
            raise DigitnetError(f"{path}: expected drawings that were kept, got others")
        images, labels = np.asarray(part.images), np.asarray(part.labels)
        fits = images.dtype == np.uint8 and images.shape[1:] == SHAPE and len(images) <= MOST
        if not (fits and labels.dtype.kind in "iu" and ((labels >= 0) & (labels <= 9)).all()):
            raise DigitnetError(
                f"{path}: expected at most {MOST} images of 28x28 with labels from 0 to 9, as the "
                "page keeps them; name another file by --drawings"
            )
        self._images = list(images)
        self._labels = [int(label) for label in labels]

    def __len__(self) -> int:
        return len(self._labels)

    def add(self, pixels: NDArray[np.uint8], label: int) -> None:
        """Keep an image (28, 28). Raises DigitnetError or OSError: it is not kept then."""
        with self._lock:
            if len(self) >= MOST:
                raise DigitnetError(f"{MOST} drawings are kept already: remove some first")
            self._replace([*self._images, pixels], [*self._labels, label])

    def discard(self, which: str) -> None:
        """Remove the one that was kept "last", or "all". Raises OSError: nothing has changed."""
        with self._lock:
            n = max(len(self) - 1, 0) if which == "last" else 0
            self._replace(self._images[:n], self._labels[:n])

    def _replace(self, images: list[NDArray[np.uint8]], labels: list[int]) -> None:
        """Write first, so that the file and the memory hold the same."""
        if self.path is not None:
            if labels:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                writing.replace(self.path, _archive(images, labels))
            else:
                self.path.unlink(missing_ok=True)
        self._images, self._labels = images, labels

    @property
    def counts(self) -> list[int]:
        """How many there are of each label from 0 to 9."""
        return (
            [int(n) for n in np.bincount(self._labels, minlength=10)] if self._labels else [0] * 10
        )

    def last(self, n: int) -> NDArray[np.uint8]:
        """The latest images, the latest first: at most n, (m, 28, 28)."""
        return np.array(self._images[: -n - 1 : -1], np.uint8).reshape(-1, *SHAPE)

    def as_file(self) -> bytes:
        """All of them as an archive. Raises DigitnetError if there are none."""
        with self._lock:
            images, labels = self._images, self._labels
        if not labels:
            raise DigitnetError("no drawing is kept")
        return _archive(images, labels)


def _archive(images: list[NDArray[np.uint8]], labels: list[int]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, x_train=np.array(images), y_train=np.array(labels, np.uint8))
    return file.getvalue()
