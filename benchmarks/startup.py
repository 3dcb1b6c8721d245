"""What `python main.py` takes besides its epochs: until the first line, until the first epoch, and
from the last epoch to the end.

    python benchmarks/startup.py                        this version, five times
    python benchmarks/startup.py OLD NEW                two checkouts in turn, and their ratios
    python benchmarks/startup.py OLD NEW --repetitions 9 --epochs 20

A checkout is another folder with the repository: `git worktree add OLD main`. Nothing in the
program helps to measure it: its lines are read through a pipe as they come, and the table of epochs
divides them; `rest` is all but the epochs. Linux also tells (/proc) how long the main thread stood
waiting for a core, and the processor time of all threads, also of the process that it starts to
measure and draw. From the last epoch on that one is waited for, and its waiting for a core is taken
out too; the time that the processes took which it forks becomes what they compute, on idle cores:
the longest of them, or their sum over the number of cores. Time without the waiting is about what
a quiet machine takes. Ratios are medians of pairs.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("first line", "first epoch", "after the last", "rest", "whole")
KINDS = ("seconds", "seconds without waiting for a core", "processor seconds")
LOOK_EVERY_S = 0.01
Marks = list[tuple[float, ...]]
"""One of each of KINDS since the start: at the first line, the first epoch, the end of the last
epoch, and the end of the process."""


def measure(checkout: Path, runs: Path, epochs: int) -> Marks:
    """Run the main job of a checkout once."""
    command = [sys.executable, "main.py", "--epochs", str(epochs), "--runs-dir", str(runs)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    started, marks = time.perf_counter(), Marks()
    process = subprocess.Popen(
        command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with Others(process.pid) as others:
        for number, line in enumerate(process.stdout):
            words = line.split()
            if number == 0 or words[:1] == ["epoch"] or words[:1] == [f"{epochs}/{epochs}"]:
                waited_s = others.waited_s
                marks.append(taken(process.pid, others, time.perf_counter() - started))
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # and /proc still knows it
        marks.append(taken(process.pid, others, time.perf_counter() - started))
    if process.wait() or len(marks) != 4:
        raise SystemExit(f"{checkout}: {' '.join(command)} failed, or its lines are others")
    seconds, quiet, processor_s = marks[-1]
    marks[-1] = seconds, quiet - (others.waited_s - waited_s), processor_s
    return marks


class Others(threading.Thread):
    """Looks now and then what the processes have taken that another one has started, and these.

    waited_s: what would have been saved on idle cores. processor_s: of all of them.
    """

    def __init__(self, parent: int) -> None:
        super().__init__(daemon=True)
        self._parent, self._over = parent, threading.Event()
        self._waited_s = 0.0
        self._processor_s: dict[int, float] = {}
        self._forked_s: dict[int, float] = {}
        self._forked: list[float] = []
        """Moments at which there were some, not counting the time that the first one waited."""

    def __enter__(self) -> "Others":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self.join()

    @property
    def processor_s(self) -> float:
        return sum(list(self._processor_s.values()))

    @property
    def waited_s(self) -> float:
        if not self._forked:
            return self._waited_s
        took_s, forked_s = self._forked[-1] - self._forked[0], list(self._forked_s.values())
        at_best_s = max(*forked_s, sum(forked_s) / len(os.sched_getaffinity(0)))
        return self._waited_s + max(took_s - at_best_s, 0.0)

    def run(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            self._look(self._parent)

    def _look(self, parent: int) -> None:
        with suppress(OSError):
            path = Path(f"/proc/{parent}/task/{parent}/children")
            for pid in map(int, path.read_text(encoding="ascii").split()):
                ran_s, waited_s, self._processor_s[pid] = of_process(pid)
                if parent == self._parent:
                    self._waited_s = waited_s
                else:
                    self._forked_s[pid] = ran_s
                    self._forked.append(time.perf_counter() - self._waited_s)
                self._look(pid)


def taken(pid: int, others: Others, seconds: float) -> tuple[float, ...]:
    """What a process has taken until now, in each of KINDS; 0 for what the system does not tell."""
    try:
        _, waited_s, processor_s = of_process(pid)
    except OSError:
        return seconds, 0.0, 0.0
    return seconds, seconds - waited_s, processor_s + others.processor_s


def of_process(pid: int) -> tuple[float, float, float]:
    """How long its main thread had a core, and waited for one; the processor time of all."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    times = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    ran_s, waited_s = (int(time_ns) / 1e9 for time_ns in times[:2])
    return ran_s, waited_s, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def parts(marks: Marks, kind: int) -> list[float]:
    """The time of each of PARTS; kind: the number of one of KINDS."""
    first_line, first_epoch, last_epoch, end = (mark[kind] for mark in marks)
    after = end - last_epoch
    return [first_line, first_epoch, after, first_epoch + after, end]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("checkouts", metavar="CHECKOUT", type=Path, nargs="*", default=[ROOT])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    measured: list[list[Marks]] = [[] for _ in options.checkouts]
    with tempfile.TemporaryDirectory() as folder:
        for checkout in options.checkouts:
            measure(checkout, Path(folder), 1)  # compiles the modules, and is not counted
        for _ in range(options.repetitions):
            for checkout, results in zip(options.checkouts, measured, strict=True):
                results.append(measure(checkout, Path(folder), options.epochs))
    for kind, title in enumerate(KINDS):
        print(f"\n| {title}: median, min – max | {' | '.join(PARTS)} |\n|---|{'---|' * len(PARTS)}")
        tables = [[parts(marks, kind) for marks in results] for results in measured]
        for checkout, table in zip(options.checkouts, tables, strict=True):
            show(str(checkout), table, spread)
        for checkout, table in zip(options.checkouts[1:], tables[1:], strict=True):
            pairs = zip(tables[0], table, strict=True)
            ratios = [[b / a if a else 1 for a, b in zip(*pair, strict=True)] for pair in pairs]
            show(f"{checkout}, ratio", ratios, lambda values: f"{statistics.median(values):.2f}")


def show(name: str, table: list[list[float]], text: Callable[[list[float]], str]) -> None:
    """A row of the printed table, from a row of times for each repetition."""
    print(f"| {name} | {' | '.join(text(list(column)) for column in zip(*table, strict=True))} |")


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f}, {min(values):.2f} – {max(values):.2f}"


if __name__ == "__main__":
    main()
