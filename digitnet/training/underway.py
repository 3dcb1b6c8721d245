"""Under way: a training between two of its records, with all of its parts."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from digitnet.data import Batches, Examples, MinMax
from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.model.folding import without_batch_norm
from digitnet.nn import (
    Array,
    Averaged,
    BatchNorm,
    Diverged,
    Dropout,
    Epoch,
    Network,
    Objective,
    Optimizer,
    OrientedGradients,
    Sharded,
    Step,
    train,
)
from digitnet.nn.activations import Activation
from digitnet.nn.training import evaluate
from digitnet.training.build import (
    build_batches,
    build_model,
    build_network,
    build_objective,
    build_optimizer,
    build_schedule,
    check_size,
    scaling_of,
    steps_before_averaging,
)
from digitnet.training.settings import Settings
from digitnet.training.state import BestEpoch, Ending, TrainingState, put_back

VALIDATION_BATCH_SIZE = 1000
PART_SIZE = 100
"""Of what is measured at once where others wait."""


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


class Learning:
    """A training under way: its parts, which may be looked at and changed between two records.

    scaling, batches, validation, network, objective, optimizer, schedule: as `train` takes them.
    state: how far it is. `change` says what of the settings may become another one.
    """

    def __init__(
        self,
        settings: Settings,
        examples: Examples,
        held_out: Examples | None,
        classes: tuple[str, ...],
        begin: Model | None = None,
        epochs_before: int = 0,
        changeable: bool = False,
    ) -> None:
        """Parameters and errors are those of `learn`.

        changeable: whether the network is to have layers for dropout that may come later.
        """
        check_size(settings, examples, len(classes))
        self.settings, self.examples, self.held_out = settings, examples, held_out
        self.classes, self.begin = classes, begin
        plain = begin.scaling.plain() if begin else MinMax.fit(examples.images)
        self.scaling = scaling_of(settings, plain, examples.image_shape)
        self.seed = settings.seed + epochs_before
        self.batches = build_batches(settings, examples, self.scaling, len(classes), self.seed)
        self.validation = None
        if held_out:
            self.validation = Batches(held_out, self.scaling, len(classes), VALIDATION_BATCH_SIZE)
        build = build_changeable if changeable else build_network
        network = build(settings, examples, len(classes), epochs_before=epochs_before)
        if begin:
            begin_at(network, begin.network)
        optimizer: Optimizer = build_optimizer(settings)
        if settings.averaging:
            optimizer = Averaged(optimizer, steps_before_averaging(settings, len(self.batches)))
        self.network, self.optimizer = network, optimizer
        self.objective = build_objective(settings, examples)
        self.schedule = build_schedule(settings, len(self.batches))
        best = BestEpoch(network, patience=settings.early_stopping or math.inf)
        self.state = TrainingState(network, optimizer, best)

    def records(self) -> Iterator[Step | Epoch]:
        """A record after each batch and each epoch from here on: asking for it is what learns."""
        return self._train(self.validation)

    def records_in_parts(self) -> Iterator[Step | Epoch | None]:
        """The same, and None before each part of the validation: for who cannot wait for all of it.

        The mean of the losses is that of `records` but for its rounding.
        """
        for record in self._train(None):
            if not isinstance(record, Epoch) or not self.held_out:
                yield record
                continue
            n, sums = len(self.held_out), np.zeros(2)
            for start in range(0, n, PART_SIZE):
                yield None
                part = self.held_out.take(np.arange(start, min(start + PART_SIZE, n)))
                batches = Batches(part, self.scaling, len(self.classes), PART_SIZE)
                sums += len(part) * np.array(evaluate(self.network, batches, self.objective.loss))
            loss, accuracy = (sums / n).tolist()
            yield record._replace(validation_loss=loss, validation_accuracy=accuracy)

    def _train(self, held_out: Batches | None) -> Iterator[Step | Epoch]:
        return train(
            self.network,
            self.batches,
            held_out,
            objective=self._gradients(),
            optimizer=self.optimizer,
            schedule=self.schedule,
            epochs=self.settings.epochs,
            threads=self.settings.threads,
            progress=self.state.progress,
            finish=self._finish,
        )

    def _finish(self) -> None:
        if isinstance(self.optimizer, Averaged):
            self.optimizer.finish(self.network, self._inputs(self.settings.epochs))

    def _gradients(self) -> Objective | Sharded:
        return self.objective

    def stopping(self, should_stop: Callable[[], bool]) -> Callable[[], bool]:
        """The question whether it is to stop."""
        return should_stop

    def _inputs(self, epoch: int) -> Iterator[Array]:
        yield from (x for x, _ in self.batches.epoch(epoch))

    def model(self) -> Model:
        """What has been learned so far, as a model of its own parameters."""
        model = build_model(
            self.settings,
            without_batch_norm(self.network),
            self.scaling,
            self.examples,
            self.classes,
        )
        if self.begin:
            model.pixels = self.begin.pixels  # whose scale the examples are on
        return model

    def learned(self, ending: Ending) -> Learned:
        """What the training gave, now that it has ended."""
        best = self.state.best
        if self.settings.early_stopping and best.epoch:
            put_back(self.network, best.kept)
        return Learned(
            self.model(), self.network, self.state.history, best.epoch, ending, self.state.failure
        )


def build_changeable(
    settings: Settings, examples: Examples, n_classes: int, *, epochs_before: int = 0
) -> Network:
    """As build_network, with the same parameters, and layers for dropout even where it is 0."""
    some = replace(settings, dropout=settings.dropout or 0.5)
    network = build_network(some, examples, n_classes, epochs_before=epochs_before)
    for layer in network.layers:
        if isinstance(layer, Dropout):
            layer.rate = settings.dropout
    return network


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
    names, other_names = (
        [
            type(layer).__name__
            for layer in each.layers
            if isinstance(layer, Activation | OrientedGradients)
        ]
        for each in (network, other)
    )
    if names != other_names:
        raise DigitnetError(
            "expected the activations and the input of the network to begin with, "
            f"{', '.join(other_names)}, got {', '.join(names)}"
        )
    network.params[:] = other.params
    norms, other_norms = (
        [layer for layer in each.layers if isinstance(layer, BatchNorm)]
        for each in (network, other)
    )
    for norm, other_norm in zip(norms, other_norms, strict=True):
        norm.restore(other_norm.state())
