"""Axes whose numbers can be read: losses over decades, accuracies that come close to 100 %."""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST_ERRORS = 0.005
"""Per cent of errors at which the scale of accuracies ends; 100 is a little further up."""
LAST, BEYOND = 2 - math.log10(FEWEST_ERRORS), 0.15
FEWEST_TICKS, MOST_TICKS = 4, 8


def loss_axis(axes: "Axes") -> None:
    """A logarithmic scale with numbers like 0.05, or a linear one where that would show few."""
    from matplotlib.ticker import LogLocator, NullLocator

    low, high = axes.dataLim.intervaly
    if not (0 < low < high < math.inf and high > 4 * low):
        return
    axes.set_yscale("log")
    subs = (1.0, 2.0, 5.0) if high < 1e3 * low else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=MOST_TICKS * len(subs)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter("{x:g}")


def epoch_axis(axes: "Axes") -> None:
    """Whole numbers, also if there is but one."""
    from matplotlib.ticker import MaxNLocator

    first, last = axes.dataLim.intervalx
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if first == last:
        axes.set_xticks([first])


def accuracy_axis(axes: "Axes") -> None:
    """A scale of accuracies (%) on which the errors are logarithmic: 97 and 98 differ.

    From 96 to 98 is as far as from 98 to 99, because half of the errors are gone.
    """
    from matplotlib.ticker import NullLocator

    low, high = axes.dataLim.intervaly
    if not (math.isfinite(low) and math.isfinite(high)):
        return
    axes.set_yscale("function", functions=(_nines, _from_nines))
    bottom, top = _nines(np.array([low, high]))
    margin = max(0.06 * (top - bottom), 0.15)
    bottom, top = bottom - margin, top + margin
    axes.set_ylim(*_from_nines(np.array([bottom, top])))
    axes.set_yticks(_accuracy_ticks(bottom, top))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter("{x:g}")


def _nines(accuracy: NDArray[Any]) -> NDArray[Any]:
    """2 for 99 %, 3 for 99.9 %, and so on; beyond LAST a straight line, or 100 had no place."""
    errors = 100 - np.asarray(accuracy)
    nines: NDArray[Any] = np.where(
        errors > FEWEST_ERRORS,
        2 - np.log10(np.maximum(errors, FEWEST_ERRORS)),
        LAST + BEYOND * (1 - errors / FEWEST_ERRORS),
    )
    return nines


def _from_nines(nines: NDArray[Any]) -> NDArray[Any]:
    errors = np.where(
        nines < LAST,
        10 ** (2 - np.minimum(nines, LAST)),
        FEWEST_ERRORS * (1 - (nines - LAST) / BEYOND),
    )
    return 100 - errors


def _accuracy_ticks(bottom: float, top: float) -> list[float]:
    """Round accuracies between two numbers of nines: 90, 95, 98, 99, or closer where few fit."""
    ticks: list[float] = []
    for factors in ((1, 2, 5), range(1, 10), np.arange(1, 10, 0.5), np.arange(1, 10, 0.1)):
        errors = [f * 10.0**power for power in (2, 1, 0, -1, -2, -3) for f in reversed(factors)]
        possible = [e for e in errors if FEWEST_ERRORS < e <= 100]
        ticks = [round(100 - e, 4) for e in possible if bottom <= 2 - math.log10(e) <= top]
        if len(ticks) >= FEWEST_TICKS:
            break
    ticks = ticks[:: max(math.ceil(len(ticks) / MOST_TICKS), 1)]
    return [*ticks, 100.0] if top >= _nines(np.array(100.0)) else ticks


def title(figure: "Figure", text: str) -> None:
    """Write a title above all, in lines that fit the figure's width."""
    size = 12.0
    figure.suptitle(_filled(figure, text, size), fontsize=size)


def note(figure: "Figure", sentences: Sequence[str]) -> None:
    """Write what explains a figure below it, in lines that fit its width."""
    size = min(max(8.5, 0.7 * figure.get_size_inches()[0]), 12)
    lines = [_filled(figure, each, size) for each in sentences if each]
    if lines:
        figure.supxlabel("\n".join(lines), fontsize=size, color="#444444")


def _filled(figure: "Figure", text: str, size: float) -> str:
    """size: of the letters, in points; they are about half as wide as that."""
    per_inch = 128 / size
    width = max(int(figure.get_size_inches()[0] * per_inch), 20)
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
