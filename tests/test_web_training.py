"""A visit that trains: it learns what `digitnet train` learns, however it is cut in time."""

import gc
import math
import re
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import digitnet
from digitnet.data import Examples
from digitnet.nn import Dropout
from digitnet.training.diagnosis import Diagnosis
from digitnet.training.job import run_job
from digitnet.training.learning import learn
from digitnet.training.plan import Plan
from digitnet.training.settings import Settings
from digitnet.web.curve import MOST_CHANGES
from digitnet.web.limits import Limits
from digitnet.web.material import Shared
from digitnet.web.offered import settings_of
from digitnet.web.visit import Visit
from digitnet.web.warning import LABELS, about_learning, about_units
from tests.playground import (
    SMALL,
    STEPS,
    ask,
    last,
    learned,
    named,
    refusal,
    small_data,
    to_the_end,
    visiting,
)

KINDS = {
    "as it is": {},
    "distorted": {"rotation": 10.0, "shift": 1.0, "elastic": 1.0, "fade": 0.5},
    "dropout": {"dropout": 0.3},
    "batch norm": {"batch_norm": True, "hidden_layer_sizes": [12, 8]},
    "averaging": {"averaging": 0.5},
    "early stopping": {"early_stopping": 1, "learning_rate": 0.5, "epochs": 20},
    "mixup": {"mixup": 0.3},
    "adversarial": {"adversarial": 0.5},
    "adam": {"optimizer": "adam", "schedule": "step", "decay_every": 1.0, "warmup": 0.5},
    "no hold-out": {"validation_fraction": 0.0},
    "no hidden layer": {"hidden_layer_sizes": []},
}


def saved(visit, tmp_path):
    """The model that the visit gives as a file, loaded again."""
    (event,) = ask(visit, "save")
    path = tmp_path / event.fields["name"]
    path.write_bytes(event.arrays["file"].tobytes())
    return digitnet.load(path)


def by_the_job(data, settings, tmp_path):
    plan = Plan(settings_of(settings), [tmp_path / "run"])
    return run_job(plan, data)


@pytest.fixture(autouse=True)
def figures_take_no_time(monkeypatch):
    monkeypatch.setattr("digitnet.training.job.as_png", lambda _: b"drawn")


def told(events):
    """The epochs as events have them, without how long they took."""
    return [
        {name: value for name, value in each.fields.items() if name not in ("seconds", "step")}
        for each in named(events, "epoch")
    ]


def recorded(history):
    rows = [record._asdict() for record in history]
    return [{name: row[name] for name in row if name != "seconds"} for row in rows]


def same(rows, others):
    return np.array_equal(
        [list(row.values()) for row in rows], [list(row.values()) for row in others], equal_nan=True
    )


class TestWhatIsLearned:
    @pytest.mark.parametrize("kind", KINDS)
    def test_it_is_bit_for_bit_what_the_job_learns(self, kind, data, tmp_path):
        settings = SMALL | KINDS[kind]
        outcome = by_the_job(data, settings, tmp_path)
        visit = visiting(data, settings)
        events = learned(visit)
        model = saved(visit, tmp_path)
        assert np.array_equal(model.network.params, outcome.model.network.params)
        assert same(told(events), recorded(outcome.history))
        assert model.config == digitnet.load(outcome.kept.folder / "model.npz").config

    @pytest.mark.parametrize("milliseconds", [0.0, 1.0, 7.0])
    def test_it_does_not_depend_on_how_long_it_learns_at_a_time(self, milliseconds, data, tmp_path):
        settings = SMALL | {"dropout": 0.2, "shift": 1.0}
        whole, cut = visiting(data, settings), visiting(data, settings)
        learned(whole)
        ask(cut, "start", until="end")
        to_the_end(cut, milliseconds)
        models = [saved(visit, tmp_path) for visit in (whole, cut)]
        assert np.array_equal(*(model.network.params for model in models))

    def test_it_does_not_depend_on_pauses_steps_and_what_is_looked_at(self, data, tmp_path):
        whole, paused = (visiting(data, SMALL | {"dropout": 0.2}) for _ in range(2))
        learned(whole)
        for until in ("step", "step", "epoch"):
            learned(paused, until)
            ask(paused, "watch", tab="draw")
            ask(paused, "hello")
            ask(paused, "watch", tab="train")
        ask(paused, "start", until="end")
        paused.work(0)
        ask(paused, "pause")
        ask(paused, "save")
        assert not paused.busy
        learned(paused)
        models = [saved(visit, tmp_path) for visit in (whole, paused)]
        assert np.array_equal(*(model.network.params for model in models))

    def test_two_visits_to_the_same_images_do_not_disturb_each_other(self, data, tmp_path):
        alone = visiting(data)
        learned(alone)
        one = visiting(data)
        other = type(one)(one._shared)
        ask(other, "configure", settings=SMALL | {"batch_size": 32, "seed": 3})
        for visit in (one, other):
            ask(visit, "start", until="end")
        while one.busy or other.busy:
            one.work(0)
            other.work(0)
        assert np.array_equal(
            saved(one, tmp_path).network.params, saved(alone, tmp_path).network.params
        )


