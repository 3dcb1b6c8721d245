"""What people hand over as images and labels: read alike everywhere, warned of, or refused."""

import warnings

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import digitnet
from digitnet import DigitClassifier, DigitnetError, InputWarning
from digitnet.accept.images import as_images
from digitnet.accept.labels import as_labels
from digitnet.data import dataset

N = 100


@pytest.fixture(scope="module")
def model():
    return digitnet.load()


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.test.images[:N], mnist.test.labels[:N]


def rgb(images):
    return np.repeat(images[..., None], 3, axis=-1)


PLAIN = {
    "uint8": lambda x: x,
    "bool": lambda x: x > 127,
    "int64": lambda x: x.astype(np.int64),
    "int16, big-endian": lambda x: x.astype(">i2"),
    "uint16": lambda x: x.astype(np.uint16) * 257,
    "uint16 from 0 to 255": lambda x: x.astype(np.uint16),
    "float64 from 0 to 255": lambda x: x.astype(np.float64),
    "float32 from 0 to 1": lambda x: (x / 255).astype(np.float32),
    "float16": lambda x: (x / 255).astype(np.float16),
    "float32, big-endian": lambda x: (x / 255).astype(">f4"),
    "overshoot": lambda x: x / 255 * 1.05 - 0.02 * (x > 0),
    "objects": lambda x: x.astype(object),
    "Fortran's order": np.asfortranarray,
    "rows": lambda x: x.reshape(len(x), -1),
    "(N, 1, 28, 28)": lambda x: x[:, None],
    "(N, 28, 28, 1)": lambda x: x[..., None],
    "(N, 28, 28, 3)": rgb,
    "(N, 3, 28, 28)": lambda x: np.moveaxis(rgb(x), -1, 1),
    "RGBA": lambda x: np.concatenate([rgb(x), np.full((*x.shape, 1), 255, np.uint8)], axis=-1),
}


class TestPlainImages:
    @pytest.mark.parametrize("kind", PLAIN)
    def test_they_are_read_without_a_word(self, model, digits, kind):
        x, y = digits
        assert np.mean(model.predict(PLAIN[kind](x)) == y) >= 0.99

    @pytest.mark.parametrize("kind", PLAIN)
    def test_they_are_learned_from_and_then_read_as_uint8(self, few, kind):
        classifier = DigitClassifier((16,), epochs=5).fit(PLAIN[kind](few.images), few.labels)
        for images in (few.images, PLAIN[kind](few.images)):
            assert np.mean(classifier.predict(images) == few.labels) > 0.85
            assert np.mean(classifier.model_.predict(images) == few.labels) > 0.85

    @pytest.mark.parametrize("kind", PLAIN)
    def test_a_data_set_and_a_classifier_see_the_same_pixels(self, few, kind):
        images = PLAIN[kind](few.images)
        data = dataset("data", images, few.labels, (images, few.labels))
        assert np.array_equal(data.train.images, as_images(images))

    def test_the_two_parts_may_be_of_other_types(self, few):
        for train, test in (("uint8", "float16"), ("float32 from 0 to 1", "bool")):
            parts = [PLAIN[kind](few.images) for kind in (train, test)]
            data = dataset("data", parts[0], few.labels, (parts[1], few.labels))
            assert data.train.images.max() == data.test.images.max()

    @pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (1, 28, 28), (28, 28, 3), (1, 784)])
    def test_a_single_image(self, model, digits, shape):
        image = digits[0][0]
        image = rgb(image) if shape == (28, 28, 3) else image.reshape(shape)
        assert model.predict(image).tolist() == [7]

    def test_colours_are_read_as_bright_as_they_look_with_a_warning(self, model, digits):
        images = rgb(digits[0])
        images[..., 2] //= 2
        with pytest.warns(InputWarning, match="colours: read as grey"):
            assert np.mean(model.predict(images) == digits[1]) >= 0.99

    def test_minus_one_to_one_is_read_with_a_warning(self, model, digits):
        with pytest.warns(InputWarning, match="read as -1 .black. to 1 .white."):
            assert np.mean(model.predict(digits[0] / 127.5 - 1) == digits[1]) >= 0.99


