"""Figures: a Report or the records of a training as Matplotlib figures, drawn without a display.

Colours are those of Okabe & Ito, which people with any colour vision tell apart; what a colour
says is also said by a position, a shape or a number.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitnet.canvas import new_figure
from digitnet.data import Distortions
from digitnet.evaluation import Report
from digitnet.model import Model
from digitnet.nn import Epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#767676"
MOST_UNITS = 256
MOST_MISTAKES = 25
MOST_NUMBERS = 30
MOST_MARKERS = 40
LARGEST = 16.0


def learning_curves(history: Sequence[Epoch], best_epoch: int) -> "Figure":
    """Loss and accuracy over the epochs, of training and, if there was any, of validation.

    best_epoch: the one to mark, from 1; 0 for none.
    """
    figure = new_figure(9, 3.8)
    loss, accuracy = figure.subplots(1, 2)
    _curves(loss, history, best_epoch, "loss", 1, "{:.4f}")
    _curves(accuracy, history, best_epoch, "accuracy", 100, "{:.2f} %")
    loss.set(title="Cross-entropy (nats per image)", xlabel="epoch", ylim=(0, None))
    accuracy.set(title="Accuracy (%)", xlabel="epoch")
    loss.legend(frameon=False)
    return figure


def _curves(
    axes: "Axes", history: Sequence[Epoch], best_epoch: int, what: str, unit: int, text: str
) -> None:
    """what: the end of the names of two fields. text: how a value is written."""
    from matplotlib.ticker import MaxNLocator

    epochs = [record.epoch for record in history]
    training = [unit * getattr(record, f"train_{what}") for record in history]
    validation = [unit * getattr(record, f"validation_{what}") for record in history]
    style: dict[str, Any] = {"markersize": 3, "markevery": math.ceil(len(history) / MOST_MARKERS)}
    axes.plot(epochs, training, color=BLUE, marker="o", label="training", **style)
    if best_epoch:
        axes.plot(epochs, validation, color=VERMILLION, marker="s", label="validation", **style)
        _mark_best(axes, best_epoch, validation[best_epoch - 1], text)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(y=0.12)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _mark_best(axes: "Axes", epoch: int, value: float, text: str) -> None:
    axes.plot(
        epoch,
        value,
        color="black",
        marker="*",
        markersize=12,
        linestyle="none",
        label=f"lowest validation loss: epoch {epoch}",
    )
    axes.axvline(epoch, color=GREY, linestyle=":", zorder=0)
    above = value < sum(axes.get_ylim()) / 2  # towards the middle, away from the axis's own numbers
    axes.annotate(
        text.format(value),
        (epoch, value),
        xytext=(0, 16 if above else -16),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
    ).set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})


def confusion_matrix(report: Report) -> "Figure":
    """How often each class was read as each other: counts, and per cent of the row.

    Only the errors are coloured: on one scale with the diagonal they would all look alike.
    """
    counts = report.confusion_matrix
    n_classes = len(counts)
    percent = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    errors = np.where(np.eye(n_classes, dtype=bool), np.nan, percent)
    side = min(max(0.7 * n_classes, 3.0), LARGEST)
    figure = new_figure(side + 1.5, 0.9 * side + 1.0)
    axes = figure.subplots()
    axes.set_facecolor("#EDEDED")  # the diagonal
    top = max(float(np.nanmax(errors, initial=0.0)), 1e-9)
    image = axes.imshow(errors, cmap="Oranges", vmin=0, vmax=top)
    for row, column in np.ndindex(counts.shape):
        if counts[row, column] and n_classes <= MOST_NUMBERS:
            axes.text(
                column,
                row,
                f"{counts[row, column]}\n{percent[row, column]:.2f} %",
                ha="center",
                va="center",
                fontsize=8.5,
                weight="bold" if row == column else "normal",
                color="white" if errors[row, column] > 0.75 * top else "black",
            )
    _class_ticks(axes.xaxis, report.classes)
    _class_ticks(axes.yaxis, report.classes)
    axes.set(xlabel="predicted", ylabel="true")
    axes.set_title(f"{report.n_errors} errors in {len(report.labels)} images")
    figure.colorbar(image, label="errors (% of the true class)", shrink=0.8)
    return figure


def class_scores(report: Report) -> "Figure":
    """Precision, recall and F1 of each class as points, with the macro mean of F1."""
    figure = new_figure(min(max(9.0, 0.4 * len(report.classes)), LARGEST), 3.6)
    axes = figure.subplots()
    positions = np.arange(len(report.classes))
    series = (
        ("precision", "v", BLUE, -0.18),
        ("F1", "o", "black", 0.0),
        ("recall", "^", VERMILLION, 0.18),
    )
    for label, marker, color, offset in series:
        values = [100 * getattr(scores, label.lower()) for scores in report.per_class]
        axes.plot(
            positions + offset,
            values,
            marker,
            color=color,
            markersize=7,
            label=label,
            clip_on=False,
        )
    mean = 100 * report.macro.f1
    axes.axhline(mean, color=GREY, linewidth=1, label=f"mean F1: {mean:.2f} %")
    for position in positions[:-1]:
        axes.axvline(position + 0.5, color=GREY, alpha=0.25, linewidth=0.8)
    _class_ticks(axes.xaxis, report.classes)
    axes.set(xlabel="class", ylabel="%", xlim=(-0.5, len(positions) - 0.5))
    axes.set_ylim(top=min(100.0, axes.get_ylim()[1]))
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def first_layer(model: Model) -> "Figure":
    """The weights that lead to each unit of the first layer, as an image of the input's shape.

    All on one diverging scale, white at zero: orange pixels speak for the unit, purple against.
    The first MOST_UNITS units, if there are more.
    """
    weights = next(values for name, values, _ in model.network.parameters() if name == "W1")
    n_units = min(weights.shape[1], MOST_UNITS)
    height, width = model.image_shape
    n_columns = math.ceil(math.sqrt(n_units * 16 / 9)) if n_units > 10 else n_units
    n_rows = math.ceil(n_units / n_columns)
    mosaic = np.full((n_rows * (height + 2), n_columns * (width + 2)), np.nan)
    for unit in range(n_units):
        top, left = unit // n_columns * (height + 2) + 1, unit % n_columns * (width + 2) + 1
        mosaic[top : top + height, left : left + width] = weights[:, unit].reshape(height, width)
    limit = float(np.quantile(np.abs(weights), 0.999)) or 1.0
    figure = new_figure(9, min(max(0.7 + 7.6 * mosaic.shape[0] / mosaic.shape[1], 2.5), LARGEST))
    axes = figure.subplots()
    aspect: Literal["auto", "equal"]
    aspect = "auto" if mosaic.shape[1] > 8 * mosaic.shape[0] else "equal"
    image = axes.imshow(
        mosaic, aspect=aspect, cmap="PuOr_r", vmin=-limit, vmax=limit, interpolation="nearest"
    )
    axes.set_facecolor("#BBBBBB")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(_first_layer_title(model, n_units, weights.shape[1]))
    figure.colorbar(image, label="weight", extend="both", fraction=0.03, pad=0.02)
    return figure


def _first_layer_title(model: Model, n_shown: int, n_units: int) -> str:
    if len(model.network.layers) == 1:
        return f"What speaks for and against each class: {_literal(', '.join(model.classes))}"
    first = "" if n_shown == n_units else f"the first {n_shown} of "
    return f"What the first layer looks for: the weights of {first}{n_units} hidden units"


def mistakes(images: NDArray[Any], report: Report) -> "Figure":
    """The images that were read wrong with the highest probability, the most confident first.

    images: (N, height, width), those that the report is about.
    """
    confidence = report.probabilities.max(axis=1)
    wrong = np.flatnonzero(report.predictions != report.labels)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
    n_columns = min(max(len(worst), 1), 5)
    n_rows = max(math.ceil(len(worst) / n_columns), 1)
    figure = new_figure(8.5, 1.65 * n_rows + 0.8)
    for axes in figure.subplots(n_rows, n_columns, squeeze=False).flat:
        axes.set_axis_off()
    for axes, index in zip(figure.axes, worst, strict=False):
        axes.imshow(images[index], cmap="gray_r")
        true = _literal(report.classes[report.labels[index]])
        predicted = _literal(report.classes[report.predictions[index]])
        axes.set_title(f"{true} read as {predicted}\n{100 * confidence[index]:.1f} %", fontsize=10)
    title = f"The most confident of {len(wrong)} mistakes" if len(wrong) else "No mistakes"
    figure.suptitle(title)
    return figure


def distortions(images: NDArray[np.float32], distort: Distortions) -> "Figure":
    """Each image (N, height, width) at the left, and distorted in a few ways beside it."""
    n_versions, generator = 7, np.random.default_rng(0)
    versions = [images] + [images.copy() for _ in range(n_versions)]
    for copies in versions[1:]:
        distort(copies, generator)
    figure = new_figure(1 + n_versions, len(images) + 0.6)
    grid = figure.subplots(len(images), 1 + n_versions, squeeze=False)
    for row, shown in zip(grid, zip(*versions, strict=True), strict=True):
        for axes, image in zip(row, shown, strict=True):
            axes.imshow(image, cmap="gray_r", vmin=images.min(), vmax=images.max())
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_color(GREY if axes is row[0] else "#dddddd")
    grid[0, 0].set_title("original", fontsize=10)
    grid[0, 1 + n_versions // 2].set_title("as they may be learned from", fontsize=10)
    return figure


def _class_ticks(axis: "Axis", classes: tuple[str, ...]) -> None:
    """A tick for each class, or for every second, third, … if there are many."""
    every = math.ceil(len(classes) / 40)
    axis.set_ticks(range(0, len(classes), every), [_literal(name) for name in classes[::every]])


def _literal(text: str) -> str:
    """The text as it is: between two dollar signs Matplotlib would read mathematics."""
    return text.replace("$", r"\$")
