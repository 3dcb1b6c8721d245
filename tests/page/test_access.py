"""Access: by keyboard alone, for screen readers, on a telephone, in the dark."""

from pathlib import Path

import pytest

from tests.page.visitor import THREE, Visitor

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
SIZES = {"desktop": (1280, 800), "telephone": (390, 844)}


def without_motion(browser, size, scheme, **options):
    """A context of the browser of this size (width, height), "light" or "dark"."""
    viewport = dict(zip(("width", "height"), size, strict=True))
    return browser.new_context(
        viewport=viewport, color_scheme=scheme, reduced_motion="reduce", **options
    )


def violations(visitor, *rules):
    """What axe-core finds by all of its rules, or by these, in words."""
    visitor.page.evaluate(AXE)
    options = {"runOnly": list(rules)} if rules else {}
    found = visitor.page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize(
    ("size", "scheme", "rules"),
    [
        ("desktop", "light", []),
        ("telephone", "dark", []),
        ("desktop", "dark", ["color-contrast"]),  # of the colours alone it depends
        ("telephone", "light", ["color-contrast"]),
    ],
)
def test_axe_finds_no_violation_on_any_tab(browser, playground, size, scheme, rules):
    context = without_motion(browser, SIZES[size], scheme)
    visitor = Visitor(context.new_page(), playground.address)
    visitor.open("#train?epochs=1&hidden_layer_sizes=16")
    visitor.button("Start").click()
    visitor.status("finished")
    visitor.wait_until("state.confusion !== null && state.layers !== null")
    assert violations(visitor, *rules) == []
    visitor.tab("Draw")
    assert violations(visitor, *rules) == []
    visitor.draw(THREE)
    visitor.answer("3")
    visitor.wait_until("state.inside !== null")
    assert violations(visitor, *rules) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    visitor.check()
    context.close()


def test_the_page_for_other_programs_has_no_violation(visitor):
    visitor.page.goto(visitor.address + "api.html")
    assert violations(visitor) == []


def tab_to(visitor, selector, most=200):
    """Press Tab until this has the focus."""
    for _ in range(most):
        if visitor.page.evaluate(f"document.activeElement?.matches({selector!r})"):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def test_a_whole_visit_by_keyboard_alone(visitor):
    keyboard = visitor.page.keyboard
    tab_to(visitor, "#pad")
    for _ in range(6):
        keyboard.press("ArrowUp")
    keyboard.press("Space")  # the pen goes down: a one from top to bottom, a little slanted
    for n in range(14):
        keyboard.press("ArrowDown")
        if n % 4 == 3:
            keyboard.press("ArrowLeft")
    keyboard.press("Space")
    visitor.answer("1")
    tab_to(visitor, "#bar-7")
    visitor.wait_until("state.pointed === 7")
    visitor.page.locator("#tab-draw").focus()
    keyboard.press("ArrowRight")
    visitor.wait_until("state.tab === 'train'")
    tab_to(visitor, "#run")
    keyboard.press("Enter")
    visitor.wait_until("state.epochs.length >= 1")
    keyboard.press("Enter")
    visitor.status("paused")


def test_the_answer_and_each_epoch_are_announced(visitor):
    visitor.draw(THREE)
    visitor.page.wait_for_function(
        "() => document.getElementById('announcer').textContent.includes('Read as 3')"
    )
    visitor.tab("Train")
    visitor.button("One epoch").click()
    visitor.page.wait_for_function(
        "() => /Epoch 1: loss .* accuracy/.test(document.getElementById('announcer').textContent)"
    )


OUTLINES = """
() => {
  const at = document.activeElement;
  return [at, at.parentElement].map((each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
  });
}
"""


def test_the_focus_can_be_seen(visitor):
    for selector in ("#tab-draw", "#theme", "#pad", "#kept-summary", "#model-choice"):
        tab_to(visitor, selector)
        assert max(visitor.page.evaluate(OUTLINES)) >= 2, selector
