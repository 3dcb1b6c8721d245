"""Mixup: learn also from what lies between two images, and between their labels.

A network that has seen only digits may do anything between them, and a strange digit lies between
familiar ones. Blending each image with another, and its target likewise, asks for probabilities
that go over from one class to the other in a straight line, so that no boundary between two
classes passes close to an image of either.

Derived in docs/derivations.md §14.
Source: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", §2.
"""

import numpy as np

from digitnet.data.distortions import Places
from digitnet.nn.arrays import Array, Scratch


def mix(
    x: Array,
    targets: Array,
    alpha: float,
    generator: np.random.Generator,
    scratch: Scratch,
    rows: Places = slice(None),
) -> None:
    """Blend each row of x (B, I) and of targets (B, K) with the next one, in place.

        x̃ = λ x + (1 − λ) x'        t̃ = λ t + (1 − λ) t'        λ ~ Beta(α, α), at least ½

    Each row has a λ of its own. The smaller alpha is, the closer are most λ to 1; at 1 they are
    uniform. Beta(α, α) is symmetric, so exchanging λ and 1 − λ where λ is below ½ changes nothing
    but which of two rows is called the first; and the larger part of a target remains its own,
    so that how many are read right goes on meaning something. The rows of a batch are in random
    order, and the next of the last is the first.

    rows: where x holds only these of the batch, one after the other: of all but the last of them
    the next one is there.
    """
    shares = generator.beta(alpha, alpha, len(targets)).astype(x.dtype)
    np.minimum(shares, 1 - shares, out=shares)  # 1 − λ
    for name, a, share in (("x", x, shares[rows]), ("targets", targets, shares)):
        towards = scratch(name, a.shape, a.dtype)
        np.subtract(a[1:], a[:-1], out=towards[:-1])
        np.subtract(a[:1], a[-1:], out=towards[-1:])
        towards *= share[:, None]
        np.add(a, towards, out=a)
