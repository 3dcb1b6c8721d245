"""What varies in a sweep: ranges of numbers, and choices among values."""

import itertools
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields, replace
from typing import Any, Protocol

from digitnet.errors import DigitnetError
from digitnet.training.kinds import Number, Whole
from digitnet.training.named import settings_by_name, value_of
from digitnet.training.options import option_of
from digitnet.training.settings import Settings, SettingsError, parse
from digitnet.training.spelling import suggestion

FIXED = {
    "seed": "it chooses the images that all trials are judged by",
    "validation_fraction": "all trials are judged by the same images",
    "threads": "the time alone depends on it",
}
"""What may not vary, and why."""
TO, LOG, OR = "..", "log:", "|"
MOST_CORNERS = 256


class Suggests(Protocol):
    """What of an Optuna trial is needed to take values from it."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        """A number."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool) -> int:
        """A whole number."""

    def suggest_categorical(self, name: str, choices: Sequence[str]) -> str:
        """One of the texts."""


@dataclass(frozen=True)
class Range:
    """A setting that is any number between two, both included; log: sought by its magnitude."""

    name: str
    low: float
    high: float
    log: bool = False

    def __str__(self) -> str:
        return f"{LOG * self.log}{self.low!r}{TO}{self.high!r}"

    def suggest(self, trial: Suggests) -> Any:
        """The value that a trial takes."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(self.name, self.low, self.high, log=self.log)
        return trial.suggest_float(self.name, self.low, self.high, log=self.log)

    @property
    def some(self) -> tuple[Any, ...]:
        """Its ends."""
        return self.low, self.high


@dataclass(frozen=True)
class Choices:
    """A setting that is one of several values, which the trials know by their texts."""

    name: str
    texts: tuple[str, ...]
    some: tuple[Any, ...]

    def __str__(self) -> str:
        return OR.join(self.texts)

    def suggest(self, trial: Suggests) -> Any:
        """The value that a trial takes."""
        text = trial.suggest_categorical(self.name, self.texts)
        return self.some[self.texts.index(text)]


Dimension = Range | Choices


def parse_dimension(text: str) -> Dimension:
    """Read NAME=LOW..HIGH, NAME=log:LOW..HIGH or NAME=VALUE|VALUE|…, also with commas.

    Where a value is itself a list, + joins it, as in hidden=64|256+128. Raises DigitnetError.
    """
    name, equals, values = text.partition("=")
    known = settings_by_name()
    each = known.get(name.strip().replace("-", "_"))
    if each is None or not equals:
        names = ", ".join(field.name for field in fields(Settings) if field.name not in FIXED)
        hint = suggestion(name, known) if each is None else ""
        raise DigitnetError(
            f"expected NAME=LOW..HIGH or NAME=VALUE|VALUE|… with a name among {names}, "
            f"got {text!r}{hint}"
        )
    if each.name in FIXED:
        raise DigitnetError(f"{each.name} cannot vary in a sweep: {FIXED[each.name]}")
    values = values.strip()
    if TO in values or values.startswith(LOG):
        return _range(each, values)
    return _choices(each, values)


def _range(each: "Field[Any]", values: str) -> Range:
    log = values.startswith(LOG)
    ends = [end.strip() for end in values.removeprefix(LOG).split(TO)]
    if not isinstance(option_of(each).kind, Number | Whole):
        raise DigitnetError(
            f"{each.name}: expected choices, VALUE|VALUE|…, because it is no number, got {values!r}"
        )
    if len(ends) != 2:
        raise DigitnetError(f"{each.name}: expected LOW..HIGH, got {values!r}")
    if log and _is_zero(ends[0]):
        raise DigitnetError(
            f"{each.name}: expected a lower end above 0 with log:, because 0 has no logarithm, "
            f"got {values!r}"
        )
    low, high = (parse(each, end) for end in ends)
    if not low < high:
        raise DigitnetError(
            f"{each.name}: expected the lower end first and a higher one after it, got {values!r}"
        )
    return Range(each.name, low, high, log)


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False


def _choices(each: "Field[Any]", values: str) -> Choices:
    texts = tuple(text.strip() for text in values.replace(",", OR).split(OR))
    some = tuple(value_of(each, text) for text in texts)
    if len(set(some)) < len(some):
        raise DigitnetError(f"{each.name}: expected each value once, got {values!r}")
    if len(some) < 2:
        raise DigitnetError(
            f"{each.name}: expected a range, LOW..HIGH, or at least two values, VALUE|VALUE, "
            f"got {values!r}"
        )
    return Choices(each.name, texts, some)


def check_space(base: Settings, space: Sequence[Dimension]) -> None:
    """Raise DigitnetError if a setting varies twice, nothing is held out, or no trial can be."""
    names = [each.name for each in space]
    if len(set(names)) < len(names):
        raise DigitnetError(f"expected each setting to vary once, got {', '.join(names)}")
    if not base.validation_fraction:
        raise SettingsError(
            "validation_fraction",
            "expected more than 0, because trials are judged by what is held out",
        )
    corners = itertools.product(*(each.some for each in space))
    problem: SettingsError | None = None
    for corner in itertools.islice(corners, MOST_CORNERS):
        try:
            replace(base, **dict(zip(names, corner, strict=True)))
            return
        except SettingsError as error:
            problem = error
    if problem:
        raise problem
