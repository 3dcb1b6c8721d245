"""The other commands: evaluate, info, export; and what every command does about errors."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import digitnet
from digitnet import DigitnetError, Model
from digitnet.cli import main
from digitnet.data import MinMax
from digitnet.model.export import export_onnx
from digitnet.nn import Activation, Dense, Network, multilayer_perceptron
from tests import rounding

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def trained(tmp_path_factory, mnist):
    """A run folder with a model that reads most digits."""
    classifier = digitnet.DigitClassifier((32,), epochs=2)
    classifier.fit(mnist.train.images[:10000], mnist.train.labels[:10000])
    folder = tmp_path_factory.mktemp("runs") / "trained"
    folder.mkdir()
    classifier.model_.save(folder / "model.npz")
    return folder


def run(*arguments):
    """The exit status, whether argparse exits or the command returns it."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as error:
        return error.code


class TestEvaluate:
    def test_it_reports_what_the_model_reads(self, trained, mnist, capsys):
        assert run("evaluate", trained) == 0
        out = capsys.readouterr().out
        right = digitnet.load(trained / "model.npz").predict(mnist.test.images) == mnist.test.labels
        assert f"Test accuracy: {100 * right.mean():.2f} % ({(~right).sum()} errors in 10000" in out
        assert "Confusion matrix" in out
        assert "weighted mean" in out

    def test_the_model_file_will_do_for_the_run(self, trained, capsys):
        assert run("evaluate", trained / "model.npz") == 0
        assert "Test accuracy: 9" in capsys.readouterr().out

    def test_on_data_of_ones_own(self, trained, mnist, tmp_path, capsys):
        test = mnist.test
        np.savez(
            tmp_path / "own.npz",
            x_train=test.images[:500],
            y_train=test.labels[:500],
            x_test=test.images[500:800],
            y_test=test.labels[500:800],
        )
        assert run("evaluate", trained, "--data", tmp_path / "own.npz") == 0
        assert "in 300 images" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            (
                lambda x, y: (x[:, 4:], y),
                r"shape \(N, 28, 28\).*got an array of shape \(2000, 24, 28\)",
            ),
            (lambda x, y: (x, y + 8), "knows the classes 0, 1, 2, .*got 10, 11, 12, 13"),
            (lambda x, y: (x[:0], y[:0]), "expected images to evaluate, got none"),
        ],
    )
    def test_data_of_another_kind_is_refused(self, trained, few, tmp_path, capsys, arrays, message):
        x, y = arrays(few.images, few.labels)
        np.savez(tmp_path / "own.npz", x_train=x, y_train=y)
        assert run("evaluate", trained, "--data", tmp_path / "own.npz") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert re.search(message, line)


@pytest.fixture(scope="session")
def learned(tmp_path_factory, mnist):
    """A folder with a run, "mine", and the 700 images in data/own.npz that it learned from."""
    folder = tmp_path_factory.mktemp("learned")
    (folder / "data").mkdir()
    write_source(folder / "data" / "own.npz", mnist.train.take(np.arange(700)))
    options = ["--hidden", "16", "--epochs", "2", "--runs-dir", folder, "--name", "mine"]
    assert run("train", "--data", folder / "data" / "own.npz", *options) == 0
    return folder


def write_source(path, examples):
    np.savez(path, x=examples.images, y=examples.labels)


class TestEvaluateWhatWasLearnedFrom:
    """Of data without a test part a run has seen six sevenths: these are never tested with."""

    def test_wherever_it_lies_and_however_it_is_called(
        self, learned, tmp_path, capsys, monkeypatch
    ):
        assert run("evaluate", learned / "mine") == 0
        expected = re.search(r"Test accuracy.+", capsys.readouterr().out)[0]
        assert expected.endswith("in 100 images)")
        shutil.copy(learned / "data" / "own.npz", tmp_path / "copy.npz")
        (tmp_path / "link.npz").symlink_to(learned / "data" / "own.npz")
        monkeypatch.chdir(learned / "data")
        for run_given, path in (
            ("mine", "own.npz"),
            ("mine", "../data/own.npz"),
            ("mine", tmp_path / "copy.npz"),
            ("mine", tmp_path / "link.npz"),
            ("mine/model.npz", "own.npz"),
        ):
            assert run("evaluate", learned / run_given, "--data", path) == 0
            assert expected in capsys.readouterr().out

    def test_others_are_all_read(self, learned, mnist, tmp_path, capsys):
        write_source(tmp_path / "other.npz", mnist.train.take(np.arange(700, 900)))
        assert run("evaluate", learned / "mine", "--data", tmp_path / "other.npz") == 0
        assert "in 200 images)" in capsys.readouterr().out

    def test_a_file_that_has_changed_since_is_warned_of(self, learned, mnist, tmp_path, capsys):
        folder = shutil.copytree(learned, tmp_path / "learned")
        config = json.loads((folder / "mine" / "config.json").read_text())
        config["data"]["source"] = str(folder / "data" / "own.npz")
        (folder / "mine" / "config.json").write_text(json.dumps(config))
        write_source(folder / "data" / "own.npz", mnist.train.take(np.arange(700)[::-1]))
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            assert run("evaluate", folder / "mine") == 0
        captured = capsys.readouterr()
        assert "in 100 images)" in captured.out
        assert "got others: some may be known" in captured.err

    def test_a_damaged_configuration_is_not_passed_over(self, learned, tmp_path, capsys):
        folder = shutil.copytree(learned / "mine", tmp_path / "mine")
        (folder / "config.json").write_text("{")
        assert run("evaluate", folder) == 2
        captured = capsys.readouterr()
        assert "config.json" in captured.err
        assert "Test accuracy" not in captured.out


