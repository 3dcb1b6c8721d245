"""Files made to do harm: they cost a sentence, and neither memory, time, nor the terminal."""

import gzip
import io
import json
import os
import stat
import struct
import sys
import tracemalloc
import warnings
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import digitnet
from digitnet import DigitnetError, Model
from digitnet.cli import main
from digitnet.data import MinMax, hold_out, load_data
from digitnet.data.parts import dataset
from digitnet.data.readers import openml
from digitnet.files.archive import ArchiveError, open_archive
from digitnet.files.incoming import UNPACKED_FREELY, open_file, parse_json, read_json
from digitnet.nn import multilayer_perceptron
from digitnet.report.figures import class_scores, confusion_matrix, mistakes
from digitnet.report.metrics import report
from digitnet.report.terminal import PlainTerminal, Table
from digitnet.teach.explain import trace_step
from digitnet.teach.html import as_html
from digitnet.teach.pages import as_text, sections
from digitnet.text import MESSAGE, listed, plain, shown
from digitnet.training.checkpoint import NAMES, Checkpoints, _digest
from digitnet.training.kinds import Number, Whole, Wholes
from digitnet.training.learning import learn
from digitnet.training.options import option_of
from digitnet.training.settings import Settings, SettingsError, parse
from digitnet.training.state import Ending

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from damaged import KINDS, prepare, without_network
from fuzz import try_file

from tests.threads import at_once

HOSTILE = "\x1b]0;title\x07\x1b[31m\x9b31m \u202egnp.exe\u200b\u2066 line\nline\r\u2028\x00\ud800"


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    prepare(folder)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_read_or_refused_with_a_plain_sentence(
    kind, sound, tmp_path, monkeypatch
):
    """benchmarks/fuzz.py does so with 50,000."""
    monkeypatch.setenv("DIGITNET_CACHE", str(tmp_path))  # so that it is as before afterwards
    monkeypatch.setattr(openml, "_fetch_within_time", without_network)
    endings = []
    for seed in range(10_000_000, 10_000_040):
        folder = tmp_path / str(seed)
        folder.mkdir()
        outcome = try_file(kind, seed, sound, folder)
        assert outcome.ending != "failure", f"seed {seed}: {outcome.message}"
        endings.append(outcome.ending)
    assert "accepted" in endings
    optional = kind in ("metrics", "mapping")  # without a sound one, less is said
    assert optional or endings.count("refused") > 10


class TestText:
    def test_what_does_not_show_itself_is_escaped(self):
        text = plain(HOSTILE)
        assert text.isprintable()
        assert text.startswith(r"\x1b]0;title\x07\x1b[31m\x9b31m \u202egnp.exe\u200b\u2066 line\n")
        assert plain("Ziffern für später, 数字 \\d {x}") == "Ziffern für später, 数字 \\d {x}"

    def test_accents_do_not_climb(self):
        assert plain("e\u0301 \u0e19\u0e49\u0e33") == "e\u0301 \u0e19\u0e49\u0e33"
        assert plain("e" + "\u0301" * 50).count("\u0301") == 4

    def test_the_middle_of_long_texts_is_left_out(self):
        assert plain("begin" + "x" * 10**6 + "end", 20) == "beginxxxx...xxxxxend"
        assert len(plain("\x1b" * 10**6, 30)) == 30

    def test_any_value_is_shown(self):
        deep = []
        for _ in range(100_000):
            deep = [deep]
        assert shown(10**5000) == "a value of type int that is too large to show"
        assert shown(deep) == "a value of type list that is too large to show"
        assert shown("a\x1b") == r"'a\x1b'"
        while deep:
            deep = deep.pop()  # else freeing it would be as deep

    def test_names_are_listed(self):
        assert listed(["a", "b" * 100]) == "a, bbbbbbbbbbb...bbbbbbbbbb"
        assert listed(list(map(str, range(100))), most=3) == "0, 1, 2 and 97 more"

    def test_every_error_is_one_short_plain_sentence(self):
        message = str(DigitnetError(f"x.npz: {HOSTILE * 1000}: what is wrong"))
        assert message.isprintable()
        assert len(message) == MESSAGE
        assert message.endswith("what is wrong")

    def test_the_terminal_lets_nothing_through(self, capsys):
        terminal = PlainTerminal()
        terminal.say(f"{HOSTILE}\nsecond")
        terminal.show(Table(HOSTILE, ("a", HOSTILE), [("x", "y" * 10**5)]))
        lines = capsys.readouterr().out.split("\n")
        assert all(line.isprintable() for line in lines)
        assert max(map(len, lines)) < 500
        assert "second" in lines

    def test_the_command_line_quotes_nothing_as_it_is(self, capsys):
        for arguments in (["info", HOSTILE.replace("\0", "")], [HOSTILE], ["train", HOSTILE * 500]):
            try:
                assert main(arguments) == 2
            except SystemExit as error:
                assert error.code == 2
            (line, end) = capsys.readouterr().err.split("\n")
            assert line.isprintable()
            assert len(line) < 1100
            assert end == ""


