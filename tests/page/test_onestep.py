"""One step: all stages by keyboard, numbers of the visit, any weight, any learning rate."""

import pytest

from tests.page.test_access import tab_to, violations
from tests.page.visitor import THREE, Visitor


@pytest.fixture
def step(context, playground):
    """A page with the tab open by its address, and the first step walked through."""
    visitor = Visitor(context.new_page(), playground.address)
    visitor.open("#step")
    ready(visitor)
    yield visitor
    visitor.check()


def ready(visitor):
    visitor.wait_until("state.walked !== null && state.probed !== null")


def text(visitor, selector):
    return visitor.page.locator(selector).inner_text()


def number(shown):
    """What a number on the page says: 1.2 · 10⁻³ is 0.0012."""
    plain = shown.replace("−", "-").replace(" · 10", "e")
    return float(plain.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")))


def at_stage(visitor, kind):
    """Go to the stage of this kind by its button."""
    index = visitor.state(f"state.walked.stages.findIndex((each) => each.kind === '{kind}')")
    visitor.page.locator("#stages button").nth(index).click()
    visitor.wait_until(f"state.walked.stages[state.stage].kind === '{kind}'")
    visitor.page.wait_for_function(
        "n => document.querySelector('#stage-count').textContent.includes(`, ${n + 1} of`)",
        arg=index,
    )


def test_every_stage_by_keyboard_with_its_formula_and_numbers(step):
    keyboard = step.page.keyboard
    tab_to(step, "#stage-play")
    tab_to(step, "#stages button[aria-current]")
    stages = step.state("state.walked.stages")
    for n, stage in enumerate(stages):
        step.page.wait_for_function(
            "n => document.querySelector('#stage-count').textContent.includes(`, ${n} of`)",
            arg=n + 1,
        )
        assert text(step, "#stage-count").endswith(f", {n + 1} of {len(stages)}")
        cells = step.page.locator("#stage-table tbody td").all_inner_texts()
        shown = [each for each in cells if each]
        told = [cell for row in stage["rows"] for cell in row[1:] if cell]
        assert [number(each.removesuffix(" nats")) for each in shown] == [
            float(each.removesuffix(" nats")) for each in told
        ]
        assert text(step, "#stage-formula")
        keyboard.press("ArrowRight")
    for _ in stages:
        keyboard.press("ArrowLeft")
    step.wait_until("state.stage === 0")
    keyboard.press("PageDown")
    step.wait_until("state.stage === 1")
    step.button("Play").click()
    step.wait_until("state.stage === 2")
    step.button("Pause").click()
    step.button("Next").click()
    step.button("Back").click()
    step.wait_until("state.stage === 2 && !state.playing")


def test_what_the_picture_says_are_the_visits_numbers(step):
    def column(selector, array):
        shown = [number(each) for each in step.page.locator(selector).all_inner_texts()]
        told = step.state(f"Array.from(state.walked.arrays.{array})")
        assert shown == [pytest.approx(each, rel=5e-3, abs=1e-12) for each in told]

    at_stage(step, "sum")
    column("#way-hidden .way-value", "z.data.subarray(0, 16)")
    at_stage(step, "logit")
    column("#way-hidden .way-value", "h.data")
    column("#way-classes .way-value", "z.data.subarray(16)")
    at_stage(step, "back")
    column("#way-hidden .way-value", "dz.data.subarray(0, 16)")
    column("#way-classes .way-value", "dz.data.subarray(16)")
    at_stage(step, "effect")
    assert number(text(step, "#loss-before")) == pytest.approx(
        step.state("state.walked.loss"), rel=1e-3
    )
    shares = step.page.locator("#way-classes .way-value").all_inner_texts()
    after = step.state("Array.from(state.walked.arrays.probabilities_after.data)")
    assert [float(each.strip("> %")) for each in shares] == [
        pytest.approx(100 * each, abs=0.06) for each in after
    ]


def test_a_weight_that_is_pointed_at_shows_its_product_and_its_measure(step):
    at_stage(step, "input")
    box = step.page.locator("#way-d").bounding_box()
    step.page.mouse.move(box["x"] + 12.5 / 28 * box["width"], box["y"] + 20.5 / 28 * box["height"])
    step.wait_until("state.probed.start === 20 * 28 + 12 && state.probed.layer === 1")
    agrees(step)
    step.page.mouse.click(box["x"] + 13.5 / 28 * box["width"], box["y"] + 21.5 / 28 * box["height"])
    step.page.mouse.move(0, 0)
    step.wait_until("state.probed.start === 21 * 28 + 13")
    start = step.page.locator(".way-line").last.evaluate(
        "line => line.getBoundingClientRect().toJSON()"
    )
    step.page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    step.wait_until("state.probed.layer === 2")
    agrees(step)


DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What was told is drawn before the next frame."""


def agrees(visitor):
    """What is shown of the weight is what the visit measured, and that is what it derived."""
    visitor.page.evaluate(DRAWN)
    gradient, measured = number(text(visitor, "#gradient")), number(text(visitor, "#measured"))
    assert gradient == pytest.approx(visitor.state("state.probed.gradient"), rel=1e-5)
    assert measured == pytest.approx(gradient, rel=1e-5, abs=1e-9)
    product = visitor.state("state.probed.input * state.probed.blame")
    assert gradient == pytest.approx(product, rel=1e-5)


def test_a_weight_is_chosen_by_keyboard(step):
    keyboard = step.page.keyboard
    tab_to(step, "#way-x")
    before = step.state("state.walked.pixel")
    keyboard.press("ArrowDown")
    step.wait_until(f"state.probed.start === {before} + 28")
    keyboard.press("ArrowRight")
    step.wait_until(f"state.probed.start === {before} + 29")
    tab_to(step, "#way-hidden button")
    keyboard.press("Home")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    step.wait_until("state.walked.followed[0] === 1 && state.probed.end === 1")
    tab_to(step, "#weight-layer")
    keyboard.press("ArrowDown")
    step.wait_until("state.probed.layer === 2 && state.probed.start === 1")
    tab_to(step, "#weight-end")
    keyboard.type("3")
    keyboard.press("Enter")
    step.wait_until("state.probed.layer === 2 && state.probed.end === 3")
    step.page.locator("#weight-bias").check()
    step.wait_until("state.probed.bias")
    agrees(step)


def test_the_learning_rate_changes_the_loss_after_the_step(step):
    at_stage(step, "effect")
    before = number(text(step, "#loss-after"))
    tab_to(step, "#step-rate")
    for _ in range(5):
        step.page.keyboard.press("ArrowLeft")
    step.wait_until("state.walked.rate < 0.004 && state.walked.rate === state.wish.rate")
    step.page.evaluate(DRAWN)
    after = number(text(step, "#loss-after"))
    assert after > before
    assert after == pytest.approx(step.state("state.walked.loss_after"), rel=1e-3)
    assert step.state("state.walked.loss") > after


def test_the_visitors_own_drawing_is_walked_through(visitor):
    visitor.draw(THREE)
    visitor.answer("3")
    visitor.tab("One step")
    ready(visitor)
    assert visitor.state("state.walked.source") == "drawing"
    assert visitor.state("state.walked.classes[state.walked.target]") == "3"
    visitor.page.get_by_label("Taught as").select_option(label="8")
    visitor.wait_until("state.walked.classes[state.walked.target] === '8'")


def test_where_nothing_is_drawn_it_says_so_and_the_address_opens_the_tab_again(step):
    step.page.get_by_label("Image", exact=True).select_option("drawing")
    step.page.get_by_text("Nothing is drawn there so far").wait_for()
    assert not step.page.locator("#way").is_visible()
    step.button("Take the small network and a test image").click()
    step.wait_until("state.walked?.source === 'test'")
    assert step.page.locator("#way").is_visible()
    step.page.reload()
    ready(step)
    assert step.page.url.endswith("#step")


def test_a_network_without_hidden_layer_and_one_with_several(visitor):
    for sizes, stages in (("", 8), ("16,12,8", 18)):
        visitor.open(f"#train?hidden_layer_sizes={sizes}")
        if visitor.state("state.training.step"):
            visitor.button("Reset").click()
        visitor.wait_until(f"String(state.training.settings.hidden_layer_sizes) === '{sizes}'")
        visitor.button("One step").click()
        visitor.wait_until("state.training.step === 1")
        visitor.button("Use it in Draw").click()
        visitor.tab("One step")
        visitor.page.get_by_label("Network", exact=True).select_option("answering")
        visitor.wait_until(f"state.walked?.stages.length === {stages}")
        at_stage(visitor, "output")
        visitor.wait_until("state.probed?.layer === state.walked.sizes.length - 1")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (390, 844, "dark")])
def test_axe_finds_no_violation_and_the_way_leads_to_the_loss(
    browser, playground, width, height, scheme
):
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=width < height,
    )
    visitor = Visitor(context.new_page(), playground.address)
    visitor.open("#step")
    ready(visitor)
    for kind in ("input", "effect"):
        at_stage(visitor, kind)
        assert violations(visitor) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [visitor.page.locator(each).bounding_box() for each in WAY]
    along = [box["x" if width > height else "y"] for box in boxes]
    assert along == sorted(along)
    if width < height:
        visitor.page.locator("#way-d").tap()
        visitor.wait_until("state.weight !== null && state.probed.start === state.weight.start")
    visitor.check()
    context.close()


WAY = ("#way-x", "#way-hidden", "#way-classes")
