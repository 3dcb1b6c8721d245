"""Learning: from settings and examples to a trained Model, however the training ends."""

import math
from collections.abc import Callable, Iterable

from digitnet.data import Examples
from digitnet.model import Model
from digitnet.nn import Constant, Diverged, Epoch, Optimizer, Progress, train
from digitnet.nn.blas import one_thread
from digitnet.training.build import build_batches, build_objective, build_optimizer
from digitnet.training.checkpoint import Checkpoint, Checkpoints
from digitnet.training.settings import Settings
from digitnet.training.state import Observer, put_back, snapshot
from digitnet.training.underway import Learned, Learning


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
    learning = Learning(settings, examples, held_out, classes, begin, epochs_before)
    return follow(learning, observers, should_stop, checkpoints, start)


def follow(
    learning: Learning,
    observers: Iterable[Observer] = (),
    should_stop: Callable[[], bool] = lambda: False,
    checkpoints: Checkpoints | None = None,
    start: Checkpoint | None = None,
) -> Learned:
    """Let it learn to its end: as `learn`, which says what the parameters are."""
    state = learning.state
    with one_thread:
        if start:
            state.restore(start)
        elif learning.begin and checkpoints:  # nothing else in the run folder holds these weights
            checkpoints.save(state.checkpoint())
        should_stop = learning.stopping(should_stop)
        ending = state.follow(learning.records(), observers, should_stop, checkpoints)
    return learning.learned(ending)


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
