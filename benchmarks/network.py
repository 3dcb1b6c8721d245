"""When ranks on machines of their own pay: measured between network namespaces, and reckoned on.

    sudo python benchmarks/network.py        as docs/scaling.md has it: a quarter of an hour

Linux lets one machine have several networks of its own, with a bandwidth of our choice between
them. Each rank gets one, behind one switch, and talks by TCP as between machines; the processor,
the memory and the kernel's work for TCP they share. No delay is added: what a message waits for is
the kernel. So two ranks are measured, on two
cores, and more than two only in what they send, with nothing to compute.

A step of n ranks takes a + b B/n for the computing, whose a and b come from steps of one process
with batches of several sizes, and for a sum of m bytes

    s(m, n) = 2 (n - 1) latency + 2 (n - 1)/n m / bandwidth,

as in a ring. Both lines are fitted to what was measured, by least squares of relative errors, and
drawn on to 64 ranks. It needs root, iproute2 and Open MPI.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from machine import load, processor_and_blas
from scaling import GIVE_WAY, OPEN_MPI, told

PICTURE = ROOT / "docs" / "images" / "scaling.png"
NETWORK = "10.77.0"
LINKS = {
    "1 Gbit/s": ("rate", "1gbit", "burst", "96kb", "latency", "50ms"),
    "10 Gbit/s": ("rate", "10gbit", "burst", "192kb", "latency", "50ms"),
}
"""By a token bucket (tc-tbf), which holds 0.8 and 0.15 ms of sending: so much goes at once."""
SIZES = (10_000, 100_000, 1_000_000, 3_000_000)
"""Numbers of four bytes that are summed."""
N_RANKS = {"1 Gbit/s": (2, 4, 8), "10 Gbit/s": (2,)}
"""Of which sums are measured: at 10 Gbit/s more would keep the two cores busy with TCP alone."""
RING = {
    "OMPI_MCA_coll_tuned_use_dynamic_rules": "1",
    "OMPI_MCA_coll_tuned_allreduce_algorithm": "4",
}
"""Open MPI 4.1 sums large arrays in other ways, which take half as long again from 4 ranks on."""
VARIABLES = OPEN_MPI | GIVE_WAY | RING
NETWORKS = {
    "784-128-10": (128,),
    "784-512-512-10": (512, 512),
    "784-1024-1024-10": (1024, 1024),
    "784-2048-2048-10": (2048, 2048),
}
BATCHES = (128, 512, 2048, 8192)
DRAWN = (512, 8192)
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
FEWEST_STEPS = 2
MOST_RANKS = 64


def n_parameters(hidden: Sequence[int]) -> int:
    sizes = (784, *hidden, 10)
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))


def run(*command: str) -> None:
    subprocess.run(command, check=True)


@contextmanager
def networks(n: int, link: Sequence[str]) -> Iterator[None]:
    """n namespaces, digitnet0 and so on, each with such a link to one switch, both ways."""
    names = [f"digitnet{number}" for number in range(n)]
    switch = "digitnet-switch"
    try:
        run("ip", "netns", "add", switch)
        run("ip", "-n", switch, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "bridge", "up")
        for number, name in enumerate(names):
            port = f"port{number}"
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            peer = ("peer", "name", port, "netns", switch)
            run("ip", "-n", name, "link", "add", "eth0", "type", "veth", *peer)
            run("ip", "-n", name, "address", "add", f"{NETWORK}.{number + 1}/24", "dev", "eth0")
            run("ip", "-n", switch, "link", "set", port, "master", "bridge")
            for where, device in ((name, "eth0"), (switch, port)):
                run("ip", "-n", where, "link", "set", device, "up")
                run("tc", "-n", where, "qdisc", "add", "dev", device, "root", "tbf", *link)
        yield
    finally:
        for name in (switch, *names):
            subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL, check=False)


@contextmanager
def agent() -> Iterator[str]:
    """The program by which mpiexec starts something elsewhere: in a namespace, not by SSH."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent"
        path.write_text(
            "#!/bin/sh\n"
            "number=$((${1##*.} - 1)); shift\n"
            'exec ip netns exec digitnet$number unshare --uts sh -c "hostname rank$number; $*"\n'
        )
        path.chmod(0o755)
        yield str(path)


def by_mpi(n: int, rsh_agent: str, *arguments: str) -> dict[str, float]:
    """What rank 0 of n, each in a namespace of its own, has printed."""
    hosts = ",".join(f"{NETWORK}.{number + 1}:1" for number in range(n))
    options = {
        "plm_rsh_agent": rsh_agent,
        "plm_rsh_no_tree_spawn": "1",
        "btl": "tcp,self",
        "btl_tcp_if_include": f"{NETWORK}.0/24",
        "oob_tcp_if_include": f"{NETWORK}.0/24",
    }
    mca = [word for name, value in options.items() for word in ("--mca", name, value)]
    passed = [word for name in VARIABLES for word in ("-x", name)]
    start = ["mpiexec", "-n", str(n), "-host", hosts, *mca, *passed]
    here = ["ip", "netns", "exec", "digitnet0", "unshare", "--uts", "sh", "-c"]
    words = [*start, sys.executable, __file__, "--do", *arguments]
    return told([*here, 'hostname rank0; exec "$@"', "sh", *words], VARIABLES)


