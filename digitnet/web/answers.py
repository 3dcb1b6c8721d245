"""Answers: what a network reads in drawings and pictures, and how it comes to that."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.accept.caution import gathered
from digitnet.errors import DigitnetError
from digitnet.languages import mark, tr
from digitnet.model import Model, layer_sizes, load
from digitnet.model.model import check_single
from digitnet.model.sight import first_weights
from digitnet.nn import Activation, oriented_layer
from digitnet.nn.blas import computing
from digitnet.reading.digit import UNCERTAIN, Digit
from digitnet.reading.networks import pixels, rows_for, told_by
from digitnet.reading.reading import Reading, check_model, read, text_of
from digitnet.teach.inside import contributions, hidden_layers, strongest
from digitnet.web.kept import Kept
from digitnet.web.messages import Arrays, Event

MOST_PER_CLASS = 8
"""Units whose contributions are told, of each class."""
MOST_EXCITED = 12
"""Units of the first layer whose weights are shown."""
LATEST = 10
"""Kept drawings that are shown."""
NAMES = {
    "shipped": mark("the network that comes with digitnet"),
    "trained": mark("the network trained here"),
    "loaded": mark("the network from your file"),
}


@dataclass(frozen=True)
class Answered:
    """What was read, by its number."""

    number: int
    reading: Reading


class Answers:
    """Reads for one visitor, with the model that he chose, and remembers the last reading."""

    def __init__(self, kept: Kept, model: Model | None = None) -> None:
        """model: who answers first, in place of the one that comes with the package."""
        self.kept = kept
        self._first = model
        self.forget()

    def forget(self) -> None:
        """Forget all but the drawings that were kept."""
        self.loaded = self._first
        self.which = "loaded" if self._first else "shipped"
        self._last: Answered | None = None

    def use(self, which: str, trained: Model | None) -> Event:
        """Choose who answers. Raises DigitnetError if there is no such model so far."""
        if which == "trained" and trained is None:
            raise DigitnetError(tr("nothing has been learned so far: start a training first"))
        if which == "loaded" and self.loaded is None:
            raise DigitnetError(tr("no model file has been loaded so far"))
        if which == "trained" and trained is not None:
            check_model(trained)
        self.which = which
        return self.about_the_model(trained)

    def load(self, file: NDArray[np.uint8], trained: Model | None) -> Event:
        """Use the model of a file, given by its bytes. Raises DigitnetError if it is none."""
        with tempfile.TemporaryDirectory(prefix="digitnet-") as folder:
            path = Path(folder) / "model.npz"
            path.write_bytes(file.tobytes())
            try:
                model = load(path)
                check_single(model)
            except DigitnetError as error:
                raise DigitnetError(_about_the_file(str(error), path)) from error
        check_model(model)
        self.loaded, self.which = model, "loaded"
        return self.about_the_model(trained)

    def model(self, trained: Model | None) -> Model:
        """The model that answers."""
        chosen = {"trained": trained, "loaded": self.loaded}.get(self.which)
        return chosen or pixels()

    def about_the_model(self, trained: Model | None) -> Event:
        """Who answers, as an event."""
        if self.which == "trained" and trained is None:  # the training was reset
            self.which = "loaded" if self.loaded else "shipped"
        network = self.model(trained).network
        activations = [each for each in network.layers if isinstance(each, Activation)]
        there = {"shipped": True, "trained": trained is not None, "loaded": self.loaded is not None}
        fields = {
            "which": self.which,
            "name": tr(NAMES[self.which]),
            "sizes": [int(size) for size in layer_sizes(network).split("-")],
            "activations": [type(each).__name__ for each in activations],
            "parameters": network.params.size,
            "available": [name for name, is_there in there.items() if is_there],
        }
        return Event("model", fields)

    def answer(self, number: int, source: Any, trained: Model | None) -> Event:
        """Read a picture. Raises DigitnetError if it is none.

        `digitnet read` cuts the digits out and says what is none. It knows digits so well that it
        would read them with any network's help: another network names them alone.
        """
        begun = perf_counter()
        with gathered() as warnings:
            reading = read(source)
        if self.which != "shipped":
            reading = named_by(self.model(trained), reading)
        self._last = Answered(number, reading)
        digits = reading.digits
        line_of = [n for n, line in enumerate(reading.lines) for _ in line]
        fields = {
            "number": number,
            "text": "\n".join(map(text_of, reading.lines)),
            "size": list(reading.picture.size),
            "digits": [
                {
                    "label": digit.label,
                    "confidence": digit.confidence,
                    "box": list(digit.box),
                    "line": line,
                }
                for digit, line in zip(digits, line_of, strict=True)
            ],
            "milliseconds": 1000 * (perf_counter() - begun),
            "warnings": warnings,
        }
        images = np.array([as_pixels(digit.image) for digit in digits], np.uint8)
        probabilities = np.array([digit.probabilities for digit in digits], np.float32)
        arrays: Arrays = {
            "images": images.reshape(-1, 28, 28),
            "probabilities": probabilities.reshape(-1, 10),
        }
        return Event("answer", fields, arrays)

    def inside(self, number: int, digit: int, trained: Model | None) -> Event:
        """The network at work on a digit of the last reading. Raises DigitnetError."""
        image, model = self._image(number, digit), self.model(trained)
        network = model.network
        x = rows_for(model, image[None])
        row = model.scaling(x)
        with computing():
            probabilities = network.probabilities(row)[0].copy()  # its own, at temperature 1
        hidden = hidden_layers(network, row)
        added = contributions(network, row)
        if not hidden and oriented_layer(network):  # what is added is of no unit, and of no pixel
            added = added[:, :0]
        units = strongest(added, MOST_PER_CLASS)
        arrays: Arrays = {
            "probabilities": probabilities,
            "units": units,
            "contributions": np.take_along_axis(added, units, axis=1),
        }
        for n, each in enumerate(hidden, start=1):
            arrays[f"hidden{n}"] = each.outputs[0]
        first = hidden[0].outputs if hidden else added[:, :0]
        excited = strongest(first, MOST_EXCITED)[0]
        arrays["excited"] = excited
        arrays["weights"] = first_weights(network, model.image_shape, excited)
        layers = [{"units": h.outputs.shape[1], "activation": h.activation} for h in hidden]
        return Event("inside", {"number": number, "digit": digit, "layers": layers}, arrays)

    def drawn(self, digit: int) -> NDArray[np.float32]:
        """A digit of the last reading, as the network sees it: (28, 28). Raises DigitnetError."""
        return self._digit(digit, tr("nothing has been drawn that could be looked at")).image

    def keep(self, number: int, digit: int, label: str) -> Event:
        """Keep a digit of the last reading; a second label for it takes the place of the first.

        Raises DigitnetError or OSError.
        """
        pixels = as_pixels(self._image(number, digit))
        image, _ = self.kept.last(1)
        again = np.array_equal(image, pixels[None])
        self.kept.add(pixels, int(label), instead=again)
        return self.about_the_kept()

    def about_the_kept(self) -> Event:
        """The drawings that were kept, as an event."""
        where = str(self.kept.path or "")
        fields = {"counts": self.kept.counts, "where": where}
        images, labels = self.kept.last(LATEST)
        return Event("kept", fields, {"last": images, "labels": labels})

    def digit(self, index: int) -> Digit:
        """A digit of the last reading. Raises DigitnetError if there is none such."""
        return self._digit(index, tr("nothing is drawn there so far: draw a digit in Draw first"))

    def _image(self, number: int, digit: int) -> NDArray[np.float32]:
        problem = tr("expected a digit of the drawing that was read last")
        if self._last is None or self._last.number != number:
            raise DigitnetError(problem)
        return self._digit(digit, problem).image

    def _digit(self, index: int, problem: str) -> Digit:
        """A digit of the last reading. Raises DigitnetError with this sentence if there is none."""
        digits = self._last.reading.digits if self._last else []
        if index >= len(digits):
            raise DigitnetError(problem)
        return digits[index]


def named_by(model: Model, reading: Reading) -> Reading:
    """The same marks with what this network alone makes of them; "?" stays what it is.

    Raises DigitnetError if its numbers are not finite.
    """
    if not reading.digits:
        return reading
    probabilities = iter(told_by(model, np.array([digit.image for digit in reading.digits])))
    lines = [[_named(digit, next(probabilities)) for digit in line] for line in reading.lines]
    return replace(reading, lines=lines)


def _named(digit: Digit, probabilities: NDArray[np.float32]) -> Digit:
    if digit.label == UNCERTAIN:
        return replace(digit, probabilities=probabilities)
    label = int(probabilities.argmax())
    return replace(
        digit,
        label=str(label),
        probabilities=probabilities,
        confidence=float(probabilities[label]),
    )


def _about_the_file(problem: str, path: Path) -> str:
    """What is wrong with a model file, without its place and without words of archives."""
    if "zip" in problem.lower():
        return tr(
            "this file is no model of digitnet: expected one that was saved here or by a training"
        )
    return problem.replace(str(path), tr("this file"))


def as_pixels(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """An image from 0 to 1 as one from 0 to 255."""
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
