"""The figures by name, in the order of the course."""

from __future__ import annotations

from digitnet.errors import DigitnetError
from digitnet.nn.blas import computing
from digitnet.teach.figures import chain, neuron, saturation, softmax, units, valley
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import Answer, Figure, Settings
from digitnet.text import listed, shown
from digitnet.training.spelling import suggestion

_MODULES = (neuron, softmax, chain, valley, saturation, units)
FIGURES: dict[str, Figure] = {module.FIGURE.name: module.FIGURE for module in _MODULES}


def figure(name: str) -> Figure:
    """The figure of this name. Raises DigitnetError if there is none."""
    if name not in FIGURES:
        hint = suggestion(name, FIGURES)
        raise DigitnetError(f"expected a figure among {listed(FIGURES)}, got {shown(name)}{hint}")
    return FIGURES[name]


def answer(name: str, settings: Settings, material: Material) -> Answer:
    """What the figure shows with these settings, and defaults for those that are not there.

    Raises DigitnetError for a name or a setting that there is not.
    """
    asked = figure(name)
    with computing():
        return asked.compute(asked.complete(settings), material)
