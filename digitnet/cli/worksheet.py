"""One learning step to be computed by hand, and its solution: a network of three inputs, two
hidden units and two classes, one example, forward, backward, update. Each seed has numbers of its
own, so that each pupil of a class can have another sheet.

A pocket calculator with e to the power of x and the natural logarithm is enough. As text for the
terminal, or with --html as pages to print: first all sheets, then all solutions.
"""

import argparse
from pathlib import Path

from digitnet.cli.common import add_language_option, converter, whole_number
from digitnet.cli.paths import usable
from digitnet.files.writing import replace
from digitnet.languages import tr
from digitnet.report.terminal import open_terminal
from digitnet.teach.worksheet import worksheet
from digitnet.teach.worksheet_pages import WIDTH, as_html, as_text, asked

SUMMARY = "one learning step to be computed by hand"
USAGE = "[options]"
EXAMPLES = """
PROG --seed 7  # a sheet and its solution
PROG --pupils 25 --html class.html  # to print: 25 sheets, then 25 solutions
PROG --exercise 3  # only the softmax; what comes before it is given
"""
LARGEST_SEED = 2**32 - 1
MOST_PUPILS = 200


def add_options(parser: argparse.ArgumentParser) -> None:
    """Whose numbers, how many sheets, of what, and where to."""
    daily = parser.add_argument_group("used daily")
    daily.add_argument(
        "--seed",
        metavar="N",
        type=whole_number(0, LARGEST_SEED),
        default=0,
        help="of the numbers on the sheet (default: 0)",
    )
    daily.add_argument(
        "--pupils",
        metavar="N",
        type=whole_number(1, MOST_PUPILS),
        default=1,
        help="so many sheets, with the seeds from --seed on (default: 1)",
    )
    daily.add_argument(
        "--exercise",
        metavar="NUMBER",
        type=converter("the number of an exercise", int, lambda n: n >= 1),
        help="ask only for what this exercise is about; what comes before it is given",
    )
    daily.add_argument("--html", metavar="FILE", type=Path, help="write pages that can be printed")
    add_language_option(daily)


def run(options: argparse.Namespace) -> int:
    """Write the sheets and their solutions. Returns the exit status."""
    asked(options.exercise)  # before anything is drawn
    terminal = open_terminal()
    sheets = [worksheet(options.seed + place) for place in range(options.pupils)]
    if options.html:
        with usable(options.html, "written"):
            replace(options.html, as_html(sheets, options.exercise).encode())
        terminal.say(tr("The sheets and their solutions are in {file}", file=options.html))
        return 0
    texts = [as_text(each, options.exercise, solved) for solved in (False, True) for each in sheets]
    terminal.say(f"\n\n{'=' * WIDTH}\n\n".join(texts))
    return 0
