"""How many threads the matrix products are computed with, a matter of the BLAS library below NumPy.

Two threads halve the time of a large product. A small one, like those of 784-128-10 at batch 64,
takes a tenth of a millisecond, and there are thousands in an epoch: whenever another program
holds one of the cores for a moment, all wait for it. Measured on two cores, such an epoch takes
0.23 s with two threads and 0.32 s with one on a quiet machine, but up to 23 s and still 0.33 s
beside one busy process (docs/LOG.md). So small networks learn with one thread.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from digitnet.nn.layers import Dense
from digitnet.nn.network import Network

SMALL_PRODUCT = 32e6
"""Floating-point operations of a matrix product that is not worth a second thread."""


def suggested_threads(network: Network, batch_size: int) -> int | None:
    """1 if all products of a batch are small, else None: as many as BLAS takes by itself."""
    weights = [layer.W.size for layer in network.layers if isinstance(layer, Dense)]
    return 1 if 2 * batch_size * max(weights) < SMALL_PRODUCT else None


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
