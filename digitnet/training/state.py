"""The course of a training: from record to record, to one of its endings, and back from a stop."""

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


class BestEpoch:
    """Remembers the epoch with the lowest validation loss, and the parameters at its end.

    Source: Goodfellow, Bengio & Courville 2016, "Deep Learning", algorithm 7.1 (early stopping).
    """

    def __init__(self, params: Array, patience: float) -> None:
        self.patience = patience
        self.epoch = 0
        self.params = params.copy()
        self.loss = float("inf")

    def note(self, record: Epoch, params: Array) -> None:
        """Look at a new epoch and the parameters at its end."""
        if record.validation_loss < self.loss:
            self.epoch, self.loss = record.epoch, record.validation_loss
            self.params[:] = params

    def is_long_ago(self, epoch: int) -> bool:
        """Whether, after this epoch, none of the last `patience` epochs was the best so far."""
        return epoch - self.epoch >= self.patience


@dataclass
class Course:
    """All that changes while a network learns; `restore(checkpoint())` goes back to it."""

    network: Network
    optimizer: Optimizer
    best: BestEpoch
    progress: Progress = field(default_factory=Progress)
    history: list[Epoch] = field(default_factory=list)
    failure: Diverged | None = None

    def __post_init__(self) -> None:
        self.last_good = self.network.params.copy()

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
        params, ending = self.network.params, Ending.COMPLETED
        try:
            for record in records:
                for observe in observers:
                    observe(record)
                if isinstance(record, Epoch):
                    self.history.append(record)
                    self.last_good[:] = params
                    self.best.note(record, params)
                    if self.best.is_long_ago(record.epoch):
                        ending = Ending.STOPPED_EARLY
                        break
                stop = should_stop() and bool(
                    np.isfinite(params).all()
                )  # else the next batch tells
                long = isinstance(record, Epoch) and record.seconds > LONG_EPOCH_S
                if checkpoints and (stop or long or checkpoints.due):
                    checkpoints.save(self.checkpoint())
                if stop:
                    return Ending.INTERRUPTED
        except Diverged as failure:
            params[:] = self.last_good
            self.failure = failure
            return Ending.DIVERGED
        if checkpoints:
            checkpoints.save(self.checkpoint())
        return ending

    def checkpoint(self) -> Checkpoint:
        """The state after the last record."""
        arrays = {"params": self.network.params, "best": self.best.params, "good": self.last_good}
        arrays |= {f"optimizer_{name}": array for name, array in self.optimizer.state().items()}
        header = {
            "step": self.progress.step,
            "progress": asdict(self.progress),
            "layers": self.network.state(),
            "best": {"epoch": self.best.epoch, "loss": self.best.loss},
            "history": self.history,
        }
        return Checkpoint(arrays, header)

    @of_this_training()
    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to the state of a checkpoint.

        Raises DigitnetError if it is that of another network.
        """
        arrays, header = checkpoint
        if arrays["params"].shape != self.network.params.shape:
            raise DigitnetError(
                f"expected a checkpoint of {self.network.params.size} parameters, as the settings "
                f"have it, got one of {arrays['params'].size}"
            )
        self.network.params[:] = arrays["params"]
        self.best.params[:] = arrays["best"]
        self.last_good[:] = arrays["good"]
        start = "optimizer_"
        self.optimizer.restore(
            {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}
        )
        for name, value in header["progress"].items():
            setattr(self.progress, name, value)
        self.network.restore(header["layers"])
        self.best.epoch, self.best.loss = header["best"]["epoch"], header["best"]["loss"]
        self.history[:] = checkpoint.history
