"""Ranks by MPI: the processes that mpiexec has started, on this machine or on several.

    mpiexec -n 4 python main.py

Rank 0 is the one that shows and writes. Until all learn, the others wait for what it hands on; what
any of them cannot do, all hear of, and rank 0 says so. While they learn, each needs all others in
every step, so who fails there ends them all (`abort`).

mpi4py (the extra digitnet[mpi]) is imported here alone, and only where mpiexec has started several.
"""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING, Any, TypeVar

from digitnet.errors import DigitnetError
from digitnet.nn import Array
from digitnet.report.terminal import complain
from digitnet.training.waiting import Waiting
from digitnet.workers import versions

if TYPE_CHECKING:
    from mpi4py import MPI

T = TypeVar("T")

STARTED_BY = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),  # Open MPI
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"),  # MPICH, Intel MPI, Slurm with --mpi=pmi2
)
"""Variables by which launchers tell a process its number, of how many, and that on its machine."""
NEEDS = "the extra digitnet[mpi]: pip install mpi4py"
GOES_ON = "--resume goes on from the last checkpoint"
FAILURES = (DigitnetError, MemoryError, OSError)
"""What may go wrong on one rank alone."""


def number_by_launcher(environment: Mapping[str, str] = os.environ) -> tuple[int, int, int]:
    """The number of this process, of how many, and among those on its machine: (0, 1, 0) alone."""
    for names in STARTED_BY:
        values = [environment.get(name, "") for name in names]
        if all(value.isdecimal() for value in values[:2]):
            number, n = int(values[0]), int(values[1])
            return number, n, int(values[2]) if values[2].isdecimal() else number
    return 0, 1, 0


class MPIRanks:
    """All ranks of a training, as one of them sees them (digitnet.nn.ranks.Ranks).

    learning: whether it has begun and not come to an end.
    """

    def __init__(self, library: Any, comm: MPI.Intracomm) -> None:
        self.number, self.n = comm.Get_rank(), comm.Get_size()
        self.stop = self.learning = False
        self.asks_to_stop: Callable[[], bool] = lambda: False
        self._in_place, self._comm, self._calls = library.IN_PLACE, comm, Waiting()
        self._groups: dict[tuple[int, ...], MPI.Intracomm] = {}
        self._waiting = True  # the others, for what rank 0 hands on

    def sum(self, array: Array, among: tuple[int, ...] = ()) -> None:
        """Replace it by the sum of those of all ranks, or of those with these numbers."""
        with self._calls:
            comm = self._group(among) if among else self._comm
            comm.Allreduce(self._in_place, array)

    def _group(self, among: tuple[int, ...]) -> MPI.Intracomm:
        """Of these ranks, which alone have to call this."""
        if among not in self._groups:
            self._groups[among] = self._comm.Create_group(self._comm.Get_group().Incl(among))
        return self._groups[among]

    def hand_on(self, value: Any) -> None:
        """Rank 0 gives this to all others, who wait for it by `handed_on`."""
        self._comm.bcast(value)

    def handed_on(self) -> Any:
        """What rank 0 hands on next; None if it cannot do its part."""
        return self._comm.bcast(None)

    def each(self, do: Callable[[], T]) -> list[T]:
        """What it gave on each rank. Raises what it raised here, or what it raised on another."""
        result: T | None = None
        problem: Exception | None = None
        try:
            result = do()
        except FAILURES as error:
            problem = error
        told = problem and (str(problem) or type(problem).__name__)
        everybody = self._comm.allgather((this_host(), told, result))
        for number, (host, sentence, _) in enumerate(everybody):
            if sentence:
                self._waiting = False
                raise problem or DigitnetError(f"rank {number} on {host}: {sentence}")
        return [found for _, _, found in everybody]

    def check_same(self, what: str, own: Mapping[str, Any]) -> None:
        """Raise DigitnetError unless all ranks have what rank 0 has."""
        everybody = self.each(lambda: (this_host(), dict(own)))
        first_host, first = everybody[0]
        for number, (host, found) in enumerate(everybody):
            for name, value in first.items():
                if found.get(name) != value:
                    self._waiting = False
                    raise DigitnetError(
                        f"expected the same {what} on all ranks, got {name} {value} on rank 0 "
                        f"({first_host}) and {found.get(name)} on rank {number} ({host})"
                    )

    def check_versions(self) -> None:
        """Raise DigitnetError unless all ranks have the same digitnet, NumPy and Python."""
        self.check_same("version", versions())

    def places(self) -> str:
        """How many ranks are where, in words."""
        hosts = self.each(this_host)
        return ", ".join(f"{hosts.count(host)} on {host}" for host in dict.fromkeys(hosts))

    @contextmanager
    def learn(self) -> Iterator[None]:
        """The time in which no rank may end by itself."""
        self.learning, self._waiting = True, False
        with self._calls.not_for_ever(self._say_that_it_waits):
            yield
        self.learning = False  # not if something was raised

    def _say_that_it_waits(self) -> None:
        """Not through a progress bar: it waits where a launcher no longer reads what it draws."""
        if not self.number and sys.__stderr__:
            with redirect_stderr(sys.__stderr__):
                complain(f"error: another rank has ended, or does not answer: all end. {GOES_ON}")

    def let_go(self) -> None:
        """Rank 0 cannot do its part: let the others end, if they wait for it."""
        if self._waiting:
            self.hand_on(None)

    def abort(self, status: int) -> None:
        """End this process, and have the launcher end all others."""
        sys.stdout.flush()
        sys.stderr.flush()
        self._comm.Abort(status)


def this_host() -> str:
    """The name of this machine."""
    return socket.gethostname()


def join() -> MPIRanks | None:
    """The ranks that mpiexec has started; None for a process that it started alone, or did not.

    Raises DigitnetError without mpi4py, on one rank of each machine, or with that of another MPI.
    Raises SystemExit on those who leave it to another rank to say so.
    """
    number, n, number_here = number_by_launcher()
    if n == 1:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is told below
            from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        if number_here:
            sys.exit(0)
        raise DigitnetError(_without(n, error)) from error
    comm = MPI.COMM_WORLD
    if comm.Get_size() != n:
        if number:
            sys.exit(0)
        raise DigitnetError(
            f"mpiexec has started {n} ranks, but mpi4py sees {comm.Get_size()}: it uses another "
            f"MPI ({MPI.get_vendor()[0]}) than this mpiexec"
        )
    return MPIRanks(MPI, comm)


def _without(n: int, error: Exception) -> str:
    host = this_host()
    if isinstance(error, ModuleNotFoundError) and error.name == "mpi4py":
        return f"{n} ranks under mpiexec need, on {host}, {NEEDS}"
    return f"mpi4py finds no MPI library on {host}: {' '.join(str(error).split())}"
