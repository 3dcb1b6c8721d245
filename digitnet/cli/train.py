"""Train a network to read handwritten digits (MNIST), test it, and write a run folder.

Without options: one hidden layer of 128 ReLU units, softmax, cross-entropy, mini-batch gradient
descent with momentum; about 98.3 % of the test images are read right. Ctrl-C stops after the
current batch and keeps what there is; --resume goes on from there. With a larger --epochs, --resume
also trains a run longer that has ended.
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet.cli.common import (
    add_daily_options,
    add_settings,
    converter,
    load_for_command,
    option_name,
)
from digitnet.cli.folders import open_folder, settle, start_of
from digitnet.cli.plans import plan
from digitnet.data import Examples, hold_out
from digitnet.model import Model
from digitnet.nn import Epoch
from digitnet.report import figures
from digitnet.report.lettering import lettering
from digitnet.report.metrics import Report, evaluate_model
from digitnet.report.tables import report_tables
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.training.build import build_distortions, check_size
from digitnet.training.checkpoint import EVERY_S, Checkpoint, Checkpoints
from digitnet.training.diagnosis import diagnose
from digitnet.training.interruption import STATUS, Interruption
from digitnet.training.learning import Learned, learn
from digitnet.training.runs import METRICS, MODEL, HistoryKeeper, RunFolder
from digitnet.training.settings import Settings
from digitnet.training.state import Ending

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUMMARY = "train a network, test it, and write a run folder"
USAGE = "[options]"
EXAMPLES = """
PROG  # the default network: 12 s, 98.3 %
PROG --recipe quick  # larger, on distorted images: a minute, 99.2 %
PROG --hidden 256,128 --epochs 10  # two hidden layers
PROG --data mine.npz --name mine  # images of your own, into runs/mine
PROG --resume runs/mine  # go on after Ctrl-C
"""
DAILY = ("hidden_layer_sizes", "epochs", "batch_size", "learning_rate", "dropout", "seed")
HARDER = ("dropout", "mixup", "rotation", "scale", "shear", "shift", "elastic", "stroke")
"""Settings that make training harder than validation."""
N_SAMPLES = 8
"""Images that the figure of distortions shows."""
OF_THE_TEST = (METRICS, "confusion-matrix.png", "class-scores.png", "mistakes.png")
EXIT_STATUS = {
    Ending.COMPLETED: 0,
    Ending.STOPPED_EARLY: 0,
    Ending.DIVERGED: 1,
    Ending.INTERRUPTED: STATUS,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is used daily first, then the other settings in their groups, and where to write."""
    daily = parser.add_argument_group("used daily")
    add_daily_options(daily, DAILY)
    daily.add_argument(
        "--name",
        metavar="NAME",
        help="name of the run folder, a new one (default: date and time)",
    )
    daily.add_argument(
        "--resume",
        metavar="RUN",
        type=Path,
        help="go on with an interrupted run, by its folder, as if it had not been interrupted; or, "
        "with a larger --epochs or --early-stopping, with one that has ended",
    )
    add_settings(parser, but=DAILY)
    output = parser.add_argument_group("output")
    output.add_argument(
        "--from",
        dest="begin_at",
        metavar="RUN",
        type=Path,
        help="begin a new run at the weights of another one, by its folder, with its data and its "
        "settings but for those given",
    )
    output.add_argument(
        "--checkpoint-every",
        metavar="SECONDS",
        type=converter("a number of at least 0", float, lambda value: value >= 0),
        default=EVERY_S,
        help="time between two checkpoints in the run folder (default: %(default)g)",
    )
    output.add_argument(
        "--runs-dir",
        metavar="FOLDER",
        type=Path,
        default=Path("runs"),
        help="where the run folder is made (default: runs)",
    )


def run(options: argparse.Namespace) -> int:
    """The main job: data, training, test, run folder. Returns the exit status."""
    job = plan(options)
    settings, terminal = job.settings, open_terminal(keep_going=True)
    data = load_for_command(job.source, terminal)
    check_size(settings, data.train, len(data.classes))
    examples, held_out = hold_out(data.train, settings.validation_fraction, settings.seed)
    terminal.say(f"{len(held_out) or 'None'} of those to learn from are held out to validate on")
    with open_folder(job, data, examples, held_out, terminal) as folder:
        checkpoints = Checkpoints(folder.path, terminal.say, options.checkpoint_every)
        start = start_of(job, checkpoints, terminal)
        test, classes = data.test, data.classes
        samples = examples.images[:N_SAMPLES].astype(np.float32)
        del data  # the split has copied what it needs, or is all of it
        interruption, learned = Interruption(), None
        try:
            with interruption:
                observed = _Observed(folder, terminal, interruption, checkpoints, start, job.begin)
                learned = _learn(settings, examples, held_out, classes, observed)
                diagnosis = diagnose(learned, held_out, examples)
                del examples, held_out  # drawing takes memory too
                _finish(settings, learned, test, samples, folder, terminal)
                if diagnosis:
                    terminal.say(f"\n{diagnosis.sentences(option_name)}")
        except KeyboardInterrupt:  # the second Ctrl-C
            terminal.say(f"\nInterrupted. What was written until now is in {folder.path}")
            interruption.requested, learned = True, None
        written = settle(folder, checkpoints, learned, settings, terminal)
    if not written:
        return 1
    return EXIT_STATUS[
        Ending.INTERRUPTED if interruption.requested or not learned else learned.ending
    ]


