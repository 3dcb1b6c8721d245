"""Trainings that differ in one thing, or two, side by side; judged on the validation set."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from digitnet.data import Dataset, hold_out
from digitnet.errors import DigitnetError
from digitnet.report.axes import accuracy_axis, epoch_axis, loss_axis
from digitnet.report.canvas import new_figure
from digitnet.training.diagnosis import Diagnosis, diagnose
from digitnet.training.learning import learn
from digitnet.training.named import settings_by_name, value_of
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.spelling import suggestion
from digitnet.training.state import Ending
from digitnet.training.underway import Learned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_VARIANTS = 24
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#767676")
MARKERS = "osv^D*P"


@dataclass(frozen=True)
class Varied:
    """A setting and the values that it takes in turn, with the texts they were given as."""

    name: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Variant:
    """One training of a comparison: what is special about it, and all its settings."""

    label: str
    settings: Settings


def parse_varied(text: str) -> Varied:
    """Read NAME=VALUE,VALUE,…: a setting, with - or _ in its name, and the values it takes.

    Where a value is itself a list, + joins it: hidden=32,128,256+128; "none" is an empty list, or
    an option that is off. Raises DigitnetError.
    """
    name, equals, values = text.partition("=")
    by_name = settings_by_name()
    known = ", ".join(each.name for each in fields(Settings))
    each = by_name.get(name.strip().replace("-", "_"))
    if each is None or not equals:
        hint = suggestion(name, by_name) if each is None else ""
        raise DigitnetError(
            f"expected NAME=VALUE,VALUE,… with a name among {known}, got {text!r}{hint}"
        )
    texts = tuple(value.strip() for value in values.split(","))
    parsed = tuple(value_of(each, value) for value in texts)
    if len(set(parsed)) < len(parsed):
        raise DigitnetError(f"{each.name}: expected each value once, got {values!r}")
    return Varied(each.name, parsed, texts)


def variants(base: Settings, varied: Sequence[Varied]) -> list[Variant]:
    """All combinations of the values. Raises DigitnetError if there are too many, or one is not."""
    names = [each.name for each in varied]
    if len(set(names)) < len(names):
        raise DigitnetError(f"expected each setting to vary once, got {', '.join(names)}")
    combinations = list(
        itertools.product(*(list(zip(each.values, each.texts, strict=True)) for each in varied))
    )
    if not 1 <= len(combinations) <= MOST_VARIANTS:
        raise DigitnetError(
            f"expected at most {MOST_VARIANTS} combinations of values, got {len(combinations)}"
        )
    result = []
    for combination in combinations:
        changes = {name: value for name, (value, _) in zip(names, combination, strict=True)}
        label = ", ".join(
            f"{name} {text}" for name, (_, text) in zip(names, combination, strict=True)
        )
        result.append(Variant(label, replace(base, **changes)))
        check_comparable(result[-1].settings)
    return result


def check_comparable(settings: Settings) -> None:
    """Raise SettingsError if nothing would be held out to judge the training by."""
    if not settings.validation_fraction:
        raise SettingsError(
            "validation_fraction",
            "expected more than 0, because comparisons are judged by what is held out",
        )


def train_variant(variant: Variant, data: Dataset) -> tuple[Learned, Diagnosis | None]:
    """Train one variant on the training part of the data, less what is held out."""
    settings = variant.settings
    examples, held_out = hold_out(data.train, settings.validation_fraction, settings.seed)
    learned = learn(settings, examples, held_out, data.classes)
    return learned, diagnose(learned, held_out, examples)


def difference(varied: Sequence[Varied], base: Settings) -> str:
    """What differed, in one line."""
    parts = [f"{each.name} ({', '.join(each.texts)})" for each in varied]
    names = {each.name for each in varied}
    alike = "" if "seed" in names else f", seed {base.seed} among it"
    if not names & {"seed", "validation_fraction"}:
        alike = f", seed {base.seed} and the images held out among it"
    return f"What differed: {' and '.join(parts)}; all else was alike{alike}."


def ending(learned: Learned, diagnosis: Diagnosis | None = None) -> str:
    """How a training ended, in a few words."""
    if learned.ending is Ending.DIVERGED:
        return f"diverged in epoch {len(learned.history) + 1}"
    word: str = learned.ending.value
    return f"{word}, {diagnosis.verdict}" if diagnosis else word


def draw(results: Sequence[tuple[Variant, Learned]], title: str) -> "Figure":
    """All curves in one figure: loss of training and validation, accuracy of validation."""
    labels = [
        variant.label + (f" ({ending(learned)})" if learned.ending is Ending.DIVERGED else "")
        for variant, learned in results
    ]
    n_columns = max(1, 140 // (max(map(len, labels)) + 6))
    figure = new_figure(11, 4.0 + 0.2 * math.ceil(len(labels) / n_columns))
    axes = figure.subplots(1, 3)
    for number, (label, (_, learned)) in enumerate(zip(labels, results, strict=True)):
        style = {
            "color": COLOURS[number % len(COLOURS)],
            "marker": MARKERS[number % len(MARKERS)],
            "linestyle": ("-", "--", ":")[number // len(COLOURS) % 3],
            "markersize": 4,
        }
        epochs = [record.epoch for record in learned.history]
        series: tuple[list[float], ...] = (
            [record.train_loss for record in learned.history],
            [record.validation_loss for record in learned.history],
            [100 * record.validation_accuracy for record in learned.history],
        )
        for panel, values in zip(axes, series, strict=True):
            panel.plot(epochs, values, label=label, **style)
    titles = ("Training loss (nats)", "Validation loss (nats)", "Validation accuracy (%)")
    for panel, heading in zip(axes, titles, strict=True):
        panel.set(title=heading, xlabel="epoch")
        epoch_axis(panel)
        panel.grid(alpha=0.3)
        panel.spines[["top", "right"]].set_visible(False)
    for panel in axes[:2]:
        loss_axis(panel)
    accuracy_axis(axes[2])
    figure.suptitle(title)
    handles, _ = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=n_columns, frameon=False)
    return figure
