"""One step: its numbers are the network's own, and those of explain; no training is touched."""

import json
import math

import numpy as np
import pytest

from digitnet.data import Dataset, Examples, MinMax, one_hot
from digitnet.model import Model
from digitnet.nn import OrientedGradients, SoftmaxCrossEntropy, multilayer_perceptron
from digitnet.teach.explain import trace_step
from digitnet.teach.pages import Asked, sections
from digitnet.teach.probe import aside, losses_after, probe
from digitnet.web.frames import packed
from tests.playground import ask, drawing, last, learned, refusal, small_data, visiting

SIZES = {
    "one layer": ([784, 12, 10], "relu"),
    "several": ([784, 20, 6, 10], ["tanh", "leaky_relu"]),
    "none": ([784, 10], []),
}
RATE = 0.05


@pytest.fixture(scope="module")
def data():
    return small_data()


def model_of(sizes, activations, **options):
    network = multilayer_perceptron(sizes, activations, seed=3, **options)
    network.params += np.random.default_rng(4).normal(0, 0.02, network.params.shape)
    return Model(network, MinMax(0, 255), tuple("0123456789"), (28, 28))


@pytest.fixture(params=SIZES)
def model(request):
    return model_of(*SIZES[request.param])


def walk(visit, **wished):
    usual = {"network": "answering", "source": "test", "image": 5, "rate": RATE}
    return last(ask(visit, "walk", **(usual | wished)), "walked")


def expected(model, data, rate=RATE, row=5):
    """What explain traces, in float64 as here."""
    x = model.scaling(data.test.rows[row : row + 1]).astype(np.float64)
    target = one_hot(data.test.labels[row : row + 1], 10).astype(np.float64)
    return trace_step(aside(model.network), x, target, rate)


def close(array, values):
    return np.allclose(array, np.concatenate([np.zeros(0), *values]), rtol=1e-6, atol=1e-9)


