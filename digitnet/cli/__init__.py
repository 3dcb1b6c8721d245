"""The command line: arguments in, exit status out; the work is done elsewhere.

0    done
1    could not be done: the training diverged, the disk is full, …
2    the arguments or the data cannot be used as they are
130  interrupted by Ctrl-C, SIGTERM or a terminal that was closed
"""

import argparse
import io
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from digitnet.cli.arguments import Parser
from digitnet.cli.common import option_name
from digitnet.cli.ranks import said_by_the_first
from digitnet.errors import DigitnetError, OptionError
from digitnet.languages import ENGLISH, language
from digitnet.report.terminal import complain, flush
from digitnet.text import MESSAGE, plain, plain_lines
from digitnet.training.interruption import STATUS, Interruption


class Command(Protocol):
    """What a module of this folder has to offer to be a command; its docstring describes it."""

    SUMMARY: str
    USAGE: str
    EXAMPLES: str
    __doc__: str | None

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Give the parser the command's own options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it, and return the exit status."""


COMMANDS = (
    "train",
    "evaluate",
    "predict",
    "read",
    "play",
    "info",
    "export",
    "gradcheck",
    "explain",
    "compare",
    "sweep",
    "exercise",
    "worksheet",
    "grade",
)
"""The modules of this folder that are commands; `python main.py` imports only the first."""
EXPECTED = (DigitnetError, MemoryError, OSError, KeyboardInterrupt)

EXAMPLES = """
PROG train  # learn to read digits, and test it
PROG evaluate runs/mine  # test once more what was learned
PROG train --help  # what a command can do
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `digitnet COMMAND …` and return its exit status. Raises SystemExit as main_job does."""
    parser = Parser("digitnet", commands=COMMANDS)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = command_of(name)
        configure(commands.add_parser(name, help=command.SUMMARY), command)
    summary = "Handwritten digit classification in pure NumPy."
    parser.finish("COMMAND [options]", summary, EXAMPLES)
    return run(parser, arguments)


def main_job(arguments: Sequence[str] | None = None) -> int:
    """Run `python main.py …`, which is `digitnet train …`, and return its exit status.

    Raises SystemExit, as argparse does, for --help and for arguments that cannot be understood.
    """
    parser = Parser("main.py", elsewhere=COMMANDS)
    configure(parser, command_of("train"))
    return run(parser, arguments)


def command_of(name: str) -> Command:
    """The command of this name, one of COMMANDS."""
    return cast(Command, import_module(f"digitnet.cli.{name}"))


def configure(parser: Parser, command: Command) -> None:
    """Give the parser of a command its options."""
    command.add_options(parser)
    parser.finish(command.USAGE, command.__doc__, command.EXAMPLES)
    parser.set_defaults(command=command, prog=parser.prog)


def run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """Parse, run the command, and turn whatever goes wrong into a sentence and an exit status."""
    open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for locales that lack a letter
    with said_by_the_first():
        options = parser.parse_args(arguments)
    command: Command = options.command

    def show(message: Warning | str, *_: object, **__: object) -> None:
        complain(f"{options.prog}: warning: {plain(message, MESSAGE)}")

    interruption = Interruption(at_once=True)
    try:
        # A command without --language speaks English, whatever the environment says.
        spoken = language(getattr(options, "language", ENGLISH))
        with interruption, warnings.catch_warnings(), spoken:
            warnings.showwarning = show
            return command.run(options)
    except (Exception, KeyboardInterrupt) as error:
        if not isinstance(error, EXPECTED) and not interruption.requested:
            raise
        if options.debug:
            complain(plain_lines(traceback.format_exc()))
        status, message = explained(KeyboardInterrupt() if interruption.requested else error)
        complain(f"{options.prog}: error: {plain(message, MESSAGE)}")
        return status
    finally:
        flush(sys.stdout)


def open_standard_streams() -> None:
    """Open those that whoever started this has closed, to nothing.

    Else a file would get the number of one, and what libraries say there would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free
            os.set_inheritable(nothing, True)  # or the programs that this one starts have none
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)


def explained(error: BaseException) -> tuple[int, str]:
    """The exit status and the sentence for an error."""
    if isinstance(error, OptionError):
        return 2, plain(error.sentence(option_name), MESSAGE)
    if isinstance(error, DigitnetError):
        return 2, str(error)
    if isinstance(error, MemoryError):
        return 1, f"not enough memory: {error}"
    if isinstance(error, KeyboardInterrupt):
        return STATUS, "interrupted before there was anything to keep"
    return 1, str(error)
