"""The state of a training: from record to record, to one of its endings, and back from a stop."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from enum import Enum

import numpy as np

from digitnet.errors import DigitnetError
from digitnet.nn import Array, Diverged, Epoch, Network, Optimizer, Progress, Step
from digitnet.training.checkpoint import Checkpoint, Checkpoints, of_this_training

LONG_EPOCH_S = 10.0
"""Epochs that take longer than this many seconds end with a checkpoint."""

Observer = Callable[[Step | Epoch], None]


class Ending(Enum):
    """How a training ended."""

    COMPLETED = "completed"
    STOPPED_EARLY = "stopped early"
    INTERRUPTED = "interrupted"
    DIVERGED = "diverged"


Snapshot = dict[str, Array]
"""All that a network has learned, by name: "params", and "layer2_mean" for a state of layers[2]."""


def snapshot(network: Network) -> Snapshot:
    """Copies of the parameters of a network and of the states of its layers."""
    states = {
        f"layer{index}_{name}": array
        for index, state in enumerate(network.state())
        for name, array in state.items()
    }
    return {"params": network.params.copy(), **states}


def put_back(network: Network, kept: Snapshot) -> None:
    """Make the network what it was when the snapshot was taken.

    What fits the state of a layer, which may have none before its first step, its `restore` tells.
    Raises DigitnetError if the parameters, or states of layers, are of another network.
    """
    shapes = {name: array.shape for name, array in kept.items()}
    prefixes = [f"layer{index}_" for index in range(len(network.layers))]
    known = [name for name in kept if name == "params" or name.startswith(tuple(prefixes))]
    if shapes["params"] != network.params.shape or len(known) < len(kept):
        raise DigitnetError(
            f"expected a checkpoint of a network of {network.params.size} parameters, as the "
            f"settings have it, in {len(network.layers)} layers, got the arrays {shapes}"
        )
    network.params[:] = kept["params"]
    network.restore(
        [
            {name.removeprefix(prefix): kept[name] for name in kept if name.startswith(prefix)}
            for prefix in prefixes
        ]
    )


class BestEpoch:
    """Remembers the epoch with the lowest validation loss, and the network at its end.

    Source: Goodfellow, Bengio & Courville 2016, "Deep Learning", algorithm 7.1 (early stopping).
    """

    def __init__(self, network: Network, patience: float) -> None:
        self.patience = patience
        self.epoch = 0
        self.kept = snapshot(network)
        self.loss = float("inf")

    def note(self, record: Epoch, network: Network) -> None:
        """Look at a new epoch and the network at its end."""
        if record.validation_loss < self.loss:
            self.epoch, self.loss = record.epoch, record.validation_loss
            self.kept = snapshot(network)

    def is_long_ago(self, epoch: int) -> bool:
        """Whether, after this epoch, none of the last `patience` epochs was the best so far."""
        return epoch - self.epoch >= self.patience


@dataclass
class TrainingState:
    """All that changes while a network learns; `restore(checkpoint())` goes back to it."""

    network: Network
    optimizer: Optimizer
    best: BestEpoch
    progress: Progress = field(default_factory=Progress)
    history: list[Epoch] = field(default_factory=list)
    failure: Diverged | None = None

    def __post_init__(self) -> None:
        self.last_good = snapshot(self.network)

    def follow(
        self,
        records: Iterable[Step | Epoch],
        observers: Iterable[Observer],
        should_stop: Callable[[], bool],
        checkpoints: Checkpoints | None,
    ) -> Ending:
        """Go through the records, which is what makes the network learn, until an ending.

        One that needs no more learning is kept too, until the model is: going on from it ends
        at once, in the same way.
        """
        if self.best.is_long_ago(len(self.history)):
            return Ending.STOPPED_EARLY
        ending = Ending.COMPLETED
        try:
            for record in records:
                for observe in observers:
                    observe(record)
                if self.note(record):
                    ending = Ending.STOPPED_EARLY
                    break
                stop = should_stop() and self._is_finite()
                long = isinstance(record, Epoch) and record.seconds > LONG_EPOCH_S
                if checkpoints and (stop or long or checkpoints.due):
                    checkpoints.save(self.checkpoint())
                if stop:
                    return Ending.INTERRUPTED
        except Diverged as failure:
            return self.give_up(failure)
        if checkpoints:
            checkpoints.save(self.checkpoint())
        return ending

    def note(self, record: Step | Epoch) -> bool:
        """Keep what an epoch gave; whether the best one is so long ago that learning can stop."""
        if not isinstance(record, Epoch):
            return False
        self.history.append(record)
        self.last_good = snapshot(self.network)
        self.best.note(record, self.network)
        return self.best.is_long_ago(record.epoch)

    def give_up(self, failure: Diverged) -> Ending:
        """Go back to the parameters of the last epoch that did not diverge."""
        put_back(self.network, self.last_good)
        self.failure = failure.with_traceback(None)  # which would keep all examples in memory
        return Ending.DIVERGED

    def _is_finite(self) -> bool:
        """Whether the parameters are; if they are not, the next batch tells that it diverged."""
        return bool(np.isfinite(self.network.params).all())

    def checkpoint(self) -> Checkpoint:
        """The state after the last record."""
        groups = {
            "network": snapshot(self.network),
            "best": self.best.kept,
            "good": self.last_good,
            "optimizer": self.optimizer.state(),
        }
        header = {
            "step": self.progress.step,
            "progress": asdict(self.progress),
            "best": {"epoch": self.best.epoch, "loss": self.best.loss},
            "history": self.history,
        }
        arrays = {
            f"{group}_{name}": array
            for group, members in groups.items()
            for name, array in members.items()
        }
        return Checkpoint(arrays, header)

    @of_this_training()
    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to the state of a checkpoint.

        Raises DigitnetError if it is that of another network.
        """
        header = checkpoint.header
        best, good = (checkpoint.group(name) for name in ("best", "good"))
        for kept in (good, best, checkpoint.group("network")):
            put_back(self.network, kept)  # the last of them stays
        self.best.kept, self.last_good = best, good
        self._restore_optimizer(checkpoint.group("optimizer"))
        for name, value in header["progress"].items():
            setattr(self.progress, name, value)
        self.best.epoch, self.best.loss = header["best"]["epoch"], header["best"]["loss"]
        self.history[:] = checkpoint.history

    def _restore_optimizer(self, kept: dict[str, Array]) -> None:
        """Give the optimizer what it kept; a step on a copy of the parameters tells if it fits."""
        params = self.network.params.copy()
        self.optimizer.restore(kept)
        with np.errstate(all="ignore"):
            self.optimizer.step(params, np.ones_like(params), 0.0)
        self.optimizer.restore(kept)
