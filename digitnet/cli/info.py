"""Say what is in a model: its layers, what images it reads, and how it was trained."""

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

from digitnet.accept.scaling import Deskewed
from digitnet.cli.common import add_run_argument
from digitnet.files.incoming import read_json
from digitnet.model import Model, load
from digitnet.model.sizes import description
from digitnet.nn import oriented_layer
from digitnet.report.terminal import Table, open_terminal
from digitnet.text import listed, plain
from digitnet.training.runs import model_path

SUMMARY = "say what is in a trained model"
MOST_ROWS = 100
"""Of a table: a file may hold thousands of layers, or of settings that nobody knows."""
MOST_LETTERS = 80
USAGE = "[RUN] [options]"
EXAMPLES = """
PROG  # the model that comes with digitnet
PROG runs/mine  # one of yours
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """RUN."""
    add_run_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Print tables of the model's parts. Returns the exit status."""
    path = model_path(options.run)
    model = load(path)
    terminal = open_terminal()
    terminal.say(f"{plain(path)}: {describe(model)}")
    terminal.show(layer_table(model))
    terminal.show(
        Table(
            "Images",
            ("what", "value"),
            [
                ("height x width", "x".join(map(str, model.image_shape))),
                ("pixels", model.pixels),
                ("minimum, read as 0", f"{model.scaling.minimum:g}"),
                ("maximum, read as 1", f"{model.scaling.maximum:g}"),
                ("slant", slant_text(model)),
                ("seen by the network", sight_text(model)),
                ("background", f"{model.background:.3f}"),
                ("classes", listed(model.classes, most=62)),
            ],
        )
    )
    terminal.say(f"\nTemperature of its probabilities: {temperature_text(model)}")
    terminal.show(settings_table(model))
    accuracy = _test_accuracy(path.with_name("metrics.json"))
    if accuracy is not None:
        terminal.say(f"\nTest accuracy when it was trained: {100 * accuracy:.2f} %")
    return 0


def describe(model: Model) -> str:
    """The network in a few words."""
    return plain(description(model.networks))


def slant_text(model: Model) -> str:
    """Whether the slant of images is removed before the networks see them."""
    removed = sum(isinstance(scaling, Deskewed) for scaling in model.scalings)
    if 0 < removed < len(model.scalings):
        return f"removed for {removed} of {len(model.scalings)} networks"
    return "removed" if removed else "left as it is"


def sight_text(model: Model) -> str:
    """What of the images the networks see."""
    n, oriented = len(model.networks), sum(map(bool, map(oriented_layer, model.networks)))
    if 0 < oriented < n:
        return f"oriented gradients for {oriented} of {n} networks, pixels for the others"
    return "oriented gradients" if oriented else "pixels"


def temperature_text(model: Model) -> str:
    """The temperature, and what it means."""
    if model.temperature == 1:
        return "1, they are as softmax gives them"
    surer = "less sure" if model.temperature > 1 else "surer"
    than = "network is" if len(model.networks) == 1 else "networks are"
    return f"{model.temperature:g}, it is {surer} than its {than}"


def layer_table(model: Model) -> Table:
    """The layers in order, with what each has learned; of the first network of a committee."""
    network = model.networks[0]
    rows, width = [], network.n_in
    layers = [*network.layers, network.output]
    for layer in layers[:MOST_ROWS]:
        n_out = layer.n_out(width)
        shapes = layer.shapes(width)
        parameters = ", ".join(
            f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()
        )
        rows.append((type(layer).__name__, str(width), str(n_out), parameters or "-"))
        width = n_out
    if len(layers) > MOST_ROWS:
        rows.append((f"and {len(layers) - MOST_ROWS} more", "", "", ""))
    which = "Layers" if len(model.networks) == 1 else "Layers of the first network"
    return Table(which, ("layer", "inputs", "outputs", "parameters"), rows)


def settings_table(model: Model) -> Table:
    """The settings of the training, whatever the file calls so; of a committee's first network."""
    config = model.config
    rows = [
        (plain(name, MOST_LETTERS), plain(setting_text(value), MOST_LETTERS))
        for name, value in islice(config.items(), MOST_ROWS)
    ]
    if len(config) > MOST_ROWS:
        rows.append((f"and {len(config) - MOST_ROWS} more", ""))
    which = "Training" if len(model.networks) == 1 else "Training of the first network"
    return Table(which, ("setting", "value"), rows)


def setting_text(value: Any) -> str:
    """A value of the settings, or as JSON has it, in words."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return "-" if value is None else str(value)


def _test_accuracy(path: Path) -> float | None:
    """The test accuracy in the metrics file beside the model, if there is one that says it."""
    try:
        accuracy = read_json(path)["test"]["accuracy"]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    return accuracy if isinstance(accuracy, int | float) and 0 <= accuracy <= 1 else None
