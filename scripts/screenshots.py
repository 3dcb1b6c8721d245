"""Draw the pictures of the playground that README and docs show, into docs/images.

    python scripts/screenshots.py

It needs Chromium and Playwright, and takes half a minute.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.page.served import FLAGS, Playground
from tests.page.visitor import FOUR, TWO, Visitor

FOLDER = ROOT / "docs" / "images"
DESKTOP, TELEPHONE = (1280, 800), (390, 844)
KINDS = {
    "": (DESKTOP, "light"),
    "-dark": (DESKTOP, "dark"),
    "-telephone": (TELEPHONE, "light"),
}
COLOURS, FEW_COLOURS = 128, 80


def photograph(page: Any, path: Path, colours: int = COLOURS) -> None:
    """Write what is seen, in few colours: a quarter of the size."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)


def visit(context: Any, address: str, ending: str) -> None:
    """Draw a number, train a network, and photograph both."""
    visitor = Visitor(context.new_page(), address)
    visitor.open()
    visitor.draw(FOUR, left=0.0)
    visitor.draw(TWO, left=0.6)
    visitor.answer("42")
    visitor.wait_until("state.inside?.number === state.number")
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_timeout(400)
    photograph(visitor.page, FOLDER / f"playground-draw{ending}.png")
    visitor.tab("Train")
    visitor.page.evaluate("() => { location.hash = '#train?epochs=8' }")
    visitor.wait_until("state.training.settings.epochs === 8")
    visitor.button("Start").click()
    visitor.status("finished")
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_timeout(400)
    photograph(visitor.page, FOLDER / f"playground-train{ending}.png")
    visitor.check()


def visit_step(context: Any, address: str, ending: str) -> None:
    """Walk through one step to the gradient of the first layer, and photograph it."""
    visitor = Visitor(context.new_page(), address)
    visitor.open("#step")
    visitor.wait_until("state.walked !== null && state.probed !== null")
    visitor.page.get_by_role("button", name="dW(1)").click()
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_timeout(800)
    photograph(visitor.page, FOLDER / f"playground-step{ending}.png", FEW_COLOURS)
    visitor.check()


def visit_inside(context: Any, address: str) -> None:
    """Look inside at an image and its strongest unit, evaluate the network, and photograph both."""
    visitor = Visitor(context.new_page(), address)
    visitor.open("#inside")
    visitor.wait_until("state.unit?.fields.ready && state.edited?.images === 10000")
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_timeout(400)
    photograph(visitor.page, FOLDER / "playground-inside.png", FEW_COLOURS)
    visitor.tab("Evaluate")
    visitor.wait_until("state.evaluation?.fields.images === 10000 && state.opened !== null")
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_timeout(400)
    photograph(visitor.page, FOLDER / "playground-evaluate.png", FEW_COLOURS)
    visitor.check()


def main() -> None:
    """Serve a playground, and visit it in each kind of window."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Playground(Path(folder)) as playground,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for ending, ((width, height), scheme) in KINDS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                device_scale_factor=1.5,
                color_scheme=scheme,
                has_touch=ending == "-telephone",
            )
            context.set_default_timeout(60_000)
            visit(context, playground.address, ending)
            visit_step(context, playground.address, ending)
            if not ending:  # of these, one picture each is shown
                visit_inside(context, playground.address)
        browser.close()


if __name__ == "__main__":
    main()
