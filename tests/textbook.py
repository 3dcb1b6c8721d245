"""The same mathematics once more, as a textbook writes it: float64, new arrays, no tricks.

784-128-10 with ReLU, softmax, cross-entropy, L2 and momentum, to hold the real network against.
"""

import numpy as np


class TextbookNetwork:
    def __init__(self, w1, b1, w2, b2, weight_decay=0.0, momentum=0.0):
        self.theta = [np.array(p, np.float64) for p in (w1, b1, w2, b2)]
        self.velocity = [np.zeros_like(p) for p in self.theta]
        self.weight_decay, self.momentum = weight_decay, momentum

    def forward(self, x):
        w1, b1, w2, b2 = self.theta
        z1 = x @ w1 + b1
        h = np.where(z1 > 0, z1, 0)
        z2 = h @ w2 + b2
        e = np.exp(z2 - z2.max(axis=1)[:, None])
        return z1, h, e / e.sum(axis=1)[:, None]

    def loss(self, x, t):
        return -np.mean(np.sum(t * np.log(self.forward(x)[2]), axis=1))

    def gradients(self, x, t):
        w1, _, w2, _ = self.theta
        z1, h, p = self.forward(x)
        dz2 = (p - t) / len(x)
        dz1 = (dz2 @ w2.T) * (z1 > 0)
        return [
            x.T @ dz1 + self.weight_decay * w1,
            dz1.sum(axis=0),
            h.T @ dz2 + self.weight_decay * w2,
            dz2.sum(axis=0),
        ]

    def step(self, x, t, learning_rate):
        gradients = self.gradients(x, t)
        self.velocity = [
            self.momentum * v - learning_rate * g
            for v, g in zip(self.velocity, gradients, strict=True)
        ]
        self.theta = [p + v for p, v in zip(self.theta, self.velocity, strict=True)]
