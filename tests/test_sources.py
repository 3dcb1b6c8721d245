"""Data of one's own: IDX folders, archives, and everything that can be wrong with them."""

import gzip
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from digitnet import DigitnetError
from digitnet.cli import main_job
from digitnet.data import load_data
from digitnet.model import Model, load

LABELS = np.tile([0, 1, 2], 10).astype(np.uint8)
IMAGES = np.random.default_rng(1).integers(0, 256, (30, 5, 4), np.uint8)


def idx(array: np.ndarray) -> bytes:
    header = b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def write_folder(folder: Path, **arrays) -> Path:
    """Files of an IDX folder: train_images=…, t10k_labels=…; arrays, or bytes as they are."""
    folder.mkdir(exist_ok=True)
    for name, content in arrays.items():
        part, kind = name.split("_")
        n_dimensions = 3 if kind == "images" else 1
        path = folder / f"{part}-{kind}-idx{n_dimensions}-ubyte"
        path.write_bytes(content if isinstance(content, bytes) else idx(content))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(
        tmp_path / "data",
        train_images=IMAGES,
        train_labels=LABELS,
        t10k_images=IMAGES[:12],
        t10k_labels=LABELS[:12],
    )


def test_a_folder_of_idx_files(folder):
    data = load_data(str(folder))
    assert np.array_equal(data.train.images, IMAGES)
    assert np.array_equal(data.train.labels, LABELS)
    assert np.array_equal(data.test.images, IMAGES[:12])
    assert data.classes == ("0", "1", "2")
    assert data.note == "30 images to learn from and 12 to test with"


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name + ".gz",
        lambda name: name.replace("-idx", ".idx"),
        lambda name: name.replace("t10k", "test"),
        lambda name: "emnist-digits-" + name + ".gz",
    ],
)
def test_the_usual_variants_of_names(folder, rename):
    for path in list(folder.iterdir()):
        content = path.read_bytes()
        path.unlink()
        name = rename(path.name)
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert len(load_data(str(folder)).test) == 12


def test_without_a_test_part_a_seventh_is_taken_and_it_says_so(folder):
    for path in folder.glob("t10k*"):
        path.unlink()
    data, again = load_data(str(folder)), load_data(str(folder))
    assert (len(data.train), len(data.test)) == (25, 5)
    assert "a seventh of the 30 images" in data.note
    assert np.array_equal(data.test.images, again.test.images)
    both = np.concatenate([data.train.images, data.test.images]).reshape(30, -1)
    assert np.array_equal(np.unique(both, axis=0), np.unique(IMAGES.reshape(30, -1), axis=0))


def test_labels_may_begin_anywhere_and_there_may_be_256_classes(tmp_path):
    labels = np.repeat(np.arange(256), 2).astype(np.uint8)
    images = np.zeros((512, 2, 2), np.uint8)
    images[:, 0, 0] = labels
    parts = {"train_images": images, "train_labels": labels}
    parts |= {"t10k_images": images, "t10k_labels": labels}
    data = load_data(str(write_folder(tmp_path / "many", **parts)))
    assert len(data.classes) == 256
    letters = {name: LABELS + 1 if "labels" in name else IMAGES for name in parts}
    data = load_data(str(write_folder(tmp_path / "letters", **letters)))
    assert data.classes == ("1", "2", "3")
    assert np.array_equal(data.train.labels, LABELS)


@pytest.mark.slow
def test_folders_of_pictures_become_an_archive(tmp_path, monkeypatch, mnist):
    """By the lines of docs/data.md, as they are."""
    for n, (image, label) in enumerate(
        zip(mnist.train.images[:120], mnist.train.labels, strict=False)
    ):
        folder = tmp_path / "pictures" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        large = Image.fromarray(255 - image).resize((84, 84), Image.Resampling.BICUBIC)
        large.save(folder / f"{n}.png")
    with pytest.raises(DigitnetError, match=r"but folders; of folders of pictures.*docs/data\.md"):
        load_data(str(tmp_path / "pictures"))
    text = (Path(__file__).parent.parent / "docs" / "data.md").read_text(encoding="utf-8")
    section = text.partition("\n## Pictures\n")[2]
    (lines,) = re.findall(r"```python\n(.+?)```", section.partition("\n## ")[0], re.S)
    monkeypatch.chdir(tmp_path)
    exec(lines, {})
    data = load_data("mine.npz")
    assert len(data.train) + len(data.test) == 120
    assert data.classes == tuple("0123456789")
    assert data.train.image_shape == (28, 28)
    probabilities = load().predict_proba(data.train.images)
    assert np.mean(probabilities.argmax(axis=1) == data.train.labels) > 0.95


