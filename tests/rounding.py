"""How far two computations of the same thing in float32 may lie apart.

Sums of n products that are added in different orders, as the kernels of BLAS libraries do, differ
by their rounding alone. Each is off by at most about λ √n u Σ|x_i w_i|, with u = 2⁻²⁴ half a unit
in the last place of 1, where rounding errors are as likely up as down (Higham & Mary 2019, "A New
Approach to Probabilistic Rounding Error Analysis", theorem 3.1; λ = 4 leaves 1 in 1,500 outside).
In a network the errors of a layer go through the weights of the next, |W| at worst. As they hardly
ever all add up, this bound is 10 to 100 times what is seen; an error in the code is far above it.
"""

import numpy as np

from digitnet.nn import Dense, Network
from digitnet.nn.arrays import Array

U = 2.0**-24
CONFIDENCE = 4.0
FUNCTION = 4.0
"""Units in the last place by which exp and tanh of different libraries may be off."""


def of_logits(network: Network, x: Array) -> Array:
    """By how much each logit (B, K) of a float32 network may be off, for inputs x (B, I).

    For inputs that are themselves rounded, and activations that are no steeper than 1.
    """
    error = U * np.abs(x, dtype=np.float64)
    for layer in network.layers:
        if isinstance(layer, Dense):
            size = np.abs(layer.W, dtype=np.float64)
            terms = np.abs(x, dtype=np.float64) @ size + np.abs(layer.b, dtype=np.float64)
            error = error @ size + CONFIDENCE * np.sqrt(len(size) + 1) * U * terms
        x = layer.forward(x, training=False).copy()
        if not isinstance(layer, Dense):
            error = error + FUNCTION * U * np.abs(x)
    return error


def of_probabilities(network: Network, x: Array) -> float:
    """By how much two results of the same probabilities may differ.

    Σ_j |∂p_k/∂z_j| = 2 p_k (1 − p_k) ≤ ½, and each of the two has its own error of the logits.
    """
    return float(of_logits(network, x).max()) + 2 * FUNCTION * U
