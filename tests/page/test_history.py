"""Where the page is: Back and Forward go from tab to tab, and a reload finds what was there."""

import numpy as np

from tests.page.visitor import THREE


def test_back_goes_to_the_tab_before_and_keeps_the_settings_of_now(evaluating):
    page = evaluating.page
    page.locator(".opened-image button").first.click()
    number = evaluating.state("state.opened.fields.listed[0].number")
    evaluating.wait_until(f"state.inspected?.fields.index === {number}")
    assert page.url.endswith(f"#inside?image={number}")
    page.go_back()
    evaluating.wait_until("state.tab === 'evaluate'")
    assert page.locator(".opened-image").first.is_visible()
    page.go_forward()
    evaluating.wait_until(f"state.tab === 'inside' && state.source.index === {number}")
    evaluating.tab("Train")
    page.wait_for_function("() => location.hash === '#train'")
    page.get_by_label("Learning rate", exact=True).fill("0.05")
    page.get_by_label("Learning rate", exact=True).press("Enter")
    page.wait_for_function("() => location.hash.includes('learning_rate')")
    page.go_back()
    evaluating.wait_until("state.tab === 'inside'")
    rate = "location.hash.endsWith('&learning_rate=0.05')"
    page.wait_for_function(
        f"number => location.hash.includes('image=' + number) && {rate}", arg=number
    )
    page.reload()
    evaluating.wait_until(f"state.inspected?.fields.index === {number}")
    page.evaluate("location.hash = '#inside?image=10000'")
    page.get_by_text("Expected the number of a test image, from 0 to 9\u202f999.").wait_for()
    evaluating.wait_until("state.inspected.fields.index === 9999")


def test_a_drawing_outlasts_a_reload_until_it_is_forgotten(visitor):
    visitor.draw(THREE)
    visitor.answer("3")
    pixels = visitor.last("draw").arrays["pixels"]
    visitor.tab("Inside")
    visitor.page.wait_for_function("() => location.hash === '#inside'")
    visitor.page.reload()
    visitor.wait_until("state.inspected?.fields.source === 'drawing'")
    assert np.array_equal(visitor.last("draw").arrays["pixels"], pixels)
    visitor.tab("Draw")
    visitor.button("Undo").click()
    visitor.answer("")
    visitor.draw(THREE)
    visitor.answer("3")
    visitor.button("Forget my work").click()
    visitor.button("Forget").click()
    visitor.wait_until("state.answer === null && !state.inked")
    visitor.page.reload()
    visitor.wait_until("state.setup !== null")
    assert visitor.page.evaluate("sessionStorage.getItem('strokes')") is None
    assert not visitor.state("state.inked")


def test_on_a_telephone_a_tab_that_is_opened_by_its_address_begins_at_its_top(visitor):
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.page.goto("about:blank")
    visitor.open("#train")
    visitor.page.locator("#status", has_text="Ready").wait_for()
    assert visitor.page.evaluate("scrollY") == 0
