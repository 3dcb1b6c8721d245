"""A browser, a playground, and a page of it whose errors fail the test."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page.served import FLAGS, Playground
from tests.page.small import small_model
from tests.page.visitor import Visitor

LONGEST_MS = 20_000
DESKTOP = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They take a browser and half a minute: no part of the fast tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    pytest.importorskip("uvicorn", reason="the extra digitnet[web] is not there")
    with Playground(tmp_path_factory.mktemp("play")) as server:
        yield server


@pytest.fixture(scope="session")
def small_playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """One in which a small network answers first: what takes long is quick with it."""
    pytest.importorskip("uvicorn", reason="the extra digitnet[web] is not there")
    folder = tmp_path_factory.mktemp("small")
    with Playground(folder, "--model", str(small_model(folder / "model.npz"))) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright, which drives the browser, is not there"
    )
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not there: apt-get install chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def desk(browser: Any) -> Iterator[Any]:
    """The context of a desktop: to open another one takes longer than most tests."""
    opened = browser.new_context(viewport=DESKTOP)
    opened.set_default_timeout(LONGEST_MS)
    yield opened
    opened.close()


@pytest.fixture
def tab(desk: Any) -> Iterator[Any]:
    """The one tab of the desk, as it was before anybody sat there: each takes his things along."""
    page = desk.pages[0] if desk.pages else desk.new_page()
    page.set_viewport_size(DESKTOP)
    page.mouse.move(0, 0)
    yield page
    for other in desk.pages[1:]:
        other.close()


@pytest.fixture
def newcomer(tab: Any, playground: Playground) -> Iterator[Visitor]:
    """Somebody who has not opened the page yet; anything on its console fails the test."""
    guest = Visitor(tab, playground.address)
    yield guest
    guest.leave()


@pytest.fixture
def visitor(newcomer: Visitor) -> Visitor:
    """A page that has just been opened."""
    newcomer.open()
    return newcomer


@pytest.fixture
def quick_newcomer(tab: Any, small_playground: Playground) -> Iterator[Visitor]:
    """Somebody who has not opened the page yet, where a small network answers first."""
    guest = Visitor(tab, small_playground.address)
    yield guest
    guest.leave()


@pytest.fixture
def evaluating(quick_newcomer: Visitor) -> Visitor:
    """The tab Evaluate, with all test images judged."""
    quick_newcomer.open("#evaluate")
    quick_newcomer.wait_until("state.evaluation?.fields.images === 10000 && state.opened !== null")
    return quick_newcomer
