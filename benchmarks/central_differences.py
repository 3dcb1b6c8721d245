"""Draw the error of a central difference against its step: the V of docs/derivations.md, 11.

    python benchmarks/central_differences.py

The error is that of W1 of a 784-32-10 network of tanh units on five MNIST images, over the hundred
entries with the largest gradients, against backpropagation in float64.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.data import MinMax, load_mnist, one_hot
from digitnet.nn import Objective, multilayer_perceptron, numerical_gradient, relative_error

STEPS = 10.0 ** np.arange(-13, 0.5, 0.25)
PICTURE = Path(__file__).parent.parent / "docs" / "images" / "central-differences.png"


def errors(dtype: type, largest: np.ndarray, exact: np.ndarray) -> list[float]:
    """The relative error for each step, with all computed in this precision."""
    examples = load_mnist().train.take(np.arange(5))
    x = MinMax(0, 255)(examples.rows, out=np.empty(examples.rows.shape, dtype))
    targets = one_hot(examples.labels, 10).astype(dtype)
    network = multilayer_perceptron([784, 32, 10], "tanh", dtype=dtype)
    network.params[:] = multilayer_perceptron([784, 32, 10], "tanh", dtype=np.float64).params
    objective = Objective()
    objective(network, x, targets)
    if dtype is np.float64:
        gradient = network.layers[0].dW.ravel()
        largest[:] = np.argsort(-np.abs(gradient))[: len(largest)]
        exact[:] = gradient[largest]
    weights = network.layers[0].W
    return [
        relative_error(
            exact,
            numerical_gradient(
                lambda: objective.value(network, x, targets), weights, step, largest
            ),
        )
        for step in STEPS
    ]


def main() -> None:
    largest, exact = np.zeros(100, np.intp), np.zeros(100)
    figure = Figure(figsize=(7, 4), dpi=130, layout="constrained")
    axes = figure.subplots()
    for dtype, color, marker in ((np.float64, "#0072B2", "o"), (np.float32, "#D55E00", "s")):
        values = errors(dtype, largest, exact)
        axes.loglog(STEPS, values, marker, color=color, markersize=4, linestyle="-")
        best = int(np.argmin(values))
        axes.annotate(
            f"{dtype.__name__}: {values[best]:.0e} at best",
            (STEPS[best], values[best]),
            xytext=(-8, -8),
            textcoords="offset points",
            ha="right",
            va="top",
            color=color,
        )
    axes.axhline(5e-4, color="#767676", linestyle=":")
    axes.text(1e-10, 6e-4, "a gradient that is 0.1 % wrong", va="bottom", color="#555555")
    axes.set(xlabel="step ε", ylabel="relative error of the measured gradient", ylim=(1e-12, 2))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
