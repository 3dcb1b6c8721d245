"""A second process, which imports scikit-learn and Matplotlib while the network learns, and then
measures and draws: on a core that is idle, and without keeping anybody waiting for them.

    with aside() as begin:
        first, second = begin([partial(as_png, draw), partial(as_png, draw_another)])
        first()  # waits for the result

It only computes: files are written, and sentences said, by the process that asked. Whatever goes
wrong there, be it that it cannot be started, has ended, or warns of something, the same is done
here instead, as it is where there is no second process.

It listens to no signals of a terminal, and ends when its pipe is closed: so also if we are killed.
On Linux it forks for each of several calls that begin at once: all is imported then, and the system
shares them out among the cores.
"""

import gc
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from digitnet.nn.shards import available_threads

if TYPE_CHECKING:
    from subprocess import Popen

    Process = Popen[bytes]

Call = Callable[[], Any]
"""A function and its arguments: a `partial`, since it travels."""
Begin = Callable[[Sequence[Call]], Sequence[Call]]
"""Begins calls, and returns what waits for the result of each."""
PROGRAM = "import sys; sys.path[:] = {}; from digitnet.training.aside import serve; serve()"
LONGEST_S = 60.0
"""That is waited for one result, with the imports before it."""
ENDING_S = 1.0
UNSAID = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that Python shows nobody, if not asked to."""
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has none
NO_CONSOLE = 0x08000000
"""Windows: the process gets no window, and no Ctrl-C."""


def here(calls: Sequence[Call]) -> Sequence[Call]:
    """Begin nothing: each is done in this process, when its result is asked for."""
    return calls


@contextmanager
def aside(wanted: bool = True) -> Iterator[Begin]:
    """A second process until the end of the block, if it gains anything; or else `here`."""
    process = _started() if wanted and _worth_it() else None
    if not process:
        yield here
        return
    with ThreadPoolExecutor(1, thread_name_prefix="aside") as thread:
        try:
            yield partial(_begin, process, thread)
        finally:
            _end(process)
    for pipe in (process.stdin, process.stdout):
        assert pipe
        with suppress(OSError):  # what was not sent
            pipe.close()


def _worth_it() -> bool:
    """Whether there is a core for it, and something to import."""
    imported = {"sklearn.metrics", "matplotlib.figure"} <= sys.modules.keys()
    return not imported and available_threads() > 1 and bool(sys.executable)


def _started() -> "Process | None":
    from subprocess import DEVNULL, PIPE, Popen

    try:
        return Popen(
            [sys.executable, "-c", PROGRAM.format(ascii(list(map(str, sys.path))))],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,  # without the terminal's signals
            creationflags=NO_CONSOLE if sys.platform == "win32" else 0,
        )
    except (OSError, ValueError, MemoryError):
        return None


def _begin(process: "Process", thread: ThreadPoolExecutor, calls: Sequence[Call]) -> Sequence[Call]:
    try:
        answer = thread.submit(_asked, process, calls)
    except RuntimeError:  # no thread can be started
        return calls

    def result(number: int) -> Any:
        try:
            return answer.result(LONGEST_S)[number]
        except Exception as error:
            if isinstance(error, TimeoutError):
                _signal(process, KILL)
            return calls[number]()

    return [partial(result, number) for number in range(len(calls))]


def _asked(process: "Process", calls: Sequence[Call]) -> Sequence[Any]:
    """What they return in the other process. Raises whatever may go wrong."""
    assert process.stdin and process.stdout
    process.stdin.write(pickle.dumps(calls))
    process.stdin.flush()
    results: Sequence[Any] = pickle.load(process.stdout)
    return results


def _end(process: "Process") -> None:
    from subprocess import TimeoutExpired

    _signal(process, signal.SIGTERM)
    try:
        process.wait(ENDING_S)
    except TimeoutExpired:
        _signal(process, KILL)
        process.wait()


def _signal(process: "Process", number: int) -> None:
    """Send it a signal, and all that it has forked."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):  # all have ended; what was forked may outlive the first
            os.killpg(process.pid, number)


def serve() -> None:
    """Be the second process: import, then do what is asked for, until nobody asks any more.

    The first thing that goes wrong ends it: whoever asked does the rest alone.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # lets go of Matplotlib's lock
        _end_first_if_memory_is_short()
        answers = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # so that nothing that is printed gets among the answers
        warnings.simplefilter("error")
        for kind in UNSAID:
            warnings.simplefilter("ignore", kind)
        _prepare()
        while True:
            pickle.dump(_results(pickle.load(sys.stdin.buffer), answers), answers)
            answers.flush()
    finally:
        os._exit(0)  # without looking for garbage in all that was imported


def _end_first_if_memory_is_short() -> None:
    """Linux ends one process then: rather this one than that which learns."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _prepare() -> None:
    """Import what will be needed, also what measuring and drawing import the first time."""
    from digitnet.report.canvas import as_png
    from digitnet.report.figures import confusion_matrix
    from digitnet.report.metrics import report

    some = report(np.eye(2, dtype=np.float32), np.arange(2), ("0", "1"))
    as_png(partial(confusion_matrix, some))


def _results(calls: Sequence[Call], answers: IO[bytes]) -> list[Any]:
    if len(calls) == 1 or sys.platform != "linux":
        return [call() for call in calls]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that nobody has to wait for them
    gc.freeze()  # else looking for garbage would copy what is shared
    return [pickle.load(pipe) for pipe in [_forked(call, answers) for call in calls]]


def _forked(call: Call, answers: IO[bytes]) -> IO[bytes]:
    """Where the result can be read of a call that another process does.

    It holds no end of a pipe but its own: so whoever reads from one of the others learns that this
    process has ended, and it learns itself that nobody reads any more.
    """
    readable, writable = os.pipe()
    if not os.fork():
        try:
            os.close(readable)
            os.close(answers.fileno())
            with os.fdopen(writable, "wb") as pipe:
                pickle.dump(call(), pipe)
        finally:
            os._exit(0)
    os.close(writable)
    return os.fdopen(readable, "rb")
