"""The benchmarks run; what they measure is for people to look at."""

import csv
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from tests import rounding

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import accuracy  # noqa: E402
import calibration  # noqa: E402
from contestants import CONTESTANTS, LEARNING_RATE, WORKS, Data, initial_weights  # noqa: E402
from halves import half_of, learn_in_two, whole  # noqa: E402
from readers import READERS, prepare  # noqa: E402
from report import ratio  # noqa: E402

WITH_A_BROWSER = ("exported.py", "playground.py", "visitors.py")


IMPORT_EACH = """
import runpy, sys, traceback
root, *scripts = sys.argv[1:]
path, failed = list(sys.path), []
for script in scripts:
    try:
        runpy.run_path(script, run_name="imported")
    except BaseException:
        failed.append(script)
        traceback.print_exc()
    for name, module in list(sys.modules.items()):
        file = str(getattr(module, "__file__", ""))
        if file.startswith(root) and "site-packages" not in file:
            del sys.modules[name]
    sys.path[:] = path
    assert "digitnet" not in sys.modules
sys.exit(f"failed: {failed}" if failed else 0)
"""
"""Each finds neither what another has put on the path nor what it has imported from there."""


def test_each_script_finds_digitnet_from_any_folder(tmp_path):
    """As its first lines tell to call it, with digitnet not installed."""
    scripts = sorted(BENCHMARKS.glob("*.py"))
    if importlib.util.find_spec("playwright") is None:
        scripts = [script for script in scripts if script.name not in WITH_A_BROWSER]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    result = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, f"{BENCHMARKS.parent}{os.sep}", *scripts],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_the_speed_benchmark_smokes():
    result = subprocess.run(
        [sys.executable, BENCHMARKS / "speed.py", "--smoke"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    learning, reading, cold = result.stdout.split("###")[1:]
    rows = {line.split(" | ")[0].lstrip("| "): line.split(" | ") for line in learning.splitlines()}
    ours = ("ours", "ours_one_thread", "ours_two_threads")
    controls = ("products_alone", "products_alone_one_thread", "calls_alone")
    assert set(rows) >= {*ours, *controls, "textbook"}
    accuracy_of = {name: float(rows[name][6]) for name in (*ours, "textbook", "two_processes")}
    assert min(accuracy_of.values()) > 60
    assert accuracy_of["two_processes"] == pytest.approx(accuracy_of["ours_one_thread"], abs=0.1)
    assert all(float(rows[name][7].rstrip(" |")) > 30 for name in rows if name in ours)  # MB
    assert "| model |" in reading
    assert "| import_numpy |" in cold


@pytest.mark.parametrize("work", ["W1", "W3"])
def test_the_halves_of_a_network_compute_what_it_computes(work):
    """The sum of what the two give for the second Dense layer is what the whole one gives."""
    weights = initial_weights(WORKS[work])
    weights = [(w, np.linspace(-1, 1, len(b), dtype=np.float32)) for w, b in weights]
    x = np.random.default_rng(0).random((5, 784), np.float32)

    def second_layer(part):
        (w1, b1), (w2, b2), *_ = part
        return np.maximum(x @ w1 + b1, 0) @ w2 + b2

    halves = [half_of(rank, weights) for rank in (0, 1)]
    assert sum(map(second_layer, halves)) == pytest.approx(second_layer(weights), abs=1e-5)
    for (w, b), (w_again, b_again) in zip(weights, whole(*halves), strict=True):
        assert np.array_equal(w, w_again)
        assert np.array_equal(b, b_again)


@pytest.mark.numerical
@pytest.mark.parametrize("work", ["W1", "W3"])
def test_two_processes_learn_what_one_does(work, few):
    """Up to the order of sums; biases as well, which both of them hold.

    With tanh: where rounding puts a ReLU on the other side of its kink, the gradient jumps, and no
    bound follows from float32. In a step, a weight below 1 is rounded by u = 6e-8 at most, and its
    gradient, a mean of B terms below 1, is off by some u √B / B, a tenth of that. Over n steps,
    with what earlier errors add, this makes n u: 1.2e-6 and 6e-7, and some 3e-8 are seen.
    """
    work = replace(WORKS[work], activation="tanh")
    data = Data(few.rows[:1280], few.labels[:1280], few.rows, few.labels)
    _, learned = learn_in_two(work, data, initial_weights(work), 1)
    settings = Settings(
        hidden_layer_sizes=work.sizes[1:-1],
        activation=(work.activation,),
        batch_size=work.batch_size,
        epochs=1,
        learning_rate=LEARNING_RATE,
        schedule="constant",
        momentum=0.0,
        weight_decay=0.0,
    )
    network = learn(settings, few.take(np.arange(1280)), None, tuple("0123456789")).network
    tolerance = 1280 // work.batch_size * rounding.U
    for (w, b), layer in zip(learned, network.layers[::2], strict=True):
        assert np.allclose(w, layer.W, rtol=0, atol=tolerance)
        assert np.allclose(b, layer.b, rtol=0, atol=tolerance)
        assert np.max(np.abs(b)) > 1e-3


def test_ratios_are_of_the_same_round_and_to_the_better_peer():
    """Medians over the rounds of 2/min(4, 5), 3/min(8, 6) and 1/min(2, 9)."""
    rounds = [
        {name: {"seconds": s} for name, s in zip(("ours", "a", "b"), row, strict=True)}
        for row in ((2, 4, 5), (3, 8, 6), (1, 2, 9))
    ]
    assert ratio(rounds, ("a", "b"), "seconds", "ours") == pytest.approx(0.5)
    assert ratio(rounds, ("b",), "seconds", "ours") == pytest.approx(0.4)
    assert np.isnan(ratio(rounds, ("c",), "seconds", "ours"))


def test_contestants_that_take_the_same_weights_learn_the_same(few):
    """On one batch, where no order of shuffling can differ."""
    data = Data(few.rows[:64], few.labels[:64], few.rows[1000:], few.labels[1000:])
    work = WORKS["W1"]
    learned = [
        CONTESTANTS[name](work, data, initial_weights(work), 20).accuracy
        for name in ("ours", "textbook")
    ]
    assert learned[0] == pytest.approx(learned[1], abs=0.003)
    assert learned[0] > 0.4


def test_the_controls_learn_nothing(few):
    data = Data(few.rows[:128], few.labels[:128], few.rows[:64], few.labels[:64])
    for name in ("products_alone", "calls_alone"):
        result = CONTESTANTS[name](WORKS["W1"], data, initial_weights(WORKS["W1"]), 2)
        assert len(result.seconds) == 2
        assert np.isnan(result.accuracy)


@pytest.mark.numerical
def test_readers_of_one_network_agree(few, tmp_path):
    prepare(tmp_path)
    rows = few.rows[:50]
    readers = [READERS[name](tmp_path) for name in ("network", "model", "onnxruntime")]
    network, model, onnx = (reader.call(reader.form(rows)).copy() for reader in readers)
    assert np.allclose(network, model, atol=1e-5)
    assert np.allclose(model, onnx, atol=1e-6)


@pytest.mark.slow
def test_accuracies_are_measured_once_and_noted(tmp_path, monkeypatch):
    tiny = accuracy.Variant("tiny", "a tiny one", "--hidden 4 --epochs 1", 2)
    everything = accuracy.Variant("all", "all images", f"{tiny.options} --validation-fraction 0", 1)
    for name in ("READINGS", "JSON", "PAGE", "RUNS"):
        monkeypatch.setattr(accuracy, name, tmp_path / name)
    monkeypatch.setattr(accuracy, "VARIANTS", (tiny, everything))
    monkeypatch.setattr(sys, "argv", ["accuracy.py"])
    accuracy.main()
    readings = (tmp_path / "READINGS").read_text().splitlines()
    assert len(readings) == 1 + 3
    page = (tmp_path / "PAGE").read_text()
    first, second = (line.split(" | ") for line in page.splitlines() if "--hidden 4" in line)
    tests = [float(test) for test in first[3].split()]
    assert len(tests) == 2
    assert all(60 < test < 95 for test in tests)
    assert first[2].startswith(f"{np.mean(tests):.2f} ± ")
    assert second[4] == "–"
    config = tmp_path / "RUNS" / "tiny-0" / "config.json"
    content = json.loads(config.read_text())
    del content["settings"]["batch_norm"]  # as if an older version had written it
    config.write_text(json.dumps(content))
    monkeypatch.setattr(sys, "argv", ["accuracy.py", "--only", "tiny"])
    accuracy.main()  # from the folders
    assert (tmp_path / "READINGS").read_text().splitlines() == readings
    assert (tmp_path / "PAGE").read_text() == page
    alone = json.loads((tmp_path / "JSON").read_text())["tiny"]
    monkeypatch.setattr(accuracy, "RUNS", tmp_path / "again")
    monkeypatch.setattr(sys, "argv", ["accuracy.py", "--only", "tiny", "--workers", "2"])
    accuracy.main()
    together = json.loads((tmp_path / "JSON").read_text())["tiny"]
    assert [seed[:2] for seed in together["seeds"]] == [seed[:2] for seed in alone["seeds"]]
    assert together["machine"] == f"{alone['machine']}, several runs at once"
    assert len((tmp_path / "READINGS").read_text().splitlines()) == len(readings) + 2
    changed = accuracy.Variant("tiny", "a tiny one", "--hidden 5 --epochs 1", 2)
    monkeypatch.setattr(accuracy, "VARIANTS", (changed,))
    with pytest.raises(SystemExit, match="other settings: remove it"):
        accuracy.main()


def test_calibration_is_measured_tabulated_and_drawn(mnist, tmp_path):
    """Two models of different temperatures, which are as many readings as are noted."""
    seeds = []
    for temperature in (0.8, 1.7):
        settings = Settings(hidden_layer_sizes=(4,), epochs=1)
        learned = learn(settings, mnist.test.take(np.arange(2000)), None, mnist.classes)
        seeds.append(calibration.measured(learned.model, temperature, mnist.test))
    before, after = (seeds[0]["bins"][when] for when in ("before", "after"))
    assert sum(before[0]) == sum(after[0]) == len(mnist.test)
    assert sum(before[2]) == pytest.approx(seeds[0]["accuracy"] * len(mnist.test))
    assert sum(before[1]) < sum(after[1])  # surer below 1
    json.dumps(seeds)
    line = calibration.line_of("tiny", seeds)
    assert line.startswith("| tiny | 2 | 0.8, 1.7 |")
    error = 100 * np.mean([seed["calibration_error"]["before"] for seed in seeds])
    assert f"| {error:.2f} |" in line
    rows = {"tiny": {"title": "tiny", "drawn": True, "seeds": seeds}}
    assert line in calibration.page(rows)
    calibration.figure(rows, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes()[:4] == b"\x89PNG"


def test_each_reading_of_the_test_set_is_noted(tmp_path):
    for seed, epochs in ((0, 2), (1, 2), (0, 3)):
        settings = {"seed": seed, "epochs": epochs}
        (tmp_path / "config.json").write_text(json.dumps({"settings": settings}))
        (tmp_path / "metrics.json").write_text(json.dumps({"test": {"errors": 100 + seed}}))
        accuracy.note_reading(tmp_path, "--epochs 2", tmp_path / "readings.csv")
    with (tmp_path / "readings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["seed"], row["errors"]) for row in rows] == [
        ("0", "100"),
        ("1", "101"),
        ("0", "100"),
    ]
    hashes = [row["settings"] for row in rows]
    assert hashes[0] == hashes[1] != hashes[2]
