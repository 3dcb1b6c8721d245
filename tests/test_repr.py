"""Objects say what they are, in a line, and in a notebook in a small table."""

from html.parser import HTMLParser

import numpy as np
import pytest

from digitnet.data import MinMax
from digitnet.model import Model
from digitnet.nn import (
    ACTIVATIONS,
    BatchNorm,
    Dense,
    Dropout,
    Layer,
    Softmax,
    multilayer_perceptron,
)
from digitnet.report.metrics import report


class OwnLayer(Layer):
    """A layer of somebody else, with what it was made with."""

    def __init__(self, size, speed=2.5):
        super().__init__()
        self.size, self.speed = size, speed


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Dense(128), "Dense(n_units=128)"),
        (Dropout(0.5, seed=(3, 1)), "Dropout(rate=0.5, seed=(3, 1))"),
        (BatchNorm(), "BatchNorm()"),
        (Softmax(), "Softmax()"),
        (OwnLayer(7), "OwnLayer(size=7, speed=2.5)"),
        *((kind(), f"{kind.__name__}()") for kind in ACTIVATIONS.values()),
    ],
)
def test_a_layer_is_what_it_was_made_with(layer, text):
    assert repr(layer) == text


def test_it_is_the_same_after_a_step():
    network = multilayer_perceptron([6, 5, 3], dropout=0.5, batch_norm=True)
    before = repr(network)
    network.forward(np.ones((4, 6), np.float32), training=True)
    assert repr(network) == before


def test_a_network_is_its_layers():
    network = multilayer_perceptron([784, 128, 10])
    assert repr(network) == (
        "Network(784, [Dense(n_units=128), ReLU(), Dense(n_units=10)]) of 101,770 parameters"
    )


def a_model(classes, batch_norm=False):
    network = multilayer_perceptron([12, 5, 4, len(classes)], batch_norm=batch_norm)
    return Model(network, MinMax(0, 255), classes, (4, 3))


def test_a_model_is_its_network_its_images_and_its_classes():
    text = "Model(12-5-4-2, 99 parameters, 4x3 of uint8, 2 classes: no, yes)"
    assert repr(a_model(("no", "yes"))) == text
    assert repr(a_model(("no", "yes"), batch_norm=True)).startswith("Model(12-5-4-2, ")
    many = repr(a_model(tuple(map(str, range(200)))))
    assert many.endswith("200 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...)")


def a_report(classes=("no", "yes")):
    return report(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]), np.array([0, 1, 1]), classes)


def test_a_report_is_its_result():
    text = "Report(66.67 % of 3 images read right, 2 classes, mean F1 66.67 %)"
    assert repr(a_report()) == text


class Cells(HTMLParser):
    """The texts of a table; whatever else is in it is an error."""

    def __init__(self, page):
        super().__init__()
        self.texts = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        assert tag in ("table", "caption", "tr", "th", "td"), tag

    def handle_data(self, data):
        self.texts.append(data)


def test_in_a_notebook_they_are_tables_and_names_stay_text():
    names = ("<script>alert(1)</script>", "a & b")
    model = Cells(a_model(names)._repr_html_()).texts
    assert model == [
        *("digitnet.Model", "network", "12-5-4-2, 99 parameters", "images", "4x3 of uint8"),
        *("classes", "2 classes: <script>alert(1)</script>, a & b"),
    ]
    texts = Cells(a_report(names)._repr_html_()).texts
    assert texts[0] == "Test accuracy: 66.67 % (1 errors in 3 images); scores in %"
    assert texts[1:6] == ["class", "precision", "recall", "F1", "images"]
    assert texts[6:11] == ["<script>alert(1)</script>", "50.00", "100.00", "66.67", "1"]
    assert texts[-5:] == ["weighted mean", "83.33", "66.67", "66.67", "3"]
