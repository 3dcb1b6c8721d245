"""`digitnet read`: each picture is read or costs a sentence; nothing is lost or overwritten."""

import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitnet
from digitnet.cli import main
from digitnet.cli.pictures import Names, pictures_of
from digitnet.data import MinMax
from digitnet.nn import multilayer_perceptron
from digitnet.reading.annotate import annotated
from digitnet.reading.decode import decode
from digitnet.reading.digit import Digit, Recognised, Step
from digitnet.reading.labels import labels_of
from digitnet.report.progress import Tally

ROOT = Path(__file__).parent.parent
SEVEN = ROOT / "tests" / "cases" / "pictures" / "7_28x28_black_on_white.png"


def run(*arguments):
    """The exit status, whether argparse exits or the command returns it."""
    try:
        return main(["read", *map(str, arguments)])
    except SystemExit as error:
        return error.code


@pytest.fixture
def folder(tmp_path):
    """Three pictures of a seven among other files."""
    path = tmp_path / "scans"
    path.mkdir()
    for name in ("10.png", "9.png", "a.PNG"):
        (path / name).write_bytes(SEVEN.read_bytes())
    (path / "notes.txt").write_text("no picture")
    (path / ".hidden.png").write_text("no picture")
    return path


class Answers:
    """Stands in for the recogniser: gives what it was told to, and notes how it was asked."""

    def __init__(self, *lines):
        self.lines = lines
        self.asked = []

    def __call__(self, picture, **known):
        self.asked.append(known)
        width, height = picture.size
        lines = [
            [digit(label, (column, row, width, height)) for column, label in enumerate(line)]
            for row, line in enumerate(self.lines)
        ]
        return Recognised(lines, [Step("ink/black", picture.grey), Step("ink", picture.grey)])


def digit(label, box, confidence=0.875):
    probabilities = np.full(10, 0.0125, np.float32)
    if label != "?":
        probabilities[int(label)] = 0.8875
    return Digit(label, probabilities, confidence, box, np.zeros((28, 28), np.float32))


@pytest.fixture
def answers(monkeypatch):
    def answer(*lines):
        stand_in = Answers(*lines)
        monkeypatch.setattr("digitnet.reading.reading.recognise", stand_in)
        return stand_in

    return answer


