"""How far a work is: a line for each epoch of a training, and one that counts batches or files."""

import math
import shutil
import sys
import time
from contextlib import suppress

from digitnet.nn import Epoch, Step

PROGRESS_HEADER = """\
            training            validation
epoch       loss   accuracy     loss   accuracy   seconds   time left"""


class Running:
    """Loss and accuracy over the steps of an epoch so far."""

    def __init__(self) -> None:
        self.loss = self.correct = self.n_examples = 0.0

    def note(self, record: Step | Epoch) -> None:
        """Count a step; after an epoch, begin again."""
        if isinstance(record, Epoch):
            self.loss = self.correct = self.n_examples = 0.0
        else:
            self.loss += record.loss * record.n_examples
            self.correct += record.n_correct
            self.n_examples += record.n_examples

    def __str__(self) -> str:
        accuracy = 100 * self.correct / self.n_examples
        return f"loss {self.loss / self.n_examples:.4f}  {accuracy:.2f} %"


class Counter:
    """What to show while an epoch lasts, twice a second, if it lasts longer than that."""

    EVERY_S = 0.5

    def __init__(self, steps: int, epochs: int) -> None:
        self._steps = steps
        self._epochs = epochs
        self._running = Running()
        self._shown = time.monotonic()

    def line(self, record: Step | Epoch) -> str:
        """The line to show now, no wider than the terminal; nothing if it is too early for one."""
        self._running.note(record)
        now = time.monotonic()
        if isinstance(record, Epoch):
            self._shown = now
        if isinstance(record, Epoch) or now < self._shown + self.EVERY_S:
            return ""
        self._shown = now
        number = f"{record.epoch}/{self._epochs}"
        step = record.step - (record.epoch - 1) * self._steps
        text = f"{number:>7}  batch {step} of {self._steps}  {self._running}"
        return text[: max(shutil.get_terminal_size().columns - 1, 0)]


class Tally:
    """How many of many files are done, in a line on standard error, if that is a terminal.

    Results go to standard output, maybe into a file, and are all that is to be there. What is
    written to the same terminal has to `clear` the line first.
    """

    EVERY_S = 0.5

    def __init__(self, n_files: int) -> None:
        self._n_files = n_files
        self._shown = time.monotonic()
        self._text = ""
        self._on = sys.stderr is not None and sys.stderr.isatty()

    def note(self, n_done: int) -> None:
        """So many are done; shown twice a second."""
        now = time.monotonic()
        if self._on and now >= self._shown + self.EVERY_S:
            self.clear()
            self._shown = now
            self._text = f"{n_done} of {self._n_files}"[: shutil.get_terminal_size().columns - 1]
            self._write(self._text)

    def clear(self) -> None:
        """Take the line away."""
        if self._text:
            self._write(f"\r{'':{len(self._text)}}\r")
            self._text = ""

    def _write(self, text: str) -> None:
        with suppress(OSError):
            print(text, end="", flush=True, file=sys.stderr)


class ProgressLines:
    """One line of text for each epoch, under PROGRESS_HEADER."""

    def __init__(self, epochs: int, done: int = 0) -> None:
        """done: how many of the epochs were over before this began."""
        self.epochs = epochs
        self.done = done
        self.started = time.monotonic()

    def line(self, record: Epoch) -> str:
        """The record in one line, with the time left at the pace of the epochs so far."""
        pace = (time.monotonic() - self.started) / (record.epoch - self.done)
        left = pace * (self.epochs - record.epoch)
        number = f"{record.epoch}/{self.epochs}"
        validation = f"{record.validation_loss:7.4f}  {100 * record.validation_accuracy:7.2f} %"
        if math.isnan(record.validation_loss):
            validation = f"{'-':>7}  {'-':>9}"
        return (
            f"{number:>7}  {record.train_loss:7.4f}  {100 * record.train_accuracy:7.2f} %"
            f"  {validation}  {record.seconds:8.2f}   {duration(left):>9}"
        )


def duration(seconds: float) -> str:
    """Seconds as a person says them: 4 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
