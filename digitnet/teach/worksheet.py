"""A learning step to be computed by hand: a sheet with blanks, and its solution.

Three inputs, two hidden units with ReLU, two classes, one example. All numbers are those of
`trace_step`, the code of `digitnet explain`. They are drawn again until a hand that rounds every
result to three decimals, and computes on with what it has rounded, comes to the same ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import CodeType

import numpy as np

from digitnet.languages import mark
from digitnet.nn import Array, Dense, Network, ReLU
from digitnet.teach.explain import StepTrace, trace_step

DECIMALS = 3
LEARNING_RATE = 0.2
N_IN, N_HIDDEN, N_OUT = 3, 2, 2
FUNCTIONS = {"exp": math.exp, "log": math.log, "max": max}


@dataclass(frozen=True)
class Step:
    """Some rows of the calculation that belong together, each a name and its formula.

    exercises: those that have this step for their subject. title, words: translated when shown.
    """

    title: str
    words: str
    exercises: tuple[int, ...]
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Worksheet:
    """A calculation: values by name, rounded; the right class, from 1; the loss after the step."""

    seed: int
    values: dict[str, float]
    right: int
    loss_after: float

    @property
    def steps(self) -> list[Step]:
        """The calculation, from the inputs to the update."""
        return steps(self.right)

    def in_numbers(self, formula: str) -> str:
        """The formula with numbers in place of names."""
        first = True

        def number(name: re.Match[str]) -> str:
            nonlocal first
            text = written(self.values[name[0]])
            alone = first or formula[: name.start()].endswith("(")
            first = False
            return text if alone or not text.startswith("-") else f"({text})"

        return re.sub(r"\b(?!exp|log|max)[a-zA-Z]\w*\b", number, formula)


def worksheet(seed: int) -> Worksheet:
    """The worksheet of a seed, always the same one."""
    for attempt in range(100_000):
        generator = np.random.default_rng([seed, attempt])
        network, x, right = _drawn(generator)
        target = np.eye(N_OUT)[[right]]
        trace = trace_step(network, x, target, LEARNING_RATE)
        if not _suits(trace):
            continue
        values = named(trace)
        rounded = {name: round(value, DECIMALS) + 0.0 for name, value in values.items()}
        if _by_hand(right + 1, rounded):
            return Worksheet(seed, rounded, right + 1, round(trace.loss_after, DECIMALS))
    raise RuntimeError(f"no numbers were found for seed {seed}")  # one draw in some dozen serves


def _drawn(generator: np.random.Generator) -> tuple[Network, Array, int]:
    """A network with parameters of one decimal, an example (1, I), and its class from 0."""

    def tenths(most: int, shape: tuple[int, ...]) -> Array:
        sizes = generator.integers(1, most + 1, shape) / 10
        signs: Array = sizes * generator.choice([-1.0, 1.0], shape)
        return signs

    network = Network(N_IN, [Dense(N_HIDDEN), ReLU(), Dense(N_OUT)], dtype=np.float64)
    for name, array, _ in network.parameters():
        array[:] = tenths(9 if name.startswith("W") else 3, array.shape)
    x = generator.permutation([0.2, 0.4, 0.6, 0.8, 1.0])[:N_IN][None]
    return network, x, int(generator.integers(N_OUT))


def _suits(trace: StepTrace) -> bool:
    """Whether a unit is on and learns, none is close to its kink, and the loss falls."""
    z1, dz1 = trace.dense[0].y, trace.dense[0].dy
    clear = np.abs(z1).min() > 0.05 and z1.max() > 0.2 and np.abs(dz1[z1 > 0]).min() > 0.05
    return bool(clear) and 0.4 < trace.loss < 1.5 and trace.loss_after < trace.loss - 0.05


def named(trace: StepTrace) -> dict[str, float]:
    """Every number of the step under the name that it has on the sheet, such as W1_21 or dz2_1."""
    one, two = trace.dense
    activation = trace.blocks[0].activation
    assert activation is not None and two.dx is not None
    arrays = {
        **{"x": trace.x, "t": trace.target, "W1": one.W, "b1": one.b, "W2": two.W, "b2": two.b},
        **{"z1": one.y, "h": activation.y, "z2": two.y, "p": trace.probabilities},
        **{"dz2": trace.dlogits, "dW2": two.dW, "db2": two.dy, "dh": two.dx},
        **{"dz1": one.dy, "dW1": one.dW, "db1": one.dy, "s": activation.slope},
        **{"new_W1": one.W_after, "new_W2": two.W_after},
        "new_b1": one.b - trace.learning_rate * one.dy,
        "new_b2": two.b - trace.learning_rate * two.dy,
    }
    values = {"L": trace.loss, "rate": trace.learning_rate}
    for letter, array in arrays.items():
        for index, value in np.ndenumerate(array):
            values[f"{letter}_{''.join(str(i + 1) for i in index)}"] = float(value)
    return values


def _by_hand(right: int, rounded: dict[str, float]) -> bool:
    """Whether each formula, computed with rounded numbers and rounded, comes to the rounded one."""
    for step in steps(right):
        for name, formula in step.rows:
            value = eval(_compiled(formula), dict(FUNCTIONS), rounded) * 10**DECIMALS
            tie = abs(abs(value) % 1 - 0.5)
            if tie < 1e-3 or round(value) != round(rounded[name] * 10**DECIMALS):
                return False
    return True


@cache
def _compiled(formula: str) -> CodeType:
    return compile(formula, "<worksheet>", "eval")


@cache
def steps(right: int) -> list[Step]:
    """The calculation for an example of this class, from 1."""
    hidden, classes = range(1, N_HIDDEN + 1), range(1, N_OUT + 1)
    exps = " + ".join(f"exp(z2_{k})" for k in classes)
    return [
        Step(
            mark("The sums of the hidden units"),
            mark("each input times the weight that leads to the unit, all added up, and the bias"),
            (1, 7, 8),
            tuple((f"z1_{j}", _sum("x", "W1", "b1", N_IN, j)) for j in hidden),
        ),
        Step(
            mark("ReLU"),
            mark("what is below 0 becomes 0"),
            (6, 8),
            tuple((f"h_{j}", f"max(z1_{j}, 0)") for j in hidden),
        ),
        Step(
            mark("The logits"),
            mark("the same sums again, with h as the input"),
            (7, 8),
            tuple((f"z2_{k}", _sum("h", "W2", "b2", N_HIDDEN, k)) for k in classes),
        ),
        Step(
            mark("Softmax"),
            mark("take e to the power of each logit, and divide by the sum of all of them"),
            (3, 8),
            tuple((f"p_{k}", f"exp(z2_{k}) / ({exps})") for k in classes),
        ),
        Step(
            mark("The loss"),
            mark("minus the natural logarithm of the probability of the right class"),
            (4, 8),
            (("L", f"-log(p_{right})"),),
        ),
        Step(
            mark("Back: the error of the logits"),
            mark("probability minus target"),
            (5, 8),
            tuple((f"dz2_{k}", f"p_{k} - t_{k}") for k in classes),
        ),
        Step(
            mark("The upper weights and biases"),
            mark(
                "a weight's gradient is its input times the error of its output; a bias has input 1"
            ),
            (5, 7, 8),
            (
                *((f"dW2_{j}{k}", f"h_{j} * dz2_{k}") for j in hidden for k in classes),
                *((f"db2_{k}", f"dz2_{k}") for k in classes),
            ),
        ),
        Step(
            mark("Down to the hidden units"),
            mark("the error of each logit times the weight that leads there, added up"),
            (7, 8),
            tuple((f"dh_{j}", " + ".join(f"dz2_{k} * W2_{j}{k}" for k in classes)) for j in hidden),
        ),
        Step(
            mark("Through ReLU"),
            mark("times the slope s, which is 1 where z1 is above 0 and 0 where it is below"),
            (6, 8),
            tuple((f"dz1_{j}", f"dh_{j} * s_{j}") for j in hidden),
        ),
        Step(
            mark("The lower weights and biases"),
            mark("the input times the error again"),
            (8,),
            (
                *((f"dW1_{i}{j}", f"x_{i} * dz1_{j}") for i in range(1, N_IN + 1) for j in hidden),
                *((f"db1_{j}", f"dz1_{j}") for j in hidden),
            ),
        ),
        Step(
            mark("The step"),
            mark("every parameter moves against its gradient, by the learning rate times that"),
            (9, 11),
            tuple(_updates()),
        ),
    ]


def _sum(letter: str, weights: str, bias: str, count: int, unit: int) -> str:
    terms = [f"{letter}_{i} * {weights}_{i}{unit}" for i in range(1, count + 1)]
    return " + ".join([*terms, f"{bias}_{unit}"])


def _updates() -> Iterator[tuple[str, str]]:
    for layer, n_in, n_out in ((1, N_IN, N_HIDDEN), (2, N_HIDDEN, N_OUT)):
        names = [f"W{layer}_{i}{o}" for i in range(1, n_in + 1) for o in range(1, n_out + 1)]
        for name in [*names, *(f"b{layer}_{o}" for o in range(1, n_out + 1))]:
            yield f"new_{name}", f"{name} - rate * d{name}"


def written(value: float) -> str:
    """With three decimals at most, without zeros at the end."""
    return f"{value + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")
