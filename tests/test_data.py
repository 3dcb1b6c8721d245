"""The data: what comes with the package, how it is read, split, scaled and cut into batches."""

import gzip
import shutil
import struct
import tracemalloc
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from digitnet.accept.scaling import border_weights
from digitnet.data import Batches, Examples, MinMax, hold_out, load_mnist, one_hot, stratified
from digitnet.data.readers.idx import read_idx
from digitnet.errors import DigitnetError

BUNDLED = Path(str(files("digitnet.data") / "mnist"))


def test_bundled_mnist_is_mnist(mnist):
    assert mnist.train.images.shape == (60000, 28, 28)
    assert mnist.test.images.shape == (10000, 28, 28)
    assert mnist.train.images.dtype == np.uint8
    assert mnist.classes == tuple("0123456789")
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(mnist.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert mnist.train.rows.mean() / 255 == pytest.approx(0.1307, abs=1e-4)


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "mnist"))


def test_other_compression_of_the_same_content_is_as_good(copy, mnist):
    path = copy / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=1))
    assert np.array_equal(load_mnist(copy).test.labels, mnist.test.labels)


def test_one_changed_label_is_noticed(copy):
    path = copy / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DigitnetError, match=r"t10k-labels.*SHA-256 differs"):
        load_mnist(copy)


def damaged(content: bytes) -> bytes:
    return content[:100] + bytes(100) + content[200:]


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:3000], lambda _: b"", lambda _: b"hello", damaged],
)
def test_damaged_files_are_named(copy, damage):
    path = copy / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DigitnetError, match=r"t10k-labels.*restore it from the repository"):
        load_mnist(copy)


def test_a_missing_file_is_named(copy):
    (copy / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DigitnetError, match="train-images"):
        load_mnist(copy)


def idx(shape, content, magic=b"\x00\x00\x08"):
    return magic + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + content


def written(folder, content, compressed):
    path = folder / "file"
    path.write_bytes(gzip.compress(content) if compressed else content)
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_idx_is_read(tmp_path, compressed):
    array = read_idx(written(tmp_path, idx((2, 1, 3), bytes(range(6))), compressed), 3)
    assert array.tolist() == [[[0, 1, 2]], [[3, 4, 5]]]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "less than its header"),
        (idx((2, 1), b""), "less than its header"),
        (idx((2, 1, 3), bytes(6), magic=b"\x00\x00\x0a"), "00 00 08 03, got 00 00 0a 03"),
        (idx((2, 1, 3), bytes(6), magic=b"\x00\x00\x0d"), "2 x 1 x 3 x 4 = 24 bytes"),
        (idx((2, 1, 1, 3), bytes(6)), "00 00 08 03, got 00 00 08 04"),
        (idx((2, 1, 3), bytes(5)), "2 x 1 x 3 = 6 bytes of data, but only 5 follow"),
        (idx((2, 1, 3), bytes(7)), "but more follow"),
        (idx((2**32 - 1,) * 3, bytes(6)), "more than the file can hold"),
    ],
)
def test_idx_that_is_not_what_it_says(tmp_path, content, message, compressed):
    path = written(tmp_path, content, compressed)
    tracemalloc.start()
    try:
        with pytest.raises(DigitnetError, match=message):
            read_idx(path, 3)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_hold_out_is_stratified_seeded_and_without_overlap(mnist):
    numbered = Examples(np.arange(60000, dtype=np.uint32).reshape(-1, 1, 1), mnist.train.labels)
    learn, held_out = hold_out(numbered, 0.1, seed=0)
    assert (len(learn), len(held_out)) == (54000, 6000)
    both = np.concatenate([learn.images, held_out.images]).ravel()
    assert np.array_equal(np.sort(both), np.arange(60000))
    assert np.array_equal(held_out.labels, mnist.train.labels[held_out.images.ravel()])
    shares = np.bincount(held_out.labels) / np.bincount(mnist.train.labels)
    assert np.allclose(shares, 0.1, atol=0.001)
    assert np.array_equal(hold_out(numbered, 0.1, seed=0)[1].images, held_out.images)
    assert not np.array_equal(hold_out(numbered, 0.1, seed=1)[1].images, held_out.images)


@pytest.mark.parametrize("seed", [0, 1, 2, 2**32 - 1])
def test_what_the_main_job_holds_out_is_what_scikit_learn_would(mnist, seed):
    numbered = Examples(np.arange(60000, dtype=np.uint32).reshape(-1, 1, 1), mnist.train.labels)
    given = {"test_size": 0.1, "stratify": mnist.train.labels, "random_state": seed}
    expected = train_test_split(np.arange(60000), **given)
    for part, rows in zip(hold_out(numbered, 0.1, seed), expected, strict=True):
        assert np.array_equal(part.images.ravel(), rows)


