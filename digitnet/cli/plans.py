"""What `train` is to do: a new training, the rest of one, more of one, or one that begins at
what another learned.
"""

import argparse
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from digitnet.cli.common import settings_from
from digitnet.errors import DigitnetError
from digitnet.files.incoming import read_json
from digitnet.model import Model
from digitnet.training.build import build_distortions
from digitnet.training.checkpoint import STATE, Checkpoints
from digitnet.training.runs import METRICS, MODEL, is_empty, read_config, run_folder_paths
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.state import Ending

MAY_CHANGE = ("epochs", "early_stopping", "threads")
"""What a run that is resumed may have more of, and what changes its time alone."""
SPLITS = ("seed", "validation_fraction")


class Plan(NamedTuple):
    """What is to be trained, on what, and where.

    paths: of the run folder; that of a run to resume, if `resumed`. data: what the data must be
    like, as config.json has it; None for any. origin: the run at whose weights the training began
    or begins. begin: the model with these. changed: whether the settings are others than those in
    the run folder. source: of the data.
    """

    settings: Settings
    source: str | None
    paths: list[Path]
    data: dict[str, Any] | None = None
    origin: str | None = None
    begin: Model | None = None
    resumed: bool = False
    changed: bool = False


def plan(options: argparse.Namespace) -> Plan:
    """The plan that the options ask for. Raises DigitnetError if it cannot be carried out."""
    if options.resume and options.begin_at:
        raise DigitnetError("expected --resume or --from, got both")
    if options.resume:
        return _resumed(options, options.resume)
    paths = run_folder_paths(options.runs_dir, options.name)
    if options.begin_at:
        return _begun_at(options, options.begin_at, paths)
    return Plan(settings_from(options), options.data, paths)


def _given(options: argparse.Namespace, more: Sequence[str] = ()) -> list[str]:
    """The settings, and whatever else decides them, that were given as options."""
    given = [each.name for each in fields(Settings) if each.name in vars(options)]
    given += [name for name in ("data", *more) if getattr(options, name) is not None]
    return given + (["recipe"] if options.recipe != "default" else [])


def _begun_at(options: argparse.Namespace, run: Path, paths: list[Path]) -> Plan:
    """A new training with the settings of a run but for those given, from its weights on."""
    fixed = [name for name in _given(options) if name in ("data", "recipe", *SPLITS)]
    if fixed:
        raise DigitnetError(
            "--from goes on with the data of the run, and holds out what was held out there: "
            f"leave out {', '.join(fixed)}"
        )
    before, data, _ = _settings_of(run, "--from")
    given = {name: getattr(options, name) for name in _given(options)}
    if "optimizer" in given:
        given = {"learning_rate": None, **given}  # that of another optimizer would not do
    try:
        settings = replace(before, **given)
    except SettingsError as error:
        raise DigitnetError(f"--from: {error}") from error
    if settings.hidden_layer_sizes != before.hidden_layer_sizes:
        raise DigitnetError(
            f"--from: expected the hidden layers of the run, {before.hidden_layer_sizes}, "
            f"got {settings.hidden_layer_sizes}"
        )
    if settings.batch_norm:
        raise DigitnetError(
            "--from: expected no batch normalisation, which has become part of the weights in "
            "the file of a model; go on without, by --no-batch-norm"
        )
    begin = Model.load(run / MODEL)
    return Plan(settings, data["source"], paths, data, origin=str(run), begin=begin)


def _resumed(options: argparse.Namespace, run: Path) -> Plan:
    """The rest of a run, or more of it."""
    given = [name for name in _given(options, ["name"]) if name not in MAY_CHANGE]
    if given:
        raise DigitnetError(
            "--resume goes on with the settings and the data of the run: leave out "
            + ", ".join(given)
        )
    more = {name: getattr(options, name) for name in _given(options)}
    ended = (run / MODEL).exists() and not Checkpoints.exist(run)
    if ended and not more:
        raise DigitnetError(
            f"--resume: the training of {run} has ended; a larger --epochs trains it longer, if "
            f"its schedule allows it, and --from {run} begins another one at what it learned"
        )
    before, data, origin = _settings_of(run, "--resume")
    settings = replace(before, **more)
    if ended or replace(settings, threads=before.threads) != before:
        _check_more(run, before, settings)
    if ended and not (run / STATE).exists():
        raise DigitnetError(
            f"--resume: {run} holds no {STATE}, the state in which its training ended; "
            f"--from {run} begins another one at what it learned"
        )
    return Plan(
        settings, data["source"], [run], data, origin, resumed=True, changed=settings != before
    )


def _settings_of(run: Path, option: str) -> tuple[Settings, dict[str, Any], str | None]:
    """The settings of a run, its data, and where it began if not at random."""
    if run.is_dir() and is_empty(run):
        raise DigitnetError(
            f"{option}: expected a run folder, but {run} is empty: its training had not begun. "
            f"--runs-dir {run.parent} --name {run.name} begins it there"
        )
    config = read_config(run)
    try:
        settings, data = Settings(**config["settings"]), config["data"]
        return settings, {**data, "source": data["source"]}, config.get("from")
    except (KeyError, TypeError, SettingsError) as error:
        raise DigitnetError(
            f"{option}: {run} holds no settings that this version knows: {error}"
        ) from error


def _check_more(run: Path, before: Settings, settings: Settings) -> None:
    """Raise DigitnetError unless the run would be the same so far with these settings."""
    if settings.epochs < before.epochs:
        raise DigitnetError(
            f"--resume: expected at least the {before.epochs} epochs of the run, "
            f"got {settings.epochs}"
        )
    if settings.epochs > before.epochs and (reason := follows_from_epochs(before)):
        raise DigitnetError(
            f"--resume: with {settings.epochs} epochs in place of {before.epochs} the run would "
            f"have been another one from the start, because of its {reason}. --from {run} begins "
            "another training at what it learned; --schedule constant or step, chosen at the "
            "start, can be trained longer as they are"
        )
    patience, new_patience = before.early_stopping, settings.early_stopping
    if new_patience != patience and not (patience and new_patience and new_patience > patience):
        raise DigitnetError(
            f"--resume: expected an --early-stopping above that of the run, {patience or 'none'}, "
            f"got {new_patience}"
        )
    ending = _ending(run)
    if ending == Ending.STOPPED_EARLY.value and new_patience == patience:
        raise DigitnetError(
            f"--resume: {run} stopped early, and would again: give a larger --early-stopping "
            f"than {patience}"
        )
    if ending == Ending.COMPLETED.value and settings.epochs == before.epochs:
        raise DigitnetError(f"--resume: {run} has learned for all of its {before.epochs} epochs")


def _ending(run: Path) -> object:
    """How the run ended, if its metrics tell."""
    try:
        return read_json(run / METRICS)["training"]["ending"]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def follows_from_epochs(settings: Settings) -> str:
    """What in these settings depends on how many epochs there are in all; "" if nothing does."""
    reasons = {
        "schedule cosine": settings.schedule == "cosine",
        "averaging": settings.averaging > 0,
        "fade": settings.fade > 0 and bool(build_distortions(settings)),
    }
    return ", ".join(name for name, holds in reasons.items() if holds)
