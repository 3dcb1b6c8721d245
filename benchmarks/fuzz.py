"""Damage sound files of every kind that digitnet reads, and see what comes of reading them.

    python benchmarks/fuzz.py                            50,000 files, a quarter of an hour
    python benchmarks/fuzz.py --only model --seed 17 --files 1

Each file is either read as if it were sound, or refused with a DigitnetError whose message is
printable and at most 1,000 characters long. Anything else is a failure, and is printed with what
repeats it; exit status 1 if there was one. The files are read in a process of its own. Memory is
its largest resident size since the file was begun, NumPy and digitnet included (Linux: VmHWM, which
clear_refs resets); it may not take more than 4 GB of addresses. Seconds are those of the processor,
so that other programs do not count; a file that is not over after 60 by the clock is a failure.
"""

import argparse
import contextlib
import io
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from damaged import KINDS, damage, prepare, without_network

from digitnet.data.readers import openml
from digitnet.errors import DigitnetError, InputWarning
from digitnet.text import MESSAGE

MOST_ADDRESSES = 4 * 2**30
MOST_SECONDS = 60
MOST_OUTPUT = 100_000


class Outcome(NamedTuple):
    """What came of a file: how it was read, or why not; processor seconds, most megabytes."""

    seed: int
    ending: str
    message: str
    seconds: float
    megabytes: float


def try_file(kind: str, seed: int, sound: Path, folder: Path) -> Outcome:
    """Damage a file of this kind in the way of this seed, and read it.

    sound: the folder that `prepare` filled. folder: an empty one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zipfile and NumPy, about what is made here
        damage(kind, Random(f"{kind} {seed}"), sound, folder)
    _forget_peak()
    began = time.process_time()
    try:
        with contextlib.redirect_stdout(io.StringIO()) as out, warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", InputWarning)  # of the images it is tried with
            refusal = KINDS[kind].read(folder)
        ending, message = ("refused", refusal) if refusal else ("accepted", "")
        if len(out.getvalue()) > MOST_OUTPUT or not is_plain(out.getvalue()):
            ending, message = "failure", f"printed {out.getvalue()[:2000]!r}"
    except DigitnetError as error:
        ending, message = "refused", str(error)
    except BaseException:  # whatever it is, it is what this program looks for
        ending, message = "failure", traceback.format_exc()
    seconds = time.process_time() - began
    if ending == "refused" and (len(message) > MESSAGE or not message.isprintable()):
        ending, message = "failure", f"a message that is not plain: {message[:2000]!r}"
    return Outcome(seed, ending, message, seconds, _peak_megabytes())


def is_plain(text: str) -> bool:
    """Whether each line of it is printable."""
    return all(line.isprintable() for line in text.split("\n"))


def _forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_megabytes() -> float:
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def work(connection: Connection, sound: Path) -> None:
    """Try each file that is asked for, in a process with a limit, until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    signal.signal(signal.SIGALRM, _too_long)
    openml._fetch_within_time = without_network
    while asked := connection.recv():
        with tempfile.TemporaryDirectory(dir=sound) as folder:
            signal.alarm(MOST_SECONDS)
            outcome = try_file(*asked, sound, Path(folder))
            signal.alarm(0)
            connection.send(outcome)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"not over after {MOST_SECONDS} s")


class Worker:
    """The process that reads; begun again if a file ends it."""

    def __init__(self, sound: Path) -> None:
        self._sound = sound
        self._begin()

    def _begin(self) -> None:
        self._connection, other = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=work, args=(other, self._sound))
        self._process.start()
        other.close()

    def try_file(self, kind: str, seed: int) -> Outcome:
        """What comes of this file."""
        try:
            self._connection.send((kind, seed))
            outcome: Outcome = self._connection.recv()
        except (EOFError, OSError):
            self._process.join()
            status = self._process.exitcode
            self._begin()
            return Outcome(seed, "failure", f"ended the process, exit status {status}", 0, 0)
        return outcome

    def end(self) -> None:
        """Let it go."""
        self._connection.send(None)
        self._process.join()


def table(outcomes: dict[str, list[Outcome]]) -> Iterator[str]:
    """A row for each kind, and one for all."""
    yield "| kind | files | accepted | refused | failures | most memory, MB | most seconds |"
    yield "|---|---|---|---|---|---|---|"
    everything = [each for of_kind in outcomes.values() for each in of_kind]
    for kind, of_kind in (*outcomes.items(), ("all", everything)):
        endings = [each.ending for each in of_kind]
        counts = (endings.count(each) for each in ("accepted", "refused", "failure"))
        largest = max(of_kind, key=lambda each: each.megabytes)
        longest = max(of_kind, key=lambda each: each.seconds)
        memory = f"{largest.megabytes:.0f} (seed {largest.seed})"
        seconds = f"{longest.seconds:.2f} (seed {longest.seed})"
        cells = (kind, len(of_kind), *counts, memory, seconds)
        yield f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Try as many files as asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=50_000, help="how many (default: 50000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first file (default: 0)")
    parser.add_argument("--only", choices=KINDS, help="files of this kind alone")
    options = parser.parse_args()
    kinds = [options.only] if options.only else list(KINDS)
    outcomes: dict[str, list[Outcome]] = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory(prefix="digitnet-fuzz-") as name:
        prepare(Path(name))
        worker = Worker(Path(name))
        for seed in range(options.seed, options.seed + options.files):
            kind = kinds[seed % len(kinds)]
            outcome = worker.try_file(kind, seed)
            outcomes[kind].append(outcome)
            if outcome.ending == "failure":
                print(f"--only {kind} --seed {seed} --files 1\n{outcome.message}", flush=True)
        worker.end()
    print(*table({kind: each for kind, each in outcomes.items() if each}), sep="\n")
    if any(each.ending == "failure" for of_kind in outcomes.values() for each in of_kind):
        sys.exit(1)


if __name__ == "__main__":
    main()
