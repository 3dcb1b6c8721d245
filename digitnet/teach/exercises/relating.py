"""What a wrong array may mean, seen by how it relates to ours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.known import CLOSE, close
from digitnet.teach.exercises.parts import WEIGHT_DECAY, Arrays, Case, Exercise, Output
from digitnet.teach.exercises.telling import number

NEARLY = 1e-3
"""Of the largest entry."""
CONSTANTS = {
    2.0: mark("a 1/2 is missing, or something counts twice"),
    0.5: mark("a 1/2 too many, or a 2 is missing"),
    math.log10(math.e): mark("this is the logarithm to base 10; take the natural one, np.log"),
    math.log2(math.e): mark("this is the logarithm to base 2; take the natural one, np.log"),
}

COUNTS = {
    "B": mark("the batch size"),
    "N": mark("the number of images"),
    "I": mark("the number of inputs"),
    "H": mark("the number of hidden units"),
    "O": mark("the number of outputs"),
    "K": mark("the number of classes"),
}
"""What each letter of LETTERS counts."""
ROWS = (
    mark("row {place} is wrong; all other rows are right"),
    mark("the rows {places} are wrong; all others are right"),
)
COLUMNS = (
    mark("column {place} is wrong; all other columns are right"),
    mark("the columns {places} are wrong; all others are right"),
)


@dataclass(frozen=True)
class Wrong:
    """An array of the right shape with wrong values, and what to compare it with."""

    exercise: Exercise
    output: Output
    mine: Array
    ours: Arrays
    case: Case
    right_before: Case | None = None
    """The last case in which this output was right."""

    @property
    def name(self) -> str:
        """Of the array."""
        return self.output.name

    @property
    def right(self) -> Array:
        """What it should be."""
        return self.ours[self.output.name]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which entries are wrong."""
        scale = float(np.abs(self.right).max(initial=0))
        wrong: NDArray[np.bool_] = np.abs(self.mine - self.right) > CLOSE * scale + 1e-15
        return wrong


def likely(wrong: Wrong) -> tuple[str, str]:
    """What can be seen by comparing it with ours, and where that is derived; "" if nothing."""
    for saying in SAYINGS:
        if said := saying(wrong):
            return said, WEIGHT_DECAY if saying in (_decay, _price) else ""
    return "", ""


def _another(at: Wrong) -> str:
    if not at.mine.any():
        return tr("your {name} is zero everywhere", name=at.name)
    for name, array in at.ours.items():
        if name != at.name and close(at.mine, array):
            names = ", ".join(each.name for each in at.exercise.outputs)
            return tr(
                "your {name} is what {other} should be; the order is {names}",
                name=at.name,
                other=name,
                names=names,
            )
    for name, array in at.case.given.items():
        if isinstance(array, np.ndarray) and close(at.mine, array):
            return tr(
                "your {name} is the argument {argument}, as it was given",
                name=at.name,
                argument=name,
            )
    return ""


def _multiple(at: Wrong) -> str:
    size = float(np.sum(at.right * at.right))
    factor = float(np.sum(at.mine * at.right)) / size if size else 0.0
    if factor == 0 or not close(at.mine, factor * at.right):
        return ""
    start = tr("your {name} is {factor} × ours", name=at.name, factor=number(factor))
    if np.isclose(factor, -1) and at.name == "loss":
        return tr("{start}: the minus in front of it is missing, or one too many", start=start)
    if np.isclose(factor, -1):
        return tr("{start}: the sign is wrong; look at the order of a subtraction", start=start)
    if before := _ratio(at, factor):
        return tr(
            "{start}, but was right {case}: is a size written as a number, not as len(x)?",
            start=start,
            case=before,
        )
    return _size(at, start, factor) or _constant(at, start, factor)


def _constant(at: Wrong, start: str, factor: float) -> str:
    """A factor that is no size."""
    for constant, meaning in CONSTANTS.items():
        if np.isclose(factor, constant):
            return f"{start}: {tr(meaning)}"
    if len(np.unique(at.right)) == 1:
        return ""  # where all entries are the same there is a factor in any case
    if 0.98 < factor < 1.02:
        return tr(
            "{start}: was something small added, such as 1e-3? Nothing here needs that",
            start=start,
        )
    return tr(
        "{start}, the same factor in every entry: a constant is missing, or one too many",
        start=start,
    )


def _size(at: Wrong, start: str, factor: float) -> str:
    """A factor that is the size of something."""
    sign = tr(". Its sign is wrong as well") if factor < 0 else ""
    for name, value in _sizes(at).items():
        if value > 1 and np.isclose(abs(factor), value):
            said = tr(
                "{start}, and {value} is {size}: divide by it, once",
                start=start,
                value=number(value),
                size=name,
            )
            return said + sign
        if value > 1 and np.isclose(abs(factor), 1 / value):
            said = tr(
                "your {name} is ours divided by {value}, and {value} is {size}: it was divided by "
                "once too often, or a mean was taken for a sum",
                name=at.name,
                value=number(value),
                size=name,
            )
            return said + sign
    return ""


