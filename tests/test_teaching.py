"""Gradient checks for users, a learning step in numbers, comparisons: what they show is so."""

import math
import re
import shlex
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from digitnet.cli import main
from digitnet.cli.explain import percent
from digitnet.data import MinMax, one_hot
from digitnet.nn import (
    ACTIVATIONS,
    SGD,
    Activation,
    BatchNorm,
    Dense,
    Network,
    Objective,
    Tanh,
    check_gradients,
    multilayer_perceptron,
)
from digitnet.teach.checking import distance_to_kinks, draw_images, plant_error
from digitnet.teach.explain import telling_unit, trace_step
from digitnet.teach.html import as_html
from digitnet.teach.pages import as_text, number, picture, sections

ROOT = Path(__file__).parent.parent
CLASSES = tuple("0123456789")


def run(*arguments):
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as error:
        return error.code


class TestGradcheck:
    @pytest.mark.parametrize(
        "options",
        [
            [],
            ["--hidden", ""],
            ["--hidden", "20,10", "--activation", "sigmoid,tanh", "--dropout", "0.4"],
            ["--hidden", "8,8,8", "--activation", "leaky_relu", "--weight-decay", "0.1"],
            [
                "--hidden",
                "16,16,16,16,16,16,16,16",
                "--activation",
                "sigmoid",
                "--weight-decay",
                "0",
            ],
            ["--hidden", "800,800"],
            ["--hidden", "8", "--initializer", "zeros"],
            ["--hidden", "8", "--weight-decay", "1e6"],
        ],
    )
    def test_any_network_passes(self, options, capsys):
        assert run("gradcheck", *options) == 0
        assert "PASS" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("hidden", "layer", "wrong", "said"),
        [
            ("16", 0, "W1, b1", "layer 0 (Dense) computes dW1 and db1 0.1 % too large"),
            (
                *("16", 1, "W1, b1"),
                "layer 1 (ReLU) hands down a gradient 0.1 % too large: "
                "what is below it is wrong, W1 and b1",
            ),
            ("16", 2, "W2, b2", "layer 2 (Dense) computes dW2 and db2 0.1 % too large"),
            (
                *("8,8", 3, "W1, W2, b1, b2"),
                "layer 3 (ReLU) hands down a gradient 0.1 % too large: "
                "what is below it is wrong, W1, W2, b1 and b2",
            ),
        ],
    )
    def test_a_planted_error_is_found_where_it_is(self, hidden, layer, wrong, said, capsys):
        assert run("gradcheck", "--hidden", hidden, "--break", layer) == 1
        lines = capsys.readouterr().out.splitlines()
        assert lines[-1].endswith(f": {wrong}")
        assert said in lines

    def test_the_error_that_the_table_shows_is_explained(self, capsys):
        """An excess of a thousandth is half a thousandth of both together."""
        run("gradcheck", "--hidden", "8", "--break", "0")
        out = capsys.readouterr().out
        assert re.search(r"^W1 .* 5\.0e-04 ", out, re.M)
        formula = "relative error = |a - n| / (|a| + |n|)"
        assert f"\n{formula}: an excess of 0.1 % shows as 0.05 %, 5.0e-04\n" in out
        run("gradcheck", "--hidden", "8")
        assert f"\n{formula}\n" in capsys.readouterr().out

    def test_what_cannot_be_measured_is_said(self, capsys):
        deep = ["--hidden", ",".join(["16"] * 12), "--activation", "sigmoid", "--weight-decay", "0"]
        assert run("gradcheck", *deep) == 0
        assert re.search(
            r"^W1, .*: a gradient, or an epsilon, below the rounding", capsys.readouterr().out, re.M
        )
        zeros = ["--hidden", "8", "--initializer", "zeros", "--activation", "tanh"]
        assert run("gradcheck", *zeros, "--weight-decay", "0", "--break", "0") == 1
        out = capsys.readouterr().out
        assert "W1, b1: no gradient at all" in out
        assert "PASS" not in out
        assert "NOT FOUND: no gradient that is wrong could be judged" in out

    @pytest.mark.parametrize("planted", [[], ["--break", "0"]])
    def test_what_is_not_measured_at_all_does_not_pass(self, planted, capsys):
        assert run("gradcheck", "--hidden", "4", "--epsilon", "1e-12", *planted) == 1
        out = capsys.readouterr().out
        assert "PASS" not in out
        assert ("NOT FOUND" if planted else "NOT JUDGED") in out

    def test_an_error_in_a_deep_network_is_not_excused(self, capsys):
        deep = ["--hidden", "16,16,16,16", "--activation", "sigmoid", "--weight-decay", "0"]
        assert run("gradcheck", *deep, "--break", "0") == 1
        assert "FAIL" in capsys.readouterr().out

    def test_all_parameters_can_be_checked(self, capsys):
        assert run("gradcheck", "--hidden", "2", "--all") == 0
        rows = re.findall(r"^(\w\d) +(\d+) +(\d+) ", capsys.readouterr().out, re.M)
        assert rows == [
            ("W1", *["1568"] * 2),
            ("W2", "20", "20"),
            ("b1", "2", "2"),
            ("b2", "10", "10"),
        ]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--break", "3"], "--break: expected the number of a layer from 0 to 2, got 3"),
            (["--break", "-1"], "--break: expected the number of a layer, from 0, got '-1'"),
            (["--images", "0"], "--images: expected a whole number of at least 1"),
            (["--epsilon", "0"], "--epsilon: expected a number above 0"),
            (["--images", "60001"], "expected at most the 60000 images that there are"),
            (["--epsilon", "0.5"], "try a smaller --epsilon"),
            (["--activation", "swoosh"], "--activation: expected names among"),
        ],
    )
    def test_wrong_arguments(self, arguments, message, capsys):
        assert run("gradcheck", *arguments) == 2
        assert message in capsys.readouterr().err

    def test_images_near_a_kink_are_drawn_again(self, few):
        network = multilayer_perceptron([784, 40, 10], dtype=np.float64)
        epsilon = 2e-4
        x, targets, used = draw_images(network, few, 20, epsilon, seed=0)
        assert used == epsilon
        assert distance_to_kinks(network, x).min() >= 10 * epsilon
        first = few.take(np.random.default_rng(0).permutation(len(few))[:20])
        drawn_first = MinMax(0, 255)(first.rows, out=np.empty((20, 784)))
        assert distance_to_kinks(network, drawn_first).min() < 10 * epsilon
        assert np.allclose(targets.sum(axis=1), 1)

    def test_the_check_would_fail_at_a_kink(self, few):
        """What drawing again protects from: a unit that sits within a step of its kink."""
        network = multilayer_perceptron([784, 8, 10], dtype=np.float64)
        x, targets, _ = draw_images(network, few, 1, 1e-4, seed=0)
        dense = network.layers[0]
        z = x @ dense.W
        unit = int(np.argmax(np.abs(network.layers[2].W).sum(axis=1)))
        dense.b[unit] = -z[0, unit] + 2e-5
        checks = {c.name: c.error for c in check_gradients(network, x, targets, Objective())}
        assert checks["b1"] > 1e-7

    def test_a_planted_error_in_every_kind_of_layer_is_a_thousandth(self, generator):
        for name in ACTIVATIONS:
            network = multilayer_perceptron([6, 5, 3], name, dropout=0.5, dtype=np.float64)
            x, targets = generator.random((4, 6)) + 0.1, np.eye(3)[[0, 1, 2, 0]]
            state = network.state()
            Objective()(network, x, targets)
            right = network.layers[0].dW.copy()
            plant_error(network.layers[1])
            network.restore(state)
            Objective()(network, x, targets)
            assert np.allclose(network.layers[0].dW, 1.001 * right, rtol=1e-12)

    def test_a_planted_error_is_in_the_gradients_of_parameters_alone(self, generator):
        """A layer may well keep its x and dx: they are none."""

        class Keeping(Dense):
            def backward(self, dy):
                self.dx = super().backward(dy)
                return self.dx

        right, wrong = (Network(6, [Dense(5), Keeping(3)], dtype=np.float64) for _ in range(2))
        x, targets = generator.random((4, 6)), np.eye(3)[[0, 1, 2, 0]]
        Objective()(wrong, x, targets)
        plant_error(wrong.layers[1])
        for network in (right, wrong):
            Objective()(network, x, targets)
        assert np.allclose(wrong.layers[1].dW, 1.001 * right.layers[1].dW, rtol=1e-12)
        assert np.array_equal(wrong.layers[0].dW, right.layers[0].dW)


