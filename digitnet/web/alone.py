"""Alone: a visit without a server: in the visitor's browser, where Pyodide runs this.

    visit = Alone(folder)                  # with what the export has put there
    frames = visit.ask(frame)
    while visit.busy:
        frames = visit.work()              # learns for a slice of time

What a server does for many with threads (see seat.py), static/worker.js does for one: it hands over
the page's frames, and goes on learning in between.
"""

import os
from collections.abc import Callable
from pathlib import Path

from digitnet.data import Dataset, Examples
from digitnet.data.readers.npz import load_npz
from digitnet.errors import DigitnetError
from digitnet.model import load
from digitnet.web.frames import asked, packed
from digitnet.web.limits import IN_A_BROWSER
from digitnet.web.material import Shared
from digitnet.web.messages import Event, error_event
from digitnet.web.visit import Visit, attempt

DIGITS, MODEL = "digits.npz", "model.npz"
"""What the folder holds: a part of MNIST, and maybe the network that answers first."""
SLICE_MS = 12.0
"""How long it learns before it looks for commands. An epoch's end takes as long again: the held-out
images are looked at."""


class Alone:
    """A visit and the frames to and from its page. Raises DigitnetError for damaged files."""

    def __init__(self, folder: Path) -> None:
        os.umask(0o022)  # it begins as 0o777 there, and nothing could be read that was written
        model = load(folder / MODEL) if (folder / MODEL).exists() else None
        shared = Shared(load_digits(folder / DIGITS), IN_A_BROWSER.splits)
        self._visit = Visit(shared, IN_A_BROWSER, model=model)

    @property
    def busy(self) -> bool:
        """Whether there is something to learn."""
        return self._visit.busy

    def ask(self, frame: bytes | memoryview) -> list[bytes]:
        """Carry out a command; what is to be told of it."""
        try:
            command = asked(bytes(frame))
        except DigitnetError as error:
            return [_frame(error_event("", str(error)))]
        return self._told(self._visit.do, *command)

    def work(self) -> list[bytes]:
        """Learn for a slice; what is to be told of it."""
        return self._told(self._visit.work, SLICE_MS)

    def _told(self, act: Callable[..., list[Event]], *given: object) -> list[bytes]:
        events = attempt(self._visit, act, *given, log="the browser's console")
        return [_frame(event) for event in events]


def _frame(event: Event) -> bytes:
    return packed(event.name, event.fields, event.arrays)


def load_digits(path: Path) -> Dataset:
    """The part of MNIST that the export has written. Raises DigitnetError."""
    source = load_npz(path)
    parts = []
    for part in (source.train, source.test):
        if part is None or part.labels is None:
            raise DigitnetError(f"{path}: expected images to learn from and to test with")
        parts.append(Examples(part.images, part.labels))
    train, test = parts
    note = f"the first {len(train)} images to learn from, and {len(test)} to test with"
    return Dataset("MNIST", train, test, tuple("0123456789"), note)
