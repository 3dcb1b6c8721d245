"""Figures show the numbers they were given. (Their looks are judged by eye.)"""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from digitnet.data import Distortions, MinMax
from digitnet.model import Model
from digitnet.nn import Epoch, multilayer_perceptron
from digitnet.report import figures
from digitnet.report.canvas import DrawingError, as_png
from digitnet.report.metrics import report

ROOT = Path(__file__).parent.parent
HISTORY = [
    Epoch(1, 0.1, 0.5, 0.90, 0.40, 0.91, 1.0),
    Epoch(2, 0.1, 0.3, 0.95, 0.30, 0.93, 1.0),
    Epoch(3, 0.1, 0.2, 0.97, 0.35, 0.94, 1.0),
]
CLASSES = ("a", "b", "c")


@pytest.fixture
def some_report():
    labels = np.repeat([0, 1, 2], [4, 3, 3])
    probabilities = np.full((10, 3), 0.1) + 0.7 * np.eye(3)[labels]
    probabilities[0] = [0.05, 0.90, 0.05]  # an a, read as b
    probabilities[9] = [0.01, 0.99, 0.00]  # a c, read as b with more confidence
    return report(probabilities, labels, CLASSES)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def one_line(text: str) -> str:
    return text.replace("\n", " ")


def drawn(figure: Figure) -> Figure:
    FigureCanvasAgg(
        figure
    ).draw()  # overlapping or impossible layouts warn, and warnings are errors
    return figure


def test_learning_curves_are_the_history_with_its_best_epoch():
    loss, accuracy = drawn(figures.learning_curves(HISTORY, best_epoch=2)).axes
    training, validation, best = loss.lines
    assert training.get_ydata().tolist() == [0.5, 0.3, 0.2]
    assert validation.get_ydata().tolist() == [0.4, 0.3, 0.35]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, 0.3)
    assert accuracy.lines[1].get_ydata() == pytest.approx([91, 93, 94])


def test_learning_curves_mark_the_epoch_whose_weights_are_kept():
    figure = drawn(figures.learning_curves(HISTORY, best_epoch=2, kept_epoch=3))
    loss, _ = figure.axes
    lines = {line.get_label(): line for line in loss.lines}
    assert lines["lowest validation loss: epoch 2"].get_ydata().tolist() == [0.3]
    assert lines["weights kept: epoch 3"].get_ydata().tolist() == [0.35]
    assert texts(figure) == ["validation: 0.3500", "validation: 94.00 %"]
    assert figure.get_suptitle() == "Training and validation over 3 epochs"


def test_learning_curves_say_why_validation_can_be_ahead():
    plain, harder = (
        figures.learning_curves(HISTORY, 2, 3, names).get_supxlabel().replace("\n", " ")
        for names in ((), ("dropout", "mixup"))
    )
    assert plain.startswith("Why validation can be ahead at first: training's values are means")
    assert plain.endswith("validation's are taken at its end.")
    assert harder.endswith("at its end, without dropout, mixup.")


def test_learning_curves_of_a_single_epoch():
    loss, _ = drawn(figures.learning_curves(HISTORY[:1], best_epoch=1)).axes
    assert loss.lines[0].get_ydata().tolist() == [0.5]
    assert loss.get_xticks().tolist() == [1]


def test_learning_curves_without_validation():
    nothing = [
        record._replace(validation_loss=np.nan, validation_accuracy=np.nan) for record in HISTORY
    ]
    for axes in drawn(figures.learning_curves(nothing, best_epoch=0)).axes:
        assert [line.get_label() for line in axes.lines] == ["training"]
    figure = drawn(figures.learning_curves(nothing, best_epoch=0, kept_epoch=3))
    assert figure.get_suptitle() == "Training over 3 epochs"
    assert texts(figure) == ["0.2000", "97.00 %"]
    assert figure.get_supxlabel() == ""


def test_confusion_matrix_writes_counts_and_row_percentages_and_colours_errors(some_report):
    figure = drawn(figures.confusion_matrix(some_report))
    assert texts(figure) == ["3\n75.00 %", "1\n25.00 %", "3\n100.00 %", "1\n33.33 %", "2\n66.67 %"]
    (image,) = figure.axes[0].images
    colours = image.get_array()
    assert np.all(np.ma.getmaskarray(np.ma.masked_invalid(colours)) == np.eye(3, dtype=bool))
    assert colours[2, 1] == pytest.approx(100 / 3)
    title = "Confusion matrix, test set: 80.00 % of 10 images read right, 2 errors"
    assert one_line(figure.get_suptitle()) == title
    assert "per cent of the true class (its row)" in one_line(figure.get_supxlabel())