WRONG_FOLDERS = [
    ({"train_images": None}, "expected one file train-images-idx3-ubyte.*got no such file"),
    ({"train_labels": None}, "expected one file train-labels-idx1-ubyte"),
    ({"t10k_labels": None}, "expected one file t10k-labels-idx1-ubyte"),
    ({"t10k_images": None}, "expected one file t10k-images-idx3-ubyte"),
    ({"train_images": b""}, "got 0 bytes, less than its header"),
    ({"train_images": idx(IMAGES)[:-1]}, "600 bytes of data, more than the file can hold|only 599"),
    ({"train_images": idx(IMAGES) + b"x"}, "but more follow"),
    ({"train_images": idx(LABELS)}, "expected an IDX file of images.*08 03, got 00 00 08 01"),
    ({"train_labels": idx(IMAGES)}, "expected an IDX file of labels.*08 01, got 00 00 08 03"),
    ({"train_images": b"\x00\x00\x08\x03" + b"\xff" * 12}, "more than the file can hold"),
    ({"train_images": IMAGES[:0], "train_labels": LABELS[:0]}, "0 sample.* .shape=.0, 5, 4"),
    ({"train_images": np.zeros((30, 0, 4))}, "0 feature.* .shape=.30, 0, 4"),
    ({"train_labels": LABELS[:29]}, "got 30 images and 29 labels"),
    ({"t10k_labels": LABELS[:12] + 1}, "the classes of the images to learn from, got 3 too"),
    ({"t10k_images": IMAGES[:12, :4]}, "images like those to learn from, 5x4 of uint8, got 4x4"),
    ({"train_labels": LABELS * 0}, "2 to 256 classes, got 1"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG_FOLDERS)
def test_what_is_wrong_with_a_folder_is_said(folder, changes, message):
    for name in changes:
        (path,) = folder.glob(f"{name.replace('_', '-')}-*")
        path.unlink()
    write_folder(folder, **{k: v for k, v in changes.items() if v is not None})
    with pytest.raises(DigitnetError, match=message):
        load_data(str(folder))


def test_swapped_files_are_noticed(folder):
    images, labels = folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"
    spare = images.rename(folder / "spare")
    labels.rename(images)
    spare.rename(labels)
    with pytest.raises(DigitnetError, match="expected an IDX file of images"):
        load_data(str(folder))


def test_a_file_that_is_there_twice_is_ambiguous(folder):
    path = folder / "train-images-idx3-ubyte"
    (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(DigitnetError, match=r"got train-images-idx3-ubyte, .*\.gz"):
        load_data(str(folder))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), compressed=st.booleans())
