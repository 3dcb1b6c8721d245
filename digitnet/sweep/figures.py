"""Figures of a sweep, drawn from Optuna's data without a display."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from optuna import Study
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from digitnet.report.axes import loss_axis
from digitnet.report.canvas import new_figure
from digitnet.sweep.results import complete
from digitnet.sweep.space import Choices, Dimension, Range
from digitnet.sweep.study import finished
from digitnet.sweep.trial import shown_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#767676"
FEWEST = 4
"""Complete trials from which an importance can be told."""
SMALLEST = 1e-12
"""Loss, which has no logarithm at 0."""
LOSS = "validation loss (nats)"


def history(study: Study) -> "Figure":
    """The validation loss of each trial, the best until then, and which ones were given up."""
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(9, 4.4)
    axes = figure.subplots()
    whole = sorted(complete(study), key=lambda each: each.number)
    numbers = [each.number for each in whole]
    losses = [float(each.value or 0) for each in whole]
    axes.plot(numbers, losses, "o", color=BLUE, markersize=5, label="complete")
    lowest = np.minimum.accumulate(losses)
    axes.step(numbers, lowest, where="post", color=VERMILLION, label="the best until then")
    loss_axis(axes)
    axes.autoscale(enable=False, axis="y")  # what was given up may be far above
    others = [each for each in finished(study) if each.state is TrialState.PRUNED]
    top = axes.get_ylim()[1]
    places = [min(each.value, top) if each.value is not None else top for each in others]
    axes.plot(
        [each.number for each in others],
        places,
        "x",
        color=GREY,
        markersize=6,
        clip_on=False,
        label="given up (at the top: diverged, or above)",
    )
    axes.set(title="The trials in their order", xlabel="trial", ylabel=LOSS)
    _finish(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def importance(shares: dict[str, float]) -> "Figure":
    """How much each setting that varied mattered among the trials: the shares of `importances`."""
    names = list(reversed(shares))
    figure = new_figure(8, 1.6 + 0.4 * len(names))
    axes = figure.subplots()
    bars = axes.barh(names, [100 * shares[name] for name in names], color=BLUE, height=0.6)
    axes.bar_label(bars, fmt="%.0f %%", padding=4)
    axes.set(title="What mattered for the validation loss", xlabel="share (%)", xlim=(0, 110))
    axes.set_xticks(range(0, 101, 20))
    _finish(axes, grid="x")
    return figure


def importances(study: Study) -> dict[str, float]:
    """The share of each setting that varied, the largest first; none if nobody can tell.

    Of the variance of the loss's logarithm among complete trials, as a random forest has it. Not by
    PED-ANOVA, Optuna's default: what all of the later trials have in common, such as the width
    that TPE soon settles on, does not matter to it.
    Source: Hutter, Hoos & Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter
    Importance" (fANOVA).
    """
    whole = complete(study)
    if len(whole) < FEWEST or len({each.value for each in whole}) < 2:
        return {}
    evaluator = FanovaImportanceEvaluator(seed=0)
    found = get_param_importances(study, evaluator=evaluator, target=_log_loss)
    shares = {name: float(share) for name, share in found.items()}
    return shares if len(shares) > 1 and all(map(math.isfinite, shares.values())) else {}


def _log_loss(trial: FrozenTrial) -> float:
    return math.log(max(trial.value or 0.0, SMALLEST))


def parallel_coordinates(study: Study, space: Sequence[Dimension]) -> "Figure":
    """A line for each complete trial through the values that it took; the darkest are the best.

    On the axis of the loss the trials are equally far apart, or the worst would leave no room.
    """
    from matplotlib import colormaps

    whole = list(reversed(complete(study)))  # so that the best is drawn last
    n_axes = len(space) + 1
    figure = new_figure(max(6.5, 2.1 * n_axes), 5)
    axes = figure.subplots()
    ranks = np.linspace(0, 1, len(whole)) if len(whole) > 1 else np.ones(1)
    colours = colormaps["viridis_r"]
    places = np.array([[_place(each, trial) for each in space] for trial in whole])
    for rank, line in zip(ranks, places, strict=True):
        axes.plot(
            range(n_axes),
            [1 - rank, *line],
            color=colours(rank),
            alpha=0.35 + 0.65 * rank**3,
            linewidth=1 + 1.5 * rank**6,
            solid_joinstyle="round",
        )
    ticks = _loss_ticks([float(each.value or 0) for each in whole])
    for column, labels in enumerate([ticks, *map(_ticks, space)]):
        _axis(axes, column, labels)
    axes.set_xticks(range(n_axes), ["validation loss", *(each.name for each in space)])
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(axis="x", length=0, pad=10)
    axes.set(xlim=(-0.3, n_axes - 0.7), ylim=(-0.03, 1.03), yticks=[])
    axes.spines[:].set_visible(False)
    figure.suptitle(f"{len(whole)} complete trials: the darker, the lower the loss")
    return figure


def _axis(axes: "Axes", column: int, labels: Sequence[tuple[float, str]]) -> None:
    """An upright line with ticks beside it."""
    axes.plot([column, column], [0, 1], color="black", linewidth=0.8, zorder=0)
    for place, label in labels:
        axes.plot([column - 0.02, column], [place, place], color="black", linewidth=0.8)
        axes.annotate(
            label,
            (column, place),
            (-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=9,
            bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1},
        )


def _loss_ticks(losses: Sequence[float]) -> list[tuple[float, str]]:
    """Some losses at their places on an axis where all of them, in this order, are as far apart."""
    last = len(losses) - 1
    if not last:
        return [(0.0, f"{losses[0]:.3g}")]
    indices = sorted({round(last * share) for share in (0, 0.25, 0.5, 0.75, 1)})
    return [(1 - index / last, f"{losses[index]:.3g}") for index in indices]


def _place(each: Dimension, trial: FrozenTrial) -> float:
    """Where the value of a trial is on its axis, from 0 to 1."""
    value = trial.params[each.name]
    if isinstance(each, Choices):
        return each.texts.index(value) / (len(each.texts) - 1)
    return float(_scaled(each, value))


def _scaled(each: Range, value: Any) -> float:
    low, high = each.low, each.high
    if each.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float((value - low) / (high - low))


def _ticks(each: Dimension) -> list[tuple[float, str]]:
    """Places on the axis of a setting, and what stands there."""
    if isinstance(each, Choices):
        return [(n / (len(each.texts) - 1), text) for n, text in enumerate(each.texts)]
    from matplotlib.ticker import LogLocator, MaxNLocator

    if each.log and each.high >= 10 * each.low:
        found = LogLocator(numticks=8).tick_values(each.low, each.high)
    else:
        found = MaxNLocator(5, integer=isinstance(each.low, int)).tick_values(each.low, each.high)
    inner = [float(tick) for tick in found if each.low < tick < each.high]
    values = [each.low, *inner, each.high]
    places = [(_scaled(each, value), shown_value(value)) for value in values]
    ends = (places[0], places[-1])
    kept = [each for each in places[1:-1] if all(abs(each[0] - end[0]) > 0.06 for end in ends)]
    return [ends[0], *kept, ends[1]]


def _finish(axes: "Axes", grid: Literal["x", "y"] = "y") -> None:
    axes.grid(axis=grid, alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
