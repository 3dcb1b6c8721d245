"""Which hand-ins there are in a folder, whose they are, and of which exercise.

A folder holds a file for each hand-in, or a folder for each student with several. All are read
before any is run, so that none can change another. Links are not followed: one could lead to the
solution, or to a file that is nobody's business.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from digitnet.errors import DigitnetError
from digitnet.languages import available, language, tr
from digitnet.teach.exercises import EXERCISES
from digitnet.teach.exercises.apart import LARGEST
from digitnet.text import plain, unicode_text

ENDINGS = (".py", ".ipynb")
IN_A_NAME = re.compile(r"(?<![^\W_])(?:exercise|ex)[-_. ]*0*([0-9]{1,6})(?![0-9])", re.IGNORECASE)
DEFINED = re.compile(r"^def[ \t]+(\w+)[ \t]*\(|^(\w+)[ \t]*=(?!=)", re.MULTILINE)
BETWEEN = "-_. "
NOT_LOOKED_AT = ("__pycache__", "__MACOSX")
MOST_OF_ONE = 100
"""Files of one student that are looked at."""
MOST = 5_000
"""Hand-ins of a class."""


@dataclass(frozen=True)
class HandIn:
    """A file of a student, to be checked as one exercise.

    name: of the file, beginning at the folder of the class. exercise: its number, None if it is
    not known. problem: why it cannot be checked, "" if it can.
    """

    student: str
    exercise: int | None
    name: str
    content: bytes = b""
    problem: str = ""


def collected(folder: Path, exercise: int | None = None) -> tuple[list[HandIn], list[str]]:
    """The hand-ins in a folder, and what was left out, with the reason.

    exercise: what they are all of; a file whose name says another one is left out.
    Raises DigitnetError if there is no such folder, or no hand-in in it; OSError if it cannot be
    read.
    """
    if not folder.is_dir():
        problem = tr("{folder}: expected a folder with hand-ins, found nothing of this name")
        if folder.exists():
            problem = tr("{folder}: expected a folder with hand-ins, found a file")
        raise DigitnetError(problem.format(folder=folder))
    left_out: list[str] = []
    found = [
        hand_in
        for student, path in _files(folder, left_out)
        for hand_in in _hand_ins(student, path, path.relative_to(folder), exercise, left_out)
    ]
    if not found:
        raise DigitnetError(
            tr(
                "{folder}: expected hand-ins such as anna-exercise-05.py, or a folder for each "
                "student with such files in it; there are none",
                folder=folder,
            )
        )
    if len(found) > MOST:
        raise DigitnetError(
            tr(
                "{folder}: expected at most {most} hand-ins, found {n}",
                folder=folder,
                most=MOST,
                n=len(found),
            )
        )
    return sorted(found, key=lambda each: (each.student.casefold(), each.exercise or 0)), left_out


def _files(folder: Path, left_out: list[str]) -> Iterator[tuple[str, Path]]:
    """The files of Python and notebooks, each with its student's name."""
    for path in _entries(folder):
        if not path.is_dir() or path.is_symlink():
            if _is_hand_in(path, path.name, left_out):
                yield unicode_text(_student(path.stem) or folder.resolve().name), path
            continue
        try:
            entries = _entries(path)
        except OSError as error:
            why = tr("cannot be read: {reason}", reason=error.strerror)
            left_out.append(f"{plain(path.name)}: {why}")
            continue
        own = [each for each in entries if _is_hand_in(each, f"{path.name}/{each.name}", left_out)]
        if not own:
            why = tr("no file of Python or notebook in this folder")
            left_out.append(f"{plain(path.name)}: {why}")
        if len(own) > MOST_OF_ONE:
            more = tr("the first {most} of {n} files are looked at", most=MOST_OF_ONE, n=len(own))
            left_out.append(f"{plain(path.name)}: {more}")
        yield from ((unicode_text(path.name), each) for each in own[:MOST_OF_ONE])


def _entries(folder: Path) -> list[Path]:
    hidden = (".", *NOT_LOOKED_AT)
    return sorted(path for path in folder.iterdir() if not path.name.startswith(hidden))


def _is_hand_in(path: Path, name: str, left_out: list[str]) -> bool:
    if path.suffix.lower() in ENDINGS and (path.is_symlink() or not path.is_dir()):
        return True
    folder = path.is_dir() and not path.is_symlink()
    what = tr("neither a .py nor an .ipynb file")
    if folder:
        what = tr("a folder in a student's folder")
    left_out.append(f"{plain(name)}: {what}")
    return False


def _hand_ins(
    student: str, path: Path, place: Path, asked: int | None, left_out: list[str]
) -> Iterator[HandIn]:
    """One for each exercise that the file is of."""
    name = unicode_text(place.as_posix())
    numbers = [int(each) for each in IN_A_NAME.findall(path.stem)][:1]
    if asked is not None and numbers not in ([], [asked]):
        left_out.append(f"{plain(name)}: " + tr("its name says exercise {n}", n=numbers[0]))
        return
    try:
        content, problem = _content(path), ""
    except (DigitnetError, OSError) as error:
        reason = error if isinstance(error, DigitnetError) else error.strerror
        content, problem = b"", tr("cannot be read: {reason}", reason=reason)
    numbers = [asked] if asked is not None else numbers or functions_in(content, path.suffix)
    if numbers and numbers[0] not in EXERCISES:
        problem = tr(
            "its name says exercise {n}, and there are 1 to {most}",
            n=numbers[0],
            most=len(EXERCISES),
        )
        numbers = []
    if not numbers:
        problem = problem or tr(
            "which exercise is it? Its name does not say it, and it has the function of none; "
            "name it like anna-exercise-05.py, or give --exercise"
        )
        yield HandIn(student, None, name, content, problem)
    for number in numbers:
        yield HandIn(student, number, name, content, problem)


def _content(path: Path) -> bytes:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise DigitnetError(tr("it is a link to another file; put the file itself there"))
    if not stat.S_ISREG(status.st_mode):
        raise DigitnetError(tr("it is no ordinary file"))
    if status.st_size > LARGEST:
        raise DigitnetError(
            tr("it has {n:,} bytes, and at most {most:,} are read", n=status.st_size, most=LARGEST)
        )
    return path.read_bytes()


def _student(stem: str) -> str:
    """What is left of the name of a file without the exercise."""
    return IN_A_NAME.sub("", stem, count=1).strip(BETWEEN)


def functions_in(content: bytes, ending: str) -> list[int]:
    """The exercises whose function is defined, but for what is given above their blanks.

    The text is not parsed: that of a hand-in could be made to take Python's parser very long.
    """
    text = content.decode("utf-8", "replace")
    if ending.lower() == ".ipynb":
        text = _cells(text)
    for given in _given():
        text = text.replace(given, "")
    names = {name for pair in DEFINED.findall(text) for name in pair}
    return [number for number, each in EXERCISES.items() if each.name in names]


@cache
def _given() -> tuple[str, ...]:
    """What stands above the blanks, in each language in which exercises are handed out."""
    found: set[str] = set()
    for name in available():
        with language(name):
            found |= {each.translated().above.strip() for each in EXERCISES.values()}
    return tuple(sorted(found - {""}))


def _cells(text: str) -> str:
    try:
        return "\n".join("".join(each["source"]) for each in json.loads(text)["cells"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
