"""Exercise 12: an activation of one's own."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.calling import call
from digitnet.teach.exercises.known import close, known_mistake
from digitnet.teach.exercises.material import normal
from digitnet.teach.exercises.parts import (
    ACTIVATIONS,
    DIFFERENCES,
    Arrays,
    Case,
    Exercise,
    Finding,
    Found,
    Function,
    Mistake,
    Output,
)
from digitnet.teach.exercises.telling import number, place

TEXT = mark("""\
Invent an activation: a function of one number, applied to each entry by itself, that is not a
straight line. Write its value y and its slope. Both have to be finite from -1000 to 1000. A kink
is allowed, a jump of y is not. It should be none of those that digitnet has: sigmoid, tanh, ReLU,
leaky ReLU. (If you cannot think of one: what is log(1 + e^x), and what is its slope?)

CONTRIBUTING.md says how it becomes an option of `digitnet train`.
""")
EPSILON = 1e-5
KNOWN: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda x: 0.5 + 0.5 * np.tanh(x / 2),
    "tanh": np.tanh,
    "ReLU": lambda x: np.maximum(x, 0),
    "leaky ReLU": lambda x: np.maximum(x, 0.01 * x),
}


def cases() -> list[Case]:
    """Far out, and near 0."""
    (x,) = normal(12, (6, 5))
    return [
        Case("for x = -1000, -1, 1 and 1000", {"x": np.array([[-1000.0, -1.0, 1.0, 1000.0]])}),
        Case("on six rows of five numbers", {"x": 2 * x}),
    ]


def behaviour(function: Function) -> str:
    """That it is an activation, and that its slope is its slope. Raises Found."""
    case = cases()[1]
    yours = call(EXERCISE, function, case)
    _check_entries(function, case, yours)
    _check_kind(yours["y"], case)
    _check_jumps(function)
    measured, smooth = _measured(function, case)
    _check_slope(yours, measured, smooth, case)
    return tr("the slope is that of y, measured at {n} places", n=int(smooth.sum()))


def _check_entries(function: Function, case: Case, yours: Arrays) -> None:
    """Each entry by itself: another order of the same numbers gives the same values."""
    x = case.given["x"]
    turned = call(
        EXERCISE, function, Case("with the same numbers in reverse", {"x": x[::-1, ::-1]})
    )
    alone = call(EXERCISE, function, Case("for the first number alone", {"x": x[:1, :1]}))
    for name in ("y", "slope"):
        right = yours[name][::-1, ::-1]
        if not close(turned[name], right) or not close(alone[name], yours[name][:1, :1]):
            raise Found(
                Finding(
                    "values",
                    tr(
                        "{name} of an entry depends on the other entries, or on where it stands",
                        name=name,
                    ),
                    tr("a function of each number by itself"),
                    tr(
                        "{place} = {together} among others, {alone} alone",
                        place=place(name, (0, 0)),
                        together=number(yours[name][0, 0]),
                        alone=number(alone[name][0, 0]),
                    ),
                    tr("a sum, a mean or a maximum over entries is in it"),
                    ACTIVATIONS,
                )
            )


def _check_kind(y: Array, case: Case) -> None:
    x = case.given["x"]
    line = np.polynomial.Polynomial.fit(x.ravel(), y.ravel(), 1)
    if close(line(x), y):
        raise Found(
            Finding(
                "values",
                tr("y is a straight line, or constant"),
                tr("a function that bends"),
                tr(
                    "y = {start} + {slope} x, at all of {n} places",
                    start=number(float(line.convert()(0))),
                    slope=number(float(line.deriv()(0))),
                    n=x.size,
                ),
                tr("two layers with a line between them multiply out to one"),
                "docs/derivations.md#1-the-network",
            )
        )
    for name, known in KNOWN.items():
        if close(y, known(x)):
            raise Found(
                Finding(
                    "values",
                    tr("this is {name}", name=name),
                    tr("one that digitnet does not have yet"),
                    name,
                    tr("change something about it"),
                    ACTIVATIONS,
                )
            )


def _check_jumps(function: Function) -> None:
    """Halve the interval over which y changes the most, again and again: a jump stays."""

    def y(x: Array) -> Array:
        row: Array = call(EXERCISE, function, Case("between -4 and 4", {"x": x[None]}))["y"][0]
        return row

    x = np.linspace(-4, 4, 8001)
    for _ in range(40):
        values = y(x)
        place = int(np.argmax(np.abs(np.diff(values))))
        low, high = x[place], x[place + 1]
        x = np.array([low, (low + high) / 2, high])
    rise = float(np.abs(values[-1] - values[0]))
    if rise > 1e-4 * max(1.0, float(np.abs(values).max())):
        raise Found(
            Finding(
                "values",
                tr("y jumps at x = {x}", x=number(round(float(low), 6))),
                tr("values of y that meet"),
                tr(
                    "from {start} to {end}",
                    start=number(float(values[0])),
                    end=number(float(values[-1])),
                ),
                tr(
                    "at a jump there is no slope, and what a step of learning does there nobody "
                    "knows: let the two pieces meet"
                ),
                ACTIVATIONS,
            )
        )


def _measured(function: Function, case: Case) -> tuple[Array, NDArray[np.bool_]]:
    """The slope of y at each entry, and whether it is the same on both sides of it."""
    x = case.given["x"]

    def y(shift: float) -> Array:
        return call(EXERCISE, function, Case("close to those numbers", {"x": x + shift}))["y"]

    here, above, below = y(0), y(EPSILON), y(-EPSILON)
    right, left = (above - here) / EPSILON, (here - below) / EPSILON
    scale = np.maximum(np.abs(right) + np.abs(left), 1)
    return (above - below) / (2 * EPSILON), np.abs(right - left) < 1e-3 * scale


def _check_slope(yours: Arrays, measured: Array, smooth: NDArray[np.bool_], case: Case) -> None:
    if smooth.mean() < 0.5:
        raise Found(
            Finding(
                "gradient",
                tr("y has no slope at most places: it bends or jumps at too many of them"),
                tr("a smooth function, but for some kinks"),
                tr(
                    "smooth at {count} of {total} places",
                    count=int(smooth.sum()),
                    total=smooth.size,
                ),
                tr("a random number, or rounding, may be in it"),
                ACTIVATIONS,
            )
        )
    slope = yours["slope"]
    off = np.where(smooth, np.abs(slope - measured), 0)
    scale = float(np.abs(measured[smooth]).max())
    if off.max() <= 1e-5 * max(scale, 1):
        return
    index = tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))
    at = number(case.given["x"][index])
    known = known_mistake(EXERCISE, EXERCISE.outputs[1], [(case, yours)], case)
    raise Found(
        Finding(
            "gradient",
            tr("slope is not the slope of your own y, at x = {x}", x=at),
            f"{place('slope', index)} = {number(measured[index])}" + tr(", measured"),
            f"{place('slope', index)} = {number(slope[index])}",
            known.sentence if known else _meaning(yours, measured, smooth, case),
            tr("{one} and {other}", one=ACTIVATIONS, other=DIFFERENCES),
        )
    )


def _meaning(yours: Arrays, measured: Array, smooth: NDArray[np.bool_], case: Case) -> str:
    slope, y, x = yours["slope"], yours["y"], case.given["x"]
    if not slope.any():
        return tr("your slope is zero everywhere: nothing would be learned")
    if close(slope, y):
        return tr("your slope is y itself")
    ratio = float(np.sum(slope * measured) / np.sum(measured * measured)) if measured.any() else 0
    if ratio and np.allclose(slope[smooth], ratio * measured[smooth], atol=1e-4):
        return tr("your slope is {factor:.4g} × the measured one: a sign or a factor", factor=ratio)
    wrong = smooth & (np.abs(slope - measured) > 1e-5 * max(float(np.abs(measured).max()), 1))
    if np.array_equal(wrong, wrong & (x > 0)):
        return tr("it is right on the other side: look at what you do where x is above 0")
    if np.array_equal(wrong, wrong & (x < 0)):
        return tr("it is right on the other side: look at what you do where x is below 0")
    return tr("differentiate y on paper once more; mind the inner derivative of the chain rule")


EXERCISE = Exercise(
    number=12,
    name="activation",
    title=mark("an activation of one's own"),
    text=TEXT,
    signature=mark('''\
def activation(x):
    """The value y of each entry, and the slope there; both have the shape of x, (B, I)."""
'''),
    blank=mark("""
    y = ...  # (B, I)
    slope = ...  # (B, I)
    return y, slope