class TestTheNumbers:
    def test_they_are_those_that_explain_traces(self, model, data):
        event, trace = walk(visiting(data, model=model)), expected(model, data)
        told, arrays, shown = event.fields, event.arrays, event.fields["shown"]
        assert told["loss"] == trace.loss
        assert told["loss_after"] == trace.loss_after
        assert np.allclose(arrays["pixels"].ravel(), trace.x)
        assert close(arrays["z"], [e.y[some] for e, some in zip(trace.dense, shown, strict=True)])
        assert close(arrays["dz"], [e.dy[some] for e, some in zip(trace.dense, shown, strict=True)])
        hidden = [block.activation for block in trace.blocks[:-1]]
        pairs = list(zip(hidden, shown[:-1], strict=True))
        assert close(arrays["h"], [each.y[some] for each, some in pairs])
        assert close(arrays["dh"], [each.dy[some] for each, some in pairs])
        assert close(arrays["probabilities"], [trace.probabilities[shown[-1]]])
        assert close(arrays["probabilities_after"], [trace.probabilities_after[shown[-1]]])

    def test_images_of_weights_are_the_networks_own_bit_for_bit(self, model, data):
        event, trace = walk(visiting(data, model=model)), expected(model, data)
        (unit, *_), W = event.fields["followed"], model.network.layers[0].W
        units = event.fields["shown"][0]
        assert np.array_equal(event.arrays["weights"], W.T[units].reshape(-1, 28, 28))
        weights, terms, gradient, after, terms_after = event.arrays["unit"].reshape(5, 784)
        first = trace.dense[0]
        assert np.array_equal(weights, W[:, unit])
        assert np.allclose(terms, first.x * first.W[:, unit])
        assert np.allclose(gradient, first.x * first.dy[unit])
        assert np.allclose(after, first.W[:, unit] - RATE * first.dW[:, unit], atol=1e-7)
        assert np.allclose(terms_after, first.x * first.W_after[:, unit], atol=1e-7)

    def test_lines_are_products_of_what_is_at_their_ends(self, model, data):
        event, trace = walk(visiting(data, model=model)), expected(model, data)
        start = 0
        pairs = zip(trace.dense[1:], event.fields["shown"], event.fields["shown"][1:], strict=False)
        for dense, below, above in pairs:
            end = start + len(below) * len(above)
            W, x, dy = dense.W[np.ix_(below, above)], dense.x[below], dense.dy[above]
            of = {name: event.arrays[name][start:end] for name in LINES}
            assert np.allclose(of["carried"], (x[:, None] * W).ravel(), atol=1e-6)
            assert np.allclose(of["line_gradients"], (x[:, None] * dy).ravel(), atol=1e-6)
            assert np.allclose(of["returned"], (W * dy).ravel(), atol=1e-6)
            start = end
        assert all(len(event.arrays[name]) == start for name in LINES)

    def test_stages_are_the_sections_of_explain(self, model, data):
        event, trace = walk(visiting(data, model=model)), expected(model, data)
        what = f"A {event.fields['label']}"
        parts = sections(
            trace, model.classes, (28, 28), event.fields["followed"][0], Asked(what=what)
        )
        for stage, part in zip(event.fields["stages"], parts, strict=True):
            assert (stage["title"], stage["formula"]) == (part.title, part.formula)
            assert stage["rows"] == [list(row) for row in part.rows]
            assert stage["words"].split() == part.words.replace(" (--learning-rate)", "").split()
        kinds = [each["kind"] for each in event.fields["stages"]]
        assert kinds[0] == "pixels"
        assert kinds[-2:] == ["update", "effect"]
        assert kinds.count("back") == len(trace.dense) - 1

    def test_single_precision_says_the_same(self, model, data):
        event = walk(visiting(data, model=model))
        x = model.scaling(data.test.rows[5:6])
        trace = trace_step(model.network, x, one_hot(data.test.labels[5:6], 10), RATE)
        assert event.fields["loss"] == pytest.approx(trace.loss, rel=1e-5)
        assert event.fields["loss_after"] == pytest.approx(trace.loss_after, rel=1e-4)

    def test_the_curve_by_rate_passes_through_the_step(self, data):
        model = model_of(*SIZES["one layer"])
        event = walk(visiting(data, model=model), rate=0.1)
        rates = event.arrays["rates"]
        at = int(np.argmin(np.abs(rates - 0.1)))
        assert rates[at] == pytest.approx(0.1)
        assert event.arrays["losses"][at] == pytest.approx(event.fields["loss_after"], rel=1e-5)
        before, after = event.fields["others_change"]
        assert event.arrays["other_losses"][at] == pytest.approx(after, rel=1e-5)
        assert event.fields["others"] == len(data.test) - 1  # not the image itself
        others = data.test.take(np.delete(np.arange(len(data.test)), 5))
        x, labels = model.scaling(others.rows), others.labels
        own = SoftmaxCrossEntropy()(model.network.forward(x), one_hot(labels, 10))[0]
        assert before == pytest.approx(own, rel=1e-5)


def saved(visit, folder):
    """The trained model, by its file."""
    (folder / "model.npz").write_bytes(last(ask(visit, "save"), "file").arrays["file"].tobytes())
    return Model.load(folder / "model.npz")


LINES = ("carried", "line_gradients", "returned")


