"""Figure 3 as a picture: the graph, forward above its edges and backward below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digitnet.report.canvas import new_figure
from digitnet.teach.figures.parts import Answer, Settings, said
from digitnet.teach.figures.svg import INK, LINE, SOFT, WELL, WIDTH, WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

PLACES = {
    "x": (0.9, 6.8),
    "w": (0.9, 4.1),
    "b": (0.9, 1.4),
    "z": (3.8, 4.1),
    "p": (6.5, 4.1),
    "L": (9.2, 4.1),
}
ENDS = {"x": "z", "w": "z", "b": "z", "z": "p", "p": "L"}
BESIDE = 0.75
"""How far from a node's middle its numbers are."""
BACKGROUND = {"facecolor": WELL, "edgecolor": LINE, "pad": 2}


def chain(settings: Settings, shown: Answer) -> Picture:
    """Each node with its value and the derivative of L, each edge with its slope."""
    del settings
    figure = new_figure(WIDTH, 4.0)
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 8))
    axes.set_axis_off()
    slopes = shown.fields["slopes"]
    for name, end in ENDS.items():
        _edge(axes, name, end, slopes[name])
    derivatives = {each["name"]: each["value"] for each in shown.fields["derivatives"]}
    for name, (x, y) in PLACES.items():
        axes.plot(x, y, "o", markersize=27, color=WELL, markeredgecolor=INK)
        axes.text(x, y, name, ha="center", va="center", weight="bold")
        axes.text(x, y + BESIDE, said(shown.fields["values"][name]), ha="center", va="bottom")
        if name in derivatives:
            text = said(derivatives[name])
            axes.text(x, y - BESIDE, text, ha="center", va="top", color=WORDS)
    legend = "above each node its value,\nbelow it the derivative of L"
    axes.text(9.9, 0.8, legend, ha="right", color=SOFT, fontsize=10)
    return figure


def _edge(axes: Axes, name: str, end: str, slope: float) -> None:
    (x0, y0), (x1, y1) = PLACES[name], PLACES[end]
    arrow = {"arrowstyle": "->", "color": SOFT, "shrinkA": 16, "shrinkB": 16}
    axes.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
    text = f"· {said(slope)}"
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10, "bbox": BACKGROUND}
    axes.text((x0 + x1) / 2, (y0 + y1) / 2, text, **style)
