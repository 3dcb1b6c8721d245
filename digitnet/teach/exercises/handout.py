"""An exercise as it is handed out: a file of Python, and a notebook."""

from __future__ import annotations

from pathlib import Path

from digitnet.languages import ENGLISH, current, mark, tr
from digitnet.teach.exercises.new_files import write_new
from digitnet.teach.exercises.notebook import cell, notebook
from digitnet.teach.exercises.parts import Exercise

FILE = mark("""\
Exercise {number}: {title}.

{text}

{task} Then check it:

    {check}

Derived in {derived}
""")
NOTEBOOK = mark("""\
# Exercise {number}: {title}

{text}

{task} {then} Derived in `{derived}`.""")
INSTALL = mark(
    "This notebook needs Python 3.11 or newer, `pip install jupyter`, and digitnet: `pip install "
    ".` in its folder, or `pip install` with the name of the file `digitnet-….whl` that you were "
    "given."
)


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
    usual = f"digitnet exercise {exercise.number} --check {name}"
    usual += "" if current() == ENGLISH else f" --language {current()}"
    text = tr(
        FILE,
        number=exercise.number,
        title=exercise.title,
        text=exercise.text.strip(),
        task=_task(exercise),
        check=check or usual,
        derived=exercise.derived,
    )
    return f'"""{text}"""\n\n{exercise.module(exercise.blank)}'


def as_notebook(exercise: Exercise) -> str:
    """The exercise as a notebook, which checks itself."""
    sources = ["import numpy as np\n\nfrom digitnet.teach.exercises import check"]
    sources += [exercise.above.strip()] if exercise.above else []
    sources += [exercise.alone(exercise.blank).rstrip("\n")]
    sources += [call(exercise)]
    text = told(exercise, tr("Then run all cells."))
    cells = [cell("markdown", f"{text}\n\n{tr(INSTALL)}")]
    return notebook(cells + [cell("code", source) for source in sources])


def call(exercise: Exercise) -> str:
    """The call that checks it, in the language in which it is handed out: check(3, softmax, "de").

    So a notebook in German answers in German on a computer that speaks English.
    """
    language = "" if current() == ENGLISH else f', "{current()}"'
    return f"check({exercise.number}, {exercise.name}{language})"


def told(exercise: Exercise, then: str) -> str:
    """What the pupil reads in a notebook, and what is to be done after the blank is filled."""
    return tr(
        NOTEBOOK,
        number=exercise.number,
        title=exercise.title,
        text=exercise.text.strip(),
        task=_task(exercise),
        then=then,
        derived=exercise.derived,
    )


def _task(exercise: Exercise) -> str:
    if "..." in exercise.blank:
        return tr("Put your own lines where the three dots are, as many as you like.")
    return tr("Mend it.")
