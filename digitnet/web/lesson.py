"""Lesson: what a page of the course asks, answered in the visitor's browser, where Pyodide runs it.

    lesson = Lesson(folder)                # with the digits that course/writing.py has put there
    frame = lesson.ask(frame)

    figure   {name, settings}     what the figure shows: digitnet.teach.figures
    check    {number, source}     passed, text, printed: the verdict on a pupil's Python

Each question is a frame (frames.py) and gets one, of the same name; `error` with a message if it
cannot be answered. There is no limit of time in here: course/engine.js ends the worker.
"""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.teach.exercises import check, exercise
from digitnet.teach.exercises.limits import Ended
from digitnet.teach.exercises.loading import Problem, function_of, place_of
from digitnet.teach.exercises.printed import Printed
from digitnet.teach.figures import FIGURES, Material, answer
from digitnet.text import shown
from digitnet.web.frames import packed, unpacked

DIGITS = "digits.npz"
NAME = "your code"
"""How a verdict speaks of what the pupil wrote."""


class Lesson:
    """Answers questions one at a time. folder: where DIGITS is, which are read when they are
    needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def material(self) -> Material:
        """The digits that figures look at."""
        with np.load(self._folder / DIGITS, allow_pickle=False) as arrays:
            return Material(arrays["images"], arrays["labels"])

    def ask(self, frame: bytes | memoryview) -> bytes:
        """The answer to a question, as a frame."""
        name = ""
        try:
            question = unpacked(bytes(frame))
            name = str(question.name)[:40]
            fields = question.fields if type(question.fields) is dict else {}
            if name == "figure":
                return self._figure(fields.get("name"), fields.get("settings"))
            if name == "check":
                told = checked(fields.get("number"), fields.get("source"))
                return packed("check", told, {})
            raise DigitnetError(f"expected figure or check, got {shown(name)}")
        except DigitnetError as error:
            return packed("error", {"command": name, "message": str(error)}, {})

    def _figure(self, name: Any, settings: Any) -> bytes:
        if type(settings) is not dict:
            raise DigitnetError(f"figure: expected settings by name, got {shown(settings)}")
        shows = answer(str(name), settings, self.material)
        figure = FIGURES[str(name)]
        about = {
            "name": name,
            "title": figure.title,
            "controls": [each.as_dict() for each in figure.controls],
            "settings": figure.complete(settings),
            "text": shows.text,
        }
        return packed("figure", about | shows.fields, shows.arrays)


def checked(number: Any, source: Any) -> dict[str, Any]:
    """The verdict on a pupil's Python, as `check` answers it. Raises DigitnetError."""
    if type(number) is not int or type(source) is not str:
        raise DigitnetError(
            f"check: expected the number of an exercise, and text, got {shown(number)} and "
            f"{shown(source)}"
        )
    asked, printed = exercise(number), Printed()
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            verdict = check(number, function_of(source.encode(), NAME, asked.name))
        passed, text = verdict.passed, str(verdict)
    except Problem as problem:
        passed, text = False, f"{NAME}{problem}"
    except (Ended, KeyboardInterrupt) as error:
        place = place_of(error, NAME)
        words = str(error) or "stops the check"
        passed, text = False, f"{NAME}{f', {place},' if place else ''} {words}"
    return {"passed": passed, "text": text[:1].upper() + text[1:], "printed": printed.text}
