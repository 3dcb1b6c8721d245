"""A run folder: what one training leaves behind.

config.json    the settings, the data, the versions that it ran with
history.csv    a row per epoch
model.npz      the network (digitnet.modelfile)
metrics.json   how well it reads the test set, and how it got there
*.png          figures
"""

import csv
import io
import json
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitnet.errors import DigitnetError
from digitnet.files import replace
from digitnet.incoming import read_json
from digitnet.model import Model
from digitnet.nn import Epoch, Step
from digitnet.text import shown
from digitnet.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = "model.npz"
LONGEST_NAME = 200


def run_folder_paths(parent: Path, name: str | None) -> list[Path]:
    """Where the run folder may be made: under this name, or else that of the moment, numbered.

    Raises DigitnetError if there is one of that name, the name is not that of a folder, or parent
    is something else than a folder.
    """
    moment = time.strftime("%Y-%m-%d_%H-%M-%S")
    names = [moment, *(f"{moment}_{n}" for n in range(2, 100))] if name is None else [name]
    if names[0] in ("", ".", "..") or any(character in names[0] for character in "/\\\0"):
        raise DigitnetError(f"--name: expected the name of a folder, without / or \\, got {name!r}")
    if len(names[0].encode(errors="replace")) > LONGEST_NAME:
        raise DigitnetError(f"--name: expected at most {LONGEST_NAME} bytes, got {name!r}")
    try:
        if name is not None and (parent / name).exists():
            raise DigitnetError(f"--name: expected a new name, but {parent / name} exists")
        existing = next(path for path in (parent, *parent.absolute().parents) if path.exists())
        if not existing.is_dir():
            raise DigitnetError(f"--runs-dir: expected a folder, but {existing} is none")
    except OSError as error:
        raise DigitnetError(f"--name, --runs-dir: cannot be used: {error}") from error
    return [parent / each for each in names]


def model_path(run: Path) -> Path:
    """The model file of a run folder; a path that is not a folder is taken for the file itself."""
    return run / MODEL if run.is_dir() else run


class RunFolder:
    """Writes the files of a run, each whole or not at all, and loses none.

    What cannot be written where it belongs, because the disk is full or the folder is gone, is
    written to a folder among the temporary files instead, `rescue`, and `say` is told.
    """

    def __init__(self, paths: Sequence[Path], say: Callable[[str], None]) -> None:
        """Make the folder: the first of these that is not there. Raises OSError, if none can be."""
        *first, last = paths
        self.rescue: Path | None = None
        self._say = say
        for self.path in first:
            with suppress(FileExistsError):
                self.path.mkdir(parents=True)
                return
        self.path = last
        self.path.mkdir(parents=True)

    @classmethod
    def existing(cls, path: Path, say: Callable[[str], None]) -> "RunFolder":
        """The folder of a run that began before."""
        folder = cls.__new__(cls)
        folder.path, folder.rescue, folder._say = path, None, say
        return folder

    def config(self, settings: dict[str, Any], data: dict[str, Any]) -> None:
        """Write what the run depends on. Raises OSError: still before the training."""
        versions = {name: version(name) for name in ("numpy", "matplotlib", "scikit-learn")}
        versions |= {"digitnet": __version__, "python": platform.python_version()}
        started = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        content = {"settings": settings, "data": data, "versions": versions, "started": started}
        replace(self.path / "config.json", _json(content))

    def history(self, records: Sequence[Epoch]) -> None:
        """Write a row per epoch under the names of Epoch's fields."""
        text = io.StringIO(newline="")
        csv.writer(text).writerows([Epoch._fields, *records])
        self._put("history.csv", lambda path: replace(path, text.getvalue().encode()))

    def metrics(self, content: dict[str, Any]) -> None:
        """Write the metrics."""
        self._put("metrics.json", lambda path: replace(path, _json(content)))

    def model(self, model: Model) -> None:
        """Write the model."""
        self._put(MODEL, model.save)

    def figure(self, name: str, figure: "Figure") -> None:
        """Write a figure as PNG."""
        image = io.BytesIO()
        figure.savefig(image, format="png")
        self._put(name, lambda path: replace(path, image.getvalue()))

    def _put(self, name: str, write: Callable[[Path], None]) -> None:
        try:
            write(self.path / name)
        except OSError as error:
            if self.rescue is None:
                self.rescue = Path(tempfile.mkdtemp(prefix=f"digitnet-{self.path.name}-"))
                self._say(f"{self.path} cannot be written ({error.strerror}); using {self.rescue}")
            write(self.rescue / name)


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


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=2).encode() + b"\n"
