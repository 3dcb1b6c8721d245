"""Inspecting: an image in a network, a unit of it that is open, and changes on a copy."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.languages import tr
from digitnet.reading.networks import rows_for
from digitnet.web.answers import as_pixels
from digitnet.web.edits import Edits, comparing
from digitnet.web.evaluate import as_bytes
from digitnet.web.messages import Event
from digitnet.web.subject import Subject
from digitnet.web.tasks import Task, Tasks
from digitnet.web.within import Excitement, Image, exciting, inspected, unit

Drawn = Callable[[int], NDArray[np.float32]]
"""A digit of the last drawing, by its number, from 0 to 1."""


class Inspecting:
    """What is seen inside a network.

    drawn: what was drawn. tasks: where what takes long is left.
    """

    def __init__(self, subject: Subject, drawn: Drawn, tasks: Tasks) -> None:
        self.subject, self._drawn, self._tasks = subject, drawn, tasks
        self._edits = Edits(subject.network)
        self._excitement: Excitement | None = None
        self._image: Image | None = None
        self._unit: tuple[int, int] | None = None

    @property
    def edits(self) -> Edits:
        """Changes to it. Raises DigitnetError if nothing can be told of the network."""
        self.subject.check()
        return self._edits

    def inspect(self, source: str, index: int) -> list[Event]:
        """Look at the way of an image through the network."""
        edits = self.edits
        self._image = self._of_the_test(index) if source == "test" else self._of_the_drawing(index)
        changes = [edits.about(0, 0, None, None)] if edits.changes else []  # after a reload, too
        told = [inspected(self._image, self.subject, edits), *self._unit_again()]
        return [*changes, *told, *self._compare()]

    def _of_the_test(self, index: int) -> Image:
        subject = self.subject
        subject.check_test()
        if index >= len(subject.test):
            raise DigitnetError(
                tr("expected a test image from 0 to {last}", last=len(subject.test) - 1)
            )
        image = subject.test.images[index : index + 1]
        label = subject.model.classes[subject.test.labels[index]]
        return Image("test", index, as_bytes(image)[0], subject.inputs(image), label)

    def _of_the_drawing(self, index: int) -> Image:
        drawn, model = self._drawn(index), self.subject.model
        if drawn.shape != model.image_shape:
            raise DigitnetError(tr("the drawing is of 28×28 pixels, this network sees others"))
        x = model.scaling(rows_for(model, drawn[None]))
        return Image("drawing", index, as_pixels(drawn), x, None)

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

    def weigh(self, layer: int, unit: int, weight: float, source: int | None) -> list[Event]:
        """Set a weight or a bias."""
        self.edits.weigh(layer, unit, source, weight)
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

    def _compare(self) -> list[Event]:
        """Begin to read the test images with the changes and without."""
        if not self.subject.problem_of_the_test():
            judged = self.subject.of_the_test()
            self._tasks.begin("inspect", comparing(self.edits, self.subject, judged))
        return []
