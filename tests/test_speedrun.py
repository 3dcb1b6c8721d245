"""Time to accuracy: the clock, the statistics and the table of benchmarks/speedrun.py."""

import csv
import importlib
import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitnet.data import Examples, MinMax
from digitnet.nn import SGD, Averaged, OrientedGradients
from digitnet.training.build import build_schedule, scaling_of, steps_before_averaging
from digitnet.training.learning import learn
from digitnet.training.recipes import RECIPES
from digitnet.training.settings import Settings

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import speedrun  # noqa: E402
from racers import job  # noqa: E402
from speedrun import Failed, How, Race, begin, curves, each_of, measure  # noqa: E402
from speedrun_field import (  # noqa: E402
    FIELD,
    TARGETS,
    Contestant,
    contestant_of,
    settings_of,
)
from speedrun_report import Summary, curve_of, p_value, page, summary, table  # noqa: E402

N_IMAGES = 600
TINY = Settings(hidden_layer_sizes=(8,), epochs=2, validation_fraction=0.0).as_dict()
OURS = contestant_of("ours")
BROKEN = Contestant("broken", "one that there is not", "broken")


@pytest.fixture
def race(tmp_path, monkeypatch):
    """On images held out, after learning from a few, by tiny recipes."""
    tiny = {name: TINY[name] for name in ("hidden_layer_sizes", "epochs")}
    monkeypatch.setitem(TARGETS, "98", {"ours": tiny})
    monkeypatch.setattr(speedrun, "READINGS", tmp_path / "readings.csv")
    return Race("98", tmp_path, True, N_IMAGES)


@pytest.mark.parametrize(
    ("accuracies", "p"),
    [
        ((0.981, 0.983), 0.5 - math.atan(2) / math.pi),  # t = 2 with one degree of freedom: Cauchy
        ((0.979, 0.981, 0.983), 0.5 - 0.5 * math.sqrt(3 / 4) / math.sqrt(2 + 3 / 4)),  # t = √3/2
        ((0.98, 0.98, 0.98), 1.0),
        ((0.981, 0.981), 0.0),
    ],
)
def test_p_is_that_of_a_one_sided_t_test(accuracies, p):
    """With two degrees of freedom P(T > t) = ½ − t / 2√(2 + t²)."""
    assert p_value(list(accuracies), 0.98) == pytest.approx(p, abs=1e-9)
    assert math.isnan(p_value([0.99], 0.98))


def test_a_target_is_reached_by_enough_seeds_that_are_clearly_above_it():
    def verdict(n, spread):
        runs = [0.9802 + spread * (-1) ** seed for seed in range(n)]
        times = {"written": 1.0, "ended": 1.0, "processor": 1.0}
        rounds = [{"ours": times | {"accuracy": a}} for a in runs]
        return summary(rounds, "ours", 0.98).verdict

    assert verdict(20, 0.0001) == "reached"
    assert verdict(20, 0.001) == "not reached"
    assert verdict(18, 0.0001) == "18 seeds are too few to say"


def results(n=20):
    """Of ours, which takes 2 s, and of another, which takes 3 s in odd rounds and 5 s in others."""

    def run(seconds, accuracy):
        ended = {"ended": seconds + 0.5, "processor": 2 * seconds}
        return ended | {"written": seconds, "accuracy": accuracy}

    rounds = [
        {
            "ours": run(2.0, 0.981 + 0.0001 * (-1) ** seed),
            "pytorch": run(3.0 if seed % 2 else 5.0, 0.979),
            "machine": {"busy": 0.25},
        }
        for seed in range(n)
    ]
    names = {"ours": "digitnet", "pytorch": "PyTorch", "jax": "JAX", "broken": "Broken"}
    curve = {"seconds": [1.0, 2.0], "accuracies": [0.9, 0.98], "accuracy": 0.98}
    return {
        "about": {"cores": "2", "numpy": "2.4.6"},
        "titles": names,
        "recipes": dict.fromkeys(names, TINY),
        "absent": {"jax": "jax is not installed"},
        "failed": {"broken": "No module named 'broken'"},
        "rounds": rounds,
        "curves": {"ours": [curve, curve | {"seconds": [3.0, 6.0], "accuracies": [0.8, 0.96]}]},
    }


def test_the_table_has_a_line_for_all_and_says_who_is_missing():
    _, dashes, ours, theirs, jax, broken = table("98", results()).splitlines()
    assert ours.startswith("| digitnet | 98.100 ± 0.01 | reached | < 0.0001 | 20 | 2.00 |")
    assert theirs.startswith("| PyTorch | 97.900 ± 0.00 | not reached | 1.0000 | 20 | 4.00 |")
    assert "| 3.00 – 5.00 | 2.00 | 4.50 | 8.00 | hidden_layer_sizes 8, epochs 2 |" in theirs
    assert jax.startswith("| JAX | left out: jax is not installed |")
    assert broken.startswith("| Broken | failed: No module named 'broken' |")
    assert len({line.count(" |") for line in (ours, theirs, jax, broken)}) == 1
    assert dashes.count("|") == ours.count("|")


