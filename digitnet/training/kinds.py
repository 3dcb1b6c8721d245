"""Kinds of values that an option takes: each says what it expects, reads it, and knows its own.

The sentence that people read ("a number from 0 to 180"), the check of a value and the reading of a
text all follow from the same bounds or names, so they cannot differ.
"""

import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from digitnet.languages import Sentence

LARGEST = sys.float_info.max
"""What a whole number must not exceed to be read as a float."""


class Kind(Protocol):
    """What all kinds have. A value is of a kind by its type as well: True is no number."""

    @property
    def expected(self) -> str:
        """The values in words, as they follow "expected"."""

    @property
    def choices(self) -> Collection[str]:
        """The names that it takes, if it takes names."""

    def parse(self, text: str) -> Any:
        """The value that a text stands for, which may be out of range. Raises ValueError."""

    def holds(self, value: Any) -> bool:
        """Whether the value is one of them."""


@dataclass(frozen=True)
class Whole:
    """A whole number, both bounds included."""

    low: int
    high: int
    choices = ()

    @property
    def expected(self) -> str:
        return Sentence("a whole number from {low} to {high}", low=self.low, high=self.high)

    def parse(self, text: str) -> int:
        return int(text)

    def holds(self, value: Any) -> bool:
        return type(value) is int and self.low <= value <= self.high


@dataclass(frozen=True)
class Number:
    """A number, whole or not; above, below: whether the lower, the upper bound is left out."""

    low: float
    high: float
    above: bool = False
    below: bool = False
    choices = ()

    @property
    def expected(self) -> str:
        if self.high == LARGEST:
            return Sentence("a finite number above {low}", low=self.low)
        bounds = {"low": self.low, "high": self.high}
        if self.below:
            return Sentence("a number from {low} up to, but not including, {high}", **bounds)
        if self.above and self.high > 1:
            return Sentence("a number above {low}, up to {high}", **bounds)
        if self.above:
            return Sentence("a number above {low}, at most {high}", **bounds)
        return Sentence("a number from {low} to {high}", **bounds)

    def parse(self, text: str) -> float:
        return float(text)

    def holds(self, value: Any) -> bool:
        if type(value) not in (int, float):
            return False
        high_enough = value > self.low if self.above else value >= self.low
        return high_enough and bool(value < self.high if self.below else value <= self.high)


@dataclass(frozen=True)
class YesNo:
    """True or false."""

    expected = Sentence("true or false")
    choices = ()

    def parse(self, text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"

    def holds(self, value: Any) -> bool:
        return type(value) is bool


@dataclass(frozen=True)
class Name:
    """One name among several."""

    choices: Collection[str]

    @property
    def expected(self) -> str:
        return Sentence("one of {names}", names=", ".join(self.choices))

    def parse(self, text: str) -> str:
        return text

    def holds(self, value: Any) -> bool:
        return type(value) is str and value in self.choices


@dataclass(frozen=True)
class Names:
    """One or more names, as a tuple. The choices may grow: a program can register activations."""

    choices: Collection[str]

    @property
    def expected(self) -> str:
        names = ", ".join(self.choices)
        return Sentence("names among {names}, separated by commas", names=names)

    def parse(self, text: str) -> tuple[str, ...]:
        """Read a text like "relu,tanh" as ("relu", "tanh")."""
        return tuple(part.strip() for part in text.split(","))

    def holds(self, value: Any) -> bool:
        name = Name(self.choices)
        return type(value) is tuple and len(value) > 0 and all(map(name.holds, value))


@dataclass(frozen=True)
class Wholes:
    """Whole numbers, at most `most` of them, as a tuple, which may be empty."""

    low: int
    high: int
    most: int
    choices = ()

    @property
    def expected(self) -> str:
        return Sentence(
            "whole numbers from {low} to {high}, separated by commas, at most {most} of them",
            low=self.low,
            high=self.high,
            most=self.most,
        )

    def parse(self, text: str) -> tuple[int, ...]:
        """Read a text like "256,128" as (256, 128), and an empty one as ()."""
        return tuple(int(part) for part in text.split(",")) if text.strip() else ()

    def holds(self, value: Any) -> bool:
        each = Whole(self.low, self.high)
        return type(value) is tuple and len(value) <= self.most and all(map(each.holds, value))
