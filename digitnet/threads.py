"""How many threads the matrix products are computed with, a matter of the BLAS library below NumPy.

Two threads halve the time of a product, as long as both cores are free. A small product, like those
of 784-128-10 at batch 64, takes a tenth of a millisecond, and there are thousands in an epoch:
whenever another program holds one of the cores for a moment, all wait for it. Measured on two
cores, such an epoch takes a quarter less with two threads on a quiet machine, but up to a hundred
times as long beside one busy process (docs/LOG.md). So small networks begin with one thread, take a
second one, and give it back when it turns out to be a burden.
"""

import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Any

from digitnet.nn import Epoch, Step
from digitnet.nn.layers import Dense
from digitnet.nn.network import Network

TINY_PRODUCT, SMALL_PRODUCT = 4e6, 32e6
"""Floating-point operations of products that are not worth a second thread, or on probation."""


def _largest_product(network: Network, batch_size: int) -> float:
    weights = [layer.W.size for layer in network.layers if isinstance(layer, Dense)]
    return 2.0 * batch_size * max(weights)


def suggested_threads(network: Network, batch_size: int) -> int | None:
    """1 if all products of a batch are small, else None: as many as BLAS takes by itself."""
    return 1 if _largest_product(network, batch_size) < SMALL_PRODUCT else None


def gains_from_a_second(network: Network, batch_size: int) -> bool:
    """Whether the products are small, but large enough for a SecondThread, if BLAS has one."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return False
    counts = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    small = TINY_PRODUCT <= _largest_product(network, batch_size) < SMALL_PRODUCT
    return small and max(counts, default=1) > 1


def blas_threads(limit: int | None) -> AbstractContextManager[Any]:
    """Within its block, BLAS uses at most this many threads; None leaves it as it is.

    Through threadpoolctl, which comes with scikit-learn; without it nothing is limited.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(limit, user_api="blas")
    return limits


class SecondThread:
    """An observer of a training with one thread that lets BLAS take a second one, on probation.

    The first steps are timed with one thread. After them there are two, until N_STEPS steps have
    taken SLOWER times as long as they would with one; from then on there is one. `given_back` is
    the epoch in which that happened, 0 as long as it has not.

    The second thread always comes after the step N_TIMED, so on a quiet machine the same training
    gives the same weights, bit for bit.
    """

    N_TIMED = 20
    N_STEPS = 1000
    SLOWER = 1.5

    def __init__(
        self,
        allow: Callable[[int], Any] = blas_threads,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.given_back = 0
        self._allow = allow
        self._clock = clock
        self._timed: list[float] = []
        self._budget: float | None = None
        self._spent, self._n_steps = 0.0, 0
        self._last: float | None = None

    def __call__(self, record: Step | Epoch) -> None:
        if self.given_back:
            return
        now, last = self._clock(), self._last
        # After an epoch come the validation and whatever else listens, which is not a step's time.
        self._last = now if isinstance(record, Step) else None
        if isinstance(record, Epoch):
            return
        seconds = now - last if last is not None else None
        if self._budget is None:
            if seconds is not None:
                self._timed.append(seconds)
            if record.step > self.N_TIMED and self._timed:
                self._budget = self.SLOWER * self.N_STEPS * statistics.median(self._timed)
                self._allow(2)
            return
        self._spent += seconds or 0.0
        self._n_steps += 1
        if self._spent > self._budget:
            self.given_back = record.epoch
            self._allow(1)
        elif self._n_steps == self.N_STEPS:
            self._spent, self._n_steps = 0.0, 0

    def state(self) -> dict[str, Any]:
        """What it decided so far; `restore` goes back to it, and to as many threads."""
        return {"timed": self._timed, "budget": self._budget, "given_back": self.given_back}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to what `state()` returned."""
        self._timed, self._budget = list(state["timed"]), state["budget"]
        self.given_back = state["given_back"]
        if self._budget is not None:
            self._allow(1 if self.given_back else 2)
