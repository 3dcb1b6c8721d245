"""A command that several processes carry out together, where mpiexec has started several."""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from digitnet.report.terminal import complain
from digitnet.text import MESSAGE, plain, plain_lines
from digitnet.training.along import learn_along
from digitnet.training.interruption import STATUS
from digitnet.training.ranks import FAILURES, GOES_ON, MPIRanks, join, number_by_launcher, this_host


@contextmanager
def said_by_the_first() -> Iterator[None]:
    """Within it, what all ranks would say alike, to end then, only the first one says."""
    if not number_by_launcher()[0]:
        yield
        return
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            yield
    except SystemExit:
        sys.exit(0)  # a launcher that sees another status would end the first before it has spoken


def with_ranks(first: Callable[[MPIRanks | None], int]) -> int:
    """Train on all ranks that mpiexec has started: `first` on rank 0, which shows and writes.

    Returns the exit status. `first` is called with None where there is one process. A rank that
    fails while all learn ends them all, with one sentence.
    """
    ranks = join()
    if ranks is None:
        return first(None)
    try:
        ranks.check_versions()
        if ranks.number:
            learn_along(ranks)
            return 0
        status = first(ranks)
    except BaseException as error:
        if ranks.learning or not isinstance(error, FAILURES):
            _end_all(ranks, error)
        if ranks.number:
            return 0  # rank 0 has been told
        ranks.let_go()
        raise
    if ranks.learning:  # rank 0 was interrupted twice, and has said where all is
        ranks.abort(status)
    return status


def _end_all(ranks: MPIRanks, error: BaseException) -> None:
    """Say why this rank ends, and end all."""
    if isinstance(error, KeyboardInterrupt):
        if not ranks.number:
            complain("error: interrupted before there was anything to keep")
        ranks.abort(STATUS)
    if not isinstance(error, FAILURES):
        complain(plain_lines(traceback.format_exc()))
    reason = plain(f"{type(error).__name__}: {error}", MESSAGE)
    complain(
        f"error: rank {ranks.number} on {this_host()} ends, and all others with it: {reason}. "
        f"{GOES_ON}"
    )
    ranks.abort(1)
