"""A visit as a whole: its events are those of the table, and nothing that is asked raises."""

import gc
import io
import itertools
import math
import threading
import weakref
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from PIL import Image

from digitnet.training.changes import LIVE
from digitnet.training.settings import Settings
from digitnet.web.commands import COMMANDS
from digitnet.web.events import EVENTS
from digitnet.web.frames import packed, unpacked
from digitnet.web.limits import IN_A_CLASS, Limits
from digitnet.web.material import MOST_READINGS, Shared
from digitnet.web.offered import settings_of
from digitnet.web.visit import Visit
from tests.playground import (
    SMALL,
    ask,
    drawing,
    last,
    learned,
    named,
    refusal,
    to_the_end,
    visiting,
)


def a_whole_visit(data, settings):
    """The events of somebody who does everything."""
    visit, pixels = visiting(data, None), {"pixels": drawing(7, 1)}
    events = [*ask(visit, "hello"), *ask(visit, "configure", settings=settings)]
    events += ask(visit, "draw", pixels, number=1)
    events += ask(visit, "look", number=1, digit=0)
    events += ask(visit, "keep", number=1, digit=0, label="7")
    events += ask(visit, "kept")
    events += ask(visit, "preview", settings={"rotation": 20.0})
    events += learned(visit, "step")
    events += ask(visit, "use", model="trained")
    events += ask(visit, "draw", pixels, number=2)
    events += ask(visit, "look", number=2, digit=1)
    events += ask(visit, "walk", network="answering", source="drawing", image=1, rate=0.1)
    events += ask(visit, "probe", layer=1, start=0, end=0)
    for name in ("learning_rate", "batch_size", "shift"):
        value = 0.05 if name == "learning_rate" else 32 if name == "batch_size" else 1.0
        events += ask(visit, "change", setting=name, value=value)
    events += ask(visit, "start", until="end") + visit.work(0) + ask(visit, "pause")
    events += learned(visit, "epoch") + learned(visit)
    events += looked_at(visit)
    events += ask(visit, "save")
    events += ask(visit, "load", last(events, "file").arrays)
    events += ask(visit, "watch", tab="draw") + ask(visit, "watch", tab="train")
    events += ask(visit, "hello") + ask(visit, "discard", which="all")
    events += visit.do("use", {}, {}) + ask(visit, "forget", drawings=True)
    return events


def looked_at(visit):
    """The events of somebody who looks at the network that answers."""
    events = [*ask(visit, "subject", fresh=True), *ask(visit, "evaluate", of="test")]
    events += ask(visit, "cell", of="test", first=0)
    events += ask(visit, "doubtful", of="test", below=1.0, first=0)
    events += ask(visit, "inspect", source="test", index=2)
    events += ask(visit, "inspect", source="drawing", index=0)
    events += ask(visit, "unit", layer=1, unit=3)
    events += visit.do("switch", {"layer": 1, "unit": 3, "on": False}, {})
    events += ask(visit, "weigh", layer=1, unit=3, input=1, weight=0.5)
    events += ask(visit, "weigh", layer=1, unit=3, weight=0.5)
    events += ask(visit, "undo", which="last") + ask(visit, "map") + ask(visit, "robustness")
    return [*events, *to_the_end(visit)]


@pytest.fixture(
    scope="module",
    params=[
        SMALL,
        SMALL | {"hidden_layer_sizes": []},
        SMALL | {"hidden_layer_sizes": [100, 12], "validation_fraction": 0.0},
        SMALL | {"learning_rate": 1e6},
        SMALL | {"batch_norm": True, "initializer": "zeros"},
    ],
    ids=["small", "no hidden layer", "no hold-out", "diverges", "learns nothing"],
)
def events(request, data):
    if request.param.get("learning_rate") == 1e6:
        return learned(visiting(data, request.param))
    return a_whole_visit(data, request.param)


