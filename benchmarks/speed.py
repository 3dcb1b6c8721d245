"""Seconds per epoch of digitnet and its peers, interleaved in rounds: `make bench`.

    python benchmarks/speed.py            7 rounds of W1, W2 and W3: half an hour
    python benchmarks/speed.py --quick    3 rounds of W1: three minutes
    python benchmarks/speed.py --smoke    a few seconds, our own contestants on little data

W1 is 784-128-10 at batch 64, W2 the same at batch 32, W3 784-512-512-10 at batch 128; plain
gradient descent on 54,000 images. In each round every contestant runs once, in a process of its
own, the order rotated; its first epoch warms up and is not counted, the faster of two more counts.
What is compared is the ratio to ours *in the same round*, and its median over the rounds: single
seconds on a shared machine mean little. A peer that is not installed is named and left out.
"""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from contestants import CONTESTANTS, NEEDS, WORKS, Data, initial_weights

from digitnet.data import hold_out, load_mnist

EPOCHS = 3
OURS = ("ours", "ours_one_thread", "ours_two_threads")
CONTROLS = ("products_alone", "calls_alone")
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
DOCS = Path(__file__).parent.parent / "docs"
PACKAGES = ("numpy", "torch", "jax", "scikit-learn")


def run_one(name: str, work: str, path: Path) -> None:
    """In the process of a contestant: let it learn, and print what came of it."""
    data = Data.load(path)
    seconds, accuracy = CONTESTANTS[name](WORKS[work], data, initial_weights(WORKS[work]), EPOCHS)
    print(json.dumps({"seconds": seconds, "accuracy": accuracy}))


def measure(name: str, work: str, path: Path) -> dict[str, float] | None:
    """Start the process of a contestant; None if it failed."""
    environment = {key: value for key, value in os.environ.items() if key not in SLOWING}
    if name == "products_alone_one_thread":
        name, environment["OPENBLAS_NUM_THREADS"] = "products_alone", "1"
    command = [sys.executable, __file__, "--contestant", name, "--work", work, "--data", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode:
        print(f"{name} failed: {(result.stderr.splitlines() or ['no word'])[-1]}", file=sys.stderr)
        return None
    told = json.loads(result.stdout.splitlines()[-1])
    return {"seconds": min(told["seconds"][1:]), "accuracy": told["accuracy"]}


def rounds_of(work: str, names: list[str], n_rounds: int, path: Path) -> list[dict[str, dict]]:
    """All contestants once per round, beginning with another one each time."""
    results = []
    for number in range(n_rounds):
        order = names[number % len(names) :] + names[: number % len(names)]
        told = {name: measure(name, work, path) for name in order}
        results.append({name: value for name, value in told.items() if value is not None})
        line = "  ".join(f"{name} {value['seconds']:.2f}" for name, value in results[-1].items())
        print(f"{work} round {number + 1}/{n_rounds}: {line}", flush=True)
    return results


def table(work: str, results: list[dict[str, dict]]) -> str:
    """Seconds per epoch, and ours by theirs as the median of the rounds."""
    lines = [
        f"### {work}: {'-'.join(map(str, WORKS[work].sizes))}, batch {WORKS[work].batch_size}\n",
        "| | seconds per epoch: min | median | max | ours / theirs | validation accuracy, % |",
        "|---|---|---|---|---|---|",
    ]
    for name in {name: None for result in results for name in result}:
        both = [result for result in results if name in result and "ours" in result]
        seconds = [result[name]["seconds"] for result in both]
        ratio = statistics.median(r["ours"]["seconds"] / r[name]["seconds"] for r in both)
        accuracy = statistics.median(r[name]["accuracy"] for r in both)
        learned = "" if np.isnan(accuracy) else f"{100 * accuracy:.2f}"
        lines.append(
            f"| {name} | {min(seconds):.3f} | {statistics.median(seconds):.3f} "
            f"| {max(seconds):.3f} | {ratio:.2f} | {learned} |"
        )
    return "\n".join(lines) + "\n"


def machine() -> dict[str, str]:
    """What the figures belong to."""
    found = {"cores": str(os.cpu_count()), "machine": platform.machine()}
    found["python"] = platform.python_version()
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    found["blas"] = f"{blas['name']} {blas['version']}"
    found["load before"] = f"{os.getloadavg()[0]:.2f}"
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def prepare(folder: Path, n_images: int | None) -> Path:
    """The images as all contestants get them."""
    learn, held_out = hold_out(load_mnist().train, 0.1, seed=0)
    part = slice(n_images)
    path = folder / "data.npz"
    Data(learn.rows[part], learn.labels[part], held_out.rows, held_out.labels).save(path)
    return path


def main() -> None:
    """Run the rounds, print the tables, and write them to docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 rounds of W1, printed only")
    parser.add_argument("--smoke", action="store_true", help="own contestants on little data")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each work (default: 7)")
    for name in ("--contestant", "--work", "--data"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contestant:
        run_one(options.contestant, options.work, Path(options.data))
        return
    names = [*CONTESTANTS, "products_alone_one_thread"]
    if options.smoke:
        names = [*OURS, *CONTROLS, "textbook"]
    absent = [name for name in names if not importlib.util.find_spec(NEEDS.get(name, "numpy"))]
    for name in absent:
        print(f"{name} is left out: {NEEDS[name]} is not installed")
    names = [name for name in names if name not in absent]
    works = ["W1"] if options.quick or options.smoke else list(WORKS)
    n_rounds = 1 if options.smoke else 3 if options.quick else options.rounds
    about = machine()
    print(", ".join(f"{key} {value}" for key, value in about.items()), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = prepare(Path(folder), 640 if options.smoke else None)
        results = {work: rounds_of(work, names, n_rounds, path) for work in works}
    tables = [table(work, results[work]) for work in works]
    print("\n" + "\n".join(tables))
    if options.quick or options.smoke:
        return
    content = {"machine": about, "rounds": results}
    (DOCS / "performance.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    header = (
        "# Performance\n\nWritten by `make bench` (benchmarks/speed.py, which says how it "
        "measures) from docs/performance.json.\nThe lower a ratio, the better for us. "
        + ", ".join(f"{key} {value}" for key, value in about.items())
        + ".\n\n"
    )
    (DOCS / "performance.md").write_text(header + "\n".join(tables), encoding="utf-8")


if __name__ == "__main__":
    main()
