"""Figures 4 and 5 as pictures: a path with its curve, and layers with theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from digitnet.report.canvas import new_figure
from digitnet.teach.figures.parts import Answer, Settings, said
from digitnet.teach.figures.svg import AGAINST, FOR, INK, LINE, WIDTH, bare, coloured
from digitnet.teach.figures.valley import HEIGHT as UP
from digitnet.teach.figures.valley import LEVELS
from digitnet.teach.figures.valley import WIDTH as ACROSS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

LIGHTEST, DARKEST = 0.08, 0.75
"""Opacity of the bands around the lowest point, and furthest from it."""


def valley(settings: Settings, shown: Answer) -> Picture:
    """The map of the loss with the path, and below it the loss step by step."""
    figure = new_figure(WIDTH, 4.6)
    map_, curve = figure.subplots(2, 1, height_ratios=[2.6, 1])
    bands = shown.arrays["bands"]
    image = np.zeros((*bands.shape, 4))
    image[..., :3] = coloured(np.ones(1))[0, :3]
    image[..., 3] = LIGHTEST + (DARKEST - LIGHTEST) * bands / len(LEVELS)
    map_.imshow(image, extent=(-ACROSS, ACROSS, -UP, UP), interpolation="nearest")
    map_.plot(*shown.arrays["path"].T, "-o", color=AGAINST, linewidth=1.5, markersize=4)
    map_.plot(*shown.arrays["path"][0], "o", color=INK, markersize=7)
    map_.plot(0, 0, "+", color=INK, markersize=10)
    map_.set_yticks((-2, -1, 0, 1, 2))
    map_.set(xlabel="θ₁", ylabel="θ₂", xlim=(-ACROSS, ACROSS), ylim=(-UP, UP))
    curve.plot(10.0 ** shown.arrays["heights"], color=AGAINST, linewidth=1.5)
    curve.set_yscale("log")
    curve.set(xlabel="step", ylabel="loss", xlim=(0, settings["steps"]))
    curve.grid(axis="y", color=LINE, linewidth=0.6)
    bare(curve)
    return figure


def saturation(settings: Settings, shown: Answer) -> Picture:
    """For each layer a row: how its outputs are spread, and how large the gradient is."""
    del settings
    shares, gradients = shown.arrays["shares"], shown.fields["gradients"]
    depth, bins = shares.shape
    figure = new_figure(WIDTH, 0.9 + 0.5 * depth)
    spread, sizes = figure.subplots(1, 2)
    low, high = shown.fields["range"]
    edges = np.linspace(low, high, bins + 1)
    for row, each in enumerate(shares):
        spread.stairs(
            row + 0.4 - 0.8 * each / shares.max(), edges, baseline=row + 0.4, fill=True, color=FOR
        )
    spread.set(ylim=(depth - 0.5, -0.5), yticks=range(depth), xlabel="output", ylabel="layer")
    spread.set_yticklabels(range(1, depth + 1))
    spread.set_title("outputs", fontsize=11, color=INK)
    sizes.plot(gradients, range(depth), "-o", color=AGAINST, linewidth=1.5)
    sizes.set_xscale("log")
    sizes.set(
        ylim=(depth - 0.5, -0.5),
        yticks=(),
        xlim=(min(gradients) / 3, max(gradients) * 10),
        xlabel="size of ∂L/∂z",
    )
    sizes.set_title("gradient", fontsize=11, color=INK)
    for row, size in enumerate(gradients):
        sizes.text(size * 1.3, row, said(size, 2), va="center")
    for axes in (spread, sizes):
        bare(axes)
    return figure
