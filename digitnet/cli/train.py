"""Train a network to read handwritten digits (MNIST), test it, and write a run folder.

Without options: one hidden layer of 128 ReLU units, softmax, cross-entropy, mini-batch gradient
descent with momentum; about 98.3 % of the test images are read right. Ctrl-C stops after the
current batch and keeps what there is; --resume goes on from there. With a larger --epochs, --resume
also trains a run longer that has ended, if its schedule does not depend on how long it lasts
(--schedule constant or step).
"""

import argparse
from functools import partial
from pathlib import Path

from digitnet.cli import committee
from digitnet.cli.common import (
    add_daily_options,
    add_settings,
    converter,
    given_settings,
    option_name,
    settings_from,
    whole_number,
)
from digitnet.cli.many import add_workers_options, many
from digitnet.cli.ranks import with_ranks
from digitnet.errors import DigitnetError
from digitnet.model.parts import MOST_MEMBERS
from digitnet.report.lettering import lettering
from digitnet.report.tables import report_tables
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.training.aside import Begin, aside
from digitnet.training.checkpoint import EVERY_S
from digitnet.training.committee import n_members_in
from digitnet.training.idle import idle
from digitnet.training.interruption import STATUS, Interruption
from digitnet.training.job import Job, open_job
from digitnet.training.outcome import how_it_ended
from digitnet.training.plan import Plan, begun_at, resumed
from digitnet.training.ranks import MPIRanks
from digitnet.training.runs import run_folder_paths
from digitnet.training.state import Ending
from digitnet.training.underway import Learned

SUMMARY = "train a network, test it, and write a run folder"
USAGE = "[options]"
EXAMPLES = """
PROG  # the default network: 9 s, 98.3 %
PROG --recipe quick  # larger, on distorted images: a minute, 99.2 %
PROG --hidden 256,128 --epochs 10  # two hidden layers
PROG --data mine.npz --name mine  # images of your own, into runs/mine
PROG --settings runs/sweep/best.json  # the best that a sweep has found
PROG --resume runs/mine  # go on after Ctrl-C
PROG --committee 5 --workers 2  # five networks, averaged as one model
"""
DAILY = ("hidden_layer_sizes", "epochs", "batch_size", "learning_rate", "dropout", "seed")
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
    daily.add_argument(
        "--committee",
        metavar="N",
        type=whole_number(1, MOST_MEMBERS, "a number"),
        default=1,
        help="train N networks that differ in their seeds, --seed and those after it, and make one "
        "model that averages them (default: 1)",
    )
    daily.add_argument(
        "--unlike",
        action="store_true",
        help="with --committee: networks that differ also in whether they see pixels or oriented "
        "gradients, in their depth, and in whether their images are deskewed",
    )
    add_settings(parser, but=DAILY)
    add_workers_options(parser)
    output = parser.add_argument_group("output")
    output.add_argument(
        "--from",
        dest="begin_at",
        metavar="RUN",
        type=Path,
        help="begin a new run at the weights of another one, by its folder, with its data and its "
        "settings but for those given, and with other random numbers",
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
    """Do the job, alone or with others. Returns the exit status."""
    return with_ranks(lambda ranks: _run(options, ranks))


def _run(options: argparse.Namespace, ranks: MPIRanks | None) -> int:
    """Do the job, and say what comes of it. Returns the exit status."""
    if committee.is_committee(options):
        if ranks:
            raise DigitnetError("expected one network for all ranks, got --committee under mpiexec")
        return committee.run(options)
    if options.settings and (n := n_members_in(options.settings)):
        raise DigitnetError(
            f"{options.settings}: these are the settings of a committee; expected --committee {n} "
            "too"
        )
    if many(options):
        raise DigitnetError("expected --committee too: one network is trained by one process")
    plan, terminal = plan_from(options), open_terminal(keep_going=True, live=not ranks)
    for name, told in idle(plan.settings, given_settings(options)).items():
        terminal.say(f"{option_name(name)} {told}")
    every_s = options.checkpoint_every
    interruption = Interruption()
    job: Job | None = None
    learned: Learned | None = None
    try:
        with (
            aside(wanted=not ranks) as begin,
            open_job(
                plan, say=terminal.say, checkpoint_every_s=every_s, ranks=ranks, begin=begin
            ) as job,
            interruption,
        ):
            learned = _train(job, terminal, interruption, begin)
    except KeyboardInterrupt:  # the second Ctrl-C
        if job is None:
            raise
        terminal.say(f"\nInterrupted. What was written until now is in {job.kept.folder}")
    _say_where(job, learned, terminal)
    if not job.kept.whole:
        return 1
    if interruption.requested or not learned:
        return STATUS
    return EXIT_STATUS[learned.ending]


def plan_from(options: argparse.Namespace) -> Plan:
    """The plan that the options ask for. Raises DigitnetError if it cannot be carried out."""
    if options.resume and options.begin_at:
        raise DigitnetError("expected --resume or --from, got both")
    if options.settings and (options.resume or options.begin_at):
        raise DigitnetError(
            "--resume and --from take the settings of their run: leave out --settings"
        )
    given = given_settings(options)
    others = {"data": options.data, "name": options.name if options.resume else None}
    given |= {name: value for name, value in others.items() if value is not None}
    if options.recipe != "default":
        given["recipe"] = options.recipe
    if options.resume:
        return resumed(options.resume, given)
    paths = run_folder_paths(options.runs_dir, options.name)
    if options.begin_at:
        return begun_at(options.begin_at, given, paths)
    return Plan(settings_from(options), paths, options.data)


def _train(job: Job, terminal: Terminal, interruption: Interruption, begin: Begin) -> Learned:
    """Learn, test and draw under the user's eyes."""
    with terminal.progress(job.settings.epochs, job.n_steps, job.n_done) as progress:
        learned = job.learn([progress], should_stop=lambda: interruption.requested)
    terminal.say(f"\n{how_it_ended(learned, option_name)}")
    if report := job.test():
        terminal.say(report.summary())
        for table in report_tables(report):
            terminal.show(table)
    (letters,) = begin([partial(lettering, learned.model.classes)])
    if job.draw() and letters().numbered:
        terminal.say(f"\n{letters().note}")
    if job.diagnosis:
        terminal.say(f"\n{job.diagnosis.sentences(option_name)}")
    return learned


def _say_where(job: Job, learned: Learned | None, terminal: Terminal) -> None:
    """Where all is that was written, and how to go on from there."""
    kept = job.kept
    if kept.resumable:
        terminal.say(f"\nGo on with: --resume {kept.folder}")
    if kept.lost:
        names = ", ".join(kept.lost)
        terminal.say(f"\nCould not be written anywhere ({kept.problem}): {names}")
    if kept.rescue:
        terminal.say(f"\nNot all could be written to {kept.folder}; the rest is in {kept.rescue}")
    elif not kept.lost and learned:
        terminal.say(f"\nModel, history and figures are in {kept.folder}")