class TestInTime:
    def test_one_step_is_one_step(self, data):
        visit = visiting(data)
        events = learned(visit, "step")
        standing = last(events, "training").fields
        assert (standing["status"], standing["step"], standing["steps"]) == ("paused", 1, STEPS)
        assert last(events, "progress").arrays["steps"].tolist() == [1]

    def test_one_epoch_ends_with_the_epoch_that_is_under_way(self, data):
        visit = visiting(data)
        learned(visit, "step")
        standing = last(learned(visit, "epoch"), "training").fields
        assert (standing["status"], standing["step"], standing["epoch"]) == ("paused", STEPS, 2)

    def test_the_last_epoch_alone_ends_the_training_too(self, data):
        visit = visiting(data)
        states = [last(learned(visit, "epoch"), "training").fields["status"] for _ in range(3)]
        assert states == ["paused", "paused", "finished"]
        assert last(ask(visit, "hello"), "training").fields["over"]
        events = ask(visit, "change", setting="epochs", value=4)
        assert not last(events, "training").fields["over"]

    def test_the_last_step_alone_leaves_the_epoch_to_the_next(self, data):
        visit = visiting(data, SMALL | {"epochs": 1})
        states = [last(learned(visit, "step"), "training").fields["status"] for _ in range(STEPS)]
        assert states == ["paused"] * STEPS
        events = learned(visit, "step")
        assert len(named(events, "epoch")) == 1
        assert last(events, "training").fields["status"] == "finished"

    def test_a_pause_counts_at_once(self, data):
        visit = visiting(data)
        ask(visit, "start", until="end")
        visit.work(0)
        events = ask(visit, "pause")
        assert last(events, "training").fields["status"] == "paused"
        assert not any(event.arrays["steps"].size for event in named(visit.work(50), "progress"))
        assert last(ask(visit, "hello"), "training").fields["step"] == 1

    def test_what_has_ended_does_not_begin_again_by_itself(self, data):
        visit = visiting(data)
        learned(visit)
        assert "has ended" in refusal(visit, "start", until="end").fields["message"]
        assert not visit.busy

    def test_what_was_stopped_early_has_ended_too(self, data):
        visit = visiting(data, SMALL | KINDS["early stopping"])
        events = learned(visit)
        assert "stopped early" in last(events, "training").fields["message"]
        assert len(named(events, "epoch")) < 20
        assert "has ended" in refusal(visit, "start", until="end").fields["message"]

    def test_more_epochs_let_what_has_ended_go_on(self, data, tmp_path):
        settings = SMALL | {"schedule": "constant", "batch_norm": True}
        visit, whole = visiting(data, settings | {"epochs": 1}), visiting(data, settings)
        learned(visit)
        assert last(ask(visit, "change", setting="epochs", value=3), "changed").fields["value"] == 3
        learned(visit, "step")
        learned(whole, "epoch")
        learned(whole, "step")
        middle = [saved(each, tmp_path).network.params for each in (visit, whole)]
        assert np.array_equal(*middle)
        learned(visit)
        learned(whole)
        params = [saved(each, tmp_path).network.params for each in (visit, whole)]
        assert np.array_equal(*params)

    def test_progress_tells_every_step_once(self, data):
        visit = visiting(data)
        ask(visit, "start", until="end")
        events = to_the_end(visit, 0)
        steps = np.concatenate([each.arrays["steps"] for each in named(events, "progress")])
        assert steps.tolist() == list(range(1, 3 * STEPS + 1))

    def test_without_anybody_who_looks_there_are_no_pictures(self, data):
        visit = visiting(data)
        ask(visit, "watch", tab="draw")
        assert {each.name for each in learned(visit)} <= {
            "training", "epoch", "progress", "model", "weights", "warning",
        }  # fmt: skip
        names = {each.name for each in ask(visit, "watch", tab="train")}
        assert names == {"weights", "layers", "confusion"}


