"""Read handwritten digits in pictures: photographs, scans, drawings.

A FILE is a picture (PNG, JPEG, BMP, GIF, TIFF, WebP), a folder of them, a pattern in quotes, or -
for standard input. A line is printed for each line of digits: the name of the file, the digits, and
how certain the least certain of them is. "?" stands for what looks like no digit. What cannot be
read costs a sentence on standard error, all else is read, and then the exit status is 2.
"""

import argparse
from pathlib import Path

from digitnet.cli.chunks import read_all
from digitnet.cli.common import converter
from digitnet.cli.many import add_workers_options, many, workers_from
from digitnet.cli.pictures import STANDARD_INPUT, Named, pictures_of
from digitnet.cli.readings import Readings, libraries_silenced
from digitnet.errors import DigitnetError
from digitnet.model import Model, load
from digitnet.reading.reading import MOST_DIGITS
from digitnet.training.interruption import STATUS, Interruption
from digitnet.training.runs import model_path

SUMMARY = "read the digits in pictures: photographs, scans, drawings"
USAGE = "FILE... [options]"
EXAMPLES = """
PROG photo.jpg  # the digits in a picture
PROG scans --json  # a folder, as lines of JSON
PROG scans --output read.jsonl --workers 2  # many pictures
PROG *.png --single  # each is of one digit
PROG photo.jpg --annotate seen  # draw what was read into a copy
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The pictures, what is known about them, and what to write."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a picture, a folder of pictures, a pattern, or - for standard input",
    )
    known = parser.add_argument_group("what is known of the pictures")
    known.add_argument("--single", action="store_true", help="each is of a single digit")
    known.add_argument(
        "--digits",
        metavar="N",
        type=converter(
            f"a number of digits from 1 to {MOST_DIGITS}, or two as in 3-5", _range, _is_range
        ),
        help="each has N digits, or from N to M: --digits 3-5",
    )
    known.add_argument(
        "--model",
        metavar="RUN",
        type=Path,
        help="read with this run folder or model file (default: what comes with digitnet)",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--json",
        action="store_true",
        help='a JSON object for each picture, in a line of its own: "file", "size", "lines", '
        'and "digits" with their "line", "label", "confidence", "box" (left, top, right, bottom in '
        'pixels) and "probabilities"; or "file" and "error"',
    )
    output.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="write the lines of --json to this file instead of printing them; pictures that "
        "were read into it are not read again, so that what was interrupted goes on",
    )
    output.add_argument(
        "--annotate",
        metavar="FOLDER",
        type=Path,
        help="write a copy of each picture to this folder, with what was read drawn in",
    )
    output.add_argument(
        "--show-steps",
        metavar="FOLDER",
        type=Path,
        help="write pictures of the steps from each picture to its digits to this folder",
    )

    add_workers_options(parser)


def run(options: argparse.Namespace) -> int:
    """Read all pictures, and print what is in them. Returns the exit status."""
    if options.single and options.digits not in (None, (1, 1)):
        raise DigitnetError("argument --digits: expected --single or --digits, got both")
    if options.output and str(options.output) == STANDARD_INPUT:
        raise DigitnetError("argument --output: expected a file; --json prints the same lines")
    if many(options) and STANDARD_INPUT in options.files:
        raise DigitnetError("expected files for --workers and --dask, got - for standard input")
    model = load(model_path(options.model)) if options.model else None
    with libraries_silenced():
        return _read_all(options, model)


def _read_all(options: argparse.Namespace, model: Model | None) -> int:
    pictures = list(pictures_of(options.files))
    output = Readings(options, pictures)
    there: list[Named] = []
    left: list[Named] = []
    for each in pictures:
        (there if output.has(each) else left).append(each)
    if there:
        output.pass_over(there)
        drawn = ", and are not drawn again" if options.annotate or options.show_steps else ""
        n = f"{len(there)} of {len(pictures)} pictures"
        output.complain(f"{n} are in {options.output} already{drawn}")
    known = {"single": options.single, "digits": options.digits, "model": model}
    with_pixels = bool(options.annotate or options.show_steps)
    workers = workers_from(options, output.complain)
    try:
        with Interruption(at_once=True) as interruption:
            for named, result in read_all(left, known, workers, with_pixels):
                if interruption.requested:
                    raise KeyboardInterrupt  # it may have been lost, or made another error
                output.note(named, result)
                if output.nobody_wants_more:
                    break
    except KeyboardInterrupt:
        output.complain(f"interrupted after {output.n_done} of {len(left)} pictures")
        return STATUS
    return output.end()


def _range(text: str) -> tuple[int, int]:
    """The fewest and the most: 4 -> (4, 4), 3-5 -> (3, 5). Raises ValueError."""
    fewest, dash, most = text.partition("-")
    return int(fewest), int(most if dash else fewest)


def _is_range(value: tuple[int, int]) -> bool:
    return 1 <= value[0] <= value[1] <= MOST_DIGITS
