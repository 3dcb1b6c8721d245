"""How far a training is, in lines of text: one for each epoch, and one that counts its batches."""

import math
import shutil
import time

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