class TestWhatIsShown:
    def test_of_many_units_those_that_learn_most_and_the_one_that_is_followed(self, data):
        model = model_of([784, 100, 10], "relu")
        event, trace = walk(visiting(data, model=model), units=[0]), expected(model, data)
        units = event.fields["shown"][0]
        assert len(units) == 16
        assert 0 in units
        most = set(np.argsort(-np.abs(trace.dense[0].dy))[:15].tolist())
        assert most <= set(units)
        assert event.fields["followed"] == [0]

    def test_batch_norm_and_dropout_are_folded_and_left_out(self, data, tmp_path):
        settings = {"hidden_layer_sizes": [16], "epochs": 2, "batch_norm": True, "dropout": 0.5}
        visit = visiting(data, settings)
        learned(visit)
        ask(visit, "use", model="trained")
        event = walk(visit)
        assert event.fields["sizes"] == [784, 16, 10]
        own = saved(visit, tmp_path).predict_proba(data.test.images[5])[0]
        assert np.allclose(event.arrays["probabilities"], own, atol=1e-5)

    def test_the_class_that_is_taught_can_be_another(self, data):
        visit = visiting(data)
        right, wrong = walk(visit, network="fresh"), walk(visit, network="fresh", target=0)
        assert right.fields["target"] == right.fields["label"] == data.test.labels[5]
        assert wrong.fields["target"] == 0
        assert wrong.fields["label"] == right.fields["label"]
        assert wrong.fields["loss"] != right.fields["loss"]

    def test_images_are_chosen_by_class_and_by_mistake(self, data):
        visit = visiting(data)
        threes = np.flatnonzero(data.test.labels == 3).tolist()
        for n in (0, threes[1], threes[1] + 1, threes[-1] + 1):
            event = walk(visit, network="small", among=3, image=n)
            at = next((i for i, row in enumerate(threes) if row >= n), 0)
            assert event.fields["image"] == threes[at]
            beside = [threes[at - 1], threes[(at + 1) % len(threes)]]
            assert list(event.fields["neighbours"]) == beside
            assert event.fields["images"] == len(threes)
            assert event.fields["searched"] == len(data.test)
        event = walk(visit, network="small", wrong=True, image=0)
        read = event.fields["shown"][-1][int(event.arrays["probabilities"].argmax())]
        assert read != event.fields["label"]
        assert 0 < event.fields["images"] < len(data.test)

    def test_a_drawing_is_what_it_was_read_as(self, data):
        visit = visiting(data)
        answers = ask(visit, "draw", {"pixels": drawing(7, 1)}, number=1)
        event = walk(visit, network="small", source="drawing", image=1)
        assert event.fields["label"] == event.fields["target"] == 1
        assert event.fields["images"] == event.fields["searched"] == 0
        image = last(answers, "answer").arrays["images"][1]
        assert np.allclose(event.arrays["pixels"], image / 255, atol=0.5 / 255)

    def test_of_those_read_wrong_it_says_among_how_many_they_were_looked_for(
        self, data, monkeypatch
    ):
        monkeypatch.setattr("digitnet.web.picked.FOR_WRONG", 40)
        event = walk(visiting(data), network="fresh", wrong=True, image=0)
        assert event.fields["searched"] == 40
        assert event.fields["images"] <= 40
        assert event.fields["image"] < 40

    def test_what_is_taught_is_not_called_right_nor_a_drawing_what_it_was_read_as(self, data):
        """A cat that is read as 4 is no 4, and a 2 that is taught as 7 has no true class 7."""
        visit = visiting(data)
        ask(visit, "draw", {"pixels": drawing(7)}, number=1)
        drawn = walk(visit, network="small", source="drawing", image=0)
        taught = walk(visit, network="small", target=4)
        label = data.test.labels[5]
        assert words(drawn, "pixels").startswith("A drawing, read as a 7: 28 x 28")
        assert words(taught, "pixels").startswith(f"A {label}, taught as a 4: 28 x 28")
        assert stage(taught, "logit")["title"] == "The logit of the taught class, 4"
        assert "4 is the class that is taught: t_4 is 1" in words(taught, "loss")
        for event in (drawn, taught):
            told = json.dumps(event.fields["stages"])
            assert not any(each in told for each in ("true", "right"))

    @pytest.mark.parametrize("k", [2, 9])
    def test_a_class_that_is_chosen_has_its_logit_and_its_weight_told(self, model, data, k):
        event, trace = walk(visiting(data, model=model), logit=k), expected(model, data)
        assert event.fields["logit"] == event.fields["blamed"] == k
        logit, output = stage(event, "logit"), stage(event, "output")
        assert logit["formula"].startswith(f"z_{k} = ")
        *terms, total = [float(row[-1]) for row in logit["rows"]]
        assert total == pytest.approx(trace.logits[k], rel=1e-5)
        assert sum(terms) == pytest.approx(total, abs=1e-5)
        (factor, blame, gradient) = [float(row[-1]) for row in output["rows"]]
        assert blame == pytest.approx(trace.dlogits[k], rel=1e-5)
        assert gradient == pytest.approx(factor * blame, rel=1e-4, abs=1e-12)

    def test_any_unit_of_any_hidden_layer_can_be_followed(self, data):
        model = model_of(*SIZES["several"])
        event, trace = walk(visiting(data, model=model), units=[3, 4]), expected(model, data)
        assert event.fields["followed"] == [3, 4]
        first, second = stage(event, "back", 0), stage(event, "back", 1)
        for told, level, j in ((first, 0, 3), (second, 1, 4)):
            numbers = {row[0]: row[-1] for row in told["rows"]}
            dh = trace.blocks[level].activation.dy[j]
            assert float(numbers[f"dh{level + 1}_{j}"]) == pytest.approx(dh, rel=1e-4)

    def test_once_more_tells_what_the_image_makes_of_the_changed_network(self, model, data):
        event = walk(visiting(data, model=model))
        again = aside(model.network)
        x = data.test.rows[5:6] / 255
        target = one_hot(data.test.labels[5:6], 10).astype(np.float64)
        trace_step(again, x, target, RATE)
        x, expected_rows = x[0], []
        after = trace_step(again, x[None], target, 0.0)
        for level, block in enumerate(after.blocks[:-1]):
            unit = event.fields["followed"][level]
            expected_rows += [block.dense.y[unit], block.activation.y[unit]]
        t = event.fields["target"]
        expected_rows += [after.logits[t], after.probabilities[t], after.loss]
        effect = stage(event, "effect")
        shown = [float(row[-1]) for row in effect["rows"]]
        assert shown == pytest.approx(expected_rows, rel=1e-4, abs=1e-9)
        assert effect["formula"].startswith(f"L = -log p_{t} = -log ")
        hidden = list(zip(after.blocks[:-1], event.fields["shown"][:-1], strict=True))
        own = [block.activation.y[some] for block, some in hidden]
        assert np.allclose(event.arrays["h_after"], np.concatenate([np.zeros(0), *own]), atol=1e-6)
        shown_pairs = zip(
            after.dense[1:], event.fields["shown"], event.fields["shown"][1:], strict=False
        )
        lines = [
            (dense.x[below][:, None] * dense.W[np.ix_(below, above)]).ravel()
            for dense, below, above in shown_pairs
        ]
        carried = np.concatenate([np.zeros(0), *lines])
        assert np.allclose(event.arrays["carried_after"], carried, atol=1e-6)

    def test_the_small_networks_are_always_the_same(self, data):
        for name in ("small", "fresh"):
            one, other = (walk(visiting(data), network=name) for _ in range(2))
            assert np.array_equal(one.arrays["weights"], other.arrays["weights"])
            assert one.fields["sizes"] == [784, 16, 10]


