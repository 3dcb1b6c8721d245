"""Time to accuracy: from the start of a process until its predictions of the test set are written.

    python benchmarks/speedrun.py --targets 98 --write       20 seeds of all contestants, into docs/
    python benchmarks/speedrun.py --hold-out --seeds 3       predicts images held out, printed only
    python benchmarks/speedrun.py --contestants ours pytorch@1 pytorch@2      some, with threads
    python benchmarks/speedrun.py --page                     docs/speedrun.md from its JSON

Imports, loading, training, compiling: all of it counts. Each contestant is a program of its own
(benchmarks/racers) that gets a recipe and a seed, learns from all 60,000 images and writes 10,000
labels to a file. The clock begins before its process is started and stops when it says that the
file is written; when the process has ended is a column beside it. Accuracy is read from the file.

In each round every contestant runs once with the same seed, the order turned by one from round to
round; a first run of one epoch, which is not counted, fills the caches of the disk. A target is
reached if the mean of at least 20 seeds is above it with p < 0.01 (one-sided t-test).
Recipes (speedrun_field.py) are chosen by --hold-out, never by the test set: each reading of it here
is a line in docs/test-readings.csv. Rounds are kept in runs/speedrun; what was interrupted goes on.
A contestant that is not installed, or fails, is named in the table and does not stop the others.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from accuracy import READINGS, add_reading
from racers.job import WRITTEN, splits
from speed import busy_share, machine
from speedrun_field import (
    COMMAND,
    NAMES,
    TARGETS,
    Contestant,
    absent,
    chosen,
    contestant_of,
    settings_of,
)
from speedrun_report import JSON, Measured, table, write

RUNS = ROOT / "runs" / "speedrun"
LIMIT_S = 7200.0
"""After which a run counts as failed."""


class Failed(Exception):
    """A contestant that has given no predictions; its last line."""


@cache
def labels_of(held_out: bool, seed: int) -> np.ndarray:
    """The labels of the images that are predicted."""
    return splits(held_out, seed)[3]


class How(Enum):
    """What a run is for. One to warm up has one epoch, and predicts images that it learns from."""

    MEASURED = ""
    WARM_UP = " to warm up"
    CURVE = " after each part of an epoch"


class Race:
    """One target: who runs, on which images, and where things are kept.

    learn_from: so many images alone, to try it out.
    """

    def __init__(
        self, target: str, folder: Path, hold_out: bool, learn_from: int | None = None
    ) -> None:
        self.target, self.folder, self.hold_out = target, folder, hold_out
        self.options = ["--hold-out"] * hold_out
        self.options += ["--images", str(learn_from)] if learn_from else []

    def labels(self, seed: int) -> np.ndarray:
        """Of the images that are predicted."""
        return labels_of(self.hold_out, seed)

    def run(self, contestant: Contestant, settings: dict[str, Any], how: How) -> Measured:
        """Let a contestant run once; its seconds and accuracy. Raises Failed."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            recipe, out = Path(name, "settings.json"), Path(name, "out")
            recipe.write_text(json.dumps(settings), encoding="utf-8")
            cache = str(self.folder / contestant.name if contestant.keeps else Path(name, "cache"))
            began = time.monotonic()
            arguments = self.arguments(contestant, settings, recipe, out)
            arguments += ["--curve", str(began)] if how is How.CURVE else []
            arguments += ["--warm-up"] if how is How.WARM_UP else []
            told = timed(arguments, contestant.environment(cache), began)
            return (
                told
                if how is How.WARM_UP
                else told | self.judged(contestant, out, settings["seed"])
            )

    def arguments(
        self, contestant: Contestant, settings: dict[str, Any], recipe: Path, out: Path
    ) -> list[str]:
        if contestant.module == COMMAND:
            where = ["--runs-dir", str(out.parent), "--name", out.name]
            return [str(ROOT / "main.py"), "--settings", str(recipe), *where]
        looked_at = ["--chosen", *chosen(settings)]
        program = ["-m", f"racers.{contestant.module}", str(recipe), str(out)]
        return [*program, *looked_at, *self.options]

    def judged(self, contestant: Contestant, out: Path, seed: int) -> Measured:
        """How many predictions are right, of a file, or of each part in it. Raises Failed."""
        if contestant.module == COMMAND:
            metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
            return {"accuracy": metrics["test"]["accuracy"]}
        try:
            found = np.load(out)
        except (OSError, ValueError, EOFError) as problem:
            raise Failed(f"its file is no array: {problem}") from problem
        if isinstance(found, np.ndarray):
            return {"accuracy": self.right(found, seed)}
        with found:
            accuracies = [self.right(each, seed) for each in found["predictions"]]
            seconds = found["seconds"].tolist()
        return {"seconds": seconds, "accuracies": accuracies, "accuracy": accuracies[-1]}

    def right(self, predictions: np.ndarray, seed: int) -> float:
        """The share of the predictions that are right. Raises Failed."""
        labels = self.labels(seed)
        if predictions.shape != labels.shape:
            raise Failed(f"expected {len(labels)} labels, got {predictions.shape}")
        return float((predictions == labels).mean())

    def note(
        self, contestant: Contestant, settings: dict[str, Any], told: Measured, how: How
    ) -> None:
        """Note that the test set was read."""
        if not self.hold_out:
            errors = round((1 - told["accuracy"]) * len(self.labels(settings["seed"])))
            options = f"speedrun.py {self.target} {contestant.name}{how.value}"
            add_reading(READINGS, options, settings, errors)


