"""Measure the page without a server: its size, and how fast it is in a browser.

    python benchmarks/exported.py                      Pyodide as the tests have it
    python benchmarks/exported.py --pyodide FOLDER     or from here

It exports the page, serves it as plain files on this computer, and visits it with Chromium through
Playwright. The machine should have nothing else to do. One minute.
"""

import argparse
import gzip
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from machine import load, memory_mb, processor_and_blas

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import sync_playwright
from visitors import CHROMIUM, Page

from digitnet.data import Examples, hold_out, load_mnist
from digitnet.training.settings import Settings
from digitnet.training.underway import Learning
from digitnet.web.export import export
from digitnet.web.wheel import N_TRAIN
from tests.page.exported import MissingError, Served, pyodide_in
from tests.page.served import FLAGS

N_STROKES = 30
EPOCHS = 4
SENDABLE = {".js", ".mjs", ".css", ".html", ".json", ".svg"}
"""What web servers compress by themselves, if they compress anything."""
LONGEST_S = 60.0
TAB_S = 5.0
"""Spent on each of the other tabs, before memory is measured."""

Row = tuple[str, str]


def sizes(site: Path) -> Row:
    """Of all files, as they are and as a server sends them that compresses texts."""
    files = [path for path in site.rglob("*") if path.is_file()]
    plain = sum(path.stat().st_size for path in files)
    sent = sum(
        len(gzip.compress(path.read_bytes())) if path.suffix in SENDABLE else path.stat().st_size
        for path in files
    )
    return (
        "all files; as a server sends them that compresses texts",
        f"{plain / 1e6:.1f} MB; {sent / 1e6:.1f} MB",
    )


@contextmanager
def opened(address: str) -> Iterator[tuple[Page, float, Callable[[], float]]]:
    """A page that has begun, the seconds that this took, and what tells the tab's megabytes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        tab.set_default_timeout(1000 * LONGEST_S)
        begun = time.perf_counter()
        page = Page(tab, address)
        seconds = time.perf_counter() - begun
        session = browser.new_browser_cdp_session()
        yield page, seconds, lambda: tab_mb(session.send("SystemInfo.getProcessInfo"))
        browser.close()


def tab_mb(told: dict[str, list[dict[str, Any]]]) -> float:
    """Megabytes of the browser's process that shows the page and computes."""
    return max(memory_mb(each["id"]) for each in told["processInfo"] if each["type"] == "renderer")


def answers(page: Page) -> str:
    """From the end of a stroke to its answer on the page."""
    page.open("Draw")
    waits, readings = [], []
    for number in range(N_STROKES):
        waits.append(1000 * page.seconds_to_answer(number))
        readings.append(1000 * page.seconds_of_reading())
    return (
        f"{np.median(waits):.0f} ms, of which reading takes {np.median(readings):.0f}; "
        f"the longest of {N_STROKES} {max(waits):.0f} ms"
    )


def native_seconds_per_epoch(settings: Settings) -> float:
    """Of the same training with the installed program."""
    mnist = load_mnist().train
    part = Examples(mnist.images[:N_TRAIN], mnist.labels[:N_TRAIN])
    learn, held_out = hold_out(part, settings.validation_fraction, settings.seed)
    learning = Learning(settings, learn, held_out, tuple("0123456789"))
    seconds = [record.seconds for record in learning.records() if hasattr(record, "seconds")]
    return statistics.median(seconds[1:])


def measured(address: str) -> Iterator[Row]:
    """All but the sizes."""
    with opened(address) as (page, seconds, megabytes):
        yield "from opening the page until it can answer", f"{seconds:.1f} s"
        page.seconds_to_answer(0)
        begun = megabytes()
        yield "end of a stroke to the answer on the page, median", answers(page)
        accuracy = page.seconds_to_accuracy(0.9)
        yield "from Start to 90 % of the held-out images, with the defaults", f"{accuracy:.1f} s"
        yield "end of a stroke to the answer while it learns, median", answers(page)
        there = page.seconds_per_epoch(EPOCHS)
        here = native_seconds_per_epoch(Settings(epochs=EPOCHS))
        yield (
            f"an epoch of {N_TRAIN} images in the browser; installed",
            f"{there:.2f} s; {here:.3f} s: {there / here:.0f} times as long",
        )
        visited = [megabytes()]
        for tab in ("Inside", "One step", "Evaluate"):
            page.open(tab)
            time.sleep(TAB_S)
            visited.append(megabytes())
        yield (
            "memory of the tab after the first answer; after a training and all tabs",
            f"{begun:.0f} MB; {max(visited):.0f} MB",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pyodide", type=Path, metavar="FOLDER", help="that holds Pyodide")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        try:
            pyodide = options.pyodide or pyodide_in(Path(folder))
        except MissingError as error:
            sys.exit(str(error))
        export(site, load_mnist(), None, pyodide)
        print("", "| | |", "|---|---|", sep="\n")
        print("| {} | {} |".format(*sizes(site)))
        with Served(site) as server:
            for row in measured(server.address):
                print("| {} | {} |".format(*row), flush=True)
    about = ", ".join(f"{name} {value}" for name, value in processor_and_blas().items())
    print(f"\nMeasured on: {about}; load at the end {load()}.")


if __name__ == "__main__":
    main()
