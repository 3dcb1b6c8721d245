"""Looking: what the tabs Inside and Evaluate ask of the network that answers.

Each command is answered at once, or begins a task that tells later: see tasks.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Dataset
from digitnet.errors import DigitnetError
from digitnet.model import Model, layer_sizes
from digitnet.web.edits import Edits, comparing
from digitnet.web.evaluate import as_bytes, doubtful, evaluating, in_a_cell, kept_of, opened
from digitnet.web.kept import Kept
from digitnet.web.mapping import mapping
from digitnet.web.messages import Event
from digitnet.web.robustness import measuring
from digitnet.web.subject import Judged, Subject
from digitnet.web.tasks import Task, Tasks
from digitnet.web.within import Excitement, Image, exciting, inspected, unit

TASKS = ("evaluate", "inspect", "unit", "map", "robustness")
Drawn = Callable[[int], NDArray[np.float32]]
"""A digit of the last drawing, by its number, from 0 to 1."""


class Looking:
    """A visitor's look at one network. tasks: where what takes long is left."""

    def __init__(self, data: Dataset, kept: Kept, drawn: Drawn, tasks: Tasks) -> None:
        self._data, self._kept, self._drawn, self._tasks = data, kept, drawn, tasks
        self._number = 0
        self.forget()

    def forget(self) -> None:
        """Look at nothing."""
        self._subject: Subject | None = None
        self._edits: Edits | None = None
        self._excitement: Excitement | None = None
        self._image: Image | None = None
        self._unit: tuple[int, int] | None = None
        self._tasks.drop(*TASKS)

    def at(self, which: str, model: Model, step: int, fresh: bool) -> None:
        """Look at this model: at another one than before, or, if it is to be fresh, at what it has
        become. step: batches that it has learned from."""
        now = self._subject
        same = now is not None and (now.which, now.origin) == (which, model)
        if same and now is not None and not (fresh and now.step != step):
            return
        self.forget()
        self._subject = Subject(which, model, step, self._data)
        self._edits = Edits(self._subject.network)
        self._number += 1

    @property
    def subject(self) -> Subject:
        """What is looked at."""
        if self._subject is None:
            raise DigitnetError("expected to be told first what to look at")
        return self._subject

    @property
    def edits(self) -> Edits:
        """Changes to it."""
        self.subject.check()
        assert self._edits is not None
        return self._edits

    def about(self) -> Event:
        """What is looked at, as an event."""
        subject = self.subject
        fields = {
            "key": self._number,
            "which": subject.which,
            "step": subject.step,
            "sizes": [int(size) for size in layer_sizes(subject.network).split("-")],
            "classes": list(subject.model.classes),
            "shape": list(subject.model.image_shape),
            "test": len(subject.test),
            "problem": subject.problem,
            "test_problem": subject.problem_of_the_test(),
        }
        return Event("subject", fields)

    def evaluate(self, of: str) -> list[Event]:
        """Begin to look at all images of a kind."""
        task = evaluating(of, self._judged(of), self.subject.model.classes)
        self._tasks.begin("evaluate", task)
        return []

    def cell(self, of: str, row: int | None, column: int | None, first: int) -> list[Event]:
        """Images of a cell of the confusion matrix; see evaluate.in_a_cell."""
        judged = self._judged(of)
        asked = {"of": of, "row": row, "column": column, "below": None}
        numbers = in_a_cell(judged, row, column)
        return [opened(judged, numbers, self.subject.model.classes, first, asked)]

    def doubtful(self, of: str, below: float, first: int) -> list[Event]:
        """Images of which it is less sure than that."""
        judged = self._judged(of)
        asked = {"of": of, "row": None, "column": None, "below": below}
        numbers = doubtful(judged, below)
        return [opened(judged, numbers, self.subject.model.classes, first, asked)]

    def inspect(self, source: str, index: int) -> list[Event]:
        """Look at the way of an image through the network."""
        edits = self.edits
        self._image = self._of_the_test(index) if source == "test" else self._of_the_drawing(index)
        return [inspected(self._image, self.subject, edits), *self._compare(), *self._unit_again()]

    def _of_the_test(self, index: int) -> Image:
        subject = self.subject
        subject.check_test()
        if index >= len(subject.test):
            raise DigitnetError(f"expected a test image from 0 to {len(subject.test) - 1}")
        image = subject.test.images[index : index + 1]
        label = subject.model.classes[subject.test.labels[index]]
        return Image("test", index, as_bytes(image)[0], subject.inputs(image), label)

    def _of_the_drawing(self, index: int) -> Image:
        drawn, scaling = self._drawn(index), self.subject.model.scaling
        if drawn.shape != self.subject.model.image_shape:
            raise DigitnetError("the drawing is of 28×28 pixels, this network sees others")
        row = drawn.reshape(1, -1) * (scaling.maximum - scaling.minimum) + scaling.minimum
        pixels = np.rint(255 * np.clip(drawn, 0, 1)).astype(np.uint8)
        return Image("drawing", index, pixels, scaling(row.astype(np.float32)), None)

    def unit(self, layer: int, unit: int) -> list[Event]:
        """Look at a unit."""
        self.edits.check(layer, unit)
        self._unit = layer, unit
        if not self.subject.problem_of_the_test() and self._excitement is None:
            self._excitement = Excitement(self.subject)
            self._tasks.begin("unit", self._exciting(self._excitement))
        return self._unit_again()

    def _exciting(self, excitement: Excitement) -> Task:
        """Look for what excites all units, and then tell it of the one that is looked at."""
        yield from exciting(excitement)
        yield self._unit_again()

    def _unit_again(self) -> list[Event]:
        if self._unit is None:
            return []
        return [unit(*self._unit, self.subject, self.edits, self._excitement, self._image)]

    def switch(self, layer: int, unit: int, on: bool) -> list[Event]:
        """Switch a unit on or off."""
        self.edits.switch(layer, unit, on)
        return self._changed()

    def weigh(self, layer: int, unit: int, value: float, source: int | None) -> list[Event]:
        """Set a weight or a bias."""
        self.edits.weigh(layer, unit, source, value)
        return self._changed()

    def undo(self, which: str) -> list[Event]:
        """Take changes back."""
        self.edits.undo(which)
        return self._changed()

    def _changed(self) -> list[Event]:
        """What is seen of the network that has become another one."""
        events = [self.edits.about(0, len(self.subject.test), None, None)]
        if self._image:
            events.append(inspected(self._image, self.subject, self.edits))
        return [*events, *self._unit_again(), *self._compare()]

    def map(self) -> list[Event]:
        """Begin to find a map of the test images for each layer."""
        self.subject.check_test()
        self._tasks.begin("map", mapping(self.subject))
        return []

    def robustness(self) -> list[Event]:
        """Begin to read distorted images."""
        self.subject.check_test()
        self._tasks.begin("robustness", measuring(self.subject))
        return []

    def _compare(self) -> list[Event]:
        """Begin to read the test images with the changes and without."""
        if not self.subject.problem_of_the_test():
            judged = self.subject.of_the_test()
            self._tasks.begin("inspect", comparing(self.edits, self.subject, judged))
        return []

    def _judged(self, of: str) -> Judged:
        """What it says of these images."""
        return self.subject.of_the_test() if of == "test" else kept_of(self._kept, self.subject)