def timed(arguments: list[str], environment: dict[str, str], began: float) -> dict[str, float]:
    """Run a program; the seconds until it says "written" and until it has ended. Raises Failed.

    Also those of the processors, which other programs disturb less.
    One that does not say so has written when it has ended.
    """
    here = [str(Path(__file__).parent), str(ROOT)]
    environment = environment | {"PYTHONPATH": os.pathsep.join(here)}
    with tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=err,
            env=environment,
            cwd=ROOT,
            text=True,
        )
        limit = Timer(LIMIT_S, child.kill)
        limit.start()
        written = None
        assert child.stdout
        with child.stdout:
            for line in child.stdout:
                if line.strip() == WRITTEN:
                    written = time.monotonic() - began
        _, status, usage = os.wait4(child.pid, 0)
        ended = time.monotonic() - began
        limit.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            err.seek(0)
            last = (err.read().splitlines() or [""])[-1]
            raise Failed(last.strip() or f"exit code {child.returncode}")
    processor = usage.ru_utime + usage.ru_stime
    return {"written": written or ended, "ended": ended, "processor": processor}


def measure(race: Race, field: list[Contestant], n_seeds: int, kept: Path) -> Measured:
    """All rounds of a target; those that `kept` has are not run again."""
    measured = begin(race, field, kept)
    field = [each for each in field if each.name not in measured["absent"]]
    if len(measured["rounds"]) < n_seeds:
        programs = [each for each in field if each.module != COMMAND]  # which reads the test set
        each_of(race, programs, measured, 0, How.WARM_UP)
    for seed in range(len(measured["rounds"]), n_seeds):
        turn = seed % len(field)
        runners = [each for each in field[turn:] + field[:turn] if seed < (each.most or n_seeds)]
        busy = busy_share()
        told = each_of(race, runners, measured, seed, How.MEASURED)
        measured["rounds"].append(told | {"machine": {"busy": busy}})
        kept.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        line = "  ".join(
            f"{name} {run['written']:.2f} s {100 * run['accuracy']:.2f} %"
            for name, run in told.items()
        )
        print(f"{race.target} % seed {seed + 1}/{n_seeds}, {busy:.0%} busy: {line}", flush=True)
    return measured


def begin(race: Race, field: list[Contestant], kept: Path) -> Measured:
    """What was measured before, or nothing yet."""
    measured: Measured = {
        "about": machine(),
        "titles": {each.name: each.title for each in field},
        "recipes": {each.name: settings_of(race.target, each, 0) for each in field},
        "absent": {each.name: why for each in field if (why := absent(each))},
        "failed": {},
        "rounds": [],
        "curves": {},
    }
    measured = json.loads(json.dumps(measured))
    for name, why in measured["absent"].items():
        print(f"{name} is left out: {why}")
    if not kept.exists():
        return measured
    before: Measured = json.loads(kept.read_text(encoding="utf-8"))
    same = ("titles", "recipes", "absent")
    if any(before[key] != measured[key] for key in same):
        sys.exit(f"{kept} has other contestants or recipes: remove it to measure anew")
    return before