class TestUnclearImages:
    def test_0_and_1_in_uint8_are_black_and_white(self, model, digits):
        x = (digits[0] > 127).astype(np.uint8)
        with pytest.warns(InputWarning, match="only 0 and 1: read as black and white"):
            assert np.mean(model.predict(x) == digits[1]) >= 0.99

    def test_so_they_are_where_nothing_else_was_learned_from(self, few):
        x = (few.images > 127).astype(np.uint8)
        classifier = DigitClassifier((16,), epochs=5).fit(x, few.labels)
        assert classifier.score(x, few.labels) > 0.85
        assert np.mean(classifier.model_.predict(few.images) == few.labels) > 0.8

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda x: x.astype(np.int8), r"int8 from -128 to 127.*images\.view\(np\.uint8\)"),
            (lambda x: x.astype(np.int16) - 128, "from -128 to 127; scale them"),
            (lambda x: x.astype(np.uint16) * 4, "uint16 from 0 to 1020; scale them to floats"),
            (lambda x: (x / 255 - 0.1307) / 0.3081, "got -0.42.* to 2.82.*, which is neither"),
            (lambda x: x / 16, "got 0 to 15.9.*, which is neither"),
            (lambda x: x.astype(str), "arrays of numbers, got an array of <U3"),
            (lambda x: x.astype(complex), "Complex data not supported"),
            (lambda x: np.concatenate([rgb(x), x[..., None]], -1), "some with transparency"),
        ],
    )
    def test_what_a_model_of_0_to_255_cannot_tell_is_refused(self, model, digits, change, message):
        with pytest.raises(DigitnetError, match=message):
            model.predict(change(digits[0]))

    @pytest.mark.filterwarnings("ignore::digitnet.LearningWarning")  # from noise, or in one epoch
    def test_wrapped_int8_is_warned_of_where_it_is_learned_from(self, few):
        x = few.images.astype(np.int8)
        with pytest.warns(InputWarning, match=r"int8, from -128 to 127.*view\(np.uint8\)"):
            DigitClassifier((), epochs=1).fit(x, few.labels)
        with pytest.warns(InputWarning, match=r"int8, from -128 to 127.*view\(np.uint8\)"):
            dataset("data", x, few.labels)

    @pytest.mark.filterwarnings("ignore::digitnet.LearningWarning")  # from noise, or in one epoch
    def test_features_on_scales_of_their_own_are_warned_of(self, few):
        """StandardScaler costs 7 points with 8,000 of MNIST's images."""
        x = StandardScaler().fit_transform(few.images.reshape(len(few.images), -1))
        classifier = DigitClassifier((8,), epochs=1)
        with pytest.warns(InputWarning, match="leave out StandardScaler, or use MinMaxSc"):
            classifier.fit(x, few.labels)
        with pytest.warns(InputWarning, match="leave out StandardScaler"):
            DigitClassifier((8,)).partial_fit(x, few.labels, np.unique(few.labels))
        with pytest.warns(InputWarning, match="^data: numbers go from .*leave out StandardScaler"):
            dataset("data", x.reshape(few.images.shape), few.labels)
        with pytest.warns(InputWarning, match="leave out StandardScaler"):
            x = StandardScaler().fit_transform(few.images[:300].reshape(300, -1))
            classifier.fit(x, few.labels[:300])

    @pytest.mark.filterwarnings("ignore::digitnet.LearningWarning")  # from noise, or in one epoch
    def test_one_that_is_much_larger_is_warned_of(self, generator):
        x = generator.random((200, 5)) * [1, 1, 1, 1, 1e5]
        with pytest.warns(InputWarning, match="typical feature has a standard deviation of 0.2"):
            DigitClassifier((8,), epochs=1).fit(x, x[:, 0] > 0.5)

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda x: x, id="as they are"),
            pytest.param(lambda x: x / 255, id="floats"),
            pytest.param(lambda x: (x / 255 - 0.1307) / 0.3081, id="with one mean and deviation"),
            pytest.param(lambda x: (x > 250).astype(float), id="thin"),
            pytest.param(lambda x: x * 1e27, id="huge"),
            pytest.param(lambda x: x - np.float32(300) * (x > 254), id="with outliers below 0"),
        ],
    )
    def test_images_on_one_scale_are_not(self, few, change):
        with warnings.catch_warnings():
            warnings.simplefilter("error", InputWarning)
            DigitClassifier((32,), epochs=2).fit(change(few.images), few.labels)
            dataset("data", change(few.images), few.labels)

    @pytest.mark.filterwarnings("ignore::digitnet.LearningWarning")
    def test_labels_that_differ_in_spaces_alone_are_warned_of(self, few):
        labels = few.labels[:200].astype(str).astype(object)
        labels[::2] = [f"{label} " for label in labels[::2]]
        with pytest.warns(InputWarning, match="^y: the labels '0' and '0 ' differ in the spaces"):
            DigitClassifier((4,), epochs=1).fit(few.images[:200], labels)
        with pytest.warns(InputWarning, match="data: y: the labels '0' and '0 ' differ"):
            dataset("data", few.images[:200], labels)

    def test_images_that_are_all_black_are_no_fault_of_the_learning_rate(self, few):
        with pytest.raises(DigitnetError, match="every pixel of all 2000 is 0; look at how"):
            DigitClassifier().fit(few.images * 0, few.labels)
        with pytest.raises(DigitnetError, match=r"data: .*every pixel of all 2000 is 0"):
            dataset("data", few.images * 0, few.labels)

    def test_features_that_are_no_images_keep_their_scale(self, generator):
        x = generator.integers(0, 50, (300, 20))
        y = x[:, 0] > 25
        classifier = DigitClassifier(epochs=60).fit(x, y)
        assert classifier.score(x, y) > 0.9
        rows = x[(x[:, 1:] > 1).sum(axis=1) > 0][:1] * 0 + 1
        expected = classifier.predict_proba(np.concatenate([rows, x[:5]]))[:1]
        assert np.allclose(classifier.predict_proba(rows), expected, atol=1e-6)


