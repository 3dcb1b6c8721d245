"""A run folder: what one training leaves behind.

config.json    the settings, the data, the versions that it ran with
history.csv    a row per epoch
model.npz      the network (digitnet.model)
metrics.json   how well it reads the test set, and how it got there
*.png          figures
"""

import json
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitnet import __version__
from digitnet.errors import DigitnetError
from digitnet.files import replaced

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_run_folder(parent: Path, name: str | None) -> Path:
    """A path for a run folder that is not there yet: of this name, or by default of this moment.

    Raises DigitnetError if there is one of that name, or the name is not that of a folder.
    """
    if name is None:
        moment = time.strftime("%Y-%m-%d_%H-%M-%S")
        candidates = [moment, *(f"{moment}_{number}" for number in range(2, 100))]
        name = next((each for each in candidates if not (parent / each).exists()), moment)
    if name in ("", ".", "..") or any(character in name for character in "/\\\0"):
        raise DigitnetError(f"--name: expected the name of a folder, without / or \\, got {name!r}")
    if (parent / name).exists():
        raise DigitnetError(f"--name: expected a new name, but there is {parent / name} already")
    return parent / name


def write_config(folder: Path, settings: dict[str, Any], data: dict[str, Any]) -> None:
    """Write what the run depends on to config.json."""
    versions = {name: version(name) for name in ("numpy", "matplotlib", "scikit-learn")}
    versions |= {"digitnet": __version__, "python": platform.python_version()}
    started = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    content = {"settings": settings, "data": data, "versions": versions, "started": started}
    write_json(folder / "config.json", content)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write the content as JSON, whole or not at all."""
    with replaced(path) as file:
        file.write(json.dumps(content, indent=2).encode() + b"\n")


def write_figure(path: Path, figure: "Figure") -> None:
    """Write the figure as PNG, whole or not at all."""
    with replaced(path) as file:
        figure.savefig(file, format="png")
