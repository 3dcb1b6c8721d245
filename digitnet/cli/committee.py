"""`train --committee`: several networks, averaged as one model."""

import argparse
from collections.abc import Iterator

from digitnet.cli.common import given_settings, load_for_command, option_name, settings_from
from digitnet.cli.info import setting_text
from digitnet.cli.many import many, workers_from
from digitnet.data import Dataset
from digitnet.errors import DigitnetError
from digitnet.report.tables import report_tables
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.training.committee import (
    Committee,
    Member,
    begin,
    committee_of,
    keep,
    n_members_of,
    train_member,
)
from digitnet.training.interruption import STATUS, Interruption
from digitnet.training.job import open_job
from digitnet.training.outcome import what_may_converge
from digitnet.training.runs import run_folder_paths
from digitnet.training.state import Ending


def is_committee(options: argparse.Namespace) -> bool:
    """Whether a committee is asked for, or the rest of one."""
    if options.unlike and (options.committee == 1 or options.resume):
        raise DigitnetError("expected --committee with --unlike, and a new run")
    if options.committee == 1:
        return options.resume is not None and n_members_of(options.resume) > 0
    if options.resume or options.begin_at:
        raise DigitnetError("expected --committee for a new run, got --resume or --from too")
    return True


def run(options: argparse.Namespace) -> int:
    """Train the members, average them, and say what comes of it. Returns the exit status."""
    terminal = open_terminal(keep_going=True)
    committee = _begun(options)
    data = load_for_command(committee.source, terminal)
    try:
        with Interruption(at_once=many(options)) as interruption:
            endings = _trained(committee, data, options, terminal, interruption)
            stopped = any(ending is Ending.INTERRUPTED for ending in endings)
    except KeyboardInterrupt:
        stopped = True
    if stopped:
        terminal.say(f"\nGo on with: --resume {committee.folder}")
        return STATUS
    members = committee.members()
    trained = [member for member in members if member.counts]
    for member in members:
        if member not in trained:
            terminal.say(f"{_named(member, committee)}: its training diverged; it is left out")
    if not trained:
        advice = what_may_converge(committee.settings.as_dict(), option_name)
        terminal.say(
            f"\nThere is no committee. {advice}, and another --name: what its networks came to is "
            f"in {committee.folder}"
        )
        return 1
    report, kept = keep(committee, trained, data, terminal.say)
    terminal.say(f"\n{report.summary()}")
    for table in report_tables(report):
        terminal.show(table)
    if kept.lost:
        terminal.say(f"\nCould not be written anywhere ({kept.problem}): {', '.join(kept.lost)}")
    terminal.say(f"\nThe committee is in {kept.rescue or kept.folder}")
    return 0 if kept.whole else 1


def _begun(options: argparse.Namespace) -> Committee:
    if not options.resume:
        paths = run_folder_paths(options.runs_dir, options.name)
        settings = settings_from(options)
        return begin(paths, settings, options.committee, options.data, options.unlike)
    if given_settings(options) or options.settings or options.data or options.name:
        raise DigitnetError("--resume goes on with the settings and the data of the committee")
    return committee_of(options.resume)


def _trained(
    committee: Committee,
    data: Dataset,
    options: argparse.Namespace,
    terminal: Terminal,
    interruption: Interruption,
) -> Iterator[Ending]:
    """How the training of each member ended, as long as they end by themselves."""
    left = [member for member in committee.members() if not member.ended]
    every_s = options.checkpoint_every
    if many(options):
        workers = workers_from(options, terminal.say)
        endings = workers.each(train_member, left, data, committee.source, every_s)
        for member, ending in zip(left, endings, strict=True):
            terminal.say(f"{_named(member, committee)}: {ending.value}")
            yield ending
        return
    for member in left:
        terminal.say(f"\n{_named(member, committee)}")
        ending = _train_here(member, committee, data, every_s, terminal, interruption)
        yield ending
        if interruption.requested:
            yield Ending.INTERRUPTED
            return


def _named(member: Member, committee: Committee) -> str:
    changed = {"seed": member.settings.seed, **committee.changed(member)}
    told = ", ".join(f"{name} {setting_text(value)}" for name, value in changed.items())
    return f"Network {member.number} of {committee.n_members}, {told}"


def _train_here(
    member: Member,
    committee: Committee,
    data: Dataset,
    every_s: float,
    terminal: Terminal,
    interruption: Interruption,
) -> Ending:
    with open_job(member.plan(committee.source), data, checkpoint_every_s=every_s) as job:
        with terminal.progress(job.settings.epochs, job.n_steps, job.n_done) as progress:
            learned = job.learn([progress], should_stop=lambda: interruption.requested)
        if report := job.test():
            terminal.say(report.summary())
        job.draw()
    return learned.ending
