"""Train a network to read handwritten digits (MNIST), test it, and write a run folder.

Without options: one hidden layer of 128 ReLU units, softmax, cross-entropy, mini-batch gradient
descent with momentum; about 98.3 % of the test images are read right. Ctrl-C stops after the
current batch and keeps what there is; --resume goes on from there.
"""

import argparse
import math
import zlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitnet import figures
from digitnet.checkpoint import EVERY_S, Checkpoint, Checkpoints
from digitnet.cli.common import (
    add_daily_options,
    add_settings,
    converter,
    load_for_command,
    option_name,
    settings_from,
)
from digitnet.cli.tables import report_tables
from digitnet.course import Ending
from digitnet.data import Dataset, Examples, hold_out
from digitnet.diagnosis import diagnose
from digitnet.errors import DigitnetError
from digitnet.evaluation import Report, evaluate_model
from digitnet.interruption import Interruption
from digitnet.learning import Learned, build_distortions, check_size, learn
from digitnet.lettering import lettering
from digitnet.nn import Epoch
from digitnet.runs import MODEL, HistoryKeeper, RunFolder, read_config, run_folder_paths
from digitnet.settings import Settings, SettingsError
from digitnet.terminal import Terminal, open_terminal

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
EXIT_STATUS = {
    Ending.COMPLETED: 0,
    Ending.STOPPED_EARLY: 0,
    Ending.DIVERGED: 1,
    Ending.INTERRUPTED: 130,
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
        help="go on with an interrupted run, by its folder, as if it had not been interrupted",
    )
    add_settings(parser, but=DAILY)
    output = parser.add_argument_group("output")
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
    plan = _rest_of_run(options) if options.resume else _new_run(options)
    settings, terminal = plan.settings, open_terminal(keep_going=True)
    data = load_for_command(plan.source, terminal)
    check_size(settings, data.train, len(data.classes))
    examples, held_out = hold_out(data.train, settings.validation_fraction, settings.seed)
    terminal.say(f"{len(held_out) or 'None'} of those to learn from are held out to validate on")
    folder = _folder(plan, data, examples, held_out, terminal)
    checkpoints = Checkpoints(folder.path, terminal.say, options.checkpoint_every)
    start = checkpoints.load() if options.resume else None
    if options.resume:
        terminal.say(f"Going on after step {start.header['step'] if start else 0}")
    test, classes = data.test, data.classes
    samples = examples.images[:N_SAMPLES].astype(np.float32)
    del data  # the split has copied what it needs, or is all of it
    try:
        with Interruption() as interruption:
            observed = _Observed(folder, terminal, interruption, checkpoints, start)
            learned = _learn(settings, examples, held_out, classes, observed)
            diagnosis = diagnose(learned, held_out, examples)
            del examples, held_out  # drawing takes memory too
            _finish(settings, learned, test, samples, folder, terminal)
            if diagnosis:
                terminal.say(f"\n{diagnosis.sentences(option_name)}")
    except KeyboardInterrupt:  # the second Ctrl-C
        terminal.say(f"\nInterrupted. What was written until now is in {folder.path}")
        if Checkpoints.exist(folder.path):
            terminal.say(f"Go on with: --resume {folder.path}")
        return EXIT_STATUS[Ending.INTERRUPTED]
    if learned.ending is Ending.INTERRUPTED:
        terminal.say(f"\nGo on with: --resume {folder.path}")
    else:
        checkpoints.discard()
    if folder.rescue:
        terminal.say(f"\nNot all could be written to {folder.path}; the rest is in {folder.rescue}")
        return 1
    terminal.say(f"\nModel, history and figures are in {folder.path}")
    return EXIT_STATUS[Ending.INTERRUPTED if interruption.requested else learned.ending]


class _Plan(NamedTuple):
    """What is to be run: a new training, or, with the data of one that began, the rest of it."""

    settings: Settings
    source: str | None
    paths: list[Path]
    data: dict[str, Any] | None


def _new_run(options: argparse.Namespace) -> _Plan:
    settings = settings_from(options)
    return _Plan(settings, options.data, run_folder_paths(options.runs_dir, options.name), None)


def _rest_of_run(options: argparse.Namespace) -> _Plan:
    """Raises DigitnetError if there is no such run, it has ended, or options would change it."""
    given = [each.name for each in fields(Settings) if each.name in vars(options)]
    given += [name for name in ("data", "name") if getattr(options, name) is not None]
    given += ["recipe"] if options.recipe != "seed" else []
    if given:
        raise DigitnetError(
            "--resume goes on with the settings and the data of the run: leave out "
            + ", ".join(given)
        )
    config = read_config(options.resume)
    if (options.resume / MODEL).exists() and not Checkpoints.exist(options.resume):
        raise DigitnetError(f"--resume: the training of {options.resume} has ended")
    try:
        settings, data = Settings(**config["settings"]), config["data"]
        return _Plan(settings, data["source"], [options.resume], data)
    except (KeyError, TypeError, SettingsError) as error:
        raise DigitnetError(
            f"--resume: {options.resume} holds no settings that this version knows: {error}"
        ) from error


def _folder(
    plan: _Plan, data: Dataset, examples: Examples, held_out: Examples, terminal: Terminal
) -> RunFolder:
    """A new run folder, or that of the run that goes on, if its data are still the same."""
    about = {
        "name": data.name,
        "source": plan.source,
        "train": len(examples),
        "validation": len(held_out),
        "test": len(data.test),
        "crc32": _checksum(examples),
    }
    if plan.data is None:
        folder = RunFolder(plan.paths, terminal.say)
        folder.config(plan.settings.as_dict(), about)
        return folder
    if plan.data != about:
        raise DigitnetError(f"--resume: that run learned from {plan.data}, now there is {about}")
    return RunFolder.existing(plan.paths[0], terminal.say)


def _checksum(examples: Examples) -> int:
    """CRC-32 of the images and their labels."""
    checksum = 0
    for array in (examples.images, examples.labels):
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    return checksum


class _Observed(NamedTuple):
    """Who looks on, who may stop it, where its state is kept, and where it goes on from."""

    folder: RunFolder
    terminal: Terminal
    interruption: Interruption
    checkpoints: Checkpoints
    start: Checkpoint | None


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
    if (letters := lettering(learned.model.classes)).numbered:
        terminal.say(f"\n{letters.note}")
    for name, figure in _figures(learned, report, test):
        folder.figure(name, figure)
    if distort := build_distortions(settings):
        folder.figure("distortions.png", figures.distortions(samples, distort))


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


def _figures(
    learned: Learned, report: Report | None, test: Examples
) -> Iterator[tuple[str, "Figure"]]:
    """File name and figure of all that can be drawn of this training."""
    settings = learned.model.config
    if learned.history:
        yield (
            "learning-curves.png",
            figures.learning_curves(
                learned.history,
                learned.best_epoch,
                _kept_epoch(learned),
                [name for name in HARDER if settings[name]],
            ),
        )
    yield "first-layer.png", figures.first_layer(learned.model, bool(learned.history))
    if report:
        yield "confusion-matrix.png", figures.confusion_matrix(report)
        yield "class-scores.png", figures.class_scores(report)
        yield "mistakes.png", figures.mistakes(test.images, report)