def each_of(
    race: Race, field: list[Contestant], measured: Measured, seed: int, how: How
) -> dict[str, Measured]:
    """A run of each that has not failed before; one that fails is named in `measured`."""
    told = {}
    for contestant in [each for each in field if each.name not in measured["failed"]]:
        settings = settings_of(race.target, contestant, seed)
        settings |= {"epochs": 1} if how is How.WARM_UP else {}
        try:
            told[contestant.name] = race.run(contestant, settings, how)
        except Failed as problem:
            print(f"{contestant.name} failed: {problem}", file=sys.stderr, flush=True)
            measured["failed"][contestant.name] = str(problem)
            continue
        if how is not How.WARM_UP:
            race.note(contestant, settings, told[contestant.name], how)
    return told


def curves(race: Race, field: list[Contestant], n_seeds: int, measured: Measured) -> None:
    """Accuracy after each part of an epoch, in runs of their own."""
    field = [each for each in field if each.name not in measured["absent"] | measured["failed"]]
    for seed in range(n_seeds):
        turn = seed % max(1, len(field))
        runners = [each for each in field[turn:] + field[:turn] if each.module != COMMAND]
        told = each_of(race, runners, measured, seed, How.CURVE)
        for name in [each.name for each in field if each.name in told]:
            measured["curves"].setdefault(name, []).append(told[name])


def run_target(target: str, options: argparse.Namespace, folder: Path) -> Measured:
    """Measure a target, and print its table."""
    race = Race(target, folder, options.hold_out, options.images)
    field = [contestant_of(name) for name in options.contestants]
    if options.hold_out:  # main.py would read the test set
        field = [each for each in field if each.module != COMMAND]
    RUNS.mkdir(parents=True, exist_ok=True)
    kept = RUNS / f"{target}{'-held-out' * options.hold_out}.json"
    measured = measure(race, field, options.seeds, kept)
    if not measured["curves"] and options.curves:
        curves(race, field, options.curves, measured)
        kept.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    print(f"\n{table(target, measured)}", flush=True)
    return measured


def known(text: str) -> str:
    """An argument that names a contestant."""
    contestant_of(text)
    return text


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add: Callable[..., Any] = parser.add_argument
    add("--targets", nargs="+", choices=TARGETS, default=["98"], help="in per cent")
    add("--seeds", type=int, default=20, help="rounds, each with its seed (default: 20)")
    add(
        "--contestants",
        nargs="+",
        type=known,
        default=NAMES,
        metavar="NAME",
        help=f"some of {', '.join(NAMES)}; name@1 or name@2: with so many threads",
    )
    add("--curves", type=int, default=0, help="seeds of accuracy over time (default: none)")
    add("--hold-out", action="store_true", help="predict a tenth of the training images instead")
    add("--images", type=int, help=argparse.SUPPRESS)
    add("--write", action="store_true", help="write docs/speedrun.md, its JSON and its figure")
    add("--page", action="store_true", help="write them from the JSON, and measure nothing")
    options = parser.parse_args()
    if options.write and options.hold_out:
        parser.error("--write: the page is about the test images; leave out --hold-out")
    return options


def main() -> None:
    options = parse_arguments()
    content: dict[str, Measured] = {}
    if JSON.exists() and (options.write or options.page):
        content = json.loads(JSON.read_text(encoding="utf-8"))
    if not options.page:
        print(", ".join(f"{key} {value}" for key, value in machine().items()), flush=True)
        with tempfile.TemporaryDirectory() as name:
            for target in options.targets:
                content[target] = run_target(target, options, Path(name))
                if options.write:
                    JSON.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if options.write or options.page:
        write(content)


if __name__ == "__main__":
    main()
