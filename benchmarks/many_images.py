"""Learn from more images than there should be in memory, and say what memory it takes.

    python benchmarks/many_images.py FOLDER                 1, 2, 4 and 8 million, ten minutes
    python benchmarks/many_images.py FOLDER --millions 0.1  as many

The images are MNIST's, distorted with seeds, in FOLDER/x_train.npy (784 bytes each); what is there
from an earlier call is taken. For each number of images one epoch of the default network is
trained in a process of its own, which says how much memory of its own it took at most (RssAnon of
/proc: what is mapped from files, the system can take back at any time), and how long it took.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from digitnet.data import Distortions, load_data, load_mnist
from digitnet.training.job import open_job
from digitnet.training.plan import Plan
from digitnet.training.settings import Settings

DISTORTIONS = Distortions(rotation=10, scale=10, shear=10, shift=1.5, elastic=0.8)
AT_ONCE = 10_000


def make(folder: Path, n_images: int) -> None:
    """Write n_images distorted images and their labels, and MNIST's test part."""
    data = load_mnist()
    folder.mkdir(parents=True, exist_ok=True)
    names = [folder / f"{name}.npy" for name in ("x_train", "y_train")]
    if names[0].exists() and np.load(names[0], mmap_mode="r").shape[0] == n_images:
        return
    images = np.lib.format.open_memmap(names[0], "w+", np.uint8, (n_images, 28, 28))
    labels = np.lib.format.open_memmap(names[1], "w+", np.uint8, (n_images,))
    for start in range(0, n_images, AT_ONCE):
        generator = np.random.default_rng([1, start])
        chosen = generator.integers(0, len(data.train), min(AT_ONCE, n_images - start))
        x = data.train.images[chosen].astype(np.float32) / 255
        DISTORTIONS(x, generator)
        images[start : start + len(x)] = np.rint(255 * np.clip(x, 0, 1))
        labels[start : start + len(x)] = data.train.labels[chosen]
    np.save(folder / "x_test.npy", data.test.images)
    np.save(folder / "y_test.npy", data.test.labels)


def own_mb() -> int:
    """Memory of this process's own, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) // 1024


def train(folder: Path, run: Path) -> None:
    """Train one epoch, and print what it took."""
    most, started = [own_mb()], time.perf_counter()
    plan = Plan(Settings(epochs=1), [run])
    with open_job(plan, load_data(str(folder))) as job:
        most.append(own_mb())
        loaded = time.perf_counter()
        learned = job.learn([lambda _: most.append(own_mb())])
    accuracy = 100 * learned.history[-1].validation_accuracy
    seconds = f"{loaded - started:9.0f} {time.perf_counter() - loaded:9.0f}"
    print(f"{max(most):9} MB {seconds} {accuracy:11.2f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--millions", type=float, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train(options.folder, options.train)
        return
    print("    images    of its own   load, s  train, s   validation")
    for millions in options.millions:
        n_images = round(1e6 * millions)
        make(options.folder, n_images)
        print(f"{n_images:10,}", end=" ", flush=True)
        run = options.folder / f"run-{n_images}-{time.time():.0f}"
        command = [sys.executable, __file__, str(options.folder), "--train", str(run)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
