"""The pictures that the arguments of a command name: files, folders, patterns, standard input."""

import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from digitnet.errors import DigitnetError
from digitnet.reading.decode import ENDINGS

STANDARD_INPUT = "-"
LONGEST_STEM = 50
"""Letters; each may take four bytes, and a name of a file 255."""


class Named(NamedTuple):
    """A picture that was asked for, or why there is none."""

    name: str
    problem: str = ""

    def source(self) -> Path | BinaryIO:
        """Where to read it. Raises DigitnetError if there is nothing to read."""
        if self.problem:
            raise DigitnetError(f"{self.name}: {self.problem}")
        if self.name != STANDARD_INPUT:
            return Path(self.name)
        if sys.stdin is None:
            raise DigitnetError("expected a picture on standard input, but that is closed")
        return sys.stdin.buffer


def pictures_of(arguments: Iterable[str]) -> Iterator[Named]:
    """The pictures in the order of the arguments, those of a folder or pattern by name."""
    for argument in arguments:
        path = Path(argument)
        if argument == STANDARD_INPUT:
            yield Named(argument)
        elif not argument:
            yield Named("''", "expected the name of a picture, got none")
        elif path.is_dir():
            yield from _in_folder(path)
        elif glob.has_magic(argument) and not os.path.lexists(path):
            found = sorted(glob.glob(argument, recursive=True), key=_by_number)  # noqa: PTH207
            yield from map(Named, found)
            if not found:
                yield Named(argument, "expected pictures that match this pattern, found none")
        else:
            yield Named(argument)


def _in_folder(folder: Path) -> Iterator[Named]:
    try:
        names = sorted(os.listdir(folder), key=_by_number)  # noqa: PTH208 (names alone are needed)
    except OSError as error:
        yield Named(str(folder), f"expected a folder that can be looked into: {error.strerror}")
        return
    pictures = [
        name
        for name in names
        if name.lower().endswith(ENDINGS)
        and not name.startswith(".")
        and not (folder / name).is_dir()
    ]
    yield from (Named(str(folder / name)) for name in pictures)
    if not pictures:
        yield Named(
            str(folder), f"expected a folder with pictures ({', '.join(ENDINGS)}), found none in it"
        )


def _by_number(name: str) -> list[tuple[int, str]]:
    """For sorting: 9.png before 10.png."""
    parts = re.split(r"(\d+)", name)
    return [(int(part) if part.isdecimal() and len(part) < 20 else -1, part) for part in parts]


class Names:
    """Names for new files in a folder, none of them that of an input or given before."""

    def __init__(self, inputs: Iterable[Named]) -> None:
        self._taken = {_key(Path(each.name)) for each in inputs}

    def new(self, folder: Path, source: str, ending: str) -> Path:
        """A path for what comes of the source: of 7.jpg, FOLDER/7ENDING.png."""
        stem = "stdin" if source == STANDARD_INPUT else Path(source).stem[:LONGEST_STEM]
        number = 1
        while _key(path := _numbered(folder, stem + ending, number)) in self._taken:
            number += 1
        self._taken.add(_key(path))
        return path

    def take_those_of(self, folder: Path, sources: Iterable[str]) -> None:
        """Give none of the names of files that are there and may have come of these sources."""
        stems = {Path(source).stem[:LONGEST_STEM] for source in sources}
        for path in folder.glob("*-*.png") if stems else ():
            if any(path.name[: dash.start()] in stems for dash in re.finditer("-", path.name)):
                self._taken.add(_key(path))


def _numbered(folder: Path, stem: str, number: int) -> Path:
    return folder / (f"{stem}.png" if number == 1 else f"{stem}-{number}.png")


def _key(path: Path) -> str:
    """The same for paths of one file, also where upper and lower case are the same."""
    return os.path.realpath(path).casefold()
