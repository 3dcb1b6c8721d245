"""Calibration: a temperature that is fitted, kept in the model's file, and changes no answer."""

import copy
import json
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

import digitnet
from digitnet import DigitnetError, Model
from digitnet.accept.scaling import MinMax
from digitnet.cli import main
from digitnet.data import Dataset, hold_out
from digitnet.model.export import export_onnx
from digitnet.model.temperature import fitted_temperature, loss_and_slope, tempered
from digitnet.nn import Softmax, multilayer_perceptron
from digitnet.reading.networks import reader, rows_for, told_by
from digitnet.report.counts import calibration_error, mean_loss
from digitnet.training.committee import averaged
from digitnet.training.job import run_job
from digitnet.training.plan import Plan, resumed
from digitnet.training.settings import Settings
from digitnet.training.state import Ending
from digitnet.web.answers import Answers
from digitnet.web.kept import Kept
from digitnet.web.subject import Subject
from tests.test_model import rewrite

pytestmark = pytest.mark.numerical
CLASSES = tuple("abc")


def model_of(*sizes, seed=0, temperature=1.0):
    network = multilayer_perceptron([12, *sizes, 3], "tanh", seed=seed)
    network.params *= 3  # surer than it is at first
    scaling = MinMax(0, 255)
    return Model(network, scaling, CLASSES, (3, 4), background=0.5, temperature=temperature)


def committee():
    return averaged([model_of(8), model_of(5, 4, seed=1), model_of(8, seed=2)])


@pytest.fixture
def images(generator):
    return generator.integers(0, 256, (700, 3, 4), np.uint8)


def drawn(generator, logits):
    """A label for each row, as often each class as softmax(logits) says."""
    p = Softmax().forward(logits, training=False)
    return (p.cumsum(axis=1) > generator.random((len(p), 1))).argmax(axis=1)


class TestTheTemperature:
    @pytest.mark.parametrize("temperature", [0.3, 0.8, 1.7, 4.0])
    def test_it_divides_the_logits(self, generator, temperature):
        logits = generator.normal(0, 4, (50, 10)).astype(np.float32)
        p = Softmax().forward(logits.copy(), training=False).copy()
        expected = Softmax().forward(logits / np.float32(temperature), training=False)
        q = tempered(p, temperature)
        assert q.dtype == np.float32
        assert np.allclose(q, expected, rtol=1e-4, atol=1e-7)

    def test_at_one_nothing_changes(self, generator):
        p = generator.dirichlet(np.full(11, 0.4), 50).astype(np.float32)
        assert np.array_equal(tempered(p, 1.0), p)

    @pytest.mark.parametrize("temperature", [0.05, 0.5, 1.15, 3.0, 50.0])
    def test_the_most_probable_class_stays_the_same(self, generator, temperature):
        p = generator.dirichlet(np.full(11, 0.4), 500).astype(np.float32)
        before = p.copy()
        q = tempered(p, temperature)
        assert np.array_equal(p, before)
        assert q.sum(axis=1) == pytest.approx(1, abs=1e-5)
        assert np.array_equal(q.argmax(axis=1), p.argmax(axis=1))
        ratio = q.max(axis=1) / p.max(axis=1)
        assert np.all(ratio <= 1 + 1e-6 if temperature > 1 else ratio >= 1 - 1e-6)

    def test_also_where_rounding_would_make_another_one_equal(self):
        half = np.float32(0.5)
        p = np.array([[np.nextafter(half, np.float32(0)), half, 0]], np.float32)
        for temperature in (1.5, 3.0, 50.0):
            assert tempered(p, temperature).argmax(axis=1) == 1

    def test_many_classes_of_the_same_probability_do_not_vanish(self):
        assert np.allclose(tempered(np.full((2, 255), 1 / 255, np.float32), 0.05), 1 / 255)


