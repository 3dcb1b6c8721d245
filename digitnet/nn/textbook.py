"""A whole network in plain NumPy: what it computes, how it learns, and nothing else.

One hidden layer of ReLU units, softmax, cross-entropy, mini-batch gradient descent; float64, a new
array for every result, one line for every formula. All other modules of digitnet.nn are this again,
for any layers and fast, and are tested against it.

    network = TextbookNetwork(784, 128, 10, np.random.default_rng(0))
    for epoch in range(5):
        network.learn(x, t, batch_size=64, learning_rate=0.1)

x: (N, 784), pixels from 0 to 1. t: (N, 10), one-hot rows: a 1 at the right class, 0 elsewhere.
Derived in docs/derivations.md §1 to §5, the initial weights in §7.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class TextbookNetwork:
    """I inputs, H hidden units, K classes; B rows at a time."""

    def __init__(self, n_in: int, n_hidden: int, n_out: int, generator: np.random.Generator):
        self.generator = generator
        # ReLU halves the mean square, and the 2 makes up for it (§7).
        self.W1 = generator.standard_normal((n_in, n_hidden)) * np.sqrt(2 / n_in)  # He
        self.b1 = np.zeros(n_hidden)
        # No ReLU follows, so 1 is enough; Network has Glorot's here (§7).
        self.W2 = generator.standard_normal((n_hidden, n_out)) * np.sqrt(1 / n_hidden)
        self.b2 = np.zeros(n_out)

    def forward(self, x: Floats) -> Floats:
        """The probability of each class: (B, K)."""
        self.z1 = x @ self.W1 + self.b1  # (B, H)
        self.h = np.maximum(self.z1, 0)  # ReLU
        z2 = self.h @ self.W2 + self.b2  # (B, K), the logits: softmax makes probabilities of them
        e = np.exp(z2 - z2.max(axis=1, keepdims=True))
        p: Floats = e / e.sum(axis=1, keepdims=True)  # softmax
        return p

    def loss(self, x: Floats, t: Floats) -> float:
        """L = −1/B Σ_n Σ_k t_nk log p_nk: the mean cross-entropy, in nats (log is the natural one).

        Plain, so it is nan or infinite once a probability has underflowed to 0;
        SoftmaxCrossEntropy avoids that (§4).
        """
        return float(-np.mean(np.sum(t * np.log(self.forward(x)), axis=1)))

    def gradients(self, x: Floats, t: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """∂L/∂W1, ∂L/∂b1, ∂L/∂W2, ∂L/∂b2: backpropagation, from the loss down to the pixels."""
        p = self.forward(x)
        dz2 = (p - t) / len(x)  # (B, K)
        dW2 = self.h.T @ dz2
        db2 = dz2.sum(axis=0)
        dh = dz2 @ self.W2.T  # (B, H): the blame of all classes, along their weights
        dz1 = dh * (self.z1 > 0)  # times the slope of ReLU
        dW1 = x.T @ dz1
        db1 = dz1.sum(axis=0)
        return dW1, db1, dW2, db2

    def step(self, x: Floats, t: Floats, learning_rate: float) -> None:
        """Gradient descent: every parameter moves a little against its gradient."""
        dW1, db1, dW2, db2 = self.gradients(x, t)
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def learn(self, x: Floats, t: Floats, batch_size: int, learning_rate: float) -> None:
        """An epoch: a step for each batch of all examples, in random order."""
        order = self.generator.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            self.step(x[batch], t[batch], learning_rate)
