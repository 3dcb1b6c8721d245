"""Unlike: how the networks of a committee differ where their seeds alone would not do.

Networks of one recipe err alike: their mean corrects what chance made of each, and nothing else.
So each member here learns in a way of its own, one after the other and then again from the first.
Which ways help was looked for on images held out (docs/LOG.md).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from digitnet.training.settings import Settings

Changes = dict[str, Any]


def in_its_way(settings: Settings, number: int) -> Settings:
    """The settings of the member with this number, from 1: the first has those of the committee."""
    way = WAYS[(number - 1) % len(WAYS)]
    return replace(settings, **way(settings))


def as_they_are(_: Settings) -> Changes:
    """No changes."""
    return {}


def seen_otherwise(settings: Settings) -> Changes:
    """Oriented gradients in place of pixels, or pixels in place of them."""
    return {"oriented_gradients": not settings.oriented_gradients}


def deeper(settings: Settings) -> Changes:
    """Two layers more, and all but the first half as wide as that; where there are none, slant."""
    if not settings.hidden_layer_sizes:
        return slant_as_it_was(settings)
    first, n = settings.hidden_layer_sizes[0], len(settings.hidden_layer_sizes)
    sizes = (first, *(max(1, first // 2),) * (n + 1))
    return {"hidden_layer_sizes": sizes, "activation": settings.activation[:1]}


def slant_as_it_was(settings: Settings) -> Changes:
    """Deskewed images if they were not, and those as they are if they were."""
    return {"deskew": not settings.deskew}


WAYS: tuple[Callable[[Settings], Changes], ...] = (
    as_they_are,
    seen_otherwise,
    deeper,
    slant_as_it_was,
)
