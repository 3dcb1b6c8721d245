"""The figures as pictures, before anything moves: what `answer` says, drawn by Matplotlib.

Each function takes the settings and the answer, and draws what digitnet/web/course draws live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitnet.report.canvas import new_figure
from digitnet.teach.figures.catalogue import FIGURES, answer
from digitnet.teach.figures.material import Material
from digitnet.teach.figures.parts import Answer, Settings, below, percent, said
from digitnet.teach.figures.pictured_chain import chain
from digitnet.teach.figures.pictured_curves import saturation, valley
from digitnet.teach.figures.svg import (
    DIGIT,
    FOR,
    INK,
    LINE,
    SOFT,
    STYLE,
    WELL,
    WIDTH,
    as_svg,
    bare,
    coloured,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


def write(folder: Path, material: Material) -> list[Path]:
    """Write each figure with its defaults as FOLDER/NAME.svg. Raises OSError."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with rc_context(STYLE):
        for name, figure in FIGURES.items():
            settings = figure.complete({})
            picture = PICTURES[name](settings, answer(name, settings, material))
            paths.append(folder / f"{name}.svg")
            paths[-1].write_text(as_svg(picture), encoding="utf-8", newline="\n")
    return paths


def neuron(settings: Settings, shown: Answer) -> Picture:
    """The plane with its line and the point, and beside it the sum."""
    figure = new_figure(WIDTH, 3.2)
    plane, numbers = figure.subplots(1, 2, width_ratios=[1, 1])
    plane.imshow(coloured(2 * shown.arrays["plane"] - 1), extent=(0, 1, 0, 1))
    if shown.fields["line"]:
        plane.plot(*zip(*shown.fields["line"], strict=True), color=INK, linewidth=2)
    plane.plot(settings["x1"], settings["x2"], "o", color=INK, markersize=8)
    plane.set(xlim=(0, 1), ylim=(0, 1), xlabel="x₁", ylabel="x₂", xticks=(0, 0.5, 1))
    plane.set_yticks((0, 0.5, 1))
    numbers.set_axis_off()
    first, second = shown.fields["products"]
    lines = [
        ("x₁ w₁", f"{said(settings['x1'])} · {said(settings['w1'])}", first),
        ("x₂ w₂", f"{said(settings['x2'])} · {said(settings['w2'])}", second),
        ("b", "", settings["b"]),
        ("z", "their sum", shown.fields["z"]),
        ("p", "1 / (1 + e⁻ᶻ)", shown.fields["p"]),
    ]
    for row, (name, how, value) in enumerate(lines):
        y = 0.9 - 0.19 * row - 0.05 * (row > 2)
        numbers.text(0.0, y, name, va="center", transform=numbers.transAxes)
        numbers.text(0.3, y, how, va="center", color=SOFT, transform=numbers.transAxes)
        weight = "bold" if row > 2 else "normal"
        right = {"ha": "right", "va": "center", "weight": weight}
        numbers.text(1.0, y, said(value), transform=numbers.transAxes, **right)
    numbers.plot([0, 1], [0.4, 0.4], color=LINE, linewidth=1, transform=numbers.transAxes)
    return figure


def softmax(settings: Settings, shown: Answer) -> Picture:
    """A bar for each class."""
    del settings
    probabilities = shown.fields["probabilities"]
    figure = new_figure(WIDTH, 0.5 + 0.45 * len(probabilities))
    axes = figure.subplots()
    places = np.arange(len(probabilities))
    axes.barh(places, np.ones_like(places), 0.6, color=WELL)
    axes.barh(places, probabilities, 0.6, color=FOR)
    for place, (logit, p) in enumerate(zip(shown.fields["logits"], probabilities, strict=True)):
        axes.text(1.02, place, percent(p), va="center")
        axes.text(-0.02, place, f"z{below(place + 1)} = {said(logit)}", va="center", ha="right")
    axes.set(xlim=(0, 1), ylim=(len(places) - 0.5, -0.5), xticks=(0, 0.5, 1), yticks=())
    axes.set_xlabel("probability")
    bare(axes)
    return figure


def units(settings: Settings, shown: Answer) -> Picture:
    """The weights of all units, and the digits that excite the chosen one."""
    weights, images = shown.arrays["weights"], shown.arrays["images"]
    columns = len(weights) // 2
    figure = new_figure(WIDTH, 2.6)
    grid = figure.subplot_mosaic(
        [
            [f"w{n}" for n in range(columns)],
            [f"w{columns + n}" for n in range(columns)],
            ["digits"] * columns,
        ]
    )
    for n, each in enumerate(weights):
        axes = grid[f"w{n}"]
        axes.imshow(coloured(each / shown.fields["limit"]), interpolation="nearest")
        chosen = n == settings["unit"] - 1
        axes.set(xticks=(), yticks=())
        axes.spines[:].set(color=INK if chosen else LINE, linewidth=2.5 if chosen else 1)
    axes = grid["digits"]
    if len(images):
        row = np.pad(255 - images, ((0, 0), (0, 0), (1, 1)), constant_values=255)
        strip = axes.imshow(np.concatenate(list(row), axis=1), cmap="gray", vmin=0, vmax=255)
        strip.set_gid(DIGIT)
    axes.set_axis_off()
    axes.set_title(f"Digits that excite unit {settings['unit']} most", fontsize=11)
    return figure


PICTURES: Mapping[str, Callable[[Settings, Answer], Picture]] = {
    "neuron": neuron,
    "softmax": softmax,
    "chain": chain,
    "valley": valley,
    "saturation": saturation,
    "units": units,
}
