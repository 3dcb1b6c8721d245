"""Data as people have it: tables, EMNIST, other names and types, and all that evaluate takes."""

import gzip
import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

import digitnet
from digitnet import DigitnetError
from digitnet.cli import main
from digitnet.data import dataset, load_data
from digitnet.data.sources import load_source

CASES = Path(__file__).parent / "cases"
PIXELS = [f"pixel{n}" for n in range(784)]


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.test.images[:300], mnist.test.labels[:300]


def evaluated(source, capsys, run="", status=0):
    """What `digitnet evaluate` says."""
    arguments = ["evaluate", *([str(run)] if run else []), "--data", str(source)]
    assert main(arguments) == status
    said = capsys.readouterr()
    return said.err if status else said.out


class TestEvaluate:
    @pytest.mark.parametrize(
        ("name", "what"),
        [
            ("only_test", "the test part, 20 images"),
            ("own_as_train", "no test part: all of it, 20 images"),
            ("one_of_each", "no test part: all of it, 10 images"),
        ],
    )
    def test_a_few_digits_of_ones_own(self, name, what, capsys):
        out = evaluated(CASES / "own" / f"{name}.npz", capsys)
        assert what in out
        assert "Test accuracy: 100.00 % (0 errors" in out
        if name == "only_test":
            assert "2                      -       -       -       0" in out

    def test_one_image_of_one_class(self, digits, tmp_path, capsys):
        np.savez(tmp_path / "one.npz", x=digits[0][0], y=7)
        assert "0 errors in 1 images" in evaluated(tmp_path / "one.npz", capsys)

    @pytest.mark.parametrize("kind", [str, float, "S1", lambda y: np.eye(10)[y]])
    def test_two_classes_whatever_their_type(self, digits, tmp_path, capsys, kind):
        x, y = digits
        some = (y == 3) | (y == 8)
        labels = kind(y) if not isinstance(kind, type | str) else y.astype(kind)
        np.savez(tmp_path / "some.npz", x_test=x[some] > 127, y_test=labels[some])
        assert "(0 errors in 45 images)" in evaluated(tmp_path / "some.npz", capsys)

    def test_classes_in_another_order_are_matched_by_name(self, few, tmp_path, capsys):
        names = np.array(list("zyxwvutsrq"))
        data = {"x": few.images, "y": names[few.labels]}
        np.savez(tmp_path / "own.npz", **data)
        digitnet.DigitClassifier().fit(few.images, names[few.labels]).model_.save(
            tmp_path / "model.npz"
        )
        out = evaluated(tmp_path / "own.npz", capsys, tmp_path / "model.npz")
        assert "(0 errors in 2000 images)" in out

    def test_a_run_is_not_tested_on_what_it_learned_from(self, few, tmp_path, capsys):
        np.savez(tmp_path / "own.npz", x=few.images, y=few.labels)
        digitnet.DigitClassifier((), epochs=1).fit(few.images, few.labels).model_.save(
            tmp_path / "model.npz"
        )
        assert "in 2000 images" in evaluated(tmp_path / "own.npz", capsys, tmp_path)
        config = {"data": {"source": str(tmp_path / "own.npz")}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        assert "in 286 images" in evaluated(tmp_path / "own.npz", capsys, tmp_path)

    def test_a_run_is_tested_on_its_own_kind_of_data(self, few, tmp_path, capsys):
        shifted = (few.labels + 3) % 10
        np.savez(tmp_path / "own.npz", x=few.images, y=shifted)
        options = ["--data", str(tmp_path / "own.npz"), "--runs-dir", str(tmp_path), "--name", "a"]
        assert main(["train", *options, "--hidden", "16", "--epochs", "3"]) == 0
        accuracy = re.search(r"Test accuracy: .+", capsys.readouterr().out)
        assert main(["evaluate", str(tmp_path / "a")]) == 0
        assert accuracy[0] in capsys.readouterr().out
        assert main(["explain", "--run", str(tmp_path / "a"), "--wrong"]) == 0
        wrong = re.search(r"(\d+) of the (\d+) training images", capsys.readouterr().out)
        assert int(wrong[1]) < int(wrong[2]) / 2
        (tmp_path / "own.npz").rename(tmp_path / "moved.npz")
        for command in (
            ["evaluate", str(tmp_path / "a")],
            ["explain", "--run", str(tmp_path / "a")],
        ):
            assert main(command) == 2
            err = capsys.readouterr().err
            assert f"{tmp_path / 'a'} learned from it: if it has moved, --data says where" in err
            assert main([*command, "--data", str(tmp_path / "moved.npz")]) == 0
            capsys.readouterr()

    def test_images_without_labels_are_for_predicting(self, tmp_path, capsys):
        table = CASES / "csv" / "test.csv"
        err = evaluated(table, capsys, status=2)
        assert "expected labels, but there are only images; what a model reads in them" in err
        assert main(["predict", "--data", str(table), "--output", str(tmp_path / "p.csv")]) == 0
        lines = (tmp_path / "p.csv").read_text().splitlines()
        assert lines[:4] == ["ImageId,Label", "1,7", "2,2", "3,1"]
        assert len(lines) == 21

    def test_predict_wants_images(self, capsys):
        assert main(["predict"]) == 2
        assert "expected --data SOURCE" in capsys.readouterr().err


NAMES = [
    ("x_train", "y_train"),
    ("X_train", "Y_train"),
    ("train_images", "train_labels"),
    ("images", "labels"),
    ("X", "y"),
    ("data", "target"),
    ("x_test", "y_test"),
    ("test_images", "test_labels"),
    ("t10k-images", "t10k-labels"),
]


@pytest.mark.parametrize("names", NAMES)
def test_names_in_an_archive(names, digits, tmp_path, capsys):
    np.savez(tmp_path / "own.npz", **dict(zip(names, digits, strict=True)), something=[1])
    assert "in 300 images" in evaluated(tmp_path / "own.npz", capsys)


def table(images, labels, separator=",", names=None, last=False, row=lambda _, cells: cells):
    """The text of a table."""
    lines = [names] if names else []
    for n, (pixels, label) in enumerate(zip(images.reshape(len(images), -1), labels, strict=True)):
        cells = [str(pixel) for pixel in pixels.tolist()]
        lines.append(row(n, [*cells, str(label)] if last else [str(label), *cells]))
    return "\n".join(map(separator.join, lines)) + "\n"


TABLES = {
    "plain": table,
    "with names": lambda x, y: table(x, y, names=["label", *PIXELS]),
    "semicolons": lambda x, y: table(x, y, ";"),
    "tabs": lambda x, y: table(x, y, "\t", ["label", *PIXELS]),
    "quotes": lambda x, y: table(x, y, row=lambda _, cells: [f'"{cell}"' for cell in cells]),
    "label last": lambda x, y: table(x, y, last=True),
    "label last, with names": lambda x, y: table(x, y, names=[*PIXELS, "class"], last=True),
    "fractions": lambda x, y: table(x / 255, y),
    "decimal commas": lambda x, y: table(x / 255, y, ";").replace(".", ","),
    "an index": lambda x, y: table(x, y, row=lambda n, cells: [str(n), *cells]),
    "a named index": lambda x, y: table(
        x, y, names=["", "label", *PIXELS], row=lambda n, cells: [str(n), *cells]
    ),
    "Windows": lambda x, y: "\ufeff" + table(x, y, names=["label", *PIXELS]).replace("\n", "\r\n"),
    "blank lines": lambda x, y: table(x, y).replace("\n", "\n\n"),
    "sorted": lambda x, y: table(x[np.argsort(y)], np.sort(y), last=True),
}


class TestTables:
    @pytest.mark.parametrize("last", [False, True])
    @pytest.mark.parametrize("letters", [False, True])
    def test_a_label_without_a_name_is_told_from_pixels_that_vary(
        self, last, letters, generator, tmp_path
    ):
        """By its fewer values, or as the only text; corners that are never blank tell nothing."""
        x, y = generator.integers(0, 200, (90, 64)).astype(str), np.arange(90) % 3
        labels = np.array(list("abc"))[y] if letters else y.astype(str)
        columns = [x, labels[:, None]] if last else [labels[:, None], x]
        lines = map(",".join, np.hstack(columns).tolist())
        (tmp_path / "own.csv").write_text("\n".join(lines))
        data = load_data(str(tmp_path / "own.csv"))
        assert data.classes == (("a", "b", "c") if letters else ("0", "1", "2"))
        assert data.train.image_shape == (8, 8)

    def test_rows_without_pixels_are_refused_without_a_warning(self, tmp_path):
        (tmp_path / "own.csv").write_text("1,2,3,4\n" + "1,,,\n" * 5)
        with pytest.raises(DigitnetError, match="line 2: expected a number as value 3, got ''"):
            load_data(str(tmp_path / "own.csv"))

    def test_millions_of_blank_lines_are_not_waited_for(self, tmp_path):
        (tmp_path / "own.csv.gz").write_bytes(gzip.compress(b"\n" * 10**7))
        with pytest.raises(DigitnetError, match=r"line 10001: .*thousands of blank lines"):
            load_data(str(tmp_path / "own.csv.gz"))

    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("kind", TABLES)
    def test_each_is_read(self, kind, packed, digits, tmp_path):
        x, y = digits[0][:120], digits[1][:120]
        order = np.argsort(y) if kind == "sorted" else np.arange(120)
        content = TABLES[kind](x, y).encode()
        path = tmp_path / ("own.csv.gz" if packed else "own.csv")
        path.write_bytes(gzip.compress(content) if packed else content)
        part = load_source(str(path)).train
        assert np.array_equal(part.labels, y[order])
        pixels = np.rint(part.images * (255 if part.images.dtype == np.float32 else 1))
        assert np.array_equal(pixels, x[order].reshape(120, -1))

    @pytest.mark.parametrize("names", [("train.csv", "test.csv"), ("a_train.csv", "a_test.csv")])
    def test_two_in_a_folder_are_the_two_parts(self, names, digits, tmp_path):
        x, y = digits
        for name, part in zip(names, (slice(0, 200), slice(200, 300)), strict=True):
            (tmp_path / name).write_text(table(x[part], y[part], names=["label", *PIXELS]))
        data = load_data(str(tmp_path))
        assert np.array_equal(data.train.images, x[:200])
        assert np.array_equal(data.test.labels, y[200:])

    def test_a_test_part_without_labels_does_not_test(self, digits, tmp_path):
        (tmp_path / "train.csv").write_text(table(*digits))
        (tmp_path / "test.csv").write_bytes((CASES / "csv" / "test.csv").read_bytes())
        data = load_data(str(tmp_path))
        assert (len(data.train), len(data.test)) == (257, 43)
        assert data.note.endswith("its own test part has no labels")

    def test_labels_may_be_texts_with_separators(self, digits, tmp_path):
        x, y = digits
        (tmp_path / "own.csv").write_text(table(x, [f'"{each},{each}"' for each in y]))
        assert load_data(str(tmp_path / "own.csv")).classes[:2] == ("0,0", "1,1")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda lines: [*lines[:9], "3,4,5"], "line 10: expected 785 values.* got 3"),
            (lambda lines: [*lines[:5], lines[5][:-2] + ",x"], "line 6: expected numbers? .*'x'"),
            (lambda lines: [*lines[:4], "1,0,abc" + lines[4][5:]], "line 5: .* value 3, got 'abc'"),
            (lambda lines: [*lines[:4], lines[4].replace(",0,0,0,0,0", ",0,0,0,,0", 1)], "line 5:"),
            (lambda lines: [*lines[:4], lines[4].replace(",0,0,0,0", ",0,0,0,nan")], "line 5:"),
            (
                lambda lines: [*lines[:4], lines[4][1:]],
                "line 5: expected a label as the first value, got nothing",
            ),
            (lambda lines: lines[:1], "expected rows of pixels below the line with names"),
            (lambda _: [], "expected a table of pixels, got no lines"),
            (lambda lines: ["\r".join(lines)], "expected a line break after each row"),
            (lambda _: ["<html>no, not, here, at all</html>"] * 3, "line 2"),
            (lambda _: ["1 2 3"], "line 1: expected pixels separated by commas"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_line(self, change, message, digits, tmp_path):
        x, y = digits
        lines = table(x[:20], y[:20], names=["label", *PIXELS]).splitlines()
        (tmp_path / "own.csv").write_bytes("\n".join(change(lines)).encode())
        with pytest.raises(DigitnetError, match=message):
            load_data(str(tmp_path / "own.csv"))

    @pytest.mark.parametrize("content", ["a,b\n".encode("utf-16"), b"1,\xff\xfe\xfd,3\n"])
    def test_other_encodings_are_named(self, content, tmp_path):
        (tmp_path / "own.csv").write_bytes(content)
        with pytest.raises(DigitnetError, match="line 1: expected text in UTF-8"):
            load_data(str(tmp_path / "own.csv"))


def idx(array, code):
    return (
        bytes([0, 0, code, array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + (array.tobytes())
    )


class TestIdx:
    @pytest.mark.parametrize(
        ("code", "kind"), [(0x08, "u1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
    )
    def test_every_type(self, code, kind, digits, tmp_path, capsys):
        x, y = digits
        (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(x.astype(kind), code))
        (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(y.astype(kind), code))
        assert "(1 errors in 300 images)" in evaluated(tmp_path, capsys)

    def test_a_type_that_makes_a_header_promise_too_much(self, digits, tmp_path):
        content = bytearray(idx(digits[0], 0x08))
        content[2] = 0x0E
        (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(digits[1], 0x08))
        with pytest.raises(DigitnetError, match="28 x 28 x 8 = 1881600 bytes of data, more than"):
            load_data(str(tmp_path))


class TestEmnist:
    def test_its_digits_are_turned_upright_and_it_is_said(self, capsys):
        out = evaluated(CASES / "emnist-digits", capsys)
        assert "whose images are stored transposed: turned upright" in out
        assert "Test accuracy: 99.50 % (3 errors in 600 images)" in out

    def write(self, folder, name, labels, images):
        transposed = np.ascontiguousarray(images.transpose(0, 2, 1))
        for part in ("train", "test"):
            for kind, array in (("images-idx3", transposed), ("labels-idx1", labels)):
                (folder / f"emnist-{name}-{part}-{kind}-ubyte").write_bytes(idx(array, 0x08))

    def test_a_mapping_names_the_letters(self, digits, tmp_path):
        labels = (np.arange(300) % 26 + 1).astype(np.uint8)
        self.write(tmp_path, "letters", labels, digits[0])
        mapping = "\n".join(f"{n} {64 + n} {96 + n}" for n in range(1, 27))
        (tmp_path / "emnist-letters-mapping.txt").write_text(mapping)
        data = load_data(str(tmp_path))
        assert data.classes == tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        assert np.array_equal(data.train.images, digits[0])

    @pytest.mark.parametrize("mapping", ["1 65\n2 65", "1 99999999999", "no numbers", "\xff"])
    def test_a_mapping_that_makes_no_sense_is_left_aside(self, mapping, digits, tmp_path):
        self.write(tmp_path, "digits", digits[1], digits[0])
        (tmp_path / "emnist-digits-mapping.txt").write_text(mapping)
        assert load_data(str(tmp_path)).classes == tuple("0123456789")

    def test_of_several_sets_in_a_folder_one_is_named(self, digits, tmp_path):
        for name in ("digits", "mnist"):
            self.write(tmp_path, name, digits[1], digits[0])
        with pytest.raises(DigitnetError, match=r"name one, as in --data .*emnist-digits"):
            load_data(str(tmp_path))
        assert len(load_data(str(tmp_path / "emnist-mnist")).test) == 300

    def test_its_tables_are_transposed_too(self, digits, tmp_path, capsys):
        x, y = digits
        (tmp_path / "emnist-digits-test.csv").write_text(table(x.transpose(0, 2, 1), y))
        out = evaluated(tmp_path / "emnist-digits-test.csv", capsys)
        assert "(1 errors in 300 images)" in out


class TestSplit:
    def test_a_test_part_may_lack_classes(self, digits):
        x, y = digits
        data = dataset("own", x, y, (x[:5], y[:5]))
        assert data.test.labels.tolist() == y[:5].tolist()
        with pytest.raises(DigitnetError, match=r"expected the classes .*got 10, 11, 12"):
            dataset("own", x, y, (x, y + 3))

    def test_70000_sorted_by_class_are_split_by_class(self):
        labels = np.repeat(np.arange(10), 7000)
        images = np.arange(70_000, dtype=np.uint32).view(np.uint8).reshape(-1, 2, 2)
        data = dataset("sorted", images, labels)
        assert np.bincount(data.train.labels).tolist() == [6000] * 10
        assert np.bincount(data.test.labels).tolist() == [1000] * 10
        assert data.note.startswith("sorted by class: a seventh of the 70000 images")
        both = np.concatenate([data.train.images, data.test.images]).reshape(-1, 4).view(np.uint32)
        assert np.array_equal(np.sort(both.ravel()), np.arange(70_000))

    def test_70000_in_any_other_order_are_split_as_mnist_is(self, generator):
        labels = generator.integers(10, size=70_000)
        images = np.arange(70_000, dtype=np.uint32).view(np.uint8).reshape(-1, 2, 2)
        assert dataset("shuffled", images, labels).note.startswith("the first 60000 of 70000")
