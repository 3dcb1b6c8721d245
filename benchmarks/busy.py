"""How fast digitnet is beside other programs that keep the machine busy.

    python benchmarks/busy.py                 5 rounds, into docs/busy.md: ten minutes
    python benchmarks/busy.py --rounds 1      printed too, and not written
    python benchmarks/busy.py --tree FOLDER   the same of another checkout, printed only

Each job runs with one thread, as it comes, and, as a control, with BLAS's own threads in place of
shards; on a quiet machine, and beside one and five processes that compute all the time. In each
round every combination runs once, in a process of its own, and the first, short run of a job there
is not counted; the control, which takes minutes beside five, is left out there. What counts is the
median over the rounds; the ratios are of the same round.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "busy.md"
NEIGHBOURS = (0, 1, 5)
WAYS = ("one thread", "as it comes", "BLAS's threads")
COMBINATIONS = [(n, way) for n in NEIGHBOURS for way in WAYS if n < 5 or way != WAYS[2]]
INTRODUCTION = """# Beside other programs

How long digitnet takes on a quiet machine, beside one process that computes all the time, and
beside five; written by `python benchmarks/busy.py`. "As it comes" is digitnet without options:
long steps are cut in two for two cores. "One thread" is `--threads 1`. "BLAS's threads" is a
control: the two threads that the library of matrix products would take by itself, which are fast
on a quiet machine, but wait for each other beside other programs.

"""
MOST_BESIDE_ONE = 1.3
"""What a job may take beside one busy process, in times of one thread there."""


def jobs(threads: int | None) -> dict[str, Callable[[], object]]:
    """What is timed, by name: some tenths of a second each on a quiet machine."""
    import numpy as np

    from digitnet import DigitClassifier
    from digitnet.data import Batches, MinMax, hold_out, load_mnist
    from digitnet.nn import SGD, Cosine, Objective, multilayer_perceptron, train
    from digitnet.reading.networks import pixels
    from digitnet.training.learning import learn
    from digitnet.training.settings import Settings

    data = load_mnist()
    examples, held_out = hold_out(data.train.take(np.arange(13_334)), 0.1, seed=0)
    model = pixels()

    def learning(hidden: tuple[int, ...], batch_size: int, **options: object) -> object:
        settings = Settings(
            hidden_layer_sizes=hidden, batch_size=batch_size, epochs=1, threads=threads, **options
        )
        return learn(settings, examples, held_out, data.classes)

    def as_in_the_readme() -> None:
        scaling = MinMax.fit(examples.images)
        batches, unseen = (Batches(part, scaling, 10, 64, 0) for part in (examples, held_out))
        network = multilayer_perceptron([784, 128, 10], "relu", seed=0)
        more = {} if threads is None else {"threads": threads}
        how = {
            "objective": Objective(weight_decay=3e-4),
            "optimizer": SGD(0.9),
            "schedule": Cosine(0.1, 200),
        }
        for _ in train(network, batches, unseen, **how, **more, epochs=1):
            pass

    def classifier() -> None:
        DigitClassifier((512,), epochs=1, threads=threads).fit(examples.images, examples.labels)

    def one_by_one() -> None:
        for image in data.test.images[:200]:
            model.predict_proba(image)

    return {
        "784-128-10, batch 64": lambda: learning((128,), 64),
        "784-128-10, batch 128": lambda: learning((128,), 128),
        "784-512-10, batch 64": lambda: learning((512,), 64),
        "784-800-10, batch 128": lambda: learning((800,), 128),
        "784-512-512-10, batch 128": lambda: learning((512, 512), 128),
        "784-1024-1024-10, batch 512, batch norm": lambda: learning(
            (1024, 1024), 512, batch_norm=True, optimizer="adam"
        ),
        "DigitClassifier((512,))": classifier,
        "digitnet.nn.train as in the README": as_in_the_readme,
        "200 images, one by one": one_by_one,
        "10,000 images at once": lambda: model.predict_proba(data.test.images),
    }


def go(way: str) -> None:
    """What `threads` alone does not bring about: one thread to predict, or BLAS's own."""
    try:
        from digitnet import model
        from digitnet.nn.blas import OneThread
        from digitnet.nn.shards import Sharded
    except ImportError:  # another checkout, which knows no other way
        return
    if way != "as it comes":
        model.available_threads = lambda: 1
    if way == "BLAS's threads":
        OneThread.__enter__ = OneThread.__exit__ = lambda *_: None
        Sharded.cuts = lambda *_: False


