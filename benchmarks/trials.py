"""What a trial of a sweep costs beside its training: docs/scaling.md has what came out.

    python benchmarks/trials.py                       a journal file: a minute or two
    python benchmarks/trials.py --storage postgresql://…   that database too

In each round a sweep makes 100 trials of a small training, 784-16-10 on 600 images in two epochs,
of which none is pruned. Then the same settings are trained without a sweep. The difference is what
Optuna, the storage and the search for the next settings take, for the first ten trials after those
that are drawn at random, and for the last ten: it grows with what there is to look at.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from machine import load

from digitnet.data import load_mnist
from digitnet.sweep.results import best_settings
from digitnet.sweep.space import parse_dimension
from digitnet.sweep.study import Material, Sweep, finished, open_study
from digitnet.sweep.trials import carry_out
from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from digitnet.workers import Workers

N_TRIALS = 100
PARTS = {"trials 11 to 20": slice(10, 20), "trials 91 to 100": slice(90, 100)}
VARIED = ("learning_rate=log:0.01..1", "momentum=0..0.95", "batch_size=32..256")


def one_round(url: str | None, material: Material, number: int) -> dict[str, float]:
    """Seconds that a trial takes beside its training, for each of the parts."""
    base = Settings(hidden_layer_sizes=(16,), epochs=2, seed=number)
    space = tuple(parse_dimension(text) for text in VARIED)
    with tempfile.TemporaryDirectory() as folder:
        name = f"benchmark-{time.time_ns()}"
        sweep = Sweep(name, Path(folder), url, space, base, N_TRIALS, "a benchmark")
        ends = [time.perf_counter()]
        carry_out(sweep, material, Workers(), lambda _: ends.append(time.perf_counter()))
        with open_study(sweep) as study:
            settings = [best_settings(sweep, trial) for trial in finished(study)]
    together, alone = np.diff(ends), []
    for each in settings:
        began = time.perf_counter()
        learn(each, material.examples, material.held_out, material.classes)
        alone.append(time.perf_counter() - began)
    beside = together - np.array(alone)
    return {part: float(np.mean(beside[trials])) for part, trials in PARTS.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--storage", metavar="URL", help="measure this database, too")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    data = load_mnist()
    material = Material(
        data.train.take(np.arange(600)), data.train.take(np.arange(600, 800)), data.classes
    )
    urls = {"journal file": None} | ({"PostgreSQL": options.storage} if options.storage else {})
    found: dict[str, list[dict[str, float]]] = {name: [] for name in urls}
    for number in range(options.rounds):
        for name, url in urls.items():
            found[name].append(one_round(url, material, number))
        print(f"round {number + 1} of {options.rounds}, load {load()}", file=sys.stderr)
    print(
        "| milliseconds a trial, beside its training | " + " | ".join(PARTS) + " |\n|---|---|---|"
    )
    for name, rounds in found.items():
        cells = []
        for part in PARTS:
            taken = sorted(1e3 * each[part] for each in rounds)
            middle = statistics.median(taken)
            cells.append(f"{middle:.0f} ({taken[0]:.0f} to {taken[-1]:.0f})")
        print(f"| {name} | " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
