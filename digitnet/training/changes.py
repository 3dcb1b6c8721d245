"""Changes: what of a training may become another one while it is under way.

A change counts from the next step on, or from the next epoch, because the batches of this one are
made already.
"""

from dataclasses import dataclass, replace
from typing import Any

from digitnet.data.distortions import STRENGTHS
from digitnet.languages import Sentence
from digitnet.nn import SGD, Adam, Averaged, Constant, Cosine, Dropout, Schedule, StepDecay, WarmUp
from digitnet.training.build import build_batches, build_schedule, lowest_rate
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.underway import Learning

AT_ONCE = ("learning_rate", "momentum", "dropout", "weight_decay")
WITH_THE_NEXT_EPOCH = ("batch_size", *STRENGTHS, "epochs")
LIVE = (*AT_ONCE, *WITH_THE_NEXT_EPOCH)


def change(learning: Learning, name: str, value: Any) -> bool:
    """Change a setting of LIVE; whether it counts from the next step on, else the next epoch.

    The network must have been built to be changeable. What counts from the next epoch does so after
    `renew`. Raises SettingsError, and nothing has changed.
    """
    if name not in LIVE:
        problem = f"expected one of {', '.join(LIVE)} to change while it learns, got {name}"
        raise SettingsError(name, problem)
    settings = replace(learning.settings, **{name: value})
    if name in ("batch_size", "epochs"):
        _check_length(learning, settings, name)
    learning.settings = settings
    if name == "learning_rate":
        _change_rate(learning)
    elif name == "momentum":
        optimizer = learning.optimizer
        followed = optimizer.optimizer if isinstance(optimizer, Averaged) else optimizer
        assert isinstance(followed, SGD | Adam)
        followed.momentum = settings.momentum
    elif name == "dropout":
        for layer in learning.network.layers:
            if isinstance(layer, Dropout):
                layer.rate = settings.dropout
    elif name == "weight_decay":
        learning.objective.weight_decay = settings.weight_decay
    return name in AT_ONCE


def renew(learning: Learning) -> None:
    """Make batches and schedule anew from the settings, between two epochs.

    `learning.records()` has to be asked for again then. From here on each epoch has the learning
    rates that it would have, had the settings been these from the start.
    """
    settings, now = learning.settings, learning.state.progress
    learning.batches = build_batches(
        settings, learning.examples, learning.scaling, len(learning.classes), learning.seed
    )
    steps_per_epoch = len(learning.batches)
    begins_at = (now.epoch - 1) * steps_per_epoch
    learning.schedule = Shifted(build_schedule(settings, steps_per_epoch), begins_at - now.step)


@dataclass
class Shifted:
    """η(s) = schedule(s + by): where the steps so far were more, or fewer, than it counts."""

    schedule: Schedule
    by: int

    def __call__(self, step: int) -> float:
        return self.schedule(step + self.by)


def inner(schedule: Schedule) -> Schedule:
    """The schedule within a WarmUp and a Shifted, or the schedule itself."""
    while isinstance(schedule, WarmUp | Shifted):
        schedule = schedule.schedule
    return schedule


def _check_length(learning: Learning, settings: Settings, name: str) -> None:
    """Raise SettingsError where the number of steps in all cannot become another one."""
    if settings.averaging:
        problem = Sentence("expected it to stay as it is with averaging, which counts steps")
        raise SettingsError(name, problem)
    done = learning.state.progress.epoch - 1
    if settings.epochs < done:
        problem = Sentence(
            "expected at least the {done} epochs that are over, got {got}",
            done=done,
            got=settings.epochs,
        )
        raise SettingsError(name, problem)


def _change_rate(learning: Learning) -> None:
    schedule = inner(learning.schedule)
    assert isinstance(schedule, Constant | StepDecay | Cosine)
    schedule.learning_rate = learning.settings.highest_learning_rate
    if isinstance(schedule, Cosine):
        schedule.lowest = lowest_rate(learning.settings)
