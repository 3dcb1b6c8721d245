"""Say what is in a model: its layers, what images it reads, and how it was trained."""

import argparse
import json
from pathlib import Path
from typing import Any

from digitnet.cli.common import add_run_argument
from digitnet.model import Model, layer_sizes, load
from digitnet.runs import model_path
from digitnet.terminal import Table, open_terminal

SUMMARY = "say what is in a trained model"
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
    terminal.say(f"{path}: {describe(model)}")
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
                ("background", f"{model.background:.3f}"),
                ("classes", ", ".join(model.classes)),
            ],
        )
    )
    settings = [(name, setting_text(value)) for name, value in model.config.items()]
    terminal.show(Table("Training", ("setting", "value"), settings))
    accuracy = _test_accuracy(path.with_name("metrics.json"))
    if accuracy is not None:
        terminal.say(f"\nTest accuracy when it was trained: {100 * accuracy:.2f} %")
    return 0


def describe(model: Model) -> str:
    """The network in a few words."""
    return f"{layer_sizes(model.network)}, {model.network.params.size} parameters"


def layer_table(model: Model) -> Table:
    """The layers in order, with what each has learned."""
    rows, width = [], model.network.n_in
    for layer in [*model.network.layers, model.network.output]:
        n_out = layer.n_out(width)
        shapes = layer.shapes(width)
        parameters = ", ".join(
            f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()
        )
        rows.append((type(layer).__name__, str(width), str(n_out), parameters or "-"))
        width = n_out
    return Table("Layers", ("layer", "inputs", "outputs", "parameters"), rows)


def setting_text(value: Any) -> str:
    """A value as JSON has it, in words."""
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return "-" if value is None else str(value)


def _test_accuracy(path: Path) -> float | None:
    """The test accuracy in the metrics file beside the model, if there is one that says it."""
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["test"]["accuracy"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
