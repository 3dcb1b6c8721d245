"""An exercise as it is handed out: a file of Python, and a notebook."""

from __future__ import annotations

from pathlib import Path

from digitnet.teach.exercises.new_files import write_new
from digitnet.teach.exercises.notebook import cell, notebook
from digitnet.teach.exercises.parts import Exercise


def file_name(exercise: Exercise, ending: str = "") -> str:
    """exercise-05.py for the fifth."""
    return f"exercise-{exercise.number:02}{ending}"


def write(exercise: Exercise, folder: Path) -> list[Path]:
    """Write both files into a folder. Returns their paths.

    Raises DigitnetError, and writes nothing, if one of them is there already; OSError.
    """
    files = {".py": as_file(exercise), ".ipynb": as_notebook(exercise)}
    named = {file_name(exercise, ending): text for ending, text in files.items()}
    return write_new(folder, named)


def as_file(exercise: Exercise, check: str = "") -> str:
    """The exercise as a module with a blank.

    check: the command that checks it, if that is not the usual one.
    """
    name = file_name(exercise, ".py")
    check = check or f"digitnet exercise {exercise.number} --check {name}"
    return (
        f'"""Exercise {exercise.number}: {exercise.title}.\n\n{exercise.text.strip()}\n\n'
        f"{_task(exercise)} Then check it:\n\n"
        f"    {check}\n\n"
        f'Derived in {exercise.derived}\n"""\n\n'
        f"{exercise.module(exercise.blank)}"
    )


def as_notebook(exercise: Exercise) -> str:
    """The exercise as a notebook, which checks itself."""
    sources = ["import numpy as np\n\nfrom digitnet.teach.exercises import check"]
    sources += [exercise.above.strip()] if exercise.above else []
    sources += [exercise.alone(exercise.blank).rstrip("\n")]
    sources += [f"check({exercise.number}, {exercise.name})"]
    cells = [cell("markdown", told(exercise, "Then run all cells."))]
    return notebook(cells + [cell("code", source) for source in sources])


def told(exercise: Exercise, then: str) -> str:
    """What the pupil reads in a notebook, and what is to be done after the blank is filled."""
    return (
        f"# Exercise {exercise.number}: {exercise.title}\n\n{exercise.text.strip()}\n\n"
        f"{_task(exercise)} {then} Derived in `{exercise.derived}`."
    )


def _task(exercise: Exercise) -> str:
    if "..." in exercise.blank:
        return "Put your own lines where the three dots are, as many as you like."
    return "Mend it."
