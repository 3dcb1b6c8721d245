"""Fetching from OpenML, against a real HTTP server on loopback that answers as OpenML does."""

import gc
import gzip
import hashlib
import json
import re
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError

import numpy as np
import pytest
import sklearn.datasets._openml as sklearn_openml

from digitnet import DigitnetError
from digitnet.cli import main_job
from digitnet.data import dataset, load_data
from digitnet.data.readers import openml

# scikit-learn leaves the connection of a 412 to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

GENERATOR = np.random.default_rng(3)
LABELS = np.tile(np.arange(3), 14)
PIXELS = GENERATOR.integers(0, 256, (42, 4))


class FakeOpenml:
    """A set of pictures of 2×2 pixels in three classes, and ways to go wrong."""

    def __init__(self):
        self.pixels = PIXELS
        self.requests = []
        self.faults = {}  # path pattern -> what to do instead of answering: see Handler
        self.patience = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def arff(self):
        lines = ["@RELATION pictures"]
        lines += [f"@ATTRIBUTE pixel{i} REAL" for i in range(self.pixels.shape[1])]
        lines += ["@ATTRIBUTE class {0,1,2}", "@DATA"]
        rows = zip(self.pixels, LABELS, strict=True)
        lines += [",".join([*map(str, row), str(label)]) for row, label in rows]
        return "\n".join(lines).encode() + b"\n"

    def answers(self):
        """The five requests that fetch_openml makes, and their answers."""
        arff = self.arff()
        features = [
            {"index": str(i), "name": f"pixel{i}", "data_type": "numeric", "is_target": "false"}
            for i in range(self.pixels.shape[1])
        ]
        features.append(
            {"index": "4", "name": "class", "data_type": "nominal", "is_target": "true"}
        )
        for feature in features:
            feature |= {"is_ignore": "false", "is_row_identifier": "false"}
            feature |= {"number_of_missing_values": "0"}
        description = {
            "id": "77", "name": "pictures", "version": "1", "status": "active", "format": "ARFF",
            "file_id": "5", "url": f"{self.url}/data/v1/download/5/pictures.arff",
            "md5_checksum": hashlib.md5(arff).hexdigest(), "description": "",
        }  # fmt: skip
        found = {"did": 77, "name": "pictures", "version": 1, "status": "active"}
        return {
            "/data/list/data_name/pictures/limit/2/status/active/": {"data": {"dataset": [found]}},
            "/data/77": {"data_set_description": description},
            "/data/features/77": {"data_features": {"feature": features}},
            "/data/qualities/77": {
                "data_qualities": {"quality": [{"name": "NumberOfInstances", "value": "42.0"}]}
            },
            "/data/v1/download/5/pictures.arff": arff,
        }

    def handler(fake):  # noqa: N805 - the handler's own self is needed inside
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                fake.requests.append(self.path)
                for pattern, fault in fake.faults.items():
                    if re.search(pattern, self.path) and fault(self):
                        return
                answer = fake.answers().get(self.path.removeprefix("/api/v1/json"))
                if answer is None:
                    self.send_error(412)
                    return
                self.reply(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

            def reply(self, body, length=None):
                body = gzip.compress(body)
                self.send_response(200)
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(length or len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


def status(code, times=99):
    """Answer with this status, so many times, and then as usual."""
    left = [times]

    def fault(handler):
        left[0] -= 1
        if left[0] >= 0:
            handler.send_error(code)
        return left[0] >= 0

    return fault


@pytest.fixture
def fake(tmp_path, monkeypatch):
    threads = set(threading.enumerate())
    fake = FakeOpenml()
    urls = {
        name: re.sub(r"^https://\w+\.openml\.org", fake.url, getattr(sklearn_openml, name))
        for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES")
    }
    if hasattr(sklearn_openml, "_OPENML_PREFIX"):  # before scikit-learn 1.7
        urls = {
            "_OPENML_PREFIX": f"{fake.url}/",
            "_DATA_FILE": "data/v1/download/{}/pictures.arff",
        }
    for name, url in urls.items():
        assert url.startswith(fake.url) or name == "_DATA_FILE"
        monkeypatch.setattr(sklearn_openml, name, url)
    monkeypatch.setattr(openml, "PAUSE_S", 0.01)
    monkeypatch.setenv("DIGITNET_CACHE", str(tmp_path / "cache"))
    yield fake
    fake.patience.set()
    fake.server.shutdown()
    fake.server.server_close()
    for each in set(threading.enumerate()) - threads:  # of a fetch that was given up, too
        each.join(60)
        assert not each.is_alive()
    gc.collect()  # here, where what scikit-learn leaves to it may be told, and not in another test


def load(name="pictures"):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load_data(f"openml:{name}")


def test_a_set_is_fetched_split_and_kept(fake, tmp_path):
    data = load()
    assert len(fake.requests) >= 5
    assert data.classes == ("0", "1", "2")
    assert data.train.image_shape == (2, 2)
    assert data.train.images.dtype == np.uint8
    assert (len(data.train), len(data.test)) == (36, 6)
    assert "a seventh of the 42 images" in data.note
    rows = np.concatenate([data.train.rows, data.test.rows])
    order = np.lexsort(rows.T), np.lexsort(PIXELS.T)
    assert np.array_equal(rows[order[0]], PIXELS[order[1]])
    labels = np.concatenate([data.train.labels, data.test.labels])
    assert np.array_equal(labels[order[0]], LABELS[order[1]])
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["openml-pictures.npz"]

    fake.requests.clear()
    again = load()
    assert fake.requests == []
    assert np.array_equal(again.train.images, data.train.images)


def test_names_that_differ_are_kept_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITNET_CACHE", str(tmp_path))
    monkeypatch.setattr(
        openml, "_fetch_within_time", lambda name, _: (PIXELS + len(name), LABELS.astype(str))
    )
    a, b = (openml.load_openml(name) for name in ("har(1)", "har_1_x"))
    assert len(list(tmp_path.iterdir())) == 2
    assert not np.array_equal(a.train.images, b.train.images)


def test_by_number(fake):
    assert len(load("77").train) == 36
    assert not any("data_name" in path for path in fake.requests)


def test_what_is_not_whole_numbers_becomes_float32(fake):
    fake.pixels = np.round(GENERATOR.uniform(-1, 1, (42, 4)), 3)
    data = load()
    assert data.train.images.dtype == np.float32
    assert data.train.images.min() < -0.9


def test_of_70000_images_the_last_10000_test():
    images = np.zeros((70_000, 2, 2), np.uint8)
    images[:, 0, 0] = np.arange(70_000) % 251
    data = dataset("family", images, np.arange(70_000) % 10)
    assert (len(data.train), len(data.test)) == (60_000, 10_000)
    assert np.array_equal(data.test.images, images[60_000:])
    assert data.note.startswith("the first 60000 of 70000")


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "other"])
def test_a_damaged_cache_is_never_used(fake, tmp_path, damage):
    data = load()
    path = tmp_path / "cache" / "openml-pictures.npz"
    content = path.read_bytes()
    if damage == "other":  # a sound archive whose arrays are not those of its checksum
        with np.load(path) as archive:
            arrays = dict(archive)
        arrays["labels"] = np.roll(arrays["labels"], 1)
        np.savez(path, **arrays)
    else:
        half = len(content) // 2
        flipped = content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
        path.write_bytes({"truncate": content[:half], "flip": flipped, "empty": b""}[damage])
    fake.requests.clear()
    assert np.array_equal(load().train.images, data.train.images)
    assert len(fake.requests) >= 5
    assert path.read_bytes() == content