class _Observed(NamedTuple):
    """Who looks on, who may stop it, where its state is kept, where it goes on from or begins."""

    folder: RunFolder
    terminal: Terminal
    interruption: Interruption
    checkpoints: Checkpoints
    start: Checkpoint | None
    begin: Model | None


def _learn(
    settings: Settings,
    examples: Examples,
    held_out: Examples,
    classes: tuple[str, ...],
    observed: _Observed,
) -> Learned:
    """Learn under the user's eyes: history to the run folder, progress to the terminal."""
    start, n_steps = observed.start, math.ceil(len(examples) / settings.batch_size)
    history = start.history if start else []
    keeper = HistoryKeeper(observed.folder, history)
    with observed.terminal.progress(settings.epochs, n_steps, len(history)) as progress:
        return learn(
            settings,
            examples,
            held_out,
            classes,
            observers=(keeper, progress),
            should_stop=lambda: observed.interruption.requested,
            checkpoints=observed.checkpoints,
            start=start,
            begin=observed.begin,
        )


def _finish(
    settings: Settings,
    learned: Learned,
    test: Examples,
    samples: NDArray[np.float32],
    folder: RunFolder,
    terminal: Terminal,
) -> None:
    """Keep the model; test it if it learned to the end; write metrics and figures."""
    folder.model(learned.model)
    terminal.say(f"\n{_ending(settings, learned)}")
    report = None
    if learned.ending in (Ending.COMPLETED, Ending.STOPPED_EARLY):
        report = evaluate_model(learned.model, test)
        terminal.say(report.summary())
        for table in report_tables(report):
            terminal.show(table)
        folder.metrics(_metrics(learned, report))
    drawings = _drawings(learned, report, test)
    if distort := build_distortions(settings):
        drawings["distortions.png"] = lambda: figures.distortions(samples, distort)
    drawn = [folder.figure(name, draw) for name, draw in drawings.items()]
    if any(drawn) and (letters := lettering(learned.model.classes)).numbered:
        terminal.say(f"\n{letters.note}")
    if not report and MODEL not in folder.files.lost:
        for name in OF_THE_TEST:  # of the model before, if a run that had ended is trained longer
            folder.files.forget(name)


def _ending(settings: Settings, learned: Learned) -> str:
    """How the training ended, and which weights are kept, in words."""
    n_epochs = len(learned.history)
    kept = f"the weights of epoch {n_epochs}" if n_epochs else "the initial weights"
    if settings.early_stopping and learned.best_epoch:
        kept = f"the weights of epoch {learned.best_epoch}, with the lowest validation loss"
    elif learned.ending is Ending.INTERRUPTED:
        kept = "the weights after the last batch"
    elif settings.averaging and learned.ending is Ending.COMPLETED:
        kept = f"the mean of the weights over the last {100 * settings.averaging:g} % of the steps"
    if learned.failure:
        return (
            f"The training {learned.failure}. Try a lower --learning-rate "
            f"(it was {settings.highest_learning_rate:g}) or some --warmup. Kept: {kept}."
        )
    after = f" after {n_epochs} whole epochs" if learned.ending is Ending.INTERRUPTED else ""
    return f"Training {learned.ending.value}{after}. Kept: {kept}."


def _kept_epoch(learned: Learned) -> int:
    """The epoch whose weights are kept, from 1; 0 if it is none's."""
    if learned.model.config["early_stopping"] and learned.best_epoch:
        return learned.best_epoch
    return 0 if learned.ending is Ending.INTERRUPTED else len(learned.history)


def _metrics(learned: Learned, report: Report) -> dict[str, Any]:
    best = learned.history[learned.best_epoch - 1] if learned.best_epoch else None
    return {
        "test": report.as_dict(),
        "training": {
            "ending": learned.ending.value,
            "epochs": len(learned.history),
            "seconds": sum(record.seconds for record in learned.history),
            "last_epoch": _for_json(learned.history[-1]),
            "best_epoch": best and _for_json(best),
        },
    }


def _for_json(record: Epoch) -> dict[str, float | None]:
    """The record with null in place of NaN: where nothing was held out."""
    return {name: None if math.isnan(value) else value for name, value in record._asdict().items()}


def _drawings(
    learned: Learned, report: Report | None, test: Examples
) -> dict[str, Callable[[], "Figure"]]:
    """All that can be drawn of this training, by the names of the files."""
    settings, drawings = learned.model.config, dict[str, Callable[[], "Figure"]]()
    if learned.history:
        drawings["learning-curves.png"] = lambda: figures.learning_curves(
            learned.history,
            learned.best_epoch,
            _kept_epoch(learned),
            [name for name in HARDER if settings[name]],
        )
    drawings["first-layer.png"] = lambda: figures.first_layer(learned.model, bool(learned.history))
    if report:
        drawings["confusion-matrix.png"] = lambda: figures.confusion_matrix(report)
        drawings["class-scores.png"] = lambda: figures.class_scores(report)
        drawings["mistakes.png"] = lambda: figures.mistakes(test.images, report)
    return drawings
