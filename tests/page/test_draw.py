"""Drawing: strokes and pictures are read at once, and what is shown is what digitnet says."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

import digitnet
from digitnet.data import load_mnist
from digitnet.data.sources import load_source
from tests.page.visitor import CAT, FOUR, THREE, TWO


def test_a_three_drawn_with_the_mouse_is_read_as_3(visitor):
    visitor.draw(THREE)
    visitor.answer("3")


def test_two_digits_are_read_as_a_number_and_each_can_be_looked_into(visitor):
    visitor.draw(FOUR, left=0.1)
    visitor.draw(TWO, left=0.95)
    visitor.answer("42")
    visitor.page.get_by_role("button", name="Mark 2: 2").click()
    visitor.wait_until("state.inside?.digit === 1")


def test_a_cat_is_not_a_digit(visitor):
    visitor.draw(CAT)
    assert visitor.waits_for_answer().strip("?\n") == ""
    visitor.answer("not a digit")


def test_undo_takes_a_stroke_back_and_clear_takes_all(visitor):
    visitor.draw(FOUR, left=0.1)
    visitor.answer("4")
    visitor.draw(TWO, left=0.95)
    visitor.answer("42")
    visitor.button("Undo").click()
    visitor.answer("4")
    visitor.page.keyboard.press("Control+z")
    visitor.button("Clear").click()
    visitor.answer("")


def test_the_numbers_on_the_page_are_those_of_digitnet(visitor):
    visitor.draw(THREE)
    visitor.answer("3")
    visitor.wait_until("state.inside?.number === state.number")
    (digit,) = digitnet.read(visitor.last("draw").arrays["pixels"]).digits
    assert np.allclose(
        visitor.state("Array.from(state.answer.arrays.probabilities.data)"), digit.probabilities
    )
    alone = digitnet.load().predict_proba(digit.image)[0]
    shown = visitor.state("Array.from(state.inside.arrays.probabilities.data)")
    assert np.allclose(shown, alone, atol=1e-6)
    bar = visitor.page.locator("#bar-3 .bar-value").inner_text()
    assert float(bar.rstrip(" %")) == pytest.approx(100 * digit.probabilities[3], abs=0.1)


def picture_of(digits, *, ending="PNG"):
    """A number as a picture file: test images in a row, dark on white."""
    data = load_mnist().test
    images = [255 - data.images[np.flatnonzero(data.labels == d)[3]] for d in digits]
    row = Image.fromarray(np.hstack(images)).resize((28 * 4 * len(digits), 28 * 4))
    page = Image.new("L", (row.width + 200, row.height + 120), 255)
    page.paste(row, (100, 60))
    file = io.BytesIO()
    page.save(file, ending)
    return file.getvalue()


PASTE = """
([base64, how]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "number.png", { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  const event = how === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: data })
    : new DragEvent("drop", { ...options, dataTransfer: data });
  document.getElementById("paper").dispatchEvent(event);
}
"""


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_picture_that_is_pasted_or_dropped_is_read_with_boxes(visitor, how):
    content = picture_of([7, 2, 1])
    visitor.page.evaluate(PASTE, [base64.b64encode(content).decode(), how])
    visitor.answer("721")
    boxes = visitor.state("state.answer.digits.map((each) => each.box)")
    assert [list(each.box) for each in digitnet.read(content).digits] == boxes
    visitor.button("Back to the pad").click()
    visitor.answer("")


def test_what_is_no_picture_costs_a_sentence(visitor):
    file = {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    visitor.page.locator("#choose-picture").set_input_files(file)
    alert = visitor.page.locator("#picture-problem")
    alert.wait_for(state="visible")
    assert "expected a picture" in alert.inner_text()


def test_a_digit_that_was_read_wrong_is_kept_for_training(visitor, playground):
    visitor.draw(THREE)
    visitor.answer("3")
    visitor.button("It is a 8: keep it").click()
    visitor.wait_until("state.kept?.counts[8] === 1")
    kept = load_source(str(playground.folder / "drawings.npz")).train
    assert kept.labels.tolist() == [8]
    shown = np.array(visitor.state("Array.from(state.answer.arrays.images.data)"), np.uint8)
    assert np.array_equal(kept.images[0].ravel(), shown)
    visitor.page.locator("#kept-summary").click()
    with visitor.page.expect_download() as download:
        visitor.button("Download the kept digits").click()
    saved = load_source(str(download.value.path().rename(playground.folder / "saved.npz"))).train
    assert np.array_equal(saved.images, kept.images)
    visitor.page.get_by_role("button", name="Remove the last").click()
    visitor.wait_until("state.kept?.counts[8] === 0")