"""),
    solution=mark("""
    y = np.logaddexp(0, x)  # softplus, log(1 + e^x), (B, I)
    slope = 0.5 + 0.5 * np.tanh(x / 2)  # the sigmoid
    return y, slope
"""),
    derived=ACTIVATIONS,
    inputs={"x": "BI"},
    outputs=(Output("y", "BI"), Output("slope", "BI")),
    cases=cases,
    behaviour=behaviour,
    has_reference=False,
    mistakes=(
        Mistake(
            "np.logaddexp(0, x)",
            "np.log(1 + np.exp(x))",
            "e^1000 is inf: np.logaddexp(0, x) is log(e^0 + e^x), and does not overflow",
        ),
        Mistake(
            "0.5 + 0.5 * np.tanh(x / 2)",
            "np.exp(x) / (1 + np.exp(x))",
            "for x = 1000 this slope is inf / inf: divide by e^x above and below the line first",
        ),
        Mistake(
            "0.5 + 0.5 * np.tanh(x / 2)",
            "0.5 + 0.5 * np.tanh(x)",
            "this is the sigmoid of 2x: the slope of log(1 + e^x) is the sigmoid of x",
        ),
        Mistake(
            "0.5 + 0.5 * np.tanh(x / 2)",
            "0.25 - 0.25 * np.tanh(x / 2) ** 2",
            "this is the slope of the sigmoid: one derivative too many",
        ),
    ),
)
