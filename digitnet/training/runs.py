"""A run folder: what one training leaves behind.

config.json    the settings, the data, the versions that it ran with
history.csv    a row per epoch
model.npz      the network (digitnet.model.file)
metrics.json   how well it reads the test set, and how it got there
*.png          figures
"""

import csv
import io
import json
import os
import platform
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from digitnet.errors import DigitnetError, OptionError
from digitnet.files.incoming import read_json
from digitnet.files.writing import lock, remove_strays, replace, strays, sync_folder
from digitnet.model import Model
from digitnet.nn import Epoch, Step
from digitnet.report.canvas import DrawingError
from digitnet.text import shown
from digitnet.training.keeping import Keeper
from digitnet.version import __version__

CONFIG, MODEL, METRICS = "config.json", "model.npz", "metrics.json"
HISTORY = "history.csv"
LONGEST_NAME = 200


def run_folder_paths(parent: Path, name: str | None) -> list[Path]:
    """Where the run folder may be made: under this name, or else that of the moment, numbered.

    Raises DigitnetError if there is one of that name that holds anything, the name is not that of a
    folder, or parent is something else than a folder.
    """
    moment = time.strftime("%Y-%m-%d_%H-%M-%S")
    names = [moment, *(f"{moment}_{n}" for n in range(2, 100))] if name is None else [name]
    check_name(names[0])
    try:
        if name is not None and (parent / name).exists() and not is_empty(parent / name):
            raise OptionError.of("name", f"expected a new name, but {parent / name} exists")
        there = (parent, *parent.absolute().parents)  # a link that leads nowhere is there, too
        existing = next(path for path in there if path.exists() or path.is_symlink())
        if not existing.is_dir():
            raise OptionError.of("runs_dir", f"expected a folder, but {existing} is none")
    except OSError as error:
        problem = f"cannot be used: {error}"
        raise OptionError(
            lambda named: f"{named('name')}, {named('runs_dir')}: {problem}"
        ) from error
    return [parent / each for each in names]


def check_name(name: str) -> None:
    """Raise OptionError unless this can be the name of a folder."""
    if name in ("", ".", "..") or any(character in name for character in "/\\\0"):
        raise OptionError.of(
            "name", f"expected the name of a folder, without / or \\, got {name!r}"
        )
    if not name.isprintable():
        raise OptionError.of("name", f"expected letters that can be shown, got {shown(name)}")
    if len(name.encode(errors="replace")) > LONGEST_NAME:
        raise OptionError.of("name", f"expected at most {LONGEST_NAME} bytes, got {name!r}")


def is_empty(path: Path) -> bool:
    """Whether it is a folder that holds nothing but what killed writers left: no run began there.

    Raises OSError."""
    return path.is_dir() and set(path.iterdir()) <= set(strays(path))


def model_path(run: Path) -> Path:
    """The model file of a run folder; a path that is not a folder is taken for the file itself.

    Raises DigitnetError if there is neither, and says how a run is made.
    """
    if run.is_dir():
        return run / MODEL
    if not run.exists() and not run.suffix and re.fullmatch(r"[\w-]+", run.name, re.ASCII):
        there = Path("runs", run.name)
        hint = f"`python main.py --name {run.name}` makes the run {there}"
        if there.is_dir():
            hint = f"did you mean {there}?"
        problem = "expected a run folder or a model file, but there is none"
        raise DigitnetError(f"{run}: {problem}; {hint}")
    return run


