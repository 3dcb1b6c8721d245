"""Figures: a Report or the records of a training as Matplotlib figures, drawn without a display.

Colours are those of Okabe & Ito, which people with any colour vision tell apart; what a colour
says is also said by a position, a shape or a number.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Distortions
from digitnet.model import Model
from digitnet.model.sight import first_dense, first_weights
from digitnet.nn import Epoch, oriented_layer
from digitnet.report.axes import epoch_axis, note, title
from digitnet.report.canvas import new_figure
from digitnet.report.lettering import Lettering, lettering
from digitnet.report.metrics import Report, most_confident_mistakes
from digitnet.report.terminal import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#767676"
INCHES_PER_LETTER, MOST_TICKS = 0.1, 40
SHORT = 9
"""Letters of two names that fit in one line above a small image."""
MOST_UNITS = 256
MOST_MISTAKES = 25
ACROSS, DOWN = 1.25, 1.4
"""From one small image to the next, in sides of an image: there is text between them."""
MOST_NUMBERS = 30
MOST_MARKERS = 40
LARGEST = 16.0
BLANK = 0.15
"""Weights this much smaller than those of other units cannot be seen."""
SPEAKS = (
    "Orange pixels speak for a unit, purple ones against it; where it is white, it ignores them."
)


def learning_curves(
    history: Sequence[Epoch], best_epoch: int, kept_epoch: int = 0, harder: Sequence[str] = ()
) -> "Figure":
    """Loss and accuracy over the epochs, of training and, if there was any, of validation.

    best_epoch, kept_epoch: those to mark, of the lowest validation loss and of the weights that
    are kept, from 1; 0 for none. harder: what training has to do with and validation not.
    """
    figure = new_figure(9, 4.4)
    loss, accuracy = figure.subplots(1, 2)
    for axes, what, unit, text in (
        (loss, "loss", 1, "{:.4f}"),
        (accuracy, "accuracy", 100, "{:.2f} %"),
    ):
        _curves(axes, history, bool(best_epoch), what, unit)
        _mark(axes, history, best_epoch, kept_epoch, what, unit, text)
    loss.set(title="Cross-entropy (nats per image)", xlabel="epoch", ylim=(0, None))
    accuracy.set(title="Accuracy (%)", xlabel="epoch")
    both = " and validation" if best_epoch else ""
    title(figure, f"Training{both} over {_count(len(history), 'epoch')}")
    loss.legend(frameon=False)
    if best_epoch:
        also = f", without {', '.join(harder)}" if harder else ""
        note(
            figure,
            [
                "Why validation can be ahead at first: training's values are means over the epoch, "
                f"while the network was still learning; validation's are taken at its end{also}."
            ],
        )
    return figure


def _curves(axes: "Axes", history: Sequence[Epoch], validated: bool, what: str, unit: int) -> None:
    """what: the end of the names of two fields."""
    epochs = [record.epoch for record in history]
    training = [unit * getattr(record, f"train_{what}") for record in history]
    validation = [unit * getattr(record, f"validation_{what}") for record in history]
    style: dict[str, Any] = {"markersize": 3, "markevery": math.ceil(len(history) / MOST_MARKERS)}
    axes.plot(epochs, training, color=BLUE, marker="o", label="training", **style)
    if validated:
        axes.plot(epochs, validation, color=VERMILLION, marker="s", label="validation", **style)
    epoch_axis(axes)
    axes.margins(y=0.12)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _mark(
    axes: "Axes",
    history: Sequence[Epoch],
    best_epoch: int,
    kept_epoch: int,
    what: str,
    unit: int,
    text: str,
) -> None:
    """Mark the best and the kept epoch, and write the value of the kept one, or else the best."""
    curve = f"validation_{what}" if best_epoch else f"train_{what}"
    text = f"validation: {text}" if best_epoch else text
    values = [unit * getattr(record, curve) for record in history]
    style: dict[str, Any] = {"color": "black", "linestyle": "none"}
    if best_epoch:
        label = f"lowest validation loss: epoch {best_epoch}"
        axes.plot(best_epoch, values[best_epoch - 1], marker="*", ms=12, label=label, **style)
    if kept_epoch:
        label = f"weights kept: epoch {kept_epoch}"
        axes.plot(
            kept_epoch, values[kept_epoch - 1], marker="o", ms=13, mfc="none", label=label, **style
        )
        axes.axvline(kept_epoch, color=GREY, linestyle=":", zorder=0)
    if epoch := kept_epoch or best_epoch:
        _write_beside(axes, epoch, values[epoch - 1], text)


def _write_beside(axes: "Axes", epoch: int, value: float, text: str) -> None:
    above = value < sum(axes.get_ylim()) / 2  # towards the middle, away from the axis's own numbers
    axes.annotate(
        text.format(value),
        (epoch, value),
        xytext=(4 if epoch == 1 else -4, 16 if above else -16),
        textcoords="offset points",
        ha="left" if epoch == 1 else "right",
        va="bottom" if above else "top",
    ).set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})


def confusion_matrix(report: Report) -> "Figure":
    """How often each class was read as each other: counts, and per cent of the row.

    Only the errors are coloured: on one scale with the diagonal they would all look alike.
    """
    counts = report.confusion_matrix
    n_classes = len(counts)
    letters = lettering(report.classes)
    percent = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    errors = np.where(np.eye(n_classes, dtype=bool), np.nan, percent)
    side = min(max(0.7 * n_classes, 4.0), LARGEST)
    upwards = _reach(letters, side / n_classes)
    figure = new_figure(side + 1.5 + _reach(letters), 0.9 * side + 1.0 + upwards)
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
    _class_ticks(axes.xaxis, letters, side / n_classes)
    _class_ticks(axes.yaxis, letters)
    axes.set(xlabel="predicted class", ylabel="true class")
    title(figure, f"Confusion matrix, test set: {_read_right(report)}")
    figure.colorbar(image, label="errors (% of the true class)", shrink=0.8)
    explained = (
        "In each square: images, and how many per cent of the true class (its row) they are."
    )
    note(figure, [explained if n_classes <= MOST_NUMBERS else "", letters.legend])
    return figure


def _read_right(report: Report) -> str:
    """ "98.28 % of 10,000 images read right, 172 errors"."""
    return (
        f"{100 * report.accuracy:.2f} % of {_count(len(report.labels), 'image')} read right, "
        f"{_count(report.n_errors, 'error')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def class_scores(report: Report) -> "Figure":
    """Precision, recall and F1 of each class as points, with the macro mean of F1."""
    width = min(max(9.0, 0.4 * len(report.classes)), LARGEST)
    letters, room = lettering(report.classes), 0.85 * width / len(report.classes)
    figure = new_figure(width, 4.4 + _reach(letters, room))
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
    _class_ticks(axes.xaxis, letters, room)
    axes.set(xlabel="class", ylabel="%", xlim=(-0.5, len(positions) - 0.5))
    axes.set_ylim(top=min(100.0, axes.get_ylim()[1]))
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    title(figure, "Precision, recall and F1 of each class, test set")
    note(
        figure,
        [
            "Precision: of what was read as this class, the share that is. Recall: of what is this "
            "class, the share that was read so. F1: their harmonic mean.",
            letters.legend,
        ],
    )
    return figure


def first_layer(model: Model, learned: bool = True) -> "Figure":
    """The weights that lead to each unit of the first layer, as an image of the input's shape.

    learned: whether they are more than initial weights.
    All on one diverging scale, white at zero: orange pixels speak for the unit, purple against.
    The first MOST_UNITS units, if there are more.
    """
    weights = first_dense(model.network).W
    n_units = min(weights.shape[1], MOST_UNITS)
    n_columns = math.ceil(math.sqrt(n_units * 16 / 9)) if n_units > 10 else n_units
    images = first_weights(model.network, model.image_shape)
    mosaic = _mosaic(images[:n_units], n_columns)
    limit = float(np.quantile(np.abs(images), 0.999)) or 1.0
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
    figure.colorbar(image, label="weight", extend="both", fraction=0.03, pad=0.02)
    if first_dense(model.network) is model.network.layers[-1]:
        title(figure, "What speaks for and against each class: the weights of each pixel")
        _name_tiles(axes, model, n_columns)
        note(figure, [SPEAKS.replace("unit", "class"), lettering(model.classes).legend])
    else:
        first = "" if n_units == weights.shape[1] else f"the first {n_units} of "
        units = _count(weights.shape[1], "hidden unit")
        what = "What the first layer looks for: the" if learned else "Nothing was learned: initial"
        by_pixel = ", for each pixel" if oriented_layer(model.network) else ""
        title(figure, f"{what} weights of {first}{units}{by_pixel}")
        note(figure, [SPEAKS, _about_blank(model, weights) if learned else ""])
    return figure


def _mosaic(tiles: NDArray[Any], n_columns: int) -> NDArray[Any]:
    """All tiles (N, height, width) as one image, row by row: axes of their own take far longer.

    Around each is a pixel of NaN, which lets the colour behind be seen.
    """
    n_rows = math.ceil(len(tiles) / n_columns)
    height, width = np.add(tiles.shape[1:], 2)
    mosaic = np.full((n_rows, height, n_columns, width), np.nan)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, n_columns)
        mosaic[row, 1:-1, column, 1:-1] = tile
    return mosaic.reshape(n_rows * height, n_columns * width)


def _name_tiles(axes: "Axes", model: Model, n_columns: int) -> None:
    """Write into the corner of each tile the class that it is of."""
    height, width = model.image_shape
    letters = lettering(model.classes)
    for number, name in enumerate(letters.names[:MOST_UNITS]):
        top, left = number // n_columns * (height + 2), number % n_columns * (width + 2)
        style = {"ha": "left", "va": "top", "fontsize": 8, **letters.style}
        axes.text(left + 1, top + 1, name, **style)


def _about_blank(model: Model, weights: NDArray[Any]) -> str:
    """What it means if tiles are blank, or look like noise."""
    if not model.config.get("weight_decay"):
        return (
            "Even noise, in a tile or at its edges, is initial weights: nothing was learned there."
        )
    sizes = np.sqrt(np.square(weights).sum(axis=0))
    n_blank = int(np.count_nonzero(sizes < BLANK * np.median(sizes)))
    if not n_blank:
        return ""
    return (
        f"{_count(n_blank, 'blank tile')} of {weights.shape[1]}: units that were of no use, whose "
        "weights the L2 penalty (--weight-decay) has faded."
    )


def mistakes(images: NDArray[Any], report: Report) -> "Figure":
    """The images that were read wrong with the highest probability, the most confident first.

    images: (N, height, width), those that the report is about.
    """
    return shown_mistakes(images[worst_mistakes(report)], report)


def worst_mistakes(report: Report) -> NDArray[np.intp]:
    """The numbers of the images that the figure of mistakes shows, in its order."""
    return most_confident_mistakes(report.probabilities, report.labels)[:MOST_MISTAKES]


def shown_mistakes(images: NDArray[Any], report: Report) -> "Figure":
    """The same, from these images alone: (n, height, width), of `worst_mistakes`."""
    confidence = report.probabilities.max(axis=1)
    worst, letters = worst_mistakes(report), lettering(report.classes)
    n_columns = min(max(len(worst), 1), 5)
    n_rows = max(math.ceil(len(worst) / n_columns), 1)
    figure = new_figure(max(1.7 * n_columns, 5.0), 1.9 * n_rows + 1.0)
    axes = figure.subplots()  # one for all: Matplotlib takes a while for each
    axes.set_axis_off()
    height, width = np.array(images.shape[1:]) / max(images.shape[1:])  # the longer side is 1
    for place, index in enumerate(worst):
        row, column = divmod(place, n_columns)
        left, top = ACROSS * column, -DOWN * row
        extent = (left, left + width, top - height, top)
        axes.imshow(images[place], cmap="gray_r", extent=extent)
        true = letters.names[report.labels[index]]
        predicted = letters.names[report.predictions[index]]
        gap = "\n" if len(true + predicted) > SHORT else " "
        lines = f"{true} read as{gap}{predicted}\n{100 * confidence[index]:.1f} %, image {index}"
        above = axes.text(left + width / 2, top + 0.05, lines, fontsize=9, **letters.style)
        above.set(ha="center", va="bottom", in_layout=False)
    axes.set_xlim(0, ACROSS * (n_columns - 1) + width)
    axes.set_ylim(-DOWN * (n_rows - 1) - height, DOWN - height)
    n_wrong = report.n_errors
    shown = "The" if len(worst) == n_wrong else f"The {len(worst)} most confident of"
    n_images = _count(len(report.labels), "image")
    counted = f"{shown} {_count(n_wrong, 'mistake')}" if n_wrong else "No mistakes"
    title(figure, f"{counted} in the {n_images} of the test set")
    if n_wrong:
        probability = "Per cent: how probable the wrong answer seemed."
        more = "digitnet explain IMAGE --part test shows what a network learns from one."
        note(figure, [f"{probability} {more}", letters.legend])
    return figure


def distortions(images: NDArray[np.float32], distort: Distortions) -> "Figure":
    """Each image (N, height, width) at the left, and distorted in a few ways beside it."""
    n_versions, generator = 7, np.random.default_rng(0)
    versions = [images] + [images.copy() for _ in range(n_versions)]
    for copies in versions[1:]:
        distort(copies, generator)
    mosaic = _mosaic(np.stack(versions, axis=1).reshape(-1, *images.shape[1:]), 1 + n_versions)
    figure = new_figure(1 + n_versions, len(images) + 0.6)
    axes = figure.subplots()
    axes.imshow(mosaic, cmap="gray_r", vmin=images.min(), vmax=images.max())
    axes.set_facecolor("#DDDDDD")
    width = mosaic.shape[1] / (1 + n_versions)
    axes.axvline(width - 0.5, color=GREY)
    centres = [width / 2 - 0.5, width * (1 + n_versions / 2) - 0.5]
    axes.set_xticks(centres, ["original", "distorted"], fontsize=10)
    axes.set_yticks([])
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    title(figure, "Training images, and how they may be distorted when they are learned from")
    return figure


def _class_ticks(axis: "Axis", letters: Lettering, room: float = math.inf) -> None:
    """A tick for each class, or for every second, third, … if there are many.

    room: inches that each class has along the axis; names that need more are written upwards.
    """
    every = math.ceil(len(letters.names) / MOST_TICKS)
    upwards = {"rotation": 90} if _reach(letters, room) and room < math.inf else {}
    style = {**upwards, **letters.style}
    axis.set_ticks(range(0, len(letters.names), every), letters.names[::every], **style)


def _reach(letters: Lettering, room: float = 0.0) -> float:
    """Inches that the longest name takes, 0 if that is less than the room of a class."""
    widest = max(map(text_width, letters.names)) * INCHES_PER_LETTER
    return 0.0 if widest <= room * math.ceil(len(letters.names) / MOST_TICKS) else widest
