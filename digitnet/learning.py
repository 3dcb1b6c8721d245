"""Learning: from settings and examples to a trained Model, however the training ends."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from digitnet.blas import one_thread
from digitnet.checkpoint import Checkpoint, Checkpoints
from digitnet.course import BestEpoch, Course, Ending, Observer
from digitnet.data import AugmentedBatches, Batches, Distortions, Examples, MinMax
from digitnet.errors import DigitnetError
from digitnet.folding import without_batch_norm
from digitnet.model import Model
from digitnet.modelfile import MOST_WEIGHTS
from digitnet.nn import (
    SGD,
    Adam,
    Averaged,
    Constant,
    Cosine,
    Diverged,
    Epoch,
    Network,
    Objective,
    Optimizer,
    Schedule,
    StepDecay,
    WarmUp,
    WeightedCrossEntropy,
    multilayer_perceptron,
    train,
)
from digitnet.preprocessing import border_weights
from digitnet.settings import Settings, SettingsError

VALIDATION_BATCH_SIZE = 1000
WHILE_AVERAGING = 0.25
"""Where a cosine ends and stays while parameters are averaged, as a share of its height."""


@dataclass(frozen=True)
class Learned:
    """What a training gave: the model, a record per epoch, the best of them, how it ended.

    network: as it learned. That of the model is the same, unless batch normalisation went into its
    Dense layers, which predicts alike and faster, but could not go on learning alike.
    best_epoch: that of the lowest validation loss, from 1; 0 if no epoch ended.
    """

    model: Model
    network: Network
    history: list[Epoch]
    best_epoch: int
    ending: Ending
    failure: Diverged | None


def learn(
    settings: Settings,
    examples: Examples,
    held_out: Examples | None,
    classes: tuple[str, ...],
    observers: Iterable[Observer] = (),
    should_stop: Callable[[], bool] = lambda: False,
    checkpoints: Checkpoints | None = None,
    start: Checkpoint | None = None,
    begin: Model | None = None,
) -> Learned:
    """Train a network on the examples, validating it on those held out, if any, after each epoch.

    observers: called with every record, in turn. should_stop: asked after every batch.
    checkpoints: where the state is kept now and then, and when it stops. start: the state to go on
    from, of a training with the same settings and examples; what follows is bit for bit what would
    have followed there. begin: a model at whose weights to begin, instead of random ones, and with
    the scaling of its images; raises DigitnetError if its layers are others.
    A training that diverges gives the weights of the last epoch that did not.
    """
    check_size(settings, examples, len(classes))
    scaling = begin.scaling if begin else MinMax.fit(examples.images)
    batches = build_batches(settings, examples, scaling, len(classes), settings.seed)
    validation = None
    if held_out:
        validation = Batches(held_out, scaling, len(classes), VALIDATION_BATCH_SIZE)
    network = build_network(settings, examples, len(classes))
    if begin:
        begin_at(network, begin.network)
    best = BestEpoch(network.params, patience=settings.early_stopping or math.inf)
    optimizer = build_optimizer(settings)
    if settings.averaging:
        optimizer = Averaged(optimizer, steps_before_averaging(settings, len(batches)))

    def finish() -> None:
        if isinstance(optimizer, Averaged):
            optimizer.finish(network, (x for x, _ in batches.epoch(settings.epochs)))

    course = Course(network, optimizer, best)
    with one_thread:
        if start:
            course.restore(start)
        elif begin and checkpoints:  # nothing else in the run folder holds these weights
            checkpoints.save(course.checkpoint())
        records = train(
            network,
            batches,
            validation,
            objective=build_objective(settings, examples),
            optimizer=course.optimizer,
            schedule=build_schedule(settings, len(batches)),
            epochs=settings.epochs,
            threads=settings.threads,
            progress=course.progress,
            finish=finish,
        )
        ending = course.follow(records, observers, should_stop, checkpoints)
    if settings.early_stopping and best.epoch:
        network.params[:] = best.params
    model = build_model(settings, without_batch_norm(network), scaling, examples, classes)
    return Learned(model, network, course.history, best.epoch, ending, course.failure)


def begin_at(network: Network, other: Network) -> None:
    """Give the network the parameters of another. Raises DigitnetError if its layers are others."""
    shapes, others = (
        {name: values.shape for name, values, _ in each.parameters()} for each in (network, other)
    )
    if shapes != others:
        raise DigitnetError(
            "expected settings of a network like the one to begin with, whose arrays are "
            f"{', '.join(map(str, others.values()))}, got {', '.join(map(str, shapes.values()))}"
        )
    network.params[:] = other.params


def check_size(settings: Settings, examples: Examples, n_classes: int) -> None:
    """Raise SettingsError if the network would have more weights than a model file can hold."""
    n_weights = sum(map(math.prod, pairwise(_layer_sizes(settings, examples, n_classes))))
    if n_weights >= MOST_WEIGHTS:
        raise SettingsError(
            "hidden_layer_sizes", f"expected fewer than {MOST_WEIGHTS} weights, got {n_weights}"
        )


def _layer_sizes(settings: Settings, examples: Examples, n_classes: int) -> list[int]:
    return [math.prod(examples.image_shape), *settings.hidden_layer_sizes, n_classes]


def build_network(
    settings: Settings, examples: Examples, n_classes: int, dtype: DTypeLike = np.float32
) -> Network:
    """The network that the settings describe, for images like these; it has learned nothing."""
    return multilayer_perceptron(
        _layer_sizes(settings, examples, n_classes),
        settings.activations,
        initializer=settings.initializer,
        batch_norm=settings.batch_norm,
        dropout=settings.dropout,
        seed=settings.seed,
        dtype=dtype,
    )


def build_optimizer(settings: Settings) -> Optimizer:
    """The optimizer that the settings name; it has made no step yet."""
    optimizers: dict[str, Callable[[], Optimizer]] = {
        "sgd": lambda: SGD(settings.momentum, settings.nesterov),
        "adam": lambda: Adam(settings.momentum),
    }
    return optimizers[settings.optimizer]()


def build_objective(settings: Settings, examples: Examples) -> Objective:
    """What learning from these examples makes small."""
    loss = None if examples.weights is None else WeightedCrossEntropy()
    return Objective(loss, settings.weight_decay)


def build_batches(
    settings: Settings, examples: Examples, scaling: MinMax, n_classes: int, seed: int
) -> Batches | AugmentedBatches:
    """The examples in shuffled batches, distorted and blended if the settings say so."""
    batches = Batches(examples, scaling, n_classes, settings.batch_size, seed)
    distort = build_distortions(settings)
    if not (distort or settings.mixup):
        return batches

    def strength(epoch: int) -> float:
        return 1 - settings.fade * (epoch - 1) / max(settings.epochs - 1, 1)

    return AugmentedBatches(batches, examples.image_shape, distort, seed, strength, settings.mixup)


def build_distortions(settings: Settings) -> Distortions:
    """The distortions that the settings name, before they fade; false if there are none."""
    names = (each.name for each in fields(Distortions) if hasattr(settings, each.name))
    return Distortions(**{name: getattr(settings, name) for name in names})


def build_model(
    settings: Settings,
    network: Network,
    scaling: MinMax,
    examples: Examples,
    classes: tuple[str, ...],
) -> Model:
    """The network as a Model that knows what images it learned from."""
    mean_image = scaling(examples.rows.mean(axis=0))
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


def build_schedule(settings: Settings, steps_per_epoch: int) -> Schedule:
    """The schedule that the settings name, in steps instead of epochs."""
    highest = settings.highest_learning_rate
    schedule: Schedule
    if settings.schedule == "cosine":
        n_steps = steps_before_averaging(settings, steps_per_epoch)
        lowest = WHILE_AVERAGING * highest if settings.averaging else 0.0
        schedule = Cosine(highest, max(n_steps, 1), lowest)
    elif settings.schedule == "step":
        every = max(1, round(settings.decay_every * steps_per_epoch))
        schedule = StepDecay(highest, every, settings.decay_factor)
    else:
        schedule = Constant(highest)
    warmup = round(settings.warmup * steps_per_epoch)
    return WarmUp(schedule, warmup) if warmup else schedule
