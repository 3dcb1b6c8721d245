"""Inside: an image on its way, a unit that opens, changes on a copy, and the way back."""

import numpy as np
import pytest

import digitnet
from digitnet.data import load_mnist
from digitnet.nn import Dense
from tests.page.test_access import SIZES, tab_to, violations, without_motion
from tests.page.visitor import THREE, Visitor


@pytest.fixture(scope="module")
def dense(small_playground):
    model = digitnet.load(small_playground.folder / "model.npz")
    return [layer for layer in model.network.layers if isinstance(layer, Dense)]


@pytest.fixture
def looking(quick_newcomer):
    quick_newcomer.open("#inside")
    quick_newcomer.wait_until("state.inspected !== null && state.unit?.fields.ready")
    quick_newcomer.wait_until("state.edited?.images === 10000")
    return quick_newcomer


def test_a_test_image_is_chosen_by_its_number(looking, small_playground):
    field = looking.page.get_by_label("Number of the test image")
    field.fill("17")
    field.press("Enter")
    looking.wait_until("state.inspected.fields.index === 17")
    image = load_mnist().test.images[17]
    assert looking.state("Array.from(state.inspected.arrays.image.data)") == image.ravel().tolist()
    own = digitnet.load(small_playground.folder / "model.npz").predict_proba(image)[0]
    shown = looking.state("Array.from(state.inspected.arrays.probabilities.data)")
    assert np.allclose(shown, own, atol=1e-6)
    looking.button("The next test image").click()
    looking.wait_until("state.inspected.fields.index === 18")
    field.fill("10000")
    field.press("Enter")
    looking.shows("#inside-note", "Expected the number of a test image, from 0 to 9\u202f999.")
    looking.button("The test image before").focus()
    assert field.input_value() == "10000"
    assert looking.text("#looked-label").startswith("Test image 18:")
    field.fill("9999")
    field.press("Enter")
    looking.wait_until("state.inspected.fields.index === 9999")
    assert looking.text("#inside-note").startswith("Draw something")


def test_the_drawing_can_be_looked_at(looking):
    assert looking.button("Your drawing").is_disabled()
    looking.tab("Draw")
    looking.draw(THREE)
    looking.waits_for_answer()
    looking.tab("Inside")
    looking.button("Your drawing").click()
    looking.wait_until("state.inspected.fields.source === 'drawing'")
    seen = looking.state("Array.from(state.answer.arrays.images.data)")
    assert looking.state("Array.from(state.inspected.arrays.image.data)") == seen


def test_a_unit_opens_with_its_weights_and_what_excites_it(looking, dense):
    box = looking.page.locator("#way-layers canvas").nth(1)
    box.click(position={"x": 5, "y": 5})
    looking.wait_until("state.unit.fields.layer === 2 && state.unit.fields.unit === 0")
    shown = looking.state("Array.from(state.unit.arrays.weights.data)")
    assert np.allclose(shown, dense[1].W[:, 0])
    looking.shows("#unit-title", "Unit 0 of layer 2")
    looking.page.locator("#way-bars button").nth(4).click()
    looking.wait_until("state.unit.fields.name === '4'")
    looking.shows("#unit-title", "Class 4")
    assert looking.page.locator("#exciting button").count() == 12
    looking.page.locator("#exciting button").first.click()
    looking.wait_until("state.inspected.fields.index === state.unit.fields.exciting[0].number")


def test_units_that_are_switched_off_change_the_answer_and_undo_brings_it_back(looking):
    before = looking.state("Array.from(state.inspected.arrays.logits.data)")
    accuracy = looking.state("state.edited.before")
    title = looking.text("#unit-title")
    for unit in range(3):
        looking.page.locator("#way-layers canvas").first.focus()
        looking.page.keyboard.press("ArrowRight")
        looking.page.keyboard.press("Enter")
        looking.page.wait_for_function(
            "t => document.getElementById('unit-title').textContent !== t", arg=title
        )
        title = looking.text("#unit-title")
        looking.button("Switch it off").click()
        looking.wait_until(f"state.edited.changes.length === {unit + 1}")
    looking.wait_until("state.edited.images === 10000")
    assert looking.state("Array.from(state.inspected.arrays.logits.data)") != before
    assert looking.state("state.edited.accuracy") != accuracy
    looking.shows("#inside-figures", f"{100 * accuracy:.2f} %")
    looking.shows("#changes-list", "3 changes")
    looking.button("Undo the last change").click()
    looking.wait_until("state.edited.changes.length === 2")
    looking.button("Undo all").click()
    looking.wait_until("state.edited.changes.length === 0 && state.edited.images === 10000")
    assert looking.state("Array.from(state.inspected.arrays.logits.data)") == before
    assert looking.state("state.edited.accuracy") == accuracy


def test_a_slider_moves_a_bias_and_a_weight(looking):
    looking.page.locator("#way-bars button").nth(2).click()
    looking.wait_until("state.unit.fields.name === '2'")
    slider = looking.page.locator("#bias-slider")
    slider.press("End")
    looking.wait_until("state.unit.fields.bias === state.unit.fields.bias_reach")
    weights = looking.page.locator("#unit-weights")
    weights.focus()
    weights.press("Home")
    weights.press("Enter")
    looking.shows("#weight-label", "from the unit 0 of layer 2")
    field = looking.page.get_by_label("Its weight from the unit 0 of layer 2")
    field.last.fill("-1,5")
    field.last.press("Enter")
    looking.wait_until("state.unit.arrays.weights.data[0] === -1.5")
    looking.shows("#changes-list", "weight 0 of class 2")


