"""Kill trainings with SIGKILL at random moments, and compare with those that were left alone.

    python benchmarks/kill.py               60 kills, six minutes
    python benchmarks/kill.py --times 200   twenty minutes
    python benchmarks/kill.py --only default --times 200   of trainings without options

A training that was killed goes on with --resume, by chance with another number of threads, is
killed again, and so on until it is through; then the next kind begins, until there were enough
kills. Processes that compute all the time, none to three of them, come and go beside it. A
checkpoint is written every twentieth of a second, so many kills hit one that is being written.
Every training must give the same model as its kind did when it was left alone, byte for byte, and
the same history but for the seconds; and nothing else may be left in its folder.
"""

import argparse
import itertools
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHECKPOINTS = ("--checkpoint-every", "0.05")
OPTIONS = ("--hidden", "32", "--epochs", "6", "--dropout", "0.2", "--mixup", "0.2", *CHECKPOINTS)
KINDS = {
    "default": ("--epochs", "8", *CHECKPOINTS),
    "dropout and mixup": OPTIONS,
    "shards": (
        *("--hidden", "1024", "--batch-size", "512", "--epochs", "4", "--shift", "1"),
        *("--batch-norm", "--optimizer", "adam", "--averaging", "0.5", *CHECKPOINTS),
    ),
}
MOST_BESIDE = 3
MOST_KILLS = 12
"""Of one training, so that all kinds have their share."""


def start(*arguments: object) -> "subprocess.Popen[str]":
    """The main job in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "main.py", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> None:
    """Wait for it to end well."""
    out, _ = process.communicate(timeout=600)
    if process.returncode:
        raise AssertionError(f"exit status {process.returncode}:\n{out}")


def train_under_fire(
    run: Path, options: tuple[str, ...], moments: random.Random, most: int, latest_s: float
) -> int:
    """One training, killed up to so many times; returns how often it was.

    latest_s: seconds from the start of a process to the latest moment at which it is killed.
    """
    n_kills = 0
    arguments: tuple[object, ...] = (*options, "--runs-dir", run.parent, "--name", run.name)
    while n_kills < most and not is_over(run):
        process = start(*arguments)
        while not (run / "config.json").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.3, latest_s))
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        if process.returncode == 0:
            return n_kills
        if process.returncode != -signal.SIGKILL:
            raise AssertionError(f"exit status {process.returncode}:\n{out}")
        n_kills += 1
        threads = moments.choice(([], ["--threads", 1], ["--threads", 2]))
        arguments = ("--resume", run, *CHECKPOINTS, *threads)
    if not is_over(run):
        finish(start(*arguments))
    return n_kills


def is_over(run: Path) -> bool:
    """Whether nothing is left to resume: a kill may come after the end of all work."""
    return (run / "metrics.json").exists() and not any(run.glob("checkpoint-*"))


def result(run: Path) -> tuple[bytes, list[str]]:
    """What a training learned: its model, and its history without the seconds."""
    lines = (run / "history.csv").read_text(encoding="utf-8").splitlines()
    return (run / "model.npz").read_bytes(), [line.rsplit(",", 1)[0] for line in lines]


def names(run: Path) -> list[str]:
    """The names of the files that it left."""
    return sorted(path.name for path in run.iterdir())


def main() -> None:
    """Kill as often as asked for; exit status 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=60, help="kills in all (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--only", choices=KINDS, help="kind of training (default: all in turn)")
    options = parser.parse_args()
    kinds = [options.only] if options.only else list(KINDS)
    moments, n_kills, n_differences = random.Random(options.seed), 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = []
        for number, kind in enumerate(kinds):
            began = time.monotonic()
            finish(start(*KINDS[kind], "--runs-dir", folder, "--name", f"whole-{number}"))
            seconds.append(time.monotonic() - began)
        whole = [folder / f"whole-{number}" for number in range(len(kinds))]
        for n_runs in itertools.count(1):
            number = n_runs % len(kinds)
            kind, run = kinds[number], folder / f"run-{n_runs}"
            spin = [sys.executable, "-c", "while True: pass"]
            beside = [subprocess.Popen(spin) for _ in range(moments.randint(0, MOST_BESIDE))]
            most = min(MOST_KILLS, options.times - n_kills)
            latest_s = seconds[number] / 2 * (1 + len(beside) / 2)
            try:
                n_kills += train_under_fire(run, KINDS[kind], moments, most, latest_s)
            finally:
                for process in beside:
                    process.kill()
                    process.wait()
            same = result(run) == result(whole[number]) and names(run) == names(whole[number])
            n_differences += not same
            print(
                f"{kind}, {len(beside)} beside: {'as if left alone' if same else 'DIFFERENT'}; "
                f"{n_kills} kills, {n_differences} differences in {n_runs} trainings",
                flush=True,
            )
            if n_kills >= options.times:
                break
    sys.exit(int(n_differences > 0))


if __name__ == "__main__":
    main()
