"""Fingers: on the pad they draw, beside it they scroll, on a telephone held either way."""

import itertools

import pytest

from tests.page.visitor import Visitor

WAYS = {"upright": (390, 844), "on its side": (844, 390)}


@pytest.fixture(params=WAYS, scope="module")
def held(request, browser):
    """The page of a telephone, held one way or the other."""
    width, height = WAYS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def telephone(held, playground):
    visitor = Visitor(held, playground.address)
    visitor.open()
    yield visitor
    visitor.leave()


def along(start, end, steps=12):
    """Points of a line, both ends included."""
    return [
        tuple(a + (b - a) * n / steps for a, b in zip(start, end, strict=True))
        for n in range(steps + 1)
    ]


def touch(visitor, *corners):
    """Move a finger along lines between these points of the screen."""
    page = visitor.page
    session = page.context.new_cdp_session(page)
    points = [corners[0]]
    for start, end in itertools.pairwise(corners):
        points += along(start, end)[1:]
    for n, (x, y) in enumerate(points):
        kind = "touchMove" if n else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def pad_of(visitor):
    """Its left, top, right and bottom on the screen."""
    box = visitor.page.locator("#pad").bounding_box()
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def test_a_finger_that_begins_beside_the_pad_scrolls_and_draws_nothing(telephone):
    left, top, right, bottom = pad_of(telephone)
    middle = (left + right) / 2
    touch(telephone, (middle, bottom + 30), (middle, top + 20))
    telephone.page.wait_for_function("() => scrollY > 50")
    assert not telephone.state("state.inked")


def test_one_that_begins_on_the_pad_draws_and_does_not_scroll(telephone):
    left, top, right, bottom = pad_of(telephone)
    middle = (left + right) / 2
    touch(telephone, (middle, bottom - 20), (middle, top + 20))
    telephone.answer("1")
    assert telephone.page.evaluate("scrollY") == 0
    assert telephone.page.evaluate("String(getSelection())") == ""


def test_one_that_leaves_the_pad_and_comes_back_goes_on_with_its_stroke(telephone):
    left, top, right, bottom = pad_of(telephone)
    third, two = (2 * left + right) / 3, (left + 2 * right) / 3
    beyond = bottom + 40
    touch(telephone, (third, top + 30), (third, beyond), (two, beyond), (two, top + 30))  # like a U
    telephone.waits_for_answer()
    pixels = telephone.last("draw").arrays["pixels"]
    height, width = pixels.shape
    for side in (pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :]):
        assert (side < 128).any()
    assert telephone.page.evaluate("scrollY") == 0
    telephone.button("Undo").click()
    telephone.wait_until("!state.inked")  # it was one


def test_all_of_the_pad_is_seen_with_the_answer_and_room_to_scroll(telephone):
    left, top, right, bottom = pad_of(telephone)
    middle = (left + right) / 2
    touch(telephone, (middle, bottom - 20), (middle, top + 20))
    telephone.answer("1")
    height = telephone.page.viewport_size["height"]
    assert 0 <= top < bottom <= height - 60
    answer = telephone.page.locator("#answer").bounding_box()
    assert answer["y"] + answer["height"] < height
    assert telephone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
