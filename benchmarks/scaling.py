"""How much faster several processes are than one, in ratios: docs/scaling.md has what came out.

    python benchmarks/scaling.py              all parts, 5 rounds, printed: a quarter of an hour
    python benchmarks/scaling.py --only mpi --rounds 1

A part has works and ways. In each round every way does every work once, in processes of its own,
the order turned by one from round to round. What counts is the ratio to the first way in the same
round, and its median over the rounds: seconds on a shared machine mean little.

mpi: W1 is 784-128-10 at batch 64, W3 784-512-512-10 at batch 128, plain gradient descent; strong is
the network of that recipe, 784-1024-1024-10 with batch normalisation on distorted and blended
images at batch 512. One process with two threads, with one under `mpiexec -n 1`, and two ranks of
one thread each, which wait for each other as the MPI library does by itself, or give way.

workers: eight trainings of 784-128-10 (five epochs), and 2,000 pictures of four digits, by
`--workers 1` and `--workers 2`; starting the workers counts, making the pictures does not.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from machine import load, processor_and_blas

OPEN_MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
}
"""For machines with fewer cores than ranks, and for root; other MPI libraries do not read it."""
GIVE_WAY = {"OMPI_MCA_mpi_yield_when_idle": "1"}
N_EPOCHS = 3
"""Of which the first warms up."""


@dataclass(frozen=True)
class Way:
    """How a work is done: what stands before this program, its options, and its variables."""

    name: str
    before: Sequence[str] = ()
    options: Sequence[str] = ()
    variables: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Part:
    """Works by name, and ways to do them, of which the first is the one compared with.

    do: in a process of its own: does a work, by the options of the way, and returns the seconds;
    None where another process tells.
    """

    works: Sequence[str]
    ways: Sequence[Way]
    do: Callable[[str, argparse.Namespace], float | None]


def learn(work: str, options: argparse.Namespace) -> float | None:
    """The seconds of an epoch of a training, the fastest of those after the first."""
    import numpy as np

    from digitnet.data import load_mnist
    from digitnet.nn import Epoch
    from digitnet.training.across import LearningAcross
    from digitnet.training.ranks import join
    from digitnet.training.recipes import RECIPES
    from digitnet.training.settings import Settings
    from digitnet.training.underway import Learning

    plain = {"momentum": 0.0, "weight_decay": 0.0, "schedule": "constant", "learning_rate": 0.1}
    n_images, given = {
        "W1": (12_000, plain | {"hidden_layer_sizes": (128,), "batch_size": 64}),
        "W3": (6_016, plain | {"hidden_layer_sizes": (512, 512), "batch_size": 128}),
        "strong": (3_072, RECIPES["strong"] | {"averaging": 0.0}),
    }[work]
    settings = Settings(**(given | {"epochs": N_EPOCHS, "threads": options.threads}))
    examples = load_mnist().train.take(np.arange(n_images))
    ranks = join()
    parts = (settings, examples, None, tuple("0123456789"))
    learning = LearningAcross(ranks, *parts) if ranks else Learning(*parts)
    seconds = [record.seconds for record in learning.records() if isinstance(record, Epoch)]
    return None if ranks and ranks.number else min(seconds[1:])


def share_out(work: str, options: argparse.Namespace) -> float:
    """The seconds of a work that has many parts, by so many workers."""
    from digitnet.cli.chunks import read_all
    from digitnet.cli.pictures import Named
    from digitnet.data import load_mnist
    from digitnet.teach.compare import Variant, train_variant
    from digitnet.training.settings import Settings
    from digitnet.workers import Workers

    workers, data = Workers(options.workers), load_mnist()
    with tempfile.TemporaryDirectory() as folder:
        pictures = [Named(path) for path in rows_of_digits(data.test.images, Path(folder))]
        began = time.perf_counter()
        if work == "eight trainings":
            variants = [Variant(str(seed), Settings(epochs=5, seed=seed)) for seed in range(8)]
            deque(workers.each(train_variant, variants, data), 0)
        else:
            deque(read_all(pictures, {}, workers, with_pixels=False), 0)
        return time.perf_counter() - began


def rows_of_digits(images: Any, folder: Path, n_pictures: int = 2000) -> list[str]:
    """Pictures of four digits each, black on white: their paths."""
    import numpy as np
    from PIL import Image

    paths = [str(folder / f"{n}.png") for n in range(n_pictures)]
    for path, chosen in zip(paths, images[: 4 * n_pictures].reshape(-1, 4, 28, 28), strict=True):
        row = Image.fromarray(255 - np.concatenate(chosen, axis=1))
        row.resize((336, 84)).save(path)
    return paths


PARTS = {
    "mpi": Part(
        ("W1", "W3", "strong"),
        (
            Way("one process, two threads", options=("--threads", "2")),
            Way("mpiexec -n 1, one thread", ("mpiexec", "-n", "1"), ("--threads", "1")),
            Way("mpiexec -n 2", ("mpiexec", "-n", "2")),
            Way("mpiexec -n 2, giving way", ("mpiexec", "-n", "2"), (), tuple(GIVE_WAY.items())),
        ),
        learn,
    ),
    "workers": Part(
        ("eight trainings", "2,000 pictures"),
        (
            Way("--workers 1", options=("--workers", "1")),
            Way("--workers 2", options=("--workers", "2")),
        ),
        share_out,
    ),
}


def measured(part: str, work: str, way: Way) -> float:
    """The seconds that a work takes in a way, in processes of its own."""
    program = [sys.executable, __file__, "--do", part, work, *way.options]
    return told([*way.before, *program], OPEN_MPI | dict(way.variables))["seconds"]


def told(command: Sequence[str], variables: dict[str, str]) -> dict[str, float]:
    """What a program prints as JSON in a line of its own, once."""
    found = subprocess.run(
        command,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    (line,) = [each for each in found.stdout.splitlines() if each.startswith("{")]
    result: dict[str, float] = json.loads(line)
    return result


def table(part: str, n_rounds: int) -> str:
    """The part's table: a row for each work, the median ratios, and their range."""
    works, ways = PARTS[part].works, PARTS[part].ways
    seconds: dict[tuple[str, str], list[float]] = {(w, y.name): [] for w in works for y in ways}
    for number in range(n_rounds):
        first = number % len(ways)
        for work in works:
            for way in (*ways[first:], *ways[:first]):
                seconds[work, way.name].append(measured(part, work, way))
        print(f"{part}: round {number + 1} of {n_rounds}, load {load()}", file=sys.stderr)
    lines = [f"| {part} | " + " | ".join(way.name for way in ways) + " |", "|---" * (len(ways) + 1)]
    lines[1] += "|"
    for work in works:
        base = seconds[work, ways[0].name]
        cells = [f"{statistics.median(base):.2f} s"]
        for way in ways[1:]:
            pairs = zip(seconds[work, way.name], base, strict=True)
            ratios = sorted(own / first for own, first in pairs)
            cells.append(f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
        lines.append(f"| {work} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--do", nargs=2, metavar=("PART", "WORK"), help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        part, work = options.do
        seconds = PARTS[part].do(work, options)
        if seconds is not None:
            print(json.dumps({"seconds": seconds}), flush=True)
        return 0
    print(", ".join(f"{name} {value}" for name, value in processor_and_blas().items()))
    for part in options.only:
        print(f"\n{table(part, options.rounds)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