class TestAgain:
    def test_a_page_that_comes_later_gets_the_whole_curve(self, data):
        visit = visiting(data)
        ask(visit, "start", until="end")
        for _ in range(STEPS + 3):
            visit.work(0)
        ask(visit, "change", setting="dropout", value=0.5)
        events = ask(visit, "hello")
        curve = last(events, "curve").arrays
        step = last(events, "training").fields["step"]
        assert step == STEPS + 2
        assert curve["steps"].tolist() == list(range(1, step + 1))
        assert len(named(events, "epoch")) == 1
        assert last(events, "changed").fields["setting"] == "dropout"

    def test_what_the_curve_has_told_is_not_told_again(self, data):
        visit = visiting(data)
        ask(visit, "start", until="end")
        for _ in range(5):
            visit.work(0)
        curve = last(ask(visit, "hello"), "curve").arrays["steps"].tolist()
        after = [each.arrays["steps"] for each in named(to_the_end(visit), "progress")]
        assert curve == [1, 2, 3, 4, 5]
        assert np.concatenate(after).tolist() == list(range(6, 3 * STEPS + 1))

    def test_a_long_curve_is_thinned_out(self, data, monkeypatch):
        monkeypatch.setattr("digitnet.web.curve.MOST_POINTS", 14)
        monkeypatch.setattr("digitnet.web.curve.FIRST_POINTS", 4)
        visit = visiting(data)
        learned(visit)
        steps = last(ask(visit, "hello"), "curve").arrays["steps"].tolist()
        assert 9 <= len(steps) <= 14
        assert steps[:4] == [1, 2, 3, 4]
        assert len(set(np.diff(steps[4:]))) == 1

    def test_a_slider_that_was_dragged_is_one_change(self, data):
        visit = visiting(data)
        learned(visit, "step")
        for rate in (0.3, 0.2, 0.1, 0.05):
            ask(visit, "change", setting="learning_rate", value=rate)
        (event,) = named(ask(visit, "hello"), "changed")
        assert (event.fields["before"], event.fields["value"]) == (0.1, 0.05)

    def test_of_many_changes_the_latest_are_remembered(self, data):
        visit = visiting(data)
        learned(visit, "epoch")
        for n in range(300):
            setting = ("learning_rate", "dropout")[n % 2]
            ask(visit, "change", setting=setting, value=(n + 1) / 1000)
        events = ask(visit, "hello")
        told = [event.fields["value"] for event in named(events, "changed")]
        assert told == [(n + 1) / 1000 for n in range(300 - MOST_CHANGES, 300)]
        assert len(named(events, "epoch")) == 1

    def test_forgetting_leaves_nothing(self, data):
        fresh = visiting(data, None)
        visit = visiting(data)
        learned(visit)
        ask(visit, "use", model="trained")
        events = [visit.do("forget", {}, {}), fresh.do("hello", {}, {})]
        for mine, its in zip(*events, strict=True):
            assert mine.name == its.name
            assert mine.fields == its.fields
            assert {k: v.tolist() for k, v in mine.arrays.items()} == {
                k: v.tolist() for k, v in its.arrays.items()
            }
        assert "nothing has been learned" in refusal(visit, "save").fields["message"]

    def test_other_settings_begin_anew(self, data):
        visit = visiting(data)
        learned(visit)
        ask(visit, "use", model="trained")
        events = ask(visit, "configure", recipe="quick", settings={"epochs": 2})
        standing, model = last(events, "training").fields, last(events, "model").fields
        assert (standing["status"], standing["step"]) == ("ready", 0)
        assert standing["settings"]["epochs"] == 2
        assert standing["sizes"] == [784, 800, 10]
        assert (model["which"], model["available"]) == ("shipped", ["shipped"])
        assert not last(ask(visit, "hello"), "curve").arrays["steps"].size


