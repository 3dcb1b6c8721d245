"""The hand-ins of a class, checked one after the other: which exercises are right, and what is
wrong first in the others. FOLDER holds a file for each hand-in, such as anna-exercise-05.py or
.ipynb, or a folder for each student with several of them.

Each runs in a process of its own, as with `digitnet exercise --check`, and is judged outside of it.
The grades are in grades.csv, for a spreadsheet, and grades.html, to read and to print. Exit status
1 if a hand-in could not be judged, such as one of an unknown exercise; the others are. Ctrl-C ends
it, with the exit status 130; what has been judged until then is written.
"""

import argparse
from pathlib import Path

from digitnet.cli.common import add_language_option, converter
from digitnet.cli.paths import usable
from digitnet.errors import DigitnetError
from digitnet.files.writing import replace
from digitnet.languages import tr
from digitnet.report.terminal import Table, Terminal, open_terminal
from digitnet.teach.exercises import EXERCISES
from digitnet.teach.exercises.apart import SECONDS
from digitnet.teach.grades import (
    Grade,
    HandIn,
    as_csv,
    as_html,
    best,
    collected,
    in_short,
    judged,
    with_unreached,
)
from digitnet.teach.grades.judging import NOT_REACHED
from digitnet.teach.grades.table import counted
from digitnet.text import plain
from digitnet.training.interruption import STATUS

SUMMARY = "check the hand-ins of a class"
USAGE = "FOLDER [options]"
EXAMPLES = """
PROG hand-ins  # grades/grades.csv and grades/grades.html
PROG hand-ins --exercise 5  # all are of exercise 5, whatever they are called
PROG hand-ins --out monday  # the grades into another new folder
"""
LONGEST_S = 600.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where the hand-ins are, of what they are, and where the grades go."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the folder of the hand-ins")
    daily = parser.add_argument_group("used daily")
    daily.add_argument(
        "--exercise",
        metavar="NUMBER",
        type=converter(
            f"the number of an exercise, from 1 to {len(EXERCISES)}", int, EXERCISES.__contains__
        ),
        help="what the hand-ins are of; those that are called otherwise are left out (default: "
        "what their names say, or the functions in them)",
    )
    daily.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=Path("grades"),
        help="a new folder for the grades (default: grades)",
    )
    daily.add_argument(
        "--seconds",
        metavar="S",
        type=converter(
            f"a number of seconds from 0.1 to {LONGEST_S:g}", float, lambda s: 0.1 <= s <= LONGEST_S
        ),
        default=SECONDS,
        help=f"that a hand-in may take for each exercise (default: {SECONDS:g})",
    )
    add_language_option(daily)


def run(options: argparse.Namespace) -> int:
    """Judge all, write the grades, and say them in short. Returns the exit status."""
    terminal = open_terminal()
    with usable(options.folder, "read"):
        hand_ins, left_out = collected(options.folder, options.exercise)
    with usable(options.out, "written"):
        make_folder(options.out)
    grades = _judge(hand_ins, options.seconds, terminal)
    interrupted = len(grades) < len(hand_ins)
    kept = best(with_unreached(grades, hand_ins))
    with usable(options.out, "written"):
        replace(options.out / "grades.csv", as_csv(kept))
        replace(options.out / "grades.html", as_html(kept, left_out))
    terminal.show(Table(tr("Grades"), *in_short(kept)))
    _say_the_rest(kept, left_out, options.out, terminal)
    if interrupted:
        terminal.say(
            tr(
                "Interrupted: {count} of {total} files were judged; the others are in both as not "
                "judged",
                count=len(grades),
                total=len(hand_ins),
            )
        )
        return STATUS
    return 0 if all(each.is_judged for each in kept) else 1


def _judge(hand_ins: list[HandIn], seconds: float, terminal: Terminal) -> list[Grade]:
    """The grades of all, or of those before an interruption. Raises KeyboardInterrupt if it comes
    before the first."""
    grades: list[Grade] = []
    try:
        for place, each in enumerate(hand_ins, start=1):
            grades.append(judged(each, seconds))
            terminal.say(f"{place}/{len(hand_ins)} {_line(grades[-1])}")
    except KeyboardInterrupt:
        if not grades:
            raise
    return grades


def make_folder(folder: Path) -> None:
    """A new or empty folder, made before anything is judged. Raises DigitnetError or OSError."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise DigitnetError(
            tr("--out: expected a folder, and {folder} is something else", folder=folder)
        )
    if folder.exists() and any(folder.iterdir()):
        raise DigitnetError(
            tr(
                "--out: expected a new or an empty folder, and there is something in {folder}; "
                "give another with --out",
                folder=folder,
            )
        )
    folder.mkdir(parents=True, exist_ok=True)


def _line(grade: Grade) -> str:
    name = plain(grade.name)
    what = tr("exercise {number}", number=grade.exercise) if grade.exercise else name
    failed = f" ({tr(grade.failed_first)})" if grade.is_judged and not grade.passed else ""
    return f"{plain(grade.student)}, {what}: {tr(grade.word)}{failed}, {grade.seconds:.1f} s"


def _say_the_rest(
    grades: list[Grade], left_out: list[str], folder: Path, terminal: Terminal
) -> None:
    terminal.say(f"\n{counted(grades)}")
    for each in grades:
        if not each.is_judged and each.message != tr(NOT_REACHED):
            terminal.say(tr("Not judged: {name}: {why}", name=plain(each.name), why=each.message))
    for text in left_out:
        terminal.say(tr("Left out: {text}", text=text))
    if any(each.fenced is False for each in grades):
        terminal.say(
            tr(
                "Here the kernel does not keep hand-ins from files and connections; Python alone "
                "does. docs/exercises.md says what that means"
            )
        )
    terminal.say(
        tr(
            "What is wrong in each: {page}; a table: grades.csv beside it",
            page=folder / "grades.html",
        )
    )
