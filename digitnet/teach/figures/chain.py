"""Figure 3: the chain rule on a graph of one neuron and its loss.

    z = x w + b          p = 1 / (1 + e⁻ᶻ)          L = −t log p − (1 − t) log(1 − p)

Forward each node has a value. Backward each has a derivative of L: that of the node that it feeds,
times the slope of the edge between them. So ∂L/∂w = ∂L/∂p · ∂p/∂z · ∂z/∂w, a product of three.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from digitnet.nn import Array, Dense, Network, Sigmoid, numerical_gradient
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import Answer, Choice, Figure, Settings, Slider, said

EDGES = {"p": "∂L/∂p", "z": "∂p/∂z", "w": "∂z/∂w", "x": "∂z/∂x", "b": "∂z/∂b"}
"""The slope of the edge that leads away from each node."""


def loss(p: float, t: float) -> float:
    """L, the surprise at the truth t."""
    return -math.log(p if t else 1 - p)


def compute(settings: Settings, _: Material) -> Answer:
    """fields: values by node; slopes by edge, named after the node at its beginning; derivatives,
    a list of {name, factors (edges), value, measured}: of p, z, w, x and b."""
    x, w, b, t = (float(settings[name]) for name in ("x", "w", "b", "t"))
    dense, sigmoid = Dense(1), Sigmoid()
    Network(1, [dense, sigmoid], dtype=np.float64)
    dense.dx_wanted = True
    dense.W[:], dense.b[:] = w, b

    z = float(dense.forward(np.array([[x]]), training=True)[0, 0])
    p = float(sigmoid.forward(np.array([[z]]), training=True)[0, 0])
    values = {"x": x, "w": w, "b": b, "z": z, "p": p, "L": loss(p, t)}

    dp = -1 / p if t else 1 / (1 - p)
    dz = sigmoid.backward(np.array([[dp]])).copy()
    dx = dense.backward(dz)
    assert dx is not None
    products = {
        "p": dp,
        "z": dz.item(),
        "w": dense.dW.item(),
        "x": dx.item(),
        "b": dense.db.item(),
    }
    slope = sigmoid.backward(np.ones((1, 1))).item()
    slopes = {"p": dp, "z": slope, "w": x, "x": w, "b": 1.0}
    measured = _measured(values, t)
    derivatives = [
        {
            "name": name,
            "factors": ["p", *(["z"] if name != "p" else []), *([name] if name in "wxb" else [])],
            "value": value,
            "measured": measured[name],
        }
        for name, value in products.items()
    ]
    return Answer(
        _said(slopes, products, measured),
        {"values": values, "slopes": slopes, "derivatives": derivatives},
    )


def _measured(values: dict[str, float], t: float) -> dict[str, float]:
    """Each derivative of L as the central difference: the node moved a little, all behind it
    computed again."""

    def loss_of_z(z: float) -> float:
        return loss(float(Sigmoid().forward(np.array([[z]]), training=False)[0, 0]), t)

    def moved(start: float, f: Callable[[float], float]) -> float:
        array: Array = np.array([start])
        return float(numerical_gradient(lambda: f(float(array[0])), array)[0])

    x, w, b = values["x"], values["w"], values["b"]
    return {
        "p": moved(values["p"], lambda p: loss(p, t)),
        "z": moved(values["z"], loss_of_z),
        "w": moved(w, lambda w: loss_of_z(x * w + b)),
        "x": moved(x, lambda x: loss_of_z(x * w + b)),
        "b": moved(b, lambda b: loss_of_z(x * w + b)),
    }


def _said(slopes: dict[str, float], products: dict[str, float], measured: dict[str, float]) -> str:
    factors = " · ".join(said(slopes[name]) for name in "pzw")
    return (
        f"∂L/∂w = ∂L/∂p · ∂p/∂z · ∂z/∂w = {factors} = {said(products['w'])}; "
        f"measured, by moving w a little to both sides: {said(measured['w'])}."
    )


FIGURE = Figure(
    name="chain",
    title="The chain rule on a graph",
    controls=(
        Slider("x", "Input x", -2.0, 2.0, 0.1, 1.5),
        Slider("w", "Weight w", -3.0, 3.0, 0.1, 0.8),
        Slider("b", "Bias b", -3.0, 3.0, 0.1, -0.4),
        Choice("t", "Target t", {"1": "1", "0": "0"}, "1"),
    ),
    compute=compute,
)