class TestFitting:
    @pytest.mark.parametrize("temperature", [0.6, 1.4, 2.5])
    def test_the_temperature_of_known_logits_is_found(self, generator, temperature):
        """Labels are drawn at T = 1, the network says T times the logits."""
        logits = generator.normal(0, 2, (8000, 10)).astype(np.float32)
        labels = drawn(generator, logits)
        p = Softmax().forward(logits * np.float32(temperature), training=False)
        assert fitted_temperature(p, labels) == pytest.approx(temperature, rel=0.05)

    def test_no_other_temperature_has_a_lower_loss(self, generator):
        logits = generator.normal(0, 6, (500, 4)).astype(np.float32)
        labels = drawn(generator, logits / 3)
        p = Softmax().forward(logits, training=False).copy()
        fitted, z = fitted_temperature(p, labels), np.log(p.astype(float))
        least = loss_and_slope(z, labels, fitted)[0]
        for other in np.geomspace(0.2, 9, 60):
            assert loss_and_slope(z, labels, other)[0] >= least - 1e-6
        loss = -np.log(tempered(p, fitted)[np.arange(500), labels].astype(float)).mean()
        assert loss == pytest.approx(least, rel=1e-4)

    def test_the_slope_is_that_of_the_loss(self, generator):
        z = np.log(generator.dirichlet(np.full(10, 0.3), 30) + 1e-9)
        labels = generator.integers(0, 10, 30)
        for temperature in (0.5, 1.0, 2.7):
            h = 1e-5
            above, below = (loss_and_slope(z, labels, temperature + d)[0] for d in (h, -h))
            slope = loss_and_slope(z, labels, temperature)[1]
            assert slope == pytest.approx((above - below) / (2 * h), rel=1e-7)

    def test_images_that_say_nothing_about_it_leave_it_at_one(self, generator):
        logits = generator.normal(0, 2, (200, 10)).astype(np.float32)
        p = Softmax().forward(logits, training=False)
        assert fitted_temperature(p, drawn(generator, logits)) == 1  # not told apart from it
        assert fitted_temperature(p, p.argmax(axis=1)) == 1  # all right: the colder, the better
        assert fitted_temperature(p, p.argmin(axis=1)) == 1  # the hotter, the better
        assert fitted_temperature(p[:0], np.zeros(0, int)) == 1

    def test_probabilities_of_zero_are_no_hindrance(self):
        p = np.tile(np.array([[1, 0, 0]], np.float32), (100, 1))
        labels = np.zeros(100, int)
        labels[:9] = 1
        # each of the other two gets 0.045: 87.3 / T = ln(0.91 / 0.045)
        assert fitted_temperature(p, labels) == pytest.approx(29.05, abs=0.01)


class TestTheModel:
    @pytest.mark.parametrize("make", [model_of, committee])
    def test_predictions_stay_and_probabilities_change(self, make, images):
        model = make()
        before, predictions = model.predict_proba(images), model.predict(images)
        model.temperature = 2.0
        after = model.predict_proba(images)
        assert np.allclose(after, tempered(before, 2.0), rtol=0, atol=1e-7)
        assert after.max(axis=1).mean() < before.max(axis=1).mean() - 0.01
        assert np.array_equal(model.predict(images), predictions)
        rows = images.reshape(700, -1)
        assert np.array_equal(model.predict_rows(rows), after)

    def test_many_images_are_read_as_few(self, generator):
        many = generator.integers(0, 256, (2600, 3, 4), np.uint8)
        model = model_of(8, temperature=1.7)
        assert np.allclose(model.predict_proba(many)[2:3], model.predict_proba(many[2]), atol=1e-6)

    def test_a_pickle_keeps_it(self, images):
        model = model_of(8, temperature=1.7)
        again = pickle.loads(pickle.dumps(model))
        assert np.array_equal(again.predict_proba(images), model.predict_proba(images))

    @pytest.mark.parametrize("make", [model_of, committee])
    def test_onnx_answers_alike(self, make, images, tmp_path):
        runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not there")
        model = make()
        model.temperature = 1.7
        export_onnx(model, tmp_path / "model.onnx")
        session = runtime.InferenceSession(tmp_path / "model.onnx")
        probabilities, labels = session.run(None, {"images": images})
        assert np.allclose(probabilities, model.predict_proba(images), rtol=0, atol=1e-6)
        assert np.array_equal(labels, model.predict(images))


def header_of(path):
    with np.load(path) as archive:
        return json.loads(archive["header"].item())


