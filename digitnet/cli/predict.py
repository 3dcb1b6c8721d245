"""Let a trained model read images, and write what it reads as a table: ImageId,Label.

ImageId counts from 1, Label is the name of a class: as Kaggle's Digit Recognizer takes it. The
images are those of the test part, or else all; labels are not needed.
"""

import argparse
import csv
import io
from pathlib import Path

from digitnet.cli.common import add_data_option, add_run_argument, add_views_option
from digitnet.cli.paths import kept_apart, usable
from digitnet.data.sources import files_read, load_source
from digitnet.errors import DigitnetError
from digitnet.files.writing import replace
from digitnet.model import load
from digitnet.report.terminal import open_terminal
from digitnet.training.runs import files_of, model_path

SUMMARY = "read images with a trained model, into a table"
USAGE = "[RUN] --data SOURCE [options]"
EXAMPLES = """
PROG --data mine.npz  # with the model that comes with digitnet
PROG runs/mine --data test.csv --output mine.csv  # with yours
"""

NAMES = ("ImageId", "Label")
BEGINNING = ",".join(NAMES).encode() + b"\n"


def add_options(parser: argparse.ArgumentParser) -> None:
    """RUN, --data, --views and where to write."""
    add_run_argument(parser)
    add_data_option(parser, "without it there is nothing to read")
    add_views_option(parser)
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        default=Path("predictions.csv"),
        help="the table (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the table. Returns the exit status."""
    if options.data is None:
        raise DigitnetError("expected --data SOURCE, the images to read, got none")
    path = model_path(options.run)
    kept_apart(options.output, *files_of(options.run), *files_read(options.data))
    _check_replaceable(options.output)
    model = load(path)
    terminal = open_terminal()
    source = load_source(options.data, lambda text: terminal.say(f"{options.data}: {text}"))
    part = source.test or source.train
    if part is None:
        raise DigitnetError(f"{source.name}: expected images, got none")
    predictions = model.predict(part.images, views=options.views)
    table = io.StringIO(newline="")
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(NAMES)
    rows.writerows(enumerate((model.classes[index] for index in predictions), start=1))
    replace(options.output, table.getvalue().encode())
    terminal.say(source.noted(f"{source.name}: {len(predictions)} images read"))
    terminal.say(f"The table is in {options.output}")
    return 0


def _check_replaceable(path: Path) -> None:
    """Raise DigitnetError if there is a file that is no such table: it would be lost."""
    if not path.is_file():  # which writing says better, if it is something else
        return
    with usable(path, "read"), path.open("rb") as file:
        beginning = file.read(len(BEGINNING))
    if beginning not in (BEGINNING, b""):
        raise DigitnetError(
            f"{path}: expected no file, or an earlier table, got another file, which would be "
            "lost; --output names another"
        )
