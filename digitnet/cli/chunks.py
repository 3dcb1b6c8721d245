"""Pictures in chunks, read by one process or by many, with results in the order of the pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from digitnet.accept.caution import gathered
from digitnet.cli.pictures import Named
from digitnet.errors import DigitnetError
from digitnet.reading.reading import Reading, read
from digitnet.workers import Workers

PICTURES_AT_ONCE = 8
"""For a worker: enough that sending them costs little, few enough to lose little."""


class Result(NamedTuple):
    """What was read in a picture, or why it could not be; and what it was warned of."""

    reading: Reading | Exception
    warnings: list[str]


def read_all(
    pictures: Sequence[Named], known: dict[str, Any], workers: Workers, with_pixels: bool
) -> Iterator[tuple[Named, Result]]:
    """Each picture with what was read in it.

    known: arguments of `read`. with_pixels: whether the readings keep picture and steps, which are
    a thousand times as large as all else in them.
    """
    many = workers.dask or workers.n > 1
    size = PICTURES_AT_ONCE if many else 1
    chunks = [pictures[n : n + size] for n in range(0, len(pictures), size)]
    for chunk, results in zip(
        chunks, workers.each(_read_chunk, chunks, known, with_pixels), strict=True
    ):
        yield from zip(chunk, results, strict=True)


def _read_chunk(chunk: Sequence[Named], known: dict[str, Any], with_pixels: bool) -> list[Result]:
    return [_read_one(named, known, with_pixels) for named in chunk]


def _read_one(named: Named, known: dict[str, Any], with_pixels: bool) -> Result:
    with gathered() as warnings:
        try:
            reading = read(named.source(), **known)
        except (DigitnetError, MemoryError) as error:
            return Result(error, warnings)
    if not with_pixels:
        nothing = np.empty((0, 0), np.uint8)
        picture = replace(reading.picture, grey=nothing, colour=None)
        reading = replace(reading, picture=picture, steps=[])
    return Result(reading, warnings)
