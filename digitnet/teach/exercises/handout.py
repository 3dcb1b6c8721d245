"""An exercise as it is handed out: a file of Python, and a notebook."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from digitnet.errors import DigitnetError
from digitnet.teach.exercises.parts import Exercise


def file_name(exercise: Exercise, ending: str) -> str:
    """exercise-05.py for the fifth."""
    return f"exercise-{exercise.number:02}{ending}"


def write(exercise: Exercise, folder: Path) -> list[Path]:
    """Write both files into a folder. Returns their paths.

    Raises DigitnetError, and writes nothing, if one of them is there already; OSError.
    """
    contents = {".py": as_file(exercise), ".ipynb": as_notebook(exercise)}
    paths = [folder / file_name(exercise, ending) for ending in contents]
    written: list[Path] = []
    try:
        for path, text in zip(paths, contents.values(), strict=True):
            with path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        if isinstance(error, FileExistsError):
            raise DigitnetError(
                f"{error.filename} is there already and is left as it is; rename it, or go to "
                "another folder"
            ) from None
        raise
    return paths


def as_file(exercise: Exercise) -> str:
    """The exercise as a module with a blank."""
    name = file_name(exercise, ".py")
    return (
        f'"""Exercise {exercise.number}: {exercise.title}.\n\n{exercise.text.strip()}\n\n'
        f"{_task(exercise)} Then check it:\n\n"
        f"    digitnet exercise {exercise.number} --check {name}\n\n"
        f'Derived in {exercise.derived}\n"""\n\n'
        f"import numpy as np\n\n\n{exercise.source(exercise.blank)}"
    )


def as_notebook(exercise: Exercise) -> str:
    """The exercise as a notebook, in version 4 of the format, which checks itself."""
    text = (
        f"# Exercise {exercise.number}: {exercise.title}\n\n{exercise.text.strip()}\n\n"
        f"{_task(exercise)} Then run all cells. Derived in `{exercise.derived}`."
    )
    sources = ["import numpy as np\n\nfrom digitnet.teach.exercises import check"]
    sources += [exercise.above.strip()] if exercise.above else []
    sources += [f"{exercise.signature.rstrip()}\n{exercise.blank.strip(chr(10))}"]
    sources += [f"check({exercise.number}, {exercise.name})"]
    cells = [_cell(0, "markdown", text)]
    cells += [_cell(place, "code", source) for place, source in enumerate(sources, start=1)]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _task(exercise: Exercise) -> str:
    if "..." in exercise.blank:
        return "Put your own lines where the three dots are, as many as you like."
    return "Mend it."


def _cell(place: int, kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{place}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell
