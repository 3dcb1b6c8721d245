"""Exercise 2: the sigmoid and its slope."""

import numpy as np

from digitnet.languages import mark
from digitnet.teach.exercises.material import normal
from digitnet.teach.exercises.parts import ACTIVATIONS, Case, Exercise, Mistake, Output

TEXT = mark("""\
What squeezes the sum of a neuron is the sigmoid. Its slope says by how much its value grows when x
grows by a little:

    y = 1 / (1 + e^-x)          slope = y (1 - y)

It acts on each entry of x by itself. Derive the slope once on paper, then write both. They have to
stay finite for x = 1000 and x = -1000 too; in float64, e^710 is more than there is a number for.
""")


def cases() -> list[Case]:
    """At 0; far out; a batch whose slope is measured."""
    (x,) = normal(2, (5, 3))
    return [
        Case("for x = 0", {"x": np.zeros((1, 2))}),
        Case("for x = -1000, 0 and 1000", {"x": np.array([[-1000.0, 0.0, 1000.0]])}),
        Case("on five rows of three numbers", {"x": x}, slopes=True),
    ]


EXERCISE = Exercise(
    number=2,
    name="sigmoid",
    title=mark("the sigmoid and its slope"),
    text=TEXT,
    signature=mark('''\
def sigmoid(x):
    """The sigmoid y of each entry, and its slope there; both have the shape of x, (B, I)."""
'''),
    blank=mark("""
    y = ...  # (B, I)
    slope = ...  # (B, I)
    return y, slope
"""),
    solution="""
    y = 1 / (1 + np.exp(-x))  # (B, I)
    slope = y * (1 - y)
    return y, slope
""",
    derived=ACTIVATIONS,
    inputs={"x": "BI"},
    outputs=(Output("y", "BI"), Output("slope", "BI", slope_of="x")),
    cases=cases,
    mistakes=(
        Mistake(
            "1 / (1 + np.exp(-x))",
            "np.exp(x) / (1 + np.exp(x))",
            "for x = 1000 this is inf / inf: divide by e^x above and below the line first, which "
            "gives 1 / (1 + e^-x)",
        ),
        Mistake(
            "y * (1 - y)",
            "np.exp(-x) / (1 + np.exp(-x)) ** 2",
            "for x = -1000 this slope is inf / inf; by means of y it is y (1 - y), which is never "
            "above 1/4",
        ),
        Mistake(
            "1 / (1 + np.exp(-x))",
            "1 / (1 + np.exp(x))",
            "this falls where the sigmoid rises: the exponent is -x",
        ),
        Mistake(
            "1 / (1 + np.exp(-x))",
            "1 / 1 + np.exp(-x)",
            "brackets are missing: Python reads 1 / 1 + e^-x as (1 / 1) + e^-x",
        ),
        Mistake(
            "1 / (1 + np.exp(-x))",
            "np.tanh(x)",
            "this is tanh, which runs from -1 to 1; the sigmoid runs from 0 to 1",
        ),
        Mistake(
            "y * (1 - y)",
            "x * (1 - x)",
            "this is x (1 - x): the slope is written by means of the sigmoid's value y",
        ),
        Mistake(
            "y * (1 - y)",
            "y * 1 - y",
            "brackets are missing: Python reads y * 1 - y as (y * 1) - y, which is 0",
        ),
        Mistake("y * (1 - y)", "1 - y", "this is 1 - y: the factor y is missing"),
        Mistake(
            "y * (1 - y)",
            "y * (1 + y)",
            "this is y (1 + y): one minus sign got lost. Differentiate 1 / (1 + e^-x) again",
        ),
        Mistake(
            "y * (1 - y)", "1 - y**2", "this is 1 - y², the slope of tanh by means of tanh's value"
        ),
        Mistake("return y, slope", "return slope, y", "the two are exchanged: return y, slope"),
    ),
)
