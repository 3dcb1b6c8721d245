"""Train the networks of the README from the command line, several seeds each, and tabulate.

    python benchmarks/accuracy.py               all of them, into docs/accuracy.md: 90 minutes
    python benchmarks/accuracy.py --only quick  one of them (or more), the other lines as they are
    python benchmarks/accuracy.py --quick       without the recipes that take long, one seed each,
                                                printed only
    python benchmarks/accuracy.py --page        docs/accuracy.md from its JSON, no training
    python benchmarks/accuracy.py --workers 2   two runs at once (see below)

Every figure is that of a whole `python main.py …` as a user runs it: the test accuracy from its
metrics.json, wall time and peak memory of its process. The options were chosen on the validation
set (docs/LOG.md); the test set is read at the end of each run and decides nothing. Every reading
of it here adds a line to docs/test-readings.csv, so that anybody sees how often it was looked at.

The runs stay in runs/accuracy. One that was interrupted goes on at the next call; one that is
finished is read from its folder, not trained again: remove the folder to measure anew.

With --workers N runs share the cores of this machine, with --dask ADDRESS those of a cluster whose
workers have this repository at the same place, on disks that they share. Accuracies stay what they
are, but times and memory do not: the page says how many runs there were at once.
"""

import argparse
import csv
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from digitnet.cli.common import settings_from, settings_parser
from digitnet.cli.many import add_workers_options, many, workers_from
from digitnet.training.settings import Settings

READINGS = ROOT / "docs" / "test-readings.csv"
JSON = ROOT / "docs" / "accuracy.json"
PAGE = ROOT / "docs" / "accuracy.md"
RUNS = ROOT / "runs" / "accuracy"


@dataclass(frozen=True)
class Variant:
    """A network of the table: its name, what it is, the options of main.py, how many seeds."""

    name: str
    title: str
    options: str
    n_seeds: int
    long: bool = False


VARIANTS = (
    Variant("default", "the recipe `default`: 784-128-10, ReLU, batch 64", "", 5),
    Variant("sprint98", "the recipe `sprint98`", "--recipe sprint98", 5),
    Variant("sprint99", "the recipe `sprint99`", "--recipe sprint99", 5),
    Variant("quick", "the recipe `quick`", "--recipe quick", 5),
    Variant("strong", "the recipe `strong`", "--recipe strong", 3, long=True),
    Variant("plain", "the recipe `plain`", "--recipe plain", 3, long=True),
    Variant(
        "pixels",
        "the recipe `pixels`, which then learned from all 60,000 images",
        "--recipe pixels --validation-fraction 0",
        1,
        long=True,
    ),
    Variant(
        "best",
        "the recipe `best`, likewise",
        "--recipe best --validation-fraction 0",
        2,
        long=True,
    ),
    Variant("batch-32", "batch 32", "--batch-size 32", 5),
    Variant(
        "adversarial",
        "each image also a step up its loss",
        "--adversarial 0.5",
        5,
    ),
    Variant("oriented", "on oriented gradients", "--oriented-gradients", 5),
    Variant("sigmoid", "sigmoid", "--activation sigmoid --learning-rate 0.4", 5),
    Variant("tanh", "tanh", "--activation tanh --learning-rate 0.2", 3),
    Variant("leaky-relu", "leaky ReLU", "--activation leaky_relu", 3),
    Variant(
        "two-layers",
        "two hidden layers, dropout",
        "--hidden 256,128 --dropout 0.2 --learning-rate 0.05",
        3,
    ),
    Variant("softmax", "no hidden layer (softmax regression)", '--hidden ""', 3),
    Variant(
        "oriented-softmax",
        "no hidden layer, on oriented gradients",
        '--hidden "" --oriented-gradients',
        3,
    ),
    Variant(
        "stochastic",
        "stochastic gradient descent, one epoch",
        "--batch-size 1 --epochs 1 --momentum 0 --learning-rate 0.03",
        3,
    ),
    Variant(
        "early-stopping",
        "early stopping",
        "--early-stopping 3 --schedule constant --learning-rate 0.03",
        3,
    ),
)


class Figures(NamedTuple):
    """What one run gave; `wall_s` and `peak_mb` are of its last process, if it was interrupted."""

    test: float
    validation: float | None
    training_s: float
    wall_s: float
    peak_mb: float


def measure(part: tuple[Variant, int], runs: Path, readings: Path) -> Figures:
    """Run the main job in a process of its own, or take what an earlier call of this left.

    part: the network, and its seed. readings: where a reading of the test set is noted.
    """
    variant, seed = part
    run = runs / f"{variant.name}-{seed}"
    cost = run / "cost.json"
    arguments = [*(part.strip('"') for part in variant.options.split()), "--seed", str(seed)]
    check_settings(run, arguments)
    if not cost.exists():
        begun = (run / "config.json").exists()
        where = ["--runs-dir", str(runs), "--name", run.name]
        wall_s, peak_mb = run_main(["--resume", str(run)] if begun else [*arguments, *where])
        cost.write_text(json.dumps({"wall_s": wall_s, "peak_mb": peak_mb}), encoding="utf-8")
        note_reading(run, variant.options, readings)
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return Figures(
        metrics["test"]["accuracy"],
        metrics["training"]["last_epoch"]["validation_accuracy"],
        metrics["training"]["seconds"],
        **json.loads(cost.read_text(encoding="utf-8")),
    )