def alone(*arguments: str) -> dict[str, float]:
    return told([sys.executable, __file__, "--do", *arguments], VARIABLES)


def sums() -> dict[str, float] | None:
    """Seconds of a sum over all ranks, by the numbers summed."""
    from mpi4py import MPI

    comm, seconds = MPI.COMM_WORLD, {}
    for size in SIZES:
        array = np.zeros(size, np.float32)
        taken = []
        for _ in range(12):
            comm.Barrier()
            began = time.perf_counter()
            comm.Allreduce(MPI.IN_PLACE, array)
            taken.append(time.perf_counter() - began)
        seconds[str(size)] = statistics.median(taken[2:])
    return None if comm.Get_rank() else seconds


def steps(name: str) -> dict[str, float] | None:
    """Seconds of a step, the fastest epoch's mean, by the batch: on one thread, or by ranks."""
    from digitnet.data import load_mnist
    from digitnet.nn import Epoch
    from digitnet.training.across import LearningAcross
    from digitnet.training.ranks import join
    from digitnet.training.settings import Settings
    from digitnet.training.underway import Learning

    ranks, seconds, train = join(), {}, load_mnist().train
    for batch in BATCHES:
        n_steps = max(FEWEST_STEPS, 2048 // batch)
        examples = train.take(np.arange(n_steps * batch) % len(train))
        settings = Settings(
            hidden_layer_sizes=NETWORKS[name], batch_size=batch, epochs=3, threads=1
        )
        parts = (settings, examples, None, tuple("0123456789"))
        learning = LearningAcross(ranks, *parts) if ranks else Learning(*parts)
        epochs = [each.seconds for each in learning.records() if isinstance(each, Epoch)]
        seconds[str(batch)] = min(epochs[1:]) / n_steps
    return None if ranks and ranks.number else seconds


def measure(n_rounds: int) -> dict[str, dict[str, float]]:
    """All seconds: the median over the rounds, in each of which everything is done once."""
    rounds = []
    with agent() as rsh_agent:
        for number in range(n_rounds):
            found: dict[str, dict[str, float]] = {}
            for name in NETWORKS:
                found[f"steps/alone/{name}"] = alone("steps", name)
            for link, limit in LINKS.items():
                with networks(max(N_RANKS[link]), limit):
                    for n in N_RANKS[link]:
                        found[f"sums/{link}/{n}"] = by_mpi(n, rsh_agent, "sums")
                    for name in NETWORKS:
                        found[f"steps/{link}/{name}"] = by_mpi(2, rsh_agent, "steps", name)
            rounds.append(found)
            print(f"round {number + 1} of {n_rounds}, load {load()}", file=sys.stderr)
    return {
        what: {of: statistics.median(each[what][of] for each in rounds) for of in rounds[0][what]}
        for what in rounds[0]
    }


class Line(NamedTuple):
    """seconds = first x + second y."""

    first: float
    second: float


def fitted(rows: list[tuple[float, float]], seconds: list[float]) -> Line:
    """By least squares of relative errors, without the first term where it would be negative."""
    of_measured = np.array(rows) / np.array(seconds)[:, None]
    first, second = np.linalg.lstsq(of_measured, np.ones(len(seconds)), rcond=None)[0]
    if first < 0:
        first, of_second = 0.0, of_measured[:, 1]
        second = of_second.sum() / np.square(of_second).sum()
    return Line(float(first), float(second))


def sum_terms(n_numbers: float, n: int) -> tuple[float, float]:
    """What latency, and the seconds of a byte, are multiplied by: see above."""
    return 2.0 * (n - 1), 2 * (n - 1) / n * 4 * n_numbers


class Model:
    """What was measured, and the lines through it."""

    def __init__(self, measured: dict[str, dict[str, float]]) -> None:
        self.measured = measured
        self.links = {link: self._link(link) for link in LINKS}
        self.computing = {name: self._computing(name) for name in NETWORKS}

    def _link(self, link: str) -> Line:
        found = [
            (sum_terms(int(size), n), seconds)
            for n in N_RANKS[link]
            for size, seconds in self.measured[f"sums/{link}/{n}"].items()
        ]
        return fitted([terms for terms, _ in found], [seconds for _, seconds in found])

    def _computing(self, name: str) -> Line:
        found = self.measured[f"steps/alone/{name}"]
        return fitted([(1.0, float(batch)) for batch in found], list(found.values()))

    def gain(self, name: str, batch: int, n: int, link: str) -> float:
        """How many times as fast n ranks are as one, by the lines."""
        (a, b), (latency, a_byte) = self.computing[name], self.links[link]
        steps, bytes_sent = sum_terms(n_parameters(NETWORKS[name]) + 10 * batch, n)
        together = a + b * batch / n + latency * steps + a_byte * bytes_sent
        return (a + b * batch) / together

    def gain_of_two(self, name: str, batch: int, link: str) -> float:
        """As measured."""
        alone, two = (self.measured[f"steps/{way}/{name}"][str(batch)] for way in ("alone", link))
        return alone / two


def tables(model: Model) -> str:
    """What was measured, and what follows from the lines, in Markdown."""
    lines = ["Milliseconds of a sum over all ranks, measured:", ""]
    ways = [(link, n) for link in LINKS for n in N_RANKS[link]]
    lines += ["| numbers | " + " | ".join(f"{n} ranks, {link}" for link, n in ways) + " |"]
    lines += ["|---" * (1 + len(ways)) + "|"]
    for size in SIZES:
        found = [model.measured[f"sums/{link}/{n}"][str(size)] for link, n in ways]
        lines.append(f"| {size:,} | " + " | ".join(f"{1e3 * s:.2f}" for s in found) + " |")
    for link, (latency, a_byte) in model.links.items():
        lines.append(
            f"\n{link}, fitted: {1e6 * latency:.0f} µs a message, {8e-9 / a_byte:.2f} Gbit/s"
        )
    lines += ["", "How many times as fast as one rank, two measured (by the lines):", ""]
    lines += [
        "| network | batch | one rank, ms | " + " | ".join(LINKS) + " |",
        "|---|---|---|---|---|",
    ]
    for name in NETWORKS:
        for batch in BATCHES:
            cells = [f"{1e3 * model.measured[f'steps/alone/{name}'][str(batch)]:.1f}"]
            for link in LINKS:
                of_lines = model.gain(name, batch, 2, link)
                cells.append(f"{model.gain_of_two(name, batch, link):.2f} ({of_lines:.2f})")
            lines.append(f"| {name} | {batch:,} | " + " | ".join(cells) + " |")
    lines += ["", "By the lines alone, nothing of it measured:", ""]
    counts = [2**k for k in range(1, 7)]
    lines += ["| network | batch | link | " + " | ".join(map(str, counts)) + " |"]
    lines += ["|---" * (3 + len(counts)) + "|"]
    for name in NETWORKS:
        for batch in DRAWN:
            for link in LINKS:
                gains = " | ".join(f"{model.gain(name, batch, n, link):.2f}" for n in counts)
                lines.append(f"| {name} | {batch:,} | {link} | {gains} |")
    return "\n".join(lines)


def draw(model: Model) -> None:
    """Gains by the number of ranks: the lines dashed, and what was measured as points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), dpi=120, layout="constrained")
    counts = np.unique(np.round(2 ** np.linspace(0, np.log2(MOST_RANKS), 60)).astype(int))
    for panel, link in zip(figure.subplots(1, 2, sharex=True, sharey=True), LINKS, strict=True):
        panel.axhline(1, color="#999999", lw=1)
        for name, colour in zip(
            NETWORKS, ("#0072B2", "#D55E00", "#009E73", "#CC79A7"), strict=True
        ):
            for batch, style in ((512, ":"), (8192, "--")):
                gains = [model.gain(name, batch, int(n), link) if n > 1 else 1.0 for n in counts]
                panel.plot(counts, gains, style, color=colour, label=f"{name}, batch {batch:,}")
                panel.plot(2, model.gain_of_two(name, batch, link), "o", color=colour)
        panel.set_xscale("log", base=2)
        panel.set_yscale("log", base=2)
        panel.set_xticks([2**k for k in range(7)], [str(2**k) for k in range(7)])
        panel.set_yticks(
            [0.25, 0.5, 1, 2, 4, 8, 16, 32], ["¼", "½", "1", "2", "4", "8", "16", "32"]
        )
        panel.set_title(link)
        panel.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(fontsize=8, loc="upper left", frameon=False)
    figure.supxlabel("ranks, each on a machine of its own")
    figure.supylabel("times as fast as one rank")
    figure.suptitle("Points: measured with two ranks. Lines: fitted, and drawn on", fontsize=10)
    figure.savefig(PICTURE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measured", type=Path, help="draw again what a run has kept here")
    parser.add_argument("--keep", type=Path, help="where to keep what was measured, as JSON")
    parser.add_argument("--do", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        what, *of = options.do
        seconds = steps(*of) if what == "steps" else sums()
        if seconds is not None:
            print(json.dumps(seconds), flush=True)
        return 0
    if options.measured:
        measured = json.loads(options.measured.read_text())
    else:
        missing = [each for each in ("ip", "tc", "unshare", "mpiexec") if not shutil.which(each)]
        if missing or os.geteuid():
            sys.exit(f"{', '.join(missing) or 'root'}: needed for networks within this machine")
        measured = measure(options.rounds)
        if options.keep:
            options.keep.write_text(json.dumps(measured))
    print(", ".join(f"{name} {value}" for name, value in processor_and_blas().items()))
    model = Model(measured)
    print(f"\n{tables(model)}")
    draw(model)
    print(f"\n{PICTURE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