def test_mutated_idx_files_load_as_they_were_or_raise_our_error(tmp_path, data, compressed):
    """Bytes changed, cut off or added anywhere: the right arrays or our error, nothing else."""
    folder = write_folder(tmp_path / "mutated", train_images=IMAGES, train_labels=LABELS)
    path = folder / data.draw(
        st.sampled_from(["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
    )
    content = bytearray(gzip.compress(path.read_bytes()) if compressed else path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    content = bytes(content[:cut]) + data.draw(st.binary(max_size=3))
    path.write_bytes(content)
    try:
        loaded = load_data(str(folder))
    except DigitnetError:
        return
    total = np.concatenate([loaded.train.images, loaded.test.images])
    assert total.shape == IMAGES.shape
    if compressed:  # gzip carries a checksum of its own
        assert np.array_equal(np.sort(total, axis=None), np.sort(IMAGES, axis=None))


X, Y = IMAGES / 255, LABELS
NPZ = [
    ({"x_train": IMAGES, "y_train": LABELS}, (5, 4), "uint8"),
    ({"x_train": X, "y_train": LABELS}, (5, 4), "float32"),
    ({"x_train": IMAGES.astype(np.int64), "y_train": LABELS}, (5, 4), "float32"),
    ({"x_train": IMAGES.reshape(30, 20), "y_train": LABELS}, (1, 20), "uint8"),
    ({"x_train": IMAGES[:, :4].reshape(30, 16), "y_train": LABELS}, (4, 4), "uint8"),
    ({"x_train": IMAGES[..., None], "y_train": LABELS.astype(float)}, (5, 4), "uint8"),
]


@pytest.mark.parametrize(("arrays", "image_shape", "dtype"), NPZ)
def test_an_archive(tmp_path, arrays, image_shape, dtype):
    np.savez(tmp_path / "data.npz", **arrays)
    data = load_data(str(tmp_path / "data.npz"))
    assert data.train.image_shape == image_shape
    assert data.train.images.dtype == dtype
    assert data.classes == ("0", "1", "2")


def test_an_archive_with_test_part_and_named_classes(tmp_path):
    names = np.array(["cat", "dog", "ant"])
    arrays = {"x_train": IMAGES, "y_train": names[LABELS], "x_test": IMAGES[:9]}
    np.savez_compressed(tmp_path / "data.npz", **arrays, y_test=names[LABELS[:9]], other=[1])
    data = load_data(str(tmp_path / "data.npz"))
    assert data.classes == ("ant", "cat", "dog")
    assert [data.classes[i] for i in data.test.labels[:3]] == ["cat", "dog", "ant"]


def test_arrays_that_are_left_alone_are_named(tmp_path):
    arrays = {"x_train": X, "y_train": Y, "x_test": X, "y_test": Y}
    np.savez(tmp_path / "data.npz", **arrays, x_val=X[:3], y_val=Y[:3])
    assert load_data(str(tmp_path / "data.npz")).note.endswith("; x_val, y_val left alone")
    np.savez(tmp_path / "data.npz", **arrays)
    assert load_data(str(tmp_path / "data.npz")).note.endswith("30 to test with")


def test_numbers_as_texts_are_in_the_order_of_numbers(tmp_path):
    labels = np.array(["10", "9", "2"])[LABELS]
    np.savez(tmp_path / "data.npz", x_train=IMAGES, y_train=labels)
    data = load_data(str(tmp_path / "data.npz"))
    assert data.classes == ("2", "9", "10")
    examples = np.concatenate([data.train.labels, data.test.labels])
    assert np.bincount(examples).tolist() == [10, 10, 10]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": X}, "expected labels, but there are only images"),
        ({"y_train": Y, "x_test": X}, "expected images to the labels y_train"),
        ({"pictures": X, "answers": Y}, "x_train.*got answers, pictures"),
        ({"images": X, "data": X, "y": Y}, "both data and images may be the train images"),
        ({"x_train": X, "y_train": Y[:9]}, r"each of the 30 images, got labels of shape \(9,\)"),
        ({"x_train": X, "y_train": np.eye(3)[Y] / 2}, r"labels of shape \(30, 3\)"),
        ({"x_train": X[0, 0], "y_train": Y[:4]}, r"shape \(4,\)"),
        ({"x_train": X[:, :, :, None, None], "y_train": Y}, r"shape \(30, 5, 4, 1, 1\)"),
        (
            {"x_train": X.astype(str), "y_train": Y},
            "images, which are arrays of numbers, got an array of <U",
        ),
        ({"x_train": np.where(X > 0.5, np.nan, X), "y_train": Y}, "finite pixels"),
        ({"x_train": X * 1e300, "y_train": Y}, "finite pixels"),
        ({"x_train": X, "y_train": Y + 0.5}, "whole numbers"),
        ({"x_train": X, "y_train": np.where(Y > 0, np.inf, Y)}, "whole numbers.*inf"),
        ({"x_train": X, "y_train": np.array(["a", "b\x1b[31m", "c"])[Y]}, "printable names"),
        ({"x_train": X, "y_train": np.where(Y > 0, np.nan, Y)}, "whole numbers"),
        ({"x_train": X, "y_train": np.array([None] * 30)}, "pickle"),
        ({"x_train": np.eye(300, 4), "y_train": np.arange(300)}, "2 to 256 classes, got 300"),
        (
            {"x_train": np.zeros((300, 4)), "y_train": np.arange(300) % 3},
            "every pixel of all 300 is 0",
        ),
        (
            {"x_train": X, "y_train": np.r_[Y[:29], 3]},
            r"several images of each class.*got one of '?3'?; is that a wrong",
        ),
    ],
)
def test_what_is_wrong_with_an_archive_is_said(tmp_path, arrays, message):
    np.savez(tmp_path / "data.npz", **arrays)
    with pytest.raises(DigitnetError, match=message):
        load_data(str(tmp_path / "data.npz"))


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x93NUMPY\x01\x00"])
def test_a_file_that_is_no_archive(tmp_path, content):
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(DigitnetError, match="expected an archive of NumPy arrays"):
        load_data(str(tmp_path / "data.npz"))


@pytest.mark.parametrize("source", ["nowhere", "nowhere.npz", "C:\\data\\mnist", "", "openml"])
def test_a_source_that_does_not_exist_is_exit_status_2(source, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if source:
        assert main_job(["--data", source]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("main.py: error: --data: expected a folder of IDX files")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_training_follows_the_data(tmp_path, capsys):
    """Another image size, other classes, floats on another scale: all the way to the figures."""
    generator = np.random.default_rng(2)
    names = np.array(["left", "right"])
    labels = generator.integers(2, size=700)
    images = generator.normal(0, 0.1, (700, 3, 8))
    images[np.arange(700), 1, np.where(labels == 0, 1, 6)] -= 5
    np.savez(tmp_path / "own.npz", x_train=images, y_train=names[labels])
    arguments = ["--data", str(tmp_path / "own.npz"), "--hidden", "6", "--epochs", "5"]
    assert main_job([*arguments, "--runs-dir", str(tmp_path), "--name", "own"]) == 0
    out = capsys.readouterr().out
    assert "a seventh of the 700 images" in out
    assert "Test accuracy: 100.00 %" in out
    assert "right" in out
    model = Model.load(tmp_path / "own" / "model.npz")
    assert (model.image_shape, model.classes, model.pixels) == (
        (3, 8),
        ("left", "right"),
        "float32",
    )
    assert np.mean(model.predict(images) == labels) == 1
    assert model.scaling.minimum < -4
