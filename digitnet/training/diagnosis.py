"""Diagnosis: whether a training has learned anything, and if not, what is seen and can be tried.

A network that reads as well as somebody who guesses has been trained to the end all the same, and
its loss may even have fallen a little. Judged on images that were held out, or else on some that
were learned from; never on the test set.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Examples
from digitnet.errors import Named
from digitnet.languages import Sentence
from digitnet.model import Model
from digitnet.nn import Activation, Array, ReLU, Sigmoid, Tanh, oriented_layer
from digitnet.training.options import LEARNING_RATES
from digitnet.training.underway import Learned

MOST_IMAGES = 2000
FEWEST_PER_CLASS = 10
"""Held-out images of a class, on average, that can tell reading from guessing."""
N_DEVIATIONS = 3.0
MOST_UNITS = 0.75
"""Share of a layer's units that may be dead or saturated."""
SATURATED = 0.02
"""A slope this much smaller than the steepest one lets hardly any gradient through."""
ALIKE = 1e-3
"""Outputs of a layer that differ no more than this from image to image tell nothing of them."""
TINY, MOST_DROPOUT = 1e-2, 0.8

LIGHT = 0.5
"""From 0 to 1: outermost pixels that are lighter are those of light paper. All of it is input that
is far from 0, and one step can move every unit out of reach."""
NEGATIVE = "the negative of the images (255 - images)"

MATCHING = "labels that belong to their images"


@dataclass(frozen=True)
class Diagnosis:
    """A training that learned nothing, or little, with most units of a layer out of use.

    recall: the share of images read right, of each class alike. chance: that of guessing.
    seen: what was found, each in words. advice: names of settings with what to do about them, or
    of none.
    """

    recall: float
    chance: float
    nothing: bool
    seen: tuple[str, ...]
    advice: tuple[tuple[str, str], ...]

    @property
    def verdict(self) -> str:
        """In two words."""
        return "learned nothing" if self.nothing else "learned little"

    def sentences(self, named: Named = str) -> str:
        """All of it in words."""
        tries = [f"{what} ({named(name)})" if name else what for name, what in self.advice]
        seen = "".join(f" {each[0].upper()}{each[1:]}." for each in self.seen)
        return (
            f"The network has {self.verdict}: it reads {100 * self.recall:.1f} % right, each "
            f"class counted alike; guessing would read {100 * self.chance:.1f} %.{seen} "
            f"Try {', or '.join(tries)}."
        )


def diagnose(learned: Learned, held_out: Examples | None, examples: Examples) -> Diagnosis | None:
    """None if the network reads much better than chance, else what may be the matter.

    None as well if the training diverged, or no epoch ended: that says enough.
    held_out: images that it has not learned from. examples: those that it has.
    """
    if learned.failure or not learned.history:
        return None
    n_classes = len(learned.model.classes)
    enough = held_out is not None and len(held_out) >= FEWEST_PER_CLASS * n_classes
    judged = _some(held_out if held_out is not None and enough else examples)
    recall, chance, doubt = _recall(learned.model, judged)
    if recall > (1 + chance) / 2:
        return None
    nothing = recall <= chance + N_DEVIATIONS * doubt
    if nothing:
        symptoms = list(_symptoms(learned, judged, _some(examples)))
    else:
        symptoms = list(_inside(learned, judged))
    if not symptoms:
        return None
    if learned.model.background > LIGHT and not oriented_layer(learned.network):
        symptoms.insert(0, (Sentence("the images are dark on a light ground"), [("", NEGATIVE)]))
    advice = dict.fromkeys(each for _, tries in symptoms for each in tries)
    seen = tuple(seen for seen, _ in symptoms if seen)
    return Diagnosis(recall, chance, nothing, seen, tuple(advice))


def _some(examples: Examples) -> Examples:
    """At most MOST_IMAGES of them, from all over the set, which may be in order of class."""
    step = math.ceil(len(examples) / MOST_IMAGES)
    return examples.take(np.arange(0, len(examples), step))


def _predictions(model: Model, examples: Examples) -> NDArray[np.intp]:
    predictions: NDArray[np.intp] = model.predict_rows(examples.rows).argmax(axis=1)
    return predictions


