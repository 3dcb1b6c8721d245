"""The main job: data, training, test, run folder; without a command line and without a terminal.

    outcome = run_job(Plan(Settings(epochs=2), [Path("runs/mine")]), load_mnist())

    with open_job(resumed(Path("runs/mine"))) as job:    # step by step, for whoever shows something
        job.learn([print], should_stop=lambda: False)    # in between
        job.test()
        job.draw()

Nothing is printed, no signal is handled, and any thread will do: what happens is told to observers
(a record for each batch and epoch) and to `say` (a sentence now and then). An observer that waits
makes the training wait.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from digitnet.data import Dataset, Examples
from digitnet.errors import OptionError
from digitnet.report.canvas import as_png
from digitnet.report.metrics import Report, report
from digitnet.training import drawings
from digitnet.training.along import learning_of, prepared_by_all, together
from digitnet.training.aside import Begin, here
from digitnet.training.build import build_distortions
from digitnet.training.calibration import Calibration, calibrated
from digitnet.training.checkpoint import EVERY_S, Checkpoint, Checkpoints
from digitnet.training.diagnosis import Diagnosis, diagnose
from digitnet.training.learning import follow
from digitnet.training.material import Material, Say, prepared
from digitnet.training.outcome import Kept, Outcome, metrics_of
from digitnet.training.plan import Plan, follows_from_epochs
from digitnet.training.ranks import MPIRanks
from digitnet.training.runs import METRICS, MODEL, HistoryKeeper, RunFolder, as_its_run_says
from digitnet.training.settings import Settings
from digitnet.training.state import Ending, Observer
from digitnet.training.underway import Learned

TO_THE_END = (Ending.COMPLETED, Ending.STOPPED_EARLY)


def _silent(_: str) -> None:
    pass


def _never() -> bool:
    return False


def run_job(
    plan: Plan,
    data: Dataset | None = None,
    *,
    observers: Iterable[Observer] = (),
    should_stop: Callable[[], bool] = _never,
    say: Say = _silent,
    checkpoint_every_s: float = EVERY_S,
) -> Outcome:
    """Do all that the plan says, and leave a run folder.

    data: to learn from and to test with; without them, those of the plan's source are loaded.
    observers: called with every record, in turn. should_stop: asked after every batch.
    say: told in a sentence what is going on, and what could not be done.
    checkpoint_every_s: time between two checkpoints in the run folder.
    Raises DigitnetError for a plan or data that cannot be used, OSError if no folder can be made.
    """
    with open_job(plan, data, say=say, checkpoint_every_s=checkpoint_every_s) as job:
        learned = job.learn(observers, should_stop)
        report = job.test()
        job.draw()
    return Outcome(learned, report, job.diagnosis, job.kept)


@contextmanager
def open_job(
    plan: Plan,
    data: Dataset | None = None,
    *,
    say: Say = _silent,
    checkpoint_every_s: float = EVERY_S,
    ranks: MPIRanks | None = None,
    begin: Begin = here,
) -> Iterator["Job"]:
    """A job whose data are split and whose run folder is its own until the end of the block.

    There what could not be written is tried again, also after an error. Parameters and errors are
    those of run_job. ranks: the processes that learn together, of which this is the first one; the
    others `learn_along`. begin: what measures and draws.
    """
    material = _prepared(plan, data, say, ranks)
    _check_data(plan, material.about)
    with _opened(plan, say) as folder:
        _record(plan, material.about, folder)
        checkpoints = Checkpoints(folder.path, say, checkpoint_every_s)
        start = _start_of(plan, checkpoints, say)
        job = Job(plan, material, folder, checkpoints, start, ranks, begin)
        del material  # of which the job lets go when it has learned
        done = False
        try:
            yield job
            done = True
        finally:
            job.settle(done)


class Job:
    """A training from its first batch to its figures: learn, test and draw, once, in this order.

    settings; n_steps: batches of an epoch; n_done: epochs that were over before, if a run goes on.
    diagnosis: of what was learned; None if all is well. calibration: on the images held out; None
    without any, and of a training that has not gone to its end.
    """

    def __init__(
        self,
        plan: Plan,
        material: Material,
        folder: RunFolder,
        checkpoints: Checkpoints,
        start: Checkpoint | None,
        ranks: MPIRanks | None = None,
        begin: Begin = here,
    ) -> None:
        self.settings = plan.settings
        self.n_steps = math.ceil(len(material.examples) / plan.settings.batch_size)
        self.n_done = len(start.history) if start else 0
        self.diagnosis: Diagnosis | None = None
        self.calibration: Calibration | None = None
        self._plan, self._start, self._ranks, self._begin = plan, start, ranks, begin
        self._folder, self._checkpoints = folder, checkpoints
        self._parts: tuple[Examples, Examples] | None = (material.examples, material.held_out)
        self._test, self._samples = material.test, material.samples
        self._classes = material.classes
        self._learned: Learned | None = None
        self._report: Report | None = None

    def learn(
        self, observers: Iterable[Observer] = (), should_stop: Callable[[], bool] = _never
    ) -> Learned:
        """Train the network to one of its endings, keeping its history, and keep the model."""
        if not self._parts:
            raise RuntimeError("expected learn() to be called once, got a second call")
        examples, held_out = self._parts
        self._parts = None  # drawing takes memory too
        history = self._start.history if self._start else []
        with together(self._ranks, self._start):
            learned = follow(
                learning_of(self._plan, examples, held_out, self._classes, self._ranks),
                observers=(HistoryKeeper(self._folder, history), *observers),
                should_stop=should_stop,
                checkpoints=self._checkpoints,
                start=self._start,
            )
        self.diagnosis = diagnose(learned, held_out, examples)
        if learned.ending in TO_THE_END:
            self.calibration = calibrated(learned.model, held_out)
        self._folder.model(learned.model)
        self._learned = learned
        return learned

    def test(self) -> Report | None:
        """How well the model reads the test set; None if it has not learned to the end."""
        learned, files = self._trained(), self._folder.files
        if learned.ending in TO_THE_END:
            probabilities = learned.model.predict_proba(self._test.images)
            measure = partial(report, probabilities, self._test.labels, self._classes)
            (measured,) = self._begin([measure])
            self._report = measured()
            self._folder.metrics(metrics_of(learned, self._report, self.calibration))
        elif MODEL not in files.lost:
            for name in (METRICS, *drawings.OF_THE_TEST):
                files.forget(name)  # of the model before, if a run that had ended is trained longer
        return self._report

    def draw(self) -> list[str]:
        """Draw all figures that there are; returns the names of those that could be drawn."""
        distort = build_distortions(self.settings)
        everything = drawings.of_the_training(self._trained())
        if self._report:
            everything |= drawings.of_the_test(self._report, self._test)
        everything |= drawings.of_the_distortions(distort, self._samples)
        pngs = self._begin([partial(as_png, draw) for draw in everything.values()])
        named = zip(everything, pngs, strict=True)
        return [name for name, png in named if self._folder.figure(name, png)]

    @property
    def kept(self) -> Kept:
        """Where the files are; what could not be written is tried once more at the end."""
        path, files = self._folder.path, self._folder.files
        return Kept(path, tuple(files.lost), files.rescue, files.problem, Checkpoints.exist(path))

    def settle(self, done: bool) -> None:
        """Write what could not be written before; if nothing went wrong, the training is over."""
        with suppress(OSError):  # a folder that vanished
            self._checkpoints.drop_older()  # which makes room
        self._folder.files.settle(first=MODEL)
        if done and self._learned and self.kept.whole:
            _end(self._checkpoints, self._learned.ending, self.settings)

    def _trained(self) -> Learned:
        if self._learned is None:
            raise RuntimeError("expected learn() to be called first")
        return self._learned


def _prepared(plan: Plan, data: Dataset | None, say: Say, ranks: MPIRanks | None) -> Material:
    """The data, on all ranks if there are several."""
    if not ranks:
        said = plan.data and plan.data.get("source")
        with as_its_run_says("the run", said if said == plan.source else None):
            return prepared(plan, data, say)
    ranks.hand_on(plan)
    say(f"Learning on {ranks.n} ranks: {ranks.places()}")
    return prepared_by_all(ranks, plan, data, say)


def _check_data(plan: Plan, about: dict[str, Any]) -> None:
    """Raise DigitnetError unless the data are those that the plan's run has learned from."""
    if plan.data is None:
        return
    then, now = ({**each, "source": None, "name": None} for each in (plan.data, about))
    if then != now:
        option = "resume" if plan.resumed else "begin_at"
        there = "others, or other labels" if _size(then) == _size(now) else _size(now)
        problem = f"that run learned from {_size(then)}; now there are {there}"
        raise OptionError.of(option, problem)