class TestWhatIsPrinted:
    def test_a_picture_is_a_line(self, capsys):
        assert run(SEVEN) == 0
        out, err = capsys.readouterr()
        name, _, rest = out.rpartition(": ")
        assert name == str(SEVEN)
        assert rest.split()[0] == "7"
        assert rest.endswith(" %\n")
        assert err == ""

    def test_every_line_of_digits_is_one_with_its_least_confidence(self, answers, capsys):
        answers("1250", "7?3")
        assert run(SEVEN) == 0
        assert capsys.readouterr().out == f"{SEVEN}: 1250  87.5 %\n{SEVEN}: 7?3  87.5 %\n"

    def test_a_picture_without_digits_says_so(self, answers, capsys):
        answers()
        assert run(SEVEN) == 0
        assert capsys.readouterr().out == f"{SEVEN}: no digits\n"

    def test_folders_are_in_the_order_of_their_numbers(self, folder, capsys):
        assert run(folder) == 0
        names = [Path(line.split(": ")[0]).name for line in capsys.readouterr().out.splitlines()]
        assert names == ["9.png", "10.png", "a.PNG"]

    def test_patterns_are_understood_where_no_shell_did_it(self, folder, capsys):
        assert run(folder / "*.png") == 0
        assert len(capsys.readouterr().out.splitlines()) == 2
        (folder / "[7].png").write_bytes(SEVEN.read_bytes())
        assert run(folder / "[7].png") == 0  # a name of its own

    def test_options_may_stand_between_pictures(self, folder, answers, capsys):
        stand_in = answers("1")
        assert run(folder / "9.png", "--digits", "1", folder / "10.png", "--json", SEVEN) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [Path(line["file"]).name for line in lines] == ["9.png", "10.png", SEVEN.name]
        assert [asked["n_digits"] for asked in stand_in.asked] == [(1, 1)] * 3

    def test_standard_input(self):
        result = started("-", input=SEVEN.read_bytes())
        assert result.stdout.startswith(b"-: 7  ")
        assert (result.returncode, result.stderr) == (0, b"")
        result = started("-", input=b"")
        assert b"<stdin>: expected a picture, got an empty file" in result.stderr
        assert result.returncode == 2

    def test_what_is_known_is_handed_on(self, answers):
        stand_in = answers("1")
        run(SEVEN)
        run(SEVEN, "--single")
        run(SEVEN, "--digits", "4")
        run(SEVEN, "--digits", "3-5")
        none = {"single": False, "n_digits": None, "model": None}
        assert stand_in.asked == [
            none,
            none | {"single": True},
            none | {"n_digits": (4, 4)},
            none | {"n_digits": (3, 5)},
        ]

    def test_a_model_of_ones_own(self, answers, tmp_path, capsys):
        stand_in = answers("1")
        network = multilayer_perceptron([784, 5, 10])
        model = digitnet.Model(network, MinMax(0, 255), tuple("0123456789"), (28, 28))
        model.save(tmp_path / "model.npz")
        assert run(SEVEN, "--model", tmp_path) == 0
        assert stand_in.asked[0]["model"].network.params.tolist() == network.params.tolist()
        assert run(SEVEN, "--model", tmp_path / "nowhere") == 2

    @pytest.mark.parametrize("wrong", ["0", "x", "5-3", "1-", "-1", "1.5", "1-2-3", "9" * 5000])
    def test_numbers_of_digits_that_make_no_sense(self, wrong, capsys):
        assert run(SEVEN, f"--digits={wrong}") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "argument --digits: expected a number of digits from 1 to 1000" in line

    def test_single_and_digits(self, capsys):
        assert run(SEVEN, "--single", "--digits", "2") == 2
        assert "expected --single or --digits, got both" in capsys.readouterr().err
        assert run(SEVEN, "--single", "--digits", "1") == 0


class TestJson:
    def lines(self, capsys):
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_an_object_for_each_picture(self, answers, capsys):
        answers("12", "?")
        assert run(SEVEN, SEVEN, "--json") == 0
        first, second = self.lines(capsys)
        assert first == second
        assert first["file"] == str(SEVEN)
        assert first["size"] == [28, 28]
        assert first["lines"] == ["12", "?"]
        assert [each["line"] for each in first["digits"]] == [0, 0, 1]
        one = first["digits"][0]
        assert one["label"] == "1"
        assert one["confidence"] == 0.875
        assert one["box"] == [0, 0, 28, 28]
        assert one["probabilities"] == [0.0125, 0.8875, *[0.0125] * 8]

    def test_errors_are_objects_too(self, tmp_path, capsys):
        (tmp_path / "a.png").write_bytes(b"no picture")
        assert run(tmp_path / "a.png", SEVEN, tmp_path / "nowhere", "--json") == 2
        out, err = capsys.readouterr()
        bad, good, missing = map(json.loads, out.splitlines())
        assert bad["file"] == str(tmp_path / "a.png")
        assert "expected a picture (PNG" in bad["error"]
        assert good["lines"] == ["7"]
        assert "No such file" in missing["error"]
        assert len(err.splitlines()) == 3

    def test_a_page_of_thousands_of_digits_is_not_shortened(self, answers, capsys):
        answers(*["0123456789" * 10] * 20)
        assert run(SEVEN, "--json") == 0
        (page,) = self.lines(capsys)
        assert len(page["digits"]) == 2000

    def test_names_are_as_they_are_and_the_line_is_plain(self, tmp_path, capsys):
        path = tmp_path / "\x1b[31mé\u202e.png"
        path.write_bytes(SEVEN.read_bytes())
        assert run(path, "--json") == 0
        out = capsys.readouterr().out
        assert out.isascii()
        assert out.rstrip("\n").isprintable()
        assert json.loads(out)["file"] == str(path)


