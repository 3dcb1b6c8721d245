"""The outcome of a job: what was learned, how well it reads, and where all of it is kept."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitnet.errors import Named
from digitnet.languages import Sentence
from digitnet.model import Model
from digitnet.nn import Epoch
from digitnet.report.metrics import Report
from digitnet.training.calibration import Calibration
from digitnet.training.diagnosis import Diagnosis
from digitnet.training.options import LEARNING_RATES
from digitnet.training.state import Ending
from digitnet.training.underway import Learned


@dataclass(frozen=True)
class Kept:
    """Where the files of a run are.

    folder: the run folder. lost: the names of those that could not be written anywhere. rescue: the
    folder among the temporary files that has what `folder` did not take. problem: why it did not.
    resumable: whether a checkpoint is there to go on from.
    """

    folder: Path
    lost: tuple[str, ...]
    rescue: Path | None
    problem: str
    resumable: bool

    @property
    def whole(self) -> bool:
        """Whether the run folder has all of them."""
        return not self.lost and self.rescue is None


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    learned: the model, a record per epoch, and how it ended. report: of the test set; None unless
    the training went to its end. diagnosis: what seems to be the matter; None if all is well.
    """

    learned: Learned
    report: Report | None
    diagnosis: Diagnosis | None
    kept: Kept

    @property
    def model(self) -> Model:
        """The model that was learned, or as far as it was."""
        return self.learned.model

    @property
    def history(self) -> list[Epoch]:
        """A record per epoch."""
        return self.learned.history

    @property
    def ending(self) -> Ending:
        """How the training ended."""
        return self.learned.ending


def how_it_ended(learned: Learned, named: Named = str) -> str:
    """How the training ended, and which weights are kept, in words."""
    config, n_epochs = learned.model.config, len(learned.history)
    kept = _kept_weights(learned)
    if learned.failure:
        return f"The training {learned.failure}. {what_may_converge(config, named)}. Kept: {kept}."
    if learned.ending is Ending.INTERRUPTED:
        return f"Training {learned.ending.value} after {n_epochs} whole epochs. Kept: {kept}."
    if learned.ending is Ending.STOPPED_EARLY:
        return Sentence("Training stopped early. Kept: {kept}.", kept=kept)
    return Sentence("Training completed. Kept: {kept}.", kept=kept)


def what_may_converge(settings: Mapping[str, Any], named: Named = str) -> str:
    """What to try after a training that diverged with these settings, in words."""
    rate, decay = settings["learning_rate"], settings["weight_decay"]
    usual = LEARNING_RATES["sgd"]
    if settings["optimizer"] == "sgd" and usual * decay > 1:  # by which a step goes beyond zero
        return f"Try a lower {named('weight_decay')} (it was {decay:g})"
    return f"Try a lower {named('learning_rate')} (it was {rate:g}) or some {named('warmup')}"


def _kept_weights(learned: Learned) -> str:
    config, n_epochs = learned.model.config, len(learned.history)
    if config["early_stopping"] and learned.best_epoch:
        return Sentence(
            "the weights of epoch {epoch}, with the lowest validation loss",
            epoch=learned.best_epoch,
        )
    if learned.ending is Ending.INTERRUPTED:
        return "the weights after the last batch"
    if config["averaging"] and learned.ending is Ending.COMPLETED:
        return Sentence(
            "the mean of the weights over the last {percent:g} % of the steps",
            percent=100 * config["averaging"],
        )
    if not n_epochs:
        return Sentence("the initial weights")
    return Sentence("the weights of epoch {epoch}", epoch=n_epochs)


def kept_epoch(learned: Learned) -> int:
    """The epoch whose weights are kept, from 1; 0 if it is none's."""
    if learned.model.config["early_stopping"] and learned.best_epoch:
        return learned.best_epoch
    return 0 if learned.ending is Ending.INTERRUPTED else len(learned.history)


def metrics_of(learned: Learned, report: Report, calibration: Calibration | None) -> dict[str, Any]:
    """What the metrics file of a run holds. calibration: on the images held out, if any were."""
    best = learned.history[learned.best_epoch - 1] if learned.best_epoch else None
    return {
        "test": report.as_dict(),
        "training": {
            "ending": learned.ending.value,
            "epochs": len(learned.history),
            "seconds": sum(record.seconds for record in learned.history),
            "last_epoch": _for_json(learned.history[-1]),
            "best_epoch": best and _for_json(best),
        },
        "calibration": calibration and calibration.as_dict(),
    }


def _for_json(record: Epoch) -> dict[str, float | None]:
    """The record with null in place of NaN: where nothing was held out."""
    return {name: None if math.isnan(value) else value for name, value in record._asdict().items()}
