"""Tables of images: CSV, as Kaggle has MNIST. A row is an image: its label, its pixels.

    label,pixel0,pixel1,…        a line with names, or none
    7,0,0,…                      the label first, last, or not at all

The first two values of a row and its last may be something else than pixels; all between are read
by NumPy, some thousand rows at once, so a table takes little more memory than its pixels.
"""

import csv
import gzip
import io
import math
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.data.parts import Part
from digitnet.data.readers.columns import Edges, meanings
from digitnet.errors import DigitnetError
from digitnet.files.incoming import most_unpacked, open_file
from digitnet.text import shown

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
ROWS_AT_ONCE = 2000
LONGEST_LINE = 2**22
MOST_ROWS = 1_000_000
MOST_BLANK = 10_000
"""Lines: a small packed file may hold millions, and each takes its time."""
FRONT, BACK = 2, 1
"""Values at the two ends of a row that may be its number or its label."""


def is_table(path: Path) -> bool:
    """Whether this is the name of a table."""
    return path.name.lower().endswith(SUFFIXES)


def read_table(path: Path) -> Part:
    """Images and, if it has them, labels of a table.

    Values are separated by commas, semicolons or tabs, and may be quoted. Pixels become uint8 if
    they are whole numbers from 0 to 255, else float32.
    Raises DigitnetError, which names the line, if it cannot be read or is not such a table.
    """
    try:
        with open_file(path) as file:
            n_bytes = file.seek(0, io.SEEK_END)
            file.seek(0)
            if path.name.lower().endswith(".gz"):
                return _read(_lines(gzip.GzipFile(fileobj=file), most_unpacked(n_bytes)))
            return _read(_lines(file, n_bytes))
    except (OSError, EOFError, zlib.error) as error:
        raise DigitnetError(f"{path}: cannot be read: {error}") from error
    except ValueError as error:
        raise DigitnetError(f"{path}: {error}") from error


