"""Empty figures, and figures as PNG: through Matplotlib, but never through a backend that it was
told to use, by MPLBACKEND for example. None is needed to draw into a file.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class DrawingError(OSError):
    """A figure cannot be drawn: no Matplotlib, no font, no folder for its cache, …"""


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure of this size in inches."""
    with _whatever_backend_is_wanted():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)  # makes itself the figure's canvas, and needs no display
    return figure


def as_png(draw: Callable[[], "Figure"]) -> bytes:
    """The PNG of what `draw` draws. Raises DrawingError, whatever it is that fails."""
    image = io.BytesIO()
    try:
        with _whatever_backend_is_wanted():  # some drawings look for fonts before new_figure
            # savefig would draw all of it once more before, for the layout, which draw() sees to.
            draw().canvas.print_png(image)  # type: ignore[attr-defined]
    except Exception as error:
        why = str(error).partition("\n")[0][:300]
        raise DrawingError(f"cannot be drawn: {why or type(error).__name__}") from error
    return image.getvalue()


@contextmanager
def _whatever_backend_is_wanted() -> Iterator[None]:
    """A block that may be the first to import Matplotlib, which fails if it does not know the
    backend that MPLBACKEND names. A backend that it knows is still there for pyplot afterwards."""
    wanted = None
    if "matplotlib" not in sys.modules:
        wanted = os.environ.pop("MPLBACKEND", None)
    try:
        yield
        if wanted:
            from matplotlib import rcParams

            with suppress(ValueError):
                rcParams["backend"] = wanted
    finally:
        if wanted is not None:
            os.environ["MPLBACKEND"] = wanted
