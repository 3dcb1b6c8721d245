"""Limits: how much of this computer a visitor may have."""

from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from digitnet.training.settings import Settings, SettingsError


@dataclass(frozen=True)
class Limits:
    """The most of each that a visitor may ask for.

    weights: of the network. layers: hidden ones. epochs: of a training. threads: of a long step.
    """

    weights: int = 8_000_000
    layers: int = 8
    width: int = 2048
    epochs: int = 500
    threads: int = 2

    def allowed(self, settings: Settings, n_in: int, n_out: int) -> Settings:
        """The settings, with no more threads than may be. Raises SettingsError beyond a limit."""
        hidden = settings.hidden_layer_sizes
        if len(hidden) > self.layers:
            problem = f"expected at most {self.layers} hidden layers here, got {len(hidden)}"
            raise SettingsError("hidden_layer_sizes", problem)
        if max(hidden, default=0) > self.width:
            problem = f"expected layers of at most {self.width} units here, got {max(hidden)}"
            raise SettingsError("hidden_layer_sizes", problem)
        n_weights = sum(map(prod, pairwise([n_in, *hidden, n_out])))
        if n_weights > self.weights:
            problem = f"expected at most {self.weights} weights here, got {n_weights}"
            raise SettingsError("hidden_layer_sizes", problem)
        if settings.epochs > self.epochs:
            problem = f"expected at most {self.epochs} epochs here, got {settings.epochs}"
            raise SettingsError("epochs", problem)
        return replace(settings, threads=min(settings.threads or self.threads, self.threads))


IN_A_CLASS = Limits(weights=1_500_000, layers=4, width=1024, epochs=100, threads=1)
"""Where many visitors share this computer."""
