"""Answers of a visit: what `digitnet.read` reads, what the network's own arrays hold."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import digitnet
from digitnet.nn import Dense
from digitnet.reading.networks import pixels
from digitnet.teach.inside import hidden_layers
from digitnet.web.answers import MOST_EXCITED, MOST_PER_CLASS, named_by
from tests.playground import (
    SMALL,
    ask,
    drawing,
    last,
    learned,
    refusal,
    visiting,
)

PADS = {"one digit": (7,), "three digits": (4, 1, 2), "nothing": ()}


@pytest.fixture(scope="module")
def visit(data):
    return visiting(data)


def pad(digits):
    return drawing(*digits) if digits else np.full((280, 280), 255, np.uint8)


def as_png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return np.frombuffer(file.getvalue(), np.uint8)


def trained_model(visit, tmp_path):
    (event,) = ask(visit, "save")
    path = tmp_path / "model.npz"
    path.write_bytes(event.arrays["file"].tobytes())
    return digitnet.load(path)


def same_reading(event, reading):
    """Assert that all that the event tells is what was read."""
    fields, digits = event.fields, reading.digits
    assert fields["text"] == reading.text
    assert fields["size"] == list(reading.picture.size)
    expected = reading.as_dict()["digits"]
    assert len(fields["digits"]) == len(expected)
    for told, each in zip(fields["digits"], expected, strict=True):
        assert {name: told[name] for name in ("label", "box", "line")} == {
            name: each[name] for name in ("label", "box", "line")
        }
        assert round(told["confidence"], 6) == each["confidence"]
    images, probabilities = event.arrays["images"], event.arrays["probabilities"]
    assert (images.shape, probabilities.shape) == ((len(digits), 28, 28), (len(digits), 10))
    for n, digit in enumerate(digits):
        assert np.abs(images[n] / 255 - digit.image).max() <= 0.5 / 255 + 1e-6
        assert np.array_equal(probabilities[n], digit.probabilities.astype(np.float32))


def named_alone(event, model, pixels):
    """Assert that the marks of `digitnet read` are named by this network, and by it alone."""
    marks = digitnet.read(pixels).digits
    alone = model.predict_proba(np.array([mark.image for mark in marks]))
    for mark, told, probabilities in zip(marks, event.fields["digits"], alone, strict=True):
        assert told["box"] == list(mark.box)
        if mark.label == "?":
            assert told["label"] == "?"
        else:
            assert told["label"] == str(probabilities.argmax())
            assert told["confidence"] == pytest.approx(probabilities.max(), abs=1e-5)
    assert np.allclose(event.arrays["probabilities"], alone, atol=1e-5)


class TestReading:
    @pytest.mark.parametrize("digits", PADS.values(), ids=PADS)
    def test_a_drawing_is_answered_by_what_read_gives(self, digits, visit):
        pixels = pad(digits)
        (event,) = ask(visit, "draw", {"pixels": pixels}, number=5)
        assert event.fields["number"] == 5
        same_reading(event, digitnet.read(pixels))

    def test_a_picture_is_answered_by_what_read_gives(self, visit):
        file = as_png(pad((4, 2)))
        (event,) = ask(visit, "picture", {"file": file}, number=1)
        same_reading(event, digitnet.read(file.tobytes()))
        assert event.fields["text"] == "42"

    def test_what_reading_warns_of_is_told_with_the_answer(self, visit, recwarn):
        """And not on the terminal of the server."""
        pages, file = [Image.fromarray(pad((digit,))) for digit in (7, 1)], io.BytesIO()
        pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
        content = np.frombuffer(file.getvalue(), np.uint8)
        (event,) = ask(visit, "picture", {"file": content}, number=1)
        (warning,) = event.fields["warnings"]
        assert "several pictures in this file" in warning
        (event,) = ask(visit, "draw", {"pixels": pad((7,))}, number=2)
        assert event.fields["warnings"] == []
        assert list(recwarn) == []

    def test_a_network_that_was_trained_here_answers_as_its_file_does(self, data, tmp_path):
        visit, pixels = visiting(data), pad((7, 1))
        learned(visit)
        ask(visit, "use", model="trained")
        (event,) = ask(visit, "draw", {"pixels": pixels}, number=1)
        named_alone(event, trained_model(visit, tmp_path), pixels)

    def test_an_untrained_network_guesses(self, data):
        visit = visiting(data, SMALL | {"learning_rate": 1e-9})
        learned(visit, "step")
        ask(visit, "use", model="trained")
        (event,) = ask(visit, "draw", {"pixels": pad((7, 1, 4))}, number=1)
        assert np.allclose(event.arrays["probabilities"], 0.1, atol=0.1)
        read = [each["confidence"] for each in event.fields["digits"] if each["label"] != "?"]
        assert read
        assert max(read) < 0.2

    def test_what_is_no_digit_is_none_whoever_names_the_others(self, data, tmp_path):
        visit, pixels = visiting(data), pad((4, 7))
        expected = digitnet.read(pixels)
        first, *_ = expected.lines[0]
        expected.lines[0][0] = replace(first, label="?")
        learned(visit)
        named = named_by(trained_model(visit, tmp_path), expected)
        assert named.lines[0][0].label == "?"
        assert named.lines[0][0].confidence == first.confidence
        assert all(digit.label != "?" for digit in named.lines[0][1:])

    def test_it_answers_while_it_learns(self, data):
        visit = visiting(data, SMALL | {"batch_norm": True})
        ask(visit, "start", until="end")
        ask(visit, "use", model="trained")
        for number in range(4):
            ask(visit, "draw", {"pixels": pad((7,))}, number=number)
            ask(visit, "look", number=number, digit=0)
            ask(visit, "hello")
            visit.work(0)

    def test_what_it_learns_meanwhile_is_heard(self, data, tmp_path):
        visit, pixels = visiting(data, SMALL | {"batch_norm": True}), pad((7,))
        learned(visit, "step")
        ask(visit, "use", model="trained")
        ask(visit, "draw", {"pixels": pixels}, number=1)
        learned(visit)
        (event,) = ask(visit, "draw", {"pixels": pixels}, number=2)
        named_alone(event, trained_model(visit, tmp_path), pixels)

    @pytest.mark.parametrize("rate", [1e4, 1e20, 1e300])
    def test_a_network_that_runs_away_answers_or_says_so(self, rate, data):
        visit = visiting(data, SMALL | {"learning_rate": rate})
        ask(visit, "draw", {"pixels": pad((7,))}, number=1)
        learned(visit, "step")
        ask(visit, "use", model="trained")
        ask(visit, "look", number=1, digit=0)
        ask(visit, "hello")
        (event,) = visit.do("draw", {"number": 2}, {"pixels": pad((7,))})
        if event.name == "error" or rate == 1e300:
            assert "this network has run away" in event.fields["message"]

    def test_a_model_of_the_command_line_answers_first(self, data, tmp_path):
        trainer = visiting(data)
        learned(trainer)
        model = trained_model(trainer, tmp_path)
        visit = visiting(data, model=model)
        about = last(ask(visit, "hello"), "model").fields
        assert (about["which"], about["available"]) == ("loaded", ["shipped", "loaded"])
        (event,) = ask(visit, "draw", {"pixels": pad((7,))}, number=1)
        named_alone(event, model, pad((7,)))
        ask(visit, "use", model="shipped")
        ask(visit, "forget")
        assert last(ask(visit, "hello"), "model").fields["which"] == "loaded"

    @pytest.mark.parametrize("file", [b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n" + bytes(50)])
    def test_what_is_no_picture_costs_a_sentence(self, file, visit):
        error = refusal(visit, "picture", {"file": np.frombuffer(file, np.uint8)}, number=1)
        assert error.fields["message"].count(" ") > 3

    @pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (700, 700)])
    def test_pads_of_any_shape_are_read_or_cost_a_sentence(self, shape, visit):
        for value in (0, 255):
            events = visit.do("draw", {"number": 1}, {"pixels": np.full(shape, value, np.uint8)})
            assert [event.name for event in events] in (["answer"], ["error"])

    def test_noise_is_read_or_costs_a_sentence(self, visit, generator):
        pixels = generator.integers(0, 256, (90, 90)).astype(np.uint8)
        events = visit.do("draw", {"number": 1}, {"pixels": pixels})
        assert [event.name for event in events] in (["answer"], ["error"])


class TestWhoAnswers:
    def test_at_first_there_is_the_shipped_network_alone(self, visit):
        about = last(ask(visit, "hello"), "model").fields
        network = pixels().network
        assert (about["which"], about["available"]) == ("shipped", ["shipped"])
        assert about["parameters"] == network.params.size
        assert about["sizes"][0] == 784
        assert about["sizes"][-1] == 10
        assert len(about["activations"]) == len(about["sizes"]) - 2

    @pytest.mark.parametrize(
        ("model", "message"), [("trained", "nothing has been learned"), ("loaded", "no model file")]
    )
    def test_one_that_there_is_not_cannot_be_chosen(self, model, message, visit):
        assert message in refusal(visit, "use", model=model).fields["message"]
        assert last(ask(visit, "hello"), "model").fields["which"] == "shipped"


class TestLooking:
    @pytest.mark.parametrize("sizes", [[16], [16, 12], []], ids=str)
    def test_the_arrays_are_the_networks_own(self, sizes, data, tmp_path):
        visit = visiting(data, SMALL | {"hidden_layer_sizes": sizes})
        learned(visit)
        ask(visit, "use", model="trained")
        (answer,) = ask(visit, "draw", {"pixels": pad((7, 1))}, number=3)
        (event,) = ask(visit, "look", number=3, digit=1)
        model = trained_model(visit, tmp_path)
        image = digitnet.read(pad((7, 1)), model=model).digits[1].image
        x = image.reshape(1, -1) * 255
        row = model.scaling(x.astype(np.float32))
        assert np.array_equal(event.arrays["probabilities"], model.predict_rows(x)[0])
        hidden = hidden_layers(model.network, row)
        assert event.fields["layers"] == [{"units": size, "activation": "ReLU"} for size in sizes]
        for n, each in enumerate(hidden, start=1):
            assert np.array_equal(event.arrays[f"hidden{n}"], each.outputs[0])
        self._contributions_add_up(event, model, row, hidden)
        self._weights_are_of_the_most_excited(event, model, hidden)
        assert answer.fields["digits"][1]["label"] in "0123456789?"

    def _contributions_add_up(self, event, model, row, hidden):
        final = model.network.layers[-1]
        below = hidden[-1].outputs[0] if hidden else row[0]
        added = below[:, None] * final.W  # (O, K)
        logits = model.network.forward(row)[0]
        assert np.allclose(added.sum(axis=0) + final.b, logits, atol=1e-5)
        units, shown = event.arrays["units"], event.arrays["contributions"]
        assert units.shape == shown.shape == (10, min(MOST_PER_CLASS, len(below)))
        for k in range(10):
            assert np.array_equal(shown[k], added[units[k], k])
            left_out = np.delete(np.abs(added[:, k]), units[k])
            assert np.abs(shown[k]).min() >= left_out.max(initial=0)

    def _weights_are_of_the_most_excited(self, event, model, hidden):
        excited, weights = event.arrays["excited"], event.arrays["weights"]
        assert weights.shape == (len(excited), 28, 28)
        if not hidden:
            assert len(excited) == 0
            return
        assert len(excited) == min(MOST_EXCITED, hidden[0].outputs.shape[1])
        first = next(layer for layer in model.network.layers if isinstance(layer, Dense))
        assert np.array_equal(weights[0].ravel(), first.W[:, excited[0]])
        assert hidden[0].outputs[0, excited[0]] == np.abs(hidden[0].outputs).max()

    @pytest.mark.parametrize(("number", "digit"), [(8, 0), (9, 1), (9, 10_000), (0, 0)])
    def test_only_digits_of_the_last_answer_can_be_looked_at(self, number, digit, visit):
        ask(visit, "draw", {"pixels": pad((7,))}, number=9)
        for command, more in (("look", {}), ("keep", {"label": "7"})):
            error = refusal(visit, command, number=number, digit=digit, **more)
            assert "the drawing that was read last" in error.fields["message"]


class TestKeeping:
    def test_a_second_label_for_a_digit_takes_the_place_of_the_first(self, data):
        visit = visiting(data)
        ask(visit, "draw", {"pixels": pad((7, 1))}, number=1)
        for digit, label in ((0, "9"), (0, "7"), (1, "1"), (1, "1")):
            (kept,) = ask(visit, "keep", number=1, digit=digit, label=label)
        assert kept.fields["counts"] == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0]

    def test_what_is_no_archive_is_called_no_model(self, data):
        file = np.frombuffer(b"a letter to a friend", np.uint8)
        message = refusal(visiting(data), "load", arrays={"file": file}).fields["message"]
        assert "this file is no model of digitnet" in message
        assert "zip" not in message
