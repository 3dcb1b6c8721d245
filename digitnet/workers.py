"""Workers: one work after the other, done by processes of this machine or of a cluster.

joblib does it by processes of its own (its backend loky), Dask by those of a cluster. What is here
is the same work on one process, what is told of a worker that ended, and sentences for what cannot
work.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import platform
import re
import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from digitnet.errors import DigitnetError
from digitnet.version import __version__

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")
R = TypeVar("R")

MOST_ENDINGS = 3
"""Of workers, one after the other and without a result between them, until the work is given up."""
ANSWERS_WITHIN_S = 10
LOOKS_EVERY_S = 2
"""Whether the workers of a cluster are still there, while none of them has a result."""
ADDRESS = re.compile(r"((tcp|tls|ucx|wss?)://)?[^\s/:]+:\d+")
DASK_NEEDS = "the extra digitnet[dask]: pip install distributed"


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True)
class Workers:
    """Who does a work that has many parts.

    n: processes of this machine; 1 is this one. dask: the address of a scheduler, such as
    tcp://192.168.1.5:8786, whose workers do it instead. say: is told if a worker ends.
    """

    n: int = 1
    dask: str | None = None
    say: Callable[[str], None] = _silent

    def each(self, do: Callable[..., R], parts: Sequence[T], *shared: Any) -> Iterator[R]:
        """do(part, *shared) of each part, in the order of the parts.

        do: a function of a module; its arguments and results travel to other processes and back.
        What a worker had begun when it ended is done by another one. Raises what `do` raises, and
        DigitnetError if workers end again and again, or if the cluster cannot be worked with.
        """
        if self.dask:
            yield from self._on_cluster(self.dask, do, parts, shared)
        elif self.n == 1:
            yield from (do(part, *shared) for part in parts)
        else:
            yield from self._in_processes(do, parts, shared)

    def _in_processes(
        self, do: Callable[..., R], parts: Sequence[T], shared: tuple[Any, ...]
    ) -> Iterator[R]:
        from joblib import delayed, parallel_config
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        n_done = n_endings = 0
        threads = max(1, (os.cpu_count() or 1) // self.n)
        while n_done < len(parts):
            calls = (delayed(do)(part, *shared) for part in parts[n_done:])
            try:
                with (
                    parallel_config("loky", inner_max_num_threads=threads),
                    _begun(self.n, calls) as results,
                ):
                    for result in results:
                        n_done, n_endings = n_done + 1, 0
                        yield result
            except TerminatedWorkerError as error:
                n_endings += 1
                if n_endings == MOST_ENDINGS:
                    raise DigitnetError(
                        f"{MOST_ENDINGS} workers ended at the same work: for want of memory? Try "
                        "with fewer (--workers)"
                    ) from error
                self.say("A worker ended before its time. What it had begun is done again.")

    def _on_cluster(
        self, address: str, do: Callable[..., R], parts: Sequence[T], shared: tuple[Any, ...]
    ) -> Iterator[R]:
        with _unlogged("distributed.client"), _client(address) as client:
            workers = _check_workers(client, address)

            def tell_of_endings() -> None:
                now = _names(client, address)
                for name in sorted(workers - now):
                    self.say(f"The worker {name} has gone. What it had begun is done by others.")
                if workers and not now:
                    self.say("The cluster has no workers any more. The work waits for one.")
                workers.clear()
                workers.update(now)

            known = _kept_there(client, shared)
            left = (client.submit(partial(do, part), *known, pure=False) for part in parts)
            begun = deque(islice(left, 4 * sum(client.ncores().values())))
            while begun:
                yield _result(begun.popleft(), address, tell_of_endings)
                begun.extend(islice(left, 1))
                tell_of_endings()


@contextmanager
def _begun(n: int, calls: Iterator[Any]) -> Iterator[Iterator[Any]]:
    """The results of calls that n processes do; at the end of the block they do no more."""
    from joblib import Parallel

    with _unheard_by_children():
        results = Parallel(n, return_as="generator", batch_size=1)(calls)
    with _untold(KeyError, "ExecutorManagerThread"):  # which looks for calls that are given up
        try:
            yield results
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of calls that are given up
                results.close()


@contextmanager
def _untold(kind: type[Exception], name: str) -> Iterator[None]:
    """No traceback of a thread with this name, if an exception of this kind ends it."""
    tell = threading.excepthook

    def tell_others(error: threading.ExceptHookArgs) -> None:
        if error.exc_type is not kind or not error.thread or error.thread.name != name:
            tell(error)

    threading.excepthook = tell_others
    try:
        yield
    finally:
        threading.excepthook = tell


@contextmanager
def _unlogged(name: str) -> Iterator[None]:
    """Nothing of this logger, whose tracebacks come beside an error that is told anyway."""

    def is_told(_: logging.LogRecord) -> bool:
        return False

    logger = logging.getLogger(name)
    logger.addFilter(is_told)
    try:
        yield
    finally:
        logger.removeFilter(is_told)


@contextmanager
def _unheard_by_children() -> Iterator[None]:
    """Processes and threads that begin within it never hear of Ctrl-C, nor do those of theirs.

    A terminal tells it to all of them; this one ends the others, who would print a traceback each.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which lets the signal through again when it has begun
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _kept_there(client: Client, shared: tuple[Any, ...]) -> list[Future[Any]]:
    """What all parts share, on the cluster.

    As results of a work, which is done again if the last worker that had one goes; what is
    scattered, as joblib does it, would be lost with that worker, and the parts with it.
    """
    import dask

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}):
        return [client.submit(partial(_itself, each), pure=False) for each in shared]


