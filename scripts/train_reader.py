"""Train the networks for reading, from MNIST's training images and what is synthesised from them.

    python scripts/train_reader.py             into digitnet/reading, in forty minutes
    python scripts/train_reader.py --quick     small ones, to see that it works: into runs/reader

The reader's network tells digits from what is none, by their image: it learns from digits as other
people write them, from what segmentation cuts from rows of such digits, and from letters and
scribbles (scripts/reader_material.py). A tenth of MNIST's training images is held out: what is
made of them tells how well it learns, and fits the temperature of its probabilities. The network
for geometry learns from rows of these, because it is to know how far the first one can be trusted.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from measures import expected_calibration_error
from reader_material import material, placed

from digitnet.data import AugmentedBatches, Batches, Distortions, Examples, MinMax
from digitnet.model import Model
from digitnet.model.folding import without_batch_norm
from digitnet.model.temperature import fitted_temperature, tempered
from digitnet.nn import (
    Adam,
    BatchSource,
    Cosine,
    Epoch,
    Network,
    Objective,
    WarmUp,
    multilayer_perceptron,
    train,
)
from digitnet.nn.blas import one_thread
from digitnet.reading import geometry, networks
from digitnet.reading.digit import N_CLASSES

MILD = Distortions(rotation=5, scale=5, shear=5, shift=0.7, elastic=0.6)
CLASSES = (*"0123456789", "part", "letter")
QUICK = ROOT / "runs" / "reader"


@dataclass
class Extent:
    """How much is made, in jobs of reader_material, and how long is learned from it."""

    learned: dict[str, int]
    held_out: dict[str, int]
    placed: int
    hidden: list[int]
    epochs: int


FULL = Extent(
    {"single": 1000, "cut": 1900, "letter": 250, "none": 20},
    {"single": 12, "cut": 30, "letter": 4},
    300,
    [1024, 1024],
    16,
)
SMALL = Extent({"single": 4, "cut": 6, "letter": 1, "none": 1}, {"single": 2, "cut": 2}, 4, [64], 3)


@dataclass
class Rows:
    """Features (N, F) and their classes (N,) as batches, in another order each epoch."""

    features: NDArray[np.float32]
    classes: NDArray[np.uint8]
    batch_size: int = 128

    def __len__(self) -> int:
        return math.ceil(len(self.features) / self.batch_size)

    def epoch(
        self, number: int, first: int = 0
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """The batches of this epoch, and their targets."""
        order = np.random.default_rng(number).permutation(len(self.features))
        for start in range(first * self.batch_size, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield self.features[chosen], np.eye(N_CLASSES, dtype=np.float32)[self.classes[chosen]]


def learn(
    network: Network, batches: BatchSource, held_out: BatchSource, rate: float, epochs: int
) -> None:
    """Learn in place, and say after each epoch how it goes."""
    n_steps = len(batches)
    records = train(
        network,
        batches,
        held_out,
        objective=Objective(),
        optimizer=Adam(),
        schedule=WarmUp(Cosine(rate, epochs * n_steps), n_steps // 2),
        epochs=epochs,
    )
    began = time.monotonic()
    for record in records:
        if isinstance(record, Epoch):
            print(
                f"epoch {record.epoch}/{epochs}  loss {record.train_loss:.4f}  held out "
                f"{record.validation_loss:.4f} {100 * record.validation_accuracy:.2f} %  "
                f"{time.monotonic() - began:.0f} s",
                flush=True,
            )


def reader_of(examples: Examples, held_out: Examples, extent: Extent) -> Model:
    """The network of twelve classes, which tells what an image is."""
    scaling = MinMax(0, 255)
    batches = Batches(examples, scaling, N_CLASSES, 512, shuffle_seed=0)
    distorted = AugmentedBatches(batches, (28, 28), MILD, seed=0)
    network = multilayer_perceptron([784, *extent.hidden, N_CLASSES], "relu", batch_norm=True)
    learn(network, distorted, Batches(held_out, scaling, N_CLASSES, 1000), 0.004, extent.epochs)
    model = Model(without_batch_norm(network), scaling, CLASSES, (28, 28))
    activations = ["relu"] * len(extent.hidden)
    fitted = fitted_temperature(model.predict_rows(held_out.rows), held_out.labels)
    model.config = {"activation": activations, "temperature": fitted}
    for temperature in (1.0, fitted):
        error = 100 * calibration_error(model, held_out, temperature)
        print(f"temperature {temperature:.2f}: calibration error {error:.2f} %", flush=True)
    return model


def calibration_error(model: Model, held_out: Examples, temperature: float) -> float:
    """By how much the probability of the most probable class and accuracy differ, from 0 to 1."""
    p = tempered(model.predict_rows(held_out.rows), temperature)
    return expected_calibration_error(p.max(axis=1), p.argmax(axis=1) == held_out.labels)


def geometry_of(features: NDArray[np.float32], classes: NDArray[np.uint8]) -> Model:
    """The network that judges by the place, too; a tenth is not learned from."""
    n = len(features) * 9 // 10
    network = multilayer_perceptron([geometry.N_FEATURES, *geometry.HIDDEN, N_CLASSES], "relu")
    learn(network, Rows(features[:n], classes[:n]), Rows(features[n:], classes[n:]), 0.002, 10)
    model = Model(network, MinMax(0, 1), CLASSES, (1, geometry.N_FEATURES))
    model.config = {"activation": ["relu"] * len(geometry.HIDDEN)}
    return model


def save(model: Model, path: Path) -> None:
    """In half precision, and say so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path, half=True)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {model.config}", flush=True)


def main() -> None:
    """Make, learn, fit, save; twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small ones, into runs/reader")
    quick = parser.parse_args().quick
    extent = SMALL if quick else FULL
    if quick:
        networks.READER, geometry.NETWORK = QUICK / "reader.npz", QUICK / "geometry.npz"
    began = time.monotonic()
    with one_thread, Pool(2) as pool:
        examples = material(pool, extent.learned, seed=0, held_out=False)
        held_out = material(pool, extent.held_out, seed=10**6, held_out=True)
    print(f"{len(examples)} images made, {time.monotonic() - began:.0f} s", flush=True)
    save(reader_of(examples, held_out, extent), networks.READER)
    networks.reader.cache_clear()
    with one_thread, Pool(2) as pool:
        seen = pool.map(placed, [(10**6 + job, True) for job in range(extent.placed)], chunksize=1)
    features, classes = (np.concatenate(part) for part in zip(*seen, strict=True))
    print(f"{len(features)} places made, {time.monotonic() - began:.0f} s", flush=True)
    save(geometry_of(features, classes), geometry.NETWORK)


if __name__ == "__main__":
    main()