@pytest.fixture
def not_utf8(tmp_path):
    """A picture whose name has bytes that are no UTF-8, and an empty one."""
    try:
        for name, content in ((b"\xc3\xbc\xff.png", SEVEN.read_bytes()), (b"\xff-.png", b"")):
            Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(content)
    except OSError:
        pytest.skip("here names of files are Unicode")
    return tmp_path


class TestNamesThatAreNoUnicode:
    def test_json_has_an_escape_sequence_for_such_a_byte(self, not_utf8, capsys):
        assert run(not_utf8, "--json") == 2
        good, bad = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        assert good["file"] == f"{not_utf8}/ü\\xff.png"
        assert bad["file"] == f"{not_utf8}/\\xff-.png"
        assert bad["error"].startswith(f"{not_utf8}/\\xff-.png: expected a picture")
        for text in (good["file"], bad["file"], bad["error"]):
            text.encode()  # as every reader of JSON has to

    def test_lines_and_sentences_have_the_same(self, not_utf8, capsys):
        assert run(not_utf8) == 2
        out, err = capsys.readouterr()
        assert out.startswith(f"{not_utf8}/ü\\xff.png: 7  ")
        assert f"{not_utf8}/\\xff-.png: expected a picture" in err

    def test_files_that_are_written_have_the_bytes(self, not_utf8):
        assert run(not_utf8, "--annotate", not_utf8 / "seen", "--show-steps", not_utf8) == 2
        (seen,) = (not_utf8 / "seen").iterdir()
        assert os.fsencode(seen.name) == b"\xc3\xbc\xff-read.png"
        steps = not_utf8.glob("*-1-ink.png")
        assert [os.fsencode(path.name) for path in steps] == [b"\xc3\xbc\xff-1-ink.png"]


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("more", [[], ["--json"]])
    def test_debug_shows_the_traceback_of_each(self, tmp_path, capsys, more):
        assert run(tmp_path / "a.png", SEVEN, tmp_path / "b.png", "--debug", *more) == 2
        out, err = capsys.readouterr()
        assert err.count("Traceback (most recent call last)") >= 2
        assert err.count("digitnet read: error: ") == 2
        assert "Traceback" not in out
        run(tmp_path / "a.png", *more)
        assert "Traceback" not in capsys.readouterr().err

    def test_all_others_are_read(self, folder, capsys):
        (folder / "1.png").write_bytes(b"")
        (folder / "2.png").write_bytes(SEVEN.read_bytes()[:100])
        os.mkfifo(folder / "3.png")
        assert run(folder) == 2
        out, err = capsys.readouterr()
        assert len(out.splitlines()) == 3
        *sentences, last = err.splitlines()
        assert all(each.startswith(f"digitnet read: error: {folder}") for each in sentences)
        assert "1.png: expected a picture, got an empty file" in sentences[0]
        assert "2.png: the picture is cut off or damaged" in sentences[1]
        assert "3.png: " in sentences[2]
        assert last == "digitnet read: 3 of 6 pictures could not be read"

    def test_a_folder_and_a_pattern_without_pictures(self, tmp_path, capsys):
        assert run(tmp_path, tmp_path / "*.png") == 2
        first, second, _ = capsys.readouterr().err.splitlines()
        assert "expected a folder with pictures (.png, .jpg" in first
        assert "expected pictures that match this pattern, found none" in second

    def test_a_folder_that_cannot_be_looked_into(self, tmp_path, capsys, monkeypatch):
        def denied(_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("digitnet.cli.pictures.os.listdir", denied)
        assert run(tmp_path) == 2
        assert "can be looked into: Permission denied" in capsys.readouterr().err

    def test_no_picture_at_all(self, capsys):
        assert run() == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "FILE" in line

    def test_a_picture_that_takes_too_much_memory(self, capsys, monkeypatch):
        def too_much(*_, **__):
            raise MemoryError

        monkeypatch.setattr("digitnet.cli.chunks.read", too_much)
        assert run(SEVEN) == 2
        assert f"{SEVEN}: not enough memory for this picture" in capsys.readouterr().err

    @pytest.mark.filterwarnings("default::digitnet.InputWarning")
    def test_a_note_is_a_sentence_and_no_failure(self, tmp_path, capsys):
        image = Image.open(SEVEN)
        path = tmp_path / "film.gif"
        image.save(path, save_all=True, append_images=[image.rotate(90)])
        assert run(path) == 0
        out, err = capsys.readouterr()
        assert "film.gif: 7 " in out
        (line,) = err.splitlines()
        assert line.startswith("digitnet read: warning: ")
        assert "the first is read" in line

    def test_names_that_a_terminal_obeys_are_escaped(self, tmp_path, capsys):
        (tmp_path / "\x1b[31m\nred.png").write_bytes(SEVEN.read_bytes())
        (tmp_path / "\x1b[32m.png").write_bytes(b"")
        assert run(tmp_path) == 2
        out, err = capsys.readouterr()
        assert all(line.isprintable() for line in (out + err).split("\n"))
        assert r"\x1b[31m\nred.png: 7" in out

    def test_a_name_that_is_empty_is_no_folder(self, folder, monkeypatch, capsys):
        monkeypatch.chdir(folder)
        assert run("") == 2
        told = capsys.readouterr()
        assert "expected the name of a picture, got none" in told.err
        assert told.out == ""

    @pytest.mark.parametrize("content", [b"secret", b'{"a": [1, 2]}', bytes(100), b'{"files": 1'])
    def test_another_file_is_left_alone_however_it_ends(self, tmp_path, capsys, content):
        path = tmp_path / "mine"
        path.write_bytes(content)
        assert run(SEVEN, "--output", path) == 2
        assert "expected what an earlier --output wrote" in capsys.readouterr().err
        assert path.read_bytes() == content

    def test_a_folder_with_the_name_of_a_picture_is_no_picture(self, tmp_path, capsys):
        (tmp_path / "x.png").mkdir()
        (tmp_path / "y.png").write_bytes(SEVEN.read_bytes())
        assert run(tmp_path) == 0
        assert "y.png: 7" in capsys.readouterr().out

    def test_standard_output_is_no_output_file(self, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert run(SEVEN, "--output", "-") == 2
        assert "argument --output: expected a file; --json prints" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    def test_what_is_not_drawn_again_is_told(self, tmp_path, capsys):
        assert run(SEVEN, "--output", tmp_path / "read.jsonl") == 0
        assert run(SEVEN, "--output", tmp_path / "read.jsonl", "--annotate", tmp_path / "a") == 0
        told = capsys.readouterr().err
        assert f"1 of 1 pictures are in {tmp_path}/read.jsonl already, and are not drawn" in told

    def test_an_output_that_may_be_without_an_end_is_refused(self, capsys):
        assert run(SEVEN, "--output", os.devnull) == 2
        told = capsys.readouterr().err
        assert "expected a file that can be written to: not a file, but a pipe" in told


def started(*arguments, **options):
    command = [sys.executable, "-m", "digitnet", "read", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, check=False, timeout=120, **options
    )


class TestFilesThatAreWritten:
    def test_the_annotated_picture_is_larger_and_has_both_colours(self, answers, tmp_path):
        answers("1", "?")
        assert run(SEVEN, "--annotate", tmp_path / "new" / "seen") == 0
        (path,) = (tmp_path / "new" / "seen").iterdir()
        assert path.name == "7_28x28_black_on_white-read.png"
        image = Image.open(path)
        assert min(image.size) > 28
        colours = {colour for _, colour in image.getcolors(100_000)}
        assert {(0, 90, 160), (190, 70, 0)} <= colours

    def test_pictures_of_one_name_do_not_overwrite_each_other(self, folder, tmp_path):
        other = tmp_path / "other"
        other.mkdir()
        for name in ("9.png", "9.jpg", "9.bmp"):
            Image.open(SEVEN).save(other / name)
        assert run(folder, other, "--annotate", tmp_path / "seen") == 0
        names = sorted(path.name for path in (tmp_path / "seen").iterdir())
        assert names == sorted(
            f"{name}.png"
            for name in ("9-read", "9-read-2", "9-read-3", "9-read-4", "10-read", "a-read")
        )

    def test_nor_where_what_was_interrupted_goes_on(self, folder, tmp_path):
        other = tmp_path / "other"
        other.mkdir()
        Image.new("L", (28, 28), 255).save(other / "9.png")
        seen, lines = tmp_path / "seen", tmp_path / "lines.jsonl"
        drawn = ["--annotate", seen, "--show-steps", seen, "--output", lines]
        assert run(folder / "9.png", *drawn) == 0
        before = {path.name: path.read_bytes() for path in seen.iterdir()}
        assert run(folder / "9.png", other / "9.png", *drawn) == 0
        after = {path.name: path.read_bytes() for path in seen.iterdir()}
        assert before.items() <= after.items()
        assert after.keys() - before.keys() >= {"9-read-2.png", "9-1-ink-2.png"}

    def test_nor_what_was_to_be_read(self, folder):
        (folder / "9-READ.png").write_bytes(SEVEN.read_bytes())
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert run(folder, "--annotate", folder, "--show-steps", folder) == 0
        for name, content in before.items():
            assert (folder / name).read_bytes() == content
        assert (folder / "9-read-2.png").exists()

    def test_a_second_time_gives_the_same_names(self, folder, tmp_path):
        for _ in range(2):
            assert run(folder, "--annotate", tmp_path / "seen") == 0
        assert len(list((tmp_path / "seen").iterdir())) == 3

    def test_steps_are_numbered_and_named(self, answers, tmp_path):
        answers("1")
        assert run(SEVEN, SEVEN, "--show-steps", tmp_path) == 0
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "7_28x28_black_on_white-1-ink-black-2.png",
            "7_28x28_black_on_white-1-ink-black.png",
            "7_28x28_black_on_white-2-ink-2.png",
            "7_28x28_black_on_white-2-ink.png",
        ]

    def test_long_names_and_folders_that_are_files(self, tmp_path, capsys):
        path = tmp_path / ("ü" * 120 + ".png")
        path.write_bytes(SEVEN.read_bytes())
        assert run(path, "--annotate", tmp_path / "seen") == 0
        assert run(path, "--annotate", path) == 2
        assert "expected a folder to write to, but it is a file" in capsys.readouterr().err

    @pytest.mark.parametrize("size", [(2, 2), (28, 28), (300, 200), (2000, 5), (5000, 4000)])
    @pytest.mark.parametrize("ground", [0, 255])
    def test_labels_have_room_at_any_size_and_on_any_ground(self, size, ground):
        picture = decode(Image.new("L", size, ground))
        width, height = size
        digits = [
            digit("7", (0, 0, max(1, width // 3), height)),
            digit("?", (width // 2, 0, width, height)),
        ]
        image = np.asarray(annotated(picture, digits))
        assert max(image.shape) < 3300
        for colour in ((0, 90, 160), (190, 70, 0)):
            rows, columns = np.nonzero((image == colour).all(-1))
            assert rows.min() >= 1
            assert len(rows) > 50
            assert columns.max() < image.shape[1] - 1

    def test_labels_leave_the_digits_above_them_to_be_seen(self):
        """Lines so close that there is no room between them: black blocks stand for digits."""
        page = np.full((220, 330), 255, np.uint8)
        boxes = [(10 + 60 * n, top, 60 + 60 * n, top + 96) for top in (10, 110) for n in range(5)]
        for left, top, right, bottom in boxes:
            page[top:bottom, left:right] = 0
        image = np.asarray(annotated(decode(page), [digit("7", box) for box in boxes]))
        assert (image == 0).all(-1).sum() > 0.93 * (page == 0).sum()

    def test_labels_of_narrow_digits_do_not_cover_each_other(self):
        boxes = [(50 + 15 * n, 100 + n % 3, 62 + 15 * n, 190) for n in range(12)]
        labels = np.array([label.box for label in labels_of("1" * 12, boxes, 36, 3)])
        for one, other in itertools.combinations(labels, 2):
            common = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
            assert not (common > 0).all()

    def test_a_label_is_large_and_above_where_there_is_room(self):
        boxes = [(50, 100, 110, 190), (150, 100, 210, 190)]
        for label, (left, top, _, _) in zip(labels_of("12", boxes, 36, 3), boxes, strict=True):
            assert label.letter == 36
            assert label.box[0] == left
            assert label.box[3] == top - 3

    def test_names_of_inputs_are_known_by_any_path(self, tmp_path):
        names = Names(pictures_of([f"{tmp_path}/x/../7-read.png"]))
        assert names.new(tmp_path, "7.jpg", "-read").name == "7-read-2.png"


@pytest.fixture
def many(tmp_path):
    """Twice as many pictures as a pipe takes lines of."""
    paths = []
    for number in range(500):
        paths.append(tmp_path / f"{number}{'x' * 150}.png")
        paths[-1].write_bytes(SEVEN.read_bytes())
    return tmp_path


class TestEndings:
    def test_a_closed_pipe_is_quiet(self, many):
        command = f"{sys.executable} -m digitnet read {many} | head -n 1"
        result = subprocess.run(
            ["sh", "-c", command], cwd=ROOT, capture_output=True, check=False, timeout=120
        )
        assert len(result.stdout.splitlines()) == 1
        assert result.stderr == b""

    def test_a_full_disk_is_not(self):
        command = f"{sys.executable} -m digitnet read {SEVEN} > /dev/full"
        result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
        assert result.returncode == 1
        assert b"No space left on device" in result.stderr
        assert b"Traceback" not in result.stderr

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_keeps_what_was_printed(self, many, number):
        process = subprocess.Popen(
            [sys.executable, "-m", "digitnet", "read", str(many)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        first = process.stdout.readline()
        process.send_signal(number)
        rest, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert first.endswith(b" %\n")
        assert all(line.endswith(b" %") for line in rest.splitlines())
        assert b"Traceback" not in err
        (line,) = err.splitlines()
        assert line.startswith(b"digitnet read: interrupted after ")
        assert line.endswith(b" of 500 pictures")


def test_an_interrupt_that_a_library_has_lost_counts(monkeypatch, capsys):
    def read(*_, **__):
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        raise digitnet.DigitnetError("another error")

    monkeypatch.setattr("digitnet.cli.chunks.read", read)
    assert run(SEVEN, SEVEN) == 130
    assert capsys.readouterr().err == "digitnet read: interrupted after 0 of 2 pictures\n"


class TestStandardError:
    def damaged_scan(self, path):
        """Of which libtiff complains too, past Python."""
        noise = np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8)
        Image.fromarray(noise).save(path, "TIFF", compression="tiff_deflate")
        content = bytearray(path.read_bytes())
        content[1000:1100] = bytes(range(100))
        path.write_bytes(content)

    def test_only_sentences_of_our_own_are_on_it(self, tmp_path):
        self.damaged_scan(tmp_path / "scan.tif")
        result = started(tmp_path)
        (line,) = result.stderr.decode().splitlines()
        assert "scan.tif: the picture is cut off or damaged" in line
        assert result.returncode == 2

    def test_without_one_the_results_stay_clean(self, tmp_path):
        (tmp_path / "a.png").write_bytes(b"")
        command = f"{sys.executable} -m digitnet read {SEVEN} {tmp_path} --json 2>&-"
        result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
        assert len([json.loads(line) for line in result.stdout.splitlines()]) == 2
        assert result.returncode == 2

    def test_what_a_library_says_on_a_closed_one_gets_into_no_file(self, tmp_path):
        self.damaged_scan(tmp_path / "scan.tif")
        out = tmp_path / "out.jsonl"
        command = f"{sys.executable} -m digitnet read {tmp_path} {SEVEN} --output {out} 2>&-"
        result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
        lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert ["error" in line for line in lines] == [True, False]
        assert result.returncode == 2

    def test_programs_that_are_started_then_have_one(self):
        child = "import os; os.fstat(2)"
        program = (
            "import subprocess, sys; from digitnet.cli import open_standard_streams; "
            f"open_standard_streams(); sys.exit(subprocess.call([sys.executable, '-c', {child!r}]))"
        )
        command = f'exec {sys.executable} -c "$0" 2>&-'
        assert subprocess.run(["sh", "-c", command, program], cwd=ROOT, check=False).returncode == 0

    def test_it_is_given_back(self, capfd):
        run(SEVEN)
        os.write(2, b"still here")
        assert capfd.readouterr().err == "still here"


class Terminal(io.StringIO):
    def isatty(self):
        return True


class TestTally:
    @pytest.fixture
    def now(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr("digitnet.report.progress.time.monotonic", lambda: now[0])
        return now

    def test_it_rewrites_its_line_and_leaves_nothing(self, now, monkeypatch):
        monkeypatch.setattr("sys.stderr", Terminal())
        tally = Tally(1000)
        for n_done in range(1, 4):
            now[0] += 0.4
            tally.note(n_done)
        assert sys.stderr.getvalue() == "2 of 1000"
        tally.clear()
        tally.clear()
        assert sys.stderr.getvalue() == "2 of 1000\r         \r"

    def test_there_is_none_in_a_file_or_for_a_few_quick_ones(self, now, monkeypatch):
        for stream, seconds in ((io.StringIO(), 10.0), (Terminal(), 0.1)):
            monkeypatch.setattr("sys.stderr", stream)
            tally = Tally(3)
            for n_done in range(1, 4):
                now[0] += seconds
                tally.note(n_done)
            assert stream.getvalue() == ""

    def test_a_picture_and_a_complaint_take_it_away_first(self, now, folder, monkeypatch, capsys):
        (folder / "1.png").write_bytes(b"")
        monkeypatch.setattr("sys.stderr", Terminal())
        monkeypatch.setattr("digitnet.report.progress.time.monotonic", iter(range(10**6)).__next__)
        assert run(folder) == 2
        text = sys.stderr.getvalue()
        assert "digitnet read: error: " in text
        assert "1 of 4\r      \r" in text
        assert "4 of 4\r      \rdigitnet read: 1 of 4 pictures could not be read\n" in text


def test_importing_the_command_line_is_still_light():
    program = "import sys, digitnet.cli; print({'PIL', 'matplotlib', 'sklearn'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "set()\n"


@pytest.mark.slow
def test_many_pictures_take_no_more_memory_than_one(many):
    """Readings are not kept; the largest resident size says so."""
    program = (
        "import resource, sys; from digitnet.cli import main; main(['read', *sys.argv[1:]]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(source):
        command = [sys.executable, "-c", program, str(source)]
        out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return int(out.splitlines()[-1])

    began = time.monotonic()
    assert peak(many) < 1.2 * peak(SEVEN)
    assert time.monotonic() - began < 120