class TestWarnings:
    """What was seen is true of this training, and what is offered would help it."""

    def warned(self, data, until="end", **settings):
        visit = visiting(data, SMALL | settings)
        return [each.fields for each in named(learned(visit, until), "warning")]

    def helps(self, data, warning, **settings):
        """Whether a training that begins with what was offered first learns without a warning."""
        offer = warning["offers"][0]
        return not self.warned(data, **settings | {offer["setting"]: offer["value"]})

    def test_weights_that_begin_alike_are_told_as_such(self, data):
        settings = {"initializer": "zeros"}
        warning = self.warned(data, "step", **settings)[0]
        n = SMALL["hidden_layer_sizes"][0]
        same = f"All {n} units of hidden layer 1 have the same weights: {n} of them do nothing."
        assert warning["what"] == same
        assert warning["restart"]
        (offer,) = warning["offers"]
        sentence = "Start again with first weights zeros → fitting the activation"
        assert (offer["setting"], offer["value"], offer["sentence"]) == (
            "initializer",
            None,
            sentence,
        )
        assert self.helps(data, warning, **settings)

    def test_units_that_begin_alike_and_answer_are_told_too(self, data):
        settings = {"initializer": "zeros", "activation": ["sigmoid"]}
        warning = self.warned(data, "step", **settings)[0]
        assert "have the same weights, and say the same of an image" in warning["what"]
        assert [offer["setting"] for offer in warning["offers"]] == ["initializer"]
        assert self.helps(data, warning, activation=["sigmoid"])

    def test_units_that_died_are_told_to_need_a_new_start(self, data):
        warnings = self.warned(data, learning_rate=4.0)
        (warning,) = [each for each in warnings if each["what"].startswith("Units died")]
        sentences = [offer["sentence"] for offer in warning["offers"]]
        assert sentences[0] == "Start again with learning rate 4 → 0.1"
        assert "Start again with activation ReLU → leaky ReLU" in sentences
        assert warning["restart"]
        assert self.helps(data, warning)

    def test_first_weights_that_saturate_are_told_as_such(self):
        layer = {"units": 16, "dead": 0.0, "saturated": 0.9, "at_first": 0.8, "alike": False}
        settings = Settings(initializer="unit", activation=("tanh",))
        (warning,) = about_units(1, layer, settings)
        assert warning.fields["what"].startswith("Saturated from the start: 14 of 16")
        assert warning.fields["offers"][0]["setting"] == "initializer"

    def test_where_no_setting_helps_the_warning_says_so(self):
        diagnosis = Diagnosis(0.1, 0.1, True, ("all images are the same",), (("", "other images"),))
        (warning,) = about_learning(diagnosis, [], Settings())
        assert warning.fields["offers"] == []
        assert "No setting mends this" in warning.fields["why"]

    def test_a_page_that_comes_later_is_told_the_last_warning(self, data):
        visit = visiting(data, SMALL | {"initializer": "zeros"})
        told = named(learned(visit, "step"), "warning")
        assert [each.fields for each in named(ask(visit, "hello"), "warning")] == [told[-1].fields]
        ask(visit, "configure", settings=SMALL)
        assert named(ask(visit, "hello"), "warning") == []

    def test_settings_are_called_what_the_page_calls_them(self):
        helps = Path("digitnet/web/static/helps.js").read_text(encoding="utf-8")
        shown = dict(re.findall(r"(\w+): {\s*label: t`([^`]+)`", helps))
        assert {name: shown[name][0].lower() + shown[name][1:] for name in LABELS} == LABELS

    def test_what_was_learned_and_lost_is_told_as_such(self, data):
        visit = visiting(data, SMALL | {"schedule": "constant", "epochs": 20})
        for _ in range(8):
            learned(visit, "epoch")
        ask(visit, "change", setting="learning_rate", value=1.5)
        warnings = [each.fields for each in named(learned(visit, "epoch"), "warning")]
        (lost,) = [each for each in warnings if "It had learned and has lost it" in each["what"]]
        assert ", after epoch 9 it reads " in lost["what"]
        assert lost["offers"][0]["sentence"] == "Start again with learning rate 1.5 → 0.1"
        assert lost["offers"][0]["before"] == 1.5
        assert not any("learned nothing" in each["what"] for each in warnings)

    @pytest.mark.parametrize("n_epochs", [0, 1])
    def test_divergence_is_told_in_plain_words(self, n_epochs, data):
        visit = visiting(data, SMALL | {"learning_rate": 0.1, "schedule": "constant"})
        for _ in range(n_epochs):
            learned(visit, "epoch")
        if n_epochs:
            ask(visit, "change", setting="learning_rate", value=1e6)
        else:
            visit = visiting(data, SMALL | {"learning_rate": 1e6})
        events = learned(visit)
        warning = last(events, "warning").fields
        assert warning["what"].startswith(f"The training diverged in epoch {n_epochs + 1}: its ")
        assert "e+" not in warning["what"] + last(events, "training").fields["message"]
        back = "What was learned in the last whole epoch is back."
        assert warning["why"].endswith(back if n_epochs else "The first weights are back.")


