"""A visitor: what a person does with the page, by what it shows to a person."""

import re
from collections.abc import Sequence
from typing import Any

from digitnet.web.frames import Frame, unpacked

Points = Sequence[tuple[float, float]]
"""In shares of a box whose sides are the height of the pad: x to the right, y down."""

THREE: list[Points] = [
    [(0.25, 0.2), (0.5, 0.12), (0.68, 0.28), (0.5, 0.46), (0.68, 0.62), (0.5, 0.85), (0.25, 0.78)]
]
FOUR: list[Points] = [[(0.45, 0.12), (0.2, 0.6), (0.72, 0.6)], [(0.58, 0.35), (0.58, 0.88)]]
TWO: list[Points] = [
    [(0.22, 0.3), (0.4, 0.14), (0.62, 0.28), (0.5, 0.52), (0.22, 0.84), (0.72, 0.84)]
]
CAT: list[Points] = [
    [(0.1, 0.3), (0.2, 0.1), (0.35, 0.25), (0.6, 0.25), (0.75, 0.1), (0.85, 0.3), (0.85, 0.7)],
    [(0.85, 0.7), (0.5, 0.9), (0.1, 0.7), (0.1, 0.3)],
    [(0.3, 0.5), (0.32, 0.52)],
    [(0.65, 0.5), (0.67, 0.52)],
    [(0.2, 0.65), (-0.1, 0.6)],
    [(0.75, 0.65), (1.05, 0.6)],
]
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
ALLOWED = re.compile(r"WebSocket connection to .* failed")
"""What the browser itself says when a server has gone."""


class Visitor:
    """A page, and what can be done with it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", self._heard)
        self.sent: list[Frame] = []
        """Commands, as they went over the wire."""
        page.on("websocket", self._reached)
        page.on("pageerror", self._failed)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and not ALLOWED.search(message.text):
            self.complaints.append(message.text)

    def _reached(self, socket: Any) -> None:
        socket.on("framesent", self._noted)

    def _failed(self, error: Any) -> None:
        self.complaints.append(str(error))

    def _noted(self, content: bytes) -> None:
        self.sent.append(unpacked(content))

    def last(self, command: str) -> Frame:
        """The last command of this name."""
        return next(each for each in reversed(self.sent) if each.name == command)

    def check(self) -> None:
        """Fail if the page complained of anything."""
        assert self.complaints == [], self.complaints

    def leave(self) -> None:
        """Take one's things and let somebody else have the page; fail if it complained."""
        self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
        self.page.goto("about:blank")
        self.page.remove_listener("console", self._heard)
        self.page.remove_listener("websocket", self._reached)
        self.page.remove_listener("pageerror", self._failed)
        self.check()

    def open(self, at: str = "") -> None:
        """Go to the page, and wait until it has reached its visit."""
        self.page.goto(self.address + at)
        self.wait_until("state.setup !== null && state.training !== null")

    def state(self, expression: str) -> Any:
        """A part of the page's state, as JavaScript says it."""
        return self.page.evaluate(
            f"async () => {{ const {{ state }} = await import('./state.js'); return {expression} }}"
        )

    def wait_until(self, expression: str) -> None:
        """Wait for something to be true of the state, and until the page is drawn accordingly."""
        self.page.evaluate("async () => { window.seen = (await import('./state.js')).state }")
        self.page.wait_for_function(f"() => {{ const state = window.seen; return {expression} }}")
        self.drawn()

    def drawn(self) -> None:
        """Wait until what the page knows is on it: it is drawn before the next frame."""
        self.page.evaluate(TWO_FRAMES)

    def text(self, selector: str) -> str:
        """What stands there."""
        return str(self.page.locator(selector).inner_text())

    def shows(self, selector: str, text: str) -> None:
        """Wait until this text stands there."""
        self.page.wait_for_function(
            "([at, text]) => document.querySelector(at).textContent.includes(text)",
            arg=[selector, text],
        )

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def draw(self, strokes: list[Points], left: float = 0.3) -> None:
        """Draw with the mouse; left: of the box, in heights of the pad."""
        pad = self.page.locator("#pad")
        pad.wait_for(state="visible")
        box = pad.bounding_box()
        size = box["height"]

        def at(point: tuple[float, float]) -> tuple[float, float]:
            return box["x"] + (left + point[0]) * size, box["y"] + point[1] * size

        mouse = self.page.mouse
        for stroke in strokes:
            mouse.move(*at(stroke[0]))
            mouse.down()
            for point in stroke[1:]:
                mouse.move(*at(point), steps=3)
            mouse.up()

    def answer(self, expected: str) -> None:
        """Wait for this answer."""
        self.page.wait_for_function(
            "text => document.getElementById('answer').textContent.trim() === text", arg=expected
        )

    def waits_for_answer(self) -> str:
        """What is answered to the last stroke."""
        self.wait_until("state.answer !== null && state.answer.number === state.number")
        return str(self.state("state.answer.text"))

    def status(self, *expected: str) -> None:
        """Wait until the training stands like this."""
        listed = ", ".join(f"'{each}'" for each in expected)
        self.wait_until(f"[{listed}].includes(state.training?.status)")