def _ratio(at: Wrong, factor: float) -> str:
    """Where it was right, if the factor is that by which a size has changed since."""
    if at.right_before is None:
        return ""
    before, now = at.exercise.sizes(at.right_before), at.exercise.sizes(at.case)
    changed = [now[k] / before[k] for k in now if now[k] != before[k]]
    changes = any(np.isclose(factor, ratio) or np.isclose(factor, 1 / ratio) for ratio in changed)
    return tr(at.right_before.told) if changes else ""


def _sizes(at: Wrong) -> dict[str, float]:
    """What a factor may be, with its name: sizes, their products, rates."""
    sizes = at.exercise.sizes(at.case)
    names = {k: tr(COUNTS[k]) for k in sizes}
    found = {names[letter]: float(value) for letter, value in sizes.items()}
    found |= {
        tr("{one} times {other}", one=names[one], other=names[other]): float(
            sizes[one] * sizes[other]
        )
        for one, other in combinations(sizes, 2)
    }
    return found


def _turned(at: Wrong) -> str:
    square = at.right.ndim == 2 and at.right.shape[0] == at.right.shape[1]
    if square and close(at.mine, at.right.T):
        return tr("your {name} is ours transposed: swap the factors, or move the .T", name=at.name)
    return ""


def _decay(at: Wrong) -> str:
    decay, array = at.case.given.get("weight_decay"), at.case.given.get(at.output.slope_of)
    if not decay or array is None:
        return ""
    size = float(np.sum(array * array))
    share = float(np.sum((at.mine - at.right) * array)) / size / decay if size else 0.0
    if abs(share) < 1e-3 or not close(at.mine - at.right, share * decay * array):
        return ""
    name = at.output.slope_of
    rule = tr("weight_decay/2 times {name}² has the slope weight_decay {name}, once", name=name)
    if name.startswith("b"):
        rule = tr("only weights have a price, biases have none")
    return tr(
        "your {name} differs from ours by {share} × weight_decay × {argument}, and by nothing "
        "else: {rule}",
        name=at.name,
        share=number(share),
        argument=name,
        rule=rule,
    )


def _signs(at: Wrong) -> str:
    if close(np.abs(at.mine), np.abs(at.right)):
        count = int(at.wrong.sum())
        return tr(
            "the sizes are right, but {count} of {total} entries have the wrong sign",
            count=count,
            total=at.right.size,
        )
    return ""


def _offset(at: Wrong) -> str:
    difference = at.mine - at.right
    mean = float(difference.mean())
    varied = len(np.unique(at.right)) > 1
    if varied and abs(mean) > CLOSE and close(difference, np.full_like(difference, mean)):
        return tr(
            "your {name} is ours with {number} added to every entry",
            name=at.name,
            number=number(mean),
        )
    return ""


def _nearly(at: Wrong) -> str:
    """Right to some digits, but not to all."""
    scale = float(np.abs(at.right).max(initial=0))
    off = float(np.abs(at.mine - at.right).max(initial=0))
    if off > NEARLY * scale:
        return ""
    return tr(
        "your {name} is nearly right, to {percent} % of its largest entry: was something rounded, "
        "a small number added, or a slope measured, not derived?",
        name=at.name,
        percent=number(100 * off / scale),
    )


def _price(at: Wrong) -> str:
    """Right without weight decay."""
    before = at.right_before
    if not at.case.given.get("weight_decay") or not before or before.given["weight_decay"]:
        return ""
    what = tr("weight_decay/2 times the sum of the squares of all weights, and of no biases")
    if at.output.slope_of:
        what = tr("for weights weight_decay times W, entry by entry, for biases nothing")
    return tr(
        "{name} is right without weight decay: look at what that adds, {what}",
        name=at.name,
        what=what,
    )


def _lines(at: Wrong) -> str:
    """Whole rows or columns that are wrong, while the others are right."""
    if at.right.ndim != 2:
        return ""
    for axis, (one, several) in ((1, ROWS), (0, COLUMNS)):
        lines = np.asarray(at.wrong.any(axis=axis))
        if 0 < lines.sum() < len(lines) and lines.sum() <= len(lines) / 2:
            places = ", ".join(map(str, np.flatnonzero(lines)[:6]))
            if lines.sum() == 1:
                return tr(one, place=places)
            more = tr("{places} and more", places=places) if lines.sum() > 6 else places
            return tr(several, places=more)
    return ""


def _places(at: Wrong) -> str:
    n_right = int(at.wrong.size - at.wrong.sum())
    if at.right.ndim == 0 or n_right < 0.1 * at.wrong.size:
        return ""
    start = tr("{count} of {total} entries are right", count=n_right, total=at.wrong.size)
    mask = tr(". Look at the mask") if at.output.slope_of else ""
    if not at.mine[at.wrong].any():
        return tr("{start}; the others are 0 in yours, but not in ours", start=start) + mask
    if not at.right[at.wrong].any():
        return tr("{start}; the others should be 0", start=start) + mask
    return start


SAYINGS = (
    *(_another, _multiple, _turned, _decay, _signs, _offset, _nearly, _price, _lines, _places),
)
"""In the order of how much they say."""
