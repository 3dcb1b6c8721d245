"""Choose settings on the validation set: mean over three hold-outs and seeds, the test set unseen.

    python benchmarks/choose.py             every group below, half an hour on one core
    python benchmarks/choose.py sigmoid     one group

Prints one line per candidate, the one with the highest mean validation accuracy first. What was
chosen, and from what, is recorded in docs/LOG.md.
"""

import argparse
import itertools
import statistics
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.data import hold_out, load_mnist
from digitnet.training.learning import learn
from digitnet.training.settings import Settings

SEEDS = range(3)
BASE = Settings()
GROUPS = {
    "default": (
        BASE,
        {
            "learning_rate": (0.05, 0.1, 0.2),
            "weight_decay": (0.0, 1e-4, 3e-4, 5e-4),
            "dropout": (0.0, 0.1),
        },
    ),
    "batch32": (replace(BASE, batch_size=32), {"learning_rate": (0.025, 0.05, 0.1)}),
    "batch1": (
        replace(BASE, batch_size=1, epochs=1, momentum=0.0),
        {"learning_rate": (0.01, 0.02, 0.03, 0.05)},
    ),
    "sigmoid": (replace(BASE, activation=("sigmoid",)), {"learning_rate": (0.1, 0.2, 0.4, 0.8)}),
    "tanh": (replace(BASE, activation=("tanh",)), {"learning_rate": (0.05, 0.1, 0.2)}),
    "softmax": (replace(BASE, hidden_layer_sizes=()), {"learning_rate": (0.01, 0.03, 0.1)}),
    "deep": (
        replace(BASE, hidden_layer_sizes=(256, 128)),
        {"dropout": (0.0, 0.2, 0.3), "learning_rate": (0.05, 0.1)},
    ),
}


def main() -> None:
    """Train every candidate of the groups named, and print them in order."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"among {', '.join(GROUPS)}")
    names = parser.parse_args().groups or list(GROUPS)
    if unknown := set(names) - set(GROUPS):
        parser.error(f"expected groups among {', '.join(GROUPS)}, got {', '.join(unknown)}")
    data = load_mnist()
    splits = [hold_out(data.train, BASE.validation_fraction, seed) for seed in SEEDS]
    for name in names:
        base, grid = GROUPS[name]
        results = []
        for values in itertools.product(*grid.values()):
            candidate = dict(zip(grid, values, strict=True))
            last = [
                learn(replace(base, seed=seed, **candidate), *splits[seed], data.classes).history[
                    -1:
                ]
                for seed in SEEDS
            ]
            ends = [records[0] for records in last if records]
            if len(ends) == len(SEEDS):
                accuracy = statistics.mean(record.validation_accuracy for record in ends)
                loss = statistics.mean(record.validation_loss for record in ends)
                results.append((accuracy, loss, candidate))
        print(f"\n{name}")
        for accuracy, loss, candidate in sorted(results, key=lambda each: -each[0]):
            options = "  ".join(f"{key}={value:g}" for key, value in candidate.items())
            print(f"{100 * accuracy:7.3f} %  loss {loss:.4f}  {options}", flush=True)


if __name__ == "__main__":
    main()