def test_the_page_and_its_figure_are_made_from_the_results(tmp_path, monkeypatch):
    report = importlib.import_module("speedrun_report")
    monkeypatch.setattr(report, "DOCS", tmp_path)
    (tmp_path / "images").mkdir()
    report.write({"98": results(), "99": results() | {"curves": {}}})
    text = (tmp_path / "speedrun.md").read_text(encoding="utf-8")
    assert text == page({"98": results(), "99": results() | {"curves": {}}})
    assert text.index("## 98 %") < text.index("cores 2, numpy 2.4.6.") < text.index("## 99 %")
    assert "Others used 25% of the processors" in text
    assert (tmp_path / "images" / "speedrun.png").stat().st_size > 10_000


def test_curves_are_the_median_second_and_the_mean_accuracy_of_each_epoch():
    seconds, accuracies = curve_of(results()["curves"]["ours"])
    assert seconds == [2.0, 4.0]
    assert accuracies == pytest.approx([0.85, 0.97])


def test_the_accuracy_is_that_of_the_predictions_of_the_same_training(race):
    told = race.run(OURS, settings_of("98", OURS, seed=1), How.MEASURED)
    images, labels, asked, right = job.splits(held_out=True, seed=1)
    examples = Examples(images[:N_IMAGES], labels[:N_IMAGES])
    model = learn(Settings(**TINY | {"seed": 1}), examples, None, tuple("0123456789")).model
    assert told["accuracy"] == np.mean(model.predict(asked) == right)
    assert told["accuracy"] > 0.3
    assert 0 < told["written"] <= told["ended"]


@pytest.mark.parametrize("target", ["98", "99"])
def test_peers_see_of_images_what_our_network_sees(mnist, target):
    some, recipe = mnist.test.images[:50], RECIPES[f"sprint{target}"]
    settings = Settings(**recipe)
    scaling = scaling_of(settings, MinMax(0, 255), (28, 28))
    expected = OrientedGradients((28, 28)).forward(scaling(some.reshape(50, -1)), training=False)
    assert np.allclose(job.looked_at(recipe, some), expected, atol=1e-6)
    assert np.array_equal(job.looked_at({}, some), some.reshape(50, -1))


def test_peers_see_oriented_gradients_of_distorted_batches(mnist):
    settings = settings_of("99.5", FIELD[0], 0)
    some = mnist.test.take(np.arange(600))
    x, targets = next(iter(job.augmented(settings, some.images, some.labels)(1)))
    assert (x.shape, targets.shape) == ((512, 392), (512, 10))
    assert x.min() >= 0


def test_nobody_learns_from_the_images_that_are_predicted(mnist):
    for held_out, n in ((True, 54_000), (False, 60_000)):
        images, labels, asked, right = job.splits(held_out, seed=0)
        assert len(images) == len(labels) == n
        assert len(asked) == len(right) == (6_000 if held_out else 10_000)
        learned = {image.tobytes() for image in images}
        assert not any(image.tobytes() in learned for image in asked)
    assert np.array_equal(right, mnist.test.labels)
    others = job.splits(held_out=True, seed=1)[2]
    assert not np.array_equal(others, job.splits(held_out=True, seed=2)[2])


def test_a_contestant_that_fails_is_named_and_stops_nobody(race, capsys):
    measured = begin(race, [BROKEN, OURS], race.folder / "none.json")
    told = each_of(race, [BROKEN, OURS], measured, 0, How.MEASURED)
    assert list(told) == ["ours"]
    assert "racers.broken" in measured["failed"]["broken"]
    assert "broken failed" in capsys.readouterr().err
    assert each_of(race, [BROKEN], measured, 1, How.MEASURED) == {}
    assert capsys.readouterr().err == ""  # it is not tried again


def test_one_that_is_not_installed_is_named_and_left_out(race, capsys, monkeypatch):
    monkeypatch.setattr(speedrun, "machine", dict)
    absent = Contestant("absent", "one without its package", "ours", needs="no_such_package")
    measured = measure(race, [absent, OURS], 1, race.folder / "98.json")
    assert "absent is left out: no_such_package is not installed\n" in capsys.readouterr().out
    assert "| one without its package | left out: no_such_package" in table("98", measured)
    assert list(measured["rounds"][0]) == ["ours", "machine"]


def test_what_a_contestant_cannot_learn_with_it_says(race):
    settings = settings_of("98", OURS, 0) | {"batch_norm": True}
    with pytest.raises(Failed, match="scikit-learn has no batch_norm of True"):
        race.run(contestant_of("scikit_learn"), settings, How.MEASURED)


