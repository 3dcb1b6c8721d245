"""A file of JSON lines, one for each picture, which goes on where it ended."""

import json
from pathlib import Path
from typing import BinaryIO

from digitnet.errors import DigitnetError
from digitnet.files.incoming import expect_file
from digitnet.files.writing import replaced

BEGINNING = b'{"file": "'
"""Of every line."""


class JsonLines:
    """The file, which is made if it is not there. Raises DigitnetError if it is another file.

    names: of the pictures that it has a reading of. A picture that could not be read has a line
    too, which the next line of that picture takes the place of when the file is closed. A line that
    was cut off is removed: the process that wrote it was killed meanwhile.
    """

    def __init__(self, path: Path) -> None:
        try:
            if path.exists():
                expect_file(path, path.stat().st_mode)  # no device, which may be without an end
            self._file: BinaryIO = path.open("a+b")
        except OSError as error:
            reason = str(error.strerror).lower()
            raise DigitnetError(
                f"{path}: expected a file that can be written to: {reason}"
            ) from error
        self._path = path
        self.names: set[str] = set()
        self._refused: dict[str, bytes] = {}
        self._out_of_date: set[bytes] = set()
        try:
            self._go_on()
        except BaseException:
            self._file.close()
            raise

    def _go_on(self) -> None:
        whole = 0
        self._file.seek(0)
        for number, line in enumerate(self._file, start=1):
            if not line.endswith(b"\n"):
                if not (line.startswith(BEGINNING) or BEGINNING.startswith(line)):
                    raise _is_another(self._path, number)
                break
            self._note(line, number)
            whole += len(line)
        self._file.truncate(whole)
        self._file.seek(whole)

    def _note(self, line: bytes, number: int) -> None:
        try:
            said = json.loads(line)
            name, is_refused = str(said["file"]), "error" in said
        except (ValueError, TypeError, KeyError) as error:
            raise _is_another(self._path, number) from error
        before = self._refused.pop(name, None)
        if before not in (None, line):
            self._out_of_date.add(before)
        if is_refused:
            self._refused[name] = line
        else:
            self.names.add(name)

    def write(self, name: str, text: str) -> None:
        """Add a line for this picture, at once. Raises OSError, as on a full disk.

        What an earlier line says of the picture, that it could not be read, is not said again.
        """
        line = text.encode() + b"\n"
        before = self._refused.get(name)
        if line == before:
            return
        self._file.write(line)
        self._file.flush()
        if before is not None:
            self._out_of_date.add(before)

    def close(self) -> None:
        """Close the file, and remove what is out of date. Raises OSError, and it is as before."""
        self._file.close()
        if self._out_of_date:
            with self._path.open("rb") as old, replaced(self._path) as new:
                new.writelines(line for line in old if line not in self._out_of_date)


def _is_another(path: Path, number: int) -> DigitnetError:
    return DigitnetError(
        f"{path}: expected what an earlier --output wrote, got something else in line {number}; "
        "choose another file"
    )
