"""Oriented gradients: edges by direction and place, and networks and models that see them."""

import json

import numpy as np
import pytest

from digitnet import DigitClassifier, DigitnetError, Model
from digitnet.accept.scaling import MinMax
from digitnet.cli import main
from digitnet.cli.info import sight_text
from digitnet.data import Examples
from digitnet.model.export import export_onnx
from digitnet.model.folding import rescaled
from digitnet.model.sight import first_weights
from digitnet.model.sizes import description
from digitnet.nn import (
    Dense,
    Network,
    OrientedGradients,
    multilayer_perceptron,
    numerical_gradient,
    oriented_layer,
)
from digitnet.nn.oriented_gradients import DIRECTIONS, EPSILON, LARGEST
from digitnet.report.figures import first_layer
from digitnet.teach.explain import trace_step
from digitnet.teach.inside import saliency
from digitnet.training.committee import averaged
from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from digitnet.training.unlike import in_its_way

SHAPE = (28, 28)
LEARNS = Settings(epochs=2, oriented_gradients=True, hidden_layer_sizes=(32,))


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.test.take(np.arange(300))


def seen(image):
    """s of an image, by direction and place: the root is taken back."""
    layer = OrientedGradients(image.shape)
    y = layer.forward(image.reshape(1, -1).astype(np.float64), training=False)
    return ((y + np.sqrt(EPSILON)) ** 2 - EPSILON).reshape(len(DIRECTIONS), *layer.places)


def by_direction(image):
    return dict(zip(DIRECTIONS, seen(image).sum(axis=(1, 2)), strict=True))


def network_of(seed=0, sizes=(784, 16, 10)):
    return multilayer_perceptron(sizes, below=[OrientedGradients(SHAPE)], seed=seed)


def model_of(seed=0, sizes=(784, 16, 10)):
    return Model(network_of(seed, sizes), MinMax(0, 255), tuple("0123456789"), SHAPE)


