"""Let a trained model read a test set, and report accuracy, precision, recall, F1 and confusion."""

import argparse

from digitnet.cli.common import add_data_option, add_run_argument, check_fits, load_for_command
from digitnet.cli.tables import report_tables
from digitnet.evaluation import evaluate_model
from digitnet.model import load
from digitnet.runs import model_path
from digitnet.terminal import open_terminal

SUMMARY = "test a trained model, on its own kind of data or other"
USAGE = "[RUN] [options]"
EXAMPLES = """
PROG runs/mine  # a network of yours on the test set
PROG --data mine.npz  # the one that comes along on your images
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """RUN and --data."""
    add_run_argument(parser)
    add_data_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the report. Returns the exit status."""
    model = load(model_path(options.run))
    terminal = open_terminal()
    data = load_for_command(options.data, terminal)
    check_fits(model, data)
    report = evaluate_model(model, data.test)
    terminal.say(report.summary())
    for table in report_tables(report):
        terminal.show(table)
    return 0
