"""The model: predictions, and a file that is whole, checked and never code."""

import copy
import json
import os
import pickle
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import digitnet
from digitnet import DigitnetError, InputWarning, Model
from digitnet.data import MinMax
from digitnet.nn import SGD, Dense, Network, Objective, ReLU, multilayer_perceptron
from tests.threads import at_once

pytestmark = pytest.mark.numerical


class Unregistered(ReLU):
    pass


@pytest.fixture
def model() -> Model:
    network = multilayer_perceptron([12, 8, 7, 3], ["relu", "tanh"], dropout=0.5, seed=4)
    return Model(network, MinMax(0, 255), ("a", "b", "c"), (4, 3), config={"epochs": 5})


@pytest.fixture
def images(generator):
    """Dark at the border, as the model expects it."""
    images = np.zeros((2500, 4, 3), np.uint8)
    images[:, 1:3, 1] = generator.integers(0, 256, (2500, 2))
    return images


class TestPredictions:
    def test_probabilities_are_those_of_the_network(self, model, images):
        p = model.predict_proba(images)
        x = (images.reshape(-1, 12) / 255).astype(np.float32)
        assert np.allclose(p, model.network.probabilities(x), atol=1e-6)
        assert p.shape == (2500, 3)
        assert np.allclose(p.sum(axis=1), 1, atol=1e-6)
        assert np.array_equal(model.predict(images), p.argmax(axis=1))

    @pytest.mark.parametrize(
        "kind",
        [
            lambda images: images.reshape(-1, 12),
            lambda images: images / 255,
            lambda images: (images / 255).astype(np.float32),
            lambda images: images.reshape(-1, 12).astype(np.float16) / np.float16(255),
            lambda images: images.tolist() and images[::1],
            np.asfortranarray,
        ],
    )
    def test_the_same_images_in_other_forms_give_the_same(self, model, images, kind):
        some = images[:20]
        tolerance = 1e-3 if kind(some).dtype == np.float16 else 1e-6
        p = model.predict_proba(kind(some))
        assert np.allclose(p, model.predict_proba(some), atol=tolerance)

    def test_one_image_is_a_batch_of_one(self, model, images):
        assert np.array_equal(model.predict_proba(images[0]), model.predict_proba(images[:1]))
        assert model.predict(images[0]).shape == (1,)

    def test_no_images_give_no_predictions(self, model):
        assert model.predict_proba(np.zeros((0, 4, 3), np.uint8)).shape == (0, 3)

    def test_probabilities_are_the_callers_to_keep(self, model, images):
        first = model.predict_proba(images[:5])
        kept = first.copy()
        model.predict_proba(images[5:10])
        assert np.array_equal(first, kept)

    def test_images_are_not_written_to(self, model, images):
        for given_images in (images, images / 255):
            given_images.flags.writeable = False
            model.predict(given_images)

    def test_it_uses_the_parameters_as_they_are_now(self, model, images):
        before = model.predict_proba(images)
        model.network.params *= 2
        assert not np.allclose(model.predict_proba(images), before)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (np.zeros((2, 3, 4), np.uint8), r"\(N, 4, 3\), .*got an array of shape \(2, 3, 4\)"),
            (np.zeros(12, np.uint8), r"got an array of shape \(12,\)"),
            (np.zeros((2, 4, 3, 2), np.uint8), r"shape \(2, 4, 3, 2\)"),
            (np.zeros((2, 12), complex), "Complex data not supported"),
            (np.full((2, 12), None), "got NaN"),
            (np.full((2, 12), {}), "got an array of object"),
            (np.full((2, 12), np.nan), "got NaN"),
            (np.full((2, 12), -np.inf), "infinity"),
            (np.full((2, 12), 1e39), r"more than 1e\+30"),
            ([[1.0, 2.0], [3.0]], "expected an array of images"),
            ("digit.png", r"arrays of numbers, got 'digit\.png'"),
        ],
    )
    def test_anything_else_is_refused(self, model, wrong, message):
        with pytest.raises(DigitnetError, match=message):
            model.predict(wrong)

    def test_inverted_images_are_warned_of(self, model, images):
        for inverted in (255 - images, 1 - images / 255):
            with pytest.warns(
                InputWarning, match=r"inverted.*at 1\.00.*at 0\.00.*try 255 - images"
            ):
                model.predict(inverted)

    def test_a_model_of_dark_ink_on_white_does_not_mind_white(self, model, images):
        model.background = 1.0
        model.predict(255 - images)
        with pytest.warns(InputWarning, match="inverted"):
            model.predict(images)

    def test_the_real_images_of_mnist_are_not_warned_of(self, mnist):
        network = multilayer_perceptron([784, 4, 10])
        model = Model(network, MinMax(0, 255), mnist.classes, (28, 28))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.predict(mnist.test.images)
            for image in mnist.test.images[:500]:
                model.predict(image)

    def test_a_model_of_floats_takes_floats_on_their_scale(self, model, generator):
        model.pixels, model.scaling = "float32", MinMax(-1, 3)
        x = generator.uniform(-1, 3, (5, 12))
        expected = model.network.probabilities(((x + 1) / 4).astype(np.float32))
        model.background = 0.5
        assert np.allclose(model.predict_proba(x), expected, atol=1e-6)
        with pytest.raises(DigitnetError, match=r"floats.*\(-1 to 3\), got uint8"):
            model.predict(np.zeros((5, 12), np.uint8))

    def test_threads_may_predict_at_once(self, model, images):
        """Eight threads on one model, each with its own images, many times over."""
        expected = [model.predict_proba(images[i * 300 : (i + 1) * 300]) for i in range(8)]
        wrong = []

        def work(i):
            for _ in range(50):
                p = model.predict_proba(images[i * 300 : (i + 1) * 300])
                if not np.array_equal(p, expected[i]):
                    wrong.append(i)

        at_once(work, 8)
        assert wrong == []

    @pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
    def test_a_copy_predicts_alike_and_learns_on_its_own(self, model, images, again):
        other = again(model)
        assert np.array_equal(other.predict_proba(images), model.predict_proba(images))
        before = model.network.params.copy()
        x = other.scaling(images[:8].reshape(8, -1))
        Objective()(other.network, x, np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2, 0, 1]])
        SGD().step(other.network.params, other.network.grads, 0.5)
        assert np.array_equal(model.network.params, before)
        assert not np.allclose(other.predict_proba(images), model.predict_proba(images))


