"""Schedules: the learning rate of each step. Steps count from 0 over the whole training.

They are plain objects: an attribute that changes while the network learns counts from the next
step on.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Schedule: TypeAlias = Callable[[int], float]


@dataclass
class Constant:
    """η(s) = η₀."""

    learning_rate: float

    def __call__(self, step: int) -> float:
        return self.learning_rate


@dataclass
class StepDecay:
    """η(s) = η₀ · factor^⌊s / every⌋: constant for `every` steps, then cut, and so on."""

    learning_rate: float
    every: int
    factor: float

    def __call__(self, step: int) -> float:
        return self.learning_rate * self.factor ** (step // self.every)


@dataclass
class Cosine:
    """η(s) = η₁ + (η₀ − η₁) · ½ (1 + cos(π s/S)): half a cosine, then η₁.

    η₀ is `learning_rate`, η₁ `lowest`, S `n_steps`.
    Source: Loshchilov & Hutter 2017, "SGDR", eq. 5 without restarts.
    """

    learning_rate: float
    n_steps: int
    lowest: float = 0.0

    def __call__(self, step: int) -> float:
        progress = min(step / self.n_steps, 1.0)
        cosine = 0.5 * (1 + math.cos(math.pi * progress))
        return self.lowest + (self.learning_rate - self.lowest) * cosine


@dataclass
class WarmUp:
    """η(s) = schedule(s) · min(1, (s + 1)/n): another schedule, eased in over n = n_steps.

    Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD", §2.2 (gradual warm-up).
    """

    schedule: Schedule
    n_steps: int

    def __call__(self, step: int) -> float:
        return self.schedule(step) * min(1.0, (step + 1) / self.n_steps)