class TestTheFile:
    @pytest.mark.parametrize("half", [False, True])
    @pytest.mark.parametrize("make", [model_of, committee])
    def test_a_temperature_comes_back(self, make, half, images, tmp_path):
        model = make()
        model.temperature = 1.234
        model.save(tmp_path / "model.npz", half=half)
        again = digitnet.load(tmp_path / "model.npz")
        assert again.temperature == 1.234
        tolerance = 1e-2 if half else 0
        expected = model.predict_proba(images)
        assert np.allclose(again.predict_proba(images), expected, rtol=0, atol=tolerance)
        again.save(tmp_path / "again.npz", half=half)
        assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()
        header = header_of(tmp_path / "model.npz")
        assert header["format_version"] == 5
        assert header["dtype"] == ("float16" if half else "float32")
        assert len(header["networks"]) == len(model.networks)

    @pytest.mark.parametrize("half", [False, True])
    @pytest.mark.parametrize("make", [model_of, committee])
    def test_without_one_it_is_a_file_for_older_versions(self, make, half, tmp_path):
        make().save(tmp_path / "model.npz", half=half)
        header = header_of(tmp_path / "model.npz")
        assert header["format_version"] == 1 + half + 2 * (make is committee)
        own = {"networks"} if make is committee else {"layer_sizes", "activations"}
        assert set(header) == own | {
            "format", "format_version", "digitnet_version", "preprocessing", "classes",
            "image_shape", "config", "sha256",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"temperature": 0}, "temperature: 0 does not fit"),
            ({"temperature": -1.5}, "temperature"),
            ({"temperature": 1e9}, "temperature"),
            ({"temperature": "1.5"}, "temperature"),
            ({"temperature": True}, "temperature"),
            ({"temperature": None}, "temperature"),
            ({"temperature": float("nan")}, "temperature: nan does not"),
            ({"dtype": "float64"}, "dtype: 'float64' does not fit"),
            ({"dtype": ["float32"]}, "dtype"),
            ({"dtype": "float16"}, "W1: expected .* of float16, got .* of float32"),
            ({"networks": {}}, "networks"),
            ({"networks": [[]]}, "networks"),
            ({"format_version": 1}, "layer_sizes"),
            ({"format_version": 7}, "format 7"),
        ],
    )
    def test_what_does_not_make_sense_is_refused(self, tmp_path, changes, message):
        path = tmp_path / "model.npz"
        model_of(8, temperature=1.5).save(path)
        rewrite(path, **changes)
        with pytest.raises(DigitnetError, match=message):
            Model.load(path)

    @pytest.mark.parametrize("wrong", [0, -1, 1e3, float("nan"), "2", None])
    def test_a_model_takes_no_temperature_that_makes_no_sense(self, wrong):
        model = model_of(8)
        with pytest.raises(DigitnetError, match=r"expected a temperature from 0\.05 to 50, got"):
            model.temperature = wrong
        assert model.temperature == 1

    def test_info_says_it(self, tmp_path, capsys):
        model_of(8, temperature=1.25).save(tmp_path / "model.npz")
        assert main(["info", str(tmp_path / "model.npz")]) == 0
        assert "Temperature of its probabilities: 1.25" in capsys.readouterr().out
        assert main(["info"]) == 0
        assert (
            "Temperature of its probabilities: 1, they are as softmax gives them"
            in capsys.readouterr().out
        )


SURE = Settings(
    hidden_layer_sizes=(32,), epochs=14, learning_rate=0.3, schedule="constant",
    weight_decay=0.0, validation_fraction=0.4,
)  # fmt: skip
"""A training that ends too sure of itself: it learns its images by heart."""


@pytest.fixture(scope="module")
def data(mnist):
    learn, test = (part.take(np.arange(2000)) for part in (mnist.train, mnist.test))
    return Dataset("digits", learn, test, mnist.classes, "2000 to learn from and 2000 to test with")


@pytest.fixture(autouse=True)
def figures_take_no_time(monkeypatch):
    monkeypatch.setattr("digitnet.training.job.as_png", lambda _: b"drawn")


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    return run_job(Plan(SURE, [tmp_path_factory.mktemp("runs") / "sure"]), data)


def metrics_of(outcome):
    return json.loads((outcome.kept.folder / "metrics.json").read_text())


