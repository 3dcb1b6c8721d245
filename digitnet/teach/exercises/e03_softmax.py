"""Exercise 3: a softmax that stays finite."""

import numpy as np

from digitnet.languages import mark, tr
from digitnet.nn import Array
from digitnet.teach.exercises.material import normal
from digitnet.teach.exercises.parts import SOFTMAX, Case, Exercise, Mistake, Output

TEXT = mark("""\
The sums of the last layer are called logits, z. The softmax makes probabilities of those of each
image: positive numbers with the sum 1,

    p_k = e^z_k / (e^z_1 + ... + e^z_K)

Computed like this, logits of 1000 give inf / inf. But p stays the same if one number m is
subtracted from all logits of an image. Choose m such that no exponent is above 0.

`z.max(axis=1, keepdims=True)` is the largest entry of each row, as a column (B, 1) that can be
subtracted from z.
""")


def cases() -> list[Case]:
    """Guessing; far out, each row in another way; a batch."""
    (z,) = normal(3, (20, 4))
    far = np.array([[1000.0, 0.0, -1000.0], [-1000.0, -1001.0, -1002.0], [0.0, 1.0, 2.0]])
    return [
        Case("for logits of zero", {"z": np.zeros((2, 10))}),
        Case("for three rows with logits of -1000 to 1000", {"z": far}),
        Case("on twenty rows of four logits", {"z": 3 * z}),
    ]


def remark(p: Array, _: Case) -> str:
    """What the rows add up to."""
    sums = p.sum(axis=1)
    if np.allclose(sums, 1):
        if (p >= 0).all():
            return tr("your rows add up to 1, as they should")
        return tr("your rows add up to 1, but some entries are negative")
    return tr("your first row adds up to {sum:.6g}; probabilities add up to 1", sum=sums[0])


EXERCISE = Exercise(
    number=3,
    name="softmax",
    title=mark("a softmax that stays finite"),
    text=TEXT,
    signature=mark('''\
def softmax(z):
    """The probability of each class: p (B, K), for logits z (B, K)."""
'''),
    blank=mark("""
    shifted = ...  # (B, K), no entry above 0
    e = ...  # (B, K)
    p = ...  # (B, K)
    return p
"""),
    solution=mark("""
    shifted = z - z.max(axis=1, keepdims=True)  # (B, K), no entry above 0
    e = np.exp(shifted)
    p = e / e.sum(axis=1, keepdims=True)
    return p
"""),
    derived=SOFTMAX,
    notation={"m": "z.max(axis=1, keepdims=True)"},
    inputs={"z": "BK"},
    outputs=(Output("p", "BK"),),
    cases=cases,
    remark=remark,
    mistakes=(
        Mistake(
            "z - z.max(axis=1, keepdims=True)",
            "z",
            "e^1000 is inf, and inf / inf is nan; e^-1000 is 0, and 0 / 0 is nan: subtract the "
            "largest logit of each row first",
        ),
        Mistake(
            "z.max(axis=1, keepdims=True)",
            "z.max()",
            "one number is subtracted from the whole batch. A row that lies far below it becomes "
            "all zeros, and 0 / 0 is nan: take the largest of each row, axis=1",
        ),
        Mistake(
            "z.max(axis=1, keepdims=True)",
            "z.max(axis=0, keepdims=True)",
            "axis=0 takes the largest of each class over the images: each row needs its own, "
            "axis=1",
        ),
        Mistake(
            "z.max(axis=1, keepdims=True)",
            "z.max(axis=1)",
            "without keepdims=True, a maximum or a sum over the classes is a row (B,), which NumPy "
            "lays along the classes; a column (B, 1) lies along the images",
        ),
        Mistake(
            "z.max(axis=1, keepdims=True)",
            "z.min(axis=1, keepdims=True)",
            "the smallest logit is subtracted: then the exponents are above 0 and overflow. Take "
            "the largest",
        ),
        Mistake(
            "z.max(axis=1, keepdims=True)",
            "z.mean(axis=1, keepdims=True)",
            "the mean is subtracted: an exponent can still be 1000. Take the largest",
        ),
        Mistake(
            "z - z.max",
            "z + z.max",
            "the largest logit is added: subtract it",
        ),
        Mistake(
            "e.sum(axis=1, keepdims=True)",
            "e.sum()",
            "this divides by the sum over the whole batch: each row has its own sum, axis=1",
        ),
        Mistake(
            "e.sum(axis=1, keepdims=True)",
            "e.sum(axis=0, keepdims=True)",
            "axis=0 adds up over the images: the probabilities of one image, a row, are to add up "
            "to 1, axis=1",
        ),
        Mistake(
            "p = e / e.sum(axis=1, keepdims=True)",
            "p = np.nan_to_num(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))",
            "what overflowed was replaced by 0, with np.nan_to_num or the like: then nothing is "
            "finite by right. Subtract the largest logit of each row first, and nothing overflows",
        ),
        Mistake(
            "np.exp(shifted)",
            "np.exp(z.min(axis=1, keepdims=True) - z)",
            "the smallest logit gets the largest probability: somewhere a sign is turned round",
        ),
        Mistake("e / e.sum(axis=1, keepdims=True)", "e", "these are not yet divided by their sum"),
        Mistake("return p", "return np.log(p)", "these are the logarithms of the probabilities"),
        Mistake(
            "e / e.sum",
            "z / z.sum",
            "the logits themselves are divided by their sum: take e to their power first",
        ),
    ),
)
