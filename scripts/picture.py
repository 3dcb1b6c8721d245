"""Draw the picture of the README: digits of the test set, and what the model of digitnet reads.

    python scripts/picture.py     writes docs/images/reading.png

Above are the first images of the test set, below those with the least probable answers: nobody
chose them. Blue is a right answer, orange a wrong one, with the digit that it should have been.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import digitnet  # noqa: E402
from digitnet.data import load_mnist  # noqa: E402
from digitnet.report.axes import note  # noqa: E402
from digitnet.report.canvas import as_png, new_figure  # noqa: E402
from digitnet.report.figures import BLUE, GREY, VERMILLION  # noqa: E402

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE = ROOT / "docs" / "images" / "reading.png"
IN_A_ROW = 9


def draw() -> "Figure":
    """Two rows of images, each above the ten probabilities that the model gives it."""
    test = load_mnist().test
    probabilities = digitnet.load().predict_proba(test.images)
    surest_last = np.argsort(probabilities.max(axis=1), kind="stable")
    shown = [*range(IN_A_ROW), *surest_last[:IN_A_ROW]]
    figure = new_figure(11, 4.9)
    grid = figure.subplots(4, IN_A_ROW, height_ratios=[1, 0.36, 1, 0.36])
    pairs = [
        *zip(grid[0], grid[1], strict=True),
        *zip(grid[2], grid[3], strict=True),
    ]
    for (image, bars), index in zip(pairs, shown, strict=True):
        p, true = probabilities[index], int(test.labels[index])
        read = int(p.argmax())
        colour = BLUE if read == true else VERMILLION
        image.imshow(test.images[index], cmap="gray_r")
        image.set(xticks=[], yticks=[])
        image.spines[:].set_color("#dddddd")
        text = f"{read}, not {true}" if read != true else f"{read}  {_percent(p[read])}"
        image.set_title(text, color=colour, fontsize=12, fontweight="bold")
        bars.bar(range(10), p, color=[colour if k == read else "#b0b0b0" for k in range(10)])
        bars.set(ylim=(0, 1), yticks=[], xlim=(-0.7, 9.7))
        bars.set_xticks(range(10), [str(k) for k in range(10)], fontsize=7, color=GREY)
        bars.tick_params(length=0, pad=1)
        bars.spines[["top", "right", "left"]].set_visible(False)
    grid[0, 0].set_ylabel("the first of\nthe test set", fontsize=11)
    grid[2, 0].set_ylabel("those it is\nleast sure of", fontsize=11)
    n_wrong = int(np.count_nonzero(probabilities.argmax(axis=1) != test.labels))
    note(
        figure,
        [
            "Bars: how probable each digit seems. Above: the one that is read, orange where it is "
            f"wrong, as it is for {n_wrong} of the {len(test):,} images."
        ],
    )
    return figure


def _percent(probability: float) -> str:
    """No more than is true: 100 % is left for what float32 cannot tell from it."""
    percent = 100 * float(probability)
    return f"{percent:.0f} %" if percent < 99.5 else "> 99 %"


if __name__ == "__main__":
    PICTURE.write_bytes(as_png(draw))
    print(f"wrote {PICTURE}")
