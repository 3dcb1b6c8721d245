"""What a job works on: the data, split, and how the run folder records them."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitnet.data import Dataset, Examples, bundled, hold_out, load_data
from digitnet.data.parts import Source, as_dataset
from digitnet.training.build import check_size
from digitnet.training.plan import Plan

AT_ONCE = 2**14
"""Images that a checksum is computed of at a time: all may be more than fit in memory."""
N_SAMPLES = 8
"""Images that the figure of distortions shows."""
Say = Callable[[str], None]
"""Takes a sentence for people about what is going on."""


@dataclass(frozen=True)
class Material:
    """What is learned from, validated on and tested with.

    samples: some of the images, to show. about: what identifies all of it.
    """

    examples: Examples
    held_out: Examples
    test: Examples
    classes: tuple[str, ...]
    samples: NDArray[np.float32]
    about: dict[str, Any]


def prepared(plan: Plan, data: Dataset | None, say: Say) -> Material:
    """The data, loaded if they were not given, and split. Raises DigitnetError."""
    if data is None and plan.source is None:
        say(f"{bundled.NAME}: {bundled.NOTE}")  # at once, before anything takes long
        data = bundled.load_mnist()
    else:
        data = data or load_data(plan.source, lambda text: say(f"{plan.source}: {text}"))
        say(f"{data.name}: {data.note}")
    settings = plan.settings
    check_size(settings, data.train, len(data.classes))
    examples, held_out = hold_out(data.train, settings.validation_fraction, settings.seed)
    say(f"{len(held_out) or 'None'} of those to learn from are held out to validate on")
    about = {
        "name": data.name,
        "source": plan.source,
        "train": len(examples),
        "validation": len(held_out),
        "test": len(data.test),
        "crc32": checksum(examples),
    }
    samples = examples.images[:N_SAMPLES].astype(np.float32)
    return Material(examples, held_out, data.test, data.classes, samples, about)


def learned_from(config: dict[str, Any], source: Source) -> bool | None:
    """Whether a run of this configuration learned from images of this source; None if unknown.

    By the checksum of the images that the run learned from.
    """
    try:
        settings, expected = config["settings"], config["data"]["crc32"]
        of_split = settings["validation_fraction"], settings["seed"]
    except (KeyError, TypeError):
        return None
    try:
        examples, _ = hold_out(as_dataset(source).train, *of_split)
    except (TypeError, ValueError):  # images that no run could learn from
        return False
    return bool(checksum(examples) == expected)


def checksum(examples: Examples) -> int:
    """CRC-32 of the images, their labels, and their weights if they have any."""
    checksum = 0
    arrays = (examples.images, examples.labels, examples.weights)
    for array in (each for each in arrays if each is not None):
        for start in range(0, len(array), AT_ONCE):
            rows = np.ascontiguousarray(array[start : start + AT_ONCE])
            checksum = zlib.crc32(rows.data, checksum)
    return checksum