ARRAYS = {
    "answer": {"images": ("uint8", ("n", 28, 28)), "probabilities": ("float32", ("n", 10))},
    "progress": {"steps": ("int32", ("m",)), "losses": ("float32", ("m",))},
    "curve": {"steps": ("int32", ("m",)), "losses": ("float32", ("m",))},
    "weights": {"images": ("float32", ("n", 28, 28))},
    "layers": {
        "activation_edges": ("float32", ("L", 25)),
        "activations": ("float32", ("L", 24)),
        "gradient_edges": ("float32", ("L", 25)),
        "gradients": ("float32", ("L", 24)),
    },
    "confusion": {"matrix": ("int32", (10, 10)), "mistaken": ("uint8", ("m", 28, 28))},
    "preview": {"before": ("uint8", ("n", 28, 28)), "after": ("uint8", ("n", 28, 28))},
    "kept": {"last": ("uint8", ("n", 28, 28)), "labels": ("uint8", ("n",))},
    "file": {"file": ("uint8", ("n",))},
    "inside": {
        "probabilities": ("float32", (10,)),
        "units": ("int32", (10, "m")),
        "contributions": ("float32", (10, "m")),
        "weights": ("float32", ("w", 28, 28)),
        "excited": ("int32", ("w",)),
    },
    "walked": {
        "pixels": ("float32", ("h", "w")),
        "unit": ("float32", (5, "h", "w")),
        "weights": ("float32", ("S", "h", "w")),
        "gradients": ("float32", ("S", "h", "w")),
        "z": ("float32", ("units and classes",)),
        "dz": ("float32", ("units and classes",)),
        "h": ("float32", ("units",)),
        "h_after": ("float32", ("units",)),
        "dh": ("float32", ("units",)),
        "carried": ("float32", ("lines",)),
        "carried_after": ("float32", ("lines",)),
        "line_gradients": ("float32", ("lines",)),
        "returned": ("float32", ("lines",)),
        "probabilities": ("float32", ("classes",)),
        "probabilities_after": ("float32", ("classes",)),
        "rates": ("float32", ("r",)),
        "losses": ("float32", ("r",)),
        "other_losses": ("float32", ("r",)),
    },
    "probed": {"offsets": ("float32", ("m",)), "losses": ("float32", ("m",))},
    "evaluation": {
        "matrix": ("int32", ("K", "K")),
        "scores": ("float32", ("K", 3)),
        "support": ("int32", ("K",)),
        "thresholds": ("float32", ("T",)),
        "answered": ("int32", ("T",)),
        "coverage": ("float32", ("T",)),
        "accuracies": ("float32", ("T",)),
        "bin_counts": ("int32", ("B",)),
        "bin_confidence": ("float32", ("B",)),
        "bin_accuracy": ("float32", ("B",)),
    },
    "opened": {"images": ("uint8", ("n", 28, 28))},
    "inspected": {
        "image": ("uint8", (28, 28)),
        "probabilities": ("float32", ("K",)),
        "before": ("float32", ("K",)),
        "logits": ("float32", ("K",)),
        "saliency": ("float32", ("K", 28, 28)),
    },
    "unit": {
        "weights": ("float32", ("i",)),
        "weights_before": ("float32", ("i",)),
        "outgoing": ("float32", ("o",)),
        "images": ("uint8", ("m", 28, 28)),
    },
    "sample": {
        "images": ("uint8", ("n", 28, 28)),
        "labels": ("int32", ("n",)),
        "predictions": ("int32", ("n",)),
    },
    "map": {"points": ("float32", ("n", 2))},
    "robustness": {
        "strengths": ("float32", ("m",)),
        "accuracies": ("float32", ("n",)),
        "examples": ("uint8", ("n", 28, 28)),
    },
}
"""What EVENTS says in words: types and shapes; the same letter is the same number."""
WITH_LAYERS = ("inside", "inspected")
"""Of which hidden1, hidden2, … are arrays besides."""
LISTS = {
    ("answer", "digits"): {"label", "confidence", "box", "line"},
    ("inside", "layers"): {"units", "activation"},
    ("layers", "layers"): {"name", "units", "dead", "saturated"},
    ("confusion", "mistakes"): {"label", "prediction", "confidence"},
    ("warning", "offers"): {"setting", "before", "value", "sentence"},
    ("walked", "stages"): {"kind", "level", "title", "formula", "header", "rows", "words"},
    ("inspected", "layers"): {"units", "activation"},
    ("unit", "exciting"): {"number", "label", "says"},
    ("edited", "changes"): {"kind", "layer", "unit", "input", "before", "value"},
    ("opened", "listed"): {"number", "label", "prediction", "confidence"},
    ("state", "settings"): {
        "name", "group", "meaning", "default", "kind", "low", "high", "choices", "live",
    },
}  # fmt: skip