class RunFolder:
    """Writes the files of a run, each whole or not at all, and loses none: see Keeper.

    The folder is this process's alone until the end of the `with` block. What could not be written
    is tried again by `files.settle`.
    """

    def __init__(self, paths: Sequence[Path], say: Callable[[str], None]) -> None:
        """Make the folder: the first of these that is not there, or holds nothing.

        Raises OSError if none can be made, DigitnetError if others had taken all before.
        """
        for path in paths:
            with suppress(BlockingIOError, FileExistsError):
                path.mkdir(parents=True, exist_ok=True)
                self._take(path, say)
                if is_empty(path):
                    sync_folder(path.parent)
                    return
                self.close()
        raise OptionError.of("name", f"expected a new name, but {paths[-1]} exists")

    @classmethod
    def existing(cls, path: Path, say: Callable[[str], None]) -> "RunFolder":
        """The folder of a run that began before. Raises DigitnetError if it is going on."""
        folder = cls.__new__(cls)
        try:
            folder._take(path, say)
        except BlockingIOError as error:
            raise OptionError.of("resume", f"another process is training {path}") from error
        remove_strays(path)
        return folder

    def _take(self, path: Path, say: Callable[[str], None]) -> None:
        self._lock = lock(path)
        self.path, self.files, self._say = path, Keeper(path, say), say

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            remove_strays(self.path)
            os.close(self._lock)
            self._lock = None

    def config(
        self,
        settings: dict[str, Any],
        data: dict[str, Any],
        origin: str | None = None,
        epochs_before: int = 0,
        committee: int = 1,
        unlike: bool = False,
    ) -> None:
        """Write what the run depends on.

        origin: the run at whose weights it begins, after so many epochs of that and those before.
        committee: how many networks are trained, each in a folder of its own in this one.
        unlike: whether these differ in more than their seeds.
        Raises OSError: still before the training.
        """
        started = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        content: dict[str, Any] = {
            "settings": settings,
            "data": data,
            "versions": versions(),
            "started": started,
        }
        if origin:
            content["from"], content["epochs_before"] = origin, epochs_before
        if committee > 1:
            content["committee"] = committee
            content["unlike"] = unlike
        replace(self.path / CONFIG, _json(content))

    def reconfigure(self, settings: dict[str, Any]) -> None:
        """Change the settings there: the run is to be trained longer. Raises as `config` does."""
        content = read_config(self.path) | {"settings": settings}
        replace(self.path / CONFIG, _json(content))

    def history(self, records: Sequence[Epoch]) -> None:
        """Write a row per epoch under the names of Epoch's fields."""
        text = io.StringIO(newline="")
        csv.writer(text).writerows([Epoch._fields, *records])
        self.files.put(HISTORY, lambda path: replace(path, text.getvalue().encode()))

    def metrics(self, content: dict[str, Any]) -> None:
        """Write the metrics."""
        self.files.put(METRICS, lambda path: replace(path, _json(content)))

    def model(self, model: Model) -> None:
        """Write the model."""
        self.files.put(MODEL, model.save)

    def figure(self, name: str, png: Callable[[], bytes]) -> bool:
        """Write a figure. One that cannot be drawn costs a sentence, and gives False."""
        try:
            image = png()
        except DrawingError as error:
            self._say(f"{name} {error}")
            return False
        self.files.put(name, lambda path: replace(path, image))
        return True


class HistoryKeeper:
    """An observer that keeps the history file of a run folder up to date."""

    def __init__(self, folder: RunFolder, records: Sequence[Epoch] = ()) -> None:
        """records: those of the epochs before, if the run goes on."""
        self._folder = folder
        self._records = list(records)
        folder.history(self._records)

    def __call__(self, record: Step | Epoch) -> None:
        if isinstance(record, Epoch):
            self._records.append(record)
            self._folder.history(self._records)


def read_config(run: Path) -> dict[str, Any]:
    """What `config` wrote to a run folder: what is there is of the types that it wrote.

    Raises DigitnetError if it is not there or damaged.
    """
    path = run / "config.json"
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise DigitnetError(
            f"{run}: expected a run folder, with its config.json: {error}"
        ) from error
    if not isinstance(content, dict):
        raise DigitnetError(f"{path}: expected the configuration of a run, got {shown(content)}")
    for name in ("settings", "data"):
        if not isinstance(content.get(name, {}), dict):
            got = shown(content[name])
            raise DigitnetError(f"{path}: {name}: expected names with values, got {got}")
    source = content.get("data", {}).get("source")
    if not isinstance(source, str | None):
        raise DigitnetError(f"{path}: source: expected a text or null, got {shown(source)}")
    return content


def config_beside(run: Path) -> dict[str, Any]:
    """What `config` wrote to a run folder, named itself or by its model file; {} if nothing is.

    Raises DigitnetError if it is damaged.
    """
    folder = run.parent if run.name == MODEL else run
    return read_config(folder) if (folder / CONFIG).is_file() else {}


def files_of(run: Path) -> list[Path]:
    """The model file of a run, and what else in its folder is read again, figures excepted."""
    folder = run.parent if run.name == MODEL and (run.parent / CONFIG).is_file() else run
    kept = (path for path in folder.rglob("*") if path.suffix in (".json", ".npz"))
    is_run = (folder / MODEL).is_file()
    return [model_path(run), folder / HISTORY, *kept] if is_run else [model_path(run)]


def source_of(run: Path) -> str | None:
    """The source of data that a run says it learned from: None for MNIST, or if unknown.

    Raises DigitnetError if what it says is damaged.
    """
    source: str | None = config_beside(run).get("data", {}).get("source")
    return source


@contextmanager
def as_its_run_says(run: Path | str, source: str | None) -> Iterator[None]:
    """Within its block, an error tells that it is a run that speaks of this source of data.

    run: as it is named. source: None if the run does not speak of it, or if somebody has said
    where its data are.
    """
    try:
        yield
    except OptionError as error:
        if source is None:
            raise
        what = error.sentence
        raise OptionError(
            lambda named: (
                f"{what(named)}; {run} learned from it: if it has moved, {named('data')} says where"
            )
        ) from error


def versions() -> dict[str, str | None]:
    """Of the packages that a run depends on; None for one that is not installed."""
    versions: dict[str, str | None] = {"digitnet": __version__, "python": platform.python_version()}
    for name in ("numpy", "matplotlib", "scikit-learn"):
        versions[name] = None
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=2).encode() + b"\n"
