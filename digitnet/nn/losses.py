"""Softmax, the output layer; cross-entropy, the loss; and why they are differentiated together.

The last Dense layer gives K numbers per example, the logits z. Softmax turns them into
probabilities p, and cross-entropy says how wrong these are, given the target row t:

    p_k = e^{z_k} / Σ_j e^{z_j}              L = −Σ_k t_k log p_k

Differentiated one after the other, the two are awkward: softmax has a K×K Jacobian,
the table of all ∂p_j/∂z_k = p_j (δ_jk − p_k), with δ_jk = 1 if j = k, else 0; cross-entropy gives
−t_j / p_j, which is infinite where p_j has underflowed to zero. Multiplied out, the p_j cancel:

    ∂L/∂z_k = Σ_j (−t_j / p_j) · p_j (δ_jk − p_k) = −t_k + p_k Σ_j t_j = p_k − t_k

So `SoftmaxCrossEntropy` starts from the logits and goes back to the logits in one subtraction.
`Softmax` alone is for reading probabilities; its own gradient is kept because a student will ask
for it, and because the tests multiply the two factors out to prove the shortcut.
"""

from typing import Protocol

import numpy as np

from digitnet.nn.arrays import Array
from digitnet.nn.layers import Layer


class Softmax(Layer):
    """p_k = e^{z_k − m} / Σ_j e^{z_j − m} with m = max_j z_j, for each row of z on its own.

    The shift by m changes nothing, it cancels in the fraction; but then no exponent is above 0,
    so nothing overflows, and one term is e⁰ = 1, so the sum is never zero.

    Derived in docs/derivations.md §3.
    """

    left_for_backward = ("p",)

    def forward(self, x: Array, training: bool) -> Array:
        self.p = self.scratch("p", x.shape, x.dtype)
        # What x.max and p.sum call, without their detour: 6 % of the time for one image.
        np.subtract(x, np.maximum.reduce(x, axis=1, keepdims=True), out=self.p)
        np.exp(self.p, out=self.p)
        self.p /= np.add.reduce(self.p, axis=1, keepdims=True)
        return self.p

    def backward(self, dy: Array) -> Array:
        """dz_k = Σ_j dp_j p_j (δ_jk − p_k) = p_k (dp_k − Σ_j dp_j p_j)."""
        dy -= np.sum(dy * self.p, axis=1, keepdims=True)
        dy *= self.p
        return dy


class Loss(Protocol):
    """(logits, targets) -> (mean loss of the batch, its gradient with respect to the logits).

    Two threads may call it at once, each with its part of a batch.
    """

    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]: ...


class SoftmaxCrossEntropy:
    """Mean cross-entropy of the softmax of the logits, and its gradient.

        L  = −1/B Σ_n Σ_k t_nk log p_nk          [nats per example], p = softmax(z)
        dz = (p − t) / B

    log p_k is computed as (z_k − m) − log Σ_j e^{z_j − m}, never as the logarithm of p_k, which
    may be zero.

    Derived in docs/derivations.md §4.
    Source: Goodfellow, Bengio & Courville 2016, "Deep Learning", §6.2.2.3 and §4.1.
    """

    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
        """logits: (B, K), not modified. targets: (B, K), not modified, each row sums to 1.

        Returns (L, dz); dz: (B, K), new.
        """
        n_examples = len(logits)
        dz = logits - logits.max(axis=1, keepdims=True)  # z − m ≤ 0
        shifted_target_logits = np.vdot(targets, dz)  # Σ_n Σ_k t_nk (z_nk − m_n)
        np.exp(dz, out=dz)
        totals = dz.sum(axis=1, keepdims=True)  # (B, 1), between 1 and K
        loss = (np.log(totals).sum() - shifted_target_logits) / n_examples
        dz /= totals  # p
        dz -= targets  # p − t
        dz /= n_examples
        return float(loss), dz
