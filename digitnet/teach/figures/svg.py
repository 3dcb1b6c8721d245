"""Colours, and SVG of Matplotlib's figures, which a browser shows in light or dark like its page.

Figures are drawn in the light colours. In the file each of these becomes a custom property of CSS
that has another value in the dark.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, LINE, FOR, AGAINST, WELL, WORDS = (
    *("#1a1e23", "#57606a", "#d0d5da"),
    *("#0072b2", "#d55e00", "#f1f2f3", "#b54e00"),
)
"""WORDS: AGAINST for letters, which need more contrast."""
DARK: Mapping[str, str] = {
    INK: "#e9ecef",
    SOFT: "#a5afba",
    LINE: "#454c55",
    FOR: "#4fa9e2",
    AGAINST: "#f08b46",
    WELL: "#20242a",
    WORDS: "#f08b46",
}
"""What each colour is in the dark; digitnet/web/course/figure.css has the same."""
DIGIT = "digit"
"""How the ids of images begin that are dark on light, and light on dark in the dark."""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "digitnet",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "mathtext.default": "regular",
}
"""Of all figures; letters stay letters, in the reader's own font."""
WIDTH = 6.2
"""Inches: on a telephone letters are still large enough to read."""
STRONGEST = 0.8
"""Opacity of what is fully for or against: paper and lines shine through."""
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


def coloured(values: NDArray[Any]) -> NDArray[np.float64]:
    """Colours (…, 4) of values from −1, against, over 0, clear, to 1, for."""
    from matplotlib.colors import to_rgb

    image = np.empty((*values.shape, 4))
    image[..., :3] = np.where(values[..., None] > 0, to_rgb(FOR), to_rgb(AGAINST))
    image[..., 3] = STRONGEST * np.minimum(np.abs(values), 1)
    return image


def bare(axes: Axes) -> None:
    """Leave out all lines around the axes but the one below."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)


def as_svg(figure: Figure) -> str:
    """The file's text: the same each time."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    for light in DARK:
        text = text.replace(light, f"var(--c{light[1:]})")
    head, tag, rest = text.partition("<svg ")
    attributes, end, body = rest.partition(">")
    return f"{head}{tag}{attributes}{end}\n <style>{_rules()}</style>{body}"


def _rules() -> str:
    light = " ".join(f"--c{colour[1:]}: {colour};" for colour in DARK)
    dark = " ".join(f"--c{colour[1:]}: {other};" for colour, other in DARK.items())
    return (
        f"svg {{ {light} }} text {{ font-family: {FONTS} !important; }} "
        f"@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} "
        f'[id^="{DIGIT}"] {{ filter: invert(0.9); }} }}'
    )
