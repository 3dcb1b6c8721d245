"""Train the network for reading, from MNIST's training images and what is synthesised from them.

    python scripts/train_reader.py             into digitnet/reading/reader.npz, in forty minutes
    python scripts/train_reader.py --quick     a small one, to see that it works: into runs/reader

Digits as other people write them, what segmentation cuts from rows of such digits, and letters and
scribbles, which are no digits (benchmarks/strokes.py). A tenth of MNIST's training images is held
out: what is made of them tells how well it learns, and fits the temperature of its probabilities.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from functools import cache
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from strokes import TRAINING_SHAPES, drawings

from digitnet.data import AugmentedBatches, Batches, Distortions, Examples, MinMax, load_mnist
from digitnet.model import Model
from digitnet.model.folding import without_batch_norm
from digitnet.nn import (
    Adam,
    Cosine,
    Epoch,
    Network,
    Objective,
    WarmUp,
    multilayer_perceptron,
    train,
)
from digitnet.nn.blas import one_thread
from digitnet.reading import synthesis
from digitnet.reading.ink import ink_of
from digitnet.reading.networks import READER, tempered
from digitnet.reading.normalise import normalise
from digitnet.reading.segments import own_ink, pieces_of

HELD_OUT = 6000
"""The last of MNIST's training images, whose digits are not learned from."""
CHUNK = 500
NO_DIGITS_KEPT = 0.4
"""The share of what is cut from rows and is no digit that is learned from: there is much of it."""
MILD = Distortions(rotation=5, scale=5, shear=5, shift=0.7, elastic=0.6)
Made = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Images (N, 28, 28), and their classes (N,)."""


def single_digits(job: tuple[int, bool]) -> Made:
    """Digits as they are written, one by one."""
    images, labels, generator = _some(job, CHUNK)
    large = synthesis.written(images, labels, generator)
    return _as_bytes([synthesis.finished(image, generator) for image in large]), labels


def cut_digits(job: tuple[int, bool]) -> Made:
    """What is cut from rows of one to six digits: digits, and what is none."""
    made: list[Made] = []
    generator = np.random.default_rng([job[0], 1])
    for row in range(CHUNK // 25):
        n = int(generator.integers(1, 7))
        images, labels, _ = _some((job[0] * 1000 + row, job[1]), n)
        radius = int(generator.choice(synthesis.RADII, p=synthesis.SHARES))
        large = synthesis.written(images, labels, generator, radius)
        crops, classes = synthesis.cut_from_rows(large, labels, generator)
        found = np.array(classes, np.uint8)
        kept = (found < synthesis.NO_DIGIT) | (generator.random(len(found)) < NO_DIGITS_KEPT)
        chosen = [crop for crop, keep in zip(crops, kept, strict=True) if keep]
        if chosen:
            made.append((_as_bytes(chosen), found[kept]))
    return np.concatenate([x for x, _ in made]), np.concatenate([y for _, y in made])


def no_digits(job: tuple[int, bool]) -> Made:
    """Letters, scribbles and the like."""
    generator = np.random.default_rng([job[0], 2])
    crops = []
    for _, picture in drawings(TRAINING_SHAPES, CHUNK, generator):
        ink = ink_of(picture)
        pieces = pieces_of(ink)
        if pieces:
            crops.append(own_ink(pieces, ink)[1])
    return _as_bytes(crops), np.full(len(crops), synthesis.NO_DIGIT, np.uint8)


def _some(
    job: tuple[int, bool], n: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], np.random.Generator]:
    """So many of MNIST's digits, to learn from or of those held out, and a generator."""
    seed, held_out = job
    generator = np.random.default_rng([seed, 0])
    examples = _mnist()
    first, last = len(examples) - HELD_OUT, len(examples)
    chosen = generator.integers(first, last, n) if held_out else generator.integers(first, size=n)
    return examples.images[chosen], examples.labels[chosen].astype(np.uint8), generator


@cache
def _mnist() -> Examples:
    """MNIST's training images, read once in each process."""
    return load_mnist().train


def _as_bytes(crops: list[NDArray[np.float32]]) -> NDArray[np.uint8]:
    return np.rint(255 * normalise(crops)).astype(np.uint8)


def material(pool: "Pool", n_chunks: dict[str, int], seed: int, held_out: bool) -> Examples:
    """All that is learned from, or looked at."""
    makers = {"single": single_digits, "cut": cut_digits, "none": no_digits}
    made: list[Made] = []
    for name, n in n_chunks.items():
        jobs = [(seed + number, held_out) for number in range(n)]
        made += pool.imap(makers[name], jobs)
    return Examples(np.concatenate([x for x, _ in made]), np.concatenate([y for _, y in made]))


def learn(
    examples: Examples, held_out: Examples, hidden: list[int], epochs: int
) -> Iterator[tuple[Network, Epoch]]:
    """A network of eleven classes, after each epoch."""
    scaling = MinMax(0, 255)
    batches = Batches(examples, scaling, synthesis.N_CLASSES, 512, shuffle_seed=0)
    distorted = AugmentedBatches(batches, (28, 28), MILD, seed=0)
    network = multilayer_perceptron([784, *hidden, synthesis.N_CLASSES], "relu", batch_norm=True)
    n_steps = len(batches)
    records = train(
        network,
        distorted,
        Batches(held_out, scaling, synthesis.N_CLASSES, 1000),
        objective=Objective(),
        optimizer=Adam(),
        schedule=WarmUp(Cosine(0.004, epochs * n_steps), n_steps // 2),
        epochs=epochs,
    )
    for record in records:
        if isinstance(record, Epoch):
            yield network, record


def fitted_temperature(model: Model, held_out: Examples) -> float:
    """The temperature at which the held-out classes are least surprising."""
    p = model.predict_rows(held_out.rows)
    rows = np.arange(len(p))

    def surprise(temperature: float) -> float:
        right = tempered(p, temperature)[rows, held_out.labels]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    return min(np.arange(0.7, 3.01, 0.05), key=surprise)


def main() -> None:
    """Make, learn, fit, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small one, into runs/reader")
    quick = parser.parse_args().quick
    chunks = (
        {"single": 4, "cut": 6, "none": 1} if quick else {"single": 900, "cut": 1500, "none": 40}
    )
    looked_at = {"single": 2, "cut": 2} if quick else {"single": 12, "cut": 30}
    hidden, epochs = ([64], 3) if quick else ([1024, 512], 20)
    began = time.monotonic()
    with one_thread, Pool(2) as pool:
        examples = material(pool, chunks, seed=0, held_out=False)
        held_out = material(pool, looked_at, seed=10**6, held_out=True)
    print(f"{len(examples)} images made, {time.monotonic() - began:.0f} s", flush=True)
    for network, record in learn(examples, held_out, hidden, epochs):
        learned = network
        print(
            f"epoch {record.epoch}/{epochs}  loss {record.train_loss:.4f}  held out "
            f"{record.validation_loss:.4f} {100 * record.validation_accuracy:.2f} %  "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
    classes = (*"0123456789", "none")
    model = Model(without_batch_norm(learned), MinMax(0, 255), classes, (28, 28))
    model.config = {"activation": ["relu"], "temperature": fitted_temperature(model, held_out)}
    path = ROOT / "runs" / "reader" / "reader.npz" if quick else READER
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path, half=True)
    print(
        f"{path}: temperature {model.config['temperature']:.2f}, {path.stat().st_size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
