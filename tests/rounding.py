"""How far two computations of the same thing in float32 may lie apart.

Sums of n products that are added in different orders, as the kernels of BLAS libraries do, differ
by their rounding alone. Each rounding moves a partial sum by up to u = 2⁻²⁴ of its size, as likely
up as down (Higham & Mary 2019, "A New Approach to Probabilistic Rounding Error Analysis"). Partial
sums of terms of both signs grow as √k does, up to s = √Σ(x_i w_i)², so n roundings move the whole
by about √n u s. Errors go through the weights of the next layer as independent ones do: their
squares add up. All this is a standard deviation, and MARGIN times it the bound: in the networks of
the tests, with any kernel, 25 times what is seen, or more. An error in the code is far above it.
"""

import numpy as np

from digitnet.nn import Dense, Network
from digitnet.nn.arrays import Array

U = 2.0**-24
U_HALF = 2.0**-11
MARGIN = 4.0
FUNCTION = 4.0
"""Units in the last place by which exp and tanh of different libraries may be off."""


def of_logits(network: Network, x: Array, u: float = U) -> Array:
    """By how much each logit (B, K) of a float32 network may be off, for inputs x (B, I).

    For inputs that are themselves rounded, and activations that are no steeper than 1.
    u: that of the numbers that are computed with, if they are not float32.
    """
    error = u * np.abs(x, dtype=np.float64)
    for layer in network.layers:
        if isinstance(layer, Dense):
            W, b = layer.W.astype(np.float64) ** 2, layer.b.astype(np.float64) ** 2
            own = (len(W) + 1) * u**2 * (x.astype(np.float64) ** 2 @ W + b)
            error = np.sqrt(error**2 @ W + own)
        x = layer.forward(x, training=False).copy()
        if not isinstance(layer, Dense):
            error = np.sqrt(error**2 + (FUNCTION * u * np.abs(x)) ** 2)
    return MARGIN * error


def of_probabilities(network: Network, x: Array, u: float = U) -> float:
    """By how much two results of the same probabilities may differ.

    Σ_j |∂p_k/∂z_j| = 2 p_k (1 − p_k) ≤ ½, and each of the two has its own error of the logits.
    """
    return float(of_logits(network, x, u).max()) + 2 * FUNCTION * u
