"""Figure 4: gradient descent in a valley, which is steep across and flat along.

    L = ½ (θ₁² + κ θ₂²)          ∂L/∂θ = (θ₁, κ θ₂)

A step without momentum multiplies θ₁ by 1 − η and θ₂ by 1 − κη: so η must stay below 2/κ, and is
then far too small for θ₁. With momentum μ the bound is 2 (1 + μ)/κ.
Source: Goh 2017, "Why Momentum Really Works", distill.pub.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import SGD, Array
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import Answer, Figure, Settings, Slider, said

WIDTH, HEIGHT = 4.0, 2.0
"""What is seen: θ₁ from −WIDTH to WIDTH, θ₂ from −HEIGHT to HEIGHT."""
START = (-3.6, 1.5)
ROWS, COLUMNS = 121, 241
LEVELS = 0.125 * 2.0 ** np.arange(10)
"""Losses at which one band of the map ends and the next begins."""
OUT = 3.0
"""A path is drawn up to so many times what is seen."""
SMALLEST, LARGEST = -8.0, 8.0
"""Powers of ten of the loss that are told apart."""


def compute(settings: Settings, _: Material) -> Answer:
    """fields: bound, the learning rate above which it diverges; outside: the first step that is not
    seen, or none; loss: the last.

    arrays: bands (ROWS, COLUMNS), the level of the loss; path (n, 2), (θ₁, θ₂) from the start on;
    heights (steps + 1,), log₁₀ of the loss after each step.
    """
    eta, mu, kappa = settings["learning_rate"], settings["momentum"], float(settings["kappa"])
    path = descend(eta, mu, kappa, settings["steps"])
    losses = loss(path, kappa)
    across, down = np.meshgrid(
        np.linspace(-WIDTH, WIDTH, COLUMNS), np.linspace(HEIGHT, -HEIGHT, ROWS)
    )
    bands = np.digitize(loss(np.stack([across, down], axis=-1), kappa), LEVELS).astype(np.uint8)
    far = np.abs(path) / (WIDTH, HEIGHT)
    beyond = np.flatnonzero((far > 1).any(axis=1))
    end = np.flatnonzero((far > OUT).any(axis=1))
    heights = np.log10(np.maximum(losses, 10**SMALLEST))
    bound = 2 * (1 + mu) / kappa
    fields = {
        "bound": bound,
        "outside": int(beyond[0]) if beyond.size else None,
        "loss": float(losses[-1]),
    }
    arrays: dict[str, NDArray[Any]] = {
        "bands": bands,
        "path": path[: end[0] + 1 if end.size else None].astype(np.float32),
        "heights": np.minimum(heights, LARGEST).astype(np.float32),
    }
    return Answer(_said(settings, bound, float(losses[-1])), fields, arrays)


def loss(theta: Array, kappa: float) -> Array:
    """L of each θ (…, 2)."""
    value: Array = 0.5 * (theta[..., 0] ** 2 + kappa * theta[..., 1] ** 2)
    return value


def descend(eta: float, mu: float, kappa: float, steps: int) -> Array:
    """Where digitnet's SGD goes from START: (steps + 1, 2)."""
    theta, optimizer = np.array(START), SGD(momentum=mu)
    path = [theta.copy()]
    for _ in range(steps):
        optimizer.step(theta, theta * (1, kappa), eta)
        path.append(theta.copy())
    return np.array(path)


def _said(settings: Settings, bound: float, last: float) -> str:
    eta, mu, kappa = settings["learning_rate"], settings["momentum"], settings["kappa"]
    end = f"After {settings['steps']} steps the loss is {said(last)}."
    rule = f"2 (1 + μ) / κ = {said(bound)}"
    if eta > bound:
        return f"It diverges: each swing is larger than the one before. η is above {rule}. {end}"
    if mu:
        return f"{end} It diverges where η is above {rule}."
    return (
        f"{end} Each step multiplies θ₁ by 1 − η = {said(1 - eta)} and θ₂ by "
        f"1 − κη = {said(1 - kappa * eta)}. It diverges where η is above {rule}."
    )


FIGURE = Figure(
    name="valley",
    title="The learning rate in a valley",
    controls=(
        Slider("learning_rate", "Learning rate η", 0.005, 0.3, 0.005, 0.17),
        Slider("momentum", "Momentum μ", 0.0, 0.95, 0.05, 0.0),
        Slider("kappa", "Steepness κ", 1, 25, 1, 10),
        Slider("steps", "Steps", 1, 60, 1, 30),
    ),
    compute=compute,
)
