"""Settings: what a training depends on beside the data, checked once and fixed from then on."""

from dataclasses import Field, FrozenInstanceError, asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.languages import Sentence
from digitnet.text import plain, shown
from digitnet.training.kinds import Kind
from digitnet.training.options import LEARNING_RATES, Options, option_of
from digitnet.training.spelling import suggestion


class SettingsError(DigitnetError):
    """One of the settings, by name, has a value that it cannot have."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem

    def __reduce__(self) -> tuple[type["SettingsError"], tuple[str, str]]:
        return type(self), (self.setting, self.problem)


@dataclass(kw_only=True, unsafe_hash=True)
class Settings(Options):
    """The options of one training. They cannot be changed: dataclasses.replace makes others.

    Raises SettingsError if a value is out of range, or two do not go together.
    """

    _fixed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for each in fields(self):
            value = _plain(getattr(self, each.name))
            vars(self)[each.name] = value
            check(each, value)
        self._check_together()
        vars(self)["_fixed"] = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._fixed:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _check_together(self) -> None:
        n_hidden = len(self.hidden_layer_sizes)
        if len(self.activation) not in (1, n_hidden):
            raise SettingsError(
                "activation",
                f"expected one name, or one for each of the {n_hidden} hidden layers, "
                f"got {plain(','.join(self.activation))}",
            )
        if self.nesterov and not self.momentum:
            raise SettingsError("nesterov", Sentence("expected a momentum above 0 with it, got 0"))
        if self.nesterov and self.optimizer != "sgd":
            problem = Sentence("expected sgd with it, got {name}", name=self.optimizer)
            raise SettingsError("nesterov", problem)
        if self.batch_norm and self.batch_size == 1:
            problem = Sentence("expected at least 2 images per batch with it, got 1")
            raise SettingsError("batch_norm", problem)
        if self.early_stopping and not self.validation_fraction:
            problem = Sentence("expected images to validate on, got a validation fraction of 0")
            raise SettingsError("early_stopping", problem)

    @property
    def highest_learning_rate(self) -> float:
        """The learning rate, or else that of the optimizer."""
        return self.learning_rate or LEARNING_RATES[self.optimizer]

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, the learning rate as it is used: for the record."""
        return asdict(self) | {"learning_rate": self.highest_learning_rate}


def check(each: "Field[Any]", value: Any) -> None:
    """Raise SettingsError unless the value is one that this field of Settings takes."""
    kind = option_of(each).kind
    if not kind.holds(value) and not (value is None and each.default is None):
        raise SettingsError(each.name, _expected(kind, value, value))


def parse(each: "Field[Any]", text: str, given: str | None = None) -> Any:
    """The value of this field of Settings from its text. Raises SettingsError.

    given: what errors quote, if somebody wrote it in another way.
    """
    kind = option_of(each).kind
    try:
        value = kind.parse(text)
    except ValueError as error:
        raise SettingsError(each.name, _expected(kind, given or text)) from error
    if not kind.holds(value):
        raise SettingsError(each.name, _expected(kind, given or text, value))
    return value


def _expected(kind: Kind, got: Any, value: Any = None) -> str:
    """What was expected, what came, and, for a name that there is not, what was probably meant."""
    names = value if isinstance(value, tuple) else (value,)
    wrong = [name for name in names if isinstance(name, str) and name not in kind.choices]
    hint = suggestion(wrong[0], kind.choices) if wrong else ""
    return Sentence(
        "expected {values}, got {got}{hint}", values=kind.expected, got=shown(got), hint=hint
    )


def _plain(value: Any) -> Any:
    """The value without NumPy's types, which JSON cannot write, and lists as tuples."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value
