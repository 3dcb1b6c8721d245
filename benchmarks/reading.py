"""How well pictures are read: of a folder of real ones, and of ones that are made here.

    python benchmarks/reading.py                             what is made here
    python benchmarks/reading.py --data FOLDER               that, and the folder's development half
    python benchmarks/reading.py --data FOLDER --half both --write --sheet failures.png
    python benchmarks/reading.py --data FOLDER --only numbers --sheet failures.png

Of the folder (singles, numbers, registers, dates) half of the pictures are kept for the end, by a
fixed seed: who changes the reader looks at the development half, and the final one shows how far
the reader was only fitted to that. What is made here is the same in every run.

singles      one digit in a picture. With single=True the whole answer is the digit; without, its
             digits are this one, whatever is "?" beside it.
semeion      16 × 16 black and white cells, as pictures of 96 × 96: each cell 4 × 4 pixels, black on
             white, a margin of 4 cells; single=True.
numbers      amounts on cheques. The digits of all lines in a row, without "?", are the amount. A
             digit is found if a box with its label overlaps its box by half of their union.
registers    the number of a row. A line looks like a number if it has digits and no "?" but at its
             ends. Exactly one line looks like one, and it is the number. The second row asks only
             that a line is the number, whatever other lines are.
dates        a line is the year; "?" may stand before and after it.
pages        the lines are exactly those of the truth.
placed       MNIST's test images, enlarged ×1.5 to ×10, black on white, anywhere on a page up to
             three times as large: against the same images and the same network without the reader.
damaged      MNIST's test images in fog, under stripes, … half of them 28 × 28 and light on dark,
             half 112 × 112 and dark on light; on ruled and squared paper always the latter.
strings      two to eight of MNIST's test digits in a row, -2 to 12 of its pixels apart, turned by
             up to 10 degrees, under a shadow, with noise; right if all digits are, in their order.
aslant       three lines of five of MNIST's test digits on a page that is turned by up to 20
             degrees; right if all lines are. Told apart: if each has as many digits.
shadows      the same lines, level, across the hard edges of one shadow or two.
papers       the same lines on ruled or squared paper, and on a page that lies on a darker table.
boxes        five of MNIST's test digits in the printed boxes of a form, turned by up to 10 degrees.
signs        MNIST's test digits with slashes or brackets among them, as in dates and telephone
             numbers, or an arc of a stamp or printed letters beside them, which are no digits
             (letters may be "?"); and rows of five, about half of which are a 1.
others       what is no digit (strokes.TEST_SHAPES): right if no digit is answered.
speed        medians of 7 readings of a file, after a first one; the peak of a process that imports
             digitnet and reads the photograph.
calibration  over the digits of singles, numbers and strings: what was found where a digit is, by
             its most probable label, and what was answered where none is. A digit that was not
             found at all is not among them.

A reading that ends in an exception is wrong in every row, and is told of below the table. What is
wrong in the rows that have a target is drawn on the contact sheet, with the boxes found.
"""

import argparse
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from reading_bench import Bench
from reading_report import calibration_figure, contact_sheet, machine, table
from reading_sets import CALIBRATED, FROM_FOLDER, MADE_HERE, measure

import digitnet
from digitnet.reading.networks import PIXELS

DOCS = ROOT / "docs"
PAGE = DOCS / "reading-figures.md"
FIGURE = DOCS / "images" / "reading-calibration.png"
PROGRAM = "import sys, digitnet\ndigitnet.read(sys.argv[1])"


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sets = [*FROM_FOLDER, *MADE_HERE]
    parser.add_argument("--data", type=Path, help="the folder of real pictures")
    parser.add_argument("--only", nargs="+", choices=sets, metavar="SET", help=", ".join(sets))
    parser.add_argument("--half", choices=("development", "final", "both"), default="development")
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="a picture of the failures")
    parser.add_argument("--figure", type=Path, metavar="FILE.png", help="calibration, coverage")
    parser.add_argument("--quick", action="store_true", help="few pictures of each kind")
    parser.add_argument("--all", action="store_true", help="all 10,000 of MNIST's test images")
    parser.add_argument("--model", type=Path, help="a model file instead of the reader's own")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.quick):
        parser.error("--write is for all sets in full: leave out --only and --quick")
    if options.data and not options.data.is_dir():
        parser.error(f"--data {options.data}: expected a folder")
    return options


def bench_of(options: argparse.Namespace) -> Bench:
    """The reader that is measured, and the network it reads with."""
    if not hasattr(digitnet, "read"):
        sys.exit("this digitnet cannot read pictures: it has no digitnet.read")
    model = digitnet.load(options.model or PIXELS)
    read: Any = partial(digitnet.read, model=model) if options.model else digitnet.read
    return Bench(
        read,
        model.predict,
        options.data,
        quick=options.quick,
        everything=options.all,
        program=PROGRAM,
    )


def report(bench: Bench, lacking: list[str]) -> str:
    """The table, and what has to be said about it."""
    lines = list(table(bench.rows))
    if lacking:
        names = ", ".join(lacking)
        lines += ["", f"Not measured, for want of the folder of pictures (--data): {names}."]
    if bench.errors:
        lines += ["", f"{len(bench.errors)} readings ended in an exception, the first of them:", ""]
        lines += [f"    {error}" for error in bench.errors[:10]]
    return "\n".join(lines)


def write_page(text: str, half: str) -> None:
    """docs/reading-figures.md."""
    picture = FIGURE.relative_to(DOCS).as_posix()
    halves = "both halves" if half == "both" else f"the {half} half"
    PAGE.write_text(
        "# How well pictures are read\n\n"
        "Written by `python benchmarks/reading.py --write`, whose first lines say what each row "
        f"means.\nOf the real pictures {halves} were read. Measured with {machine()}.\n\n{text}\n\n"
        f"## Confidence\n\n![Reliability, and accuracy by coverage]({picture})\n",
        encoding="utf-8",
    )


def main(arguments: list[str] | None = None, bench: Bench | None = None) -> None:
    """Measure what is asked for, and say how it went."""
    options = options_of(arguments)
    bench = bench or bench_of(options)
    halves = ("development", "final") if options.half == "both" else (options.half,)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of single pictures: some are meant to be odd
        lacking = measure(bench, options.only or [*FROM_FOLDER, *MADE_HERE], halves)
    text = report(bench, lacking)
    print(text)
    judged = [each for name in CALIBRATED for each in bench.judged.get(name, [])]
    for path in (options.figure, FIGURE if options.write else None):
        if path and judged:
            calibration_figure(judged, path)
    if options.sheet:
        contact_sheet(bench.failures, options.sheet)
        print(f"\n{len(bench.failures)} failures: {options.sheet}")
    if options.write:
        write_page(text, options.half)


if __name__ == "__main__":
    main()
