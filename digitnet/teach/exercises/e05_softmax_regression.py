"""Exercise 5: the gradients of softmax regression."""

from typing import Any

import numpy as np

from digitnet.languages import mark
from digitnet.nn import Array
from digitnet.teach.exercises.given import SOFTMAX
from digitnet.teach.exercises.learning import loss_after_ten_steps
from digitnet.teach.exercises.material import four, normal, one_hot, twenty
from digitnet.teach.exercises.parts import (
    CROSS_ENTROPY,
    DENSE,
    WEIGHT_DECAY,
    Case,
    Exercise,
    Function,
    Mistake,
    Output,
)

TEXT = mark("""\
Ten neurons, one for each digit, look at all pixels; the softmax makes probabilities of their sums.
Weight decay adds a price on large weights. In formulas, which are not yet Python, the loss is

    z = x W + b         p = softmax(z)
    L = -1/B sum_n sum_k t_nk log p_nk + weight_decay/2 sum_ik W_ik^2

Which way is down? At the logits the gradient is the error of each image over the number of images,
dz = (p - t) / B. A weight's gradient is its input times the error, summed over the images; the
price has the gradient weight_decay W. The input of a bias is 1, and it has no price. dW has the
shape of W, db that of b.
""")


def batch(x: Array, t: Array, weight_decay: float, zero: bool = False) -> dict[str, Any]:
    """The arguments, with seeded parameters or all zero."""
    W, b = normal(5, (x.shape[1], t.shape[1]), (t.shape[1],))
    W, b = 3 / np.sqrt(x.shape[1]) * W, 0.5 * b
    parameters = {"W": 0 * W, "b": 0 * b} if zero else {"W": W, "b": b}
    return {"x": x, "t": t, **parameters, "weight_decay": weight_decay}


def cases() -> list[Case]:
    """Guessing; a batch of small numbers; four images, with and without weight decay."""
    (x,) = normal(50, (20, 6))
    return [
        Case("on twenty images, W and b zero", batch(*twenty(), 0.0, zero=True)),
        Case("on a batch of 20 rows without weight decay", batch(x, one_hot(5, 20, 4), 0.0), True),
        Case("on four images without weight decay", batch(*four(), 0.0), True),
        Case("on four images with weight decay 0.1", batch(*four(), 0.1), True),
    ]


def behaviour(function: Function) -> str:
    """Ten steps with the pupil's gradients."""
    return loss_after_ten_steps(EXERCISE, function, batch(*twenty(), 0.01, zero=True))


OF_THE_MEAN = (
    Mistake(
        "-np.mean(np.sum(t * np.log(p), axis=1))",
        "-np.sum(t * np.log(p))",
        "your loss is {B} × ours, and {B} is the batch size: this is the sum over the images, "
        "the loss is their mean",
    ),
    Mistake(
        "-np.mean(np.sum(t * np.log(p), axis=1))",
        "-np.mean(t * np.log(p))",
        "your cross-entropy is ours divided by {K}, the number of classes: the mean is over "
        "the images; over the classes it is a sum",
    ),
    Mistake(
        "np.sum(t * np.log(p), axis=1)",
        "np.sum(t * np.log(p), axis=0)",
        "over the classes it is a sum, axis=1, and over the images of the batch a mean: in "
        "your loss the two are exchanged",
    ),
)
"""Of a cross-entropy that is the mean over the images, in exercise 8 as well."""


