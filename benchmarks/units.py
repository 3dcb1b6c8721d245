"""Draw what goes up and comes down through layers, well ones and others: docs/lessons.md.

    python benchmarks/units.py

784-64-64-64-10 learns in 300 steps of 64 from the first 6,000 MNIST images, by plain gradient
descent. Then 1,000 of these images go through it: the histograms are of the outputs of each hidden
layer's units, and of the blame dz that comes back to them. One thing differs from row to row.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.data import load_mnist, one_hot
from digitnet.nn import SGD, Activation, Dense, Network, Objective, multilayer_perceptron

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "lesson-units.png"
N_IMAGES, N_SEEN, N_STEPS, BATCH_SIZE = 6000, 1000, 300, 64
COLOURS = ("#0072B2", "#C24E00", "#007A53")
LINES = ("-", "--", ":")
SMALLEST, NOTHING = 1e-12, 1e-8


@dataclass(frozen=True)
class Variant:
    """What is special about a network: its weights are `scale` times as large, and moved."""

    name: str
    activation: str
    learning_rate: float
    scale: float = 1.0
    move: float = 0.0


VARIANTS = (
    Variant("ReLU, η = 0.1", "relu", 0.1),
    Variant("ReLU, η = 1", "relu", 1.0),
    Variant("ReLU, η = 0.1, all weights moved by −0.02", "relu", 0.1, move=-0.02),
    Variant("sigmoid, η = 1", "sigmoid", 1.0),
    Variant("sigmoid, η = 1, weights × 4", "sigmoid", 1.0, scale=4),
    Variant("sigmoid, η = 1, weights × 16", "sigmoid", 1.0, scale=16),
)


@dataclass(frozen=True)
class Seen:
    """Of each hidden layer, for the images that went through: outputs y and blame dz, (B, H)."""

    outputs: list[np.ndarray]
    blame: list[np.ndarray]
    accuracy: float

    def dead(self) -> list[float]:
        """The share of units that are 0 for every image."""
        return [float(np.mean((y <= 0).all(axis=0))) for y in self.outputs]

    def saturated(self) -> list[float]:
        """The share of outputs that are within 0.02 of 0 or of 1, where a sigmoid is flat."""
        return [float(np.mean((y < 0.02) | (y > 0.98))) for y in self.outputs]

    def without_blame(self) -> list[float]:
        """The share of blame that is next to nothing."""
        return [float(np.mean(np.abs(dz) < NOTHING)) for dz in self.blame]


def learned(variant: Variant, x: np.ndarray, t: np.ndarray, n_steps: int = N_STEPS) -> Network:
    """The network after its steps."""
    network = multilayer_perceptron([784, 64, 64, 64, 10], variant.activation, seed=0)
    for layer in network.layers:
        if isinstance(layer, Dense):
            layer.W[:] = variant.scale * layer.W + variant.move
    objective, optimizer = Objective(), SGD()
    generator = np.random.default_rng(0)
    for _ in range(n_steps):
        batch = generator.integers(0, len(x), BATCH_SIZE)
        objective(network, x[batch], t[batch])
        optimizer.step(network.params, network.grads, variant.learning_rate)
    return network


def look(network: Network, x: np.ndarray, t: np.ndarray) -> Seen:
    """Send images through, layer by layer, and the blame back by the formulas of §4 to §6."""
    outputs, weights, y = [], [], x
    for layer in network.layers:
        y = layer.forward(y, False).copy()
        if isinstance(layer, Activation):
            outputs.append(y)
        elif isinstance(layer, Dense):
            weights.append(layer.W)
    probabilities = network.output.forward(y, False)
    dz = (probabilities - t) / len(x)
    blame: list[np.ndarray] = []
    for h, W in zip(reversed(outputs), reversed(weights[1:]), strict=True):
        relu = type(network.layers[1]).__name__ == "ReLU"
        dz = (dz @ W.T) * ((h > 0) if relu else h * (1 - h))
        blame.insert(0, dz)
    return Seen(outputs, blame, float(np.mean(y.argmax(axis=1) == t.argmax(axis=1))))


def draw_outputs(axes: Axes, seen: Seen, level: int, relu: bool) -> None:
    """The histogram of one layer's outputs."""
    y = seen.outputs[level]
    top = max(float(np.percentile(y, 99.5)), 1.0) if relu else 1.0
    axes.hist(
        y.ravel(),
        bins=np.linspace(0, top, 31),
        weights=np.full(y.size, 100 / y.size),
        color=COLOURS[level],
    )
    share = f"{seen.dead()[level]:.0%} dead" if relu else f"{seen.saturated()[level]:.0%} saturated"
    axes.text(0.97, 0.9, share.replace("%", " %"), ha="right", va="top", transform=axes.transAxes)
    axes.set(ylim=(0, 100), yticks=[0, 50, 100])


