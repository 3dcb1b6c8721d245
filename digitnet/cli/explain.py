"""Walk through one learning step with all its numbers: one image, one network, forward, backward,
update. As text for the terminal, or with --html as a page that can be printed.

The network is a trained one (--run) or a fresh one, made by the options of `train`. What a good
network learns from an image that it reads right is next to nothing: --wrong takes one that it does
not. Nothing is kept of the step, so images of the test set will do as well.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitnet.cli.common import (
    add_data_option,
    add_settings,
    check_fits,
    converter,
    load_for_command,
    one_of,
    option_name,
    settings_from,
)
from digitnet.cli.paths import kept_apart
from digitnet.data import Dataset, Examples, MinMax, one_hot
from digitnet.data.sources import files_read
from digitnet.errors import DigitnetError
from digitnet.files.writing import replace
from digitnet.model import Model, load
from digitnet.report.metrics import most_confident_mistakes
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.teach.explain import telling_unit, trace_step
from digitnet.teach.html import as_html
from digitnet.teach.pages import as_text, sections
from digitnet.training.build import build_model, build_network, scaling_of
from digitnet.training.runs import as_its_run_says, files_of, model_path, source_of

SUMMARY = "walk through one learning step with its numbers"
LARGEST_STEP = 1000
STEP_SIZE = 0.1
USAGE = "[IMAGE] [options]"
EXAMPLES = """
PROG 7 --hidden 16  # a fresh network and training image 7
PROG --run runs/mine --wrong  # a trained one, and what it gets wrong
PROG --run runs/mine --part test 3520  # an image of mistakes.png
"""
SETTINGS = ("hidden_layer_sizes", "activation", "initializer", "dropout", "seed")
PARTS = {"train": "training", "test": "test"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The image, the network, what to follow, and where to write."""
    from_zero = converter("a whole number of at least 0", int, lambda value: value >= 0)
    parser.add_argument(
        "image",
        metavar="IMAGE",
        type=from_zero,
        nargs="?",
        help="number of the image in its part of the data, from 0 (default: 0)",
    )
    daily = parser.add_argument_group("used daily")
    daily.add_argument(
        "--run",
        metavar="RUN",
        type=Path,
        help="a trained network, its run folder or model file, in place of the options below",
    )
    daily.add_argument(
        "--wrong",
        metavar="N",
        type=converter("a whole number of at least 1", int, lambda value: value >= 1),
        nargs="?",
        const=1,
        help="in place of IMAGE: the one that the network reads wrong with the highest "
        "probability, or the N-th of these, as in mistakes.png",
    )
    daily.add_argument(
        "--part",
        metavar="PART",
        type=one_of(PARTS),
        default="train",
        help="part of the data that the image is from: train or test (default: train)",
    )
    daily.add_argument("--html", metavar="FILE", type=Path, help="write a page to this file")
    daily.add_argument(
        "--unit",
        metavar="N",
        type=from_zero,
        help="hidden unit of the first layer to follow (default: the one that learns most)",
    )
    daily.add_argument(
        "--learning-rate",
        dest="step_size",
        metavar="RATE",
        type=converter(
            f"a number above 0, up to {LARGEST_STEP:g}",
            float,
            lambda value: 0 < value <= LARGEST_STEP,
        ),
        help="size of the step, eta (default: that with which the run began if it was trained by "
        f"sgd, else {STEP_SIZE:g})",
    )
    add_data_option(daily, "default: what RUN learned from, else MNIST")
    add_settings(parser, SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Print or write the page. Returns the exit status."""
    if options.run and (given := [name for name in SETTINGS if name in vars(options)]):
        raise DigitnetError(
            f"argument {option_name(given[0])}: expected only without --run, "
            "because a trained network has settings of its own"
        )
    if options.wrong and options.image is not None:
        raise DigitnetError("argument --wrong: expected IMAGE or --wrong, got both")
    terminal = open_terminal()
    learned_from = source_of(options.run) if options.run else None
    source = options.data or learned_from
    if options.html:
        of_run = files_of(options.run) if options.run else ()
        kept_apart(options.html, *of_run, *(files_read(source) if source else ()))
    with as_its_run_says(options.run, None if options.data else learned_from):
        data = load_for_command(source, terminal)
    model, what = _network(options, data)
    examples = getattr(data, options.part)
    image = _image(options, model, examples, terminal)
    of = f"image {image} of {data.name}" + ("'s test set" if options.part == "test" else "")
    _explain(options, model, examples, image, f"One learning step: {of}, {what}", terminal)
    return 0


def _network(options: argparse.Namespace, data: Dataset) -> tuple[Model, str]:
    """The model that learns, and what it is in words."""
    if options.run:
        model = load(model_path(options.run))
        check_fits(model, data)
        model.temperature = 1.0  # the network is explained, not how sure the model says it is
        return model, f"the trained network of {options.run}"
    settings = settings_from(options)
    network = build_network(settings, data.train, len(data.classes))
    plain = MinMax.fit(data.train.images)
    scaling = scaling_of(settings, plain, data.train.image_shape)
    model = build_model(settings, network, scaling, data.train, data.classes)
    return model, "a network that has learned nothing yet"


def _image(
    options: argparse.Namespace, model: Model, examples: Examples, terminal: Terminal
) -> int:
    """The number of the image. Raises DigitnetError if there is no such image."""
    if not options.wrong:
        image: int = options.image or 0
        if image >= len(examples):
            raise DigitnetError(
                f"argument IMAGE: expected a number from 0 to {len(examples) - 1}, got {image}"
            )
        return image
    probabilities = model.predict_rows(examples.rows)
    wrong: NDArray[np.intp] = most_confident_mistakes(probabilities, examples.labels)
    part = f"{len(examples)} {PARTS[options.part]} images"
    if options.wrong > len(wrong):
        other = "test" if options.part == "train" else "train"
        raise DigitnetError(
            f"argument --wrong: expected at most {len(wrong)}, because the network reads all other "
            f"of the {part} right, got {options.wrong}; try --part {other}"
        )
    chosen = int(wrong[options.wrong - 1])
    true = model.classes[examples.labels[chosen]]
    taken_for = model.classes[probabilities[chosen].argmax()]
    terminal.say(
        f"{len(wrong)} of the {part} are read wrong; image {chosen} is {true}, and taken for "
        f"{taken_for} with {percent(probabilities[chosen].max())}"
    )
    return chosen


def percent(probability: float) -> str:
    """As "99.98 %", and never 100 % for less than 1."""
    text = f"{100 * probability:.2f}"
    return "more than 99.99 %" if text == "100.00" and probability < 1 else f"{text} %"


def _begun_with(model: Model) -> float:
    """The learning rate with which the training of this model began, if plain steps can use it."""
    rate = model.config.get("learning_rate")
    # A file may hold anything; Adam's rates are for steps of another kind.
    if model.config.get("optimizer") != "sgd" or not isinstance(rate, float | int):
        return STEP_SIZE
    return float(rate) if 0 < rate <= LARGEST_STEP else STEP_SIZE


def _explain(
    options: argparse.Namespace,
    model: Model,
    examples: Examples,
    image: int,
    title: str,
    terminal: Terminal,
) -> None:
    part = slice(image, image + 1)
    target = one_hot(examples.labels[part], len(model.classes))
    x = model.scaling(examples.rows[part])
    step_size = options.step_size or (_begun_with(model) if options.run else STEP_SIZE)
    trace = trace_step(model.network, x, target, step_size)
    if options.unit is not None and len(trace.dense) == 1:
        raise DigitnetError("argument --unit: expected a network with a hidden layer, got none")
    unit = telling_unit(trace.dense[0]) if options.unit is None else options.unit
    n_units = len(trace.dense[0].y)
    if unit >= n_units:
        raise DigitnetError(
            f"argument --unit: expected a unit from 0 to {n_units - 1}, got {options.unit}"
        )
    shape = examples.image_shape
    parts = sections(trace, model.classes, shape, unit)
    if options.html:
        page = as_html(title, trace, parts, model.classes, shape, unit)
        replace(options.html, page.encode())
        terminal.say(f"The page is in {options.html}")
    else:
        terminal.say(as_text(title, trace, parts, shape))
