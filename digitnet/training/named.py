"""Settings by the names that people write, and values from texts and files."""

from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from digitnet.errors import DigitnetError
from digitnet.files.incoming import read_json
from digitnet.text import plain, shown
from digitnet.training.kinds import Names, Wholes
from digitnet.training.options import option_of
from digitnet.training.settings import Settings, check, parse
from digitnet.training.spelling import suggestion


def settings_by_name() -> "dict[str, Field[Any]]":
    """The fields of Settings under their names, and under those of their options."""
    every = fields(Settings)
    flags = {option_of(each).flag.removeprefix("--"): each for each in every}
    return {each.name: each for each in every} | {name: flags[name] for name in flags if name}


def value_of(each: "Field[Any]", text: str) -> Any:
    """The value of a field from a text in which + joins the parts of a list: 256+128.

    "none" is an empty list, or an option that is off. Raises SettingsError.
    """
    if text == "none" and each.default is None:
        return None
    return parse(each, "" if text == "none" else text.replace("+", ","), text)


def read_settings(path: Path) -> dict[str, Any]:
    """The settings that a file of JSON has: names with values, or those under "settings".

    So the config.json of a run is such a file too. A list may be its only part. Raises
    DigitnetError, which names the file, if it cannot be read, or has anything else.
    """
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DigitnetError(f"{path}: expected a file of settings in JSON: {why}") from error
    found = content.get("settings", content) if isinstance(content, dict) else content
    if not isinstance(found, dict):
        raise DigitnetError(f"{path}: expected settings, names with values, got {shown(found)}")
    try:
        return dict(_checked(name, value) for name, value in found.items())
    except DigitnetError as error:
        raise DigitnetError(f"{path}: {error}") from error


def _checked(name: str, value: Any) -> tuple[str, Any]:
    """The name and the value as Settings has them. Raises DigitnetError."""
    known = {each.name: each for each in fields(Settings)}
    if name not in known:
        hint = suggestion(name, known)
        raise DigitnetError(
            f"unknown setting {plain(name)}{hint or '; known are ' + ', '.join(known)}"
        )
    each = known[name]
    if isinstance(option_of(each).kind, Names | Wholes):
        listed = value if isinstance(value, list) else [value]
        value = tuple(listed)
    check(each, value)
    return name, value