def check_settings(run: Path, arguments: list[str]) -> None:
    """Leave with a word if the run is there and had other settings than it would have today."""
    if not (run / "config.json").exists():
        return
    today = settings_from(settings_parser().parse_args(arguments)).as_dict()
    then = json.loads((run / "config.json").read_text(encoding="utf-8"))["settings"]
    then = Settings().as_dict() | then  # an older version knew fewer settings
    if json.dumps(today, sort_keys=True) != json.dumps(then, sort_keys=True):
        sys.exit(f"{run} was made with other settings: remove it to measure anew")


def run_main(arguments: list[str]) -> tuple[float, float]:
    """Run main.py to its end; returns wall time in seconds and peak memory in MB."""
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    started = time.perf_counter()
    null = os.open(os.devnull, os.O_WRONLY)
    process = os.posix_spawn(
        sys.executable, command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)]
    )
    _, status, usage = os.wait4(process, 0)
    os.close(null)
    if status:
        sys.exit(f"main.py {' '.join(arguments)} failed; if it does so again, remove its folder")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def note_reading(run: Path, options: str, readings: Path) -> None:
    """Add a line about a run that has read the test set to a file like docs/test-readings.csv."""
    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))["settings"]
    test = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["test"]
    add_reading(readings, options, settings, test["errors"])


def add_reading(readings: Path, options: str, settings: dict[str, Any], errors: int) -> None:
    """Add a line about a network with these settings that has read the test set."""
    settings = dict(settings)
    seed = settings.pop("seed")
    fingerprint = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    note_line(readings, options, fingerprint, seed, errors)


def note_line(readings: Path, options: str, settings: str, seed: object, errors: int) -> None:
    """Add a line to a file like docs/test-readings.csv. settings: a fingerprint, if there are."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = ""
    with suppress(OSError):  # without git
        commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    with readings.open("a", newline="", encoding="utf-8") as file:
        if file.tell() == 0:
            csv.writer(file).writerow(["date", "commit", "options", "settings", "seed", "errors"])
        line = [time.strftime("%Y-%m-%d"), commit, options, settings, seed, errors]
        csv.writer(file).writerow(line)


def line_of(variant: Variant, seeds: list[Figures]) -> str:
    """One line of the table."""
    tests = [100 * figures.test for figures in seeds]
    deviation = f" ± {statistics.stdev(tests):.2f}" if len(tests) > 1 else ""
    validations = [figures.validation for figures in seeds if figures.validation is not None]
    validation = f"{100 * statistics.mean(validations):.2f}" if validations else "–"
    median = statistics.median
    return (
        f"| {variant.title} | `main.py {variant.options}`".rstrip("` ")
        + f"` | {statistics.mean(tests):.2f}{deviation} | {' '.join(f'{t:.2f}' for t in tests)} "
        f"| {validation} "
        f"| {median(figures.training_s for figures in seeds):.1f} "
        f"| {median(figures.wall_s for figures in seeds):.1f} "
        f"| {median(figures.peak_mb for figures in seeds):.0f} |"
    )


HEADING = (
    "| network | command | test accuracy, % | each seed | validation, % "
    "| training, s | whole run, s | peak memory, MB |\n|---|---|---|---|---|---|---|---|"
)


def machine(options: argparse.Namespace) -> str:
    """What the figures were measured on; the last bits depend on the kernels, the times on all."""
    from threadpoolctl import threadpool_info

    blas = next(pool for pool in threadpool_info() if pool["user_api"] == "blas")
    at_once = ", several runs at once" if many(options) else ""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, {blas['internal_api']} with kernels for {blas['architecture']}"
        f"{at_once}"
    )


def report(measured: dict[str, Any]) -> str:
    """The text of docs/accuracy.md, from what docs/accuracy.json holds."""
    there = [variant for variant in VARIANTS if variant.name in measured]
    lines = [
        line_of(variant, [Figures(*figures) for figures in measured[variant.name]["seeds"]])
        for variant in there
    ]
    machines = sorted({measured[variant.name]["machine"] for variant in there})
    notes = (Path(__file__).parent / "accuracy-notes.md").read_text(encoding="utf-8")
    return (
        "# Accuracy\n\nWritten by `make accuracy` (benchmarks/accuracy.py): mean and standard "
        "deviation over the seeds 0, 1, …; medians of\ntimes and memory. "
        f"The machine: {'; or '.join(machines)}.\n\n"
        + "\n".join([HEADING, *lines])
        + "\n\n"
        + notes
    )


def main() -> None:
    """Print the table as it grows, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [variant.name for variant in VARIANTS]
    parser.add_argument("--quick", action="store_true", help="one seed each, printed only")
    parser.add_argument("--page", action="store_true", help="write the page, and train nothing")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    add_workers_options(parser)
    options = parser.parse_args()
    workers = workers_from(options, print)
    if options.page:
        PAGE.write_text(report(json.loads(JSON.read_text(encoding="utf-8"))), encoding="utf-8")
        return
    chosen = [variant for variant in VARIANTS if variant.name in options.only]
    print(HEADING, flush=True)
    if options.quick:
        chosen = [variant for variant in chosen if not variant.long]
        with tempfile.TemporaryDirectory() as runs:
            parts = [(variant, 0) for variant in chosen]
            results = workers.each(measure, parts, Path(runs), READINGS)
            for variant in chosen:
                print(line_of(variant, [next(results)]), flush=True)
        return
    measured = json.loads(JSON.read_text(encoding="utf-8")) if JSON.exists() else {}
    parts = [(variant, seed) for variant in chosen for seed in range(variant.n_seeds)]
    results = workers.each(measure, parts, RUNS, READINGS)
    for variant in chosen:
        seeds = [next(results) for _ in range(variant.n_seeds)]
        print(line_of(variant, seeds), flush=True)
        measured[variant.name] = {"machine": machine(options), "seeds": seeds}
        JSON.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(report(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
