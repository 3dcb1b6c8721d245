"""BLAS, the library below NumPy that computes matrix products, kept to one thread.

By itself it cuts a product among all cores. That is fast on a quiet machine, but its threads wait
for each other by spinning: beside one busy program, thousands of small products in a row take up
to fifty times as long. And the last bits of a product differ with the number of threads. So
digitnet lets BLAS compute with one thread, and cuts what is long enough itself: a batch into shards
(digitnet.nn.shards), a long prediction into blocks (digitnet.model).

The number of threads belongs to the whole process, whoever else in it may use NumPy. So the limit
is counted: the first block that needs it sets it, the last one to end gives back what was there
before, and both take about a microsecond.

In a browser (Pyodide) NumPy has no BLAS, and Python no threads: see `dot`.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _loaded() -> list[Any]:
    """The BLAS libraries that NumPy brought; if it uses the system's, all that are loaded."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return []
    loaded = ThreadpoolController().select(user_api="blas").lib_controllers
    return [each for each in loaded if "numpy" in each.filepath] or loaded


LIBRARIES = _loaded()
"""Found while this is imported, not by the thread that computes first: up to threadpoolctl 3.7,
looking for libraries in one thread while another imports one could keep both waiting for ever
(https://github.com/joblib/threadpoolctl/issues/239)."""


class OneThread:
    """Within its `with` blocks, as many as there may be in any number of threads, BLAS has one.

    Through threadpoolctl, which comes with scikit-learn; without it, or with a BLAS that it does
    not know (Apple's Accelerate), nothing is limited. With one that counts its threads for each
    caller (OpenBLAS on OpenMP) the limit is that of the thread whose block is the first.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_blocks = 0
        self._before: list[tuple[Any, int]] = []

    def __enter__(self) -> None:
        with self._lock:
            if not self._n_blocks:
                self._before = [(library, library.get_num_threads()) for library in LIBRARIES]
                for library, _ in self._before:
                    _limit(library, 1)
            self._n_blocks += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._n_blocks -= 1
            if self._n_blocks:
                return
            for library, n_threads in self._before:
                if library.get_num_threads() == 1:  # else somebody has chosen anew meanwhile
                    _limit(library, n_threads)


def _without_blas(
    a: NDArray[Any], b: NDArray[Any], out: NDArray[Any] | None = None
) -> NDArray[Any]:
    product: NDArray[Any] = np.einsum("ij,jk->ik", a, b, out=out)
    return product


IN_A_BROWSER = sys.platform == "emscripten"
dot = _without_blas if IN_A_BROWSER else np.dot
"""`dot(a, b, out=…)`: out = ab, for matrices. Without BLAS, as in a browser, np.dot goes through
memory in strides: 64x784 by 784x128 takes it 5.2 ms there, einsum 2.1."""
matmul = _without_blas if IN_A_BROWSER else np.matmul
"""`matmul(a, b)`: a @ b, for matrices, likewise."""

one_thread = OneThread()
"""`with one_thread:` is how all of digitnet limits BLAS."""


@contextmanager
def computing() -> Iterator[None]:
    """`one_thread`, and no warnings of overflow: around a step of learning, or a forward pass.

    Overflow is looked for in the loss: NumPy's own warnings would say it late, and some BLAS
    libraries raise them without cause. Not around a yield: it would leak to whoever listens.
    """
    with one_thread, np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        yield


def _limit(library: Any, n_threads: int) -> None:
    """Set it, from whichever thread.

    From 3.8 on, threadpoolctl lets only the thread that set a limit first set another, until that
    one gives up its control; but here the one that ends last need not be the one that began.
    """
    library.set_num_threads(n_threads)
    give_up_control = getattr(library, "clear_controlling_thread", None)
    if not give_up_control:
        return
    if library.get_num_threads() != n_threads:  # not heard: somebody else is in control
        give_up_control(force=True)
        library.set_num_threads(n_threads)
    give_up_control()
