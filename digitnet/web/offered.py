"""Offered: what a page may choose, as it is told in the beginning, and as it comes back."""

from dataclasses import fields
from typing import Any

from digitnet.data import Dataset
from digitnet.errors import DigitnetError
from digitnet.text import listed
from digitnet.training.changes import LIVE
from digitnet.training.kinds import Kind, Name, Names, Number, Whole, Wholes, YesNo
from digitnet.training.options import option_of
from digitnet.training.recipes import RECIPES
from digitnet.training.settings import Settings
from digitnet.version import __version__
from digitnet.web.limits import Limits
from digitnet.web.messages import Event

KINDS = {
    Whole: "whole",
    Number: "number",
    Name: "name",
    Names: "names",
    Wholes: "wholes",
    YesNo: "yesno",
}


def about(data: Dataset, limits: Limits) -> Event:
    """The settings and recipes that there are, their limits, and the images, as an event."""
    told = {
        "version": __version__,
        "recipes": {name: _listed(recipe) for name, recipe in RECIPES.items()},
        "settings": [
            {
                "name": each.name,
                "group": option_of(each).group,
                "meaning": option_of(each).sentence,
                "default": each.default,
                "live": each.name in LIVE,
                **_bounds(option_of(each).kind),
            }
            for each in fields(Settings)
            if each.name != "threads"
        ],
        "limits": {
            name: getattr(limits, name)
            for name in ("weights", "layers", "width", "epochs", "batch")
        },
        "data": {
            "name": data.name,
            "train": len(data.train),
            "test": len(data.test),
            "note": data.note,
        },
    }
    return Event("state", told)


def _listed(recipe: dict[str, Any]) -> dict[str, Any]:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in recipe.items()}


def _bounds(kind: Kind) -> dict[str, Any]:
    """What a page must know to make a control for values of this kind."""
    return {
        "kind": KINDS[type(kind)],
        "low": getattr(kind, "low", None),
        "high": getattr(kind, "high", None),
        "choices": list(kind.choices),
    }


def settings_of(given: dict[str, Any], recipe: str = "default") -> Settings:
    """Settings as the page writes them. Raises DigitnetError if they cannot be."""
    if recipe not in RECIPES:
        raise DigitnetError(f"expected a recipe among {', '.join(RECIPES)}")
    names = {each.name: each for each in fields(Settings)}
    if unknown := [name for name in given if name not in names or name == "threads"]:
        raise DigitnetError(f"expected settings by name, got {listed(unknown)}")
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    return Settings(**(RECIPES[recipe] | values))
