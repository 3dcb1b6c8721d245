"""The trials of a sweep: one training at a time, by as many processes as there are, up to a number.

A trial is done if its training went to its end, was pruned because it lagged behind, or diverged.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import optuna
from optuna import Study, Trial, TrialPruned
from optuna.exceptions import UpdateFinishedTrialError
from optuna.pruners import MedianPruner
from optuna.storages import fail_stale_trials
from optuna.trial import FrozenTrial, TrialState

from digitnet.data import Examples
from digitnet.errors import DigitnetError
from digitnet.nn import Epoch, Step
from digitnet.sweep.sampler import Replayed
from digitnet.sweep.space import Dimension
from digitnet.sweep.storage import open_storage
from digitnet.training.build import check_size
from digitnet.training.learning import learn
from digitnet.training.outcome import kept_epoch
from digitnet.training.settings import Settings
from digitnet.training.state import Ending
from digitnet.training.underway import Learned
from digitnet.workers import Workers

DONE = (TrialState.COMPLETE, TrialState.PRUNED)
ABOUT = "digitnet"
"""The attribute of a study that says what it is about."""
PATIENT_TRIALS, PATIENT_EPOCHS = 5, 2
"""Trials that must be complete before one is pruned, and its first epochs, which never are."""
LOOKS_EVERY_S = 0.5


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


def carry_out(
    sweep: Sweep, material: Material, workers: Workers, say: Callable[[str], None]
) -> None:
    """Train until so many trials are done, by whomever. say: is told of each that is done here."""
    waiting = False
    with open_study(sweep) as study:
        while (n_left := sweep.n_trials - len(finished(study))) > 0:
            room = n_left - len(running(study))
            if room > 0:
                for told in workers.each(one_trial, range(room), sweep, material):
                    if told:
                        say(told)
                continue
            if not waiting:
                say("Waiting for trials that other processes train, or have left behind.")
            waiting = True
            time.sleep(LOOKS_EVERY_S)


def one_trial(_: int, sweep: Sweep, material: Material) -> str | None:
    """Train one network, if one is left to be; returns what came of it, in a sentence."""
    with open_study(sweep) as study:
        if len(finished(study)) + len(running(study)) >= sweep.n_trials:
            return None
        training = Training(sweep, material)
        try:
            study.optimize(training, n_trials=1, catch=_NotNeededError)
        except ValueError:  # "Cannot tell a FAIL trial"
            if not training.lost:
                raise
        return training.told and f"{training.told} [{len(finished(study))} of {sweep.n_trials}]"


class _NotNeededError(Exception):
    """Others have begun enough trials already."""


class Training:
    """One trial, as Optuna calls it. told: what came of it. lost: another process has taken it for
    one that was killed, perhaps because this one was stopped for long."""

    def __init__(self, sweep: Sweep, material: Material) -> None:
        self._sweep, self._material = sweep, material
        self.told: str | None = None
        self.lost = False

    def __call__(self, trial: Trial) -> float:
        """The validation loss. Raises TrialPruned if it is not worth going on, or impossible."""
        self._check_needed(trial)
        values = {each.name: each.suggest(trial) for each in self._sweep.space}
        what = ", ".join(f"{name} {shown_value(value)}" for name, value in trial.params.items())
        try:
            loss, told = self._train(trial, values)
        except TrialPruned as pruned:
            self.told = f"trial {trial.number}: {pruned}; {what}"
            raise
        except UpdateFinishedTrialError:
            self.lost = True
            raise
        self.told = f"trial {trial.number}: {told}; {what}"
        return loss

    def _check_needed(self, trial: Trial) -> None:
        """Raise _NotNeededError if those that are done, or were begun before it, suffice.

        Whoever looks: of processes that begin trials at the same moment, the same ones go on.
        """
        study = trial.study
        before = [each for each in running(study) if each.number < trial.number]
        if len(finished(study)) + len(before) >= self._sweep.n_trials:
            raise _NotNeededError

    def _train(self, trial: Trial, values: dict[str, Any]) -> tuple[float, str]:
        alike = next((each for each in finished(trial.study) if each.params == trial.params), None)
        if alike:  # a training with the same settings gives the same
            return _repeat(trial, alike)
        material = self._material
        try:
            settings = replace(self._sweep.base, **values)
            check_size(settings, material.examples, len(material.classes))
            learned = learn(
                settings,
                material.examples,
                material.held_out,
                material.classes,
                observers=[lambda record: _follow(trial, record)],
            )
        except (DigitnetError, MemoryError) as error:
            raise _given_up(trial, f"impossible ({error or 'not enough memory'})") from error
        return _result(trial, learned)


def _follow(trial: Trial, record: Step | Epoch) -> None:
    """Report the validation loss of each epoch. Raises TrialPruned if it lags behind."""
    if not isinstance(record, Epoch) or not math.isfinite(record.validation_loss):
        return
    trial.report(record.validation_loss, record.epoch)
    if trial.should_prune():
        loss = f"validation loss {record.validation_loss:.4f}"
        raise _given_up(trial, f"pruned after epoch {record.epoch} ({loss})")


def _result(trial: Trial, learned: Learned) -> tuple[float, str]:
    """The loss of the weights that are kept, and all in words. Raises TrialPruned."""
    if learned.ending is Ending.DIVERGED:
        raise _given_up(trial, f"diverged in epoch {len(learned.history) + 1}")
    kept = learned.history[kept_epoch(learned) - 1]
    if not math.isfinite(kept.validation_loss):
        raise _given_up(trial, "diverged: the validation loss is not finite")
    trial.set_user_attr("accuracy", kept.validation_accuracy)
    trial.set_user_attr("epochs", len(learned.history))
    trial.set_user_attr("seconds", sum(record.seconds for record in learned.history))
    trial.set_user_attr("ending", learned.ending.value)
    reads = f"reads {100 * kept.validation_accuracy:.2f} %"
    return kept.validation_loss, f"validation loss {kept.validation_loss:.4f}, {reads}"


def _given_up(trial: Trial, why: str) -> TrialPruned:
    trial.set_user_attr("ending", why)
    return TrialPruned(why)


def _repeat(trial: Trial, alike: FrozenTrial) -> tuple[float, str]:
    """What an earlier trial with the same settings gave. Raises TrialPruned if it was pruned."""
    for name, value in {**alike.user_attrs, "as": alike.number}.items():
        trial.set_user_attr(name, value)
    for epoch, loss in alike.intermediate_values.items():
        trial.report(loss, epoch)
    if alike.state is TrialState.PRUNED or alike.value is None:
        raise TrialPruned(f"as trial {alike.number}, {alike.user_attrs.get('ending')}")
    return alike.value, f"as trial {alike.number}, validation loss {alike.value:.4f}"


def shown_value(value: Any) -> str:
    """A value of a trial as people read it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
