"""A committee: networks that differ in their seeds, or also in more, averaged as one model.

The run folder of a committee holds that of each member, member-1 and so on, and what they are
together: config.json, model.npz, metrics.json, figures of the test.

Networks that err on different images correct each other where their probabilities are averaged
(Hansen & Salamon 1990, "Neural network ensembles").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitnet.data import Dataset
from digitnet.errors import DigitnetError
from digitnet.files.incoming import read_json
from digitnet.model import Model
from digitnet.model.folding import rescaled
from digitnet.model.parts import MOST_MEMBERS
from digitnet.report.canvas import as_png
from digitnet.report.metrics import Report, evaluate_model
from digitnet.training import drawings
from digitnet.training.checkpoint import EVERY_S, Checkpoints
from digitnet.training.interruption import Interruption
from digitnet.training.job import run_job
from digitnet.training.outcome import Kept
from digitnet.training.plan import Plan, resumed, understood
from digitnet.training.runs import CONFIG, METRICS, MODEL, RunFolder, read_config
from digitnet.training.settings import Settings
from digitnet.training.state import Ending
from digitnet.training.unlike import in_its_way

Say = Callable[[str], None]


@dataclass(frozen=True)
class Member:
    """One network of a committee: its number, from 1, its folder and its settings."""

    number: int
    folder: Path
    settings: Settings

    @property
    def ended(self) -> bool:
        """Whether its training has ended, and not by an interruption."""
        return (self.folder / MODEL).exists() and not Checkpoints.exist(self.folder)

    @property
    def counts(self) -> bool:
        """Whether it is one of the networks that are averaged: not if its training diverged."""
        return self.ended and (self.folder / METRICS).exists()

    def plan(self, source: str | None) -> Plan:
        """What is to be done still."""
        begun = (self.folder / CONFIG).exists()
        return resumed(self.folder) if begun else Plan(self.settings, [self.folder], source)


@dataclass(frozen=True)
class Committee:
    """A committee that is to be trained, or the rest of it.

    unlike: whether its members differ in more than their seeds (digitnet.training.unlike).
    """

    folder: Path
    settings: Settings
    n_members: int
    source: str | None
    unlike: bool = False

    def members(self) -> list[Member]:
        """The members: the first with the seed of the settings, each other with the next one."""
        return [
            Member(number, self.folder / f"member-{number}", self._settings_of(number))
            for number in range(1, self.n_members + 1)
        ]

    def changed(self, member: Member) -> dict[str, Any]:
        """What the settings of a member have in place of the committee's, but for the seed."""
        own, common = member.settings.as_dict(), self.settings.as_dict()
        return {name: own[name] for name in own if name != "seed" and own[name] != common[name]}

    def _settings_of(self, number: int) -> Settings:
        own = in_its_way(self.settings, number) if self.unlike else self.settings
        return replace(own, seed=self.settings.seed + number - 1)


def n_members_of(run: Path) -> int:
    """How many members the committee of a run folder has; 0 if it is no committee's."""
    return n_members_in(run / CONFIG)


def n_members_in(config: Path) -> int:
    """The same, by a file that may be the configuration of a committee."""
    try:
        n = read_json(config)["committee"]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return 0
    return n if type(n) is int and 1 < n <= MOST_MEMBERS else 0


def committee_of(run: Path) -> Committee:
    """The committee whose run folder this is, to go on with. Raises DigitnetError."""
    config = read_config(run)
    with understood(run, "resume"):
        settings = Settings(**config["settings"])
    source = config.get("data", {}).get("source")
    return Committee(run, settings, n_members_of(run), source, config.get("unlike") is True)


def train_member(
    member: Member, data: Dataset, source: str | None, checkpoint_every_s: float = EVERY_S
) -> Ending:
    """Train it to its end, in its folder; a signal ends it after the batch, with a checkpoint."""
    with Interruption() as interruption:
        outcome = run_job(
            member.plan(source),
            data,
            should_stop=lambda: interruption.requested,
            checkpoint_every_s=checkpoint_every_s,
        )
    return outcome.ending


def averaged(models: Sequence[Model]) -> Model:
    """One model that gives the mean of the probabilities of these models' networks.

    It has no temperature: each member has learned from images that were held out from another, so
    none are left to fit one on, and the mean needs another one than a member alone.
    They are for the same images and classes; where their scalings differ, because other images were
    held out, that of the first holds, and the lowest weights of the others are adapted.
    Raises DigitnetError if they do not fit together.
    """
    first = models[0]
    for model in models[1:]:
        alike = (model.classes, model.image_shape, model.pixels)
        if alike != (first.classes, first.image_shape, first.pixels):
            raise DigitnetError("expected models of the same images and classes")
    common = {"minimum": first.scaling.minimum, "maximum": first.scaling.maximum}
    return Model(
        [rescaled(model.network, model.scaling, first.scaling) for model in models],
        [replace(model.scaling, **common) for model in models],
        first.classes,
        first.image_shape,
        pixels=first.pixels,
        background=float(np.mean([model.background for model in models])),
        config=first.config,
    )


def keep(
    committee: Committee, trained: Sequence[Member], data: Dataset, say: Say
) -> tuple[Report, Kept]:
    """Make one model of these members, which count, test it, and write all to the folder."""
    model = averaged([Model.load(member.folder / MODEL) for member in trained])
    report = evaluate_model(model, data.test)
    with RunFolder.existing(committee.folder, say) as folder:
        folder.model(model)
        folder.metrics(
            {"test": report.as_dict(), "members": [_metrics(each, committee) for each in trained]}
        )
        for name, draw in drawings.of_the_test(report, data.test).items():
            folder.figure(name, partial(as_png, draw))
        folder.files.settle(first=MODEL)
        files = folder.files
        kept = Kept(committee.folder, tuple(files.lost), files.rescue, files.problem, False)
    return report, kept


def _metrics(member: Member, committee: Committee) -> dict[str, Any]:
    test = read_json(member.folder / METRICS)["test"]
    return {
        "seed": member.settings.seed,
        **committee.changed(member),
        "test": {name: test[name] for name in ("accuracy", "errors", "images")},
    }


def begin(
    paths: Sequence[Path], settings: Settings, n: int, source: str | None, unlike: bool = False
) -> Committee:
    """Make the run folder of a committee. Raises OSError if it cannot be made.

    Raises SettingsError, before there is a folder, if a member cannot have what makes it unlike.
    """
    Committee(paths[0], settings, n, source, unlike).members()
    with RunFolder(paths, lambda _: None) as folder:
        folder.config(settings.as_dict(), {"source": source}, committee=n, unlike=unlike)
        return Committee(folder.path, settings, n, source, unlike)
