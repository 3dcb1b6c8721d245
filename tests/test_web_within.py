"""Inside: what is told of an image, a unit and changes is what the network's own arrays are."""

import copy

import numpy as np
import pytest

import digitnet
from digitnet.data import Dataset, Examples
from digitnet.model import Model
from digitnet.nn import Activation, Dense, OrientedGradients, multilayer_perceptron
from digitnet.reading.networks import pixels
from digitnet.web.commands import LARGEST_WEIGHT
from digitnet.web.edits import MOST_CHANGES, Edits
from digitnet.web.material import Shared
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

DEPTHS = {"none": (), "one": (12,), "two": (12, 9), "eight": (6,) * 8}


@pytest.fixture(scope="module", params=DEPTHS)
def model(request, data):
    """With weights that have not learned, and some batch normalisation in one of them."""
    sizes = [784, *DEPTHS[request.param], 10]
    network = multilayer_perceptron(sizes, "tanh" if len(sizes) == 4 else "relu", seed=3)
    network.params += np.random.default_rng(1).normal(0, 0.05, network.params.shape)
    return Model(network, pixels().scaling, data.classes, (28, 28))


@pytest.fixture
def visit(data, model):
    return Visit(Shared(data), model=model)


def inspect(visit, source="test", index=5):
    return last(ask(visit, "inspect", source=source, index=index), "inspected")


def dense_of(network):
    return [layer for layer in network.layers if isinstance(layer, Dense)]


def changed(model, change):
    """The model after a change of a copy of its network."""
    network = copy.deepcopy(model.network)
    change(dense_of(network))
    return Model(network, model.scaling, model.classes, model.image_shape)


class TestAnImage:
    def test_of_the_test_set_goes_through_the_layers(self, visit, model, data):
        event = inspect(visit)
        arrays, x = event.arrays, model.scaling(data.test.rows[5:6])
        assert np.array_equal(arrays["image"], data.test.images[5])
        for layer in model.network.layers:
            x = layer.forward(x, training=False)
            if isinstance(layer, Activation):
                n = sum(
                    isinstance(e, Activation)
                    for e in model.network.layers[: 1 + model.network.layers.index(layer)]
                )
                assert np.allclose(arrays[f"hidden{n}"], x[0], atol=1e-6)
        assert np.allclose(arrays["logits"], x[0], atol=1e-5)
        own = model.predict_proba(data.test.images[5])[0]
        assert np.allclose(arrays["probabilities"], own, atol=1e-6)
        assert np.array_equal(arrays["before"], arrays["probabilities"])
        assert event.fields["label"] == str(data.test.labels[5])
        assert event.fields["prediction"] == str(own.argmax())
        assert [each["units"] for each in event.fields["layers"]] == [
            len(arrays[f"hidden{n}"]) for n in range(1, len(event.fields["layers"]) + 1)
        ]

    def test_of_a_drawing_is_what_draw_shows(self, visit):
        answer = last(ask(visit, "draw", {"pixels": drawing(7, 1)}, number=4), "answer")
        for digit in (0, 1):
            event = inspect(visit, "drawing", digit)
            inside = last(ask(visit, "look", number=4, digit=digit), "inside")
            assert np.array_equal(event.arrays["image"], answer.arrays["images"][digit])
            assert event.fields["label"] is None
            own = inside.arrays["probabilities"]
            assert np.allclose(event.arrays["probabilities"], own, atol=1e-6)
            for n, _ in enumerate(event.fields["layers"], start=1):
                assert np.array_equal(event.arrays[f"hidden{n}"], inside.arrays[f"hidden{n}"])

    def test_saliency_is_that_of_the_logits(self, visit, model, data):
        event = inspect(visit)
        network = multilayer_perceptron(
            [784, *[len(each.b) for each in dense_of(model.network)]],
            ["tanh" if len(model.network.layers) == 5 else "relu"]
            * (len(dense_of(model.network)) - 1),
            seed=None,
            dtype=np.float64,
        )
        network.params[:] = model.network.params
        x = data.test.rows[5:6] / 255.0
        generator = np.random.default_rng(0)
        for _ in range(5):
            direction = generator.normal(0, 1, x.shape)
            step = 1e-6 * direction
            ahead, behind = network.forward(x + step).copy(), network.forward(x - step).copy()
            slopes = event.arrays["saliency"].reshape(10, 784) @ direction[0]
            assert np.allclose(slopes, (ahead - behind)[0] / 2e-6, rtol=1e-3, atol=1e-4)

    def test_that_is_not_there_costs_a_sentence(self, visit):
        for index in (100, 2**53 - 1):
            error = refusal(visit, "inspect", source="test", index=index)
            assert "from 0 to 99" in error.fields["message"]
        error = refusal(visit, "inspect", source="drawing", index=0)
        assert "nothing has been drawn" in error.fields["message"]


