"""Measure the playground: how quickly it answers, and what the open page costs the training.

    python benchmarks/playground.py                    all but the soak: some four minutes
    python benchmarks/playground.py --write            the same, into docs/playground.md
    python benchmarks/playground.py --soak 60          that alone: visitors for an hour

It starts `digitnet play` as a user does, and visits it with a browser (Chromium, through
Playwright) and with plain websockets. The machine should have nothing else to do.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from machine import load, memory_mb, processor_and_blas

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from visitors import Guest, Page, a_drawing

from tests.page.served import Playground

PAGE = ROOT / "docs" / "playground.md"
BEGIN, END = "<!-- {}: begin -->\n", "<!-- {}: end -->\n"
N_STROKES = 60
N_ROUNDS = 5
EPOCHS = 6
N_VISITORS = 20
VISITORS_S = 20.0
SOAK_REST_S = 0.5

Row = tuple[str, str]


@contextmanager
def served(*options: str) -> Iterator[tuple[str, int]]:
    """The address of a playground, and the number of its process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Playground(Path(folder), *options) as playground,
    ):
        yield playground.address, playground.process.pid


def quantiles(seconds: list[float]) -> str:
    """Median and 99th percentile, in milliseconds."""
    median, last = np.quantile(seconds, (0.5, 0.99))
    return f"{1000 * median:.0f} ms; 99 % within {1000 * last:.0f} ms"


def strokes(page: Page) -> list[Row]:
    """From the end of a stroke to the answer on the page."""
    page.open("Draw")
    quiet = [page.seconds_to_answer(number) for number in range(N_STROKES)]
    page.start()
    page.open("Draw")
    busy = [page.seconds_to_answer(number) for number in range(N_STROKES)]
    return [
        ("end of a stroke to the answer on the page, median", quantiles(quiet)),
        ("the same while a network is trained", quantiles(busy)),
    ]


def frames(page: Page) -> list[Row]:
    """Frames per second while training."""
    page.start()
    rate = page.frames_per_s(5.0)
    seconds = page.seconds_to_accuracy(0.97)
    return [
        ("frames per second of the page while training", f"{rate:.0f}"),
        ("from Start to 97 % of the held-out images, with the defaults", f"{seconds:.1f} s"),
    ]


def cost_of_the_page(address: str, page: Page) -> list[Row]:
    """Seconds per epoch with the page open, by those of a visit that nobody looks at."""
    ratios = []
    for _ in range(N_ROUNDS):
        with Guest(address) as visitor:
            visitor.ask("watch", tab="draw")
            alone = visitor.seconds_per_epoch(EPOCHS)
        ratios.append(page.seconds_per_epoch(EPOCHS) / alone)
    listed = " ".join(f"{each:.2f}" for each in ratios)
    return [
        (
            "time for an epoch with the page open, by that without",
            f"{statistics.median(ratios):.2f} (rounds: {listed})",
        )
    ]


def many(address: str, pid: int) -> list[Row]:
    """Many visitors at once, all of whom train, and draw once a second."""
    before = memory_mb(pid)
    visitors = [Guest(address) for _ in range(N_VISITORS)]
    for visitor in visitors:
        visitor.start()
    waits, end, number = [], time.perf_counter() + VISITORS_S, 0
    while time.perf_counter() < end:
        visitor = visitors[number % N_VISITORS]
        waits.append(visitor.seconds_to_answer(a_drawing(number)))
        number += 1
        time.sleep(1 / N_VISITORS)
    steps = [visitor.steps() for visitor in visitors]
    held = memory_mb(pid)
    for visitor in visitors:
        visitor.close()
    return [
        (f"{N_VISITORS} visitors train at once: a drawing to its answer", quantiles(waits)),
        ("steps that the slowest of them made, by those of the fastest", _share(steps)),
        ("memory for each of them", f"{(held - before) / N_VISITORS:.0f} MB"),
    ]


def _share(steps: list[int]) -> str:
    return f"{min(steps) / max(*steps, 1):.2f}"


def soak(address: str, pid: int, minutes: float) -> list[Row]:
    """Visitors come, train, draw and go, one after another."""
    turns, memory, end = 0, [0.0], time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        with Guest(address) as visitor:
            visitor.seconds_per_epoch(2)
            for number in range(20):
                visitor.seconds_to_answer(a_drawing(number))
            visitor.ask("forget", drawings=True)
        turns += 1
        time.sleep(SOAK_REST_S)
        if turns == 5:  # everything that is loaded once is there
            memory = [memory_mb(pid)]
    memory.append(memory_mb(pid))
    return [
        (
            f"memory after the fifth, and after all {turns} visitors of {minutes:g} minutes",
            f"{memory[0]:.0f} MB, {memory[-1]:.0f} MB",
        )
    ]


def table(rows: list[Row]) -> str:
    """The rows, with the machine that they were measured on."""
    about = ", ".join(f"{name} {value}" for name, value in processor_and_blas().items())
    lines = "".join(f"| {what} | {figure} |\n" for what, figure in rows)
    return f"\n| | |\n|---|---|\n{lines}\nMeasured on: {about}; load at the end {load()}.\n\n"


def write(text: str, place: str) -> None:
    """Put the table where the page has its place."""
    begin, end = BEGIN.format(place), END.format(place)
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


def measured(address: str, pid: int) -> Iterator[Row]:
    """All but the soak."""
    with Page.opened(address) as page:
        yield from strokes(page)
        yield from frames(page)
        yield from cost_of_the_page(address, page)
    yield from many(address, pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="into docs/playground.md")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="measure this alone")
    options = parser.parse_args()
    rows: list[Row] = []
    with served("--visitors", str(N_VISITORS + 5)) as (address, pid):
        parts = soak(address, pid, options.soak) if options.soak else measured(address, pid)
        for row in parts:
            rows.append(row)
            print(*row, sep=": ", flush=True)
    if options.write:
        write(table(rows), "soak" if options.soak else "figures")


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
