"""The page in German: it shows German, and goes back to English."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.page.conftest import DESKTOP, LONGEST_MS
from tests.page.served import Playground
from tests.page.visitor import FOUR, Visitor

TABS = ("Zeichnen", "Trainieren", "Innen", "Ein Schritt", "Auswerten")
ENGLISH = re.compile(r"\b(the|of|and|is|what|it|its|right|read|units?|weights?|with)\b")
"""Words that stand in many English sentences, and in no German ones."""
OWN = re.compile(r"digitnet read\b")
"""What is English in German, too: a command."""
NARROW, WIDE = {"width": 390, "height": 844}, DESKTOP


@pytest.fixture
def german(browser: Any, small_playground: Playground) -> Iterator[Visitor]:
    """Somebody whose browser prefers German; anything on its console fails the test."""
    context = browser.new_context(viewport=WIDE, locale="de-AT")
    context.set_default_timeout(LONGEST_MS)
    guest = Visitor(context.new_page(), small_playground.address)
    guest.open()
    yield guest
    guest.check()
    context.close()


def shown(visitor: Visitor) -> str:
    """All that is seen, and what a screen reader says of it besides."""
    return visitor.page.evaluate(
        """() => {
          const names = ["aria-label", "title", "placeholder", "alt"];
          const all = [...document.querySelectorAll("body *")];
          const seen = all.filter((each) => each.checkVisibility());
          const said = seen.flatMap((each) => names.map((name) => each.getAttribute(name) ?? ""));
          return [document.body.innerText, ...said].join("\\n");
        }"""
    )


def open_tab(visitor: Visitor, tab: str) -> None:
    visitor.page.get_by_role("tab", name=tab, exact=True).click()


def fill(visitor: Visitor) -> None:
    """Draw a digit, and learn a little."""
    visitor.draw(FOUR)
    visitor.wait_until("state.inside?.number === state.number")
    open_tab(visitor, "Trainieren")
    visitor.page.get_by_role("button", name="Eine Epoche").click()
    visitor.wait_until("state.training.status === 'paused' && state.confusion !== null")


def test_every_tab_is_in_german(german):
    assert german.page.evaluate("document.documentElement.lang") == "de"
    assert german.page.title() == "digitnet: Spielplatz"
    fill(german)
    for tab in TABS:
        open_tab(german, tab)
        if tab == "Ein Schritt":
            german.wait_until("state.walked !== null && state.probed !== null")
        if tab == "Innen":
            german.wait_until("state.unit?.fields.ready === true")
        if tab == "Auswerten":
            german.wait_until("state.evaluation !== null && state.opened !== null")
        german.page.wait_for_timeout(300)
        text = OWN.sub("", shown(german))
        assert not ENGLISH.findall(text), [
            line for line in text.split("\n") if ENGLISH.search(line)
        ]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["desktop", "telephone"])
def test_nothing_is_wider_than_the_window(german, size):
    german.page.set_viewport_size(size)
    german.page.reload()
    german.wait_until("state.setup !== null")
    for tab in TABS:
        open_tab(german, tab)
        german.page.wait_for_timeout(200)
        root = german.page.evaluate(
            "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
        )
        assert root[0] <= root[1], tab


def test_what_the_visit_tells_is_in_german(german):
    open_tab(german, "Trainieren")
    german.page.evaluate("() => { location.hash = '#train?epochs=1' }")
    german.wait_until("state.training.settings.epochs === 1")
    german.page.get_by_role("button", name="Start", exact=True).click()
    german.wait_until("state.training.status === 'finished'")
    status = german.page.locator("#status").inner_text()
    assert status == "Das Training ist fertig. Behalten: die Gewichte von Epoche 1."


def test_another_language_is_chosen_and_stays_chosen(german):
    select = german.page.get_by_role("combobox", name="Sprache")
    assert select.input_value() == "de"
    select.select_option("en")
    german.page.get_by_role("tab", name="Train", exact=True).wait_for()
    assert german.page.evaluate("document.documentElement.lang") == "en-GB"
    german.page.reload()
    german.page.get_by_role("tab", name="Train", exact=True).wait_for()
    german.page.get_by_role("combobox", name="Language").select_option("de")
    german.page.get_by_role("tab", name="Trainieren", exact=True).wait_for()


def test_the_address_may_ask_for_a_language(newcomer):
    newcomer.open("?language=de#train")
    assert newcomer.page.evaluate("document.documentElement.lang") == "de"
    assert newcomer.page.get_by_role("tab", name="Trainieren").is_visible()
    newcomer.open("?language=xx")
    assert newcomer.page.get_by_role("tab", name="Train", exact=True).is_visible()


def test_without_its_catalogue_the_page_is_english(newcomer):
    newcomer.page.route("**/locale/de.json", lambda route: route.fulfill(status=404))
    newcomer.open("?language=de")
    assert newcomer.page.get_by_role("tab", name="Draw", exact=True).is_visible()
    newcomer.page.unroute("**/locale/de.json")
    newcomer.complaints.clear()  # what the browser says of a file that is not there
