"""Figure 2: softmax turns logits into probabilities, sharper or softer by a temperature T.

    p_k = e^{z_k / T} / Σ_j e^{z_j / T}

As it stands, a large logit makes e^z infinite, and infinite / infinite is no number. Shifted by the
largest logit, no exponent is above 0: digitnet.nn.Softmax.
"""

from __future__ import annotations

import numpy as np

from digitnet.nn import Array, Softmax
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import (
    Answer,
    Figure,
    Settings,
    Slider,
    Switch,
    below,
    percent,
    said,
)

MOST = 10
LARGE = 1000.0
LOGITS = (2.0, 1.0, 0.1, -1.0, 0.5, -0.5, 1.5, -2.0, 0.0, -1.5)


def compute(settings: Settings, _: Material) -> Answer:
    """fields, by class: logits; exponents z / T less the largest; terms e to their power;
    probabilities; plain: probabilities by the formula as it stands, NaN where that gives none.
    unused: controls of logits that are not there."""
    logits = np.array([settings[f"z{k}"] for k in range(1, settings["classes"] + 1)])
    if settings["large"]:
        logits[0] = LARGE
    z: Array = logits[None, :] / settings["temperature"]
    exponents = z[0] - z[0].max()
    probabilities = Softmax().forward(z, training=False)[0]
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(z[0])
        plain = powers / powers.sum()
    fields = {
        "logits": logits.tolist(),
        "exponents": exponents.tolist(),
        "terms": np.exp(exponents).tolist(),
        "probabilities": probabilities.tolist(),
        "plain": plain.tolist(),
        "unused": [f"z{k}" for k in range(len(logits) + 1, MOST + 1)],
    }
    return Answer(_said(logits, probabilities, plain), fields)


def _said(logits: Array, probabilities: Array, plain: Array) -> str:
    first = int(probabilities.argmax())
    words = (
        f"Class {first + 1} has the largest logit, {said(logits[first])}, and gets "
        f"{percent(probabilities[first])}. The probabilities add up to {said(probabilities.sum())}."
    )
    if np.isfinite(plain).all():
        return words
    return (
        f"{words} Without the shift eᶻ would be infinite, and infinite divided by infinite is no "
        "number; shifted by the largest logit, the largest term is e⁰ = 1."
    )


def _logits() -> list[Slider]:
    names = ((k, z, f"Logit z{below(k)}") for k, z in enumerate(LOGITS, start=1))
    return [Slider(f"z{k}", label, -10.0, 10.0, 0.1, z) for k, z, label in names]


FIGURE = Figure(
    name="softmax",
    title="Softmax: from logits to probabilities",
    controls=(
        Slider("classes", "Classes", 3, MOST, 1, 4),
        Slider("temperature", "Temperature T", 0.1, 5.0, 0.1, 1.0),
        *(
            Slider(f"z{k}", f"Logit z{below(k)}", -10.0, 10.0, 0.1, z)
            for k, z in enumerate(LOGITS, 1)
        ),
        Switch("large", "Let z₁ be 1000"),
    ),
    compute=compute,
)