def fits(shape, expected, sizes):
    """Whether the shape is the expected one; sizes: what the letters have stood for so far."""
    return len(shape) == len(expected) and all(
        n == (sizes.setdefault(wanted, n) if isinstance(wanted, str) else wanted)
        for n, wanted in zip(shape, expected, strict=True)
    )


class TestEvents:
    def test_each_has_the_fields_that_the_table_says(self, events):
        for event in events:
            assert set(event.fields) == set(EVENTS[event.name].fields), event.name

    def test_each_has_the_arrays_that_the_table_says(self, events):
        for event in events:
            sizes, expected = {}, dict(ARRAYS.get(event.name, {}))
            if event.name in WITH_LAYERS:
                for n, layer in enumerate(event.fields["layers"], start=1):
                    expected[f"hidden{n}"] = ("float32", (layer["units"],))
            assert set(event.arrays) == set(expected), event.name
            for name, (dtype, shape) in expected.items():
                array = event.arrays[name]
                assert array.dtype == dtype, (event.name, name)
                assert fits(array.shape, shape, sizes), (event.name, name, array.shape)

    def test_the_table_has_no_other_arrays(self):
        for name, about in EVENTS.items():
            told = set(ARRAYS.get(name, {})) | ({"hidden1"} if name in WITH_LAYERS else set())
            assert set(about.arrays) == told

    def test_lists_hold_what_the_table_says(self, events):
        for event in events:
            for (name, each), keys in LISTS.items():
                if name == event.name:
                    assert all(set(one) == keys for one in event.fields[each])

    def test_each_can_be_sent_and_comes_back(self, events):
        for event in events:
            data = packed(event.name, event.fields, event.arrays)
            text = data[4 : 4 + int.from_bytes(data[:4], "little")]
            assert b"NaN" not in text
            if len(text) < 100_000:
                frame = unpacked(data)
                assert frame.name == event.name
                for name, array in event.arrays.items():
                    assert np.array_equal(frame.arrays[name], array, equal_nan=True)

    def test_all_of_the_table_occurs(self, data):
        events = a_whole_visit(data, SMALL | {"initializer": "zeros"})
        assert {event.name for event in events} == set(EVENTS)

    def test_counts_and_shares_are_what_they_say(self, events):
        for event in named(events, "confusion"):
            matrix, told = event.arrays["matrix"], event.fields
            assert matrix.sum() == told["images"]
            assert np.trace(matrix) == told["right"]
            assert len(told["mistakes"]) == len(event.arrays["mistaken"])
        for event in named(events, "layers"):
            assert np.allclose(event.arrays["activations"].sum(axis=1), 1, atol=1e-5)
            assert all(0 <= each["dead"] <= 1 for each in event.fields["layers"])


class TestTheState:
    def test_it_describes_every_setting_but_the_number_of_threads(self, data):
        (state,) = named(ask(visiting(data), "hello"), "state")
        told = {each["name"]: each for each in state.fields["settings"]}
        assert set(told) == {each.name for each in fields(Settings)} - {"threads"}
        assert {name for name, each in told.items() if each["live"]} == set(LIVE)
        kinds = {each["kind"] for each in told.values()}
        assert kinds <= {"whole", "number", "name", "names", "wholes", "yesno"}

    def test_its_defaults_are_what_a_training_begins_with(self, data):
        events = ask(visiting(data, None), "hello")
        told = last(events, "state").fields["settings"]
        defaults = {each["name"]: each["default"] for each in told}
        now = last(events, "training").fields["settings"]
        assert settings_of(defaults | {"learning_rate": now["learning_rate"]}).as_dict() == (
            now | {"threads": None}
        )

    def test_its_recipes_can_be_chosen_or_are_beyond_a_limit(self, data):
        visit = visiting(data)
        (state,) = named(ask(visit, "hello"), "state")
        for recipe, settings in state.fields["recipes"].items():
            (first, *_) = visit.do("configure", {"recipe": recipe, "settings": {}}, {})
            if first.name == "error":
                assert "here, got" in first.fields["message"]
            else:
                chosen = first.fields["settings"]
                assert all(
                    list(np.atleast_1d(chosen[name])) == list(np.atleast_1d(value))
                    for name, value in settings.items()
                )


