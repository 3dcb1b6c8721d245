"""Messages: the table of what page and visit say to each other.

A message is a name, some fields, and some arrays. The page sends commands, the visit events.
docs/playground.md shows this table; tests hold the page and the visit to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.text import listed, shown
from digitnet.training.kinds import Kind, Name, Whole, YesNo
from digitnet.training.spelling import suggestion

Arrays = dict[str, NDArray[Any]]
"""Arrays by name, of uint8, int32 or float32."""
LONGEST_TEXT = 200
MOST_FILE_BYTES = 20_000_000
MOST_PAD_PIXELS = 4_000_000
MANY = 2**53 - 1
"""The largest whole number that a page knows exactly."""


@dataclass(frozen=True)
class Text:
    """A short text."""

    longest: int = LONGEST_TEXT
    choices = ()

    @property
    def expected(self) -> str:
        return f"a text of at most {self.longest} letters"

    def parse(self, text: str) -> str:
        return text

    def holds(self, value: Any) -> bool:
        return type(value) is str and len(value) <= self.longest


@dataclass(frozen=True)
class Value:
    """What a setting may be: a number, a name, true or false, nothing, or a list of those.

    Settings checks which of them.
    """

    expected = "a value of a setting"
    choices = ()

    def parse(self, text: str) -> str:
        return text

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
class Choices:
    """Settings by name: {"epochs": 5}."""

    expected = "settings by name"
    choices = ()

    def parse(self, text: str) -> str:
        return text

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
    fields: Mapping[str, Kind] = field(default_factory=dict)
    arrays: Mapping[str, ArrayKind] = field(default_factory=dict)
    optional: tuple[str, ...] = ()


FILE = ArrayKind("uint8", 1, MOST_FILE_BYTES, "the bytes of a file")
NUMBER = {"number": Whole(0, MANY)}
"""Counts drawings, so that an answer can be told from that to the stroke before."""

COMMANDS: dict[str, Command] = {
    "hello": Command("Begin, or go on: answered by `state`."),
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
        {"tab": Name(("draw", "train"))},
    ),
}


@dataclass(frozen=True)
class Event:
    """What the visit says: a name, fields as JSON has them, arrays.

    passing: whether a page that is slow can do without, because the next one says it better.
    """

    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=dict)

    @property
    def passing(self) -> bool:
        return EVENTS[self.name].passing


def error_event(command: object, message: str, setting: str = "") -> Event:
    """Why a command could not be carried out."""
    name = command if isinstance(command, str) else ""
    return Event("error", {"command": name[:40], "message": message, "setting": setting})


@dataclass(frozen=True)
class About:
    """What there is to know about an event: its meaning, its fields and arrays, with units."""

    meaning: str
    fields: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, str] = field(default_factory=dict)
    passing: bool = False


EVENTS: dict[str, About] = {
    "state": About(
        "Where the visit is, after `hello` or `forget`. `model`, `training`, `kept` and, for the "
        "curve so far, `curve` and an `epoch` for each follow.",
        {
            "version": "of digitnet",
            "recipes": "settings by name of recipe",
            "settings": "list of {name, group, meaning, default, kind, low, high, choices, live}; "
            "live: may change while it learns",
            "limits": "{weights, layers, width, epochs}: the most of each",
            "data": "{name, train, test, note}: counts of images",
        },
    ),
    "model": About(
        "Who answers.",
        {
            "which": "shipped, trained or loaded",
            "name": "in words",
            "sizes": "of the layers, from pixels to classes",
            "activations": "of the hidden layers",
            "parameters": "how many",
            "available": "those of shipped, trained and loaded that can be chosen",
        },
    ),
    "answer": About(
        "What was read in a drawing or a picture.",
        {
            "number": "of the drawing",
            "text": "the labels, lines separated by a newline",
            "size": "[width, height] of what was read, in pixels",
            "digits": "list of {label, confidence (0 to 1), box [left, top, right, bottom], line}",
            "milliseconds": "that reading took",
        },
        {
            "images": "(n, 28, 28) uint8: what the network sees",
            "probabilities": "(n, 10) float32: of each digit, by `digitnet read`",
        },
    ),
    "inside": About(
        "The network at work on one digit.",
        {
            "number": "of the drawing",
            "digit": "index into digits",
            "layers": "list of {units, activation}: hidden layers from the pixels up",
        },
        {
            "probabilities": "(10,) float32: the network's own softmax",
            "hidden1": "(units,) float32: activations of the first hidden layer; hidden2, … more",
            "units": "(10, m) int32: of the last hidden layer, those that matter most per class",
            "contributions": "(10, m) float32: activation times weight of those, in nats",
            "weights": "(w, 28, 28) float32: of the first layer's most active units, pixel weights",
            "excited": "(w,) int32: which units these are",
        },
    ),
    "training": About(
        "How the training stands.",
        {
            "status": "ready, running, paused, finished or diverged",
            "settings": "all settings, by name, as they are now",
            "sizes": "of the layers, from pixels to classes",
            "parameters": "how many",
            "epoch": "in which it is, from 1",
            "step": "batches learned from",
            "steps": "batches of an epoch",
            "message": "in words, what happened; maybe empty",
        },
    ),
    "progress": About(
        "What was learned since the last one.",
        {
            "epoch": "in which it is, from 1",
            "step": "batches learned from",
            "learning_rate": "of the last step",
            "images_per_s": "that were learned from, in the last second or so",
        },
        {"steps": "(m,) int32: numbers of steps", "losses": "(m,) float32: their losses, nats"},
        passing=True,
    ),
    "curve": About(
        "The losses of the steps so far, thinned out.",
        {},
        {"steps": "(m,) int32: numbers of steps", "losses": "(m,) float32: their losses, nats"},
    ),
    "epoch": About(
        "An epoch is over. Losses in nats, accuracies from 0 to 1; null without a hold-out.",
        {
            "epoch": "from 1",
            "step": "batches learned from",
            "learning_rate": "of the last step",
            "train_loss": "",
            "train_accuracy": "",
            "validation_loss": "",
            "validation_accuracy": "",
            "seconds": "of learning",
        },
    ),
    "weights": About(
        "The first layer's weights as images.",
        {"units": "how many there are in all"},
        {"images": "(n, 28, 28) float32, n at most 64"},
        passing=True,
    ),
    "layers": About(
        "What the hidden layers do, on 500 held-out images; gradients on one batch of 64 of them.",
        {"layers": "list of {name, units, dead, saturated}: shares from 0 to 1"},
        {
            "activation_edges": "(L, 25) float32: of the bins",
            "activations": "(L, 24) float32: share of values per bin",
            "gradient_edges": "(L, 25) float32: log10 of sizes",
            "gradients": "(L, 24) float32: share of the weights' gradients per bin",
        },
        passing=True,
    ),
    "confusion": About(
        "What the held-out images are taken for, and the most confident mistakes.",
        {
            "mistakes": "list of {label, prediction, confidence}: the surest first",
            "right": "how many images",
            "images": "how many in all",
        },
        {
            "matrix": "(10, 10) int32: counts, row: label, column: prediction",
            "mistaken": "(m, 28, 28) uint8: the images of mistakes, m at most 12",
        },
        passing=True,
    ),
    "changed": About(
        "A setting is another one now.",
        {
            "setting": "its name",
            "value": "what it is now",
            "before": "what it was",
            "step": "after which it counts",
            "epoch": "in which that is",
            "from": "now, or next epoch",
        },
    ),
    "warning": About(
        "Something is wrong with what is learned.",
        {
            "what": "happened, in words",
            "why": "in words",
            "offers": "list of {setting, value, sentence}: what to try",
        },
    ),
    "preview": About(
        "Digits before and after distortion.",
        {},
        {
            "before": "(n, 28, 28) uint8",
            "after": "(n, 28, 28) uint8",
        },
    ),
    "kept": About(
        "The digits that the user kept.",
        {
            "counts": "ten numbers, one for each label",
            "where": "the file on this computer; empty if they are kept in memory alone",
        },
        {"last": "(n, 28, 28) uint8: the latest, at most 10"},
    ),
    "file": About(
        "A file to save.",
        {"name": "of the file"},
        {"file": "(n,) uint8: its bytes"},
    ),
    "error": About(
        "A command could not be carried out; nothing has changed.",
        {
            "command": "its name",
            "message": "in a sentence",
            "setting": "that it is about; maybe empty",
        },
    ),
}


@dataclass(frozen=True)
class Asked:
    """A command that was checked."""

    name: str
    fields: dict[str, Any]
    arrays: Arrays


def checked(name: object, fields: object, arrays: Arrays) -> Asked:
    """A command from outside, if it is one. Raises DigitnetError."""
    if type(name) is not str or name not in COMMANDS:
        hint = suggestion(name, COMMANDS) if type(name) is str else ""
        raise DigitnetError(
            f"expected one of the commands {', '.join(COMMANDS)}, got {shown(name)}{hint}"
        )
    if type(fields) is not dict:
        raise DigitnetError(f"{name}: expected fields by name, got {shown(fields)}")
    about = COMMANDS[name]
    _check_names(name, "fields", fields, about.fields, about.optional)
    _check_names(name, "arrays", arrays, about.arrays)
    for each, kind in about.fields.items():
        if each in fields and not kind.holds(fields[each]):
            raise DigitnetError(
                f"{name}: {each}: expected {kind.expected}, got {shown(fields[each])}"
            )
    for each, array in about.arrays.items():
        array.check(f"{name}: {each}", np.asarray(arrays[each]))
    return Asked(name, fields, arrays)


def _check_names(
    command: str,
    what: str,
    got: Mapping[str, Any],
    expected: Mapping[str, Any],
    optional: tuple[str, ...] = (),
) -> None:
    missing = [name for name in expected if name not in got and name not in optional]
    if missing or set(got) - set(expected):
        names = listed(tuple(expected)) if expected else "none"
        raise DigitnetError(
            f"{command}: expected the {what} {names}, got {shown(', '.join(map(str, got)))}"
        )
