"""What a checkpoint holds, field by field: whoever can write a file can also seal it.

A field that is not listed is not looked at here. What depends on the training, such as the number
of parameters, is compared where the training goes on.
"""

import math
from collections.abc import Callable
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from digitnet.nn import Epoch, Progress
from digitnet.text import shown

LARGEST = 2**53


def is_count(value: object) -> bool:
    """A whole number from 0 on; True is none."""
    return type(value) is int and 0 <= value <= LARGEST


def is_number(value: object) -> bool:
    """A number, which may be infinity or NaN: what was not measured."""
    return type(value) in (int, float)


def is_best(value: object) -> bool:
    """The best epoch, 0 for none, and its loss."""
    return (
        isinstance(value, dict)
        and value.keys() == {"epoch", "loss"}
        and is_count(value["epoch"])
        and is_number(value["loss"])
        and not math.isnan(value["loss"])
    )


def is_progress(value: object) -> bool:
    """The fields of Progress, each of its type."""
    kinds: dict[Any, Callable[[object], bool]] = {int: is_count, float: is_number}
    known = {name: kinds[kind] for name, kind in get_type_hints(Progress).items()}
    return (
        isinstance(value, dict)
        and value.keys() == known.keys()
        and all(holds(value[name]) for name, holds in known.items())
    )


def is_history(value: object) -> bool:
    """Records of Epoch, numbered from 1."""
    return isinstance(value, list) and all(
        isinstance(record, list)
        and len(record) == len(Epoch._fields)
        and all(map(is_number, record))
        and type(record[0]) is int
        and record[0] == number
        for number, record in enumerate(value, start=1)
    )


HEADER: dict[str, Callable[[object], bool]] = {
    "number": is_count,
    "step": is_count,
    "progress": is_progress,
    "best": is_best,
    "history": is_history,
}


def check_header(header: Any) -> None:
    """Raise ValueError unless this is the header of a checkpoint, and agrees with itself."""
    if not isinstance(header, dict):
        raise ValueError(f"header: expected names with values, got {shown(header)}")
    for name, holds in HEADER.items():
        if not holds(header.get(name)):
            raise ValueError(f"{name}: {shown(header.get(name))} does not fit")
    progress, n_epochs = header["progress"], len(header["history"])
    agreements = {
        "step": header["step"] == progress["step"] >= progress["batch"],
        "epoch": progress["epoch"] == n_epochs + 1,
        "n_examples": (progress["n_examples"] == 0) == (progress["batch"] == 0),
        "n_correct": progress["n_correct"] <= progress["n_examples"],
        "seconds": math.isfinite(progress["seconds"]) and math.isfinite(progress["total_loss"]),
        "best": header["best"]["epoch"] <= n_epochs,
    }
    for name, holds_true in agreements.items():
        if not holds_true:
            raise ValueError(f"{name} does not agree with the rest of the header")


def check_arrays(arrays: dict[str, NDArray[Any]]) -> None:
    """Raise ValueError or KeyError unless these hold parameters, three times alike.

    What a layer or an optimizer keeps, its own `restore` has to judge, where the training goes on.
    """
    shape = arrays["network_params"].shape
    if len(shape) != 1:
        raise ValueError(f"network_params: expected a row of numbers, got {shape}")
    for name in PARAMS:
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float32:
            raise ValueError(f"{name}: {array.shape} of {array.dtype} does not fit")


PARAMS = ("network_params", "best_params", "good_params")
