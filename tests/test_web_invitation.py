"""Invitations: the codes say the address, and nobody is invited where nobody can come."""

import json
import sys

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="the extra digitnet[web] is not there")

from digitnet.web.invitation import as_blocks, as_svg
from digitnet.web.visits import Hosting
from tests.camera import code_in
from tests.playground_server import request, serving

ADDRESS = "http://192.168.100.100:8460/?token=3Nb_UExzVmKsiPWLzUx9A6EY9Tg8iiE-"
TOKEN = {"Authorization": "Bearer secret"}
HALVES = {" ": (0, 0), "▀": (255, 0), "▄": (0, 255), "█": (255, 255)}


def seen(lines):
    """A terminal's white blocks on black as an image, a square for each half of a letter."""
    rows = np.array([[HALVES[letter] for letter in line] for line in lines], np.uint8)
    return rows.transpose(0, 2, 1).reshape(2 * len(lines), -1)


@pytest.fixture
def without_segno(monkeypatch):
    monkeypatch.setitem(sys.modules, "segno", None)


def test_the_code_on_a_terminal_is_the_address():
    lines = as_blocks(ADDRESS)
    assert len({len(line) for line in lines}) == 1
    assert len(lines) <= 22  # fits a terminal of 24 lines, with the address
    assert code_in(np.kron(seen(lines), np.ones((8, 8), np.uint8))) == ADDRESS


class TestOfTheServer:
    def told(self, port, headers=None):
        status, _, content = request(port, path="/invitation.json", headers=headers)
        assert status == 200
        return json.loads(content)

    def test_it_tells_the_address_and_draws_the_code(self, data):
        with serving(Hosting(data, token="secret", invites_to=ADDRESS)) as port:
            assert self.told(port, TOKEN) == {"address": ADDRESS, "code": True}
            status, headers, content = request(port, path="/invitation.svg", headers=TOKEN)
            assert (status, headers["content-type"]) == (200, "image/svg+xml")
            assert content == as_svg(ADDRESS)
            for name in ("json", "svg"):  # it holds the token
                assert request(port, path=f"/invitation.{name}")[0] == 403

    def test_where_nobody_else_can_come_nobody_is_invited(self, data):
        with serving(Hosting(data)) as port:
            assert self.told(port) == {"address": "", "code": False}
            assert request(port, path="/invitation.svg")[0] == 404

    def test_without_segno_there_is_the_address_alone(self, data, without_segno):
        assert as_blocks(ADDRESS) is None
        with serving(Hosting(data, token="secret", invites_to=ADDRESS)) as port:
            assert self.told(port, TOKEN) == {"address": ADDRESS, "code": False}
            assert request(port, path="/invitation.svg", headers=TOKEN)[0] == 404
