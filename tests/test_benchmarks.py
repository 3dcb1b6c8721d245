"""The benchmarks run; what they measure is for people to look at."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from contestants import CONTESTANTS, WORKS, Data, initial_weights  # noqa: E402


@pytest.mark.slow
def test_the_speed_benchmark_smokes():
    result = subprocess.run(
        [sys.executable, BENCHMARKS / "speed.py", "--smoke"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    rows = dict(re.findall(r"^\| (\w+) \|.*\| ([\d.]*) +\|$", result.stdout, re.M))
    assert set(rows) == {
        "ours", "ours_one_thread", "ours_two_threads", "products_alone", "calls_alone", "textbook",
    }  # fmt: skip
    assert all(float(rows[name]) > 60 for name in ("ours", "ours_two_threads", "textbook"))


def test_contestants_that_take_the_same_weights_learn_the_same(few):
    """On one batch, where no order of shuffling can differ."""
    data = Data(few.rows[:64], few.labels[:64], few.rows[1000:], few.labels[1000:])
    work = WORKS["W1"]
    learned = [
        CONTESTANTS[name](work, data, initial_weights(work), 20)[1] for name in ("ours", "textbook")
    ]
    assert learned[0] == pytest.approx(learned[1], abs=0.003)
    assert learned[0] > 0.4


def test_the_controls_learn_nothing(few):
    data = Data(few.rows[:128], few.labels[:128], few.rows[:64], few.labels[:64])
    for name in ("products_alone", "calls_alone"):
        seconds, accuracy = CONTESTANTS[name](WORKS["W1"], data, initial_weights(WORKS["W1"]), 2)
        assert len(seconds) == 2
        assert np.isnan(accuracy)
