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
    Constant,
    Diverged,
    Epoch,
    Network,
    Optimizer,
    Progress,
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
from digitnet.training.state import (
    BestEpoch,
    Ending,
    Observer,
    TrainingState,
    put_back,
    snapshot,
)

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
    epochs_before: int = 0,
) -> Learned:
    """Train a network on the examples, validating it on those held out, if any, after each epoch.

    observers: called with every record, in turn. should_stop: asked after every batch.
    checkpoints: where the state is kept now and then, and when it stops. start: the state to go on
    from, of a training with the same settings and examples; what follows is bit for bit what would
    have followed there. begin: a model at whose weights to begin, instead of random ones, and with
    the scaling of its images; raises DigitnetError if its layers are others. epochs_before: how
    many it has learned for, which are added to the seed: what is random does not repeat itself.
    A training that diverges gives the weights of the last epoch that did not.
    """
    check_size(settings, examples, len(classes))
    scaling = begin.scaling if begin else MinMax.fit(examples.images)
    seed = settings.seed + epochs_before
    batches = build_batches(settings, examples, scaling, len(classes), seed)
    validation = None
    if held_out:
        validation = Batches(held_out, scaling, len(classes), VALIDATION_BATCH_SIZE)
    network = build_network(settings, examples, len(classes), epochs_before=epochs_before)
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
    if begin:
        model.pixels = begin.pixels  # whose scale the examples are on
    return Learned(model, network, state.history, best.epoch, ending, state.failure)


def learn_once(
    settings: Settings,
    examples: Examples,
    model: Model,
    optimizer: Optimizer | None,
    epochs_before: int,
) -> tuple[Epoch, Optimizer]:
    """Let the network of a model learn from the examples once, in place, at a constant rate.

    examples: on the scale of the model; the mean of their weights multiplies the learning rate.
    optimizer: the one of the call before, which is gone on with if it is of the settings' kind.
    epochs_before: calls and epochs so far, which are added to the seed.
    Returns the record and the optimizer for the next call. Only a loss or parameters that are not
    finite count as divergence, since the examples may be others than before: raises Diverged, and
    the network is as it was.
    """
    network, following = model.network, build_optimizer(settings)
    if type(following) is type(optimizer):
        following.restore(optimizer.state())
    before = snapshot(network)
    seed, n_classes = settings.seed + epochs_before, len(model.classes)
    mean_weight = 1.0 if examples.weights is None else float(examples.weights.mean())
    records = train(
        network,
        build_batches(settings, examples, model.scaling, n_classes, seed),
        None,
        objective=build_objective(settings, examples),
        optimizer=following,
        schedule=Constant(mean_weight * settings.highest_learning_rate),
        epochs=1,
        threads=settings.threads,
        progress=Progress(hopeless_loss=math.inf),
    )
    try:
        (epoch,) = (record for record in records if isinstance(record, Epoch))
    except Diverged:
        put_back(network, before)
        raise
    return epoch, following


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
