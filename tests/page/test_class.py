"""A class: many visitors of one computer, each with his share of it."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.camera import code_in
from tests.page.served import Playground
from tests.page.visitor import Visitor

VISITORS = 2


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    pytest.importorskip("uvicorn", reason="the extra digitnet[web] is not there")
    options = ("--host", "0.0.0.0", "--visitors", str(VISITORS))
    with Playground(tmp_path_factory.mktemp("class"), *options) as server:
        token = server.address.rpartition("?")[2]
        yield f"http://127.0.0.1:{server.port}/?{token}"


def test_recipes_beyond_the_limits_say_why_they_cannot_be_chosen(browser, classroom):
    context = browser.new_context()
    visitor = Visitor(context.new_page(), classroom)
    visitor.open("#train")
    options = visitor.page.locator("#recipe option")
    texts = {each.get_attribute("value"): each for each in options.all()}
    assert texts["default"].is_enabled()
    assert texts["pixels"].is_disabled()
    assert "more than 1024 units" in texts["pixels"].inner_text()
    visitor.check()
    context.close()


def test_who_finds_no_place_is_told_in_place_of_the_pad(browser, classroom):
    context = browser.new_context()
    for _ in range(VISITORS + 1):
        page = context.new_page()
        page.goto(classroom)
        Visitor(page, classroom).wait_until("state.setup !== null || state.refusal !== ''")
    page.get_by_text("There are too many visitors at the moment.").wait_for()
    assert page.locator("#pad").is_hidden()
    context.close()


def test_the_code_that_invites_others_leads_to_the_page(browser, classroom):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    visitor = Visitor(context.new_page(), classroom)
    visitor.open()
    visitor.button("Invite others").click()
    picture = visitor.page.get_by_role("img", name="The address as a QR code")
    visitor.page.wait_for_function("() => document.getElementById('invitation-code').complete")
    image = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("L"))
    address = visitor.page.locator("#invitation-address").inner_text()
    assert code_in(image) == address
    assert address.endswith(classroom.rpartition("/")[2])
    visitor.button("Close").click()
    picture.wait_for(state="hidden")
    visitor.check()
    context.close()


def test_nobody_is_invited_where_nobody_else_can_come(visitor):
    with visitor.page.expect_response("**/invitation.json"):
        visitor.page.reload()
    visitor.wait_until("state.setup !== null")
    assert visitor.page.locator("#invite").is_hidden()
