"""Parameters: the options of a training, and some more, as scikit-learn wants them of an estimator.

They are kept as they were given, so that a copy can be made of them, and checked when a training
begins. scikit-learn reads their names and defaults off the signature, which @dataclass makes of
the fields.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.nn.activations import ACTIVATIONS
from digitnet.training.kinds import Names
from digitnet.training.options import Options
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.spelling import suggestion

Sizes = int | Sequence[int] | NDArray[np.integer]
RandomState = int | np.random.RandomState | np.random.Generator | None


@dataclass(kw_only=True, eq=False, repr=False)
class Parameters(Options):
    """The fields of Options, three of them in another form, and what only a classifier has."""

    hidden_layer_sizes: Sizes = field(default=(128,), kw_only=False)  # type: ignore[assignment]
    activation: str | tuple[str, ...] = field(  # type: ignore[assignment] # wider than there, too
        default="relu", kw_only=False
    )
    seed: int = field(default=0, init=False)  # no parameter, because random_state gives it
    random_state: RandomState = 0
    warm_start: bool = False
    class_weight: Mapping[Any, float] | str | None = None
    verbose: bool | int = False

    @classmethod
    def _names(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name, as they were given."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Self:
        """Change parameters by name; they count from the next fit. Raises DigitnetError."""
        names = self._names()
        for name, value in params.items():
            if name not in names:
                hint = suggestion(name, names)
                raise DigitnetError(f"expected parameters among {names}, got {name!r}{hint}")
            setattr(self, name, value)
        return self

    def _settings(self) -> Settings:
        """The options among them as Settings. Raises SettingsError if they cannot be."""
        options = {each.name: getattr(self, each.name) for each in fields(Options)}
        sizes = self.hidden_layer_sizes
        if isinstance(sizes, int) or getattr(sizes, "shape", None) == ():
            options["hidden_layer_sizes"] = (sizes,)
        if isinstance(self.activation, str):
            options["activation"] = Names(ACTIVATIONS).parse(self.activation)
        options["seed"] = _seed(self.random_state)
        try:
            return Settings(**options)
        except SettingsError as error:
            if error.setting == "seed":
                raise SettingsError("random_state", error.problem) from error
            raise

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = (
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if not np.array_equal(value, defaults[name].default)
        )
        return f"{type(self).__name__}({', '.join(changed)})"


def _seed(random_state: Any) -> Any:
    """The seed that a random_state stands for; what is none of those is for Settings to refuse."""
    if random_state is None:
        random_state = np.random.default_rng()
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**32, dtype=np.uint32))
    return random_state
