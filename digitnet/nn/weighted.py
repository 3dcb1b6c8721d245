"""Cross-entropy of examples that do not all count alike."""

import numpy as np

from digitnet.nn.arrays import Array


class WeightedCrossEntropy:
    """SoftmaxCrossEntropy of examples with weights: example n counts w_n times.

        L  = 1/B Σ_n w_n ℓ_n      ℓ_n: the cross-entropy of example n       [nats per example]
        dz = (w p − w t) / B      p = softmax(z)

    A weight comes with its target: the row w t, which adds up to w. So batches, shards and mixup
    need not know of weights. If these are 1 on average, L is a weighted mean over the epoch.

    Derived in docs/derivations.md §16.
    """

    def __call__(self, logits: Array, targets: Array) -> tuple[float, Array]:
        """logits: (B, K), not modified. targets: (B, K), not modified, row n sums to w_n ≥ 0.

        Returns (L, dz); dz: (B, K), new. Where all w are 1, it is that of SoftmaxCrossEntropy.
        """
        n_examples = len(logits)
        weights = targets.sum(axis=1, keepdims=True)  # (B, 1)
        dz = logits - logits.max(axis=1, keepdims=True)  # z − m ≤ 0
        shifted_target_logits = np.vdot(targets, dz)  # Σ_n w_n Σ_k t_nk (z_nk − m_n)
        np.exp(dz, out=dz)
        totals = dz.sum(axis=1, keepdims=True)  # (B, 1), between 1 and K
        loss = (np.vdot(weights, np.log(totals)) - shifted_target_logits) / n_examples
        dz /= totals  # p
        dz *= weights  # w p
        dz -= targets  # w p − w t
        dz /= n_examples
        return float(loss), dz
