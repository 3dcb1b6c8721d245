"""POST /api/read: what `digitnet read --json` prints, and errors that a program can act upon."""

import http.client
import io
import json
import socket
import struct
import threading
import zlib

import jsonschema
import numpy as np
import pytest
from PIL import Image

from digitnet.cli import main
from digitnet.reading.reading import MOST_DIGITS
from digitnet.web.api import MOST_WAITING
from digitnet.web.commands import MOST_FILE_BYTES
from digitnet.web.visits import Hosting
from tests.playground import drawing, learned, visiting
from tests.playground_server import PATIENCE_S, request, serving, until

FROM_A_PROGRAM = {"file": "picture", "warnings": []}
PICTURES = {"one": (7,), "two": (4, 2), "none": ()}


@pytest.fixture(scope="module")
def description(port):
    return json.loads(request(port, path="/api/openapi.json")[2])


def as_file(digits, kind="PNG"):
    file = io.BytesIO()
    pixels = drawing(*digits) if digits else np.full((90, 90), 255, np.uint8)
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def png_of(width, height):
    """A PNG that says it is so large, and holds nothing."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(9))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def post(port, body, query=""):
    status, headers, content = request(port, "POST", f"/api/read{query}", body)
    assert headers["content-type"] == "application/json"
    return status, json.loads(content)


def printed(path, capsys, *options):
    """What `digitnet read --json` prints for this file."""
    main(["read", "--json", str(path), *options])
    return json.loads(capsys.readouterr().out)


class TestWhatIsRead:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
    @pytest.mark.parametrize("digits", PICTURES.values(), ids=PICTURES)
    def test_it_is_what_the_command_prints(self, digits, kind, port, tmp_path, capsys):
        path = tmp_path / "picture"
        path.write_bytes(as_file(digits, kind))
        status, answer = post(port, path.read_bytes())
        assert status == 200
        assert answer == printed(path, capsys) | FROM_A_PROGRAM

    @pytest.mark.parametrize(
        ("query", "options"),
        [
            ("?single=true", ["--single"]),
            ("?single=false", []),
            ("?digits=2", ["--digits", "2"]),
            ("?digits=1-3", ["--digits", "1-3"]),
        ],
    )
    def test_what_is_known_of_it_counts_as_there(self, query, options, port, tmp_path, capsys):
        path = tmp_path / "picture"
        path.write_bytes(as_file((4, 2)))
        status, answer = post(port, path.read_bytes(), query)
        assert (status, answer["lines"]) == (200, printed(path, capsys, *options)["lines"])

    def test_the_model_of_the_server_reads(self, data, tmp_path, capsys):
        visit = visiting(data)
        learned(visit)
        (event,) = visit.do("save", {}, {})
        model, picture = tmp_path / "model.npz", tmp_path / "picture"
        model.write_bytes(event.arrays["file"].tobytes())
        picture.write_bytes(as_file((7,)))
        from digitnet.model import load

        with serving(Hosting(data, model=load(model))) as port:
            _, answer = post(port, picture.read_bytes())
        assert answer == printed(picture, capsys, "--model", str(model)) | FROM_A_PROGRAM

    def test_what_the_command_warns_of_is_told_too(self, port, description, recwarn):
        """To whoever asked, and not on the terminal of the server."""
        file = io.BytesIO()
        pages = [Image.fromarray(drawing(digit)) for digit in (7, 1)]
        pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
        status, answer = post(port, file.getvalue())
        assert (status, answer["lines"]) == (200, ["7"])
        (warning,) = answer["warnings"]
        assert "several pictures" in warning
        jsonschema.validate(answer, self.schema(description))
        assert list(recwarn) == []

    def schema(self, description):
        return {"$ref": "#/components/schemas/Reading"} | description


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "body", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"%PDF-1"]
    )
    def test_what_is_no_picture(self, body, port):
        status, answer = post(port, body)
        assert status == 422
        assert set(answer) == {"error"}
        assert answer["error"].isprintable()

    def test_half_a_picture(self, port):
        whole = as_file((4, 2))
        assert post(port, whole[: len(whole) // 2])[0] == 422

    def test_a_picture_of_too_many_pixels(self, port):
        assert post(port, png_of(60_000, 60_000))[0] == 422

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("?digits=0", "or the fewest and the most, got 0"),
            (f"?digits={MOST_DIGITS + 1}", "digits: expected a number from 1"),
            ("?digits=5-3", "digits: expected"),
            ("?digits=many", "digits: expected a number, or two as in 3-5, got many"),
            ("?digits=", "digits: expected a number"),
            ("?digits=3-", "digits: expected a number"),
            ("?digits=%2B3", "digits: expected a number"),
            ("?digits=%D9%A3", "digits: expected a number"),
            ("?digits=%203", "digits: expected a number"),
            ("?digits=1_0", "digits: expected a number"),
            ("?digits=1&digits=2", "expected each of the query once"),
            ("?digits=" + "9" * 5000, "digits: expected"),
            ("?single=yes", "single: expected true or false, got yes"),
            ("?single=true&digits=2", "expected a single digit or digits"),
            ("?model=/etc/passwd", "expected single or digits in the query, got model"),
        ],
    )
    def test_what_is_asked_wrongly(self, query, message, port):
        status, answer = post(port, as_file((7,)), query)
        assert status == 422
        assert message in answer["error"]
        assert len(answer["error"]) < 500

    def test_more_bytes_than_a_picture_may_have(self, port):
        status, answer = post(port, bytes(MOST_FILE_BYTES + 1))
        assert (status, "at most" in answer["error"]) == (413, True)

    def test_more_bytes_than_it_may_have_without_saying_so_before(self, port):
        """In chunks, of which there is no end."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        parts = (bytes(1_000_000) for _ in range(MOST_FILE_BYTES // 1_000_000 + 1))
        try:
            connection.request("POST", "/api/read", body=parts, encode_chunked=True,
                               headers={"Transfer-Encoding": "chunked"})  # fmt: skip
            with connection.getresponse() as answer:
                assert answer.status == 413
        finally:
            connection.close()

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_another_method_is_told_the_right_one(self, method, port, description):
        status, headers, content = request(port, method, "/api/read")
        assert (status, headers["allow"]) == (405, "POST")
        assert json.loads(content) == {"error": f"expected POST, got {method}"}
        assert str(status) in description["paths"]["/api/read"]["post"]["responses"]

    def test_those_of_another_page_are_answered_in_json_too(self, port, description):
        headers = {"Origin": "http://example.org"}
        status, _, content = request(port, "POST", "/api/read", b"x", headers)
        assert status == 403
        jsonschema.validate(json.loads(content), description["components"]["schemas"]["Error"])


