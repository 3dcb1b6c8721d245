"""One step: all stages by keyboard, numbers of the visit, any weight, any learning rate."""

import re

import pytest

from tests.page.test_access import tab_to, violations, without_motion
from tests.page.visitor import FOUR, THREE, Visitor


@pytest.fixture
def step(newcomer):
    """A page with the tab open by its address, and the first step walked through."""
    newcomer.open("#step")
    ready(newcomer)
    return newcomer


def ready(visitor):
    visitor.wait_until("state.walked !== null && state.probed !== null")


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
        assert step.text("#stage-count").endswith(f", {n + 1} of {len(stages)}")
        cells = step.page.locator("#stage-table tbody td").all_inner_texts()
        shown = [each for each in cells if each]
        told = [cell for row in stage["rows"] for cell in row[1:] if cell]
        assert [number(each.removesuffix(" nats")) for each in shown] == [
            float(each.removesuffix(" nats")) for each in told
        ]
        assert step.text("#stage-formula")
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
    assert number(step.text("#loss-before")) == pytest.approx(
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


def agrees(visitor):
    """What is shown of the weight is what the visit measured, and that is what it derived."""
    visitor.drawn()
    gradient, measured = number(visitor.text("#gradient")), number(visitor.text("#measured"))
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
    before = number(step.text("#loss-after"))
    tab_to(step, "#step-rate")
    for _ in range(5):
        step.page.keyboard.press("ArrowLeft")
    step.wait_until("state.walked.rate < 0.004 && state.walked.rate === state.wish.rate")
    after = number(step.text("#loss-after"))
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


def test_a_class_and_a_unit_that_are_clicked_are_followed(step):
    at_stage(step, "logit")
    k = step.state("state.walked.shown[1].find((each) => each !== state.walked.target)")
    row = step.page.locator("#way-classes button").nth(k)
    row.click()
    step.wait_until(f"state.walked.logit === {k}")
    assert row.get_attribute("aria-pressed") == "true"
    assert step.text("#stage-title").endswith(f"class {k}")
    shown = number(step.page.locator("#stage-table tbody td").last.inner_text())
    assert shown == pytest.approx(number(row.locator(".way-value").inner_text()), rel=5e-3)
    at_stage(step, "back")
    step.page.locator("#way-hidden button").nth(3).click()
    step.wait_until("state.walked.followed[0] === 3")
    assert step.text("#stage-title") == "Back through unit 3"
    products = [number(each) for each in step.page.locator(PRODUCTS).all_inner_texts()]
    *terms, total, _, _ = products
    assert sum(terms) == pytest.approx(total, abs=1e-5)


PRODUCTS = "#stage-table tbody td:last-child"


def test_once_more_shows_what_the_changed_network_computes(step):
    at_stage(step, "effect")
    shown = step.page.locator("#way-hidden .way-value").all_inner_texts()
    told = step.state("Array.from(state.walked.arrays.h_after.data)")
    assert [number(each) for each in shown] == [pytest.approx(each, rel=5e-3) for each in told]
    assert step.text("#way-note").startswith("Lines after the step")
    assert "log" in step.text("#stage-formula")
    assert float(step.text("#stage-formula").split("=")[-1]) == pytest.approx(
        step.state("state.walked.loss_after"), rel=1e-4
    )


def test_no_stage_is_written_as_on_a_terminal(step):
    """28 x 28, 28 * 3, eta, f'(z) and z2 are for terminals."""
    signs = step.page.evaluate(
        """async () => {
            const { math, withNames } = await import("./formula.js");
            const shown = (parts) => {
                const where = document.createElement("p");
                where.append(...parts);
                return where.innerHTML;
            };
            return [
                shown(withNames("28 x 28, 28 * 3 + 13, with eta, f'(z) = 1 - h^2, z2")),
                shown(withNames("m = -1.5e-07.")),
                shown(math("L = -log 1.5e-07")),
            ];
        }"""
    )
    assert signs == [
        "28 × 28, 28 · 3 + 13, with η, f′(z) = 1 − h<sup>2</sup>, z<sup>(2)</sup>",
        "m = −1.5 · 10⁻⁷.",
        "L = −log 1.5 · 10⁻⁷",
    ]
    for n in range(step.state("state.walked.stages.length")):
        step.page.locator("#stages button").nth(n).click()
        step.drawn()
        shown = step.text("#stage") + step.text("#stages")
        assert not re.search(r"\d x \d|\*|eta|f'|\^|true|<-|[zh]\d_", shown), n


def test_a_weight_that_carries_nothing_is_not_marked_as_if_it_did(step):
    at_stage(step, "logit")
    off = step.state("state.walked.shown[0].find((_, i) => state.walked.arrays.h.data[i] === 0)")
    step.page.locator("#weight-layer").select_option("2")
    step.wait_until("state.probed.layer === 2")
    step.page.locator("#weight-start").fill(str(off))
    step.wait_until(f"state.probed.layer === 2 && state.probed.start === {off}")
    colours = step.page.evaluate(
        """() => {
            const of = (which) => getComputedStyle(document.querySelector(which)).stroke;
            return [[".way-line.for", ".way-line.against"].map(of),
                    [".way-line.zero", ".way-chosen", ".way-ring"].map(of)];
        }"""
    )
    assert not set(colours[0]) & set(colours[1])
    width = step.page.locator(".way-line.zero").first.get_attribute("stroke-width")
    assert float(width) < 1
    step.page.locator("#weight-bias").check()
    step.wait_until("state.probed.bias")
    assert step.text("#weight-where").startswith("The bias of class ")


def test_fields_sentence_and_formula_say_the_same_weight(step):
    step.page.locator("#weight-end").click()
    step.page.keyboard.type("3")
    box = step.page.locator("#way-x").bounding_box()
    step.page.mouse.move(box["x"] + 12.5 / 28 * box["width"], box["y"] + 20.5 / 28 * box["height"])
    step.wait_until("state.hovered && state.probed.start === 20 * 28 + 12")
    assert step.page.locator("#weight-start").input_value() == str(20 * 28 + 12)
    unit = step.state("state.walked.followed[0]")
    assert step.page.locator("#weight-end").input_value() == str(unit)
    assert step.text("#weight-where") == f"From row 20, column 12 to unit {unit}."


def test_while_another_network_is_computed_it_says_so_and_mixes_nothing(step):
    step.page.evaluate(
        """async () => {
            const { draws, state } = await import("./state.js");
            const step = document.getElementById("step");
            window.states = [];
            draws(["walking", "walked", "probed"], () => {
                const product = getComputedStyle(document.getElementById("weight-product"));
                const isOfBoth = state.probed?.loss !== state.walked?.loss;
                const mixed = isOfBoth && product.visibility === "visible";
                window.states.push([step.getAttribute("aria-busy"), mixed]);
            });
        }"""
    )
    step.page.get_by_label("Network", exact=True).select_option("fresh")
    step.wait_until("state.walked.network === 'fresh' && state.probed?.loss === state.walked.loss")
    states = step.page.evaluate("window.states")
    assert "true" in [busy for busy, _ in states]
    assert not any(mixed for _, mixed in states)
    assert step.page.locator("#step").get_attribute("aria-busy") == "false"


def test_the_curve_of_losses_has_an_axis_and_says_where_it_is_cut(step):
    at_stage(step, "effect")
    ticks = step.page.locator("#rate-chart text").all_text_contents()
    assert ticks[0] == "0"
    assert ticks[1].startswith("L = ")
    most = float(ticks[1].removeprefix("L = "))
    others = step.state("Array.from(state.walked.arrays.other_losses.data)")
    assert ("beyond" in ticks[-1]) == (max(others) > most)
    assert max(others) > most
    assert "first 500 other test images" in step.text("#rate-words")


def test_images_have_the_numbers_of_the_test_set_and_what_was_searched_is_said(step):
    assert step.text("#wish-which") == "no. 1"
    step.button("Next image").click()
    step.wait_until("state.walked.image === 2")
    step.page.get_by_label("Image", exact=True).select_option("wrong")
    step.wait_until("state.walked.searched === 2000")
    image = step.state("state.walked.image")
    assert step.text("#wish-which") == f"no. {image}"
    note = step.text("#wished-note").replace("\u202f", "")
    assert f"Test image {image} (from 0)" in note
    assert "of the first 2000 are read wrong" in note


def test_the_address_is_that_of_the_stage_and_brings_it_back(step):
    step.page.get_by_label("Network", exact=True).select_option("fresh")
    step.wait_until("state.walked.network === 'fresh'")
    step.page.get_by_label("Image", exact=True).select_option("3")
    step.wait_until("state.walked.label === 3")
    step.page.get_by_label("Taught as").select_option(label="8")
    step.wait_until("state.walked.target === 8")
    at_stage(step, "loss")
    step.page.wait_for_function("() => location.hash.endsWith('&stage=6')")
    image = step.state("state.walked.image")
    step.page.reload()
    ready(step)
    walked = step.state(
        "[state.walked.network, state.walked.image, state.walked.target, state.stage]"
    )
    assert walked == ["fresh", image, 8, 5]
    step.page.evaluate("() => { location.hash = '#step?image=4&stage=3' }")
    step.wait_until("state.walked.image === 4 && state.walked.network === 'small'")
    assert step.state("[state.stage, state.walked.target]") == [2, 4]
    assert step.state("state.errors.address ?? null") is None
    step.page.evaluate("() => { location.hash = '#step?network=large' }")
    step.wait_until("state.errors.address?.includes('network=large')")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
def test_all_is_on_the_screen_even_of_the_network_of_draw(browser, playground, width, height):
    """Small numbers stay in their frames, stages in their places, and nothing scrolls."""
    context = browser.new_context(viewport={"width": width, "height": height})
    visitor = Visitor(context.new_page(), playground.address)
    visitor.open()
    visitor.draw(FOUR)
    visitor.answer("4")
    visitor.tab("One step")
    for network in ("small", "answering"):
        visitor.page.get_by_label("Network", exact=True).select_option(network)
        visitor.wait_until(f"state.walked?.network === '{network}' && state.probed !== null")
        places = set()
        for n in range(visitor.state("state.walked.stages.length")):
            visitor.page.locator("#stages button").nth(n).click()
            visitor.drawn()
            places.add(visitor.page.evaluate(PLACES))
            assert visitor.page.evaluate(CUT) == [], n
        assert len(places) == 1
    visitor.check()
    context.close()


PLACES = """() => JSON.stringify(Array.from(
    document.querySelectorAll("#stages button"), (each) => each.getBoundingClientRect().left))"""
CUT = """() => {
    const page = document.documentElement;
    const cut = ["#stage-table", "#stages", ".way-value", "#way-loss"].filter((which) =>
        Array.from(document.querySelectorAll(which)).some(
            (each) => each.scrollWidth > each.clientWidth));
    return page.scrollHeight > innerHeight ? [...cut, "page"] : cut;
}"""


def test_where_stages_do_not_fit_the_bar_fades_out_at_that_end(step):
    step.page.set_viewport_size({"width": 800, "height": 800})
    bar = step.page.locator("#stages")
    at_stage(step, "pixels")
    assert "more-after" in bar.get_attribute("class")
    assert "more-before" not in bar.get_attribute("class")
    at_stage(step, "effect")
    step.page.wait_for_function(
        "() => document.querySelector('#stages').classList.contains('more-before')"
    )
    assert "more-after" not in bar.get_attribute("class")


def test_a_stage_with_many_rows_is_played_for_longer(step):
    at_stage(step, "softmax")
    step.page.evaluate("() => { window.began = performance.now() }")
    step.button("Play").click()
    step.wait_until("state.stage === 5")
    took = step.page.evaluate("() => performance.now() - window.began")
    assert took > 5000
    step.button("Pause").click()


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (390, 844, "dark")])
def test_axe_finds_no_violation_and_the_way_leads_to_the_loss(
    browser, playground, width, height, scheme
):
    context = without_motion(browser, (width, height), scheme, has_touch=width < height)
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