def one_example(few, index=0):
    part = slice(index, index + 1)
    return MinMax(0, 255)(few.rows[part]), one_hot(few.labels[part], 10)


class Damped(Activation):
    """y = x / 2 where x > 0, else 0."""

    def forward(self, x, training):
        self.x = x
        return np.maximum(x, 0) / 2

    def backward(self, dy):
        dx = self.scratch("dx", dy.shape, dy.dtype)
        np.multiply(dy, (self.x > 0) / 2, out=dx)
        return dx


class Slanted(Activation):
    """y = x where x > 0, else a x: with a slope that is learned (PReLU)."""

    def shapes(self, n_in):
        return {"a": (n_in,)}

    def initialize(self, generator):
        self.a.fill(0.25)

    def forward(self, x, training):
        self.x = x
        return np.where(x > 0, x, self.a * x)

    def backward(self, dy):
        np.sum(dy * np.minimum(self.x, 0), axis=0, out=self.da)
        return dy * np.where(self.x > 0, 1, self.a)


class TestTheTracedStep:
    @pytest.mark.parametrize(
        ("hidden", "activation"), [([], "relu"), ([12], "relu"), ([12, 9], "tanh")]
    )
    def test_it_is_the_step_that_the_network_takes(self, few, hidden, activation):
        """Equal to Objective and SGD on a twin, bit for bit: there is no second implementation."""
        traced, twin = (multilayer_perceptron([784, *hidden, 10], activation) for _ in range(2))
        x, target = one_example(few)
        trace = trace_step(traced, x, target, learning_rate=0.05)
        loss, logits = Objective()(twin, x, target)
        assert trace.loss == loss
        assert np.array_equal(trace.logits, logits[0])
        dense = iter(trace.dense)
        for layer in twin.layers:
            if hasattr(layer, "dW"):
                copied = next(dense)
                assert np.array_equal(copied.dW, layer.dW)
                assert np.array_equal(copied.W, layer.W)
        SGD().step(twin.params, twin.grads, 0.05)
        assert np.array_equal(traced.params, twin.params)
        loss_after, _ = Objective()(twin, x, target)
        assert trace.loss_after == loss_after < trace.loss

    def test_its_arrays_are_copies(self, few):
        network = multilayer_perceptron([784, 12, 10])
        trace = trace_step(network, *one_example(few), learning_rate=0.1)
        before = [trace.dense[0].W.copy(), trace.logits.copy(), trace.layers[1].dy.copy()]
        trace_step(network, *one_example(few, 1), learning_rate=0.1)
        after = [trace.dense[0].W, trace.logits, trace.layers[1].dy]
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))

    @pytest.mark.parametrize("kind", ["scratch", "parametric"])
    def test_layers_of_ones_own_are_walked_through_right(self, kind, few):
        """One returns the same memory at each call, as it may; one has a parameter."""
        layers = {"scratch": Damped, "parametric": Slanted}[kind]
        traced, plain = (
            Network(784, [Dense(12), layers(), Dense(10)], dtype=np.float64) for _ in range(2)
        )
        x, target = (array.astype(np.float64) for array in one_example(few))
        trace = trace_step(traced, x, target, learning_rate=0.05)
        Objective()(plain, x, target)
        for copied, layer in zip(trace.dense, plain.layers[::2], strict=True):
            assert np.array_equal(copied.dW, layer.dW)
        SGD().step(plain.params, plain.grads, 0.05)
        assert np.array_equal(traced.params, plain.params)
        middle = trace.layers[1]
        assert np.allclose(middle.dx, middle.dy * middle.slope, rtol=1e-12)

    @pytest.mark.parametrize("below", [[BatchNorm], [Slanted], [Slanted, BatchNorm, Tanh]])
    def test_what_learns_below_the_lowest_dense_layer_takes_its_step_too(self, below, few):
        traced, plain = (
            Network(784, [*(kind() for kind in below), Dense(10)], dtype=np.float64)
            for _ in range(2)
        )
        x, target = (array.astype(np.float64) for array in one_example(few))
        for learning_rate in (0.05, 0.01):
            trace = trace_step(traced, x, target, learning_rate)
            Objective()(plain, x, target)
            SGD().step(plain.params, plain.grads, learning_rate)
            assert np.array_equal(traced.params, plain.params)
        assert len(trace.layers) == len(trace.blocks) == 1

    def test_dropout_has_one_mask_for_the_whole_step(self, few):
        network = multilayer_perceptron([784, 40, 10], dropout=0.5)
        trace = trace_step(network, *one_example(few), learning_rate=0.001)
        assert trace.loss_after < trace.loss
        assert np.count_nonzero(trace.layers[2].y == 0) >= 10


