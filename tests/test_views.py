"""Views: the mean of what a model says of an image as it is, and moved by a pixel."""

import csv

import numpy as np
import pytest

import digitnet
from digitnet import DigitnetError, InputWarning, Model
from digitnet.accept.scaling import Deskewed
from digitnet.accept.views import moved_pixels
from digitnet.cli import main
from digitnet.data import Distortions, MinMax
from digitnet.nn import multilayer_perceptron
from digitnet.reading.networks import pixels
from digitnet.training.recipes import MILD

pytestmark = pytest.mark.numerical

SHAPE = (28, 28)
CLASSES = tuple("0123456789")


def a_network(seed):
    return multilayer_perceptron([784, 16, 10], ["relu"], seed=seed)


@pytest.fixture(scope="module")
def digits(mnist):
    """Several blocks of rows, the last of them shorter, for more than one thread."""
    return mnist.train.take(np.arange(2600))


def moved(images, down, right):
    """By NumPy's own padding, which repeats the pixels at the edge."""
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    return wide[:, 1 - down : 29 - down, 1 - right : 29 - right]


def mean_of_moved(model, images, places):
    return np.mean([model.predict_proba(moved(images, *place)) for place in places], axis=0)


CROSS = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
SQUARE = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]


@pytest.mark.parametrize(("views", "places"), [(1, [(0, 0)]), (5, CROSS), (9, SQUARE)])
class TestProbabilities:
    def test_are_the_mean_of_those_of_the_moved_images(self, digits, views, places):
        model = Model(a_network(1), MinMax(0, 255), CLASSES, SHAPE)
        p = model.predict_proba(digits.images, views=views)
        assert np.allclose(p, mean_of_moved(model, digits.images, places), atol=1e-6)
        assert np.array_equal(model.predict(digits.images, views=views), p.argmax(axis=1))

    def test_of_a_committee_whose_members_see_other_images(self, digits, views, places):
        scalings = [MinMax(0, 255), Deskewed(0, 255, SHAPE)]
        networks = [a_network(1), a_network(2)]
        together = Model(networks, scalings, CLASSES, SHAPE).predict_proba(
            digits.images, views=views
        )
        each = [
            Model(network, scaling, CLASSES, SHAPE).predict_proba(digits.images, views=views)
            for network, scaling in zip(networks, scalings, strict=True)
        ]
        assert np.allclose(together, np.mean(each, axis=0), atol=1e-6)

    def test_dark_digits_on_light_paper_stay_on_light_paper(self, digits, views, places):
        model = Model(a_network(1), MinMax(0, 255), CLASSES, SHAPE, background=1.0)
        inverted = 255 - digits.images[:200]
        p = model.predict_proba(inverted, views=views)
        assert np.allclose(p, mean_of_moved(model, inverted, places), atol=1e-6)

    def test_one_image_and_none(self, digits, views, places):
        model = Model(a_network(1), MinMax(0, 255), CLASSES, SHAPE, temperature=1.5)
        one = model.predict_proba(digits.images[7], views=views)
        assert np.allclose(
            one, model.predict_proba(digits.images[:20], views=views)[7:8], atol=1e-6
        )
        assert model.predict_proba(digits.images[:0], views=views).shape == (0, 10)


def test_an_image_of_one_row_is_moved_within_it():
    assert [each.tolist() for each in moved_pixels((1, 3), 5)] == [
        [0, 1, 2],
        [0, 1, 2],
        [0, 0, 1],
        [1, 2, 2],
    ]


def test_the_temperature_comes_after_the_mean(digits):
    images = digits.images[:100]
    model = Model(a_network(1), MinMax(0, 255), CLASSES, SHAPE)
    p = model.predict_proba(images, views=9)
    model.temperature = 2.0
    q = np.sqrt(p) / np.sqrt(p).sum(axis=1, keepdims=True)
    assert np.allclose(model.predict_proba(images, views=9), q, atol=1e-6)


@pytest.mark.parametrize("views", [0, 3, 4, -1, 5.0, True, "9", None, [9]])
def test_other_numbers_are_refused(views):
    with pytest.raises(DigitnetError, match="expected 1, 5 or 9 views, got"):
        digitnet.load().predict_proba(np.zeros(SHAPE, np.uint8), views=views)


def test_numbers_of_numpy_are_numbers(digits):
    model, some = digitnet.load(), digits.images[:3]
    assert np.array_equal(model.predict(some, views=np.int64(5)), model.predict(some, views=5))


def test_images_are_warned_of_as_ever(digits):
    with pytest.warns(InputWarning, match="inverted"):
        digitnet.load().predict(255 - digits.images[:50], views=9)


def test_they_correct_mistakes(mnist):
    """Of the network of pixels, on images distorted twice as much as those it learned from."""
    images = mnist.train.images[:6000].astype(np.float32)
    strong = {name: 2 * strength for name, strength in MILD.items()}
    Distortions(**strong)(images, np.random.default_rng(5))
    images, labels = np.rint(images).clip(0, 255).astype(np.uint8), mnist.train.labels[:6000]
    model = pixels()

    def errors(views):
        return np.count_nonzero(model.predict(images, views=views) != labels)

    assert errors(9) < 0.95 * errors(1)


class TestCommands:
    @pytest.fixture
    def own(self, mnist, tmp_path):
        """A source of images, a model that has learned nothing, in files, and both here."""
        some = mnist.test.take(np.arange(400))
        path = tmp_path / "own.npz"
        np.savez(path, x_test=some.images, y_test=some.labels)
        model = Model(a_network(3), MinMax(0, 255), CLASSES, SHAPE)
        model.save(tmp_path / "model.npz")
        return tmp_path, model, some

    def test_evaluate_counts_what_is_read_so(self, own, capsys):
        folder, model, some = own
        source = ["--data", str(folder / "own.npz")]
        assert main(["evaluate", str(folder / "model.npz"), *source, "--views", "9"]) == 0
        n = np.count_nonzero(model.predict(some.images, views=9) != some.labels)
        assert n != np.count_nonzero(model.predict(some.images) != some.labels)
        assert f"({n} errors in 400 images)" in capsys.readouterr().out

    def test_predict_writes_what_is_read_so(self, own):
        folder, model, some = own
        files = ["--data", str(folder / "own.npz"), "--output", str(folder / "out.csv")]
        assert main(["predict", str(folder / "model.npz"), *files, "--views", "5"]) == 0
        with (folder / "out.csv").open(newline="") as file:
            written = [row["Label"] for row in csv.DictReader(file)]
        expected = model.predict(some.images, views=5)
        assert written == [CLASSES[index] for index in expected]
        assert not np.array_equal(expected, model.predict(some.images))

    @pytest.mark.parametrize("command", ["evaluate", "predict"])
    def test_other_numbers_are_refused(self, command, capsys):
        with pytest.raises(SystemExit) as ended:
            main([command, "--views", "3"])
        assert ended.value.code == 2
        assert "argument --views: expected one of 1, 5, 9, got '3'" in capsys.readouterr().err