class TestOrientedGradients:
    """A network that sees them has no weight for a pixel, and all else."""

    @pytest.fixture
    def network(self):
        return multilayer_perceptron([784, 12, 10], below=[OrientedGradients((28, 28))], seed=3)

    @pytest.fixture
    def visit(self, data, network):
        model = Model(network, pixels().scaling, data.classes, (28, 28))
        return Visit(Shared(data), model=model)

    def test_its_units_have_a_weight_for_each_direction_and_place(self, visit, network):
        subject = last(ask(visit, "subject", fresh=True), "subject")
        assert subject.fields["places"] == [7, 7]
        assert subject.fields["sizes"] == [784, 12, 10]
        inspect(visit)
        event = last(ask(visit, "unit", layer=1, unit=4), "unit")
        assert np.array_equal(event.arrays["weights"], dense_of(network)[0].W[:, 4])
        event = last(ask(visit, "weigh", layer=1, unit=4, input=391, weight=2.5), "unit")
        assert event.arrays["weights"][391] == 2.5
        error = refusal(visit, "weigh", layer=1, unit=4, input=392, weight=1.0)
        assert "expected an input from 0 to 391" in error.fields["message"]

    def test_saliency_is_a_number_for_each_pixel(self, visit):
        slopes = inspect(visit).arrays["saliency"]
        assert slopes.shape == (10, 28, 28)
        assert np.isfinite(slopes).all()
        assert slopes.any(axis=(1, 2)).all()


class TestAUnit:
    def test_shows_its_own_weights(self, visit, model):
        dense = dense_of(model.network)
        for n, layer in enumerate(dense, start=1):
            for unit in (0, layer.n_units - 1):
                event = last(ask(visit, "unit", layer=n, unit=unit), "unit")
                assert np.array_equal(event.arrays["weights"], layer.W[:, unit])
                assert event.fields["bias"] == layer.b[unit]
                is_class = n == len(dense)
                assert event.fields["name"] == (str(unit) if is_class else None)
                outgoing = [] if is_class else dense[n].W[unit]
                assert np.array_equal(event.arrays["outgoing"], outgoing)

    def test_says_of_the_image_what_its_layer_does(self, visit):
        shown = inspect(visit).arrays
        n_hidden = sum(name.startswith("hidden") for name in shown)
        for layer in range(1, n_hidden + 2):
            event = last(ask(visit, "unit", layer=layer, unit=3), "unit")
            own = shown["logits" if layer > n_hidden else f"hidden{layer}"][3]
            assert event.fields["says"] == pytest.approx(float(own), abs=1e-5)

    def test_is_excited_most_by_these_test_images(self, visit, model, data):
        ask(visit, "unit", layer=1, unit=2)
        event = last(to_the_end(visit), "unit")
        assert event.fields["ready"]
        first, *rest = model.network.layers
        outputs = first.forward(model.scaling(data.test.rows), training=False)
        if rest:
            outputs = rest[0].forward(outputs, training=False)
        says = outputs[:, 2]
        exciting = event.fields["exciting"]
        most = np.sort(says)[:-13:-1]
        expected = most[most > 0] if rest else most  # a hidden unit that says 0 is not excited
        assert np.allclose([each["says"] for each in exciting], expected, atol=1e-5)
        for each, image in zip(exciting, event.arrays["images"], strict=True):
            assert np.isclose(says[each["number"]], each["says"], atol=1e-5)
            assert np.array_equal(image, data.test.images[each["number"]])
            assert each["label"] == str(data.test.labels[each["number"]])

    def test_is_told_at_once_and_its_images_when_they_are_known(self, visit):
        first = last(ask(visit, "unit", layer=1, unit=0), "unit")
        assert not first.fields["ready"]
        assert first.fields["exciting"] == []
        to_the_end(visit)
        second = last(ask(visit, "unit", layer=1, unit=1), "unit")
        assert second.fields["ready"]

    def test_that_is_not_there_costs_a_sentence(self, visit, model):
        n_layers = len(dense_of(model.network))
        error = refusal(visit, "unit", layer=n_layers + 1, unit=0)
        assert f"a layer from 1 to {n_layers}" in error.fields["message"]
        error = refusal(visit, "unit", layer=n_layers, unit=10)
        assert "a unit from 0 to 9" in error.fields["message"]