@pytest.fixture
def traced(few):
    network = multilayer_perceptron([784, 16, 10], seed=2)
    trace = trace_step(network, *one_example(few), learning_rate=0.01)
    return trace, telling_unit(trace.dense[0])


def last_column(text, label):
    """The last number of the row of the page that begins with this label."""
    (row,) = re.findall(rf"^ +{re.escape(label)}  +(.+)$", text, re.M)
    return row.split()[-1]


class TestThePage:
    def test_its_numbers_are_those_of_the_arrays(self, traced):
        trace, j = traced
        text = as_text("Title", trace, sections(trace, CLASSES, (28, 28), j), (28, 28))
        first, activation, last = trace.layers
        k, wrong = trace.true_class, int(np.abs(trace.dlogits).argmax())
        pixel = int(trace.x.argmax())
        blocks = re.split(r"^\d+\. ", text, flags=re.M)
        assert len(blocks) == 13
        (_, pixels, unit, active, logit, softmax, loss, dlogits, output, back, weight, update,
         effect) = blocks  # fmt: skip
        assert f"{np.count_nonzero(trace.x)} of them not 0" in " ".join(pixels.split())
        terms = trace.x * first.W[:, j]
        shown = [float(row.split()[-1]) for row in re.findall(r"^ +row \d.+$", unit, re.M)]
        assert shown == pytest.approx(sorted(terms, key=abs, reverse=True)[:8], rel=1e-5)
        rest = float(re.search(r"more terms +(\S+)", unit)[1])
        assert sum(shown) + rest + first.b[j] == pytest.approx(first.y[j], abs=1e-5)
        assert last_column(unit, f"z_{j}") == number(first.y[j])
        assert last_column(active, f"h_{j}") == number(activation.y[j])
        assert last_column(logit, f"z_{k}") == number(trace.logits[k])
        for index, name in enumerate(CLASSES):
            assert last_column(softmax, name) == number(trace.probabilities[index])
            assert last_column(dlogits, name) == number(trace.dlogits[index])
        assert re.search(rf"^ +L +{number(trace.loss)} nats$", loss, re.M)
        assert f"gave it {number(100 * float(trace.probabilities[k]))} %." in " ".join(loss.split())
        assert last_column(output, f"dW_{j},{wrong}") == number(last.dW[j, wrong])
        assert last_column(back, f"dh_{j}") == number(activation.dy[j])
        assert last_column(back, f"f'(z_{j})") == number(activation.slope[j])
        assert last_column(back, f"dz_{j}") == number(activation.dx[j]) == number(first.dy[j])
        assert last_column(weight, f"dW_{pixel},{j}") == number(first.dW[pixel, j])
        assert last_column(update, "W after") == number(
            first.W[pixel, j] - 0.01 * first.dW[pixel, j]
        )
        assert last_column(effect, "L") == number(trace.loss_after)
        assert "The loss fell" in effect

    def test_every_layer_of_a_deep_network_is_walked_through_with_dropout(self, few):
        """Numbers with the same name are the same number, and each follows from those before."""
        network = multilayer_perceptron([784, 12, 9, 10], "tanh", dropout=0.3, seed=5)
        trace = trace_step(network, *one_example(few), learning_rate=0.01)
        first, second, last = trace.blocks
        i, j = telling_unit(first.dense), telling_unit(second.dense)
        text = as_text("T", trace, sections(trace, CLASSES, (28, 28), i), (28, 28))
        titles = re.findall(r"^\d+\. (.+)$", text, re.M)
        assert titles[1:7] == [
            f"What hidden unit {i} of hidden layer 1 adds up",
            "The activation: Tanh",
            "Dropout",
            f"What hidden unit {j} of hidden layer 2 adds up",
            "The activation: Tanh",
            "Dropout",
        ]
        blocks = dict(zip(titles, re.split(r"^\d+\. ", text, flags=re.M)[1:], strict=True))
        assert last_column(blocks[titles[1]], f"z1_{i}") == number(first.dense.y[i])
        assert last_column(blocks[titles[4]], f"z2_{j}") == number(second.dense.y[j])
        given = second.dropout.y[j]
        assert last_column(blocks[titles[6]], "after") == number(given) == number(last.dense.x[j])
        back = blocks[f"Back through unit {j} of layer 2"]
        dh = float(last.dense.W[j] @ trace.dlogits)
        assert float(last_column(back, f"dh2_{j}")) == pytest.approx(dh, rel=1e-4)
        mask = 0 if given == 0 and second.activation.y[j] else 1 / 0.7
        assert float(last_column(back, f"dh2_{j} m")) == pytest.approx(dh * mask, rel=1e-4)
        slope = 1 - second.activation.y[j] ** 2
        assert float(last_column(back, f"f'(z2_{j})")) == pytest.approx(slope, rel=1e-4)
        assert float(last_column(back, f"dz2_{j}")) == pytest.approx(dh * mask * slope, rel=1e-4)
        back = blocks[f"Back through unit {i} of layer 1"]
        dh = float(second.dense.W[i] @ second.dense.dy)
        assert float(last_column(back, f"dh1_{i}")) == pytest.approx(dh, rel=1e-4)

    def test_its_letters_and_indices_are_explained(self, few):
        """o counts units and k classes; z2 is no logit; W_124,5 is where row 4, column 12 is."""
        network = multilayer_perceptron([784, 12, 9, 10], "tanh", seed=5)
        trace = trace_step(network, *one_example(few), learning_rate=0.01)
        first, second = (telling_unit(block.dense) for block in trace.blocks[:2])
        text = as_text("T", trace, sections(trace, CLASSES, (28, 28), first), (28, 28))
        assert f"dh1_{first} = sum_o dz2_o W_{first},o," in text
        assert f"dh2_{second} = sum_k dz_k W_{second},k," in text
        words = " ".join(text.split())
        assert "z2 is the sum in hidden layer 2; the logits are called z." in words
        assert f"Of its layer, unit {first} learns most from this image." in words
        assert f"Of its layer, unit {second} learns most from this image." in words
        (place,) = re.findall(
            r"Row (\d+), column (\d+) is pixel 28 \* (\d+) \+ (\d+) = (\d+)", words
        )
        row, column, *product, pixel = map(int, place)
        assert product == [row, column]
        assert 28 * row + column == pixel
        assert f"dW_{pixel},{first} = x_{pixel} " in text
        assert f"one input weight: from row {row}, column {column} to unit {first}" in text
        other = as_text("T", trace, sections(trace, CLASSES, (28, 28), (first + 1) % 12), (28, 28))
        assert other.count("learns most from this image") == 1  # the one of layer 2
        assert "in a batch of 64 it has a sixty-fourth of the say" in words

    def test_a_dropped_unit_is_said_to_be_dropped_even_where_it_was_zero(self, few):
        network = multilayer_perceptron([784, 30, 10], dropout=0.5, seed=3)
        trace = trace_step(network, *one_example(few), learning_rate=0.01)
        (block, _) = trace.blocks
        mask = network.layers[2].m[0]
        silent = block.activation.y == 0
        for kept in (True, False):
            j = int(np.flatnonzero(silent & ((mask > 0) == kept))[0])
            text = as_text("T", trace, sections(trace, CLASSES, (28, 28), j), (28, 28))
            assert ("Kept, and scaled up" in text) is kept
            assert ("Dropped" in text) is not kept

    def test_a_blame_is_the_sum_of_the_products_beside_it(self, traced):
        trace, j = traced
        back = next(
            part for part in sections(trace, CLASSES, (28, 28), j) if "Back t" in part.title
        )
        *terms, total, slope, dz = [float(row[-1]) for row in back.rows]
        assert sum(terms) == pytest.approx(total, abs=1e-6)
        assert total * slope == pytest.approx(dz, rel=1e-4)
        for name, blame, weight, product in back.rows[:8]:
            k = CLASSES.index(name)
            assert float(blame) == pytest.approx(float(trace.dlogits[k]), rel=1e-5)
            assert float(weight) == pytest.approx(float(trace.dense[1].W[j, k]), rel=1e-5)
            assert float(product) == pytest.approx(float(blame) * float(weight), rel=1e-4)

    def test_a_change_is_told_with_as_many_digits_as_show_it(self, few):
        """0.0757126 -> 0.0757126 would not be seen to have fallen."""
        network = multilayer_perceptron([784, 16, 10], dtype=np.float64)
        x, target = (array.astype(np.float64) for array in one_example(few))
        trace = trace_step(network, x, target, learning_rate=1e-8)
        assert trace.loss_after < trace.loss
        *_, effect = sections(trace, CLASSES, (28, 28), 0)
        told = {name: (float(before), float(after)) for name, before, after in effect.rows}
        assert told["L"][1] < told["L"][0]
        assert told["L"] == pytest.approx((trace.loss, trace.loss_after), abs=1e-5)

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_the_activation_is_told_with_its_formula(self, activation, few):
        trace = trace_step(multilayer_perceptron([784, 8, 10], activation), *one_example(few), 0.1)
        formula = sections(trace, CLASSES, (28, 28), 2)[2].formula
        said = re.fullmatch(r"h_2 = f\(z_2\),  f\(z\) = (.+)", formula)[1]
        z = float(trace.layers[1].x[2])
        names = {"z": z, "max": max, "tanh": math.tanh, "e": math.e}
        if "if" in said:
            value, rest = said.split(" if z > 0, else ")
            said = value if z > 0 else rest
        code = said.replace("^", "**").replace("0.01 z", "0.01 * z")
        assert eval(code, names) == pytest.approx(float(trace.layers[1].y[2]), rel=1e-5)

    def test_a_step_too_small_to_be_seen_is_not_called_too_large(self, few):
        network = multilayer_perceptron([784, 16, 10])
        trace = trace_step(network, *one_example(few), learning_rate=1e-12)
        text = as_text("T", trace, sections(trace, CLASSES, (28, 28), 0), (28, 28))
        assert "The loss did not change" in text

    @pytest.mark.parametrize(
        ("hidden", "activation"), [([], "relu"), ([16], "sigmoid"), ([16, 8, 4], "tanh")]
    )
    def test_it_is_ascii_of_80_columns(self, few, hidden, activation):
        trace = trace_step(
            multilayer_perceptron([784, *hidden, 10], activation), *one_example(few), 0.1
        )
        text = as_text("Title", trace, sections(trace, CLASSES, (28, 28), 0), (28, 28))
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= 80
        assert text.startswith("Title\n=====\n")

    def test_a_long_title_is_wrapped_but_a_path_is_not_cut(self, traced):
        path = "runs/" + "x" * 90
        text = as_text(f"One learning step: the trained network of {path}", traced[0], [], (28, 28))
        first, second, line = text.splitlines()
        assert (first, second) == ("One learning step: the trained network of", path)
        assert line == "=" * 80

    def test_a_step_that_is_too_large_is_said_to_be(self, few):
        """Two classes and one confident step too far on the other side of a curved loss."""
        network = multilayer_perceptron([784, 16, 10], "sigmoid", dropout=0.0)
        x, target = one_example(few)
        target = np.full_like(target, 0.1)  # soft labels: overshooting costs again
        trace = trace_step(network, x, target, learning_rate=100.0)
        assert trace.loss_after > trace.loss
        text = as_text("T", trace, sections(trace, CLASSES, (28, 28), 0), (28, 28))
        assert "The loss did not fall" in text

    def test_the_picture_is_the_image(self):
        assert picture(np.array([[0.0, 0.4, 1.0], [1.0, 0.0, 0.0]])) == ["  ==@@", "@@    "]
        assert picture(np.zeros((1, 60)) + 1.0) == ["@" * 60]

    def test_the_html_page_is_whole_and_holds_the_same_numbers(self, traced):
        trace, j = traced
        parts = sections(trace, CLASSES, (28, 28), j)
        page = as_html("A <title>", trace, parts, CLASSES, (28, 28), j)
        reader = Reader()
        reader.feed(page)
        assert reader.open == []
        assert not re.search(r"<(script|link|img|iframe)|url\(|https?://", page)
        assert reader.texts[0] == "A <title>"
        cells = set(reader.texts)
        for part in parts:
            assert part.formula in cells
            assert all(cell in cells for row in part.rows for cell in row if cell)
        assert number(trace.loss_after) in cells

    def test_the_lines_of_the_drawing_are_as_wide_as_what_they_carry(self, traced):
        trace, j = traced
        page = as_html("T", trace, [], CLASSES, (28, 28), j)
        lines = re.findall(
            r'stroke-width="([\d.]+)" stroke-opacity[^>]+><title>(\S+)</title>', page
        )
        carried = trace.dense[1].x[:, None] * trace.dense[1].W
        top = np.abs(carried).max()
        outputs = [(float(width), float(value)) for width, value in lines[-60:]]
        assert max(abs(value) for _, value in outputs) == pytest.approx(top, rel=1e-5)
        for width, value in outputs:
            assert width == pytest.approx(4 * abs(value) / top, abs=0.006)
        pixels = {number(v) for v in trace.x * trace.dense[0].W[:, j]}
        assert {value for _, value in lines[:-60]} <= pixels


