"""What readers do in a chapter: predict, write, check, take along."""

from pathlib import Path

import pytest

from digitnet.web.course.writing import write
from tests.page.exported import MissingError, pyodide_in
from tests.site.conftest import Reader

STUB = Path(__file__).parent / "engine_stub.js"
CHAPTER = "course/01-neuron"
RIGHT = "import numpy as np\n\n\ndef neuron(x, w, b):\n    return 1 / (1 + np.exp(-(x @ w + b)))\n"


@pytest.fixture
def pupil(at_desk):
    """Somebody in the first chapter, where the engine is a stub."""
    at_desk.page.route(
        "**/engine/engine.js",
        lambda route: route.fulfill(path=STUB, content_type="text/javascript"),
    )
    at_desk.open(CHAPTER)
    at_desk.page.locator(".editor-field").wait_for()
    return at_desk


def field(reader: Reader):
    return reader.page.get_by_label("Your Python for exercise 1")


def says(reader: Reader, text: str) -> None:
    """Wait until the live region of the exercise says it."""
    reader.page.locator("digitnet-exercise [role=status]", has_text=text).wait_for()


def press(reader: Reader, name: str) -> None:
    reader.page.locator("digitnet-exercise").get_by_role("button", name=name).click()


def test_the_editor_begins_with_the_blank(pupil):
    text = field(pupil).input_value()
    assert text.startswith("import numpy as np\n\n\ndef neuron(x, w, b):")
    assert "z = ...  # (B,), the sums" in text
    assert pupil.page.locator(".editor-numbers span").count() == len(text.split("\n"))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("return 1", "Exercise 1: right."),
        ("return 2", "Your code printed:\nhello"),
        ("stop", "Not"),
    ],
)
def test_a_check_says_what_the_engine_says(pupil, source, told):
    field(pupil).fill(source)
    press(pupil, "Check")
    says(pupil, told)


def test_what_was_written_is_there_after_a_reload_until_it_is_reset(pupil):
    blank = field(pupil).input_value()
    field(pupil).fill("x = 1")
    pupil.page.wait_for_function("localStorage.getItem('digitnet-exercise-1') === 'x = 1'")
    pupil.page.reload()
    pupil.page.locator(".editor-field").wait_for()
    assert field(pupil).input_value() == "x = 1"
    pupil.page.once("dialog", lambda dialog: dialog.accept())
    press(pupil, "Reset")
    assert field(pupil).input_value() == blank
    pupil.page.wait_for_function("localStorage.getItem('digitnet-exercise-1') === null")


def test_what_a_verdict_names_is_a_link_to_a_page_and_its_section(pupil):
    field(pupil).fill("return 2")
    press(pupil, "Check")
    link = pupil.page.locator(".exercise-verdict").get_by_role("link", name="derivations §5")
    link.click()
    pupil.page.wait_for_url("**/docs/derivations.html#5-the-dense-layer")
    heading = pupil.page.locator("[id='5-the-dense-layer']")
    assert heading.count() == 1


def test_what_pupils_print_is_no_link(pupil):
    field(pupil).fill("return 2")
    press(pupil, "Check")
    says(pupil, "Your code printed:")
    assert pupil.page.locator(".exercise-verdict a").count() == 1


def test_pages_that_a_text_names_are_links(at_desk):
    at_desk.open("course/12-own-activation")
    link = at_desk.page.locator(".exercise-text").get_by_role("link", name="CONTRIBUTING.md")
    assert link.get_attribute("href") == "../CONTRIBUTING.html"


def test_long_lines_wrap_with_their_numbers_beside_them(reader):
    reader.open("course/08-chain-rule")
    editor = reader.page.locator(".editor-field")
    editor.wait_for()
    for box in (".editor-field", ".exercise pre"):
        for each in reader.page.locator(box).all():
            assert each.evaluate("(box) => box.scrollWidth <= box.clientWidth"), box
    lines = editor.input_value().split("\n")
    heights = "(all) => all.map((line) => line.getBoundingClientRect().height)"
    heights = reader.page.locator(".editor-numbers span").evaluate_all(heights)
    assert len(heights) == len(lines)
    long = lines.index(max(lines, key=len))
    assert heights[long] >= 2 * heights[lines.index("")]
    assert editor.evaluate("(box) => box.scrollHeight <= box.clientHeight")
    longer = "x = 1  # " + 400 * "w"
    editor.fill(f"{longer}\ny = 2")
    assert editor.evaluate("(box) => box.scrollHeight <= box.clientHeight")


