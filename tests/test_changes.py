"""Changes: what of a training becomes another one while it is under way, and from when on."""

import math
from dataclasses import fields, replace
from itertools import islice, pairwise

import numpy as np
import pytest

from digitnet.data import hold_out
from digitnet.nn import Dropout, Epoch, Step
from digitnet.training.changes import AT_ONCE, LIVE, WITH_THE_NEXT_EPOCH, change, renew
from digitnet.training.learning import learn
from digitnet.training.settings import Settings, SettingsError
from digitnet.training.underway import Learning
from tests.playground import N_TRAIN, small_data

SETTINGS = Settings(
    hidden_layer_sizes=(12,), epochs=4, batch_size=60, schedule="constant", learning_rate=0.1
)
STEPS = 9
VALUES = {
    "learning_rate": 0.02,
    "momentum": 0.5,
    "dropout": 0.4,
    "weight_decay": 0.01,
    "batch_size": 30,
    "rotation": 15.0,
    "scale": 10.0,
    "shear": 10.0,
    "shift": 2.0,
    "elastic": 1.0,
    "stroke": 0.3,
    "epochs": 6,
}
SCHEDULES = {
    "constant": {"schedule": "constant"},
    "step": {"schedule": "step", "decay_every": 1.5, "decay_factor": 0.5},
    "cosine": {"schedule": "cosine"},
    "warm-up": {"schedule": "cosine", "warmup": 2.5},
}


@pytest.fixture(scope="module")
def parts():
    return hold_out(small_data().train, 0.1, 0)


def underway(parts, settings=SETTINGS):
    learning = Learning(settings, *parts, tuple("0123456789"), changeable=True)
    learning.going_on = learning.records()
    return learning


def go(learning, n_records=None):
    """The next records, or all that are left; they are noted as a training does."""
    records = list(islice(learning.going_on, n_records))
    for record in records:
        learning.state.note(record)
    return records


def renewed(learning):
    renew(learning)
    learning.going_on = learning.records()


def rates(records):
    return [record.learning_rate for record in records if isinstance(record, Step)]


def steps_per_epoch(records):
    return [
        sum(isinstance(record, Step) and record.epoch == epoch for record in records)
        for epoch in sorted({record.epoch for record in records})
    ]


class TestWhatCanBeChanged:
    def test_the_lists_name_settings_and_the_test_looks_at_each(self):
        assert set(LIVE) == set(VALUES) <= {each.name for each in fields(Settings)}

    @pytest.mark.parametrize("name", LIVE)
    def test_it_says_whether_it_counts_at_once(self, name, parts):
        learning = underway(parts)
        go(learning, 2)
        assert change(learning, name, VALUES[name]) == (name in AT_ONCE)
        assert getattr(learning.settings, name) == VALUES[name]

    @pytest.mark.parametrize("name", AT_ONCE)
    def test_at_once_is_with_the_next_step(self, name, parts):
        changed, other = underway(parts), underway(parts)
        for learning in (changed, other):
            go(learning, 3)
        change(changed, name, VALUES[name])
        assert np.array_equal(changed.network.params, other.network.params)
        for learning in (changed, other):
            go(learning, 1)
        assert not np.array_equal(changed.network.params, other.network.params)

    @pytest.mark.parametrize("name", [n for n in WITH_THE_NEXT_EPOCH if n != "epochs"])
    def test_the_batches_of_an_epoch_stay_what_they_are(self, name, parts):
        changed, other = underway(parts), underway(parts)
        for learning in (changed, other):
            go(learning, 3)
        change(changed, name, VALUES[name])
        for learning in (changed, other):
            go(learning, STEPS - 2)  # to the end of the epoch
        assert np.array_equal(changed.network.params, other.network.params)
        renewed(changed)
        for learning in (changed, other):
            go(learning, 1)
        assert not np.array_equal(changed.network.params, other.network.params)

    @pytest.mark.parametrize("name", AT_ONCE)
    def test_before_the_first_step_it_is_as_though_it_had_been_so_from_the_start(self, name, parts):
        learning = underway(parts)
        change(learning, name, VALUES[name])
        go(learning)
        expected = learn(replace(SETTINGS, **{name: VALUES[name]}), *parts, tuple("0123456789"))
        assert np.array_equal(learning.network.params, expected.network.params)

    def test_nothing_changes_a_training_whose_settings_become_what_they_are(self, parts):
        learning = underway(parts)
        for record in learning.going_on:
            learning.state.note(record)
            if isinstance(record, Step) and record.step == 12:
                for name in LIVE:
                    change(learning, name, getattr(SETTINGS, name))
            if isinstance(record, Epoch) and record.epoch == 2:
                break
        renewed(learning)
        go(learning)
        expected = learn(SETTINGS, *parts, tuple("0123456789"))
        assert np.array_equal(learning.network.params, expected.network.params)


