"""Walk through one learning step with all its numbers: one image, one network, forward, backward,
update. As text for the terminal, or with --html as a page that can be printed.

The network is a trained one (--run) or a fresh one, made by the options of `train`.
"""

import argparse
from pathlib import Path

from digitnet.cli.common import (
    add_data_option,
    add_settings,
    check_fits,
    converter,
    load_for_command,
    settings_from,
)
from digitnet.data import Dataset, MinMax, one_hot
from digitnet.errors import DigitnetError
from digitnet.files import replace
from digitnet.learning import build_network
from digitnet.model import load
from digitnet.nn import Network
from digitnet.runs import model_path
from digitnet.teach.explain import telling_unit, trace_step
from digitnet.teach.html import as_html
from digitnet.teach.pages import as_text, sections
from digitnet.terminal import Terminal, open_terminal

SUMMARY = "walk through one learning step with its numbers"
USAGE = "[IMAGE] [options]"
EXAMPLES = """
PROG 7 --hidden 16  # a fresh network and training image 7
PROG 7 --run runs/mine  # a trained one
"""
SETTINGS = ("hidden_layer_sizes", "activation", "initializer", "dropout", "seed")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The image, the network, what to follow, and where to write."""
    from_zero = converter("a whole number of at least 0", int, lambda value: value >= 0)
    parser.add_argument(
        "image",
        metavar="IMAGE",
        type=from_zero,
        nargs="?",
        default=0,
        help="number of the training image, from 0 (default: 0)",
    )
    parser.add_argument(
        "--run",
        metavar="RUN",
        type=Path,
        help="a trained network, its run folder or model file, in place of the options below",
    )
    parser.add_argument(
        "--unit",
        metavar="N",
        type=from_zero,
        help="hidden unit of the first layer to follow (default: the one that learns most)",
    )
    parser.add_argument(
        "--learning-rate",
        dest="step_size",
        metavar="RATE",
        type=converter("a finite number above 0", float, lambda value: 0 < value < float("inf")),
        default=0.1,
        help="size of the step (default: 0.1)",
    )
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page to this file")
    add_data_option(parser)
    add_settings(parser, SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Print or write the page. Returns the exit status."""
    settings = settings_from(options)
    terminal = open_terminal()
    data = load_for_command(options.data, terminal)
    if options.image >= len(data.train):
        raise DigitnetError(
            f"argument IMAGE: expected a number from 0 to {len(data.train) - 1}, "
            f"got {options.image}"
        )
    if options.run:
        model = load(model_path(options.run))
        check_fits(model, data)
        network, scaling = model.network, model.scaling
        what = f"the trained network of {options.run}"
    else:
        network = build_network(settings, data.train, len(data.classes))
        scaling = MinMax.fit(data.train.images)
        what = "a network that has learned nothing yet"
    _explain(options, data, network, scaling, what, terminal)
    return 0


def _explain(
    options: argparse.Namespace,
    data: Dataset,
    network: Network,
    scaling: MinMax,
    what: str,
    terminal: Terminal,
) -> None:
    part = slice(options.image, options.image + 1)
    target = one_hot(data.train.labels[part], len(data.classes))
    trace = trace_step(network, scaling(data.train.rows[part]), target, options.step_size)
    if options.unit is not None and len(trace.dense) == 1:
        raise DigitnetError("argument --unit: expected a network with a hidden layer, got none")
    unit = telling_unit(trace.dense[0]) if options.unit is None else options.unit
    n_units = len(trace.dense[0].y)
    if unit >= n_units:
        raise DigitnetError(
            f"argument --unit: expected a unit from 0 to {n_units - 1}, got {options.unit}"
        )
    shape = data.train.image_shape
    title = f"One learning step: image {options.image} of {data.name}, {what}"
    parts = sections(trace, data.classes, shape, unit)
    if options.html:
        page = as_html(title, trace, parts, data.classes, shape, unit)
        replace(options.html, page.encode())
        terminal.say(f"The page is in {options.html}")
    else:
        terminal.say(as_text(title, trace, parts, shape))