def test_nothing_floats_over_a_prediction(reader):
    reader.open("course/08-chain-rule")
    page = reader.page
    page.mouse.move(200, 400)
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(300)
    top = page.locator(".prediction legend").evaluate("(box) => box.getBoundingClientRect().top")
    page.mouse.wheel(0, top - 70)
    page.wait_for_timeout(300)
    uncovered = """(legend) => {
      const { left, top, width, height } = legend.getBoundingClientRect();
      return [0.02, 0.5, 0.98].every((part) =>
        legend.contains(document.elementFromPoint(left + part * width, top + height / 2)));
    }"""
    assert page.locator(".prediction legend").evaluate(uncovered)
    assert not page.locator(".back-to-top").is_visible()


def test_tab_indents_and_escape_lets_it_leave(pupil):
    field(pupil).fill("def f():")
    keys = pupil.page.keyboard
    keys.press("Enter")
    keys.type("a")
    keys.press("Enter")
    keys.press("Tab")
    keys.type("b")
    assert field(pupil).input_value() == "def f():\n    a\n        b"
    keys.press("Shift+Tab")
    assert field(pupil).input_value() == "def f():\n    a\n    b"
    keys.press("Escape")
    keys.press("Tab")
    focused = "document.activeElement.textContent"
    assert pupil.page.evaluate(focused) == "Check"
    assert field(pupil).input_value() == "def f():\n    a\n    b"


def test_several_lines_are_indented_together_and_it_can_be_undone(pupil):
    field(pupil).fill("a\nb\nc")
    field(pupil).evaluate("(field) => field.setSelectionRange(0, 3)")
    pupil.page.keyboard.press("Tab")
    assert field(pupil).input_value() == "    a\n    b\nc"
    pupil.page.keyboard.press("Control+z")
    assert field(pupil).input_value() == "a\nb\nc"


def test_a_file_can_be_taken_along(pupil, tmp_path):
    field(pupil).fill("x = 1")
    with pupil.page.expect_download() as download:
        press(pupil, "Download")
    assert download.value.suggested_filename == "exercise-01.py"
    download.value.save_as(tmp_path / "file.py")
    assert (tmp_path / "file.py").read_text() == "x = 1"


def test_a_solution_is_shown_on_request(pupil):
    solution = pupil.page.locator(".exercise-solution pre")
    assert not solution.is_visible()
    pupil.page.get_by_text("Show a solution").click()
    assert "np.exp(-z)" in solution.inner_text()


def serve_engine(reader: Reader, folder: Path) -> None:
    """Give the reader's page this engine, whatever the site was built with."""

    def serve(route):
        route.fulfill(path=folder / route.request.url.partition("/engine/")[2].partition("?")[0])

    reader.page.context.route("**/engine/**", serve)


def test_without_python_a_sentence_says_how_to_check(at_desk, tmp_path):
    write(tmp_path, None)
    serve_engine(at_desk, tmp_path)
    at_desk.open(CHAPTER)
    says(at_desk, "This page has no Python, so nothing is checked in it")
    assert at_desk.page.get_by_role("button", name="Check").count() == 0
    assert at_desk.page.get_by_role("link", name="exercise-01.py").count() == 1


def test_an_answer_appears_after_a_choice_even_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{CHAPTER}.html")
    answer = page.locator(".prediction .answer")
    assert not answer.is_visible()
    page.get_by_label("0 for every image").check()
    assert answer.inner_text().startswith("Not quite: it is the second.")
    page.get_by_label("0.5 for every image").check()
    assert answer.inner_text().startswith("Yes.")
    assert page.locator(".exercise-start").is_visible()
    context.close()


def test_a_right_answer_passes_where_python_is_in_the_page(at_desk, tmp_path_factory):
    try:
        pyodide = pyodide_in(tmp_path_factory.mktemp("pyodide"))
    except MissingError as error:
        pytest.skip(str(error))
    engine = tmp_path_factory.mktemp("engine")
    write(engine, pyodide)
    serve_engine(at_desk, engine)
    at_desk.open(CHAPTER)
    field(at_desk).fill(RIGHT)
    press(at_desk, "Check")
    at_desk.page.set_default_timeout(120_000)
    says(at_desk, "right.")
