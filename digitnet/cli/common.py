"""What several commands share: the arguments RUN and --data."""

import argparse
from pathlib import Path

from digitnet.data import Dataset, load_data
from digitnet.terminal import Terminal


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """RUN, a run folder or a model file."""
    parser.add_argument(
        "run", metavar="RUN", type=Path, help="a run folder, or the file of a model"
    )


def add_data_option(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    """--data, the source of images."""
    parser.add_argument(
        "--data",
        metavar="SOURCE",
        help="openml:NAME_OR_ID, a folder of IDX files, or FILE.npz with x_train, y_train "
        "[, x_test, y_test] (default: MNIST, which comes with digitnet)",
    )


def load_for_command(source: str | None, terminal: Terminal) -> Dataset:
    """The data, and a line about it."""
    data = load_data(source, progress=lambda text: terminal.say(f"{source}: {text}"))
    terminal.say(f"{data.name}: {data.note}")
    return data
