"""Draw a loss valley, and steps in it that are too small, right, and too large: docs/lessons.md.

    python benchmarks/valley.py

The valley is real: the loss of the textbook network, 784-32-10, on the first 1,000 MNIST images,
after 20 steps of learning, along the line against its gradient there. Gradient descent is kept to
this line: at each place s it goes by η times the slope at s.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.data import load_mnist, one_hot
from digitnet.nn.textbook import TextbookNetwork

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "lesson-valley.png"
NAMES = ("W1", "b1", "W2", "b2")
STEPS = 8
RATES = {0.2: "too small", 2.0: "right", 8.0: "too large", 12.0: "far too large"}
COLOURS = ("#0072B2", "#00704F", "#C24E00", "#8A2C6B")
MARKERS = "os^D"
WIDTH = (-10.0, 8.2)
LEAST_ARROW = 0.4


class Valley:
    """A line through a network's parameters: L(s) at θ + s d, where d is −∂L/∂θ with length 1."""

    def __init__(self, n_images: int = 1000, warm_up: int = 20) -> None:
        examples = load_mnist().train.take(np.arange(n_images))
        self.x = examples.rows / 255
        self.t = one_hot(examples.labels, 10).astype(np.float64)
        self.network = TextbookNetwork(784, 32, 10, np.random.default_rng(0))
        for _ in range(warm_up):
            self.network.step(self.x, self.t, learning_rate=0.1)
        self.start = [getattr(self.network, name).copy() for name in NAMES]
        gradients = self.network.gradients(self.x, self.t)
        length = np.sqrt(sum(np.sum(g**2) for g in gradients))
        self.direction = [-g / length for g in gradients]

    def go_to(self, s: float) -> None:
        """Set the network's parameters to those at s."""
        for name, a, d in zip(NAMES, self.start, self.direction, strict=True):
            setattr(self.network, name, a + s * d)

    def loss(self, s: float) -> float:
        """L(s)."""
        self.go_to(s)
        return self.network.loss(self.x, self.t)

    def slope(self, s: float) -> float:
        """dL/ds: by the chain rule, the gradient times the direction."""
        self.go_to(s)
        gradients = self.network.gradients(self.x, self.t)
        return float(sum(np.sum(g * d) for g, d in zip(gradients, self.direction, strict=True)))

    def descend(self, learning_rate: float, n_steps: int = STEPS) -> list[float]:
        """The places of gradient descent along the line, from 0 on."""
        places = [0.0]
        for _ in range(n_steps):
            places.append(places[-1] - learning_rate * self.slope(places[-1]))
        return places


def draw(valley: Valley, paths: dict[float, list[float]]) -> Figure:
    """The valley, once for each learning rate, with its steps."""
    s = np.linspace(*WIDTH, 150)
    losses = [valley.loss(place) for place in s]
    figure = Figure(figsize=(11, 6.6), dpi=120, layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True).flat
    for panel, (rate, places), colour, marker in zip(
        panels, paths.items(), COLOURS, MARKERS, strict=True
    ):
        panel.plot(s, losses, color="#555555", lw=2, zorder=1)
        panel.fill_between(s, losses, 0, color="#EEEEEE", zorder=0)
        heights = [valley.loss(place) for place in places]
        panel.plot(places, heights, marker, color=colour, markersize=6, zorder=3)
        bent = "arc3,rad=-0.15"  # so that the way back is beside the way there
        for number in range(len(places) - 1):
            if abs(places[number + 1] - places[number]) < LEAST_ARROW:
                continue
            panel.annotate(
                "",
                (places[number + 1], heights[number + 1]),
                (places[number], heights[number]),
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": colour,
                    "lw": 1.3,
                    "connectionstyle": bent,
                },
                zorder=2,
            )
        for text, number in (("start", 0), (f"after {STEPS} steps", STEPS)):
            panel.annotate(
                text,
                (places[number], heights[number]),
                xytext=(-9, -5),
                textcoords="offset points",
                ha="right",
                va="center" if number == 0 else "top",
                fontsize=10,
                color=colour,
            )
        panel.set_title(f"η = {rate:g}: {RATES[rate]}", color=colour)
        panel.set(xlim=WIDTH, ylim=(0, 4.1))
        panel.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("place s on the line", fontsize=11)
    figure.supylabel("loss L(s), nats", fontsize=11)
    return figure


def main() -> None:
    valley = Valley()
    paths = {rate: valley.descend(rate) for rate in RATES}
    print(f"| learning rate | L at the start | L after 1 step | after {STEPS} steps |")
    print("|---|---|---|---|")
    for rate, places in paths.items():
        losses = " | ".join(f"{valley.loss(places[k]):.3f}" for k in (0, 1, STEPS))
        print(f"| {rate:g} | {losses} |")
    draw(valley, paths).savefig(PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):  # two would wait for each other beside other programs
        main()
