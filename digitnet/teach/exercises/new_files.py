"""Files that are new: all of them are written, or none, and nothing is written over."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from digitnet.errors import DigitnetError
from digitnet.languages import tr


def write_new(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write texts by their paths in a folder, which is made where it is not there.

    Returns the paths. Raises DigitnetError, and writes nothing, if one of them is there already or
    the folder is a file; OSError, and leaves none of them.
    """
    paths = [folder / name for name in files]
    written: list[Path] = []
    made: list[Path] = []
    try:
        for path, text in zip(paths, files.values(), strict=True):
            _make(path.parent, made)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except BaseException as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        for each in reversed(made):
            with suppress(OSError):
                each.rmdir()
        if isinstance(error, FileExistsError):
            raise DigitnetError(
                tr(
                    "{file} is there already and is left as it is; rename it, or take another "
                    "folder",
                    file=error.filename,
                )
            ) from None
        raise
    return paths


def _make(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note which are new."""
    if folder.is_dir():
        return
    _make(folder.parent, made)
    folder.mkdir()
    made.append(folder)
