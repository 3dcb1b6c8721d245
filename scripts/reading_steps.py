"""Draw one photograph through every step of reading, for docs/reading.md.

    python scripts/reading_steps.py     writes docs/images/reading-steps.png

The photograph is made: twelve digits of MNIST's test set, written on paper under uneven light.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from pages import photograph

from digitnet.data import load_mnist
from digitnet.reading.reading import read
from digitnet.report.axes import note
from digitnet.report.canvas import as_png, new_figure
from digitnet.report.figures import BLUE, VERMILLION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE = ROOT / "docs" / "images" / "reading-steps.png"
SIZE = (900, 1200)


def draw() -> "Figure":
    """The photograph, its ink, the pieces, and the digits as the network sees them."""
    test = load_mnist().test
    chosen = range(20, 32)
    labels = [str(test.labels[index]) for index in chosen]
    page = photograph([test.images[i] for i in chosen], labels, np.random.default_rng(2), SIZE)
    reading = read(page.picture)
    steps = {step.name: step.image for step in reading.steps}
    figure = new_figure(11, 11)
    grid = figure.add_gridspec(3, 12, height_ratios=[1, 1, 0.3])
    pictures = {
        "1. The photograph, and what was read": page.picture,
        "2. Ink, from 0 (white) to 1 (black)": steps["ink"],
        "3. Pieces: what hangs together, cut where it may have to be": steps["pieces"],
    }
    places = [grid[0, :6], grid[0, 6:], grid[1, :6]]
    for place, (title, picture) in zip(places, pictures.items(), strict=True):
        axes = figure.add_subplot(place)
        axes.imshow(picture, cmap="gray")
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, fontsize=11, loc="left")
    for digit in reading.digits:
        left, top, right, bottom = digit.box
        outline = [left, right, right, left, left], [top, top, bottom, bottom, top]
        figure.axes[0].plot(*outline, color=BLUE, linewidth=1)
        figure.axes[0].text(
            right + 4, top, digit.label, color=VERMILLION, fontsize=14, fontweight="bold"
        )
    text = figure.add_subplot(grid[1, 6:])
    text.axis("off")
    text.text(0.05, 0.5, reading.text, fontsize=30, family="monospace", va="center")
    text.set_title("5. The lines", fontsize=11, loc="left")
    for number, digit in enumerate(reading.digits[:12]):
        axes = figure.add_subplot(grid[2, number])
        axes.imshow(digit.image, cmap="gray", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"{digit.label}  {100 * digit.confidence:.0f} %", fontsize=9)
    figure.axes[4].set_ylabel("4. As MNIST", fontsize=9)
    note(figure, ["The photograph is made from images of MNIST's test set."])
    return figure


if __name__ == "__main__":
    PICTURE.write_bytes(as_png(draw))
    print(PICTURE)
