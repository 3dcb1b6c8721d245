"""The terminal: lines, tables and progress, plain everywhere and livelier where `rich` is there.

Plain output is ASCII without control characters, one line at a time, so it reads as well in a
file or behind a pipe. `rich` (the extra digitnet[rich]) is used only on an interactive terminal.
"""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol, TextIO, cast

from digitnet.nn import Epoch, Step

PROGRESS_HEADER = """\
            training            validation
epoch       loss   accuracy     loss   accuracy   seconds   time left"""


@dataclass(frozen=True)
class Table:
    """Rows of text under a title and column headings; the first column is aligned left."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows under their headings as lines: the first column aligned left, all others right."""
    everything = [header, *rows]
    widths = [max(len(row[column]) for row in everything) for column in range(len(header))]
    lines = []
    for first, *others in everything:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


class Terminal(Protocol):
    """Where a command says what it does."""

    def say(self, text: str = "") -> None:
        """Write a line."""

    def show(self, table: Table) -> None:
        """Write a table."""

    def progress(self, epochs: int, steps: int, done: int = 0) -> Any:
        """A context manager that gives an observer: a line per epoch, `steps` batches each.

        done: the epochs that were over before."""


class PlainTerminal:
    """Lines of text, and nothing else.

    Where nobody listens any more (`| head`), the rest is not said. Any other error, such as a full
    disk, is the caller's, unless it has better things to do than to talk: keep_going. Then it is
    tried again with the next line.
    """

    def __init__(self, keep_going: bool = False) -> None:
        self._keep_going = keep_going

    def say(self, text: str = "") -> None:
        try:
            print(text, flush=True)
        except BrokenPipeError:
            silence(sys.stdout)
        except OSError:
            if not self._keep_going:
                silence(sys.stdout)
                raise

    def show(self, table: Table) -> None:
        self.say(f"\n{table.title}")
        for line in aligned(table.header, table.rows):
            self.say(line)

    @contextmanager
    def progress(
        self, epochs: int, steps: int, done: int = 0
    ) -> Iterator[Callable[[Step | Epoch], None]]:
        self.say(f"\n{PROGRESS_HEADER}")
        lines = ProgressLines(epochs, done)

        def observe(record: Step | Epoch) -> None:
            if isinstance(record, Epoch):
                self.say(lines.line(record))

        yield observe


class RichTerminal:
    """The same with tables drawn and a live progress bar, through `rich`."""

    def __init__(self) -> None:
        from rich.console import Console

        output = cast(TextIO, Listened(sys.stdout))
        self.console = Console(file=output, highlight=False, markup=False, emoji=False)

    def say(self, text: str = "") -> None:
        self.console.print(text, soft_wrap=True)

    def show(self, table: Table) -> None:
        from rich import box
        from rich.table import Table as RichTable

        drawn = RichTable(title=table.title, box=box.SIMPLE_HEAD, title_justify="left")
        for index, heading in enumerate(table.header):
            drawn.add_column(heading, justify="right" if index else "left", no_wrap=True)
        for row in table.rows:
            drawn.add_row(*row)
        anywhere = self.console.options.update(width=10_000)
        if self.console.measure(drawn, options=anywhere).maximum > self.console.width:
            PlainTerminal().show(table)  # rich would leave out columns
        else:
            self.console.print(drawn)

    @contextmanager
    def progress(
        self, epochs: int, steps: int, done: int = 0
    ) -> Iterator[Callable[[Step | Epoch], None]]:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.say(f"\n{PROGRESS_HEADER}")
        lines = ProgressLines(epochs, done)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[running]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task("epoch 1", total=epochs * steps, running="")
            every = max(1, steps // 50)  # more often would only cost time
            loss = correct = n_examples = 0.0

            def observe(record: Step | Epoch) -> None:
                nonlocal loss, correct, n_examples
                if isinstance(record, Epoch):
                    bar.console.print(lines.line(record))
                    loss = correct = n_examples = 0.0
                    return
                loss += record.loss * record.n_examples
                correct += record.n_correct
                n_examples += record.n_examples
                if record.step % every == 0:
                    bar.update(
                        task,
                        completed=record.step,
                        description=f"epoch {record.epoch}",
                        running=f"loss {loss / n_examples:.4f}  {100 * correct / n_examples:.2f} %",
                    )

            yield observe


class Listened:
    """A stream to a terminal, which is silenced when that is closed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """As the stream does, but without an error."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Likewise."""
        flush(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


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


def silence(stream: TextIO) -> None:
    """Let nothing more be written to it, not even what is left in the buffer at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def flush(stream: TextIO) -> None:
    """Write what is left in its buffer, if anything can be written there."""
    try:
        stream.flush()
    except OSError:
        silence(stream)


def open_terminal(keep_going: bool = False) -> Terminal:
    """Rich if it is installed and standard output is a terminal, else plain: see PlainTerminal."""
    if not sys.stdout.isatty():
        return PlainTerminal(keep_going)
    try:
        return RichTerminal()
    except ImportError:
        return PlainTerminal(keep_going)
