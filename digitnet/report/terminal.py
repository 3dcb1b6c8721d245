"""The terminal: lines, tables and progress, plain everywhere and livelier where `rich` is there.

Plain output is ASCII without control characters, one line at a time, so it reads as well in a
file or behind a pipe; only on a terminal does a counter rewrite its line while an epoch lasts.
Whatever is said passes digitnet.text on its way. `rich` (the extra digitnet[rich]) is used only on
an interactive terminal.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol, TextIO, cast
from unicodedata import category, east_asian_width

from digitnet.nn import Epoch, Step
from digitnet.report.progress import PROGRESS_HEADER, Counter, ProgressLines, Running
from digitnet.text import LINE, plain, plain_lines

WIDEST_CELL = 200
NO_COLUMN = ("Mn", "Me", "Cf")
"""Categories of Unicode: marks that stand on the letter before, and what cannot be seen."""


@dataclass(frozen=True)
class Table:
    """Rows of text under a title and column headings; the first column is aligned left.

    All of it is made plain, and cells that are too long for a table are shortened.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        for name, value in (
            ("title", plain(self.title, LINE)),
            ("header", [plain(cell, WIDEST_CELL) for cell in self.header]),
            ("rows", [[plain(cell, WIDEST_CELL) for cell in row] for row in self.rows]),
        ):
            object.__setattr__(self, name, value)  # the one moment when it may change


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows under their headings as lines: the first column aligned left, all others right."""
    everything = [header, *rows]
    widths = [max(text_width(row[column]) for row in everything) for column in range(len(header))]
    lines = []
    for row in everything:
        gaps = [" " * (width - text_width(c)) for c, width in zip(row, widths, strict=True)]
        cells = [row[0] + gaps[0]]
        cells += [gap + cell for cell, gap in zip(row[1:], gaps[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def text_width(text: str) -> int:
    """How many columns of a terminal the text takes: two for each wide letter, none for a mark."""
    return sum(
        0 if category(letter) in NO_COLUMN else 1 + (east_asian_width(letter) in ("W", "F"))
        for letter in text
    )


def as_printed(text: str) -> str:
    """The text as standard output prints it: letters that its encoding lacks, escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


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
    tried again with the next line. live: whether a counter may rewrite its line.
    """

    def __init__(self, keep_going: bool = False, live: bool = True) -> None:
        self._keep_going, self._live = keep_going, live
        self._counter = ""

    def say(self, text: str = "") -> None:
        self._count("")
        self._write(f"{plain_lines(text)}\n")

    def _count(self, text: str) -> None:
        """Write a line that the next one replaces."""
        if text or self._counter:
            self._write(f"\r{text:{len(self._counter)}}" + ("" if text else "\r"))
        self._counter = text

    def _write(self, text: str) -> None:
        try:
            print(text, end="", flush=True)
        except BrokenPipeError:
            silence(sys.stdout)
        except OSError:
            if not self._keep_going:
                silence(sys.stdout)
                raise

    def show(self, table: Table) -> None:
        self.say(f"\n{table.title}")
        header, *rows = ([as_printed(c) for c in row] for row in (table.header, *table.rows))
        for line in aligned(header, rows):
            self.say(line)

    @contextmanager
    def progress(
        self, epochs: int, steps: int, done: int = 0
    ) -> Iterator[Callable[[Step | Epoch], None]]:
        self.say(f"\n{PROGRESS_HEADER}")
        lines = ProgressLines(epochs, done)
        counter = Counter(steps, epochs) if self._live and sys.stdout.isatty() else None

        def observe(record: Step | Epoch) -> None:
            if isinstance(record, Epoch):
                self.say(lines.line(record))
            if counter and (text := counter.line(record)):
                self._count(text)

        try:
            yield observe
        finally:
            self._count("")


class RichTerminal:
    """The same with tables drawn and a live progress bar, through `rich`."""

    def __init__(self) -> None:
        from rich.console import Console

        output = cast(TextIO, Listened(sys.stdout))
        self.console = Console(file=output, highlight=False, markup=False, emoji=False)

    def say(self, text: str = "") -> None:
        self.console.print(plain_lines(text), soft_wrap=True)

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
            running = Running()

            def observe(record: Step | Epoch) -> None:
                running.note(record)
                if isinstance(record, Epoch):
                    bar.console.print(lines.line(record))
                elif record.step % every == 0:
                    bar.update(
                        task,
                        completed=record.step,
                        description=f"epoch {record.epoch}",
                        running=str(running),
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


def complain(text: str) -> None:
    """Write a line to standard error; where that cannot be, as on a full disk, go on without."""
    with suppress(OSError):
        print(text, file=sys.stderr)
    flush(sys.stderr or sys.stdout)


def silence(stream: TextIO) -> None:
    """Let nothing more be written to it, not even what is left in the buffer at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def flush(stream: TextIO) -> None:
    """Write what is left in its buffer, if anything can be written there."""
    try:
        stream.flush()
    except OSError:
        silence(stream)


def open_terminal(keep_going: bool = False, live: bool = True) -> Terminal:
    """Rich if it is installed and standard output is a terminal, else plain: see PlainTerminal.

    live: False for plain lines alone, as where a launcher makes a terminal of a file.
    """
    if not (live and sys.stdout.isatty()):
        return PlainTerminal(keep_going, live)
    try:
        return RichTerminal()
    except ImportError:
        return PlainTerminal(keep_going)
