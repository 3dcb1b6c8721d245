"""Figure 5: what becomes of signals and gradients in a deep network, by the scale of its weights.

    W ~ N(0, s² / I)

A unit's sum then has s² times the mean square of its inputs. Where sums are large, sigmoid and
tanh are flat: their slope, by which each gradient is multiplied on its way back, is near 0. Where
they are small, the signal fades. Both grow worse with each layer: docs/derivations.md §7.
"""

from __future__ import annotations

import numpy as np

from digitnet.nn import Activation, Array, Dense, Network, SoftmaxCrossEntropy
from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.layers import Layer
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import Answer, Choice, Figure, Settings, Slider, percent, said

UNITS, IMAGES, BINS = 64, 200, 24
FLAT = 0.05
"""Of the steepest slope of a function: outputs where it is less are saturated."""
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
SHOWN = 0.995
"""ReLU has no largest output: this share of those that are not 0 is within what is shown."""


def build(activation: str, depth: int, scale: float) -> Network:
    """depth hidden layers of UNITS units, with weights of that scale, float64."""

    def scaled(generator: np.random.Generator, out: Array) -> None:
        generator.standard_normal(out=out)
        out *= scale / np.sqrt(len(out))

    hidden: list[Layer] = []
    for _ in range(depth):
        hidden += [Dense(UNITS, scaled), ACTIVATIONS[activation]()]
    return Network(784, [*hidden, Dense(10, scaled)], seed=0, dtype=np.float64)


def compute(settings: Settings, material: Material) -> Answer:
    """fields, by hidden layer: saturated, the share of outputs where the slope is FLAT; gradients,
    the root of the mean square of ∂L/∂z, of its sums; range: of the outputs that are shown.

    arrays: shares (depth, BINS), of the outputs between the ends of the range.
    """
    name, depth = settings["activation"], settings["depth"]
    network = build(name, depth, settings["scale"])
    targets = material.targets[:IMAGES]
    outputs = _outputs(network, material.rows[:IMAGES].astype(np.float64))
    logits = outputs.pop()
    gradients = _gradients(network, SoftmaxCrossEntropy()(logits, targets)[1] * len(targets))
    saturated = []
    for layer in network.layers:
        if isinstance(layer, Activation):
            slopes = layer.backward(np.ones_like(outputs[0]))
            saturated.append(float((slopes < FLAT * STEEPEST[name]).mean()))
    low, high = RANGES.get(name) or _range(outputs)
    shares = np.stack(
        [np.histogram(np.clip(y, low, high), BINS, (low, high))[0] / y.size for y in outputs]
    )
    fields = {"saturated": saturated, "gradients": gradients, "range": [low, high]}
    return Answer(_said(name, saturated, gradients), fields, {"shares": shares.astype(np.float32)})


def _outputs(network: Network, x: Array) -> list[Array]:
    """What each activation says, and the logits, copied."""
    outputs = []
    for layer in network.layers:
        x = layer.forward(x, training=True)
        if isinstance(layer, Activation):
            outputs.append(x.copy())
    return [*outputs, x.copy()]


def _gradients(network: Network, dy: Array) -> list[float]:
    """The size of the gradient that arrives at the sums of each hidden layer."""
    sizes = []
    for layer in reversed(network.layers):
        if isinstance(layer, Dense):
            sizes.append(float(np.sqrt(np.square(dy).mean())))
        passed = layer.backward(dy)
        if passed is not None:  # to the pixels none is
            dy = passed
    return sizes[:0:-1]


def _range(outputs: list[Array]) -> tuple[float, float]:
    positive = np.concatenate([y[y > 0] for y in outputs])
    return 0.0, float(np.quantile(positive, SHOWN)) if positive.size else 1.0


def _said(name: str, saturated: list[float], gradients: list[float]) -> str:
    what = "0" if name == "relu" else "saturated"
    last = len(saturated)
    words = (
        f"{percent(saturated[0])} of the outputs of layer 1 are {what}, and "
        f"{percent(saturated[-1])} of layer {last}."
    )
    if not gradients[0] or not gradients[-1]:
        return f"{words} No gradient comes back to layer 1."
    more = gradients[0] >= gradients[-1]
    ratio = gradients[0] / gradients[-1] if more else gradients[-1] / gradients[0]
    first, other = (1, last) if more else (last, 1)
    size = f"{said(ratio)} times as large as at layer {other}"
    return f"{words} The gradient at layer {first} is {size}."


FIGURE = Figure(
    name="saturation",
    title="Signals and gradients, layer by layer",
    controls=(
        Choice(
            "activation",
            "Activation",
            {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"},
            "tanh",
        ),
        Slider("scale", "Weight scale s", 0.1, 4.0, 0.1, 3.0),
        Slider("depth", "Hidden layers", 2, 10, 1, 6),
    ),
    compute=compute,
)
