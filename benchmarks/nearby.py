"""Move images up the slope of their loss: a lesson of docs/lessons.md.

    python benchmarks/nearby.py

Networks, 784-128-10, learn from 12,000 of MNIST's training images, and with `adversarial` also from
each of these a step up the slope of its loss. 6,000 others are then read as they are, and moved by
given distances against the network that reads them: each along its own gradient.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.data import load_mnist, one_hot
from digitnet.nn import Network, SoftmaxCrossEntropy
from digitnet.nn.adversarial import directions, there_and_back
from digitnet.training.learning import learn
from digitnet.training.settings import Settings

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "lesson-nearby.png"
LEARNED_AT = (0.0, 0.5, 1.0)
MOVED_BY = (0.0, 0.5, 1.0, 2.0)
N_LEARNED, N_READ, EPOCHS = 12_000, 6_000, 5
CLASSES = tuple("0123456789")
SHOWN = 8


def learned(distance: float) -> Network:
    """A network that has learned with this `adversarial`."""
    settings = Settings(hidden_layer_sizes=(128,), epochs=EPOCHS, adversarial=distance)
    return learn(settings, load_mnist().train.take(np.arange(N_LEARNED)), None, CLASSES).network


def others() -> tuple[np.ndarray, np.ndarray]:
    """Images that nothing was learned from: pixels from 0 to 1, and their targets."""
    examples = load_mnist().train.take(np.arange(60_000 - N_READ, 60_000))
    x = np.multiply(examples.rows, np.float32(1 / 255), dtype=np.float32)
    return x, one_hot(examples.labels, 10)


def worse(network: Network, x: np.ndarray, targets: np.ndarray, distance: float) -> np.ndarray:
    """The images (N, 784), each moved by this distance along the gradient of its loss."""
    _, _, dx = there_and_back(network, x, targets, SoftmaxCrossEntropy(), dx_wanted=True)
    assert dx is not None
    return x + np.float32(distance) * directions(dx)


def right(network: Network, x: np.ndarray, targets: np.ndarray, distance: float) -> float:
    """The share of images that it reads rightly when they have been moved."""
    read = network.forward(worse(network, x, targets, distance)).argmax(axis=1)
    return float((read == targets.argmax(axis=1)).mean())


def nearest_of_another_class(x: np.ndarray, targets: np.ndarray) -> float:
    """How far an image is from the nearest one of another class, in the median."""
    squares = np.einsum("ni,ni->n", x, x)
    distances = squares[:, None] + squares - 2 * x @ x.T
    distances[targets @ targets.T > 0] = np.inf
    return float(np.median(np.sqrt(distances.min(axis=1))))


def draw(networks: list[Network], x: np.ndarray, targets: np.ndarray) -> Figure:
    """Images, and what a step of 1 up the loss of the first and the last network makes of them."""
    known = targets.argmax(axis=1)
    as_it_is, moved = (
        networks[0].forward(each).argmax(axis=1)
        for each in (x, worse(networks[0], x, targets, 1.0))
    )
    misled = np.flatnonzero((as_it_is == known) & (moved != known))
    chosen = [misled[known[misled] == digit][0] for digit in range(SHOWN)]
    x, targets = x[chosen], targets[chosen]
    rows = [("as it is", networks[0], 0.0)]
    rows += [
        (f"a step up the loss of the one\nlearned with ε = {distance:g}", network, 1.0)
        for network, distance in ((networks[0], LEARNED_AT[0]), (networks[-1], LEARNED_AT[-1]))
    ]
    figure = Figure(figsize=(10.5, 4.6), dpi=110, layout="constrained")
    panels = figure.subplots(len(rows), SHOWN)
    for line, (title, network, distance) in zip(panels, rows, strict=True):
        images = worse(network, x, targets, distance)
        read = network.forward(images).argmax(axis=1)
        for panel, image, answer, target in zip(line, images, read, targets, strict=True):
            panel.imshow(image.reshape(28, 28), cmap="gray", vmin=-0.2, vmax=1.1)
            wrong = answer != target.argmax()
            panel.set_xlabel(f"read as {answer}", color="#C24E00" if wrong else "#333333")
            panel.set(xticks=[], yticks=[])
        line[0].set_ylabel(title, rotation=0, ha="right", va="center")
    return figure


def main() -> None:
    networks = [learned(distance) for distance in LEARNED_AT]
    x, targets = others()
    print(
        "| learned with ε | "
        + " | ".join(f"moved by {each:g}" if each else "as they are" for each in MOVED_BY)
        + " |"
    )
    print("|" + "---|" * (1 + len(MOVED_BY)))
    for distance, network in zip(LEARNED_AT, networks, strict=True):
        shares = [f"{100 * right(network, x, targets, moved):.1f} %" for moved in MOVED_BY]
        print(f"| {distance:g} | " + " | ".join(shares) + " |")
    print(f"nearest of another class: {nearest_of_another_class(x, targets):.1f}, in the median")
    draw(networks, x, targets).savefig(PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
