"""Curve: what a training has told so far, for a page that comes later too."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Epoch, Step
from digitnet.web.messages import Event

MOST_POINTS = 4000
"""That are kept of the losses of steps; beyond, every second of them is dropped."""
FIRST_POINTS = 200
"""That stay whatever is dropped: where a curve begins, it says most."""
MOST_NEW = 2000
"""Points of one event."""
MOST_CHANGES = 200
"""That are remembered; a slider that is dragged makes many, of which the latest count."""


class Curve:
    """The losses of steps, thinned out, the records of epochs, and the changes of settings."""

    def __init__(self) -> None:
        self._points: list[tuple[int, float]] = []
        self._new: list[tuple[int, float]] = []
        self._every = 1
        self._last: Step | None = None
        self._told: list[Event] = []
        self._warning: Event | None = None
        self._n_images = 0
        self.start_clock()

    def start_clock(self) -> None:
        """Begin to count images from now on."""
        self._since, self._n_images = perf_counter(), 0
        self._images_per_s = 0.0

    def note(self, record: Step | Epoch) -> None:
        """Take note of a record."""
        if isinstance(record, Epoch):
            step = self._last.step if self._last else 0
            self._told.append(Event("epoch", {**record._asdict(), "step": step}))
            return
        self._last = record
        self._n_images += record.n_examples
        self._new.append((record.step, record.loss))
        if self._stays(record.step):
            self._points.append((record.step, record.loss))
            if len(self._points) > MOST_POINTS:
                self._every *= 2
                self._points = [each for each in self._points if self._stays(each[0])]

    def _stays(self, step: int) -> bool:
        return step <= FIRST_POINTS or step % self._every == 0

    def passed(self, events: list[Event]) -> list[Event]:
        """These events, after the last warning among them was noted."""
        warnings = [each for each in events if each.name == "warning"]
        self._warning = warnings[-1] if warnings else self._warning
        return events

    def epoch(self) -> Event:
        """The epoch that was noted last."""
        return self._told[-1]

    def changed(self, told: dict[str, Any]) -> Event:
        """A change of settings, which is remembered in place of one that had no effect yet."""
        kept = told
        if self._told and _same_moment(self._told[-1], told):
            kept = told | {"before": self._told.pop().fields["before"]}
        changes = [n for n, each in enumerate(self._told) if each.name == "changed"]
        if len(changes) >= MOST_CHANGES:
            del self._told[changes[0]]
        self._told.append(Event("changed", kept))
        return Event("changed", told)

    def progress(self) -> Event:
        """What is new since the last time."""
        new, self._new = self._new, []
        passed = perf_counter() - self._since
        if passed > 0.5:
            self._images_per_s = self._n_images / passed
            self._since, self._n_images = perf_counter(), 0
        last = self._last
        fields = {
            "epoch": last.epoch if last else 1,
            "step": last.step if last else 0,
            "learning_rate": last.learning_rate if last else None,
            "images_per_s": self._images_per_s,
        }
        return Event("progress", fields, _arrays(new[-MOST_NEW:]))

    def all(self) -> Iterator[Event]:
        """Everything so far, which need not be told again."""
        self._new = []
        yield Event("curve", {}, _arrays(self._points))
        yield from self._told
        if self._warning:
            yield self._warning


def _same_moment(before: Event, told: dict[str, Any]) -> bool:
    """Whether that was a change of the same setting, after the same step."""
    names = ("setting", "step")
    return before.name == "changed" and all(before.fields[name] == told[name] for name in names)


def _arrays(points: list[tuple[int, float]]) -> dict[str, NDArray[Any]]:
    return {
        "steps": np.array([step for step, _ in points], np.int32),
        "losses": np.array([loss for _, loss in points], np.float32),
    }