class TestPaths:
    def no_files(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "device").symlink_to("/dev/zero")
        os.mknod(tmp_path / "socket", stat.S_IFSOCK | 0o600)  # binding one takes a short path
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        return [tmp_path / name for name in ("pipe", "device", "socket", "loop")] + [tmp_path]

    def test_only_files_are_opened_and_nothing_is_waited_for(self, tmp_path):
        for path in self.no_files(tmp_path):
            with pytest.raises(OSError, match=r"Not a file|directory|symbolic links"):
                open_file(path)

    def test_no_reader_takes_them(self, tmp_path, monkeypatch, capsys):
        for path in self.no_files(tmp_path)[:3]:
            with pytest.raises(DigitnetError, match="Not a file, but a pipe"):
                Model.load(path)
            assert main(["info", str(path)]) == 2
            folder = tmp_path / f"{path.name}.idx"
            folder.mkdir()
            (folder / "train-images-idx3-ubyte").symlink_to(path)
            (folder / "train-labels-idx1-ubyte").symlink_to(path)
            with pytest.raises(DigitnetError, match="Not a file, but a pipe"):
                load_data(str(folder))
            (folder / "config.json").symlink_to(path)
            assert main(["train", "--resume", str(folder)]) == 2
            (folder / NAMES[0]).symlink_to(path)
            assert Checkpoints(folder, lambda _: None).load() is None
            (folder / "openml-x.npz").symlink_to(path)
            monkeypatch.setenv("DIGITNET_CACHE", str(folder))
            assert openml._read_cache(folder / "openml-x.npz") is None
        capsys.readouterr()


