"""How fast digitnet and its peers learn and read, interleaved in rounds: `make bench`.

    python benchmarks/speed.py            7 rounds of everything: half an hour, into docs/
    python benchmarks/speed.py --quick    W1, reading, cold start, printed only: three minutes
    python benchmarks/speed.py --smoke    a few seconds, our own contestants on little data
    python benchmarks/speed.py --only W4 reading    some parts anew, the others in docs/ as they are

W1 is 784-128-10 at batch 64, W2 the same at batch 32, W3 784-512-512-10 at batch 128; plain
gradient descent on 54,000 images. W4 is 784-1024-1024-10 at batch 256 on distorted images, ours
and its products alone: what the distortions cost. In each round every contestant runs once, in a
process of its own, the order rotated; its first epoch warms up and is not counted, the faster of
two more counts. What is compared is the ratio to ours *in the same round*, and its median over the
rounds: single seconds on a shared machine mean little. A peer that is not installed is named and
left out.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from contestants import CONTESTANTS, NEEDS, Data, Work, initial_weights
from halves import two_processes
from machine import load, processor_and_blas
from readers import COLD_STARTS, READER_NEEDS, READERS, prepare
from report import JSON, write

from digitnet.data import hold_out, load_mnist

OURS = ("ours", "ours_one_thread", "ours_two_threads")
CONTROLS = ("products_alone", "products_alone_one_thread", "calls_alone", "two_processes")
LEARNERS = {**CONTESTANTS, "two_processes": two_processes}
GROWTH = ("ours", "products_alone", "products_alone_one_thread")
GROWTH_IMAGES = (6_000, 18_000, 36_000, 54_000)
GROWTH_WIDTHS = (32, 128, 512, 2048)
PARTS = ("W1", "W2", "W3", "W4", "reading", "cold start", "growth", "main job")
QUICK_PARTS = ("W1", "reading", "cold start")
SLOWING = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "PYTHONDONTWRITEBYTECODE",  # compiles every module of a repository anew at each start
)
PACKAGES = ("numpy", "torch", "jax", "scikit-learn", "onnxruntime")
ONE, MANY = 2000, 20
MAIN_IMPORTS = "sklearn.metrics, sklearn.model_selection, matplotlib.backends.backend_agg"
"""What `python main.py` imports from others in the course of its work."""

Told = dict[str, float]
Rounds = list[dict[str, Told]]


def learn_once(name: str, work: str, folder: Path, epochs: int, n_images: int) -> Told:
    """In the process of a contestant: let it learn, and say what came of it."""
    data = Data.load(folder / "data.npz")
    data = Data(data.x[:n_images], data.y[:n_images], data.x_held_out, data.y_held_out)
    shape = Work.named(work)
    result = LEARNERS[name](shape, data, initial_weights(shape), epochs)
    return {
        "seconds": min(result.seconds[1:]),
        "evaluation": result.evaluation,
        "accuracy": result.accuracy,
    }


def read_often(name: str, folder: Path) -> Told:
    """In the process of a reader: how long one image takes, and how long ten thousand."""
    reader = READERS[name](folder)
    rows = Data.load(folder / "data.npz").x
    one, many = reader.form(rows[:1]), reader.form(rows[:10_000])
    told = {"one_median": float(np.median(times(lambda: reader.call(one), ONE)))}
    told["one_p99"] = float(np.percentile(times(lambda: reader.call(one), ONE), 99))
    told["many"] = float(np.median(times(lambda: reader.call(many), MANY)))
    return told | {"checksum": float(np.asarray(reader.call(many))[:, 0].sum())}


def prepare_all(folder: Path, n_images: int) -> None:
    """Write the images and the network as the contestants get them."""
    learn, held_out = hold_out(load_mnist().train, 0.1, seed=0)
    part = slice(n_images)
    data = Data(learn.rows[part], learn.labels[part], held_out.rows, held_out.labels)
    data.save(folder / "data.npz")
    prepare(folder)


def times(call: Callable[[], object], n: int) -> list[float]:
    """The seconds of each of n calls, after a tenth as many to warm up."""
    for _ in range(n // 10):
        call()
    seconds = []
    for _ in range(n):
        began = perf_counter()
        call()
        seconds.append(perf_counter() - began)
    return seconds


def process(name: str, arguments: list[str]) -> Told | None:
    """Start a process; what it told, its wall time and peak memory, or None if it failed."""
    environment = {key: value for key, value in os.environ.items() if key not in SLOWING}
    if name == "products_alone_one_thread":
        environment["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = perf_counter()
        child = subprocess.Popen(
            [sys.executable, *arguments], stdout=out, stderr=err, env=environment, cwd=ROOT
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        told = {"wall": perf_counter() - began, "peak_mb": usage.ru_maxrss / 1024}
        out.seek(0)
        err.seek(0)
        if child.returncode:
            last = (err.read().splitlines() or ["no word"])[-1]
            print(f"{name} failed: {last}", file=sys.stderr)
            return None
        lines = out.read().splitlines()
    if lines and lines[-1].startswith("{"):
        told |= json.loads(lines[-1])
    return told


def rounds_of(
    title: str, names: Iterable[str], n_rounds: int, arguments: Callable[[str], list[str]], key: str
) -> Rounds:
    """All names once per round, beginning with another one each time."""
    names, results = list(names), []
    for number in range(n_rounds):
        turn = number % len(names)
        busy = busy_share()
        told = {name: process(name, arguments(name)) for name in names[turn:] + names[:turn]}
        results.append({name: value for name, value in told.items() if value is not None})
        line = "  ".join(f"{name} {value[key]:.3g}" for name, value in results[-1].items())
        print(f"{title} round {number + 1}/{n_rounds}, {busy:.0%} busy: {line}", flush=True)
        results[-1]["machine"] = {"busy": busy}
    return results


def busy_share() -> float:
    """The share of the processors' time that others used for half a second, where Linux tells."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return float("nan")
    counts = []
    for _ in range(2):
        user, nice, system, idle, *_ = map(int, stat.read_text().split("\n")[0].split()[1:])
        counts.append((user + nice + system, idle))
        time.sleep(0.25)
    (used, idle), (used_later, idle_later) = counts
    return (used_later - used) / max(1, used_later - used + idle_later - idle)