def test_confusion_matrix_without_errors(some_report):
    flawless = report(np.eye(3)[some_report.labels], some_report.labels, CLASSES)
    figure = drawn(figures.confusion_matrix(flawless))
    assert "100.00 % of 10 images read right, 0 errors" in one_line(figure.get_suptitle())
    assert len(texts(figure)) == 3


def test_many_classes_make_no_giant_figure(generator):
    n_classes = 256
    names = tuple(f"${n}$" for n in range(n_classes))  # Matplotlib would take these for formulas
    labels = np.arange(n_classes)
    many = report(generator.dirichlet(np.ones(n_classes), n_classes), labels, names)
    for figure in (figures.confusion_matrix(many), figures.class_scores(many)):
        drawn(figure)
        assert max(figure.get_size_inches()) < 20
        assert len(figure.axes[0].get_xticks()) <= 40


def test_names_of_classes_are_text_and_not_formulas():
    labels = np.array([0, 1, 1])
    strange = report(np.eye(2)[[0, 0, 1]], labels, (r"$\x$", "a_b"))
    for figure in (
        figures.confusion_matrix(strange),
        figures.class_scores(strange),
        figures.mistakes(np.zeros((3, 4, 4)), strange),
    ):
        drawn(figure)


def test_long_names_overlap_neither_each_other_nor_the_figure(generator):
    names = tuple(f"{letter * 30}, and more of {letter}" for letter in "abcdefghij")
    labels = np.repeat(np.arange(10), 3)
    long = report(generator.dirichlet(np.ones(10), 30), labels, names)
    for figure in (figures.confusion_matrix(long), figures.class_scores(long)):
        drawn(figure)
        ticks = figure.axes[0].get_xticklabels()
        assert ticks[0].get_text() == "aaaaaaaaaaa... more of a"
        boxes = [tick.get_window_extent() for tick in ticks]
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
        assert figure.axes[0].get_window_extent().height > 250
    drawn(figures.mistakes(np.zeros((30, 4, 4)), long))


@pytest.mark.parametrize("n_classes", [2, 3, 10, 26])
def test_titles_and_notes_fit_the_figure(n_classes, generator):
    labels = np.repeat(np.arange(n_classes), 2)
    names = tuple(chr(ord("A") + n) for n in range(n_classes))
    some = report(generator.dirichlet(np.ones(n_classes), len(labels)), labels, names)
    images = np.zeros((len(labels), 5, 5))
    for figure in (
        figures.confusion_matrix(some),
        figures.class_scores(some),
        figures.mistakes(images, some),
    ):
        drawn(figure)
        for text in (figure._suptitle, figure._supxlabel):
            box = text.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= figure.bbox.width


def test_a_wide_first_layer_can_be_seen():
    model = Model(multilayer_perceptron([1000, 3, 2]), MinMax(0, 1), ("a", "b"), (1, 1000))
    assert drawn(figures.first_layer(model)).get_size_inches()[1] >= 2.5


def test_class_scores_are_those_of_the_report(some_report):
    (axes,) = drawn(figures.class_scores(some_report)).axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert lines["precision"] == pytest.approx([100, 60, 100])
    assert lines["recall"] == pytest.approx([75, 100, 200 / 3])
    assert f"mean F1: {100 * some_report.macro.f1:.2f} %" in lines


@pytest.mark.parametrize("n_units", [1, 10, 128, 300])
def test_first_layer_shows_each_units_weights_in_the_inputs_shape(n_units):
    network = multilayer_perceptron([12, n_units, 3])
    model = Model(network, MinMax(0, 255), CLASSES, (4, 3))
    figure = drawn(figures.first_layer(model))
    mosaic = np.ma.getdata(figure.axes[0].images[0].get_array())
    first = network.layers[0].W[:, 0].reshape(4, 3)
    assert np.array_equal(mosaic[1:5, 1:4], first.astype(float))
    n_shown = min(n_units, figures.MOST_UNITS)
    assert np.isfinite(mosaic).sum() == 12 * n_shown
    vmin, vmax = figure.axes[0].images[0].get_clim()
    assert vmin == -vmax
    assert ("the first 256 of 300" in figure.get_suptitle()) == (n_units == 300)


def test_first_layer_of_softmax_regression_is_about_classes():
    model = Model(multilayer_perceptron([12, 3]), MinMax(0, 255), CLASSES, (4, 3))
    figure = drawn(figures.first_layer(model))
    assert "each class" in figure.get_suptitle()
    assert texts(figure) == ["a", "b", "c"]


