"""Writing the files of a folder, and losing none of them while there is a place that takes them."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from digitnet.errors import DigitnetError

Write = Callable[[Path], None]
"""Writes a file under this path, or raises."""


class Keeper:
    """Writes files to a folder. What cannot be written, because the disk is full or the folder is
    gone, is kept in memory, and `settle` tries again.

    say: told the first time that something cannot be written.
    problem: why the last such thing could not. rescue: the folder among the temporary files where
    `settle` wrote what this one did not take.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.problem = ""
        self.rescue: Path | None = None
        self._say = say
        self._said = False
        self._pending: dict[str, Write] = {}

    @property
    def lost(self) -> list[str]:
        """The names of what has not been written anywhere so far."""
        return list(self._pending)

    def put(self, name: str, write: Write) -> None:
        """Write a file, now or later."""
        self._pending[name] = write
        if not self._written(self.folder, name) and not self._said:
            self._said = True
            self._say(
                f"{self.folder} cannot be written ({self.problem}); it is tried again at the end"
            )

    def forget(self, name: str) -> None:
        """Remove a file that no longer holds, and write no such later."""
        self._pending.pop(name, None)
        with suppress(OSError):
            (self.folder / name).unlink()

    def settle(self, first: str) -> None:
        """Write what could not be, beginning with the file of this name: here or for the rescue."""
        names = sorted(self._pending, key=lambda name: name != first)
        names = [name for name in names if not self._written(self.folder, name)]
        if not names:
            return
        try:
            rescue = self.rescue or Path(tempfile.mkdtemp(prefix=f"digitnet-{self.folder.name}-"))
        except OSError:
            return
        lost = [name for name in names if not self._written(rescue, name)]
        if lost != names:
            self.rescue = rescue
        elif not self.rescue:
            rescue.rmdir()

    def _written(self, folder: Path, name: str) -> bool:
        """Write what is pending under this name; whether that could be."""
        try:
            self._pending[name](folder / name)
        except (OSError, MemoryError, DigitnetError) as error:
            self.problem = getattr(error, "strerror", None) or str(error)
            return False
        del self._pending[name]
        return True