def _itself(value: T) -> T:
    return value


def _result(future: Future[R], address: str, look_around: Callable[[], None]) -> R:
    """Of one part. Until it is there, `look_around` is called every LOOKS_EVERY_S."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    ended = threading.Event()
    future.add_done_callback(lambda _: ended.set())  # type: ignore[no-untyped-call]
    while not ended.wait(LOOKS_EVERY_S):
        look_around()
    try:
        return future.result()
    except KilledWorker as error:
        raise DigitnetError(
            "workers of the cluster ended again and again at the same work: for want of memory?"
        ) from error
    except (CancelledError, OSError) as error:
        if future.status == "error":  # of the work itself
            raise
        raise _gone(address) from error


def _names(client: Client, address: str) -> set[str]:
    """Addresses of the workers that there are now."""
    known: dict[str, Any] = client.scheduler_info(n_workers=-1)
    if client.status != "running":
        raise _gone(address)
    return set(known["workers"])


def _gone(address: str) -> DigitnetError:
    return DigitnetError(f"the Dask scheduler at {address} has gone")


def _client(address: str) -> Client:
    """A connection to the scheduler. Raises DigitnetError if there is none."""
    try:
        from distributed import Client
    except ImportError as error:
        raise DigitnetError(f"--dask needs {DASK_NEEDS}") from error
    wrong = DigitnetError(
        "--dask: expected the address of a Dask scheduler, such as tcp://192.168.1.5:8786; none "
        f"answers at {address}"
    )
    if not ADDRESS.fullmatch(address):  # a client would wait for it, and fail when it is deleted
        raise wrong
    try:
        client: Client = Client(  # type: ignore[no-untyped-call]
            address, timeout=ANSWERS_WITHIN_S, set_as_default=False
        )
        return client
    except (OSError, ValueError) as error:
        raise wrong from error


def versions() -> dict[str, str]:
    """Of what must be alike in all processes, for their results to be."""
    python = ".".join(platform.python_version_tuple()[:2])
    numpy = importlib.metadata.version("numpy")
    return {"digitnet": __version__, "numpy": numpy, "python": python}


def _check_workers(client: Client, address: str) -> set[str]:
    """The addresses of the workers. Raises DigitnetError unless all are like this process."""
    theirs = client.run(versions, on_error="return")
    if not theirs:
        raise DigitnetError(f"--dask: the scheduler at {address} has no workers")
    ours = versions()
    for worker, found in sorted(theirs.items()):
        if not isinstance(found, dict):
            raise DigitnetError(
                f"the worker {worker} cannot import this digitnet ({ours['digitnet']}): install "
                "it there too"
            )
        for name, version in ours.items():
            if found[name] != version:
                raise DigitnetError(
                    f"the worker {worker} has {name} {found[name]}, and this process {version}: "
                    "install the same"
                )
    return set(theirs)
