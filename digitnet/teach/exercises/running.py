"""Functions run without a word, on arguments of their own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from digitnet.teach.exercises.parts import Arrays, Exercise, Function


@contextmanager
def quiet() -> Iterator[None]:
    """Neither NumPy's warnings nor Python's: the check says by itself what it finds."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def copied(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with arrays of their own."""
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in given.items()}


def raw(function: Function, given: Mapping[str, Any]) -> Any:
    """What the function returns for these arguments, whatever it is."""
    with quiet():
        return function(*given.values())


def arrays_of(exercise: Exercise, function: Function, given: Mapping[str, Any]) -> Arrays:
    """What a function of ours returns, by name."""
    returned = raw(function, copied(given))
    values = returned if len(exercise.outputs) > 1 else (returned,)
    return {o.name: np.asarray(v, float) for o, v in zip(exercise.outputs, values, strict=True)}