def _recall(model: Model, examples: Examples) -> tuple[float, float, float]:
    """The mean recall of the classes, that of guessing, and its standard deviation."""
    predictions, labels = _predictions(model, examples), examples.labels
    found, counts = np.unique(labels, return_counts=True)
    right = [np.mean(predictions[labels == label] == label) for label in found]
    chance = 1 / len(found)
    doubt = math.sqrt(chance * (1 - chance) * float(np.sum(1 / counts))) / len(found)
    return float(np.mean(right)), chance, doubt


Symptom = tuple[str, list[tuple[str, str]]]
"""What is seen, and what to try: a setting's name and what to do with it."""


def _symptoms(learned: Learned, judged: Examples, known: Examples) -> Iterator[Symptom]:
    """What explains it, the plainest first; at least one thing to try.

    judged: the images it was judged on. known: some that it has learned from.
    """
    found = np.unique(_predictions(learned.model, judged))
    if len(found) == 1:
        name = learned.model.classes[found[0]]
        yield Sentence("every image is read as {name}", name=name), []
    rows = judged.rows
    if np.all(rows == rows[0]):
        yield Sentence("all images are the same"), [("", "other images")]
        return
    recall, chance, _ = _recall(learned.model, known)
    if recall > 2 * chance:
        seen = Sentence(
            "those it learned from it reads with {percent:.1f} %, by heart", percent=100 * recall
        )
        yield seen, [("", MATCHING), ("", "more images")]
        return
    yield from list(_inside(learned, judged)) or [("", _about_pace(learned))]


def _inside(learned: Learned, judged: Examples) -> Iterator[Symptom]:
    """What is wrong with the hidden layers, the lowest one that is."""
    config, network = learned.model.config, learned.network
    slower = [("learning_rate", f"a lower learning rate than {config['learning_rate']:g}")]
    if config["dropout"] > MOST_DROPOUT:
        slower = [("dropout", f"less dropout than {config['dropout']:g}")]
    normal = [] if config["batch_norm"] else [("batch_norm", "batch normalisation")]
    start = [("initializer", "another initializer")] if config["initializer"] else []
    if np.max(np.abs(network.weights)) < TINY:
        less = ("weight_decay", f"less than {config['weight_decay']:g} of weight decay")
        yield Sentence("all weights are nearly 0"), start or [less]
        return
    x = learned.model.scaling(judged.rows)
    number = 0
    for layer in network.layers:
        x = layer.forward(x, training=False)
        if not isinstance(layer, Activation):
            continue
        number += 1
        kind = type(layer).__name__
        if (share := stuck_share(layer, x)) > MOST_UNITS:
            units = Sentence(
                "{percent:.0f} % of the {kind} units of hidden layer {number} are {state}",
                percent=100 * share,
                kind=kind,
                number=number,
                state=Sentence("dead") if isinstance(layer, ReLU) else Sentence("saturated"),
            )
            other = "leaky_relu" if isinstance(layer, ReLU) else "relu"
            yield units, [*start, *slower, *normal, ("activation", other)]
            return
        if float(x.std(axis=0).max()) < ALIKE:
            seen = Sentence(
                "hidden layer {number} ({kind}) says the same of every image",
                number=number,
                kind=kind,
            )
            others = [] if isinstance(layer, ReLU) else [("activation", "relu")]
            yield seen, [*others, *normal, *start, ("hidden_layer_sizes", "fewer layers")]
            return


def stuck_share(layer: Activation, y: Array) -> float:
    """The share of units that pass (almost) no gradient for any of the images.

    y: (N, O), what the layer made of them. Units of ReLU are dead then, others saturated.
    """
    if isinstance(layer, ReLU):
        stuck = (y <= 0).all(axis=0)
    elif isinstance(layer, Sigmoid):
        stuck = (4 * y * (1 - y) < SATURATED).all(axis=0)
    elif isinstance(layer, Tanh):
        stuck = (1 - np.square(y) < SATURATED).all(axis=0)
    else:
        return 0.0
    return float(np.mean(stuck))


def _about_pace(learned: Learned) -> list[tuple[str, str]]:
    """More time, or another learning rate: lower if it is above what is usual."""
    config = learned.model.config
    rate = config["learning_rate"]
    direction = "lower" if rate > LEARNING_RATES[config["optimizer"]] else "higher"
    other = [("learning_rate", f"a {direction} learning rate than {rate:g}")]
    return [*other, ("epochs", "more epochs"), ("", MATCHING)]