def test_what_is_no_value_of_a_bias_is_told_below_its_field(looking):
    field, note = looking.page.locator("#bias-number"), looking.page.locator("#bias-note")
    for typed in ("x", "1e9"):
        field.fill(typed)
        field.press("Enter")
        looking.shows("#bias-note", "a number from −1000 to 1000")
        field.blur()
        assert field.input_value() == typed
    assert looking.page.locator("#change-problem").is_hidden()
    field.fill("2,5")
    field.press("Enter")
    looking.wait_until("state.unit.fields.bias === 2.5")
    assert note.inner_text() == ""
    field.fill("x")
    field.press("Enter")
    looking.button("Undo all").click()
    looking.wait_until("state.edited.changes.length === 0")
    looking.page.wait_for_function("() => document.getElementById('bias-number').value !== 'x'")
    assert note.inner_text() == ""


def test_while_images_are_read_both_accuracies_say_of_how_many_they_are(looking):
    looking.page.evaluate(
        """async () => {
          const { change } = await import("./state.js");
          const off = { kind: "off", layer: 1, unit: 0, input: null, before: 1, value: 0 };
          const read = { images: 4025, total: 10000, accuracy: 0.9925, before: 0.9928 };
          change({ edited: { ...read, changes: [off] } });
        }"""
    )
    looking.shows("#inside-figures div:last-child dd", "99.25 %, of the first 4\u202f025")
    assert looking.text("#inside-figures dd >> nth=0") == "99.28 %, of the first 4\u202f025"


def test_the_tab_is_used_by_keyboard_alone(looking):
    for selector in ("#from-test", "#image-number", "#way-layers canvas", "#way-bars button"):
        tab_to(looking, selector)
    looking.page.keyboard.press("Enter")
    looking.wait_until("state.unit.fields.name === '0'")
    tab_to(looking, "#bias-slider")
    looking.page.keyboard.press("ArrowRight")
    looking.wait_until("state.edited.changes.length === 1")


def test_an_image_of_a_cell_is_looked_into(looking):
    looking.tab("Evaluate")
    looking.wait_until("state.opened !== null")
    looking.page.locator(".opened-image button").first.click()
    looking.wait_until("state.tab === 'inside'")
    looking.wait_until("state.inspected.fields.index === state.opened.fields.listed[0].number")
    looking.page.get_by_text(", wrong: it is a").wait_for()


def test_a_point_of_a_map_shows_its_image_and_can_be_looked_at(looking):
    looking.page.locator("#maps-part").scroll_into_view_if_needed()
    looking.wait_until("state.maps.length === 4")
    looking.page.locator("#maps canvas").nth(1).hover()
    looking.wait_until("state.point !== null")
    point = looking.state("state.point")
    label = load_mnist().test.labels[point]
    looking.shows("#map-says", f"Test image {point}: a {label}")
    looking.page.keyboard.press("Tab")
    looking.page.locator("#maps canvas").nth(2).focus()
    looking.page.keyboard.press("ArrowRight")
    looking.wait_until(f"state.point !== {point}")
    point = looking.state("state.point")
    looking.page.keyboard.press("Enter")
    looking.wait_until(f"state.inspected.fields.index === {point}")
    shares = looking.state("state.maps.map((each) => each.fields.separation)")
    assert shares == sorted(shares)


def test_accuracy_falls_as_images_are_distorted(looking):
    looking.page.locator("#robust-part").scroll_into_view_if_needed()
    looking.wait_until("state.robustness.stroke?.arrays.accuracies.shape[0] === 7")
    assert looking.page.locator("#robustness figure").count() == 4
    label = looking.page.locator("#robustness svg").first.get_attribute("aria-label")
    shares = looking.state("Array.from(state.robustness.noise.arrays.accuracies.data)")
    assert f"0 %: {100 * shares[0]:.1f} %" in label
    assert shares[-1] < shares[0]
    whole = """() => Array.from(document.querySelectorAll("#robustness svg text"), (each) => {
      const [inner, outer] = [each, each.ownerSVGElement].map((at) => at.getBoundingClientRect());
      return inner.left >= outer.left && inner.right <= outer.right;
    }).every(Boolean)"""
    assert looking.page.evaluate(whole)


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("telephone", "dark")])
def test_axe_finds_no_violation(browser, small_playground, size, scheme):
    width, _ = SIZES[size]
    context = without_motion(browser, SIZES[size], scheme)
    guest = Visitor(context.new_page(), small_playground.address)
    guest.open("#inside")
    guest.wait_until("state.inspected !== null && state.unit?.fields.ready")
    guest.page.locator("#robust-part").scroll_into_view_if_needed()
    guest.wait_until("state.robustness.noise && state.maps.length === 4")
    guest.page.locator("#maps canvas").first.hover()
    guest.wait_until("state.point !== null")
    assert violations(guest) == []
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= width
    last = guest.page.get_by_role("tab").last.bounding_box()
    assert last["x"] + last["width"] <= width
    guest.tab("Evaluate")
    guest.wait_until("state.opened !== null")
    assert violations(guest) == []
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= width
    guest.check()
    context.close()
