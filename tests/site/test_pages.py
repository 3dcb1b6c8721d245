"""Every page of the site, at a desktop and on a telephone at night: nothing is asked of another
server, nothing is out of reach, formulas are drawn, and axe-core has nothing to say."""

import importlib
import sys

import pytest

from tests.page.served import ROOT

sys.path.insert(0, str(ROOT / "site"))
stage = importlib.import_module("building.stage")
AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text(encoding="utf-8")
SOURCES = ["source/digitnet/nn/layers.py", "source/digitnet/nn", "genindex", "search"]
NAMES = [str(stage.moved(page).with_suffix("")) for page in stage.pages()] + SOURCES
UNDRAWN = r"/\$\$|\\(frac|sum|partial|log|cdot|theta|eta)\b/"
"""What is left of a formula that was not made into one."""


BY_WIDTH = ["color-contrast", "scrollable-region-focusable", "target-size"]
"""The rules that a telephone, or the night, could break where a desktop keeps them."""


def violations(reader, where, *rules):
    """What axe-core finds by all of its rules, or by these, in words.

    It sees no text in a formula, so a heading of a table that is one seems empty to it.
    """
    reader.page.evaluate(AXE)
    options = {"runOnly": list(rules)} if rules else {}
    found = reader.page.evaluate("([where, how]) => axe.run(where, how)", [where, options])
    return [
        f"{each['id']}: {node['html']}"
        for each in found["violations"]
        for node in each["nodes"]
        if not (each["id"] == "empty-table-header" and "<math" in node["html"])
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole(reader, name):
    reader.open(name)
    page = reader.page
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    text = "document.querySelector('article').cloneNode(true)"
    left = page.evaluate(
        f"() => {{ const t = {text}; t.querySelectorAll('pre, code').forEach((e) => e.remove());"
        f" return (t.textContent.match({UNDRAWN}) || [''])[0] }}"
    )
    assert left == ""
    rules = [] if page.viewport_size["width"] > 1000 else BY_WIDTH
    assert violations(reader, {"exclude": [[".sidebar-drawer"]]}, *rules) == []


@pytest.mark.parametrize("name", ["index", "course/01-neuron"])
def test_the_list_of_pages_beside_them_has_no_violation(reader, name):
    """It is the same on all pages, and large: once is enough."""
    reader.open(name)
    assert violations(reader, {"include": [[".sidebar-drawer"]]}) == []


def test_formulas_are_drawn_in_the_font_that_comes_along(at_desk):
    at_desk.open("docs/derivations")
    formulas = at_desk.page.locator("math")
    assert formulas.count() > 300
    heights = at_desk.page.evaluate(
        "[...document.querySelectorAll('math')].map((m) => m.getBoundingClientRect().height)"
    )
    assert min(heights) > 5
    assert at_desk.page.evaluate("document.fonts.check('16px \"STIX Two Math\"')")
    loaded = "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    assert any("STIX Two Math" in each for each in at_desk.page.evaluate(loaded))


def test_search_finds_a_page_without_a_server_that_computes(at_desk):
    at_desk.page.goto(f"{at_desk.address}search.html?q=momentum")
    at_desk.page.locator("ul.search li a", has_text="Derivations").first.wait_for()
