"""One trial of a sweep, as Optuna calls it: a training that is given up where it lags behind."""

import math
from dataclasses import replace
from functools import partial
from typing import Any

from optuna import Trial, TrialPruned
from optuna.trial import FrozenTrial, TrialState

from digitnet.errors import DigitnetError
from digitnet.nn import Epoch, Step
from digitnet.sweep.study import Material, Sweep, finished, running
from digitnet.training.build import check_size
from digitnet.training.learning import learn
from digitnet.training.outcome import kept_epoch
from digitnet.training.state import Ending
from digitnet.training.underway import Learned


class NotNeededError(Exception):
    """Others have begun enough trials already."""


class Training:
    """One trial, as Optuna calls it. told: what came of it."""

    def __init__(self, sweep: Sweep, material: Material) -> None:
        self._sweep, self._material = sweep, material
        self.told: str | None = None

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
        self.told = f"trial {trial.number}: {told}; {what}"
        return loss

    def _check_needed(self, trial: Trial) -> None:
        """Raise NotNeededError if those that are done, or were begun before it, suffice.

        Whoever looks: of processes that begin trials at the same moment, the same ones go on.
        """
        study = trial.study
        before = [each for each in running(study) if each.number < trial.number]
        if len(finished(study)) + len(before) >= self._sweep.n_trials:
            raise NotNeededError

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
                observers=[partial(_follow, trial, settings.epochs)],
            )
        except (DigitnetError, MemoryError) as error:
            raise _given_up(trial, f"impossible ({str(error) or 'not enough memory'})") from error
        return _result(trial, learned)


def _follow(trial: Trial, n_epochs: int, record: Step | Epoch) -> None:
    """Report the validation loss of each epoch.

    Raises TrialPruned if it lags behind, but after the last of its epochs, when nothing is saved.
    """
    if not isinstance(record, Epoch) or not math.isfinite(record.validation_loss):
        return
    trial.report(record.validation_loss, record.epoch)
    if record.epoch < n_epochs and trial.should_prune():
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
