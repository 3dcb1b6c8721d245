"""Exercise 9: an epoch of mini-batch gradient descent."""

from typing import Any

import numpy as np

from digitnet.languages import mark
from digitnet.teach.exercises.given import REGRESSION
from digitnet.teach.exercises.material import normal, one_hot, twenty
from digitnet.teach.exercises.parts import DESCENT, Case, Exercise, Mistake, Output

TEXT = mark("""\
An epoch goes once through all images, in small batches. For each batch there is one step: every
parameter moves against its gradient, times the learning rate.

    W <- W - learning_rate dW          b <- b - learning_rate db

The images come in the order that `order` gives: the first batch are the images `order[0]`, ...,
`order[batch_size - 1]`, and so on. The last batch is shorter if the images do not come out even,
and is learned from too. `gradients` is there already. Leave the W and b that you are given as they
are, and return new ones.
""")


def arguments(batch_size: int, learning_rate: float = 0.5) -> dict[str, Any]:
    """Ten rows and a classifier of three classes."""
    x, W, b = normal(9, (10, 4), (4, 3), (3,))
    order = np.random.default_rng(9).permutation(10)
    return {
        **{"x": x, "t": one_hot(9, 10, 3), "W": W, "b": b, "order": order},
        **{"batch_size": batch_size, "learning_rate": learning_rate},
    }


def cases() -> list[Case]:
    """Batches that do not come out even; one image each; all at once; digits."""
    x, t = twenty()
    order = np.random.default_rng(90).permutation(20)
    digits = {"x": x, "t": t, "W": np.zeros((784, 10)), "b": np.zeros(10), "order": order}
    return [
        Case("for ten images in batches of four", arguments(4)),
        Case("for ten images in batches of one", arguments(1)),
        Case("for ten images in one batch", arguments(32)),
        Case(
            "for twenty digits in batches of six",
            {**digits, "batch_size": 6, "learning_rate": 0.1},
        ),
    ]


EXERCISE = Exercise(
    number=9,
    name="epoch",
    title=mark("an epoch of mini-batch gradient descent"),
    text=TEXT,
    above=REGRESSION,
    signature=mark('''\
def epoch(x, t, W, b, order, batch_size, learning_rate):
    """W (I, K) and b (K,) after one epoch, as new arrays.

    x: (N, I), t: (N, K), all images and targets. order: (N,), their places in the order in which
    they are learned from.
    """
'''),
    blank=mark("""
    for start in range(0, len(x), batch_size):
        batch = ...  # the places of its images, some entries of order
        dW, db = ...
        W = ...
        b = ...
    return W, b
"""),
    solution="""
    for start in range(0, len(x), batch_size):
        batch = order[start : start + batch_size]
        dW, db = gradients(x[batch], t[batch], W, b)
        W = W - learning_rate * dW
        b = b - learning_rate * db
    return W, b
""",
    derived=DESCENT,
    inputs={
        **{"x": "NI", "t": "NK", "W": "IK", "b": "K", "order": "N"},
        **{"batch_size": "", "learning_rate": ""},
    },
    outputs=(Output("W", "IK"), Output("b", "K")),
    cases=cases,
    mistakes=(
        Mistake(
            "W = W - learning_rate * dW",
            "W = W + learning_rate * dW",
            "W moves up the slope: subtract the step",
        ),
        Mistake(
            "b = b - learning_rate * db",
            "b = b + learning_rate * db",
            "b moves up the slope: subtract the step",
        ),
        Mistake(
            "W - learning_rate * dW", "W - dW", "the learning rate is missing in the step of W"
        ),
        Mistake(
            "b - learning_rate * db", "b - db", "the learning rate is missing in the step of b"
        ),
        Mistake("b = b - learning_rate * db", "pass", "b has not moved"),
        Mistake("W = W - learning_rate * dW", "pass", "W has not moved"),
        Mistake(
            "order[start : start + batch_size]",
            "np.arange(start, min(start + batch_size, len(x)))",
            "the images are taken as they come: the batch is a part of `order`",
        ),
        Mistake(
            "t[batch]",
            "t[start : start + batch_size]",
            "the targets are taken as they come, the images by `order`: each image gets the target "
            "of another",
        ),
        Mistake(
            "x[batch], t[batch]",
            "x, t",
            "each step learns from all images: take those of the batch, x[batch] and t[batch]",
        ),
        Mistake(
            "range(0, len(x), batch_size)",
            "range(0, len(x) - batch_size + 1, batch_size)",
            "the last, shorter batch is left out",
        ),
        Mistake(
            "    return W, b",
            "        return W, b",
            "only the first batch is learned from: either the `return` stands in the loop, or the "
            "slice ends at batch_size in place of start + batch_size",
        ),
        Mistake(
            "range(0, len(x), batch_size)",
            "range(0, len(x))",
            "the loop goes on by one image, not by one batch: range(0, len(x), batch_size)",
        ),
        Mistake(
            "gradients(x[batch], t[batch], W, b)",
            "[len(batch) * d for d in gradients(x[batch], t[batch], W, b)]",
            "the gradient of a batch is a mean already: do not multiply it by the batch size",
        ),
        Mistake(
            "gradients(x[batch], t[batch], W, b)",
            "[d / batch_size for d in gradients(x[batch], t[batch], W, b)]",
            "the gradient of a batch is a mean already: do not divide it by the batch size again",
        ),
        Mistake(
            "gradients(x[batch], t[batch], W, b)",
            "[d / len(x) for d in gradients(x[batch], t[batch], W, b)]",
            "the gradients are divided by the number of all images: each is the mean over its "
            "batch, as it should be",
        ),
        Mistake(
            """    for start in range(0, len(x), batch_size):
        batch = order[start : start + batch_size]
        dW, db = gradients(x[batch], t[batch], W, b)
""",
            """    W0, b0 = W, b
    for start in range(0, len(x), batch_size):
        batch = order[start : start + batch_size]
        dW, db = gradients(x[batch], t[batch], W0, b0)
""",
            "all gradients are taken at the W and b of the start: after each step they are others, "
            "and the next gradient is to be taken there",
        ),
        Mistake(
            """    for start in range(0, len(x), batch_size):
""",
            """    dW, db = gradients(x, t, W, b)
    for start in range(0, len(x), batch_size):
        W, b = W - learning_rate * dW, b - learning_rate * db
        continue
""",
            "one gradient, of all images at the start, is used for every step: each batch has its "
            "own",
        ),
        Mistake(
            "    for start in range(0, len(x), batch_size):",
            "    for start in [*range(0, len(x), batch_size)] * 2:",
            "this is where two epochs lead: go through all images once",
        ),
    ),
)
