"""The page as files: what is written, what keeps it from being written, and the visit in them."""

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from digitnet.cli import main
from digitnet.data import MinMax
from digitnet.model import Model
from digitnet.nn import multilayer_perceptron
from digitnet.version import __version__
from digitnet.web import alone
from digitnet.web.alone import DIGITS, MODEL, Alone, load_digits
from digitnet.web.commands import MOST_PHOTO_BYTES
from digitnet.web.export import STATIC, site
from digitnet.web.frames import packed, unpacked
from digitnet.web.limits import IN_A_BROWSER
from digitnet.web.runtime import FOLDER, LOCK, NEEDED, NUMPY, PACKED, PUBLIC, VERSION
from digitnet.web.wheel import N_TRAIN, digits, wheel
from tests.playground import drawing, small_data

ROOT = Path(__file__).parent.parent
NOT_FOR_ROOT = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to root, or Windows"
)


@pytest.fixture
def pyodide(tmp_path):
    """A folder with files that have the names of Pyodide's."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in (*NEEDED, NUMPY):
        (folder / name).write_bytes(f"content of {name} ".encode() * 100)
    locked(folder)
    return folder


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch, mnist):
    monkeypatch.setattr("digitnet.cli.exporting.load_mnist", lambda: mnist)


def locked(folder, version=VERSION, name=NUMPY):
    sha256 = hashlib.sha256((folder / NUMPY).read_bytes()).hexdigest()
    about = {"file_name": name, "sha256": sha256}
    lock = {"info": {"version": version}, "packages": {"numpy": about}}
    (folder / LOCK).write_text(json.dumps(lock))


def export(folder, *options):
    try:
        return main(["play", "--export", str(folder), *map(str, options)])
    except SystemExit as error:
        return error.code


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "mine.npz"
    network = multilayer_perceptron([784, 8, 10])
    Model(network, MinMax(0, 255), tuple("0123456789"), (28, 28)).save(path)
    return path


class TestWhatIsWritten:
    def test_the_page_its_parts_and_pyodide(self, tmp_path, pyodide, model, capsys):
        folder = tmp_path / "deep" / "site"
        assert export(folder, "--pyodide", pyodide, "--model", model) == 0
        files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
        assert files.keys() >= {"index.html", "app.js", "worker.js", "digits.zip"}
        assert not {"api.html", "api.css", "tsconfig.json", "vendor/uPlot.esm.d.ts"} & files.keys()
        assert (folder / "model.zip").read_bytes() == model.read_bytes()
        megabytes = sum(p.stat().st_size for p in files.values()) / 1e6
        assert f"{folder}: {megabytes:.1f} MB" in capsys.readouterr().out
        packed_file = folder / FOLDER / f"{PACKED}.gz"
        assert gzip.decompress(packed_file.read_bytes()) == (pyodide / PACKED).read_bytes()
        assert [p.name for p in folder.parent.iterdir()] == ["site"]
        usual = {".html", ".js", ".css", ".svg", ".json", ".zip", ".gz", ".txt"}
        others = {name for name, p in files.items() if p.suffix not in usual}
        assert others == {"_headers", "vendor/LICENSE"}  # which the page does without

    def test_each_part_is_there_with_its_size_and_a_version_of_its_content(self, tmp_path, pyodide):
        assert export(tmp_path / "site", "--pyodide", pyodide) == 0
        described = json.loads((tmp_path / "site" / "site.json").read_text())
        assert described["pyodide"] == f"{FOLDER}/"
        names = [part["name"] for part in described["parts"]]
        parts = {*NEEDED} - described["scripts"].keys()
        assert sorted(names) == sorted([*parts, "numpy", "digitnet", DIGITS])
        for path in described["scripts"].values():
            assert (tmp_path / "site" / path).is_file()
        for part in described["parts"]:
            path, _, version = part["address"].partition("?v=")
            content = (tmp_path / "site" / path).read_bytes()
            assert part["bytes"] == len(content)
            assert hashlib.sha256(content).hexdigest().startswith(version)
            is_packed = content.startswith(b"\x1f\x8b")
            assert part["size"] == len(gzip.decompress(content) if is_packed else content)

    def test_without_a_folder_pyodide_comes_from_its_public_address_by_hash(self, mnist):
        files = site(mnist, None, None)
        assert not any(name.startswith("pyodide") for name in files)
        parts = {part["name"]: part for part in json.loads(files["site.json"])["parts"]}
        for name, (n_bytes, sha256) in PUBLIC.items():
            part = parts["numpy" if name == NUMPY else name]
            assert part["address"].startswith("https://cdn.jsdelivr.net/")
            assert part["address"].endswith(name)
            assert VERSION in part["address"]
            assert part["bytes"] == n_bytes
            kind, _, digest = part["integrity"].partition("-")
            assert (kind, base64.b64decode(digest).hex()) == ("sha256", sha256)

    def test_the_page_states_its_policy_and_where_its_visit_is(self, mnist):
        files = site(mnist, None, None)
        page = files["index.html"].decode()
        head = page[: page.index("<title>")]
        assert "content=\"default-src 'none'; script-src 'self'" in head
        assert '<meta name="visit" content="worker">' in head
        served = (STATIC / "index.html").read_text(encoding="utf-8")
        assert 'name="visit"' not in served
        assert b"blob:" in files["_headers"]
        assert "Creative Commons" in files["licences.txt"].decode()
        assert "MIT License" in files["licences.txt"].decode()

    def test_the_same_files_come_each_time(self, mnist, pyodide):
        assert site(mnist, None, pyodide) == site(mnist, None, pyodide)

    def test_an_empty_folder_is_taken(self, tmp_path, pyodide):
        (tmp_path / "site").mkdir()
        assert export(tmp_path / "site", "--pyodide", pyodide) == 0
        assert (tmp_path / "site" / "index.html").is_file()

    def test_the_wheel_is_a_package_that_reads_and_learns_without_others(self, tmp_path, mnist):
        """With scikit-learn, Pillow and Matplotlib out of reach."""
        (tmp_path / "digitnet.whl").write_bytes(wheel())
        (tmp_path / DIGITS).write_bytes(digits(small_data()))
        with zipfile.ZipFile(tmp_path / "digitnet.whl") as archive:
            names = archive.namelist()
            archive.extractall(tmp_path / "there")
        assert f"digitnet-{__version__}.dist-info/METADATA" in names
        assert not any("static" in name or name.endswith((".gz", ".pyc")) for name in names)
        np.save(tmp_path / "three.npy", drawing(1))
        program = """
