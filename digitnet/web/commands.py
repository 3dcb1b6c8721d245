"""Commands: the table of what a page may ask its visit for, with types, units and limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.training.kinds import Name, Number, Whole, YesNo

LONGEST_TEXT = 200
MOST_FILE_BYTES = 20_000_000
MOST_PAD_PIXELS = 4_000_000
LARGEST_STEP = 1000
MOST_CLASSES = 1000
MOST_PHOTO_BYTES = 4 * 2000 * 2000
MANY = 2**53 - 1
"""The largest whole number that a page knows exactly."""


class FieldKind(Protocol):
    """What a field may be; the kinds of values of settings are such kinds, too."""

    @property
    def expected(self) -> str:
        """The values in words, as they follow "expected"."""

    def holds(self, value: Any) -> bool:
        """Whether the value is one of them."""


@dataclass(frozen=True)
class Text:
    """A short text."""

    longest: int = LONGEST_TEXT

    @property
    def expected(self) -> str:
        return f"a text of at most {self.longest} letters"

    def holds(self, value: Any) -> bool:
        return type(value) is str and len(value) <= self.longest


@dataclass(frozen=True)
class Value:
    """What a setting may be: a number, a name, true or false, nothing, or a list of those.

    Settings checks which of them.
    """

    expected = "a value of a setting"

    def holds(self, value: Any) -> bool:
        if type(value) is list:
            return len(value) <= LONGEST_TEXT and all(map(self._is_plain, value))
        return self._is_plain(value)

    @staticmethod
    def _is_plain(value: Any) -> bool:
        if type(value) is str:
            return len(value) <= LONGEST_TEXT
        return value is None or type(value) in (bool, int, float)


@dataclass(frozen=True)
class Wholes:
    """A list of whole numbers from 0."""

    expected = "a list of whole numbers from 0"

    def holds(self, value: Any) -> bool:
        return (
            type(value) is list
            and 0 < len(value) <= LONGEST_TEXT
            and all(Whole(0, MANY).holds(each) for each in value)
        )


@dataclass(frozen=True)
class Choices:
    """Settings by name: {"epochs": 5}."""

    expected = "settings by name"

    def holds(self, value: Any) -> bool:
        return (
            type(value) is dict
            and len(value) <= LONGEST_TEXT
            and all(type(name) is str and Value().holds(each) for name, each in value.items())
        )


@dataclass(frozen=True)
class ArrayKind:
    """What an array of a command must be: its type, its number of dimensions and its size."""

    dtype: str
    ndim: int
    most: int
    meaning: str

    def check(self, name: str, array: NDArray[Any]) -> None:
        """Raise DigitnetError unless the array is of this kind."""
        if array.dtype != self.dtype or array.ndim != self.ndim or not 0 < array.size <= self.most:
            raise DigitnetError(
                f"{name}: expected {self.meaning}, at most {self.most} values of {self.dtype}, "
                f"got {array.shape} of {array.dtype}"
            )


@dataclass(frozen=True)
class Command:
    """What the page may ask for. optional: fields that may be left out."""

    meaning: str
    fields: Mapping[str, FieldKind] = field(default_factory=dict)
    arrays: Mapping[str, ArrayKind] = field(default_factory=dict)
    optional: tuple[str, ...] = ()


FILE = ArrayKind("uint8", 1, MOST_FILE_BYTES, "the bytes of a file")
NUMBER = {"number": Whole(0, MANY)}
"""Counts drawings, so that an answer can be told from that to the stroke before."""

IMAGES = {"of": Name(("test", "kept"))}
"""Whether it is about the test images, or the drawings that were kept."""
FIRST = {"first": Whole(0, MANY)}
"""Of more images than are sent together, the one from which on they are."""
UNIT = {"layer": Whole(1, 1000), "unit": Whole(0, MANY)}
"""The first hidden layer is 1; that behind the last one are the classes."""
LARGEST_WEIGHT = 1000.0

COMMANDS: dict[str, Command] = {
    "hello": Command(
        "Begin, or go on, with sentences in a language such as `de`, or in English: answered by "
        "`state`.",
        {"language": Text()},
        optional=("language",),
    ),
    "forget": Command(
        "Forget all that the visitor did, and the kept drawings if asked: answered by `state`.",
        {"drawings": YesNo()},
        optional=("drawings",),
    ),
    "draw": Command(
        "Read the drawing on the pad: answered by `answer`.",
        NUMBER,
        {"pixels": ArrayKind("uint8", 2, MOST_PAD_PIXELS, "grey pixels, dark ink on white")},
    ),
    "picture": Command("Read a picture file: answered by `answer`.", NUMBER, {"file": FILE}),
    "photo": Command(
        "Read a picture that the browser has decoded: answered by `answer`.",
        NUMBER,
        {"colours": ArrayKind("uint8", 3, MOST_PHOTO_BYTES, "red, green, blue and alpha")},
    ),
    "look": Command(
        "Show the network at work on a digit of the last answer: answered by `inside`.",
        {**NUMBER, "digit": Whole(0, 10_000)},
    ),
    "use": Command(
        "Choose who answers: answered by `model`.",
        {"model": Name(("shipped", "trained", "loaded"))},
    ),
    "load": Command("Load a model file, and use it: answered by `model`.", {}, {"file": FILE}),
    "save": Command("Ask for the trained model as a file: answered by `file`."),
    "keep": Command(
        "Keep a digit of the last answer with its right label: answered by `kept`.",
        {**NUMBER, "digit": Whole(0, 10_000), "label": Name(tuple("0123456789"))},
    ),
    "kept": Command("Ask for the kept digits as a file: answered by `file`."),
    "discard": Command(
        "Remove the digit that was kept last, or all: answered by `kept`.",
        {"which": Name(("last", "all"))},
    ),
    "configure": Command(
        "Prepare a training with these settings, others by default: answered by `training`.",
        {"recipe": Text(), "settings": Choices()},
        optional=("recipe",),
    ),
    "preview": Command(
        "Distort some digits as these settings say: answered by `preview`.",
        {"settings": Choices()},
    ),
    "start": Command(
        "Learn to the end, for an epoch, or for a step: answered by `training`.",
        {"until": Name(("end", "epoch", "step"))},
    ),
    "pause": Command("Stop learning for a while: answered by `training`."),
    "change": Command(
        "Change a setting of the training that is under way: answered by `changed`.",
        {"setting": Text(), "value": Value()},
    ),
    "watch": Command(
        "Choose which tab is looked at: only Train is sent what it shows.",
        {"tab": Name(("draw", "train", "inside", "step", "evaluate"))},
    ),
    "walk": Command(
        "Learn from one image, on a copy of a network: a small one that is `fresh` or a little "
        "trained, or the one that answers in Draw. The image is a test image, by its number (if "
        "only those of a class, `among`, or read `wrong` are meant, the next of these) or a digit "
        "that was read last; `target`: another class than its label, to be taught; `units`: to be "
        "followed, one of each hidden layer; `logit`: the class whose logit and output weight are "
        "told: answered by `walked`.",
        {
            "network": Name(("small", "fresh", "answering")),
            "source": Name(("test", "drawing")),
            "image": Whole(0, MANY),
            "rate": Number(0, LARGEST_STEP),
            "among": Whole(0, MOST_CLASSES),
            "wrong": YesNo(),
            "target": Whole(0, MOST_CLASSES),
            "units": Wholes(),
            "logit": Whole(0, MOST_CLASSES),
        },
        optional=("among", "wrong", "target", "units", "logit"),
    ),
    "probe": Command(
        "Measure the gradient of a weight, as it was before the step that was walked through last, "
        "by its layer from 1 on and its two ends; the input after the last one stands for the "
        "bias: answered by `probed`.",
        {"layer": Whole(1, MANY), "start": Whole(0, MANY), "end": Whole(0, MANY)},
    ),
    "subject": Command(
        "Choose the network that answers to be looked at; what it has become meanwhile, if fresh: "
        "answered by `subject`.",
        {"fresh": YesNo()},
    ),
    "evaluate": Command(
        "Let it read all images, bit by bit: answered by `evaluation`.",
        IMAGES,
    ),
    "cell": Command(
        "Show images of a cell of the confusion matrix, the surest first, or without row or column "
        "the mistakes of all of them: answered by `opened`.",
        {**IMAGES, "row": Whole(0, MANY), "column": Whole(0, MANY), **FIRST},
        optional=("row", "column"),
    ),
    "doubtful": Command(
        "Show images of which it is less sure, the least sure first: answered by `opened`.",
        {**IMAGES, "below": Number(0, 1), **FIRST},
    ),
    "inspect": Command(
        "Look at the way of an image through the network, a test image or a digit of the last "
        "answer: answered by `inspected`.",
        {"source": Name(("test", "drawing")), "index": Whole(0, MANY)},
    ),
    "unit": Command("Look at a unit, now and as it changes: answered by `unit`.", UNIT),
    "switch": Command(
        "Switch a hidden unit on or off, in a copy of the network: answered by `edited`.",
        {**UNIT, "on": YesNo()},
    ),
    "weigh": Command(
        "Set a weight of a unit, or without input its bias, in a copy: answered by `edited`.",
        {**UNIT, "input": Whole(0, MANY), "weight": Number(-LARGEST_WEIGHT, LARGEST_WEIGHT)},
        optional=("input",),
    ),
    "undo": Command(
        "Take the last change back, or all: answered by `edited`.",
        {"which": Name(("last", "all"))},
    ),
    "map": Command(
        "Find where test images lie by what each layer says of them, bit by bit, in the network "
        "without changes: answered by `map`."
    ),
    "robustness": Command(
        "Let it read distorted test images, bit by bit, without changes: answered by `robustness`."
    ),
}
