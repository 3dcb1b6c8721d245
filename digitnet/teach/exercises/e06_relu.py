"""Exercise 6: ReLU, forward and backward."""

import numpy as np

from digitnet.languages import mark
from digitnet.teach.exercises.material import normal
from digitnet.teach.exercises.parts import ACTIVATIONS, Case, Exercise, Mistake, Output

TEXT = mark("""\
Between two layers stands a function that is not linear, or the two would multiply out to one. ReLU
passes on what is above 0:

    y = max(x, 0)

On the way back it is told dy, the gradient of its output, and says dx, that of its input: dy times
the slope, entry by entry. The slope is 1 where x > 0 and 0 where x < 0. (At 0 there is a kink; take
what you like.) Leave x and dy as they are: they belong to whoever calls you.
""")


def cases() -> list[Case]:
    """By hand; a batch that keeps away from the kink."""
    x, dy = normal(6, (5, 4), (5, 4))
    few = {"x": np.array([[-2.0, -0.5, 0.5, 3.0]]), "dy": np.array([[1.0, -1.0, 10.0, -10.0]])}
    return [
        Case("for x = -2, -0.5, 0.5 and 3", few, True),
        Case("on five rows of four numbers", {"x": x + 0.1 * np.sign(x), "dy": dy}, True),
    ]


EXERCISE = Exercise(
    number=6,
    name="relu",
    title=mark("ReLU, forward and backward"),
    text=TEXT,
    signature=mark('''\
def relu(x, dy):
    """ReLU's output y (B, I), and the gradient dx (B, I) of its input.

    x: (B, I), its input. dy: (B, I), the gradient of its output.
    """
'''),
    blank=mark("""
    y = ...  # (B, I)
    dx = ...  # (B, I)
    return y, dx
"""),
    solution="""
    y = np.maximum(x, 0)  # (B, I)
    dx = dy * (x > 0)  # (B, I)
    return y, dx
""",
    derived=ACTIVATIONS,
    inputs={"x": "BI", "dy": "BI"},
    outputs=(Output("y", "BI"), Output("dx", "BI", "x")),
    cases=cases,
    mistakes=(
        Mistake(
            "np.maximum(x, 0)",
            "np.max(x, 0)",
            "np.max(x, 0) is the largest of each column, 0 being its axis; np.maximum(x, 0) is the "
            "larger of each entry and 0",
        ),
        Mistake(
            "np.maximum(x, 0)",
            "max(x, 0)",
            "`max`, like `if`, asks one question of the whole array, and there is more than one "
            "answer: np.maximum(x, 0) compares entry by entry",
        ),
        Mistake("np.maximum(x, 0)", "np.minimum(x, 0)", "this keeps what is below 0: np.maximum"),
        Mistake("np.maximum(x, 0)", "np.abs(x)", "this turns what is below 0 upward: it becomes 0"),
        Mistake(
            "np.maximum(x, 0)",
            "np.maximum(x, 0.01 * x)",
            "this is leaky ReLU: what is below 0 becomes 0, not a hundredth",
        ),
        Mistake("np.maximum(x, 0)", "1.0 * (x > 0)", "this is the slope: y is x where x > 0"),
        Mistake(
            "dy * (x > 0)", "1.0 * dy", "the mask is missing: no gradient comes back where x < 0"
        ),
        Mistake(
            "dy * (x > 0)",
            "1.0 * (x > 0)",
            "this is ReLU's slope alone: dx is dy times the slope",
        ),
        Mistake(
            "dy * (x > 0)",
            "dy * x > 0",
            "brackets are missing: Python reads dy * x > 0 as (dy * x) > 0, which is no longer dy",
        ),
        Mistake(
            "dy * (x > 0)",
            "dy * (dy > 0)",
            "the mask asks whether dy is above 0; it is x that says whether a unit is on",
        ),
        Mistake("dy * (x > 0)", "dy * (x < 0)", "the mask is the wrong way round: it is x > 0"),
        Mistake(
            "dy * (x > 0)", "dy * y", "dy is multiplied by ReLU's value y: multiply by its slope"
        ),
        Mistake("dy * (x > 0)", "dy * x", "dy is multiplied by x: multiply by ReLU's slope"),
    ),
)
