"""Visit: what one visitor of the playground does: commands in, events out.

    visit = Visit(Shared(load_mnist()))
    events = visit.do("start", {"until": "end"}, {})
    while visit.busy:
        events = visit.work(15)            # learns for 15 milliseconds

No network, no threads, no clock but to measure: whoever calls decides when what happens. What is
computed is computed elsewhere: the training by training.underway, an answer by reading.
"""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.languages import ENGLISH, known, tr, translated
from digitnet.languages import language as speaking
from digitnet.model import Model
from digitnet.training.settings import Settings, SettingsError
from digitnet.web.answers import Answers
from digitnet.web.kept import Kept
from digitnet.web.limits import Limits
from digitnet.web.looking import Looking
from digitnet.web.material import Shared
from digitnet.web.messages import Arrays, Event, checked, error_event
from digitnet.web.offered import about, settings_of
from digitnet.web.onestep import OneStep
from digitnet.web.picked import Wish
from digitnet.web.preview import preview
from digitnet.web.tasks import Tasks
from digitnet.web.trainer import Trainer

LOG = logging.getLogger(__name__)
SMALL_PIXELS = 200_000
"""A pad of so many is read at once; larger ones wait for their turn, as pictures do."""
RUN_AWAY: Any = {"over": "ignore", "invalid": "ignore"}
"""A network that runs away is looked at too: what it says is not finite, and no news."""


def attempt(
    visit: "Visit", act: Callable[..., list[Event]], *given: object, log: str
) -> list[Event]:
    """What the visit's `do` or `work` tells. A mistake of ours costs that alone, and is logged.

    log: where that is seen, for the visitor.
    """
    try:
        return act(*given)
    except Exception:
        LOG.exception("a command of a visitor failed")
        told = error_event("", tr("something went wrong here; {log} says what", log=log))
        return [told, *visit.halt()]


