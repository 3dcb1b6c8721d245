"""The study of a sweep: what all of its processes have in common, as Optuna keeps it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna import Study
from optuna.pruners import MedianPruner
from optuna.storages import fail_stale_trials
from optuna.trial import FrozenTrial, TrialState

from digitnet.data import Examples
from digitnet.errors import DigitnetError
from digitnet.sweep.sampler import Replayed
from digitnet.sweep.space import Dimension
from digitnet.sweep.storage import open_storage
from digitnet.training.settings import Settings

DONE = (TrialState.COMPLETE, TrialState.PRUNED)
ABOUT = "digitnet"
"""The attribute of a study that says what it is about."""
PATIENT_TRIALS, PATIENT_EPOCHS = 5, 2
"""Trials that must be complete before one is pruned, and its first epochs, which never are."""


@dataclass(frozen=True)
class Sweep:
    """What all processes of a sweep have in common.

    space: what varies; base: all other settings. n_trials: in all. url: of the database, or None
    for a journal in the folder. about: what must be alike for a sweep to be gone on with.
    """

    name: str
    folder: Path
    url: str | None
    space: tuple[Dimension, ...]
    base: Settings
    n_trials: int
    about: str


@dataclass(frozen=True)
class Material:
    """What is learned from, and what all trials are judged by."""

    examples: Examples
    held_out: Examples
    classes: tuple[str, ...]


@contextmanager
def open_study(sweep: Sweep) -> Iterator[Study]:
    """The study of a sweep, made if it is not there. Raises DigitnetError if it is another."""
    with open_storage(sweep.folder, sweep.url) as storage:
        study = optuna.create_study(
            storage=storage,
            study_name=sweep.name,
            sampler=Replayed(sweep.base.seed),
            pruner=MedianPruner(PATIENT_TRIALS, PATIENT_EPOCHS),
            load_if_exists=True,
        )
        if ABOUT not in study.user_attrs and not study.get_trials(deepcopy=False):
            study.set_user_attr(ABOUT, sweep.about)
        if study.user_attrs.get(ABOUT) != sweep.about:
            raise DigitnetError(
                f"--name: the storage has another sweep under the name {sweep.name}, with other "
                "settings, data or --vary"
            )
        yield study


def finished(study: Study) -> list[FrozenTrial]:
    """The trials that are done."""
    return study.get_trials(deepcopy=False, states=DONE)


def running(study: Study) -> list[FrozenTrial]:
    """Those that somebody trains."""
    fail_stale_trials(study)
    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
