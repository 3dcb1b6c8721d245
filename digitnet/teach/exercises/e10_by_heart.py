"""Exercise 10: learn twenty images by heart."""

from typing import Any

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.calling import call
from digitnet.teach.exercises.given import NETWORK
from digitnet.teach.exercises.known import known_mistake
from digitnet.teach.exercises.learning import BEHAVIOUR
from digitnet.teach.exercises.material import normal, twenty
from digitnet.teach.exercises.parts import (
    DESCENT,
    Arrays,
    Case,
    Exercise,
    Finding,
    Found,
    Function,
    Mistake,
    Output,
)
from digitnet.teach.exercises.telling import number

TEXT = mark("""\
Before a network learns from thousands of images, let it learn twenty by heart: if it cannot do even
that, something is broken. Take steps of gradient descent on all twenty until the loss is below 0.01
and each of them is read right. `gradients` is there already. The learning rate, and how many steps
you take, are yours to choose; a few hundred are enough, and take less than a second. Leave the
arrays that you are given as they are, and return new ones.
""")
AIM = 0.01
N_HIDDEN = 16
NAMES = ("W1", "b1", "W2", "b2")


def arguments() -> dict[str, Any]:
    """The twenty images and a network at its start."""
    x, t = twenty()
    W1, W2 = normal(10, (784, N_HIDDEN), (N_HIDDEN, 10))
    W1, W2 = np.sqrt(2 / 784) * W1, np.sqrt(1 / N_HIDDEN) * W2
    return {"x": x, "t": t, "W1": W1, "b1": np.zeros(N_HIDDEN), "W2": W2, "b2": np.zeros(10)}


def cases() -> list[Case]:
    """The one there is."""
    return [Case("for the twenty images", arguments())]


def state(x: Array, t: Array, parameters: Arrays) -> tuple[float, int]:
    """The loss with these parameters, and how many images are read right."""
    W1, b1, W2, b2 = (parameters[name] for name in NAMES)
    z = np.maximum(x @ W1 + b1, 0) @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    loss = -float(np.mean(np.sum(t * log_p, axis=1)))
    return loss, int(np.sum(z.argmax(axis=1) == t.argmax(axis=1)))


def behaviour(function: Function) -> str:
    """Whether they are known by heart. Raises Found."""
    (case,) = cases()
    given = case.given
    yours = call(EXERCISE, function, case)
    before, _ = state(given["x"], given["t"], {name: given[name] for name in NAMES})
    loss, n_right = state(given["x"], given["t"], yours)
    if loss < AIM and n_right == 20:
        return tr(
            "the loss fell from {before:.4f} to {loss:.4f}, and 20 of 20 are read right",
            before=before,
            loss=loss,
        )
    raise Found(
        Finding(
            BEHAVIOUR,
            tr("the twenty images are not yet known by heart"),
            tr("a loss below {aim}, and 20 of 20 read right", aim=AIM),
            tr(
                "a loss of {loss} (at the start {before}), and {count} of 20",
                loss=number(loss),
                before=number(before),
                count=n_right,
            ),
            _meaning(case, yours, before, loss),
            DESCENT,
        )
    )


def _meaning(case: Case, yours: Arrays, before: float, loss: float) -> str:
    for output in EXERCISE.outputs:
        if known := known_mistake(EXERCISE, output, [(case, yours)], case):
            return known.sentence
    still = [name for name in NAMES if np.array_equal(yours[name], case.given[name])]
    hidden = np.maximum(case.given["x"] @ yours["W1"] + yours["b1"], 0)
    meaning = tr("it has hardly begun: try a learning rate ten times as high, then a tenth of it")
    if still:
        meaning = tr(
            "{names} did not move: give the result of the step back to the name",
            names=", ".join(still),
        )
    elif not hidden.any():
        meaning = tr(
            "every hidden unit is off for every image, so no gradient comes through: the steps "
            "were too long, try a smaller learning rate"
        )
    elif loss > 2 * before:
        meaning = tr("the loss has grown: subtract the step; if you do, take shorter ones")
    elif loss < 1:
        meaning = tr("it is on its way: take more steps, or somewhat longer ones")
    return meaning


EXERCISE = Exercise(
    number=10,
    name="learn",
    title=mark("learn twenty images by heart"),
    text=TEXT,
    above=NETWORK,
    signature=mark('''\
def learn(x, t, W1, b1, W2, b2):
    """W1 (I, H), b1 (H,), W2 (H, K) and b2 (K,) that know the images by heart, as new arrays.

    x: (N, I), the images. t: (N, K), one-hot targets. W1, b1, W2, b2: the parameters at the start.
    """
'''),
    blank=mark("""
    for step in range(...):
        dW1, db1, dW2, db2 = gradients(x, t, W1, b1, W2, b2)
        W1 = ...
        b1 = ...
        W2 = ...
        b2 = ...
    return W1, b1, W2, b2
"""),
    solution="""
    for step in range(400):
        dW1, db1, dW2, db2 = gradients(x, t, W1, b1, W2, b2)
        W1 = W1 - 0.3 * dW1
        b1 = b1 - 0.3 * db1
        W2 = W2 - 0.3 * dW2
        b2 = b2 - 0.3 * db2
    return W1, b1, W2, b2
""",
    derived=DESCENT,
    inputs={"x": "NI", "t": "NK", "W1": "IH", "b1": "H", "W2": "HK", "b2": "K"},
    outputs=(Output("W1", "IH"), Output("b1", "H"), Output("W2", "HK"), Output("b2", "K")),
    cases=cases,
    behaviour=behaviour,
    has_reference=False,
    infinite=mark(
        "the numbers grow from step to step until they overflow: subtract the step from the "
        "parameters, and take shorter ones"
    ),
    mistakes=(
        Mistake(
            "range(400)",
            "range(1)",
            "this is where the first step leads: take some hundreds. If you do, the `return` "
            "stands in the loop",
        ),
        Mistake(
            "W1 = W1 - 0.3",
            "W1 = W1 + 0.3",
            "W1 moves up the slope: subtract the step",
        ),
    ),
)