def stage(event, kind, level=None):
    return next(
        each
        for each in event.fields["stages"]
        if each["kind"] == kind and level in (None, each["level"])
    )


def words(event, kind):
    return stage(event, kind)["words"]


WALK = {"network": "small", "source": "test", "image": 5, "rate": RATE}


def test_a_network_of_oriented_gradients_is_refused(data):
    model = model_of([784, 12, 10], "relu", below=[OrientedGradients((28, 28))])
    visit = visiting(data, model=model)
    event = refusal(visit, "walk", **WALK | {"network": "answering"})
    assert "this network sees oriented gradients" in event.fields["message"]
    assert walk(visit, network="small").fields["sizes"] == [784, 16, 10]


class TestTheGradientOfAWeight:
    def test_it_is_a_product_and_what_is_measured(self, model, data):
        visit = visiting(data, model=model)
        event, trace = walk(visit), expected(model, data)
        rng = np.random.default_rng(0)
        n_measured = 0
        for layer, dense in enumerate(trace.dense, start=1):
            lit = np.flatnonzero(dense.x)
            for start, end in zip(
                rng.choice(lit, 6), rng.integers(0, len(dense.y), 6), strict=True
            ):
                told = measured(visit, layer, int(start), int(end))
                assert told["gradient"] == dense.dW[start, end]
                assert told["gradient"] == pytest.approx(told["input"] * told["blame"], rel=1e-12)
                assert told["weight"] == dense.W[start, end]
                assert told["after"] == pytest.approx(dense.W_after[start, end], rel=1e-12)
                assert told["loss"] == event.fields["loss"]
                slope = (told["above"] - told["below"]) / (2 * told["step"])
                assert told["measured"] == pytest.approx(slope, rel=1e-12)
                assert told["measured"] == pytest.approx(told["gradient"], rel=1e-6, abs=1e-9)
                n_measured += told["gradient"] != 0
        assert n_measured > 3

    def test_a_bias_is_a_weight_whose_input_is_1(self, model, data):
        visit = visiting(data, model=model)
        walk(visit)
        trace = expected(model, data)
        for layer, dense in enumerate(trace.dense, start=1):
            told = measured(visit, layer, len(dense.x), 2)
            assert told["bias"]
            assert told["input"] == 1
            assert told["gradient"] == told["blame"] == dense.dy[2]
            assert told["measured"] == pytest.approx(told["gradient"], rel=1e-6, abs=1e-9)

    def test_a_dark_pixel_teaches_nothing(self, data):
        visit = visiting(data)
        walk(visit, network="small")
        told = measured(visit, 1, 0, 3)
        assert told["input"] == told["gradient"] == told["measured"] == told["error"] == 0

    def test_its_curve_is_the_loss_with_the_weight_moved(self, data):
        model = model_of(*SIZES["one layer"])
        visit = visiting(data, model=model)
        event = walk(visit)
        k = event.fields["target"]
        probed = last(ask(visit, "probe", layer=2, start=0, end=k), "probed")
        offsets, losses = probed.arrays["offsets"], probed.arrays["losses"]
        moved = aside(model.network)
        moved.layers[-1].W[0, k] += offsets[-1]
        x = model.scaling(data.test.rows[5:6]).astype(np.float64)
        own = SoftmaxCrossEntropy()(moved.forward(x), one_hot(np.array([k]), 10))[0]
        assert losses[-1] == pytest.approx(own, rel=1e-6)
        assert losses[len(losses) // 2] == pytest.approx(event.fields["loss"], rel=1e-6)

    def test_probing_leaves_the_network_as_it_was(self, data):
        network = aside(model_of(*SIZES["several"]).network)
        before = network.params.copy()
        x = data.test.rows[:1] / 255
        target = one_hot(data.test.labels[:1], 10).astype(np.float64)
        probe(network, x, target, 1, 3, 2, np.linspace(-1, 1, 5))
        losses_after(network, (x, target), np.array([0.1, 1e300]), [(x, target)])
        assert np.array_equal(network.params, before)

    def test_a_gradient_that_is_wrong_is_told_from_its_measure(self, data):
        network = aside(model_of(*SIZES["one layer"]).network)
        right = network.layers[0].backward

        def wrong(dy):
            dx = right(dy)
            network.layers[0].dW *= 1.001
            return dx

        network.layers[0].backward = wrong
        x = data.test.rows[5:6] / 255
        target = one_hot(data.test.labels[5:6], 10).astype(np.float64)
        trace = expected(model_of(*SIZES["one layer"]), data)
        i, o = np.unravel_index(np.abs(trace.dense[0].dW).argmax(), (784, 12))
        found = probe(network, x, target, 0, int(i), int(o), np.zeros(1))
        assert found.error > 1e-4


def measured(visit, layer, start, end):
    event = last(ask(visit, "probe", layer=layer, start=start, end=end), "probed")
    return event.fields


class TestATrainingUnderWay:
    def test_it_is_not_touched_by_steps_and_measures(self, data, tmp_path):
        visits = [visiting(data), visiting(data)]
        for visit in visits:
            learned(visit, "step")
        looked_at, alone = visits
        ask(looked_at, "use", model="trained")
        walk(looked_at, rate=1000)
        measured(looked_at, 1, 300, 2)
        for when in ("at once", "in the end"):
            models = [saved(each, tmp_path) for each in visits]
            assert np.array_equal(*(each.network.params for each in models)), when
            if when == "at once":
                learned(looked_at)
                learned(alone)

    def test_what_is_measured_is_the_network_of_the_step_though_it_learned_on(self, data):
        visit = visiting(data)
        learned(visit, "step")
        ask(visit, "use", model="trained")
        event = walk(visit)
        learned(visit)
        assert measured(visit, 2, 0, 1)["loss"] == event.fields["loss"]

    def test_after_a_forget_there_is_no_step(self, data):
        visit = visiting(data)
        walk(visit, network="small")
        ask(visit, "forget")
        event = refusal(visit, "probe", layer=1, start=0, end=0)
        assert "walked through before" in event.fields["message"]


class TestHostileValues:
    @pytest.mark.parametrize("rate", [math.nan, math.inf, -1, 1e4, "0.1", None, 10**400])
    def test_what_is_no_learning_rate_is_refused(self, data, rate):
        event = refusal(visiting(data), "walk", **WALK | {"rate": rate})
        assert "rate" in event.fields["message"]

    @pytest.mark.parametrize("rate", [0, 5e-324, 1000, 1000.0])
    @pytest.mark.parametrize("network", ["small", "fresh"])
    def test_any_other_is_carried_out(self, data, network, rate):
        event = walk(visiting(data), network=network, rate=rate)
        assert event.fields["loss"] > 0
        text = packed(event.name, event.fields, event.arrays)
        json.loads(text[4 : 4 + int.from_bytes(text[:4], "little")])

    @pytest.mark.parametrize(
        "wished",
        [
            *({"target": 10}, {"among": 10}, {"logit": 10}, {"units": [16]}, {"units": []}),
            *({"units": [2**53 - 1]}, {"units": [1, 1]}, {"units": [-1]}, {"units": 3}),
        ],
        ids=str,
    )
    def test_what_is_not_there_is_refused(self, data, wished):
        assert refusal(visiting(data), "walk", **WALK | wished)

    @pytest.mark.parametrize("place", [(3, 0, 0), (1, 785, 0), (1, 0, 16), (2, 17, 0), (2, 0, 10)])
    def test_a_weight_that_is_not_there_is_refused(self, data, place):
        visit = visiting(data)
        walk(visit, network="small")
        layer, start, end = place
        assert (
            "expected"
            in refusal(visit, "probe", layer=layer, start=start, end=end).fields["message"]
        )

    def test_without_a_drawing_it_says_where_to_draw(self, data):
        visit = visiting(data)
        event = refusal(visit, "walk", **WALK | {"source": "drawing", "image": 0})
        assert "draw a digit in Draw first" in event.fields["message"]
        ask(visit, "draw", {"pixels": np.full((60, 60), 255, np.uint8)}, number=1)
        assert refusal(visit, "walk", **WALK | {"source": "drawing", "image": 0})

    def test_a_measure_without_a_step_is_refused(self, data):
        event = refusal(visiting(data), "probe", layer=1, start=0, end=0)
        assert "walked through before" in event.fields["message"]

    @pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
    def test_a_network_that_has_run_away_says_so(self, data, value):
        model = model_of(*SIZES["one layer"])
        model.network.params[:] = value
        event = visiting(data, model=model).do("walk", WALK | {"network": "answering"}, {})[0]
        if event.name == "error":
            assert "run away" in event.fields["message"]
        else:
            assert math.isfinite(event.fields["loss"])

    def test_a_drawing_of_a_gap_in_a_row_of_digits_is_refused(self, data):
        visit = visiting(data)
        ask(visit, "draw", {"pixels": drawing(7)}, number=1)
        assert refusal(visit, "walk", **WALK | {"source": "drawing", "image": 5})


class TestOtherImages:
    """A data set of other classes, and of another size."""

    @pytest.fixture
    def letters(self):
        rng = np.random.default_rng(0)
        labels = np.tile(np.arange(3, dtype=np.uint8), 40)
        images = rng.integers(0, 80, (120, 9, 7)).astype(np.uint8)
        images[np.arange(120), labels * 3] += 150
        some = Examples(images, labels)
        return Dataset("letters", some.take(np.arange(90)), some.take(np.arange(90, 120)),
                       ("a", "b", "c"), "")  # fmt: skip

    @pytest.mark.parametrize("network", ["small", "fresh"])
    def test_the_small_networks_are_made_for_them(self, letters, network):
        event = walk(visiting(letters, None), network=network, image=1)
        assert event.fields["sizes"] == [63, 16, 3]
        assert event.fields["classes"] == ["a", "b", "c"]
        assert event.arrays["pixels"].shape == (9, 7)
        assert event.arrays["weights"].shape == (16, 9, 7)

    def test_a_network_of_digits_takes_none_of_them(self, letters):
        event = refusal(visiting(letters, None), "walk", **WALK | {"network": "answering"})
        assert "expected a network of the images of letters" in event.fields["message"]

    def test_and_a_drawing_is_nothing_for_a_network_of_letters(self, letters):
        visit = visiting(letters, None)
        ask(visit, "draw", {"pixels": drawing(7)}, number=1)
        event = refusal(visit, "walk", **WALK | {"source": "drawing", "image": 0})
        assert "28x28" in event.fields["message"]

    def test_a_network_of_many_classes_shows_those_that_matter(self, data):
        network = multilayer_perceptron([784, 16, 40], "relu", seed=0)
        names = tuple(f"class {n}" for n in range(40))
        visit = visiting(data, model=Model(network, MinMax(0, 255), names, (28, 28)))
        ask(visit, "draw", {"pixels": drawing(7)}, number=1)
        event = walk(visit, source="drawing", image=0, target=33)
        assert 33 in event.fields["shown"][-1]
        assert len(event.fields["shown"][-1]) == 16
        assert event.fields["others"] == 0
        assert event.arrays["other_losses"].size == 0