class TestRates:
    def test_another_learning_rate_is_that_of_the_next_step(self, parts):
        learning = underway(parts)
        go(learning, 4)
        change(learning, "learning_rate", 0.03)
        assert rates(go(learning, 3)) == [0.03] * 3

    def test_none_is_what_the_optimizer_has(self, parts):
        learning = underway(parts)
        go(learning, 1)
        change(learning, "learning_rate", None)
        assert rates(go(learning, 1)) == [0.1]

    @pytest.mark.parametrize("kind", SCHEDULES)
    def test_a_learning_rate_scales_what_is_left_of_the_schedule(self, kind, parts):
        settings = replace(SETTINGS, **SCHEDULES[kind])
        learning = underway(parts, settings)
        go(learning, 5)
        change(learning, "learning_rate", 0.05)
        expected = rates(go(underway(parts, settings)))[5:]
        assert np.allclose(rates(go(learning)), np.multiply(expected, 0.5))

    @pytest.mark.parametrize("batch_size", [20, 120, 77])
    @pytest.mark.parametrize("kind", SCHEDULES)
    def test_other_batches_leave_each_epoch_its_rates(self, kind, batch_size, parts):
        settings = replace(SETTINGS, **SCHEDULES[kind])
        learning = underway(parts, settings)
        go(learning, 2 * (STEPS + 1))
        change(learning, "batch_size", batch_size)
        renewed(learning)
        records = go(learning)
        expected = go(underway(parts, replace(settings, batch_size=batch_size)))
        assert rates(records) == rates(each for each in expected if each.epoch > 2)

    @pytest.mark.parametrize("kind", SCHEDULES)
    def test_more_epochs_have_the_rates_of_a_training_of_so_many(self, kind, parts):
        settings = replace(SETTINGS, **SCHEDULES[kind])
        learning = underway(parts, settings)
        go(learning, STEPS + 1)
        change(learning, "epochs", 6)
        renewed(learning)
        expected = go(underway(parts, replace(settings, epochs=6)))
        assert rates(go(learning)) == rates(each for each in expected if each.epoch > 1)

    @pytest.mark.parametrize("name", ["batch_size", "epochs", "shift"])
    def test_a_cosine_ends_at_its_end(self, name, parts):
        learning = underway(parts, replace(SETTINGS, schedule="cosine"))
        go(learning, STEPS + 1)
        change(learning, name, VALUES[name])
        renewed(learning)
        found = rates(go(learning))
        assert all(later < earlier for earlier, later in pairwise(found))
        assert learning.schedule(learning.state.progress.step) == pytest.approx(0, abs=1e-12)
        assert learning.schedule(learning.state.progress.step - 2) > 1e-5

    def test_changes_follow_each_other(self, parts):
        learning = underway(parts, replace(SETTINGS, schedule="cosine", epochs=6))
        go(learning, STEPS + 1)
        change(learning, "batch_size", 30)
        renewed(learning)
        go(learning, 2 * STEPS + 1)
        change(learning, "batch_size", 60)
        change(learning, "learning_rate", 0.2)
        renewed(learning)
        settings = replace(SETTINGS, schedule="cosine", epochs=6, learning_rate=0.2)
        expected = go(underway(parts, settings))
        assert rates(go(learning)) == rates(each for each in expected if each.epoch > 2)


