"""The server over the wire: visits, two at a time, gone and come back, and whoever is hostile."""

import logging
import socket
import threading
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

import digitnet
from digitnet.errors import DigitnetError
from digitnet.web.frames import packed
from digitnet.web.server import FULL, NAMELESS, TAKEN
from digitnet.web.serving import MOST_MESSAGE_BYTES
from digitnet.web.visits import Hosting
from tests.playground import SMALL, drawing, learned, visiting
from tests.playground_server import PATIENCE_S, Page, serving, until

LONG = SMALL | {"epochs": 400}
WIDE = SMALL | {"hidden_layer_sizes": [1000, 1000]}
"""Of a model of 7 MB, which no buffers of a connection hold a few of."""


@pytest.fixture(scope="module")
def port(data):
    with serving(Hosting(data, most_visitors=40, taken_s=0.3)) as port:
        yield port


def threads_of_visits():
    return [each for each in threading.enumerate() if each.name == "visit"]


def closed_with(page):
    """The code and the reason with which the server closes the connection."""
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            page.next()
    return caught.value.rcvd.code, caught.value.rcvd.reason


def gone(port, name):
    """Whether nobody has the visit of this name any longer."""
    with Page(port, name) as page:
        try:
            return page.hello() != []
        except ConnectionClosed as closed:
            assert closed.rcvd.code == TAKEN
            return False


def training(page, settings, until="end"):
    page.ask("configure", settings=settings)
    page.ask("start", until=until)
    status = "running" if until == "end" else "paused"
    page.until("training", lambda event: event.fields["status"] == status)