class TestTheFile:
    def test_a_loaded_model_is_the_saved_one(self, model, images, tmp_path):
        model.save(tmp_path / "model.npz")
        loaded = digitnet.load(str(tmp_path / "model.npz"))
        assert np.array_equal(loaded.predict_proba(images), model.predict_proba(images))
        assert np.array_equal(loaded.network.params, model.network.params)
        for name in ("scaling", "classes", "image_shape", "pixels", "background", "config"):
            assert getattr(loaded, name) == getattr(model, name)

    def test_equal_models_are_equal_files(self, model, tmp_path):
        for name in ("a.npz", "b.npz"):
            model.save(tmp_path / name)
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()

    def test_it_is_an_ordinary_archive_with_a_readable_header(self, model, tmp_path):
        model.save(tmp_path / "model.npz")
        with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
            header = json.loads(archive["header"].item())
            assert set(archive.files) == {"header", "W1", "b1", "W2", "b2", "W3", "b3"}
            assert archive["W1"].shape == (12, 8)
        assert header["layer_sizes"] == [12, 8, 7, 3]
        assert header["activations"] == ["relu", "tanh"]
        assert header["digitnet_version"] == digitnet.__version__
        assert header["preprocessing"] == {
            "minimum": 0, "maximum": 255, "pixels": "uint8", "background": 0,
        }  # fmt: skip

    def test_half_precision_halves_the_file_and_rounds_the_parameters(self, images, tmp_path):
        network = multilayer_perceptron([12, 300, 3], "relu", seed=4)
        model = Model(network, MinMax(0, 255), ("a", "b", "c"), (4, 3))
        model.save(tmp_path / "full.npz")
        model.save(tmp_path / "half.npz", half=True)
        assert np.array_equal(network.params, digitnet.load(tmp_path / "full.npz").network.params)
        loaded = digitnet.load(tmp_path / "half.npz")
        assert loaded.network.params.dtype == np.float32
        rounded = network.params.astype(np.float16)
        assert np.array_equal(loaded.network.params, rounded)
        assert not np.array_equal(loaded.network.params, network.params)
        assert np.allclose(loaded.predict_proba(images), model.predict_proba(images), atol=2e-3)
        with np.load(tmp_path / "half.npz") as archive:
            assert archive["W1"].dtype == archive["b2"].dtype == np.float16
        sizes = [(tmp_path / name).stat().st_size for name in ("full.npz", "half.npz")]
        assert sizes[0] - sizes[1] == pytest.approx(2 * network.params.size, rel=0.05)
        rewrite(tmp_path / "half.npz", b1=np.ones(300, np.float16))
        with pytest.raises(DigitnetError, match="SHA-256 differs"):
            digitnet.load(tmp_path / "half.npz")

    def test_parameters_too_large_for_half_precision_are_refused(self, model, tmp_path):
        model.network.params[3] = 1e6
        with pytest.raises(DigitnetError, match="expected parameters below 65520"):
            model.save(tmp_path / "model.npz", half=True)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["Ziffern für später.npz", "a b.npz", "模型.npz"])
    def test_any_file_name_will_do(self, model, tmp_path, name):
        model.save(tmp_path / name)
        assert digitnet.load(tmp_path / name).classes == model.classes

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"format": "something"}, "header is not that of a model"),
            ({"format_version": 7}, "format 7, written by digitnet.*try a newer one"),
            ({"format_version": 2}, "W1: expected .* of float16, got .* of float32"),
            ({"format_version": "1"}, "format '1'"),
            ({"format_version": 0}, "format 0"),
            ({"format_version": 5}, "lacks 'networks'"),
            ({"layer_sizes": [12, 8, 7, 4]}, "classes: .*does not fit"),
            ({"layer_sizes": [12, 8, 3]}, "activations: .*does not fit"),
            ({"layer_sizes": [12, 9, 7, 3]}, r"W1: expected \(12, 9\) of float32, got \(12, 8\)"),
            ({"layer_sizes": [12, 10**9, 10**9, 3]}, "layer_sizes: .*does not fit"),
            ({"layer_sizes": [12, -8, 7, 3]}, "layer_sizes"),
            ({"layer_sizes": "12"}, "layer_sizes"),
            ({"layer_sizes": [12, True, 7, 3]}, "layer_sizes"),
            ({"activations": ["relu", "swoosh"]}, "activations.*swoosh.*does not fit"),
            ({"classes": ["a", "b", "\x1b[31m"]}, "classes"),
            ({"layer_sizes": [12, 300000, 7, 3]}, r"W1: expected \(12, 300000\)"),
            ({"activations": None}, "activations"),
            ({"image_shape": [3, 3]}, "image_shape"),
            ({"image_shape": [-4, -3]}, "image_shape"),
            ({"classes": ["a", "a", "b"]}, "classes"),
            ({"classes": [1, 2, 3]}, "classes"),
            ({"preprocessing": {"minimum": 0, "pixels": "uint8", "background": 0}}, "maximum"),
            ({"preprocessing": [0, 255]}, "preprocessing"),
            ({"config": []}, "config"),
            ({"sha256": "0" * 64}, "SHA-256 differs"),
            ({"W1": None}, "lacks 'W1'"),
            ({"W1": np.zeros((12, 8))}, "W1: .*got .*float64"),
            ({"W1": np.full((12, 8), np.nan, np.float32)}, "W1: expected finite numbers"),
            ({"W1": np.zeros((12, 8), np.float32)}, "SHA-256 differs"),
            ({"extra": np.zeros(1)}, "not of this network: extra"),
            ({"header": None}, "lacks 'header'"),
        ],
    )
    def test_what_does_not_make_sense_is_refused(self, model, tmp_path, changes, message):
        path = tmp_path / "model.npz"
        model.save(path)
        rewrite(path, **changes)
        with pytest.raises(DigitnetError, match=message):
            Model.load(path)

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"PK\x03\x04 and nothing else", b"\x93NUMPY"]
    )
    def test_foreign_files_are_refused(self, tmp_path, content):
        (tmp_path / "model.npz").write_bytes(content)
        with pytest.raises(DigitnetError, match="expected a model file of digitnet"):
            Model.load(tmp_path / "model.npz")

    def test_an_archive_that_unpacks_to_more_than_itself_is_refused(self, tmp_path):
        np.savez_compressed(tmp_path / "model.npz", header=np.zeros(10**6))
        with pytest.raises(DigitnetError, match="compressed"):
            Model.load(tmp_path / "model.npz")

    def test_an_array_that_claims_to_be_huge_is_refused_without_allocating_it(self, tmp_path):
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }"
        array = b"\x93NUMPY\x01\x00" + len(header + b"\n").to_bytes(2, "little") + header + b"\n"
        with zipfile.ZipFile(tmp_path / "model.npz", "w") as archive:
            archive.writestr("header.npy", array)
        with pytest.raises(DigitnetError, match="claims to be"):
            Model.load(tmp_path / "model.npz")

    def test_a_pickle_is_never_run(self, tmp_path):
        np.savez(tmp_path / "model.npz", header=np.array([{"not": "json"}], object))
        with pytest.raises(DigitnetError, match="pickle"):
            Model.load(tmp_path / "model.npz")

    @pytest.mark.parametrize("path", ["nowhere.npz", "."])
    def test_a_path_without_a_model_is_named(self, tmp_path, path):
        with pytest.raises(DigitnetError, match=str(tmp_path)):
            Model.load(tmp_path / path)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(data=st.data())
    def test_a_mutated_file_loads_as_it_was_or_is_refused(self, model, tmp_path, data):
        path = tmp_path / "model.npz"
        model.save(path)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            loaded = Model.load(path)
        except DigitnetError:
            return
        assert np.array_equal(loaded.network.params, model.network.params)
        assert loaded.classes == model.classes

    def test_an_error_while_saving_leaves_the_old_file(self, model, tmp_path, monkeypatch):
        path = tmp_path / "model.npz"
        model.save(path)
        before = path.read_bytes()
        model.network.params += 1

        def full(_descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            model.save(path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize(
        ("layers", "dtype"),
        [
            ([Dense(4), Unregistered(), Dense(3)], np.float32),
            ([ReLU(), Dense(4), Dense(3)], np.float32),
            ([Dense(4), Dense(3)], np.float32),
            ([Dense(4), ReLU(), ReLU(), Dense(3)], np.float32),
            ([Dense(3), ReLU()], np.float32),
            ([Dense(3)], np.float64),
        ],
    )
    def test_a_network_that_a_file_cannot_hold_is_not_saved(self, tmp_path, layers, dtype):
        model = Model(Network(12, layers, dtype=dtype), MinMax(0, 255), ("a", "b", "c"), (4, 3))
        with pytest.raises(DigitnetError, match="expected a network"):
            model.save(tmp_path / "model.npz")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "header",
        [
            b"{'descr': '<f4', (",
            b"{1: 2, 'a': 3}",
            b"  x\n y",
            b"",
            b"{'descr': (), 'fortran_order': False, 'shape': (1,), }",
            b"{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }",
            b"{'descr': '<U0', 'fortran_order': False, 'shape': (1,), }",
            b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
            b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1, " * 2000 + b"), }",
        ],
    )
    def test_a_header_of_an_array_that_makes_no_sense(self, tmp_path, header):
        array = b"\x93NUMPY\x01\x00" + len(header + b"\n").to_bytes(2, "little") + header + b"\n"
        with zipfile.ZipFile(tmp_path / "model.npz", "w") as archive:
            archive.writestr("header.npy", array)
        with pytest.raises(DigitnetError, match="expected a model file of digitnet: header: "):
            Model.load(tmp_path / "model.npz")


def rewrite(path, **changes):
    """Save the archive again with other fields of the header, other arrays, or without some."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].item())
    for name, value in changes.items():
        if name in header:
            header[name] = value
            arrays["header"] = np.array(json.dumps(header))
        elif value is None:
            del arrays[name]
        else:
            arrays[name] = value
    np.savez(path, **arrays)
