"""Look for better settings: train networks with values that Optuna chooses.

Every other option is one of `train`. Trials are judged by their validation loss, and given up where
they lag behind; the test set is not used. Interrupted or killed, a sweep goes on where it was with
the same command and its --name. It ends with a table, figures, and the best settings as a file
that `train --settings` takes.
"""

import argparse
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from digitnet.cli.common import (
    add_daily_options,
    add_settings,
    load_for_command,
    option_name,
    settings_from,
    whole_number,
)
from digitnet.cli.many import add_workers_option
from digitnet.data import hold_out
from digitnet.errors import DigitnetError
from digitnet.report.terminal import Terminal, open_terminal
from digitnet.sweep import NEEDS
from digitnet.sweep.folder import about, as_json, begin, check_folder, check_same
from digitnet.sweep.space import Dimension, check_space, parse_dimension
from digitnet.training.interruption import STATUS
from digitnet.training.settings import Settings, SettingsError
from digitnet.workers import Workers

if TYPE_CHECKING:
    from digitnet.sweep.study import Material, Sweep

SUMMARY = "look for better settings"
USAGE = "--vary NAME=LOW..HIGH [options]"
EXAMPLES = """
PROG --vary learning_rate=log:0.01..1 --name rate  # one thing, 100 trials
PROG --vary hidden=64,128,256+128 --vary dropout=0..0.5  # two
PROG --vary batch_size=32..256 --trials 30 --workers 2  # by two processes
"""
DAILY = ("hidden_layer_sizes", "epochs", "batch_size", "learning_rate", "dropout", "seed")
MOST_TRIALS = 1_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """What varies, how often, where it is kept, and the settings that all have in common."""
    daily = parser.add_argument_group("used daily")
    daily.add_argument(
        "--vary",
        metavar="NAME=LOW..HIGH",
        type=_dimension,
        action="append",
        required=True,
        help="a setting and its range, log:LOW..HIGH to look for its magnitude, or choices, as in "
        "hidden=64,128,256+128, where + joins the parts of one value; | may stand for the commas; "
        "once for each setting that varies",
    )
    daily.add_argument(
        "--trials",
        metavar="N",
        type=whole_number(1, MOST_TRIALS),
        default=100,
        help="networks to train, all processes together (default: 100)",
    )
    daily.add_argument(
        "--name",
        metavar="NAME",
        help="name of the sweep and of its folder; that of an older one to go on with it "
        "(default: sweep_DATE_TIME)",
    )
    add_daily_options(daily, DAILY)
    add_settings(parser, but=DAILY)
    who = parser.add_argument_group("who does it, and where it is kept")
    add_workers_option(who)
    who.add_argument(
        "--storage",
        metavar="URL",
        help="a PostgreSQL database, postgresql://USER:PASSWORD@HOST/DATABASE, for many machines, "
        "which all run the same command (default: a journal in the folder of the sweep)",
    )
    who.add_argument(
        "--runs-dir",
        metavar="FOLDER",
        type=Path,
        default=Path("runs"),
        help="where the folder of the sweep is made (default: runs)",
    )


def _dimension(text: str) -> Dimension:
    try:
        return parse_dimension(text)
    except DigitnetError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(options: argparse.Namespace) -> int:
    """Train until there are enough trials, and show what they found. Returns the exit status."""
    if find_spec("optuna") is None:
        raise DigitnetError(f"sweep needs {NEEDS}")
    base = settings_from(options)
    _check(base, options)
    name = options.name if options.name is not None else time.strftime("sweep_%Y-%m-%d_%H-%M-%S")
    folder = check_folder(options.runs_dir, name)
    terminal = open_terminal()
    sweep, material = _prepared(options, base, name, folder, terminal)
    terminal.say(f"{len(material.held_out)} images are held out to judge the trials by")
    return _carried_out(sweep, material, options.workers, terminal)


def _check(base: Settings, options: argparse.Namespace) -> None:
    """Raise DigitnetError for options that do not go together."""
    try:
        check_space(base, options.vary)
    except SettingsError as error:
        varied = error.setting in {each.name for each in options.vary}
        where = "--vary" if varied else option_name(error.setting)
        raise DigitnetError(f"argument {where}: {error.problem}") from error
    except DigitnetError as error:
        raise DigitnetError(f"argument --vary: {error}") from error
    if options.storage is not None:
        from digitnet.sweep.storage import database_url

        database_url(options.storage)
        if options.name is None:
            raise DigitnetError(
                "--storage: expected a --name with it, by which all machines know the sweep"
            )


def _prepared(
    options: argparse.Namespace, base: Settings, name: str, folder: Path, terminal: Terminal
) -> "tuple[Sweep, Material]":
    """The sweep and its data; its folder is there from now on."""
    from digitnet.sweep.study import Material, Sweep, open_study

    data = load_for_command(options.data, terminal)
    examples, held_out = hold_out(data.train, base.validation_fraction, base.seed)
    now = about(options.vary, base, examples, held_out)
    sweep = Sweep(
        name, folder, options.storage, tuple(options.vary), base, options.trials, as_json(now)
    )
    check_same(folder, now)
    if options.storage:
        with open_study(sweep):  # before there is a folder
            pass
    begin(folder, now)
    return sweep, Material(examples, held_out, data.classes)


def _carried_out(sweep: "Sweep", material: "Material", n: int, terminal: Terminal) -> int:
    from digitnet.sweep.outcome import show
    from digitnet.sweep.study import finished, open_study
    from digitnet.sweep.trials import carry_out

    go_on = f"the same command with --name {sweep.name} goes on"
    try:
        carry_out(sweep, material, Workers(n, say=terminal.say), terminal.say)
    except KeyboardInterrupt:
        with open_study(sweep) as study:
            n_done = len(finished(study))
        terminal.say(f"\nInterrupted with {n_done} of {sweep.n_trials} trials done; {go_on}")
        return STATUS
    with open_study(sweep) as study:
        return 0 if show(study, sweep, terminal) else 1
