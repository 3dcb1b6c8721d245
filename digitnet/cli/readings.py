"""What `digitnet read` prints, draws and complains of, picture by picture."""

import argparse
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from digitnet.cli.chunks import Result
from digitnet.cli.json_lines import JsonLines
from digitnet.cli.pictures import STANDARD_INPUT, Named, Names
from digitnet.errors import DigitnetError, InputWarning
from digitnet.reading.annotate import annotated, write_png
from digitnet.reading.reading import Reading, least_confidence, text_of
from digitnet.report.progress import Tally
from digitnet.report.terminal import complain, silence
from digitnet.text import LINE, MESSAGE, plain, plain_lines, unicode_text


class Readings:
    """Where what was read goes: standard output, and files. Complaints go to standard error."""

    def __init__(self, options: argparse.Namespace, pictures: Sequence[Named]) -> None:
        """Makes the folders to write to. Raises DigitnetError if they cannot be made."""
        self._options = options
        self._names = Names(pictures)
        self._tally = Tally(len(pictures))
        self._nobody_listens = False
        self.n_done = self.n_refused = 0
        self._file = JsonLines(options.output) if options.output else None
        self._as_json = options.json or self._file is not None
        self._folders = [each for each in (options.annotate, options.show_steps) if each]
        for folder in self._folders:
            _make(folder)
        _before_each_warning(self._tally.clear)

    @property
    def nobody_wants_more(self) -> bool:
        """Whether all that is left to do would be printed to nobody, as after `| head`."""
        return self._nobody_listens and not self._folders

    def has(self, named: Named) -> bool:
        """Whether the file to write to has what an earlier call read in this picture."""
        if self._file is None or named.name == STANDARD_INPUT:  # which may be another one now
            return False
        return unicode_text(named.name) in self._file.names

    def pass_over(self, pictures: Sequence[Named]) -> None:
        """Leave alone what an earlier call drew of these, which may be called as others."""
        for folder in self._folders:
            self._names.take_those_of(folder, [named.name for named in pictures])

    def note(self, named: Named, result: Result) -> None:
        """Print and draw what was read, or say why it could not be."""
        for text in result.warnings:
            warnings.warn(text, InputWarning, stacklevel=1)
        if isinstance(result.reading, Reading):
            self._print_reading(named, result.reading)
            self._draw(named, result.reading)
        else:
            self._refuse(named, result.reading)
        self.n_done += 1
        self._tally.note(self.n_done)

    def _print_reading(self, named: Named, reading: Reading) -> None:
        if self._as_json:
            name = unicode_text(named.name)
            self._print(json.dumps(reading.as_dict() | {"file": name}), name)
        else:
            name = plain(named.name, LINE)
            for line in reading.lines:
                self._print(f"{name}: {text_of(line)}  {100 * least_confidence(line):.1f} %")
            if not reading.lines:
                self._print(f"{name}: no digits")

    def _draw(self, named: Named, reading: Reading) -> None:
        annotate, show_steps = self._options.annotate, self._options.show_steps
        if annotate:
            path = self._names.new(annotate, named.name, "-read")
            write_png(annotated(reading.picture, reading.digits), path)
        for number, step in enumerate(reading.steps if show_steps else (), start=1):
            ending = f"-{number}-{''.join(c if c.isalnum() else '-' for c in step.name)}"
            write_png(step.image, self._names.new(show_steps, named.name, ending))

    def _refuse(self, named: Named, error: Exception) -> None:
        problem = str(error)
        if isinstance(error, MemoryError):
            problem = f"{named.name}: not enough memory for this picture"
        if self._options.debug:
            self._complain(plain_lines("".join(traceback.format_exception(error)).rstrip()))
        self.complain(f"error: {problem}")
        if self._as_json:
            refused = {"file": named.name, "error": problem}
            refused = {name: unicode_text(text) for name, text in refused.items()}
            self._print(json.dumps(refused), refused["file"])
        self.n_refused += 1

    def complain(self, text: str) -> None:
        """Write a line to standard error."""
        self._complain(f"{self._options.prog}: {plain(text, MESSAGE)}")

    def _complain(self, text: str) -> None:
        self._tally.clear()
        complain(text)

    def _print(self, line: str, of: str = "") -> None:
        """Print a line, unless nobody listens any more, or write it to the file.

        of: the picture that it is about. Raises OSError, as on a full disk.
        """
        self._tally.clear()
        if self._file:
            self._file.write(of, line)
            return
        try:
            print(line, flush=True)
        except BrokenPipeError:
            self._nobody_listens = True
            silence(sys.stdout)
        except OSError:
            silence(sys.stdout)
            raise

    def end(self) -> int:
        """The exit status, after a last word on what could not be read."""
        self._tally.clear()
        if self._file:
            self._file.close()
        if self.n_refused and self.n_done > 1:
            self.complain(f"{self.n_refused} of {self.n_done} pictures could not be read")
        return 2 if self.n_refused else 0


@contextmanager
def libraries_silenced() -> Iterator[None]:
    """Within its block, only Python writes to standard error.

    libtiff does so by itself, a line for each wrong bit of a fax. It can be silenced only for the
    whole process, which a command may do and a library may not.
    """
    stream, number = sys.stderr, None
    with suppress(OSError, ValueError, AttributeError):  # it may be closed, or no file
        number = stream.fileno()
    if number is None:
        yield
        return
    ours = os.dup(number)
    try:
        with open(ours, "w", 1, stream.encoding, stream.errors, closefd=False) as sys.stderr:
            with Path(os.devnull).open("w") as nobody:
                os.dup2(nobody.fileno(), number)
            yield
    finally:
        sys.stderr = stream
        os.dup2(ours, number)
        os.close(ours)


def _before_each_warning(act: Callable[[], None]) -> None:
    """Do something before a warning is shown, until the command ends and sets that right."""
    show = warnings.showwarning

    def act_and_show(*args: Any, **others: Any) -> None:
        act()
        show(*args, **others)

    warnings.showwarning = act_and_show


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if folder.exists() else str(error.strerror).lower()
        raise DigitnetError(f"{folder}: expected a folder to write to, but {reason}") from error
