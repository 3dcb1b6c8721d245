"""Looking: what the tabs Inside and Evaluate ask of the network that answers.

Each command is answered at once, or begins a task that tells later: see tasks.
"""

from digitnet.data import Dataset
from digitnet.errors import DigitnetError
from digitnet.model import Model, layer_sizes
from digitnet.nn import oriented_layer
from digitnet.web.evaluate import doubtful, evaluating, in_a_cell, kept_of, opened
from digitnet.web.inspecting import Drawn, Inspecting
from digitnet.web.kept import Kept
from digitnet.web.mapping import mapping
from digitnet.web.messages import Event
from digitnet.web.robustness import measuring
from digitnet.web.subject import Judged, Subject
from digitnet.web.tasks import Tasks

TASKS = ("evaluate", "inspect", "unit", "map", "robustness")


class Looking:
    """A visitor's look at one network. tasks: where what takes long is left."""

    def __init__(self, data: Dataset, kept: Kept, drawn: Drawn, tasks: Tasks) -> None:
        self._data, self._kept, self._drawn, self._tasks = data, kept, drawn, tasks
        self._inside: Inspecting | None = None
        self._number = 0

    def forget(self) -> None:
        """Look at nothing."""
        self._inside = None
        self._tasks.drop(*TASKS)

    def at(self, which: str, model: Model, step: int, fresh: bool) -> None:
        """Look at this model: at another one than before, or, if it is to be fresh, at what it has
        become. step: batches that it has learned from."""
        if self._inside:
            now = self.subject
            is_same = now.which == which and now.origin is model
            if is_same and not (fresh and now.step != step):
                return
        self.forget()
        subject = Subject(which, model, step, self._data)
        self._inside = Inspecting(subject, self._drawn, self._tasks)
        self._number += 1

    @property
    def inside(self) -> Inspecting:
        """What is looked at from inside. Raises DigitnetError if nothing is."""
        if self._inside is None:
            raise DigitnetError("expected to be told first what to look at")
        return self._inside

    @property
    def subject(self) -> Subject:
        """What is looked at, as it was."""
        return self.inside.subject

    def about(self) -> Event:
        """What is looked at, as an event."""
        subject = self.subject
        oriented = oriented_layer(subject.network)
        fields = {
            "key": self._number,
            "which": subject.which,
            "step": subject.step,
            "sizes": [int(size) for size in layer_sizes(subject.network).split("-")],
            "classes": list(subject.model.classes),
            "shape": list(subject.model.image_shape),
            "places": list(oriented.places) if oriented else None,
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

    def _judged(self, of: str) -> Judged:
        """What it says of these images."""
        return self.subject.of_the_test() if of == "test" else kept_of(self._kept, self.subject)

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