EXERCISE = Exercise(
    number=5,
    name="softmax_regression",
    title=mark("the gradients of softmax regression"),
    text=TEXT,
    above=SOFTMAX,
    signature=mark('''\
def softmax_regression(x, t, W, b, weight_decay):
    """The loss L, a number, and its gradients dW (I, K) and db (K,).

    x: (B, I), pixels. t: (B, K), one-hot targets. W: (I, K). b: (K,). weight_decay: a number.
    """
'''),
    blank=mark("""
    p = softmax(x @ W + b)  # (B, K)
    loss = ...  # a number
    dz = ...  # (B, K)
    dW = ...  # (I, K)
    db = ...  # (K,)
    return loss, dW, db
"""),
    solution="""
    p = softmax(x @ W + b)  # (B, K)
    loss = -np.mean(np.sum(t * np.log(p), axis=1)) + weight_decay / 2 * np.sum(W**2)
    dz = (p - t) / len(x)  # (B, K)
    dW = x.T @ dz + weight_decay * W  # (I, K)
    db = dz.sum(axis=0)  # (K,)
    return loss, dW, db
""",
    derived=CROSS_ENTROPY,
    notation={"z": "x @ W + b"},
    inputs={"x": "BI", "t": "BK", "W": "IK", "b": "K", "weight_decay": ""},
    outputs=(
        Output("loss", ""),
        Output("dW", "IK", "W", DENSE),
        Output("db", "K", "b", DENSE),
    ),
    cases=cases,
    behaviour=behaviour,
    mistakes=(
        *OF_THE_MEAN,
        Mistake("-np.mean", "np.mean", "the minus in front of the cross-entropy is missing"),
        Mistake(
            " + weight_decay / 2 * np.sum(W**2)",
            "",
            "the price of the weights is missing in the loss: weight_decay/2 times the sum of W²",
            WEIGHT_DECAY,
        ),
        Mistake(
            "weight_decay / 2 * np.sum(W**2)",
            "weight_decay * np.sum(W**2)",
            "the price of the weights is twice ours in the loss: it is weight_decay/2",
            WEIGHT_DECAY,
        ),
        Mistake(
            "weight_decay / 2 * np.sum(W**2)",
            "weight_decay / 2 / len(x) * np.sum(W**2)",
            "the price of the weights is divided by the batch size in your loss: it stands "
            "beside the mean over the images, not in it",
            WEIGHT_DECAY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "(p - t)",
            "your {name} is {B} × ours, and {B} is the batch size: divide by B",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "(p - t) / t.size",
            "your {name} is ours divided by {K}, the number of classes: the loss is a mean over "
            "the images only",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "(p - t) / p.shape[1]",
            "dz is divided by {K}, the number of classes: divide by the batch size, {B}",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "p - t / len(x)",
            "brackets are missing in dz: Python reads p - t / len(x) as p - (t / len(x))",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "p / len(x)",
            "the targets are not subtracted in dz: the error at the logits is p - t",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t)",
            "(t - p)",
            "your {name} has the wrong sign: the error is p - t, not t - p",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "(p - t) * p * (1 - p) / len(x)",
            "the slope p (1 - p) is in it once more: for softmax and cross-entropy together it "
            "cancels, and p - t is all",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "(-t / p) / len(x)",
            "-t / p is the gradient at the probabilities; go on through the softmax to the logits, "
            "where p - t is left",
            CROSS_ENTROPY,
        ),
        Mistake(
            "(p - t) / len(x)",
            "(x @ W + b - t) / len(x)",
            "this is z - t, the logits minus the targets: the error is p - t",
            CROSS_ENTROPY,
        ),
        Mistake(
            "x.T @ dz",
            "dz.T @ x",
            "your dW is transposed: W has a row for each input, so dW = x.T @ dz",
            DENSE,
        ),
        Mistake(
            "x.T @ dz",
            "x.T * dz",
            "`*` multiplies entry by entry; the sum over the images is what `@` does",
            DENSE,
        ),
        Mistake(
            "x.T @ dz",
            "x @ dz",
            "to sum over the images, they have to meet in the middle: x.T (I, B) @ dz (B, K)",
            DENSE,
        ),
        Mistake(
            "dz.sum(axis=0)",
            "dz",
            "db is not summed: all images share one bias, so their dz are added up, axis=0",
            DENSE,
        ),
        Mistake(
            "dz.sum(axis=0)",
            "dz.sum(axis=1)",
            "axis=1 sums over the classes; db has an entry for each class: sum over the images, "
            "axis=0",
            DENSE,
        ),
        Mistake(
            "dz.sum(axis=0)",
            "dz.sum()",
            "db is summed over everything; each class has its own: axis=0",
            DENSE,
        ),
        Mistake(
            "dz.sum(axis=0)",
            "dz.mean(axis=0)",
            "your db is ours divided by {B}, the batch size: dz has been divided by B already, so "
            "sum it",
            DENSE,
        ),
        Mistake(
            "x.T @ dz + weight_decay * W",
            "x.T @ dz",
            "the weight decay is missing in dW: add weight_decay * W",
            WEIGHT_DECAY,
        ),
        Mistake(
            "weight_decay * W  #",
            "2 * weight_decay * W  #",
            "the weight decay counts twice in dW: weight_decay/2 W² has the slope weight_decay W",
            WEIGHT_DECAY,
        ),
        Mistake(
            "weight_decay * W  #",
            "weight_decay / 2 * W  #",
            "the weight decay counts half in dW: weight_decay/2 W² has the slope weight_decay W",
            WEIGHT_DECAY,
        ),
        Mistake(
            "weight_decay * W  #",
            "weight_decay * W / len(x)  #",
            "the weight decay is divided by the batch size in dW: in the loss it stands beside "
            "the mean, not in it",
            WEIGHT_DECAY,
        ),
        Mistake(
            "dz.sum(axis=0)",
            "dz.sum(axis=0) + weight_decay * b",
            "the biases decay in your db: only weights have a price",
            WEIGHT_DECAY,
        ),
    ),
)
