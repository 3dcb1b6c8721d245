"""Build: from settings to network, batches, objective, optimizer and schedule."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from digitnet.accept.scaling import Deskewed, border_weights
from digitnet.data import AugmentedBatches, Batches, Distortions, Examples, MinMax
from digitnet.data.distortions import STRENGTHS
from digitnet.data.shared import Share, SharedAugmentedBatches, SharedBatches
from digitnet.model import Model
from digitnet.model.parts import MOST_WEIGHTS
from digitnet.nn import (
    SGD,
    Adam,
    Adversarial,
    Constant,
    Cosine,
    Network,
    Objective,
    Optimizer,
    Schedule,
    StepDecay,
    WarmUp,
    WeightedCrossEntropy,
    multilayer_perceptron,
)
from digitnet.nn.oriented_gradients import LONGEST_SIDE, layers_below, n_seen
from digitnet.training.settings import Settings, SettingsError

WHILE_AVERAGING = 0.25
"""Where a cosine ends and stays while parameters are averaged, as a share of its height."""


def check_size(settings: Settings, examples: Examples, n_classes: int) -> None:
    """Raise SettingsError if the network would have more weights than a model file can hold, or
    images are too large for what it sees.
    """
    if settings.oriented_gradients and max(examples.image_shape) > LONGEST_SIDE:
        height, width = examples.image_shape
        expected = f"expected images of at most {LONGEST_SIDE} pixels a side with it"
        raise SettingsError("oriented_gradients", f"{expected}, got {height}x{width}")
    n = n_weights(settings, examples.image_shape, n_classes)
    if n >= MOST_WEIGHTS:
        raise SettingsError(
            "hidden_layer_sizes", f"expected fewer than {MOST_WEIGHTS} weights, got {n}"
        )


def n_weights(settings: Settings, image_shape: tuple[int, int], n_classes: int) -> int:
    """How many weights the Dense layers of the network would have together."""
    n_first = n_seen(image_shape, settings.oriented_gradients)
    sizes = [n_first, *settings.hidden_layer_sizes, n_classes]
    return sum(map(math.prod, pairwise(sizes)))


def _layer_sizes(settings: Settings, examples: Examples, n_classes: int) -> list[int]:
    return [math.prod(examples.image_shape), *settings.hidden_layer_sizes, n_classes]


def layer_activations(settings: Settings) -> tuple[str, ...]:
    """The activation of each hidden layer, where the settings may name one for all."""
    names, n_hidden = settings.activation, len(settings.hidden_layer_sizes)
    return names if len(names) == n_hidden else names * n_hidden


def build_network(
    settings: Settings,
    examples: Examples,
    n_classes: int,
    dtype: DTypeLike = np.float32,
    *,
    epochs_before: int = 0,
) -> Network:
    """The network that the settings describe, for images like these; it has learned nothing.

    epochs_before: of other trainings, if it is to go on from what was learned in them: added to
    the seed, so that dropout does not repeat itself.
    """
    return multilayer_perceptron(
        _layer_sizes(settings, examples, n_classes),
        layer_activations(settings),
        initializer=settings.initializer,
        batch_norm=settings.batch_norm,
        dropout=settings.dropout,
        below=layers_below(examples.image_shape, settings.oriented_gradients),
        seed=settings.seed + epochs_before,
        dtype=dtype,
    )


def scaling_of(settings: Settings, plain: MinMax, image_shape: tuple[int, int]) -> MinMax:
    """That of the pixels, and before it what else the settings do to images of this shape."""
    return Deskewed(plain.minimum, plain.maximum, image_shape) if settings.deskew else plain


def build_optimizer(settings: Settings) -> Optimizer:
    """The optimizer that the settings name; it has made no step yet."""
    optimizers: dict[str, Callable[[], Optimizer]] = {
        "sgd": lambda: SGD(settings.momentum, settings.nesterov),
        "adam": lambda: Adam(settings.momentum, settings.beta2),
    }
    return optimizers[settings.optimizer]()


def build_objective(settings: Settings, examples: Examples) -> Objective:
    """What learning from these examples makes small."""
    loss = None if examples.weights is None else WeightedCrossEntropy()
    if settings.adversarial:
        return Adversarial(settings.adversarial, loss, settings.weight_decay)
    return Objective(loss, settings.weight_decay)


def build_batches(
    settings: Settings,
    examples: Examples,
    scaling: MinMax,
    n_classes: int,
    seed: int,
    share: Share | None = None,
) -> Batches | AugmentedBatches:
    """The examples in shuffled batches, distorted and blended if the settings say so.

    share: which rows of each are for this process, if others have the rest.
    """
    cut = (examples, scaling, n_classes, settings.batch_size, seed)
    batches = SharedBatches(share, settings.mixup > 0, *cut) if share else Batches(*cut)
    distort = build_distortions(settings)
    if not (distort or settings.mixup):
        return batches

    def strength(epoch: int) -> float:
        return 1 - settings.fade * (epoch - 1) / max(settings.epochs - 1, 1)

    augmented = SharedAugmentedBatches if share else AugmentedBatches
    return augmented(batches, examples.image_shape, distort, seed, strength, settings.mixup)


def build_distortions(settings: Settings) -> Distortions:
    """The distortions that the settings name, before they fade; false if there are none."""
    names = (*STRENGTHS, "smoothness")
    return Distortions(**{name: getattr(settings, name) for name in names})


def build_model(
    settings: Settings,
    network: Network,
    scaling: MinMax,
    examples: Examples,
    classes: tuple[str, ...],
) -> Model:
    """The network as a Model that knows what images it learned from."""
    mean_image = scaling.plain()(examples.rows.mean(axis=0))
    return Model(
        network,
        scaling,
        classes,
        examples.image_shape,
        pixels=examples.images.dtype.name,
        background=float(mean_image @ border_weights(examples.image_shape)),
        # The number of threads changes the time alone, and equal models are equal files.
        config={name: value for name, value in settings.as_dict().items() if name != "threads"},
    )


def steps_before_averaging(settings: Settings, steps_per_epoch: int) -> int:
    """After how many steps the parameters are averaged, and a cosine ends: all, without that."""
    return round((1 - settings.averaging) * settings.epochs * steps_per_epoch)


def lowest_rate(settings: Settings) -> float:
    """The learning rate at which a cosine ends."""
    return WHILE_AVERAGING * settings.highest_learning_rate if settings.averaging else 0.0


def build_schedule(settings: Settings, steps_per_epoch: int) -> Schedule:
    """The schedule that the settings name, in steps instead of epochs."""
    highest = settings.highest_learning_rate
    schedule: Schedule
    if settings.schedule == "cosine":
        n_steps = steps_before_averaging(settings, steps_per_epoch)
        schedule = Cosine(highest, max(n_steps, 1), lowest_rate(settings))
    elif settings.schedule == "step":
        every = max(1, round(settings.decay_every * steps_per_epoch))
        schedule = StepDecay(highest, every, settings.decay_factor)
    else:
        schedule = Constant(highest)
    warmup = round(settings.warmup * steps_per_epoch)
    return WarmUp(schedule, warmup) if warmup else schedule
