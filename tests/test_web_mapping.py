"""Maps and robustness: principal components as NumPy's own, distortions of a known size."""

import numpy as np
import pytest

from digitnet.data import Dataset, Examples, load_mnist
from digitnet.nn import Activation
from digitnet.reading.networks import pixels
from digitnet.web.mapping import principal, separation
from digitnet.web.material import Shared
from digitnet.web.robustness import KINDS, distorted
from digitnet.web.visit import Visit
from tests.playground import ask, last, learned, named, refusal, small_data, to_the_end, visiting


@pytest.fixture(scope="module")
def data():
    return small_data()


def plane_of(a):
    return next(found for found in principal(a.astype(np.float64)) if found is not None)


def digits():
    return load_mnist().test.rows[:400] / 255.0


def smooth(n_columns):
    """Activations with variances that fall slowly."""
    generator = np.random.default_rng(1)
    return generator.normal(size=(300, n_columns)) * 0.9 ** np.arange(n_columns)


CASES = {"pixels": digits, "wide": lambda: smooth(700), "narrow": lambda: smooth(3)}


class TestPrincipalComponents:
    @pytest.mark.parametrize("case", CASES)
    def test_are_those_of_the_covariance(self, case):
        a = CASES[case]()
        found = plane_of(a)
        centred = a - a.mean(axis=0)
        values, vectors = np.linalg.eigh(centred.T @ centred)
        expected = centred @ vectors[:, [-1, -2]]
        for n in range(2):
            own, other = found.points[:, n].astype(np.float64), expected[:, n]
            cosine = own @ other / np.linalg.norm(own) / np.linalg.norm(other)
            assert abs(cosine) == pytest.approx(1, abs=1e-6)
            assert np.linalg.norm(own) == pytest.approx(np.linalg.norm(other), rel=1e-5)
        assert np.allclose(found.explained, values[[-1, -2]] / values.sum(), rtol=1e-6)

    def test_are_those_of_the_singular_values(self):
        a = digits()
        _, sizes, _ = np.linalg.svd(a - a.mean(axis=0), full_matrices=False)
        assert np.allclose(plane_of(a).explained, sizes[:2] ** 2 / (sizes**2).sum(), rtol=1e-6)

    @pytest.mark.parametrize("shape", [(1, 5), (5, 1), (2, 2), (40, 1), (30, 4)])
    def test_of_few_numbers_or_of_equal_ones_are_finite(self, shape):
        for a in (np.zeros(shape), np.ones(shape), np.arange(np.prod(shape)).reshape(shape)):
            found = plane_of(a.astype(float))
            assert found.points.shape == (shape[0], 2)
            assert np.isfinite(found.points).all()
            assert sum(found.explained) <= 1 + 1e-9

    def test_two_directions_that_matter_alike_are_found_in_the_end(self):
        generator = np.random.default_rng(0)
        a = generator.normal(size=(200, 50))
        first, second = plane_of(a).explained
        assert first >= second > 0


def test_separation_is_the_share_of_the_variance_between_classes():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 200)
    a = generator.normal(3, 1, (200, 4)) + 2 * np.eye(4)[labels]
    total = a.var(axis=0).sum()
    within = sum(a[labels == k].var(axis=0).sum() * (labels == k).mean() for k in range(3))
    assert separation(a, labels) == pytest.approx(1 - within / total)
    assert separation(np.eye(3)[labels], labels) == pytest.approx(1)
    assert separation(np.ones((5, 2)), labels[:5]) == 0


@pytest.fixture(scope="module")
def mapped(data):
    """A visit whose network has learned, and the events of its map."""
    visit = visiting(data)
    learned(visit)
    ask(visit, "use", model="trained")
    ask(visit, "map")
    return visit, to_the_end(visit, 1.0)


class TestTheMap:
    def test_shows_the_test_images(self, mapped, data):
        visit, told = mapped
        sample = last(told, "sample")
        assert sample.fields["images"] == 100
        assert np.array_equal(sample.arrays["images"], data.test.images)
        assert np.array_equal(sample.arrays["labels"], data.test.labels)
        own = visit._trainer.trained().predict(data.test.images)
        assert np.array_equal(sample.arrays["predictions"], own)

    def test_is_that_of_each_layer_from_the_pixels_to_the_logits(self, mapped, data):
        visit, told = mapped
        model = visit._trainer.trained()
        x = model.scaling(data.test.rows)
        layers = [x.copy()]
        for layer in model.network.layers:
            x = layer.forward(x, training=False)
            if isinstance(layer, Activation):
                layers.append(x.copy())
        layers.append(x.copy())
        maps = named(told, "map")
        assert [each.fields["layer"] for each in maps] == [0, 1, 2]
        for each, activations in zip(maps, layers, strict=True):
            expected = plane_of(activations)
            assert np.allclose(each.fields["explained"], expected.explained, rtol=1e-4)
            close = np.abs(each.arrays["points"] - expected.points).max()
            assert close < 1e-3 * np.abs(expected.points).max()

    def test_the_classes_come_apart_from_layer_to_layer(self, data):
        test = load_mnist().test.take(np.arange(300))
        visit = Visit(Shared(Dataset("more", data.train, test, data.classes, "")))
        ask(visit, "map")
        shares = [each.fields["separation"] for each in named(to_the_end(visit), "map")]
        assert shares == sorted(shares)
        assert shares[-1] > 3 * shares[0]