class TestWhoUploadsSlowly:
    def begin(self, port, n_bytes=1000):
        """A connection that has sent half of what it said it would."""
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        connection.sendall(
            f"POST /api/read HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Length: {n_bytes}\r\n\r\n".encode()
            + bytes(n_bytes // 2)
        )
        return connection

    def test_who_breaks_off_costs_nothing(self, port, caplog):
        for _ in range(MOST_WAITING + 2):
            self.begin(port).close()
        until(lambda: post(port, as_file((7,)))[0] == 200)
        assert "Traceback" not in caplog.text

    def test_who_never_ends_is_answered_in_the_end(self, port, monkeypatch):
        monkeypatch.setattr("digitnet.web.api.LONGEST_UPLOAD_S", 0.2)
        with self.begin(port) as connection:
            assert connection.recv(100).startswith(b"HTTP/1.1 408 ")

    def test_too_many_at_once_are_told_to_come_again(self, port):
        connections = [self.begin(port) for _ in range(MOST_WAITING)]
        try:
            until(lambda: post(port, b"no picture")[0] == 503)
        finally:
            for each in connections:
                each.close()
        until(lambda: post(port, b"no picture")[0] == 422)

    def test_some_at_once_are_read_in_turn(self, port):
        body, statuses = as_file((7,)), []
        threads = [
            threading.Thread(target=lambda: statuses.append(post(port, body)[0])) for _ in range(6)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert statuses == [200] * 6


class TestTheDescription:
    def schema(self, description, name):
        return {"$ref": f"#/components/schemas/{name}"} | description

    @pytest.mark.parametrize("digits", PICTURES.values(), ids=PICTURES)
    def test_what_comes_is_what_it_says(self, digits, port, description):
        _, answer = post(port, as_file(digits))
        jsonschema.validate(answer, self.schema(description, "Reading"))
        reading = description["components"]["schemas"]["Reading"]
        assert set(answer) == set(reading["properties"]) == set(reading["required"])
        for digit in answer["digits"]:
            assert set(digit) == set(reading["properties"]["digits"]["items"]["properties"])

    def test_it_would_notice_what_does_not_come(self, port, description):
        _, answer = post(port, as_file((7,)))
        answer["digits"][0]["confidence"] = 1.5
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(answer, self.schema(description, "Reading"))

    def test_errors_are_what_it_says(self, port, description):
        status, answer = post(port, b"no picture")
        (operation,) = description["paths"]["/api/read"].values()
        assert str(status) in operation["responses"]
        jsonschema.validate(answer, self.schema(description, "Error"))

    def test_it_is_json_schema_itself(self, description):
        assert description["openapi"].startswith("3.1")
        for each in description["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(each)

    def test_there_is_a_page_of_it(self, port):
        status, headers, _ = request(port, path="/api")
        assert (status, headers["location"]) == (307, "api.html")
        status, headers, content = request(port, path="/api.html")
        assert status == 200
        assert b"/api/read" in content