import sys
for name in ("PIL", "sklearn", "matplotlib", "lzma", "threadpoolctl"):
    sys.modules[name] = None
from importlib.util import find_spec as found
import importlib.util
importlib.util.find_spec = lambda name: None if name == "PIL" else found(name)
from pathlib import Path
import numpy as np
from digitnet.web.alone import Alone
from digitnet.web.frames import packed, unpacked
there = Alone(Path(sys.argv[1]))
pad = np.load(Path(sys.argv[1]) / "three.npy")
(answer,) = map(unpacked, there.ask(packed("draw", {"number": 1}, {"pixels": pad})))
print(answer.fields["text"])
settings = {"hidden_layer_sizes": [8], "epochs": 1, "rotation": 5.0}
there.ask(packed("configure", {"settings": settings}, {}))
there.ask(packed("start", {"until": "end"}, {}))
while there.busy:
    told = there.work()
print(unpacked(told[-1]).fields["status"])
"""
        done = subprocess.run(
            [sys.executable, "-c", program, tmp_path],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "there")},
        )
        assert done.stdout.split() == ["1", "finished"]

    def test_the_digits_are_the_first_of_mnist(self, tmp_path, mnist):
        (tmp_path / DIGITS).write_bytes(digits(mnist))
        data = load_digits(tmp_path / DIGITS)
        assert len(data.train) == N_TRAIN
        assert np.array_equal(data.train.images, mnist.train.images[:N_TRAIN])
        assert np.array_equal(data.train.labels, mnist.train.labels[:N_TRAIN])
        assert np.array_equal(data.test.images, mnist.test.images)
        assert np.array_equal(data.test.labels, mnist.test.labels)


class TestWhatKeepsItFromBeingWritten:
    def refused(self, capsys, text, folder, *options):
        before = sorted(Path(folder).parent.rglob("*"))
        assert export(folder, *options) == 2
        err = capsys.readouterr().err
        assert text in err
        assert len(err.splitlines()) == 1
        assert sorted(Path(folder).parent.rglob("*")) == before

    def test_a_folder_that_is_not_empty(self, tmp_path, capsys):
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "mine.txt").write_text("mine")
        text = "--export: expected a folder that is new or empty, but"
        self.refused(capsys, text, tmp_path / "site")

    def test_a_file(self, tmp_path, capsys):
        (tmp_path / "site").write_text("mine")
        self.refused(capsys, "site is no folder", tmp_path / "site")

    def test_a_folder_in_a_file(self, tmp_path, pyodide, capsys):
        (tmp_path / "file").write_text("mine")
        self.refused(capsys, "cannot be written", tmp_path / "file" / "s", "--pyodide", pyodide)

    @NOT_FOR_ROOT
    def test_a_folder_that_may_not_be_written_to(self, tmp_path, pyodide, capsys):
        (tmp_path / "closed").mkdir(mode=0o500)
        self.refused(capsys, "cannot be written", tmp_path / "closed" / "s", "--pyodide", pyodide)

    def test_a_disk_that_is_full(self, tmp_path, pyodide, capsys, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
        self.refused(capsys, "No space left on device", tmp_path / "site", "--pyodide", pyodide)

    def test_an_interruption(self, tmp_path, pyodide, monkeypatch):
        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "rename", interrupted)
        before = sorted(tmp_path.iterdir())
        assert export(tmp_path / "site", "--pyodide", pyodide) == 130
        assert sorted(tmp_path.iterdir()) == before

    @pytest.mark.parametrize("name", [*NEEDED, NUMPY])
    def test_a_folder_without_a_file_of_pyodide(self, tmp_path, pyodide, capsys, name):
        (pyodide / name).unlink()
        text = f"--pyodide: expected a folder with {NEEDED[0]}, "
        self.refused(capsys, text, tmp_path / "site", "--pyodide", pyodide)

    def test_another_version_of_pyodide(self, tmp_path, pyodide, capsys):
        locked(pyodide, version="0.26.0")
        text = f"expected Pyodide {VERSION}, got 0.26.0"
        self.refused(capsys, text, tmp_path / "site", "--pyodide", pyodide)

    def test_a_numpy_that_is_damaged(self, tmp_path, pyodide, capsys):
        (pyodide / NUMPY).write_bytes(b"cut off")
        self.refused(capsys, "is damaged", tmp_path / "site", "--pyodide", pyodide)

    @pytest.mark.parametrize("lock", ["", "[]", "{}", '{"info": {"version": 1}, "packages": 2}'])
    def test_a_lock_file_that_makes_no_sense(self, tmp_path, pyodide, capsys, lock):
        (pyodide / LOCK).write_text(lock)
        self.refused(capsys, "is damaged", tmp_path / "site", "--pyodide", pyodide)

    def test_a_lock_file_that_names_files_elsewhere(self, tmp_path, pyodide, capsys):
        locked(pyodide, name="../secret.whl")
        self.refused(capsys, "is damaged", tmp_path / "site", "--pyodide", pyodide)

    def test_a_model_of_something_else(self, tmp_path, capsys):
        network = multilayer_perceptron([64, 8, 2])
        Model(network, MinMax(0, 255), ("no", "yes"), (8, 8)).save(tmp_path / "other.npz")
        text = "expected a model of 28x28 images of the digits"
        self.refused(capsys, text, tmp_path / "site", "--model", tmp_path / "other.npz")

    def test_pyodide_for_a_page_that_is_served(self, pyodide, capsys):
        assert main(["play", "--no-browser", "--pyodide", str(pyodide)]) == 2
        assert "--pyodide: expected --export FOLDER, too" in capsys.readouterr().err


class TestAlone:
    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / DIGITS).write_bytes(digits(small_data()))
        return tmp_path

    @pytest.fixture
    def there(self, folder):
        return Alone(folder)

    def ask(self, there, name, arrays=None, **fields):
        return [unpacked(frame) for frame in there.ask(packed(name, fields, arrays or {}))]

    def test_it_answers_frames_with_frames(self, there):
        events = self.ask(there, "hello")
        (state,) = (each for each in events if each.name == "state")
        assert state.fields["limits"]["weights"] == IN_A_BROWSER.weights
        assert state.fields["data"]["train"] == len(small_data().train)
        assert not there.busy

    def test_it_takes_what_pyodide_makes_of_a_browsers_bytes(self, there):
        assert there.ask(memoryview(packed("pause", {}, {})))

    def test_it_learns_in_slices(self, there):
        self.ask(there, "configure", settings={"hidden_layer_sizes": [8], "epochs": 1})
        self.ask(there, "start", until="end")
        events = []
        while there.busy:
            events += map(unpacked, there.work())
        assert [each for each in events if each.name == "epoch"]
        assert events[-1].fields["status"] == "finished"

    def test_the_network_of_a_run_answers_first(self, folder, model):
        (folder / MODEL).write_bytes(model.read_bytes())
        told = {each.name: each for each in self.ask(Alone(folder), "hello")}
        assert told["model"].fields["sizes"] == [784, 8, 10]

    def test_a_picture_that_the_browser_has_decoded_is_read(self, there):
        pad = drawing(1)
        colours = np.dstack([pad, pad, pad, np.full_like(pad, 255)])
        (answer,) = self.ask(there, "photo", {"colours": colours}, number=3)
        assert (answer.name, answer.fields["text"]) == ("answer", "1")

    def test_one_that_is_too_large_is_refused(self, there):
        colours = np.zeros((MOST_PHOTO_BYTES // 4 + 1, 1, 4), np.uint8)
        (error,) = self.ask(there, "photo", {"colours": colours}, number=3)
        assert (error.name, error.fields["command"]) == ("error", "photo")

    def test_what_is_no_frame_costs_a_sentence(self, there):
        (error,) = map(unpacked, there.ask(b"no frame"))
        assert "expected a frame" in error.fields["message"]

    def test_a_mistake_of_ours_costs_one_command(self, there, monkeypatch, caplog):
        def broken(*_):
            raise RuntimeError("ours")

        monkeypatch.setattr(there._visit, "do", broken)
        error, *_ = map(unpacked, there.ask(packed("hello", {}, {})))
        assert "something went wrong" in error.fields["message"]
        assert "ours" in caplog.text

    def test_damaged_digits_cost_a_sentence(self, tmp_path):
        file = io.BytesIO()
        np.savez(file, x_train=np.zeros((2, 28, 28), np.uint8))
        (tmp_path / DIGITS).write_bytes(file.getvalue())
        with pytest.raises(alone.DigitnetError, match="expected images to learn from"):
            load_digits(tmp_path / DIGITS)