def test_what_a_contestant_has_not_looked_at_is_no_result(race):
    simple = {"momentum": 0.0, "weight_decay": 0.0}
    settings = settings_of("98", OURS, 0) | simple | {"initializer": "glorot"}
    with pytest.raises(Failed, match="it has not looked at initializer"):
        race.run(contestant_of("textbook"), settings, How.MEASURED)


def test_as_many_labels_are_expected_as_there_are_images(race, tmp_path):
    np.save(tmp_path / "few.npy", np.zeros(5))
    with pytest.raises(Failed, match=r"expected 6000 labels, got \(5,\)"):
        race.judged(OURS, tmp_path / "few.npy", 0)
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(Failed, match="its file is no array"):
        race.judged(OURS, tmp_path / "empty", 0)


@pytest.mark.slow
def test_rounds_go_on_where_they_ended_and_only_with_the_same_recipes(race, monkeypatch):
    monkeypatch.setattr(speedrun, "machine", lambda: {"load before": "1"})
    kept = race.folder / "98.json"
    textbook = replace(contestant_of("textbook"), recipe="ours", most=1)
    few = measure(race, [OURS, replace(OURS, name="again", most=1)], 1, kept)
    assert list(few["rounds"][0]) == ["ours", "again", "machine"]
    with pytest.raises(SystemExit, match="other contestants or recipes"):
        measure(race, [OURS, textbook], 2, kept)
    more = measure(race, [OURS, replace(OURS, name="again", most=1)], 2, kept)
    assert more["rounds"][0] == few["rounds"][0]
    assert list(more["rounds"][1]) == ["ours", "machine"]
    curves(race, [OURS], 1, more)
    (curve,) = more["curves"]["ours"]
    n_parts = -(-job.POINTS // TINY["epochs"])
    assert len(curve["seconds"]) == n_parts * TINY["epochs"] >= job.POINTS
    assert np.all(np.diff([0, *curve["seconds"]]) > 0)
    assert curve["accuracies"][-1] > curve["accuracies"][0]
    assert curve["accuracies"][-1] == more["rounds"][0]["ours"]["accuracy"]
    assert not (race.folder / "readings.csv").exists()


def test_each_reading_of_the_test_set_is_noted_and_warming_up_is_none(race, tmp_path):
    race = Race("98", tmp_path, False, N_IMAGES)
    measured = begin(race, [OURS], tmp_path / "none.json")
    assert each_of(race, [OURS], measured, 0, How.WARM_UP)["ours"].keys() == {
        *("written", "ended", "processor")
    }
    accuracy = each_of(race, [OURS], measured, 3, How.MEASURED)["ours"]["accuracy"]
    with (tmp_path / "readings.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["options"] == "speedrun.py 98 ours"
    assert row["seed"] == "3"
    assert int(row["errors"]) == round(10_000 * (1 - accuracy))


@pytest.mark.slow
def test_the_whole_command_is_timed_to_its_end(race, tmp_path):
    race = Race("98", tmp_path, False)
    command = contestant_of("command")
    measured = begin(race, [command], tmp_path / "none.json")
    assert each_of(race, [command], measured, 2, How.MEASURED), measured["failed"]
    told = race.run(command, settings_of("98", command, 2), How.MEASURED)
    assert told["written"] == told["ended"] > 0
    with (tmp_path / "readings.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert int(row["errors"]) == round(10_000 * (1 - told["accuracy"]))


@pytest.mark.parametrize("name", [each.name for each in FIELD])
@pytest.mark.parametrize("target", TARGETS)
def test_each_contestant_has_settings_for_each_target(target, name):
    contestant = contestant_of(f"{name}@1")
    settings = settings_of(target, contestant, 7)
    assert (settings["seed"], settings["validation_fraction"], settings["threads"]) == (7, 0, 1)
    assert json.loads(json.dumps(settings))["hidden_layer_sizes"]
    assert contestant.environment("somewhere")["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize("averaging", [0.0, 0.3])
@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_peers_have_the_learning_rates_and_averages_of_ours(schedule, averaging):
    settings = Settings(schedule=schedule, averaging=averaging, warmup=0.5, epochs=4)
    steps = 10
    ours = build_schedule(settings, steps)
    rates = job.rates(settings.as_dict(), steps)
    assert rates.shape == (4, steps)
    assert rates.ravel() == pytest.approx([ours(step) for step in range(4 * steps)], rel=1e-12)
    averaged = Averaged(SGD(0.0), steps_before_averaging(settings, steps))
    theta, mean = np.zeros(1), 0.0
    for share in job.shares(settings.as_dict(), steps).ravel():
        averaged.step(theta, np.full(1, -1.0), 1.0)  # θ grows by 1 in each step
        mean += share * (theta[0] - mean)
    assert mean == pytest.approx(0.0 if averaged.mean is None else averaged.mean[0])


def test_a_summary_has_the_ratio_of_the_same_round():
    found = summary(results()["rounds"], "pytorch", 0.98)
    assert isinstance(found, Summary)
    assert found.ratio == pytest.approx(2.0)  # of 1.5 and 2.5