class TestJson:
    @pytest.mark.parametrize(
        "text",
        [
            "[" * 100_000,
            '{"a":' * 5000 + "1" + "}" * 5000,
            "[" * 22 + "]" * 22,
            "9" * 5000,
            str(2**64),
            f"[{-(10**400)}]",
            "[" + "1," * 3_000_000 + "1]",
            "nul",
        ],
    )
    def test_what_python_would_lose_its_way_in_is_refused(self, text):
        with pytest.raises(ValueError, match=r"nested|64 bits|at most|Expecting"):
            parse_json(text)

    def test_an_empty_one_and_the_mark_that_windows_writes(self, tmp_path):
        with pytest.raises(ValueError, match="it is empty"):
            parse_json(" \n")
        (tmp_path / "marked.json").write_text('{"a": 5}', encoding="utf-8-sig")
        assert read_json(tmp_path / "marked.json") == {"a": 5}

    def test_the_rest_is_read(self):
        assert parse_json('{"a": [[[1, 2.5, "x", null]]]}') == {"a": [[[1, 2.5, "x", None]]]}
        assert parse_json("5") == 5
        assert parse_json(str(-(2**63))) == -(2**63)

    @pytest.mark.parametrize(
        "config",
        [
            '{"settings": [], "data": {}}',
            '{"settings": {}, "data": 5}',
            '{"settings": {}, "data": {"source": 5}}',
            '{"settings": {"learning_rate": 1' + "0" * 400 + '}, "data": {"source": null}}',
            '{"settings": {"epochs": ' + "[" * 900 + "]" * 900 + "}}",
            "[" * 100_000,
        ],
    )
    def test_a_configuration_of_other_types_is_one_sentence(self, config, tmp_path, capsys):
        (tmp_path / "config.json").write_text(config)
        assert main(["train", "--resume", str(tmp_path)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "config.json" in line or "settings" in line

    @pytest.mark.parametrize("accuracy", ["1" + "0" * 400, '"nan"', "NaN", "-1", "[]", "true1"])
    def test_metrics_that_make_no_sense_are_not_shown(self, accuracy, model, tmp_path, capsys):
        model.save(tmp_path / "model.npz")
        for text in (f'{{"test": {{"accuracy": {accuracy}}}}}', "[" * 100_000, '{"test": []}'):
            (tmp_path / "metrics.json").write_text(text)
            assert main(["info", str(tmp_path)]) == 0
            assert "Test accuracy" not in capsys.readouterr().out


@pytest.fixture
def model():
    network = multilayer_perceptron([12, 8, 3], "relu", seed=4)
    return Model(network, MinMax(0, 255), ("a", "b", "c"), (4, 3), config={"epochs": 5})


def packed(n_zeros, dtype="u1", shape=None):
    """A member with so many zeros, in a thousandth of their size."""
    file, dtype = io.BytesIO(), np.dtype(dtype)
    header = {"descr": dtype.str, "fortran_order": False}
    header["shape"] = shape or (n_zeros // dtype.itemsize,)
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(n_zeros)


def peak_of(work):
    """The most memory that the work takes at once, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestMemory:
    def test_what_nobody_asked_for_is_not_unpacked(self, tmp_path):
        path = tmp_path / "data.npz"
        x, y = np.ones((30, 2, 2)) * range(2), np.tile([0, 1, 2], 10)
        np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)  # no split imports scikit-learn
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("other.npy", packed(2 * 10**7))
        assert peak_of(lambda: load_data(str(path))) < 5e6

    @pytest.mark.parametrize("dtype", ["u1", "?", "<f2", "<f8"])
    def test_arrays_unpack_to_a_limit(self, tmp_path, dtype):
        """Small numbers are counted as the float32 that they become."""
        path, n_bytes = tmp_path / "data.npz", UNPACKED_FREELY + 800
        itemsize = np.dtype(dtype).itemsize
        n_bytes //= {"?": 4, "<f2": 2}.get(dtype, 1)
        shape = (n_bytes // itemsize // 4, 2, 2)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("x_train.npy", packed(n_bytes, dtype, shape))
            archive.writestr("y_train.npy", packed(100))

        def load():
            with pytest.raises(
                DigitnetError, match=r"x_train: it would unpack to .* MB.*np\.savez"
            ):
                load_data(str(path))

        assert peak_of(load) < 5e6

    def test_arrays_that_share_their_bytes_are_refused(self, tmp_path):
        path = tmp_path / "data.npz"
        np.savez(path, x_train=np.zeros((1000, 2, 2)), y_train=np.zeros(1000))
        with zipfile.ZipFile(path, "a") as archive:
            first = archive.infolist()[0]
            again = zipfile.ZipInfo("x_test.npy")
            for field in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(again, field, getattr(first, field))
            archive.filelist.append(again)
            archive._didModify = True
        with pytest.raises(DigitnetError, match="its arrays overlap"):
            load_data(str(path))

    def test_a_directory_of_a_million_names_is_not_read(self, tmp_path):
        path = tmp_path / "model.npz"
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(20_000):
                archive.writestr(f"a name of some length {number}", b"")
        with pytest.raises(DigitnetError, match="its directory is too long"):
            Model.load(path)

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_compressions_are_not_unpacked(self, tmp_path, method):
        path = tmp_path / "data.npz"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("x_train.npy", packed(100))
            archive.writestr("y_train.npy", packed(100))
        with pytest.raises(DigitnetError, match="compressed in another way"):
            load_data(str(path))

    def test_labels_are_counted_before_images_are_unpacked(self, tmp_path):
        header = b"\x00\x00\x08\x03" + struct.pack(">3I", 10_000_000, 1, 2)
        images = gzip.compress(header + bytes(20_000_000), 1)
        labels = gzip.compress(b"\x00\x00\x08\x01" + struct.pack(">I", 3) + bytes(3))
        (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(images)
        (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(labels)

        def load():
            with pytest.raises(DigitnetError, match="got 10000000 images and 3 labels"):
                load_data(str(tmp_path))

        assert peak_of(load) < 5e6

    def test_idx_files_unpack_to_a_limit(self, tmp_path):
        n_images = UNPACKED_FREELY // 4 + 1
        header = b"\x00\x00\x08\x03" + struct.pack(">3I", n_images, 2, 2)
        content = gzip.compress(header + bytes(4 * n_images), 1)
        for name in ("images-idx3", "labels-idx1"):
            (tmp_path / f"train-{name}-ubyte.gz").write_bytes(content)
        with pytest.raises(DigitnetError, match="unpack it first with gunzip"):
            load_data(str(tmp_path))


class TestArrays:
    def read(self, tmp_path, content):
        with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
            archive.writestr("a.npy", content)
        with open_archive(tmp_path / "x.npz") as archive:
            return archive.read("a")

    @pytest.mark.parametrize(
        "array",
        [
            np.arange(6, dtype=">i4").reshape(2, 3),
            np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            np.array("text"),
            np.array(["a", "bc"]),
            np.zeros((0, 3)),
            np.array(True),
        ],
    )
    def test_they_are_what_numpy_wrote(self, tmp_path, array):
        file = io.BytesIO()
        np.lib.format.write_array(file, array)
        read = self.read(tmp_path, file.getvalue())
        assert (read.dtype, read.shape) == (array.dtype, array.shape)
        assert np.array_equal(read, array)
        assert not read.flags.writeable

    def test_headers_of_python_2_and_of_other_writers(self, tmp_path):
        for text in (
            "{'descr': '<u2', 'fortran_order': False, 'shape': (2L,), }",
            "{'shape':(2,),'descr':'<u2','fortran_order':False}",
        ):
            length = len(text).to_bytes(2, "little")
            content = b"\x93NUMPY\x01\x00" + length + text.encode() + b"\x01\x00\x02\x00"
            assert self.read(tmp_path, content).tolist() == [1, 2]

    def test_letters_that_do_not_exist_are_refused(self, tmp_path):
        file = io.BytesIO()
        np.lib.format.write_array(file, np.array(["ab"]))
        content = file.getvalue()[:-4] + b"\xff\xff\xff\x7f"
        with pytest.raises(ArchiveError, match="letters that do not exist"):
            self.read(tmp_path, content)

    def test_threads_that_load_leave_the_warnings_alone(self, model, tmp_path):
        model.save(tmp_path / "model.npz")
        before = list(warnings.filters)
        at_once(lambda _: [digitnet.load(tmp_path / "model.npz") for _ in range(20)], 8)
        assert list(warnings.filters) == before
        with pytest.warns(UserWarning, match="still here"):
            warnings.warn("still here", stacklevel=1)


def test_millions_of_images_of_a_pixel_are_refused():
    images = np.zeros((3_000_001, 1, 1), np.uint8)
    with pytest.raises(DigitnetError, match="at most 3000000 images, got 3000001"):
        dataset("many", images, np.arange(len(images)) % 2)


class TestLabels:
    def load(self, tmp_path, labels):
        images = np.tile(np.arange(4, dtype=np.uint8), (len(labels), 1)).reshape(-1, 2, 2)
        np.savez(tmp_path / "data.npz", x_train=images, y_train=labels)
        return load_data(str(tmp_path / "data.npz"))

    def test_numbers_of_hundreds_of_digits_are_texts(self, tmp_path):
        data = self.load(tmp_path, np.array(["1" + "0" * 500, "9", "80"] * 20))
        assert [name[:5] for name in data.classes] == ["10000", "80", "9"]

    def test_names_of_thousands_of_letters_are_refused(self, tmp_path):
        with pytest.raises(DigitnetError, match=r"at most 1000 letters, got 5001: '10000.*\.\.\."):
            self.load(tmp_path, np.array(["1" + "0" * 5000, "9", "80"] * 20))

    def test_the_longest_names_fit_into_a_model(self, tmp_path):
        names = [f"{number:03d}" + "\U0001f600" * 997 for number in range(256)]
        data = self.load(tmp_path, np.repeat(names, 8))
        model = Model(multilayer_perceptron([4, 256]), MinMax(0, 1), data.classes, (2, 2))
        model.save(tmp_path / "model.npz")
        assert Model.load(tmp_path / "model.npz").classes == data.classes

    @pytest.mark.parametrize("labels", [[1e300, 1.0], [-1.5, 2.0], [np.inf, 1.0]])
    def test_floats_that_are_no_labels(self, tmp_path, labels):
        with pytest.raises(DigitnetError, match="expected labels"):
            self.load(tmp_path, np.array(labels * 20))

    def test_float16_labels(self, tmp_path):
        assert self.load(tmp_path, np.tile(np.float16([3, 5]), 20)).classes == ("3", "5")


class TestModels:
    def rewritten(self, model, tmp_path, **changes):
        """The model with other fields in its header, sealed again."""
        model.save(tmp_path / "model.npz")
        with np.load(tmp_path / "model.npz") as archive:
            arrays = dict(archive)
        header = json.loads(arrays["header"].item())
        arrays["header"] = np.array(json.dumps(header | changes))
        np.savez(tmp_path / "model.npz", **arrays)
        return tmp_path / "model.npz"

    @pytest.mark.parametrize(
        ("low", "high", "message"),
        [
            (0, 1e-320, "differ"),
            (0, 1e39, "float32 can hold"),
            (-1e300, 0, "float32 can hold"),
            (0, float("nan"), "does not fit"),
            (2, 1, "does not fit"),
        ],
    )
    def test_a_scaling_that_gives_no_numbers(self, model, tmp_path, low, high, message):
        scale = {"minimum": low, "maximum": high, "pixels": "float32", "background": 0}
        with pytest.raises(DigitnetError, match=f"preprocessing: .*{message}"):
            Model.load(self.rewritten(model, tmp_path, preprocessing=scale))

    def test_parameters_that_give_no_numbers(self, model, tmp_path):
        model.network.params[:] = 3e38
        model.save(tmp_path / "model.npz")
        with pytest.raises(DigitnetError, match="so large that its answers are not numbers"):
            Model.load(tmp_path / "model.npz")

    def test_a_deep_network_of_small_weights_is_loaded(self, tmp_path):
        """Its bound is beyond float32, its answers are not."""
        network = multilayer_perceptron([4, *[50] * 60, 2], "relu", seed=0)
        model = Model(network, MinMax(0, 255), ("a", "b"), (2, 2))
        model.save(tmp_path / "model.npz")
        loaded = Model.load(tmp_path / "model.npz")
        assert np.isfinite(loaded.predict_proba(np.full((1, 2, 2), 9, np.uint8))).all()

    def test_what_could_not_be_loaded_is_not_saved(self, model, tmp_path):
        model.config = {"text": "x" * 5_000_000}
        with pytest.raises(DigitnetError, match="expected names of classes and settings"):
            model.save(tmp_path / "model.npz")

    def test_info_says_everything_plain_and_short(self, model, tmp_path, capsys):
        config = {HOSTILE: HOSTILE, "x" * 60_000: "y" * 60_000, "list": [HOSTILE] * 100}
        config |= {f"setting {number}": [[number]] for number in range(5000)}
        path = self.rewritten(model, tmp_path, config=config, classes=["a" * 60_000, "b", "c"])
        assert main(["info", str(path)]) == 0
        out = capsys.readouterr().out
        assert all(line.isprintable() for line in out.split("\n"))
        assert len(out) < 30_000
        assert "and 4903 more" in out

    def test_names_of_arrays_are_quoted_plain_and_short(self, model, tmp_path):
        model.save(tmp_path / "model.npz")
        with zipfile.ZipFile(tmp_path / "model.npz", "a") as archive:
            archive.writestr("\x1b[31m" + "x" * 60_000 + ".npy", b"")
        with pytest.raises(DigitnetError, match=r"not of this network: \\x1b\[31mxxx") as caught:
            Model.load(tmp_path / "model.npz")
        assert len(str(caught.value)) < 300


def test_long_names_of_classes_are_drawn_and_written_short():
    classes = ("$" + "l" * 3000, "m" * 3000, "n\u0301" * 3000)
    labels = np.tile([0, 1, 2], 10)
    probabilities = np.eye(3, dtype=np.float32)[np.roll(labels, 3)][:, [1, 0, 2]]
    result = report(probabilities, labels, classes)
    for figure in (
        confusion_matrix(result),
        class_scores(result),
        mistakes(np.zeros((30, 2, 2)), result),
    ):
        texts = [text.get_text() for axes in figure.axes for text in axes.get_xticklabels()]
        texts += [text.get_text() for axes in figure.axes for text in axes.texts]
        assert max(map(len, texts)) < 100
    network = multilayer_perceptron([4, 5, 3])
    target = np.eye(3, dtype=np.float32)[:1]
    trace = trace_step(network, np.ones((1, 4), np.float32), target, 0.1)
    names = ("<b>" + "x" * 3000, HOSTILE, "c")
    parts = sections(trace, names, (2, 2), 0)
    page = as_html(f"title {HOSTILE}", trace, parts, names, (2, 2), 0)
    text = as_text(f"title {HOSTILE}", trace, parts, (2, 2))
    assert all(line.isprintable() for line in (page + text).split("\n"))
    assert "<b>" not in page
    assert max(map(len, text.split("\n"))) < 400


@pytest.fixture(scope="module")
def split(few):
    return hold_out(few.take(np.arange(200)), 0.2, seed=0)


class TestCheckpoints:
    SETTINGS = Settings(
        hidden_layer_sizes=(4,), epochs=2, batch_size=64, optimizer="adam", dropout=0.1
    )

    @pytest.fixture
    def written(self, split, tmp_path):
        """A folder with the checkpoint of a training that was stopped in its second epoch."""
        seen = []
        learned = learn(
            self.SETTINGS,
            *split,
            tuple("0123456789"),
            observers=[seen.append],
            should_stop=lambda: len(seen) > 5,
            checkpoints=Checkpoints(tmp_path, pytest.fail),
        )
        assert learned.ending is Ending.INTERRUPTED
        return tmp_path

    def reseal(self, folder, header=(), **changed):
        """Change fields of the header, at a path of names, or arrays; then seal it again."""
        with np.load(folder / NAMES[0]) as archive:
            arrays = dict(archive)
        del arrays["sha256"]
        content = json.loads(arrays.pop("header").item())
        for *path, name, value in header:
            here = content
            for step in path:
                here = here[step]
            here[name] = value
        for name, array in changed.items():
            arrays[f"array_{name}"] = array
        text = json.dumps(content)
        digest = _digest(text, arrays)
        np.savez(folder / NAMES[0], header=np.array(text), sha256=np.array(digest), **arrays)

    @pytest.mark.parametrize(
        "change",
        [
            ("step", "5"),
            ("step", -1),
            ("step", True),
            ("number", None),
            ("progress", []),
            ("progress", "epoch", 9),
            ("progress", "n_examples", 0),
            ("progress", "seconds", float("inf")),
            ("progress", "other", 1),
            ("best", {}),
            ("best", "epoch", 7),
            ("best", "loss", float("nan")),
            ("history", [[1, 2]]),
            ("history", 0, 0, 5),
            ("history", 0, 2, "x"),
        ],
    )
    def test_a_wrong_field_is_said_before_it_is_used(self, written, change):
        self.reseal(written, [change])
        said = []
        assert Checkpoints(written, said.append).load() is None
        assert "is damaged and passed over" in said[0]
        assert "does not" in said[0]

    @pytest.mark.parametrize(
        ("name", "array"),
        [
            ("best_params", np.zeros(1, np.float32)),
            ("good_params", np.zeros((3, 3), np.float32)),
            ("network_params", np.zeros((), np.float32)),
            ("network_params", np.zeros(5)),
        ],
    )
    def test_so_are_wrong_parameters(self, written, name, array):
        self.reseal(written, **{name: array})
        said = []
        assert Checkpoints(written, said.append).load() is None
        assert "is damaged and passed over" in said[0]

    @pytest.mark.parametrize(
        ("name", "array"),
        [
            ("network_layer2_step", np.array(-1.0)),
            ("network_layer2_step", np.zeros(3)),
            ("best_layer2_rate", np.array(np.nan)),
            ("best_layer9_rate", np.array(0.5)),
            ("best_layer-1_rate", np.array(0.5)),
            ("good_other", np.zeros(3)),
            ("optimizer_moments", np.zeros(7, np.float32)),
            ("optimizer_moments", np.zeros((2, 7), np.float32)),
            ("optimizer_weights", np.array([-1.0, 0.5])),
            ("optimizer_weights", np.zeros(3)),
        ],
    )
    def test_a_wrong_state_is_said_where_the_training_would_go_on(
        self, written, split, name, array
    ):
        """It may be that of a layer or an optimizer of one's own: only that one can tell."""
        self.reseal(written, **{name: array})
        start = Checkpoints(written, pytest.fail).load()
        with pytest.raises(DigitnetError, match="expected a checkpoint of "):
            learn(self.SETTINGS, *split, tuple("0123456789"), [pytest.fail], start=start)

    def test_the_seal_covers_shapes_and_types(self, written):
        with np.load(written / NAMES[0]) as archive:
            arrays = dict(archive)
        arrays["array_network_params"] = arrays["array_network_params"].view(np.int32)
        np.savez(written / NAMES[0], **arrays)
        said = []
        assert Checkpoints(written, said.append).load() is None
        assert "SHA-256 differs" in said[0]

    def test_one_of_another_optimizer_is_said(self, written, split):
        start = Checkpoints(written, pytest.fail).load()
        other = Settings(hidden_layer_sizes=(4,), epochs=2, batch_size=64)
        with pytest.raises(DigitnetError, match="expected a checkpoint of this training"):
            learn(other, *split, tuple("0123456789"), start=start)

    def test_one_of_another_version_is_not_thrown_away(self, written):
        self.reseal(written, [("format_version", 2)])
        with pytest.raises(DigitnetError, match="got format 2, of another version of digitnet"):
            Checkpoints(written, pytest.fail).load()


@pytest.mark.parametrize(
    "each",
    [
        each
        for each in fields(Settings)
        if isinstance(option_of(each).kind, Whole | Number | Wholes)
    ],
    ids=lambda each: each.name,
)
@pytest.mark.parametrize("n_digits", [20, 400, 5000])
def test_every_number_among_the_settings_has_a_bound(each, n_digits):
    kind = option_of(each).kind
    many, whole = isinstance(kind, Wholes), not isinstance(kind, Number)
    value = 10**n_digits if n_digits > 20 or whole else 10**400
    for wrong in ((value,), (1,) * 5000) if many else (value, -value):
        with pytest.raises(SettingsError, match=f"{each.name}: expected .*, got"):
            Settings(**{each.name: wrong})
    with pytest.raises(SettingsError, match=r"expected .*, got"):
        parse(each, "9" * n_digits if whole else "x" * n_digits)


def test_without_a_home_folder_nothing_is_kept_where_others_may_write(monkeypatch, tmp_path):
    for name in ("DIGITNET_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    images = np.arange(240, dtype=np.uint8).reshape(60, 4)
    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setattr(
        openml, "_fetch_within_time", lambda *_: (images, np.array(["a", "b"] * 30))
    )
    monkeypatch.chdir(tmp_path)
    said = []
    assert len(load_data("openml:x", said.append).classes) == 2
    assert "not kept for the next time: there is no home folder; set DIGITNET_CACHE" in said
    assert list(tmp_path.iterdir()) == []
