"""Settings: what can be chosen about a training, each with its default, range and meaning.

The command line makes its options from this table, and a run folder records it.
"""

import sys
from collections.abc import Callable
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.initializers import INITIALIZERS
from digitnet.text import plain, shown

SCHEDULES = ("constant", "step", "cosine")
LEARNING_RATES = {"sgd": 0.1, "adam": 0.001}
"""Of each optimizer, where none is given."""
WIDEST = LONGEST = HEAVIEST = 1_000_000
DEEPEST = 1000
MOST_EPOCHS = 100_000
"""Whose records a checkpoint can hold: some 13 MB of text."""
MOST_IMAGES = 1_000_000_000
MOST_THREADS = 1024
LARGEST = sys.float_info.max
"""What a whole number must not exceed to be read as a float."""


class SettingsError(DigitnetError):
    """One of the settings, by name, has a value that it cannot have."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


def setting(
    default: Any,
    group: str,
    help: str,
    expected: str,
    parse: Callable[[str], Any],
    holds: Callable[[Any], bool],
    **more: Any,
) -> Any:
    """A field of Settings.

    parse: from text to a value, or ValueError. holds: is the value one of those that `expected`
    names? more: how the option is called where its name is not that of the field, its unit, and
    the names that it takes.
    """
    metadata = {"group": group, "help": help, "expected": expected, "parse": parse, "holds": holds}
    return field(default=default, metadata={**metadata, **more})


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read a text like "256,128" as (256, 128), and an empty one as ()."""
    return tuple(int(part) for part in text.split(",")) if text.strip() else ()


def names(text: str) -> tuple[str, ...]:
    """Read a text like "relu,tanh" as ("relu", "tanh")."""
    return tuple(part.strip() for part in text.split(","))


def truth(text: str) -> bool:
    """Read "true" or "false". Raises ValueError."""
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def current(text: str) -> str:
    """The text with the activations that there are now; a program may have registered more."""
    return text.replace("{activations}", ", ".join(ACTIVATIONS))


