"""Images that stay in their file: learned from as those in memory, which they take none of."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitnet import DigitnetError
from digitnet.cli import main
from digitnet.data import load_data
from digitnet.data.mapped import AT_ONCE, MappedImages
from digitnet.data.readers import idx
from digitnet.data.sources import load_source

NAMES = ("x_train", "y_train", "x_test", "y_test")


@pytest.fixture(scope="module")
def arrays(mnist):
    train, test = mnist.train, mnist.test
    values = (train.images[:900], train.labels[:900], test.images[:200], test.labels[:200])
    return dict(zip(NAMES, values, strict=True))


@pytest.fixture
def folder(arrays, tmp_path):
    """A folder of .npy files."""
    path = tmp_path / "arrays"
    path.mkdir()
    for name, values in arrays.items():
        np.save(path / f"{name}.npy", values)
    return path


def model_of(data, runs, name, *options):
    command = ["train", "--data", str(data), "--hidden", "8", "--epochs", "2", "--seed", "3"]
    assert main([*command, "--runs-dir", str(runs), "--name", name, *options]) == 0
    return (runs / name / "model.npz").read_bytes()


class TestTheSame:
    @pytest.mark.parametrize("options", [(), ("--rotation", "9", "--mixup", "0.2")])
    def test_a_training_gives_the_same_model(self, arrays, folder, tmp_path, options):
        np.savez(tmp_path / "all.npz", **arrays)
        in_memory = model_of(tmp_path / "all.npz", tmp_path, "memory", *options)
        assert model_of(folder, tmp_path, "mapped", *options) == in_memory

    def test_rows_are_those_of_the_array(self, generator):
        array = generator.integers(0, 256, (2 * AT_ONCE // 100, 3, 4), np.uint8)
        chosen = generator.permutation(len(array))[:50]
        rows = MappedImages(array).select(chosen)
        again = rows.select(np.array([3, 1])).reshape(2, 12)
        assert np.array_equal(rows[7:9], array[chosen[7:9]])
        assert np.array_equal(again[:], array[chosen[[3, 1]]].reshape(2, 12))
        out = np.empty((2, 3, 4), np.uint8)
        np.take(rows, np.array([5, 0]), axis=0, out=out, mode="clip")
        assert np.array_equal(out, array[chosen[[5, 0]]])

    def test_what_is_known_of_all_is_that_of_the_array(self, generator):
        array = generator.integers(3, 250, (AT_ONCE + 5, 2, 2), np.uint8)
        array[-1, 1, 1], array[0, 0, 0] = 251, 2
        rows = MappedImages(array)
        assert (rows.min(), rows.max(), len(rows), rows.shape) == (2, 251, len(array), array.shape)
        assert np.allclose(rows.mean(axis=0), array.mean(axis=0), rtol=1e-12)


class TestFiles:
    def test_images_of_bytes_are_mapped_and_labels_read(self, folder):
        data = load_data(str(folder))
        assert isinstance(data.train.images, MappedImages)
        assert isinstance(data.test.images, np.ndarray)
        assert data.train.image_shape == (28, 28)

    def test_a_large_idx_file_is_mapped(self, arrays, tmp_path, monkeypatch):
        monkeypatch.setattr(idx, "FEWEST_BYTES", 1000)
        for part, name in (("train", "train"), ("t10k", "test")):
            images, labels = arrays[f"x_{name}"], arrays[f"y_{name}"]
            sizes = np.array(images.shape, ">i4").tobytes()
            content = b"\x00\x00\x08\x03" + sizes + images.tobytes()
            (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(content)
            content = b"\x00\x00\x08\x01" + sizes[:4] + labels.tobytes()
            (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(content)
        data = load_data(str(tmp_path))
        assert isinstance(data.train.images, MappedImages)
        assert np.array_equal(data.train.images[:], arrays["x_train"])
        images_file = tmp_path / "train-images-idx3-ubyte"
        images_file.write_bytes(images_file.read_bytes()[:-1])
        with pytest.raises(DigitnetError, match="bytes of data, but only"):
            load_data(str(tmp_path))

    def test_floats_are_read(self, arrays, folder):
        np.save(folder / "x_train.npy", arrays["x_train"] / np.float32(255))
        assert isinstance(load_data(str(folder)).train.images, np.ndarray)

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("x_train.npy", b"nothing", "x_train.npy: it is no array"),
            ("x_train.npy", None, "expected images to the labels y_train"),
            ("y_train.npy", None, "expected labels"),
            ("x_test.npy", None, "expected images to the labels y_test"),
        ],
    )
    def test_what_is_no_data_set_is_refused(self, folder, name, content, message):
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)
        with pytest.raises(DigitnetError, match=message):
            load_data(str(folder))

    def test_a_file_that_is_cut_off_is_refused(self, folder):
        path = folder / "x_train.npy"
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DigitnetError, match=r"x_train\.npy: it claims to be"):
            load_data(str(folder))

    def test_python_objects_are_refused(self, folder):
        np.save(folder / "y_train.npy", np.array([{}], object), allow_pickle=True)
        with pytest.raises(DigitnetError, match=r"y_train.npy: .*pickle"):
            load_data(str(folder))

    def test_a_test_part_is_expected(self, folder):
        for name in ("x_test", "y_test"):
            (folder / f"{name}.npy").unlink()
        assert load_source(str(folder)).test is None
        with pytest.raises(DigitnetError, match="expected a test part as well"):
            load_data(str(folder))


MEASURED = """
import sys
from pathlib import Path
from digitnet.data import load_data
from digitnet.training.job import open_job
from digitnet.training.plan import Plan
from digitnet.training.settings import Settings

def own():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) // 1024

data = load_data(sys.argv[1])
plan = Plan(Settings((8,), epochs=1, batch_size=512), [Path(sys.argv[2])])
with open_job(plan, data) as job:
    most = [own()]
    job.learn([lambda record: most.append(own())])
print(max(most))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RssAnon is told by Linux alone")
def test_ten_times_as_many_images_take_hardly_more_memory(arrays, folder, tmp_path):
    taken = []
    for times in (20, 200):
        for name in ("x_train", "y_train"):
            values = arrays[name]
            path = folder / f"{name}.npy"
            shape = (times * len(values), *values.shape[1:])
            file = np.lib.format.open_memmap(path, "w+", values.dtype, shape)
            for n in range(times):
                file[n * len(values) : (n + 1) * len(values)] = values
            del file
        command = [sys.executable, "-c", MEASURED, str(folder), str(tmp_path / str(times))]
        root = Path(__file__).parent.parent
        taken.append(int(subprocess.check_output(command, cwd=root)))
    images_mb = 180 * 900 * 784 / 2**20
    assert taken[1] - taken[0] < images_mb / 4
