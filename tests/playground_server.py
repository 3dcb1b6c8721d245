"""A server of the playground in a thread, and pages that talk to it, for the tests."""

import http.client
import threading
import time
from contextlib import ExitStack, contextmanager

import uvicorn
from websockets.sync.client import connect

from digitnet.web.frames import packed, unpacked
from digitnet.web.server import application
from digitnet.web.serving import configuration

PATIENCE_S = 60.0
"""How long something may take before a test gives up; nothing is measured by it."""


@contextmanager
def serving(hosting, log_level="critical"):
    """The port of a server on this computer, which ends with the block."""
    app = application(hosting)
    server = uvicorn.Server(configuration(app, host="127.0.0.1", port=0, log_level=log_level))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def until(condition):
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def request(port, method="GET", path="/", body=None, headers=None, host=None):
    """The answer, with its body read: status, headers, content. The path is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.putrequest(method, path, skip_host=True)
        given = {"Host": host or f"127.0.0.1:{port}"} | (headers or {})
        if body is not None:
            given["Content-Length"] = str(len(body))
        for name, value in given.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        with connection.getresponse() as answer:
            return answer.status, dict(answer.headers.items()), answer.read()
    finally:
        connection.close()


class Page:
    """A tab: it asks, and takes events in their order."""

    def __init__(self, port, name="a-visitor", *, headers=None, origin=True, **options):
        self._open = ExitStack()
        connection = connect(
            f"ws://127.0.0.1:{port}/visit?id={name}",
            origin=f"http://127.0.0.1:{port}" if origin is True else origin,
            additional_headers=headers,
            max_size=None,
            open_timeout=PATIENCE_S,
            proxy=None,
            **options,
        )
        self.socket = self._open.enter_context(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._open.close()

    def ask(self, name, arrays=None, **fields):
        self.socket.send(packed(name, fields, arrays or {}))

    def next(self):
        """The next event. Raises ConnectionClosed."""
        return unpacked(self.socket.recv(timeout=PATIENCE_S))

    def until(self, name, condition=lambda _: True):
        """The events up to one of this name of which the condition holds."""
        events = []
        while not (events and events[-1].name == name and condition(events[-1])):
            events.append(self.next())
        return events

    def hello(self):
        """Where the visit stands: all events of the answer to hello, but those of pictures."""
        self.ask("hello")
        return self.until("curve")

    def status(self):
        return next(e for e in self.hello() if e.name == "training").fields
