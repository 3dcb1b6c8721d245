"""Exercise 11: find the planted bug."""

from typing import Any

from digitnet.languages import mark
from digitnet.teach.exercises.e08_network import batch
from digitnet.teach.exercises.given import SOFTMAX
from digitnet.teach.exercises.material import four, normal, one_hot
from digitnet.teach.exercises.parts import (
    ACTIVATIONS,
    CHAIN_RULE,
    CROSS_ENTROPY,
    DENSE,
    Case,
    Exercise,
    Mistake,
    Output,
)

TEXT = mark("""\
This function takes one step of gradient descent with the network of exercise 8. It learns, and the
loss falls. But one line is where it should not be, or not what it should be: some of the parameters
do not move along the gradient. Every formula can be found in exercise 8. Find the bug, and mend it.

How to look for one: check each array by itself. Which are right? What lies between the last one
that is right and the first one that is not? (From the loss downward the order is b2, W2, b1, W1.)
""")
PARAMETERS = ("W1", "b1", "W2", "b2")


def arguments(given: dict[str, Any], learning_rate: float) -> dict[str, Any]:
    """Those of exercise 8, with a learning rate in place of the weight decay."""
    kept = {name: value for name, value in given.items() if name != "weight_decay"}
    return {**kept, "learning_rate": learning_rate}


def cases() -> list[Case]:
    """A batch of small numbers, four digits."""
    (x,) = normal(80, (20, 5))
    small = batch(x, one_hot(8, 20, 3), 0.0, n_hidden=4)
    return [
        Case("after a step on 20 rows with learning rate 0.5", arguments(small, 0.5)),
        Case(
            "after a step on four images with learning rate 0.1", arguments(batch(*four(), 0), 0.1)
        ),
    ]


EXERCISE = Exercise(
    number=11,
    name="step",
    title=mark("find the planted bug"),
    text=TEXT,
    above=SOFTMAX,
    signature=mark('''\
def step(x, t, W1, b1, W2, b2, learning_rate):
    """W1 (I, H), b1 (H,), W2 (H, K) and b2 (K,) after one step, as new arrays.

    x: (B, I), pixels. t: (B, K), one-hot targets. W1, b1, W2, b2: the parameters before the step.
    """
'''),
    blank=mark("""
    z1 = x @ W1 + b1  # (B, H)
    h = np.maximum(z1, 0)  # (B, H)
    p = softmax(h @ W2 + b2)  # (B, K)
    dz2 = (p - t) / len(x)  # (B, K)
    W2 = W2 - learning_rate * h.T @ dz2
    b2 = b2 - learning_rate * dz2.sum(axis=0)
    dh = dz2 @ W2.T  # (B, H)
    dz1 = dh * (z1 > 0)  # (B, H)
    W1 = W1 - learning_rate * x.T @ dz1
    b1 = b1 - learning_rate * dz1.sum(axis=0)
    return W1, b1, W2, b2
"""),
    solution=mark("""
    z1 = x @ W1 + b1  # (B, H)
    h = np.maximum(z1, 0)  # (B, H)
    p = softmax(h @ W2 + b2)  # (B, K)
    dz2 = (p - t) / len(x)  # (B, K)
    dh = dz2 @ W2.T  # (B, H), with the W2 that made p: before it moves
    W2 = W2 - learning_rate * h.T @ dz2
    b2 = b2 - learning_rate * dz2.sum(axis=0)
    dz1 = dh * (z1 > 0)  # (B, H)
    W1 = W1 - learning_rate * x.T @ dz1
    b1 = b1 - learning_rate * dz1.sum(axis=0)
    return W1, b1, W2, b2
"""),
    derived=CHAIN_RULE,
    inputs={
        **{"x": "BI", "t": "BK", "W1": "IH", "b1": "H", "W2": "HK", "b2": "K"},
        "learning_rate": "",
    },
    outputs=(Output("W1", "IH"), Output("b1", "H"), Output("W2", "HK"), Output("b2", "K")),
    cases=cases,
    mistakes=(
        Mistake(
            """    dh = dz2 @ W2.T  # (B, H), with the W2 that made p: before it moves
    W2 = W2 - learning_rate * h.T @ dz2
    b2 = b2 - learning_rate * dz2.sum(axis=0)
""",
            """    W2 = W2 - learning_rate * h.T @ dz2
    b2 = b2 - learning_rate * dz2.sum(axis=0)
    dh = dz2 @ W2.T  # (B, H)
""",
            "W2 and b2 are right, W1 and b1 are not. Each formula is right by itself; ask of each "
            "name on a right-hand side which value it has at that moment",
        ),
        Mistake("dh * (z1 > 0)", "dh", "the mask of ReLU is missing now: z1 > 0", ACTIVATIONS),
        Mistake(
            "x.T @ dz1",
            "x.T @ dh",
            "W1 moves along dh now: dz1, after the mask of ReLU, belongs to it",
            ACTIVATIONS,
        ),
        Mistake(
            "dz2.sum(axis=0)", "dz2.mean(axis=0)", "b2 moves by a mean now: it is a sum", DENSE
        ),
        Mistake(
            "(p - t) / len(x)",
            "(p - t)",
            "the division by the batch size is missing now",
            CROSS_ENTROPY,
        ),
        Mistake("(p - t)", "(t - p)", "the error has the wrong sign now: p - t", CROSS_ENTROPY),
    ),
)
