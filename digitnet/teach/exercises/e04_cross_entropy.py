"""Exercise 4: cross-entropy."""

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.material import normal, one_hot, twenty
from digitnet.teach.exercises.parts import CROSS_ENTROPY, SOFTMAX, Case, Exercise, Mistake, Output

TEXT = mark("""\
How wrong are the probabilities? The cross-entropy of an image is minus the logarithm of the
probability that the right class was given, and the loss L is its mean over the batch:

    L = -1/B sum_n sum_k t_nk log p_nk

The targets t are one-hot: a 1 at the right class, 0 elsewhere. Guessing among ten classes costs
log 10 = 2.302585. Begin at the logits z: the logarithm of the softmax is

    log p_k = (z_k - m) - log(e^(z_1 - m) + ... + e^(z_K - m)),   m = the largest z_k

and is finite where p itself has become 0.
""")


NOTHING_KNOWN = mark("for logits of zero and ten classes")
FAR = mark("for logits of 1000, once at the right class and once at a wrong one")
GUESSING = {
    0.09: mark("this is the mean squared error: the cross-entropy is made of logarithms"),
    0.9: mark("this is the squared error, summed over the classes: take logarithms"),
    -np.log(0.1) - 9 * np.log(0.9): mark(
        "this also counts log(1 - p) of the classes that are not right, as for neurons that say "
        "yes or no each by itself"
    ),
}
"""What another loss costs where nothing is known."""


def cases() -> list[Case]:
    """Guessing; sure, once right and once wrong; a batch; targets that are no zeros and ones."""
    _, t = twenty()
    (z,) = normal(4, (20, 4))
    soft = np.full((2, 4), 0.1) + 0.6 * np.eye(4)[:2]
    far = np.array([[1000.0, 0.0, 0.0], [1000.0, 0.0, 0.0]])
    near = np.array([[1000.0, 999.0, 998.0], [998.0, 998.0, 999.0]])
    return [
        Case(NOTHING_KNOWN, {"z": np.zeros((20, 10)), "t": t}),
        Case("for logits of 998 to 1000", {"z": near, "t": np.eye(3)[:2]}),
        Case(
            FAR,
            {"z": far, "t": np.eye(3)[:2]},
        ),
        Case("on twenty rows of four logits", {"z": 3 * z, "t": one_hot(4, 20, 4)}),
        Case("with targets of 0.7 and 0.1", {"z": z[:2], "t": soft}),
    ]


def remark(loss: Array, case: Case) -> str:
    """What a loss gives away by itself."""
    if loss < 0:
        return tr("a cross-entropy is never below 0")
    if case.told == FAR and loss < 500:
        return tr(
            "the wrong answer costs 1000, half of which is the mean. A loss that stays far below "
            "comes of a small number that was put in place of a probability of 0, or added to it"
        )
    for value, meaning in GUESSING.items():
        if case.told == NOTHING_KNOWN and np.isclose(loss, value, atol=1e-4):
            return tr(meaning)
    return ""


EXERCISE = Exercise(
    number=4,
    name="cross_entropy",
    title=mark("cross-entropy"),
    text=TEXT,
    signature=mark('''\
def cross_entropy(z, t):
    """The loss L, a number: the mean cross-entropy of the softmax of z.

    z: (B, K), logits. t: (B, K), targets; each row adds up to 1.
    """
'''),
    blank=mark("""
    shifted = ...  # (B, K), no entry above 0
    log_p = ...  # (B, K)
    loss = ...  # a number
    return loss
"""),
    solution=mark("""
    shifted = z - z.max(axis=1, keepdims=True)  # (B, K), no entry above 0
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -np.mean(np.sum(t * log_p, axis=1))
    return loss
"""),
    derived=CROSS_ENTROPY,
    notation={"m": "z.max(axis=1, keepdims=True)", "p": "np.exp(log_p)"},
    inputs={"z": "BK", "t": "BK"},
    outputs=(Output("loss", ""),),
    cases=cases,
    remark=remark,
    mistakes=(
        Mistake(
            "-np.mean(np.sum(t * log_p, axis=1))",
            "-np.sum(t * log_p)",
            "your loss is {B} × ours, and {B} is the batch size: this is the sum over the images, "
            "the loss is their mean",
        ),
        Mistake(
            "-np.mean(np.sum(t * log_p, axis=1))",
            "-np.mean(t * log_p)",
            "your loss is ours divided by {K}, the number of classes: the mean is over the "
            "images; over the classes it is a sum",
        ),
        Mistake(
            "np.sum(t * log_p, axis=1)",
            "np.sum(t * log_p, axis=0)",
            "over the classes it is a sum, axis=1, and over the images of the batch a mean: in "
            "your loss the two are exchanged",
        ),
        Mistake(
            "-np.mean(np.sum(t * log_p, axis=1))",
            "-np.sum(t * log_p, axis=1)",
            "this is the cross-entropy of each image: the loss is their mean, one number",
        ),
        Mistake(
            "-np.mean",
            "np.mean",
            "the minus in front is missing: logarithms of probabilities are negative, the loss is "
            "not",
        ),
        Mistake(
            "t * log_p",
            "log_p",
            "the targets are missing: only the right class counts",
        ),
        Mistake(
            "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))",
            "a probability has become 0, log(0) is -inf, and 0 * inf is nan: take the logarithm of "
            "the fraction apart, log p = shifted - log(sum of e^shifted)",
        ),
        Mistake(
            "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "np.log(np.maximum(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True), "
            "1e-12))",
            "a probability that became 0 was replaced by 1e-12: the loss is then never above 27.6, "
            "however wrong the network is. Take the logarithm of the fraction apart",
        ),
        Mistake(
            "z - z.max(axis=1, keepdims=True)",
            "z",
            "e^1000 is inf: subtract the largest logit of each row first",
            SOFTMAX,
        ),
        Mistake(
            "np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "np.exp(shifted).sum(axis=1, keepdims=True)",
            "the logarithm of the sum is missing in log p",
        ),
        Mistake(
            "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))) / np.log(2)",
            "your loss is 1.442695 × ours: this is the logarithm to base 2, which measures in "
            "bits; take the natural one, np.log",
        ),
        Mistake(
            "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))) / np.log(10)",
            "your loss is 0.4342945 × ours: this is the logarithm to base 10; take the natural "
            "one, np.log",
        ),
        Mistake(
            "shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)",
            "this is minus the mean probability of the right class: its logarithm is missing",
        ),
    ),
)
