"""Options: the table of what can be chosen about a training; a field for each.

Settings checks them, DigitClassifier has them as parameters, the command line as options, and
docs/options.md lists them: all of that follows from the table.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field
from typing import Any

from digitnet.nn.activations import ACTIVATIONS
from digitnet.nn.initializers import INITIALIZERS
from digitnet.training.kinds import LARGEST, Kind, Name, Names, Number, Whole, Wholes, YesNo

SCHEDULES = ("constant", "step", "cosine")
LEARNING_RATES = {"sgd": 0.1, "adam": 0.001}
"""Of each optimizer, where none is given."""
WIDEST = LONGEST = HEAVIEST = 1_000_000
DEEPEST = 1000
MOST_EPOCHS = 100_000
"""Whose records a checkpoint can hold: some 13 MB of text."""
MOST_IMAGES = 1_000_000_000
MOST_THREADS = 1024
BELOW_ONE = Number(0, 1, below=True)


@dataclass(frozen=True)
class Option:
    """What there is to know about a field of the table besides its type and its default.

    meaning: what it does; {choices} stands for the names that its kind takes. kind: the values.
    unit: what a value counts or names. unset: what no value means, where that is the default.
    flag: the option of the command line, where that is not the name of the field.
    """

    group: str
    meaning: str
    kind: Kind
    unit: str = "N"
    unset: str = ""
    flag: str = ""

    @property
    def sentence(self) -> str:
        """The meaning, with the names that there are now; a program may have registered more."""
        return self.meaning.replace("{choices}", ", ".join(self.kind.choices))


def about(group: str, meaning: str, kind: Kind, **more: str) -> Mapping[str, Option]:
    """An Option as the metadata of its field."""
    return {"option": Option(group, meaning, kind, **more)}


def option_of(each: "Field[Any]") -> Option:
    """The Option of a field of Options or Settings."""
    option: Option = each.metadata["option"]
    return option


def default_text(each: "Field[Any]") -> str:
    """The default of a field in words."""
    value = each.default
    if value is None:
        return option_of(each).unset
    if isinstance(value, bool):
        return "on" if value else "off"
    values = value if isinstance(value, tuple) else (value,)
    return ",".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


@dataclass(kw_only=True, eq=False, repr=False)
class Options:
    """The table. Settings and DigitClassifier inherit its fields, and with them a signature.

    It checks nothing: Settings does so at once, DigitClassifier in fit.
    """

    hidden_layer_sizes: tuple[int, ...] = field(
        default=(128,),
        kw_only=False,
        metadata=about(
            "network",
            'widths of the hidden layers, from the input up, as in 256,128; "" for none',
            Wholes(1, WIDEST, most=DEEPEST),
            unit="UNITS,...",
            flag="--hidden",
        ),
    )
    activation: tuple[str, ...] = field(
        default=("relu",),
        kw_only=False,
        metadata=about(
            "network",
            "activation of the hidden layers, one for all or one for each: {choices}",
            Names(ACTIVATIONS),
            unit="NAME,...",
        ),
    )
    initializer: str | None = field(
        default=None,
        metadata=about(
            "network",
            "initial weights of all layers: {choices}",
            Name(INITIALIZERS),
            unit="NAME",
            unset="he or glorot, following the activation",
        ),
    )
    batch_norm: bool = field(
        default=False,
        metadata=about(
            "network",
            "batch normalisation: give each hidden unit mean 0 and deviation 1 over the batch, "
            "then learn both",
            YesNo(),
        ),
    )
    deskew: bool = field(
        default=False,
        metadata=about(
            "network",
            "remove the slant of each image before the network sees it, here and wherever the "
            "model is used",
            YesNo(),
        ),
    )
    oriented_gradients: bool = field(
        default=False,
        metadata=about(
            "network",
            "show the network in which directions ink begins and ends, in each part of an image, "
            "instead of its pixels",
            YesNo(),
        ),
    )
    optimizer: str = field(
        default="sgd",
        metadata=about(
            "learning",
            "what makes a step of the gradient: {choices}",
            Name(LEARNING_RATES),
            unit="NAME",
        ),
    )
    epochs: int = field(
        default=20,
        metadata=about(
            "learning", "how often every training image is learned from", Whole(1, MOST_EPOCHS)
        ),
    )
    batch_size: int = field(
        default=64,
        metadata=about(
            "learning",
            "images per step: 1 is stochastic gradient descent; all of them or more, full batch",
            Whole(1, MOST_IMAGES),
            unit="IMAGES",
        ),
    )
    learning_rate: float | None = field(
        default=None,
        metadata=about(
            "learning",
            "size of a step, at its highest",
            Number(0, LARGEST, above=True),
            unit="RATE",
            unset=", ".join(f"{rate:g} with {name}" for name, rate in LEARNING_RATES.items()),
        ),
    )
    momentum: float = field(
        default=0.9,
        metadata=about(
            "learning",
            "share of the last update that goes on in the next, beta1 of adam; 0 for none",
            BELOW_ONE,
            unit="SHARE",
        ),
    )
    beta2: float = field(
        default=0.999,
        metadata=about(
            "learning",
            "with adam: share of the mean of squared gradients that goes on in the next; less of "
            "it suits short trainings",
            BELOW_ONE,
            unit="SHARE",
        ),
    )
    nesterov: bool = field(
        default=False, metadata=about("learning", "Nesterov's form of momentum", YesNo())
    )
    seed: int = field(
        default=0,
        metadata=about(
            "learning",
            "seed of all randomness: hold-out, initial weights, shuffling, dropout, distortions, "
            "mixup",
            Whole(0, 2**32 - 1),
        ),
    )
    threads: int | None = field(
        default=None,
        metadata=about(
            "learning",
            "threads that long steps are computed with, of which no more than 2 are used; the time "
            "alone depends on it",
            Whole(1, MOST_THREADS),
            unset="2 where there are cores",
        ),
    )
    schedule: str = field(
        default="cosine",
        metadata=about(
            "schedule",
            "how the learning rate changes over the steps: {choices}",
            Name(SCHEDULES),
            unit="NAME",
        ),
    )
    warmup: float = field(
        default=0.0,
        metadata=about(
            "schedule",
            "epochs over which the learning rate rises to its height first",
            Number(0, LONGEST),
            unit="EPOCHS",
        ),
    )
    decay_every: float = field(
        default=10.0,
        metadata=about(
            "schedule",
            "with step: epochs between two cuts of the learning rate",
            Number(0, LONGEST, above=True),
            unit="EPOCHS",
        ),
    )
    decay_factor: float = field(
        default=0.1,
        metadata=about(
            "schedule",
            "with step: what each cut multiplies the learning rate by",
            Number(0, 1, above=True),
            unit="FACTOR",
        ),
    )
    weight_decay: float = field(
        default=3e-4,
        metadata=about(
            "regularisation",
            "lambda of the L2 penalty lambda/2 |W|^2 on the weights; 0 for none",
            Number(0, HEAVIEST),
            unit="LAMBDA",
        ),
    )
    dropout: float = field(
        default=0.0,
        metadata=about(
            "regularisation",
            "probability of dropping each hidden activation while learning; 0 for none",
            BELOW_ONE,
            unit="PROBABILITY",
        ),
    )
    averaging: float = field(
        default=0.0,
        metadata=about(
            "regularisation",
            "share of the steps, at the end, over which the parameters are averaged; with cosine, "
            "the learning rate stays at a quarter of its height there; 0 for none",
            BELOW_ONE,
            unit="SHARE",
        ),
    )
    mixup: float = field(
        default=0.0,
        metadata=about(
            "regularisation",
            "alpha of mixup: blend each image and its label with another, by a share from "
            "Beta(alpha, alpha), anew in each epoch; 0 for none",
            Number(0, 1000),
            unit="ALPHA",
        ),
    )
    adversarial: float = field(
        default=0.0,
        metadata=about(
            "regularisation",
            "learn from each image also as it is after a step of this length up the slope of its "
            "loss, in what the first layer of weights is given, pixels from 0 to 1 as a rule; 0 "
            "for none",
            Number(0, 1000),
            unit="DISTANCE",
        ),
    )
    rotation: float = field(
        default=0.0,
        metadata=about(
            "distortions",
            "turn each image, anew in each epoch, by at most this to either side; 0 for none",
            Number(0, 180),
            unit="DEGREES",
        ),
    )
    scale: float = field(
        default=0.0,
        metadata=about(
            "distortions",
            "stretch or shrink its height and its width by at most this",
            Number(0, 100, below=True),
            unit="PERCENT",
        ),
    )
    shear: float = field(
        default=0.0,
        metadata=about(
            "distortions",
            "slant it: move each row sideways by at most this share of its distance",
            Number(0, 100),
            unit="PERCENT",
        ),
    )
    shift: float = field(
        default=0.0,
        metadata=about(
            "distortions",
            "move it by at most this, down and sideways",
            Number(0, 1000),
            unit="PIXELS",
        ),
    )
    elastic: float = field(
        default=0.0,
        metadata=about(
            "distortions",
            "bend it: standard deviation of a smooth random displacement",
            Number(0, 1000),
            unit="PIXELS",
        ),
    )
    smoothness: float = field(
        default=4.5,
        metadata=about(
            "distortions",
            "with elastic: width of the Gaussian that smooths the displacement",
            Number(0, 1000, above=True),
            unit="PIXELS",
        ),
    )
    stroke: float = field(
        default=0.0,
        metadata=about(
            "distortions",
            "make its strokes thicker or thinner by at most this at each side",
            Number(0, 1),
            unit="PIXELS",
        ),
    )
    fade: float = field(
        default=0.0,
        metadata=about(
            "distortions",
            "weaken all of them steadily, by this share from the first epoch to the last",
            Number(0, 1),
            unit="SHARE",
        ),
    )
    validation_fraction: float = field(
        default=0.1,
        metadata=about(
            "validation",
            "share of the training images that is held out to validate on; 0 to learn from all",
            BELOW_ONE,
            unit="SHARE",
        ),
    )
    early_stopping: int | None = field(
        default=None,
        metadata=about(
            "validation",
            "stop when the validation loss has not fallen for this many epochs, and in any case "
            "keep the weights of the epoch where it was lowest",
            Whole(1, MOST_EPOCHS),
            unit="EPOCHS",
            unset="off",
        ),
    )
