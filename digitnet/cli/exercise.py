"""Exercises, in the order of the walk-through: each is a function with a blank. Without a number,
list them; with one, write it as a file of Python and as a notebook; with --check, say what is
wrong first in a file, or that all is right.

The file that is checked runs in a process of its own, which may take 10 seconds and 2 GB, and may
not write files. Exit status 1 if something is wrong, 2 if it cannot be checked.
"""

import argparse
from pathlib import Path

from digitnet.cli.common import converter
from digitnet.errors import DigitnetError
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.teach.exercises import EXERCISES, Exercise, exercise
from digitnet.teach.exercises.apart import check_file
from digitnet.teach.exercises.handout import write
from digitnet.text import plain_lines

WIDTH = 52
SUMMARY = "exercises that say what is wrong"
USAGE = "[NUMBER] [options]"
EXAMPLES = """
PROG  # list them
PROG 5  # write exercise-05.py and exercise-05.ipynb
PROG 5 --check exercise-05.py  # what is wrong first
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The number, and what to do with the exercise."""
    parser.add_argument(
        "number",
        metavar="NUMBER",
        type=converter(
            f"the number of an exercise, from 1 to {len(EXERCISES)}", int, EXERCISES.__contains__
        ),
        nargs="?",
        help="the exercise to write, or to check",
    )
    daily = parser.add_argument_group("used daily").add_mutually_exclusive_group()
    daily.add_argument(
        "--check", metavar="FILE", type=Path, help="check the function in this .py or .ipynb file"
    )
    daily.add_argument("--solution", action="store_true", help="show a solution")


def run(options: argparse.Namespace) -> int:
    """List, write, check or solve. Returns the exit status."""
    terminal = open_terminal()
    if options.number is None:
        if options.check or options.solution:
            raise DigitnetError("expected the number of the exercise as well: digitnet exercise 5")
        list_all(terminal)
        return 0
    chosen = exercise(options.number)
    if options.check:
        return _check(chosen, options.check, terminal)
    if options.solution:
        terminal.say(chosen.source(chosen.solution).rstrip())
        return 0
    _, notebook = paths = write(chosen, Path())
    terminal.say(f"Exercise {chosen.number}: {chosen.title}")
    terminal.say(f"It is in {paths[0]}, and as a notebook in {notebook}")
    terminal.say(f"Check it: digitnet exercise {chosen.number} --check {paths[0]}")
    return 0


def list_all(terminal: Terminal) -> None:
    """The exercises by number, with the function that each is about."""
    for number, each in EXERCISES.items():
        terminal.say(f"{number:2}  {each.title:{WIDTH}}{each.name}")
    terminal.say("\nWrite the first: digitnet exercise 1")


def _check(chosen: Exercise, path: Path, terminal: Terminal) -> int:
    answer = check_file(chosen.number, path)
    terminal.say(plain_lines(str(answer.verdict)))
    if answer.printed.strip():
        terminal.say(f"\nIt printed:\n\n{plain_lines(answer.printed.rstrip())}")
    return 0 if answer.verdict.passed else 1
