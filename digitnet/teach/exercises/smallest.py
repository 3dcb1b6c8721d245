"""The smallest call in which a wrong output shows: numbers to compute with by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from digitnet.languages import tr
from digitnet.teach.exercises.calling import call
from digitnet.teach.exercises.known import close
from digitnet.teach.exercises.parts import Case, Exercise, Found, Function, Output
from digitnet.teach.exercises.running import arrays_of
from digitnet.teach.exercises.telling import number

DECIMALS = 4
MOST = 20
"""Numbers of a case that can still be written out."""


def example(exercise: Exercise, function: Function, output: Output, case: Case) -> str:
    """Arguments of one row, two, or the case, with the pupil's output and ours; "" if all agree."""
    decays = bool(case.given.get("weight_decay"))
    for given in (
        arguments(exercise, 1, decays),
        arguments(exercise, 2, decays),
        *([case.given] if sum(map(np.size, case.given.values())) <= MOST else []),
    ):
        small = Case("for these", given)
        try:
            yours = call(exercise, function, small)[output.name]
        except Found:
            continue
        ours = arrays_of(exercise, exercise.reference(), given)[output.name]
        if not close(yours, ours):
            listed = ", ".join(f"{name} = {written(value)}" for name, value in given.items())
            return tr(
                "for {arguments}, {name} should be {ours}; yours is {yours}",
                arguments=listed,
                name=output.name,
                ours=written(ours),
                yours=written(yours),
            )
    return ""


def arguments(exercise: Exercise, n_rows: int, decays: bool) -> dict[str, Any]:
    """Seeded numbers of one decimal, none of them 0, with two of everything but the rows."""
    generator = np.random.default_rng(n_rows)
    settings = {"weight_decay": 0.1 * decays, "batch_size": 1, "learning_rate": 0.5, "b": 0.3}
    given: dict[str, Any] = {}
    for name, axes in exercise.inputs.items():
        shape = tuple(n_rows if letter in "BN" else 2 for letter in axes)
        if not axes:
            given[name] = settings[name]
        elif name == "t":
            given[name] = np.eye(2)[np.arange(n_rows)[::-1]]
        elif name == "order":
            given[name] = np.arange(n_rows)[::-1]
        else:
            values = np.round(generator.standard_normal(shape), 1)
            given[name] = np.where(values == 0, 0.1, values)
    return given


def written(value: Any) -> str:
    """An array as lists in lists, a number as it is; four decimals at most."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"[{', '.join(written(each) for each in value)}]"
    return number(round(float(value), DECIMALS) + 0.0)
