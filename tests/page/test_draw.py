"""Drawing: strokes and pictures are read at once, and what is shown is what digitnet says."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import digitnet
from digitnet.data import load_mnist
from digitnet.data.sources import load_source
from digitnet.reading.networks import pixels
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
    assert "(0 %)" not in visitor.page.locator("#sentence").inner_text()


def test_where_the_lines_are_for_another_answer_than_the_nearest_it_is_said(visitor):
    visitor.draw(CAT)
    visitor.wait_until("state.inside?.number === state.number")
    visitor.page.evaluate(
        """async () => {
          const { change, state } = await import("./state.js");
          const { shownClass } = await import("./inside.js");
          const other = (shownClass() + 1) % 10; // the bars are made to be nearest to this one
          const before = state.answer.arrays.probabilities;
          const shares = before.data.map((_, i) => (i === other ? 0.5 : 0));
          const probabilities = { ...before, data: shares };
          const digits = state.answer.digits.map((each) => ({ ...each, label: "?" }));
          const arrays = { ...state.answer.arrays, probabilities };
          change({ answer: { ...state.answer, digits, arrays, text: "?" } });
        }"""
    )
    visitor.page.get_by_text("By itself, this network is nearest to").wait_for()
    visitor.page.get_by_text(re.compile(r"Nearest: \d \(50 %\)\.")).wait_for()


def test_no_answer_is_quite_sure(visitor):
    said = "async () => (await import('./words.js')).sure(1, 0)"
    assert visitor.page.evaluate(said) == "> 99 %"


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
    alone = pixels().predict_proba(digit.image)[0]
    shown = visitor.state("Array.from(state.inside.arrays.probabilities.data)")
    assert np.allclose(shown, alone, atol=1e-6)
    bar = visitor.page.locator("#bar-3 .bar-value").inner_text()
    assert float(bar.strip("> %")) == pytest.approx(100 * digit.probabilities[3], abs=0.1)


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


def test_what_reading_warns_of_stands_below_the_answer(visitor):
    pages = [Image.open(io.BytesIO(picture_of([digit]))) for digit in (7, 2)]
    file = io.BytesIO()
    pages[0].save(file, "GIF", save_all=True, append_images=pages[1:])
    content = {"name": "x.gif", "mimeType": "image/gif", "buffer": file.getvalue()}
    visitor.page.locator("#choose-picture").set_input_files(content)
    visitor.answer("7")
    told = "There are several pictures in this file; the first is read."
    assert visitor.page.locator("#caution").inner_text() == told
    visitor.page.wait_for_function(
        "told => document.getElementById('announcer').textContent === `Read as 7. ${told}`",
        arg=told,
    )
    visitor.button("Back to the pad").click()
    visitor.page.locator("#caution").wait_for(state="hidden")


def test_a_digit_that_was_read_wrong_is_kept_for_training(visitor, playground):
    visitor.draw(THREE)
    visitor.answer("3")
    visitor.button("It is a 8: keep it").click()
    visitor.wait_until("state.kept?.counts[8] === 1")
    told = "Kept as 8 for later training; the network has not changed."
    visitor.page.get_by_text(told).wait_for()
    visitor.button("It is a 9: keep it").click()
    visitor.wait_until("state.kept.counts[9] === 1 && state.kept.counts[8] === 0")
    visitor.button("It is a 8: keep it").click()
    visitor.wait_until("state.kept.counts[8] === 1 && state.kept.counts[9] === 0")
    kept = load_source(str(playground.folder / "drawings.npz")).train
    assert kept.labels.tolist() == [8]
    shown = np.array(visitor.state("Array.from(state.answer.arrays.images.data)"), np.uint8)
    assert np.array_equal(kept.images[0].ravel(), shown)
    visitor.page.locator("#kept-summary").click()
    latest = visitor.page.get_by_role("list", name="The latest")
    assert latest.inner_text() == "8"
    latest.get_by_role("img", name="A drawing, kept as 8").wait_for()
    with visitor.page.expect_download() as download:
        visitor.button("Download the kept digits").click()
    saved = load_source(str(download.value.path().rename(playground.folder / "saved.npz"))).train
    assert np.array_equal(saved.images, kept.images)
    visitor.page.get_by_role("button", name="Remove the last").click()
    visitor.wait_until("state.kept?.counts[8] === 0")


def test_a_number_is_never_rounded_to_all_or_to_a_signed_zero(visitor):
    percent = "async (share) => (await import('./words.js')).percent(share)"
    expected = {0.99999: "> 99.9 %", 1: "100.0 %", 0.5: "50.0 %", 0.9994: "99.9 %"}
    for share, text in expected.items():
        assert visitor.page.evaluate(percent, share) == text


def test_of_hundreds_of_marks_the_digits_come_first(visitor):
    shortened = "async (text) => (await import('./said.js')).shortened(text)"
    text = "?" * 200 + "4\n2" + "?" * 182
    assert visitor.page.evaluate(shortened, text) == {"shown": "4\n2", "more": 382}
    assert visitor.page.evaluate(shortened, "?" * 384) == {"shown": "?" * 40, "more": 344}
    assert visitor.page.evaluate(shortened, "4?2") == {"shown": "4?2", "more": 0}


def test_a_stroke_that_leaves_the_pad_goes_on_along_its_edge(visitor):
    visitor.draw([[(0.2, 0.5), (-0.9, 0.5), (0.2, 0.9)]])
    visitor.waits_for_answer()
    pixels = visitor.last("draw").arrays["pixels"]
    margin = round(56 * 196 / (visitor.page.locator("#pad").bounding_box()["height"] + 112))
    assert (pixels[:, : margin - 2] == 255).all()
    assert (pixels[:, margin : margin + 4] < 128).any()


def test_a_stroke_from_outside_begins_at_the_edge(visitor):
    box = visitor.page.locator("#pad").bounding_box()
    mouse = visitor.page.mouse
    mouse.move(box["x"] - 10, box["y"] + 100)
    mouse.down()
    mouse.move(box["x"] + 200, box["y"] + 100, steps=10)
    mouse.up()
    visitor.wait_until("state.inked")


def test_after_a_turn_the_boxes_fit_the_pad(visitor):
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.draw(FOUR, left=0.0)
    visitor.draw(TWO, left=0.6)
    visitor.waits_for_answer()
    before = visitor.state("state.number")
    visitor.page.set_viewport_size({"width": 844, "height": 390})
    visitor.wait_until(f"state.number > {before} && state.answer?.number === state.number")
    inside = """() => {
      const paper = document.getElementById("paper").getBoundingClientRect();
      return Array.from(document.querySelectorAll("#boxes rect.on, #boxes rect.off"), (each) => {
        const box = each.getBoundingClientRect();
        return box.left >= paper.left - 1 && box.right <= paper.right + 1;
      });
    }"""
    assert visitor.page.evaluate(inside) == [True, True]


def test_the_tour_looks_inside_a_digit_that_it_draws_itself(visitor):
    visitor.button("Show the tour").click()
    assert not visitor.state("state.inked")
    visitor.button("Next").click()
    visitor.answer("7")
    visitor.wait_until("state.inside !== null")


ANSWERS_NEXT = """async ([sizes, activations]) => {
  const { change, state } = await import("./state.js");
  change({ inside: null, model: { ...state.model, sizes, activations } });
}"""


def test_a_hidden_layer_is_drawn_where_there_was_none(visitor):
    layers = visitor.page.locator("#hidden-layers")
    visitor.page.evaluate(ANSWERS_NEXT, [[784, 10], []])
    layers.get_by_text("No hidden layer").wait_for()
    visitor.page.evaluate(ANSWERS_NEXT, [[784, 12, 10], ["ReLU"]])
    layers.get_by_text("12 ReLU").wait_for()


def test_a_page_that_is_refused_says_so_in_place_of_the_pad(visitor):
    visitor.page.evaluate(
        """async () => {
          const { change } = await import("./state.js");
          const connection = { open: false, tries: 1, wait: 500 };
          change({ connection, refusal: "too many visitors: try again later" });
        }"""
    )
    visitor.page.get_by_text("Too many visitors: try again later.").wait_for()
    assert visitor.page.locator("#pad").is_hidden()
