"""Exercise 1: one neuron on two pixels."""

import numpy as np

from digitnet.languages import mark
from digitnet.teach.exercises.material import normal
from digitnet.teach.exercises.parts import IN_NUMBERS, Case, Exercise, Mistake, Output

TEXT = mark("""\
A neuron weighs its inputs, adds a bias, and squeezes the sum to a number between 0 and 1. With two
pixels x1 and x2 of an image, that is

    z = x1 w1 + x2 w2 + b          p = 1 / (1 + e^-z)

and p is read as the probability that the image shows a one. A batch holds an image in each row of
x, and `x @ w` is the sum for each row. `np.exp` takes e to the power of each entry.
""")


def cases() -> list[Case]:
    """Nothing known; by hand; a batch."""
    x, w = normal(1, (20, 2), (2,))
    return [
        Case("with weights and bias zero", {"x": x[:3], "w": np.zeros(2), "b": 0.0}),
        Case(
            "for the pixels 1 and 0.5, weights 2 and -1, bias 0.5",
            {"x": np.array([[1.0, 0.5]]), "w": np.array([2.0, -1.0]), "b": 0.5},
        ),
        Case("on twenty images", {"x": x, "w": w, "b": -0.3}),
    ]


EXERCISE = Exercise(
    number=1,
    name="neuron",
    title=mark("one neuron on two pixels"),
    text=TEXT,
    signature=mark('''\
def neuron(x, w, b):
    """The probability p (B,) of a one, for each image.

    x: (B, 2), two pixels of each image. w: (2,), their weights. b: the bias, a number.
    """
'''),
    blank=mark("""
    z = ...  # (B,), the sums
    p = ...  # (B,)
    return p
"""),
    solution="""
    z = x @ w + b  # (B,)
    p = 1 / (1 + np.exp(-z))
    return p
""",
    derived=IN_NUMBERS,
    notation={"x1": "x[:, 0]", "x2": "x[:, 1]", "w1": "w[0]", "w2": "w[1]"},
    inputs={"x": "BI", "w": "I", "b": ""},
    outputs=(Output("p", "B"),),
    cases=cases,
    mistakes=(
        Mistake(" + b", "", "your p is what comes out without the bias: add b to the sum"),
        Mistake(" + b", " - b", "the bias is subtracted: add it"),
        Mistake(
            "x @ w + b",
            "x @ (w + b)",
            "the bias is added to each weight: it is added once, to the sum",
        ),
        Mistake(
            "x @ w",
            "x * w",
            "`*` multiplies entry by entry and leaves two columns; `@` also adds them up",
        ),
        Mistake(
            "np.exp(-z)",
            "np.exp(z)",
            "this is 1 - p, the probability of a zero: the exponent is -z",
        ),
        Mistake(
            "1 / (1 + np.exp(-z))",
            "1 / 1 + np.exp(-z)",
            "brackets are missing: Python reads 1 / 1 + e^-z as (1 / 1) + e^-z",
        ),
        Mistake("return p", "return z", "this is the sum z, before it is squeezed"),
    ),
)