def test_first_layer_says_what_blank_and_noisy_tiles_are():
    network = multilayer_perceptron([12, 8, 3])
    settings = {"weight_decay": 3e-4}
    model = Model(network, MinMax(0, 255), CLASSES, (4, 3), config=settings)
    assert "blank" not in figures.first_layer(model).get_supxlabel()
    network.layers[0].W[:, [2, 5]] *= 0.01
    text = one_line(figures.first_layer(model).get_supxlabel())
    assert "2 blank tiles of 8: units that were of no use, whose weights the L2 penalty" in text
    settings["weight_decay"] = 0.0
    assert "noise, in a tile or at its edges" in one_line(
        figures.first_layer(model).get_supxlabel()
    )
    untrained = figures.first_layer(model, learned=False).get_suptitle()
    assert untrained == "Nothing was learned: initial weights of 8 hidden units"


def test_mistakes_come_most_confident_first(some_report):
    images = np.arange(10 * 12, dtype=np.uint8).reshape(10, 4, 3)
    figure = drawn(figures.mistakes(images, some_report))
    assert texts(figure) == ["c read as b\n99.0 %, image 9", "a read as b\n90.0 %, image 0"]
    shown = figure.axes[0].images
    assert [each.get_array().tolist() for each in shown] == images[[9, 0]].tolist()
    assert one_line(figure.get_suptitle()) == "The 2 mistakes in the 10 images of the test set"


@pytest.mark.parametrize("shape", [(4, 4), (4, 12), (12, 4)])
def test_what_is_written_of_a_mistake_stands_above_it_and_below_the_one_before(shape, generator):
    labels = np.zeros(30, np.uint8)
    wrong = report(generator.dirichlet([1, 9, 9], 30), labels, CLASSES)
    axes = drawn(figures.mistakes(np.zeros((30, *shape)), wrong)).axes[0]
    images = [image.get_window_extent() for image in axes.images]
    written = [text.get_window_extent() for text in axes.texts]
    assert len(images) == len(written) >= 20
    for image, text in zip(images, written, strict=True):
        assert image.width / image.height == pytest.approx(shape[1] / shape[0])
        assert image.y1 < text.y0
        assert (text.x0 + text.x1) / 2 == pytest.approx((image.x0 + image.x1) / 2, abs=1)
    for above, text in zip(images, written[5:], strict=False):
        assert text.y1 < above.y0
    for left, right in pairwise(written[:5]):
        assert left.x1 < right.x0
    assert written[0].y1 < axes.figure._suptitle.get_window_extent().y0


def test_no_mistakes(some_report):
    flawless = report(np.eye(3)[some_report.labels], some_report.labels, CLASSES)
    figure = drawn(figures.mistakes(np.zeros((10, 4, 3)), flawless))
    assert one_line(figure.get_suptitle()) == "No mistakes in the 10 images of the test set"


def test_figures_need_no_display_and_leave_pyplot_alone(some_report):
    import matplotlib.pyplot as plt

    figures.confusion_matrix(some_report)
    assert plt.get_fignums() == []


def test_distortions_stand_beside_their_originals(few):
    images = few.images[:3].astype(np.float32)
    figure = drawn(figures.distortions(images, Distortions(rotation=20, shift=2)))
    (axes,) = figure.axes
    mosaic = np.asarray(axes.images[0].get_array()).reshape(3, 30, 8, 30)
    for n, row in enumerate(mosaic):
        original, *versions = row[1:-1].swapaxes(0, 1)[:, :, 1:-1]
        assert np.array_equal(original, few.images[n])
        assert all(not np.array_equal(version, original) for version in versions)
        assert not np.array_equal(versions[0], versions[1])


DRAW = """
import os, sys
from digitnet.report.canvas import as_png, new_figure
assert as_png(lambda: new_figure(3, 3)).startswith(b"\\x89PNG")
assert "matplotlib.pyplot" not in sys.modules
import matplotlib
print(os.environ.get("MPLBACKEND"), dict.__getitem__(matplotlib.rcParams, "backend"))
"""


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("svg", "svg svg"), ("TkAgg", "TkAgg tkagg"), ("nonsense", "nonsense <object"), ("", " <obj")],
)
def test_no_backend_is_asked_for_and_the_one_wanted_is_still_there_for_pyplot(wanted, found):
    result = subprocess.run(
        [sys.executable, "-c", DRAW],
        cwd=ROOT,
        env={**os.environ, "MPLBACKEND": wanted},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.lower().startswith(found.lower())


@pytest.mark.parametrize(
    ("error", "line"),
    [(ValueError("first line\nsecond line"), "first line"), (AssertionError(), "AssertionError")],
)
def test_whatever_fails_while_drawing_is_one_line(error, line):
    def fail():
        raise error

    with pytest.raises(DrawingError, match=f"^cannot be drawn: {line}$"):
        as_png(fail)
