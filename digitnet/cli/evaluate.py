"""Let a trained model read a test set, and report accuracy, precision, recall, F1 and confusion.

The data may be a test part alone, of any number of images and any of the model's classes. Without a
test part all images are read, unless the run learned from them.
"""

import argparse
from pathlib import Path

from digitnet.accept.caution import warn
from digitnet.cli.common import (
    add_data_option,
    add_run_argument,
    add_views_option,
    check_fits,
    load_for_command,
)
from digitnet.data.parts import Source, to_evaluate
from digitnet.data.sources import load_source
from digitnet.model import Model, load
from digitnet.report.metrics import Report, evaluate_model, evaluate_part
from digitnet.report.tables import report_tables
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.training.material import learned_from
from digitnet.training.runs import as_its_run_says, config_beside, model_path, source_of

SUMMARY = "test a trained model, on its own kind of data or other"
USAGE = "[RUN] [options]"
EXAMPLES = """
PROG runs/mine  # a network of yours on the test set
PROG --data mine.npz  # the one that comes along on your images
PROG --views 9  # looking at each image from nine places
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """RUN, --data and --views."""
    add_run_argument(parser)
    add_data_option(parser, "default: what RUN learned from, else MNIST")
    add_views_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the report. Returns the exit status."""
    model = load(model_path(options.run))
    terminal = open_terminal()
    report = _evaluate(model, options, terminal)
    terminal.say(report.summary())
    terminal.say(report.how_sure())
    for table in report_tables(report):
        terminal.show(table)
    return 0


def _evaluate(model: Model, options: argparse.Namespace, terminal: Terminal) -> Report:
    of_run = source_of(options.run)
    path = options.data or of_run
    if path is None:
        data = load_for_command(None, terminal)
        check_fits(model, data)
        return evaluate_model(model, data.test, views=options.views)
    with as_its_run_says(options.run, None if options.data else path):
        source = load_source(path, lambda text: terminal.say(f"{path}: {text}"))
    part, note = to_evaluate(source, _was_learned_from(options.run, path, of_run, source))
    terminal.say(f"{source.name}: {note}")
    return evaluate_part(model, part, source.name, source.names, views=options.views)


def _was_learned_from(run: Path, path: str, of_run: str | None, source: Source) -> bool:
    """Whether a run learned from this source, wherever it lies now; a warning if it has changed."""
    if source.train is None or (source.test is not None and source.test.labels is not None):
        return False  # there is a part to test with
    is_it = learned_from(config_beside(run), source)
    if _is_same(path, of_run) and is_it is False:
        warn(f"{path}: expected the images that {run} learned from, got others: some may be known")
    return _is_same(path, of_run) or is_it is True


def _is_same(source: str, other: str | None) -> bool:
    """Whether two sources are the same, as they are written or as paths."""
    return other is not None and (
        source == other or Path(source).resolve() == Path(other).resolve()
    )
