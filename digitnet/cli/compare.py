"""Train networks that differ in one setting, or in two, and see what becomes of them.

Every other option is one of `train`. The networks are judged on the validation set; the test set is
not used. One figure holds all curves, one table the final figures.
"""

import argparse
import time
from pathlib import Path

from digitnet.cli.common import (
    add_daily_options,
    add_settings,
    load_for_command,
    option_name,
    settings_from,
)
from digitnet.cli.many import add_workers_options, workers_from
from digitnet.errors import DigitnetError
from digitnet.files.writing import replace
from digitnet.report.canvas import as_png
from digitnet.report.terminal import Table, open_terminal
from digitnet.teach.compare import (
    Variant,
    Varied,
    check_comparable,
    difference,
    draw,
    ending,
    parse_varied,
    train_variant,
    variants,
)
from digitnet.training.diagnosis import Diagnosis
from digitnet.training.interruption import STATUS
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.underway import Learned

SUMMARY = "train networks that differ in one thing"
USAGE = "--vary NAME=VALUE,... [options]"
EXAMPLES = """
PROG --vary learning_rate=0.01,0.1,1  # one thing
PROG --vary activation=relu,tanh --vary hidden=32,32+32  # two
"""
DAILY = ("hidden_layer_sizes", "epochs", "batch_size", "learning_rate", "dropout", "seed")
EPOCHS = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """What varies, where the figure goes, and the settings that all have in common."""
    daily = parser.add_argument_group("used daily")
    daily.add_argument(
        "--vary",
        metavar="NAME=VALUE,...",
        type=_varied,
        action="append",
        required=True,
        help="a setting and its values; + joins the parts of one value (256+128), none is no "
        "hidden layer; may be given twice for all combinations",
    )
    daily.add_argument(
        "--figure",
        metavar="FILE",
        type=Path,
        help="where the figure goes, as PNG (default: runs/compare_DATE_TIME.png)",
    )
    add_daily_options(daily, DAILY, {"epochs": EPOCHS})
    add_settings(parser, but=DAILY)
    add_workers_options(parser)


def _varied(text: str) -> Varied:
    try:
        return parse_varied(text)
    except DigitnetError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(options: argparse.Namespace) -> int:
    """Train all variants, and show them. Returns the exit status."""
    base = settings_from(options)
    try:
        check_comparable(base)
    except SettingsError as error:
        raise DigitnetError(f"argument --validation-fraction: {error.problem}") from error
    try:
        all_variants = variants(base, options.vary)
    except DigitnetError as error:
        raise DigitnetError(f"argument --vary: {error}") from error
    path = options.figure or Path("runs") / time.strftime("compare_%Y-%m-%d_%H-%M-%S.png")
    if path.is_dir() or path.suffix != ".png":
        raise DigitnetError(
            f"argument --figure: expected a file name that ends in .png, got {path}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    terminal = open_terminal()
    data = load_for_command(options.data, terminal)
    workers = workers_from(options, terminal.say)
    trained = []
    answers = workers.each(train_variant, all_variants, data)
    try:
        for variant, (learned, diagnosis) in zip(all_variants, answers, strict=True):
            terminal.say(f"{variant.label}: {ending(learned, diagnosis)}")
            trained.append((variant, learned, diagnosis))
    except KeyboardInterrupt:
        if not trained:
            raise
        terminal.say(f"Interrupted: {len(trained)} of the {len(all_variants)} have been trained")
    results = [(variant, learned) for variant, learned, _ in trained]
    title = difference(options.vary, base)
    terminal.show(table(trained))
    for variant, _, diagnosis in trained:
        if diagnosis:
            terminal.say(f"\n{variant.label}: {diagnosis.sentences(option_name)}")
    terminal.say(f"\n{title}")
    replace(path, as_png(lambda: draw(results, _heading(options.vary, base))))
    terminal.say(f"The curves are in {path}")
    return STATUS if len(trained) < len(all_variants) else 0


def _heading(varied: list[Varied], base: Settings) -> str:
    names = [each.name for each in varied]
    alike = {"epochs": f"{base.epochs} epoch{'s' * (base.epochs > 1)}", "seed": f"seed {base.seed}"}
    same = ", ".join(alike[name] for name in alike if name not in names)
    return f"Trainings that differ in {' and '.join(names)}" + (f": {same}" if same else "")


def table(trained: list[tuple[Variant, Learned, Diagnosis | None]]) -> Table:
    """The final figures of each variant."""
    rows = []
    for variant, learned, diagnosis in trained:
        figures = ["-"] * 5
        if learned.history:
            last = learned.history[-1]
            figures = [
                f"{last.train_loss:.4f}",
                f"{100 * last.train_accuracy:.2f} %",
                f"{last.validation_loss:.4f}",
                f"{100 * last.validation_accuracy:.2f} %",
                f"{sum(record.seconds for record in learned.history):.1f}",
            ]
        rows.append((variant.label, *figures, ending(learned, diagnosis)))
    heads = ("variant", "loss", "accuracy", "val. loss", "val. accuracy", "seconds", "ending")
    return Table("After the last epoch", heads, rows)
