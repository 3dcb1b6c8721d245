"""The model: predictions, and a file that is whole, checked and never code."""

import json
import os

import numpy as np
import pytest

from digitnet.data import MinMax
from digitnet.errors import DigitnetError
from digitnet.model import Model
from digitnet.nn import Dense, Network, ReLU, multilayer_perceptron


class Unregistered(ReLU):
    pass


@pytest.fixture
def model() -> Model:
    network = multilayer_perceptron([12, 8, 7, 3], ["relu", "tanh"], dropout=0.5, seed=4)
    return Model(network, MinMax(0, 255), ("a", "b", "c"), (4, 3), {"epochs": 5})


@pytest.fixture
def images(generator):
    return generator.integers(0, 256, (2500, 4, 3), np.uint8)


def test_probabilities_are_those_of_the_network(model, images):
    p = model.predict_proba(images)
    x = (images.reshape(-1, 12) / 255).astype(np.float32)
    assert np.allclose(p, model.network.probabilities(x), atol=1e-6)
    assert p.shape == (2500, 3)
    assert np.allclose(p.sum(axis=1), 1, atol=1e-6)
    assert np.array_equal(model.predict(images), p.argmax(axis=1))
    assert np.array_equal(model.predict_proba(images.reshape(-1, 12)), p)


def test_probabilities_are_the_callers_to_keep(model, images):
    first = model.predict_proba(images[:5])
    kept = first.copy()
    model.predict_proba(images[5:10])
    assert np.array_equal(first, kept)


def test_images_of_another_size_are_refused(model):
    with pytest.raises(
        DigitnetError, match=r"\(N, 4 x 3\) or rows of 12 pixels, got .*\(2, 3, 4\)"
    ):
        model.predict(np.zeros((2, 3, 4), np.uint8))


def test_a_loaded_model_is_the_saved_one(model, images, tmp_path):
    model.save(tmp_path / "model.npz")
    loaded = Model.load(tmp_path / "model.npz")
    assert np.array_equal(loaded.predict_proba(images), model.predict_proba(images))
    assert np.array_equal(loaded.network.params, model.network.params)
    for name in ("scaling", "classes", "image_shape", "config"):
        assert getattr(loaded, name) == getattr(model, name)


def test_equal_models_are_equal_files(model, tmp_path):
    for name in ("a.npz", "b.npz"):
        model.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_file_is_an_ordinary_archive_with_a_readable_header(model, tmp_path):
    model.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        header = json.loads(archive["header"].item())
        assert set(archive.files) == {"header", "W1", "b1", "W2", "b2", "W3", "b3"}
        assert archive["W1"].shape == (12, 8)
    assert header["layer_sizes"] == [12, 8, 7, 3]
    assert header["activations"] == ["relu", "tanh"]
    assert header["preprocessing"] == {"minimum": 0, "maximum": 255}


def rewritten(path, **changes):
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].item())
    for name, value in changes.items():
        if name in header:
            header[name] = value
        elif value is None:
            del arrays[name]
        else:
            arrays[name] = value
    np.savez(path, **arrays | {"header": np.array(json.dumps(header))})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "something"}, "something version 1"),
        ({"format_version": 2}, "digitnet model version 2"),
        ({"W1": None}, "W1"),
        ({"W1": np.zeros((12, 9), np.float32)}, r"W1 of shape \(12, 9\)"),
        ({"W1": np.zeros((12, 8))}, "type float64"),
        ({"extra": np.zeros(1)}, "unknown arrays"),
        ({"activations": ["relu"]}, "argument 2 is shorter"),
        ({"activations": ["relu", "swoosh"]}, "swoosh"),
        ({"preprocessing": {"minimum": 0}}, "maximum"),
    ],
)
def test_a_file_that_is_not_such_a_model_is_refused(model, tmp_path, changes, message):
    path = tmp_path / "model.npz"
    model.save(path)
    rewritten(path, **changes)
    with pytest.raises(DigitnetError, match=message):
        Model.load(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and nothing else"])
def test_foreign_files_are_refused(tmp_path, content):
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(DigitnetError, match="expected a model file of digitnet"):
        Model.load(tmp_path / "model.npz")


def test_a_truncated_file_is_refused(model, tmp_path):
    path = tmp_path / "model.npz"
    model.save(path)
    content = path.read_bytes()
    for length in range(1, len(content), 97):
        path.write_bytes(content[:length])
        with pytest.raises(DigitnetError):
            Model.load(path)


def test_a_pickle_is_never_run(tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, header=np.array([{"not": "json"}], object))
    with pytest.raises(DigitnetError, match="allow_pickle=False"):
        Model.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DigitnetError, match=r"nowhere\.npz"):
        Model.load(tmp_path / "nowhere.npz")


def test_an_error_while_saving_leaves_the_old_file(model, tmp_path, monkeypatch):
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


def test_a_network_of_other_layers_is_not_saved(tmp_path):
    network = Network(12, [Dense(4), Unregistered(), Dense(3)])
    model = Model(network, MinMax(0, 255), ("a", "b", "c"), (4, 3))
    with pytest.raises(DigitnetError, match="Unregistered"):
        model.save(tmp_path / "model.npz")
