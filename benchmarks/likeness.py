"""How MNIST measures by what digitnet warns of: border, centre, spread and mass, and false alarms.

    python benchmarks/likeness.py

Prints the extremes over all 70,000 images, how many of them would be warned of one by one, and how
many if each were centred by its box, as EMNIST's are, instead of its mass.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.accept.likeness import Gauge, unlike
from digitnet.data import load_mnist

BACKGROUND = 0.0002  # of a model of MNIST


def main() -> None:
    """Print it all."""
    data = load_mnist()
    images = np.concatenate([data.train.images, data.test.images])
    gauge = Gauge((28, 28), data.classes)
    for what, some in (("as they are", images), ("centred by their boxes", by_box(images))):
        sums = (some.reshape(len(some), -1) / np.float32(255)) @ gauge.weights
        border, mass, x, y, second = sums.T.astype(np.float64)
        centre = np.hypot(x, y) / mass
        radius = np.sqrt(second / mass - centre**2)
        print(f"{len(some)} images {what}:")
        for name, values in (("border", border), ("centre off by", centre), ("radius", radius)):
            print(f"  {name:14} {values.min():8.4f} to {values.max():8.4f}")
        print(f"  {'mass':14} {mass.min():8.2f} to {mass.max():8.2f}")
        alarms = np.any(unlike(sums.T, BACKGROUND, digits=True), axis=0)
        print(f"  warned of one by one: {np.count_nonzero(alarms)}")


def by_box(images: np.ndarray) -> np.ndarray:
    """Each image moved so that the box around its ink is in the middle."""
    moved = np.empty_like(images)
    for n, image in enumerate(images):
        shifts = []
        for axis in (0, 1):
            ink = np.flatnonzero(image.any(axis=1 - axis))
            shifts.append((27 - ink[0] - ink[-1]) // 2)
        moved[n] = np.roll(image, shifts, axis=(0, 1))
    return moved


if __name__ == "__main__":
    main()
