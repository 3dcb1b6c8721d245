"""Calibration: how sure a model says it is, put right on the images held out, and how well that is.

The network has not learned from them. Where early stopping chose the epoch on the same images, one
more number fitted on them costs next to nothing.
"""

from dataclasses import dataclass
from typing import Any

from digitnet.data import Examples
from digitnet.model import Model
from digitnet.model.temperature import fitted_temperature, tempered
from digitnet.nn import Array
from digitnet.report.counts import Labels, calibration_error, mean_loss


@dataclass(frozen=True)
class Calibration:
    """What a temperature does to probabilities; before it, and after.

    images: how many it was measured on. loss: mean cross-entropy, in nats. error: expected
    calibration error, a fraction.
    """

    temperature: float
    images: int
    loss: tuple[float, float]
    error: tuple[float, float]

    @classmethod
    def of(cls, p: Array, labels: Labels, temperature: float) -> "Calibration":
        """Of probabilities (N, K) at temperature 1 and true class indices (N,)."""
        both = p, tempered(p, temperature)
        loss, after = (mean_loss(each, labels) for each in both)
        error, then = (calibration_error(each, labels) for each in both)
        return cls(temperature, len(labels), (loss, after), (error, then))

    def as_dict(self) -> dict[str, Any]:
        """As the metrics file has it."""
        pairs = {"loss": self.loss, "calibration_error": self.error}
        named = {
            name: {"before": before, "after": after} for name, (before, after) in pairs.items()
        }
        return {"temperature": self.temperature, "images": self.images, **named}


def calibrated(model: Model, held_out: Examples) -> Calibration | None:
    """Give the model, which has none, the temperature that fits the images held out.

    Returns None if nothing is held out.
    """
    if not len(held_out):
        return None
    p = model.predict_rows(held_out.rows)
    model.temperature = fitted_temperature(p, held_out.labels)
    return Calibration.of(p, held_out.labels, model.temperature)
