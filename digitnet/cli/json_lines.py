"""A file of JSON lines, one for each picture, which goes on where it ended."""

import json
from pathlib import Path
from typing import BinaryIO

from digitnet.errors import DigitnetError
from digitnet.files.incoming import expect_file

BEGINNING = b'{"file": "'
"""Of every line."""


class JsonLines:
    """The file, which is made if it is not there. Raises DigitnetError if it is another file.

    names: of the pictures that it has a line for. A line that was cut off is removed: the process
    that wrote it was killed meanwhile.
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
        self.names: set[str] = set()
        try:
            self._go_on(path)
        except BaseException:
            self.close()
            raise

    def _go_on(self, path: Path) -> None:
        whole = 0
        self._file.seek(0)
        for number, line in enumerate(self._file, start=1):
            if not line.endswith(b"\n"):
                if not (line.startswith(BEGINNING) or BEGINNING.startswith(line)):
                    raise _is_another(path, number)
                break
            self.names.add(_name(line, path, number))
            whole += len(line)
        self._file.truncate(whole)
        self._file.seek(whole)

    def write(self, line: str) -> None:
        """Add a line, at once. Raises OSError, as on a full disk."""
        self._file.write(line.encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _name(line: bytes, path: Path, number: int) -> str:
    try:
        return str(json.loads(line)["file"])
    except (ValueError, TypeError, KeyError) as error:
        raise _is_another(path, number) from error


def _is_another(path: Path, number: int) -> DigitnetError:
    return DigitnetError(
        f"{path}: expected what an earlier --output wrote, got something else in line {number}; "
        "choose another file"
    )