class TestLength:
    def test_other_batches_make_more_steps_or_fewer(self, parts):
        learning = underway(parts)
        records = go(learning, STEPS + 1)
        change(learning, "batch_size", 30)
        renewed(learning)
        assert steps_per_epoch([*records, *go(learning)]) == [9, 18, 18, 18]

    @pytest.mark.parametrize("epochs", [2, 3, 7])
    def test_epochs_can_become_more_or_fewer(self, epochs, parts):
        learning = underway(parts)
        go(learning, STEPS + 1)
        change(learning, "epochs", epochs)
        renewed(learning)
        go(learning)
        assert len(learning.state.history) == epochs

    def test_as_many_as_are_over_end_it(self, parts):
        learning = underway(parts)
        go(learning, 2 * (STEPS + 1))
        change(learning, "epochs", 2)
        renewed(learning)
        assert go(learning) == []

    def test_fewer_than_are_over_are_refused(self, parts):
        learning = underway(parts)
        go(learning, 2 * (STEPS + 1))
        with pytest.raises(SettingsError, match="at least the 2 epochs that are over, got 1"):
            change(learning, "epochs", 1)
        assert learning.settings == SETTINGS

    @pytest.mark.parametrize("name", ["epochs", "batch_size"])
    def test_averaging_counts_steps_and_so_their_number_stays(self, name, parts):
        learning = underway(parts, replace(SETTINGS, averaging=0.5))
        with pytest.raises(SettingsError, match="averaging"):
            change(learning, name, VALUES[name])

    def test_an_averaged_training_learns_on_with_other_momentum(self, parts):
        learning = underway(parts, replace(SETTINGS, averaging=0.5))
        go(learning, 3)
        change(learning, "momentum", 0.2)
        assert learning.optimizer.optimizer.momentum == 0.2
        assert math.isfinite(go(learning)[-1].train_loss)


class TestInTheNetwork:
    def test_dropout_is_that_of_its_layers(self, parts):
        learning = underway(parts, replace(SETTINGS, hidden_layer_sizes=(12, 8)))
        go(learning, 2)
        change(learning, "dropout", 0.25)
        layers = [each for each in learning.network.layers if isinstance(each, Dropout)]
        assert [layer.rate for layer in layers] == [0.25, 0.25]
        change(learning, "dropout", 0.0)
        assert [layer.rate for layer in layers] == [0.0, 0.0]

    def test_a_network_that_can_be_changed_learns_as_one_that_cannot(self, parts):
        learning = underway(parts)
        go(learning)
        expected = learn(SETTINGS, *parts, tuple("0123456789"))
        assert np.array_equal(learning.network.params, expected.network.params)

    @pytest.mark.parametrize("name", ["rotation", "scale", "shear", "shift", "elastic", "stroke"])
    def test_distortions_are_seen_in_the_batches(self, name, parts):
        learning = underway(parts)
        plain = np.concatenate([x.copy() for x, _ in learning.batches.epoch(2)])
        go(learning, STEPS + 1)
        change(learning, name, VALUES[name])
        renewed(learning)
        distorted = np.concatenate([x.copy() for x, _ in learning.batches.epoch(2)])
        assert distorted.shape == plain.shape == (N_TRAIN * 9 // 10, 784)
        assert not np.array_equal(distorted, plain)


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        "name", [each.name for each in fields(Settings) if each.name not in LIVE] + ["", "nothing"]
    )
    def test_other_settings_are_refused_by_name(self, name, parts):
        learning = underway(parts)
        with pytest.raises(SettingsError, match="to change while it learns") as caught:
            change(learning, name, 1)
        assert caught.value.setting == name
        assert learning.settings == SETTINGS

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("learning_rate", 0.0),
            ("learning_rate", math.nan),
            ("learning_rate", math.inf),
            ("learning_rate", "0.1"),
            ("learning_rate", True),
            ("momentum", 1.0),
            ("dropout", 1.0),
            ("dropout", (0.1,)),
            ("weight_decay", -1e-9),
            ("weight_decay", None),
            ("batch_size", 0),
            ("batch_size", 2.0),
            ("epochs", 0),
            ("epochs", 10**9),
            ("rotation", 181),
        ],
    )
    def test_values_out_of_range_are_refused_and_nothing_changes(self, name, value, parts):
        learning, other = underway(parts), underway(parts)
        with pytest.raises(SettingsError, match=f"{name}: expected"):
            change(learning, name, value)
        assert learning.settings == SETTINGS
        for each in (learning, other):
            go(each, 2)
        assert np.array_equal(learning.network.params, other.network.params)

    def test_settings_that_do_not_go_together_are_refused(self, parts):
        nesterov = underway(parts, replace(SETTINGS, nesterov=True))
        with pytest.raises(SettingsError, match="nesterov: expected a momentum above 0"):
            change(nesterov, "momentum", 0.0)
        assert nesterov.optimizer.momentum == 0.9
        normalised = underway(parts, replace(SETTINGS, batch_norm=True))
        with pytest.raises(SettingsError, match="batch_norm: expected at least 2 images"):
            change(normalised, "batch_size", 1)