def _size(about: Mapping[str, Any]) -> str:
    train, held_out, test = (about.get(name) for name in ("train", "validation", "test"))
    return f"{train} images, with {held_out} held out and {test} to test"


def _opened(plan: Plan, say: Say) -> RunFolder:
    """A new run folder, or that of the run that goes on."""
    return RunFolder.existing(plan.paths[0], say) if plan.resumed else RunFolder(plan.paths, say)


def _record(plan: Plan, about: dict[str, Any], folder: RunFolder) -> None:
    """Write the settings to the run folder, unless it has them."""
    if not plan.resumed:
        folder.config(plan.settings.as_dict(), about, plan.origin, plan.epochs_before)
    elif plan.changed:
        if not Checkpoints.exist(folder.path):
            Checkpoints.reopen(folder.path)
        folder.reconfigure(plan.settings.as_dict())


def _start_of(plan: Plan, checkpoints: Checkpoints, say: Say) -> Checkpoint | None:
    """Where a run goes on from, if it does. Raises DigitnetError if nobody knows."""
    if not plan.resumed:
        return None
    start = checkpoints.load()
    if not start and plan.origin:
        raise OptionError(
            lambda named: (
                f"{named('resume')}: no checkpoint holds the weights at which this run began; "
                f"{named('begin_at')} {plan.origin} begins another one"
            )
        )
    if start:
        say(f"Going on after step {start.header['step']}")
    else:
        say("There is no checkpoint to go on from: the training begins at its first step")
    return start


def _end(checkpoints: Checkpoints, ending: Ending, settings: Settings) -> None:
    """Keep the last state of a training that has ended if more epochs or patience can follow it."""
    if ending is Ending.INTERRUPTED:
        return
    longer = ending is Ending.COMPLETED and not follows_from_epochs(settings)
    with suppress(OSError):
        checkpoints.end(keep=longer or ending is Ending.STOPPED_EARLY)
