"""The run folder around a training: opened before it, settled after it."""

import zlib
from contextlib import suppress

import numpy as np

from digitnet.cli.plans import Plan, follows_from_epochs
from digitnet.data import Dataset, Examples
from digitnet.errors import DigitnetError
from digitnet.report.terminal import Terminal
from digitnet.training.checkpoint import Checkpoint, Checkpoints
from digitnet.training.learning import Learned
from digitnet.training.runs import MODEL, RunFolder
from digitnet.training.settings import Settings
from digitnet.training.state import Ending


def open_folder(
    job: Plan, data: Dataset, examples: Examples, held_out: Examples, terminal: Terminal
) -> RunFolder:
    """A new run folder, or that of the run that goes on, if its data are still the same."""
    about = {
        "name": data.name,
        "source": job.source,
        "train": len(examples),
        "validation": len(held_out),
        "test": len(data.test),
        "crc32": _checksum(examples),
    }
    if job.data is not None and job.data != about:
        option = "--resume" if job.resumed else "--from"
        raise DigitnetError(f"{option}: that run learned from {job.data}, now there is {about}")
    if not job.resumed:
        folder = RunFolder(job.paths, terminal.say)
        folder.config(job.settings.as_dict(), about, job.origin)
        return folder
    folder = RunFolder.existing(job.paths[0], terminal.say)
    if job.changed:
        if not Checkpoints.exist(folder.path):
            Checkpoints.reopen(folder.path)
        folder.reconfigure(job.settings.as_dict())
    return folder


def _checksum(examples: Examples) -> int:
    """CRC-32 of the images and their labels."""
    checksum = 0
    for array in (examples.images, examples.labels):
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    return checksum


def start_of(job: Plan, checkpoints: Checkpoints, terminal: Terminal) -> Checkpoint | None:
    """Where a run goes on from, if it does. Raises DigitnetError if nobody knows."""
    if not job.resumed:
        return None
    start = checkpoints.load()
    if not start and job.origin:
        raise DigitnetError(
            f"--resume: no checkpoint holds the weights at which this run began; --from "
            f"{job.origin} begins another one"
        )
    terminal.say(f"Going on after step {start.header['step'] if start else 0}")
    return start


def settle(
    folder: RunFolder,
    checkpoints: Checkpoints,
    learned: Learned | None,
    settings: Settings,
    terminal: Terminal,
) -> bool:
    """Write what could not be written before, and say where all is; whether it is written.

    learned: None if that was interrupted.
    """
    files, path = folder.files, folder.path
    with suppress(OSError):  # a folder that vanished
        checkpoints.drop_older()
    files.settle(first=MODEL)
    over = learned is not None and learned.ending is not Ending.INTERRUPTED
    if learned and over and not files.rescue and not files.lost:
        keep = learned.ending is Ending.STOPPED_EARLY or not follows_from_epochs(settings)
        with suppress(OSError):
            checkpoints.end(keep=keep and learned.ending is not Ending.DIVERGED)
    if Checkpoints.exist(path):
        terminal.say(f"\nGo on with: --resume {path}")
    if files.lost:
        terminal.say(f"\nCould not be written anywhere ({files.problem}): {', '.join(files.lost)}")
    if files.rescue:
        terminal.say(f"\nNot all could be written to {path}; the rest is in {files.rescue}")
    elif not files.lost and learned:
        terminal.say(f"\nModel, history and figures are in {path}")
    return not (files.rescue or files.lost)
