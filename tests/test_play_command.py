"""`digitnet play`: what it says, how it ends, and what keeps it from beginning."""

import io
import ipaddress
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitnet.cli import main
from digitnet.data import Examples
from digitnet.training.learning import learn
from digitnet.training.settings import Settings
from digitnet.web.addresses import is_local, listening
from digitnet.web.guard import COOKIE
from tests.playground_server import PATIENCE_S, Page, request, until

ROOT = Path(__file__).parent.parent
WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from digitnet.cli import main
sys.exit(main(["play", "--no-browser", *sys.argv[2:]]))
"""
NO_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")


class Playing:
    """A server in a process of its own, and what it says."""

    def __init__(self, process):
        self.process, self.lines = process, []
        line = self.read()
        found = re.search(r"http://\[?[^/]*?\]?:(\d+)/(?:\?token=(\S+))?", line)
        assert found, line + process.stderr.read()
        self.address, self.port, self.token = found[0], int(found[1]), found[2]

    def read(self):
        self.lines.append(self.process.stdout.readline())
        return self.lines[-1]

    def end(self, number):
        """The status, and all that was said, after a signal."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, "".join(self.lines) + out, err


@contextmanager
def playing(*arguments, folder=None, browser=None):
    opened = [] if browser else ["--no-browser"]
    process = subprocess.Popen(
        [sys.executable, "-m", "digitnet", "play", *opened, *arguments],
        cwd=folder or ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | ({"BROWSER": browser} if browser else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    give_up = threading.Timer(PATIENCE_S, process.kill)
    give_up.start()
    try:
        with process:
            try:
                yield Playing(process)
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
    finally:
        give_up.cancel()


def on_a_terminal(*arguments, columns="100", without=""):
    """The lines that it says there before it serves."""
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT, without or "nothing", *arguments],
        cwd=ROOT,
        env=os.environ | {"TERM": "xterm", "COLUMNS": columns, "PYTHONIOENCODING": "utf-8"},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            with os.fdopen(ours, encoding="utf-8", newline="") as screen:
                lines = [screen.readline().rstrip("\r\n")]
                while "Ctrl-C" not in lines[-1]:
                    lines.append(screen.readline().rstrip("\r\n"))
                return lines
        finally:
            process.kill()


def run(*arguments):
    """The exit status, whether argparse exits or the command returns it."""
    try:
        return main(["play", "--no-browser", *map(str, arguments)])
    except SystemExit as error:
        return error.code


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


class TestWhatKeepsItFromBeginning:
    def test_help_says_what_it_does(self, capsys):
        assert run("--help") == 0
        out = capsys.readouterr().out
        for option in ("--host", "--port", "--no-browser", "--model", "--drawings", "--visitors"):
            assert option in out
        assert "Ctrl-C" in out

    @pytest.mark.parametrize("module", ["uvicorn", "starlette", "websockets"])
    def test_without_the_extra_it_says_what_to_install(self, module):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT, module],
            check=False,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 2
        assert "digitnet[web]" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_port_that_is_taken_costs_a_sentence(self, taken, capsys):
        assert run("--port", taken) == 2
        err = capsys.readouterr().err
        assert f"--port: cannot listen at 127.0.0.1, port {taken}: " in err

    @pytest.mark.parametrize("host", ["", "no.such.host.invalid", "300.1.1.1", "a..b", "x" * 300])
    def test_an_address_that_is_none_costs_a_sentence(self, host, capsys):
        assert run("--host", host, "--port", 0) == 2
        err = capsys.readouterr().err
        assert "argument --host: expected an address of this computer" in err
        assert len(err.splitlines()) == 1

    def test_that_of_another_computer_costs_a_sentence(self, capsys):
        assert run("--host", "192.0.2.1") == 2
        assert "--host: cannot listen at 192.0.2.1" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "options", [("--port", "-1"), ("--port", "65536"), ("--port", "x"), ("--visitors", "0")]
    )
    def test_numbers_out_of_range_cost_a_sentence(self, options, capsys):
        assert run(*options) == 2
        assert "expected a " in capsys.readouterr().err

    def test_a_model_of_no_digits_costs_a_sentence(self, tmp_path, capsys):
        images = np.random.default_rng(0).integers(0, 255, (60, 8, 8)).astype(np.uint8)
        settings = Settings(hidden_layer_sizes=(4,), epochs=1)
        examples = Examples(images, np.arange(60) % 2)
        learn(settings, examples, None, ("no", "yes")).model.save(tmp_path / "model.npz")
        assert run("--port", 0, "--model", tmp_path / "model.npz") == 2
        assert "expected a model of 28x28 images of the digits" in capsys.readouterr().err

    def test_a_model_that_is_not_there_costs_a_sentence(self, tmp_path, capsys):
        assert run("--port", 0, "--model", tmp_path / "nothing") == 2
        assert "nothing" in capsys.readouterr().err

    def test_drawings_that_are_damaged_cost_a_sentence(self, tmp_path, capsys):
        (tmp_path / "drawings.npz").write_bytes(b"no archive")
        assert run("--port", 0, "--drawings", tmp_path / "drawings.npz") == 2
        assert "drawings.npz" in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["", ".", "x" * 300])
    def test_drawings_without_a_file_cost_a_sentence(self, name, capsys):
        assert run("--port", 0, "--drawings", name) == 2
        err = capsys.readouterr().err
        assert "expected a file for drawings" in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True), ("127.0.0.9", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("192.168.0.3", False), ("", False),
        ("localhost.example.org", False), ("127.0.0.1.example.org", False),
    ],
)  # fmt: skip
def test_only_addresses_of_this_computer_need_no_token(host, local):
    assert is_local(host) == local


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::"])
def test_connections_send_at_once_what_they_are_given(host):
    """Otherwise the second of two frames may wait 40 ms for the first to be acknowledged."""
    with listening(host, 0) as listener:
        address = ("::1" if host == "::" else host, listener.getsockname()[1])
        with socket.create_connection(address), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class TestWhileItRuns:
    def test_it_says_where_it_is_and_serves_the_page(self, tmp_path):
        with playing("--port", "0", folder=tmp_path) as server:
            assert server.token is None
            assert server.address == f"http://127.0.0.1:{server.port}/"
            assert server.read() == "Ctrl-C ends it.\n"
            status, _, content = request(server.port)
            assert (status, b"<!doctype html>" in content.lower()) == (200, True)
            assert list(tmp_path.iterdir()) == []

    def test_other_than_the_usual_port_is_taken_when_that_is(self):
        """Whoever has it, this test or a playground that is open."""
        with ExitStack() as stack:
            with suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", 8460)))
            server = stack.enter_context(playing())
            assert server.port != 8460
            assert request(server.port)[0] == 200

    @NO_WINDOWS
    @pytest.mark.parametrize(
        "name",
        ["SIGINT", *(pytest.param(n, marks=pytest.mark.slow) for n in ("SIGTERM", "SIGHUP"))],
    )
    def test_a_signal_ends_it_in_the_middle_of_a_training(self, name):
        with playing("--port", "0") as server:
            page = Page(server.port, "in-the-middle")
            page.ask("start", until="end")
            page.until("progress", lambda event: event.fields["step"] > 0)
            status, out, err = server.end(getattr(signal, name))
            assert (status, err) == (0, "")
            assert "Traceback" not in out
            with suppress(Exception):  # the server has gone
                page.close()

    @NO_WINDOWS
    def test_it_ends_in_the_middle_of_readings_and_says_nothing(self):
        """For those that nobody is left to read nobody waits, either."""
        file = io.BytesIO()
        noise = np.random.default_rng(0).integers(0, 255, (2500, 2500), np.uint8)
        Image.fromarray(noise).save(file, "BMP")
        body = file.getvalue()
        with playing("--port", "0") as server, ExitStack() as stack:
            for _ in range(4):
                sender = socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)
                stack.enter_context(sender)
                head = f"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
                sender.sendall(f"{head}\r\n\r\n".encode() + body)
            assert request(server.port)[0] == 200
            status, out, err = server.end(signal.SIGINT)
            assert (status, err) == (0, "")
            assert "Traceback" not in out

    @NO_WINDOWS
    def test_only_sentences_of_our_own_are_on_the_terminal(self):
        """Of this scan libtiff complains too, past Python."""
        noise = np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8)
        file = io.BytesIO()
        Image.fromarray(noise).save(file, "TIFF", compression="tiff_deflate")
        content = bytearray(file.getvalue())
        content[1000:1100] = bytes(range(100))
        with playing("--port", "0") as server:
            status, _, answer = request(server.port, "POST", "/api/read", bytes(content))
            assert status == 422
            assert b"cut off or damaged" in answer
            assert server.end(signal.SIGINT)[2] == ""

    @NO_WINDOWS
    def test_it_may_be_interrupted_while_it_starts(self):
        for _ in range(3):
            process = subprocess.Popen(
                [sys.executable, "-m", "digitnet", "play", "--no-browser", "--port", "0"],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            with process:
                process.stdout.readline()
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=PATIENCE_S)
            assert (process.returncode, err) == (0, "")

    @NO_WINDOWS
    def test_a_browser_that_stays_in_the_terminal_does_not_keep_it_from_serving(self, tmp_path):
        browser = tmp_path / "browser"
        seen = tmp_path / "seen"
        browser.write_text(
            f'#!/bin/sh\necho "$1" > {seen}\nexec >/dev/null 2>&1\n'
            "while kill -0 $PPID; do sleep 0.1; done\n"
        )
        browser.chmod(0o700)
        with playing("--port", "0", browser=f"{browser} %s") as server:
            until(seen.exists)
            assert request(server.port)[0] == 200
            until(lambda: seen.read_text() == f"{server.address}\n")
            status, _, err = server.end(signal.SIGINT)
            assert (status, err) == (0, "")

    @pytest.mark.parametrize("host", ["0.0.0.0", "::"])
    def test_it_prints_an_address_that_others_can_type(self, host):
        with playing("--host", host, "--port", "0") as server:
            name = server.address.removeprefix("http://").rpartition(":")[0].strip("[]")
            if name != socket.gethostname():  # of a computer without a network
                assert not ipaddress.ip_address(name).is_loopback
                with socket.create_connection((name, server.port), PATIENCE_S):
                    pass
            headers = {"Authorization": f"Bearer {server.token}"}
            assert request(server.port, headers=headers)[0] == 200  # by IPv4

    @NO_WINDOWS
    @pytest.mark.parametrize(("columns", "module", "shown"), [
        ("100", "", True), ("30", "", False), ("100", "segno", False),
    ])  # fmt: skip
    def test_a_terminal_with_room_shows_a_code_of_the_address(self, columns, module, shown):
        lines = on_a_terminal("--host", "0.0.0.0", "--port", "0", columns=columns, without=module)
        assert "/?token=" in lines[0]
        assert lines[-1] == "Ctrl-C ends it."
        codes = [line for line in lines[1:-1] if line]
        assert bool(codes) == shown
        assert all(line.startswith("\x1b[97;40m") for line in codes)
        assert all(line.endswith("\x1b[0m") for line in codes)

    @NO_WINDOWS
    def test_alone_no_code_is_shown(self):
        assert len(on_a_terminal("--port", "0")) == 2

    def test_beyond_this_computer_it_needs_the_token_that_it_prints(self):
        with playing("--host", "0.0.0.0", "--port", "0") as server:
            assert len(server.token) >= 32
            assert request(server.port)[0] == 403
            headers = {"Cookie": f"{COOKIE}={server.token}"}
            assert request(server.port, headers=headers)[0] == 200
            with Page(server.port, "of-a-class", headers=headers) as page:
                events = {event.name: event for event in page.hello()}
            assert events["state"].fields["limits"]["layers"] == 4
            assert events["kept"].fields["where"] == ""
