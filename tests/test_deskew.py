"""Deskewing: the slant of an image, and images without it, wherever a model sees them."""

import numpy as np
import pytest

from digitnet import DigitClassifier, DigitnetError, Model
from digitnet.accept.deskew import deskewed, slopes
from digitnet.accept.scaling import Deskewed, MinMax
from digitnet.data import Batches
from digitnet.model.export import export_onnx
from digitnet.nn import multilayer_perceptron
from digitnet.training.committee import averaged
from digitnet.training.learning import learn
from digitnet.training.settings import Settings

SHAPE = (28, 28)
UPRIGHT = Deskewed(0, 255, SHAPE)


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.test.take(np.arange(300))


def a_bar(slope, dtype=np.uint8):
    """A vertical bar of three columns, each row of it moved by `slope` columns per row down."""
    image = np.zeros(SHAPE, dtype)
    for row in range(4, 24):
        left = 12 + int(np.floor(slope * (row - 13.5) + 0.5))
        image[row, left : left + 3] = 200
    return image


class TestTheSlant:
    @pytest.mark.parametrize("slope", [-0.8, -0.5, 0, 0.25, 0.75])
    def test_of_a_bar_is_that_of_its_rows(self, slope):
        (found,), (centre,) = slopes(a_bar(slope)[None])
        assert found == pytest.approx(slope, abs=0.03)
        assert centre == pytest.approx(0)

    def test_is_the_least_squares_line_through_the_ink(self, digits):
        found, centre = slopes(digits.images)
        y, x = np.indices(SHAPE).reshape(2, -1)
        for n in range(50):
            ink = digits.images[n].ravel().astype(float)
            fitted = np.polynomial.polynomial.polyfit(y, x, 1, w=np.sqrt(ink))
            assert found[n] == pytest.approx(np.clip(fitted[1], -1, 1), abs=1e-9)
            assert centre[n] == pytest.approx(np.average(y, weights=ink) - 13.5)

    @pytest.mark.parametrize("paper", [-0.42, 33.0, -1.0])
    def test_is_the_same_on_any_scale(self, digits, paper):
        images = digits.images.astype(np.float32)
        found, centre = slopes(images / 78 + np.float32(paper), paper=paper)
        expected, at = slopes(images)
        assert np.allclose(found, expected, atol=2e-3)
        assert np.allclose(centre, at, atol=2e-3)

    def test_of_no_ink_is_none(self):
        assert slopes(np.zeros((2, *SHAPE), np.uint8))[0].tolist() == [0, 0]


class TestWithoutIt:
    @pytest.mark.parametrize("dtype", [np.uint8, np.float32])
    def test_a_slanting_bar_stands(self, dtype):
        (straight,) = deskewed(a_bar(1.0, dtype).reshape(1, -1), SHAPE).reshape(1, *SHAPE)
        assert straight.dtype == dtype
        ink = straight[4:24].astype(float)
        centres = ink @ np.arange(28) / ink.sum(axis=1)
        assert np.ptp(centres) < 0.05
        assert ink.sum() == pytest.approx(a_bar(1.0).sum(), rel=0.01)

    def test_digits_hardly_slant_any_more(self, digits):
        before = np.abs(slopes(digits.images)[0])
        straight = deskewed(digits.rows, SHAPE).reshape(-1, *SHAPE)
        after = np.abs(slopes(straight)[0])
        assert before.mean() > 0.15
        assert after.mean() < 0.02

    def test_bytes_and_floats_agree_to_half_a_grey_level(self, digits):
        bytes_ = deskewed(digits.rows, SHAPE)
        floats = deskewed(digits.rows.astype(np.float64), SHAPE)
        assert floats.dtype == np.float32
        assert np.abs(bytes_ - floats).max() <= 0.5

    def test_each_image_is_by_itself(self, digits):
        together = deskewed(digits.rows, SHAPE)
        assert np.array_equal(together[123:124], deskewed(digits.rows[123:124], SHAPE))

    def test_what_was_given_stays_as_it_was(self, digits):
        rows = digits.rows.copy()
        rows.flags.writeable = False
        deskewed(rows, SHAPE)
        assert np.array_equal(rows, digits.rows)

    def test_light_paper_goes_on_at_the_sides(self):
        image = 255 - a_bar(0.8)
        (straight,) = deskewed(image.reshape(1, -1), SHAPE).reshape(1, *SHAPE)
        assert straight[[0, -1]].min() == 255

    @pytest.mark.parametrize("shape", [(1, 9), (9, 1), (3, 5)])
    def test_any_shape_of_image_has_its_own(self, shape, generator):
        rows = generator.integers(0, 256, (4, 9 if 1 in shape else 15), np.uint8)
        straight = deskewed(rows, shape)
        assert straight.shape == rows.shape
        if 1 in shape:  # one row or one column has no slant
            assert np.array_equal(straight, rows)

    def test_no_images_are_none(self):
        assert deskewed(np.zeros((0, 784), np.uint8), SHAPE).shape == (0, 784)


def model_of(seed=0, scaling=UPRIGHT):
    network = multilayer_perceptron([784, 16, 10], seed=seed)
    return Model(network, scaling, tuple("0123456789"), SHAPE)