def _lines(stream: Any, most: int) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers. Raises ValueError, also for too much."""
    n_blank = 0
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
        most -= len(line)
        if most < 0 or len(line) == LONGEST_LINE:
            raise ValueError(f"line {number}: expected a table, got far more than one can hold")
        if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise ValueError("line 1: expected text in UTF-8, got UTF-16; save the table as UTF-8")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n ")
        except UnicodeDecodeError as error:
            raise ValueError(f"line {number}: expected text in UTF-8: {error}") from error
        if "\r" in text:
            raise ValueError(f"line {number}: expected a line break after each row, got only \\r")
        if text:
            yield number, text
        else:
            n_blank += 1
            if n_blank > MOST_BLANK:
                raise ValueError(f"line {number}: expected a table, got thousands of blank lines")


def _read(lines: Iterator[tuple[int, str]]) -> Part:
    first = next(lines, None)
    if first is None:
        raise ValueError("expected a table of pixels, got no lines")
    separator = next((each for each in "\t;" if first[1].count(each) >= FRONT + BACK), ",")
    names = _fields(first[1], separator)
    values = [name.replace(",", ".") if separator == ";" else name for name in names]
    has_names = sum(not _is_number(value) for value in values) > max(1, len(values) // 2)
    rows = _Rows(separator, len(names))
    if not has_names:
        rows.add([first])
    while block := list(islice(lines, ROWS_AT_ONCE)):
        rows.add(block)
    return rows.part([name.strip().lower() for name in names] if has_names else None)


class _Rows:
    """The rows so far: pixels in blocks, and the columns at the two ends as texts."""

    def __init__(self, separator: str, n_columns: int) -> None:
        if n_columns <= FRONT + BACK:
            raise ValueError(
                f"line 1: expected pixels separated by commas, semicolons or tabs, got {n_columns} "
                f"values"
            )
        self.separator = separator
        self.n_columns = n_columns
        self.blocks: list[NDArray[Any]] = []
        self.edges: Edges = [[] for _ in range(FRONT + BACK)]
        self.numbers: list[int] = []
        """Of the lines."""

    def add(self, block: list[tuple[int, str]]) -> None:
        """Read the lines of a block. Raises ValueError, which names the first that is wrong."""
        self.numbers += [number for number, _ in block]
        if len(self.numbers) > MOST_ROWS:
            raise ValueError(f"expected at most {MOST_ROWS} rows, got more; take a part of them")
        cut = [_cut(text, self.separator) for _, text in block]
        middle = [each[FRONT] for each in cut]
        if self.separator == ";":
            middle = [text.replace(",", ".") for text in middle]  # 0,5
        for column, values in enumerate(zip(*cut, strict=True)):
            if column != FRONT:
                self.edges[column - (column > FRONT)] += values
        n_pixels = self.n_columns - FRONT - BACK
        for dtype in (np.uint8, np.float32):
            try:
                pixels = _parsed(middle, self.separator, dtype)
            except ValueError:
                continue
            if pixels.shape == (len(block), n_pixels) and np.isfinite(pixels).all():
                self.blocks.append(pixels)
                return
        raise ValueError(self._what_is_wrong(block))

    def _what_is_wrong(self, block: list[tuple[int, str]]) -> str:
        for number, text in block:
            fields = _fields(text, self.separator)
            if len(fields) != self.n_columns:
                return (
                    f"line {number}: expected {self.n_columns} values, as in the first line, "
                    f"got {len(fields)}"
                )
            for position, field in enumerate(fields[FRONT:-BACK], start=FRONT + 1):
                if not _is_number(field.replace(",", ".") if self.separator == ";" else field):
                    return (
                        f"line {number}: expected a number as value {position}, got {shown(field)}"
                    )
        return f"line {block[0][0]}: expected rows of numbers"

    def part(self, names: list[str] | None) -> Part:
        """All of it. Raises ValueError if there are no rows, or no pixels in some column."""
        if not self.blocks:
            raise ValueError("expected rows of pixels below the line with names, got none")
        label, is_pixel = meanings(self.edges, self.n_columns, names)
        columns = [
            self._edge_pixels(column) if is_pixel[column] else None
            for column in range(FRONT + BACK)
        ]
        before = [each for each in columns[:FRONT] if each is not None]
        after = [each for each in columns[FRONT:] if each is not None]
        middle = np.concatenate(self.blocks)
        images = np.hstack([*before, middle, *after])
        if images.dtype not in (np.uint8, np.float32):
            images = images.astype(np.float32)
        return Part(images, None if label is None else self._labels(label))

    def _edge_pixels(self, column: int) -> NDArray[Any]:
        values = self.edges[column]
        if self.separator == ";":
            values = [value.replace(",", ".") for value in values]
        for number, value in zip(self.numbers, values, strict=True):
            if not _is_number(value):
                raise ValueError(f"line {number}: expected numbers only, got {shown(value)}")
        numbers = np.array(values, np.float64)[:, None]
        grey = np.clip(np.rint(numbers), 0, 255)
        return grey.astype(np.uint8) if np.array_equal(grey, numbers) else numbers

    def _labels(self, column: int) -> NDArray[Any]:
        """Labels as numbers, if all are, else as texts."""
        texts = [value.strip() for value in self.edges[column]]
        place = "last" if column >= FRONT else ("first", "second")[column]
        for number, text in zip(self.numbers, texts, strict=True):
            if not text:
                raise ValueError(
                    f"line {number}: expected a label as the {place} value, got nothing"
                )
        try:
            return np.array(texts, np.float64)
        except ValueError:
            return np.array(texts)


def _cut(text: str, separator: str) -> tuple[str, ...]:
    """The first two values of a line, those between as one text, and the last."""
    if '"' in text:
        fields = _fields(text, separator)
        fields += [""] * (FRONT + BACK - len(fields))
        return (*fields[:FRONT], separator.join(fields[FRONT:-BACK]), fields[-BACK])
    *front, rest = text.split(separator, FRONT)
    middle, _, last = rest.rpartition(separator)
    return (*front, *[""] * (FRONT - len(front)), middle, last)


def _fields(text: str, separator: str) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([text], delimiter=separator))]
    except csv.Error as error:
        raise ValueError(f"expected a line of a table: {error}") from error


def _parsed(texts: list[str], separator: str, dtype: Any) -> NDArray[Any]:
    if any(not text or text.isspace() for text in texts):  # which NumPy would pass over
        raise ValueError("a row without pixels")
    return np.loadtxt(texts, dtype, comments=None, delimiter=separator, ndmin=2)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
