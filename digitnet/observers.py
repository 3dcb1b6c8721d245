"""Observers: what listens to a training. Each is called with every Step and Epoch record."""

import csv
from pathlib import Path

from digitnet.nn import Epoch, Step


class HistoryFile:
    """A CSV file with a row per epoch, written when the epoch ends: columns as in Epoch.

    Losses in nats, accuracies as fractions, `seconds` the training alone.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._write(Epoch._fields)

    def __call__(self, record: Step | Epoch) -> None:
        if isinstance(record, Epoch):
            self._write(record)

    def __enter__(self) -> "HistoryFile":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def _write(self, row: tuple[object, ...]) -> None:
        self._writer.writerow(row)
        self._file.flush()