UNLIKE = {
    "inverted": (lambda x: 255 - x, "look inverted.*at 1.00.*try 255 - images"),
    "grey paper, dark ink": (lambda x: (200 - x * (200 / 255)).astype(np.uint8), "inverted"),
    "grey paper, inverted": (lambda x: np.maximum(x, 55), "grey background.*subtract the back"),
    "a little grey": (lambda x: np.maximum(x, 20), "grey background"),
    "off centre": (lambda x: np.roll(x, (-7, 0), (1, 2)), "off centre|ink at the edge"),
    "small": (lambda x: np.pad(x[:, ::2, ::2], ((0, 0), (7, 7), (7, 7))), "too small or too large"),
    "in a corner": (lambda x: np.pad(x[:, ::2, ::2], ((0, 0), (0, 14), (14, 0))), "off centre"),
    "dark": (lambda x: x // 16, "very dark.*until the lightest are white"),
}


class TestLikeness:
    @pytest.mark.parametrize("change", UNLIKE)
    @pytest.mark.parametrize("n", [1, N])
    def test_digits_unlike_those_of_mnist_are_warned_of(self, model, digits, change, n):
        make, message = UNLIKE[change]
        with pytest.warns(InputWarning, match=message):
            model.predict(make(digits[0])[:n])

    def test_a_classifier_warns_as_its_model_does(self, few):
        classifier = DigitClassifier((), epochs=1).fit(few.rows, few.labels)
        with pytest.warns(InputWarning, match="look inverted"):
            classifier.predict(255 - few.rows)

    def test_a_few_odd_ones_among_many_are_nothing(self, model, digits):
        mixed = digits[0].copy()
        mixed[:5] = np.roll(mixed[:5], 7, axis=1)
        model.predict(mixed)

    def test_the_warning_names_the_line_of_the_caller(self, model, digits):
        with pytest.warns(InputWarning) as caught:
            model.predict(255 - digits[0])
        assert caught[0].filename == __file__

    @pytest.mark.filterwarnings("ignore::digitnet.LearningWarning")  # from noise, or in one epoch
    def test_a_model_of_something_else_does_not_expect_digits(self, generator):
        x = generator.integers(0, 256, (200, 28, 28), np.uint8)
        x[:, 1:] //= 4
        classifier = DigitClassifier((), epochs=1).fit(x, x[:, 0, 0] > 127)
        classifier.predict(np.roll(x, 9, axis=2)[:1])

    @pytest.mark.slow
    def test_no_image_of_mnist_is_warned_of_by_itself(self, mnist):
        from digitnet.accept.scaling import MinMax
        from digitnet.model import Model
        from digitnet.nn import multilayer_perceptron

        model = Model(multilayer_perceptron([784, 2, 10]), MinMax(0, 255), mnist.classes, (28, 28))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for part in (mnist.train, mnist.test):
                for image in part.images:
                    model.predict(image)


Y = np.arange(30) % 3
LABELS = {
    "a column": Y[:, None],
    "one-hot": np.eye(3)[Y],
    "one-hot, true and false": np.eye(3, dtype=bool)[Y],
    "texts": Y.astype(str),
    "bytes": Y.astype("S"),
    "floats": Y.astype(float),
    "float16": Y.astype(np.float16),
    "big-endian": Y.astype(">i4"),
    "a list": Y.tolist(),
    "objects": Y.astype(object),
}


class TestLabels:
    @pytest.mark.filterwarnings("ignore:.*column-vector")
    @pytest.mark.parametrize("kind", LABELS)
    def test_they_are_what_they_plainly_are(self, generator, kind):
        x = generator.integers(0, 256, (30, 5, 4), np.uint8)
        data = dataset("data", x, LABELS[kind], (x, Y))
        assert data.classes == ("0", "1", "2")
        assert np.array_equal(data.train.labels, Y)
        classifier = DigitClassifier((30,), epochs=100).fit(x, LABELS[kind])
        assert classifier.model_.classes == data.classes
        assert classifier.score(x, LABELS[kind]) == classifier.score(x, Y) > 0.9

    @pytest.mark.filterwarnings("ignore::digitnet.LearningWarning")  # from noise, or in one epoch
    def test_other_classes_than_digits(self, generator):
        x = generator.integers(0, 256, (30, 5, 4), np.uint8)
        for labels, names in ((Y > 0, ("False", "True")), (2 * (Y > 0) - 1, ("-1", "1"))):
            assert dataset("data", x, labels).classes == names
            assert DigitClassifier(epochs=1).fit(x, labels).model_.classes == names

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            (None, "requires y to be passed"),
            ([1, None, 2], "one kind.*got NoneType and int, such as None"),
            ([1, "1", 2], "one kind.*got int and str"),
            ([1, {}, 2], "one kind.*got dict and int"),
            (np.array([1, None, 2], object), "one kind"),
            ([1.5, 2, 3], "continuous"),
            ([np.nan, 2, 3], "NaN"),
            (np.zeros(3, "M8[s]"), "got datetime64"),
            ([1 + 2j, 2, 3], "one kind|complex"),
            ([1, 2], "labels of shape .2,."),
            (np.full((3, 3), 1 / 3), "labels of shape .3, 3."),
        ],
    )
    def test_what_they_cannot_be_is_said(self, labels, message):
        with pytest.raises(DigitnetError, match=message):
            as_labels(labels, 3)
        with pytest.raises(DigitnetError, match=message):
            DigitClassifier().fit(np.arange(12).reshape(3, 4), labels)

    def test_numbers_are_compared_with_texts_by_name(self, few):
        classifier = DigitClassifier((), epochs=1).fit(few.images, few.labels)
        expected = classifier.score(few.images, few.labels)
        assert classifier.score(few.images, few.labels.astype(str)) == expected > 0.7
        named = DigitClassifier((), epochs=1).fit(few.images, few.labels.astype(str))
        assert named.score(few.images, few.labels) == expected

    def test_a_score_against_classes_of_which_none_is_known_is_an_error(self, few):
        classifier = DigitClassifier((), epochs=1).fit(few.images, few.labels)
        with pytest.raises(DigitnetError, match="got none of them, but 20, 21"):
            classifier.score(few.images, few.labels + 20)


class TestPartialFit:
    @pytest.mark.parametrize("change", [lambda x: x, lambda x: x / 255])
    @pytest.mark.parametrize("dark", [lambda x: x * 0, lambda x: x // 64])
    def test_a_dark_beginning_does_not_hinder_it(self, few, change, dark):
        classifier = DigitClassifier((32,), learning_rate=0.05)
        first = change(dark(few.images[:200]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the floats may be on another scale
            classifier.partial_fit(first, few.labels[:200], classes=range(10))
        for _ in range(8):
            classifier.partial_fit(change(few.images), few.labels)
        assert classifier.score(change(few.images), few.labels) > 0.85

    def test_numbers_far_beyond_the_first_are_warned_of(self, generator):
        x = generator.normal(size=(50, 20))
        classifier = DigitClassifier().partial_fit(x, x[:, 0] > 0, classes=[False, True])
        with pytest.warns(InputWarning, match="far beyond those of the first call"):
            classifier.partial_fit(10 * x, x[:, 0] > 0)
