"""Settings: one table, from which checks, sentences, parameters and the page of options follow."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitnet import DigitClassifier, DigitnetError
from digitnet.nn.activations import ACTIVATIONS
from digitnet.training.idle import idle
from digitnet.training.kinds import LARGEST, Name, Names, Number, Whole, Wholes, YesNo
from digitnet.training.learning import learn
from digitnet.training.options import option_of
from digitnet.training.settings import Settings, SettingsError, parse


class TestKinds:
    @pytest.mark.parametrize(
        ("kind", "expected", "inside", "outside"),
        [
            (Whole(1, 9), "a whole number from 1 to 9", (1, 9), (0, 10, 1.0, True, "1")),
            (Number(0, 180), "a number from 0 to 180", (0, 0.5, 180), (-1e-9, 180.1, True)),
            (Number(0, 1, below=True), "a number from 0 up to, but not including, 1", (0,), (1,)),
            (Number(0, 9, above=True), "a number above 0, up to 9", (1e-300, 9), (0, 9.1)),
            (Number(0, 1, above=True), "a number above 0, at most 1", (1,), (0,)),
            (Number(0, LARGEST, above=True), "a finite number above 0", (LARGEST,), (np.inf,)),
            (YesNo(), "true or false", (True, False), (0, 1, "true")),
            (Name(("a", "b")), "one of a, b", ("a",), ("c", ("a",), 0)),
            (Names(("a", "b")), "names among a, b, separated by commas", (("b",),), ("b", ())),
            (
                Wholes(1, 5, most=2),
                "whole numbers from 1 to 5, separated by commas, at most 2 of them",
                ((), (5, 1)),
                (5, (0,), (1, 1, 1), (1.0,)),
            ),
        ],
    )
    def test_the_sentence_says_what_the_check_lets_through(self, kind, expected, inside, outside):
        assert kind.expected == expected
        assert all(map(kind.holds, inside))
        assert not any(map(kind.holds, (*outside, None, float("nan"))))

    @given(st.data())
    def test_what_is_written_is_read_again(self, data):
        whole = data.draw(st.integers(-(10**20), 10**20))
        number = data.draw(st.floats())
        numbers = data.draw(st.lists(st.integers()).map(tuple))
        for kind, value in ((Whole(0, 1), whole), (Number(0, 1), number), (YesNo(), True)):
            assert repr(kind.parse(str(value))) == repr(value)
        assert Wholes(0, 1, most=1).parse(",".join(map(str, numbers))) == numbers


@pytest.mark.parametrize("each", fields(Settings), ids=lambda each: each.name)
def test_every_default_is_one_of_the_values_that_its_option_takes(each):
    assert each.default is None or option_of(each).kind.holds(each.default)
    assert (each.default is None) == bool(option_of(each).unset)


def test_settings_cannot_be_changed_but_copied_with_a_change():
    settings = Settings(epochs=3)
    with pytest.raises(FrozenInstanceError):
        settings.epochs = 4
    with pytest.raises(FrozenInstanceError):
        settings.epoch = 4
    with pytest.raises(FrozenInstanceError):
        del settings.epochs
    assert replace(settings, epochs=4) == Settings(epochs=4) != settings
    for same in (
        copy.copy(settings),
        copy.deepcopy(settings),
        pickle.loads(pickle.dumps(settings)),
    ):
        assert (same, hash(same)) == (settings, hash(settings))
        with pytest.raises(FrozenInstanceError):
            same.epochs = 4


def test_numbers_of_numpy_become_plain_ones():
    settings = Settings(hidden_layer_sizes=np.array([4, 3]), dropout=np.float32(0.5))
    assert settings.hidden_layer_sizes == (4, 3)
    assert type(settings.dropout) is float


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ({"initializer": "hee"}, "he"),
        ({"activation": ("relu", "tnah")}, "tanh"),
        ({"activation": ("logistic",)}, "sigmoid"),
        ({"schedule": "cos"}, "cosine"),
        ({"optimizer": "Adma"}, "adam"),
        ({"optimizer": "nothing like it"}, None),
        ({"activation": ()}, None),
        ({"epochs": "ten"}, None),
    ],
)
def test_a_name_that_there_is_not_is_answered_with_the_one_that_was_meant(values, meant):
    with pytest.raises(SettingsError) as caught:
        Settings(**values)
    _, found, hint = str(caught.value).partition("; did you mean ")
    assert (bool(found), hint) == (bool(meant), f"{meant}?" if meant else "")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("neurons", "hidden_layer_sizes"),
        ("hidden", "hidden_layer_sizes"),
        ("max_iter", "epochs"),
        ("learning_rate_init", "learning_rate"),
        ("alpha", "weight_decay"),
        ("seed", "random_state"),
        ("rng", "random_state"),
        ("solver", "optimizer"),
        ("drop_out", "dropout"),
    ],
)
def test_a_parameter_that_there_is_not_is_answered_with_the_one_that_was_meant(name, meant):
    with pytest.raises(DigitnetError, match=rf"got '{name}'; did you mean {meant}\?"):
        DigitClassifier().set_params(**{name: 3})


def test_a_value_of_the_classifier_is_answered_in_the_same_way(few):
    with pytest.raises(DigitnetError, match=r"activation: .* got .*'tnah'.*; did you mean tanh\?"):
        DigitClassifier(activation="tnah").fit(few.images, few.labels)


def test_the_names_are_those_that_a_program_has_registered(monkeypatch):
    (each,) = (each for each in fields(Settings) if each.name == "activation")
    monkeypatch.setitem(ACTIVATIONS, "softplus", ACTIVATIONS["relu"])
    assert parse(each, "softplus") == ("softplus",)
    assert "leaky_relu, softplus" in option_of(each).sentence


IDLE = [
    ({}, "decay_every", 1, "the schedule is cosine, not step"),
    ({"schedule": "constant"}, "decay_factor", 0.5, "the schedule is constant, not step"),
    ({"schedule": "step", "decay_every": 3}, "decay_every", 2, "ends after 2 epochs, before"),
    ({}, "beta2", 0.5, "the optimizer is sgd, not adam"),
    ({"shift": 1}, "smoothness", 1.5, "there is no elastic distortion"),
    ({}, "fade", 0.5, "there are no distortions"),
    ({"hidden_layer_sizes": ()}, "activation", ("tanh",), "there are no hidden layers"),
    ({"hidden_layer_sizes": ()}, "dropout", 0.5, "there are no hidden layers"),
    ({"hidden_layer_sizes": ()}, "batch_norm", True, "there are no hidden layers"),
]
NOT_IDLE = [
    ({"schedule": "step"}, "decay_every", 1),
    ({"schedule": "step", "decay_every": 1}, "decay_factor", 0.5),
    ({"optimizer": "adam"}, "beta2", 0.5),
    ({"elastic": 2}, "smoothness", 1.5),
    ({"rotation": 10}, "fade", 0.5),
    ({}, "activation", ("tanh",)),
    ({}, "dropout", 0.5),
    ({}, "batch_norm", True),
]


def differs(few, others, name, value):
    """Whether another value of a setting makes another network."""
    settings = Settings(**({"hidden_layer_sizes": (8,), "epochs": 2, "batch_size": 250} | others))
    outputs = [
        learn(each, few, None, tuple("0123456789")).model.predict_proba(few.images[:9])
        for each in (settings, replace(settings, **{name: value}))
    ]
    return not np.array_equal(*outputs)


@pytest.mark.parametrize(("others", "name", "value", "why"), IDLE)
def test_what_is_said_to_change_nothing_changes_nothing(few, others, name, value, why):
    found = idle(Settings(**({"epochs": 2} | others)), [name, "epochs"])
    assert list(found) == [name]
    assert why in found[name]
    assert differs(few, others, name, value) is False


@pytest.mark.parametrize(("others", "name", "value"), NOT_IDLE)
def test_of_what_changes_something_that_is_not_said(few, others, name, value):
    assert not idle(Settings(**({"epochs": 2} | others | {name: value})), [name])
    assert differs(few, others, name, value)


def test_a_warm_up_that_outlasts_the_training_is_told():
    (told,) = idle(Settings(epochs=3, warmup=30), ["warmup"]).values()
    assert told == "outlasts the training of 3 epochs: the learning rate rises to 0.1 of its height"
    assert not idle(Settings(epochs=3, warmup=2), ["warmup"])


def test_nothing_is_said_of_what_was_not_given():
    assert idle(Settings(), ["epochs", "learning_rate"]) == {}
