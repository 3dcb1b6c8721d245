"""Train the networks of the README from the command line, several seeds each, and tabulate.

    python benchmarks/accuracy.py            the whole table, into docs/accuracy.md: ten minutes
    python benchmarks/accuracy.py --quick    one seed each, printed only

Every figure is that of a whole `python main.py …` as a user runs it: the test accuracy from its
metrics.json, wall time and peak memory of its process. The options were chosen on the validation
set (docs/LOG.md); the test set is read at the end of each run and decides nothing. Every reading
of it here adds a line to docs/test-readings.csv, so that anybody sees how often it was looked at.
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
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
READINGS = ROOT / "docs" / "test-readings.csv"


@dataclass(frozen=True)
class Variant:
    """A network of the table: what it is, the options of main.py, how many seeds."""

    title: str
    options: str
    n_seeds: int


VARIANTS = (
    Variant("the default: 784-128-10, ReLU, batch 64", "", 5),
    Variant("the recipe quick", "--recipe quick", 5),
    Variant("batch 32", "--batch-size 32", 5),
    Variant("sigmoid", "--activation sigmoid --learning-rate 0.4", 5),
    Variant("tanh", "--activation tanh --learning-rate 0.2", 3),
    Variant("leaky ReLU", "--activation leaky_relu", 3),
    Variant("two hidden layers, dropout", "--hidden 256,128 --dropout 0.2 --learning-rate 0.05", 3),
    Variant("no hidden layer (softmax regression)", '--hidden ""', 3),
    Variant(
        "stochastic gradient descent, one epoch",
        "--batch-size 1 --epochs 1 --momentum 0 --learning-rate 0.03",
        3,
    ),
    Variant("early stopping", "--early-stopping 3 --schedule constant --learning-rate 0.03", 3),
)


@dataclass(frozen=True)
class Figures:
    """What one run gave."""

    test: float
    validation: float
    training_s: float
    wall_s: float
    peak_mb: float


def measure(options: str, seed: int, runs: Path) -> Figures:
    """Run the main job in a process of its own."""
    name = f"{abs(hash(options))}-{seed}"
    arguments = [part.strip('"') for part in options.split()]
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    command += ["--seed", str(seed), "--runs-dir", str(runs), "--name", name]
    started = time.perf_counter()
    null = os.open(os.devnull, os.O_WRONLY)
    process = os.posix_spawn(
        sys.executable, command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)]
    )
    _, status, usage = os.wait4(process, 0)
    os.close(null)
    wall_s = time.perf_counter() - started
    if status:
        sys.exit(f"main.py {options} --seed {seed} failed")
    note_reading(runs / name, options)
    metrics = json.loads((runs / name / "metrics.json").read_text(encoding="utf-8"))
    return Figures(
        metrics["test"]["accuracy"],
        metrics["training"]["last_epoch"]["validation_accuracy"],
        metrics["training"]["seconds"],
        wall_s,
        usage.ru_maxrss / 1024,
    )


def note_reading(run: Path, options: str) -> None:
    """Add a line about a run that has read the test set to docs/test-readings.csv."""
    settings = json.loads((run / "config.json").read_text(encoding="utf-8"))["settings"]
    seed = settings.pop("seed")
    fingerprint = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    test = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["test"]
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    with READINGS.open("a", newline="", encoding="utf-8") as file:
        if file.tell() == 0:
            csv.writer(file).writerow(["date", "commit", "options", "settings", "seed", "errors"])
        line = [time.strftime("%Y-%m-%d"), commit, options, fingerprint, seed, test["errors"]]
        csv.writer(file).writerow(line)


def row(variant: Variant, results: list[Figures]) -> str:
    """One line of the table."""
    tests = [100 * result.test for result in results]
    deviation = f" ± {statistics.stdev(tests):.2f}" if len(tests) > 1 else ""
    median = statistics.median
    return (
        f"| {variant.title} | `main.py {variant.options}`".rstrip("` ")
        + f"` | {statistics.mean(tests):.2f}{deviation} | {' '.join(f'{t:.2f}' for t in tests)} "
        f"| {100 * statistics.mean(result.validation for result in results):.2f} "
        f"| {median(result.training_s for result in results):.1f} "
        f"| {median(result.wall_s for result in results):.1f} "
        f"| {median(result.peak_mb for result in results):.0f} |"
    )


def main() -> None:
    """Print the table as it grows, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed each, printed only")
    quick = parser.parse_args().quick
    lines = [
        "| network | command | test accuracy, % | each seed | validation, % "
        "| training, s | whole run, s | peak memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    print(*lines, sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as runs:
        for variant in VARIANTS:
            seeds = range(1 if quick else variant.n_seeds)
            results = [measure(variant.options, seed, Path(runs)) for seed in seeds]
            lines.append(row(variant, results))
            print(lines[-1], flush=True)
    if not quick:
        header = (
            "# Accuracy\n\nWritten by `make accuracy` (benchmarks/accuracy.py): mean and standard "
            "deviation over the seeds 0, 1, …; medians of\ntimes and memory. "
            f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
            f"NumPy {np.__version__}.\n\n"
        )
        text = header + "\n".join(lines) + "\n"
        (ROOT / "docs" / "accuracy.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