class TestATraining:
    def test_it_ends_with_the_temperature_of_what_it_held_out(self, trained, data):
        _, held_out = hold_out(data.train, 0.4, SURE.seed)
        model = digitnet.load(trained.kept.folder / "model.npz")
        assert model.temperature == trained.model.temperature > 1.1
        q = model.predict_proba(held_out.images)
        model.temperature = 1.0
        p = model.predict_proba(held_out.images)
        assert fitted_temperature(p, held_out.labels) == trained.model.temperature
        told = metrics_of(trained)["calibration"]
        assert told == {
            "temperature": trained.model.temperature,
            "images": 800,
            "loss": {
                "before": pytest.approx(mean_loss(p, held_out.labels), rel=1e-6),
                "after": pytest.approx(mean_loss(q, held_out.labels), rel=1e-6),
            },
            "calibration_error": {
                "before": pytest.approx(calibration_error(p, held_out.labels), abs=1e-6),
                "after": pytest.approx(calibration_error(q, held_out.labels), abs=1e-6),
            },
        }
        assert told["loss"]["after"] < told["loss"]["before"]
        assert told["loss"]["before"] == pytest.approx(
            trained.history[-1].validation_loss, rel=1e-4
        )

    def test_images_that_it_has_never_seen_profit_and_no_answer_changes(self, trained, data):
        test = data.test
        q, model = trained.model.predict_proba(test.images), copy.copy(trained.model)
        model.temperature = 1.0
        p = model.predict_proba(test.images)
        assert np.array_equal(p.argmax(axis=1), q.argmax(axis=1))
        assert mean_loss(q, test.labels) < mean_loss(p, test.labels)
        assert calibration_error(q, test.labels) < calibration_error(p, test.labels)
        told = metrics_of(trained)["test"]
        assert told["loss"] == pytest.approx(mean_loss(q, test.labels), rel=1e-6)
        assert told["calibration_error"] == pytest.approx(calibration_error(q, test.labels))

    def test_resumed_it_is_the_same_as_uninterrupted(self, trained, data, tmp_path):
        seen = []
        interrupted = run_job(
            Plan(SURE, [tmp_path / "run"]),
            data,
            observers=[seen.append],
            should_stop=lambda: len(seen) >= 100,
        )
        assert interrupted.ending is Ending.INTERRUPTED
        assert digitnet.load(tmp_path / "run" / "model.npz").temperature == 1
        run_job(resumed(tmp_path / "run"), data)
        again, once = (folder / "model.npz" for folder in (tmp_path / "run", trained.kept.folder))
        assert again.read_bytes() == once.read_bytes()

    def test_where_nothing_is_held_out_there_is_none(self, data, tmp_path):
        settings = replace(SURE, validation_fraction=0.0, epochs=2)
        outcome = run_job(Plan(settings, [tmp_path / "run"]), data)
        assert outcome.model.temperature == 1
        assert metrics_of(outcome)["calibration"] is None

    def test_a_committee_has_none(self, trained):
        assert averaged([trained.model, trained.model]).temperature == 1

    def test_evaluate_says_how_sure_it_is(self, trained, capsys):
        assert main(["evaluate", str(trained.kept.folder)]) == 0
        assert re.search(
            r"Calibration error: \d\.\d\d %, mean cross-entropy", capsys.readouterr()[0]
        )


class TestWhoUsesIt:
    """What is called the model's answer has the temperature, what explains the network has not."""

    def test_the_playground_evaluates_the_model(self, trained, data):
        judged = Subject("loaded", trained.model, 0, data).of_the_test()
        while not judged.done:
            judged.go_on()
        p, _ = judged.so_far()
        assert np.allclose(p, trained.model.predict_proba(data.test.images), atol=1e-6)

    def test_the_playground_shows_the_softmax_of_the_network(self, trained, data):
        answers = Answers(Kept(), trained.model)
        answers.loaded, answers.which = trained.model, "loaded"
        answer = answers.answer(1, 255 - data.test.images[0], None)
        image = answers.drawn(0)[None]
        x = trained.model.scaling(rows_for(trained.model, image))
        own = trained.model.network.probabilities(x)[0].copy()
        inside = answers.inside(1, 0, None)
        assert np.allclose(inside.arrays["probabilities"], own, atol=1e-6)
        assert np.allclose(
            answer.arrays["probabilities"][0],
            tempered(own[None], trained.model.temperature)[0],
            atol=1e-5,
        )

    def test_a_reading_uses_that_of_each_network_once(self, trained, data):
        images = (data.test.images[:50] / 255).astype(np.float32)
        told = told_by(trained.model, images)
        assert np.allclose(told, trained.model.predict_proba(data.test.images[:50]), atol=1e-6)
        assert reader().temperature == 1  # it has one of its own in its settings
        assert reader().config["temperature"] == pytest.approx(1.15)
