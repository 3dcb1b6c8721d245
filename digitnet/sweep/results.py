"""What a sweep has found: tables of its trials, and the best settings as a file."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from digitnet.report.terminal import Table
from digitnet.sweep.space import Dimension
from digitnet.sweep.study import Sweep, finished
from digitnet.sweep.trial import shown_value
from digitnet.training.runs import versions
from digitnet.training.settings import Settings

BEST, TRIALS = "best.json", "trials.csv"
MOST_ROWS = 10


def complete(study: Study) -> list[FrozenTrial]:
    """The trials that went to their end, the best first."""
    ended = [each for each in finished(study) if each.state is TrialState.COMPLETE]
    return sorted(ended, key=lambda each: (each.value, each.number))


def best_table(study: Study, space: Sequence[Dimension]) -> Table:
    """The best trials, each but once, and what varied in them."""
    trained = [each for each in complete(study) if "as" not in each.user_attrs]
    names = [each.name for each in space]
    rows = [
        (
            str(each.number),
            f"{each.value:.4f}",
            f"{100 * each.user_attrs['accuracy']:.2f} %",
            str(each.user_attrs["epochs"]),
            f"{each.user_attrs['seconds']:.1f}",
            *(shown_value(each.params[name]) for name in names),
        )
        for each in trained[:MOST_ROWS]
    ]
    heads = ("trial", "val. loss", "val. accuracy", "epochs", "seconds", *names)
    return Table("The best trials", heads, rows)


def counts(study: Study) -> str:
    """How many trials there were, in words."""
    done = finished(study)
    whole = sum(each.state is TrialState.COMPLETE for each in done)
    endings = [str(each.user_attrs.get("ending")) for each in done]
    diverged = sum(each.startswith("diverged") for each in endings)
    impossible = sum(each.startswith("impossible") for each in endings)
    pruned = len(done) - whole - diverged - impossible
    parts = {"complete": whole, "pruned": pruned, "diverged": diverged, "impossible": impossible}
    words = ", ".join(f"{n} {name}" for name, n in parts.items() if n)
    return f"{len(done)} trial{'s' * (len(done) != 1)}: {words}"


def best_settings(sweep: Sweep, best: FrozenTrial) -> Settings:
    """All settings of a trial."""
    return replace(sweep.base, **{each.name: each.suggest(_Fixed(best)) for each in sweep.space})


def best_file(study: Study, sweep: Sweep) -> bytes:
    """The settings of the best trial as JSON, which `train --settings` takes, and where from."""
    best = complete(study)[0]
    content = {
        "settings": best_settings(sweep, best).as_dict(),
        "sweep": {
            "name": sweep.name,
            "trials": len(finished(study)),
            "trial": best.number,
            "validation_loss": best.value,
            "validation_accuracy": best.user_attrs["accuracy"],
        },
        "versions": versions(),
    }
    return json.dumps(content, indent=2).encode() + b"\n"


def trials_file(study: Study, space: Sequence[Dimension]) -> bytes:
    """A row of CSV for each trial that is done."""
    names = [each.name for each in space]
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(
        ("trial", "ending", "validation_loss", "validation_accuracy", "epochs", "seconds", *names)
    )
    for each in finished(study):
        known = each.user_attrs
        figures = [known.get(name) for name in ("accuracy", "epochs", "seconds")]
        values = [each.params.get(name) for name in names]
        rows.writerow([each.number, known.get("ending"), each.value, *figures, *values])
    return text.getvalue().encode()


class _Fixed:
    """Gives the values that a trial took."""

    def __init__(self, trial: FrozenTrial) -> None:
        self._params = trial.params

    def suggest_float(self, name: str, *_: Any, **__: Any) -> Any:
        """The number it took."""
        return self._params[name]

    suggest_int = suggest_categorical = suggest_float