@pytest.fixture
def two_layers(data):
    network = multilayer_perceptron([784, 12, 9, 10], seed=5)
    model = Model(network, pixels().scaling, data.classes, (28, 28))
    return Visit(Shared(data), model=model), model


class TestChanges:
    def test_a_unit_that_is_off_says_nothing_to_the_next_layer(self, two_layers, data):
        visit, model = two_layers
        inspect(visit)
        events = ask(visit, "switch", layer=1, unit=4, on=False)
        events += ask(visit, "switch", layer=2, unit=0, on=False) + to_the_end(visit)

        def off(dense):
            dense[1].W[4] = 0
            dense[2].W[0] = 0

        expected = changed(model, off).predict_proba(data.test.images)
        shown = last(events, "inspected").arrays
        assert np.allclose(shown["probabilities"], expected[5], atol=1e-6)
        assert np.allclose(shown["before"], model.predict_proba(data.test.images)[5], atol=1e-6)
        told = last(events, "edited").fields
        assert told["accuracy"] == (expected.argmax(axis=1) == data.test.labels).mean()
        own = model.predict(data.test.images) == data.test.labels
        assert told["before"] == own.mean()
        assert told["images"] == told["total"] == 100

    def test_a_weight_and_a_bias_are_set(self, two_layers, data):
        visit, model = two_layers
        inspect(visit)
        events = ask(visit, "weigh", layer=1, unit=3, input=400, weight=2.5)
        events += ask(visit, "weigh", layer=3, unit=7, weight=-3.0) + to_the_end(visit)

        def set_both(dense):
            dense[0].W[400, 3] = 2.5
            dense[2].b[7] = -3

        expected = changed(model, set_both).predict_proba(data.test.images)
        assert np.allclose(
            last(events, "inspected").arrays["probabilities"], expected[5], atol=1e-6
        )
        told = last(events, "edited").fields
        assert told["accuracy"] == (expected.argmax(axis=1) == data.test.labels).mean()
        first = told["changes"][0]
        assert (first["kind"], first["before"]) == ("weight", dense_of(model.network)[0].W[400, 3])

    def test_the_unit_that_is_open_shows_the_change(self, two_layers):
        visit, _ = two_layers
        before = last(ask(visit, "unit", layer=1, unit=3), "unit")
        after = last(ask(visit, "weigh", layer=1, unit=3, input=7, weight=1.25), "unit")
        assert after.arrays["weights"][7] == 1.25
        assert np.array_equal(after.arrays["weights_before"], before.arrays["weights"])
        off = last(ask(visit, "switch", layer=1, unit=3, on=False), "unit")
        assert off.fields["off"]
        assert not off.arrays["outgoing"].any()

    def test_of_many_settings_of_one_weight_the_last_counts(self, two_layers):
        visit, _ = two_layers
        for weight in (0.1, 0.2, 0.3):
            events = ask(visit, "weigh", layer=1, unit=3, input=7, weight=weight)
        (change,) = last(events, "edited").fields["changes"]
        assert change["value"] == pytest.approx(0.3)
        assert last(ask(visit, "undo", which="last"), "edited").fields["changes"] == []

    def test_undo_takes_the_last_back_and_then_all_bit_for_bit(self, two_layers):
        visit, model = two_layers
        before = inspect(visit).arrays
        params = model.network.params.copy()
        states = []
        for n in range(5):
            ask(visit, "switch", layer=1, unit=n, on=False)
            events = ask(visit, "weigh", layer=2, unit=n, input=n, weight=float(n))
            states.append(last(events, "inspected").arrays["probabilities"])
        events = ask(visit, "undo", which="last") + ask(visit, "undo", which="last")
        assert np.array_equal(last(events, "inspected").arrays["probabilities"], states[3])
        events = ask(visit, "undo", which="all") + to_the_end(visit)
        after = last(events, "inspected").arrays
        assert all(np.array_equal(after[name], before[name]) for name in before)
        told = last(events, "edited").fields
        assert told["changes"] == []
        assert told["accuracy"] == told["before"]
        assert np.array_equal(model.network.params, params)
        assert last(ask(visit, "undo", which="last"), "edited").fields["changes"] == []

    def test_on_again_is_as_before(self, two_layers):
        visit, _ = two_layers
        before = inspect(visit).arrays
        ask(visit, "switch", layer=1, unit=4, on=False)
        events = ask(visit, "switch", layer=1, unit=4, on=True)
        assert np.array_equal(last(events, "inspected").arrays["logits"], before["logits"])

    def test_neither_training_nor_draw_knows_of_them(self, data):
        visit = visiting(data)
        learned(visit, "epoch")
        ask(visit, "use", model="trained")
        ask(visit, "subject", fresh=True)
        params = visit._trainer.model.network.params.copy()
        answer = last(ask(visit, "draw", {"pixels": drawing(7)}, number=1), "answer")
        for unit in range(16):
            ask(visit, "switch", layer=1, unit=unit, on=False)
        assert np.array_equal(visit._trainer.model.network.params, params)
        again = last(ask(visit, "draw", {"pixels": drawing(7)}, number=2), "answer")
        assert np.array_equal(again.arrays["probabilities"], answer.arrays["probabilities"])

    def test_they_stay_while_the_training_goes_on_until_it_is_looked_at_anew(self, data):
        visit = visiting(data, SMALL | {"epochs": 4})
        learned(visit, "epoch")
        ask(visit, "use", model="trained")
        ask(visit, "switch", layer=1, unit=0, on=False)
        learned(visit, "epoch")
        ask(visit, "subject", fresh=False)
        events = ask(visit, "switch", layer=1, unit=1, on=False)
        assert len(last(events, "edited").fields["changes"]) == 2
        ask(visit, "subject", fresh=True)
        events = ask(visit, "switch", layer=1, unit=1, on=False)
        assert len(last(events, "edited").fields["changes"]) == 1

    @pytest.mark.parametrize("weight", [-LARGEST_WEIGHT, LARGEST_WEIGHT])
    def test_absurd_weights_leave_numbers_finite(self, two_layers, weight):
        visit, _ = two_layers
        inspect(visit)
        for layer, n_units in ((1, 12), (2, 9), (3, 10)):
            for unit in range(n_units):
                events = ask(visit, "weigh", layer=layer, unit=unit, weight=weight)
                events += ask(visit, "weigh", layer=layer, unit=unit, input=1, weight=weight)
        for each in named(events + to_the_end(visit), "inspected"):
            assert all(np.isfinite(array).all() for array in each.arrays.values())

    @pytest.mark.parametrize(
        ("name", "fields", "problem"),
        [
            ("switch", {"layer": 3, "unit": 0, "on": False}, "a hidden unit"),
            ("switch", {"layer": 1, "unit": 12, "on": False}, "a unit from 0 to 11"),
            ("switch", {"layer": 4, "unit": 0, "on": False}, "a layer from 1 to 3"),
            ("weigh", {"layer": 2, "unit": 0, "input": 12, "weight": 1.0}, "an input from 0 to 11"),
            ("weigh", {"layer": 2, "unit": 9, "weight": 1.0}, "a unit from 0 to 8"),
            ("weigh", {"layer": 2, "unit": 0, "weight": 1001.0}, "from -1000.0 to 1000.0"),
        ],
    )
    def test_what_is_not_there_cannot_be_changed(self, two_layers, name, fields, problem):
        visit, _ = two_layers
        assert problem in refusal(visit, name, **fields).fields["message"]
        assert last(ask(visit, "undo", which="all"), "edited").fields["changes"] == []

    def test_there_is_an_end_to_them(self):
        edits = Edits(multilayer_perceptron([4, 5000, 2]))
        edits.changes = []
        for unit in range(MOST_CHANGES // 1000):
            edits.switch(1, unit, on=False)
        edits.changes = edits.changes * (MOST_CHANGES // len(edits.changes))
        with pytest.raises(digitnet.DigitnetError, match="at most 4000 changes"):
            edits.switch(1, 4999, on=False)


def test_batch_normalisation_is_looked_at_as_it_predicts(data):
    visit = visiting(data, SMALL | {"batch_norm": True, "dropout": 0.3})
    learned(visit)
    ask(visit, "use", model="trained")
    model = visit._trainer.trained()
    event = inspect(visit)
    own = model.predict_proba(data.test.images[5])[0]
    assert np.allclose(event.arrays["probabilities"], own, atol=1e-5)
    events = ask(visit, "switch", layer=1, unit=2, on=False)
    live = visit._trainer.model.network
    x = model.scaling(data.test.rows[5:6])
    for layer in live.layers[:-1]:
        x = layer.forward(x, training=False)
    x = x.copy()
    x[0, 2] = 0
    assert np.allclose(
        last(events, "inspected").arrays["logits"],
        x[0] @ live.layers[-1].W + live.layers[-1].b,
        atol=1e-5,
    )


def test_a_network_that_ran_away_costs_a_sentence(data):
    visit = visiting(data, SMALL | {"learning_rate": 1e6})
    learned(visit, "step")
    visit._trainer.model.network.params[:] = np.inf
    ask(visit, "use", model="trained")
    for name, fields in {
        "inspect": {"source": "test", "index": 0},
        "unit": {"layer": 1, "unit": 0},
        "switch": {"layer": 1, "unit": 0, "on": False},
        "undo": {"which": "all"},
    }.items():
        assert "run away" in refusal(visit, name, **fields).fields["message"]


def test_without_test_images_a_drawing_can_be_looked_at_and_units_too(data):
    none = Examples(data.test.images[:0], data.test.labels[:0])
    visit = Visit(Shared(Dataset("none", data.train, none, data.classes, "")))
    ask(visit, "draw", {"pixels": drawing(7)}, number=1)
    event = inspect(visit, "drawing", 0)
    assert event.fields["prediction"] == "7"
    shown = last(ask(visit, "unit", layer=1, unit=0), "unit")
    assert (shown.fields["sample"], shown.fields["exciting"]) == (0, [])
    events = ask(visit, "switch", layer=1, unit=0, on=False) + to_the_end(visit)
    assert last(events, "edited").fields["accuracy"] is None
    assert "no test images" in refusal(visit, "inspect", source="test", index=0).fields["message"]
