"""Figure 1: one neuron on two pixels, and the line where it switches.

    z = x₁ w₁ + x₂ w₂ + b          p = 1 / (1 + e⁻ᶻ)

p is above ½ on one side of the line z = 0, and below on the other.
"""

from __future__ import annotations

import numpy as np

from digitnet.nn import Dense, Network, Sigmoid
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import MINUS, Answer, Figure, Settings, Slider, said

SIDE = 41
"""Points of the plane in each direction, from 0 to 1."""


def compute(settings: Settings, _: Material) -> Answer:
    """fields: products x₁w₁ and x₂w₂, z, p; line: none, or two points (x₁, x₂) at the border.

    arrays: plane (SIDE, SIDE), p over the plane, x₁ to the right, x₂ from 1 at the top to 0.
    """
    x1, x2, w1, w2, b = (settings[name] for name in ("x1", "x2", "w1", "w2", "b"))
    dense = Dense(1)
    network = Network(2, [dense, Sigmoid()], dtype=np.float64)
    dense.W[:, 0] = w1, w2
    dense.b[0] = b
    across, down = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(1, 0, SIDE))
    points = np.stack([across, down], axis=-1).reshape(-1, 2)
    plane = network.forward(points).reshape(SIDE, SIDE).astype(np.float32)
    here = np.array([[x1, x2]])
    z = float(dense.forward(here, training=False)[0, 0])
    p = float(network.forward(here)[0, 0])
    line = [] if w1 == w2 == 0 else switching(w1, w2, b)
    fields = {"products": [x1 * w1, x2 * w2], "z": z, "p": p, "line": line}
    return Answer(_said(settings, z, p, bool(line)), fields, {"plane": plane})


def switching(w1: float, w2: float, b: float) -> list[list[float]]:
    """The ends of the line x₁ w₁ + x₂ w₂ + b = 0 in the unit square; [] if it does not meet it."""
    ends = set()
    for known in (0.0, 1.0):
        if w2 and 0 <= (other := -(b + w1 * known) / w2) <= 1:
            ends.add((known, other + 0.0))  # + 0.0 makes 0 of -0
        if w1 and 0 <= (other := -(b + w2 * known) / w1) <= 1:
            ends.add((other + 0.0, known))
    found = sorted(ends)
    return [list(found[0]), list(found[-1])] if len(found) > 1 else []


def _said(settings: Settings, z: float, p: float, has_line: bool) -> str:
    x1, x2, w1, w2, b = (said(settings[name]) for name in ("x1", "x2", "w1", "w2", "b"))
    total = f"z = {x1} · {w1} + {x2} · {w2} + {b} = {said(z)}"
    total = total.replace(f"+ {MINUS}", f"{MINUS} ")
    where = "On the line z is 0 and p is 0.5" if has_line else "Nowhere in this square is z 0"
    return f"{total}, so p = {said(p)}. {where}."


FIGURE = Figure(
    name="neuron",
    title="One neuron on two pixels",
    controls=(
        Slider("x1", "Pixel x₁", 0.0, 1.0, 0.01, 0.8),
        Slider("x2", "Pixel x₂", 0.0, 1.0, 0.01, 0.3),
        Slider("w1", "Weight w₁", -10.0, 10.0, 0.1, 4.0),
        Slider("w2", "Weight w₂", -10.0, 10.0, 0.1, -3.0),
        Slider("b", "Bias b", -10.0, 10.0, 0.1, -0.5),
    ),
    compute=compute,
)