def draw_blame(axes: Axes, seen: Seen) -> None:
    """The histograms of all layers' blame, by its power of ten; what is 0 is not in them."""
    for level, dz in enumerate(seen.blame):
        size = np.abs(dz[np.abs(dz) > SMALLEST])
        zero = 1 - size.size / dz.size
        label = f"layer {level + 1}: {zero:.0%} are 0".replace("%", " %")
        axes.hist(
            np.log10(size),
            bins=np.linspace(-12, 0, 49),
            weights=np.full(size.size, 100 / dz.size),
            histtype="step",
            color=COLOURS[level],
            linestyle=LINES[level],
            lw=1.6,
            label=label,
        )
    axes.legend(loc="upper left", frameon=False, fontsize=8.5)
    axes.set(xlim=(-12, 0), ylim=(0, 22), yticks=[0, 10, 20])
    axes.set_xticks([-12, -9, -6, -3, 0], ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "1"])


def draw(all_seen: dict[str, Seen]) -> Figure:
    """A row for each network: three histograms of outputs, and one of blame."""
    figure = Figure(figsize=(11, 12.5), dpi=110, layout="constrained")
    rows = figure.subfigures(len(all_seen), 1)
    for row, (name, seen) in zip(rows, all_seen.items(), strict=True):
        row.suptitle(name, x=0.06, ha="left", fontsize=11, fontweight="bold")
        *panels, last = row.subplots(1, 4, width_ratios=(1, 1, 1, 1.7))
        for level, panel in enumerate(panels):
            draw_outputs(panel, seen, level, name.startswith("ReLU"))
            panel.set_xlabel(f"output of layer {level + 1}", fontsize=9)
        panels[0].set_ylabel("% of outputs", fontsize=9)
        draw_blame(last, seen)
        last.set_xlabel("size of the blame |dz|", fontsize=9)
        for panel in (*panels, last):
            panel.spines[["top", "right"]].set_visible(False)
            panel.tick_params(labelsize=8.5)
    return figure


def main() -> None:
    examples = load_mnist().train.take(np.arange(N_IMAGES))
    x = np.multiply(examples.rows, np.float32(1 / 255), dtype=np.float32)
    t = one_hot(examples.labels, 10)
    all_seen = {}
    print("| network | dead | saturated | blame below 10⁻⁸ | read right |")
    print("|---|---|---|---|---|")
    for variant in VARIANTS:
        seen = look(learned(variant, x, t), x[:N_SEEN], t[:N_SEEN])
        all_seen[variant.name] = seen
        dead, saturated, without = (
            ", ".join(f"{100 * share:.0f}" for share in shares) + " %"
            for shares in (seen.dead(), seen.saturated(), seen.without_blame())
        )
        state = f"{dead} | –" if variant.activation == "relu" else f"– | {saturated}"
        print(f"| {variant.name} | {state} | {without} | {100 * seen.accuracy:.0f} % |")
    draw(all_seen).savefig(PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):  # two would wait for each other beside other programs
        main()