def test_a_large_set_of_few_values_is_kept_and_read_again(tmp_path):
    """Compressed, it would unpack to more than a file of its size may."""
    images, labels = np.zeros((10_000, 2000), np.float32), np.tile(["a", "b"], 5000)
    openml._write_cache(tmp_path / "large.npz", images, labels, lambda _: None)
    again = openml._read_cache(tmp_path / "large.npz")
    assert np.array_equal(again[0], images)
    assert np.array_equal(again[1], labels)


@pytest.mark.usefixtures("fake")
def test_a_cache_that_cannot_be_written_costs_only_the_next_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DIGITNET_CACHE", str(tmp_path / "file" / "cache"))
    said = []
    data = load_data("openml:pictures", said.append)
    assert len(data.train) == 36
    assert any("could not be kept" in line for line in said)


@pytest.mark.parametrize(
    ("where", "code"), [("data_name", 503), ("/data/77$", 404), ("qualities", 503), ("arff", 404)]
)
def test_a_fault_that_passes_is_tried_again(fake, where, code):
    fake.faults[where] = status(code, times=1)
    assert len(load().train) == 36


def failure(name="pictures"):
    with pytest.raises(DigitnetError) as caught:
        load(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("code", [404, 500, 503])
def test_a_fault_that_stays_is_an_error_that_says_what_to_do(fake, code):
    fake.faults["arff"] = status(code)
    message = failure()
    assert f"the server answered {code}" in message
    assert "--data FOLDER" in message
    assert sum("arff" in path for path in fake.requests) == 2 * openml.N_TRIES


@pytest.mark.parametrize(("code", "where"), [(404, "arff"), (503, "data_name")])
def test_no_connection_stays_open_with_the_error(fake, code, where):
    """An answer that is an error is one, and scikit-learn leaves it to its caller."""
    fake.faults[where] = status(code)
    with pytest.raises(DigitnetError) as caught:
        load()
    answers = [each for each in chain(caught.value) if isinstance(each, HTTPError)]
    assert answers
    assert all(each.closed for each in answers)


def chain(error):
    """It, what it came from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_412_means_that_there_is_no_such_set(fake):
    assert "OpenML has no such data set" in failure("nonsense")
    assert len(fake.requests) == 1
    assert "OpenML has no such data set" in failure("999")


def test_a_wrong_checksum(fake, tmp_path):
    fake.faults["arff"] = lambda handler: handler.reply(fake.arff() + b"% tampered\n") or True
    assert "arrived damaged: its checksum is wrong" in failure()
    assert not (tmp_path / "cache").exists()


def test_a_server_that_never_answers(fake, monkeypatch):
    monkeypatch.setattr(openml, "SILENCE_LIMIT_S", 0.1)
    fake.faults["arff"] = lambda _: fake.patience.wait(30) or True
    assert "the server was silent for 0.1 s" in failure()


def test_a_server_that_only_drips(fake, monkeypatch):
    """It never is silent, but it would take for ever: the limit for all of it ends that."""
    monkeypatch.setattr(openml, "TIME_LIMIT_S", 1.0)

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        while not fake.patience.wait(0.05):
            handler.wfile.write(b" ")
        return True

    fake.faults["features"] = drip
    began = time.monotonic()
    assert "not there after 1 s" in failure()
    assert time.monotonic() - began < 5


def test_a_connection_cut_in_the_middle(fake, tmp_path):
    def cut(handler):
        handler.reply(fake.arff()[:300], length=5000)
        handler.connection.close()
        return True

    fake.faults["arff"] = cut
    assert "cannot be fetched" in failure()
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"{}", b'{"data": {"dataset": []}}'])
def test_an_answer_that_is_something_else(fake, body):
    fake.faults["data_name"] = lambda handler: handler.reply(body) or True
    assert "not understood" in failure()


def test_offline_it_is_one_sentence_and_exit_status_2(fake, tmp_path, capsys):
    fake.server.shutdown()
    fake.server.server_close()
    assert main_job(["--data", "openml:pictures", "--runs-dir", str(tmp_path / "runs")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no connection" in line
    assert "MNIST itself comes with digitnet and needs no --data" in line
    assert not (tmp_path / "runs").exists()


def test_progress_is_told_while_it_takes_long(fake, monkeypatch):
    monkeypatch.setattr(openml, "REPORT_EVERY_S", 0.05)
    fake.faults["features"] = lambda _: bool(time.sleep(0.3))
    said = []
    load_data("openml:pictures", said.append)
    assert said[0] == "fetching pictures from OpenML; only this first time"
    assert any(re.fullmatch(r"\d+ s, \d+\.\d MB so far", line) for line in said)
    assert said[-1].startswith("kept in ")


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.delenv("DIGITNET_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert openml.cache_folder() == tmp_path / "digitnet"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert openml.cache_folder() == tmp_path / ".cache" / "digitnet"