def measure(way: str) -> dict[str, float]:
    """In a process of its own: seconds of each job."""
    go(way)
    seconds = {}
    for name, job in jobs(1 if way == "one thread" else None).items():
        started = perf_counter()
        job()
        if perf_counter() - started < 5:  # else one is enough
            started = perf_counter()
            job()
        seconds[name] = perf_counter() - started
    return seconds


@contextmanager
def neighbours(n: int) -> Iterator[None]:
    """As many processes that compute all the time."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def one_round(tree: Path, number: int) -> dict[tuple[int, str], dict[str, float]]:
    """Seconds of each job by neighbours and way."""
    found = {}
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    for n in NEIGHBOURS:
        with neighbours(n):
            for way in WAYS[number % 3 :] + WAYS[: number % 3]:
                if (n, way) not in COMBINATIONS:
                    continue
                result = subprocess.run(
                    [sys.executable, __file__, "--measure", way],
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found[n, way] = json.loads(result.stdout)
        print(f"round {number + 1}: {n} beside", file=sys.stderr, flush=True)
    return found


def page(rounds: list[dict[tuple[int, str], dict[str, float]]]) -> str:
    """The table: median seconds, and the ratio to one thread in the same round."""
    heads = [f"{way}, {_beside(n)}" for n, way in COMBINATIONS]
    lines = [
        f"Medians of {len(rounds)} rounds, seconds; in brackets the ratio to one thread in the "
        f"same round. {_machine()}",
        "",
        f"| | {' | '.join(heads)} |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for name in rounds[0][0, WAYS[0]]:
        cells = []
        for n, way in COMBINATIONS:
            seconds = statistics.median(each[n, way][name] for each in rounds)
            ratio = statistics.median(
                each[n, way][name] / each[n, WAYS[0]][name] for each in rounds
            )
            cells.append(f"{seconds:.2f}" + (f" ({ratio:.2f})" if way != WAYS[0] else ""))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _beside(n: int) -> str:
    return {0: "quiet", 1: "beside one"}.get(n, f"beside {n}")


def _machine() -> str:
    import numpy  # noqa: F401 - whose BLAS is asked for
    from threadpoolctl import threadpool_info

    blas = next(pool for pool in threadpool_info() if pool["user_api"] == "blas")
    kernels = f"{blas['internal_api']} {blas['version']}, {blas.get('architecture')} kernels"
    versions = f"Python {platform.python_version()}, NumPy {version('numpy')}"
    return f"{os.cpu_count()} cores, {versions}, {kernels}."


def main() -> None:
    """Measure; exit status 1 if a job beside one busy process took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--tree", type=Path, help="another checkout of digitnet to measure")
    parser.add_argument("--measure", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    rounds = [one_round(options.tree or ROOT, number) for number in range(options.rounds)]
    text = page(rounds)
    print(text)
    if options.rounds >= 5 and not options.tree:
        PAGE.write_text(f"{INTRODUCTION}{text}", encoding="utf-8")
    ratio = {
        name: statistics.median(each[1, WAYS[1]][name] / each[1, WAYS[0]][name] for each in rounds)
        for name in rounds[0][1, WAYS[0]]
    }
    if slow := [f"{name}: {r:.2f}" for name, r in ratio.items() if r > MOST_BESIDE_ONE]:
        sys.exit(f"slower than {MOST_BESIDE_ONE} times one thread: {', '.join(slow)}")


if __name__ == "__main__":
    main()
