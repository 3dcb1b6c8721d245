"""Visits: what a server offers, to how many, and the seats of its visitors by their names."""

import asyncio
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from digitnet.data import Dataset
from digitnet.model import Model
from digitnet.reading.reading import read
from digitnet.web.cores import Cores
from digitnet.web.kept import Kept
from digitnet.web.limits import Limits
from digitnet.web.material import Shared
from digitnet.web.memory import give_back
from digitnet.web.seat import Seat
from digitnet.web.visit import Visit

KEPT_S = 15 * 60.0
"""How long a visit whose page has gone is kept, in case it comes back."""
TAKEN_S = 2.0
"""How long a page waits for the one before it to let go of a visit: a reload is that quick."""


@dataclass
class Hosting:
    """What a server offers, and to how many.

    drawings: the file in which drawings are kept; None: in memory, for each visitor his own. model:
    of digits, to answer in place of the one that comes along. token: what everybody has to show;
    None where only this computer can connect. invites_to: the address for others, with the token.
    kept_s: how long a visit is kept whose page has gone. taken_s: how long a page waits for the one
    before it to let go of a visit.
    """

    data: Dataset
    limits: Limits = field(default_factory=Limits)
    most_visitors: int = 20
    drawings: Path | None = None
    model: Model | None = None
    token: str | None = None
    invites_to: str | None = None
    kept_s: float = KEPT_S
    taken_s: float = TAKEN_S


class Visits:
    """The seats of all visitors, by their names."""

    def __init__(self, hosting: Hosting, shared: Shared) -> None:
        self._hosting, self._shared = hosting, shared
        self._kept = Kept(hosting.drawings) if hosting.drawings else None
        self._cores = Cores(os.cpu_count() or 1)
        self._seats: dict[str, Seat] = {}
        self._ending: list[Seat] = []

    async def seat(self, name: str) -> Seat | None:
        """The seat of this name, a new one if there is none; None if there is no room.

        Raises PermissionError if another page has it.
        """
        end = time.monotonic() + self._hosting.taken_s
        while (seat := self._seats.get(name)) and seat.connected:
            if time.monotonic() > end:
                raise PermissionError(name)
            await asyncio.sleep(0.05)
        if seat is None and self._make_room():
            while self._full() and time.monotonic() < end:
                await asyncio.sleep(0.05)
            seat = self._seats.get(name)  # another page of this name may have been as quick
            if seat and seat.connected:
                raise PermissionError(name)
        return seat or (None if self._full() else self._new_seat(name))

    def _make_room(self) -> bool:
        """Whether there is room for one more, now or as soon as a thread has ended."""
        self.clear()
        if self._full() and not self._ending:
            gone = {each: seat.left for each, seat in self._seats.items() if not seat.connected}
            if not gone:
                return False
            self._let_go(min(gone, key=lambda each: gone[each]))
        return True

    def _full(self) -> bool:
        """Whether as many threads work as there may be visitors."""
        self._ending = [each for each in self._ending if each.working]
        return len(self._seats) + len(self._ending) >= self._hosting.most_visitors

    def _new_seat(self, name: str) -> Seat:
        hosting = self._hosting
        visit = Visit(self._shared, hosting.limits, self._kept, hosting.model)
        seat = self._seats[name] = Seat(visit, self._cores)
        return seat

    def clear(self) -> None:
        """Let go of the visits whose pages have been gone for long."""
        now = time.monotonic()
        for name, seat in list(self._seats.items()):
            if not seat.connected and now - seat.left >= self._hosting.kept_s:
                self._let_go(name)

    def _let_go(self, name: str) -> None:
        seat = self._seats.pop(name)
        seat.close()
        self._ending.append(seat)

    def prepare(self) -> None:
        """Load what the first visitor would have to wait for."""
        stroke = np.full((56, 56), 255, np.uint8)
        stroke[14:42, 26:30] = 0
        read(stroke, model=self._hosting.model)
        self._shared.prepare()

    async def tidy(self) -> None:
        """Clear now and then, for ever; what has become free then is given back to the system."""
        while True:
            await asyncio.sleep(min(30.0, self._hosting.kept_s))
            self.clear()
            await asyncio.to_thread(give_back)

    def close(self) -> None:
        """End all of them."""
        for name in list(self._seats):
            self._let_go(name)
