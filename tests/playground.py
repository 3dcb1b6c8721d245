"""A small data set, and visits to it, for the tests of the playground."""

import numpy as np
from PIL import Image, ImageDraw

from digitnet.data import Dataset, load_mnist
from digitnet.web.commands import COMMANDS
from digitnet.web.material import Shared
from digitnet.web.visit import Visit

N_TRAIN = 600
SMALL = {"hidden_layer_sizes": [16], "epochs": 3, "batch_size": 64}
STEPS = 9
"""Of an epoch of SMALL: 540 images, since 60 are held out."""


def small_data():
    mnist = load_mnist()
    train, test = mnist.train.take(np.arange(N_TRAIN)), mnist.test.take(np.arange(100))
    return Dataset("digits", train, test, mnist.classes, "600 to learn from")


def visiting(data, settings=SMALL, **options):
    """A visit that has chosen these settings; None to leave the default."""
    visit = Visit(Shared(data), **options)
    if settings is not None:
        ask(visit, "configure", settings=settings)
    return visit


def ask(visit, name, arrays=None, **fields):
    """The events that a command gives, which must not be errors."""
    events = visit.do(name, fields, arrays or {})
    errors = [event.fields["message"] for event in events if event.name == "error"]
    assert not errors, errors
    return events


def refusal(visit, name, arrays=None, **fields):
    """The one error that a command gives."""
    (event,) = visit.do(name, fields, arrays or {})
    assert event.name == "error", event
    assert event.fields["command"] == name or name not in COMMANDS
    assert event.fields["message"].isprintable()
    return event


def to_the_end(visit, milliseconds=1000.0):
    """Learn until nothing is left to learn. Returns the events."""
    events = []
    while visit.busy:
        events += visit.work(milliseconds)
    return events


def learned(visit, until="end"):
    """Start, and learn so far. Returns the events."""
    return [*ask(visit, "start", until=until), *to_the_end(visit)]


def named(events, name):
    return [event for event in events if event.name == name]


def last(events, name):
    return named(events, name)[-1]


def drawing(*digits):
    """A pad (280, 280 for each) with strokes that look like these digits, dark on white."""
    image = Image.new("L", (280 * len(digits), 280), 255)
    pen = ImageDraw.Draw(image)
    for n, digit in enumerate(digits):
        points = [(280 * n + x, y) for x, y in STROKES[digit]]
        pen.line(points, fill=0, width=22, joint="curve")
    return np.array(image)


STROKES = {
    1: [(140, 50), (140, 230)],
    7: [(80, 70), (190, 70), (120, 230)],
    4: [(110, 60), (80, 150), (190, 150), (170, 80), (160, 230)],
    2: [(85, 100), (110, 65), (160, 60), (185, 95), (170, 140), (90, 220), (195, 220)],
}