class TestLimits:
    @pytest.mark.parametrize(
        ("settings", "setting", "message"),
        [
            ({"hidden_layer_sizes": [4, 4, 4]}, "hidden_layer_sizes", "at most 2 hidden layers"),
            ({"hidden_layer_sizes": [129]}, "hidden_layer_sizes", "at most 128 units"),
            ({"hidden_layer_sizes": [128, 128]}, "hidden_layer_sizes", "at most 110000 weights"),
            ({"epochs": 21}, "epochs", "at most 20 epochs"),
        ],
    )
    def test_beyond_them_is_refused_and_nothing_changes(self, settings, setting, message, data):
        visit = visiting(data, limits=Limits(weights=110_000, layers=2, width=128, epochs=20))
        before = last(ask(visit, "hello"), "training").fields
        error = refusal(visit, "configure", settings=settings).fields
        assert message in error["message"]
        assert error["setting"] == setting
        assert last(ask(visit, "hello"), "training").fields == before

    def test_they_hold_for_changes_as_well(self, data):
        visit = visiting(data, limits=Limits(epochs=20))
        learned(visit, "step")
        error = refusal(visit, "change", setting="epochs", value=21)
        assert "at most 20 epochs" in error.fields["message"]

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"threads": 64}, "expected settings by name, got threads"),
            ({"layers": 3}, "expected settings by name, got layers"),
            ({"learning_rate": math.nan}, "learning_rate: expected a finite number"),
            ({"epochs": True}, "epochs: expected a whole number"),
            ({"hidden_layer_sizes": [10**30]}, "hidden_layer_sizes: expected whole numbers"),
            ({"hidden_layer_sizes": [1] * 200}, "at most 8 hidden layers"),
            ({"activation": ["relu", "tanh"]}, "activation: expected one name"),
            ({"activation": []}, "activation: expected names"),
            ({"seed": -1}, "seed: expected"),
            ({"x" * 5000: 1}, "expected settings by name, got x"),
        ],
    )
    def test_settings_that_cannot_be_cost_a_sentence(self, settings, message, data):
        error = refusal(visiting(data), "configure", settings=settings)
        assert message in error.fields["message"]
        assert len(error.fields["message"]) < 1000

    def test_a_recipe_that_there_is_not_is_refused(self, data):
        error = refusal(visiting(data), "configure", recipe="best ever", settings={})
        assert "expected a recipe among default, sprint98" in error.fields["message"]

    def test_too_few_images_of_a_class_are_told_when_it_starts(self, data):
        visit = visiting(data, SMALL | {"validation_fraction": 0.001})
        assert "too few images" in refusal(visit, "start", until="end").fields["message"]
        assert not visit.busy
        assert last(ask(visit, "hello"), "training").fields["status"] == "ready"

    def test_memory_that_runs_out_pauses_the_training(self, data, monkeypatch, tmp_path):
        visit, whole = visiting(data), visiting(data)
        ask(visit, "start", until="end")
        visit.work(0)

        def fail(*_):
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr("digitnet.data.batches.Batches._inputs", fail)
            events = to_the_end(visit)
        assert "not enough memory" in last(events, "error").fields["message"]
        assert last(events, "training").fields["status"] == "paused"
        learned(visit)
        learned(whole)
        params = [saved(each, tmp_path).network.params for each in (visit, whole)]
        assert np.array_equal(*params)


