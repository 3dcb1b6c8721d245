"""The folder of a sweep, and what a sweep must be to be gone on with: sweep.json says it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digitnet.data import Examples
from digitnet.errors import DigitnetError, OptionError
from digitnet.files.incoming import read_json
from digitnet.files.writing import replace, sync_folder
from digitnet.sweep.space import Dimension
from digitnet.text import listed, shown
from digitnet.training.material import checksum
from digitnet.training.runs import check_name, is_empty
from digitnet.training.settings import Settings

SWEEP = "sweep.json"
TIME_ALONE = "threads"


def about(
    space: Sequence[Dimension], base: Settings, examples: Examples, held_out: Examples
) -> dict[str, Any]:
    """What must be alike for trials to belong to one sweep, as JSON has it."""
    varied = {each.name: str(each) for each in space}
    settings = {n: v for n, v in asdict(base).items() if n not in {*varied, TIME_ALONE}}
    data = {"train": len(examples), "validation": len(held_out), "crc32": checksum(examples)}
    content: dict[str, Any] = json.loads(as_json({**settings, "vary": varied, "data": data}))
    return content


def as_json(content: Mapping[str, Any]) -> str:
    """The same text for the same content."""
    return json.dumps(content, indent=2, sort_keys=True)


def check_folder(parent: Path, name: str) -> Path:
    """The folder of a sweep of that name. Raises DigitnetError if it is something else."""
    check_name(name)
    folder = parent / name
    try:
        if folder.exists() and not is_empty(folder) and not (folder / SWEEP).exists():
            raise OptionError.of(
                "name", f"expected a new name or that of a sweep, but {folder} is something else"
            )
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except OSError as error:
        raise OptionError.of("name", f"cannot be used: {error}") from error
    if not existing.is_dir():
        raise OptionError.of("runs_dir", f"expected a folder, but {existing} is none")
    return folder


def check_same(folder: Path, now: Mapping[str, Any]) -> None:
    """Raise DigitnetError if the folder is that of another sweep."""
    path = folder / SWEEP
    if not path.exists():
        return
    try:
        before = read_json(path)
    except (OSError, ValueError) as error:
        raise DigitnetError(f"{path} cannot be read: {error}") from error
    if not isinstance(before, dict):
        raise DigitnetError(f"{path}: expected what a sweep is about, got {shown(before)}")
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if names:
        raise OptionError.of(
            "name",
            f"the sweep in {folder} was begun with other values of {listed(names)}; it goes on "
            "with the same command only, and a new one takes a new name",
        )


def begin(folder: Path, now: Mapping[str, Any]) -> None:
    """Make the folder and its sweep.json, if it has none. Raises OSError if it cannot be."""
    if not (folder / SWEEP).exists():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        replace(folder / SWEEP, as_json(now).encode() + b"\n")