@dataclass(frozen=True)
class Settings:
    """What a training depends on, beside the data.

    Raises SettingsError if a value is out of range, or two do not go together."""

    hidden_layer_sizes: tuple[int, ...] = setting(
        (128,),
        "network",
        'widths of the hidden layers, from the input up, as in 256,128; "" for none',
        f"whole numbers from 1 to {WIDEST}, separated by commas, at most {DEEPEST} of them",
        whole_numbers,
        lambda sizes: len(sizes) <= DEEPEST and all(1 <= size <= WIDEST for size in sizes),
        option="--hidden",
        metavar="UNITS,...",
    )
    activation: tuple[str, ...] = setting(
        ("relu",),
        "network",
        "activation of the hidden layers, one for all or one for each: {activations}",
        "names among {activations}, separated by commas",
        names,
        lambda names: len(names) > 0 and all(name in ACTIVATIONS for name in names),
        choices=ACTIVATIONS,
        metavar="NAME,...",
    )
    initializer: str | None = setting(
        None,
        "network",
        f"initial weights of all layers: {', '.join(INITIALIZERS)} (default: he or glorot, "
        "following the activation)",
        f"one of {', '.join(INITIALIZERS)}",
        str,
        lambda value: value in INITIALIZERS,
        choices=INITIALIZERS,
        metavar="NAME",
    )
    batch_norm: bool = setting(
        False,
        "network",
        "batch normalisation: give each hidden unit mean 0 and deviation 1 over the batch, then "
        "learn both",
        "true or false",
        truth,
        lambda _: True,
    )
    optimizer: str = setting(
        "sgd",
        "learning",
        f"what makes a step of the gradient: {', '.join(LEARNING_RATES)}",
        f"one of {', '.join(LEARNING_RATES)}",
        str,
        lambda value: value in LEARNING_RATES,
        choices=LEARNING_RATES,
        metavar="NAME",
    )
    epochs: int = setting(
        20,
        "learning",
        "how often every training image is learned from",
        f"a whole number from 1 to {MOST_EPOCHS}",
        int,
        lambda value: 1 <= value <= MOST_EPOCHS,
    )
    batch_size: int = setting(
        64,
        "learning",
        "images per step: 1 is stochastic gradient descent; all of them or more, full batch",
        f"a whole number from 1 to {MOST_IMAGES}",
        int,
        lambda value: 1 <= value <= MOST_IMAGES,
        metavar="IMAGES",
    )
    learning_rate: float | None = setting(
        None,
        "learning",
        "size of a step, at its highest (default: "
        f"{', '.join(f'{rate:g} with {name}' for name, rate in LEARNING_RATES.items())})",
        "a finite number above 0",
        float,
        lambda value: 0 < value <= LARGEST,
        metavar="RATE",
    )
    momentum: float = setting(
        0.9,
        "learning",
        "share of the last update that goes on in the next, beta1 of adam; 0 for none",
        "a number from 0 up to, but not including, 1",
        float,
        lambda value: 0 <= value < 1,
        metavar="SHARE",
    )
    nesterov: bool = setting(
        False,
        "learning",
        "Nesterov's form of momentum",
        "true or false",
        truth,
        lambda _: True,
    )
    seed: int = setting(
        0,
        "learning",
        "seed of all randomness: hold-out, initial weights, shuffling, dropout, distortions, mixup",
        "a whole number from 0 to 4294967295",
        int,
        lambda value: 0 <= value < 2**32,
    )
    threads: int | None = setting(
        None,
        "learning",
        "threads that long steps are computed with, 1 or 2; the time alone depends on it "
        "(default: 2 where there are cores)",
        f"a whole number from 1 to {MOST_THREADS}",
        int,
        lambda value: 1 <= value <= MOST_THREADS,
    )
    schedule: str = setting(
        "cosine",
        "schedule",
        f"how the learning rate changes over the steps: {', '.join(SCHEDULES)}",
        f"one of {', '.join(SCHEDULES)}",
        str,
        lambda value: value in SCHEDULES,
        choices=SCHEDULES,
        metavar="NAME",
    )
    warmup: float = setting(
        0.0,
        "schedule",
        "epochs over which the learning rate rises to its height first",
        "a number from 0 to 1000000",
        float,
        lambda value: 0 <= value <= LONGEST,
        metavar="EPOCHS",
    )
    decay_every: float = setting(
        10.0,
        "schedule",
        "with step: epochs between two cuts of the learning rate",
        "a number above 0, up to 1000000",
        float,
        lambda value: 0 < value <= LONGEST,
        metavar="EPOCHS",
    )
    decay_factor: float = setting(
        0.1,
        "schedule",
        "with step: what each cut multiplies the learning rate by",
        "a number above 0, at most 1",
        float,
        lambda value: 0 < value <= 1,
        metavar="FACTOR",
    )
    weight_decay: float = setting(
        3e-4,
        "regularisation",
        "lambda of the L2 penalty lambda/2 |W|^2 on the weights; 0 for none",
        f"a number from 0 to {HEAVIEST}",
        float,
        lambda value: 0 <= value <= HEAVIEST,
        metavar="LAMBDA",
    )
    dropout: float = setting(
        0.0,
        "regularisation",
        "probability of dropping each hidden activation while learning; 0 for none",
        "a number from 0 up to, but not including, 1",
        float,
        lambda value: 0 <= value < 1,
        metavar="PROBABILITY",
    )
    averaging: float = setting(
        0.0,
        "regularisation",
        "share of the steps, at the end, over which the parameters are averaged; with cosine, the "
        "learning rate stays at a quarter of its height there; 0 for none",
        "a number from 0 up to, but not including, 1",
        float,
        lambda value: 0 <= value < 1,
        metavar="SHARE",
    )
    mixup: float = setting(
        0.0,
        "regularisation",
        "alpha of mixup: blend each image and its label with another, by a share from "
        "Beta(alpha, alpha), anew in each epoch; 0 for none",
        "a number from 0 to 1000",
        float,
        lambda value: 0 <= value <= 1000,
        metavar="ALPHA",
    )
    rotation: float = setting(
        0.0,
        "distortions",
        "turn each image, anew in each epoch, by at most this to either side; 0 for none",
        "a number from 0 to 180",
        float,
        lambda value: 0 <= value <= 180,
        metavar="DEGREES",
    )
    scale: float = setting(
        0.0,
        "distortions",
        "stretch or shrink its height and its width by at most this",
        "a number from 0 up to, but not including, 100",
        float,
        lambda value: 0 <= value < 100,
        metavar="PERCENT",
    )
    shear: float = setting(
        0.0,
        "distortions",
        "slant it: move each row sideways by at most this share of its distance",
        "a number from 0 to 100",
        float,
        lambda value: 0 <= value <= 100,
        metavar="PERCENT",
    )
    shift: float = setting(
        0.0,
        "distortions",
        "move it by at most this, down and sideways",
        "a number from 0 to 1000",
        float,
        lambda value: 0 <= value <= 1000,
        metavar="PIXELS",
    )
    elastic: float = setting(
        0.0,
        "distortions",
        "bend it: standard deviation of a smooth random displacement",
        "a number from 0 to 1000",
        float,
        lambda value: 0 <= value <= 1000,
        metavar="PIXELS",
    )
    smoothness: float = setting(
        4.5,
        "distortions",
        "with elastic: width of the Gaussian that smooths the displacement",
        "a number above 0, up to 1000",
        float,
        lambda value: 0 < value <= 1000,
        metavar="PIXELS",
    )
    stroke: float = setting(
        0.0,
        "distortions",
        "make its strokes thicker or thinner by at most this at each side",
        "a number from 0 to 1",
        float,
        lambda value: 0 <= value <= 1,
        metavar="PIXELS",
    )
    fade: float = setting(
        0.0,
        "distortions",
        "weaken all of them steadily, by this share from the first epoch to the last",
        "a number from 0 to 1",
        float,
        lambda value: 0 <= value <= 1,
        metavar="SHARE",
    )
    validation_fraction: float = setting(
        0.1,
        "validation",
        "share of the training images that is held out to validate on; 0 to learn from all",
        "a number from 0 up to, but not including, 1",
        float,
        lambda value: 0 <= value < 1,
        metavar="SHARE",
    )
    early_stopping: int | None = setting(
        None,
        "validation",
        "stop when the validation loss has not fallen for this many epochs, and in any case "
        "keep the weights of the epoch where it was lowest (default: off)",
        f"a whole number from 1 to {MOST_EPOCHS}",
        int,
        lambda value: 1 <= value <= MOST_EPOCHS,
        metavar="EPOCHS",
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value = _plain(getattr(self, each.name))
            object.__setattr__(self, each.name, value)  # the one moment when it may change
            check(each, value)
        n_hidden = len(self.hidden_layer_sizes)
        if len(self.activation) not in (1, n_hidden):
            raise SettingsError(
                "activation",
                f"expected one name, or one for each of the {n_hidden} hidden layers, "
                f"got {plain(','.join(self.activation))}",
            )
        if self.nesterov and not self.momentum:
            raise SettingsError("nesterov", "expected a momentum above 0 with it, got 0")
        if self.nesterov and self.optimizer != "sgd":
            raise SettingsError("nesterov", f"expected sgd with it, got {self.optimizer}")
        if self.batch_norm and self.batch_size == 1:
            raise SettingsError("batch_norm", "expected at least 2 images per batch with it, got 1")
        if self.early_stopping and not self.validation_fraction:
            raise SettingsError(
                "early_stopping", "expected images to validate on, got a validation fraction of 0"
            )

    @property
    def highest_learning_rate(self) -> float:
        """The learning rate, or else that of the optimizer."""
        return self.learning_rate or LEARNING_RATES[self.optimizer]

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, the learning rate as it is used: for the record."""
        return asdict(self) | {"learning_rate": self.highest_learning_rate}


def check(each: "Field[Any]", value: Any) -> None:
    """Raise SettingsError unless the value is one that this field of Settings takes."""
    if value is None and each.default is None:
        return
    of_this_kind = KINDS[each.metadata["parse"]]
    if not of_this_kind(value) or not each.metadata["holds"](value):
        expected = current(each.metadata["expected"])
        raise SettingsError(each.name, f"expected {expected}, got {shown(value)}")


def parse(each: "Field[Any]", text: str, given: str | None = None) -> Any:
    """The value of this field of Settings from its text. Raises SettingsError.

    given: what errors quote, if somebody wrote it in another way.
    """
    try:
        value = each.metadata["parse"](text)
        check(each, value)
    except ValueError as error:  # SettingsError is one, and speaks of the value, not of the text
        expected = current(each.metadata["expected"])
        got = shown(given or text)
        raise SettingsError(each.name, f"expected {expected}, got {got}") from error
    return value


KINDS: dict[Callable[[str], Any], Callable[[Any], bool]] = {
    int: lambda value: type(value) is int,
    float: lambda value: type(value) in (int, float),
    truth: lambda value: type(value) is bool,
    str: lambda value: type(value) is str,
    whole_numbers: lambda value: type(value) is tuple and all(type(each) is int for each in value),
    names: lambda value: type(value) is tuple and all(type(each) is str for each in value),
}
"""What parsing gives, for values that were not parsed: True is no number, 1.0 not whole."""


def _plain(value: Any) -> Any:
    """The value without NumPy's types, which JSON cannot write, and lists as tuples."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value