class TestTheLayer:
    @pytest.mark.parametrize(("dy", "dx"), DIRECTIONS)
    def test_a_slope_is_seen_in_its_direction_alone(self, dy, dx):
        y, x = np.indices(SHAPE)
        lengths = by_direction((dy * y + dx * x) / 100)
        assert max(lengths, key=lengths.get) == (dy, dx)
        # Beyond its border an image goes on as there, and has a slope along the border alone.
        others = sum(lengths.values()) - lengths[dy, dx]
        assert others < (1e-6 if 0 in (dy, dx) else 0.1) * lengths[dy, dx]

    def test_a_slope_between_two_directions_is_the_sum_of_both(self):
        y, x = np.indices(SHAPE)
        inside = np.s_[2:-2, 2:-2]
        lengths = {
            direction: each[inside].mean()
            for direction, each in zip(DIRECTIONS, seen((y + 3 * x) / 100), strict=True)
        }
        along = {(0, 1): 2, (1, 1): np.sqrt(2)}  # (1, 3) = 2 (0, 1) + (1, 1)
        expected = {each: 8 * along.get(each, 0) / 100 for each in DIRECTIONS}
        assert lengths == pytest.approx(expected, abs=1e-7)

    def test_an_edge_is_seen_where_it_is(self):
        image = np.zeros(SHAPE)
        image[:, 18:] = 1  # from place 4 on, of 7
        columns = seen(image)[DIRECTIONS.index((0, 1))].sum(axis=0)
        assert columns.argmax() == 4
        assert columns[[0, 1, 2, 6]].max() < 0.01 * columns[4]

    def test_grey_paper_and_even_light_make_no_difference(self, digits):
        layer, x = OrientedGradients(SHAPE), digits.rows[:50] / 255
        expected = layer.forward(x, training=False).copy()
        assert np.allclose(layer.forward(0.7 + x, training=False), expected, atol=1e-9)
        assert not layer.forward(np.full((3, 784), 0.4), training=False).any()

    def test_no_output_is_larger_than_said(self, generator):
        images = generator.integers(0, 2, (50, 784)).astype(float)
        y = np.indices(SHAPE)[0].reshape(1, -1) < 14
        found = OrientedGradients(SHAPE).forward(np.concatenate([images, y]), training=False)
        assert found.min() >= 0
        assert found.max() < LARGEST

    def test_each_image_is_by_itself(self, digits):
        layer, x = OrientedGradients(SHAPE), (digits.rows / 255).astype(np.float32)
        together = layer.forward(x, training=False).copy()
        alone = layer.forward(x[123:124], training=False)
        assert np.allclose(together[123], alone[0], rtol=0, atol=1e-6)

    @pytest.mark.parametrize("shape", [(6, 5), (9, 8), (1, 12), (3, 1), (1, 1)])
    def test_its_gradient_is_that_which_central_differences_measure(self, shape, generator):
        layer = OrientedGradients(shape)
        x = generator.random((3, shape[0] * shape[1]))
        dy = generator.standard_normal((3, layer.n_out(x.shape[1])))

        def value():
            return float(np.sum(layer.forward(x, training=True) * dy))

        value()
        dx = layer.backward(dy.copy())
        # A pixel may stand at a kink, as one in some ten thousand does.
        measured = numerical_gradient(value, x, 1e-6).reshape(x.shape)
        off = np.abs(measured - dx) > 1e-5 * np.maximum(np.abs(dx), 1)
        assert off.sum() <= 1, (measured[off], dx[off])

    def test_it_goes_down_to_pixels_below_it_as_well(self, generator):
        """As any layer might: here a Dense layer learns to draw what is seen."""
        network = Network(4, [Dense(30), OrientedGradients((6, 5)), Dense(3)], dtype=np.float64)
        x, dlogits = generator.random((2, 4)), generator.standard_normal((2, 3))

        def value():
            return float(np.sum(network.forward(x, training=True) * dlogits))

        value()
        network.backward(dlogits.copy())
        found = {name: grad.copy() for name, _, grad in network.parameters()}
        W1 = next(values for name, values, _ in network.parameters() if name == "W1")
        measured = numerical_gradient(value, W1, 1e-6).reshape(W1.shape)
        close = np.isclose(measured, found["W1"], rtol=1e-4, atol=1e-6)
        assert close.mean() > 0.95

    def test_images_of_another_shape_are_refused(self):
        with pytest.raises(ValueError, match="expected 30 pixels of 6x5, got 31"):
            OrientedGradients((6, 5)).n_out(31)

    def test_the_template_of_an_edge_speaks_for_ink_on_its_side(self):
        layer = OrientedGradients(SHAPE)
        weights = np.zeros((1, len(DIRECTIONS), *layer.places), np.float32)
        weights[0, DIRECTIONS.index((0, 1)), :, 3] = 1  # ink that begins toward the right
        (template,) = layer.templates(weights.reshape(1, -1))
        assert template[:, 14:16].min() > 0 > template[:, 12:14].max()
        assert np.allclose(template.sum(), 0, atol=1e-5)


