"""What a figure is made of: controls, a function of their values, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.teach.figures.material import Material
from digitnet.text import shown
from digitnet.training.kinds import Kind, Name, Number, Whole, YesNo
from digitnet.training.spelling import suggestion

MINUS = "\N{MINUS SIGN}"
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

Settings = Mapping[str, Any]
"""A value for each control, by its name."""


@dataclass(frozen=True)
class Slider:
    """A number from low to high; in whole steps if step and low are whole."""

    name: str
    label: str
    low: float
    high: float
    step: float
    default: float

    @property
    def kind(self) -> Kind:
        """Which values it may have."""
        if self.is_whole:
            return Whole(int(self.low), int(self.high))
        return Number(self.low, self.high)

    @property
    def is_whole(self) -> bool:
        """Whether it counts."""
        return type(self.step) is int and type(self.low) is int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        shape = {"low": self.low, "high": self.high, "step": self.step}
        return {"kind": "slider", "name": self.name, "label": self.label, **shape}


@dataclass(frozen=True)
class Choice:
    """One of several names, each with its words."""

    name: str
    label: str
    options: Mapping[str, str]
    default: str

    @property
    def kind(self) -> Kind:
        """Which values it may have."""
        return Name(tuple(self.options))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        options = [{"value": value, "label": label} for value, label in self.options.items()]
        return {"kind": "choice", "name": self.name, "label": self.label, "options": options}


@dataclass(frozen=True)
class Switch:
    """Yes or no."""

    name: str
    label: str
    default: bool = False
    kind = YesNo()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": "switch", "name": self.name, "label": self.label}


Control = Slider | Choice | Switch


@dataclass(frozen=True)
class Answer:
    """What a figure shows: numbers and words as JSON has them, arrays (float32, int32, uint8),
    and in a few sentences what is to be seen."""

    text: str
    fields: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A live figure. compute: from settings that were checked; (settings, material) -> Answer."""

    name: str
    title: str
    controls: tuple[Control, ...]
    compute: Callable[[Settings, Material], Answer]

    def complete(self, settings: Settings) -> dict[str, Any]:
        """All settings: these, and defaults. Raises DigitnetError if they are none of the figure's.

        A whole number is taken where any number is.
        """
        by_name = {each.name: each for each in self.controls}
        for name, value in settings.items():
            if name not in by_name:
                hint = suggestion(name, by_name)
                raise DigitnetError(f"figure {self.name}: there is no setting {shown(name)}{hint}")
            kind = by_name[name].kind
            if not kind.holds(value):
                raise DigitnetError(
                    f"figure {self.name}: {name}: expected {kind.expected}, got {shown(value)}"
                )
        return {name: settings.get(name, each.default) for name, each in by_name.items()}


def said(value: float, digits: int = 3) -> str:
    """A number for a sentence: so many significant digits, 7.4·10⁻⁸ where zeros would be many."""
    if not np.isfinite(value):
        return "no number" if np.isnan(value) else "infinite"
    rounded = float(f"{value:.{digits}g}") + 0.0  # + 0.0 makes 0 of -0
    if rounded and not 1e-5 < abs(rounded) < 1e7:
        mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
        text = f"{float(mantissa):g}·10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    else:
        text = np.format_float_positional(rounded, trim="-")
        text = f"{rounded:,.0f}" if abs(rounded) >= 1000 else text
    return text.replace("-", MINUS)


def below(index: int) -> str:
    """A whole number as an index: ₁₀."""
    return "".join(chr(ord("₀") + int(digit)) for digit in str(index))


def percent(share: float) -> str:
    """57.1 %."""
    return f"{100 * share:.1f} %"
