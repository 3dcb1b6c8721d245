"""Trainer: the training of a visit, a few milliseconds at a time."""

import math
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import Any

from digitnet.errors import DigitnetError
from digitnet.languages import tr, translated
from digitnet.model import Model
from digitnet.nn import Diverged, Epoch, Step
from digitnet.training.build import build_model
from digitnet.training.changes import LIVE, change, renew
from digitnet.training.outcome import how_it_ended
from digitnet.training.settings import Settings
from digitnet.training.state import Ending
from digitnet.training.underway import Learned, Learning
from digitnet.web.curve import Curve
from digitnet.web.limits import Limits
from digitnet.web.material import Shared
from digitnet.web.messages import Event, error_event
from digitnet.web.pictures import Pictures
from digitnet.web.standing import about_so_far, standing
from digitnet.web.warning import about_failure

PROGRESS_S = 0.1
"""Between two events of progress."""
PICTURES_S = 1.0
"""Between two of what is seen inside."""
POOR = 0.5
"""The accuracy below which an epoch may have something to be told of."""


class Trainer:
    """Learns from the images of `shared` with settings that may change meanwhile.

    status: ready, running, paused, finished or diverged. watched: whether anybody looks.
    """

    def __init__(self, shared: Shared, limits: Limits) -> None:
        self.shared, self.limits = shared, limits
        self.watched = True
        self.configure(Settings())

    def configure(self, settings: Settings) -> None:
        """Forget what was learned, and prepare for these. Raises SettingsError beyond a limit."""
        shape = self.shared.data.train.image_shape
        self.image_shape, self.n_classes = shape, len(self.shared.data.classes)
        self.settings = self.limits.allowed(settings, self.image_shape, self.n_classes)
        self.status, self.message = "ready", ""
        self.curve = Curve()
        self.learning: Learning | None = None
        self.model: Model | None = None
        self._learned: Learned | None = None
        self._pictures: Pictures | None = None
        self._records: Iterator[Step | Epoch | None] = iter(())
        self._until, self._renew = "end", False
        self._measures = False  # between two parts of the validation
        self._progress_due = self._pictures_due = 0.0

    def start(self, until: str) -> list[Event]:
        """Go on learning: to the "end", for an "epoch", or for a "step"."""
        if self._is_over():
            raise DigitnetError(tr("this training has ended: reset it, or let it stop later"))
        events = [] if self.learning else self._begin()
        assert self.learning is not None
        if self._renew and not self._measures and self.learning.state.progress.batch == 0:
            self._go_on_with_changes()
        self._learned = None
        self._until, self.status, self.message = until, "running", ""
        self.curve.start_clock()
        return [*events, self.standing()]

    def _is_over(self) -> bool:
        """Whether it has ended, and no more epochs are asked for."""
        if self.status != "finished" or self.learning is None:
            return self.status == "diverged"
        stopped_early = self._learned and self._learned.ending is Ending.STOPPED_EARLY
        return bool(stopped_early) or len(self.learning.state.history) >= self.settings.epochs

    def _begin(self) -> list[Event]:
        settings, classes = self.settings, self.shared.data.classes
        examples, held_out = self.shared.split(settings.validation_fraction, settings.seed)
        self.learning = learning = Learning(
            settings, examples, held_out or None, classes, changeable=True
        )
        self.model = build_model(settings, learning.network, learning.scaling, examples, classes)
        self._records = self._from_here_on(learning)
        self._pictures = Pictures(learning)
        return self._seen.of_the_weights()

    def pause(self) -> list[Event]:
        """Stop learning for a while."""
        if self.status == "running":
            self.status = "paused"
        return [*self._pictures_now(), self.curve.progress(), self.standing()]

    def change(self, name: str, value: Any) -> list[Event]:
        """Change a setting while the training is under way. Raises SettingsError."""
        if self.learning is None:
            raise DigitnetError(
                tr("expected a training under way: the settings can still be chosen")
            )
        value = tuple(value) if isinstance(value, list) else value
        before = self.settings.as_dict().get(name)
        if name in LIVE:
            changed = replace(self.settings, **{name: value})
            self.limits.allowed(changed, self.image_shape, self.n_classes)
        at_once = change(self.learning, name, value)
        self.settings = self.learning.settings
        self._renew |= not at_once
        now = self.learning.state.progress
        told = {
            "setting": name,
            "value": self.settings.as_dict()[name],
            "before": before,
            "step": now.step,
            "epoch": now.epoch,
            "from": "now" if at_once else "next epoch",
        }
        return [self.curve.changed(told), self.standing()]

    def work(self, milliseconds: float) -> list[Event]:
        """Learn for about so long, at least a step, and tell what happened."""
        begun, events = perf_counter(), list[Event]()
        end = begun + milliseconds / 1000
        if self.watched and self.status == "running" and begun >= self._pictures_due:
            events += self._pictures_now()
        while self.status == "running":
            events += self._next_record()
            if perf_counter() >= end:
                break
        now, ended = perf_counter(), self.status != "running"
        if self.watched and ended:
            events += self._pictures_now()
        if ended or now >= self._progress_due:
            self._progress_due = now + PROGRESS_S
            events.append(self.curve.progress())
        return [*events, self.standing()] if ended else events

    def _next_record(self) -> list[Event]:
        assert self.learning is not None
        state = self.learning.state
        try:
            record = next(self._records)
        except StopIteration:
            return self._end(Ending.COMPLETED)
        except Diverged as failure:
            return self._end(state.give_up(failure))
        except MemoryError:
            problem = tr("not enough memory for a step: it waits before that")
            told = [error_event("start", problem)]
            return [*told, *self.halt()]
        self._measures = record is None
        return [] if record is None else self._noted(record)

    def _noted(self, record: Step | Epoch) -> list[Event]:
        assert self.learning is not None
        self.curve.note(record)
        if not isinstance(record, Epoch):
            if self._until == "step":
                self.status = "paused"
            return []
        if self.learning.state.note(record):
            return [self.curve.epoch(), *self._end(Ending.STOPPED_EARLY)]
        if self._renew:
            self._go_on_with_changes()
        if self._until == "epoch" and record.epoch < self.settings.epochs:
            self.status = "paused"
        return [self.curve.epoch(), *self._after_an_epoch(record)]

    def halt(self) -> list[Event]:
        """Pause after the last record, whatever happened since."""
        if self.learning and self.status == "running":
            self.status, self._records = "paused", self._from_here_on(self.learning)
        return [self.standing()]

    def _from_here_on(self, learning: Learning) -> Iterator[Step | Epoch | None]:
        self._measures = False
        return learning.records_in_parts() if self.limits.in_parts else learning.records()

    def _go_on_with_changes(self) -> None:
        assert self.learning is not None
        self._records.close()  # type: ignore[attr-defined]  # of a generator
        renew(self.learning)
        self._records, self._renew = self._from_here_on(self.learning), False

    def _after_an_epoch(self, record: Epoch) -> list[Event]:
        assert self.learning is not None
        events = self._seen.of_the_hold_out() if self.watched else []
        if not record.validation_accuracy >= POOR and self.model:
            events += self.curve.passed(about_so_far(self.learning, self.model, self.settings))
        return events

    @property
    def _seen(self) -> Pictures:
        assert self._pictures is not None
        return self._pictures

    def _pictures_now(self) -> list[Event]:
        self._pictures_due = perf_counter() + PICTURES_S
        if self.learning is None or not self.watched:
            return []
        layers = self.curve.passed(self._seen.of_the_layers(self.settings))
        return [*self._seen.of_the_weights(), *layers]

    def _end(self, ending: Ending) -> list[Event]:
        assert self.learning is not None
        learning = self.learning
        self._learned = learned = learning.learned(ending)
        self.message = str(translated(how_it_ended(learned)))
        self.status = "diverged" if ending is Ending.DIVERGED else "finished"
        if learned.failure:
            told = about_failure(learned.failure, len(learned.history), self.settings)
            self.message = " ".join(told[0].fields[each] for each in ("what", "why"))
            return self.curve.passed(told)
        return self._seen.of_the_hold_out() if self.watched else []

    def look_again(self) -> list[Event]:
        """All pictures, for a page that has just been opened."""
        if self.learning is None or not self.watched:
            return []
        return [*self._pictures_now(), *self._seen.of_the_hold_out()]

    def trained(self) -> Model:
        """What has been learned, to be kept. Raises DigitnetError if nothing has been."""
        if self.learning is None:
            raise DigitnetError(tr("nothing has been learned so far: start a training first"))
        return self._learned.model if self._learned else self.learning.model()

    def standing(self) -> Event:
        """The training's state as an event."""
        learning = self.learning
        return standing(
            self.settings,
            learning.state.progress if learning else None,
            [math.prod(self.image_shape), *self.settings.hidden_layer_sizes, self.n_classes],
            self.model.network.params.size if self.model else None,
            len(learning.batches) if learning else self._n_batches(),
            {"status": self.status, "message": self.message, "over": self._is_over()},
        )

    def _n_batches(self) -> int:
        n = len(self.shared.data.train) * (1 - self.settings.validation_fraction)
        return math.ceil(n / self.settings.batch_size)
