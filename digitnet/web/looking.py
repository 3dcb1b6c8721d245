"""Looking: what the tabs Inside and Evaluate ask of the network that answers.

Each command is answered at once, or begins a task that tells later: see tasks.
"""

from digitnet.data import Dataset
from digitnet.errors import DigitnetError
from digitnet.model import Model, layer_sizes
from digitnet.web.evaluate import doubtful, evaluating, in_a_cell, kept_of, opened
from digitnet.web.kept import Kept
from digitnet.web.messages import Event
from digitnet.web.subject import Judged, Subject
from digitnet.web.tasks import Tasks

TASKS = ("evaluate",)


class Looking:
    """A visitor's look at one network. tasks: where what takes long is left."""

    def __init__(self, data: Dataset, kept: Kept, tasks: Tasks) -> None:
        self._data, self._kept, self._tasks = data, kept, tasks
        self._subject: Subject | None = None
        self._number = 0

    def forget(self) -> None:
        """Look at nothing."""
        self._subject = None
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
        self._number += 1

    @property
    def subject(self) -> Subject:
        """What is looked at."""
        if self._subject is None:
            raise DigitnetError("expected to be told first what to look at")
        return self._subject

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

    def _judged(self, of: str) -> Judged:
        """What it says of these images."""
        return self.subject.of_the_test() if of == "test" else kept_of(self._kept, self.subject)
