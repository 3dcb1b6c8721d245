"""Limits: how much of this computer a visitor may have."""

from dataclasses import dataclass, replace

from digitnet.languages import tr
from digitnet.training.build import n_weights
from digitnet.training.settings import Settings, SettingsError


@dataclass(frozen=True)
class Limits:
    """The most of each that a visitor may ask for.

    weights: of the network. layers: hidden ones. epochs: of a training. batch: images in one.
    products: weights times images in a batch, what a step takes in time (six operations for each)
    and, as layers are here, in memory. threads: of a long step. splits: that may be in use by all
    visitors together. in_parts: whether answers wait for the training, which is cut up for them.
    """

    weights: int = 8_000_000
    layers: int = 8
    width: int = 2048
    epochs: int = 500
    batch: int = 10_000
    products: int = 4_000_000_000
    threads: int = 2
    splits: int = 20
    in_parts: bool = False

    def allowed(self, settings: Settings, image_shape: tuple[int, int], n_classes: int) -> Settings:
        """The settings, with no more threads than may be. Raises SettingsError beyond a limit."""
        hidden = settings.hidden_layer_sizes
        if len(hidden) > self.layers:
            problem = tr(
                "expected at most {most} hidden layers here, got {got}",
                most=self.layers,
                got=len(hidden),
            )
            raise SettingsError("hidden_layer_sizes", problem)
        if max(hidden, default=0) > self.width:
            problem = tr(
                "expected layers of at most {most} units here, got {got}",
                most=self.width,
                got=max(hidden),
            )
            raise SettingsError("hidden_layer_sizes", problem)
        n = n_weights(settings, image_shape, n_classes)
        if n > self.weights:
            problem = tr(
                "expected at most {most} weights here, got {got}", most=self.weights, got=n
            )
            raise SettingsError("hidden_layer_sizes", problem)
        if settings.epochs > self.epochs:
            problem = tr(
                "expected at most {most} epochs here, got {got}",
                most=self.epochs,
                got=settings.epochs,
            )
            raise SettingsError("epochs", problem)
        self._check_step(settings.batch_size, n)
        return replace(settings, threads=min(settings.threads or self.threads, self.threads))

    def _check_step(self, batch_size: int, n: int) -> None:
        """Raise SettingsError for a step that would keep everybody waiting."""
        if batch_size > self.batch:
            problem = tr(
                "expected batches of at most {most} images here, got {got}",
                most=self.batch,
                got=batch_size,
            )
            raise SettingsError("batch_size", problem)
        if batch_size * n > self.products:
            problem = tr(
                "expected batches of at most {most} images here for a network of {n} weights, got "
                "{got}",
                most=self.products // n,
                n=n,
                got=batch_size,
            )
            raise SettingsError("batch_size", problem)


IN_A_CLASS = Limits(
    weights=1_500_000,
    layers=4,
    width=1024,
    epochs=100,
    batch=1000,
    products=1_500_000_000,
    threads=1,
    splits=3,
)
"""Where many visitors share this computer."""

IN_A_BROWSER = Limits(
    weights=1_000_000,
    layers=4,
    width=1024,
    epochs=100,
    batch=1000,
    products=100_000_000,
    threads=1,
    splits=1,
    in_parts=True,
)
"""Where a browser computes: a step takes a quarter of a second there at most."""