class TestWarnings:
    OFFERED = ("what", "why", "offers")

    def warnings(self, data, **settings):
        visit = visiting(data, SMALL | settings)
        events = named(learned(visit), "warning")
        for event in events:
            assert event.fields["what"].endswith(".")
            assert event.fields["why"]
            for offer in event.fields["offers"]:
                now = SMALL | settings | {offer["setting"]: offer["value"]}
                assert getattr(settings_of(now), offer["setting"]) == offer["value"]
                assert "\u2192" in offer["sentence"]
        return events

    def test_a_training_that_diverges_says_so_and_offers_a_lower_rate(self, data):
        (event,) = self.warnings(data, learning_rate=1e6)
        assert "diverged in epoch 1" in event.fields["what"]
        offer = event.fields["offers"][0]
        assert (offer["setting"], offer["value"]) == ("learning_rate", 0.1)

    def test_one_that_learns_nothing_says_so(self, data):
        events = self.warnings(data, initializer="zeros")
        assert any("learned nothing" in event.fields["what"] for event in events)

    def test_units_that_died_are_told_once(self, data):
        events = self.warnings(data, learning_rate=4.0)
        told = [event for event in events if event.fields["what"].startswith("Units died")]
        assert len(told) == 1
        assert "activation" in {offer["setting"] for offer in told[0].fields["offers"]}

    def test_units_that_are_saturated_are_told(self, data):
        events = self.warnings(data, learning_rate=4.0, activation=["tanh"])
        assert any("saturated" in event.fields["what"] for event in events)

    def test_a_training_that_goes_well_is_left_alone(self, data):
        assert self.warnings(data, epochs=10, learning_rate=0.1) == []

    @pytest.mark.parametrize("rate", [1e308, 5e-324])
    def test_offers_of_absurd_rates_can_be_taken(self, rate, data):
        self.warnings(data, learning_rate=rate)

    def test_no_offer_contradicts_the_other_settings(self, data):
        self.warnings(data, batch_size=1, learning_rate=100.0, epochs=1)


NAMES = st.sampled_from([each.name for each in fields(Settings)]) | st.text(max_size=8)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([10**6, 10**18, 10**400, 2**53, -(10**9)])
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["relu", "sgd", "adam", "cosine", "default", "trained", "7", "last", "end"])
)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4)
)
PIXELS = st.sampled_from(["uint8", "int32", "float32"]).flatmap(
    lambda dtype: arrays_of.arrays(
        dtype, arrays_of.array_shapes(min_dims=0, max_dims=3, max_side=9)
    )
)


@st.composite
def asked(draw):
    """A command with fields and arrays that are right in part."""
    name = draw(st.sampled_from(list(COMMANDS)))
    about = COMMANDS[name]
    given = {each: draw(JSON) for each in about.fields if draw(st.integers(0, 9))}
    if "settings" in given and draw(st.booleans()):
        given["settings"] = draw(st.dictionaries(NAMES, PLAIN | st.lists(PLAIN, max_size=3)))
    if "setting" in given and draw(st.booleans()):
        given["setting"] = draw(st.sampled_from(LIVE))
    if "until" in given:
        given["until"] = draw(st.sampled_from(["step", "epoch"]))
    arrays = {each: draw(PIXELS) for each in about.arrays if draw(st.integers(0, 9))}
    return name, given, arrays


