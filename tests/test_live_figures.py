"""The live figures: their numbers by hand, by digitnet's own parts, and as pictures."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from digitnet.errors import DigitnetError
from digitnet.nn import SoftmaxCrossEntropy, multilayer_perceptron
from digitnet.teach.figures import FIGURES, Material, answer
from digitnet.teach.figures.__main__ import main
from digitnet.teach.figures.neuron import switching
from digitnet.teach.figures.parts import said
from digitnet.teach.figures.pictures import write
from digitnet.teach.figures.saturation import UNITS, build
from digitnet.teach.figures.svg import DARK
from digitnet.teach.figures.units import BATCH, LEARNING_RATE, WEIGHT_DECAY, learner_after
from digitnet.web.course.writing import COURSE


@pytest.fixture(scope="module")
def material(mnist):
    """Few digits: all figures compute with them in a blink."""
    return Material(mnist.train.images[:500], mnist.train.labels[:500].astype(np.uint8))


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


class TestNeuron:
    def test_the_sum_and_the_output_by_hand(self, material):
        shown = answer("neuron", {"x1": 0.8, "x2": 0.3, "w1": 4, "w2": -3.0, "b": -0.5}, material)
        assert shown.fields["products"] == pytest.approx([3.2, -0.9])
        assert shown.fields["z"] == pytest.approx(1.8)
        assert shown.fields["p"] == pytest.approx(0.8581489, abs=1e-7)
        assert "= 1.8, so p = 0.858" in shown.text

    def test_the_plane_has_its_corners_where_they_belong(self, material):
        plane = answer("neuron", {"w1": 4.0, "w2": -3.0, "b": -0.5}, material).arrays["plane"]
        corners = [plane[-1, 0], plane[-1, -1], plane[0, 0], plane[0, -1]]
        expected = [sigmoid(z) for z in (-0.5, 3.5, -3.5, 0.5)]  # (0, 0), (1, 0), (0, 1), (1, 1)
        assert corners == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(
        ("weights", "line"),
        [
            ((1.0, -1.0, 0.0), [[0, 0], [1, 1]]),
            ((1.0, 0.0, -0.25), [[0.25, 0], [0.25, 1]]),
            ((2.0, 2.0, -1.0), [[0, 0.5], [0.5, 0]]),
            ((1.0, 1.0, 1.0), []),  # outside
            ((0.0, 0.0, 0.0), []),  # no line at all
        ],
    )
    def test_the_line_ends_at_the_border_of_the_square(self, material, weights, line):
        settings = dict(zip(("w1", "w2", "b"), weights, strict=True))
        shown = answer("neuron", settings, material)
        assert shown.fields["line"] == line
        assert ("Nowhere" in shown.text) == (not line)

    def test_on_the_line_the_sum_is_zero(self, generator):
        found = [(w, switching(*w)) for w in generator.uniform(-5, 5, (50, 3))]
        assert sum(bool(ends) for _, ends in found) > 10
        for (w1, w2, b), ends in found:
            for x1, x2 in ends:
                assert x1 * w1 + x2 * w2 + b == pytest.approx(0, abs=1e-12)


class TestSoftmax:
    def test_three_classes_by_hand(self, material):
        shown = answer("softmax", {"classes": 3, "z1": 1.0, "z2": 0.0, "z3": 0.0}, material)
        total = math.e + 2
        assert shown.fields["probabilities"] == pytest.approx(
            [math.e / total, 1 / total, 1 / total]
        )
        assert shown.fields["plain"] == pytest.approx(shown.fields["probabilities"])
        assert shown.fields["exponents"] == [0, -1, -1]
        assert shown.fields["unused"] == [f"z{k}" for k in range(4, 11)]

    def test_twice_the_temperature_is_half_the_logits(self, material):
        some = {"classes": 3, "z2": 0.0, "z3": -1.0}
        warm = answer("softmax", {**some, "z1": 2.0, "z3": -2.0, "temperature": 2.0}, material)
        cool = answer("softmax", {**some, "z1": 1.0}, material)
        assert warm.fields["probabilities"] == pytest.approx(cool.fields["probabilities"])

    def test_a_large_logit_stays_finite_and_the_plain_formula_does_not(self, material):
        shown = answer("softmax", {"large": True}, material)
        assert shown.fields["probabilities"] == [1, 0, 0, 0]
        assert math.isnan(shown.fields["plain"][0])
        assert "Without the shift" in shown.text


class TestChain:
    @pytest.mark.parametrize("t", ["0", "1"])
    def test_each_derivative_is_its_product_and_what_is_measured(self, material, generator, t):
        for x, w, b in generator.uniform(-2, 2, (5, 3)).tolist():
            shown = answer("chain", {"x": x, "w": w, "b": b, "t": t}, material).fields
            assert {each["name"] for each in shown["derivatives"]} == set("pzwxb")
            for each in shown["derivatives"]:
                product = math.prod(shown["slopes"][name] for name in each["factors"])
                assert each["value"] == pytest.approx(product, rel=1e-12)
                assert each["measured"] == pytest.approx(each["value"], rel=1e-6, abs=1e-9)

    def test_the_numbers_by_hand(self, material):
        shown = answer("chain", {"x": 2.0, "w": 1.0, "b": -1.0}, material).fields
        p = sigmoid(1)
        assert shown["values"]["z"] == 1
        assert shown["values"]["L"] == pytest.approx(-math.log(p))
        derivatives = {each["name"]: each["value"] for each in shown["derivatives"]}
        expected = {"p": -1 / p, "z": p - 1, "w": 2 * (p - 1), "x": p - 1, "b": p - 1}
        assert derivatives == pytest.approx(expected)

    def test_the_loss_is_softmax_and_cross_entropy_of_two_classes(self, material):
        shown = answer("chain", {"t": "0"}, material).fields
        logits = np.array([[0.0, shown["values"]["z"]]])
        loss, dz = SoftmaxCrossEntropy()(logits, np.array([[1.0, 0.0]]))
        assert shown["values"]["L"] == pytest.approx(loss)
        (z,) = (each for each in shown["derivatives"] if each["name"] == "z")
        assert z["value"] == pytest.approx(dz[0, 1])


class TestValley:
    def test_without_momentum_each_step_is_a_multiplication(self, material):
        path = answer("valley", {"learning_rate": 0.1, "kappa": 5, "steps": 7}, material)
        expected = [(-3.6 * 0.9**k, 1.5 * 0.5**k) for k in range(8)]
        assert path.arrays["path"] == pytest.approx(np.array(expected), abs=1e-6)
        last = 0.5 * (expected[-1][0] ** 2 + 5 * expected[-1][1] ** 2)
        assert path.fields["loss"] == pytest.approx(last)
        assert path.arrays["heights"][-1] == pytest.approx(math.log10(last), abs=1e-6)

    def test_with_momentum_two_steps_by_hand(self, material):
        settings = {"learning_rate": 0.1, "momentum": 0.5, "kappa": 4, "steps": 2}
        path = answer("valley", settings, material).arrays["path"]
        first = (-3.6 + 0.36, 1.5 - 0.6)
        second = (first[0] + 0.18 - 0.1 * first[0], first[1] - 0.3 - 0.4 * first[1])
        assert path[1:] == pytest.approx(np.array([first, second]), abs=1e-6)

    @pytest.mark.parametrize("momentum", [0.0, 0.3])
    def test_it_diverges_above_the_bound_and_only_there(self, material, momentum):
        bound = 2 * (1 + momentum) / 20
        for factor, diverges in ((0.9, False), (1.1, True)):
            settings = {"learning_rate": factor * bound, "momentum": momentum, "kappa": 20}
            shown = answer("valley", {**settings, "steps": 60}, material)
            assert shown.fields["bound"] == pytest.approx(bound)
            assert (shown.fields["loss"] > 100) == diverges
            assert ("It diverges: each swing" in shown.text) == diverges
            assert shown.fields["outside"] is not None or not diverges


class TestSaturation:
    def test_outputs_and_gradients_of_two_layers_by_hand(self, material):
        shown = answer("saturation", {"activation": "tanh", "depth": 2, "scale": 1.0}, material)
        network = build("tanh", 2, 1.0)
        (W1, W2, W3), x = (
            (p for n, p, _ in network.parameters() if n[0] == "W"),
            material.rows[:200],
        )
        y1 = np.tanh(x @ W1)
        y2 = np.tanh(y1 @ W2)
        z = y2 @ W3
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        dz2 = (p - material.targets[:200]) @ W3.T * (1 - y2**2)
        dz1 = dz2 @ W2.T * (1 - y1**2)
        expected = [math.sqrt(np.square(dz).mean()) for dz in (dz1, dz2)]
        assert shown.fields["gradients"] == pytest.approx(expected)
        assert shown.fields["saturated"] == [np.mean(1 - y**2 < 0.05) for y in (y1, y2)]
        counts, _ = np.histogram(y2, 24, (-1, 1))
        assert shown.arrays["shares"][1] == pytest.approx(counts / y2.size, abs=1e-7)

    def test_the_scale_is_that_of_the_weights(self):
        W = next(values for _, values, _ in build("relu", 3, 2.0).parameters())
        assert W.shape == (784, UNITS)
        assert W.std() * 28 == pytest.approx(2, rel=0.02)

    def test_sigmoids_let_little_back_and_he_keeps_it(self, material):
        faded = answer("saturation", {"activation": "sigmoid", "scale": 1.0}, material)
        kept = answer("saturation", {"activation": "relu", "scale": 1.4}, material)
        assert faded.fields["gradients"][0] < faded.fields["gradients"][-1] / 1000
        assert 0.2 < kept.fields["gradients"][0] / kept.fields["gradients"][-1] < 5

    @pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
    @pytest.mark.parametrize("scale", [0.1, 4.0])
    def test_all_is_finite_at_the_ends_of_the_sliders(self, material, activation, scale):
        settings = {"activation": activation, "scale": scale, "depth": 10}
        shown = answer("saturation", settings, material)
        assert shown.arrays["shares"].sum(axis=1) == pytest.approx(np.ones(10), abs=1e-5)
        assert np.isfinite(shown.fields["gradients"]).all()
        assert "no number" not in shown.text


class TestUnits:
    def test_steps_in_parts_are_steps_in_one_go(self, material):
        fresh = Material(material.images, material.labels)
        parts = [network_after(steps, fresh).params.copy() for steps in (0, 50, 150)]
        assert np.array_equal(parts[2], network_after(150, Material(*vars_of(material))).params)
        assert np.array_equal(parts[0], network_after(0, fresh).params)  # and back again
        assert np.array_equal(parts[0], multilayer_perceptron([784, 16, 10]).params)

    def test_the_first_step_is_plain_gradient_descent(self, material):
        network = network_after(0, Material(*vars_of(material)))
        before = network.params.copy()
        some = np.random.default_rng([0, 0]).permutation(500)[:BATCH]
        logits = network.forward(material.rows[some], training=True)
        network.backward(SoftmaxCrossEntropy()(logits, material.targets[some])[1])
        network.weight_grads += WEIGHT_DECAY * network.weights
        expected = before - LEARNING_RATE * network.grads
        learned = network_after(1, Material(*vars_of(material))).params
        assert learned == pytest.approx(expected, abs=1e-6)

    def test_what_excites_a_unit_most(self, material):
        shown = answer("units", {"steps": 50, "unit": 3}, material)
        network = network_after(50, material)
        (W, b) = (p for n, p, _ in network.parameters() if n in ("W1", "b1"))
        says = np.maximum(material.rows @ W[:, 2] + b[2], 0)
        order = np.argsort(-says, kind="stable")[:10]
        assert shown.fields["says"] == pytest.approx(says[order].tolist(), rel=1e-5)
        assert shown.fields["labels"] == material.labels[order].tolist()
        assert np.array_equal(shown.arrays["images"], material.images[order])
        assert np.array_equal(shown.arrays["weights"][2].ravel(), W[:, 2])

    def test_what_was_kept_changes_no_answer(self, material):
        settings = {"steps": 100, "unit": 5}
        kept = answer("units", settings, material)
        for other in ({"steps": 100, "unit": 6}, {"steps": 150}, {"steps": 0}):
            answer("units", other, material)
        for again in (
            answer("units", settings, m) for m in (material, Material(*vars_of(material)))
        ):
            assert again.fields == kept.fields
            assert np.array_equal(again.arrays["images"], kept.arrays["images"])

    def test_it_learns(self, material):
        before, after = (answer("units", {"steps": n}, material).fields for n in (0, 200))
        assert before["accuracy"] < 0.3
        assert after["accuracy"] > 0.9


def network_after(steps, material):
    return learner_after(steps, material).network


def vars_of(material):
    return material.images, material.labels


@pytest.mark.parametrize(
    ("name", "settings", "problem"),
    [
        ("neurons", {}, "expected a figure among neuron, .*did you mean neuron"),
        ("neuron", {"w3": 1.0}, "figure neuron: there is no setting 'w3'"),
        ("neuron", {"w1": 11.0}, "figure neuron: w1: expected a number from -10.0 to 10.0, got 11"),
        ("neuron", {"w1": float("nan")}, "w1: expected a number"),
        ("valley", {"steps": 2.5}, "steps: expected a whole number from 1 to 60, got 2.5"),
        ("softmax", {"large": 1}, "large: expected true or false, got 1"),
        ("chain", {"t": "2"}, "t: expected one of 1, 0, got '2'"),
        ("saturation", {"activation": "gelu"}, "expected one of sigmoid, tanh, relu, got 'gelu'"),
    ],
)
def test_what_is_no_setting_costs_a_sentence(material, name, settings, problem):
    with pytest.raises(DigitnetError, match=problem):
        answer(name, settings, material)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.858149, "0.858"),
        (-0.0, "0"),
        (-3.14159, "−3.14"),
        (411087.3, "411,000"),
        (0.0000904, "0.0000904"),
        (7.43e-8, "7.43·10⁻⁸"),
        (-2e9, "−2·10⁹"),
        (math.nan, "no number"),
    ],
)
def test_numbers_in_sentences(value, text):
    assert said(value) == text


@pytest.fixture(scope="module")
def paths(material, tmp_path_factory):
    return write(tmp_path_factory.mktemp("figures"), material)


class TestPictures:
    def test_each_is_a_drawing_that_says_its_numbers(self, paths):
        assert [path.stem for path in paths] == list(FIGURES)
        words = {p.stem: " ".join(ElementTree.parse(p).getroot().itertext()) for p in paths}
        for name, text in {
            "neuron": "0.858",
            "softmax": "63.8 %",
            "chain": "−0.465",
            "valley": "step",
            "saturation": "size of ∂L/∂z",
            "units": "Digits that excite unit 1 most",
        }.items():
            assert text in words[name], name

    def test_it_is_for_light_and_dark(self, paths):
        for path in paths:
            text = path.read_text(encoding="utf-8")
            assert "@media (prefers-color-scheme: dark)" in text
            drawn = text.partition("</style>")[2]
            assert "var(--c" in drawn
            assert not any(light in drawn for light in DARK)

    def test_the_same_files_come_each_time(self, paths, material, tmp_path):
        again = write(tmp_path, material)
        assert [p.read_bytes() for p in again] == [p.read_bytes() for p in paths]

    def test_the_live_figures_have_the_same_colours(self):
        css = (COURSE / "figure.css").read_text(encoding="utf-8")
        for light, dark in DARK.items():
            assert f"light-dark({light}, {dark})" in css

    @pytest.mark.parametrize("arguments", [[], ["one", "two"], ["--help"]])
    def test_the_command_says_how_it_is_called(self, arguments, capsys):
        assert main(arguments) == 2
        assert "python -m digitnet.teach.figures FOLDER" in capsys.readouterr().err

    def test_a_folder_that_cannot_be_written_costs_a_sentence(self, tmp_path, capsys):
        (tmp_path / "file").write_text("")
        assert main([str(tmp_path / "file" / "folder")]) == 1
        assert "cannot be written" in capsys.readouterr().err
