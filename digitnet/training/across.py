"""A training that several processes share: see digitnet.nn.ranks."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from digitnet.data import Batches
from digitnet.nn import Array, Epoch, Step
from digitnet.nn.ranks import Across, Ranks, looked_at, rows_of
from digitnet.nn.training import evaluate
from digitnet.training.build import build_batches
from digitnet.training.underway import VALIDATION_BATCH_SIZE, Learning


class LearningAcross(Learning):
    """A Learning of which each rank has its rows of every batch, and its part of the validation."""

    def __init__(self, ranks: Ranks, *learning: Any) -> None:
        """learning: as for Learning."""
        super().__init__(*learning)
        self.ranks = ranks
        share = partial(rows_of, ranks)
        n_classes = len(self.classes)
        self.batches = build_batches(
            self.settings, self.examples, self.scaling, n_classes, self.seed, share
        )
        self.validation = None
        if self.held_out:
            rows = share(len(self.held_out))
            own = self.held_out.take(np.arange(rows.start, rows.stop))
            self.validation = Batches(own, self.scaling, n_classes, VALIDATION_BATCH_SIZE)

    def records(self) -> Iterator[Step | Epoch]:
        for record in self._train(None):
            yield self._validated(record) if isinstance(record, Epoch) else record

    def _validated(self, record: Epoch) -> Epoch:
        """With loss and accuracy over all that is held out, of which each rank measures a part."""
        if not self.held_out or not self.validation:
            return record
        n = len(self.validation.rows)
        sums = np.zeros(2)
        if n:
            sums += n * np.array(evaluate(self.network, self.validation, self.objective.loss))
        self.ranks.sum(sums)
        loss, accuracy = (sums / len(self.held_out)).tolist()
        return record._replace(validation_loss=loss, validation_accuracy=accuracy)

    def stopping(self, should_stop: Callable[[], bool]) -> Callable[[], bool]:
        """Whether any rank should stop: a question to which all get the same answer."""
        self.ranks.asks_to_stop = should_stop
        return lambda: self.ranks.stop

    def _gradients(self) -> Across:
        return Across(self.objective, self.ranks)

    def _inputs(self, epoch: int) -> Iterator[Array]:
        return looked_at(self.network, self.batches, epoch, self.ranks)
