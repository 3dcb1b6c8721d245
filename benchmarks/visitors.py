"""Visitors of a playground: one that speaks its messages, and one with a browser."""

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright
from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).parent.parent))

from digitnet.web.frames import Frame, packed, unpacked
from tests.page.served import FLAGS
from tests.page.visitor import Visitor

CHROMIUM = Path("/usr/bin/chromium")
PAD = (560, 320)
PEN = 24
SEVEN = [(0.2, 0.2), (0.8, 0.2), (0.4, 0.8)]
"""A seven, in shares of the pad's height."""


def a_drawing(number: int) -> NDArray[np.uint8]:
    """A seven on a pad, a little elsewhere each time."""
    image = Image.new("L", PAD, 255)
    left = 10 * (number % 20)
    points = [(left + PAD[1] * x, PAD[1] * y) for x, y in SEVEN]
    ImageDraw.Draw(image).line(points, fill=0, width=PEN, joint="curve")
    return np.asarray(image)


class Guest:
    """A visit by messages alone."""

    def __init__(self, address: str) -> None:
        where = address.replace("http", "ws", 1).rstrip("/")
        self._socket = connect(
            f"{where}/visit?id={secrets.token_urlsafe(12)}",
            max_size=None,
            max_queue=None,
            origin=address.rstrip("/"),
        )
        self._step = self._number = 0
        self.ask("hello")
        self.wait_for("curve")

    def ask(self, name: str, arrays: dict[str, Any] | None = None, **fields: Any) -> None:
        """Send a command."""
        self._socket.send(packed(name, fields, arrays or {}))

    def wait_for(self, name: str) -> Frame:
        """The next event of this name."""
        while True:
            frame = unpacked(self._socket.recv())  # type: ignore[arg-type]
            if frame.name == "progress":
                self._step = frame.fields["step"]
            if frame.name == "error":
                raise RuntimeError(frame.fields["message"])
            if frame.name == name:
                return frame

    def start(self) -> None:
        """Train for long."""
        self.ask("configure", settings={"epochs": 100})
        self.ask("start", until="end")

    def seconds_per_epoch(self, epochs: int) -> float:
        """The wall time of an epoch, the first left out."""
        self.ask("configure", settings={"epochs": epochs})
        self.ask("start", until="end")
        self.wait_for("epoch")
        begun = time.perf_counter()
        for _ in range(epochs - 1):
            self.wait_for("epoch")
        return (time.perf_counter() - begun) / (epochs - 1)

    def seconds_to_answer(self, pixels: NDArray[np.uint8]) -> float:
        """From sending a drawing to its answer."""
        self._number += 1
        begun = time.perf_counter()
        self.ask("draw", {"pixels": pixels}, number=self._number)
        while self.wait_for("answer").fields["number"] != self._number:
            pass
        return time.perf_counter() - begun

    def steps(self) -> int:
        """How many steps its training has made."""
        self.ask("pause")
        while self.wait_for("training").fields["status"] != "paused":
            pass
        return self._step

    def close(self) -> None:
        """Go."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


WATCH = """
async () => {
  const { state } = await import("./state.js");
  window.waits = [];
  document.getElementById("pad").addEventListener("pointerup", () => {
    const begun = performance.now();
    const look = () => {
      if (state.answer !== null && state.answer.number === state.number) {
        window.waits.push(performance.now() - begun);
      } else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}
"""
COUNT = """
(ms) => new Promise((resolve) => {
  let frames = 0;
  const begun = performance.now();
  const count = (now) => {
    if (now - begun >= ms) resolve((1000 * frames) / (now - begun));
    else {
      frames += 1;
      requestAnimationFrame(count);
    }
  };
  requestAnimationFrame(count);
})
"""
EPOCHS = """
async (epochs) => {
  const { state } = await import("./state.js");
  const at = [];
  const wait = (n) => new Promise((resolve) => {
    const look = () => {
      if (state.epochs.length >= n) resolve(performance.now());
      else setTimeout(look, 5);
    };
    look();
  });
  const first = await wait(1);
  return ((await wait(epochs)) - first) / (1000 * (epochs - 1));
}
"""


class Page:
    """A visit with a browser."""

    def __init__(self, page: BrowserPage, address: str) -> None:
        self._page, self._visitor = page, Visitor(page, address)
        self._visitor.open()
        page.evaluate(WATCH)

    @classmethod
    @contextmanager
    def opened(cls, address: str) -> Iterator[Self]:
        """A page in a browser of its own."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield cls(browser.new_page(viewport={"width": 1280, "height": 800}), address)
            browser.close()

    def open(self, tab: str) -> None:
        """Look at this tab."""
        self._visitor.tab(tab)

    def start(self, epochs: int = 100) -> None:
        """Train from the beginning."""
        visitor = self._visitor
        self.open("Train")
        if visitor.state("state.training.status") == "running":
            visitor.button("Pause").click()
            visitor.status("paused")
        self._page.evaluate("epochs => { location.hash = `#train?epochs=${epochs}` }", epochs)
        if visitor.state("state.training.status") != "ready":
            visitor.button("Reset").click()
        visitor.status("ready")
        visitor.wait_until(f"state.training.settings.epochs === {epochs}")
        visitor.button("Start").click()
        visitor.status("running")

    def seconds_per_epoch(self, epochs: int) -> float:
        """The wall time of an epoch while the page shows it, the first left out."""
        self.start(epochs)
        return float(self._page.evaluate(EPOCHS, epochs))

    def seconds_to_accuracy(self, accuracy: float) -> float:
        """From the button to the epoch in which so many held-out images are read right."""
        self.start()
        begun = time.perf_counter()
        self._visitor.wait_until(f"state.epochs.some((e) => e.validation_accuracy >= {accuracy})")
        return time.perf_counter() - begun

    def frames_per_s(self, seconds: float) -> float:
        """How often the screen is drawn."""
        return float(self._page.evaluate(COUNT, 1000 * seconds))

    def seconds_to_answer(self, number: int) -> float:
        """From the end of a stroke to the first frame in which its answer is known."""
        n_before = int(self._page.evaluate("() => window.waits.length"))
        clear = self._visitor.button("Clear")
        if clear.is_enabled():
            clear.click()
        self._visitor.draw([SEVEN], left=0.02 * (number % 20))
        self._page.wait_for_function("n => window.waits.length > n", arg=n_before)
        return float(self._page.evaluate("() => window.waits.at(-1)")) / 1000

    def seconds_of_reading(self) -> float:
        """How long digitnet itself took for the last answer."""
        return float(self._visitor.state("state.answer.milliseconds")) / 1000