def machine() -> dict[str, str]:
    """What the figures belong to."""
    found = processor_and_blas()
    found["load before"] = load()
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def installed(names: Iterable[str], needs: dict[str, str]) -> list[str]:
    """Those whose package is here; the others are named."""
    names = list(names)
    absent = [name for name in names if not importlib.util.find_spec(needs.get(name, "numpy"))]
    for name in absent:
        print(f"{name} is left out: {needs[name]} is not installed")
    return [name for name in names if name not in absent]


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Rounds]:
    """All rounds of what was asked for, by title."""
    small = options.quick or options.smoke
    n_rounds = 1 if options.smoke else 2 if options.quick else options.rounds
    learners = installed([*LEARNERS, "products_alone_one_thread"], NEEDS)
    readers, cold = installed(READERS, READER_NEEDS), installed(COLD_STARTS, READER_NEEDS)
    if options.smoke:
        learners = [name for name in learners if name in (*OURS, *CONTROLS, "textbook")]
        readers, cold = ["network", "model"], ["import_numpy", "model"]

    def learning(work: str, n_images: int = 54_000, epochs: int = 3) -> Callable:
        return lambda name: [
            *(__file__, "--learn", name.removesuffix("_one_thread") if "alone" in name else name),
            *("--work", work, "--folder", str(folder), "--epochs", str(epochs)),
            *("--images", str(n_images)),
        ]

    def reading(name: str) -> list[str]:
        return [__file__, "--read", name, "--folder", str(folder)]

    def cold_start(name: str) -> list[str]:
        return [
            "-c",
            f"from pathlib import Path; FOLDER = Path({str(folder)!r}); " + COLD_STARTS[name],
        ]

    parts = QUICK_PARTS if small else options.only
    results = {}
    for work in ("W1", "W2", "W3", "W4"):
        if work in parts:
            names = GROWTH if work == "W4" else learners
            results[work] = rounds_of(work, names, n_rounds, learning(work), "seconds")
    if "reading" in parts:
        results["reading"] = rounds_of("reading", readers, n_rounds, reading, "one_median")
    if "cold start" in parts:
        results["cold start"] = rounds_of("cold start", cold, n_rounds, cold_start, "wall")
    if "growth" in parts:
        by_title = {f"images {n}": learning("W1", n, epochs=2) for n in GROWTH_IMAGES}
        by_title |= {
            f"width {width}": learning(f"784-{width}-10@64", epochs=2) for width in GROWTH_WIDTHS
        }
        for title, arguments in by_title.items():
            results[title] = rounds_of(title, GROWTH, 3, arguments, "seconds")
    if "main job" in parts:
        main_job = {
            "main.py": ["main.py", "--runs-dir", str(folder)],
            "imports of main.py": ["-c", "import digitnet.cli.train, " + MAIN_IMPORTS],
            "imports of learning": ["-c", "import digitnet.training.learning"],
        }
        results["main job"] = rounds_of("main job", main_job, 3, main_job.__getitem__, "peak_mb")
    return results


def main() -> None:
    """Run the rounds, and print them or write them to docs/performance.json and .md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="W1, reading and cold start, printed only"
    )
    parser.add_argument("--smoke", action="store_true", help="own contestants on little data")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        default=PARTS,
        metavar="PART",
        help=f"measure these parts anew, of {', '.join(PARTS)}; the others stay as they are",
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each work (default: 7)")
    for name in ("--learn", "--read", "--work", "--folder", "--prepare"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    for name in ("--epochs", "--images"):
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.learn:
        folder = Path(options.folder)
        told = learn_once(options.learn, options.work, folder, options.epochs, options.images)
        print(json.dumps(told))
        return
    if options.read:
        print(json.dumps(read_often(options.read, Path(options.folder))))
        return
    if options.prepare:
        prepare_all(Path(options.prepare), options.images)
        return
    about = machine()
    print(", ".join(f"{key} {value}" for key, value in about.items()), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: what this one holds would count as its children's peak memory.
        images = "640" if options.smoke else "54000"
        if process("prepare", [__file__, "--prepare", name, "--images", images]) is None:
            sys.exit(1)
        results = measure(options, folder)
    about["load after"] = f"{os.getloadavg()[0]:.2f}"
    content = {"machines": dict.fromkeys(options.only, about), "rounds": results}
    if tuple(options.only) != PARTS:
        before = json.loads(JSON.read_text(encoding="utf-8"))
        content = {name: before[name] | anew for name, anew in content.items()}
    write(content, to_docs=not (options.quick or options.smoke))


if __name__ == "__main__":
    main()