def params_of(file, tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(file.tobytes())
    return digitnet.load(path).network.params


class TestAVisit:
    def test_from_the_first_word_to_the_model(self, port, data, tmp_path):
        with Page(port, "whole-visit") as page:
            assert [e.name for e in page.hello()] == [
                "state", "model", "training", "kept", "curve",
            ]  # fmt: skip
            page.ask("draw", {"pixels": drawing(7)}, number=1)
            (answer,) = page.until("answer")
            assert answer.fields["text"] == digitnet.read(drawing(7)).text
            page.ask("configure", settings=SMALL)
            page.ask("start", until="end")
            page.until("training", lambda event: event.fields["status"] == "finished")
            page.ask("save")
            file = page.until("file")[-1].arrays["file"]
        visit = visiting(data)
        learned(visit)
        (expected,) = visit.do("save", {}, {})
        saved = [params_of(each, tmp_path) for each in (file, expected.arrays["file"])]
        assert np.array_equal(*saved)

    def test_settings_change_while_it_runs(self, port):
        with Page(port, "that-changes") as page:
            training(page, LONG | {"schedule": "constant"})
            page.ask("change", setting="learning_rate", value=0.0625)
            step = page.until("changed")[-1].fields["step"]
            progress = page.until("progress", lambda event: event.fields["step"] > step + 10)
            assert progress[-1].fields["learning_rate"] == 0.0625

    def test_it_answers_while_it_learns(self, port):
        with Page(port, "that-draws") as page:
            training(page, LONG)
            for number in range(3):
                page.ask("draw", {"pixels": drawing(7)}, number=number)
                assert page.until("answer")[-1].fields["number"] == number
            assert page.status()["status"] == "running"


class TestTwoAtOnce:
    def test_neither_disturbs_the_other(self, port, data, tmp_path):
        expected = {}
        for name, seed in (("first-of-two", 1), ("second-of-two", 2)):
            visit = visiting(data, SMALL | {"seed": seed})
            learned(visit)
            (event,) = visit.do("save", {}, {})
            expected[name] = params_of(event.arrays["file"], tmp_path)
        with Page(port, "first-of-two") as one, Page(port, "second-of-two") as two:
            for page, seed in ((one, 1), (two, 2)):
                training(page, SMALL | {"seed": seed})
            for page, name in ((one, "first-of-two"), (two, "second-of-two")):
                page.until("training", lambda event: event.fields["status"] == "finished")
                page.ask("save")
                file = page.until("file")[-1].arrays["file"]
                assert np.array_equal(params_of(file, tmp_path), expected[name])

    def test_a_visit_belongs_to_one_page_at_a_time(self, port):
        with Page(port, "the-same-id") as first:
            first.hello()
            with Page(port, "the-same-id") as second:
                assert closed_with(second) == (TAKEN, "this visit belongs to another page")
            assert first.status()["status"] == "ready"

    def test_who_has_gone_before_that_is_told_is_no_fault(self, data, caplog):
        with (
            serving(Hosting(data, taken_s=0.3), log_level="error") as port,
            Page(port, "the-same-id") as first,
        ):
            logging.getLogger("uvicorn.error").addHandler(caplog.handler)
            first.hello()
            for ending in ("close", "abort"):
                second = Page(port, "the-same-id")
                if ending == "abort":
                    second.socket.socket.shutdown(socket.SHUT_RDWR)
                second.close()
            time.sleep(0.6)  # for the server to find out
            assert first.status()["status"] == "ready"
        logging.getLogger("uvicorn.error").removeHandler(caplog.handler)
        assert [record.getMessage() for record in caplog.records] == []

    def test_who_comes_after_the_first_gets_the_curve_so_far(self, port):
        with Page(port, "that-reloads") as first:
            training(first, LONG)
            first.until("epoch")
            first.ask("pause")
            first.until("training", lambda event: event.fields["status"] == "paused")
            step = first.status()["step"]
        with Page(port, "that-reloads") as second:
            events = {event.name: event for event in second.hello()}
            assert events["training"].fields["step"] == step
            assert events["curve"].arrays["steps"].tolist() == list(range(1, step + 1))
            assert second.next().name == "epoch"

    def test_who_waits_gets_it_as_soon_as_the_first_has_gone(self, data):
        with serving(Hosting(data, taken_s=60)) as port, Page(port, "patiently") as first:
            training(first, SMALL, "step")
            with Page(port, "patiently") as second:
                second.ask("hello")
                first.close()
                assert second.until("training")[-1].fields["step"] == 1


class TestTabsThatClose:
    def test_trainings_end_when_the_time_is_up(self, data):
        before = set(threads_of_visits())

        def begins_anew():
            time.sleep(0.5)  # for it has to be away so long
            with Page(port, "in-the-middle") as page:
                return page.status()["status"] == "ready"

        with serving(Hosting(data, kept_s=0.2)) as port:
            with Page(port, "in-the-middle") as page:
                training(page, LONG)
            until(lambda: set(threads_of_visits()) <= before)
            until(begins_anew)

    @pytest.mark.slow
    def test_they_end_with_the_server(self, data):
        before = set(threads_of_visits())
        with serving(Hosting(data)) as port:
            page = Page(port, "to-the-end")
            training(page, LONG)
        until(lambda: set(threads_of_visits()) <= before)
        page.close()


class TestTooMany:
    def test_who_comes_when_it_is_full_is_told_so(self, data):
        with (
            serving(Hosting(data, most_visitors=2)) as port,
            Page(port, "number-one") as one,
            Page(port, "number-two") as two,
        ):
            for page in (one, two):
                page.hello()
            with Page(port, "number-three") as three:
                code, reason = closed_with(three)
            assert (code, "too many visitors" in reason) == (FULL, True)
            assert one.status()["status"] == "ready"

    def test_who_has_left_for_longest_makes_room_and_nobody_else(self, data):
        with serving(Hosting(data, most_visitors=2)) as port:
            for name in ("left-first", "left-second"):
                with Page(port, name) as page:
                    training(page, SMALL, "step")
            with Page(port, "newcomer") as page:
                page.hello()
                with Page(port, "left-second") as second:
                    assert second.status()["step"] == 1

    @pytest.mark.parametrize("name", ["", "short", "x" * 65, "a/../../b", "%00" * 8])
    def test_a_visit_needs_a_name(self, name, port):
        with Page(port, name) as page:
            assert closed_with(page)[0] == NAMELESS

    def test_who_has_left_counts_until_his_thread_has_ended(self, data, monkeypatch):
        """It may be at a picture that takes long."""
        begun, may_end = threading.Event(), threading.Event()

        def preview(*_):
            begun.set()
            may_end.wait(PATIENCE_S)
            raise DigitnetError("late")

        monkeypatch.setattr("digitnet.web.visit.preview", preview)
        before = set(threads_of_visits())
        with serving(Hosting(data, most_visitors=1, taken_s=0.3)) as port:
            with Page(port, "who-leaves") as page:
                page.ask("preview", settings={})
                assert begun.wait(PATIENCE_S)
            with Page(port, "newcomer") as newcomer:
                assert closed_with(newcomer)[0] == FULL
            may_end.set()
            until(lambda: set(threads_of_visits()) <= before)
            with Page(port, "newcomer") as newcomer:
                assert newcomer.status()["status"] == "ready"


class TestPagesThatVanish:
    @pytest.mark.slow
    def test_one_that_takes_nothing_for_long_has_gone(self, port, monkeypatch):
        """As when the network has: nobody says so. The visit then waits for it to come back."""
        monkeypatch.setattr("digitnet.web.serving.UNSENT_S", 0.2)
        with Page(port, "that-vanishes", max_queue=1) as page:
            page.ask("configure", settings=WIDE)
            page.ask("start", until="step")
            page.until("training", lambda event: event.fields["status"] == "paused")
            for _ in range(20):
                page.ask("save")
            until(lambda: gone(port, "that-vanishes"))

    def test_messages_are_not_compressed(self, port):
        """A small one would become a large one, on the thread that serves everybody."""
        with Page(port, "uncompressed", compression="deflate") as page:
            assert page.socket.protocol.extensions == []


class TestHostilePages:
    def test_what_is_no_frame_costs_an_error(self, port):
        with Page(port, "of-garbage") as page:
            whole = packed("hello", {}, {})
            for message in ("hello", "", b"", b"\x00", whole[:-3], whole + whole, b"\xff" * 1000):
                page.socket.send(message)
                assert "expected a frame" in page.until("error")[-1].fields["message"]
            assert page.status()["status"] == "ready"

    def test_too_many_of_them_close_the_connection_and_nothing_else(self, port):
        with Page(port, "too-much-garbage") as page, Page(port, "who-watches") as other:
            for _ in range(100):
                page.socket.send(b"garbage")
            assert closed_with(page) == (1003, "too many frames that are none")
            assert other.status()["status"] == "ready"
        with Page(port, "too-much-garbage") as page:
            assert page.status()["status"] == "ready"

    def test_a_message_that_is_too_long_closes_the_connection_and_nothing_else(self, port):
        with Page(port, "who-sends-much") as page, Page(port, "who-watches") as other:
            with pytest.raises(ConnectionClosed):
                page.socket.send(bytes(MOST_MESSAGE_BYTES + 1))
                while True:
                    page.next()
            assert other.status()["status"] == "ready"

    def test_hundreds_of_commands_at_once_are_answered_or_refused(self, port):
        with Page(port, "in-a-hurry") as page, Page(port, "who-watches") as other:
            blank = {"pixels": np.full((40, 40), 255, np.uint8)}
            for number in range(300):
                page.ask("draw", blank, number=number)
            assert other.status()["status"] == "ready"
            events = [page.next() for _ in range(300)]
            numbers = [e.fields["number"] for e in events if e.name == "answer"]
            refused = [e.fields["message"] for e in events if e.name == "error"]
            assert numbers == sorted(numbers) != []
            assert len(numbers) + len(refused) == 300
            assert all("too much at once" in each for each in refused)
            assert page.status()["status"] == "ready"

    def test_a_page_that_breaks_off_in_the_middle_is_gone(self, port):
        page = Page(port, "breaks-off")
        training(page, LONG)
        page.socket.socket.shutdown(socket.SHUT_RDWR)
        page.close()
        with Page(port, "breaks-off") as again:
            assert again.status()["status"] in ("running", "finished")

    def test_a_mistake_of_ours_costs_the_command_alone(self, port, monkeypatch, caplog):
        def fail(*_):
            raise RuntimeError("of ours")

        with Page(port, "of-mistakes") as page:
            with monkeypatch.context() as patch:
                patch.setattr("digitnet.web.visit.preview", fail)
                page.ask("preview", settings={})
                assert "something went wrong" in page.until("error")[-1].fields["message"]
            assert page.status()["status"] == "ready"
        assert "of ours" in caplog.text