class TestLimits:
    """Of what one visitor may take from the others, or from this computer."""

    @pytest.mark.parametrize(
        ("limits", "settings", "most"),
        [
            (Limits(), {"batch_size": 10_001}, 10_000),
            (IN_A_CLASS, {"batch_size": 1001}, 1000),
            (Limits(), {"batch_size": 2000, "hidden_layer_sizes": [2048, 2048]}, 687),
        ],
        ids=["alone", "in a class", "wide layers"],
    )
    def test_a_step_is_not_too_long(self, limits, settings, most, data):
        visit = visiting(data, None, limits=limits)
        error = refusal(visit, "configure", settings=settings)
        assert f"batches of at most {most} images" in error.fields["message"]
        assert error.fields["setting"] == "batch_size"
        ask(visit, "configure", settings=settings | {"batch_size": most})

    def test_nor_does_it_become_so(self, data):
        visit = visiting(data, limits=IN_A_CLASS)
        learned(visit, "step")
        error = refusal(visit, "change", setting="batch_size", value=1001)
        assert "at most 1000 images" in error.fields["message"]

    def test_the_page_knows_the_limit(self, data):
        events = ask(visiting(data, limits=IN_A_CLASS), "hello")
        assert last(events, "state").fields["limits"]["batch"] == 1000

    def test_nothing_of_a_training_stays_in_memory_after_a_reset(self, data):
        visit = visiting(data)
        learned(visit)
        network = weakref.ref(visit._trainer.learning.network)
        ask(visit, "configure", settings=SMALL)
        gc.collect()
        assert network() is None

    def test_seeds_of_their_own_are_limited_where_each_costs_a_copy(self, data):
        shared = Shared(data, most=2)
        visits = [Visit(shared) for _ in range(3)]
        for seed, visit in enumerate(visits):
            ask(visit, "configure", settings=SMALL | {"seed": seed})
        learned(visits[0])
        learned(visits[1])
        error = refusal(visits[2], "start", until="step")
        assert "2 seeds or shares of validation are in use" in error.fields["message"]
        ask(visits[2], "configure", settings=SMALL | {"seed": 1})
        learned(visits[2])
        ask(visits[0], "configure", settings=SMALL | {"seed": 7})
        learned(visits[0])

    def test_pictures_and_large_drawings_wait_for_their_turn_and_small_ones_do_not(self, data):
        shared = Shared(data)
        visits, small = [Visit(shared) for _ in range(2)], {"pixels": drawing(7)}
        large = {"pixels": np.full((500, 500), 255, np.uint8)}
        file = io.BytesIO()
        Image.fromarray(drawing(7)).save(file, "PNG")
        picture = {"file": np.frombuffer(file.getvalue(), np.uint8)}
        for _ in range(MOST_READINGS):
            shared.turns.acquire()
        answers = []
        asked = [
            threading.Thread(
                target=lambda visit=visit, each=each: answers.extend(ask(visit, *each, number=1))
            )
            for visit, each in zip(visits, [("draw", large), ("picture", picture)], strict=True)
        ]
        for each in asked:
            each.start()
        ask(Visit(shared), "draw", small, number=1)
        assert answers == []
        shared.turns.release()
        for each in asked:
            each.join()
        assert len(answers) == 2


class TestWhateverIsAsked:
    @how(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(asked(), min_size=1, max_size=8), st.booleans())
    def test_an_event_answers_and_nothing_raises(self, data, commands, begun):
        visit = visiting(data)
        if begun:
            learned(visit, "step")
        for name, given_, arrays in commands:
            events = visit.do(name, given_, arrays)
            for event in events:
                packed(event.name, event.fields, event.arrays)
            if named(events, "error"):
                assert len(events) == 1
                assert last(events, "error").fields["command"] == name
            visit.work(0)
        assert last(ask(visit, "hello"), "training").fields["status"]

    @how(deadline=None, max_examples=50)
    @given(name=st.text() | JSON, given_=JSON, arrays=st.dictionaries(NAMES, PIXELS, max_size=3))
    def test_what_is_no_command_costs_a_sentence(self, data, name, given_, arrays):
        visit = visiting(data)
        (event, *_) = visit.do(name, given_, arrays)
        packed(event.name, event.fields, event.arrays)
        if type(name) is not str or name not in COMMANDS:
            assert event.name == "error"

    @pytest.mark.parametrize("number", [math.nan, math.inf, -1, True, 1e300, "1", None, 10**400])
    @pytest.mark.parametrize("name", ["learning_rate", "epochs", "dropout", "seed", "shift"])
    def test_absurd_numbers_are_errors_or_settings(self, name, number, data):
        visit = visiting(data)
        (event, *_) = visit.do("configure", {"settings": {name: number}}, {})
        assert event.name in ("error", "training")
        if event.name == "error":
            assert event.fields["setting"] in (name, "")

    def test_a_visitor_who_does_all_at_once_has_a_visit_that_goes_on(self, data):
        visit = visiting(data)
        orders = itertools.islice(itertools.cycle(COMMANDS), 2 * len(COMMANDS))
        for name in orders:
            given_ = {"until": "end"} if name == "start" else {}
            visit.do(name, given_, {})
            visit.work(0)
        ask(visit, "configure", settings=SMALL)
        ask(visit, "start", until="end")
        assert last(to_the_end(visit), "training").fields["status"] == "finished"
