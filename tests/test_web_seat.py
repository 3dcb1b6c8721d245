"""A seat: commands wait in turn, events too, and neither takes more memory than it may."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from digitnet.web.commands import MOST_FILE_BYTES
from digitnet.web.cores import Cores
from digitnet.web.frames import Frame, packed, unpacked
from digitnet.web.messages import Event
from digitnet.web.seat import (
    MOST_COMMANDS,
    MOST_EVENT_BYTES,
    MOST_EVENTS,
    MOST_PASSING,
    MOST_WAITING_BYTES,
    Outbox,
    Seat,
)
from tests.playground_server import until


def passing(n):
    return Event("progress", {"epoch": 1, "step": n, "learning_rate": 0.1, "images_per_s": 0.0})


def lasting(n):
    return Event("file", {"name": str(n)}, {"file": np.zeros(1, np.uint8)})


def big(n_bytes):
    return Event("file", {"name": "big"}, {"file": np.zeros(n_bytes, np.uint8)})


async def all_of(outbox):
    """What waits there, unpacked."""
    outbox.put(lasting("end"))
    frames = []
    while not frames or frames[-1].fields != {"name": "end"}:
        frames.append(unpacked(await outbox.get()))
    return frames[:-1]


def with_outbox(test):
    """What the test gives, on a loop in a thread of its own: this one may have a loop already."""

    async def run():
        return await test(Outbox(asyncio.get_running_loop()))

    with ThreadPoolExecutor(1) as executor:
        return executor.submit(lambda: asyncio.run(run())).result()


class TestOutbox:
    def test_passing_events_are_dropped_when_the_page_does_not_read(self):
        async def test(outbox):
            for n in range(100):
                outbox.put(passing(n))
            frames = await all_of(outbox)
            assert [frame.fields["step"] for frame in frames] == list(range(MOST_PASSING))
            assert outbox.n_dropped == 100 - MOST_PASSING

        with_outbox(test)

    def test_the_others_are_kept_in_order(self):
        async def test(outbox):
            for n in range(500):
                outbox.put(lasting(n))
                outbox.put(passing(n))
            names = [f.fields["name"] for f in await all_of(outbox) if f.name == "file"]
            assert names == [str(n) for n in range(500)]

        with_outbox(test)

    def test_a_page_that_reads_again_gets_passing_events_again(self):
        async def test(outbox):
            for n in range(100):
                outbox.put(passing(n))
            await all_of(outbox)
            outbox.put(passing(100))
            assert unpacked(await outbox.get()).fields["step"] == 100

        with_outbox(test)

    @pytest.mark.parametrize(
        ("event", "n"),
        [(lasting(0), MOST_EVENTS), (big(MOST_EVENT_BYTES // 8), 7)],
        ids=["many", "large"],
    )
    def test_a_page_that_never_reads_is_given_up(self, event, n):
        async def test(outbox):
            for _ in range(n):
                outbox.put(event)
                assert not outbox.closed
            for _ in range(3):
                outbox.put(event)
            assert outbox.closed
            assert await outbox.get() is None

        with_outbox(test)

    def test_what_was_read_makes_room(self):
        async def test(outbox):
            for _ in range(30):
                outbox.put(big(MOST_EVENT_BYTES // 8))
                assert await outbox.get()
            assert not outbox.closed

        with_outbox(test)

    def test_one_event_may_be_as_large_as_it_is(self):
        async def test(outbox):
            outbox.put(big(MOST_EVENT_BYTES + 1))
            assert len(await outbox.get()) > MOST_EVENT_BYTES

        with_outbox(test)

    def test_other_threads_put_events_in_while_the_loop_waits(self):
        async def test(outbox):
            waiting = asyncio.create_task(outbox.get())
            await asyncio.sleep(0)
            thread = threading.Thread(target=outbox.put, args=(lasting(7),))
            thread.start()
            frame = await waiting
            thread.join()
            assert unpacked(frame).fields == {"name": "7"}

        with_outbox(test)

    def test_closing_ends_the_waiting_and_what_comes_later(self):
        async def test(outbox):
            waiting = asyncio.create_task(outbox.get())
            await asyncio.sleep(0)
            outbox.close()
            assert await waiting is None
            outbox.put(lasting(1))
            assert await outbox.get() is None

        with_outbox(test)

    def test_after_the_loop_has_ended_events_go_nowhere(self):
        async def make(outbox):
            return outbox

        outbox = with_outbox(make)
        outbox.put(lasting(1))
        outbox.close()


class Slow:
    """Stands in for a visit: waits until it may answer, and notes what it was asked."""

    busy = False

    def __init__(self):
        self.may = threading.Semaphore(0)
        self.asked = []

    def do(self, name, fields, arrays):
        self.may.acquire()
        self.asked.append(name)
        return []


@pytest.fixture
def slow():
    visit = Slow()
    seat = Seat(visit, Cores(1))
    yield visit, seat
    seat.close()
    for _ in range(MOST_COMMANDS + 2):
        visit.may.release()
    until(lambda: not seat.working)


def frame(n):
    return Frame(n, {}, {})


class TestCommands:
    def test_they_are_carried_out_in_turn(self, slow):
        visit, seat = slow
        assert all(seat.ask(frame(n), 10) for n in range(20))
        for _ in range(20):
            visit.may.release()
        until(lambda: len(visit.asked) == 20)
        assert visit.asked == list(range(20))

    def test_beyond_a_number_they_are_refused_until_some_are_done(self, slow):
        visit, seat = slow
        accepted = [seat.ask(frame(n), 10) for n in range(MOST_COMMANDS + 10)]
        assert MOST_COMMANDS <= sum(accepted) <= MOST_COMMANDS + 1
        assert not accepted[-1]
        visit.may.release()
        visit.may.release()
        until(lambda: len(visit.asked) == 2)
        until(lambda: seat.ask(frame("later"), 10))

    def test_beyond_so_many_bytes_they_are_refused_until_some_are_done(self, slow):
        visit, seat = slow
        n = MOST_WAITING_BYTES // MOST_FILE_BYTES
        assert all(seat.ask(frame(k), MOST_FILE_BYTES) for k in range(n))
        assert not seat.ask(frame("too much"), MOST_FILE_BYTES)
        visit.may.release()
        until(lambda: len(visit.asked) == 1)
        until(lambda: seat.ask(frame("later"), MOST_FILE_BYTES))
        assert not seat.ask(frame("too much"), MOST_FILE_BYTES)

    def test_a_steady_stream_is_never_too_much(self, slow):
        """Though the queue is never empty."""
        visit, seat = slow
        size = MOST_WAITING_BYTES // 4
        assert seat.ask(frame(0), size)
        for n in range(1, 12):
            assert seat.ask(frame(n), size)
            visit.may.release()
            until(lambda n=n: len(visit.asked) == n)
            until(lambda: seat._n_bytes <= size)

    def test_what_only_answers_a_page_that_has_gone_is_dropped(self, slow):
        """Nobody waits for its pictures; what it changed counts."""
        visit, seat = slow
        outbox = Outbox(asyncio.new_event_loop())
        seat.connect(outbox)
        for name in ("configure", "draw", "picture", "keep", "preview", "start"):
            seat.ask(frame(name), 10)
        seat.disconnect(outbox)
        for _ in range(6):
            visit.may.release()
        until(lambda: "start" in visit.asked)
        assert visit.asked == ["configure", "keep", "start"]
        outbox._loop.close()

    def test_after_closing_only_what_is_under_way_is_carried_out(self, slow):
        visit, seat = slow
        assert all(seat.ask(frame(n), 10) for n in range(20))
        until(lambda: len(seat._commands) == 19)
        seat.close()
        assert seat.working
        assert len(seat._commands) <= 1
        for _ in range(20):
            visit.may.release()
        until(lambda: not seat.working)
        assert visit.asked == [0]


class Busy:
    """Stands in for a visit that always has something to learn; counts how often it does."""

    busy = True
    n_learned = n_asked = 0

    def note(self):
        """Nothing, but for who overrides it."""

    def do(self, name, fields, arrays):
        self.n_asked += 1
        return []

    def work(self, milliseconds):
        self.n_learned += 1
        self.note()
        time.sleep(0.001)
        return []


def test_nothing_is_learned_without_a_page():
    visit, loop = Busy(), asyncio.new_event_loop()
    seat, outbox = Seat(visit, Cores(1)), Outbox(loop)

    def asked(n):
        done = visit.n_asked + n
        for _ in range(n):
            seat.ask(frame("x"), 1)
        until(lambda: visit.n_asked == done)

    asked(3)
    assert visit.n_learned == 0
    seat.connect(outbox)
    asked(1)
    until(lambda: visit.n_learned > 3)
    seat.disconnect(outbox)
    asked(3)
    n_learned = visit.n_learned
    asked(3)
    assert visit.n_learned == n_learned
    seat.close()
    until(lambda: not seat.working)
    loop.close()


def test_a_seat_without_a_page_has_no_thread_and_goes_on_with_the_next():
    visit, loop = Busy(), asyncio.new_event_loop()
    seat = Seat(visit, Cores(1))
    for n in range(1, 4):
        outbox = Outbox(loop)
        seat.connect(outbox)
        until(lambda n=n: visit.n_learned > 3 * n)
        assert seat.working
        seat.disconnect(outbox)
        until(lambda: not seat.working)
    seat.ask(frame("x"), 1)
    until(lambda: visit.n_asked == 1)
    until(lambda: not seat.working)
    seat.close()
    loop.close()


class TestCores:
    def test_so_many_at_a_time_in_the_order_in_which_they_asked(self):
        cores, called = Cores(2), []
        for n in range(5):
            cores.ask(lambda n=n: called.append(n))
        assert called == [0, 1]
        cores.done()
        assert called == [0, 1, 2]
        for _ in range(4):
            cores.done()
        assert called == [0, 1, 2, 3, 4]
        for n in (5, 6, 7):
            cores.ask(lambda n=n: called.append(n))
        assert called[5:] == [5, 6]

    def test_a_command_does_not_wait_for_a_turn_to_learn(self, connected):
        cores = Cores(1)
        cores.ask(lambda: None)  # somebody who learns for ever
        visit = Busy()
        seat = connected(visit, cores)
        until(lambda: cores._waiting)
        seat.ask(frame("x"), 1)
        until(lambda: visit.n_asked == 1)
        assert visit.n_learned == 0
        cores.done()
        until(lambda: visit.n_learned > 3)

    def test_those_who_learn_take_turns(self, connected):
        cores, order = Cores(1), []
        visits = [Busy() for _ in range(3)]
        for visit in visits:
            visit.note = lambda visit=visit: order.append(visits.index(visit))
            connected(visit, cores)
        until(lambda: set(order) == {0, 1, 2})
        start = len(order)
        until(lambda: len(order) >= start + 60)
        assert min(order[start:].count(n) for n in range(3)) >= 10

    def test_who_goes_gives_his_turn_back(self, connected):
        cores = Cores(1)
        cores.ask(lambda: None)
        gone, stays = Busy(), Busy()
        seat = connected(gone, cores)
        until(lambda: cores._waiting)
        connected(stays, cores)
        until(lambda: len(cores._waiting) == 2)
        seat.close()
        until(lambda: not seat.working)
        cores.done()
        until(lambda: stays.n_learned > 3)
        assert gone.n_learned == 0


@pytest.fixture
def connected():
    """Seats of visits with a page each."""
    loop, seats = asyncio.new_event_loop(), []

    def seat(visit, cores):
        seats.append(Seat(visit, cores))
        seats[-1].connect(Outbox(loop))
        return seats[-1]

    yield seat
    for each in seats:
        each.close()
    for each in seats:
        until(lambda each=each: not each.working)
    loop.close()


def test_frames_of_events_are_those_of_frames():
    async def test(outbox):
        event = lasting(3)
        outbox.put(event)
        assert await outbox.get() == packed(event.name, event.fields, event.arrays)

    with_outbox(test)