class TestTheFile:
    @pytest.mark.parametrize("kind", ["as it is", "dropout", "batch norm", "no hidden layer"])
    def test_it_is_a_model_that_predicts_alike(self, kind, data, tmp_path):
        visit = visiting(data, SMALL | KINDS[kind])
        learned(visit, "epoch")
        ask(visit, "use", model="trained")
        model = saved(visit, tmp_path)
        inside = visit._trainer.model
        assert np.allclose(
            model.predict_proba(data.test.images),
            inside.predict_proba(data.test.images),
            rtol=1e-4,
            atol=1e-6,
        )
        assert not any(isinstance(layer, Dropout) and layer.rate for layer in model.network.layers)
        assert model.config["epochs"] == 3

    def test_it_can_be_loaded_again_and_answers(self, data, tmp_path):
        visit = visiting(data)
        learned(visit)
        (event,) = ask(visit, "save")
        fresh = visiting(data)
        (about,) = ask(fresh, "load", arrays=event.arrays)
        assert about.fields["which"] == "loaded"
        assert about.fields["sizes"] == [784, 16, 10]
        assert about.fields["available"] == ["shipped", "loaded"]

    @pytest.mark.parametrize("damage", ["cut", "turned round", "zeroed"])
    def test_a_file_that_is_no_model_costs_a_sentence(self, damage, data):
        visit = visiting(data)
        learned(visit, "step")
        whole = last(ask(visit, "save"), "file").arrays["file"]
        file = {"cut": whole[:100], "turned round": whole[::-1], "zeroed": 0 * whole}[damage]
        message = refusal(visit, "load", arrays={"file": file}).fields["message"]
        assert "this file" in message
        assert "/" not in message
        assert last(ask(visit, "hello"), "model").fields["which"] == "shipped"

    def test_a_model_of_other_images_is_refused(self, data, tmp_path):
        images = np.random.default_rng(0).integers(0, 255, (60, 8, 8)).astype(np.uint8)
        examples = Examples(images, np.arange(60) % 10)
        settings = Settings(hidden_layer_sizes=(4,), epochs=1)
        learn(settings, examples, None, data.classes).model.save(tmp_path / "model.npz")
        file = np.fromfile(tmp_path / "model.npz", np.uint8)
        error = refusal(visiting(data), "load", arrays={"file": file})
        assert "expected a model of 28x28 images" in error.fields["message"]


def test_settings_are_those_of_the_command_line(data):
    """With the learning rate as it is used, and lists where Python has tuples."""
    visit = visiting(data)
    settings = last(ask(visit, "hello"), "training").fields["settings"]
    expected = replace(settings_of(SMALL), threads=settings["threads"]).as_dict()
    assert settings == expected


def test_nothing_holds_on_to_a_training_that_was_reset():
    visit = Visit(Shared(small_data()))
    visit.do("start", {"until": "epoch"}, {})
    while visit.busy:
        visit.work(50)
    network = weakref.ref(visit._trainer.learning.network)
    visit.do("configure", {"settings": {}}, {})
    gc.collect()
    assert network() is None