def few():
    return load_mnist().test.images[:60] / np.float32(255)


def centre(image):
    rows, columns = np.indices(image.shape)
    return np.array([(image * rows).sum(), (image * columns).sum()]) / image.sum()


class TestDistortions:
    @pytest.mark.parametrize("name", KINDS)
    def test_of_strength_0_leave_the_images_alone_and_others_do_not(self, name):
        images = few()
        assert np.array_equal(distorted(name, images, 0, [0]), images)
        strongest = distorted(name, images, KINDS[name].strengths[-1], [0])
        assert strongest.shape == images.shape
        assert np.abs(strongest - images).mean() > 0.02
        assert strongest.min() >= -1e-5
        assert strongest.max() <= 1 + 1e-5
        assert np.array_equal(images, few())

    @pytest.mark.parametrize("name", KINDS)
    def test_are_the_same_each_time(self, name):
        strength = KINDS[name].strengths[-1]
        first, second = (distorted(name, few(), strength, [3]) for _ in range(2))
        assert np.array_equal(first, second)

    def test_move_by_the_strength_in_both_directions(self):
        for before, after in zip(few(), distorted("shift", few(), 2, [0]), strict=True):
            if np.isclose(after.sum(), before.sum()):  # nothing has left the image
                assert np.allclose(np.abs(centre(after) - centre(before)), 2, atol=0.01)

    def test_turn_by_the_strength_to_the_left_or_the_right(self):
        image = np.zeros((40, 28, 28), np.float32)
        image[:, 13:15, 4:24] = 1  # a bar that lies
        upright = distorted("rotation", image, 90, [0])
        assert np.allclose(upright, image.transpose(0, 2, 1), atol=1e-3)
        oblique = distorted("rotation", image, 30, [0])
        rising = oblique[:, :14, 14:].sum(axis=(1, 2)) > oblique[:, 14:, 14:].sum(axis=(1, 2))
        assert 5 < rising.sum() < 35

    def test_make_strokes_wider_and_thinner(self):
        ink = [distorted("stroke", few(), s, [0]).sum() for s in KINDS["stroke"].strengths]
        assert ink == sorted(ink)

    def test_add_noise_of_this_deviation(self):
        grey = np.full((50, 28, 28), 0.5, np.float32)
        assert np.std(distorted("noise", grey, 0.1, [0])) == pytest.approx(0.1, rel=0.02)


@pytest.fixture(scope="module")
def measured(data):
    """The events of robustness."""
    visit = visiting(data)
    ask(visit, "robustness")
    return named(to_the_end(visit, 1.0), "robustness")


class TestRobustness:
    def test_each_kind_is_told_strength_by_strength(self, measured):
        for name, kind in KINDS.items():
            own = [each for each in measured if each.fields["kind"] == name]
            lengths = [len(each.arrays["accuracies"]) for each in own]
            assert lengths == list(range(1, len(kind.strengths) + 1))
            assert all(np.allclose(each.arrays["strengths"], kind.strengths) for each in own)
            assert np.ptp(np.diff(kind.strengths)) < 1e-9
            assert own[-1].arrays["examples"].shape == (len(kind.strengths), 28, 28)

    def test_without_distortion_it_is_the_accuracy(self, measured, data):
        own = (pixels().predict(data.test.images) == data.test.labels).mean()
        for name, kind in KINDS.items():
            told = last([each for each in measured if each.fields["kind"] == name], "robustness")
            at = kind.strengths.index(0)
            assert told.arrays["accuracies"][at] == pytest.approx(own)
            assert np.array_equal(told.arrays["examples"][at], data.test.images[0])

    def test_the_most_distorted_are_read_worse(self, measured):
        for name in ("noise", "rotation", "shift"):
            told = last([each for each in measured if each.fields["kind"] == name], "robustness")
            accuracies = told.arrays["accuracies"]
            assert accuracies[-1] < accuracies[0] - 0.3


@pytest.mark.parametrize("name", ["map", "robustness"])
def test_without_test_images_both_cost_a_sentence(name, data):
    none = Examples(data.test.images[:0], data.test.labels[:0])
    visit = Visit(Shared(Dataset("none", data.train, none, data.classes, "")))
    assert "no test images" in refusal(visit, name).fields["message"]


@pytest.mark.parametrize("name", ["map", "robustness"])
def test_of_one_test_image_both_are_told(name, data):
    one = Examples(data.test.images[:1], data.test.labels[:1])
    visit = Visit(Shared(Dataset("one", data.train, one, data.classes, "")))
    ask(visit, name)
    assert last(to_the_end(visit), name)


def test_a_command_that_comes_between_is_answered_before_the_rest_is_done(data):
    visit = visiting(data)
    ask(visit, "robustness")
    visit.work(0)
    assert last(ask(visit, "inspect", source="test", index=3), "inspected")
    assert visit.busy
    ask(visit, "forget")
    assert not visit.busy
