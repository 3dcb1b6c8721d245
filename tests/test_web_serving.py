"""Connections: those that ask for nothing make room, and say nothing on the terminal."""

import asyncio
import errno
import logging
import os
import socket
import subprocess
import sys
import traceback
from contextlib import ExitStack
from pathlib import Path

import pytest

from digitnet.web.serving import Complaints, configuration, most_connections
from digitnet.web.visits import Hosting
from tests.playground_server import PATIENCE_S, Page, request, serving

ROOT = Path(__file__).parent.parent
HALVES = {
    "nothing": b"",
    "a letter": b"G",
    "half of the headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "half of a body": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf",
    "a second half": b"GET /icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\nGET",
}


def connection(port, content=b""):
    sender = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    sender.sendall(content)
    return sender


def is_closed(sender):
    """Whether the server closes it, after whatever it says before."""
    try:
        while sender.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


class TestHalfRequests:
    @pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
    def test_who_does_not_end_his_request_is_not_waited_for(self, half, port, monkeypatch):
        for name in ("LONGEST_HEADERS_S", "LONGEST_REQUEST_S"):
            monkeypatch.setattr(f"digitnet.web.serving.{name}", 0.2)
        with connection(port, half) as sender:
            assert is_closed(sender)

    def test_who_sends_letter_after_letter_neither(self, port, monkeypatch):
        monkeypatch.setattr("digitnet.web.serving.LONGEST_HEADERS_S", 0.2)
        with connection(port, b"GET /") as sender, pytest.raises(OSError, match=r"reset|pipe"):
            while True:
                sender.sendall(b"a")

    def test_visits_and_long_readings_are_not_requests_that_wait(self, port, monkeypatch):
        for name in ("LONGEST_HEADERS_S", "LONGEST_REQUEST_S"):
            monkeypatch.setattr(f"digitnet.web.serving.{name}", 0.2)
        with Page(port, "that-stays") as page:
            for _ in range(2):  # and so it has been there for longer than that
                with connection(port) as sender:
                    assert is_closed(sender)
            assert page.status()["status"] == "ready"


class TestTooMany:
    def test_who_has_asked_for_nothing_longest_makes_room(self, port, monkeypatch):
        monkeypatch.setattr("digitnet.web.serving.most_connections", lambda: 3)
        with Page(port, "that-stays") as page:
            page.hello()
            idle = [connection(port) for _ in range(30)]
            assert request(port, path="/icon.svg")[0] == 200
            for sender in idle[:25]:
                assert is_closed(sender)
            assert page.status()["status"] == "ready"
            for sender in idle:
                sender.close()

    def test_there_are_fewer_than_this_process_may_have_files(self):
        resource = pytest.importorskip("resource")
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if allowed != resource.RLIM_INFINITY:
            assert 0 < most_connections() < allowed

    @pytest.mark.slow
    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
    def test_half_requests_do_not_take_the_files_that_the_server_needs(self):
        """It imports what it reads with while they come."""
        process = subprocess.Popen(
            ["sh", "-c", 'ulimit -n 256; exec "$0" -m digitnet play --no-browser --port 0',
             sys.executable],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        with process, ExitStack() as stack:
            stack.callback(process.kill)
            port = int(process.stdout.readline().rpartition(":")[2].strip("/\n"))
            for _ in range(600):
                stack.enter_context(connection(port, b"GET / HT"))
            assert request(port, path="/icon.svg")[0] == 200
            assert request(port, "POST", "/api/read", b"no picture")[0] == 422
            process.terminate()
            assert process.communicate(timeout=PATIENCE_S)[1] == ""

    def test_garbage_writes_nothing_to_the_terminal(self, data, capfd):
        with serving(Hosting(data), log_level="warning") as port:
            with connection(port, b"\x00garbage\r\n\r\n") as sender:
                assert is_closed(sender)
            upgrade = {"Connection": "Upgrade", "Upgrade": "something"}
            assert request(port, path="/icon.svg", headers=upgrade)[0] == 200
        assert "".join(capfd.readouterr()) == ""

    def test_files_that_run_out_cost_a_sentence_and_not_one_for_each(self, caplog):
        complaints, loop = Complaints(), asyncio.new_event_loop()
        error = OSError(errno.EMFILE, "Too many open files")
        message = "socket.accept() out of system resource"
        for _ in range(10):
            complaints(loop, {"message": message, "exception": error})
        assert caplog.messages == ["too many connections: some have to wait (Too many open files)"]
        complaints(loop, {"message": "another one"})
        assert "another one" in caplog.text
        loop.close()


@pytest.mark.parametrize("is_the_end", [True, False])
def test_an_end_in_the_middle_of_the_beginning_is_no_news(is_the_end, caplog, monkeypatch):
    """Whether the server tells of it, or the page's frame does, which writes a traceback itself."""
    configuration(None)  # which is what keeps it quiet
    log = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(log, "propagate", True)
    monkeypatch.setattr(log.parent, "propagate", True)
    try:
        raise (asyncio.CancelledError if is_the_end else RuntimeError)
    except BaseException:
        text = traceback.format_exc()
        log.error(text)
        log.error("it failed", exc_info=True)
    told = [each.getMessage() for each in caplog.records]
    assert told == ([] if is_the_end else [text, "it failed"])
