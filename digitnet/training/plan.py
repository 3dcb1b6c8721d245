"""What a job is to do: a new training, the rest of one, more of one, or one that begins at what
another learned.

    Plan(settings, [Path("runs/mine")])                             a new one
    resumed(Path("runs/mine"))                                      the rest of it
    resumed(Path("runs/mine"), {"epochs": 30})                      more of it
    begun_at(Path("runs/mine"), {"dropout": 0.1}, [Path("runs/next")])
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from digitnet.errors import OptionError
from digitnet.files.incoming import read_json
from digitnet.model import Model
from digitnet.text import shown
from digitnet.training.build import build_distortions, layer_activations
from digitnet.training.checkpoint import STATE, Checkpoints
from digitnet.training.checkpoint_fields import is_count
from digitnet.training.runs import METRICS, MODEL, is_empty, read_config
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.state import Ending

MAY_CHANGE = ("epochs", "early_stopping", "threads", "data")
"""What a run that is resumed may have more of, what changes its time alone, and where its data are
now, if they have moved."""
OF_THE_DATA = ("recipe", "seed", "validation_fraction")
"""What a training that begins at another one must have in common with it."""


@dataclass(frozen=True)
class Plan:
    """What is to be trained, on what, and where.

    paths: where the run folder may be made; that of a run to resume, if `resumed`. source: of the
    data, if they are to be loaded. data: what they must be like, as config.json has it; None for
    any. origin: the run at whose weights the training began or begins. begin: the model with
    these. epochs_before: of the runs before it, whose random numbers are not to be drawn again.
    changed: whether the settings are others than those in the run folder.
    """

    settings: Settings
    paths: Sequence[Path]
    source: str | None = None
    data: dict[str, Any] | None = None
    origin: str | None = None
    begin: Model | None = None
    epochs_before: int = 0
    resumed: bool = False
    changed: bool = False


def begun_at(run: Path, given: Mapping[str, Any], paths: Sequence[Path]) -> Plan:
    """A new training with the settings of a run but for those given, from its weights on.

    given: whatever was asked for by name; what may not be is refused. "data" says where the data of
    the run are now, if they have moved. Raises DigitnetError.
    """
    if fixed := [name for name in given if name in OF_THE_DATA]:
        raise OptionError(
            lambda named: (
                f"{named('begin_at')} goes on with the data of the run, and holds out what was "
                f"held out there: leave out {', '.join(map(named, fixed))}"
            )
        )
    before, data, _, epochs = _settings_of(run, "begin_at")
    given, source = _without_data(given, data)
    if "optimizer" in given:
        given = {"learning_rate": None, **given}  # that of another optimizer would not do
    try:
        settings = replace(before, **given)
    except SettingsError as error:
        raise OptionError.of("begin_at", error) from error
    _check_weights_fit(before, settings)
    begin = Model.load(run / MODEL)
    epochs += before.epochs
    return Plan(settings, paths, source, data, origin=str(run), begin=begin, epochs_before=epochs)


def _check_weights_fit(before: Settings, settings: Settings) -> None:
    """Raise DigitnetError unless a network of these settings can begin at the model of those."""
    if settings.hidden_layer_sizes != before.hidden_layer_sizes:
        raise OptionError.of(
            "begin_at",
            f"expected the hidden layers of the run, {before.hidden_layer_sizes}, "
            f"got {settings.hidden_layer_sizes}",
        )
    own, others = layer_activations(before), layer_activations(settings)
    if own != others:
        raise OptionError.of(
            "begin_at",
            f"expected the activations of the run, {', '.join(own)}, got {', '.join(others)}",
        )
    if settings.batch_norm:
        raise OptionError(
            lambda named: (
                f"{named('begin_at')}: expected no batch normalisation, which has become part of "
                f"the weights in the file of a model; go on without, by {named('no_batch_norm')}"
            )
        )


def resumed(run: Path, given: Mapping[str, Any] | None = None) -> Plan:
    """The rest of a run; or more of it, with a larger number of epochs or more patience.

    given: as in begun_at. Raises DigitnetError if the run would be another one.
    """
    given = given or {}
    if fixed := [name for name in given if name not in MAY_CHANGE]:
        raise OptionError(
            lambda named: (
                f"{named('resume')} goes on with the settings and the data of the run: leave out "
                f"{', '.join(map(named, fixed))}"
            )
        )
    ended = (run / MODEL).exists() and not Checkpoints.exist(run)
    if ended and not set(given) - {"data"}:
        raise _has_ended(run)
    before, data, origin, epochs = _settings_of(run, "resume")
    given, source = _without_data(given, data)
    settings = replace(before, **given)
    if ended or replace(settings, threads=before.threads) != before:
        _check_more(run, before, settings)
    if ended and not (run / STATE).exists():
        raise _has_no_state(run)
    return Plan(
        settings,
        [run],
        source,
        data,
        origin,
        epochs_before=epochs,
        resumed=True,
        changed=settings != before,
    )


def _without_data(
    given: Mapping[str, Any], data: Mapping[str, Any]
) -> tuple[dict[str, Any], str | None]:
    """The settings among what is given, and the source of the data, as given or as the run says."""
    settings = {name: value for name, value in given.items() if name != "data"}
    return settings, given.get("data", data["source"])


def _has_ended(run: Path) -> OptionError:
    return OptionError(
        lambda named: (
            f"{named('resume')}: the training of {run} has ended, or its checkpoints are gone; "
            f"a larger {named('epochs')} trains it longer, if its schedule allows it, "
            f"and {named('begin_at')} {run} begins another one at what it learned"
        )
    )


def _has_no_state(run: Path) -> OptionError:
    return OptionError(
        lambda named: (
            f"{named('resume')}: {run} holds no {STATE}, the state in which its training ended; "
            f"{named('begin_at')} {run} begins another one at what it learned"
        )
    )


def _settings_of(run: Path, option: str) -> tuple[Settings, dict[str, Any], str | None, int]:
    """The settings of a run, its data, where it began if not at random, and after what epochs."""
    if run.is_dir() and is_empty(run):
        raise OptionError(
            lambda named: (
                f"{named(option)}: expected a run folder, but {run} is empty: its training had not "
                f"begun. {named('runs_dir')} {run.parent} {named('name')} {run.name} begins it "
                "there"
            )
        )
    config = read_config(run)
    if "committee" in config:
        problem = f"{run} is of a committee; each of its networks is in a folder there"
        raise OptionError.of(option, problem)
    with understood(run, option):
        settings, data = Settings(**config["settings"]), config["data"]
        if not is_count(epochs := config.get("epochs_before", 0)):
            raise TypeError(f"epochs_before: expected a whole number, got {shown(epochs)}")
        return settings, {**data, "source": data["source"]}, config.get("from"), epochs


@contextmanager
def understood(run: Path, option: str) -> Iterator[None]:
    """Raise OptionError, within it, if the configuration of a run cannot be understood."""
    try:
        yield
    except (KeyError, TypeError, SettingsError) as error:
        problem = f"{run} holds no settings that this version knows: {error}"
        raise OptionError.of(option, problem) from error


def _check_more(run: Path, before: Settings, settings: Settings) -> None:
    """Raise DigitnetError unless the run would be the same so far with these settings."""
    _check_epochs(run, before, settings)
    _check_patience(run, before, settings)
    if _ending(run) == Ending.COMPLETED.value and settings.epochs == before.epochs:
        problem = f"{run} has learned for all of its {before.epochs} epochs"
        raise OptionError.of("resume", problem)


def _check_epochs(run: Path, before: Settings, settings: Settings) -> None:
    if settings.epochs < before.epochs:
        raise OptionError.of(
            "resume",
            f"expected at least the {before.epochs} epochs of the run, got {settings.epochs}",
        )
    if settings.epochs > before.epochs and (reason := follows_from_epochs(before)):
        raise OptionError(
            lambda named: (
                f"{named('resume')}: with {settings.epochs} epochs in place of {before.epochs} the "
                f"run would have been another one from the start, because of its {reason}. "
                f"{named('begin_at')} {run} begins another training at what it learned; "
                f"{named('schedule')} constant or step, chosen at the start, can be trained longer "
                "as they are"
            )
        )


def _check_patience(run: Path, before: Settings, settings: Settings) -> None:
    patience, more = before.early_stopping, settings.early_stopping
    if more != patience and not (patience and more and more > patience):
        raise OptionError(
            lambda named: (
                f"{named('resume')}: expected an {named('early_stopping')} above that of the run, "
                f"{patience or 'none'}, got {more}"
            )
        )
    if _ending(run) == Ending.STOPPED_EARLY.value and more == patience:
        raise OptionError(
            lambda named: (
                f"{named('resume')}: {run} stopped early, and would again: give a larger "
                f"{named('early_stopping')} than {patience}"
            )
        )


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
