"""Exercises, in the order of the walk-through: each is a function with a blank. Without a number,
list them; with one, write it as a file of Python and as a notebook; with --check, say what is
wrong first in a file, or that all is right. With --export, write it, or without a number all, for
pytest, nbgrader or Otter-Grader.

The file that is checked runs in a process of its own, which may take 10 seconds and 2 GB, and may
not write files. Exit status 1 if something is wrong, 2 if it cannot be checked.
"""

import argparse
from pathlib import Path

from digitnet.cli.common import add_language_option, converter
from digitnet.cli.paths import usable
from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.teach.exercises import EXERCISES, Exercise, exercise
from digitnet.teach.exercises.apart import check_content, content_of
from digitnet.teach.exercises.handout import write
from digitnet.teach.exports import SYSTEMS, export
from digitnet.text import plain_lines, shown
from digitnet.training.spelling import suggestion

WIDTH = 52
SUMMARY = "exercises that say what is wrong"
USAGE = "[NUMBER] [options]"
EXAMPLES = """
PROG  # list them
PROG 5  # write it, as .py and as .ipynb
PROG 5 --check exercise-05.py  # what is wrong first
PROG 5 --solution  # a file that passes
PROG --export nbgrader course  # all, as a course of nbgrader
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
    group = parser.add_argument_group("used daily")
    daily = group.add_mutually_exclusive_group()
    daily.add_argument(
        "--check", metavar="FILE", type=Path, help="check the function in this .py or .ipynb file"
    )
    daily.add_argument("--solution", action="store_true", help="show a solution")
    daily.add_argument(
        "--export",
        metavar=("SYSTEM", "FOLDER"),
        nargs=2,
        help="write the exercise, or all, into a folder for pytest, nbgrader or otter; no file is "
        "written over",
    )
    add_language_option(group)


def run(options: argparse.Namespace) -> int:
    """List, write, check, solve or export. Returns the exit status."""
    terminal = open_terminal()
    if options.export:
        name, folder = options.export
        _export(name, folder, options.number, terminal)
        return 0
    if options.number is None:
        if options.check or options.solution:
            raise DigitnetError(
                tr("expected the number of the exercise as well: digitnet exercise 5")
            )
        list_all(terminal)
        return 0
    chosen = exercise(options.number)
    if options.check:
        return _check(chosen, options.check, terminal)
    if options.solution:
        terminal.say(chosen.module(chosen.solution).rstrip())
        return 0
    with usable(Path.cwd(), "written to"):
        _, notebook = paths = write(chosen, Path())
    terminal.say(tr("Exercise {number}: {title}", number=chosen.number, title=chosen.title))
    terminal.say(
        tr("It is in {file}, and as a notebook in {notebook}", file=paths[0], notebook=notebook)
    )
    command = f"digitnet exercise {chosen.number} --check {paths[0]}"
    terminal.say(tr("Check it: {command}", command=command))
    return 0


def list_all(terminal: Terminal) -> None:
    """The exercises by number, with the function that each is about."""
    for number, each in EXERCISES.items():
        terminal.say(f"{number:2}  {tr(each.title):{WIDTH}}{each.name}")
    terminal.say("\n" + tr("Write the first: digitnet exercise 1"))


def _check(chosen: Exercise, path: Path, terminal: Terminal) -> int:
    with usable(path, "read"):
        content = content_of(path)
    answer = check_content(chosen.number, path.name, content)
    terminal.say(plain_lines(str(answer.verdict)))
    if answer.printed.strip():
        heading = tr("It printed:")
        terminal.say(f"\n{heading}\n\n{plain_lines(answer.printed.rstrip())}")
    return 0 if answer.verdict.passed else 1


def _export(name: str, folder: str, number: int | None, terminal: Terminal) -> None:
    """Write one exercise or all for a system, and say what comes next. Raises DigitnetError."""
    if name not in SYSTEMS:
        raise DigitnetError(
            tr(
                "argument --export: expected one of {names}, then a folder; got {got}{hint}",
                names=", ".join(SYSTEMS),
                got=shown(name),
                hint=suggestion(name, SYSTEMS),
            )
        )
    if number is None and folder.isdecimal():
        command = f"digitnet exercise {folder} --export {name} FOLDER"
        raise DigitnetError(
            tr(
                "argument --export: expected a folder, got {folder}; the number of an exercise "
                "comes first: {command}",
                folder=folder,
                command=command,
            )
        )
    chosen = [exercise(each) for each in (EXERCISES if number is None else [number])]
    with usable(Path(folder), "written"):
        export(SYSTEMS[name], chosen, Path(folder))
    told = {"folder": folder, "name": name, "n": number or len(chosen)}
    if number:
        terminal.say(tr("Exercise {n} is in {folder}, for {name}. Go on with", **told))
    else:
        terminal.say(tr("All {n} exercises are in {folder}, for {name}. Go on with", **told))
    terminal.say(f"    {SYSTEMS[name].next_command(chosen[0], Path(folder))}")