class TestWhereAModelSeesThem:
    def test_what_is_learned_from_is_what_is_predicted_from(self, digits):
        x, _ = next(Batches(digits, UPRIGHT, 10, len(digits)).epoch(0))
        assert np.array_equal(x, UPRIGHT(digits.rows))
        assert np.array_equal(x, MinMax(0, 255)(deskewed(digits.rows, SHAPE)))

    def test_a_model_gives_its_network_upright_images(self, digits):
        model = model_of()
        plain = model_of(scaling=MinMax(0, 255))
        upright = deskewed(digits.rows, SHAPE).reshape(-1, *SHAPE)
        found = model.predict_proba(digits.images)
        assert np.allclose(found, plain.predict_proba(upright), rtol=0, atol=1e-6)
        assert not np.allclose(found, plain.predict_proba(digits.images), rtol=0, atol=1e-3)

    def test_it_learns_more_from_as_many_epochs(self, few, mnist):
        def errors(deskew):
            learned = learn(Settings(epochs=3, deskew=deskew), few, None, mnist.classes)
            test = mnist.test.take(np.arange(3000))
            return (learned.model.predict(test.images) != test.labels).sum()

        assert errors(deskew=True) < 0.85 * errors(deskew=False)

    @pytest.mark.parametrize("half", [False, True])
    def test_its_file_keeps_it(self, digits, tmp_path, half):
        model = model_of()
        model.save(tmp_path / "model.npz", half=half)
        again = Model.load(tmp_path / "model.npz")
        assert again.scalings == model.scalings
        expected = model.predict_proba(digits.images)
        assert np.allclose(again.predict_proba(digits.images), expected, atol=1e-2 if half else 0)

    def test_a_committee_may_have_both_kinds(self, digits, tmp_path):
        members = [model_of(), model_of(1, MinMax(0, 250)), model_of(2)]
        committee = averaged(members)
        expected = np.mean([each.predict_proba(digits.images) for each in members], axis=0)
        assert np.allclose(committee.predict_proba(digits.images), expected, rtol=0, atol=1e-5)
        committee.save(tmp_path / "model.npz")
        again = Model.load(tmp_path / "model.npz").predict_proba(digits.images)
        assert np.array_equal(again, committee.predict_proba(digits.images))

    def test_it_removes_the_slant_of_standardised_images(self, digits):
        scaling = Deskewed(-33 / 78, 222 / 78, SHAPE)
        standardised = (digits.rows.astype(np.float32) - 33) / 78
        assert np.allclose(scaling(standardised), UPRIGHT(digits.rows), atol=5e-3)

    def test_onnx_knows_the_scale_and_keeps_nan_to_itself(self, digits, tmp_path):
        runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not there")
        network = multilayer_perceptron([784, 16, 10], seed=0)
        scaling = Deskewed(-33 / 78, 222 / 78, SHAPE)
        model = Model(network, scaling, tuple("0123456789"), SHAPE, pixels="float32")
        export_onnx(model, tmp_path / "model.onnx", "float")
        session = runtime.InferenceSession(tmp_path / "model.onnx")
        images = (digits.images.astype(np.float32) - 33) / 78
        expected = model.predict_rows(images.reshape(len(images), -1))
        images[7, 3, 5] = np.nan
        probabilities, _ = session.run(None, {"images": images})
        others = np.arange(len(images)) != 7
        assert np.allclose(probabilities[others], expected[others], rtol=0, atol=5e-3)
        assert np.isnan(probabilities[7]).all()

    @pytest.mark.parametrize("inputs", ["uint8", "float"])
    def test_onnx_answers_alike(self, digits, tmp_path, inputs):
        runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not there")
        committee = averaged([model_of(), model_of(1, MinMax(0, 255))])
        export_onnx(committee, tmp_path / "model.onnx", inputs)
        session = runtime.InferenceSession(tmp_path / "model.onnx")
        blank = np.zeros((1, *SHAPE), np.uint8)
        images = np.concatenate([digits.images, blank])
        given = images if inputs == "uint8" else (images / 255).astype(np.float32)
        probabilities, _ = session.run(None, {"images": given})
        expected = committee.predict_proba(images)
        # Where half a grey level is rounded up here and down there, that is what answers differ by.
        assert np.abs(probabilities - expected).max() < (2e-4 if inputs == "uint8" else 5e-3)

    def test_a_training_can_begin_at_a_network_that_saw_the_slant(self, few, mnist, tmp_path):
        before = learn(Settings(epochs=1), few, None, mnist.classes).model
        upright = Settings(epochs=1, deskew=True)
        after = learn(upright, few, None, mnist.classes, begin=before).model
        assert after.scaling == Deskewed(0, 255, SHAPE)

    def test_a_classifier_takes_it_and_cannot_change_it(self, digits):
        classifier = DigitClassifier(hidden_layer_sizes=(8,), deskew=True)
        classifier.partial_fit(digits.images, digits.labels, classes=range(10))
        assert isinstance(classifier.model_.scaling, Deskewed)
        classifier.deskew = False
        with pytest.raises(DigitnetError, match="deskew"):
            classifier.partial_fit(digits.images, digits.labels)