class TestNetworks:
    def test_the_first_dense_layer_has_an_input_for_each_direction_and_place(self):
        network = network_of()
        assert network.n_in == 784
        assert network.layers[1].W.shape == (8 * 7 * 7, 16)
        assert oriented_layer(network) is network.layers[0]
        assert oriented_layer(multilayer_perceptron([784, 10])) is None

    def test_they_learn_more_from_as_many_epochs(self, few, mnist):
        def errors(oriented):
            settings = Settings(epochs=3, oriented_gradients=oriented)
            learned = learn(settings, few, None, mnist.classes)
            test = mnist.test.take(np.arange(3000))
            return (learned.model.predict(test.images) != test.labels).sum()

        assert errors(oriented=True) < 0.7 * errors(oriented=False)

    def test_saliency_is_how_logits_change_with_pixels(self, generator):
        """In noise; on even paper every length stands at its kink, and 0 is taken."""
        network = network_of(seed=3)
        x = generator.random((1, 784), np.float32)
        slopes = saliency(network, x)
        assert slopes.shape == (10, 784)
        step = (1e-3 * slopes[4] / np.linalg.norm(slopes[4])).astype(np.float32)
        before, after = (network.forward(each)[0, 4] for each in (x - step, x + step))
        assert (after - before) / 2e-3 == pytest.approx(np.linalg.norm(slopes[4]), rel=0.05)

    def test_weights_are_drawn_by_pixel(self):
        network = network_of()
        images = first_weights(network, SHAPE, np.array([2, 5]))
        W = network.layers[1].W
        assert np.array_equal(images, network.layers[0].templates(W[:, [2, 5]].T))
        assert first_weights(network, SHAPE, np.zeros(0, np.int32)).shape == (0, *SHAPE)

    def test_without_a_hidden_layer_the_figure_is_of_classes(self):
        model = model_of(sizes=(784, 10))
        figure = first_layer(model)
        assert "each class" in figure.get_suptitle() + "".join(
            text.get_text() for text in figure.texts
        )

    def test_images_that_are_too_large_are_refused(self, mnist):
        large = Examples(np.zeros((4, 1, 2000), np.uint8), np.arange(4, dtype=np.uint8))
        with pytest.raises(DigitnetError, match="at most 1000 pixels a side with it, got 1x2000"):
            learn(LEARNS, large, None, mnist.classes)

    def test_a_step_is_not_followed_from_pixels(self, digits):
        x, target = (digits.rows[:1] / 255).astype(np.float32), np.eye(10, dtype=np.float32)[:1]
        network = network_of()
        before = network.params.copy()
        with pytest.raises(DigitnetError, match="this network sees oriented gradients"):
            trace_step(network, x, target, 0.1)
        assert np.array_equal(network.params, before)


