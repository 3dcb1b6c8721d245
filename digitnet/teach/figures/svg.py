"""SVG of Matplotlib's figures, which a browser shows in light or dark, as the page around it is.

Figures are drawn in the light colours. In the file each of these becomes a custom property of CSS
that has another value in the dark.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT, LINE, FOR, AGAINST, WELL = (
    "#1a1e23",
    "#57606a",
    "#d0d5da",
    "#0072b2",
    "#d55e00",
    "#f1f2f3",
)
DARK: Mapping[str, str] = {
    INK: "#e9ecef",
    SOFT: "#a5afba",
    LINE: "#454c55",
    FOR: "#4fa9e2",
    AGAINST: "#f08b46",
    WELL: "#20242a",
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
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


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