class Visit:
    """A visitor's training and drawings. It belongs to one thread at a time.

    shared: the images to learn from. limits: how much may be asked for. kept: where drawings are
    kept, by default in memory. model: who answers first, in place of the one that comes along.
    """

    def __init__(
        self,
        shared: Shared,
        limits: Limits | None = None,
        kept: Kept | None = None,
        model: Model | None = None,
    ) -> None:
        self._shared = shared
        self._limits = limits or Limits()
        self._answers = Answers(Kept() if kept is None else kept, model)
        self._trainer = Trainer(shared, self._limits)
        self._step = OneStep(shared)
        self._tasks = Tasks()
        self._language = ENGLISH
        self._looking = Looking(shared.data, self._answers.kept, self._answers.drawn, self._tasks)

    @property
    def busy(self) -> bool:
        """Whether there is something to learn, or to compute: see work."""
        return self._learns or self._tasks.busy

    @property
    def _learns(self) -> bool:
        return self._trainer.status == "running"

    def work(self, milliseconds: float) -> list[Event]:
        """Learn for about so long, and compute what was asked for; tell what happened."""
        with speaking(self._language), np.errstate(**RUN_AWAY):
            if not self._tasks.busy:
                return self._trainer.work(milliseconds)
            if not self._learns:
                return self._tasks.work(milliseconds)
            events = self._tasks.work(milliseconds / 2)
            return events + self._trainer.work(milliseconds / 2)

    def halt(self) -> list[Event]:
        """Learn and compute no more until asked to, after a mistake of ours."""
        self._tasks.drop()
        return self._trainer.halt()

    def do(self, name: object, given: object, arrays: Arrays) -> list[Event]:
        """Carry out a command, of which nothing is trusted; an `error` is an event too."""
        with speaking(self._language):
            return self._do(name, given, arrays)

    def _do(self, name: object, given: object, arrays: Arrays) -> list[Event]:
        try:
            command = checked(name, given, arrays)
            act: Callable[..., list[Event]] = getattr(self, f"_{command.name}")
            with np.errstate(**RUN_AWAY):
                return act(**command.fields, **command.arrays)
        except SettingsError as error:
            problem = f"{error.setting}: {translated(error.problem)}"
            return [error_event(name, problem, error.setting)]
        except DigitnetError as error:
            return [error_event(name, str(error))]
        except OSError as error:
            file = Path(error.filename).name if error.filename else tr("a file")
            why = error.strerror or error
            problem = tr("{file} could not be written: {why}", file=file, why=why)
            return [error_event(name, problem)]
        except MemoryError:
            return [error_event(name, tr("not enough memory for this"))]

    def _hello(self, language: str = ENGLISH) -> list[Event]:
        self._language = known(language)
        with speaking(self._language):
            return self._all()

    def _all(self) -> list[Event]:
        return [
            about(self._shared.data, self._limits),
            self._answers.about_the_model(self._trainer.model),
            self._trainer.standing(),
            self._answers.about_the_kept(),
            *self._trainer.curve.all(),
            *self._trainer.look_again(),
        ]

    def _forget(self, drawings: bool = False) -> list[Event]:
        if drawings or self._answers.kept.path is None:
            self._answers.kept.discard("all")
        self._answers.forget()
        self._step = OneStep(self._shared)
        self._looking.forget()
        self._prepare(Settings())
        return self._all()

    def _draw(self, number: int, pixels: Any) -> list[Event]:
        if pixels.size > SMALL_PIXELS:
            return self._in_turn(number, pixels)
        return [self._answers.answer(number, pixels, self._trainer.model)]

    def _picture(self, number: int, file: Any) -> list[Event]:
        return self._in_turn(number, file.tobytes())

    def _photo(self, number: int, colours: Any) -> list[Event]:
        return self._in_turn(number, colours)

    def _in_turn(self, number: int, source: Any) -> list[Event]:
        with self._shared.turns:
            return [self._answers.answer(number, source, self._trainer.model)]

    def _look(self, number: int, digit: int) -> list[Event]:
        return [self._answers.inside(number, digit, self._trainer.model)]

    def _use(self, model: str) -> list[Event]:
        return [self._answers.use(model, self._trainer.model)]

    def _load(self, file: Any) -> list[Event]:
        return [self._answers.load(file, self._trainer.model)]

    def _save(self) -> list[Event]:
        return [_file("model.npz", _bytes_of(self._trainer.trained()))]

    def _keep(self, number: int, digit: int, label: str) -> list[Event]:
        return [self._answers.keep(number, digit, label)]

    def _kept(self) -> list[Event]:
        return [_file("drawings.npz", self._answers.kept.as_file())]

    def _discard(self, which: str) -> list[Event]:
        self._answers.kept.discard(which)
        return [self._answers.about_the_kept()]

    def _configure(self, settings: dict[str, Any], recipe: str = "default") -> list[Event]:
        self._prepare(settings_of(settings, recipe))
        return [self._trainer.standing(), self._answers.about_the_model(None)]

    def _prepare(self, settings: Settings) -> None:
        """A trainer in place of the one there was, so that nothing of what that had stays."""
        trainer = Trainer(self._shared, self._limits)
        trainer.watched = self._trainer.watched
        trainer.configure(settings)
        self._trainer = trainer

    def _preview(self, settings: dict[str, Any]) -> list[Event]:
        return [preview(self._shared.data.train, settings_of(settings))]

    def _start(self, until: str) -> list[Event]:
        was_there = self._trainer.model is not None
        events = self._trainer.start(until)
        return events if was_there else [*events, self._model()]

    def _model(self) -> Event:
        return self._answers.about_the_model(self._trainer.model)

    def _pause(self) -> list[Event]:
        return self._trainer.pause()

    def _change(self, setting: str, value: Any) -> list[Event]:
        return self._trainer.change(setting, value)

    def _watch(self, tab: str) -> list[Event]:
        self._trainer.watched = tab == "train"
        return self._trainer.look_again()

    def _walk(
        self,
        network: str,
        source: str,
        image: int,
        rate: float,
        among: int | None = None,
        wrong: bool = False,
        target: int | None = None,
        units: list[int] | None = None,
        logit: int | None = None,
    ) -> list[Event]:
        wish = Wish(network, source, image, rate, among, wrong, target, units, logit)
        return [self._step.walk(wish, self._answers, self._trainer.model)]

    def _probe(self, layer: int, start: int, end: int) -> list[Event]:
        return [self._step.probe(layer, start, end)]

    def _look_at(self, fresh: bool = False) -> Looking:
        """At the network that answers now."""
        trainer = self._trainer
        step = trainer.learning.state.progress.step if trainer.learning else 0
        which, model = self._answers.which, self._answers.model(trainer.model)
        self._looking.at(which, model, step, fresh)
        return self._looking

    def _subject(self, fresh: bool) -> list[Event]:
        return [self._look_at(fresh).about()]

    def _evaluate(self, of: str) -> list[Event]:
        return self._look_at().evaluate(of)

    def _cell(
        self, of: str, first: int, row: int | None = None, column: int | None = None
    ) -> list[Event]:
        return self._look_at().cell(of, row, column, first)

    def _doubtful(self, of: str, below: float, first: int) -> list[Event]:
        return self._look_at().doubtful(of, below, first)

    def _inspect(self, source: str, index: int) -> list[Event]:
        return self._look_at().inside.inspect(source, index)

    def _unit(self, layer: int, unit: int) -> list[Event]:
        return self._look_at().inside.unit(layer, unit)

    def _switch(self, layer: int, unit: int, on: bool) -> list[Event]:
        return self._look_at().inside.switch(layer, unit, on)

    def _weigh(self, layer: int, unit: int, weight: float, input: int | None = None) -> list[Event]:
        return self._look_at().inside.weigh(layer, unit, weight, input)

    def _undo(self, which: str) -> list[Event]:
        return self._look_at().inside.undo(which)

    def _map(self) -> list[Event]:
        return self._look_at().map()

    def _robustness(self) -> list[Event]:
        return self._look_at().robustness()


def _bytes_of(model: Model) -> bytes:
    """The file that Model.save writes."""
    with tempfile.TemporaryDirectory(prefix="digitnet-") as folder:
        path = Path(folder) / "model.npz"
        model.save(path)
        return path.read_bytes()


def _file(name: str, content: bytes) -> Event:
    return Event("file", {"name": name}, {"file": np.frombuffer(content, np.uint8)})