class Reader(HTMLParser):
    """Collects the texts of a page, and which elements are still open."""

    VOID = ("meta", "rect", "line", "circle")

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in self.VOID or self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data.strip())


@pytest.fixture(scope="module")
def small_model(tmp_path_factory, mnist):
    """A network that reads most digits, and its file."""
    from types import SimpleNamespace

    from digitnet import DigitClassifier

    few = mnist.train.take(np.arange(2000))
    path = tmp_path_factory.mktemp("models") / "m.npz"
    model = DigitClassifier((16,), epochs=3).fit(few.images, few.labels).model_
    model.save(path)
    return SimpleNamespace(path=path, model=model)


class TestExplainCommand:
    def test_a_fresh_network(self, capsys):
        assert run("explain", 3, "--hidden", "8") == 0
        out = capsys.readouterr().out
        assert "image 3 of MNIST, a network that has learned nothing yet" in out
        assert "A 1: 28 x 28 = 784 numbers" in " ".join(out.split())

    def test_a_trained_network_and_a_page(self, tmp_path, few, capsys):
        from digitnet import DigitClassifier

        DigitClassifier((8,), epochs=3).fit(few.images, few.labels).model_.save(tmp_path / "m.npz")
        assert run("explain", 0, "--run", tmp_path / "m.npz", "--html", tmp_path / "page.html") == 0
        assert "the trained network of" in (tmp_path / "page.html").read_text(encoding="utf-8")
        assert str(tmp_path / "page.html") in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["60000"], "expected a number from 0 to 59999, got 60000"),
            (["-1"], "unrecognized arguments: -1|expected"),
            (["--hidden", "", "--unit", "3"], "--unit: expected a network with a hidden layer"),
            (["--unit", "128"], "--unit: expected a unit from 0 to 127, got 128"),
            (["--learning-rate", "nan"], "--learning-rate: expected a number above 0, up to 1000"),
            (
                ["--run", "runs/nowhere"],
                "runs/nowhere: expected a run folder or a model file, but there is none; "
                "`python main.py --name nowhere` makes the run runs/nowhere",
            ),
            (["--run", "nowhere.npz"], "nowhere.npz: expected a model file, but there is none"),
        ],
    )
    def test_wrong_arguments(self, arguments, message, capsys):
        assert run("explain", *arguments) == 2
        assert re.search(message, capsys.readouterr().err)

    def test_an_image_that_the_network_reads_wrong(self, small_model, mnist, capsys):
        """The same order as in mistakes.png, and a step in which something changes."""
        probabilities = small_model.model.predict_proba(mnist.test.images)
        wrong = probabilities.argmax(axis=1) != mnist.test.labels
        first, second = np.argsort(-probabilities.max(axis=1) * wrong, kind="stable")[:2]
        before = small_model.path.read_bytes()
        for arguments, image in (
            (["--wrong"], first),
            (["--wrong", 2], second),
            ([second], second),
        ):
            assert run("explain", *arguments, "--part", "test", "--run", small_model.path) == 0
            out = capsys.readouterr().out
            assert f"One learning step: image {image} of MNIST's test set" in out
            if "--wrong" in arguments:
                true, taken = mnist.test.labels[image], probabilities[image].argmax()
                assert f"image {image} is {true}, and taken for {taken} with" in out
                assert f"{wrong.sum()} of the 10000 test images are read wrong" in out
            before_step, after_step = re.search(r"^ +L +([\d.]+) +([\d.]+)$", out, re.M).groups()
            assert float(before_step) > 1 > float(after_step)
        assert small_model.path.read_bytes() == before

    def test_a_probability_below_1_is_not_called_100_percent(self):
        assert percent(0.999776) == "99.98 %"
        assert percent(0.9999996) == "more than 99.99 %"
        assert percent(np.float32(0.9999)) == "99.99 %"
        assert percent(1.0) == "100.00 %"

    @pytest.mark.parametrize(
        ("options", "eta"),
        [
            ({"learning_rate": 0.05}, "0.05"),
            ({"learning_rate": 0.05, "optimizer": "adam"}, "0.1"),
            ({}, "0.1"),
        ],
    )
    def test_a_trained_network_takes_steps_of_its_own_size(
        self, options, eta, tmp_path, few, capsys
    ):
        from digitnet import DigitClassifier

        few, path = few.take(np.arange(100)), tmp_path / "m.npz"
        DigitClassifier((8,), epochs=1, **options).fit(few.images, few.labels).model_.save(path)
        assert run("explain", "--run", path) == 0
        assert last_column(capsys.readouterr().out, "eta") == eta
        assert run("explain", "--run", path, "--learning-rate", "0.3") == 0
        assert last_column(capsys.readouterr().out, "eta") == "0.3"

    @pytest.mark.parametrize("rate", ["fast", None, -1.0, float("nan"), 1e9, [0.1]])
    def test_a_size_that_no_step_can_have_is_left_alone(self, rate, tmp_path, capsys):
        from digitnet import Model

        network = multilayer_perceptron([784, 8, 10])
        config = {"learning_rate": rate, "optimizer": "sgd"}
        path = tmp_path / "m.npz"
        Model(network, MinMax(0, 255), CLASSES, (28, 28), config=config).save(path)
        assert run("explain", "--run", path) == 0
        assert last_column(capsys.readouterr().out, "eta") == "0.1"

    def test_an_image_that_a_fresh_network_reads_wrong(self, capsys):
        assert run("explain", "--wrong", "--hidden", "8") == 0
        assert "of the 60000 training images are read wrong" in capsys.readouterr().out

    def test_a_network_that_reads_all_right_has_no_such_image(self, tmp_path, few, capsys):
        from digitnet import DigitClassifier

        few = few.take(np.arange(100))
        learned = DigitClassifier((32,), epochs=60).fit(few.images, few.labels)
        assert learned.score(few.images, few.labels) == 1
        learned.model_.save(tmp_path / "m.npz")
        np.savez(
            tmp_path / "d.npz",
            x_train=few.images,
            y_train=few.labels,
            x_test=few.images,
            y_test=few.labels,
        )
        arguments = ["--run", tmp_path / "m.npz", "--data", tmp_path / "d.npz", "--wrong"]
        assert run("explain", *arguments) == 2
        assert "expected at most 0, because the network reads all" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--hidden", "12"], "--hidden: expected only without --run"),
            (["--seed", "0"], "--seed: expected only without --run"),
            (["--dropout", "0.5"], "--dropout: expected only without --run"),
            (["3", "--wrong"], "--wrong: expected IMAGE or --wrong, got both"),
            (["--wrong", "0"], "--wrong: expected a whole number of at least 1"),
            (["--wrong", "60000"], "--wrong: expected at most .* try --part test"),
            (["--part", "tset"], "expected one of train, test, got 'tset'; did you mean test?"),
            (["--part", "test", "10000"], "expected a number from 0 to 9999, got 10000"),
        ],
    )
    def test_what_a_trained_network_would_ignore_is_refused(
        self, arguments, message, small_model, capsys
    ):
        assert run("explain", "--run", small_model.path, *arguments) == 2
        assert re.search(message, capsys.readouterr().err)

    def test_a_model_of_another_shape(self, tmp_path, capsys):
        from digitnet import Model

        network = multilayer_perceptron([12, 8, 10])
        Model(network, MinMax(0, 255), CLASSES, (4, 3)).save(tmp_path / "m.npz")
        assert run("explain", "--run", tmp_path / "m.npz") == 2
        assert "reads images of 4x3 uint8, got 28x28 uint8" in capsys.readouterr().err


