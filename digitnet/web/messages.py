"""Messages: what page and visit say to each other.

A message is a name, some fields, and some arrays. The page sends commands, the visit events: there
is a table of each (commands.py, events.py), which docs/playground.md shows, and to which tests hold
the page and the visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.errors import DigitnetError
from digitnet.text import listed, shown
from digitnet.training.spelling import suggestion
from digitnet.web.commands import COMMANDS
from digitnet.web.events import EVENTS

Arrays = dict[str, NDArray[Any]]
"""Arrays by name, of uint8, int32 or float32."""


@dataclass(frozen=True)
class Event:
    """What the visit says: a name, fields as JSON has them, arrays.

    passing: whether a page that is slow can do without, because the next one says it better.
    """

    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=dict)

    @property
    def passing(self) -> bool:
        return EVENTS[self.name].passing


def error_event(command: object, message: str, setting: str = "") -> Event:
    """Why a command could not be carried out."""
    name = command if isinstance(command, str) else ""
    return Event("error", {"command": name[:40], "message": message, "setting": setting})


@dataclass(frozen=True)
class Asked:
    """A command that was checked."""

    name: str
    fields: dict[str, Any]
    arrays: Arrays


def checked(name: object, fields: object, arrays: Arrays) -> Asked:
    """A command from outside, if it is one. Raises DigitnetError."""
    if type(name) is not str or name not in COMMANDS:
        hint = suggestion(name, COMMANDS) if type(name) is str else ""
        raise DigitnetError(
            f"expected one of the commands {', '.join(COMMANDS)}, got {shown(name)}{hint}"
        )
    if type(fields) is not dict:
        raise DigitnetError(f"{name}: expected fields by name, got {shown(fields)}")
    about = COMMANDS[name]
    _check_names(name, "fields", fields, about.fields, about.optional)
    _check_names(name, "arrays", arrays, about.arrays)
    for each, kind in about.fields.items():
        if each in fields and not kind.holds(fields[each]):
            raise DigitnetError(
                f"{name}: {each}: expected {kind.expected}, got {shown(fields[each])}"
            )
    for each, array in about.arrays.items():
        array.check(f"{name}: {each}", np.asarray(arrays[each]))
    return Asked(name, fields, arrays)


def _check_names(
    command: str,
    what: str,
    got: Mapping[str, Any],
    expected: Mapping[str, Any],
    optional: tuple[str, ...] = (),
) -> None:
    missing = [name for name in expected if name not in got and name not in optional]
    if missing or set(got) - set(expected):
        names = listed(tuple(expected)) if expected else "none"
        raise DigitnetError(
            f"{command}: expected the {what} {names}, got {shown(', '.join(map(str, got)))}"
        )
