"""Exercise 8: the gradients of a network with one hidden layer."""

from typing import Any

import numpy as np

from digitnet.languages import mark
from digitnet.nn import Array
from digitnet.teach.exercises.e08_mistakes import MISTAKES
from digitnet.teach.exercises.given import SOFTMAX
from digitnet.teach.exercises.learning import loss_after_ten_steps
from digitnet.teach.exercises.material import four, normal, one_hot, twenty
from digitnet.teach.exercises.parts import (
    CHAIN_RULE,
    CROSS_ENTROPY,
    DENSE,
    Case,
    Exercise,
    Function,
    Output,
)

TEXT = mark("""\
Now put H hidden units between the pixels and the classes. These are formulas, not yet Python:

    z1 = x W1 + b1        h = max(z1, 0)
    z2 = h W2 + b2        p = softmax(z2)
    L = -1/B sum_n sum_k t_nk log p_nk + weight_decay/2 (sum W1^2 + sum W2^2)

x W1 is a product of matrices, `x @ W1`, and max takes each entry by itself, `np.maximum`.

Write the loss, and go back from it: dz2 at the logits, dW2 and db2 as in exercise 5 with h in place
of x, dh by way of W2, dz1 through ReLU. dW1 and db1 are made as dW2 and db2 are (input x, error
dz1), so dW1 gets `weight_decay * W1`, too. Each array has the shape of the one that it belongs to:
that decides what is transposed.
""")
N_HIDDEN = 8


def batch(
    x: Array, t: Array, weight_decay: float, n_hidden: int = N_HIDDEN, zero: bool = False
) -> dict[str, Any]:
    """The arguments, with seeded parameters; the upper weights and all biases zero if asked for."""
    n_in, n_out = x.shape[1], t.shape[1]
    W1, b1, W2, b2 = normal(8, (n_in, n_hidden), (n_hidden,), (n_hidden, n_out), (n_out,))
    W1, W2 = np.sqrt(2 / n_in) * W1, np.sqrt(1 / n_hidden) * W2
    keep = 0.0 if zero else 1.0
    b1, W2, b2 = 0.3 * keep * b1, keep * W2, 0.3 * keep * b2
    return {"x": x, "t": t, "W1": W1, "b1": b1, "W2": W2, "b2": b2, "weight_decay": weight_decay}


def cases() -> list[Case]:
    """Guessing; a batch of small numbers; four images, with and without weight decay."""
    (x,) = normal(80, (20, 5))
    small = batch(x, one_hot(8, 20, 3), 0.0, n_hidden=4)
    return [
        Case("on twenty images, W2 and all biases zero", batch(*twenty(), 0.0, zero=True)),
        Case("on a batch of 20 rows without weight decay", small, True),
        Case("on four images without weight decay", batch(*four(), 0.0), True),
        Case("on four images with weight decay 0.1", batch(*four(), 0.1), True),
    ]


def behaviour(function: Function) -> str:
    """Ten steps with the pupil's gradients."""
    return loss_after_ten_steps(EXERCISE, function, batch(*twenty(), 0.001))


EXERCISE = Exercise(
    number=8,
    name="network",
    title=mark("the gradients of a network with one hidden layer"),
    text=TEXT,
    above=SOFTMAX,
    signature=mark('''\
def network(x, t, W1, b1, W2, b2, weight_decay):
    """The loss L, a number, and its gradients dW1 (I, H), db1 (H,), dW2 (H, K), db2 (K,).

    x: (B, I), pixels. t: (B, K), one-hot targets. W1: (I, H). b1: (H,). W2: (H, K). b2: (K,).
    """
'''),
    blank=mark("""
    z1 = ...  # (B, H)
    h = ...  # (B, H)
    p = ...  # (B, K)
    loss = ...  # a number
    dz2 = ...  # (B, K)
    dW2 = ...  # (H, K)
    db2 = ...  # (K,)
    dh = ...  # (B, H)
    dz1 = ...  # (B, H)
    dW1 = ...  # (I, H)
    db1 = ...  # (H,)
    return loss, dW1, db1, dW2, db2
"""),
    solution="""
    z1 = x @ W1 + b1  # (B, H)
    h = np.maximum(z1, 0)  # (B, H)
    p = softmax(h @ W2 + b2)  # (B, K)
    loss = -np.mean(np.sum(t * np.log(p), axis=1))
    loss += weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    dz2 = (p - t) / len(x)  # (B, K)
    dW2 = h.T @ dz2 + weight_decay * W2  # (H, K)
    db2 = dz2.sum(axis=0)  # (K,)
    dh = dz2 @ W2.T  # (B, H)
    dz1 = dh * (z1 > 0)  # (B, H)
    dW1 = x.T @ dz1 + weight_decay * W1  # (I, H)
    db1 = dz1.sum(axis=0)  # (H,)
    return loss, dW1, db1, dW2, db2
""",
    derived=CHAIN_RULE,
    notation={"z2": "h @ W2 + b2"},
    inputs={
        **{"x": "BI", "t": "BK", "W1": "IH", "b1": "H", "W2": "HK", "b2": "K"},
        "weight_decay": "",
    },
    outputs=(
        Output("loss", "", "", CROSS_ENTROPY),
        Output("dW1", "IH", "W1"),
        Output("db1", "H", "b1"),
        Output("dW2", "HK", "W2", DENSE),
        Output("db2", "K", "b2", DENSE),
    ),
    cases=cases,
    behaviour=behaviour,
    mistakes=MISTAKES,
)