@pytest.fixture(scope="module")
def small_data(tmp_path_factory, mnist):
    few = mnist.train.take(np.arange(1500))
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(path, x_train=few.images, y_train=few.labels)
    return path


class TestCompare:
    def test_it_trains_each_combination_and_shows_all(self, small_data, tmp_path, capsys):
        figure = tmp_path / "new folder" / "figure.png"
        arguments = ["--vary", "learning-rate=0.01,1e9", "--vary", "hidden=none,8,8+4"]
        arguments += ["--data", small_data, "--epochs", "2", "--figure", figure]
        assert run("compare", *arguments) == 0
        out = capsys.readouterr().out
        for rate in ("0.01", "1e9"):
            for hidden in ("none", "8", "8+4"):
                (row,) = re.findall(
                    rf"^learning_rate {rate}, hidden_layer_sizes {re.escape(hidden)}  +(.+)$",
                    out,
                    re.M,
                )
                assert ("completed" if rate == "0.01" else "diverged in epoch 1") in row
        assert (
            "What differed: learning_rate (0.01, 1e9) and hidden_layer_sizes (none, 8, 8+4); "
            "all else was alike"
        ) in out
        assert figure.read_bytes().startswith(b"\x89PNG")

    @pytest.mark.slow
    def test_of_one_that_is_interrupted_all_that_were_trained_are_shown(self, small_data, tmp_path):
        figure = tmp_path / "figure.png"
        command = [sys.executable, "-u", "-m", "digitnet", "compare", "--vary", "epochs=1,100000"]
        command += ["--hidden", "8", "--data", str(small_data), "--figure", str(figure)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            for line in process.stdout:
                if line.startswith("epochs 1: completed"):
                    break
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        assert process.returncode == 130
        assert "Interrupted: 1 of the 2 have been trained" in rest
        assert re.search(r"^epochs 1 +\d", rest, re.M)
        assert figure.read_bytes().startswith(b"\x89PNG")

    def test_its_table_is_what_the_training_gives(self, small_data, tmp_path, capsys):
        from digitnet.data import hold_out, load_data
        from digitnet.training.learning import learn
        from digitnet.training.settings import Settings

        arguments = ["--vary", "dropout=0,0.5", "--hidden", "8", "--epochs", "2"]
        run("compare", *arguments, "--data", small_data, "--figure", tmp_path / "f.png")
        out = capsys.readouterr().out
        data = load_data(str(small_data))
        settings = Settings(hidden_layer_sizes=(8,), epochs=2, dropout=0.5)
        last = learn(settings, *hold_out(data.train, 0.1, 0), data.classes).history[-1]
        (row,) = re.findall(r"^dropout 0\.5  +(\S+) +(\S+) % +(\S+) +(\S+) %", out, re.M)
        assert row == (
            f"{last.train_loss:.4f}",
            f"{100 * last.train_accuracy:.2f}",
            f"{last.validation_loss:.4f}",
            f"{100 * last.validation_accuracy:.2f}",
        )

    def test_what_differed_does_not_claim_too_much(self):
        from digitnet.teach.compare import difference, parse_varied
        from digitnet.training.settings import Settings

        def line(*texts):
            return difference([parse_varied(text) for text in texts], Settings())

        assert line("seed=0,1").endswith("(0, 1); all else was alike.")
        assert line("validation_fraction=0.1,0.3").endswith("alike, seed 0 among it.")
        assert line("epochs=1,2").endswith("seed 0 and the images held out among it.")

    def test_a_figure_that_is_no_png_is_refused_before_any_training(self, tmp_path, capsys):
        for name in ("figure.pdf", "."):
            arguments = ["--vary", "seed=0,1", "--figure", tmp_path / name]
            assert run("compare", *arguments) == 2
            assert "expected a file name that ends in .png" in capsys.readouterr().err

    def test_its_curves_are_the_histories(self):
        from digitnet.nn import Diverged, Epoch
        from digitnet.teach.compare import Variant, draw
        from digitnet.training.settings import Settings
        from digitnet.training.state import Ending
        from digitnet.training.underway import Learned

        history = [Epoch(n, 0.1, 1 / n, 0.5, 2 / n, 0.6, 1.0) for n in (1, 2, 3)]
        results = [
            (Variant("a", Settings()), Learned(None, None, history, 3, Ending.COMPLETED, None)),
            (
                Variant("b", Settings()),
                Learned(None, None, [], 0, Ending.DIVERGED, Diverged(1, 2.0)),
            ),
        ]
        figure = draw(results, "Title")
        FigureCanvasAgg(figure).draw()
        training, validation, accuracy = figure.axes
        assert training.lines[0].get_ydata().tolist() == [1, 1 / 2, 1 / 3]
        assert validation.lines[0].get_ydata().tolist() == [2, 2 / 2, 2 / 3]
        assert accuracy.lines[0].get_ydata() == pytest.approx([60] * 3)
        labels = [text.get_text() for text in figure.legends[0].get_texts()]
        assert labels == ["a", "b (diverged in epoch 1)"]

    def histories(self, accuracies, losses):
        """Trainings with these validation accuracies and losses, an epoch for each."""
        from digitnet.nn import Epoch
        from digitnet.teach.compare import Variant
        from digitnet.training.settings import Settings
        from digitnet.training.state import Ending
        from digitnet.training.underway import Learned

        return [
            (
                Variant(f"learning_rate {n}, hidden_layer_sizes 64+64", Settings()),
                Learned(
                    *(None, None),
                    [
                        Epoch(1, 0.1, loss, 0.5, loss, a, 1.0),
                        Epoch(2, 0.1, loss, 0.5, loss, a, 1.0),
                    ],
                    *(2, Ending.COMPLETED, None),
                ),
            )
            for n, (a, loss) in enumerate(zip(accuracies, losses, strict=True))
        ]

    @pytest.mark.parametrize(
        "accuracies",
        [(0.1, 0.97, 0.98), (0.97, 0.98), (0.9999, 1.0), (0, 1), (0.5,), (0.98, 0.9801), (1.0,)],
    )
    def test_its_accuracies_can_be_told_apart_and_read(self, accuracies):
        from digitnet.teach.compare import draw

        figure = draw(self.histories(accuracies, [0.5] * len(accuracies)), "Title")
        FigureCanvasAgg(figure).draw()
        *_, panel = figure.axes
        low, high = panel.get_ylim()
        ticks = [
            t.get_text() for t in panel.get_yticklabels() if low <= t.get_position()[1] <= high
        ]
        assert (1 if min(accuracies) == 1 else 3) <= len(ticks) <= 9
        assert ("100" in ticks) == (max(accuracies) == 1)
        assert all(re.fullmatch(r"\d+(\.\d+)?", tick) for tick in ticks)
        assert len(set(ticks)) == len(ticks)
        height = panel.bbox.height
        places = [panel.transData.transform((1, 100 * a))[1] - panel.bbox.y0 for a in accuracies]
        assert all(0 <= place <= height for place in places)
        if {0.97, 0.98} <= set(accuracies):
            assert places[-1] - places[-2] > 0.05 * height

    @pytest.mark.parametrize(
        "losses",
        [(2.3, 0.01), (0.05, 0.0001), (0.3, 0.2), (2.0, 1e-8), (1e30, 0.1), (0.5,), (0, 1)],
    )
    def test_its_losses_are_numbers_and_not_powers(self, losses):
        from digitnet.teach.compare import draw

        figure = draw(self.histories([0.5] * len(losses), losses), "Title")
        FigureCanvasAgg(figure).draw()
        for panel in figure.axes[:2]:
            low, high = panel.get_ylim()
            labels = panel.get_yticklabels()
            ticks = [t.get_text() for t in labels if low <= t.get_position()[1] <= high]
            assert 2 <= len(ticks) <= 16
            assert not any("$" in tick for tick in ticks)

    def test_many_variants_leave_room_for_the_curves(self):
        from digitnet.teach.compare import draw

        figure = draw(self.histories([0.5] * 24, [0.5] * 24), "Title")
        FigureCanvasAgg(figure).draw()  # which warns where a layout fails
        bottom = min(panel.bbox.y0 for panel in figure.axes)
        assert figure.legends[0].get_window_extent().y1 < bottom
        assert all(panel.bbox.height > 250 for panel in figure.axes)

    @pytest.mark.parametrize(
        ("vary", "message"),
        [
            (["neurons=3"], "a name among hidden_layer_sizes, .*got 'neurons=3'"),
            (["learning_rate"], "expected NAME=VALUE,VALUE"),
            (
                ["learning_rate=0.1,fast"],
                "learning_rate: expected a finite number above 0, got 'fast'",
            ),
            (["hidden=256+x"], "hidden_layer_sizes: expected whole numbers .*, got '256\\+x'"),
            (["seed=none"], "seed: expected a whole number .*, got 'none'"),
            (["epochs=0,1"], "epochs: expected a whole number from 1 to 100000, got '0'"),
            (["dropout=0.1,0.10"], "expected each value once"),
            (["dropout=0.1", "dropout=0.2"], "expected each setting to vary once"),
            (
                ["seed=" + ",".join(map(str, range(30)))],
                "at most 24 combinations of values, got 30",
            ),
            (["nesterov=yes"], "nesterov: expected true or false, got 'yes'"),
            (["activation=relu+tanh"], "activation: expected one name, or one for each"),
            (["validation_fraction=0,0.1"], "validation_fraction: expected more than 0"),
            ([], "the following arguments are required: --vary"),
        ],
    )
    def test_what_cannot_vary_is_refused(self, vary, message, capsys, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        arguments = [part for each in vary for part in ("--vary", each)]
        assert run("compare", *arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert re.search(message, line)
        assert list(tmp_path.iterdir()) == []


LESSONS = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", re.findall(r"^    digitnet (compare .+)$", LESSONS, re.M))
def test_each_lesson_is_a_command_that_trains_what_its_table_has(command, monkeypatch):
    """And leaves the picture beside it alone: that one belongs to the documentation."""
    from digitnet.cli import compare
    from digitnet.cli.common import settings_from
    from digitnet.teach.compare import variants

    seen = []

    def look(options):
        seen.append((variants(settings_from(options), options.vary), options.figure))
        return 0

    monkeypatch.setattr(compare, "run", look)
    assert run(*shlex.split(command)) == 0
    ((all_variants, figure),) = seen
    assert figure is None
    section = LESSONS[LESSONS.index(command) :].split("\n## ")[0]
    assert len(re.findall(r"\]\(images/lesson-[\w-]+\.png\)", section)) == 1
    assert len(re.findall(r"^\| [^-|]+\|", section, re.M)) == len(all_variants) + 1