class TestInfo:
    def test_it_says_what_is_in_the_model(self, trained, capsys):
        assert run("info", trained) == 0
        out = capsys.readouterr().out
        assert "784-32-10, 25,450 parameters" in out
        for row in (
            r"Dense +784 +32 +W 784x32, b 32",
            r"ReLU +32 +32 +-",
            r"Softmax +10 +10 +-",
            r"height x width +28x28",
            r"maximum, read as 1 +255",
            r"classes +0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
            r"hidden_layer_sizes +32",
            r"epochs +2",
        ):
            assert re.search(f"^{row}$", out, re.M), row

    def test_it_quotes_the_metrics_beside_the_model(self, trained, tmp_path, capsys):
        folder = shutil.copytree(trained, tmp_path / "run")
        (folder / "metrics.json").write_text(json.dumps({"test": {"accuracy": 0.9831}}))
        run("info", folder)
        assert "Test accuracy when it was trained: 98.31 %" in capsys.readouterr().out
        (folder / "metrics.json").write_text("{not json")
        assert run("info", folder) == 0


@pytest.mark.numerical
class TestExport:
    @pytest.mark.parametrize("inputs", ["uint8", "float"])
    def test_onnxruntime_computes_the_same_on_the_whole_test_set(
        self, trained, mnist, tmp_path, inputs, capsys
    ):
        path = tmp_path / "digits.onnx"
        assert run("export", trained, "--onnx", path, "--input", inputs) == 0
        assert f"images (N, 28, 28) of {inputs}" in capsys.readouterr().out
        session = onnxruntime.InferenceSession(path)

        def answer(images):
            return session.run(["probabilities", "labels"], {"images": images})

        self.check(answer, trained, mnist, inputs)

    @pytest.mark.parametrize("inputs", ["uint8", "float"])
    def test_opencv_computes_the_same_on_the_whole_test_set(self, trained, mnist, tmp_path, inputs):
        cv2 = pytest.importorskip("cv2")
        path = tmp_path / "digits.onnx"
        run("export", trained, "--onnx", path, "--input", inputs)
        network = cv2.dnn.readNetFromONNX(str(path))

        def answer(images):
            network.setInput(images, "images")
            p, labels = network.forward(["probabilities", "labels"])
            return p, labels.ravel()

        self.check(answer, trained, mnist, inputs)

    @pytest.mark.filterwarnings("ignore:the float32 number:UserWarning")  # of the tiniest weights
    @pytest.mark.parametrize("inputs", ["uint8", "float"])
    def test_it_converts_to_half_precision(self, trained, mnist, tmp_path, inputs):
        float16 = pytest.importorskip("onnxconverter_common").float16
        path = tmp_path / "digits.onnx"
        run("export", trained, "--onnx", path, "--input", inputs)
        half = float16.convert_float_to_float16(onnx.load(path)).SerializeToString()
        assert len(half) < 0.6 * path.stat().st_size
        session = onnxruntime.InferenceSession(half)

        def answer(images):
            if inputs == "float":
                images = images.astype(np.float16)
            return session.run(["probabilities", "labels"], {"images": images})

        self.check(answer, trained, mnist, inputs, rounding.U_HALF)

    def check(self, answer, trained, mnist, inputs, u=rounding.U):
        """What another program answers is what the model does, up to rounding."""
        images = mnist.test.images
        given = images if inputs == "uint8" else (images / 255).astype(np.float32)
        p, labels = answer(given)
        model = digitnet.load(trained / "model.npz")
        ours = model.predict_proba(images)
        x = model.scaling(images.reshape(-1, 784))
        tolerance = rounding.of_probabilities(model.network, x, u)
        assert tolerance < 1e4 * u  # so that it means something
        assert np.max(np.abs(p - ours)) < tolerance
        best, second = np.sort(ours, axis=1)[:, :-3:-1].T
        clear = best - second > 2 * tolerance
        assert np.mean(clear) > (0.99 if u == rounding.U else 0.8)
        assert np.array_equal(labels[clear], ours.argmax(axis=1)[clear])
        one, label = answer(given[:1])  # the batch is dynamic
        assert np.max(np.abs(one - ours[:1])) < tolerance
        assert label.tolist() == [7]

    @pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu"])
    def test_every_activation_and_any_scale(self, activation, tmp_path, generator):
        network = multilayer_perceptron([12, 8, 7, 3], activation, dropout=0.5)
        network.params[:] = generator.standard_normal(network.params.shape)
        model = Model(network, MinMax(-2, 5), ("a", "b", "c"), (4, 3), pixels="float32")
        export_onnx(model, tmp_path / "model.onnx", "float")
        images = generator.uniform(-2, 5, (50, 4, 3)).astype(np.float32)
        session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
        (p,) = session.run(["probabilities"], {"images": images})
        model.background = 0.5
        ours = model.predict_proba(images)
        tolerance = rounding.of_probabilities(network, model.scaling(images.reshape(-1, 12)))
        assert tolerance < 1e-4
        assert np.max(np.abs(p - ours)) < tolerance
        if importlib.util.find_spec("cv2"):
            import cv2

            network = cv2.dnn.readNetFromONNX(str(tmp_path / "model.onnx"))
            network.setInput(images, "images")
            p, _ = network.forward(["probabilities", "labels"])
            assert np.max(np.abs(p - ours)) < tolerance

    def test_names_of_classes_that_hold_commas_stay_apart(self, tmp_path):
        names = ("one, two", 'three "3"', "四")
        model = Model(multilayer_perceptron([4, 3]), MinMax(0, 255), names, (2, 2))
        export_onnx(model, tmp_path / "model.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
        (name, value), *others = session.get_modelmeta().custom_metadata_map.items()
        assert (name, others) == ("classes", [])
        assert json.loads(value) == list(names)

    def test_without_onnx_the_extra_is_named(self, trained, tmp_path, capsys, monkeypatch):
        monkeypatch.setitem(sys.modules, "onnx", None)
        assert run("export", trained, "--onnx", tmp_path / "x.onnx") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "digitnet[onnx]" in line

    def test_what_onnx_does_not_have_is_refused(self, tmp_path):
        class Own(Activation):
            pass

        network = Network(4, [Dense(3), Own(), Dense(2)])
        model = Model(network, MinMax(0, 255), ("a", "b"), (2, 2))
        with pytest.raises(DigitnetError, match="got Own"):
            export_onnx(model, tmp_path / "x.onnx")
        model.pixels = "float32"
        with pytest.raises(DigitnetError, match="--input float"):
            export_onnx(model, tmp_path / "x.onnx")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["evaluate", "info", "export"])