@pytest.mark.parametrize("n", [40, 997, 10_000])
@pytest.mark.parametrize("share", [0.1, 0.25, 1 / 3, 0.5])
@pytest.mark.parametrize("seed", [0, 5])
def test_the_split_is_that_of_scikit_learn(generator, n, share, seed):
    labels = generator.integers(0, 4, n).astype(np.uint8)
    given = {"test_size": share, "stratify": labels, "random_state": seed}
    expected = train_test_split(np.arange(n), **given)
    got = stratified.train_test_split(np.arange(n), **given)
    for one, other in zip(expected, got, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [0, 0, 1, 1, 2, 2]])
def test_a_part_without_a_class_is_refused_by_both(labels):
    given = {"test_size": 0.3, "stratify": np.array(labels, np.uint8), "random_state": 0}
    for split in (train_test_split, stratified.train_test_split):
        with pytest.raises(ValueError, match="class"):
            split(np.arange(len(labels)), **given)


@pytest.mark.parametrize("labels", [[0] * 50 + [1], [0] * 50 + [1] * 2, [0, 1, 0, 1]])
def test_hold_out_refuses_to_lose_a_class(labels):
    labels = np.array(labels, np.uint8)
    with pytest.raises(DigitnetError, match="10 % of"):
        hold_out(Examples(np.zeros((len(labels), 1, 1), np.uint8), labels), 0.1, seed=0)


def test_min_max_is_fitted_on_what_is_learned_from():
    scaling = MinMax.fit(np.array([[10, 30], [20, 50]], np.uint8))
    assert scaling == MinMax(10, 50)
    assert np.allclose(scaling(np.array([10, 30, 50, 90], np.uint8)), [0, 0.5, 1, 2])


def test_min_max_of_mnist_is_0_and_255(mnist):
    scaling = MinMax.fit(mnist.train.images)
    x = scaling(mnist.train.rows[:100])
    assert scaling == MinMax(0, 255)
    assert x.dtype == np.float32
    assert (x.min(), x.max()) == (0, 1)


def test_min_max_of_constant_pixels_is_zero():
    pixels = np.full((2, 3), 7, np.uint8)
    assert not MinMax.fit(pixels)(pixels).any()


def test_one_hot():
    assert one_hot(np.array([3, 0]), 5).tolist() == [[0, 0, 0, 1, 0], [1, 0, 0, 0, 0]]


@given(n=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 5))
def test_an_epoch_is_every_example_once(n, batch_size, seed):
    pixels = np.arange(n, dtype=np.uint8).reshape(-1, 1, 1)
    examples = Examples(pixels, (np.arange(n) % 3).astype(np.uint8))
    batches = Batches(examples, MinMax(0, 1), 3, batch_size, seed)
    for epoch in (1, 2):
        parts = [(x.copy(), targets.copy()) for x, targets in batches.epoch(epoch)]
        assert len(parts) == len(batches)
        assert all(len(x) == min(batch_size, n) for x, _ in parts[:-1])
        x, targets = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        order = x.ravel().astype(int)
        assert np.array_equal(np.sort(order), np.arange(n))
        assert np.array_equal(targets, one_hot(examples.labels[order], 3))


def orders(batches, *epochs):
    return [np.concatenate([x[:, 0].copy() for x, _ in batches.epoch(n)]) for n in epochs]


def test_each_epoch_has_its_own_order_and_any_can_be_replayed():
    examples = Examples(np.arange(200, dtype=np.uint8).reshape(-1, 1, 1), np.zeros(200, np.uint8))
    batches = Batches(examples, MinMax(0, 1), 1, 32, shuffle_seed=4)
    first, second, again = orders(batches, 1, 2, 1)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)
    (other,) = orders(Batches(examples, MinMax(0, 1), 1, 32, shuffle_seed=5), 1)
    assert not np.array_equal(first, other)
    (unshuffled,) = orders(Batches(examples, MinMax(0, 1), 1, 32), 1)
    assert np.array_equal(unshuffled, np.arange(200))


@pytest.mark.parametrize("shape", [(28, 28), (5, 9), (1, 7)])
def test_border_weights_give_the_mean_of_the_four_sides(shape, generator):
    image = generator.random(shape, np.float32)
    sides = (image[0], image[-1], image[:, 0], image[:, -1])
    expected = np.mean([side.mean() for side in sides])
    assert image.ravel() @ border_weights(shape) == pytest.approx(expected, rel=1e-6)
