"""The outcome of a sweep: shown on the terminal, and kept in its folder."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from optuna import Study

from digitnet.files.writing import replace
from digitnet.report.canvas import DrawingError, as_png
from digitnet.report.terminal import Terminal
from digitnet.sweep import figures
from digitnet.sweep.results import (
    BEST,
    TRIALS,
    best_file,
    best_table,
    complete,
    counts,
    trials_file,
)
from digitnet.sweep.storage import BEATS
from digitnet.sweep.study import Sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def show(study: Study, sweep: Sweep, terminal: Terminal) -> bool:
    """Show the best trials, and write all files; whether there is a best one."""
    folder = sweep.folder
    if complete(study):
        terminal.show(best_table(study, sweep.space))
    terminal.say(f"\n{counts(study)}")
    replace(folder / TRIALS, trials_file(study, sweep.space))
    shutil.rmtree(folder / BEATS, ignore_errors=True)
    if not complete(study):
        terminal.say("No trial went to its end.")
        return False
    replace(folder / BEST, best_file(study, sweep))
    draw(study, sweep, terminal)
    terminal.say(f"\nFigures and all trials are in {folder}")
    terminal.say(f"Train with the best: digitnet train --settings {folder / BEST}")
    return True


def draw(study: Study, sweep: Sweep, terminal: Terminal) -> None:
    """Draw all figures that there are. One that cannot be drawn costs a sentence."""
    shares = figures.importances(study)
    drawings: dict[str, Callable[[], Figure]] = {
        "history.png": lambda: figures.history(study),
        "parallel-coordinates.png": lambda: figures.parallel_coordinates(study, sweep.space),
    }
    if shares:
        drawings["importance.png"] = lambda: figures.importance(shares)
    for name, drawing in drawings.items():
        _draw(sweep.folder / name, drawing, terminal)


def _draw(path: Path, drawing: "Callable[[], Figure]", terminal: Terminal) -> None:
    try:
        replace(path, as_png(drawing))
    except DrawingError as error:
        terminal.say(f"{path.name} {error}")