def test_a_run_that_is_not_there(command, tmp_path, capsys):
    more = ["--onnx", tmp_path / "x.onnx"] if command == "export" else []
    for path in (tmp_path / "nowhere", tmp_path):
        assert run(command, path, *more) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"digitnet {command}: error: {tmp_path}")
        assert "there is none" in line


def test_debug_shows_the_traceback(tmp_path, capsys):
    assert run("info", tmp_path, "--debug") == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1].startswith("digitnet info: error: ")


def test_the_module_is_the_command(trained):
    result = subprocess.run(
        [sys.executable, "-m", "digitnet", "info", trained],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "25,450 parameters" in result.stdout


def test_output_that_cannot_be_written_is_no_success(trained):
    command = f"{sys.executable} -m digitnet info {trained} > /dev/full"
    result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert result.returncode == 1
    assert b"No space left on device" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.filterwarnings("default::digitnet.InputWarning")
def test_a_warning_is_one_sentence_too(trained, mnist, tmp_path, capsys):
    inverted, labels = 255 - mnist.test.images[:100], mnist.test.labels[:100]
    np.savez(tmp_path / "own.npz", x_train=inverted, y_train=labels, x_test=inverted, y_test=labels)
    assert run("evaluate", trained, "--data", tmp_path / "own.npz") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("digitnet evaluate: warning: images look inverted")


def test_the_version(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out == f"digitnet {digitnet.__version__}\n"


def test_nothing_is_written_over_what_is_read(trained, few, tmp_path, capsys):
    model, data = tmp_path / "model.npz", tmp_path / "few.npz"
    shutil.copy(trained / "model.npz", model)
    np.savez(data, x_train=few.images, y_train=few.labels)
    link = tmp_path / "link"
    link.symlink_to(model)
    before = model.read_bytes(), data.read_bytes()
    for arguments in (
        ("export", model, "--onnx", model),
        ("export", tmp_path, "--onnx", link),
        ("predict", model, "--data", data, "--output", data),
        ("predict", model, "--data", data, "--output", model),
        ("explain", "--run", model, "--html", model),
        ("explain", "--hidden", "8", "--data", data, "--html", data),
    ):
        assert run(*arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f"{arguments[-1]}: expected a file of its own to write to" in line
        assert (model.read_bytes(), data.read_bytes()) == before


@pytest.mark.parametrize("name", ["config.json", "history.csv", "metrics.json"])
@pytest.mark.parametrize("by", ["mine", "mine/model.npz"])
def test_nothing_is_written_over_other_files_of_a_run(learned, tmp_path, capsys, by, name):
    folder = shutil.copytree(learned, tmp_path / "learned")
    data, mine = folder / "data" / "own.npz", folder / by
    kept = folder / "mine" / name
    before = kept.read_bytes()
    for command in (
        ("predict", mine, "--data", data, "--output", kept),
        ("export", mine, "--onnx", kept),
        ("explain", "--run", mine, "--html", kept),
    ):
        assert run(*command) == 2
        assert "expected a file of its own to write to" in capsys.readouterr().err
        assert kept.read_bytes() == before
    for _ in range(2):  # a table of its own may lie beside them, and be replaced
        table = folder / "mine" / "predictions.csv"
        assert run("predict", mine, "--data", data, "--output", table) == 0


def test_another_file_than_an_earlier_table_is_not_written_over(trained, few, tmp_path, capsys):
    np.savez(tmp_path / "few.npz", x_test=few.images)
    notes = tmp_path / "predictions.csv"
    command = ("predict", trained, "--data", tmp_path / "few.npz", "--output", notes)
    notes.write_text("Id,Note\n1,dear diary\n")
    assert run(*command) == 2
    assert "expected no file, or an earlier table, got another file" in capsys.readouterr().err
    assert notes.read_text() == "Id,Note\n1,dear diary\n"
    for content in ("", "ImageId,Label\n1,7\n"):
        notes.write_text(content)
        assert run(*command) == 0
        assert len(notes.read_text().splitlines()) == 1 + len(few.images)


def test_a_run_that_is_meant_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for expected in ("`python main.py --name mine` makes the run runs/mine", "did you mean runs/"):
        assert run("evaluate", "mine") == 2
        assert expected in capsys.readouterr().err
        Path("runs", "mine").mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("names", [("train.csv", "test.csv"), ("digits.csv",), ("x_test.npy",)])
def test_nothing_is_written_over_files_of_a_folder_that_is_read(
    trained, few, tmp_path, capsys, names
):
    rows = "label," + ",".join(f"pixel{n}" for n in range(784)) + "\n"
    for image, label in zip(few.images[:12], few.labels, strict=False):
        rows += f"{label}," + ",".join(map(str, image.ravel())) + "\n"
    for name in names:
        if name.endswith(".npy"):
            np.save(tmp_path / name, few.images[:12])
        else:
            (tmp_path / name).write_text(rows)
    read = tmp_path / names[-1]
    before = read.read_bytes()
    command = ("predict", trained / "model.npz", "--data", tmp_path, "--output")
    assert run(*command, read) == 2
    assert "expected a file of its own to write to" in capsys.readouterr().err
    assert read.read_bytes() == before
    if names != ("digits.csv",):  # beside it, a second table would leave open which is meant
        for _ in range(2):  # what it wrote itself is none of the files that are read
            assert run(*command, tmp_path / "predictions.csv") == 0


def test_an_export_that_cannot_be_written_is_one_sentence_and_leaves_nothing(
    trained, tmp_path, capsys
):
    path = tmp_path / "no such folder" / "digits.onnx"
    assert run("export", trained, "--onnx", path) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "No such file or directory" in line
    assert os.listdir(tmp_path) == []  # noqa: PTH208
