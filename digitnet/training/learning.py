"""Learning: from settings and examples to a trained Model, however the training ends."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from digitnet.data import Batches, Examples, MinMax
from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.model.folding import without_batch_norm
from digitnet.nn import (
    Averaged,
    BatchNorm,
    Diverged,
    Epoch,
    Network,
    train,
)
from digitnet.nn.blas import one_thread
from digitnet.training.build import (
    build_batches,
    build_model,
    build_network,
    build_objective,
    build_optimizer,
    build_schedule,
    check_size,
    steps_before_averaging,
)
from digitnet.training.checkpoint import Checkpoint, Checkpoints
from digitnet.training.settings import Settings
from digitnet.training.state import BestEpoch, Ending, Observer, TrainingState, put_back

VALIDATION_BATCH_SIZE = 1000


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
    best = BestEpoch(network, patience=settings.early_stopping or math.inf)
    optimizer = build_optimizer(settings)
    if settings.averaging:
        optimizer = Averaged(optimizer, steps_before_averaging(settings, len(batches)))

    def finish() -> None:
        if isinstance(optimizer, Averaged):
            optimizer.finish(network, (x for x, _ in batches.epoch(settings.epochs)))

    state = TrainingState(network, optimizer, best)
    with one_thread:
        if start:
            state.restore(start)
        elif begin and checkpoints:  # nothing else in the run folder holds these weights
            checkpoints.save(state.checkpoint())
        records = train(
            network,
            batches,
            validation,
            objective=build_objective(settings, examples),
            optimizer=state.optimizer,
            schedule=build_schedule(settings, len(batches)),
            epochs=settings.epochs,
            threads=settings.threads,
            progress=state.progress,
            finish=finish,
        )
        ending = state.follow(records, observers, should_stop, checkpoints)
    if settings.early_stopping and best.epoch:
        put_back(network, best.kept)
    model = build_model(settings, without_batch_norm(network), scaling, examples, classes)
    return Learned(model, network, state.history, best.epoch, ending, state.failure)


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
    norms, other_norms = (
        [layer for layer in each.layers if isinstance(layer, BatchNorm)]
        for each in (network, other)
    )
    for norm, other_norm in zip(norms, other_norms, strict=True):
        norm.restore(other_norm.state())