class TestModels:
    @pytest.mark.parametrize("half", [False, True])
    def test_a_file_keeps_what_is_seen(self, digits, tmp_path, half):
        model = model_of()
        model.save(tmp_path / "model.npz", half=half)
        again = Model.load(tmp_path / "model.npz")
        assert sight_text(again) == "oriented gradients"
        expected = model.predict_proba(digits.images)
        assert np.allclose(again.predict_proba(digits.images), expected, atol=2e-3 if half else 0)

    def test_only_such_files_need_a_newer_digitnet(self, tmp_path):
        pixels = Model(multilayer_perceptron([784, 10]), MinMax(0, 255), tuple("0123456789"), SHAPE)
        for model, version in ((pixels, 1), (model_of(), 6)):
            model.save(tmp_path / "model.npz")
            with np.load(tmp_path / "model.npz") as archive:
                header = json.loads(str(archive["header"]))
            assert header["format_version"] == version

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"oriented_gradients": "yes"}, "oriented_gradients: .*does not fit"),
            ({"oriented_gradients": False}, r"W1: expected \(784, 16\) .* got \(392, 16\)"),
        ],
    )
    def test_what_does_not_make_sense_is_refused(self, tmp_path, change, error):
        path = tmp_path / "model.npz"
        model_of().save(path)
        with np.load(path) as archive:
            arrays = dict(archive)
        header = json.loads(str(arrays["header"]))
        header["networks"][0] |= change
        np.savez(path, **arrays | {"header": np.array(json.dumps(header))})
        with pytest.raises(DigitnetError, match=error):
            Model.load(path)

    def test_a_file_of_images_without_end_asks_for_no_memory(self, tmp_path):
        path, side = tmp_path / "model.npz", 10**6
        model_of(sizes=(784, 10)).save(path)
        with np.load(path) as archive:
            arrays = dict(archive)
        header = json.loads(str(arrays["header"])) | {"image_shape": [side, 7]}
        header["networks"][0]["layer_sizes"][0] = 7 * side
        np.savez(path, **arrays | {"header": np.array(json.dumps(header))})
        with pytest.raises(DigitnetError, match="at most 1000 pixels a side"):
            Model.load(path)

    def test_weights_that_are_too_large_are_refused(self, tmp_path):
        model = model_of()
        model.network.params *= np.float32(1e20)
        model.save(tmp_path / "model.npz")
        with pytest.raises(DigitnetError, match="so large that its answers are not numbers"):
            Model.load(tmp_path / "model.npz")

    def test_they_say_what_they_see(self):
        assert description([network_of()]) == "784-16-10 of oriented gradients, 6,458 parameters"

    @pytest.mark.parametrize("scaling", [MinMax(0, 255), MinMax(-3, 250)])
    def test_another_scaling_gives_nearly_the_same_answers(self, digits, scaling):
        network, now = network_of(), MinMax(0, 200)
        x = digits.rows[:100]
        expected = network.forward(scaling(x)).copy()
        off, as_it_was = (
            np.abs(each.forward(now(x)) - expected).max()
            for each in (rescaled(network, scaling, now), network)
        )
        assert off < 0.1 * np.ptp(expected)
        assert off < 0.3 * as_it_was

    def test_a_committee_may_have_both_kinds(self, digits, tmp_path):
        pixels = Model(
            multilayer_perceptron([784, 8, 10], seed=5), MinMax(0, 255), tuple("0123456789"), SHAPE
        )
        committee = averaged([model_of(), pixels])
        committee.save(tmp_path / "model.npz")
        again = Model.load(tmp_path / "model.npz")
        assert sight_text(again) == "oriented gradients for 1 of 2 networks, pixels for the others"
        mean = (model_of().predict_proba(digits.images) + pixels.predict_proba(digits.images)) / 2
        assert np.allclose(again.predict_proba(digits.images), mean, atol=1e-6)

    def test_of_an_unlike_committee_the_second_sees_otherwise(self):
        assert not in_its_way(LEARNS, 2).oriented_gradients
        assert in_its_way(Settings(), 2).oriented_gradients

    def test_onnx_has_it_inside(self, few, mnist, digits, tmp_path):
        onnxruntime = pytest.importorskip("onnxruntime", reason="of the development tools")
        pytest.importorskip("onnx", reason="of the development tools")
        model = learn(LEARNS, few, None, mnist.classes).model
        export_onnx(model, tmp_path / "model.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
        found = session.run(None, {"images": digits.images})[0]
        assert np.allclose(found, model.predict_proba(digits.images), atol=1e-5)

    def test_a_classifier_learns_and_goes_on(self, few):
        classifier = DigitClassifier(epochs=1, oriented_gradients=True, hidden_layer_sizes=(16,))
        images, labels = few.images[:500], few.labels[:500]
        classifier.fit(images, labels)
        classifier.partial_fit(images, labels)
        assert oriented_layer(classifier.model_.network) is not None
        before = classifier.model_.network.params.copy()
        classifier.set_params(warm_start=True, oriented_gradients=False)
        with pytest.raises(DigitnetError, match=r"like the one to begin with.*\(392, 16\)"):
            classifier.fit(images, labels)
        assert np.array_equal(classifier.model_.network.params, before)
        assert classifier.score(images, labels) > 0.5


class TestTheGradientCheck:
    OPTIONS = ("gradcheck", "--oriented-gradients", "--hidden", "8", "--images", "2")

    def test_gradients_above_them_are_right(self, capsys):
        assert main([*self.OPTIONS]) == 0
        assert "0 OrientedGradients, 1 Dense" in capsys.readouterr().out

    def test_there_is_nothing_to_break_below_what_learns(self, capsys):
        assert main([*self.OPTIONS, "--break", "0"]) == 2
        assert "nothing is learned from its gradient" in " ".join(capsys.readouterr().err.split())
        assert main([*self.OPTIONS, "--break", "2"]) == 1
