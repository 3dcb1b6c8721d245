"""Draw the network of docs/derivations.md, §0: two inputs, two hidden units, two classes.

    python benchmarks/smallest.py

What goes forward is blue, solid, and above its line; what comes back as blame is orange, dashed, in
a frame, and below it. The numbers at the start are those of the text; the others are computed here.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.nn.textbook import TextbookNetwork

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "two-two-two.png"
FORWARD, BACKWARD, OFF, INK = "#0063A0", "#B84A00", "#E4E4E4", "#222222"
HIGH, LOW = 2.6, -2.6
COLUMNS = {"x": 0.0, "h": 6.0, "z": 12.0}
RADIUS = 0.66
TOP = 4.85
BESIDE = 0.13
"""Half the distance of the two arrows of an edge."""

X = np.array([[1.0, 0.5]])
T = np.array([[0.0, 1.0]])
LEARNING_RATE = 0.5


def network() -> TextbookNetwork:
    """The network at the start."""
    result = TextbookNetwork(2, 2, 2, np.random.default_rng(0))
    result.W1 = np.array([[0.4, -0.6], [0.8, 0.4]])
    result.b1 = np.array([0.1, 0.1])
    result.W2 = np.array([[0.5, -0.3], [0.2, 0.4]])
    result.b2 = np.array([0.0, 0.1])
    return result


def four(value: float) -> str:
    """With four decimals at most, and a minus that is as long as a plus."""
    return f"{value + 0.0:.4f}".rstrip("0").rstrip(".").replace("-", "−")


def times(a: float, b: float) -> str:
    """A product and what it comes to."""
    second = four(b) if b >= 0 else f"({four(b)})"
    return f"{four(a)} · {second} = {four(a * b)}"


def total(terms: list[float]) -> str:
    """A sum and what it comes to."""
    signs = ["", *(" + " if term >= 0 else " − " for term in terms[1:])]
    parts = [four(terms[0]), *(four(abs(term)) for term in terms[1:])]
    return "".join(map("".join, zip(signs, parts, strict=True))) + f" = {four(sum(terms))}"


def word(axes: Axes, x: float, y: float, text: str, backward: bool, **how: object) -> None:
    """A number: blue, or orange in a frame."""
    frame = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": BACKWARD, "lw": 0.9}
    style = {
        "ha": "center",
        "va": "center",
        "fontsize": 10.5,
        "color": BACKWARD if backward else FORWARD,
        "bbox": frame if backward else {**frame, "edgecolor": "none", "pad": 0.1},
        "zorder": 4,
    }
    axes.text(x, y, text, **{**style, **how})


def edge(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    texts: tuple[str, str],
    at: float,
) -> None:
    """Two arrows between two places, and their numbers, `at` so much of the way."""
    a, b = np.array(start), np.array(end)
    along = (b - a) / np.linalg.norm(b - a)
    upward = np.array([-along[1], along[0]])
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    for sign, colour, line in ((1, FORWARD, "-"), (-1, BACKWARD, (0, (4, 3)))):
        tail, head = (a, b) if sign > 0 else (b, a)
        axes.annotate(
            "",
            head + sign * BESIDE * upward,
            tail + sign * BESIDE * upward,
            arrowprops={
                "arrowstyle": "-|>,head_length=0.5,head_width=0.2",
                "color": colour,
                "lw": 1.5,
                "linestyle": line,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=1,
        )
        place = a + at * (b - a) + sign * (BESIDE + 0.36) * upward
        word(axes, *place, texts[0 if sign > 0 else 1], sign < 0, rotation=angle)


def layer(axes: Axes, left: str, right: str, values: list, W: np.ndarray, dW: np.ndarray) -> None:
    """The four edges between two columns of two nodes, each with its product and its dW."""
    for i, y_left in enumerate((HIGH, LOW)):
        for j, y_right in enumerate((HIGH, LOW)):
            a = np.array((COLUMNS[left], y_left))
            b = np.array((COLUMNS[right], y_right))
            gap = (b - a) / np.linalg.norm(b - a) * (RADIUS + 0.1)
            texts = (times(values[i], W[i, j]), f"dW = {four(dW[i, j])}")
            edge(axes, a + gap, b - gap, texts, 0.56 if i == j else 0.23)


def node(axes: Axes, column: str, y: float, name: str, value: float) -> None:
    """A circle with a name above its value; grey where the value is 0."""
    x = COLUMNS[column]
    fill = "white" if value else OFF
    axes.add_patch(Circle((x, y), RADIUS, facecolor=fill, edgecolor=INK, lw=1.4, zorder=3))
    axes.text(x, y + 0.24, name, ha="center", va="center", fontsize=11, color=INK, zorder=5)
    word(axes, x, y - 0.16, four(value), False, fontsize=12, bbox=None, zorder=5)


def draw() -> Figure:
    """The graph with the numbers of one step."""
    net = network()
    p = net.forward(X)[0]
    h, z = net.h[0], net.h[0] @ net.W2 + net.b2
    dW1, _, dW2, _ = net.gradients(X, T)
    dz = p - T[0]
    dh = dz @ net.W2.T
    figure = Figure(figsize=(13, 13 * 10.4 / 20.2), dpi=120)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1.0, 19.2), ylim=(-5.25, 5.15), aspect="equal")
    axes.axis("off")
    layer(axes, "x", "h", X[0], net.W1, dW1)
    layer(axes, "h", "z", h, net.W2, dW2)
    for k, y in enumerate((HIGH, LOW)):
        n, outward = "₁₂"[k], (1, -1)[k]
        node(axes, "x", y, f"x{n}", X[0, k])
        node(axes, "h", y, f"h{n}", h[k])
        node(axes, "z", y, f"z{n}", z[k])
        text = f"z{n}⁽¹⁾ = " + total([*(X[0] * net.W1[:, k]), net.b1[k]])
        text += ": " + ("on" if h[k] else "off")
        word(axes, COLUMNS["h"], y + 0.98 * outward, text, False)
        text = f"z{n} = " + total([*(h * net.W2[:, k]), net.b2[k]])
        word(axes, COLUMNS["z"], y + 0.98 * outward, text, False)
        text = f"dh{n} = {four(dh[k])},  dz{n}⁽¹⁾ = {four(dh[k] * (h[k] > 0))}"
        word(axes, COLUMNS["h"], y + 1.55 * outward, text, True)
        start, end = (COLUMNS["z"] + RADIUS + 0.1, y), (15.1, y)
        edge(axes, start, end, (four(z[k]), f"dz{n} = {four(dz[k])}"), 0.5)
    box = FancyBboxPatch(
        (15.25, -3.4), 3.6, 6.8, boxstyle="round,pad=0.05", facecolor="white", edgecolor=INK, lw=1.4
    )
    axes.add_patch(box)
    for y, text, size in (
        (HIGH, f"p₁ = {four(p[0])}", 12),
        (LOW, f"p₂ = {four(p[1])}", 12),
        (-0.35, f"L = −log p₂ = {four(-np.log(p[1]))}", 12),
    ):
        word(axes, 17.05, y, text, False, fontsize=size, bbox=None)
    axes.text(17.05, 0.55, "softmax and\ncross-entropy", ha="center", va="center", fontsize=11)
    axes.text(17.05, LOW - 0.5, "the truth", ha="center", va="center", fontsize=9.5, color=INK)
    titles = (("x", "inputs"), ("h", "hidden units, ReLU"), ("z", "logits"))
    for column, text in titles:
        axes.text(COLUMNS[column], TOP, text, ha="center", va="center", fontsize=11.5, color=INK)
    axes.text(17.05, TOP, "loss", ha="center", va="center", fontsize=11.5, color=INK)
    word(axes, 5.2, -4.9, "forward: values, solid, above the line", False)
    word(axes, 12.2, -4.9, "backward: blame, dashed, framed, below it", True)
    return figure


def main() -> None:
    draw().savefig(PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
